/* What a certificate says: names, the digest that stands for it, its key. */
#include "certificate/certificate.h"

#include "base/compiler.h"
#include "support/hex.h"
#include "support/test_ca.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

static X509 *issued(const struct test_ca_wish *wish)
{
	BIO *bio = BIO_new_file(test_ca_issue(wish), "r");
	X509 *x509 = PEM_read_bio_X509(bio, NULL, NULL, NULL);

	assert_non_null(x509);
	BIO_free(bio);
	return x509;
}

/* RFC 5929 4.1: SHA-256 where the signature's own digest is MD5 or SHA-1. */
static void the_end_point_has_no_weak_digest(void **state)
{
	static const char *const rows[][2] = {
		{ "SHA1", "SHA256" }, { "SHA256", "SHA256" }, { "SHA384", "SHA384" }, { "SHA512", "SHA512" }
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct test_ca_wish wish = { .name = "digest", .digest = rows[i][0] };
		X509 *x509 = issued(&wish);
		uint8_t expected[64], found[64];
		unsigned size;

		assert_int_equal(X509_digest(x509, EVP_get_digestbyname(rows[i][1]), expected, &size), 1);
		assert_bytes(slice_of(found, certificate_end_point(x509, found)), slice_of(expected, size));
		X509_free(x509);
	}
	assert_int_equal(certificate_end_point(NULL, (uint8_t[64]) { 0 }), 0);
}

static void a_certificate_is_for_its_hosts(void **state)
{
	const struct test_ca_wish wish = { .name = "host", .host = "*.web.test" };
	X509 *x509 = issued(&wish);

	(void)state;
	assert_true(certificate_is_for(x509, "www.web.test"));
	assert_true(certificate_is_for(x509, "WWW.web.TEST"));
	assert_false(certificate_is_for(x509, "web.test"));
	assert_false(certificate_is_for(x509, "a.b.web.test"));
	assert_false(
		certificate_is_for(x509, "host")); /* the commonName counts for nothing beside a dNSName */
	X509_free(x509);
}

static void names_are_read_in_their_order(void **state)
{
	const struct test_ca_wish wish = { .name = "J\xc3\xb6rg, the \"first\"" };
	X509 *x509 = X509_new();
	X509_NAME *name = X509_get_subject_name(x509);
	LOCAL_WRITER(text);

	(void)state;
	assert_int_equal(X509_NAME_add_entry_by_NID(name, NID_organizationName, MBSTRING_UTF8,
						    (const uint8_t *)"Example", -1, -1, 0),
			 1);
	assert_int_equal(X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
						    (const uint8_t *)wish.name, -1, -1, 0),
			 1);
	certificate_write_subject(x509, &text);
	assert_bytes(writer_slice(&text),
		     slice_of(u"O=Example, CN=\"J\u00f6rg, the \\\"first\\\"\"",
			      sizeof(u"O=Example, CN=\"J\u00f6rg, the \\\"first\\\"\"") - 2));
	X509_free(x509);
}

static void one_principal_name_is_one_and_two_are_none(void **state)
{
	static const struct test_ca_wish wishes[] = {
		{ .name = "one", .principal = "alice@corp.test" },
		{ .name = "two", .principal = "alice@corp.test", .another_principal = "alice@corp.test" },
		{ .name = "none", .host = "alice.corp.test" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(wishes); i++) {
		X509 *x509 = issued(&wishes[i]);
		LOCAL_WRITER(name);

		assert_int_equal(certificate_principal_name(x509, &name), i == 0);
		if (i == 0)
			assert_bytes(writer_slice(&name), SLICE_LITERAL("alice@corp.test"));
		X509_free(x509);
	}
}

static void keys_have_a_kind_and_a_size(void **state)
{
	for (int rsa = 0; rsa < 2; rsa++) {
		const struct test_ca_wish wish = { .name = "key", .rsa = rsa };
		X509 *x509 = issued(&wish);

		(void)state;
		assert_string_equal(certificate_key_name(x509), rsa ? "RSA" : "ECDSA");
		assert_int_equal(certificate_key_bits(x509), rsa ? 2048 : 256);
		X509_free(x509);
	}
	assert_string_equal(certificate_key_name(NULL), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_end_point_has_no_weak_digest),
		cmocka_unit_test(a_certificate_is_for_its_hosts),
		cmocka_unit_test(names_are_read_in_their_order),
		cmocka_unit_test(one_principal_name_is_one_and_two_are_none),
		cmocka_unit_test(keys_have_a_kind_and_a_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
