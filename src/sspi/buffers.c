#include "sspi/buffers.h"

#include <stddef.h>

bool buffers_are_list(PSecBufferDesc list)
{
	return list && list->ulVersion == SECBUFFER_VERSION && (!list->cBuffers || list->pBuffers);
}

static bool is_well_formed(const SecBuffer *buffer)
{
	switch (buffer_type(buffer)) {
	case SECBUFFER_EMPTY:
		return !buffer->cbBuffer;
	case SECBUFFER_MISSING: /* left there by the call before */
	case SECBUFFER_EXTRA:
		return true;
	default:
		return !buffer->cbBuffer || buffer->pvBuffer;
	}
}

bool buffers_well_formed(PSecBufferDesc list)
{
	if (!buffers_are_list(list))
		return false;
	for (uint32_t i = 0; i < list->cBuffers; i++)
		if (!is_well_formed(&list->pBuffers[i]))
			return false;
	return true;
}

uint32_t buffer_type(const SecBuffer *buffer)
{
	return buffer->BufferType & ~SECBUFFER_ATTRMASK;
}

SecBuffer *buffers_find(PSecBufferDesc list, uint32_t type)
{
	for (uint32_t i = 0; i < list->cBuffers; i++)
		if (buffer_type(&list->pBuffers[i]) == type)
			return &list->pBuffers[i];
	return NULL;
}

uint32_t buffers_count(PSecBufferDesc list, uint32_t type)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < list->cBuffers; i++)
		count += buffer_type(&list->pBuffers[i]) == type;
	return count;
}
