#include "kerberos/http_response.h"

#include "base/byte_reader.h"

struct header {
	bool has_length, in_pieces;
	size_t length;
};

static bool is_digit(uint8_t letter)
{
	return letter >= '0' && letter <= '9';
}

static uint8_t lower(uint8_t letter)
{
	return letter >= 'A' && letter <= 'Z' ? (uint8_t)(letter - 'A' + 'a') : letter;
}

/* RFC 9110 5.1: names of fields have no case. `name` is in lower case. */
static bool is_named(struct slice field, const char *name)
{
	if (field.size != strlen(name))
		return false;
	for (size_t i = 0; i < field.size; i++)
		if (lower(field.data[i]) != (uint8_t)name[i])
			return false;
	return true;
}

/* A line without its CR LF; a CR or NUL inside is none. */
static bool read_line(struct byte_reader *in, struct slice *line)
{
	return reader_until(in, '\n', line) && line->size && line->data[line->size - 1] == '\r' &&
	       (line->size--, true) && !memchr(line->data, '\r', line->size) &&
	       !memchr(line->data, 0, line->size);
}

/* RFC 9112 4: HTTP/1.x, a blank, three digits, and behind a further blank whatever the server likes. */
static bool read_status(struct slice line, unsigned *status)
{
	static const char version[] = "HTTP/1.";
	struct byte_reader in = reader_of(line);
	uint8_t minor, blank, digit;

	if (!reader_expect(&in, version, strlen(version)) || !reader_u8(&in, &minor) || !is_digit(minor) ||
	    !reader_u8(&in, &blank) || blank != ' ')
		return false;
	*status = 0;
	for (int i = 0; i < 3; i++) {
		if (!reader_u8(&in, &digit) || !is_digit(digit))
			return false;
		*status = *status * 10 + (unsigned)(digit - '0');
	}
	return !reader_u8(&in, &blank) || blank == ' ';
}

static struct slice trim(struct slice text)
{
	while (text.size && (text.data[0] == ' ' || text.data[0] == '\t'))
		text = slice_of(text.data + 1, text.size - 1);
	while (text.size && (text.data[text.size - 1] == ' ' || text.data[text.size - 1] == '\t'))
		text.size--;
	return text;
}

/* RFC 9110 8.6: digits alone. Said twice it is none (RFC 9112 6.3). */
static bool read_length(struct slice value, struct header *header)
{
	if (header->has_length || value.size == 0)
		return false;
	for (size_t i = 0; i < value.size; i++) {
		if (!is_digit(value.data[i]) || header->length > HTTP_BODY_MAX)
			return false;
		header->length = header->length * 10 + (size_t)(value.data[i] - '0');
	}
	header->has_length = true;
	return header->length <= HTTP_BODY_MAX;
}

/* RFC 9112 5: no blank in front of the colon, which a line that goes on with the one before would have. */
static bool read_field(struct slice line, struct header *header)
{
	struct byte_reader in = reader_of(line);
	struct slice name;

	if (!reader_until(&in, ':', &name) || name.size == 0 || memchr(name.data, ' ', name.size) ||
	    memchr(name.data, '\t', name.size))
		return false;
	if (is_named(name, "transfer-encoding"))
		header->in_pieces = true;
	return !is_named(name, "content-length") || read_length(trim(reader_rest(&in)), header);
}

static bool read_header(struct byte_reader *in, struct header *header, unsigned *status)
{
	struct slice line;

	if (!read_line(in, &line) || !read_status(line, status))
		return false;
	for (;;) {
		if (!read_line(in, &line))
			return false;
		if (line.size == 0)
			return true;
		if (!read_field(line, header))
			return false;
	}
}

static enum http_reading read_body(struct slice body, bool ended, const struct header *header)
{
	if (header->in_pieces || body.size > HTTP_BODY_MAX)
		return HTTP_BAD;
	if (!header->has_length)
		return ended ? HTTP_WHOLE : HTTP_SHORT;
	if (body.size < header->length)
		return ended ? HTTP_BAD : HTTP_SHORT;
	return body.size == header->length ? HTTP_WHOLE : HTTP_BAD;
}

enum http_reading http_response_read(struct slice bytes, bool ended, struct http_response *response)
{
	static const char end[] = "\r\n\r\n";
	const uint8_t *found = bytes.size ? memmem(bytes.data, bytes.size, end, strlen(end)) : NULL;
	struct byte_reader in = reader_of(bytes);
	struct header header = { 0 };
	size_t size = found ? (size_t)(found - bytes.data) + strlen(end) : bytes.size;

	*response = (struct http_response) { 0 };
	if (size > HTTP_HEADER_MAX)
		return HTTP_BAD;
	if (!found)
		return ended ? HTTP_BAD : HTTP_SHORT;
	if (!read_header(&in, &header, &response->status))
		return HTTP_BAD;
	if (response->status != HTTP_OK)
		return HTTP_WHOLE;
	response->body = reader_rest(&in);
	return read_body(response->body, ended, &header);
}
