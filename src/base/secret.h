/*
 * The one type that owns a secret: passwords, hashes, keys of variable length, opened credentials.
 * It is wiped whenever it is replaced or freed. Never traced: only its size may be.
 */
#ifndef OPENSSPI_BASE_SECRET_H
#define OPENSSPI_BASE_SECRET_H

#include "base/byte_reader.h"
#include "base/compiler.h"
#include "base/reason.h"
#include "base/slice.h"

struct secret {
	uint8_t *data;
	size_t size;
};

/* Replaces what was there. An empty slice gives an empty secret. False: no memory, and the secret is empty. */
NODISCARD bool secret_copy(struct secret *secret, struct slice bytes);
/* Takes `size` zero bytes to be filled by the caller. */
NODISCARD bool secret_allocate(struct secret *secret, size_t size);
/* Reads counted bytes (reader_counted) into it; text is UTF-16LE, whole units. BAD_TOKEN: they end; OUT_OF_MEMORY. */
NODISCARD enum reason secret_read(struct byte_reader *in, struct secret *secret);
NODISCARD enum reason secret_read_text(struct byte_reader *in, struct secret *secret);
/* Hands the bytes of `from` over to `to`. */
void secret_move(struct secret *to, struct secret *from);
/* Wipes and frees; the secret is empty and usable again. NULL is taken. */
void secret_wipe(struct secret *secret);

static inline struct slice secret_slice(const struct secret *secret)
{
	return slice_of(secret->data, secret->size);
}

#endif
