/*
 * A stream package without cryptography, to stand in TLS's place beneath CREDSSP: tests and the fuzzer then reach
 * every row of its tables. Records look like TLS records. The client says hello, the server says hello, both are done.
 */
#ifndef OPENSSPI_TESTS_SUPPORT_CLEAR_STREAM_H
#define OPENSSPI_TESTS_SUPPORT_CLEAR_STREAM_H

#include "package/package.h"

enum clear_record { CLEAR_CLOSE = 21, CLEAR_HELLO = 22, CLEAR_DATA = 23 };

/* Its name is "Schannel". */
extern const struct security_package clear_stream_package;

/* What both sides see as the server's public key: at first the base point of P-256, as in docs/vectors.md. */
void clear_stream_set_public_key(struct slice key);
struct slice clear_stream_public_key(void);

/* Appends `bytes` as records of this type, at least one. */
void clear_stream_write(struct byte_writer *out, enum clear_record type, struct slice bytes);

#endif
