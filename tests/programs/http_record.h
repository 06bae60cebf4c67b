/* TLS records of a finished context of Schannel or CREDSSP. */
#ifndef OPENSSPI_TESTS_PROGRAMS_HTTP_RECORD_H
#define OPENSSPI_TESTS_PROGRAMS_HTTP_RECORD_H

#include "base/byte_writer.h"

#include <opensspi.h>

/* Opens the record at the front of `records`, which goes, and appends what it held. */
SECURITY_STATUS http_record_open(CtxtHandle *context, struct byte_writer *records, struct byte_writer *text);
/* Appends a record of at most 16 KiB; *trailer: what stands in it behind the data. False: the context seals nothing. */
bool http_record_seal(CtxtHandle *context, struct slice text, struct byte_writer *records, uint32_t *trailer);

#endif
