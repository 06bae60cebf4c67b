#include "backend.h"

#include "base/byte_reader.h"
#include "rdp/connection_confirm.h"

#include <openssl/err.h>
#include <poll.h>
#include <unistd.h>

enum { READ_SIZE = SSL3_RT_MAX_PLAIN_LENGTH };

/* DONE: the call that gave `result` may be made again. */
static enum network wait_for_tls(const struct backend *backend, int result, int64_t deadline)
{
	int64_t left = deadline - network_now();
	struct pollfd poll_on = { .fd = backend->connection };

	switch (SSL_get_error(backend->tls, result)) {
	case SSL_ERROR_WANT_READ:
		poll_on.events = POLLIN;
		break;
	case SSL_ERROR_WANT_WRITE:
		poll_on.events = POLLOUT;
		break;
	default:
		return NETWORK_CLOSED;
	}
	if (left > INT32_MAX)
		left = INT32_MAX;
	return left > 0 && poll(&poll_on, 1, (int)left) >= 0 ? NETWORK_DONE : NETWORK_TIMEOUT;
}

static const char *negotiate_protocol(const struct backend *backend, int64_t deadline)
{
	const struct rdp_connection_request request = { .has_negotiation = true,
							.requested_protocols = RDP_PROTOCOL_SSL };
	CLEANUP(writer_wipe) struct byte_writer out = writer_growing(), in = writer_growing();
	struct rdp_connection_confirm confirm;
	struct byte_reader reader;
	struct slice pdu;
	enum tpkt found;

	rdp_connection_request_write(&out, &request);
	if (network_send(backend->connection, deadline, writer_slice(&out)) != NETWORK_DONE)
		return "it closed the connection";
	do {
		if (network_receive(backend->connection, deadline, &in) != NETWORK_DONE)
			return "it did not answer the X.224 request";
		reader = reader_of(writer_slice(&in));
		found = tpkt_take(&reader, X224_CONNECTION_MAX, &pdu);
	} while (found == TPKT_SHORT);
	if (found != TPKT_WHOLE || !reader_empty(&reader) || !rdp_connection_confirm_parse(pdu, &confirm))
		return "it is no RDP server";
	if (confirm.type != RDP_NEG_RSP || confirm.selected_protocol != RDP_PROTOCOL_SSL)
		return "it does not take TLS without NLA";
	return NULL;
}

static const char *start_tls(struct backend *backend, int64_t deadline)
{
	int result;

	backend->tls_context = SSL_CTX_new(TLS_client_method());
	backend->tls = backend->tls_context ? SSL_new(backend->tls_context) : NULL;
	if (!backend->tls || SSL_set_fd(backend->tls, backend->connection) != 1)
		return "no memory was left";
	while ((result = SSL_connect(backend->tls)) != 1)
		if (wait_for_tls(backend, result, deadline) != NETWORK_DONE)
			return "the TLS handshake with it failed";
	return NULL;
}

const char *backend_open(struct backend *backend, const char *where, int64_t deadline)
{
	const char *trouble;

	*backend = (struct backend) { .connection = -1 };
	backend->connection = network_connect(where, deadline, &trouble);
	if (backend->connection < 0)
		return trouble;
	trouble = negotiate_protocol(backend, deadline);
	return trouble ? trouble : start_tls(backend, deadline);
}

void backend_close(struct backend *backend)
{
	if (backend->tls && SSL_is_init_finished(backend->tls))
		(void)SSL_shutdown(backend->tls);
	SSL_free(backend->tls);
	SSL_CTX_free(backend->tls_context);
	if (backend->connection >= 0)
		(void)close(backend->connection);
	ERR_clear_error();
}

enum network backend_send(struct backend *backend, int64_t deadline, struct slice plain)
{
	enum network waited = NETWORK_DONE;
	size_t written;
	int result;

	ERR_clear_error();
	while (plain.size && (result = SSL_write_ex(backend->tls, plain.data, plain.size, &written)) != 1)
		if ((waited = wait_for_tls(backend, result, deadline)) != NETWORK_DONE)
			break;
	return waited;
}

/* One record at a time, which `room` always holds, so that nothing stays in OpenSSL where poll does not see it. */
enum network backend_receive(struct backend *backend, struct byte_writer *plain)
{
	size_t before = plain->size, count = 0;
	uint8_t *room = writer_extend(plain, READ_SIZE);
	int result, error;

	if (!room)
		return NETWORK_CLOSED;
	ERR_clear_error();
	result = SSL_read_ex(backend->tls, room, READ_SIZE, &count);
	error = SSL_get_error(backend->tls, result);
	writer_truncate(plain, before + count);
	return result == 1 || error == SSL_ERROR_WANT_READ ? NETWORK_DONE : NETWORK_CLOSED;
}
