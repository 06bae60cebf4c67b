#include "asn1/der_writer.h"

size_t der_open(struct byte_writer *out, uint8_t tag)
{
	writer_u8(out, tag);
	writer_u8(out, 0);
	return out->size;
}

void der_close(struct byte_writer *out, size_t opened)
{
	size_t size = out->size - opened;
	uint8_t header[1 + sizeof(size)];
	size_t more = 0;

	if (out->failed)
		return;
	if (size < 0x80) {
		header[0] = (uint8_t)size;
	} else {
		while (more < sizeof(size) && size >> (8 * more))
			more++;
		header[0] = (uint8_t)(0x80 | more);
		for (size_t i = 0; i < more; i++)
			header[1 + i] = (uint8_t)(size >> (8 * (more - 1 - i)));
		writer_insert(out, opened, more);
	}
	writer_patch(out, opened - 1, slice_of(header, 1 + more));
}

void der_write(struct byte_writer *out, uint8_t tag, struct slice contents)
{
	size_t element = der_open(out, tag);

	writer_bytes(out, contents);
	der_close(out, element);
}

void der_write_explicit_octets(struct byte_writer *out, uint8_t tag, struct slice octets)
{
	size_t wrapper = der_open(out, tag);

	der_write(out, DER_OCTET_STRING, octets);
	der_close(out, wrapper);
}

static void write_explicit_integer(struct byte_writer *out, uint8_t tag, uint64_t value, int octets)
{
	size_t wrapper = der_open(out, tag), integer = der_open(out, DER_INTEGER);

	while (octets > 0)
		writer_u8(out, (uint8_t)(value >> (8 * --octets)));
	der_close(out, integer);
	der_close(out, wrapper);
}

void der_write_explicit_u32(struct byte_writer *out, uint8_t tag, uint32_t value)
{
	int octets = 1;

	while (octets < 5 && (uint64_t)value >> (8 * octets - 1))
		octets++; /* one octet more where the top bit would make it negative */
	write_explicit_integer(out, tag, value, octets);
}

/* X.690 8.3.2: whether the top nine bits of so many octets are all alike, so that one octet less will do. */
static bool one_octet_too_many(uint32_t value, int octets)
{
	uint32_t top = value >> (8 * octets - 9);

	return top == 0 || top == UINT32_MAX >> (8 * octets - 9);
}

void der_write_explicit_ntstatus(struct byte_writer *out, uint8_t tag, uint32_t value)
{
	int octets = 4;

	while (octets > 1 && one_octet_too_many(value, octets))
		octets--;
	write_explicit_integer(out, tag, value, octets);
}
