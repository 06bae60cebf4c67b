#include "support/canary.h"

#include "support/seams.h"

#include <malloc.h>
#include <string.h>

static struct slice canary;
static bool found;

static void look_at(const void *block)
{
	size_t size = malloc_usable_size((void *)(uintptr_t)block);

	found = found || memmem(block, size, canary.data, canary.size);
}

void canary_watch(struct slice secret)
{
	canary = secret;
	found = false;
	seam_on_free(look_at);
}

bool canary_left(void)
{
	seam_on_free(NULL);
	return found;
}
