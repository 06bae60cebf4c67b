/* The keytab's answer: RFC 4120 3.2, RFC 4121 4.1, and who that is. */
#include "kerberos/acceptance.h"

#include "base/memory.h"
#include "base/trace.h"
#include "base/utf16.h"
#include "kerberos/bindings.h"
#include "kerberos/client_name.h"
#include "kerberos/context.h"
#include "kerberos/failure.h"
#include "kerberos/forwarding.h"
#include "kerberos/iakerb.h"
#include "kerberos/library.h"
#include "kerberos/pac.h"
#include "kerberos/service.h"

#include <errno.h>
#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>

#define STEP "Kerberos credential"

enum { LOCAL_NAME_SIZE = 256 };

struct keytab_authority {
	struct authority base;
	gss_cred_id_t keys;   /* for all services of the keytab; used by several threads at once */
	struct secret keytab; /* its name, UTF-8 with a NUL; empty: the machine's */
};

void kerberos_answer_wipe(struct kerberos_answer *answer)
{
	OM_uint32 minor;

	(void)gss_delete_sec_context(&minor, &answer->security, GSS_C_NO_BUFFER);
	(void)gss_release_cred(&minor, &answer->forwarded);
	writer_wipe(&answer->token);
	writer_wipe(&answer->detail);
	secret_wipe(&answer->target);
	secret_wipe(&answer->user);
	secret_wipe(&answer->domain);
	secret_wipe(&answer->client);
	account_wipe(&answer->account);
	*answer = kerberos_answer_start();
}

/* --- Names */

static enum reason take_service(const struct keytab_authority *authority,
				const struct kerberos_question *question, krb5_context krb5,
				struct kerberos_answer *answer)
{
	LOCAL_WRITER(name);
	enum reason reason = service_is_ours(&authority->keytab, question, krb5, &answer->target);

	if (reason != REASON_OK && trace_enabled() && utf16_to_utf8(&name, secret_slice(&answer->target)))
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
static enum reason name_account(krb5_context krb5, krb5_const_principal principal,
				struct kerberos_answer *answer)
{
	struct account *account = &answer->account;
	char name[LOCAL_NAME_SIZE];
	bool is_local = krb5_aname_to_localname(krb5, principal, sizeof(name), name) == 0 && name[0];
	bool copied = is_local ? copy_local_name(&account->user, name)
			       : secret_copy(&account->user, secret_slice(&answer->user));

	account->local = is_local;
	account->by_ticket = true;
	account->authority = "kerberos";
	if (copied && slice_equal(secret_slice(&account->user), secret_slice(&answer->user)))
		copied = secret_copy(&account->domain, secret_slice(&answer->domain));
	return copied ? REASON_OK : REASON_OUT_OF_MEMORY;
}

static enum reason take_principal(gss_name_t name, struct secret *principal)
{
	CLEANUP(library_release_buffer) gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
	LOCAL_WRITER(terminated);
	OM_uint32 minor;

	if (GSS_ERROR(gss_display_name(&minor, name, &text, NULL)))
		return REASON_CRYPTO_FAILED;
	writer_bytes(&terminated, library_slice(&text));
	writer_u8(&terminated, 0);
	return writer_ok(&terminated) && secret_copy(principal, writer_slice(&terminated))
		       ? REASON_OK
		       : REASON_OUT_OF_MEMORY;
}

static enum reason take_client(krb5_context krb5, gss_name_t name, struct kerberos_answer *answer)
{
	CLEANUP(library_free_principal) struct library_principal client = { krb5, NULL };
	enum reason reason = take_principal(name, &answer->client);
	krb5_error_code code;

	if (reason != REASON_OK)
		return reason;
	code = krb5_parse_name(krb5, (const char *)answer->client.data, &client.value);
	if (code)
		return kerberos_reason(code);
	if (krb5_principal_compare(krb5, client.value, krb5_anonymous_principal()))
		reason = REASON_NTLM_ANONYMOUS;
	if (reason == REASON_OK)
		reason = client_name_split(krb5, client.value, &answer->user, &answer->domain);
	if (reason == REASON_OK)
		reason = name_account(krb5, client.value, answer);
	if (reason == REASON_OK)
		reason = pac_take(name, secret_slice(&answer->user), &answer->account.directory);
	return reason;
}

static bool is_forwardable(gss_ctx_id_t security)
{
	OM_uint32 minor;
	krb5_flags flags;

	return !GSS_ERROR(gss_krb5_get_tkt_flags(&minor, security, &flags)) && flags & TKT_FLG_FORWARDABLE;
}

static enum reason take_names(const struct keytab_authority *authority,
			      const struct kerberos_question *question, struct kerberos_answer *answer)
{
	CLEANUP(library_free_context) krb5_context krb5 = NULL;
	CLEANUP(library_release_name) gss_name_t client = GSS_C_NO_NAME;
	OM_uint32 minor;
	enum reason reason;

	if (GSS_ERROR(gss_inquire_context(&minor, answer->security, &client, NULL, NULL, NULL, NULL, NULL,
					  NULL)))
		return REASON_CRYPTO_FAILED;
	if (krb5_init_context(&krb5))
		return REASON_OUT_OF_MEMORY;
	reason = take_service(authority, question, krb5, answer);
	if (reason == REASON_OK)
		reason = take_client(krb5, client, answer);
	if (reason == REASON_OK)
		forwarding_take(&answer->flags, client, &answer->forwarded);
	answer->forwardable = is_forwardable(answer->security);
	return reason;
}

/* --- The answer */

/* What MIT said. */
struct said {
	OM_uint32 major, minor;
	gss_buffer_desc token;
};

static void release(struct said *said)
{
	library_release_buffer(&said->token);
}

/* A ticket that expired by a wrong clock did not expire. */
static enum reason refusal(const struct keytab_authority *authority, const struct kerberos_question *question,
			   const struct said *said, struct kerberos_answer *answer)
{
	enum reason reason = kerberos_gss_reason(said->major, said->minor);
	char text[CLOCK_TEXT_SIZE];
	int64_t theirs;

	writer_bytes(&answer->token, library_slice(&said->token));
	/* The authenticator is opened once more, where its time may tell what is wrong. */
	if ((reason == REASON_KERBEROS_SKEW || reason == REASON_KERBEROS_TICKET_EXPIRED) &&
	    service_client_time(&authority->keytab, question->token, &theirs) &&
	    kerberos_clock_text(said->minor, "client", theirs, text)) {
		writer_bytes(&answer->detail, slice_of(text, strlen(text)));
		return REASON_KERBEROS_SKEW;
	}
	kerberos_describe(said->minor, &answer->detail);
	return reason;
}

static enum reason judge(const struct keytab_authority *authority, const struct kerberos_question *question,
			 struct kerberos_answer *answer)
{
	CLEANUP(release) struct said said = { 0 };
	struct gss_channel_bindings_struct bindings = { 0 };
	gss_buffer_desc input = library_buffer(question->token);
	enum reason reason = REASON_OK;

