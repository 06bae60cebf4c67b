#include "kerberos/tickets.h"

#include "base/trace.h"
#include "base/utf16.h"
#include "kerberos/failure.h"
#include "kerberos/kdc.h"
#include "kerberos/library.h"

#include <errno.h>
#include <gssapi/gssapi_krb5.h>

#define STEP "tickets"

/* What is under way: MIT makes requests and reads answers, and we carry them. */
struct exchange {
	krb5_context krb5;
	struct kdc_search *search;
	void *state; /* of MIT */
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

static enum reason ask(const struct exchange *exchange, const krb5_data *request, const krb5_data *realm,
		       struct byte_writer *answer)
{
	LOCAL_WRITER(name);

	writer_bytes(&name, library_text(realm));
	writer_u8(&name, 0);
	writer_truncate(answer, 0);
	if (!writer_ok(&name) || !writer_ok(answer))
		return REASON_OUT_OF_MEMORY;
	return kdc_ask(exchange->krb5, (const char *)name.data, library_text(request), exchange->search,
		       answer);
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
		enum reason reason = code ? refuse(exchange->krb5, code) : REASON_OK;

		if (go_on)
			reason = ask(exchange, &out, &realm, &answer);
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
	krb5_keytab keytab; /* MIT reads it when it needs the key */
};

static void free_logon(struct logon *logon)
{
	if (logon->state)
		krb5_init_creds_free(logon->krb5, logon->state);
	if (logon->keytab)
		(void)krb5_kt_close(logon->krb5, logon->keytab);
}

static krb5_error_code begin_logon(const struct kerberos_credential *credential, struct logon *logon,
				   krb5_principal client)
{
	krb5_error_code code = krb5_init_creds_init(logon->krb5, client, NULL, NULL, 0, NULL, &logon->state);

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

/* A ticket-granting ticket in a cache of our own. */
static enum reason log_on(struct kerberos_context *context, struct kdc_search *search)
{
	krb5_context krb5 = context->krb5;
	const struct kerberos_credential *credential = context->credential;
	CLEANUP(library_free_principal) struct library_principal client = { krb5, NULL };
	CLEANUP(free_logon) struct logon logon = { .krb5 = krb5 };
	krb5_error_code code = krb5_parse_name(krb5, (const char *)credential->client.data, &client.value);
	enum reason reason;

	if (!code)
		code = krb5_cc_new_unique(krb5, "MEMORY", NULL, &context->tickets);
	context->own_tickets = !code;
	if (!code)
		code = begin_logon(credential, &logon, client.value);
	if (code)
		return refuse(krb5, code);
	reason = run(&(struct exchange) { krb5, search, logon.state, step_of_logon });
	if (reason != REASON_OK)
		/* A reply that does not open was made with another password. */
		return reason == REASON_KERBEROS_WRONG_KEY ? REASON_WRONG_PASSWORD : reason;
	code = keep_ticket(context, logon.state);
	return code ? refuse(krb5, code) : REASON_OK;
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
		return REASON_BAD_TARGET;
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
static enum reason take_service(struct kerberos_context *context, krb5_tkt_creds_context state)
{
	krb5_creds creds = { 0 };
	krb5_error_code code = krb5_tkt_creds_get_creds(context->krb5, state, &creds);
	enum reason reason = code ? refuse(context->krb5, code) : name_service(context, creds.server);

	krb5_free_cred_contents(context->krb5, &creds);
	return reason;
}

static enum reason get_service_ticket(struct kerberos_context *context, struct slice target,
				      struct kdc_search *search)
{
	krb5_context krb5 = context->krb5;
	CLEANUP(library_free_principal) struct library_principal client = { krb5, NULL };
	CLEANUP(library_free_principal) struct library_principal service = { krb5, NULL };
	CLEANUP(free_service_tickets) struct service_tickets tickets = { krb5, NULL };
	enum reason reason = read_target(context, target, &service.value);
	krb5_creds wanted = { 0 };
	krb5_error_code code;

	if (reason != REASON_OK)
		return reason;
	code = krb5_cc_get_principal(krb5, context->tickets, &client.value);
	wanted.client = client.value;
	wanted.server = service.value;
	if (!code)
		code = krb5_tkt_creds_init(krb5, context->tickets, &wanted, 0, &tickets.state);
	if (code)
		return refuse(krb5, code);
	reason = run(&(struct exchange) { krb5, search, tickets.state, step_of_service });
	return reason == REASON_OK ? take_service(context, tickets.state) : reason;
}

enum reason tickets_fetch(struct kerberos_context *context, struct slice target,
			  const struct kdc_proxy *proxy)
{
	struct kdc_search search = {
		.milliseconds = context->credential->kdc_milliseconds,
		.proxy = proxy,
		.packages = context->credential->packages,
	};
	krb5_error_code code = krb5_init_context(&context->krb5);
	OM_uint32 minor;
	enum reason reason;

	if (code) {
		reason = code == ENOMEM ? REASON_OUT_OF_MEMORY : REASON_KERBEROS_NO_KDC;
		kerberos_trace(STEP, reason, NULL, code); /* krb5.conf cannot be read */
		return reason;
	}
	reason = context->credential->has_cache ? open_cache(context) : log_on(context, &search);
	if (reason == REASON_OK)
		reason = get_service_ticket(context, target, &search);
	if (reason == REASON_OK && GSS_ERROR(gss_krb5_import_cred(&minor, context->tickets, NULL, NULL,
								  &context->ticket_credential))) {
		kerberos_trace_gss(STEP, REASON_KERBEROS_NO_TICKET, minor);
		return REASON_KERBEROS_NO_TICKET;
	}
	return reason;
}
