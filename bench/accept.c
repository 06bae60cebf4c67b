/*
 * What a whole accept by CREDSSP costs the server beside the bare TLS handshake: both in turn, with the same key, suite
 * and settings. Only the server's own calls count. accept [ROUNDS]
 */
#include "bare_tls.h"
#include "logon.h"
#include "samples.h"

enum { USUAL_ROUNDS = 200, WARM_UP_ROUNDS = 10 };
/* What CredSSP sends through TLS: three messages from the client, two from the server, of about these sizes. */
enum { MESSAGE_SIZE = 300, MESSAGES_FROM_CLIENT = 3, MESSAGES_FROM_SERVER = 2 };

static const struct variant {
	const char *name;
	bool spnego, callback;
} variants[] = {
	{ "raw", false, false },
	{ "SPNEGO", true, false },
	{ "raw, by callback", false, true },
};
enum { VARIANT_COUNT = sizeof(variants) / sizeof(variants[0]) };

struct bench {
	const char *name; /* "TLS 1.3, P-256" */
	SSL_CTX *server, *client;
	struct logon_credentials credentials[VARIANT_COUNT];
	struct logon logon;
};

static uint64_t bare_handshake(struct bench *bench, bool with_messages)
{
	struct bare_end client, server;
	uint8_t message[MESSAGE_SIZE] = { 0 };

	bare_start(&client, bench->client, false);
	bare_start(&server, bench->server, true);
	bare_shake_hands(&client, &server);
	for (int i = 0; with_messages && i < MESSAGES_FROM_CLIENT; i++) {
		bare_write(&client, message, sizeof(message));
		bare_read(&server, &client, message, sizeof(message));
		if (i == MESSAGES_FROM_SERVER)
			break;
		bare_write(&server, message, sizeof(message));
		bare_read(&client, &server, message, sizeof(message));
	}
	bare_stop(&client);
	bare_stop(&server);
	return server.nanoseconds;
}

static uint64_t whole_accept(struct bench *bench, size_t variant)
{
	logon_start(&bench->logon, &bench->credentials[variant]);
	logon_run(&bench->logon);
	logon_end(&bench->logon);
	return bench->logon.server.nanoseconds;
}

/* Two of OpenSSL's own, then ours. */
enum { BARE, BARE_WITH_MESSAGES, OURS, KIND_COUNT = OURS + VARIANT_COUNT };

static void run_kind(struct bench *bench, unsigned kind, bool tell)
{
	uint64_t nanoseconds = kind < OURS ? bare_handshake(bench, kind == BARE_WITH_MESSAGES)
					   : whole_accept(bench, kind - OURS);
	const char *name = kind == BARE ? "bare" : "bare with messages";

	if (tell)
		sample((double)nanoseconds / 1000, "%s, %s", bench->name,
		       kind < OURS ? name : variants[kind - OURS].name);
}

_Static_assert(KIND_COUNT == 5, "a prime, as turn_of wants it");

static void measure(const char *name, int version, enum key_type key, unsigned rounds)
{
	struct server_files files;
	struct bench bench = { .name = name };

	server_files_make(&files, key);
	bench.server = bare_server_settings(version, &files);
	bench.client = bare_client_settings(version);
	for (size_t i = 0; i < VARIANT_COUNT; i++)
		logon_acquire(&bench.credentials[i],
			      &(struct logon_settings) {
				      .package = CREDSSP_NAME_A,
				      .tls_version = version,
				      .spnego = variants[i].spnego,
				      .callback = variants[i].callback,
			      },
			      &files);
	logon_make_room(&bench.logon);
	for (unsigned i = 0; i < WARM_UP_ROUNDS + rounds; i++)
		for (unsigned turn = 0; turn < KIND_COUNT; turn++)
			run_kind(&bench, turn_of(i, turn, KIND_COUNT), i >= WARM_UP_ROUNDS);
	logon_free_room(&bench.logon);
	for (size_t i = 0; i < VARIANT_COUNT; i++)
		logon_release(&bench.credentials[i]);
	SSL_CTX_free(bench.client);
	SSL_CTX_free(bench.server);
	server_files_remove(&files);
}

int main(int count, char **arguments)
{
	unsigned rounds = rounds_of(count, arguments, USUAL_ROUNDS);

	measure("TLS 1.3, P-256", TLS1_3_VERSION, KEY_P256, rounds);
	measure("TLS 1.3, RSA-2048", TLS1_3_VERSION, KEY_RSA_2048, rounds);
	measure("TLS 1.2, P-256", TLS1_2_VERSION, KEY_P256, rounds);
	measure("TLS 1.2, RSA-2048", TLS1_2_VERSION, KEY_RSA_2048, rounds);
	return 0;
}
