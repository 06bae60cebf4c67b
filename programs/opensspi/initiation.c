#include "initiation.h"

#include "base/byte_reader.h"
#include "channel.h"
#include "frame.h"
#include "rdp/connection_confirm.h"
#include "rdp/early_user_authorization.h"

#define REQUESTED_PROTOCOLS (RDP_PROTOCOL_SSL | RDP_PROTOCOL_HYBRID | RDP_PROTOCOL_HYBRID_EX)

static bool end_with(struct initiation *initiation, enum initiation_end end)
{
	initiation->end = end;
	return false;
}

static bool check_network(struct initiation *initiation, enum network result)
{
	if (result == NETWORK_DONE)
		return true;
	return end_with(initiation, result == NETWORK_TIMEOUT ? INITIATION_TIMEOUT : INITIATION_CLOSED);
}

static bool receive_more(struct initiation *initiation)
{
	return check_network(initiation,
			     network_receive(initiation->socket, initiation->deadline, &initiation->in));
}

static bool send_all(struct initiation *initiation, struct slice bytes)
{
	return check_network(initiation, network_send(initiation->socket, initiation->deadline, bytes));
}

/* --- X.224 ------------------------------------------------------------------------------------------------- */

static bool send_request(struct initiation *initiation)
{
	const struct rdp_connection_request request = { .has_negotiation = true,
							.requested_protocols = REQUESTED_PROTOCOLS };
	CLEANUP(writer_wipe) struct byte_writer out = writer_growing();

	rdp_connection_request_write(&out, &request);
	if (!writer_ok(&out))
		return end_with(initiation, INITIATION_NO_MEMORY);
	return send_all(initiation, writer_slice(&out));
}

static bool receive_confirm(struct initiation *initiation, struct rdp_connection_confirm *confirm)
{
	for (;;) {
		struct byte_reader in = reader_of(writer_slice(&initiation->in));
		struct slice pdu;

		switch (tpkt_take(&in, X224_CONNECTION_MAX, &pdu)) {
		case TPKT_WHOLE:
			if (!rdp_connection_confirm_parse(pdu, confirm))
				return end_with(initiation, INITIATION_X224_MALFORMED);
			writer_drop_front(&initiation->in, pdu.size);
			return true;
		case TPKT_BAD:
			return end_with(initiation, INITIATION_X224_MALFORMED);
		case TPKT_SHORT:
			break;
		}
		if (!receive_more(initiation))
			return false;
	}
}

/* A server may select one of those that were asked for; without CredSSP there is no logon to speak of. */
static bool negotiate_protocol(struct initiation *initiation)
{
	struct rdp_connection_confirm confirm;

	if (!send_request(initiation) || !receive_confirm(initiation, &confirm))
		return false;
	initiation->protocol = confirm.selected_protocol;
	initiation->failure_code = confirm.failure_code;
	if (confirm.type == RDP_NEG_RSP && (confirm.selected_protocol == RDP_PROTOCOL_HYBRID ||
					    confirm.selected_protocol == RDP_PROTOCOL_HYBRID_EX))
		return true;
	return end_with(initiation, INITIATION_X224_REFUSED);
}

/* MS-RDPBCGR 2.2.10.2: four bytes behind the logon, by TLS. */
static bool receive_authorization_result(struct initiation *initiation)
{
	CLEANUP(writer_wipe) struct byte_writer plain = writer_growing();
	struct channel channel;
	struct byte_reader in;
	uint32_t result;

	if (!channel_begin(&channel, &initiation->context, initiation->socket, &initiation->in))
		return end_with(initiation, INITIATION_AUTHORIZATION_MALFORMED);
	for (;;) {
		if (channel_open(&channel, &plain) != NETWORK_DONE)
			return end_with(initiation, INITIATION_CLOSED);
		in = reader_of(writer_slice(&plain));
		if (reader_u32le(&in, &result))
			break;
		if (!receive_more(initiation))
			return false;
	}
	if (result == RDP_AUTHZ_SUCCESS)
		return true;
	return end_with(initiation, result == RDP_AUTHZ_ACCESS_DENIED ? INITIATION_AUTHORIZATION_DENIED
								      : INITIATION_AUTHORIZATION_MALFORMED);
}

/* --- The logon --------------------------------------------------------------------------------------------- */

static void free_token(SecBuffer *token)
{
	(void)FreeContextBuffer(token->pvBuffer);
}

/* The token of a refusal, an alert for example, tells the server why; whether it listens does not matter any more. */
static bool send_token(struct initiation *initiation, const SecBuffer *token)
{
	CLEANUP(writer_wipe) struct byte_writer out = writer_growing();
	struct slice bytes = slice_of(token->pvBuffer, token->cbBuffer);

	if (bytes.size == 0)
		return true;
	if (initiation->initiator->package.stream)
		writer_bytes(&out, bytes);
	else
		frame_write(&out, bytes);
	if (!writer_ok(&out))
		return end_with(initiation, INITIATION_NO_MEMORY);
	initiation->tokens++;
	return send_all(initiation, writer_slice(&out)) || initiation->status < 0;
}

