#include "base/memory.h"

#include <stdlib.h>

void *memory_allocate(size_t size)
{
	return calloc(1, size ? size : 1);
}

void memory_free(void *block)
{
	free(block);
}
