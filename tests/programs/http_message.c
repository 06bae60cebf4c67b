#include "programs/http_message.h"

#include <stdlib.h>
#include <strings.h>

enum { BODY_MAX = 1024 * 1024 };

/* --- Base64, RFC 4648 4 --------------------------------------------------------------------------------------- */

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void base64_write(struct byte_writer *out, struct slice bytes)
{
	struct byte_reader in = reader_of(bytes);
	struct slice part;

	while (!reader_empty(&in)) {
		uint8_t group[3] = { 0 };
		size_t size = in.size < sizeof(group) ? in.size : sizeof(group);
		uint32_t bits;

		if (!reader_take(&in, size, &part))
			return;
		memcpy(group, part.data, part.size);
		bits = (uint32_t)group[0] << 16 | (uint32_t)group[1] << 8 | group[2];
		for (size_t i = 0; i < 4; i++)
			writer_u8(out, (uint8_t)(i <= size ? alphabet[bits >> (18 - 6 * i) & 63] : '='));
	}
}

bool http_base64_read(struct slice text, struct byte_writer *out)
{
	struct byte_reader in = reader_of(text);
	uint8_t letter;
	uint32_t bits = 0;
	unsigned count = 0, padding = 0;

	while (reader_u8(&in, &letter)) {
		const char *place = letter ? strchr(alphabet, letter) : NULL;

		if (letter == '=' ? ++padding > 2 : !place || padding)
			return false;
		bits = bits << 6 | (place ? (uint32_t)(place - alphabet) : 0);
		if (++count % 4)
			continue;
		for (unsigned i = 0; i < 3 - padding; i++)
			writer_u8(out, (uint8_t)(bits >> (16 - 8 * i)));
	}
	return count % 4 == 0 && writer_ok(out);
}

/* --- Requests ------------------------------------------------------------------------------------------------- */

/* What stands behind the colon of a header line of that name, without a space in front. */
static bool read_header(struct slice line, const char *name, struct byte_reader *value)
{
	struct slice found;

	*value = reader_of(line);
	if (!reader_until(value, ':', &found) || found.size != strlen(name) ||
	    strncasecmp((const char *)found.data, name, found.size) != 0)
		return false;
	while (reader_expect(value, " ", 1))
		;
	return true;
}

static size_t read_decimal(struct byte_reader value)
{
	size_t number = 0;
	uint8_t digit;

	while (reader_u8(&value, &digit) && digit >= '0' && digit <= '9' && number < BODY_MAX)
		number = number * 10 + (size_t)(digit - '0');
	return number;
}

static void take_line(struct http_request *request, struct slice line, size_t *body)
{
	struct byte_reader value;

	if (read_header(line, "Content-Length", &value))
		*body = read_decimal(value);
	if (read_header(line, "Content-Type", &value))
		request->content_type = reader_rest(&value);
	if (read_header(line, "Authorization", &value) && reader_until(&value, ' ', &request->scheme))
		request->token = reader_rest(&value);
}

bool http_request_read(struct slice bytes, struct http_request *request)
{
	struct byte_reader in = reader_of(bytes);
	size_t body = 0;
	struct slice line;

	*request = (struct http_request) { 0 };
	while (reader_until(&in, '\n', &line)) {
		if (line.size && line.data[line.size - 1] == '\r')
			line.size--;
		if (line.size == 0) {
			request->size = bytes.size - in.size + body;
			return reader_take(&in, body, &request->body);
		}
		take_line(request, line, &body);
	}
	return false;
}

/* --- Answers -------------------------------------------------------------------------------------------------- */

void http_write_text(struct byte_writer *out, const char *text)
{
	writer_bytes(out, slice_of(text, strlen(text)));
}

void http_write_challenge(struct byte_writer *out, const char *scheme, struct slice token)
{
	http_write_text(out, "WWW-Authenticate: ");
	http_write_text(out, scheme);
	if (token.data) {
		http_write_text(out, " ");
		base64_write(out, token);
	}
	http_write_text(out, "\r\n");
}
