/* The server's side: RFC 4120 3.2, RFC 4121 4.1, and who that is. */
#include "base/trace.h"
#include "base/utf16.h"
#include "kerberos/bindings.h"
#include "kerberos/client_name.h"
#include "kerberos/context.h"
#include "kerberos/failure.h"
#include "kerberos/forwarding.h"
#include "kerberos/iakerb.h"
#include "kerberos/iakerb_token.h"
#include "kerberos/library.h"
#include "kerberos/pac.h"
#include "kerberos/service.h"
#include "kerberos/token.h"

#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>

enum { LOCAL_NAME_SIZE = 256 };

/* What MIT answered. */
struct acceptance {
	OM_uint32 major, minor, flags;
	gss_buffer_desc token;
	gss_cred_id_t forwarded;
};

static void release(struct acceptance *acceptance)
{
	OM_uint32 minor;

	(void)gss_release_cred(&minor, &acceptance->forwarded);
	library_release_buffer(&acceptance->token);
}

/* --- Names */

static enum reason parse_name(krb5_context context, gss_name_t name, gss_buffer_t text,
			      krb5_principal *principal)
{
	LOCAL_WRITER(terminated);
	OM_uint32 minor;
	krb5_error_code code;

	if (GSS_ERROR(gss_display_name(&minor, name, text, NULL)))
		return REASON_CRYPTO_FAILED;
	writer_bytes(&terminated, library_slice(text));
	writer_u8(&terminated, 0);
	if (!writer_ok(&terminated))
		return REASON_OUT_OF_MEMORY;
	code = krb5_parse_name(context, (const char *)terminated.data, principal);
	return code ? kerberos_reason(code) : REASON_OK;
}

static enum reason take_service(struct kerberos_context *context, krb5_context krb5)
{
	LOCAL_WRITER(name);
	enum reason reason =
		service_is_ours(context->credential, krb5, secret_slice(&context->ticket), &context->target);

	if (reason != REASON_OK && trace_enabled() && utf16_to_utf8(&name, secret_slice(&context->target)))
		trace("AP-REQ", reason, "the ticket is for %.*s", (int)name.size,
		      name.size ? (const char *)name.data : "");
	return reason;
}

static bool copy_local_name(struct secret *to, const char *name)
{
	LOCAL_WRITER(utf16);

	return utf16_from_utf8(&utf16, slice_of(name, strlen(name))) && secret_copy(to, writer_slice(&utf16));
}

/*
 * By krb5.conf's auth_to_local. A principal that is a user of this machine under its own name keeps its realm, which
 * `.` and the machine's names are aliases of; one that acts as another user is that user, of no domain.
 */
static enum reason name_account(struct kerberos_context *context, krb5_context krb5,
				krb5_const_principal principal)
{
	struct account *account = &context->account;
	char name[LOCAL_NAME_SIZE];
	bool is_local = krb5_aname_to_localname(krb5, principal, sizeof(name), name) == 0 && name[0];
	bool copied = is_local ? copy_local_name(&account->user, name)
			       : secret_copy(&account->user, secret_slice(&context->user));

	account->local = is_local;
	account->by_ticket = true;
	account->authority = "kerberos";
	if (copied && slice_equal(secret_slice(&account->user), secret_slice(&context->user)))
		copied = secret_copy(&account->domain, secret_slice(&context->domain));
	return copied ? REASON_OK : REASON_OUT_OF_MEMORY;
}

static bool copy_principal(struct kerberos_context *context, const gss_buffer_desc *text)
{
	LOCAL_WRITER(terminated);

	writer_bytes(&terminated, library_slice(text));
	writer_u8(&terminated, 0);
	return writer_ok(&terminated) && secret_copy(&context->client, writer_slice(&terminated));
}

