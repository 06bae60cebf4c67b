/* One Negotiate context and the credential behind it. */
#ifndef OPENSSPI_NEGOTIATE_CONTEXT_H
#define OPENSSPI_NEGOTIATE_CONTEXT_H

#include "negotiate/mechanism.h"
#include "negotiate/neg_token_resp.h"
#include "package/package.h"

struct negotiate_credential {
	struct package_credential base;
	bool initiate, accept;
	bool always_spnego; /* initiator: also where only NTLM could be chosen */
	/* By mechanism; all entries of Kerberos are the same credential. NULL: not to be had, or excluded. */
	struct package_credential *inner[MECHANISM_COUNT];
};

enum negotiate_step {
	STEP_FIRST,    /* nothing was said yet */
	STEP_CONTINUE, /* the mechanism goes on inside NegTokenResp */
	STEP_LAST,     /* the mechanism is done, the peer's last word (its mechListMIC) is due */
	STEP_RAW,      /* no SPNEGO: the mechanism's own tokens */
	STEP_DONE,
	STEP_REFUSED,
	STEP_COUNT,
};

struct negotiate_context {
	struct package_context base;
	const struct negotiate_credential *credential; /* NULL: unpacked, STEP_DONE */
	enum role role;
	enum negotiate_step step;
	struct secret mech_types; /* MechTypeList as it was on the wire */
	enum mechanism mechanism;
	struct slice supported_mech; /* acceptor: the identifier it was offered under, in mech_types */
	struct package_context *inner;
	bool first_preference; /* the mechanism chosen is the initiator's first */
	bool others_offered;   /* the list named another mechanism that is known here */
	bool answered; /* initiator: the first reply has come, which alone may choose and request a MIC */
	bool mic_requested, mic_sent;
	/* What the mechanism reached once it was done. */
	bool inner_done, can_seal;
	uint32_t reached;
	int64_t expiry;
};

/* A row without `run` takes no token. Where a row leads is what the mechanism and the MIC decide. */
struct negotiate_step_rule {
	const char *name;
	SECURITY_STATUS (*run)(struct negotiate_context *, const char *step, struct leg *);
};

SECURITY_STATUS negotiate_run_step(struct negotiate_context *context,
				   const struct negotiate_step_rule rules[STEP_COUNT], struct leg *leg);

/* The mechanism's context, made anew. NO_CREDENTIAL: the credential has none for it. */
enum reason negotiate_choose(struct negotiate_context *context, enum mechanism mechanism);
/* One leg of the mechanism; `inner_done` says whether it is over. The reason's NTSTATUS goes into `leg`. */
enum reason negotiate_run_inner(struct negotiate_context *context, struct leg *leg, struct slice token,
				struct byte_writer *output);
/* STEP_RAW of both roles. */
SECURITY_STATUS negotiate_run_raw(struct negotiate_context *context, const char *step, struct leg *leg);
/* Whether a mechanism other than `mechanism` that a package here carries out stands in the list. */
bool negotiate_names_others(struct slice mech_types, enum mechanism mechanism);
bool negotiate_same_package(enum mechanism a, enum mechanism b);

enum reason negotiate_pack(struct package_context *base, bool reset, struct byte_writer *out);
enum reason negotiate_unpack(struct slice packed, enum role role,
			     const struct security_package *const *packages, struct package_context **made);
leg_function negotiate_initiate, negotiate_accept;

#endif
