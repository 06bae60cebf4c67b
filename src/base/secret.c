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

enum reason secret_read(struct byte_reader *in, struct secret *secret)
{
	struct slice bytes;

	if (!reader_counted(in, &bytes))
		return REASON_BAD_TOKEN;
	return secret_copy(secret, bytes) ? REASON_OK : REASON_OUT_OF_MEMORY;
}

enum reason secret_read_text(struct byte_reader *in, struct secret *secret)
{
	enum reason reason = secret_read(in, secret);

	return reason == REASON_OK && secret->size % 2 ? REASON_BAD_TOKEN : reason;
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
