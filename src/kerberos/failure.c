#include "kerberos/failure.h"

#include "base/clock.h"
#include "base/trace.h"
#include "kerberos/context.h"
#include "kerberos/library.h"

#include <errno.h>
#include <stdio.h>

/* Numbers of the system come through as they are, and of all that MIT does here files alone have such errors. */
enum { ERRNO_MAX = 255 };

/* What can go wrong between a client and its KDC, and what a KDC or a server says in a KRB-ERROR (RFC 4120 7.5.9). */
enum reason kerberos_reason(krb5_error_code code)
{
	switch (code) {
	case 0:
		return REASON_OK;
	case ENOMEM:
		return REASON_OUT_OF_MEMORY;
	case KRB5KRB_AP_ERR_SKEW:
	case KRB5KRB_AP_ERR_TKT_NYV:
	case KRB5_KDCREP_SKEW:
	case KRB5KDC_ERR_CANNOT_POSTDATE:
		return REASON_KERBEROS_SKEW;
	case KRB5KRB_AP_ERR_TKT_EXPIRED:
	case KRB5KDC_ERR_NEVER_VALID:
		return REASON_KERBEROS_TICKET_EXPIRED;
	case KRB5KRB_AP_ERR_NOT_US:
	case KRB5KRB_AP_ERR_NOKEY:
	case KRB5KRB_AP_WRONG_PRINC:
	case KRB5_KT_NOTFOUND:
		return REASON_KERBEROS_NO_KEY;
	case KRB5KRB_AP_ERR_BADKEYVER:
	case KRB5_KT_KVNONOTFOUND:
		return REASON_KERBEROS_KEY_VERSION;
	case KRB5KRB_AP_ERR_BAD_INTEGRITY:
	case KRB5KRB_AP_ERR_MODIFIED:
	case KRB5KRB_AP_ERR_INAPP_CKSUM:
	case KRB5KRB_AP_ERR_BADMATCH:
	case KRB5_BAD_MSIZE: /* ciphertext too short for anything */
		return REASON_KERBEROS_WRONG_KEY;
	case KRB5KRB_AP_ERR_REPEAT:
		return REASON_KERBEROS_REPLAY;
	case KRB5_RC_IO:
	case KRB5_RC_IO_IO:
	case KRB5_RC_IO_MALLOC:
	case KRB5_RC_IO_PERM:
	case KRB5_RC_IO_SPACE:
	case KRB5_RC_IO_UNKNOWN:
	case KRB5_RC_PARSE:
	case KRB5_RC_TYPE_NOTFOUND:
	case KRB5_RC_UNKNOWN:
		return REASON_KERBEROS_FILES;
	case KRB5KDC_ERR_ETYPE_NOSUPP:
	case KRB5_BAD_ENCTYPE:
	case KRB5_NOPERM_ETYPE:
	case KRB5_PROG_ETYPE_NOSUPP:
		return REASON_KERBEROS_ENCRYPTION;
	case KRB5_MUTUAL_FAILED:
		return REASON_KERBEROS_NOT_MUTUAL;
	case KRB5KDC_ERR_BADOPTION: /* of what is asked here: a forwarded ticket, and S4U */
	case KRB5_TKT_NOT_FORWARDABLE:
		return REASON_KERBEROS_DELEGATION;
	case KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN:
	case KRB5KDC_ERR_MUST_USE_USER2USER:
		return REASON_KERBEROS_NO_SERVICE;
	case KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN:
		return REASON_UNKNOWN_USER;
	case KRB5KDC_ERR_PREAUTH_FAILED:
		return REASON_WRONG_PASSWORD;
	case KRB5KDC_ERR_CLIENT_REVOKED:
		return REASON_ACCOUNT_DISABLED;
	case KRB5KDC_ERR_NAME_EXP:
		return REASON_ACCOUNT_EXPIRED;
	case KRB5KDC_ERR_KEY_EXP:
		return REASON_PASSWORD_EXPIRED;
	case KRB5_KDC_UNREACH:
	case KRB5_REALM_UNKNOWN:
	case KRB5_REALM_CANT_RESOLVE:
	case KRB5_CONFIG_NODEFREALM:
	case KRB5_ERR_HOST_REALM_UNKNOWN:
		return REASON_KERBEROS_NO_KDC;
	case KRB5_CC_NOTFOUND:
	case KRB5_CC_FORMAT:
	case KRB5_FCC_NOFILE:
	case KRB5_FCC_PERM:
		return REASON_KERBEROS_NO_TICKET;
	default:
		return code > 0 && code <= ERRNO_MAX ? REASON_KERBEROS_FILES : REASON_KERBEROS_REFUSED;
	}
}

