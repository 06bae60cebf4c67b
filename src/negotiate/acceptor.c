/* The server's side: RFC 4178 4 and 5, MS-SPNG 3.2.5, and raw NTLM and Kerberos tokens without SPNEGO. */
#include "asn1/der_reader.h"
#include "negotiate/mech_list_mic.h"
#include "negotiate/neg_token_init.h"

#define NTLMSSP_SIGNATURE slice_of("NTLMSSP", sizeof("NTLMSSP"))

/* What a first token is if it is no NegTokenInit; NONE: it may be one. */
static enum mechanism raw_mechanism(struct slice token)
{
	struct byte_reader in = reader_of(token), frame, oid;
	uint8_t tag;

	if (reader_expect(&in, NTLMSSP_SIGNATURE.data, NTLMSSP_SIGNATURE.size))
		return MECHANISM_NTLM;
	if (!der_read_any(&in, &tag, &frame) || tag != DER_APPLICATION(0) ||
	    !der_read(&frame, DER_OBJECT_IDENTIFIER, &oid))
		return MECHANISM_NONE;
	switch (mechanism_of(reader_rest(&oid))) {
	case MECHANISM_KERBEROS:
		return MECHANISM_KERBEROS;
	case MECHANISM_IAKERB:
		return MECHANISM_IAKERB;
	default:
		return MECHANISM_NONE;
	}
}

/* A failing call's one output: a client that waits for NegTokenResp learns that there will be none. */
static void write_reject(struct leg *leg, struct slice error_token)
{
	if (leg->requested & FLAG_EXTENDED_ERROR)
		neg_token_resp_write(leg->output, &(struct neg_token_resp) { .neg_state = NEG_REJECT,
									     .response_token = error_token });
}

static SECURITY_STATUS reject(const char *step, struct leg *leg, enum reason reason)
{
	write_reject(leg, slice_of(NULL, 0));
	return leg_refuse(leg, step, reason, NULL);
}

/* The first one in the client's order that is known and can be had here. The others are skipped unread. */
static enum reason choose_mechanism(struct negotiate_context *context)
{
	struct byte_reader list = mech_types_reader(secret_slice(&context->mech_types));
	enum reason reason = REASON_NO_CREDENTIAL;
	struct slice oid;

	context->first_preference = true;
	while (mech_types_next(&list, &oid)) {
		reason = negotiate_choose(context, mechanism_of(oid));
		if (reason != REASON_NO_CREDENTIAL)
			break;
		context->first_preference = false;
	}
	context->supported_mech = oid;
	context->others_offered =
		negotiate_names_others(secret_slice(&context->mech_types), context->mechanism);
	return reason == REASON_NO_CREDENTIAL ? REASON_NO_COMMON_MECHANISM : reason;
}

/* Everything is done but the exchange of MICs: RFC 4178 5. */
static enum reason finish_mechanism(struct negotiate_context *context, struct slice their_mic, bool own_token,
				    struct neg_token_resp *answer, struct byte_writer *mic)
{
	enum reason reason = REASON_OK;
	enum mic_action action = mech_list_mic_decide(
		context->reached & FLAG_INTEGRITY, mech_list_mic_due(context), their_mic.size > 0, own_token);

	switch (action) {
	case MIC_REFUSE_MISSING:
		return REASON_MECH_LIST_MIC_MISSING;
	case MIC_REFUSE_UNUSABLE:
		return REASON_MECH_LIST_MIC_WRONG;
	case MIC_ANSWER:
		reason = mech_list_mic_verify(context, their_mic);
		break;
	case MIC_SEND_THEN_WAIT:
	case MIC_NONE:
		break;
	}
	if (reason == REASON_OK && action != MIC_NONE)
		reason = mech_list_mic_write(context, mic);
	answer->neg_state = action == MIC_SEND_THEN_WAIT ? NEG_ACCEPT_INCOMPLETE : NEG_ACCEPT_COMPLETED;
	context->mic_sent = action != MIC_NONE;
	context->step = action == MIC_SEND_THEN_WAIT ? STEP_LAST : STEP_DONE;
	return reason;
}

/* One token of the mechanism, and what SPNEGO says beside its answer, or beside its error. */
static enum reason run_mechanism(struct negotiate_context *context, struct leg *leg, struct slice token,
				 struct slice their_mic, struct neg_token_resp *answer)
{
	LOCAL_WRITER(response);
	LOCAL_WRITER(mic);
	enum reason reason = negotiate_run_inner(context, leg, token, &response);

	if (reason != REASON_OK) {
		write_reject(leg, writer_slice(&response));
		return reason;
	}
	if (context->inner_done)
		reason = finish_mechanism(context, their_mic, response.size > 0, answer, &mic);
	if (reason != REASON_OK) {
		write_reject(leg, slice_of(NULL, 0));
		return reason;
	}
	answer->response_token = writer_slice(&response);
	answer->mech_list_mic = writer_slice(&mic);
	neg_token_resp_write(leg->output, answer);
	return REASON_OK;
}

