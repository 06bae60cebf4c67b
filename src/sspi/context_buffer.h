/* Memory that the caller gives back with FreeContextBuffer. Its size lies in front of it, so that freeing wipes. */
#ifndef OPENSSPI_SSPI_CONTEXT_BUFFER_H
#define OPENSSPI_SSPI_CONTEXT_BUFFER_H

#include "base/compiler.h"
#include "base/slice.h"

/* Zeroed, aligned for every type. NULL: no memory. */
NODISCARD void *context_buffer_allocate(size_t size);
/* A block with these bytes. */
NODISCARD void *context_buffer_copy(struct slice bytes);
/* A text, UTF-16LE, with a NUL behind it. */
NODISCARD uint16_t *context_buffer_text(struct slice utf16);

#endif
