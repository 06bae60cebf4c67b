/*
 * DER (X.690 section 10) on top of the byte reader: what it accepts is definite, minimal and low-tag. Each call
 * reads one element and leaves the reader behind it, or fails and leaves it, and the contents, as they were. `in` and
 * `contents` are two readers, never the same.
 */
#ifndef OPENSSPI_ASN1_DER_READER_H
#define OPENSSPI_ASN1_DER_READER_H

#include "asn1/der_tag.h"
#include "base/byte_reader.h"

/* One element with exactly this tag; `contents` reads inside it. */
NODISCARD bool der_read(struct byte_reader *in, uint8_t tag, struct byte_reader *contents);
/* Whatever comes next. */
NODISCARD bool der_read_any(struct byte_reader *in, uint8_t *tag, struct byte_reader *contents);
/* The next element's tag without reading it; false at the end. */
NODISCARD bool der_peek(const struct byte_reader *in, uint8_t *tag);
/* [tag] EXPLICIT with one OCTET STRING and nothing else inside. */
NODISCARD bool der_read_explicit_octets(struct byte_reader *in, uint8_t tag, struct slice *octets);
/* [tag] EXPLICIT with one INTEGER from 0 to 2^32-1 inside. */
NODISCARD bool der_read_explicit_u32(struct byte_reader *in, uint8_t tag, uint32_t *value);
/* The same for 32 bits that some write as a signed number and others as an unsigned one: from -2^31 to 2^32-1. */
NODISCARD bool der_read_explicit_ntstatus(struct byte_reader *in, uint8_t tag, uint32_t *value);

/*
 * How long the element at the front of `in` is, header included, seen from its first bytes only.
 * DER_LENGTH_SHORT: more bytes are needed to tell; DER_LENGTH_BAD: no DER.
 */
enum der_length { DER_LENGTH_KNOWN, DER_LENGTH_SHORT, DER_LENGTH_BAD };
NODISCARD enum der_length der_element_size(const struct byte_reader *in, size_t *size);

/*
 * A reader to which lengths may have more octets than they need, up to four, as BER has them (8.1.3.5); what is read
 * inside with it, too. For messages of which nothing is ever compared or signed in its encoded form.
 */
struct byte_reader der_reader_of_ber_lengths(struct slice bytes);

#endif
