#include "text.h"

#include "base/byte_reader.h"
#include "base/utf8.h"

enum {
	REPLACEMENT_CHARACTER = 0xFFFD,
	DELETE = 0x7F,
	LAST_CONTROL = 0x9F, /* of the second group, behind DELETE */
	LINE_SEPARATOR = 0x2028,
	PARAGRAPH_SEPARATOR = 0x2029,
	FIRST_EMBEDDING = 0x202A, /* characters that turn the direction of writing */
	LAST_OVERRIDE = 0x202E,
	FIRST_ISOLATE = 0x2066,
	LAST_ISOLATE = 0x2069,
};

void text_say(struct byte_writer *out, const char *sentence)
{
	writer_bytes(out, slice_of(sentence, strlen(sentence)));
}

void text_number(struct byte_writer *out, uint64_t value)
{
	char digits[20];
	size_t start = sizeof(digits);

	do
		digits[--start] = (char)('0' + value % 10);
	while (value /= 10);
	writer_bytes(out, slice_of(digits + start, sizeof(digits) - start));
}

/* The next character; a byte that belongs to none is replaced. False at the end. */
static bool next_character(struct byte_reader *in, uint32_t *code)
{
	if (utf8_read(in, code))
		return true;
	*code = REPLACEMENT_CHARACTER;
	return reader_skip(in, 1);
}

/* RFC 3629 3. */
static void write_character(struct byte_writer *out, uint32_t code)
{
	if (code < 0x80) {
		writer_u8(out, (uint8_t)code);
		return;
	}
	if (code < 0x800) {
		writer_u8(out, (uint8_t)(0xC0 | code >> 6));
	} else {
		if (code < 0x10000) {
			writer_u8(out, (uint8_t)(0xE0 | code >> 12));
		} else {
			writer_u8(out, (uint8_t)(0xF0 | code >> 18));
			writer_u8(out, (uint8_t)(0x80 | (code >> 12 & 0x3F)));
		}
		writer_u8(out, (uint8_t)(0x80 | (code >> 6 & 0x3F)));
	}
	writer_u8(out, (uint8_t)(0x80 | (code & 0x3F)));
}

static bool is_control(uint32_t code)
{
	return code < ' ' || (code >= DELETE && code <= LAST_CONTROL) || code == LINE_SEPARATOR ||
	       code == PARAGRAPH_SEPARATOR || (code >= FIRST_EMBEDDING && code <= LAST_OVERRIDE) ||
	       (code >= FIRST_ISOLATE && code <= LAST_ISOLATE);
}

void text_plain(struct byte_writer *out, const char *text)
{
	struct byte_reader in = reader_of(slice_of(text, strlen(text)));
	uint32_t code;

	while (next_character(&in, &code))
		write_character(out, is_control(code) ? REPLACEMENT_CHARACTER : code);
}

/* A comma is due behind everything but an opening bracket and a name. */
static void separate(struct byte_writer *out)
{
	uint8_t last = out->size ? out->data[out->size - 1] : '[';

	if (last != '[' && last != '{' && last != ':')
		writer_u8(out, ',');
}

void json_open(struct byte_writer *out, char bracket)
{
	separate(out);
	writer_u8(out, (uint8_t)bracket);
}

void json_close(struct byte_writer *out, char bracket)
{
	writer_u8(out, (uint8_t)bracket);
}

/* RFC 8259 7. Controls are written as \u00xx, which every reader takes. */
static void write_json_character(struct byte_writer *out, uint32_t code)
{
	static const char digits[] = "0123456789abcdef";

	if (code == '"' || code == '\\') {
		writer_u8(out, '\\');
		writer_u8(out, (uint8_t)code);
	} else if (is_control(code) && code < 0x100) {
		text_say(out, "\\u00");
		writer_u8(out, (uint8_t)digits[code >> 4]);
		writer_u8(out, (uint8_t)digits[code & 0xF]);
	} else {
		write_character(out, code);
	}
}

void json_string(struct byte_writer *out, const char *text)
{
	struct byte_reader in;
	uint32_t code;

	separate(out);
	if (!text) {
		text_say(out, "null");
		return;
	}
	in = reader_of(slice_of(text, strlen(text)));
	writer_u8(out, '"');
	while (next_character(&in, &code))
		write_json_character(out, code);
	writer_u8(out, '"');
}

void json_name(struct byte_writer *out, const char *name)
{
	json_string(out, name);
	writer_u8(out, ':');
}

void json_number(struct byte_writer *out, uint64_t value)
{
	separate(out);
	text_number(out, value);
}

void json_member(struct byte_writer *out, const char *name, const char *text)
{
	json_name(out, name);
	json_string(out, text);
}
