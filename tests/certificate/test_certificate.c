/* Certificates from files and made here, judged by OpenSSL's own verification. */
#include "certificate/certificate.h"

#include "base/clock.h"
#include "base/compiler.h"
#include "support/hex.h"
#include "support/seams.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/opensspi-certificate-XXXXXX";

static const char *in_folder(const char *name)
{
	static char paths[4][128];
	static unsigned next;
	char *path = paths[next++ % COUNT_OF(paths)];

	(void)snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
	return path;
}

static struct certificate *made(const char *host, enum certificate_key_type type)
{
	struct certificate *certificate;

	assert_int_equal(certificate_self_signed(host, type, &certificate), REASON_OK);
	return certificate;
}

/* --- Files for the tests */

static void write_certificates(const char *name, struct certificate *const *certificates, size_t count)
{
	FILE *file = fopen(in_folder(name), "w");

	assert_non_null(file);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(PEM_write_X509(file, certificate_x509(certificates[i])), 1);
	fclose(file);
}

static void write_key(const char *name, struct certificate *certificate, const char *passphrase)
{
	FILE *file = fopen(in_folder(name), "w");

	assert_non_null(file);
	assert_int_equal(PEM_write_PKCS8PrivateKey(file, certificate_key(certificate),
						   passphrase ? EVP_aes_128_cbc() : NULL, passphrase,
						   passphrase ? (int)strlen(passphrase) : 0, NULL, NULL),
			 1);
	fclose(file);
}

static void append(const char *name, const char *text)
{
	FILE *file = fopen(in_folder(name), "a");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	fclose(file);
}

static struct certificate *rsa, *p256;

static int make_files(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	rsa = made("server.domain.test", CERTIFICATE_RSA_2048);
	p256 = made("other.domain.test", CERTIFICATE_P256);
	write_certificates("rsa.pem", (struct certificate *[]) { rsa }, 1);
	write_certificates("p256.pem", (struct certificate *[]) { p256 }, 1);
	write_certificates("chain.pem", (struct certificate *[]) { rsa, p256, p256 }, 3);
	write_key("rsa.key", rsa, NULL);
	write_key("p256.key", p256, NULL);
	write_key("encrypted.key", rsa, "secret");
	write_certificates("both.pem", (struct certificate *[]) { p256 }, 1);
	append("empty.pem", "");
	return mkfifo(in_folder("fifo"), 0600);
}

static int remove_files(void **state)
{
	static const char *const names[] = {
		"rsa.pem",  "p256.pem",  "chain.pem", "rsa.key", "p256.key", "encrypted.key",
		"both.pem", "empty.pem", "long.pem",  "fifo",    "cut.pem",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++)
		(void)unlink(in_folder(names[i]));
	certificate_free(rsa);
	certificate_free(p256);
	return rmdir(folder);
}

/* What a file gives must be freed by the test. */
static enum reason read_files(const char *certificate, const char *key, struct certificate **read)
{
	enum reason reason = certificate_from_pem(in_folder(certificate), in_folder(key), read);

	assert_int_equal(ERR_peek_error(), 0);
	return reason;
}

static void assert_unusable(const char *certificate, const char *key)
{
	struct certificate *read = NULL;
	long alive = seam_blocks_alive();

	assert_int_equal(read_files(certificate, key, &read), REASON_CERTIFICATE_UNUSABLE);
	assert_null(read);
	assert_int_equal(seam_blocks_alive(), alive);
}

/* --- PEM */

static void a_certificate_and_its_key_are_read(void **state)
{
	struct certificate *read;

	(void)state;
	assert_int_equal(read_files("rsa.pem", "rsa.key", &read), REASON_OK);
	assert_bytes(certificate_der(read), certificate_der(rsa));
	assert_null(certificate_chain(read, 0));
	certificate_free(read);
	assert_int_equal(read_files("p256.pem", "p256.key", &read), REASON_OK);
	assert_bytes(certificate_der(read), certificate_der(p256));
	certificate_free(read);
}

