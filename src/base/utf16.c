#include "base/utf16.h"

#include "base/utf8.h"

enum {
	SURROGATE_HIGH = 0xD800,
	SURROGATE_LOW = 0xDC00,
	SURROGATE_END = 0xE000,
	FIRST_SUPPLEMENTARY = 0x10000,
};

static bool is_surrogate(uint32_t code)
{
	return code >= SURROGATE_HIGH && code < SURROGATE_END;
}

bool utf16_from_utf8(struct byte_writer *out, struct slice utf8)
{
	struct byte_reader in = reader_of(utf8);
	uint32_t code;

	while (!reader_empty(&in)) {
		if (!utf8_read(&in, &code))
			return false;
		if (code >= FIRST_SUPPLEMENTARY) {
			code -= FIRST_SUPPLEMENTARY;
			writer_u16le(out, (uint16_t)(SURROGATE_HIGH + (code >> 10)));
			writer_u16le(out, (uint16_t)(SURROGATE_LOW + (code & 0x3FF)));
		} else {
			writer_u16le(out, (uint16_t)code);
		}
	}
	return writer_ok(out);
}

static void write_utf8(struct byte_writer *out, uint32_t code)
{
	if (code < 0x80) {
		writer_u8(out, (uint8_t)code);
		return;
	}
	if (code < 0x800) {
		writer_u8(out, (uint8_t)(0xC0 | code >> 6));
	} else {
		if (code < FIRST_SUPPLEMENTARY) {
			writer_u8(out, (uint8_t)(0xE0 | code >> 12));
		} else {
			writer_u8(out, (uint8_t)(0xF0 | code >> 18));
			writer_u8(out, (uint8_t)(0x80 | (code >> 12 & 0x3F)));
		}
		writer_u8(out, (uint8_t)(0x80 | (code >> 6 & 0x3F)));
	}
	writer_u8(out, (uint8_t)(0x80 | (code & 0x3F)));
}

bool utf16_to_utf8(struct byte_writer *out, struct slice utf16)
{
	struct byte_reader in = reader_of(utf16);
	uint16_t unit, low;

	while (!reader_empty(&in)) {
		if (!reader_u16le(&in, &unit))
			return false;
		if (!is_surrogate(unit)) {
			write_utf8(out, unit);
			continue;
		}
		if (unit >= SURROGATE_LOW || !reader_u16le(&in, &low) || low < SURROGATE_LOW ||
		    low >= SURROGATE_END)
			return false;
		write_utf8(out, FIRST_SUPPLEMENTARY + ((uint32_t)(unit - SURROGATE_HIGH) << 10 |
						       (uint32_t)(low - SURROGATE_LOW)));
	}
	return writer_ok(out);
}

void utf16_write_upper(struct byte_writer *out, struct slice utf16)
{
	for (size_t i = 0; i < utf16_length(utf16); i++)
		writer_u16le(out, utf16_upper(utf16_unit(utf16, i)));
}

bool utf16_equal_folded(struct slice a, struct slice b)
{
	if (a.size != b.size || a.size % 2)
		return false;
	for (size_t i = 0; i < utf16_length(a); i++)
		if (utf16_upper(utf16_unit(a, i)) != utf16_upper(utf16_unit(b, i)))
			return false;
	return true;
}

size_t utf16_find(struct slice text, uint16_t unit)
{
	size_t length = utf16_length(text);

	for (size_t i = 0; i < length; i++)
		if (utf16_unit(text, i) == unit)
			return i;
	return length;
}

size_t utf16_find_last(struct slice text, uint16_t unit)
{
	size_t length = utf16_length(text);

	for (size_t i = length; i > 0; i--)
		if (utf16_unit(text, i - 1) == unit)
			return i - 1;
	return length;
}

struct slice utf16_part(struct slice text, size_t from, size_t to)
{
	struct slice part = { NULL, 0 };

	if (from < to && !slice_part(text, 2 * from, 2 * (to - from), &part))
		part = (struct slice) { NULL, 0 };
	return part;
}

struct slice utf16_without_nuls(struct slice text)
{
	while (text.size >= 2 && utf16_unit(text, utf16_length(text) - 1) == 0)
		text.size -= 2;
	return text;
}
