/*
 * The allocator: one of the seams (with clock.h and crypto/random.h). The library links memory_libc.c,
 * the tests a file that fails the n-th call. Every allocation of ours goes through these.
 */
#ifndef OPENSSPI_BASE_MEMORY_H
#define OPENSSPI_BASE_MEMORY_H

#include "base/compiler.h"

#include <stddef.h>

/* Zeroed memory, or NULL. The caller frees it with memory_free. */
NODISCARD void *memory_allocate(size_t size);
void memory_free(void *block);

/* Overwrites in a way the compiler may not remove. */
void memory_wipe(void *block, size_t size);

#endif
