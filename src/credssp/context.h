/* One CredSSP context, the credential behind it, and what one TSRequest is worked on with. */
#ifndef OPENSSPI_CREDSSP_CONTEXT_H
#define OPENSSPI_CREDSSP_CONTEXT_H

#include "credssp/key_proof.h"
#include "credssp/ts_request.h"
#include "package/package.h"

struct credssp_credential {
	struct package_credential base;
	bool initiate, accept;
	struct package_credential *stream, *logon; /* TLS, and the package that authenticates */
	struct authority *authority;               /* acceptor; borrowed */
	const struct host_names *names;            /* borrowed */
	struct policy policy;
	struct secret user, domain, password; /* initiator: what is delegated */
	bool server_is_judged;                /* initiator: the stream package lets no other one through */
};

enum credssp_step {
	STEP_START, /* initiator only */
	STEP_NEGO_TOKENS,
	STEP_PUB_KEY_AUTH,
	STEP_AUTH_INFO, /* acceptor only */
	STEP_DONE,
	STEP_REFUSED,
	STEP_COUNT,
};

/* What was delegated. */
struct credssp_delegated {
	enum delegated_type type;
	struct secret user, domain, password;
};

struct credssp_context {
	struct package_context base;
	const struct credssp_credential *credential;
	enum role role;
	struct package_context *stream, *logon;
	bool stream_established;
	enum credssp_step step;
	bool version_known;
	uint32_t peer_version; /* as the peer writes it */
	bool nonce_known;
	uint8_t nonce[TS_REQUEST_NONCE_SIZE];
	bool logged_on;           /* the logon inside is complete */
	bool control_due;         /* one more leg, of the stream's */
	bool identify;            /* ... and says who the client is, no more */
	bool mutual;              /* ... and proved who the server is */
	bool proof_sent;          /* acceptor: from our pubKeyAuth on there is no errorCode */
	struct byte_writer plain; /* of a TSRequest that came in part */
	struct credssp_delegated delegated;
};

/* One TSRequest that came, and the one that answers it. */
struct credssp_turn {
	const struct ts_request *request;  /* one without fields where the initiator begins */
	unsigned left;                     /* its fields that no row has taken */
	uint32_t requested;                /* the caller's FLAG_ bits */
	struct slice target;               /* initiator: the SPN */
	const struct kdc_proxy *kdc_proxy; /* as in a leg */
	bool again;                        /* the row wants another message */
	uint32_t ntstatus;                 /* an authority's, or the server's errorCode */
	unsigned send;                     /* the fields of the answer */
	struct byte_writer *nego_token, *pub_key_auth, *auth_info;
};

/* What a row neither must nor may carry is refused. A row without `run` takes no message. */
struct credssp_step_rule {
	const char *name;
	unsigned must_carry, may_carry; /* HAS_ */
	enum reason (*run)(struct credssp_context *, struct credssp_turn *);
	enum credssp_step next;
};

/* The driver, written once for both roles. */
SECURITY_STATUS credssp_run(struct credssp_context *context, const struct credssp_step_rule rules[STEP_COUNT],
			    struct leg *leg);

/* The version that both sides speak: the smaller of the peer's and our own (MS-CSSP 2.2.1). 0: not known yet.
 */
uint32_t credssp_version(const struct credssp_context *context);

/* One leg of the logon inside. `logged_on` says whether it is complete; `can_seal`, whether it has its keys. */
enum reason credssp_log_on(struct credssp_context *context, struct credssp_turn *turn, bool *can_seal);

/* Appends the proof of this direction over the stream's public key. */
enum reason credssp_proof(const struct credssp_context *context, enum key_proof direction,
			  struct byte_writer *proof);

/* A blob under the keys of the logon: signature, then ciphertext. `plain` lies in `memory`. */
enum reason credssp_open_blob(struct credssp_context *context, struct slice blob, struct byte_writer *memory,
			      struct slice *plain);
enum reason credssp_seal_blob(struct credssp_context *context, struct slice plain, struct byte_writer *blob);

leg_function credssp_initiate, credssp_accept;

#endif
