#include "rdp/x224.h"

enum {
	TPKT_VERSION = 3,
	DATA_FIXED_SIZE = 2,
	DATA_EOT = 0x80, /* the last TPDU of its message; TPDU-NR is 0 in class 0 */
};

/* Version, reserved, length. The length counts these four bytes too. */
static bool read_tpkt_header(struct byte_reader *in, uint16_t *size)
{
	const uint8_t version = TPKT_VERSION;

	return reader_expect(in, &version, sizeof(version)) && reader_skip(in, 1) && reader_u16be(in, size) &&
	       *size > TPKT_HEADER_SIZE;
}

enum tpkt tpkt_take(struct byte_reader *in, size_t limit, struct slice *pdu)
{
	struct byte_reader ahead = *in;
	uint8_t version;
	uint16_t size;

	if (!reader_u8(&ahead, &version))
		return TPKT_SHORT;
	if (version != TPKT_VERSION)
		return TPKT_BAD;
	if (in->size < TPKT_HEADER_SIZE)
		return TPKT_SHORT;
	ahead = *in;
	if (!read_tpkt_header(&ahead, &size) || size > limit)
		return TPKT_BAD;
	return reader_take(in, size, pdu) ? TPKT_WHOLE : TPKT_SHORT;
}

/* The X.224 TPDU: all of the PDU that lies behind the TPKT header. */
static bool read_tpdu(struct slice pdu, struct byte_reader *in)
{
	uint16_t size;

	*in = reader_of(pdu);
	return read_tpkt_header(in, &size) && size == pdu.size;
}

bool x224_read_connection(struct slice pdu, enum x224_code code, struct byte_reader *in)
{
	uint8_t length, found_code, class_option;

	return read_tpdu(pdu, in) && reader_u8(in, &length) && length == in->size &&
	       reader_u8(in, &found_code) && found_code == code &&
	       reader_skip(in, 4) && /* DST-REF, SRC-REF */
	       reader_u8(in, &class_option) && class_option == 0;
}

bool x224_read_data(struct slice pdu, struct byte_reader *in)
{
	const uint8_t header[] = { DATA_FIXED_SIZE, X224_DATA, DATA_EOT };

	return read_tpdu(pdu, in) && reader_expect(in, header, sizeof(header));
}

size_t x224_open_connection(struct byte_writer *out, enum x224_code code, uint16_t source)
{
	size_t opened = out->size;

	writer_u8(out, TPKT_VERSION);
	writer_u8(out, 0);
	writer_u16be(out, 0); /* filled in by x224_close_connection, as is the next */
	writer_u8(out, 0);
	writer_u8(out, (uint8_t)code);
	writer_u16be(out, 0); /* DST-REF */
	writer_u16be(out, source);
	writer_u8(out, 0); /* class 0, no options */
	return opened;
}

void x224_close_connection(struct byte_writer *out, size_t opened)
{
	size_t size = out->size - opened;
	const uint8_t lengths[] = { (uint8_t)(size >> 8), (uint8_t)size,
				    (uint8_t)(size - TPKT_HEADER_SIZE - 1) };

	if (size > X224_CONNECTION_MAX)
		out->failed = true;
	writer_patch(out, opened + 2, slice_of(lengths, sizeof(lengths)));
}
