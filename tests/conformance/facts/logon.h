/* Both ends of a logon in one process, and single calls whose arguments a fact may bend first. */
#ifndef OPENSSPI_TESTS_CONFORMANCE_FACTS_LOGON_H
#define OPENSSPI_TESTS_CONFORMANCE_FACTS_LOGON_H

#include "host.h"

enum { ROOM = 32 * 1024, UNTOUCHED = 0xA5 };

struct bytes {
	ULONG size;
	unsigned char data[ROOM];
};

struct side {
	const char *package;
	bool is_client, has_credential, has_context;
	CredHandle credential;
	CtxtHandle context;
	ULONG request;
	/* Of the last call. */
	SECURITY_STATUS status;
	ULONG reached;
	TimeStamp expiry;
	struct bytes arrived; /* not used yet */
};

struct logon {
	struct side client, server;
};

/* Credentials, and what is usually asked for: a client of CREDSSP delegates. */
void client_start(struct side *client, const char *package);
void server_start(struct side *server, const char *package);
void logon_start(struct logon *logon, const char *package);
/* The same with another password. */
void logon_start_with(struct logon *logon, const char *package, const char *password);
/* Schannel with TLS 1.2 alone. */
void logon_start_tls12(struct logon *logon);
/* One call with what has arrived; what it sends arrives at the peer. */
void side_call(struct side *side, struct side *peer);
/* Calls in turn until both are done or one has failed. */
void logon_go_on(struct logon *logon);
/* A whole logon. Ends the fact where nobody can log on. */
void logon_run(struct logon *logon, const char *package);
void side_end(struct side *side);
void logon_end(struct logon *logon);

/* An NTLM client that has answered a CHALLENGE with signing and sealing; it needs no server. */
void ntlm_client_run(struct side *client);
extern const unsigned char ntlm_challenge[];
extern const ULONG ntlm_challenge_size;

/* The account's identity. Its strings may be written to. */
SEC_WINNT_AUTH_IDENTITY identity_of(const char *user, const char *domain, const char *password);

/* --- One call */

struct call {
	SecBuffer in[4], out[4];
	SecBufferDesc in_list, out_list;
	PSecBufferDesc input, output; /* the two lists above, unless a fact says NULL */
	PCredHandle credential;
	PCtxtHandle context, new_context;
	CtxtHandle made; /* where new_context points to */
	text *target;
	ULONG request, reached;
	PTimeStamp expiry;
	bool is_client;
};

/* in: TOKEN with these bytes, EMPTY; out: TOKEN with ROOM bytes. A client's first call has no input. */
void call_prepare(struct call *call, struct side *side, const void *token, ULONG size);
/* The same with what has arrived. */
void call_prepare_next(struct call *call, struct side *side);
SECURITY_STATUS call_do(struct call *call);
/* The new handle is the side's context now. */
void call_keep(const struct call *call, struct side *side);
/* The call has not touched phNewContext. */
bool call_made_nothing(const struct call *call);
/* The memory behind out[0]. */
unsigned char *call_room(void);

#endif