static enum reason take_client(struct kerberos_context *context, krb5_context krb5, gss_name_t name)
{
	CLEANUP(library_release_buffer) gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
	CLEANUP(library_free_principal) struct library_principal client = { krb5, NULL };
	enum reason reason = parse_name(krb5, name, &text, &client.value);

	if (reason == REASON_OK && krb5_principal_compare(krb5, client.value, krb5_anonymous_principal()))
		reason = REASON_NTLM_ANONYMOUS;
	if (reason == REASON_OK && !copy_principal(context, &text))
		reason = REASON_OUT_OF_MEMORY;
	if (reason == REASON_OK)
		reason = client_name_split(krb5, client.value, &context->user, &context->domain);
	if (reason == REASON_OK)
		reason = name_account(context, krb5, client.value);
	if (reason == REASON_OK)
		reason = pac_take(name, secret_slice(&context->user), &context->account.directory);
	return reason;
}

/* S4U2Proxy wants a forwardable ticket of the client, and a server that can log on itself. */
static void keep_evidence(struct kerberos_context *context)
{
	OM_uint32 minor;
	krb5_flags flags;

	if (context->credential->initiate &&
	    !GSS_ERROR(gss_krb5_get_tkt_flags(&minor, context->gss, &flags)) && flags & TKT_FLG_FORWARDABLE)
		return;
	secret_wipe(&context->ticket);
}

static enum reason take_names(struct kerberos_context *context, struct acceptance *acceptance)
{
	CLEANUP(library_free_context) krb5_context krb5 = NULL;
	CLEANUP(library_release_name) gss_name_t client = GSS_C_NO_NAME;
	OM_uint32 minor;
	enum reason reason;

	if (GSS_ERROR(gss_inquire_context(&minor, context->gss, &client, NULL, NULL, NULL, NULL, NULL, NULL)))
		return REASON_CRYPTO_FAILED;
	if (krb5_init_context(&krb5))
		return REASON_OUT_OF_MEMORY;
	reason = take_service(context, krb5);
	if (reason == REASON_OK)
		reason = take_client(context, krb5, client);
	if (reason == REASON_OK)
		forwarding_take(context, client, &acceptance->forwarded);
	keep_evidence(context);
	return reason;
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

static void run_gss(struct kerberos_context *context, const struct leg *leg,
		    struct gss_channel_bindings_struct *bindings, struct acceptance *acceptance)
{
	gss_buffer_desc input = library_buffer(leg->input);

	acceptance->major =
		gss_accept_sec_context(&acceptance->minor, &context->gss, context->credential->keys, &input,
				       leg->bindings_form.size ? bindings : NULL, NULL, NULL,
				       &acceptance->token, &acceptance->flags, NULL, &acceptance->forwarded);
}

/* A KRB-ERROR, where the caller wants one for the peer. A ticket that expired by a wrong clock did not expire. */
static SECURITY_STATUS refuse_gss(const struct kerberos_context *context, const char *step, struct leg *leg,
				  const struct acceptance *acceptance)
{
	enum reason reason = kerberos_gss_reason(acceptance->major, acceptance->minor);
	char text[CLOCK_TEXT_SIZE];
	int64_t theirs;

	if (leg->requested & FLAG_EXTENDED_ERROR)
		writer_bytes(leg->output, library_slice(&acceptance->token));
	/* The authenticator is opened once more, where its time may tell what is wrong. */
	if ((reason == REASON_KERBEROS_SKEW || reason == REASON_KERBEROS_TICKET_EXPIRED) &&
	    service_client_time(context->credential, leg->input, &theirs) &&
	    kerberos_clock_text(acceptance->minor, "client", theirs, text))
		return leg_refuse(leg, step, REASON_KERBEROS_SKEW, "%s", text);
	return kerberos_refuse(leg, step, acceptance->major, acceptance->minor);
}

static void answer(const struct kerberos_context *context, struct leg *leg, const gss_buffer_desc *token)
{
	if (!context->iakerb.framed || !iakerb_frame(library_slice(token), leg->output))
		writer_bytes(leg->output, library_slice(token));
}

static SECURITY_STATUS finish(struct kerberos_context *context, const char *step, struct leg *leg,
			      struct acceptance *acceptance)
{
	SECURITY_STATUS status = kerberos_finish(context, step, leg, acceptance->flags);
	enum reason reason;

