#include "support/kerberos_realm.h"

#include "support/hex.h"
#include "support/pac.h"
#include "support/scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* Exported by libkrb5, which has no header for them. */
krb5_error_code krb5_encrypt_tkt_part(krb5_context context, const krb5_keyblock *key, krb5_ticket *ticket);
krb5_error_code encode_krb5_ticket(const krb5_ticket *ticket, krb5_data **encoded);

static const krb5_enctype encryptions[] = {
	ENCTYPE_AES256_CTS_HMAC_SHA1_96,
	ENCTYPE_AES128_CTS_HMAC_SHA1_96,
	ENCTYPE_AES256_CTS_HMAC_SHA384_192,
	ENCTYPE_AES128_CTS_HMAC_SHA256_128,
};

static void check(krb5_context context, krb5_error_code code)
{
	if (code)
		fail_msg("%s", krb5_get_error_message(context, code));
}

void kerberos_realm_start(const char *lines)
{
	static const char form[] = "[libdefaults]\n"
				   " default_realm = " KERBEROS_REALM "\n"
				   " dns_lookup_kdc = false\n"
				   " dns_lookup_realm = false\n"
				   " dns_canonicalize_hostname = false\n"
				   " rdns = false\n"
				   "[realms]\n"
				   " " KERBEROS_REALM " = {\n"
				   "%s"
				   " }\n"
				   "[domain_realm]\n"
				   " .example.test = " KERBEROS_REALM "\n";
	char text[2048];
	int size = snprintf(text, sizeof(text), form, lines);

	assert_in_range(size, 1, sizeof(text) - 1);
	assert_int_equal(setenv("KRB5_CONFIG", scratch_text("krb5.conf", text), 1), 0);
}

void kerberos_realm_permit(krb5_enctype encryption)
{
	enum { NAME_SIZE = 64 };
	char name[NAME_SIZE], lines[256];

	check(NULL, krb5_enctype_to_name(encryption, false, name, sizeof(name)));
	(void)snprintf(lines, sizeof(lines),
		       " }\n[libdefaults]\n permitted_enctypes = %s\n[realms]\n NONE.TEST = {\n", name);
	kerberos_realm_start(lines);
}

/* The key of a service: the same in every run, and for each type of encryption another one. */
static void key_of(krb5_context context, const char *principal, krb5_enctype encryption, krb5_keyblock *key)
{
	krb5_data password = { .data = (char *)(uintptr_t)principal, .length = (unsigned)strlen(principal) };
	krb5_data salt = { .data = (char *)(uintptr_t) "salt", .length = 4 };

	check(context, krb5_c_string_to_key(context, encryption, &password, &salt, key));
}

static void add_keys(krb5_context context, krb5_keytab keytab, const char *principal)
{
	for (size_t i = 0; i < COUNT_OF(encryptions); i++) {
		krb5_keytab_entry entry = { .vno = KERBEROS_KEY_VERSION };

		check(context, krb5_parse_name(context, principal, &entry.principal));
		key_of(context, principal, encryptions[i], &entry.key);
		check(context, krb5_kt_add_entry(context, keytab, &entry));
		(void)krb5_free_keytab_entry_contents(context, &entry);
	}
}

const char *kerberos_keytab_of(const char *name, const char *const *principals)
{
	const char *path = scratch_path(name);
	krb5_context context;
	krb5_keytab keytab;

	(void)remove(path);
	check(NULL, krb5_init_context(&context));
	check(context, krb5_kt_resolve(context, path, &keytab));
	for (; *principals; principals++)
		add_keys(context, keytab, *principals);
	(void)krb5_kt_close(context, keytab);
	krb5_free_context(context);
	return path;
}

const char *kerberos_keytab(void)
{
	static const char *const principals[] = {
		KERBEROS_TARGET "@" KERBEROS_REALM,       "HTTP/" KERBEROS_HOST "@" KERBEROS_REALM,
		"host/" KERBEROS_HOST "@" KERBEROS_REALM, "ldap/" KERBEROS_HOST "@" KERBEROS_REALM,
		"service-user@" KERBEROS_REALM,           NULL,
	};
	static const char *keytab;

	if (!keytab)
		keytab = kerberos_keytab_of("keytab", principals);
	return keytab;
}

/* --- Tickets */

struct kerberos_ticket kerberos_ticket(void)
{
	return (struct kerberos_ticket) {
		.client = "alice@" KERBEROS_REALM,
		.service = KERBEROS_TARGET "@" KERBEROS_REALM,
		.encryption = ENCTYPE_AES256_CTS_HMAC_SHA1_96,
		.session_encryption = ENCTYPE_AES256_CTS_HMAC_SHA1_96,
		.key_version = KERBEROS_KEY_VERSION,
		.start = -60,
		.end = 3600,
	};
}

