/* The TLS record header (RFC 8446 5.1): OpenSSL is given whole records only (docs/decisions.md 12). */
#ifndef OPENSSPI_SCHANNEL_RECORD_H
#define OPENSSPI_SCHANNEL_RECORD_H

#include "base/byte_reader.h"

enum { TLS_RECORD_HEADER_SIZE = 5, TLS_PLAINTEXT_MAX = 16384 };

enum tls_record { TLS_RECORD_WHOLE, TLS_RECORD_SHORT, TLS_RECORD_BAD };

/*
 * Takes the record at the front of `in`. SHORT: `missing` is how many bytes more are needed, as far as can be told,
 * and `in` stays. BAD: this is no TLS, told from the first bytes on.
 */
NODISCARD enum tls_record tls_record_take(struct byte_reader *in, struct slice *record, size_t *missing);

#endif
