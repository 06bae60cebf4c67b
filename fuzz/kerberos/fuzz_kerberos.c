/*
 * Covers kerberos/acceptor.c, initiator.c, token.c, service.c, bindings.c and message_security.c: our two roles with a
 * ticket made by hand, alone and inside SPNEGO, and somebody in between who changes bytes or says something else;
 * behind a logon a sealed message, changed and cut anew.
 *
 * Required whatever comes: who is let in is alice, under the client's key; a failing call leaves nothing but a
 * KRB-ERROR or a reject where it was asked for; a refused context stays refused; a message opens to its own text or
 * not at all; nothing leaks.
 */
#include "support/hex.h"
#include "support/kerberos_realm.h"
#include "support/seams.h"

#include "base/byte_reader.h"
#include "kerberos/kerberos.h"
#include "negotiate/negotiate.h"

#include <stdlib.h>

enum { CHANGES_MAX = 8, MESSAGE_SPACE = 256, TOKENS_MAX = 4 };
/* The first octet of the script. */
enum {
	MUTUAL = 1,
	DCE_STYLE = 2,
	SEALS = 4,
	CLIENT_BINDS = 8,
	SERVER_BINDS = 16,
	EXTENDED_ERROR = 32,
	SERVICES = 64,
	SPNEGO = 128
};
/* The first octet of each token's part. */
enum { REPLACED = 1 };

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Of the package Kerberos, and of Negotiate. */
struct suite {
	const struct security_package *package;
	struct package_credential *server, *strict_server, *client;
};
static struct suite suites[] = { { .package = &kerberos_package }, { .package = &negotiate_package } };
static struct slice target, alice, realm, one_binding, other_binding;

static void require(bool true_always)
{
	if (!true_always)
		abort();
}

static void acquire(struct suite *suite, const char *cache)
{
	static const struct security_package *const inside[] = { &kerberos_package, NULL };
	struct acquire_request request = kerberos_accept_request();

	request.packages = inside;
	require(suite->package->acquire(&request, &suite->server) == REASON_OK);
	request.kerberos.services = "HTTP,TERMSRV";
	require(suite->package->acquire(&request, &suite->strict_server) == REASON_OK);
	request = kerberos_initiate_request(cache);
	request.packages = inside;
	require(suite->package->acquire(&request, &suite->client) == REASON_OK);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct kerberos_ticket ticket = kerberos_ticket();
	const char *cache;

	(void)argc, (void)argv;
	kerberos_realm_start("");
	cache = kerberos_cache(&ticket);
	for (size_t i = 0; i < COUNT_OF(suites); i++)
		acquire(&suites[i], cache);
	target = u16(ticket.service);
	alice = u16("alice");
	realm = u16(KERBEROS_REALM);
	one_binding = kerberos_bindings("one");
	other_binding = kerberos_bindings("another");
	return 0;
}

struct party {
	const struct security_package *package;
	struct package_context *context;
	struct byte_writer output;
	struct leg leg;
	SECURITY_STATUS status;
};

static void step(struct party *party, leg_function *run, struct slice token)
{
	bool was_refused = status_failed(party->status);

	writer_wipe(&party->output);
	party->leg.input = token;
	party->leg.output = &party->output;
	party->leg.reason = REASON_OK;
	party->leg.can_seal = false;
	party->status = run(party->context, &party->leg);
	require(!was_refused || status_failed(party->status));
	if (status_failed(party->status)) {
		require(party->leg.reason != REASON_OK && !party->leg.can_seal);
		require(party->output.size == 0 || party->leg.requested & FLAG_EXTENDED_ERROR);
	}
}

/* What arrives in place of `sent`. */
static void tamper(struct byte_reader *script, struct slice sent, struct byte_writer *arrives)
{
	uint8_t kind = 0, count = 0, change;
	uint16_t at;
	struct slice other;

	writer_wipe(arrives);
	if (!reader_u8(script, &kind) || !reader_u8(script, &count)) {
		writer_bytes(arrives, sent);
		return;
	}
	if (kind & REPLACED) {
		if (!reader_take(script, count, &other))
			other = reader_rest(script);
		writer_bytes(arrives, other);
		return;
	}
	writer_bytes(arrives, sent);
	for (int i = 0; i < count % CHANGES_MAX; i++)
		if (reader_u16le(script, &at) && reader_u8(script, &change) && arrives->size)
			arrives->data[at % arrives->size] ^= change;
}

