/* The client's side: RFC 4178 4 and 5, MS-SPNG 3.1.5. Where only NTLM can be chosen, raw tokens, as Windows does. */
#include "asn1/der_writer.h"
#include "base/trace.h"
#include "negotiate/mech_list_mic.h"
#include "negotiate/neg_token_init.h"

/* In our order of preference: each mechanism with a credential, from the one that was begun with. */
static void write_mech_types(const struct negotiate_context *context, struct byte_writer *out)
{
	size_t list = der_open(out, DER_SEQUENCE);

	for (int i = (int)context->mechanism; i < MECHANISM_COUNT; i++)
		if (context->credential->inner[i])
			der_write(out, DER_OBJECT_IDENTIFIER, mechanism_oid((enum mechanism)i));
	der_close(out, list);
}

static SECURITY_STATUS send_init(struct negotiate_context *context, const char *step, struct leg *leg,
				 struct slice token)
{
	LOCAL_WRITER(mech_types);

	write_mech_types(context, &mech_types);
	if (!writer_ok(&mech_types) || !secret_copy(&context->mech_types, writer_slice(&mech_types)))
		return leg_refuse(leg, step, REASON_OUT_OF_MEMORY, NULL);
	neg_token_init_write(leg->output, &(struct neg_token_init) {
						  .mech_types = writer_slice(&mech_types),
						  .has_mech_token = true,
						  .mech_token = token,
					  });
	context->first_preference = true;
	context->others_offered =
		negotiate_names_others(secret_slice(&context->mech_types), context->mechanism);
	context->step = STEP_CONTINUE;
	return SEC_I_CONTINUE_NEEDED;
}

/* Kerberos has nothing to say to this server. What a KDC refuses, a wrong password or a wrong clock, stays refused. */
static bool may_fall_back(enum reason reason)
{
	switch (reason) {
	case REASON_NO_CREDENTIAL:
	case REASON_BAD_TARGET:
	case REASON_UNKNOWN_USER:
	case REASON_KERBEROS_ENCRYPTION:
	case REASON_KERBEROS_NO_KDC:
	case REASON_KDC_PROXY_REFUSED:
	case REASON_KERBEROS_NO_SERVICE:
	case REASON_KERBEROS_NO_TICKET:
	case REASON_KERBEROS_TICKET_EXPIRED:
		return true;
	default:
		return false;
	}
}

static enum reason try_mechanism(struct negotiate_context *context, struct leg *leg, enum mechanism mechanism,
				 struct byte_writer *token)
{
	enum reason reason = negotiate_choose(context, mechanism);

	writer_truncate(token, 0);
	return reason == REASON_OK ? negotiate_run_inner(context, leg, slice_of(NULL, 0), token) : reason;
}

/* The first that can begin. If none can be had, what hindered the most preferred one is told. */
static enum reason begin_mechanism(struct negotiate_context *context, const char *step, struct leg *leg,
				   struct byte_writer *token)
{
	const struct package_credential *tried = NULL;
	enum reason first = REASON_NO_CREDENTIAL;

	for (int i = 0; i < MECHANISM_COUNT; i++) {
		enum mechanism mechanism = (enum mechanism)i;
		const struct package_credential *credential = context->credential->inner[i];
		enum reason reason;

		if (!credential || credential == tried) /* Kerberos has two identifiers */
			continue;
		reason = try_mechanism(context, leg, mechanism, token);
		if (reason == REASON_OK) {
			if (tried)
				trace(step, REASON_OK, "%s takes the place of %s, which cannot be had here",
				      credential->package->name, tried->package->name);
			return REASON_OK;
		}
		if (!tried)
			first = reason;
		if (!may_fall_back(reason))
			return reason;
		tried = credential;
	}
	return first;
}

