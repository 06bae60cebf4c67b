#include "kerberos/iakerb.h"

#include "asn1/der_reader.h"
#include "base/trace.h"
#include "kerberos/iakerb_token.h"
#include "kerberos/library.h"
#include "kerberos/service.h"
#include "kerberos/token.h"

#include <profile.h>

/* What one client may have of us. */
enum {
	RELAYS_MAX = 16, /* a logon takes three or four, each realm in between one more */
	TRANSCRIPT_MAX = 512 * 1024,
	REALM_MAX = 255,
};
enum { KEY_USAGE_FINISHED = 41 };           /* the draft, 4 */
enum { IAKERB_KDC_NO_RESPONSE = 86 };       /* KRB_AP_ERR_IAKERB_KDC_NO_RESPONSE, the draft, 3 */
enum { AS_REQUEST = 10, TGS_REQUEST = 12 }; /* RFC 4120 5.4.1 */

/* --- What is asked, and of whom */

/* A request for a ticket and nothing behind it. */
static bool is_request(struct slice message)
{
	struct byte_reader in = reader_of(message), body;
	uint8_t tag;

	return der_read_any(&in, &tag, &body) && reader_empty(&in) &&
	       (tag == DER_APPLICATION(AS_REQUEST) || tag == DER_APPLICATION(TGS_REQUEST));
}

static void free_names(char ***names)
{
	if (*names)
		profile_free_list(*names);
}

static void release_profile(profile_t *profile)
{
	if (*profile)
		profile_release(*profile);
}

/* The client chooses the realm: no stranger makes us ask hosts that nobody has named. */
static bool is_configured(krb5_context krb5, const char *realm)
{
	CLEANUP(release_profile) profile_t profile = NULL;
	CLEANUP(free_names) char **names = NULL;
	const char *section[] = { "realms", realm, NULL };

	return krb5_get_profile(krb5, &profile) == 0 &&
	       profile_get_relation_names(profile, section, &names) == 0 && names && names[0];
}

/* The draft, 3.1: a client may ask first which realm the server is of. */
static enum reason tell_realm(krb5_context krb5, struct byte_writer *realm)
{
	char *name;

	if (krb5_get_default_realm(krb5, &name))
		return REASON_KERBEROS_NO_KDC;
	writer_bytes(realm, slice_of(name, strlen(name)));
	krb5_free_default_realm(krb5, name);
	return writer_ok(realm) ? REASON_OK : REASON_OUT_OF_MEMORY;
}

/* --- The answer */

/* Writes it for the peer, and keeps both tokens for KRB-FINISHED. */
static enum reason answer(struct kerberos_context *context, struct leg *leg, const struct iakerb_proxy *proxy)
{
	struct byte_writer *transcript = &context->iakerb.transcript;
	LOCAL_WRITER(token);

	iakerb_proxy_write(&token, proxy);
	writer_bytes(transcript, leg->input);
	writer_bytes(transcript, writer_slice(&token));
	writer_bytes(leg->output, writer_slice(&token));
	return writer_ok(&token) && writer_ok(transcript) ? REASON_OK : REASON_OUT_OF_MEMORY;
}

/* The KRB-ERROR by which a client learns that its KDC did not answer us; best effort, as error tokens are. */
static void tell_no_answer(krb5_context krb5, const char *realm, struct leg *leg)
{
	CLEANUP(library_free_principal) struct library_principal server = { krb5, NULL };
	krb5_error error = { .error = IAKERB_KDC_NO_RESPONSE };
	krb5_data encoded = { 0 };

	if (!(leg->requested & FLAG_EXTENDED_ERROR) ||
	    krb5_build_principal(krb5, &server.value, (unsigned)strlen(realm), realm, KRB5_TGS_NAME, realm,
				 (char *)NULL) ||
	    krb5_timeofday(krb5, &error.stime))
		return;
	error.server = server.value;
	if (krb5_mk_error(krb5, &error, &encoded) == 0)
		iakerb_proxy_write(leg->output,
				   &(struct iakerb_proxy) { slice_of(realm, strlen(realm)),
							    slice_of(encoded.data, encoded.length) });
	krb5_free_data_contents(krb5, &encoded);
}

