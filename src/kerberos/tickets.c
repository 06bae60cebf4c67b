#include "kerberos/tickets.h"

#include "base/trace.h"
#include "base/utf16.h"
#include "kerberos/failure.h"
#include "kerberos/forwarding.h"
#include "kerberos/kdc_error.h"
#include "kerberos/kdc_hook.h"
#include "kerberos/library.h"
#include "kerberos/s4u.h"
#include "kerberos/token.h"

#include <errno.h>
#include <gssapi/gssapi_krb5.h>

#define STEP "tickets"

/* What is under way: MIT makes requests and reads answers, and we carry them. */
struct exchange {
	krb5_context krb5;
	struct kdc_search *search;
	void *state; /* of MIT */
	uint32_t *ntstatus;
	krb5_error_code (*step)(krb5_context, void *, krb5_data *, krb5_data *, krb5_data *, unsigned *);
};

static krb5_error_code step_of_logon(krb5_context krb5, void *state, krb5_data *in, krb5_data *out,
				     krb5_data *realm, unsigned *flags)
{
	return krb5_init_creds_step(krb5, state, in, out, realm, flags);
}

static krb5_error_code step_of_service(krb5_context krb5, void *state, krb5_data *in, krb5_data *out,
				       krb5_data *realm, unsigned *flags)
{
	return krb5_tkt_creds_step(krb5, state, in, out, realm, flags);
}

/* One of both for either. */
_Static_assert(KRB5_INIT_CREDS_STEP_FLAG_CONTINUE == KRB5_TKT_CREDS_STEP_FLAG_CONTINUE, "one number");

static enum reason refuse(krb5_context krb5, krb5_error_code code)
{
	enum reason reason = kerberos_reason(code);

	kerberos_trace(STEP, reason, krb5, code);
	return reason;
}

/* The last answer has the cause in it; where that is about the account, it is the reason. */
static enum reason refuse_answer(const struct exchange *exchange, struct slice answer, krb5_error_code code)
{
	uint32_t ntstatus = kdc_error_ntstatus(answer);
	enum reason reason = kdc_error_reason(ntstatus);
	char text[CLOCK_TEXT_SIZE];
	int64_t theirs;

	*exchange->ntstatus = ntstatus;
	if (reason == REASON_OK && kerberos_error_time(answer, &theirs) &&
	    kerberos_clock_text((OM_uint32)code, "KDC", theirs, text)) {
		trace(STEP, REASON_KERBEROS_SKEW, "%s: %s", reason_sentence(REASON_KERBEROS_SKEW), text);
		return REASON_KERBEROS_SKEW;
	}
	if (reason == REASON_OK)
		return refuse(exchange->krb5, code);
	kerberos_trace(STEP, reason, exchange->krb5, code);
	return reason;
}

static enum reason run(const struct exchange *exchange)
{
	enum { TURNS_MAX = 64 }; /* referrals and rounds of pre-authentication */
	LOCAL_WRITER(answer);

	for (int turn = 0; turn < TURNS_MAX; turn++) {
		krb5_data in = { .data = (char *)answer.data, .length = (unsigned)answer.size };
		krb5_data out = { 0 }, realm = { 0 };
		unsigned flags = 0;
		krb5_error_code code =
			exchange->step(exchange->krb5, exchange->state, &in, &out, &realm, &flags);
		bool go_on = !code && flags & KRB5_INIT_CREDS_STEP_FLAG_CONTINUE;
		enum reason reason = code ? refuse_answer(exchange, writer_slice(&answer), code) : REASON_OK;

		if (go_on)
			reason = kdc_ask_realm(exchange->krb5, &realm, &out, exchange->search, &answer);
		krb5_free_data_contents(exchange->krb5, &out);
		krb5_free_data_contents(exchange->krb5, &realm);
		if (!go_on || reason != REASON_OK)
			return reason;
	}
	return REASON_KERBEROS_REFUSED;
}

/* --- A logon */

struct logon {
	krb5_context krb5;
	krb5_init_creds_context state;
	krb5_get_init_creds_opt *options;
	krb5_keytab keytab; /* MIT reads it when it needs the key */
};