static SECURITY_STATUS begin(struct negotiate_context *context, const char *step, struct leg *leg)
{
	LOCAL_WRITER(token);
	enum reason reason;

	/* A server that speaks first sends a NegTokenInit2, whose hints are not protected: nothing is taken from it. */
	leg->input = slice_of(NULL, 0);
	reason = begin_mechanism(context, step, leg, &token);
	if (reason != REASON_OK)
		return leg_refuse(leg, step, reason, NULL);
	if (context->mechanism != MECHANISM_NTLM || context->credential->always_spnego)
		return send_init(context, step, leg, writer_slice(&token));
	writer_bytes(leg->output, writer_slice(&token));
	context->step = STEP_RAW;
	return SEC_I_CONTINUE_NEEDED;
}

/* The first reply alone may choose. What was never offered, or cannot be had, is refused. */
static enum reason take_choice(struct negotiate_context *context, const struct neg_token_resp *resp,
			       bool *chosen_anew)
{
	enum mechanism mechanism = mechanism_of(resp->supported_mech);

	*chosen_anew = false;
	if (context->answered) /* a later supportedMech means nothing (RFC 4178 4.2.2) */
		return resp->neg_state == NEG_REQUEST_MIC ? REASON_UNEXPECTED_MESSAGE : REASON_OK;
	context->answered = true;
	context->mic_requested = resp->neg_state == NEG_REQUEST_MIC;
	if (resp->supported_mech.size == 0)
		return REASON_OK;
	if (mechanism == MECHANISM_NONE || !context->credential->inner[mechanism])
		return REASON_NO_COMMON_MECHANISM;
	if (negotiate_same_package(mechanism, context->mechanism))
		return REASON_OK;
	*chosen_anew = true;
	context->first_preference = false;
	return negotiate_choose(context, mechanism);
}

/* Whose token was the mechanism's last. */
enum last_token {
	THEIR_TOKEN,
	OUR_TOKEN,       /* which goes out now: the server has the last word */
	OUR_FIRST_TOKEN, /* which was answered now: Kerberos without mutual authentication */
};

/* The mechanism is over, by their token or by ours: RFC 4178 5. */
static enum reason finish_mechanism(struct negotiate_context *context, const struct neg_token_resp *resp,
				    enum last_token last, struct neg_token_resp *answer,
				    struct byte_writer *mic)
{
	enum reason reason = REASON_OK;
	enum mic_action action =
		mech_list_mic_decide(context->reached & FLAG_INTEGRITY, mech_list_mic_due(context),
				     resp->mech_list_mic.size > 0, last != THEIR_TOKEN);

	switch (action) {
	case MIC_REFUSE_MISSING:
		return REASON_MECH_LIST_MIC_MISSING;
	case MIC_REFUSE_UNUSABLE:
		return REASON_MECH_LIST_MIC_WRONG;
	case MIC_ANSWER:
		reason = mech_list_mic_verify(context, resp->mech_list_mic);
		break;
	case MIC_SEND_THEN_WAIT:
	case MIC_NONE:
		break;
	}
	if (reason == REASON_OK && action != MIC_NONE)
		reason = mech_list_mic_write(context, mic);
	context->mic_sent = action != MIC_NONE;
	answer->neg_state = action == MIC_ANSWER ? NEG_ACCEPT_COMPLETED : NEG_ABSENT;
	/* A server that ended the mechanism without its MIC and is not content waits for what it must not. */
	if (reason == REASON_OK && last != OUR_TOKEN && action == MIC_NONE &&
	    resp->neg_state != NEG_ACCEPT_COMPLETED)
		reason = REASON_UNEXPECTED_MESSAGE;
	context->step = last == OUR_TOKEN || action == MIC_SEND_THEN_WAIT ? STEP_LAST : STEP_DONE;
	return reason;
}

static enum reason run_mechanism(struct negotiate_context *context, struct leg *leg,
				 const struct neg_token_resp *resp)
{
	LOCAL_WRITER(response);
	LOCAL_WRITER(mic);
	struct neg_token_resp answer = { .neg_state = NEG_ABSENT };
	bool was_done = context->inner_done;
	enum reason reason = REASON_OK;

	if (!was_done)
		reason = negotiate_run_inner(context, leg, resp->response_token, &response);
	else if (resp->response_token.size)
		reason = REASON_UNEXPECTED_MESSAGE;
	if (reason == REASON_OK && context->inner_done)
		reason = finish_mechanism(context, resp,
					  was_done        ? OUR_FIRST_TOKEN
					  : response.size ? OUR_TOKEN
							  : THEIR_TOKEN,
					  &answer, &mic);
	else if (reason == REASON_OK && resp->neg_state == NEG_ACCEPT_COMPLETED)
		reason = REASON_UNEXPECTED_MESSAGE; /* the server is content before the mechanism is */
	if (reason != REASON_OK)
		return reason;
	answer.response_token = writer_slice(&response);
	answer.mech_list_mic = writer_slice(&mic);
	if (answer.response_token.size || answer.mech_list_mic.size)
		neg_token_resp_write(leg->output, &answer);
	return REASON_OK;
}

