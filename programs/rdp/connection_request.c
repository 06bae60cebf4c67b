#include "rdp/connection_request.h"

static const char line_end[] = { '\r', '\n' };
enum { CORRELATION_RESERVED_SIZE = 16 };

/* A cookie and a routing token end with CR LF alike; RDP_NEG_REQ begins with 1, which no text does. */
static bool read_line(struct byte_reader *in, struct slice *line)
{
	struct byte_reader ahead = *in;
	size_t size = 0;
	uint8_t octet;

	*line = slice_of(NULL, 0);
	if (!reader_u8(&ahead, &octet) || octet == RDP_NEG_REQ)
		return true;
	for (ahead = *in; !reader_expect(&ahead, line_end, sizeof(line_end)); size++)
		if (!reader_skip(&ahead, 1))
			return false;
	return reader_take(in, size, line) && reader_skip(in, sizeof(line_end));
}

bool rdp_connection_request_parse(struct slice pdu, struct rdp_connection_request *request)
{
	struct byte_reader in;
	uint8_t flags;

	*request = (struct rdp_connection_request) { 0 };
	if (!x224_read_connection(pdu, X224_CONNECTION_REQUEST, &in) || !read_line(&in, &request->line))
		return false;
	if (reader_empty(&in))
		return true;
	if (!rdp_negotiation_read(&in, RDP_NEG_REQ, RDP_NEGOTIATION_SIZE, &request->flags) ||
	    !reader_u32le(&in, &request->requested_protocols))
		return false;
	request->has_negotiation = true;
	request->has_correlation_id = request->flags & RDP_CORRELATION_INFO_PRESENT;
	if (request->has_correlation_id &&
	    (!rdp_negotiation_read(&in, RDP_NEG_CORRELATION_INFO, RDP_CORRELATION_INFO_SIZE, &flags) ||
	     !reader_copy(&in, request->correlation_id, sizeof(request->correlation_id)) ||
	     !reader_skip(&in, CORRELATION_RESERVED_SIZE)))
		return false;
	return reader_empty(&in);
}

void rdp_connection_request_write(struct byte_writer *out, const struct rdp_connection_request *request)
{
	size_t opened = x224_open_connection(out, X224_CONNECTION_REQUEST, 0);
	unsigned flags = request->flags & ~(unsigned)RDP_CORRELATION_INFO_PRESENT;

	if (request->line.size) {
		writer_bytes(out, request->line);
		writer_bytes(out, slice_of(line_end, sizeof(line_end)));
	}
	if (request->has_negotiation) {
		flags |= request->has_correlation_id ? RDP_CORRELATION_INFO_PRESENT : 0;
		rdp_negotiation_write(out, RDP_NEG_REQ, RDP_NEGOTIATION_SIZE, (uint8_t)flags);
		writer_u32le(out, request->requested_protocols);
	}
	if (request->has_correlation_id) {
		rdp_negotiation_write(out, RDP_NEG_CORRELATION_INFO, RDP_CORRELATION_INFO_SIZE, 0);
		writer_bytes(out, slice_of(request->correlation_id, sizeof(request->correlation_id)));
		writer_zeros(out, CORRELATION_RESERVED_SIZE);
	}
	x224_close_connection(out, opened);
}
