/*
 * What SSPI returns as one allocation: a struct, and behind it the text and bytes its members point to. The struct's
 * pointers are given as offsets while the block grows, and become pointers when it is finished.
 */
#ifndef OPENSSPI_SSPI_PACKED_BLOCK_H
#define OPENSSPI_SSPI_PACKED_BLOCK_H

#include "base/byte_writer.h"

struct packed_block {
	struct byte_writer bytes, links;
};

/* `size` zero bytes for the struct (or an array of them) at the front. */
struct packed_block packed_block_start(size_t size);
void packed_block_wipe(struct packed_block *block);
/* The pointer at offset `member` of the block will point to a copy of `bytes`, with `nul` zero bytes behind it. */
void packed_block_link(struct packed_block *block, size_t member, struct slice bytes, size_t nul);
/* UTF-8, or UTF-16LE if `wide`, of text in the other form or the same. False: not that form, or no memory. */
NODISCARD bool packed_block_utf8(struct packed_block *block, size_t member, const char *text, bool wide);
NODISCARD bool packed_block_utf16(struct packed_block *block, size_t member, struct slice text, bool wide);
/* The block for FreeContextBuffer, or NULL: no memory. `block` stays to be wiped. */
NODISCARD void *packed_block_finish(const struct packed_block *block);

#endif
