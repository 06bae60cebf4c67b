/*
 * The contract between src/sspi and the packages, and among packages (docs/architecture.md). A package is one folder
 * with one const struct of this kind; CREDSSP and Negotiate receive the others through the list and include none of
 * their headers. docs/adding-a-package.md walks through it.
 */
#ifndef OPENSSPI_PACKAGE_PACKAGE_H
#define OPENSSPI_PACKAGE_PACKAGE_H

#include "authority/authority.h"
#include "base/byte_writer.h"
#include "base/reason.h"
#include "base/secret.h"
#include "base/slice.h"
#include "certificate/certificate.h"
#include "package/attribute.h"
#include "package/kdc_place.h"
#include "policy/policy.h"

enum role { ROLE_INITIATE, ROLE_ACCEPT };

/* One set of names for what both roles ask for and reach; src/sspi translates from ISC_ and ASC_ bits. */
enum {
	FLAG_DELEGATE = 1 << 0,
	FLAG_MUTUAL_AUTH = 1 << 1,
	FLAG_REPLAY_DETECT = 1 << 2,
	FLAG_SEQUENCE_DETECT = 1 << 3,
	FLAG_CONFIDENTIALITY = 1 << 4,
	FLAG_INTEGRITY = 1 << 5,
	FLAG_STREAM = 1 << 6,
	FLAG_CONNECTION = 1 << 7,
	FLAG_EXTENDED_ERROR = 1 << 8, /* a failing leg may leave an error token for the peer */
	FLAG_IDENTIFY = 1 << 9,
	FLAG_DATAGRAM = 1 << 10,
	FLAG_REQUIRE_BINDINGS = 1 << 11, /* the peer must have used channel bindings */
	FLAG_ALLOW_MISSING_BINDINGS = 1 << 12,
	FLAG_MANUAL_VALIDATION = 1 << 13,
	FLAG_DCE_STYLE = 1 << 14,         /* the initiator's last token has no answer */
	FLAG_SUPPLIED_CREDS = 1 << 15,    /* initiator: what it was acquired with, and nothing else */
	FLAG_UNVERIFIED_TARGET = 1 << 16, /* initiator: the target's name comes from somebody untrusted */
};

/* One initiate or accept. */
struct leg {
	struct slice input;    /* borrowed for the call, read only */
	struct slice target;   /* initiator: the SPN, UTF-16LE */
	struct slice bindings; /* MD5 of the GSS form (RFC 4121 4.1.1.2), 16 bytes; empty: none */
	/* That form itself, for a library that hashes by itself. Numbers little endian. */
	struct slice bindings_form;
	struct slice
		protocols; /* the caller's ProtocolNameList (RFC 7301 3.1) without its length; empty: none */
	const struct kdc_proxy *kdc_proxy; /* initiator: what the program has chosen; NULL: nothing */
	uint32_t requested;
	struct byte_writer *output; /* the caller's; append only; on failure at most an error token */

	/* The package's answer. */
	uint32_t reached;
	size_t consumed; /* whole units of the input; the rest is EXTRA. INCOMPLETE: 0 */
	size_t missing;  /* INCOMPLETE: a hint, how many bytes more */
	int64_t expiry;  /* FILETIME, UTC; 0: never */
	bool can_seal;   /* keys exist: pubKeyAuth may be sealed, authInfo never, before SEC_E_OK */
	enum reason reason;
	uint32_t ntstatus; /* an authority's; 0: the reason's own */
};

/* What SetContextAttributes tells a context. */
enum setting {
	SETTING_APP_DATA, /* bytes: the caller's own, kept for ATTRIBUTE_APP_DATA */
	SETTING_KEYING_MATERIAL, /* keying_material: what ATTRIBUTE_KEYING_MATERIAL exports (RFC 5705, RFC 8446 7.5) */
};

union setting_value {
	struct slice bytes;
	struct {
		struct slice label, context;
		bool has_context;
		uint32_t size;
	} keying_material;
};

