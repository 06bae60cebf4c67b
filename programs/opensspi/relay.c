#include "relay.h"

#include "backend.h"
#include "rdp/connect_initial.h"
#include "rdp/negotiation.h"

#include <poll.h>

enum { PATIENCE_MILLISECONDS = 30000 }; /* for the first message, and for a side that takes no bytes */

/* Waits for the client and appends what it said. */
static enum network receive_from_client(const struct channel *client, struct byte_writer *plain)
{
	enum network received = network_receive(client->connection, network_deadline(PATIENCE_MILLISECONDS),
						client->received);

	return received == NETWORK_DONE ? channel_open(client, plain) : received;
}

/*
 * The first message of a client tells what was selected in front of TLS, and the server compares (MS-RDPBCGR
 * 2.2.1.3.2): it must hear what was selected between it and us. What else came stands behind the message in `plain`.
 */
static const char *receive_first_message(const struct channel *client, uint32_t selected,
					 struct byte_writer *plain)
{
	enum network state = channel_open(client, plain);
	struct rdp_connect_initial message;
	enum tpkt found = TPKT_SHORT;
	struct slice pdu;

	while (state == NETWORK_DONE) {
		struct byte_reader in = reader_of(writer_slice(plain));

		found = tpkt_take(&in, TPKT_MAX, &pdu);
		if (found != TPKT_SHORT)
			break;
		state = receive_from_client(client, plain);
	}
	if (found == TPKT_SHORT)
		return "the client closed the connection without a session";
	if (found == TPKT_BAD || !rdp_connect_initial_parse(pdu, &message))
		return "the client's first message is no MCS Connect Initial";
	if (!message.has_server_selected_protocol || message.server_selected_protocol != selected)
		return "the client was told of another protocol than was selected here: somebody stands in "
		       "between";
	rdp_connect_initial_patch(plain, 0, &message, RDP_PROTOCOL_SSL);
	return writer_ok(plain) ? NULL : "no memory was left";
}

/* Both ways, until one side closes or takes nothing any more. `from_client` is not sent yet. */
static void pump(const struct channel *client, struct backend *server, struct byte_writer *from_client)
{
	CLEANUP(writer_wipe) struct byte_writer from_server = writer_growing();
	struct pollfd sides[] = {
		{ .fd = client->connection, .events = POLLIN },
		{ .fd = server->connection, .events = POLLIN },
	};
	enum network state = NETWORK_DONE;

	while (state == NETWORK_DONE) {
		state = backend_send(server, network_deadline(PATIENCE_MILLISECONDS),
				     writer_slice(from_client));
		writer_truncate(from_client, 0);
		if (state != NETWORK_DONE || poll(sides, COUNT_OF(sides), -1) < 0)
			return;
		if (sides[0].revents)
			state = receive_from_client(client, from_client);
		if (state == NETWORK_DONE && sides[1].revents)
			state = backend_receive(server, &from_server);
		if (from_server.size && channel_send(client, network_deadline(PATIENCE_MILLISECONDS),
						     writer_slice(&from_server)) != NETWORK_DONE)
			return;
		writer_truncate(&from_server, 0);
	}
}

const char *relay_session(const struct channel *client, const char *server, uint32_t selected)
{
	CLEANUP(backend_close) struct backend backend = { .connection = -1 };
	CLEANUP(writer_wipe) struct byte_writer plain = writer_growing();
	const char *trouble = receive_first_message(client, selected, &plain);

	if (!trouble)
		trouble = backend_open(&backend, server, network_deadline(PATIENCE_MILLISECONDS));
	if (!trouble)
		pump(client, &backend, &plain);
	return trouble;
}