static void free_logon(struct logon *logon)
{
	if (logon->state)
		krb5_init_creds_free(logon->krb5, logon->state);
	krb5_get_init_creds_opt_free(logon->krb5, logon->options);
	if (logon->keytab)
		(void)krb5_kt_close(logon->krb5, logon->keytab);
}

static krb5_error_code begin_logon(const struct kerberos_credential *credential, struct logon *logon,
				   krb5_principal client)
{
	krb5_error_code code = krb5_get_init_creds_opt_alloc(logon->krb5, &logon->options);

	/* The ticket is for the account's own name, which is another one. */
	if (!code && client->type == KRB5_NT_ENTERPRISE_PRINCIPAL)
		krb5_get_init_creds_opt_set_canonicalize(logon->options, 1);
	/* As Windows does: it costs nothing, and without it nothing can be delegated. */
	if (!code)
		krb5_get_init_creds_opt_set_forwardable(logon->options, 1);
	if (!code)
		code = krb5_init_creds_init(logon->krb5, client, NULL, NULL, 0, logon->options,
					    &logon->state);
	if (!code && credential->password.size)
		return krb5_init_creds_set_password(logon->krb5, logon->state,
						    (const char *)credential->password.data);
	if (!code)
		code = krb5_kt_resolve(logon->krb5, (const char *)credential->keytab.data, &logon->keytab);
	return code ? code : krb5_init_creds_set_keytab(logon->krb5, logon->state, logon->keytab);
}

static krb5_error_code keep_ticket(struct kerberos_context *context, krb5_init_creds_context state)
{
	krb5_creds creds = { 0 };
	krb5_error_code code = krb5_init_creds_get_creds(context->krb5, state, &creds);

	if (!code)
		code = krb5_cc_initialize(context->krb5, context->tickets, creds.client);
	if (!code)
		code = krb5_cc_store_cred(context->krb5, context->tickets, &creds);
	krb5_free_cred_contents(context->krb5, &creds);
	return code;
}

/* A ticket-granting ticket. */
static enum reason log_on_as(struct kerberos_context *context, krb5_principal client,
			     struct kdc_search *search)
{
	krb5_context krb5 = context->krb5;
	CLEANUP(free_logon) struct logon logon = { .krb5 = krb5 };
	krb5_error_code code = begin_logon(context->credential, &logon, client);
	enum reason reason;

	if (code)
		return refuse(krb5, code);
	reason = run(&(struct exchange) { krb5, search, logon.state, &context->kdc_ntstatus, step_of_logon });
	if (reason != REASON_OK)
		/* A reply that does not open was made with another password. */
		return reason == REASON_KERBEROS_WRONG_KEY ? REASON_WRONG_PASSWORD : reason;
	code = keep_ticket(context, logon.state);
	return code ? refuse(krb5, code) : REASON_OK;
}

/*
 * A domain that is no realm with a KDC may be the NetBIOS name of one, or the suffix of a UPN: our own realm is asked
 * whose name that is (RFC 6806 5). Where it is nobody's, the domain has no KDC, as before.
 */
static enum reason log_on(struct kerberos_context *context, struct kdc_search *search)
{
	krb5_context krb5 = context->krb5;
	const char *name = (const char *)context->credential->client.data;
	CLEANUP(library_free_principal) struct library_principal client = { krb5, NULL };
	CLEANUP(library_free_principal) struct library_principal enterprise = { krb5, NULL };
	krb5_error_code code = krb5_parse_name(krb5, name, &client.value);
	enum reason reason;

	if (!code)
		code = krb5_cc_new_unique(krb5, "MEMORY", NULL, &context->tickets);
	context->own_tickets = !code;
	if (code)
		return refuse(krb5, code);
	reason = log_on_as(context, client.value, search);
	if (reason != REASON_KERBEROS_NO_KDC || !context->credential->password.size ||
	    krb5_parse_name_flags(krb5, name, KRB5_PRINCIPAL_PARSE_ENTERPRISE, &enterprise.value) ||
	    krb5_realm_compare(krb5, client.value, enterprise.value))
		return reason;
	reason = log_on_as(context, enterprise.value, search);
	return reason == REASON_UNKNOWN_USER ? REASON_KERBEROS_NO_KDC : reason;
}

