#include "kerberos/s4u.h"

#include "base/trace.h"
#include "base/utf16.h"
#include "kerberos/client_name.h"
#include "kerberos/failure.h"
#include "kerberos/kdc_hook.h"
#include "kerberos/library.h"

#define STEP "S4U"

/* Exported by libkrb5 for its GSSAPI, which has it since 1.8; no header declares it. */
krb5_error_code KRB5_CALLCONV krb5_get_credentials_for_user(krb5_context context, krb5_flags options,
							    krb5_ccache cache, krb5_creds *wanted,
							    krb5_data *certificate, krb5_creds **got);

/* --- Credentials */

static enum reason take_names(struct kerberos_credential *credential)
{
	CLEANUP(library_free_context) krb5_context krb5 = NULL;
	CLEANUP(library_free_principal) struct library_principal user = { 0 };

	if (krb5_init_context(&krb5))
		return REASON_OUT_OF_MEMORY;
	user.context = krb5;
	if (krb5_parse_name(krb5, (const char *)credential->on_behalf_of.data, &user.value))
		return REASON_NO_CREDENTIAL;
	return client_name_split(krb5, user.value, &credential->user, &credential->domain);
}

enum reason s4u_name(struct kerberos_credential *credential, const char *user)
{
	LOCAL_WRITER(utf16);
	enum reason reason;

	if (!utf16_from_utf8(&utf16, slice_of(user, strlen(user))))
		return writer_ok(&utf16) ? REASON_BAD_CREDENTIAL_DATA : REASON_OUT_OF_MEMORY;
	reason = client_name_of_identity(writer_slice(&utf16), slice_of(NULL, 0), &credential->on_behalf_of);
	if (reason == REASON_OK)
		reason = take_names(credential);
	return reason == REASON_OK || reason == REASON_OUT_OF_MEMORY ? reason : REASON_BAD_CREDENTIAL_DATA;
}

enum reason s4u_copy(const struct kerberos_context *context, struct kerberos_credential *credential)
{
	const struct kerberos_credential *own = context->credential;

	credential->has_cache = own->has_cache;
	return secret_copy(&credential->cache, secret_slice(&own->cache)) &&
			       secret_copy(&credential->client, secret_slice(&own->client)) &&
			       secret_copy(&credential->password, secret_slice(&own->password)) &&
			       secret_copy(&credential->keytab, secret_slice(&own->keytab)) &&
			       secret_copy(&credential->on_behalf_of, secret_slice(&context->client)) &&
			       secret_copy(&credential->evidence, secret_slice(&context->ticket))
		       ? REASON_OK
		       : REASON_OUT_OF_MEMORY;
}

/* --- Tickets */

/* What both exchanges have before them. */
struct exchange {
	krb5_context krb5;
	krb5_ccache tickets;
	krb5_principal own, user;
};

/* The name may be spelt in another case than the directory has it. */
static bool is_of_the_user(const struct exchange *exchange, const krb5_creds *ticket)
{
	return krb5_principal_compare_flags(exchange->krb5, ticket->client, exchange->user,
					    KRB5_PRINCIPAL_COMPARE_CASEFOLD);
}

static krb5_error_code ask_for_self(const struct exchange *exchange, krb5_creds **ticket)
{
	krb5_creds wanted = { .client = exchange->user, .server = exchange->own };

	return krb5_get_credentials_for_user(exchange->krb5, KRB5_GC_FORWARDABLE | KRB5_GC_NO_STORE,
					     exchange->tickets, &wanted, NULL, ticket);
}

static krb5_error_code ask_for_proxy(const struct exchange *exchange, struct slice evidence,
				     krb5_principal service, krb5_creds **ticket)
{
	krb5_creds wanted = { .client = exchange->own, .server = service };

	wanted.second_ticket =
		(krb5_data) { .data = (char *)(uintptr_t)evidence.data, .length = (unsigned)evidence.size };
	return krb5_get_credentials(exchange->krb5, KRB5_GC_CONSTRAINED_DELEGATION | KRB5_GC_NO_STORE,
				    exchange->tickets, &wanted, ticket);
}

static krb5_error_code ask(const struct exchange *exchange, struct slice evidence, krb5_principal service,
			   krb5_creds **ticket)
{
	krb5_creds *self = NULL;
	krb5_error_code code = 0;

	if (!evidence.size) {
		code = ask_for_self(exchange, &self);
		if (!code && !is_of_the_user(exchange, self))
			code = KRB5_KDCREP_MODIFIED;
		if (!code)
			evidence = library_text(&self->ticket);
	}
	if (!code && self && krb5_principal_compare(exchange->krb5, service, exchange->own)) {
		*ticket = self;
		return 0;
	}
	if (!code)
		code = ask_for_proxy(exchange, evidence, service, ticket);
	if (self)
		krb5_free_creds(exchange->krb5, self);
	return code;
}

/* Without a realm it is the service's own, whose KDC refers us to another. */
static krb5_error_code complete_realm(krb5_context krb5, krb5_const_principal own, krb5_principal service)
{
	LOCAL_WRITER(realm);

	if (service->realm.length)
		return 0;
	writer_bytes(&realm, library_text(&own->realm));
	writer_u8(&realm, 0);
	return writer_ok(&realm) ? krb5_set_principal_realm(krb5, service, (const char *)realm.data)
				 : KRB5_CC_NOMEM;
}

enum reason s4u_ticket(const struct kerberos_credential *credential, krb5_context krb5, krb5_ccache own,
		       krb5_principal service, struct kdc_search *search, krb5_creds **ticket)
{
	CLEANUP(library_free_principal) struct library_principal self = { krb5, NULL };
	CLEANUP(library_free_principal) struct library_principal user = { krb5, NULL };
	struct kdc_hook hook = { .krb5 = krb5, .search = search };
	struct exchange exchange;
	krb5_error_code code = krb5_cc_get_principal(krb5, own, &self.value);
	enum reason reason;

	if (!code)
		code = krb5_parse_name(krb5, (const char *)credential->on_behalf_of.data, &user.value);
	if (!code)
		code = complete_realm(krb5, self.value, service);
	exchange = (struct exchange) { krb5, own, self.value, user.value };
	kdc_hook_begin(&hook);
	if (!code)
		code = ask(&exchange, secret_slice(&credential->evidence), service, ticket);
	reason = kdc_hook_end(&hook, STEP, code);
	if (reason != REASON_OK || is_of_the_user(&exchange, *ticket))
		return reason;
	krb5_free_creds(krb5, *ticket);
	*ticket = NULL;
	trace(STEP, REASON_KERBEROS_REFUSED, "the KDC gave a ticket of somebody else");
	return REASON_KERBEROS_REFUSED;
}
