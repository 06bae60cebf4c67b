#include "allocations.h"

#include <malloc.h>
#include <stddef.h>
#include <stdlib.h>

/* glibc's own, beneath the names that this file takes. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void __libc_free(void *block);

enum { BLOCK_HEADER = sizeof(size_t) };

static long made, bytes;

static void *counted(void *block)
{
	if (block) {
		made++;
		bytes += (long)(malloc_usable_size(block) + BLOCK_HEADER);
	}
	return block;
}

static void discount(void *block)
{
	if (block)
		bytes -= (long)(malloc_usable_size(block) + BLOCK_HEADER);
}

/* So that the libraries call these too. */
#define TAKES_THE_NAME __attribute__((visibility("default")))

TAKES_THE_NAME void *malloc(size_t size)
{
	return counted(__libc_malloc(size));
}

TAKES_THE_NAME void *calloc(size_t count, size_t size)
{
	return counted(__libc_calloc(count, size));
}

TAKES_THE_NAME void *realloc(void *old, size_t size)
{
	discount(old);
	return counted(__libc_realloc(old, size));
}

TAKES_THE_NAME void free(void *block)
{
	discount(block);
	__libc_free(block);
}

long allocations_made(void)
{
	return made;
}

long allocations_bytes(void)
{
	return bytes;
}