/* One call of InitializeSecurityContext. `unused` bytes at the tail of `input` are for the next. */
static SECURITY_STATUS run_leg(struct initiation *initiation, struct slice input, size_t *unused)
{
	const struct initiator *initiator = initiation->initiator;
	SecBuffer inputs[] = { { (uint32_t)input.size, SECBUFFER_TOKEN, (void *)(uintptr_t)input.data },
			       { 0, SECBUFFER_EMPTY, NULL } };
	CLEANUP(free_token) SecBuffer token = { 0, SECBUFFER_TOKEN, NULL };
	SecBufferDesc in = { SECBUFFER_VERSION, COUNT_OF(inputs), inputs },
		      out = { SECBUFFER_VERSION, 1, &token };
	CtxtHandle *context = SecIsValidHandle(&initiation->context) ? &initiation->context : NULL;
	CredHandle credential = initiator->credential;
	SECURITY_STATUS status = InitializeSecurityContextA(
		&credential, context, (SEC_CHAR *)(uintptr_t)initiator->target,
		initiator->request | ISC_REQ_ALLOCATE_MEMORY, 0, SECURITY_NATIVE_DREP, context ? &in : NULL,
		0, &initiation->context, &out, &initiation->reached, NULL);

	*unused = inputs[1].BufferType == SECBUFFER_EXTRA ? inputs[1].cbBuffer : 0;
	if (status == SEC_E_INCOMPLETE_MESSAGE && initiator->package.stream)
		return status;
	initiation->status = status;
	initiation->has_status = true;
	return send_token(initiation, &token) ? status : SEC_E_CONTEXT_EXPIRED;
}

/* CREDSSP: bytes as they come. The library takes whole TLS records and hands back what lies behind them. */
static void log_on_by_stream(struct initiation *initiation)
{
	size_t unused = 0;
	SECURITY_STATUS status = run_leg(initiation, slice_of(NULL, 0), &unused);

	while (status == SEC_I_CONTINUE_NEEDED || status == SEC_E_INCOMPLETE_MESSAGE) {
		if ((status == SEC_E_INCOMPLETE_MESSAGE || initiation->in.size == 0) &&
		    !receive_more(initiation))
			return;
		status = run_leg(initiation, writer_slice(&initiation->in), &unused);
		if (status != SEC_E_INCOMPLETE_MESSAGE)
			writer_drop_front(&initiation->in, initiation->in.size - unused);
	}
}

/* `token` points into the input, which the caller drops by its size and that of the header. */
static bool receive_frame(struct initiation *initiation, struct slice *token)
{
	for (;;) {
		struct byte_reader in = reader_of(writer_slice(&initiation->in));

		switch (frame_take(&in, initiation->initiator->package.max_token, token)) {
		case FRAME_WHOLE:
			return true;
		case FRAME_TOO_BIG:
			return end_with(initiation, INITIATION_FRAME_TOO_BIG);
		case FRAME_SHORT:
			break;
		}
		if (!receive_more(initiation))
			return false;
	}
}

/* A server takes each token by one of its own; the last of ours by an empty one. */
static void log_on_by_frames(struct initiation *initiation)
{
	size_t unused;
	unsigned before;
	struct slice token;
	SECURITY_STATUS status;

	do {
		before = initiation->tokens;
		token = slice_of(NULL, 0);
		if (before && !receive_frame(initiation, &token))
			return;
		status = run_leg(initiation, token, &unused);
		if (before)
			writer_drop_front(&initiation->in, FRAME_HEADER_SIZE + token.size);
	} while (status == SEC_I_CONTINUE_NEEDED);
	if (status != SEC_E_OK || initiation->tokens == before)
		return;
	if (receive_frame(initiation, &token) && token.size)
		(void)end_with(initiation, INITIATION_FRAME_UNEXPECTED);
}

/* --- The whole --------------------------------------------------------------------------------------------- */

void initiation_run(struct initiation *initiation, const struct initiator *initiator, int socket,
		    int64_t deadline)
{
	*initiation = (struct initiation) {
		.initiator = initiator,
		.socket = socket,
		.deadline = deadline,
		.in = writer_growing(),
	};
	SecInvalidateHandle(&initiation->context);
	if (initiator->rdp && !negotiate_protocol(initiation))
		return;
	if (initiator->package.stream)
		log_on_by_stream(initiation);
	else
		log_on_by_frames(initiation);
	if (initiation->end || initiation->status != SEC_E_OK)
		return;
	if (initiation->protocol == RDP_PROTOCOL_HYBRID_EX)
		(void)receive_authorization_result(initiation);
}

/* CREDSSP: the server's first TSRequest tells its version, and our answer to it who logs on. */
bool initiation_has_answered(const struct initiation *initiation, const OPENSSPI_DESCRIPTION *known)
{
	return initiation->initiator->package.stream ? known && known->CredSspVersion
						     : initiation->tokens > 1;
}

void initiation_wipe(struct initiation *initiation)
{
	if (SecIsValidHandle(&initiation->context))
		(void)DeleteSecurityContext(&initiation->context);
	writer_wipe(&initiation->in);
}