static void the_leaf_comes_first_and_its_chain_behind_it(void **state)
{
	struct certificate *read;

	(void)state;
	assert_int_equal(read_files("chain.pem", "rsa.key", &read), REASON_OK);
	assert_bytes(certificate_der(read), certificate_der(rsa));
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(X509_cmp(certificate_chain(read, i), certificate_x509(p256)), 0);
	assert_null(certificate_chain(read, 2));
	certificate_free(read);
}

static void certificate_and_key_may_lie_in_one_file(void **state)
{
	struct certificate *read;
	FILE *file = fopen(in_folder("both.pem"), "a");

	(void)state;
	assert_non_null(file);
	assert_int_equal(PEM_write_PKCS8PrivateKey(file, certificate_key(p256), NULL, NULL, 0, NULL, NULL),
			 1);
	fclose(file);
	assert_int_equal(read_files("both.pem", "both.pem", &read), REASON_OK);
	assert_null(certificate_chain(read, 0));
	certificate_free(read);
}

static void another_certificates_key_is_refused(void **state)
{
	(void)state;
	assert_unusable("rsa.pem", "p256.key");
	assert_unusable("p256.pem", "rsa.key");
	assert_unusable("chain.pem", "p256.key");
}

/* Nobody is asked for a passphrase: a library has no terminal. */
static void an_encrypted_key_is_refused_and_nobody_is_asked(void **state)
{
	(void)state;
	assert_unusable("rsa.pem", "encrypted.key");
}

static void what_is_no_pem_file_is_refused(void **state)
{
	(void)state;
	assert_unusable("empty.pem", "rsa.key");
	assert_unusable("rsa.pem", "empty.pem");
	assert_unusable("rsa.key", "rsa.key");
	assert_unusable("rsa.pem", "rsa.pem");
}

static void a_missing_file_a_folder_and_a_fifo_are_refused_without_waiting(void **state)
{
	static const char *const names[] = { "missing", "", "fifo" };
	struct certificate *read;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		assert_unusable(names[i], "rsa.key");
		assert_unusable("rsa.pem", names[i]);
	}
	assert_int_equal(certificate_from_pem(NULL, in_folder("rsa.key"), &read),
			 REASON_CERTIFICATE_UNUSABLE);
	assert_int_equal(certificate_from_pem(in_folder("rsa.pem"), NULL, &read),
			 REASON_CERTIFICATE_UNUSABLE);
}

/* Found in review: a chain was silently served as far as it could be read. */
static void a_chain_that_cannot_be_read_to_its_end_is_refused(void **state)
{
	struct certificate *read;

	(void)state;
	write_certificates("cut.pem", (struct certificate *[]) { rsa }, 1);
	append("cut.pem", "-----BEGIN CERTIFICATE-----\nMIIB\n");
	assert_unusable("cut.pem", "rsa.key");
	write_certificates("cut.pem", (struct certificate *[]) { rsa }, 1);
	append("cut.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
	assert_unusable("cut.pem", "rsa.key");
	write_certificates("cut.pem", (struct certificate *[]) { rsa }, 1);
	append("cut.pem", "a remark\n");
	assert_int_equal(read_files("cut.pem", "rsa.key", &read), REASON_OK);
	certificate_free(read);
}

static void a_chain_of_more_certificates_than_make_sense_is_refused(void **state)
{
	struct certificate *many[18], *read;

	(void)state;
	many[0] = rsa;
	for (size_t i = 1; i < COUNT_OF(many); i++)
		many[i] = p256;
	write_certificates("long.pem", many, 17);
	assert_int_equal(read_files("long.pem", "rsa.key", &read), REASON_OK);
	certificate_free(read);
	write_certificates("long.pem", many, 18);
	assert_unusable("long.pem", "rsa.key");
}

/* --- Self-signed */

static X509 *x509_of(const struct certificate *certificate)
{
	return certificate_x509(certificate);
}

static void a_self_signed_certificate_verifies_against_itself(void **state)
{
	const struct certificate *certificates[] = { rsa, p256 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(certificates); i++) {
		X509_STORE *store = X509_STORE_new();
		X509_STORE_CTX *verification = X509_STORE_CTX_new();

		assert_int_equal(X509_STORE_add_cert(store, x509_of(certificates[i])), 1);
		assert_int_equal(X509_STORE_CTX_init(verification, store, x509_of(certificates[i]), NULL), 1);
		X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(verification),
					   (time_t)((SEAM_TIME - CLOCK_UNIX_EPOCH) / CLOCK_TICKS_PER_SECOND));
		X509_VERIFY_PARAM_set_purpose(X509_STORE_CTX_get0_param(verification),
					      X509_PURPOSE_SSL_SERVER);
		X509_VERIFY_PARAM_set_flags(X509_STORE_CTX_get0_param(verification),
					    X509_V_FLAG_X509_STRICT | X509_V_FLAG_CHECK_SS_SIGNATURE |
						    X509_V_FLAG_PARTIAL_CHAIN);
		assert_int_equal(X509_verify_cert(verification), 1);
		X509_STORE_CTX_free(verification);
		X509_STORE_free(store);
	}
}

