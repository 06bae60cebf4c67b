#include "sspi/context_buffer.h"

#include "base/memory.h"
#include "sspi/failure.h"

#include <opensspi/sspi.h>

#include <stddef.h>

#define MAGIC UINT64_C(0x6F70656E62756666)

/* A pointer that is none of ours cannot be told apart for certain; the mark catches a second free, and most strays. */
struct header {
	_Alignas(max_align_t) uint64_t magic;
	size_t size; /* of what lies behind */
};

void *context_buffer_allocate(size_t size)
{
	struct header *header;

	if (size > SIZE_MAX - sizeof(*header))
		return NULL;
	header = memory_allocate(sizeof(*header) + size);
	if (!header)
		return NULL;
	*header = (struct header) { .magic = MAGIC, .size = size };
	return header + 1;
}

void *context_buffer_copy(struct slice bytes)
{
	void *block = context_buffer_allocate(bytes.size);

	if (block && bytes.size)
		memcpy(block, bytes.data, bytes.size);
	return block;
}

uint16_t *context_buffer_text(struct slice utf16)
{
	uint16_t *block = context_buffer_allocate(utf16.size + sizeof(*block));

	if (block && utf16.size)
		memcpy(block, utf16.data, utf16.size);
	return block;
}

SECURITY_STATUS SEC_ENTRY FreeContextBuffer(void *pvContextBuffer)
{
	struct header *header = pvContextBuffer;

	if (!header)
		return SEC_E_OK;
	header--;
	if (header->magic != MAGIC)
		return fail("FreeContextBuffer", REASON_BAD_HANDLE, "the memory is none of this library's");
	memory_wipe(header, sizeof(*header) + header->size);
	memory_free(header);
	return SEC_E_OK;
}