static enum reason ask(struct kerberos_context *context, krb5_context krb5, struct leg *leg,
		       const struct iakerb_proxy *proxy)
{
	LOCAL_WRITER(reply);
	LOCAL_WRITER(realm);
	const char *name;
	enum reason reason;

	if (!proxy->target_realm.size && !proxy->message.size) {
		reason = tell_realm(krb5, &realm);
		return reason == REASON_OK
			       ? answer(context, leg,
					&(struct iakerb_proxy) { .target_realm = writer_slice(&realm) })
			       : reason;
	}
	writer_bytes(&realm, proxy->target_realm);
	writer_u8(&realm, 0);
	if (!writer_ok(&realm))
		return REASON_OUT_OF_MEMORY;
	name = (const char *)realm.data;
	if (!is_configured(krb5, name)) {
		trace("IAKERB", REASON_KERBEROS_NO_KDC, "krb5.conf's [realms] do not have the realm %s",
		      name);
		return REASON_KERBEROS_NO_KDC;
	}
	reason = kdc_ask(krb5, name, proxy->message, &context->iakerb.search, &reply);
	if (reason == REASON_KERBEROS_NO_KDC)
		tell_no_answer(krb5, name, leg);
	if (reason != REASON_OK)
		return reason;
	trace("IAKERB", REASON_OK, "asked a KDC of %s for the client", name);
	return answer(context, leg, &(struct iakerb_proxy) { proxy->target_realm, writer_slice(&reply) });
}

static bool is_proper(const struct iakerb_proxy *proxy)
{
	struct slice realm = proxy->target_realm;

	if (!realm.size)
		return !proxy->message.size;
	return realm.size <= REALM_MAX && !memchr(realm.data, 0, realm.size) && is_request(proxy->message);
}

SECURITY_STATUS iakerb_relay(struct kerberos_context *context, const char *step, struct leg *leg)
{
	CLEANUP(library_free_context) krb5_context krb5 = NULL;
	struct iakerb_proxy proxy;
	enum reason reason;

	if (!iakerb_proxy_parse(leg->input, &proxy) || !is_proper(&proxy))
		return leg_refuse(
			leg, step, REASON_BAD_TOKEN,
			"no IAKERB-PROXY with a request for a ticket (MIT krb5 before 1.22 has others)");
	if (context->iakerb.relayed++ >= RELAYS_MAX)
		return leg_refuse(leg, step, REASON_UNEXPECTED_MESSAGE, "more than %d messages for a KDC",
				  RELAYS_MAX);
	if (context->iakerb.transcript.size > TRANSCRIPT_MAX)
		return leg_refuse(leg, step, REASON_TOKEN_TOO_BIG, NULL);
	/* A stranger has us wait so long in all, whatever it sends. */
	reason = kdc_search_begin(&context->iakerb.search);
	if (reason != REASON_OK)
		return leg_refuse(leg, step, reason, NULL);
	if (krb5_init_context(&krb5))
		return leg_refuse(leg, step, REASON_KERBEROS_NO_KDC, NULL);
	reason = ask(context, krb5, leg, &proxy);
	return reason == REASON_OK ? SEC_I_CONTINUE_NEEDED : leg_refuse(leg, step, reason, NULL);
}

/* --- KRB-FINISHED */

/* Only the client and whoever can open the ticket know the subkey. */
static bool is_over(krb5_context krb5, const struct iakerb_finished *finished, struct slice authenticator,
		    struct slice transcript)
{
	struct slice subkey;
	uint32_t type;
	krb5_keyblock key = { 0 };
	krb5_data data = { .data = (char *)(uintptr_t)transcript.data, .length = (unsigned)transcript.size };
	krb5_checksum checksum = {
		.checksum_type = (krb5_cksumtype)finished->checksum_type,
		.length = (unsigned)finished->checksum.size,
		.contents = (krb5_octet *)(uintptr_t)finished->checksum.data,
	};
	krb5_boolean valid = false;

	if (!kerberos_authenticator_subkey(authenticator, &type, &subkey))
		return false;
	key.enctype = (krb5_enctype)type;
	key.length = (unsigned)subkey.size;
	key.contents = (krb5_octet *)(uintptr_t)subkey.data;
	return krb5_c_is_keyed_cksum(checksum.checksum_type) &&
	       krb5_c_verify_checksum(krb5, &key, KEY_USAGE_FINISHED, &data, &checksum, &valid) == 0 && valid;
}

/* Whoever was relayed must say what, and whoever says it must have been relayed here. */
static bool is_right(krb5_context krb5, struct slice authenticator, struct slice transcript)
{
	struct iakerb_finished finished;
	struct slice gss;

	if (!kerberos_authenticator_checksum(authenticator, &gss) || !iakerb_finished_find(gss, &finished))
		return !transcript.size;
	return is_over(krb5, &finished, authenticator, transcript);
}

enum reason iakerb_check_finished(const struct secret *keytab, struct slice relayed, struct slice ap_req)
{
	CLEANUP(library_free_context) krb5_context krb5 = NULL;
	CLEANUP(secret_wipe) struct secret authenticator = { 0 };

	if (krb5_init_context(&krb5))
		return REASON_OUT_OF_MEMORY;
	return service_open_authenticator(keytab, krb5, ap_req, &authenticator) &&
			       is_right(krb5, secret_slice(&authenticator), relayed)
		       ? REASON_OK
		       : REASON_IAKERB_ALTERED;
}
