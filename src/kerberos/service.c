#include "kerberos/service.h"

#include "base/byte_reader.h"
#include "base/utf16.h"
#include "kerberos/failure.h"
#include "kerberos/library.h"

/* A principal that is a service has its class, the host, and seldom more behind that. */
enum { CLASS, HOST, SERVICE_COMPONENTS };

static char fold_ascii(char letter)
{
	return letter >= 'A' && letter <= 'Z' ? (char)(letter - 'A' + 'a') : letter;
}

/* Names of hosts and classes of services do not differ by case (as in a directory of Windows). */
static bool equal_folded(struct slice a, struct slice b)
{
	if (a.size != b.size)
		return false;
	for (size_t i = 0; i < a.size; i++)
		if (fold_ascii((char)a.data[i]) != fold_ascii((char)b.data[i]))
			return false;
	return true;
}

/* pszPrincipal, which may leave the realm out. */
static enum reason is_the_principal(const struct kerberos_credential *credential, struct slice name)
{
	LOCAL_WRITER(utf16);
	struct slice wanted = secret_slice(&credential->principal), whole;
	bool has_realm = utf16_find(wanted, '@') < utf16_length(wanted);

	if (!utf16_from_utf8(&utf16, name))
		return writer_ok(&utf16) ? REASON_KERBEROS_OTHER_SERVICE : REASON_OUT_OF_MEMORY;
	whole = writer_slice(&utf16);
	if (!has_realm)
		whole = utf16_part(whole, 0, utf16_find_last(whole, '@'));
	return utf16_equal_folded(whole, wanted) ? REASON_OK : REASON_KERBEROS_OTHER_SERVICE;
}

/* Whether a comma list has the class. */
static bool is_listed(const struct secret *services, struct slice class)
{
	struct byte_reader in = reader_of(secret_slice(services));
	struct slice word;

	while (reader_until(&in, ',', &word))
		if (equal_folded(word, class))
			return true;
	return reader_until(&in, 0, &word) && equal_folded(word, class);
}

static void close_keytab(krb5_context context, krb5_keytab keytab)
{
	if (keytab)
		(void)krb5_kt_close(context, keytab);
}

static bool is_on_host(krb5_context context, krb5_const_principal entry, krb5_const_principal service)
{
	return entry->length >= SERVICE_COMPONENTS &&
	       equal_folded(library_text(&entry->data[HOST]), library_text(&service->data[HOST])) &&
	       krb5_realm_compare(context, entry, service);
}

/* Reads the keytab anew: it may have been changed. */
static krb5_error_code find_host(krb5_context context, krb5_keytab keytab, krb5_const_principal service,
				 bool *found)
{
	krb5_kt_cursor cursor;
	krb5_keytab_entry entry;
	krb5_error_code code = krb5_kt_start_seq_get(context, keytab, &cursor);

	*found = false;
	if (code)
		return code;
	while (!*found && (code = krb5_kt_next_entry(context, keytab, &entry, &cursor)) == 0) {
		*found = is_on_host(context, entry.principal, service);
		(void)krb5_free_keytab_entry_contents(context, &entry);
	}
	(void)krb5_kt_end_seq_get(context, keytab, &cursor);
	return code == KRB5_KT_END ? 0 : code;
}

static enum reason is_on_our_host(const struct kerberos_credential *credential, krb5_context context,
				  krb5_const_principal service)
{
	krb5_keytab keytab = NULL;
	bool found = false;
	krb5_error_code code =
		credential->keytab.size
			? krb5_kt_resolve(context, (const char *)credential->keytab.data, &keytab)
			: krb5_kt_default(context, &keytab);

	if (!code)
		code = find_host(context, keytab, service, &found);
	close_keytab(context, keytab);
	if (code)
		return REASON_KERBEROS_KEYTAB;
	return found ? REASON_OK : REASON_KERBEROS_OTHER_SERVICE;
}

enum reason service_is_ours(const struct kerberos_credential *credential, krb5_context context,
			    krb5_const_principal service, struct slice name)
{
	if (credential->principal.size)
		return is_the_principal(credential, name);
	if (!credential->services.size)
		return REASON_OK; /* a key of the keytab has opened the ticket */
	if (service->length < SERVICE_COMPONENTS ||
	    !is_listed(&credential->services, library_text(&service->data[CLASS])))
		return REASON_KERBEROS_OTHER_SERVICE;
	return is_on_our_host(credential, context, service);
}
