/* MIT's GSSAPI alone, its krb5 mechanism: what the numbers of the package Kerberos are compared with. */
#ifndef OPENSSPI_BENCH_BARE_GSS_H
#define OPENSSPI_BENCH_BARE_GSS_H

#include <gssapi/gssapi.h>
#include <stdint.h>

/* One side. Its credential is acquired once; its token is what it said last. */
struct bare_gss {
	gss_cred_id_t credential;
	gss_name_t service; /* the client's */
	gss_ctx_id_t context;
	gss_buffer_desc token;
	uint64_t nanoseconds;
};

void bare_gss_acquire(struct bare_gss *server, struct bare_gss *client, const char *keytab,
		      const char *replay_cache, const char *cache, const char *service);
void bare_gss_release(struct bare_gss *server, struct bare_gss *client);

/* A whole exchange: both contexts made and, at its end, deleted. */
void bare_gss_exchange(struct bare_gss *server, struct bare_gss *client);

/* The calls that are counted, by these names. */
void measured_gss_accept(struct bare_gss *server, const struct bare_gss *client);
void measured_gss_initiate(struct bare_gss *client, const struct bare_gss *server);
void measured_gss_end_server(struct bare_gss *server);
void measured_gss_end_client(struct bare_gss *client);

#endif
