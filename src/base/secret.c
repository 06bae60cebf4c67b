#include "base/secret.h"

#include "base/memory.h"

bool secret_allocate(struct secret *secret, size_t size)
{
	secret_wipe(secret);
	if (size == 0)
		return true;
	secret->data = memory_allocate(size);
	if (!secret->data)
		return false;
	secret->size = size;
	return true;
}

bool secret_copy(struct secret *secret, struct slice bytes)
{
	struct secret copy = { 0 };

	if (!secret_allocate(&copy, bytes.size)) {
		secret_wipe(secret); /* what it held before must not be taken for what was asked */
		return false;
	}
	if (bytes.size)
		memcpy(copy.data, bytes.data, bytes.size);
	secret_move(secret, &copy);
	return true;
}

void secret_move(struct secret *to, struct secret *from)
{
	secret_wipe(to);
	*to = *from;
	*from = (struct secret) { 0 };
}

void secret_wipe(struct secret *secret)
{
	if (!secret)
		return;
	memory_wipe(secret->data, secret->size);
	memory_free(secret->data);
	*secret = (struct secret) { 0 };
}
