/* One Kerberos context and the credential behind it. */
#ifndef OPENSSPI_KERBEROS_CONTEXT_H
#define OPENSSPI_KERBEROS_CONTEXT_H

#include "kerberos/kdc.h"
#include "package/package.h"

#include <gssapi/gssapi.h>
#include <krb5.h>

struct kerberos_credential {
	struct package_credential base;
	bool initiate, accept;
	/* Acceptor. */
	struct authority *authority; /* who knows whether a ticket is right (acceptance.h) */
	struct authority *own;       /* the same, if it goes with the credential: the keytab's; or NULL */
	struct secret principal;     /* UTF-16LE; empty: any that `services` admits */
	struct secret services;      /* UTF-8 with a NUL; empty: any in the keytab */
	bool relays;                 /* IAKERB: takes what clients say to KDCs there and back */
	/* Initiator: tickets of a cache, or a name with a password or a keytab. */
	bool has_cache;
	struct secret cache;        /* its name, UTF-8 with a NUL; empty: the user's usual one */
	struct secret user, domain; /* UTF-16LE: who it is, as it was given or as the cache says */
	struct secret client;       /* the principal, UTF-8 with a NUL; without a realm: of the default one */
	struct secret password;     /* UTF-8 with a NUL; empty: the keytab's key */
	struct secret keytab;       /* its name, UTF-8 with a NUL */
	/* Forwarded tickets: `cache`, which goes with the credential. */
	krb5_context krb5;
	krb5_ccache memory;
	/* S4U: all that is above is the service's own, but for user and domain. Empty: no S4U. */
	struct secret on_behalf_of; /* for whom it gets tickets: the principal, UTF-8 with a NUL */
	struct secret evidence;     /* the ticket of that one to the service, DER; empty: a KDC gives one */
	uint32_t kdc_milliseconds;
	const struct security_package *const *packages; /* whence the TLS of a KDC proxy comes */
};

enum kerberos_step {
	STEP_AP_REQ, /* the initiator makes it, the acceptor takes it */
	STEP_AP_REP, /* its answer; the acceptor waits for one in DCE style alone */
	STEP_DONE,
	STEP_REFUSED,
	STEP_COUNT,
};

struct kerberos_context {
	struct package_context base;
	const struct kerberos_credential *credential; /* NULL: unpacked, STEP_DONE */
	enum role role;
	enum kerberos_step step;
	gss_ctx_id_t gss;
	/* Initiator. */
	krb5_context krb5;
	krb5_ccache tickets; /* our own, in memory, or the cache that was named */
	bool own_tickets;
	gss_cred_id_t ticket_credential;
	gss_name_t service;
	bool forwards;         /* MIT may forward the ticket-granting ticket */
	uint32_t kdc_ntstatus; /* beside its KRB-ERROR; 0: none */
	/* STEP_DONE. */
	uint32_t reached;
	int64_t expiry;
	struct secret session_key;
	krb5_enctype encryption;
	uint32_t max_signature, security_trailer;
	bool used; /* messages went, beside mechListMIC */
	/* Acceptor. */
	struct secret ticket;    /* as it came; later on only if it is evidence for S4U2Proxy */
	struct secret client;    /* the principal, UTF-8 with a NUL */
	gss_cred_id_t forwarded; /* the client's tickets; none: GSS_C_NO_CREDENTIAL */
	struct secret target;    /* the service that the ticket is for, UTF-16LE */
	/* The principal: its name and its realm; of an initiator, unpacked: who it is. */
	struct secret user, domain;
	struct {
		struct byte_writer transcript; /* all tokens of the relay, in their order */
		unsigned relayed;
		struct kdc_search search; /* of them all */
		bool framed;              /* the AP-REQ was in IAKERB's frame, so the answer is */
	} iakerb;
	struct account account;
};

/* A row without `run` takes no token. */
struct kerberos_step_rule {
	const char *name;
	SECURITY_STATUS (*run)(struct kerberos_context *, const char *step, struct leg *);
};

SECURITY_STATUS kerberos_run_step(struct kerberos_context *context,
				  const struct kerberos_step_rule rules[STEP_COUNT], struct leg *leg);
/* What is known once the exchange is over: keys, sizes, lifetime. `gss_flags`: what MIT says was reached. */
SECURITY_STATUS kerberos_finish(struct kerberos_context *context, const char *step, struct leg *leg,
				OM_uint32 gss_flags);

/* The same of MIT alone, asked anew: keys and sizes. KERBEROS_ENCRYPTION; CRYPTO_FAILED; OUT_OF_MEMORY. */
NODISCARD enum reason kerberos_take_keys(struct kerberos_context *context);
/* An initiator's own name, or the client's. */
void kerberos_claimed_names(const struct kerberos_context *context, union attribute_value *value);
NODISCARD enum reason kerberos_make_context(const struct kerberos_credential *credential, enum role role,
					    struct kerberos_context **made);

/* The mechanism, and flags by MIT's names. */
extern const gss_OID kerberos_mechanism;
OM_uint32 kerberos_gss_flags(uint32_t flags);

enum reason kerberos_pack(struct package_context *base, bool reset, struct byte_writer *out);
enum reason kerberos_unpack(struct slice packed, enum role role,
			    const struct security_package *const *packages, struct package_context **made);
leg_function kerberos_initiate, kerberos_accept;
message_function kerberos_seal, kerberos_open, kerberos_sign, kerberos_verify;

#endif