/* One message to protect or to open. `header` is a message package's token; stream packages use the trailer too. */
struct message {
	struct span header, trailer; /* seal: capacity in, length out */
	struct span *data;           /* in place. open: may be moved and shortened */
	size_t data_count;
	uint32_t signed_only;     /* bit i: data[i] is signed and stays as it is; message packages */
	size_t consumed, missing; /* open: as in a leg */
	/*
	 * Stream packages, between packages. seal: whole records are appended here, as many as it takes; header and
	 * trailer are not used. open: what the peer is owed at once, an alert.
	 */
	struct byte_writer *output;
	enum reason reason;
	/*
	 * Stream packages, open: what is no data, a ticket or a KeyUpdate, is told by SEC_I_RENEGOTIATE, stays where it
	 * is, and wants a further leg. Off: it is dealt with inside.
	 */
	bool tell_handshake;
	/* sign: EncryptMessage was asked for integrity alone. open: so it came, where `takes_unsealed` lets it. */
	bool unsealed, takes_unsealed;
	bool keep_stream; /* mechListMIC: the sequence number counts on, the key stream does not (MS-SPNG 3.2.5.1) */
};

struct security_package;

/* First members of each package's own structs. */
struct package_context {
	const struct security_package *package;
};

struct package_credential {
	const struct security_package *package;
};

/* What src/sspi decoded from pAuthData. Borrowed for the call: the package copies what it keeps. */
struct acquire_request {
	bool initiate, accept;
	struct slice user, domain, password; /* UTF-16LE */
	bool has_identity;
	/* initiator, in place of an identity: act as the client of this finished acceptor's context; or NULL */
	const struct package_context *client;
	const struct certificate *certificate; /* NULL: none */
	/* acceptor: more of them, for clients that name another host; `certificate` is for all others */
	const struct certificate *const *more_certificates;
	size_t more_certificates_count;
	struct authority *authority;    /* outlives the credential; NULL: none */
	const struct host_names *names; /* outlives the credential */
	struct policy policy;
	struct slice pinned_certificate; /* initiator: SHA-256 of the server's certificate, or empty */
	/* What CREDSSP and Negotiate choose from; NULL at the end. */
	const char *trusted_file; /* PEM file of whose signature counts on a peer's certificate, or NULL */
	bool trust_system;        /* those that this machine trusts count too */
	bool trust_by_default; /* those of this machine, where the leg does not ask for MANUAL_VALIDATION */
	bool any_host;         /* initiator: the certificate may be for another host than the target's */
	bool manual_validation; /* the caller judges the peer's certificate: FLAG_MANUAL_VALIDATION in each leg */
	const char *
		account_map; /* acceptor: which account a client's certificate stands for (docs/schannel.md), or NULL */
	bool maps_names;          /* acceptor: a principal name in the certificate may stand for an account */
	bool always_spnego;       /* initiator: also where only NTLM could be chosen */
	const char *package_list; /* what Negotiate may choose: "kerberos", "!ntlm"; NULL: all */
	struct kerberos_request {
		struct slice principal; /* acceptor: the only service it is, UTF-16LE; empty: as below */
		const char *
			services; /* acceptor: classes of services, "TERMSRV,HOST"; NULL: any in the keytab */
		const char *keytab;        /* NULL: the machine's, if no authority is named */
		const char *replay_cache;  /* NULL: the usual one */
		bool relays;               /* acceptor: IAKERB, asks KDCs for clients */
		const char *cache;         /* initiator: tickets; "": the user's usual one; NULL: none */
		const char *on_behalf_of;  /* initiator: whose tickets are asked for; NULL: one's own */
		uint32_t kdc_milliseconds; /* how long KDCs may take in all */
	} kerberos;
	const struct security_package *const *packages;
};

typedef SECURITY_STATUS leg_function(struct package_context *, struct leg *);
typedef SECURITY_STATUS message_function(struct package_context *, struct message *);

