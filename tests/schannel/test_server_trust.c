/* A server's certificate judged by a file of trusted ones and by the name of the target; OpenSSL is the server. */
#include "schannel/schannel.h"

#include "base/clock.h"
#include "support/hex.h"
#include "support/scratch.h"
#include "support/seams.h"
#include "support/tls_peer.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <time.h>

/* OpenSSL verifies at the real time, so the certificate is made at it. */
static int set_real_time(void **state)
{
	(void)state;
	seam_set_time(CLOCK_UNIX_EPOCH + (int64_t)time(NULL) * CLOCK_TICKS_PER_SECOND);
	return 0;
}

static const char *write_pem(const char *name, const struct certificate *certificate)
{
	BIO *bio = BIO_new(BIO_s_mem());
	const char *path;
	char *text;
	long size;

	assert_int_equal(PEM_write_bio_X509(bio, certificate_x509(certificate)), 1);
	size = BIO_get_mem_data(bio, &text);
	path = scratch_write(name, slice_of(text, (size_t)size), 0600);
	BIO_free(bio);
	return path;
}

static const char *trusted(void)
{
	return write_pem("trusted.pem", test_certificate(CERTIFICATE_P256));
}

/* What the client says of a server that shows `shown`, or the usual certificate if that is NULL. */
static SECURITY_STATUS connect_to(const char *target, const char *trusted_file,
				  const struct certificate *shown, enum reason *reason)
{
	struct acquire_request request = {
		.initiate = true,
		.policy = policy_default,
		.trusted_file = trusted_file,
	};
	struct tls_peer server;
	struct side client;
	SECURITY_STATUS status;

	side_start(&client, &schannel_package, &request, ROLE_INITIATE);
	client.leg.target = u16(target);
	tls_peer_server(&server, TLS1_3_VERSION, CERTIFICATE_P256);
	if (shown) {
		assert_int_equal(SSL_CTX_use_certificate(server.settings, certificate_x509(shown)), 1);
		assert_int_equal(SSL_CTX_use_PrivateKey(server.settings, certificate_key(shown)), 1);
	}
	status = side_step(&client, slice_of(NULL, 0));
	if (status == SEC_I_CONTINUE_NEEDED) {
		(void)tls_peer_step(&server, side_output(&client));
		status = side_step(&client, tls_peer_take(&server));
	}
	*reason = client.leg.reason;
	side_end(&client);
	tls_peer_end(&server);
	return status;
}

static void assert_refused(const char *target, const struct certificate *shown, enum reason expected)
{
	enum reason reason;

	assert_int_equal(connect_to(target, trusted(), shown, &reason), reason_status(expected));
	assert_int_equal(reason, expected);
}

static void a_trusted_server_of_the_right_name_is_connected_to(void **state)
{
	static const char *const targets[] = { "TERMSRV/server.domain.test", "server.domain.test",
					       "HTTP/server.domain.test:5986",
					       "TERMSRV/server.domain.test/other",
					       "TERMSRV/SERVER.domain.test" };
	enum reason reason;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(targets); i++)
		assert_int_equal(connect_to(targets[i], trusted(), NULL, &reason), SEC_E_OK);
}

static void a_server_of_another_name_is_refused(void **state)
{
	(void)state;
	assert_refused("TERMSRV/other.domain.test", NULL, REASON_SERVER_NAME);
	assert_refused("TERMSRV/127.0.0.1", NULL, REASON_SERVER_NAME);
}

/* Its colons end no name; the certificate is for another host all the same. */
static void an_ipv6_address_is_a_host(void **state)
{
	(void)state;
	assert_refused("TERMSRV/[::1]:3389", NULL, REASON_SERVER_NAME);
	assert_refused("TERMSRV/::1", NULL, REASON_SERVER_NAME);
	assert_refused("TERMSRV/[]", NULL, REASON_BAD_TARGET);
}

static void a_target_without_a_host_is_refused_before_anything_is_sent(void **state)
{
	(void)state;
	assert_refused("", NULL, REASON_BAD_TARGET);
	assert_refused("TERMSRV/", NULL, REASON_BAD_TARGET);
}

static void a_server_that_nobody_trusted_signed_is_refused(void **state)
{
	struct certificate *other = NULL;

	(void)state;
	assert_int_equal(certificate_self_signed("server.domain.test", CERTIFICATE_P256, &other), REASON_OK);
	assert_refused("TERMSRV/server.domain.test", other, REASON_SERVER_UNTRUSTED);
	certificate_free(other);
}

static void an_expired_certificate_is_refused_as_such(void **state)
{
	struct certificate *old = NULL;
	enum reason reason;

	(void)state;
	seam_set_time(SEAM_TIME); /* valid for a year from 2024 on */
	assert_int_equal(certificate_self_signed("server.domain.test", CERTIFICATE_P256, &old), REASON_OK);
	(void)set_real_time(state);
	assert_int_equal(connect_to("TERMSRV/server.domain.test", write_pem("old.pem", old), old, &reason),
			 SEC_E_CERT_EXPIRED);
	assert_int_equal(reason, REASON_SERVER_EXPIRED);
	certificate_free(old);
}

static void a_file_that_cannot_be_read_makes_no_credential(void **state)
{
	static const char *const files[] = { "absent.pem", "empty.pem" };
	struct package_credential *credential = NULL;

	(void)state;
	(void)scratch_text("empty.pem", "");
	for (size_t i = 0; i < COUNT_OF(files); i++) {
		struct acquire_request request = {
			.initiate = true,
			.policy = policy_default,
			.trusted_file = scratch_path(files[i]),
		};

		assert_int_equal(schannel_package.acquire(&request, &credential),
				 REASON_CERTIFICATE_UNUSABLE);
		assert_null(credential);
	}
	assert_int_equal(ERR_peek_error(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_trusted_server_of_the_right_name_is_connected_to),
		cmocka_unit_test(a_server_of_another_name_is_refused),
		cmocka_unit_test(an_ipv6_address_is_a_host),
		cmocka_unit_test(a_target_without_a_host_is_refused_before_anything_is_sent),
		cmocka_unit_test(a_server_that_nobody_trusted_signed_is_refused),
		cmocka_unit_test(an_expired_certificate_is_refused_as_such),
		cmocka_unit_test(a_file_that_cannot_be_read_makes_no_credential),
	};

	return cmocka_run_group_tests(tests, set_real_time, NULL);
}
