/*
 * One Kerberos exchange by the package, and one by MIT's two calls with the same ticket: how many allocations each side
 * takes, and under callgrind, which counts while functions named measured_... run, how many instructions.
 * kerberos_counts [ROUNDS]
 */
#include "allocations.h"
#include "bare_gss.h"
#include "logon.h"
#include "samples.h"
#include "support/kerberos_realm.h"

#include <openssl/ssl.h>

enum { USUAL_ROUNDS = 10 };

/* By their names callgrind knows when to count. */
void measured_accept(struct logon *logon);
void measured_initiate(struct logon *logon);
void measured_accept_end(struct logon *logon);
void measured_initiate_end(struct logon *logon);

__attribute__((noinline)) void measured_accept(struct logon *logon)
{
	logon_step(&logon->server, &logon->client);
}

__attribute__((noinline)) void measured_initiate(struct logon *logon)
{
	logon_step(&logon->client, &logon->server);
}

__attribute__((noinline)) void measured_accept_end(struct logon *logon)
{
	logon_end_side(&logon->server);
}

__attribute__((noinline)) void measured_initiate_end(struct logon *logon)
{
	logon_end_side(&logon->client);
}

static void exchange(struct logon *logon, struct logon_credentials *credentials)
{
	long before, between, behind;

	logon_start(logon, credentials);
	before = allocations_made();
	measured_initiate(logon);
	between = allocations_made();
	measured_accept(logon);
	behind = allocations_made();
	measured_initiate(logon);
	sample((double)(allocations_made() - behind + between - before), "Kerberos, initiate, allocations");
	sample((double)(behind - between), "Kerberos, accept, allocations");
	measured_accept_end(logon);
	measured_initiate_end(logon);
}

static void bare_exchange(struct bare_gss *server, struct bare_gss *client)
{
	long before = allocations_made(), between, behind;

	measured_gss_initiate(client, server);
	between = allocations_made();
	measured_gss_accept(server, client);
	behind = allocations_made();
	measured_gss_initiate(client, server);
	sample((double)(allocations_made() - behind + between - before),
	       "Kerberos, gss_init_sec_context, allocations");
	sample((double)(behind - between), "Kerberos, gss_accept_sec_context, allocations");
	measured_gss_end_server(server);
	measured_gss_end_client(client);
}

int main(int count, char **arguments)
{
	unsigned rounds = rounds_of(count, arguments, USUAL_ROUNDS);
	struct kerberos_ticket ticket = kerberos_ticket();
	struct logon_settings settings = {
		.package = MICROSOFT_KERBEROS_NAME_A, .replay_cache = "none:", .domain = KERBEROS_REALM
	};
	struct logon_credentials credentials;
	struct bare_gss server, client;
	struct server_files files;
	struct logon logon;

	kerberos_realm_start("");
	server_files_make(&files, KEY_P256);
	settings.keytab = kerberos_keytab();
	settings.cache = kerberos_cache(&ticket);
	logon_acquire(&credentials, &settings, &files);
	bare_gss_acquire(&server, &client, settings.keytab, "none:", settings.cache, ticket.service);
	logon_make_room(&logon);
	for (unsigned i = 0; i < rounds; i++) {
		exchange(&logon, &credentials);
		bare_exchange(&server, &client);
	}
	sample(rounds, "Kerberos, rounds");
	logon_free_room(&logon);
	bare_gss_release(&server, &client);
	logon_release(&credentials);
	server_files_remove(&files);
	return 0;
}