struct security_package {
	const char *name, *comment;
	const char *const *aliases; /* other names that a program may use; NULL at the end; NULL: none */
	uint32_t capabilities;      /* SECPKG_FLAG_ */
	uint16_t rpc_id;
	uint32_t max_token;
	bool stream; /* tokens and messages are a byte stream with its own records */
	/* Its credentials are certificates: a client needs no identity, and one credential serves one direction. */
	bool by_certificate;
	bool error_is_alert;    /* what a failing leg leaves for the peer is a TLS alert */
	uint32_t refused_flags; /* FLAG_ names that cannot be had and may not be left out silently */

	/* NULL = not offered. Copies everything, waits for nobody. */
	enum reason (*acquire)(const struct acquire_request *, struct package_credential **);
	enum reason (*new_context)(const struct package_credential *, enum role, struct package_context **);
	leg_function *initiate, *accept;
	message_function *seal, *open, *sign, *verify;
	/* CompleteAuthToken; no package that is built has something to complete. */
	enum reason (*complete)(struct package_context *, struct slice token);
	/*
	 * ApplyControlToken: takes the token of SCHANNEL_ numbers. REASON_OK: a leg without input is due, before or
	 * behind the end of the handshake; its output is what the peer must get, and it finishes nothing.
	 */
	enum reason (*control)(struct package_context *, struct slice token);
	enum reason (*set)(struct package_context *, enum setting, const union setting_value *);
	/* After SEC_I_INCOMPLETE_CREDENTIALS: goes on with this one, which lives as long as the context. */
	enum reason (*adopt)(struct package_context *, const struct package_credential *);
	enum reason (*query_credential)(const struct package_credential *, enum credential_attribute,
					union credential_attribute_value *);
	/*
	 * Export: a finished context as bytes that `unpack` makes the same context of, in another process and without
	 * a credential; `reset`: with sequence numbers and key streams as after the handshake. Afterwards the context
	 * is not used for messages. pack: OUT_OF_SEQUENCE: it is not finished, was refused since, or is past a reset; a
	 * writer that fails is the caller's to see. unpack: BAD_TOKEN: these bytes are none of ours.
	 */
	enum reason (*pack)(struct package_context *, bool reset, struct byte_writer *);
	enum reason (*unpack)(struct slice, enum role, const struct security_package *const *packages,
			      struct package_context **);
	/* REASON_UNSUPPORTED: not this attribute; REASON_NO_CREDENTIAL: nothing delegated. Values borrow. */
	enum reason (*query)(const struct package_context *, enum attribute, union attribute_value *);
	/* NULL and half-built ones are taken; secrets are wiped. The credential outlives its contexts. */
	void (*free_context)(struct package_context *);
	void (*free_credential)(struct package_credential *);
};

static inline void package_context_free(struct package_context *context)
{
	if (context)
		context->package->free_context(context);
}

static inline void package_credential_free(struct package_credential *credential)
{
	if (credential)
		credential->package->free_credential(credential);
}

/* By name without regard to case (ASCII), or NULL. */
const struct security_package *package_find(const struct security_package *const *packages, const char *name);

/* Whether a package list of a SEC_WINNT_AUTH_IDENTITY_EX, "a,b" or "!a,!b", admits a package. NULL admits all. */
bool package_is_listed(const char *list, const char *name);

/* Records why a leg (message) is refused, says so in the trace, and returns the status. `...`: a sentence or NULL. */
SECURITY_STATUS leg_refuse_at(struct leg *leg, const char *step, enum reason reason, const char *file,
			      int line, const char *sentence, ...) PRINTF_LIKE(6, 7);
#define leg_refuse(leg, step, reason, ...) \
	leg_refuse_at((leg), (step), (reason), __FILE__, __LINE__, __VA_ARGS__)

SECURITY_STATUS message_refuse_at(struct message *message, const char *step, enum reason reason,
				  const char *file, int line);
#define message_refuse(message, step, reason) \
	message_refuse_at((message), (step), (reason), __FILE__, __LINE__)

#endif
