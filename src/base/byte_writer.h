/*
 * Building bytes. A writer grows (writer_growing), fills a caller's memory (writer_fixed), or begins in a caller's
 * memory and grows beyond it (writer_growing_from, LOCAL_WRITER). A write that does not fit, or finds no memory, sets
 * `failed` and everything after it is ignored: check writer_ok once at the end.
 * What it drops when it grows or is freed is wiped, so it may hold secrets.
 */
#ifndef OPENSSPI_BASE_BYTE_WRITER_H
#define OPENSSPI_BASE_BYTE_WRITER_H

#include "base/compiler.h"
#include "base/slice.h"

struct byte_writer {
	uint8_t *data;
	size_t size, capacity;
	bool grows, failed;
	bool borrows; /* a growing one: `data` is still the caller's memory */
};

static inline struct byte_writer writer_growing(void)
{
	return (struct byte_writer) { .grows = true };
}

static inline struct byte_writer writer_fixed(void *memory, size_t capacity)
{
	return (struct byte_writer) { .data = memory, .capacity = capacity };
}

static inline struct byte_writer writer_growing_from(void *memory, size_t capacity)
{
	return (struct byte_writer) { .data = memory, .capacity = capacity, .borrows = true, .grows = true };
}

static inline struct slice writer_slice(const struct byte_writer *out)
{
	return slice_of(out->data, out->size);
}

NODISCARD static inline bool writer_ok(const struct byte_writer *out)
{
	return !out->failed;
}

/* `bytes` lie elsewhere, not in the writer's own memory, which may move. */
void writer_bytes(struct byte_writer *out, struct slice bytes);
void writer_zeros(struct byte_writer *out, size_t size);
void writer_u8(struct byte_writer *out, uint8_t value);
void writer_u16be(struct byte_writer *out, uint16_t value);
void writer_u32be(struct byte_writer *out, uint32_t value);
void writer_u16le(struct byte_writer *out, uint16_t value);
void writer_u32le(struct byte_writer *out, uint32_t value);
void writer_u64le(struct byte_writer *out, uint64_t value);
/* A count of 32 bits, little endian, and the bytes. */
void writer_counted(struct byte_writer *out, struct slice bytes);
/* Makes room for `size` more bytes at the end and returns it; the bytes count at once. NULL: failed, or `size` is 0. */
uint8_t *writer_extend(struct byte_writer *out, size_t size);
/* A growing writer takes memory for `size` bytes in all in one step. What does not fit still makes it grow. */
void writer_reserve(struct byte_writer *out, size_t size);
/* Back-fills: writes over bytes that were written before. */
void writer_patch(struct byte_writer *out, size_t offset, struct slice bytes);
void writer_patch_u16le(struct byte_writer *out, size_t offset, uint16_t value);
void writer_patch_u32le(struct byte_writer *out, size_t offset, uint32_t value);
/* Moves what lies behind `offset` up by `size` bytes, which the caller then patches. */
void writer_insert(struct byte_writer *out, size_t offset, size_t size);
/* Drops the first `size` bytes. */
void writer_drop_front(struct byte_writer *out, size_t size);
/* Wipes everything behind `size`. */
void writer_truncate(struct byte_writer *out, size_t size);
/* Wipes, and frees what the writer allocated; it is empty and usable again. */
void writer_wipe(struct byte_writer *out);

/*
 * A writer for the function it stands in: it begins on the stack, so that what is short takes no allocation, and is
 * wiped when the function is left.
 */
enum { LOCAL_WRITER_SIZE = 1024 };
#define LOCAL_WRITER(name) \
	uint8_t name##_memory[LOCAL_WRITER_SIZE]; \
	CLEANUP(writer_wipe) \
	struct byte_writer name = writer_growing_from(name##_memory, sizeof(name##_memory))

#endif
