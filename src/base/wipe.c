#include "base/memory.h"

#include <string.h>

void memory_wipe(void *block, size_t size)
{
	if (block && size)
		explicit_bzero(block, size);
}
