#include "support/openssl_memory.h"

#include <openssl/crypto.h>
#include <stdlib.h>

static bool counting;
static long count, fail_at;

static bool fails(void)
{
	return counting && ++count == fail_at;
}

static void *allocate(size_t size, const char *file, int line)
{
	(void)file, (void)line;
	return size && !fails() ? malloc(size) : NULL;
}

static void *reallocate(void *block, size_t size, const char *file, int line)
{
	(void)file, (void)line;
	if (size == 0) {
		free(block);
		return NULL;
	}
	return fails() ? NULL : realloc(block, size);
}

static void release(void *block, const char *file, int line)
{
	(void)file, (void)line;
	free(block);
}

bool openssl_memory_take_over(void)
{
	return CRYPTO_set_mem_functions(allocate, reallocate, release) == 1;
}

void openssl_memory_fail(long n)
{
	fail_at = n;
	count = 0;
	counting = true;
}

bool openssl_memory_failed(void)
{
	counting = false;
	return count >= fail_at;
}
