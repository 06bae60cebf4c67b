/* SECBUFFER_CHANNEL_BINDINGS: the caller's SEC_CHANNEL_BINDINGS as the hash that NTLM and Kerberos send. */
#ifndef OPENSSPI_SSPI_CHANNEL_BINDINGS_H
#define OPENSSPI_SSPI_CHANNEL_BINDINGS_H

#include "base/byte_writer.h"
#include "crypto/digest.h"

/* MD5 over the GSS form (MS-NLMP 2.2.2.1, RFC 4121 4.1.1.2). False: the struct or what it points to leaves `bytes`. */
NODISCARD bool channel_bindings_hash(struct slice bytes, uint8_t hash[MD5_SIZE]);
/* Appends that form, for a library that hashes by itself. False: as above. */
NODISCARD bool channel_bindings_form(struct slice bytes, struct byte_writer *form);

#endif