enum reason kerberos_gss_reason(OM_uint32 major, OM_uint32 minor)
{
	switch (GSS_ROUTINE_ERROR(major)) {
	case GSS_S_BAD_BINDINGS:
		return REASON_BAD_BINDINGS;
	case GSS_S_DUPLICATE_TOKEN:
		return REASON_KERBEROS_REPLAY;
	case GSS_S_DEFECTIVE_TOKEN:
	case GSS_S_BAD_MECH:
		/* Also what a token that is well formed and does not open is called: the code behind it tells. */
		return kerberos_reason((krb5_error_code)minor) == REASON_KERBEROS_REFUSED || minor == 0
			       ? REASON_BAD_TOKEN
			       : kerberos_reason((krb5_error_code)minor);
	case GSS_S_BAD_MIC:
		return REASON_MESSAGE_ALTERED;
	case GSS_S_CREDENTIALS_EXPIRED:
		return REASON_KERBEROS_TICKET_EXPIRED;
	default:
		return minor ? kerberos_reason((krb5_error_code)minor) : REASON_KERBEROS_REFUSED;
	}
}

static void describe(OM_uint32 minor, gss_buffer_t text)
{
	OM_uint32 failed, more = 0;

	if (GSS_ERROR(gss_display_status(&failed, minor, GSS_C_MECH_CODE, kerberos_mechanism, &more, text)))
		*text = (gss_buffer_desc)GSS_C_EMPTY_BUFFER;
}

void kerberos_describe(OM_uint32 minor, struct byte_writer *text)
{
	CLEANUP(library_release_buffer) gss_buffer_desc words = GSS_C_EMPTY_BUFFER;

	if (trace_enabled())
		describe(minor, &words);
	writer_bytes(text, library_slice(&words));
}

SECURITY_STATUS kerberos_refuse(struct leg *leg, const char *step, OM_uint32 major, OM_uint32 minor)
{
	CLEANUP(library_release_buffer) gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
	enum reason reason = kerberos_gss_reason(major, minor);

	if (trace_enabled())
		describe(minor, &text);
	return leg_refuse(leg, step, reason, "%.*s", (int)text.length,
			  text.length ? (const char *)text.value : "");
}

void kerberos_trace_gss(const char *step, enum reason reason, OM_uint32 minor)
{
	CLEANUP(library_release_buffer) gss_buffer_desc text = GSS_C_EMPTY_BUFFER;

	if (!trace_enabled())
		return;
	describe(minor, &text);
	trace(step, reason, "%s: %.*s", reason_sentence(reason), (int)text.length,
	      text.length ? (const char *)text.value : "");
}

void kerberos_trace(const char *step, enum reason reason, krb5_context context, krb5_error_code code)
{
	const char *text;

	if (!trace_enabled())
		return;
	text = krb5_get_error_message(context, code);
	trace(step, reason, "%s: %s", reason_sentence(reason), text);
	krb5_free_error_message(context, text);
}

/* A ticket that has expired, or is not valid yet, tells of a clock only where that is further off than MIT bears. */
static bool is_about_clocks(krb5_error_code code, long long size)
{
	enum { CLOCKSKEW = 300 };
	enum reason reason = kerberos_reason(code);

	if (code == KRB5KRB_AP_ERR_SKEW || code == KRB5_KDCREP_SKEW)
		return true;
	return (reason == REASON_KERBEROS_SKEW || reason == REASON_KERBEROS_TICKET_EXPIRED) &&
	       size > CLOCKSKEW;
}

bool kerberos_clock_ahead_text(OM_uint32 code, const char *whose, int64_t ahead, char text[CLOCK_TEXT_SIZE])
{
	enum { MINUTE = 60 };
	long long size = ahead < 0 ? -ahead : ahead;
	bool minutes = size >= 2 * MINUTE;

	if (!is_about_clocks((krb5_error_code)code, size))
		return false;
	(void)snprintf(text, CLOCK_TEXT_SIZE, "the %s's clock is %lld %s %s ours", whose,
		       minutes ? (size + MINUTE / 2) / MINUTE : size, minutes ? "minutes" : "seconds",
		       ahead < 0 ? "behind" : "ahead of");
	return true;
}

bool kerberos_clock_text(OM_uint32 code, const char *whose, int64_t theirs, char text[CLOCK_TEXT_SIZE])
{
	int64_t now = clock_now(), ours = (now - CLOCK_UNIX_EPOCH) / CLOCK_TICKS_PER_SECOND;

	return now >= 0 && kerberos_clock_ahead_text(code, whose, theirs - ours, text);
}
