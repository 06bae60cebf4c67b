/* Requests and answers of HTTP/1.1, as far as logons need them. */
#ifndef OPENSSPI_TESTS_PROGRAMS_HTTP_MESSAGE_H
#define OPENSSPI_TESTS_PROGRAMS_HTTP_MESSAGE_H

#include "base/byte_reader.h"
#include "base/byte_writer.h"

/* What is taken from a request; slices point into it. */
struct http_request {
	size_t size;                /* of all of it */
	struct slice scheme, token; /* of its Authorization */
	struct slice content_type, body;
};

/* False: it is not all there yet. */
bool http_request_read(struct slice bytes, struct http_request *request);
/* The text's bytes, without its NUL. */
void http_write_text(struct byte_writer *out, const char *text);
/* A line WWW-Authenticate. Without a token (data is NULL) the scheme stands alone; an empty one is a space more. */
void http_write_challenge(struct byte_writer *out, const char *scheme, struct slice token);
/* False: those are no characters of base64 (RFC 4648 4), or they end too early. */
bool http_base64_read(struct slice text, struct byte_writer *out);

#endif
