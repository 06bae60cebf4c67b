/*
 * A whole logon through the public functions, both roles in one process: a server whose one account is known by its
 * NT hash to a callback, a client, and the bytes between them, which may come in pieces. Nothing here allocates, so
 * that a test can count and fail the library's own allocations.
 */
#ifndef OPENSSPI_TESTS_SUPPORT_EXCHANGE_H
#define OPENSSPI_TESTS_SUPPORT_EXCHANGE_H

#include "base/compiler.h"
#include "base/slice.h"

#include <opensspi/opensspi.h>

#include <stdatomic.h>

#define EXCHANGE_USER     "alice"
#define EXCHANGE_DOMAIN   "CORP"
#define EXCHANGE_PASSWORD "Passw0rd!"
#define EXCHANGE_TARGET   "TERMSRV/server.test"

enum { EXCHANGE_BYTES = 32 * 1024 };

struct exchange_settings {
	const char *package;                     /* "NTLM", "Negotiate", "CREDSSP", "Schannel" */
	const char *user, *domain, *password;    /* the client's, UTF-8 */
	const char *account, *account_password;  /* the server's one account */
	uint32_t server_request, client_request; /* fContextReq */
	uint32_t server_flags, client_flags;     /* OPENSSPI_ */
	const uint8_t *client_pin;               /* ServerCertificateSha256, or NULL */
	uint32_t protocols;                      /* the server's grbitEnabledProtocols */
	PCCERT_CONTEXT certificate; /* NULL: one on P-256 that all exchanges of the program share */
	const void *server_bindings, *client_bindings; /* SECBUFFER_CHANNEL_BINDINGS; NULL: none */
	uint32_t server_bindings_size, client_bindings_size;
	/* Instead of comparing: what the callbacks answer; SEC_E_OK: compare. Called in them, too, if there is one. */
	SECURITY_STATUS verdict;
	void (*inside_callback)(void *argument);
	void *argument;
};

/* What is usual: alice logs on and, with CREDSSP, delegates her password. */
struct exchange_settings exchange_usual(const char *package);

/* Bytes on their way. */
struct exchange_bytes {
	uint8_t data[EXCHANGE_BYTES];
	size_t size;
};

struct exchange_side {
	const char *target; /* the client's; NULL marks the server */
	CredHandle credential;
	CtxtHandle context;
	bool has_credential, has_context;
	uint32_t request;
	const void *bindings;
	uint32_t bindings_size;
	/* Of the last call. */
	SECURITY_STATUS status;
	uint32_t attributes;
	TimeStamp expiry;
	unsigned calls;
	struct exchange_bytes arrived; /* not used yet */
};

struct exchange {
	struct exchange_settings settings;
	uint8_t nt_hash[16];
	struct exchange_side server, client;
	atomic_long asked, asked_password, freed; /* how often the callbacks were called */
	size_t piece;                             /* at most so many bytes come at once; 0: all */
	size_t cut_of_client,
		cut_of_server; /* the first so many bytes of a direction come apart from the rest; 0: no cut */
	size_t sent_by_client, sent_by_server;
};

/* Acquires both credentials; fails the test if that does not work. */
void exchange_start(struct exchange *exchange, const struct exchange_settings *settings);
/* Legs until both sides are done or one failed. True: both SEC_E_OK. */
bool exchange_run(struct exchange *exchange);
/* Deletes and frees what there is. */
void exchange_end(struct exchange *exchange);

/*
 * One call of a side with what has arrived. Its token is appended to the other side's bytes, also that of a failing
 * call. What was used is taken off. The rules that hold for every call are asserted here.
 */
void exchange_call(struct exchange *exchange, struct exchange_side *side);
/* Acquires one credential of the exchange's settings; for tests that want the status. */
SECURITY_STATUS exchange_acquire(struct exchange *exchange, uint32_t use, CredHandle *credential,
				 TimeStamp *expiry);

/* Whether the library was built with the package Kerberos. */
bool exchange_has_kerberos(void);

/* The library's callbacks over `struct exchange`, and options that use them. */
OPENSSPI_OPTIONS exchange_server_options(struct exchange *exchange);
/* A server certificate on P-256, made once. */
PCCERT_CONTEXT exchange_certificate(void);

/* The description's reason word of a side's context, or of this thread's last failure where there is none. */
const char *exchange_reason(const struct exchange_side *side, char word[64]);

#endif
