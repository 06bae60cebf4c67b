/* Identifier octets (X.690 8.1.2), all of the low-tag form. */
#ifndef OPENSSPI_ASN1_DER_TAG_H
#define OPENSSPI_ASN1_DER_TAG_H

enum {
	DER_INTEGER = 0x02,
	DER_BIT_STRING = 0x03,
	DER_OCTET_STRING = 0x04,
	DER_OBJECT_IDENTIFIER = 0x06,
	DER_ENUMERATED = 0x0A,
	DER_GENERAL_STRING = 0x1B,
	DER_SEQUENCE = 0x30,
};

/* [n], context class, constructed: what EXPLICIT writes. */
#define DER_CONTEXT(n)     (0xA0 | (n))
#define DER_APPLICATION(n) (0x60 | (n))

#endif
