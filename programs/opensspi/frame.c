#include "frame.h"

enum frame frame_take(struct byte_reader *in, size_t limit, struct slice *token)
{
	struct byte_reader ahead = *in;
	uint16_t high, low;
	uint32_t size;

	if (!reader_u16be(&ahead, &high) || !reader_u16be(&ahead, &low))
		return FRAME_SHORT;
	size = (uint32_t)high << 16 | low;
	if (size > limit)
		return FRAME_TOO_BIG;
	if (!reader_take(&ahead, size, token))
		return FRAME_SHORT;
	*in = ahead;
	return FRAME_WHOLE;
}

void frame_write(struct byte_writer *out, struct slice token)
{
	writer_u32be(out, (uint32_t)token.size);
	writer_bytes(out, token);
}
