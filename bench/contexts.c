/*
 * What a connection holds in memory, beside an SSL object of bare OpenSSL: half open (the ClientHello has been
 * answered) and established. The growth of all that malloc gave, over a thousand of each. contexts [COUNT]
 */
#include "allocations.h"
#include "bare_tls.h"
#include "logon.h"
#include "samples.h"

#include <stdlib.h>

enum { USUAL_COUNT = 1000 };

struct many {
	const char *name;
	unsigned count;
	struct server_files *files;
	int version;
};

static double bytes_each(const struct many *many, long before)
{
	return (double)(allocations_bytes() - before) / many->count;
}

/* A server on a socket has no bytes in memory BIOs: an empty one takes their place before memory is looked at. */
static void drop_bios(struct bare_end *end)
{
	SSL_set_bio(end->ssl, BIO_new(BIO_s_null()), BIO_new(BIO_s_null()));
	end->in = end->out = NULL;
}

static void bare_contexts(const struct many *many, bool whole)
{
	SSL_CTX *server_settings = bare_server_settings(many->version, many->files);
	SSL_CTX *client_settings = bare_client_settings(many->version);
	struct bare_end *servers = calloc(many->count, sizeof(*servers)), client;
	long before = 0;

	must(servers, "memory");
	for (unsigned i = 0; i < 1 + many->count; i++) {
		struct bare_end *server = &servers[i ? i - 1 : 0];

		if (i == 1) /* the first one also fills what the settings keep for all */
			before = allocations_bytes();
		bare_start(&client, client_settings, false);
		bare_start(server, server_settings, true);
		if (whole) {
			bare_shake_hands(&client, server);
		} else {
			(void)bare_step(&client, server);
			(void)bare_step(server, &client);
		}
		bare_stop(&client);
		drop_bios(server);
		if (i == 0)
			bare_stop(server);
	}
	sample(bytes_each(many, before), "%s, bare, %s", many->name, whole ? "established" : "half open");
	for (unsigned i = 0; i < many->count; i++)
		bare_stop(&servers[i]);
	free(servers);
	SSL_CTX_free(server_settings);
	SSL_CTX_free(client_settings);
}

static void run(struct logon *logon, bool whole)
{
	if (whole) {
		logon_run(logon);
	} else {
		logon_step(&logon->client, &logon->server);
		logon_step(&logon->server, &logon->client);
	}
}

static void our_contexts(const struct many *many, bool whole, bool spnego)
{
	struct logon_credentials credentials;
	CtxtHandle *servers = calloc(many->count, sizeof(*servers));
	struct logon logon;
	long before = 0;

	must(servers, "memory");
	logon_acquire(&credentials,
		      &(struct logon_settings) {
			      .package = CREDSSP_NAME_A, .tls_version = many->version, .spnego = spnego },
		      many->files);
	logon_make_room(&logon);
	for (unsigned i = 0; i < 1 + many->count; i++) {
		if (i == 1)
			before = allocations_bytes();
		logon_start(&logon, &credentials);
		run(&logon, whole);
		(void)DeleteSecurityContext(&logon.client.context);
		if (i == 0)
			(void)DeleteSecurityContext(&logon.server.context);
		else
			servers[i - 1] = logon.server.context;
	}
	sample(bytes_each(many, before), "%s, %s, %s", many->name, spnego ? "SPNEGO" : "raw",
	       whole ? "established" : "half open");
	for (unsigned i = 0; i < many->count; i++)
		(void)DeleteSecurityContext(&servers[i]);
	free(servers);
	logon_free_room(&logon);
	logon_release(&credentials);
}

static void measure(const char *name, int version, struct server_files *files, unsigned count)
{
	struct many many = { name, count, files, version };

	bare_contexts(&many, false);
	our_contexts(&many, false, false);
	bare_contexts(&many, true);
	our_contexts(&many, true, false);
	our_contexts(&many, true, true);
}

int main(int count, char **arguments)
{
	unsigned contexts = rounds_of(count, arguments, USUAL_COUNT);
	struct server_files files;

	server_files_make(&files, KEY_P256);
	measure("TLS 1.3", TLS1_3_VERSION, &files, contexts);
	measure("TLS 1.2", TLS1_2_VERSION, &files, contexts);
	server_files_remove(&files);
	return 0;
}
