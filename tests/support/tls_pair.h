/* Two ends of Schannel through the public functions, and the bytes between them. */
#ifndef OPENSSPI_TESTS_SUPPORT_TLS_PAIR_H
#define OPENSSPI_TESTS_SUPPORT_TLS_PAIR_H

#include "base/slice.h"

#include <opensspi/opensspi.h>

#include <stdbool.h>

enum { TLS_PAIR_BYTES = 96 * 1024, TLS_PAIR_HOST_MAX = 64 };

struct tls_end {
	bool server;
	CredHandle credential;
	CtxtHandle context;
	bool has_credential, has_context;
	uint32_t request; /* fContextReq */
	const char *target;
	struct slice protocols; /* SEC_APPLICATION_PROTOCOLS; empty: none */
	uint8_t *alert;         /* SECBUFFER_ALERT; NULL: none */
	uint32_t alert_capacity, alert_size;
	const CredHandle *given; /* phCredential of the next call; NULL: the first call's rule */
	bool keep_input;         /* what was used stays in `arrived` */
	/* Of the last call. */
	SECURITY_STATUS status;
	uint32_t attributes, token_size;
	TimeStamp expiry;
	uint8_t arrived[TLS_PAIR_BYTES];
	size_t size;
};

struct tls_pair {
	struct tls_end client, server;
};

/* Credentials from these pAuthData; fails the test if one cannot be had. The requests are the usual ones. */
void tls_pair_start(struct tls_pair *pair, void *client_data, void *server_data);
/* Calls until both are done or one has failed or waits for its caller. True: both SEC_E_OK. */
bool tls_pair_run(struct tls_pair *pair);
void tls_pair_end(struct tls_pair *pair);
/* One handshake call of `end` with what has arrived; its token goes to `peer`. */
SECURITY_STATUS tls_pair_call(struct tls_end *end, struct tls_end *peer);

/* EncryptMessage; the record goes to `peer`. */
SECURITY_STATUS tls_pair_send(struct tls_end *end, struct tls_end *peer, struct slice text);
/* DecryptMessage of what has arrived; `text` lies in `arrived` until the next call. */
SECURITY_STATUS tls_pair_receive(struct tls_end *end, struct slice *text);
/* Both directions work. */
void tls_pair_talk(struct tls_pair *pair);
/* Drops the first bytes that have arrived. */
void tls_pair_drop(struct tls_end *end, size_t size);

/* A client's pAuthData with these flags, and a server's with one certificate. */
SCHANNEL_CRED tls_pair_cred(uint32_t flags, PCCERT_CONTEXT *certificate);
OPENSSPI_OPTIONS tls_pair_options(void *data, const char *trusted_file);

#endif
