/* The client's side: RFC 4120 3.2, RFC 4121 4.1. */
#include "base/clock.h"
#include "base/trace.h"
#include "kerberos/bindings.h"
#include "kerberos/context.h"
#include "kerberos/failure.h"
#include "kerberos/library.h"
#include "kerberos/tickets.h"
#include "kerberos/token.h"

#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>

/* Asked of a server. Delegation is not built: MIT would ask the KDC for it by itself, without our deadline. */
#define ASKED_FLAGS \
	(FLAG_MUTUAL_AUTH | FLAG_REPLAY_DETECT | FLAG_SEQUENCE_DETECT | FLAG_CONFIDENTIALITY | \
	 FLAG_INTEGRITY | FLAG_DCE_STYLE | FLAG_IDENTIFY)

/* Confidentiality is nothing without integrity; DCE style is always mutual. */
static OM_uint32 asked(uint32_t requested)
{
	uint32_t flags = requested & ASKED_FLAGS;

	if (flags & (FLAG_CONFIDENTIALITY | FLAG_REPLAY_DETECT | FLAG_SEQUENCE_DETECT))
		flags |= FLAG_INTEGRITY;
	if (flags & FLAG_DCE_STYLE)
		flags |= FLAG_MUTUAL_AUTH;
	return kerberos_gss_flags(flags);
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

	answer->major = gss_init_sec_context(&answer->minor, context->ticket_credential, &context->gss,
					     context->service, kerberos_mechanism, asked(leg->requested), 0,
					     leg->bindings_form.size ? bindings : NULL, &input, NULL,
					     &answer->token, &answer->flags, NULL);
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

static SECURITY_STATUS send_ap_req(struct kerberos_context *context, const char *step, struct leg *leg)
{
	CLEANUP(release) struct answer answer = { 0 };
	struct gss_channel_bindings_struct bindings = { 0 };
	OM_uint32 minor;
	enum reason reason;

	if (leg->input.size)
		return leg_refuse(leg, step, REASON_UNEXPECTED_MESSAGE, "the client speaks first");
	if (leg->bindings_form.size && !bindings_read(leg->bindings_form, &bindings))
		return leg_refuse(leg, step, REASON_BAD_BUFFERS, NULL);
	reason = tickets_fetch(context, leg->target, leg->kdc_proxy);
	if (reason != REASON_OK)
		return leg_refuse(leg, step, reason, NULL);
	if (GSS_ERROR(ask_for_no_more(&context->ticket_credential, &minor)))
		return leg_refuse(leg, step, REASON_CRYPTO_FAILED, NULL);
	run_gss(context, leg, &bindings, &answer);
	if (GSS_ERROR(answer.major))
		return kerberos_refuse(leg, step, answer.major, answer.minor);
	context->step = STEP_AP_REP;
	return go_on(context, step, leg, &answer);
}

/* A KRB-ERROR, and of a wrong clock how wrong it is. */
static SECURITY_STATUS take_error(const char *step, struct leg *leg, const struct answer *answer)
{
	enum reason reason = kerberos_gss_reason(answer->major, answer->minor);
	int64_t theirs, now = clock_now();

	if (reason != REASON_KERBEROS_SKEW || now < 0 || !kerberos_error_time(leg->input, &theirs))
		return kerberos_refuse(leg, step, answer->major, answer->minor);
	theirs -= (now - CLOCK_UNIX_EPOCH) / CLOCK_TICKS_PER_SECOND;
	return leg_refuse(leg, step, reason, "the server's clock is %lld s %s ours",
			  (long long)(theirs < 0 ? -theirs : theirs), theirs < 0 ? "behind" : "ahead of");
}

static SECURITY_STATUS take_ap_rep(struct kerberos_context *context, const char *step, struct leg *leg)
{
	CLEANUP(release) struct answer answer = { 0 };
	enum kerberos_token token = kerberos_token_of(leg->input);
	bool dce_style = leg->requested & FLAG_DCE_STYLE;

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