static enum reason open_cache(struct kerberos_context *context)
{
	const struct secret *name = &context->credential->cache;
	krb5_error_code code =
		name->size ? krb5_cc_resolve(context->krb5, (const char *)name->data, &context->tickets)
			   : krb5_cc_default(context->krb5, &context->tickets);

	return code ? refuse(context->krb5, code) : REASON_OK;
}

/* --- The service */

/* CLASS/HOST as the caller says it, letter by letter; no name service is asked. */
static enum reason read_target(struct kerberos_context *context, struct slice target, krb5_principal *service)
{
	LOCAL_WRITER(name);
	char **realms = NULL;
	const char *slash;
	krb5_error_code code = 0;
	bool has_realm = utf16_find(target, '@') < utf16_length(target);

	if (!utf16_to_utf8(&name, target))
		return writer_ok(&name) ? REASON_BAD_TARGET : REASON_OUT_OF_MEMORY;
	writer_u8(&name, 0);
	if (!writer_ok(&name))
		return REASON_OUT_OF_MEMORY;
	slash = strchr((const char *)name.data, '/');
	if (!slash || !slash[1] || slash == (const char *)name.data)
		return REASON_BAD_TARGET;
	code = krb5_parse_name_flags(context->krb5, (const char *)name.data,
				     has_realm ? KRB5_PRINCIPAL_PARSE_REQUIRE_REALM
					       : KRB5_PRINCIPAL_PARSE_NO_REALM |
							 KRB5_PRINCIPAL_PARSE_NO_DEF_REALM,
				     service);
	if (code)
		return code == ENOMEM ? REASON_OUT_OF_MEMORY : REASON_BAD_TARGET;
	if (has_realm)
		return REASON_OK;
	/* krb5.conf's domain_realm; where that says nothing the KDC is asked to refer us. */
	code = krb5_get_host_realm(context->krb5, slash + 1, &realms);
	if (!code)
		code = krb5_set_principal_realm(context->krb5, *service,
						realms && realms[0] ? realms[0] : "");
	if (realms)
		(void)krb5_free_host_realm(context->krb5, realms);
	return code ? refuse(context->krb5, code) : REASON_OK;
}

static enum reason name_service(struct kerberos_context *context, krb5_const_principal service)
{
	char *text;
	gss_buffer_desc buffer;
	OM_uint32 major, minor;

	if (krb5_unparse_name(context->krb5, service, &text))
		return REASON_OUT_OF_MEMORY;
	buffer = (gss_buffer_desc) { strlen(text), text };
	major = gss_import_name(&minor, &buffer, GSS_KRB5_NT_PRINCIPAL_NAME, &context->service);
	krb5_free_unparsed_name(context->krb5, text);
	return GSS_ERROR(major) ? REASON_OUT_OF_MEMORY : REASON_OK;
}

struct service_tickets {
	krb5_context krb5;
	krb5_tkt_creds_context state;
};

static void free_service_tickets(struct service_tickets *tickets)
{
	if (tickets->state)
		krb5_tkt_creds_free(tickets->krb5, tickets->state);
}

/* The ticket may be for another name than was asked for, where the KDC refers us to another realm. */
static enum reason take_service(struct kerberos_context *context, krb5_tkt_creds_context state, bool delegate,
				struct kdc_search *search)
{
	krb5_creds creds = { 0 };
	krb5_error_code code = krb5_tkt_creds_get_creds(context->krb5, state, &creds);
	enum reason reason = code ? refuse(context->krb5, code) : name_service(context, creds.server);

	if (reason == REASON_OK && delegate)
		context->forwards = forwarding_allowed(context, &creds, search);
	krb5_free_cred_contents(context->krb5, &creds);
	return reason;
}

