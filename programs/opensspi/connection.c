#include "connection.h"

#include "base/byte_reader.h"
#include "channel.h"
#include "frame.h"
#include "rdp/connection_confirm.h"
#include "rdp/early_user_authorization.h"
#include "relay.h"
#include "verb.h"
#include "verdict.h"

#include <time.h>

/* For X.224, TLS and CredSSP together. */
enum { LOGON_MILLISECONDS = 30000 };

struct connection {
	const struct acceptor *acceptor;
	int socket;
	int64_t deadline;
	struct byte_writer in; /* what came and is not used yet */
	CtxtHandle context;    /* SecIsValidHandle says whether there is one */
	uint32_t protocol;     /* --framing rdp: the one that was selected */
	struct verdict verdict;
};

static bool end_with(struct connection *connection, enum end end)
{
	connection->verdict.end = end;
	return false;
}

static bool check_network(struct connection *connection, enum network result)
{
	if (result == NETWORK_DONE)
		return true;
	return end_with(connection, result == NETWORK_TIMEOUT ? END_TIMEOUT : END_CLOSED);
}

static bool receive_more(struct connection *connection)
{
	return check_network(connection,
			     network_receive(connection->socket, connection->deadline, &connection->in));
}

static bool send_all(struct connection *connection, struct slice bytes)
{
	return check_network(connection, network_send(connection->socket, connection->deadline, bytes));
}

/* --- X.224 ------------------------------------------------------------------------------------------------- */

static bool receive_request(struct connection *connection, struct rdp_connection_request *request)
{
	struct byte_reader in;
	struct slice pdu;
	bool good;

	for (;;) {
		in = reader_of(writer_slice(&connection->in));
		switch (tpkt_take(&in, X224_CONNECTION_MAX, &pdu)) {
		case TPKT_WHOLE:
			good = rdp_connection_request_parse(pdu, request);
			request->line = slice_of(NULL, 0); /* it points into what goes now */
			writer_drop_front(&connection->in, pdu.size);
			return good || end_with(connection, END_X224_MALFORMED);
		case TPKT_BAD:
			return end_with(connection, END_X224_MALFORMED);
		case TPKT_SHORT:
			break;
		}
		if (!receive_more(connection))
			return false;
	}
}

static bool negotiate_protocol(struct connection *connection)
{
	CLEANUP(writer_wipe) struct byte_writer out = writer_growing();
	struct rdp_connection_request request;
	struct rdp_connection_confirm confirm;

	if (!receive_request(connection, &request))
		return false;
	confirm = rdp_connection_confirm_hybrid(&request);
	rdp_connection_confirm_write(&out, &confirm);
	if (!writer_ok(&out))
		return end_with(connection, END_NO_MEMORY);
	if (!send_all(connection, writer_slice(&out)))
		return false;
	connection->protocol = confirm.selected_protocol;
	return confirm.type == RDP_NEG_RSP || end_with(connection, END_X224_REFUSED);
}

/* MS-RDPBCGR 2.2.10.2: only a client of HYBRID_EX waits for it. */
static bool send_authorization_result(struct connection *connection, const struct channel *channel)
{
	CLEANUP(writer_wipe) struct byte_writer out = writer_growing();

	if (connection->protocol != RDP_PROTOCOL_HYBRID_EX)
		return true;
	rdp_early_user_authorization_write(&out, RDP_AUTHZ_SUCCESS);
	return writer_ok(&out) &&
	       channel_send(channel, connection->deadline, writer_slice(&out)) == NETWORK_DONE;
}

/* --- The logon --------------------------------------------------------------------------------------------- */

static uint64_t cpu_microseconds(void)
{
	struct timespec used;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
	return (uint64_t)used.tv_sec * 1000000 + (uint64_t)used.tv_nsec / 1000;
}

static void free_token(SecBuffer *token)
{
	(void)FreeContextBuffer(token->pvBuffer);
}

/*
 * A message package's token goes behind its length, the empty one too: so the client knows that its own was taken.
 * Once the library has decided, nothing hangs on whether the client still listens.
 */
static bool send_token(struct connection *connection, SECURITY_STATUS status, const SecBuffer *token)
{
	CLEANUP(writer_wipe) struct byte_writer out = writer_growing();
	bool taken = status == SEC_E_OK || status == SEC_I_CONTINUE_NEEDED;
	enum network sent;

	if (!connection->acceptor->package.stream && (taken || token->cbBuffer))
		writer_u32be(&out, token->cbBuffer);
	writer_bytes(&out, slice_of(token->pvBuffer, token->cbBuffer));
	if (!writer_ok(&out))
		return end_with(connection, END_NO_MEMORY);
	sent = network_send(connection->socket, connection->deadline, writer_slice(&out));
	return status != SEC_I_CONTINUE_NEEDED || check_network(connection, sent);
}

/* One call of AcceptSecurityContext. `unused` bytes at the tail of `input` are for the next. */
static SECURITY_STATUS accept_leg(struct connection *connection, struct slice input, size_t *unused)
{
	SecBuffer inputs[] = {
		{ (uint32_t)input.size, SECBUFFER_TOKEN, (void *)(uintptr_t)input.data },
		{ 0, SECBUFFER_EMPTY, NULL },
	};
	CLEANUP(free_token) SecBuffer token = { 0, SECBUFFER_TOKEN, NULL };
	SecBufferDesc in = { SECBUFFER_VERSION, COUNT_OF(inputs), inputs },
		      out = { SECBUFFER_VERSION, 1, &token };
	CtxtHandle *context = SecIsValidHandle(&connection->context) ? &connection->context : NULL;
	CredHandle credential = connection->acceptor->credential;
	uint64_t before = cpu_microseconds();
	uint32_t reached;
	SECURITY_STATUS status = AcceptSecurityContext(
		&credential, context, &in, ASC_REQ_ALLOCATE_MEMORY | ASC_REQ_EXTENDED_ERROR,
		SECURITY_NATIVE_DREP, &connection->context, &out, &reached, NULL);

	connection->verdict.cpu_microseconds += cpu_microseconds() - before;
	*unused = inputs[1].BufferType == SECBUFFER_EXTRA ? inputs[1].cbBuffer : 0;
	if (status == SEC_E_INCOMPLETE_MESSAGE)
		return status;
	connection->verdict.status = status;
	connection->verdict.has_status = true;
	return send_token(connection, status, &token) ? status : SEC_E_CONTEXT_EXPIRED;
}