static void check_acceptance(const struct party *server, const struct party *client)
{
	union attribute_value value, key;

	require(server->package->query(server->context, ATTRIBUTE_ACCOUNT, &value) == REASON_OK);
	require(slice_equal(secret_slice(&value.account->user), alice));
	require(slice_equal(secret_slice(&value.account->domain), realm));
	if (client->status != SEC_E_OK)
		return;
	require(server->package->query(server->context, ATTRIBUTE_SESSION_KEY, &value) == REASON_OK);
	require(client->package->query(client->context, ATTRIBUTE_SESSION_KEY, &key) == REASON_OK);
	require(slice_equal(value.bytes, key.bytes));
}

/* A message from the client to the server, changed on the way. */
static void check_message(struct byte_reader *script, struct party *client, struct party *server)
{
	static const char text[] = "a message";
	CLEANUP(writer_wipe) struct byte_writer blob = writer_growing();
	uint8_t header[MESSAGE_SPACE], data[sizeof(text)];
	struct span piece = { data, sizeof(data) };
	struct message message = { .data = &piece, .data_count = 1, .header = { header, sizeof(header) } };
	uint8_t cut = 0;

	memcpy(data, text, sizeof(text));
	if (status_failed(client->package->seal(client->context, &message)))
		return;
	writer_bytes(&blob, slice_of(header, message.header.size));
	writer_bytes(&blob, slice_of(data, sizeof(data)));
	{
		CLEANUP(writer_wipe) struct byte_writer arrives = writer_growing();

		tamper(script, writer_slice(&blob), &arrives);
		(void)!reader_u8(script, &cut);
		cut = cut < arrives.size ? cut : 0;
		message = (struct message) { .data = &piece, .data_count = 1 };
		message.header = (struct span) { cut ? arrives.data : NULL, cut };
		piece = (struct span) { arrives.data + cut, arrives.size - cut };
		if (server->package->open(server->context, &message) == SEC_E_OK)
			require(slice_equal(slice_of(piece.data, piece.size), slice_of(text, sizeof(text))));
		else
			require(server->package->open(server->context, &message) != SEC_E_OK);
	}
}

static void start(struct party *party, const struct security_package *package,
		  struct package_credential *credential, enum role role, uint8_t settings)
{
	bool binds = settings & (role == ROLE_ACCEPT ? SERVER_BINDS : CLIENT_BINDS);

	*party = (struct party) { .package = package, .output = writer_growing() };
	require(package->new_context(credential, role, &party->context) == REASON_OK);
	if (role == ROLE_INITIATE)
		party->leg.target = target;
	if (binds)
		party->leg.bindings_form =
			role == ROLE_ACCEPT && settings & SERVICES ? other_binding : one_binding;
	party->leg.requested = (settings & MUTUAL ? FLAG_MUTUAL_AUTH : 0) |
			       (settings & DCE_STYLE ? FLAG_DCE_STYLE : 0) |
			       (settings & SEALS ? FLAG_CONFIDENTIALITY | FLAG_SEQUENCE_DETECT : 0) |
			       (settings & EXTENDED_ERROR ? FLAG_EXTENDED_ERROR : 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(writer_wipe) struct byte_writer arrives = writer_growing();
	struct byte_reader script = reader_of(slice_of(data, size));
	struct party server, client;
	long before = seam_blocks_alive();
	const struct suite *suite;
	uint8_t settings;

	if (!reader_u8(&script, &settings))
		return 0;
	suite = &suites[settings & SPNEGO ? 1 : 0];
	start(&server, suite->package, settings & SERVICES ? suite->strict_server : suite->server,
	      ROLE_ACCEPT, settings);
	start(&client, suite->package, suite->client, ROLE_INITIATE, settings);
	step(&client, suite->package->initiate, slice_of(NULL, 0));
	for (int i = 0; i < TOKENS_MAX && client.output.size; i++) {
		tamper(&script, writer_slice(&client.output), &arrives);
		step(&server, suite->package->accept, writer_slice(&arrives));
		if (!server.output.size)
			break;
		tamper(&script, writer_slice(&server.output), &arrives);
		step(&client, suite->package->initiate, writer_slice(&arrives));
	}
	if (server.status == SEC_E_OK && server.leg.reason == REASON_OK)
		check_acceptance(&server, &client);
	if (server.status == SEC_E_OK && client.status == SEC_E_OK)
		check_message(&script, &client, &server);
	package_context_free(server.context);
	package_context_free(client.context);
	writer_wipe(&server.output);
	writer_wipe(&client.output);
	writer_wipe(&arrives);
	require(seam_blocks_alive() == before);
	return 0;
}
