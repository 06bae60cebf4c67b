#include "kerberos/service.h"

#include "base/byte_reader.h"
#include "base/memory.h"
#include "base/utf16.h"
#include "kerberos/library.h"
#include "kerberos/token.h"

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
static bool is_the_principal(struct slice wanted, struct slice name)
{
	bool has_realm = utf16_find(wanted, '@') < utf16_length(wanted);

	if (!has_realm)
		name = utf16_part(name, 0, utf16_find_last(name, '@'));
	return utf16_equal_folded(name, wanted);
}

/* Whether a comma list has the class. */
static bool is_listed(struct slice services, struct slice class)
{
	struct byte_reader in = reader_of(services);
	struct slice word;

	while (reader_until(&in, ',', &word))
		if (equal_folded(word, class))
			return true;
	return reader_until(&in, 0, &word) && equal_folded(word, class);
}

/* --- Whose key opens the ticket */

static bool equal_texts(const krb5_data *a, const krb5_data *b)
{
	return equal_folded(library_text(a), library_text(b));
}

static bool is_same_name(krb5_const_principal a, krb5_const_principal b)
{
	if (a->length != b->length || !equal_texts(&a->realm, &b->realm))
		return false;
	for (krb5_int32 i = 0; i < a->length; i++)
		if (!equal_texts(&a->data[i], &b->data[i]))
			return false;
	return true;
}

/* HOST stands for the services of its host that have no key of their own, as in a directory of Windows. */
static bool is_host_of(krb5_const_principal entry, krb5_const_principal service)
{
	return entry->length == SERVICE_COMPONENTS && service->length >= SERVICE_COMPONENTS &&
	       equal_texts(&entry->realm, &service->realm) &&
	       equal_folded(library_text(&entry->data[CLASS]), SLICE_LITERAL("host")) &&
	       equal_texts(&entry->data[HOST], &service->data[HOST]);
}

static bool opens(krb5_context context, const krb5_keyblock *key, const krb5_ticket *ticket,
		  struct span space)
{
	krb5_data plain = { .data = (char *)space.data, .length = (unsigned)space.size };
	bool opened;

	if (key->enctype != ticket->enc_part.enctype)
		return false;
	opened = krb5_c_decrypt(context, key, KRB5_KEYUSAGE_KDC_REP_TICKET, NULL, &ticket->enc_part,
				&plain) == 0;
	memory_wipe(space.data, space.size);
	return opened;
}

/* What a walk through the keytab has found: a key of a name that counts, and one of them that opens the ticket. */
struct found {
	bool has_key, opened;
};

/* Reads the keytab anew, as far as needed: it may have been changed. */
static krb5_error_code look(krb5_context context, krb5_keytab keytab, const krb5_ticket *ticket,
			    struct span space, bool (*counts)(krb5_const_principal, krb5_const_principal),
			    struct found *found)
{
	krb5_kt_cursor cursor;
	krb5_keytab_entry entry;
	krb5_error_code code = krb5_kt_start_seq_get(context, keytab, &cursor);

	if (code)
		return code;
	while (!found->opened && (code = krb5_kt_next_entry(context, keytab, &entry, &cursor)) == 0) {
		if (counts(entry.principal, ticket->server)) {
			found->has_key = true;
			found->opened = opens(context, &entry.key, ticket, space);
		}
		(void)krb5_free_keytab_entry_contents(context, &entry);
	}
	(void)krb5_kt_end_seq_get(context, keytab, &cursor);
	return code == KRB5_KT_END ? 0 : code;
}

static krb5_error_code open_keytab(const struct secret *name, krb5_context context, krb5_keytab *keytab)
{
	return name->size ? krb5_kt_resolve(context, (const char *)name->data, keytab)
			  : krb5_kt_default(context, keytab);
}

static enum reason check_key(const struct secret *name, krb5_context context, const krb5_ticket *ticket)
{
	CLEANUP(secret_wipe) struct secret space = { 0 };
	struct found found = { 0 };
	krb5_keytab keytab = NULL;
	krb5_error_code code;
	struct span plain;

	if (!secret_allocate(&space, ticket->enc_part.ciphertext.length))
		return REASON_OUT_OF_MEMORY;
	plain = (struct span) { space.data, space.size };
	code = open_keytab(name, context, &keytab);
	if (!code)
		code = look(context, keytab, ticket, plain, is_same_name, &found);
	if (!code && !found.has_key)
		code = look(context, keytab, ticket, plain, is_host_of, &found);
	if (keytab)
		(void)krb5_kt_close(context, keytab);
	if (code)
		return REASON_KERBEROS_FILES;
	return found.opened ? REASON_OK : REASON_KERBEROS_OTHER_SERVICE;
}