static enum reason get_service_ticket(struct kerberos_context *context, krb5_principal service, bool delegate,
				      struct kdc_search *search)
{
	krb5_context krb5 = context->krb5;
	CLEANUP(library_free_principal) struct library_principal client = { krb5, NULL };
	CLEANUP(free_service_tickets) struct service_tickets tickets = { krb5, NULL };
	krb5_creds wanted = { .server = service };
	krb5_error_code code = krb5_cc_get_principal(krb5, context->tickets, &client.value);
	enum reason reason;

	wanted.client = client.value;
	if (!code)
		code = krb5_tkt_creds_init(krb5, context->tickets, &wanted, 0, &tickets.state);
	if (code)
		return refuse(krb5, code);
	reason = run(
		&(struct exchange) { krb5, search, tickets.state, &context->kdc_ntstatus, step_of_service });
	return reason == REASON_OK ? take_service(context, tickets.state, delegate, search) : reason;
}

/* In a cache of its own, in the place of the service's tickets: nothing else can be had with it. */
static krb5_error_code keep_alone(struct kerberos_context *context, krb5_creds *ticket)
{
	krb5_error_code code;

	tickets_close(context);
	code = krb5_cc_new_unique(context->krb5, "MEMORY", NULL, &context->tickets);
	context->own_tickets = !code;
	if (!code)
		code = krb5_cc_initialize(context->krb5, context->tickets, ticket->client);
	return code ? code : krb5_cc_store_cred(context->krb5, context->tickets, ticket);
}

static enum reason get_ticket_of_another(struct kerberos_context *context, krb5_principal service,
					 struct kdc_search *search)
{
	krb5_creds *ticket;
	enum reason reason =
		s4u_ticket(context->credential, context->krb5, context->tickets, service, search, &ticket);
	krb5_error_code code;

	if (reason != REASON_OK)
		return reason;
	code = keep_alone(context, ticket);
	reason = code ? refuse(context->krb5, code) : name_service(context, ticket->server);
	krb5_free_creds(context->krb5, ticket);
	return reason;
}

static enum reason get_ticket(struct kerberos_context *context, struct slice target, bool delegate,
			      struct kdc_search *search)
{
	CLEANUP(library_free_principal) struct library_principal service = { context->krb5, NULL };
	enum reason reason = read_target(context, target, &service.value);

	if (reason != REASON_OK)
		return reason;
	return context->credential->on_behalf_of.size
		       ? get_ticket_of_another(context, service.value, search)
		       : get_service_ticket(context, service.value, delegate, search);
}

void tickets_close(struct kerberos_context *context)
{
	if (context->tickets && context->own_tickets)
		(void)krb5_cc_destroy(context->krb5, context->tickets);
	else if (context->tickets)
		(void)krb5_cc_close(context->krb5, context->tickets);
	context->tickets = NULL;
}

enum reason tickets_fetch(struct kerberos_context *context, struct slice target, bool delegate,
			  const struct kdc_proxy *proxy)
{
	struct kdc_search search = {
		.milliseconds = context->credential->kdc_milliseconds,
		.proxy = proxy,
		.packages = context->credential->packages,
	};
	krb5_error_code code = krb5_init_context(&context->krb5);
	OM_uint32 major, minor;
	enum reason reason;

	if (code) {
		reason = code == ENOMEM ? REASON_OUT_OF_MEMORY : REASON_KERBEROS_NO_KDC;
		kerberos_trace(STEP, reason, NULL, code); /* krb5.conf cannot be read */
		return reason;
	}
	reason = context->credential->has_cache ? open_cache(context) : log_on(context, &search);
	if (reason == REASON_OK)
		reason = get_ticket(context, target, delegate, &search);
	if (reason != REASON_OK)
		return reason;
	major = gss_krb5_import_cred(&minor, context->tickets, NULL, NULL, &context->ticket_credential);
	if (!GSS_ERROR(major))
		return REASON_OK;
	reason = kerberos_reason((krb5_error_code)minor) == REASON_OUT_OF_MEMORY ? REASON_OUT_OF_MEMORY
										 : REASON_KERBEROS_NO_TICKET;
	kerberos_trace_gss(STEP, reason, minor);
	return reason;
}
