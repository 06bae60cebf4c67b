/*
 * Reading bytes that came from somebody else. A reader is pointer and length and is copied by value; it borrows.
 * A read that fails returns false and leaves the reader where it was. Outside base and asn1 nobody adds to a raw
 * pointer, or checks a length on one line and reads on another.
 */
#ifndef OPENSSPI_BASE_BYTE_READER_H
#define OPENSSPI_BASE_BYTE_READER_H

#include "base/compiler.h"
#include "base/slice.h"

struct byte_reader {
	const uint8_t *data;
	size_t size;
	bool ber_lengths; /* for asn1/der_reader.h */
};

static inline struct byte_reader reader_of(struct slice bytes)
{
	return (struct byte_reader) { .data = bytes.data, .size = bytes.size };
}

/* All that is left. */
static inline struct slice reader_rest(const struct byte_reader *in)
{
	return slice_of(in->data, in->size);
}

static inline bool reader_empty(const struct byte_reader *in)
{
	return in->size == 0;
}

NODISCARD bool reader_take(struct byte_reader *in, size_t size, struct slice *bytes);
NODISCARD bool reader_skip(struct byte_reader *in, size_t size);
NODISCARD bool reader_copy(struct byte_reader *in, void *to, size_t size);
/* Reads and compares; false too if the bytes differ. */
NODISCARD bool reader_expect(struct byte_reader *in, const void *bytes, size_t size);
/* The bytes in front of the next `end`, which is read too; false if there is none. */
NODISCARD bool reader_until(struct byte_reader *in, uint8_t end, struct slice *bytes);
NODISCARD bool reader_u8(struct byte_reader *in, uint8_t *value);
NODISCARD bool reader_u16be(struct byte_reader *in, uint16_t *value);
NODISCARD bool reader_u32be(struct byte_reader *in, uint32_t *value);
NODISCARD bool reader_u16le(struct byte_reader *in, uint16_t *value);
NODISCARD bool reader_u32le(struct byte_reader *in, uint32_t *value);
NODISCARD bool reader_u64le(struct byte_reader *in, uint64_t *value);
/* In the order of this machine: members of a caller's struct. */
NODISCARD bool reader_u16_native(struct byte_reader *in, uint16_t *value);
NODISCARD bool reader_u32_native(struct byte_reader *in, uint32_t *value);
/* A count of 32 bits, little endian, and so many bytes. */
NODISCARD bool reader_counted(struct byte_reader *in, struct slice *bytes);
/* 0 or 1. */
NODISCARD bool reader_bool(struct byte_reader *in, bool *value);
NODISCARD bool reader_expect_u32le(struct byte_reader *in, uint32_t value);
/* A part of `whole`, by offset and size; false if it does not lie inside. */
NODISCARD bool slice_part(struct slice whole, size_t offset, size_t size, struct slice *part);

#endif
