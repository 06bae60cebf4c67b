/*
 * What Kerberos costs: the package beside MIT's two calls, and a whole accept by CREDSSP over it beside bare TLS with
 * gss_accept_sec_context behind. All with the same ticket, which is made here, as the realm has no KDC.
 * kerberos [ROUNDS]
 */
#include "bare_gss.h"
#include "bare_tls.h"
#include "logon.h"
#include "samples.h"
#include "support/kerberos_realm.h"
#include "support/scratch.h"

#include <stdio.h>

enum { USUAL_ROUNDS = 200, WARM_UP_ROUNDS = 10, NAME_SIZE = 128 };
enum kind { BARE_TLS, BARE_GSS, BARE_GSS_NO_REPLAY_CACHE, PACKAGE, CREDSSP, KIND_COUNT };

_Static_assert(KIND_COUNT == 5, "a prime, as turn_of wants it");

struct bench {
	SSL_CTX *tls_server, *tls_client;
	struct bare_gss server, client, server_without, client_without;
	struct logon_credentials package, credssp;
	struct logon logon;
};

static void tell(const char *what, uint64_t nanoseconds)
{
	sample((double)nanoseconds / 1000, "Kerberos, %s", what);
}

static void run_tls(struct bench *bench, bool told)
{
	struct bare_end client, server;

	bare_start(&client, bench->tls_client, false);
	bare_start(&server, bench->tls_server, true);
	bare_shake_hands(&client, &server);
	bare_stop(&client);
	bare_stop(&server);
	if (told)
		tell("TLS", server.nanoseconds);
}

static void run_logon(struct bench *bench, struct logon_credentials *credentials)
{
	logon_start(&bench->logon, credentials);
	logon_run(&bench->logon);
	logon_end(&bench->logon);
}

static void run_kind(struct bench *bench, enum kind kind, bool told)
{
	const struct logon *logon = &bench->logon;

	switch (kind) {
	case BARE_TLS:
		run_tls(bench, told);
		break;
	case BARE_GSS:
		bare_gss_exchange(&bench->server, &bench->client);
		if (told) {
			tell("gss_accept_sec_context", bench->server.nanoseconds);
			tell("gss_init_sec_context", bench->client.nanoseconds);
		}
		break;
	case BARE_GSS_NO_REPLAY_CACHE:
		bare_gss_exchange(&bench->server_without, &bench->client_without);
		if (told)
			tell("gss_accept_sec_context without replay cache",
			     bench->server_without.nanoseconds);
		break;
	case PACKAGE:
		run_logon(bench, &bench->package);
		if (told) {
			tell("accept", logon->server.nanoseconds);
			tell("initiate", logon->client.nanoseconds);
		}
		break;
	default:
		run_logon(bench, &bench->credssp);
		if (told)
			tell("CREDSSP", logon->server.nanoseconds);
	}
}

int main(int count, char **arguments)
{
	unsigned rounds = rounds_of(count, arguments, USUAL_ROUNDS);
	struct kerberos_ticket ticket = kerberos_ticket();
	char replay_cache[NAME_SIZE];
	struct logon_settings settings = {
		.tls_version = TLS1_3_VERSION,
		.replay_cache = replay_cache,
		.domain = KERBEROS_REALM,
	};
	struct server_files files;
	struct bench bench;

	kerberos_realm_start("");
	server_files_make(&files, KEY_P256);
	(void)snprintf(replay_cache, sizeof(replay_cache), "file2:%s", scratch_path("replays"));
	settings.keytab = kerberos_keytab();
	settings.cache = kerberos_cache(&ticket);
	bench.tls_server = bare_server_settings(TLS1_3_VERSION, &files);
	bench.tls_client = bare_client_settings(TLS1_3_VERSION);
	bare_gss_acquire(&bench.server, &bench.client, settings.keytab, replay_cache, settings.cache,
			 ticket.service);
	bare_gss_acquire(&bench.server_without, &bench.client_without, settings.keytab,
			 "none:", settings.cache, ticket.service);
	settings.package = MICROSOFT_KERBEROS_NAME_A;
	logon_acquire(&bench.package, &settings, &files);
	settings.package = CREDSSP_NAME_A;
	logon_acquire(&bench.credssp, &settings, &files);
	logon_make_room(&bench.logon);
	for (unsigned i = 0; i < WARM_UP_ROUNDS + rounds; i++)
		for (unsigned turn = 0; turn < KIND_COUNT; turn++)
			run_kind(&bench, turn_of(i, turn, KIND_COUNT), i >= WARM_UP_ROUNDS);
	logon_free_room(&bench.logon);
	logon_release(&bench.credssp);
	logon_release(&bench.package);
	bare_gss_release(&bench.server_without, &bench.client_without);
	bare_gss_release(&bench.server, &bench.client);
	SSL_CTX_free(bench.tls_client);
	SSL_CTX_free(bench.tls_server);
	server_files_remove(&files);
	return 0;
}
