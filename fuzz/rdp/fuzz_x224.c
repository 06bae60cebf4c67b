/*
 * Covers programs/rdp: tpkt_take, rdp_connection_request_parse, rdp_connection_confirm_parse,
 * rdp_connect_initial_parse, and the writers. The input is a stream; each PDU in it is offered to every parser. What is
 * read is written and read again: the second reading says the same, and a patch changes four bytes.
 */
#include "rdp/connect_initial.h"
#include "rdp/connection_confirm.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool true_always)
{
	if (!true_always)
		abort();
}

static void read_request(struct slice pdu)
{
	CLEANUP(writer_wipe) struct byte_writer out = writer_growing();
	struct rdp_connection_request request, again;
	struct rdp_connection_confirm answer;

	if (!rdp_connection_request_parse(pdu, &request))
		return;
	rdp_connection_request_write(&out, &request);
	require(writer_ok(&out) && rdp_connection_request_parse(writer_slice(&out), &again));
	require(slice_equal(again.line, request.line) && again.has_negotiation == request.has_negotiation &&
		again.flags == request.flags && again.requested_protocols == request.requested_protocols &&
		again.has_correlation_id == request.has_correlation_id &&
		memcmp(again.correlation_id, request.correlation_id, sizeof(again.correlation_id)) == 0);
	answer = rdp_connection_confirm_hybrid(&request);
	require(answer.type != RDP_NEG_RSP || (request.requested_protocols & answer.selected_protocol));
}

static void read_confirm(struct slice pdu)
{
	CLEANUP(writer_wipe) struct byte_writer out = writer_growing();
	struct rdp_connection_confirm confirm, again;

	if (!rdp_connection_confirm_parse(pdu, &confirm))
		return;
	rdp_connection_confirm_write(&out, &confirm);
	require(writer_ok(&out) && rdp_connection_confirm_parse(writer_slice(&out), &again));
	require(again.type == confirm.type && again.flags == confirm.flags &&
		again.selected_protocol == confirm.selected_protocol &&
		again.failure_code == confirm.failure_code);
}

static void read_connect_initial(struct slice pdu)
{
	CLEANUP(writer_wipe) struct byte_writer out = writer_growing();
	struct rdp_connect_initial message, again;

	if (!rdp_connect_initial_parse(pdu, &message) || !message.has_server_selected_protocol)
		return;
	writer_bytes(&out, pdu);
	rdp_connect_initial_patch(&out, 0, &message, ~message.server_selected_protocol);
	require(writer_ok(&out) && rdp_connect_initial_parse(writer_slice(&out), &again));
	require(again.offset == message.offset &&
		again.server_selected_protocol == ~message.server_selected_protocol);
	rdp_connect_initial_patch(&out, 0, &message, message.server_selected_protocol);
	require(slice_equal(writer_slice(&out), pdu));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct byte_reader in = reader_of(slice_of(data, size));
	struct slice pdu;

	while (tpkt_take(&in, TPKT_MAX, &pdu) == TPKT_WHOLE) {
		read_request(pdu);
		read_confirm(pdu);
		read_connect_initial(pdu);
	}
	return 0;
}
