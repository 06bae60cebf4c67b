#include "rdp/connection_confirm.h"

enum { SERVER_REFERENCE = 0x1234 }; /* SRC-REF; what Windows sends */

bool rdp_connection_confirm_parse(struct slice pdu, struct rdp_connection_confirm *confirm)
{
	struct byte_reader in;

	*confirm = (struct rdp_connection_confirm) { 0 };
	if (!x224_read_connection(pdu, X224_CONNECTION_CONFIRM, &in))
		return false;
	if (reader_empty(&in))
		return true;
	if (rdp_negotiation_read(&in, RDP_NEG_RSP, RDP_NEGOTIATION_SIZE, &confirm->flags)) {
		confirm->type = RDP_NEG_RSP;
		return reader_u32le(&in, &confirm->selected_protocol) && reader_empty(&in);
	}
	confirm->type = RDP_NEG_FAILURE;
	return rdp_negotiation_read(&in, RDP_NEG_FAILURE, RDP_NEGOTIATION_SIZE, &confirm->flags) &&
	       reader_u32le(&in, &confirm->failure_code) && reader_empty(&in);
}

void rdp_connection_confirm_write(struct byte_writer *out, const struct rdp_connection_confirm *confirm)
{
	size_t opened = x224_open_connection(out, X224_CONNECTION_CONFIRM, SERVER_REFERENCE);

	if (confirm->type) {
		rdp_negotiation_write(out, confirm->type, RDP_NEGOTIATION_SIZE, confirm->flags);
		writer_u32le(out, confirm->type == RDP_NEG_RSP ? confirm->selected_protocol
							       : confirm->failure_code);
	}
	x224_close_connection(out, opened);
}

struct rdp_connection_confirm rdp_connection_confirm_hybrid(const struct rdp_connection_request *request)
{
	if (!request->has_negotiation)
		return (struct rdp_connection_confirm) { 0 };
	if (request->requested_protocols & RDP_PROTOCOL_HYBRID_EX)
		return (struct rdp_connection_confirm) { .type = RDP_NEG_RSP,
							 .selected_protocol = RDP_PROTOCOL_HYBRID_EX };
	if (request->requested_protocols & RDP_PROTOCOL_HYBRID)
		return (struct rdp_connection_confirm) { .type = RDP_NEG_RSP,
							 .selected_protocol = RDP_PROTOCOL_HYBRID };
	return (struct rdp_connection_confirm) { .type = RDP_NEG_FAILURE,
						 .failure_code = RDP_HYBRID_REQUIRED_BY_SERVER };
}
