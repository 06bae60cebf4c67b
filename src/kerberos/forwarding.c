#include "kerberos/forwarding.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/trace.h"
#include "kerberos/failure.h"
#include "kerberos/kdc_hook.h"
#include "kerberos/library.h"
#include "package/kdc_place.h"

#include <errno.h>
#include <gssapi/gssapi_krb5.h>

#define STEP "forwarding"

/* --- The client */

/* What MIT's GSSAPI will send for, sent for and thrown away. */
static krb5_error_code fetch(krb5_context krb5, krb5_auth_context auth, krb5_ccache tickets,
			     const krb5_creds *service)
{
	krb5_data message = { 0 };
	krb5_error_code code = krb5_auth_con_setflags(krb5, auth, 0);

	if (!code)
		code = krb5_fwd_tgt_creds(krb5, auth, NULL, service->client, service->server, tickets, 1,
					  &message);
	if (message.data)
		memory_wipe(message.data, message.length);
	krb5_free_data_contents(krb5, &message);
	return code;
}

bool forwarding_allowed(struct kerberos_context *context, const krb5_creds *service,
			struct kdc_search *search)
{
	struct kdc_hook hook = { .krb5 = context->krb5, .search = search };
	krb5_auth_context auth = NULL;
	krb5_error_code code;

	if (!(service->ticket_flags & TKT_FLG_OK_AS_DELEGATE)) {
		trace(STEP, REASON_KERBEROS_NOT_FORWARDED,
		      "the KDC does not mark the service ok-as-delegate");
		return false;
	}
	if (search->proxy && search->proxy->only) {
		trace(STEP, REASON_KERBEROS_NOT_FORWARDED,
		      "MIT would ask a KDC itself, without the proxy that alone is to be asked");
		return false;
	}
	code = krb5_auth_con_init(context->krb5, &auth);
	kdc_hook_begin(&hook);
	if (!code)
		code = fetch(context->krb5, auth, context->tickets, service);
	if (auth)
		(void)krb5_auth_con_free(context->krb5, auth);
	return kdc_hook_end(&hook, STEP, code) == REASON_OK;
}

/* --- The server */

/* A client could send the tickets of somebody else, which it has got hold of. */
static bool are_of(gss_cred_id_t tickets, gss_name_t client)
{
	CLEANUP(library_release_name) gss_name_t owner = GSS_C_NO_NAME;
	OM_uint32 minor;
	int same = 0;

	return !GSS_ERROR(gss_inquire_cred(&minor, tickets, &owner, NULL, NULL, NULL)) &&
	       !GSS_ERROR(gss_compare_name(&minor, owner, client, &same)) && same;
}

void forwarding_take(OM_uint32 *flags, gss_name_t client, gss_cred_id_t *tickets)
{
	OM_uint32 minor;

	if (*flags & GSS_C_DELEG_FLAG) {
		if (*tickets != GSS_C_NO_CREDENTIAL && are_of(*tickets, client))
			return;
		trace(STEP, REASON_KERBEROS_NOT_FORWARDED,
		      "the client forwarded tickets that are not its own");
	}
	(void)gss_release_cred(&minor, tickets);
	*flags &= ~(OM_uint32)GSS_C_DELEG_FLAG;
}

enum reason forwarding_expiry(const struct kerberos_context *context, int64_t *expiry)
{
	OM_uint32 minor, lifetime;
	int64_t now = clock_now();

	if (now < 0)
		return REASON_NO_CLOCK;
	if (GSS_ERROR(gss_inquire_cred(&minor, context->forwarded, NULL, &lifetime, NULL, NULL)))
		return REASON_CRYPTO_FAILED;
	*expiry = lifetime == GSS_C_INDEFINITE ? 0 : now + lifetime * CLOCK_TICKS_PER_SECOND;
	return REASON_OK;
}

static krb5_error_code copy_tickets(const struct kerberos_context *context,
				    const struct kerberos_credential *credential, krb5_principal client)
{
	OM_uint32 minor;
	krb5_error_code code = krb5_cc_initialize(credential->krb5, credential->memory, client);

	if (!code && GSS_ERROR(gss_krb5_copy_ccache(&minor, context->forwarded, credential->memory)))
		code = (krb5_error_code)minor;
	return code;
}

static krb5_error_code keep_name(struct kerberos_credential *credential)
{
	char *name;
	krb5_error_code code = krb5_cc_get_full_name(credential->krb5, credential->memory, &name);

	if (code)
		return code;
	credential->has_cache = secret_copy(&credential->cache, slice_of(name, strlen(name) + 1));
	krb5_free_string(credential->krb5, name);
	return credential->has_cache ? 0 : ENOMEM;
}

enum reason forwarding_copy(const struct kerberos_context *context, struct kerberos_credential *credential)
{
	krb5_error_code code = krb5_init_context(&credential->krb5);
	CLEANUP(library_free_principal) struct library_principal client = { credential->krb5, NULL };
	enum reason reason;

	if (!code)
		code = krb5_parse_name(credential->krb5, (const char *)context->client.data, &client.value);
	if (!code)
		code = krb5_cc_new_unique(credential->krb5, "MEMORY", NULL, &credential->memory);
	if (!code)
		code = copy_tickets(context, credential, client.value);
	if (!code)
		code = keep_name(credential);
	reason = kerberos_reason(code);
	if (code)
		kerberos_trace(STEP, reason, credential->krb5, code);
	return reason;
}

void forwarding_destroy(struct kerberos_credential *credential)
{
	if (credential->memory)
		(void)krb5_cc_destroy(credential->krb5, credential->memory);
	library_free_context(&credential->krb5);
}
