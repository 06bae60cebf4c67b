/* The server's side of the exchange; whether a ticket is right is a question to an authority (acceptance.h). */
#include "kerberos/acceptance.h"
#include "kerberos/context.h"
#include "kerberos/iakerb.h"
#include "kerberos/iakerb_token.h"
#include "kerberos/token.h"

#include <gssapi/gssapi_ext.h>

/* --- The question */

static struct kerberos_question question_of(const struct kerberos_context *context, const struct leg *leg)
{
	return (struct kerberos_question) {
		.token = leg->input,
		.ticket = secret_slice(&context->ticket),
		.principal = secret_slice(&context->credential->principal),
		.services = secret_slice(&context->credential->services),
	};
}

/* The names are what the client claims, whatever the verdict. */
static void ask_authority(struct kerberos_context *context, const struct kerberos_question *question,
			  struct kerberos_answer *answer)
{
	struct authority *authority = context->credential->authority;

	answer->security = context->gss;
	authority->class->ask_kerberos(authority, question, answer);
	context->gss = answer->security;
	answer->security = GSS_C_NO_CONTEXT;
	secret_move(&context->target, &answer->target);
	secret_move(&context->user, &answer->user);
	secret_move(&context->domain, &answer->domain);
}

/* A KRB-ERROR, where the caller wants one for the peer. */
static SECURITY_STATUS refuse(const char *step, struct leg *leg, const struct kerberos_answer *answer)
{
	const struct byte_writer *detail = &answer->detail;

	if (leg->requested & FLAG_EXTENDED_ERROR)
		writer_bytes(leg->output, writer_slice(&answer->token));
	leg->ntstatus = answer->ntstatus;
	return detail->size ? leg_refuse(leg, step, answer->verdict, "%.*s", (int)detail->size,
					 (const char *)detail->data)
			    : leg_refuse(leg, step, answer->verdict, NULL);
}

/* --- The exchange */

/* docs/kerberos.md: given, they must be the client's too; MIT lets a client pass that says nothing of them. */
static enum reason check_bindings(const struct leg *leg, OM_uint32 flags)
{
	bool bound = flags & GSS_C_CHANNEL_BOUND_FLAG;

	if (leg->requested & FLAG_REQUIRE_BINDINGS && !bound)
		return REASON_BAD_BINDINGS;
	if (!leg->bindings_form.size || bound || leg->requested & FLAG_ALLOW_MISSING_BINDINGS)
		return REASON_OK;
	return REASON_BAD_BINDINGS;
}

static void reply(const struct kerberos_context *context, struct leg *leg, struct slice token)
{
	if (!context->iakerb.framed || !iakerb_frame(token, leg->output))
		writer_bytes(leg->output, token);
}

static SECURITY_STATUS finish(struct kerberos_context *context, const char *step, struct leg *leg,
			      struct kerberos_answer *answer)
{
	SECURITY_STATUS status = kerberos_finish(context, step, leg, answer->flags);

	if (status != SEC_E_OK)
		return status;
	secret_move(&context->client, &answer->client);
	context->account = answer->account;
	answer->account = (struct account) { 0 };
	context->forwarded = answer->forwarded;
	answer->forwarded = GSS_C_NO_CREDENTIAL;
	/* S4U2Proxy wants a forwardable ticket of the client, and a server that can log on itself. */
	if (!context->credential->initiate || !answer->forwardable)
		secret_wipe(&context->ticket);
	reply(context, leg, writer_slice(&answer->token));
	return SEC_E_OK;
}

static SECURITY_STATUS accept_ap_req(struct kerberos_context *context, const char *step, struct leg *leg)
{
	CLEANUP(kerberos_answer_wipe) struct kerberos_answer answer = kerberos_answer_start();
	enum kerberos_token wanted = leg->requested & FLAG_DCE_STYLE ? TOKEN_BARE_AP_REQ : TOKEN_AP_REQ;
	struct kerberos_question question;
	struct slice ticket;
	enum reason reason;

	if (kerberos_token_of(leg->input) != wanted || !kerberos_ticket_of(leg->input, &ticket))
		return leg_refuse(leg, step, REASON_BAD_TOKEN, "no AP-REQ%s",
				  wanted == TOKEN_AP_REQ ? "" : " without a frame, as DCE style has it");
	if (!secret_copy(&context->ticket, ticket))
		return leg_refuse(leg, step, REASON_OUT_OF_MEMORY, NULL);
	question = question_of(context, leg);
	question.bindings = leg->bindings_form;
	question.relays = context->credential->relays;
	question.relayed = writer_slice(&context->iakerb.transcript);
	ask_authority(context, &question, &answer);
	writer_wipe(&context->iakerb.transcript);
	if (answer.verdict != REASON_OK)
		return refuse(step, leg, &answer);
	reason = check_bindings(leg, answer.flags);
	if (reason != REASON_OK)
		return leg_refuse(leg, step, reason, "the client's AP-REQ holds no channel bindings");
	if (!answer.unfinished)
		return finish(context, step, leg, &answer);
	writer_bytes(leg->output, writer_slice(&answer.token));
	context->step = STEP_AP_REP;
	return SEC_I_CONTINUE_NEEDED;
}

/* A client that has its tickets yet to get, or that got them through us. */
static SECURITY_STATUS relay_or_accept(struct kerberos_context *context, const char *step, struct leg *leg)
{
	LOCAL_WRITER(ap_req);
	struct slice sent = leg->input;
	SECURITY_STATUS status;

	if (!context->credential->relays)
		return accept_ap_req(context, step, leg);
	if (iakerb_is_proxy(sent))
		return iakerb_relay(context, step, leg);
	context->iakerb.framed = iakerb_unframe(sent, &ap_req);
	if (!writer_ok(&ap_req))
		return leg_refuse(leg, step, REASON_OUT_OF_MEMORY, NULL);
	if (context->iakerb.framed)
		leg->input = writer_slice(&ap_req);
	status = accept_ap_req(context, step, leg);
	leg->input = sent;
	return status;
}

/* DCE style: the client's own AP-REP. */
static SECURITY_STATUS accept_ap_rep(struct kerberos_context *context, const char *step, struct leg *leg)
{
	CLEANUP(kerberos_answer_wipe) struct kerberos_answer answer = kerberos_answer_start();
	struct kerberos_question question = question_of(context, leg);

	if (kerberos_token_of(leg->input) != TOKEN_BARE_AP_REP)
		return leg_refuse(leg, step, REASON_BAD_TOKEN, "no AP-REP");
	ask_authority(context, &question, &answer);
	if (answer.verdict != REASON_OK)
		return refuse(step, leg, &answer);
	if (answer.unfinished)
		return leg_refuse(leg, step, REASON_UNEXPECTED_MESSAGE, NULL);
	return finish(context, step, leg, &answer);
}

static const struct kerberos_step_rule acceptor_steps[STEP_COUNT] = {
	[STEP_AP_REQ] = { "AP-REQ", relay_or_accept },
	[STEP_AP_REP] = { "AP-REP", accept_ap_rep },
	[STEP_DONE] = { .name = "done" },
	[STEP_REFUSED] = { .name = "refused" },
};

SECURITY_STATUS kerberos_accept(struct package_context *base, struct leg *leg)
{
	return kerberos_run_step((struct kerberos_context *)base, acceptor_steps, leg);
}
