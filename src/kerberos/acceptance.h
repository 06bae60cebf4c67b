/*
 * What the package Kerberos asks an authority: whether a ticket is right, and who that is. In-process the answer comes
 * from a keytab (acceptance.c); another class may ask another process, whose keys this one then never sees.
 */
#ifndef OPENSSPI_KERBEROS_ACCEPTANCE_H
#define OPENSSPI_KERBEROS_ACCEPTANCE_H

#include "authority/authority.h"

#include <gssapi/gssapi.h>

/* Borrowed. DCE style asks twice; `ticket`, `principal` and `services` are the same both times. */
struct kerberos_question {
	struct slice token;  /* the AP-REQ, of DCE style without its frame; then the client's AP-REP */
	struct slice ticket; /* that of the AP-REQ, DER */
	/* With the AP-REQ alone. */
	struct slice bindings; /* the form that is hashed (RFC 4121 4.1.1.2); empty: none */
	bool relays;           /* IAKERB: the AP-REQ must prove what was relayed */
	struct slice relayed;  /* all tokens of the relay; empty: none */
	/* Which service we are. */
	struct slice principal; /* this one, UTF-16LE; empty: as below */
	struct slice services;  /* classes of services, UTF-8 with a NUL; empty: any that there is a key of */
};

struct kerberos_answer {
	enum reason verdict;      /* REASON_OK or why not; start with kerberos_answer_start */
	uint32_t ntstatus;        /* 0: the reason's own */
	struct byte_writer token; /* the AP-REP, if one is due; of a refusal the KRB-ERROR, if there is one */
	struct byte_writer detail; /* of a refusal: a sentence for the trace, UTF-8; may be empty */
	/* Seals and opens. The second question finds that of the first here; it is always the asker's to delete. */
	gss_ctx_id_t security;
	OM_uint32 flags; /* what was reached, as GSSAPI numbers it; channel bindings too */
	bool unfinished; /* DCE style: the client's AP-REP is yet to come, and what is below with it */
	/* Of a refusal too, where it got so far. UTF-16LE. */
	struct secret target;       /* the service that the ticket names */
	struct secret user, domain; /* the principal's name and realm */
	/* With REASON_OK. */
	struct secret client; /* the principal, UTF-8 with a NUL */
	struct account account;
	gss_cred_id_t forwarded; /* tickets of the client's own, with GSS_C_DELEG_FLAG; or none, without it */
	bool forwardable;        /* the ticket is evidence for S4U2Proxy */
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
