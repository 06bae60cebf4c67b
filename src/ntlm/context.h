/* One NTLM context and the credential behind it. */
#ifndef OPENSSPI_NTLM_CONTEXT_H
#define OPENSSPI_NTLM_CONTEXT_H

#include "ntlm/key_schedule.h"
#include "package/package.h"

struct ntlm_credential {
	struct package_credential base;
	bool initiate, accept;
	struct secret user, domain, password; /* initiator */
	struct authority *authority;          /* acceptor; borrowed */
	const struct host_names *names;       /* borrowed */
	struct policy policy;
};

enum ntlm_step {
	STEP_NEGOTIATE,
	STEP_CHALLENGE,    /* initiator only */
	STEP_AUTHENTICATE, /* acceptor only */
	STEP_DONE,
	STEP_REFUSED,
	STEP_COUNT,
};

struct ntlm_context {
	struct package_context base;
	const struct ntlm_credential *credential; /* NULL: unpacked, STEP_DONE */
	enum role role;
	enum ntlm_step step;
	uint32_t flags;             /* STEP_DONE: what was negotiated in the end */
	bool mic_announced;         /* STEP_DONE: the client's MsvAvFlags said that there is a MIC */
	struct secret negotiate;    /* as it was on the wire, for the MIC; so is the challenge */
	struct secret challenge;    /* acceptor */
	struct secret user, domain; /* acceptor, unpacked: as the client spelt them */
	struct secret target;       /* acceptor: MsvAvTargetName, whom the client says it means */
	struct account account;     /* acceptor: who it is */
	struct ntlm_keys keys;
};

/* One row a message. A row without `run` takes none. */
struct ntlm_step_rule {
	const char *name;
	SECURITY_STATUS (*run)(struct ntlm_context *, const char *step, struct leg *);
	enum ntlm_step next;
};

SECURITY_STATUS ntlm_run_step(struct ntlm_context *context, const struct ntlm_step_rule rules[STEP_COUNT],
			      struct leg *leg);
/* As the client spelt itself. */
void ntlm_claimed_names(const struct ntlm_context *context, union attribute_value *value);
/* What the caller is told of negotiated flags. */
uint32_t ntlm_reached(uint32_t negotiate_flags);

enum reason ntlm_pack(struct package_context *base, bool reset, struct byte_writer *out);
enum reason ntlm_unpack(struct slice packed, enum role role, const struct security_package *const *packages,
			struct package_context **made);
leg_function ntlm_initiate, ntlm_accept;
message_function ntlm_seal, ntlm_open, ntlm_sign, ntlm_verify;

#endif
