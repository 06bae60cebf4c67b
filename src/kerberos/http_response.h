/* What a KDC proxy answers to a POST: as much of HTTP/1.0 and 1.1 (RFC 9112) as one answer on one connection needs. */
#ifndef OPENSSPI_KERBEROS_HTTP_RESPONSE_H
#define OPENSSPI_KERBEROS_HTTP_RESPONSE_H

#include "base/compiler.h"
#include "base/slice.h"

enum {
	HTTP_HEADER_MAX = 16 * 1024,
	HTTP_BODY_MAX = 256 * 1024, /* a ticket with a large PAC */
	HTTP_OK = 200,
};

enum http_reading {
	HTTP_WHOLE,
	HTTP_SHORT, /* more bytes must come */
	HTTP_BAD, /* none, one that is longer than it says or than is taken, or one in pieces (Transfer-Encoding) */
};

struct http_response {
	unsigned status;
	struct slice body; /* of status 200 alone; lies in the bytes */
};

/*
 * All bytes that have come so far; `ended`: no more will come, which is the body's end where no Content-Length tells
 * it. Of any other status than 200 nothing but the header is waited for.
 */
enum http_reading http_response_read(struct slice bytes, bool ended, struct http_response *response);

#endif
