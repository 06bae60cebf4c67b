#include "rdp/connect_initial.h"

/* ITU-T T.125, BER. */
enum {
	BER_BOOLEAN = 0x01,
	BER_OCTET_STRING = 0x04,
	BER_SEQUENCE = 0x30,
	BER_LONG_LENGTH = 0x80,
};
static const uint8_t connect_initial_tag[] = { 0x7F, 0x65 }; /* [APPLICATION 101], constructed */

/* MS-RDPBCGR 2.2.1.3.1 and 2.2.1.3.2. */
enum {
	CS_CORE = 0xC001,
	BLOCK_HEADER_SIZE = 4,
	SERVER_SELECTED_PROTOCOL_OFFSET = 212, /* of the block with its header */
};

/* ITU-T T.124, PER: the Key of ConnectData (an object identifier), and behind its length ConnectGCCPDU up to "Duca". */
static const uint8_t gcc_key[] = { 0x00, 0x05, 0x00, 0x14, 0x7C, 0x00, 0x01 };
static const uint8_t gcc_create_request[] = { 0x00, 0x08, 0x00, 0x10, 0x00, 0x01,
					      0xC0, 0x00, 'D',  'u',  'c',  'a' };

/* X.690 8.1.3: short, or long with up to two octets here, which need not be the fewest (this is BER). */
static bool read_ber_length(struct byte_reader *in, size_t *length)
{
	uint8_t first, high = 0, low = 0;

	if (!reader_u8(in, &first))
		return false;
	if (!(first & BER_LONG_LENGTH)) {
		*length = first;
		return true;
	}
	switch (first & ~BER_LONG_LENGTH) {
	case 2:
		if (!reader_u8(in, &high))
			return false;
		/* fall through */
	case 1:
		if (!reader_u8(in, &low))
			return false;
		*length = (size_t)high << 8 | low;
		return true;
	default:
		return false;
	}
}

static bool read_ber(struct byte_reader *in, uint8_t tag, struct byte_reader *contents)
{
	struct slice taken;
	size_t length;

	if (!reader_expect(in, &tag, sizeof(tag)) || !read_ber_length(in, &length) ||
	    !reader_take(in, length, &taken))
		return false;
	*contents = reader_of(taken);
	return true;
}

/* ITU-T X.691 10.9: one octet up to 127, two with the top bits 10 up to 16383. */
static bool read_per_length(struct byte_reader *in, size_t *length)
{
	uint8_t first, second;

	if (!reader_u8(in, &first))
		return false;
	*length = first;
	if (!(first & 0x80))
		return true;
	*length = (size_t)(first & 0x3F) << 8;
	if ((first & 0x40) || !reader_u8(in, &second))
		return false;
	*length |= second;
	return true;
}

/* `in` becomes the contents of userData, the last field. */
static bool read_mcs(struct byte_reader *in)
{
	struct byte_reader body, skipped;
	size_t length;

	if (!reader_expect(in, connect_initial_tag, sizeof(connect_initial_tag)) ||
	    !read_ber_length(in, &length) || length != in->size)
		return false;
	body = *in;
	return read_ber(&body, BER_OCTET_STRING, &skipped) && /* callingDomainSelector */
	       read_ber(&body, BER_OCTET_STRING, &skipped) && /* calledDomainSelector */
	       read_ber(&body, BER_BOOLEAN, &skipped) &&      /* upwardFlag */
	       read_ber(&body, BER_SEQUENCE, &skipped) &&     /* targetParameters */
	       read_ber(&body, BER_SEQUENCE, &skipped) &&     /* minimumParameters */
	       read_ber(&body, BER_SEQUENCE, &skipped) &&     /* maximumParameters */
	       read_ber(&body, BER_OCTET_STRING, in) && reader_empty(&body);
}

/* `in` becomes the data blocks. The length of ConnectGCCPDU is not held to: IronRDP counts two too few. */
static bool read_gcc(struct byte_reader *in)
{
	size_t length;

	return reader_expect(in, gcc_key, sizeof(gcc_key)) && read_per_length(in, &length) &&
	       reader_expect(in, gcc_create_request, sizeof(gcc_create_request)) &&
	       read_per_length(in, &length) && length == in->size;
}

/* The core data block is the first: MS-RDPBCGR 2.2.1.3. `in` becomes its contents. */
static bool read_core(struct byte_reader *in)
{
	struct slice contents;
	uint16_t type, size;

	if (!reader_u16le(in, &type) || type != CS_CORE || !reader_u16le(in, &size) ||
	    size < BLOCK_HEADER_SIZE || !reader_take(in, (size_t)size - BLOCK_HEADER_SIZE, &contents))
		return false;
	*in = reader_of(contents);
	return true;
}

bool rdp_connect_initial_parse(struct slice pdu, struct rdp_connect_initial *message)
{
	struct byte_reader in;

	*message = (struct rdp_connect_initial) { 0 };
	if (!x224_read_data(pdu, &in) || !read_mcs(&in) || !read_gcc(&in) || !read_core(&in))
		return false;
	if (!reader_skip(&in, SERVER_SELECTED_PROTOCOL_OFFSET - BLOCK_HEADER_SIZE) || reader_empty(&in))
		return true; /* fields from the end of the block may be left out */
	message->has_server_selected_protocol = true;
	message->offset = (size_t)(reader_rest(&in).data - pdu.data);
	return reader_u32le(&in, &message->server_selected_protocol);
}

void rdp_connect_initial_patch(struct byte_writer *out, size_t start,
			       const struct rdp_connect_initial *message, uint32_t server_selected_protocol)
{
	writer_patch_u32le(out, start + message->offset, server_selected_protocol);
}