static void it_is_no_authority_and_says_what_its_key_is_for(void **state)
{
	(void)state;
	assert_int_equal(X509_check_ca(x509_of(rsa)), 0);
	assert_int_equal(X509_check_ca(x509_of(p256)), 0);
	assert_int_equal(X509_get_key_usage(x509_of(rsa)), KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT);
	assert_int_equal(X509_get_key_usage(x509_of(p256)), KU_DIGITAL_SIGNATURE);
	assert_int_equal(X509_get_extended_key_usage(x509_of(rsa)), XKU_SSL_SERVER);
	assert_int_equal(X509_get_version(x509_of(rsa)), 2);
}

static void it_names_its_host(void **state)
{
	char name[128];

	(void)state;
	assert_int_equal(X509_check_host(x509_of(rsa), "server.domain.test", 0,
					 X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, NULL),
			 1);
	assert_int_equal(X509_check_host(x509_of(rsa), "other.domain.test", 0, 0, NULL), 0);
	assert_true(X509_NAME_get_text_by_NID(X509_get_subject_name(x509_of(rsa)), NID_commonName, name,
					      sizeof(name)) > 0);
	assert_string_equal(name, "server.domain.test");
	assert_int_equal(
		X509_NAME_cmp(X509_get_subject_name(x509_of(rsa)), X509_get_issuer_name(x509_of(rsa))), 0);
}

/* A day back, because a client's clock may be behind ours; a year ahead. */
static void it_holds_from_yesterday_for_a_year(void **state)
{
	time_t now = (time_t)((SEAM_TIME - CLOCK_UNIX_EPOCH) / CLOCK_TICKS_PER_SECOND), day = 24 * 60 * 60;
	time_t inside[] = { now - day + 1, now, now + 365 * day - 1 },
	       outside[] = { now - day - 1, now + 365 * day + 1 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(inside); i++) {
		assert_int_equal(X509_cmp_time(X509_get0_notBefore(x509_of(rsa)), &inside[i]), -1);
		assert_int_equal(X509_cmp_time(X509_get0_notAfter(x509_of(rsa)), &inside[i]), 1);
	}
	assert_int_equal(X509_cmp_time(X509_get0_notBefore(x509_of(rsa)), &outside[0]), 1);
	assert_int_equal(X509_cmp_time(X509_get0_notAfter(x509_of(rsa)), &outside[1]), -1);
	assert_int_equal(certificate_expiry(rsa),
			 SEAM_TIME + INT64_C(365) * 24 * 60 * 60 * CLOCK_TICKS_PER_SECOND);
}

static void dates_behind_2050_are_written_too(void **state)
{
	int64_t later = SEAM_TIME + INT64_C(40) * 366 * 24 * 60 * 60 * CLOCK_TICKS_PER_SECOND;
	struct certificate *certificate;

	(void)state;
	seam_set_time(later);
	certificate = made("server.domain.test", CERTIFICATE_P256);
	seam_set_time(SEAM_TIME);
	assert_int_equal(certificate_expiry(certificate),
			 later + INT64_C(365) * 24 * 60 * 60 * CLOCK_TICKS_PER_SECOND);
	certificate_free(certificate);
}

