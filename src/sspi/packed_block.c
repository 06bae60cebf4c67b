#include "sspi/packed_block.h"

#include "base/utf16.h"
#include "sspi/context_buffer.h"

#include <opensspi/sspi.h>

#include <string.h>

enum { TEXT_ALIGNMENT = sizeof(SEC_WCHAR) };

struct packed_block packed_block_start(size_t size)
{
	struct packed_block block = { .bytes = writer_growing() };

	writer_zeros(&block.bytes, size);
	return block;
}

void packed_block_wipe(struct packed_block *block)
{
	writer_wipe(&block->bytes);
}

void packed_block_link(struct packed_block *block, size_t member, struct slice bytes, size_t nul)
{
	if (block->count == PACKED_LINKS_MAX) {
		block->bytes.failed = true;
		return;
	}
	writer_zeros(&block->bytes, block->bytes.size % TEXT_ALIGNMENT);
	block->links[block->count].member = member;
	block->links[block->count++].target = block->bytes.size;
	writer_bytes(&block->bytes, bytes);
	writer_zeros(&block->bytes, nul);
}

bool packed_block_utf8(struct packed_block *block, size_t member, const char *text, bool wide)
{
	CLEANUP(writer_wipe) struct byte_writer utf16 = writer_growing();
	struct slice utf8 = slice_of(text, strlen(text));

	if (!wide) {
		packed_block_link(block, member, utf8, sizeof(SEC_CHAR));
		return writer_ok(&block->bytes);
	}
	if (!utf16_from_utf8(&utf16, utf8))
		return false;
	packed_block_link(block, member, writer_slice(&utf16), sizeof(SEC_WCHAR));
	return writer_ok(&block->bytes);
}

bool packed_block_utf16(struct packed_block *block, size_t member, struct slice text, bool wide)
{
	CLEANUP(writer_wipe) struct byte_writer utf8 = writer_growing();

	if (wide) {
		packed_block_link(block, member, text, sizeof(SEC_WCHAR));
		return writer_ok(&block->bytes);
	}
	if (!utf16_to_utf8(&utf8, text)) {
		block->bytes.failed |= !writer_ok(&utf8);
		return false;
	}
	packed_block_link(block, member, writer_slice(&utf8), sizeof(SEC_CHAR));
	return writer_ok(&block->bytes);
}

void *packed_block_finish(const struct packed_block *block)
{
	uint8_t *made = writer_ok(&block->bytes) ? context_buffer_copy(writer_slice(&block->bytes)) : NULL;

	for (size_t i = 0; made && i < block->count; i++) {
		const void *target = made + block->links[i].target;

		memcpy(made + block->links[i].member, &target, sizeof(target));
	}
	return made;
}
