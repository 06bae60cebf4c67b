#include "asn1/der_reader.h"

enum {
	HIGH_TAG_NUMBER = 0x1F, /* X.690 8.1.2.4: more identifier octets follow; nothing here uses that */
	LONG_FORM = 0x80,
	MAX_LENGTH_OCTETS = 4,
};

/* X.690 8.1.3 with the limits of 10.1: definite, and, but for BER's lengths, in as few octets as possible. */
static enum der_length read_header(struct byte_reader *in, uint8_t *tag, size_t *size)
{
	uint8_t first, octet;

	if (!reader_u8(in, tag))
		return DER_LENGTH_SHORT;
	if ((*tag & HIGH_TAG_NUMBER) == HIGH_TAG_NUMBER)
		return DER_LENGTH_BAD;
	if (!reader_u8(in, &first))
		return DER_LENGTH_SHORT;
	*size = first;
	if (first < LONG_FORM)
		return DER_LENGTH_KNOWN;
	if (first == LONG_FORM || first > LONG_FORM + MAX_LENGTH_OCTETS)
		return DER_LENGTH_BAD;
	*size = 0;
	for (int left = first - LONG_FORM; left > 0; left--) {
		if (!reader_u8(in, &octet))
			return DER_LENGTH_SHORT;
		if (*size == 0 && octet == 0 && !in->ber_lengths)
			return DER_LENGTH_BAD; /* a leading zero octet is not minimal */
		*size = *size << 8 | octet;
	}
	return *size < LONG_FORM && !in->ber_lengths ? DER_LENGTH_BAD : DER_LENGTH_KNOWN;
}

struct byte_reader der_reader_of_ber_lengths(struct slice bytes)
{
	struct byte_reader in = reader_of(bytes);

	in.ber_lengths = true;
	return in;
}

enum der_length der_element_size(const struct byte_reader *in, size_t *size)
{
	struct byte_reader ahead = *in;
	uint8_t tag;
	enum der_length known = read_header(&ahead, &tag, size);

	if (known == DER_LENGTH_KNOWN)
		*size += in->size - ahead.size;
	return known;
}

bool der_read_any(struct byte_reader *in, uint8_t *tag, struct byte_reader *contents)
{
	struct byte_reader ahead = *in;
	struct slice inside;
	size_t size;

	if (read_header(&ahead, tag, &size) != DER_LENGTH_KNOWN || !reader_take(&ahead, size, &inside))
		return false;
	*contents = reader_of(inside);
	contents->ber_lengths = in->ber_lengths;
	*in = ahead;
	return true;
}

bool der_read(struct byte_reader *in, uint8_t tag, struct byte_reader *contents)
{
	struct byte_reader ahead = *in, inside;
	uint8_t found;

	if (!der_read_any(&ahead, &found, &inside) || found != tag)
		return false;
	*contents = inside;
	*in = ahead;
	return true;
}

bool der_peek(const struct byte_reader *in, uint8_t *tag)
{
	struct byte_reader ahead = *in;

	return reader_u8(&ahead, tag);
}

bool der_read_explicit_octets(struct byte_reader *in, uint8_t tag, struct slice *octets)
{
	struct byte_reader ahead = *in, wrapper, contents;

	if (!der_read(&ahead, tag, &wrapper) || !der_read(&wrapper, DER_OCTET_STRING, &contents) ||
	    !reader_empty(&wrapper))
		return false;
	*octets = reader_rest(&contents);
	*in = ahead;
	return true;
}

/* X.690 8.3: two's complement in as few octets as possible; here at most five, enough for every use. */
static bool read_explicit_integer(struct byte_reader *in, uint8_t tag, int64_t *value)
{
	struct byte_reader wrapper, contents;
	uint8_t octet;
	size_t size;

	if (!der_read(in, tag, &wrapper) || !der_read(&wrapper, DER_INTEGER, &contents) ||
	    !reader_empty(&wrapper) || reader_empty(&contents))
		return false;
	size = contents.size;
	if (size > 1 && contents.data[0] == 0 && contents.data[1] < 0x80)
		return false; /* 8.3.2: the first nine bits are not all alike */
	if (size > 1 && contents.data[0] == 0xFF && contents.data[1] >= 0x80)
		return false;
	if (size > 5)
		return false;
	*value = contents.data[0] >= 0x80 ? -1 : 0;
	while (reader_u8(&contents, &octet))
		*value = *value * 256 + octet;
	return true;
}

bool der_read_explicit_u32(struct byte_reader *in, uint8_t tag, uint32_t *value)
{
	struct byte_reader ahead = *in;
	int64_t wide;

	if (!read_explicit_integer(&ahead, tag, &wide) || wide < 0 || wide > UINT32_MAX)
		return false;
	*value = (uint32_t)wide;
	*in = ahead;
	return true;
}

bool der_read_explicit_ntstatus(struct byte_reader *in, uint8_t tag, uint32_t *value)
{
	struct byte_reader ahead = *in;
	int64_t wide;

	if (!read_explicit_integer(&ahead, tag, &wide) || wide < INT32_MIN || wide > UINT32_MAX)
		return false;
	*value = (uint32_t)wide;
	*in = ahead;
	return true;
}
