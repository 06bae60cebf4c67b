#include "base/byte_reader.h"

bool reader_take(struct byte_reader *in, size_t size, struct slice *bytes)
{
	if (size > in->size)
		return false;
	*bytes = slice_of(in->data, size);
	if (size) {
		in->data += size;
		in->size -= size;
	}
	return true;
}

bool reader_skip(struct byte_reader *in, size_t size)
{
	struct slice ignored;

	return reader_take(in, size, &ignored);
}

bool reader_copy(struct byte_reader *in, void *to, size_t size)
{
	struct slice bytes;

	if (!reader_take(in, size, &bytes))
		return false;
	if (size)
		memcpy(to, bytes.data, size);
	return true;
}

bool reader_expect(struct byte_reader *in, const void *bytes, size_t size)
{
	struct byte_reader ahead = *in;
	struct slice found;

	if (!reader_take(&ahead, size, &found) || !slice_equal(found, slice_of(bytes, size)))
		return false;
	*in = ahead;
	return true;
}

bool reader_until(struct byte_reader *in, uint8_t end, struct slice *bytes)
{
	const uint8_t *found = in->size ? memchr(in->data, end, in->size) : NULL;

	return found && reader_take(in, (size_t)(found - in->data), bytes) && reader_skip(in, 1);
}

/* The integer in the next `size` bytes, little-endian. */
static bool read_little_endian(struct byte_reader *in, size_t size, uint64_t *value)
{
	struct slice bytes;
	uint64_t sum = 0;

	if (!reader_take(in, size, &bytes))
		return false;
	for (size_t i = size; i > 0; i--)
		sum = sum << 8 | bytes.data[i - 1];
	*value = sum;
	return true;
}

bool reader_u8(struct byte_reader *in, uint8_t *value)
{
	return reader_copy(in, value, 1);
}

bool reader_u16be(struct byte_reader *in, uint16_t *value)
{
	struct slice bytes;

	if (!reader_take(in, 2, &bytes))
		return false;
	*value = (uint16_t)(bytes.data[0] << 8 | bytes.data[1]);
	return true;
}

bool reader_u32be(struct byte_reader *in, uint32_t *value)
{
	struct slice bytes;

	if (!reader_take(in, 4, &bytes))
		return false;
	*value = (uint32_t)bytes.data[0] << 24 | (uint32_t)bytes.data[1] << 16 |
		 (uint32_t)bytes.data[2] << 8 | bytes.data[3];
	return true;
}

bool reader_u16le(struct byte_reader *in, uint16_t *value)
{
	uint64_t wide;

	if (!read_little_endian(in, sizeof(*value), &wide))
		return false;
	*value = (uint16_t)wide;
	return true;
}

bool reader_u32le(struct byte_reader *in, uint32_t *value)
{
	uint64_t wide;

	if (!read_little_endian(in, sizeof(*value), &wide))
		return false;
	*value = (uint32_t)wide;
	return true;
}

bool reader_u16_native(struct byte_reader *in, uint16_t *value)
{
	return reader_copy(in, value, sizeof(*value));
}

bool reader_u32_native(struct byte_reader *in, uint32_t *value)
{
	return reader_copy(in, value, sizeof(*value));
}

bool reader_u64le(struct byte_reader *in, uint64_t *value)
{
	return read_little_endian(in, sizeof(*value), value);
}

bool reader_counted(struct byte_reader *in, struct slice *bytes)
{
	struct byte_reader ahead = *in;
	uint32_t size;

	if (!reader_u32le(&ahead, &size) || !reader_take(&ahead, size, bytes))
		return false;
	*in = ahead;
	return true;
}

bool reader_bool(struct byte_reader *in, bool *value)
{
	struct byte_reader ahead = *in;
	uint8_t byte;

	if (!reader_u8(&ahead, &byte) || byte > 1)
		return false;
	*value = byte;
	*in = ahead;
	return true;
}

bool reader_expect_u32le(struct byte_reader *in, uint32_t value)
{
	struct byte_reader ahead = *in;
	uint32_t found;

	if (!reader_u32le(&ahead, &found) || found != value)
		return false;
	*in = ahead;
	return true;
}

bool slice_part(struct slice whole, size_t offset, size_t size, struct slice *part)
{
	struct byte_reader in = reader_of(whole);

	return reader_skip(&in, offset) && reader_take(&in, size, part);
}