/* ---------- */

static bool is_named_ours(const struct kerberos_question *question, krb5_const_principal service,
			  struct slice name)
{
	if (question->principal.size)
		return is_the_principal(question->principal, name);
	if (!question->services.size)
		return true;
	return service->length >= SERVICE_COMPONENTS &&
	       is_listed(question->services, library_text(&service->data[CLASS]));
}

/* The one in the ticket: MIT's is that of the key, where it has tried all of them. */
static enum reason take_name(krb5_context context, krb5_const_principal service, struct secret *name)
{
	LOCAL_WRITER(utf16);
	char *text;
	bool is_text;

	if (krb5_unparse_name(context, service, &text))
		return REASON_OUT_OF_MEMORY;
	is_text = utf16_from_utf8(&utf16, slice_of(text, strlen(text)));
	krb5_free_unparsed_name(context, text);
	if (!writer_ok(&utf16) || (is_text && !secret_copy(name, writer_slice(&utf16))))
		return REASON_OUT_OF_MEMORY;
	return is_text ? REASON_OK : REASON_BAD_TOKEN;
}

enum reason service_is_ours(const struct secret *keytab, const struct kerberos_question *question,
			    krb5_context context, struct secret *name)
{
	krb5_data encoded = { .data = (char *)(uintptr_t)question->ticket.data,
			      .length = (unsigned)question->ticket.size };
	krb5_ticket *decoded;
	enum reason reason;

	if (krb5_decode_ticket(&encoded, &decoded))
		return REASON_BAD_TOKEN;
	reason = take_name(context, decoded->server, name);
	if (reason == REASON_OK && !is_named_ours(question, decoded->server, secret_slice(name)))
		reason = REASON_KERBEROS_OTHER_SERVICE;
	if (reason == REASON_OK)
		reason = check_key(keytab, context, decoded);
	krb5_free_ticket(context, decoded);
	return reason;
}

/* --- What the client sealed for the service */

static bool open_authenticator(krb5_context context, const krb5_keyblock *key, struct slice ap_req,
			       struct secret *authenticator)
{
	krb5_enc_data sealed = { 0 };
	krb5_data plain = { 0 };
	uint32_t encryption;
	struct slice cipher;

	if (!kerberos_authenticator_of(ap_req, &encryption, &cipher) ||
	    !secret_allocate(authenticator, cipher.size))
		return false;
	sealed.enctype = (krb5_enctype)encryption;
	sealed.ciphertext =
		(krb5_data) { .data = (char *)(uintptr_t)cipher.data, .length = (unsigned)cipher.size };
	plain = (krb5_data) { .data = (char *)authenticator->data, .length = (unsigned)authenticator->size };
	return krb5_c_decrypt(context, key, KRB5_KEYUSAGE_AP_REQ_AUTH, NULL, &sealed, &plain) == 0;
}

bool service_open_authenticator(const struct secret *name, krb5_context context, struct slice ap_req,
				struct secret *authenticator)
{
	krb5_keytab keytab = NULL;
	krb5_ticket *ticket = NULL;
	struct slice encoded;
	krb5_data der;
	bool opened;

	if (!kerberos_ticket_of(ap_req, &encoded))
		return false;
	der = (krb5_data) { .data = (char *)(uintptr_t)encoded.data, .length = (unsigned)encoded.size };
	opened = krb5_decode_ticket(&der, &ticket) == 0 && open_keytab(name, context, &keytab) == 0 &&
		 krb5_server_decrypt_ticket_keytab(context, keytab, ticket) == 0 && ticket->enc_part2 &&
		 open_authenticator(context, ticket->enc_part2->session, ap_req, authenticator);
	if (ticket)
		krb5_free_ticket(context, ticket);
	if (keytab)
		(void)krb5_kt_close(context, keytab);
	return opened;
}

bool service_client_time(const struct secret *keytab, struct slice ap_req, int64_t *seconds)
{
	CLEANUP(library_free_context) krb5_context context = NULL;
	CLEANUP(secret_wipe) struct secret authenticator = { 0 };

	return krb5_init_context(&context) == 0 &&
	       service_open_authenticator(keytab, context, ap_req, &authenticator) &&
	       kerberos_authenticator_time(secret_slice(&authenticator), seconds);
}