static void add_part(krb5_context context, krb5_pac pac, uint32_t type, struct slice bytes)
{
	krb5_data data = { .data = (char *)(uintptr_t)bytes.data, .length = (unsigned)bytes.size };

	if (bytes.size)
		check(context, krb5_pac_add_buffer(context, pac, type, &data));
}

/* The KDC's own signature is nothing that a service can check: any key will do. */
static krb5_data sign_pac(krb5_context context, const struct kerberos_pac *made, krb5_timestamp authtime,
			  krb5_const_principal client, const krb5_keyblock *key)
{
	krb5_principal named = NULL;
	krb5_keyblock other;
	krb5_data bytes;
	krb5_pac pac;

	if (made->client)
		check(context, krb5_parse_name(context, made->client, &named));
	key_of(context, "another key", key->enctype, &other);
	check(context, krb5_pac_init(context, &pac));
	add_part(context, pac, PAC_TYPE_LOGON, made->logon_info);
	add_part(context, pac, PAC_TYPE_UPN_DNS, made->upn_dns_info);
	add_part(context, pac, PAC_TYPE_REQUESTOR, made->requestor);
	check(context, krb5_pac_sign(context, pac, authtime, named ? named : client,
				     made->forged ? &other : key, &other, &bytes));
	krb5_pac_free(context, pac);
	krb5_free_principal(context, named);
	krb5_free_keyblock_contents(context, &other);
	return bytes;
}

/* AD-IF-RELEVANT around AD-WIN2K-PAC (RFC 4120 5.2.6.1, MS-PAC 2.1). */
static krb5_authdata **wrap_pac(krb5_context context, krb5_data *pac)
{
	krb5_authdata element = { .ad_type = KRB5_AUTHDATA_WIN2K_PAC,
				  .contents = (krb5_octet *)pac->data,
				  .length = pac->length };
	krb5_authdata *list[] = { &element, NULL }, **container;

	check(context, krb5_encode_authdata_container(context, KRB5_AUTHDATA_IF_RELEVANT, list, &container));
	krb5_free_data_contents(context, pac);
	return container;
}

static void seal_ticket(krb5_context context, const struct kerberos_ticket *made, krb5_creds *creds,
			krb5_timestamp now)
{
	krb5_enc_tkt_part part = {
		.flags = TKT_FLG_INITIAL | TKT_FLG_PRE_AUTH,
		.session = &creds->keyblock,
		.client = creds->client,
		.transited = { .tr_type = KRB5_DOMAIN_X500_COMPRESS },
		.times = { now + made->start, now + made->start, now + made->end, 0 },
	};
	krb5_ticket ticket = { .server = creds->server, .enc_part2 = &part };
	krb5_keyblock key;
	krb5_data *encoded;

	key_of(context,
	       made->other_key ? "another key"
	       : made->key_of  ? made->key_of
			       : made->service,
	       made->encryption, &key);
	if (made->pac) {
		krb5_data pac = sign_pac(context, made->pac, part.times.authtime, part.client, &key);

		part.authorization_data = wrap_pac(context, &pac);
	}
	check(context, krb5_encrypt_tkt_part(context, &key, &ticket));
	ticket.enc_part.kvno = made->key_version;
	check(context, encode_krb5_ticket(&ticket, &encoded));
	creds->ticket = *encoded;
	free(encoded);
	free(ticket.enc_part.ciphertext.data);
	krb5_free_authdata(context, part.authorization_data);
	krb5_free_keyblock_contents(context, &key);
}

const char *kerberos_cache(const struct kerberos_ticket *made)
{
	enum { NAME_SIZE = 512, DAY = 24 * 60 * 60 };
	static unsigned count;
	char *name = keep_bytes(NAME_SIZE), file[32];
	krb5_timestamp now = (krb5_timestamp)time(NULL);
	krb5_context context;
	krb5_ccache cache;
	krb5_creds creds = { .times = { now - DAY, now - DAY, now + DAY, 0 } };

	(void)snprintf(file, sizeof(file), "tickets-%u", count++);
	(void)snprintf(name, NAME_SIZE, "FILE:%s", scratch_path(file));
	check(NULL, krb5_init_context(&context));
	if (made->clock)
		check(context, krb5_set_real_time(context, now + made->clock, 0));
	check(context, krb5_parse_name(context, made->client, &creds.client));
	check(context, krb5_parse_name(context, made->service, &creds.server));
	check(context, krb5_c_make_random_key(context, made->session_encryption, &creds.keyblock));
	seal_ticket(context, made, &creds, now);
	check(context, krb5_cc_resolve(context, name, &cache));
	check(context, krb5_cc_initialize(context, cache, creds.client));
	check(context, krb5_cc_store_cred(context, cache, &creds));
	(void)krb5_cc_close(context, cache);
	krb5_free_cred_contents(context, &creds);
	krb5_free_context(context);
	return name;
}