static void each_has_a_serial_number_and_a_key_of_its_own(void **state)
{
	struct certificate *again = made("other.domain.test", CERTIFICATE_P256);
	ASN1_INTEGER *serial = X509_get_serialNumber(x509_of(again));

	(void)state;
	assert_int_not_equal(ASN1_INTEGER_cmp(serial, X509_get_serialNumber(x509_of(p256))), 0);
	assert_int_equal(ASN1_STRING_length(serial), 16);
	assert_int_equal(ASN1_STRING_type(serial), V_ASN1_INTEGER);
	assert_false(
		slice_equal(certificate_public_key(x509_of(again)), certificate_public_key(x509_of(p256))));
	certificate_free(again);
}

/* The serial number comes from our own seam. */
static void the_serial_number_is_positive_and_never_short(void **state)
{
	struct certificate *certificate;
	ASN1_INTEGER *serial;

	(void)state;
	seam_script_random(hex("ff000000000000000000000000000000"));
	certificate = made("server.domain.test", CERTIFICATE_P256);
	serial = X509_get_serialNumber(x509_of(certificate));
	assert_bytes(slice_of(ASN1_STRING_get0_data(serial), (size_t)ASN1_STRING_length(serial)),
		     hex("7f000000000000000000000000000000"));
	certificate_free(certificate);
	seam_script_random(hex("00000000000000000000000000000000"));
	certificate = made("server.domain.test", CERTIFICATE_P256);
	serial = X509_get_serialNumber(x509_of(certificate));
	assert_bytes(slice_of(ASN1_STRING_get0_data(serial), (size_t)ASN1_STRING_length(serial)),
		     hex("40000000000000000000000000000000"));
	certificate_free(certificate);
}

/* The common name has a limit, RFC 5280 appendix A.1; the dNSName has none of its own. */
static void a_long_host_name_stands_whole_in_the_alternative_name(void **state)
{
	char host[256];
	struct certificate *certificate;

	(void)state;
	memset(host, 'a', sizeof(host));
	for (size_t i = 50; i < sizeof(host); i += 50)
		host[i] = '.';
	host[255] = 0;
	certificate = made(host, CERTIFICATE_P256);
	assert_int_equal(
		X509_check_host(x509_of(certificate), host, 0, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, NULL), 1);
	certificate_free(certificate);
}

static void a_name_that_no_host_has_is_refused(void **state)
{
	static const char *const names[] = { "", "a host", "h\xC3\xB6st", "host\n", "host\x7F" };
	struct certificate *certificate = NULL;
	char longest[257];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++)
		assert_int_equal(certificate_self_signed(names[i], CERTIFICATE_P256, &certificate),
				 REASON_CERTIFICATE_UNUSABLE);
	memset(longest, 'a', 256);
	longest[256] = 0;
	assert_int_equal(certificate_self_signed(longest, CERTIFICATE_P256, &certificate),
			 REASON_CERTIFICATE_UNUSABLE);
	assert_int_equal(certificate_self_signed(NULL, CERTIFICATE_P256, &certificate),
			 REASON_CERTIFICATE_UNUSABLE);
	assert_int_equal(certificate_self_signed("host", (enum certificate_key_type)0, &certificate),
			 REASON_CERTIFICATE_UNUSABLE);
	assert_null(certificate);
}

/* A text form would take the comma as the beginning of another name. */
static void a_comma_in_a_host_name_adds_no_second_name(void **state)
{
	struct certificate *certificate = made("host,DNS:evil.test", CERTIFICATE_P256);

	(void)state;
	assert_int_equal(X509_check_host(x509_of(certificate), "evil.test", 0, 0, NULL), 0);
	certificate_free(certificate);
}

static void without_clock_random_numbers_or_memory_none_is_made(void **state)
{
	struct certificate *certificate = NULL;

	(void)state;
	seam_set_time(-1);
	assert_int_equal(certificate_self_signed("host", CERTIFICATE_P256, &certificate), REASON_NO_CLOCK);
	seam_set_time(SEAM_TIME);
	seam_fail_random(true);
	assert_int_equal(certificate_self_signed("host", CERTIFICATE_P256, &certificate), REASON_NO_RANDOM);
	seam_fail_random(false);
	seam_fail_allocation(1);
	assert_int_equal(certificate_self_signed("host", CERTIFICATE_P256, &certificate),
			 REASON_OUT_OF_MEMORY);
	for (long n = 1; n <= 3; n++) {
		seam_fail_allocation(n);
		assert_int_not_equal(read_files("rsa.pem", "rsa.key", &certificate), REASON_OK);
	}
	seam_fail_allocation(0);
	assert_null(certificate);
}

