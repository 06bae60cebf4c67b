/* SecBufferDesc, looked at before anything in it is used. */
#ifndef OPENSSPI_SSPI_BUFFERS_H
#define OPENSSPI_SSPI_BUFFERS_H

#include "base/compiler.h"

#include <opensspi/sspi.h>

#include <stdbool.h>

/* A list of a known version with memory for its buffers. */
NODISCARD bool buffers_are_list(PSecBufferDesc list);
/* The same, each buffer with a size has memory, and an EMPTY has no size: garbage there is a sign of an old list. */
NODISCARD bool buffers_well_formed(PSecBufferDesc list);

/* Without the attribute bits. */
uint32_t buffer_type(const SecBuffer *buffer);
/* The first of this type, or NULL. */
SecBuffer *buffers_find(PSecBufferDesc list, uint32_t type);
uint32_t buffers_count(PSecBufferDesc list, uint32_t type);

#endif
