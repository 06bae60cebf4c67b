/* Logons by the public interface, both sides in this process; each side counts what its own calls cost. */
#ifndef OPENSSPI_BENCH_LOGON_H
#define OPENSSPI_BENCH_LOGON_H

#include "server_files.h"

#include <opensspi.h>
#include <stdbool.h>

struct logon_settings {
	const char *package; /* CREDSSP_NAME_A, NTLMSP_NAME_A or MICROSOFT_KERBEROS_NAME_A */
	int tls_version;     /* as OpenSSL numbers it */
	bool spnego;
	bool callback; /* the accounts: this program says who may log on; else the account file does */
	/* Kerberos: a server's keytab and replay cache, a client's tickets, and what takes BENCH_DOMAIN's place. */
	const char *keytab, *replay_cache, *cache, *domain;
};

struct logon_credentials {
	CredHandle server, client;
	uint32_t more_requests; /* ISC_REQ_ */
};

void logon_acquire(struct logon_credentials *credentials, const struct logon_settings *settings,
		   const struct server_files *files);
void logon_release(struct logon_credentials *credentials);

/* The largest token that any package of ours has. */
enum { LOGON_TOKEN_MAX = 73032 };

struct logon_side {
	bool is_client;
	uint32_t more_requests;
	CredHandle *credential;
	CtxtHandle context;
	bool has_context;
	SECURITY_STATUS status;
	SecBuffer token; /* the last one it gave, in memory of its own */
	uint64_t nanoseconds;
};

struct logon {
	struct logon_side client, server;
};

/* Memory for tokens, to be used for one logon after the other. */
void logon_make_room(struct logon *logon);
void logon_free_room(struct logon *logon);

/* Begins anew. */
void logon_start(struct logon *logon, struct logon_credentials *credentials);
/* One leg of this side with the token of the other. */
void logon_step(struct logon_side *side, const struct logon_side *other);
/* Until both are done; it must succeed. */
void logon_run(struct logon *logon);
void logon_end(struct logon *logon);
void logon_end_side(struct logon_side *side);

#endif
