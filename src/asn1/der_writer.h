/* Writing DER: open an element, write into it, close it; the length is filled in at the close. */
#ifndef OPENSSPI_ASN1_DER_WRITER_H
#define OPENSSPI_ASN1_DER_WRITER_H

#include "asn1/der_tag.h"
#include "base/byte_writer.h"

/* Returns what der_close wants to know. */
size_t der_open(struct byte_writer *out, uint8_t tag);
void der_close(struct byte_writer *out, size_t opened);
void der_write(struct byte_writer *out, uint8_t tag, struct slice contents);
void der_write_explicit_octets(struct byte_writer *out, uint8_t tag, struct slice octets);
void der_write_explicit_u32(struct byte_writer *out, uint8_t tag, uint32_t value);
/* As a signed number, as Windows reads an NTSTATUS: an error status is 4 octets, the top bit as it is. */
void der_write_explicit_ntstatus(struct byte_writer *out, uint8_t tag, uint32_t value);

#endif