/* --- The public key, MS-CSSP 3.1.5 */

/* The contents of the BIT STRING in SubjectPublicKeyInfo, without its octet of unused bits, and nothing around it. */
static void the_public_key_is_the_bits_and_not_the_info_around_them(void **state)
{
	struct slice rsa_key = certificate_public_key(x509_of(rsa)),
		     p256_key = certificate_public_key(x509_of(p256));
	uint8_t *info = NULL;
	int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x509_of(rsa)), &info);

	(void)state;
	assert_int_equal(rsa_key.size, 270);
	assert_bytes(slice_of(rsa_key.data, 9), hex("3082010a0282010100"));
	assert_int_equal(size, 294);
	assert_bytes(rsa_key, slice_of(info + size - 270, 270));
	OPENSSL_free(info);

	assert_int_equal(p256_key.size, 65);
	assert_int_equal(p256_key.data[0], 0x04);
	info = NULL;
	size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x509_of(p256)), &info);
	assert_int_equal(size, 91);
	assert_bytes(p256_key, slice_of(info + size - 65, 65));
	OPENSSL_free(info);
}

/* What others take for it: the key written by itself. */
static void the_public_key_is_what_the_key_itself_encodes_to(void **state)
{
	const struct certificate *certificates[] = { rsa, p256 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(certificates); i++) {
		uint8_t *key = NULL;
		int size = i2d_PublicKey(certificate_key(certificates[i]), &key);

		assert_true(size > 0);
		assert_bytes(certificate_public_key(x509_of(certificates[i])), slice_of(key, (size_t)size));
		OPENSSL_free(key);
	}
}

static void a_certificate_is_held_as_long_as_somebody_needs_it(void **state)
{
	long alive = seam_blocks_alive();
	struct certificate *certificate = made("host", CERTIFICATE_P256);

	(void)state;
	assert_ptr_equal(certificate_hold(certificate), certificate);
	certificate_free(certificate);
	assert_true(certificate_der(certificate).size > 0);
	certificate_free(certificate);
	assert_int_equal(seam_blocks_alive(), alive);
	certificate_free(NULL);
	assert_null(certificate_hold(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_certificate_and_its_key_are_read),
		cmocka_unit_test(the_leaf_comes_first_and_its_chain_behind_it),
		cmocka_unit_test(certificate_and_key_may_lie_in_one_file),
		cmocka_unit_test(another_certificates_key_is_refused),
		cmocka_unit_test(an_encrypted_key_is_refused_and_nobody_is_asked),
		cmocka_unit_test(what_is_no_pem_file_is_refused),
		cmocka_unit_test(a_missing_file_a_folder_and_a_fifo_are_refused_without_waiting),
		cmocka_unit_test(a_chain_that_cannot_be_read_to_its_end_is_refused),
		cmocka_unit_test(a_chain_of_more_certificates_than_make_sense_is_refused),
		cmocka_unit_test(a_self_signed_certificate_verifies_against_itself),
		cmocka_unit_test(it_is_no_authority_and_says_what_its_key_is_for),
		cmocka_unit_test(it_names_its_host),
		cmocka_unit_test(it_holds_from_yesterday_for_a_year),
		cmocka_unit_test(dates_behind_2050_are_written_too),
		cmocka_unit_test(each_has_a_serial_number_and_a_key_of_its_own),
		cmocka_unit_test(the_serial_number_is_positive_and_never_short),
		cmocka_unit_test(a_long_host_name_stands_whole_in_the_alternative_name),
		cmocka_unit_test(a_name_that_no_host_has_is_refused),
		cmocka_unit_test(a_comma_in_a_host_name_adds_no_second_name),
		cmocka_unit_test(without_clock_random_numbers_or_memory_none_is_made),
		cmocka_unit_test(the_public_key_is_the_bits_and_not_the_info_around_them),
		cmocka_unit_test(the_public_key_is_what_the_key_itself_encodes_to),
		cmocka_unit_test(a_certificate_is_held_as_long_as_somebody_needs_it),
	};

	return cmocka_run_group_tests(tests, make_files, remove_files);
}