/* CREDSSP: bytes as they come. The library takes whole TLS records and hands back what lies behind them. */
static bool log_on_by_stream(struct connection *connection)
{
	SECURITY_STATUS status = SEC_E_INCOMPLETE_MESSAGE;
	size_t unused = connection->in.size;

	do {
		if ((status == SEC_E_INCOMPLETE_MESSAGE || unused == 0) && !receive_more(connection))
			return false;
		status = accept_leg(connection, writer_slice(&connection->in), &unused);
		if (status != SEC_E_INCOMPLETE_MESSAGE)
			writer_drop_front(&connection->in, connection->in.size - unused);
	} while (status == SEC_I_CONTINUE_NEEDED || status == SEC_E_INCOMPLETE_MESSAGE);
	return status == SEC_E_OK;
}

/* `token` points into the connection's input, which the caller drops by its size and that of the header. */
static bool receive_frame(struct connection *connection, struct slice *token)
{
	for (;;) {
		struct byte_reader in = reader_of(writer_slice(&connection->in));

		switch (frame_take(&in, connection->acceptor->package.max_token, token)) {
		case FRAME_WHOLE:
			return token->size || end_with(connection, END_FRAME_TOO_BIG);
		case FRAME_TOO_BIG:
			return end_with(connection, END_FRAME_TOO_BIG);
		case FRAME_SHORT:
			break;
		}
		if (!receive_more(connection))
			return false;
	}
}

static bool log_on_by_frames(struct connection *connection)
{
	SECURITY_STATUS status;
	struct slice token;
	size_t unused;

	do {
		if (!receive_frame(connection, &token))
			return false;
		status = accept_leg(connection, token, &unused);
		writer_drop_front(&connection->in, FRAME_HEADER_SIZE + token.size);
	} while (status == SEC_I_CONTINUE_NEEDED);
	return status == SEC_E_OK;
}

/* --- The whole --------------------------------------------------------------------------------------------- */

static bool log_on(struct connection *connection)
{
	if (connection->acceptor->rdp && !negotiate_protocol(connection))
		return false;
	return connection->acceptor->package.stream ? log_on_by_stream(connection)
						    : log_on_by_frames(connection);
}

/* NULL: nobody logged on, or there is no memory. */
static OPENSSPI_TOKEN *describe_token(struct connection *connection)
{
	OPENSSPI_TOKEN *description = NULL;
	HANDLE token;

	if (!connection->verdict.has_status || connection->verdict.status != SEC_E_OK ||
	    QuerySecurityContextToken(&connection->context, &token) != SEC_E_OK)
		return NULL;
	if (OpensspiDescribeToken(token, &description) != SEC_E_OK)
		description = NULL;
	(void)CloseHandle(token);
	return description;
}

static void report(struct connection *connection)
{
	CLEANUP(writer_wipe) struct byte_writer line = writer_growing();
	OPENSSPI_DESCRIPTION *description = NULL;

	/* Where the first call failed there is no context: NULL asks for what this thread's last call said. */
	if (connection->verdict.has_status &&
	    OpensspiDescribeContext(SecIsValidHandle(&connection->context) ? &connection->context : NULL,
				    &description) != SEC_E_OK)
		description = NULL;
	connection->verdict.description = description;
	if (connection->acceptor->json) {
		connection->verdict.token = describe_token(connection);
		verdict_write_json(&line, &connection->verdict);
	} else {
		verdict_write_plain(&line, &connection->verdict);
	}
	print_line(&line);
	(void)FreeContextBuffer(description);
	(void)FreeContextBuffer(connection->verdict.token);
}

static void serve_session(struct connection *connection)
{
	const char *server = connection->acceptor->relay, *trouble;
	struct channel channel;

	if (!connection->acceptor->rdp)
		return;
	if (!channel_begin(&channel, &connection->context, connection->socket, &connection->in) ||
	    !send_authorization_result(connection, &channel)) {
		complain("%s: the connection broke behind the logon", connection->verdict.peer);
	} else if (server) {
		trouble = relay_session(&channel, server, connection->protocol);
		if (trouble)
			complain("%s: no session of %s: %s", connection->verdict.peer, server, trouble);
	}
}

void connection_serve(const struct acceptor *acceptor, int socket, const char *peer)
{
	struct connection connection = {
		.acceptor = acceptor,
		.socket = socket,
		.deadline = network_deadline(LOGON_MILLISECONDS),
		.in = writer_growing(),
		.verdict = { .peer = peer },
	};
	bool logged_on;

	SecInvalidateHandle(&connection.context);
	logged_on = log_on(&connection);
	report(&connection);
	if (logged_on)
		serve_session(&connection);
	network_end(socket);
	if (SecIsValidHandle(&connection.context))
		(void)DeleteSecurityContext(&connection.context);
	writer_wipe(&connection.in);
}
