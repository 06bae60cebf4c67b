/*
 * What the package Kerberos asks an authority: whether a ticket is right, and who that is. In-process the answer comes
 * from a keytab (acceptance.c); another class may ask another process, whose keys this one then never sees.
 */
#ifndef OPENSSPI_KERBEROS_ACCEPTANCE_H
#define OPENSSPI_KERBEROS_ACCEPTANCE_H

#include "authority/authority.h"

#include <gssapi/gssapi.h>

/* Borrowed. DCE style asks twice; `ticket` and the rules are the same both times. */
struct kerberos_question {
	struct slice
		token; /* the AP-REQ in its frame; of DCE style without one, and then the client's AP-REP */
	struct slice ticket;   /* that of the AP-REQ, DER */
	struct slice bindings; /* the form that is hashed (RFC 4121 4.1.1.2); empty: none, or the AP-REP */
	bool relays; /* IAKERB: the AP-REQ must prove what was relayed; off: the AP-REP, or no IAKERB */
	struct slice relayed;   /* all tokens of the relay; empty: none */
	struct slice principal; /* the only service that we are, UTF-16LE; empty: as below */
	struct slice services;  /* classes of services, UTF-8 with a NUL; empty: any that there is a key of */
};

struct kerberos_answer {
	enum reason verdict; /* REASON_OK or why not; start with kerberos_answer_start */
	uint32_t ntstatus;   /* 0: the reason's own */
	struct byte_writer
		token; /* AP-REP, if the client wants one; of a refusal the KRB-ERROR, if there is one */
	struct byte_writer detail; /* of a refusal: a sentence for the trace, UTF-8; may be empty */
	/*
	 * Seals and opens. The second question finds the one of the first here. Whatever the verdict, it belongs to
	 * whoever asked.
	 */
	gss_ctx_id_t security;
	OM_uint32 flags; /* what was reached, as GSSAPI numbers it; channel bindings too */
	bool unfinished; /* DCE style: the client's AP-REP is yet to come, and what is below with it */
	/* Of a refusal too, where it got so far. UTF-16LE. */
	struct secret target;       /* the service that the ticket names */
	struct secret user, domain; /* the principal's name and realm */
	struct secret client;       /* the principal, UTF-8 with a NUL */
	struct account account;
	gss_cred_id_t
		forwarded; /* the client's own tickets; none: GSS_C_NO_CREDENTIAL, and no GSS_C_DELEG_FLAG */
	bool forwardable;  /* the ticket is evidence for S4U2Proxy */
};

static inline struct kerberos_answer kerberos_answer_start(void)
{
	return (struct kerberos_answer) {
		.verdict = REASON_AUTHORITY_FAILED,
		.token = writer_growing(),
		.detail = writer_growing(),
		.security = GSS_C_NO_CONTEXT,
		.forwarded = GSS_C_NO_CREDENTIAL,
	};
}

void kerberos_answer_wipe(struct kerberos_answer *answer);

/*
 * The keytab of this name, NULL for the machine's, with this replay cache, NULL for the usual one. KERBEROS_KEYTAB: it
 * cannot be used; NO_CREDENTIAL: the machine's cannot, or is not there; OUT_OF_MEMORY.
 */
NODISCARD enum reason keytab_authority_new(const char *keytab, const char *replay_cache,
					   struct authority **made);

#endif
