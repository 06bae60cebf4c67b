#include "rdp/negotiation.h"

bool rdp_negotiation_read(struct byte_reader *in, enum rdp_negotiation_type type, uint16_t length,
			  uint8_t *flags)
{
	struct byte_reader ahead = *in;
	uint8_t found_type;
	uint16_t found_length;

	if (!reader_u8(&ahead, &found_type) || found_type != type || !reader_u8(&ahead, flags) ||
	    !reader_u16le(&ahead, &found_length) || found_length != length)
		return false;
	*in = ahead;
	return true;
}

void rdp_negotiation_write(struct byte_writer *out, enum rdp_negotiation_type type, uint16_t length,
			   uint8_t flags)
{
	writer_u8(out, (uint8_t)type);
	writer_u8(out, flags);
	writer_u16le(out, length);
}
