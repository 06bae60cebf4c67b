/* Borrowed bytes: a slice may be read, a span may be written. Neither owns. */
#ifndef OPENSSPI_BASE_SLICE_H
#define OPENSSPI_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
	const uint8_t *data;
	size_t size;
};

struct span {
	uint8_t *data;
	size_t size;
};

static inline struct slice slice_of(const void *data, size_t size)
{
	return (struct slice) { data, size };
}

/* What is left behind the first `size` bytes; nothing if there are not so many. */
static inline struct span span_skip(struct span bytes, size_t size)
{
	if (size >= bytes.size)
		return (struct span) { NULL, 0 };
	return (struct span) { bytes.data + size, bytes.size - size };
}

/* A string literal without its NUL. */
#define SLICE_LITERAL(text) slice_of((text), sizeof(text) - 1)

/* Not for secrets: crypto_equal compares those. */
static inline bool slice_equal(struct slice a, struct slice b)
{
	return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

#endif