	if (status != SEC_E_OK)
		return status;
	reason = take_names(context, acceptance);
	if (reason != REASON_OK)
		return leg_refuse(leg, step, reason, NULL);
	answer(context, leg, &acceptance->token);
	return SEC_E_OK;
}

static SECURITY_STATUS accept_ap_req(struct kerberos_context *context, const char *step, struct leg *leg)
{
	CLEANUP(release) struct acceptance acceptance = { 0 };
	struct gss_channel_bindings_struct bindings = { 0 };
	enum kerberos_token wanted = leg->requested & FLAG_DCE_STYLE ? TOKEN_BARE_AP_REQ : TOKEN_AP_REQ;
	struct slice ticket;
	enum reason reason;

	if (kerberos_token_of(leg->input) != wanted || !kerberos_ticket_of(leg->input, &ticket))
		return leg_refuse(leg, step, REASON_BAD_TOKEN, "no AP-REQ%s",
				  wanted == TOKEN_AP_REQ ? "" : " without a frame, as DCE style has it");
	if (!secret_copy(&context->ticket, ticket))
		return leg_refuse(leg, step, REASON_OUT_OF_MEMORY, NULL);
	if (leg->bindings_form.size && !bindings_read(leg->bindings_form, &bindings))
		return leg_refuse(leg, step, REASON_BAD_BUFFERS, NULL);
	run_gss(context, leg, &bindings, &acceptance);
	if (GSS_ERROR(acceptance.major))
		return refuse_gss(context, step, leg, &acceptance);
	reason = check_bindings(leg, acceptance.flags);
	if (reason != REASON_OK)
		return leg_refuse(leg, step, reason, "the client's AP-REQ holds no channel bindings");
	reason = iakerb_check_finished(context, leg->input);
	writer_wipe(&context->iakerb.transcript);
	if (reason != REASON_OK)
		return leg_refuse(leg, step, reason, NULL);
	if (acceptance.major & GSS_S_CONTINUE_NEEDED) {
		writer_bytes(leg->output, library_slice(&acceptance.token));
		context->step = STEP_AP_REP;
		return SEC_I_CONTINUE_NEEDED;
	}
	return finish(context, step, leg, &acceptance);
}

/* A client that has its tickets yet to get, or that got them through us. */
static SECURITY_STATUS accept_first(struct kerberos_context *context, const char *step, struct leg *leg)
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
	CLEANUP(release) struct acceptance acceptance = { 0 };

	if (kerberos_token_of(leg->input) != TOKEN_BARE_AP_REP)
		return leg_refuse(leg, step, REASON_BAD_TOKEN, "no AP-REP");
	run_gss(context, leg, NULL, &acceptance);
	if (GSS_ERROR(acceptance.major))
		return refuse_gss(context, step, leg, &acceptance);
	if (acceptance.major & GSS_S_CONTINUE_NEEDED)
		return leg_refuse(leg, step, REASON_UNEXPECTED_MESSAGE, NULL);
	return finish(context, step, leg, &acceptance);
}

static const struct kerberos_step_rule acceptor_steps[STEP_COUNT] = {
	[STEP_AP_REQ] = { "AP-REQ", accept_first },
	[STEP_AP_REP] = { "AP-REP", accept_ap_rep },
	[STEP_DONE] = { .name = "done" },
	[STEP_REFUSED] = { .name = "refused" },
};

SECURITY_STATUS kerberos_accept(struct package_context *base, struct leg *leg)
{
	return kerberos_run_step((struct kerberos_context *)base, acceptor_steps, leg);
}