	if (question->bindings.size && !bindings_read(question->bindings, &bindings))
		return REASON_BAD_BUFFERS;
	said.major = gss_accept_sec_context(&said.minor, &answer->security, authority->keys, &input,
					    question->bindings.size ? &bindings : NULL, NULL, NULL,
					    &said.token, &answer->flags, NULL, &answer->forwarded);
	if (GSS_ERROR(said.major))
		return refusal(authority, question, &said, answer);
	if (question->relays)
		reason = iakerb_check_finished(&authority->keytab, question->relayed, question->token);
	answer->unfinished = said.major & GSS_S_CONTINUE_NEEDED;
	if (reason == REASON_OK && !answer->unfinished)
		reason = take_names(authority, question, answer);
	if (reason == REASON_OK)
		writer_bytes(&answer->token, library_slice(&said.token));
	return reason == REASON_OK && !writer_ok(&answer->token) ? REASON_OUT_OF_MEMORY : reason;
}

static void ask_kerberos(struct authority *base, const struct kerberos_question *question,
			 struct kerberos_answer *answer)
{
	answer->verdict = judge((struct keytab_authority *)base, question, answer);
}

/* --- The keytab */

static void free_keytab_authority(struct authority *base)
{
	struct keytab_authority *authority = (struct keytab_authority *)base;
	OM_uint32 minor;

	(void)gss_release_cred(&minor, &authority->keys);
	secret_wipe(&authority->keytab);
	memory_free(authority);
}

/* Of a package's own: nobody asks it anything else. */
static const struct authority_class keytab_class = {
	.name = "kerberos",
	.ask_kerberos = ask_kerberos,
	.free = free_keytab_authority,
};

/* Its keys, whichever service they are for; service.c looks at the ticket's name. */
static OM_uint32 acquire_keys(struct keytab_authority *authority, const char *keytab,
			      const char *replay_cache, OM_uint32 *minor)
{
	gss_key_value_element_desc elements[2];
	gss_key_value_set_desc store = { 0, elements };
	gss_OID_set_desc mechanisms = { 1, kerberos_mechanism };

	if (keytab)
		elements[store.count++] = (gss_key_value_element_desc) { "keytab", keytab };
	if (replay_cache)
		elements[store.count++] = (gss_key_value_element_desc) { "rcache", replay_cache };
	return gss_acquire_cred_from(minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, &mechanisms, GSS_C_ACCEPT,
				     store.count ? &store : NULL, &authority->keys, NULL, NULL);
}

static enum reason fill(struct keytab_authority *authority, const char *keytab, const char *replay_cache)
{
	OM_uint32 minor = 0;

	if (keytab && !secret_copy(&authority->keytab, slice_of(keytab, strlen(keytab) + 1)))
		return REASON_OUT_OF_MEMORY;
	if (!GSS_ERROR(acquire_keys(authority, keytab, replay_cache, &minor)))
		return REASON_OK;
	if (minor == ENOMEM)
		return REASON_OUT_OF_MEMORY;
	kerberos_trace_gss(STEP, REASON_KERBEROS_KEYTAB, minor);
	return keytab ? REASON_KERBEROS_KEYTAB : REASON_NO_CREDENTIAL;
}

enum reason keytab_authority_new(const char *keytab, const char *replay_cache, struct authority **made)
{
	struct keytab_authority *authority = memory_allocate(sizeof(*authority));
	enum reason reason;

	if (!authority)
		return REASON_OUT_OF_MEMORY;
	*authority = (struct keytab_authority) { .base.class = &keytab_class, .keys = GSS_C_NO_CREDENTIAL };
	reason = fill(authority, keytab, replay_cache);
	if (reason == REASON_OK)
		*made = &authority->base;
	else
		authority_free(&authority->base);
	return reason;
}
