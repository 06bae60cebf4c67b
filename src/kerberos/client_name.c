#include "kerberos/client_name.h"

#include "base/trace.h"
#include "base/utf16.h"
#include "kerberos/failure.h"
#include "kerberos/library.h"

#include <errno.h>

/* --- From an identity */

struct parts {
	struct slice user, domain;
};

static struct parts split(struct slice user, struct slice domain)
{
	size_t length = utf16_length(user), at = utf16_find_last(user, '@'),
	       backslash = utf16_find(user, '\\');

	if (domain.size)
		return (struct parts) { user, domain };
	if (backslash < length)
		return (struct parts) { utf16_part(user, backslash + 1, length),
					utf16_part(user, 0, backslash) };
	if (at < length)
		return (struct parts) { utf16_part(user, 0, at), utf16_part(user, at + 1, length) };
	return (struct parts) { user, domain };
}

/* What a principal's text writes with a backslash; no account has such letters. */
static bool needs_escape(struct slice text)
{
	size_t length = utf16_length(text);

	return utf16_find(text, '\\') < length || utf16_find(text, '@') < length ||
	       utf16_find(text, 0) < length;
}

enum reason client_name_of_identity(struct slice user, struct slice domain, struct secret *principal)
{
	static const uint8_t dot[] = { '.', 0 };
	struct parts parts = split(utf16_without_nuls(user), utf16_without_nuls(domain));
	LOCAL_WRITER(realm);
	LOCAL_WRITER(text);
	bool is_text;

	/* `.` is a machine, and accounts of machines are in no realm. */
	if (!parts.user.size || needs_escape(parts.user) || needs_escape(parts.domain) ||
	    slice_equal(parts.domain, slice_of(dot, sizeof(dot))))
		return REASON_NO_CREDENTIAL;
	utf16_write_upper(&realm, parts.domain);
	is_text = utf16_to_utf8(&text, parts.user);
	if (parts.domain.size) {
		writer_u8(&text, '@');
		is_text = is_text && utf16_to_utf8(&text, writer_slice(&realm));
	}
	writer_u8(&text, 0);
	if (!writer_ok(&realm) || !writer_ok(&text) ||
	    (is_text && !secret_copy(principal, writer_slice(&text))))
		return REASON_OUT_OF_MEMORY;
	return is_text ? REASON_OK : REASON_NO_CREDENTIAL;
}

/* --- From a principal */

static enum reason take_text(struct slice utf8, struct secret *to)
{
	LOCAL_WRITER(utf16);

	if (!utf16_from_utf8(&utf16, utf8))
		return writer_ok(&utf16) ? REASON_BAD_TOKEN : REASON_OUT_OF_MEMORY;
	if (needs_escape(writer_slice(&utf16)))
		return REASON_BAD_TOKEN;
	return secret_copy(to, writer_slice(&utf16)) ? REASON_OK : REASON_OUT_OF_MEMORY;
}

enum reason client_name_split(krb5_context context, krb5_const_principal principal, struct secret *user,
			      struct secret *domain)
{
	char *name;
	enum reason reason;

	if (krb5_unparse_name_flags(context, principal, KRB5_PRINCIPAL_UNPARSE_NO_REALM, &name))
		return REASON_OUT_OF_MEMORY;
	reason = take_text(slice_of(name, strlen(name)), user);
	krb5_free_unparsed_name(context, name);
	return reason == REASON_OK ? take_text(library_text(&principal->realm), domain) : reason;
}

enum reason client_name_of_cache(const char *cache, struct secret *user, struct secret *domain)
{
	CLEANUP(library_free_context) krb5_context context = NULL;
	CLEANUP(library_free_principal) struct library_principal principal = { 0 };
	krb5_ccache tickets = NULL;
	krb5_error_code code = krb5_init_context(&context);
	enum reason reason;

	if (!code)
		code = cache ? krb5_cc_resolve(context, cache, &tickets) : krb5_cc_default(context, &tickets);
	principal.context = context;
	if (!code)
		code = krb5_cc_get_principal(context, tickets, &principal.value);
	if (code)
		reason = code == ENOMEM ? REASON_OUT_OF_MEMORY : REASON_KERBEROS_NO_TICKET;
	else
		reason = client_name_split(context, principal.value, user, domain);
	if (reason == REASON_BAD_TOKEN)
		reason = REASON_KERBEROS_NO_TICKET;
	if (code)
		kerberos_trace("Kerberos credential", reason, context, code);
	if (tickets)
		(void)krb5_cc_close(context, tickets);
	return reason;
}
