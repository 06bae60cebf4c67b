#include "sspi/packed_block.h"

#include "base/byte_reader.h"
#include "base/utf16.h"
#include "sspi/context_buffer.h"

#include <opensspi/sspi.h>

#include <string.h>

enum { TEXT_ALIGNMENT = sizeof(SEC_WCHAR) };

struct link {
	size_t member, target;
};

struct packed_block packed_block_start(size_t size)
{
	struct packed_block block = { .bytes = writer_growing(), .links = writer_growing() };

	writer_zeros(&block.bytes, size);
	return block;
}

void packed_block_wipe(struct packed_block *block)
{
	writer_wipe(&block->bytes);
	writer_wipe(&block->links);
}

void packed_block_link(struct packed_block *block, size_t member, struct slice bytes, size_t nul)
{
	struct link link = { .member = member };

	writer_zeros(&block->bytes, block->bytes.size % TEXT_ALIGNMENT);
	link.target = block->bytes.size;
	writer_bytes(&block->links, slice_of(&link, sizeof(link)));
	writer_bytes(&block->bytes, bytes);
	writer_zeros(&block->bytes, nul);
	block->bytes.failed |= !writer_ok(&block->links);
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
	struct byte_reader links = reader_of(writer_slice(&block->links));
	struct link link;

	while (made && reader_copy(&links, &link, sizeof(link))) {
		const void *target = made + link.target;

		memcpy(made + link.member, &target, sizeof(target));
	}
	return made;
}
