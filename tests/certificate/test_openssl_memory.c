/* OpenSSL without memory: its n-th allocation inside our calls fails, for n up to where none does. */
#include "certificate/certificate.h"

#include "support/hex.h"
#include "support/openssl_memory.h"
#include "support/seams.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char path[] = "/tmp/opensspi-memory-XXXXXX";

/* The leaf, a certificate above it, and the key, in one file. */
static int write_file(void **state)
{
	struct certificate *leaf, *above;
	int descriptor = mkstemp(path);
	FILE *file = descriptor < 0 ? NULL : fdopen(descriptor, "w");
	bool written;

	(void)state;
	if (!file || certificate_self_signed("leaf.test", CERTIFICATE_P256, &leaf) != REASON_OK ||
	    certificate_self_signed("above.test", CERTIFICATE_P256, &above) != REASON_OK)
		return -1;
	written = PEM_write_X509(file, certificate_x509(leaf)) == 1 &&
		  PEM_write_X509(file, certificate_x509(above)) == 1 &&
		  PEM_write_PKCS8PrivateKey(file, certificate_key(leaf), NULL, NULL, 0, NULL, NULL) == 1;
	certificate_free(leaf);
	certificate_free(above);
	return fclose(file) == 0 && written ? 0 : -1;
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

/* Tries a call with its n-th allocation failing; false: it has fewer. */
typedef bool attempt_function(long n);

/* Thousands of them are alike: each of the first and the last hundred is tried, and some between them. */
static void fail_everywhere(attempt_function *attempt)
{
	long n = 1, last;

	while (attempt(n))
		n += 1 + n / 100;
	assert_true(n > 100);
	for (last = n; !attempt(last); last--)
		;
	for (n = last - 100; n < last; n++)
		assert_true(attempt(n));
}

/* A certificate is whole or it is none: a chain that lost a part would be shown to clients as if it were all. */
static bool read_with_failure(long n)
{
	long alive = seam_blocks_alive();
	struct certificate *read = NULL;
	enum reason reason;
	bool failed;

	openssl_memory_fail(n);
	reason = certificate_from_pem(path, path, &read);
	failed = openssl_memory_failed();
	assert_int_equal(ERR_peek_error(), 0);
	assert_true(reason == REASON_OK || failed);
	if (reason == REASON_OK) {
		assert_non_null(certificate_chain(read, 0));
		assert_null(certificate_chain(read, 1));
		assert_true(certificate_der(read).size > 0);
		assert_int_equal(certificate_public_key(certificate_x509(read)).size, 65);
	} else {
		assert_null(read);
	}
	certificate_free(read);
	assert_int_equal(seam_blocks_alive(), alive);
	return failed;
}

static void reading_files_gives_everything_or_nothing(void **state)
{
	(void)state;
	fail_everywhere(read_with_failure);
}

static bool make_with_failure(long n)
{
	long alive = seam_blocks_alive();
	struct certificate *made = NULL;
	enum reason reason;
	bool failed;

	openssl_memory_fail(n);
	reason = certificate_self_signed("server.domain.test", CERTIFICATE_P256, &made);
	failed = openssl_memory_failed();
	assert_int_equal(ERR_peek_error(), 0);
	assert_true(reason == REASON_OK || failed);
	if (reason == REASON_OK) {
		X509 *x509 = certificate_x509(made);

		assert_int_equal(X509_verify(x509, certificate_key(made)), 1);
		assert_int_equal(X509_get_ext_count(x509), 4);
		assert_int_equal(X509_check_ca(x509), 0);
	} else {
		assert_null(made);
	}
	certificate_free(made);
	assert_int_equal(seam_blocks_alive(), alive);
	return failed;
}

/* Found here: a signature that could not be made left a certificate without one. */
static void making_one_gives_a_whole_one_or_nothing(void **state)
{
	(void)state;
	fail_everywhere(make_with_failure);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reading_files_gives_everything_or_nothing),
		cmocka_unit_test(making_one_gives_a_whole_one_or_nothing),
	};

	if (!openssl_memory_take_over())
		return 1;
	return cmocka_run_group_tests(tests, write_file, remove_file);
}
