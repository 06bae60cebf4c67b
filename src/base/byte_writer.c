#include "base/byte_writer.h"

#include "base/memory.h"

enum { FIRST_CAPACITY = 256 };

static bool move_to(struct byte_writer *out, size_t capacity)
{
	uint8_t *data = memory_allocate(capacity);

	if (!data)
		return false;
	if (out->size)
		memcpy(data, out->data, out->size);
	memory_wipe(out->data, out->size);
	if (!out->borrows)
		memory_free(out->data);
	out->data = data;
	out->capacity = capacity;
	out->borrows = false;
	return true;
}

static bool grow(struct byte_writer *out, size_t size)
{
	size_t capacity = out->capacity ? out->capacity : FIRST_CAPACITY;

	while (capacity - out->size < size) {
		if (capacity > SIZE_MAX / 2)
			return false;
		capacity *= 2;
	}
	return move_to(out, capacity);
}

/* For the caller to fill: what lies there is not zero. */
static uint8_t *take_room(struct byte_writer *out, size_t size)
{
	uint8_t *room;

	if (out->failed)
		return NULL;
	if (out->capacity - out->size < size && !(out->grows && grow(out, size))) {
		out->failed = true;
		return NULL;
	}
	if (!out->data) { /* a fixed writer without memory, asked for nothing */
		out->failed = size > 0;
		return NULL;
	}
	room = out->data + out->size;
	out->size += size;
	return room;
}

uint8_t *writer_extend(struct byte_writer *out, size_t size)
{
	uint8_t *room = take_room(out, size);

	if (room)
		memset(room, 0, size);
	return room;
}

void writer_reserve(struct byte_writer *out, size_t size)
{
	if (!out->failed && out->grows && out->capacity < size && !move_to(out, size))
		out->failed = true;
}

void writer_bytes(struct byte_writer *out, struct slice bytes)
{
	uint8_t *room;

	if (bytes.size && (room = take_room(out, bytes.size)))
		memcpy(room, bytes.data, bytes.size);
}

void writer_zeros(struct byte_writer *out, size_t size)
{
	(void)writer_extend(out, size);
}

static void little_endian(uint8_t *to, size_t size, uint64_t value)
{
	for (size_t i = 0; i < size; i++)
		to[i] = (uint8_t)(value >> (8 * i));
}

static void write_little_endian(struct byte_writer *out, size_t size, uint64_t value)
{
	uint8_t *room = take_room(out, size);

	if (room)
		little_endian(room, size, value);
}

void writer_u8(struct byte_writer *out, uint8_t value)
{
	write_little_endian(out, 1, value);
}

void writer_u16be(struct byte_writer *out, uint16_t value)
{
	writer_u8(out, (uint8_t)(value >> 8));
	writer_u8(out, (uint8_t)value);
}

void writer_u32be(struct byte_writer *out, uint32_t value)
{
	writer_u16be(out, (uint16_t)(value >> 16));
	writer_u16be(out, (uint16_t)value);
}

void writer_u16le(struct byte_writer *out, uint16_t value)
{
	write_little_endian(out, sizeof(value), value);
}

void writer_u32le(struct byte_writer *out, uint32_t value)
{
	write_little_endian(out, sizeof(value), value);
}

void writer_u64le(struct byte_writer *out, uint64_t value)
{
	write_little_endian(out, sizeof(value), value);
}

void writer_counted(struct byte_writer *out, struct slice bytes)
{
	if (bytes.size > UINT32_MAX) {
		out->failed = true;
		return;
	}
	writer_u32le(out, (uint32_t)bytes.size);
	writer_bytes(out, bytes);
}

void writer_patch(struct byte_writer *out, size_t offset, struct slice bytes)
{
	if (out->failed)
		return;
	if (offset > out->size || bytes.size > out->size - offset)
		out->failed = true;
	else if (bytes.size)
		memcpy(out->data + offset, bytes.data, bytes.size);
}

void writer_patch_u16le(struct byte_writer *out, size_t offset, uint16_t value)
{
	uint8_t bytes[sizeof(value)];

	little_endian(bytes, sizeof(bytes), value);
	writer_patch(out, offset, slice_of(bytes, sizeof(bytes)));
}

void writer_patch_u32le(struct byte_writer *out, size_t offset, uint32_t value)
{
	uint8_t bytes[sizeof(value)];

	little_endian(bytes, sizeof(bytes), value);
	writer_patch(out, offset, slice_of(bytes, sizeof(bytes)));
}

void writer_insert(struct byte_writer *out, size_t offset, size_t size)
{
	size_t behind = out->size - offset;

	if (offset > out->size)
		out->failed = true;
	else if (writer_extend(out, size))
		memmove(out->data + offset + size, out->data + offset, behind);
}

void writer_drop_front(struct byte_writer *out, size_t size)
{
	if (size >= out->size) {
		writer_truncate(out, 0);
		return;
	}
	memmove(out->data, out->data + size, out->size - size);
	writer_truncate(out, out->size - size);
}

void writer_truncate(struct byte_writer *out, size_t size)
{
	if (size >= out->size)
		return;
	memory_wipe(out->data + size, out->size - size);
	out->size = size;
}

void writer_wipe(struct byte_writer *out)
{
	memory_wipe(out->data, out->size);
	if (out->grows && !out->borrows) {
		memory_free(out->data);
		*out = writer_growing();
	} else {
		out->size = 0;
		out->failed = false;
	}
}
