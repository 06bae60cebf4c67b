/*
 * A CredSSP client whose every byte a test can choose, and the acceptor it talks to, over the clear stream. Its NTLM is
 * our initiator; the TSRequests are put together by the test.
 */
#ifndef OPENSSPI_TESTS_SUPPORT_CREDSSP_CLIENT_H
#define OPENSSPI_TESTS_SUPPORT_CREDSSP_CLIENT_H

#include "credssp/key_proof.h"
#include "credssp/ts_request.h"
#include "package/package.h"
#include "support/test_authority.h"

enum { CREDSSP_CLIENT_KEPT_MAX = 64 };

struct credssp_client {
	/* To be changed before credssp_client_open. */
	struct test_authority authority;
	struct policy policy;
	uint32_t requested;    /* by the acceptor */
	uint32_t logon_flags;  /* by the client's NTLM */
	struct slice password; /* the client's, UTF-16LE */
	bool without_authority;
	long fail_allocation; /* the n-th one of all calls of the acceptor together; 0: none */

	/* To be changed at any time. */
	uint32_t version;
	struct slice nonce;

	/* What the last call gave. */
	struct leg leg;
	struct byte_writer output;
	struct byte_writer plain; /* the answer's TSRequest */
	struct ts_request answer; /* without fields where nothing was answered */

	struct package_credential *server_credential, *logon_credential;
	struct package_context *server, *logon;
	struct byte_writer kept[CREDSSP_CLIENT_KEPT_MAX];
	size_t kept_count;
	long allocations; /* in calls of the acceptor */
};

/* The account of our vectors: User of Domain with Password; version 6; nonce 00 01 .. 1f; with EXTENDED_ERROR. */
struct credssp_client credssp_client_of_vectors(void);
/* Makes both sides and exchanges the hellos. */
void credssp_client_open(struct credssp_client *client);
void credssp_client_close(struct credssp_client *client);

/* One call of accept with these bytes as they are. */
SECURITY_STATUS credssp_client_feed(struct credssp_client *client, struct slice bytes);
/* One TSRequest as one record; its version is the client's. */
SECURITY_STATUS credssp_client_send(struct credssp_client *client, struct ts_request request);
/* The records of a TSRequest, kept until the end. */
struct slice credssp_client_records(struct credssp_client *client, struct ts_request request);

/*
 * The client's next NTLM message, made from the last answer; empty if the client's NTLM refuses. Kept until the end, as
 * all that follows.
 */
struct slice credssp_client_token(struct credssp_client *client);
struct slice credssp_client_seal(struct credssp_client *client, struct slice plain);
/* The sealed proof over `key`, as the client's version makes it. */
struct slice credssp_client_proof(struct credssp_client *client, enum key_proof direction, struct slice key);
/* Sealed TSPasswordCreds; ASCII. */
struct slice credssp_client_password(struct credssp_client *client, const char *domain, const char *user,
				     const char *password);

/* The right messages: NEGOTIATE; AUTHENTICATE with pubKeyAuth and nonce; authInfo. */
SECURITY_STATUS credssp_client_negotiate(struct credssp_client *client);
SECURITY_STATUS credssp_client_authenticate(struct credssp_client *client);
SECURITY_STATUS credssp_client_delegate(struct credssp_client *client);

#endif