/* The mechanism's error token says more than that there is one. */
static enum reason reason_of_reject(struct negotiate_context *context, struct leg *leg,
				    const struct neg_token_resp *resp)
{
	LOCAL_WRITER(nothing);
	enum reason reason = REASON_OK;

	if (resp->response_token.size && !context->inner_done)
		reason = negotiate_run_inner(context, leg, resp->response_token, &nothing);
	return reason == REASON_OK || reason == REASON_BAD_TOKEN ? REASON_NEGOTIATION_REJECTED : reason;
}

static SECURITY_STATUS continue_mechanism(struct negotiate_context *context, const char *step,
					  struct leg *leg)
{
	struct neg_token_resp resp;
	bool chosen_anew;
	enum reason reason;

	if (!neg_token_resp_parse(leg->input, &resp))
		return leg_refuse(leg, step, REASON_BAD_TOKEN, NULL);
	if (resp.neg_state == NEG_REJECT)
		return leg_refuse(leg, step, reason_of_reject(context, leg, &resp), NULL);
	reason = take_choice(context, &resp, &chosen_anew);
	if (reason == REASON_OK && chosen_anew && (resp.response_token.size || resp.mech_list_mic.size))
		reason = REASON_UNEXPECTED_MESSAGE; /* none of our mechanisms lets the server begin */
	if (reason == REASON_OK)
		reason = run_mechanism(context, leg, &resp);
	if (reason != REASON_OK)
		return leg_refuse(leg, step, reason, NULL);
	return context->step == STEP_DONE ? SEC_E_OK : SEC_I_CONTINUE_NEEDED;
}

/* The server's last word: that it is content, and its MIC where we sent ours. */
static SECURITY_STATUS take_last(struct negotiate_context *context, const char *step, struct leg *leg)
{
	struct neg_token_resp resp;
	enum reason reason = REASON_OK;

	if (!neg_token_resp_parse(leg->input, &resp) || resp.response_token.size)
		return leg_refuse(leg, step, REASON_BAD_TOKEN, NULL);
	if (resp.neg_state != NEG_ACCEPT_COMPLETED)
		return leg_refuse(leg, step,
				  resp.neg_state == NEG_REJECT ? REASON_NEGOTIATION_REJECTED
							       : REASON_UNEXPECTED_MESSAGE,
				  NULL);
	if (context->mic_sent && resp.mech_list_mic.size == 0)
		reason = REASON_MECH_LIST_MIC_MISSING;
	else if (resp.mech_list_mic.size)
		reason = context->mic_sent ? mech_list_mic_verify(context, resp.mech_list_mic)
					   : REASON_MECH_LIST_MIC_WRONG;
	if (reason != REASON_OK)
		return leg_refuse(leg, step, reason, NULL);
	context->step = STEP_DONE;
	return SEC_E_OK;
}

static const struct negotiate_step_rule initiator_steps[STEP_COUNT] = {
	[STEP_FIRST] = { "NegTokenInit", begin },   [STEP_CONTINUE] = { "NegTokenResp", continue_mechanism },
	[STEP_LAST] = { "mechListMIC", take_last }, [STEP_RAW] = { "raw token", negotiate_run_raw },
	[STEP_DONE] = { .name = "done" },           [STEP_REFUSED] = { .name = "refused" },
};

SECURITY_STATUS negotiate_initiate(struct package_context *base, struct leg *leg)
{
	return negotiate_run_step((struct negotiate_context *)base, initiator_steps, leg);
}
