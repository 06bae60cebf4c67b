/*
 * Bodies that the keys of the logon seal (MS-WSMV 2.2.9.1): multipart/encrypted, and in parts of 16 KiB
 * multipart/x-multi-encrypted.
 */
#ifndef OPENSSPI_TESTS_PROGRAMS_HTTP_SEALED_H
#define OPENSSPI_TESTS_PROGRAMS_HTTP_SEALED_H

#include "base/byte_writer.h"

#include <opensspi.h>

/* How the parts of a body are named and sealed; NULL: this is no type of a sealed body. */
struct http_sealed_form;
const struct http_sealed_form *http_sealed_form(struct slice content_type);

/* Appends what the body holds. False: it is no such body, or was not sealed by the peer of this context. */
bool http_sealed_open(const struct http_sealed_form *form, CtxtHandle *context, struct slice body,
		      struct byte_writer *text);
/* The line Content-Type of an answer that holds so many bytes. */
void http_sealed_write_type(const struct http_sealed_form *form, size_t size, struct byte_writer *out);
bool http_sealed_write(const struct http_sealed_form *form, CtxtHandle *context, struct slice text,
		       struct byte_writer *body);

#endif
