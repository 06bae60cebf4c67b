#include "faults/malloc_faults.h"

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* glibc's own, beneath the names that this file takes. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void __libc_free(void *block);

enum { BLOCKS_MAX = 1 << 14, FRAMES_MAX = 24 };

struct block {
	void *address;
	int depth;
	void *frames[FRAMES_MAX];
};

/* Open addressing; an address that was freed leaves its place marked. */
static struct block blocks[BLOCKS_MAX];
static void *const freed = blocks;
static long calls, failing;
static bool counting, naming, inside;

static size_t place_of(const void *address)
{
	return ((uintptr_t)address >> 4) * 2654435761u % BLOCKS_MAX;
}

static void remember(void *address)
{
	size_t place = place_of(address);

	if (!counting || inside || !address)
		return;
	inside = true; /* backtrace may allocate */
	while (blocks[place].address && blocks[place].address != freed)
		place = (place + 1) % BLOCKS_MAX;
	blocks[place].depth = naming ? backtrace(blocks[place].frames, FRAMES_MAX) : 0;
	blocks[place].address = address;
	inside = false;
}

static void forget(const void *address)
{
	size_t place = place_of(address);

	if (!address)
		return;
	for (size_t i = 0; i < BLOCKS_MAX && blocks[place].address; i++, place = (place + 1) % BLOCKS_MAX)
		if (blocks[place].address == address) {
			blocks[place].address = freed;
			return;
		}
}

static bool fails(void)
{
	if (!counting || inside || ++calls != failing)
		return false;
	errno = ENOMEM;
	return true;
}

/* So that the libraries call these too. */
#define TAKES_THE_NAME __attribute__((visibility("default")))

TAKES_THE_NAME void *malloc(size_t size)
{
	void *block = fails() ? NULL : __libc_malloc(size);

	remember(block);
	return block;
}

TAKES_THE_NAME void *calloc(size_t count, size_t size)
{
	void *block = fails() ? NULL : __libc_calloc(count, size);

	remember(block);
	return block;
}

TAKES_THE_NAME void *realloc(void *old, size_t size)
{
	void *block = fails() ? NULL : __libc_realloc(old, size);

	if (block || size == 0)
		forget(old);
	remember(block);
	return block;
}

TAKES_THE_NAME void free(void *block)
{
	forget(block);
	__libc_free(block);
}

void malloc_faults_begin(long n, bool name_callers)
{
	for (size_t i = 0; i < BLOCKS_MAX; i++)
		blocks[i].address = NULL;
	naming = name_callers;
	calls = 0;
	failing = n;
	counting = true;
}

bool malloc_faults_end(void)
{
	counting = false;
	return failing && calls >= failing;
}

static const char *name_of(void *frame)
{
	Dl_info info;

	return dladdr(frame, &info) && info.dli_sname ? info.dli_sname : "?";
}

static bool is_known(const struct block *block, const char *const *known, size_t known_count)
{
	for (int i = 0; i < block->depth; i++)
		for (size_t k = 0; k < known_count; k++)
			if (strcmp(name_of(block->frames[i]), known[k]) == 0)
				return true;
	return false;
}

bool malloc_faults_leaked(void)
{
	for (size_t i = 0; i < BLOCKS_MAX; i++)
		if (blocks[i].address && blocks[i].address != freed)
			return true;
	return false;
}

size_t malloc_faults_leaks(const char *const *known, size_t known_count)
{
	size_t leaks = 0;

	for (size_t i = 0; i < BLOCKS_MAX; i++) {
		const struct block *block = &blocks[i];

		if (!block->address || block->address == freed || is_known(block, known, known_count))
			continue;
		leaks++;
		fprintf(stderr, "# leak after fault %ld:", failing);
		for (int frame = 2; frame < block->depth; frame++)
			fprintf(stderr, " %s", name_of(block->frames[frame]));
		fprintf(stderr, "\n");
	}
	return leaks;
}
