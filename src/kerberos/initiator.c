/* The client's side: RFC 4120 3.2, RFC 4121 4.1. */
#include "base/trace.h"
#include "kerberos/bindings.h"
#include "kerberos/context.h"
#include "kerberos/failure.h"
#include "kerberos/library.h"
#include "kerberos/tickets.h"
#include "kerberos/token.h"

#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>

/* Asked of a server; delegation only where forwarding.c finds that it can be had. */
#define ASKED_FLAGS \
	(FLAG_MUTUAL_AUTH | FLAG_REPLAY_DETECT | FLAG_SEQUENCE_DETECT | FLAG_CONFIDENTIALITY | \
	 FLAG_INTEGRITY | FLAG_DCE_STYLE | FLAG_IDENTIFY)

/* Confidentiality is nothing without integrity; DCE style is always mutual. */
static OM_uint32 asked(const struct kerberos_context *context, uint32_t requested)
{
	uint32_t flags = requested & ASKED_FLAGS;
	/* Only to a service that is ok-as-delegate. */
	OM_uint32 delegation = context->forwards ? GSS_C_DELEG_POLICY_FLAG : 0;

	if (flags & (FLAG_CONFIDENTIALITY | FLAG_REPLAY_DETECT | FLAG_SEQUENCE_DETECT))
		flags |= FLAG_INTEGRITY;
	if (flags & FLAG_DCE_STYLE)
		flags |= FLAG_MUTUAL_AUTH;
	return kerberos_gss_flags(flags) | delegation;
}

struct answer {
	OM_uint32 major, minor, flags;
	gss_buffer_desc token;
};

static void release(struct answer *answer)
{
	library_release_buffer(&answer->token);
}

static void run_gss(struct kerberos_context *context, const struct leg *leg,
		    struct gss_channel_bindings_struct *bindings, struct answer *answer)
{
	gss_buffer_desc input = library_buffer(leg->input);

	answer->major =
		gss_init_sec_context(&answer->minor, context->ticket_credential, &context->gss,
				     context->service, kerberos_mechanism, asked(context, leg->requested), 0,
				     leg->bindings_form.size ? bindings : NULL, &input, NULL, &answer->token,
				     &answer->flags, NULL);
}

/* Whether the context is finished after this step. */
static SECURITY_STATUS go_on(struct kerberos_context *context, const char *step, struct leg *leg,
			     const struct answer *answer)
{
	SECURITY_STATUS status = SEC_I_CONTINUE_NEEDED;

	if (!(answer->major & GSS_S_CONTINUE_NEEDED))
		status = kerberos_finish(context, step, leg, answer->flags);
	if (!status_failed(status))
		writer_bytes(leg->output, library_slice(&answer->token));
	return status;
}

/* MIT asks for signing and sealing by itself otherwise. */
static OM_uint32 ask_for_no_more(gss_cred_id_t *credential, OM_uint32 *minor)
{
	gss_buffer_desc none = GSS_C_EMPTY_BUFFER;

	return gss_set_cred_option(minor, credential, (gss_OID)GSS_KRB5_CRED_NO_CI_FLAGS_X, &none);
}

/* A ticket of this moment that has expired: MIT knows by how much the KDC's clock is another. */
static SECURITY_STATUS refuse_own(struct kerberos_context *context, const char *step, struct leg *leg,
				  const struct answer *answer)
{
	char text[CLOCK_TEXT_SIZE];
	krb5_timestamp offset;
	krb5_int32 microseconds;

	if (!context->own_tickets || krb5_get_time_offsets(context->krb5, &offset, &microseconds) ||
	    !kerberos_clock_ahead_text(answer->minor, "KDC", offset, text))
		return kerberos_refuse(leg, step, answer->major, answer->minor);
	return leg_refuse(leg, step, REASON_KERBEROS_SKEW, "%s", text);
}

static SECURITY_STATUS send_ap_req(struct kerberos_context *context, const char *step, struct leg *leg)
{
	CLEANUP(release) struct answer answer = { 0 };
	struct gss_channel_bindings_struct bindings = { 0 };
	OM_uint32 major, minor;
	enum reason reason;

	if (leg->input.size)
		return leg_refuse(leg, step, REASON_UNEXPECTED_MESSAGE, "the client speaks first");
	if (leg->bindings_form.size && !bindings_read(leg->bindings_form, &bindings))
		return leg_refuse(leg, step, REASON_BAD_BUFFERS, NULL);
	reason = tickets_fetch(context, leg->target, leg->requested & FLAG_DELEGATE, leg->kdc_proxy);
	leg->ntstatus = context->kdc_ntstatus;
	if (reason != REASON_OK)
		return leg_refuse(leg, step, reason, NULL);
	major = ask_for_no_more(&context->ticket_credential, &minor);
	if (GSS_ERROR(major))
		return kerberos_refuse(leg, step, major, minor);
	run_gss(context, leg, &bindings, &answer);
	if (GSS_ERROR(answer.major))
		return refuse_own(context, step, leg, &answer);
	context->step = STEP_AP_REP;
	return go_on(context, step, leg, &answer);
}

/* A KRB-ERROR, and of a wrong clock how wrong it is. */
static SECURITY_STATUS take_error(const char *step, struct leg *leg, const struct answer *answer)
{
	char text[CLOCK_TEXT_SIZE];
	int64_t theirs;

	if (!kerberos_error_time(leg->input, &theirs) ||
	    !kerberos_clock_text(answer->minor, "server", theirs, text))
		return kerberos_refuse(leg, step, answer->major, answer->minor);
	return leg_refuse(leg, step, REASON_KERBEROS_SKEW, "%s", text);
}

static SECURITY_STATUS take_ap_rep(struct kerberos_context *context, const char *step, struct leg *leg)
{
	CLEANUP(release) struct answer answer = { 0 };
	enum kerberos_token token = kerberos_token_of(leg->input);
	bool dce_style = leg->requested & FLAG_DCE_STYLE;

	if (leg->input.size == 0)
		return leg_refuse(leg, step, REASON_KERBEROS_NOT_MUTUAL,
				  "the server is content without an AP-REP");
	if (token != TOKEN_KRB_ERROR && token != (dce_style ? TOKEN_BARE_AP_REP : TOKEN_AP_REP))
		return leg_refuse(leg, step, REASON_BAD_TOKEN, "no AP-REP");
	run_gss(context, leg, NULL, &answer);
	if (GSS_ERROR(answer.major))
		return take_error(step, leg, &answer);
	if (answer.major & GSS_S_CONTINUE_NEEDED)
		return leg_refuse(leg, step, REASON_UNEXPECTED_MESSAGE, NULL);
	return go_on(context, step, leg, &answer);
}

static const struct kerberos_step_rule initiator_steps[STEP_COUNT] = {
	[STEP_AP_REQ] = { "AP-REQ", send_ap_req },
	[STEP_AP_REP] = { "AP-REP", take_ap_rep },
	[STEP_DONE] = { .name = "done" },
	[STEP_REFUSED] = { .name = "refused" },
};

SECURITY_STATUS kerberos_initiate(struct package_context *base, struct leg *leg)
{
	return kerberos_run_step((struct kerberos_context *)base, initiator_steps, leg);
}
