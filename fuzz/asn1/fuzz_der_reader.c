/*
 * Covers asn1/der_reader.c: der_read_any, der_read, der_peek, der_element_size, der_read_explicit_octets,
 * der_read_explicit_u32, der_read_explicit_ntstatus. What is read is written again: DER has one form for each
 * value, so the bytes must be the same, but for lengths in BER's forms where those are taken.
 */
#include "asn1/der_reader.h"
#include "asn1/der_writer.h"

#include <stdlib.h>

/* Longer inputs are slow and teach nothing more. */
enum { INPUT_MAX = 1024, DEPTH_MAX = 16, CONSTRUCTED = 0x20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool true_always)
{
	if (!true_always)
		abort();
}

/* Every value that the element could be read as, written back. */
static void read_values(struct slice element, uint8_t tag)
{
	CLEANUP(writer_wipe) struct byte_writer again = writer_growing();
	struct byte_reader in = reader_of(element);
	struct slice octets;
	uint32_t value;

	if (der_read_explicit_octets(&in, tag, &octets)) {
		require(reader_empty(&in));
		der_write_explicit_octets(&again, tag, octets);
		require(writer_ok(&again) && slice_equal(writer_slice(&again), element));
	} else if (der_read_explicit_u32(&in, tag, &value)) {
		require(reader_empty(&in));
		der_write_explicit_u32(&again, tag, value);
		require(writer_ok(&again) && slice_equal(writer_slice(&again), element));
	} else if (der_read_explicit_ntstatus(&in, tag, &value)) {
		require(reader_empty(&in));
		der_write_explicit_ntstatus(&again, tag,
					    value); /* a negative number: only this form has it */
		require(writer_ok(&again) && slice_equal(writer_slice(&again), element));
	} else {
		require(slice_equal(reader_rest(&in), element));
	}
}

static void read_all(struct byte_reader in, int depth)
{
	while (!reader_empty(&in)) {
		CLEANUP(writer_wipe) struct byte_writer again = writer_growing();
		struct byte_reader before = in, contents, same;
		uint8_t peeked, tag;
		struct slice element;
		size_t element_size;

		require(der_peek(&in, &peeked));
		if (!der_read_any(&in, &tag, &contents)) {
			require(in.data == before.data && in.size == before.size);
			return;
		}
		require(tag == peeked);
		require(der_element_size(&before, &element_size) == DER_LENGTH_KNOWN);
		require(element_size == before.size - in.size);
		require(slice_part(reader_rest(&before), 0, element_size, &element));
		require(!der_read(&before, (uint8_t)(tag ^ 1), &same));
		require(der_read(&before, tag, &same) && same.size == contents.size &&
			before.size == in.size);
		der_write(&again, tag, reader_rest(&contents));
		require(writer_ok(&again) && again.size <= element.size);
		require(in.ber_lengths || again.size == element.size);
		if (again.size == element.size)
			require(slice_equal(writer_slice(&again), element));
		if (!in.ber_lengths)
			read_values(element, tag);
		if (tag & CONSTRUCTED && depth < DEPTH_MAX)
			read_all(contents, depth + 1);
	}
}

/* Seen from a first part only, an element's size is unknown, or the same as from all of it. */
static void size_from_parts(struct byte_reader in)
{
	size_t whole = 0, seen = 0;
	enum der_length known = der_element_size(&in, &whole);

	for (size_t size = 0; size < in.size && size < 8; size++) {
		struct byte_reader part = in;
		enum der_length early;

		part.size = size;
		early = der_element_size(&part, &seen);

		require(early == DER_LENGTH_SHORT ||
			(early == known && (known == DER_LENGTH_BAD || seen == whole)));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct byte_reader in[] = { reader_of(slice_of(data, size)),
					  der_reader_of_ber_lengths(slice_of(data, size)) };

	for (size_t i = 0; i < COUNT_OF(in) && size <= INPUT_MAX; i++) {
		size_from_parts(in[i]);
		read_all(in[i], 0);
	}
	return 0;
}
