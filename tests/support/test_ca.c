#include "support/test_ca.h"

#include "support/hex.h"
#include "support/scratch.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509v3.h>

#include <stdio.h>

enum { DAY = 24 * 60 * 60 };

struct pair {
	X509 *x509;
	EVP_PKEY *key;
};

static void add_extension(X509 *x509, int nid, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	assert_non_null(extension);
	assert_int_equal(X509_add_ext(x509, extension, -1), 1);
	X509_EXTENSION_free(extension);
}

static void add_names(X509 *x509, const struct test_ca_wish *wish)
{
	const char *const principals[] = { wish->principal, wish->another_principal };
	char text[512];
	int size = snprintf(text, sizeof(text), "email:nobody@test.example");

	if (wish->host)
		size += snprintf(text + size, sizeof(text) - (size_t)size, ",DNS:%s", wish->host);
	for (int i = 0; i < 2; i++)
		if (principals[i])
			size += snprintf(text + size, sizeof(text) - (size_t)size,
					 ",otherName:1.3.6.1.4.1.311.20.2.3;UTF8:%s", principals[i]);
	add_extension(x509, NID_subject_alt_name, text);
}

static void set_dates(X509 *x509, int days)
{
	(void)X509_gmtime_adj(X509_getm_notBefore(x509), days < 0 ? (long)days * DAY : -DAY);
	(void)X509_gmtime_adj(X509_getm_notAfter(x509), days < 0 ? -DAY : (days ? (long)days : 365L) * DAY);
}

static EVP_PKEY *new_key(int rsa)
{
	EVP_PKEY *key = rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");

	assert_non_null(key);
	return key;
}

static X509 *new_certificate(const char *name, EVP_PKEY *key, long serial)
{
	X509 *x509 = X509_new();
	X509_NAME *subject = X509_get_subject_name(x509);

	assert_int_equal(X509_set_version(x509, X509_VERSION_3), 1);
	assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(x509), serial), 1);
	assert_int_equal(X509_NAME_add_entry_by_NID(subject, NID_organizationName, MBSTRING_ASC,
						    (const uint8_t *)"Example", -1, -1, 0),
			 1);
	assert_int_equal(X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_ASC,
						    (const uint8_t *)name, -1, -1, 0),
			 1);
	assert_int_equal(X509_set_pubkey(x509, key), 1);
	return x509;
}

/* Made once in a program. */
static const struct pair *authority(void)
{
	static struct pair made;

	if (made.x509)
		return &made;
	made.key = new_key(0);
	made.x509 = new_certificate("Test CA", made.key, 1);
	set_dates(made.x509, 0);
	assert_int_equal(X509_set_issuer_name(made.x509, X509_get_subject_name(made.x509)), 1);
	add_extension(made.x509, NID_basic_constraints, "critical,CA:TRUE");
	add_extension(made.x509, NID_key_usage, "critical,keyCertSign");
	assert_true(X509_sign(made.x509, made.key, EVP_sha256()) > 0);
	return &made;
}

static struct pair issue(const struct test_ca_wish *wish)
{
	static long serial = 1;
	struct pair made = { .key = new_key(wish->rsa) };

	made.x509 = new_certificate(wish->name, made.key, ++serial);
	set_dates(made.x509, wish->days);
	assert_int_equal(X509_set_issuer_name(made.x509, X509_get_subject_name(authority()->x509)), 1);
	add_names(made.x509, wish);
	assert_true(X509_sign(made.x509, authority()->key,
			      EVP_get_digestbyname(wish->digest ? wish->digest : "SHA256")) > 0);
	return made;
}

static void drop(struct pair *pair)
{
	X509_free(pair->x509);
	EVP_PKEY_free(pair->key);
}

static const char *write_bio(const char *name, const char *suffix, BIO *bio)
{
	char file[128], *bytes;
	long size = BIO_get_mem_data(bio, &bytes);
	const char *path;

	assert_true(snprintf(file, sizeof(file), "%s.%s", name, suffix) < (int)sizeof(file));
	path = scratch_write(file, slice_of(bytes, (size_t)size), 0600);
	BIO_free(bio);
	return path;
}

const char *test_ca_file(void)
{
	BIO *bio = BIO_new(BIO_s_mem());

	assert_int_equal(PEM_write_bio_X509(bio, authority()->x509), 1);
	return write_bio("test_ca", "pem", bio);
}

const char *test_ca_issue(const struct test_ca_wish *wish)
{
	struct pair made = issue(wish);
	BIO *bio = BIO_new(BIO_s_mem());

	assert_int_equal(PEM_write_bio_X509(bio, made.x509), 1);
	assert_int_equal(PEM_write_bio_PrivateKey(bio, made.key, NULL, NULL, 0, NULL, NULL), 1);
	drop(&made);
	return write_bio(wish->name, "pem", bio);
}

PCCERT_CONTEXT test_ca_certificate(const struct test_ca_wish *wish)
{
	const char *path = test_ca_issue(wish);
	PCCERT_CONTEXT certificate = NULL;

	assert_int_equal(OpensspiCertificateFromPem(path, path, &certificate), SEC_E_OK);
	return certificate;
}

const char *test_ca_pkcs12(const struct test_ca_wish *wish, const char *password)
{
	struct pair made = issue(wish);
	STACK_OF(X509) *chain = sk_X509_new_null();
	BIO *bio = BIO_new(BIO_s_mem());
	PKCS12 *file;

	assert_true(sk_X509_push(chain, authority()->x509) > 0);
	file = PKCS12_create(password, wish->name, made.key, made.x509, chain, 0, 0, 1, 1, 0);
	assert_non_null(file);
	assert_int_equal(i2d_PKCS12_bio(bio, file), 1);
	PKCS12_free(file);
	sk_X509_free(chain);
	drop(&made);
	return write_bio(wish->name, "p12", bio);
}