static SECURITY_STATUS answer_init(struct negotiate_context *context, const char *step, struct leg *leg,
				   const struct neg_token_init *init)
{
	struct neg_token_resp answer = { .supported_mech = context->supported_mech };
	enum reason reason = REASON_OK;

	context->step = STEP_CONTINUE;
	context->mic_requested = !context->first_preference;
	answer.neg_state = context->first_preference ? NEG_ACCEPT_INCOMPLETE : NEG_REQUEST_MIC;
	/* A token that was made for another mechanism is dropped unread. */
	if (context->first_preference && init->has_mech_token)
		reason = run_mechanism(context, leg, init->mech_token, init->mech_list_mic, &answer);
	else
		neg_token_resp_write(leg->output, &answer);
	if (reason != REASON_OK)
		return leg_refuse(leg, step, reason, NULL);
	return context->step == STEP_DONE ? SEC_E_OK : SEC_I_CONTINUE_NEEDED;
}

static SECURITY_STATUS accept_first(struct negotiate_context *context, const char *step, struct leg *leg)
{
	enum mechanism raw = raw_mechanism(leg->input);
	struct neg_token_init init;
	enum reason reason;

	if (raw != MECHANISM_NONE) {
		reason = negotiate_choose(context, raw);
		if (reason == REASON_NO_CREDENTIAL)
			reason = REASON_NO_COMMON_MECHANISM;
		return reason == REASON_OK ? negotiate_run_raw(context, step, leg)
					   : leg_refuse(leg, step, reason, NULL);
	}
	if (!neg_token_init_parse(leg->input, &init))
		return leg_refuse(leg, step, REASON_BAD_TOKEN, "neither SPNEGO nor NTLM nor Kerberos");
	if (!secret_copy(&context->mech_types, init.mech_types))
		return leg_refuse(leg, step, REASON_OUT_OF_MEMORY, NULL);
	reason = choose_mechanism(context);
	return reason == REASON_OK ? answer_init(context, step, leg, &init) : reject(step, leg, reason);
}

/* Old Windows puts a copy of the token where its MIC would be (MS-SPNG). */
static struct slice mic_of(const struct neg_token_resp *resp)
{
	return slice_equal(resp->mech_list_mic, resp->response_token) ? slice_of(NULL, 0)
								      : resp->mech_list_mic;
}

static SECURITY_STATUS accept_continue(struct negotiate_context *context, const char *step, struct leg *leg)
{
	struct neg_token_resp resp, answer = { .neg_state = NEG_ACCEPT_INCOMPLETE };
	enum reason reason;

	if (!neg_token_resp_parse(leg->input, &resp))
		return reject(step, leg, REASON_BAD_TOKEN);
	if (resp.neg_state == NEG_REJECT)
		return leg_refuse(leg, step, REASON_NEGOTIATION_REJECTED, NULL);
	reason = run_mechanism(context, leg, resp.response_token, mic_of(&resp), &answer);
	if (reason != REASON_OK)
		return leg_refuse(leg, step, reason, NULL);
	return context->step == STEP_DONE ? SEC_E_OK : SEC_I_CONTINUE_NEEDED;
}

/* Our MIC went out with the mechanism's last token; theirs is due, and nothing else. */
static SECURITY_STATUS accept_last(struct negotiate_context *context, const char *step, struct leg *leg)
{
	struct neg_token_resp resp;
	enum reason reason;

	if (!neg_token_resp_parse(leg->input, &resp) || resp.response_token.size)
		return reject(step, leg, REASON_BAD_TOKEN);
	if (resp.neg_state == NEG_REJECT)
		return leg_refuse(leg, step, REASON_NEGOTIATION_REJECTED, NULL);
	if (resp.mech_list_mic.size == 0)
		return reject(step, leg, REASON_MECH_LIST_MIC_MISSING);
	reason = mech_list_mic_verify(context, resp.mech_list_mic);
	if (reason != REASON_OK)
		return reject(step, leg, reason);
	context->step = STEP_DONE; /* the client has seen our MIC and waits for nothing more */
	return SEC_E_OK;
}

static const struct negotiate_step_rule acceptor_steps[STEP_COUNT] = {
	[STEP_FIRST] = { "NegTokenInit", accept_first },
	[STEP_CONTINUE] = { "NegTokenResp", accept_continue },
	[STEP_LAST] = { "mechListMIC", accept_last },
	[STEP_RAW] = { "raw token", negotiate_run_raw },
	[STEP_DONE] = { .name = "done" },
	[STEP_REFUSED] = { .name = "refused" },
};

SECURITY_STATUS negotiate_accept(struct package_context *base, struct leg *leg)
{
	return negotiate_run_step((struct negotiate_context *)base, acceptor_steps, leg);
}
