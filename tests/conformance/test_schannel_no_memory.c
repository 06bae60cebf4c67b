/*
 * Package Schannel without memory: the n-th allocation of ours, and then of OpenSSL's, fails in a whole connection with
 * certificates at both ends, application protocols, an account, queries and a shutdown; for n = 1, 2, ... until none
 * does. An error, or all of it right; nobody is let in as somebody else; nothing leaks.
 */
#include "base/clock.h"
#include "base/compiler.h"
#include "crypto/digest.h"
#include "support/hex.h"
#include "support/openssl_memory.h"
#include "support/scratch.h"
#include "support/seams.h"
#include "support/test_ca.h"
#include "support/tls_pair.h"

#include <openssl/err.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static struct tls_pair pair;
static PCCERT_CONTEXT certificates[2], alice;
static const char *trusted, *map, *packed;

static int set_up(void **state)
{
	const struct test_ca_wish server = { .name = "server", .host = "server.test" };
	const struct test_ca_wish other = { .name = "other", .host = "other.test" };
	const struct test_ca_wish client = { .name = "alice", .principal = "alice@corp.test" };
	struct slice der;
	uint8_t digest[SHA256_SIZE];
	char line[128];
	size_t size = 0;

	(void)state;
	seam_set_time(CLOCK_UNIX_EPOCH + (int64_t)time(NULL) * CLOCK_TICKS_PER_SECOND);
	certificates[0] = test_ca_certificate(&other);
	certificates[1] = test_ca_certificate(&server);
	alice = test_ca_certificate(&client);
	trusted = test_ca_file();
	packed = test_ca_pkcs12(&server, "secret");
	der = slice_of(alice->pbCertEncoded, alice->cbCertEncoded);
	assert_true(crypto_sha256(&der, 1, digest));
	for (size_t i = 0; i < sizeof(digest); i++)
		size += (size_t)snprintf(line + size, sizeof(line) - size, "%02x", digest[i]);
	(void)snprintf(line + size, sizeof(line) - size, " CORP\\bob\n");
	map = scratch_text("map", line);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	(void)CertFreeCertificateContext(certificates[0]);
	(void)CertFreeCertificateContext(certificates[1]);
	(void)CertFreeCertificateContext(alice);
	return 0;
}

static SECURITY_STATUS acquire(uint32_t use, uint32_t protocols, CredHandle *credential)
{
	SCHANNEL_CRED schannel =
		use == SECPKG_CRED_INBOUND ? tls_pair_cred(0, certificates) : tls_pair_cred(0, &alice);
	OPENSSPI_OPTIONS options = tls_pair_options(&schannel, trusted);

	if (use == SECPKG_CRED_INBOUND) {
		schannel.cCreds = 2;
		options.CertificateMapFile = map;
	}
	schannel.grbitEnabledProtocols = protocols;
	return AcquireCredentialsHandleA(NULL, (char *)(uintptr_t) "Schannel", use, NULL, &options, NULL,
					 NULL, credential, NULL);
}

/* One list with h2. */
static const uint8_t protocols[] = { 9, 0, 0, 0, 2, 0, 0, 0, 3, 0, 2, 'h', '2' };

static void start(uint32_t versions)
{
	memset(&pair, 0, sizeof(pair));
	pair.server.server = true;
	pair.client.target = "server.test";
	pair.client.request = ISC_REQ_EXTENDED_ERROR;
	pair.server.request = ASC_REQ_EXTENDED_ERROR | ASC_REQ_MUTUAL_AUTH;
	pair.client.protocols = pair.server.protocols = slice_of(protocols, sizeof(protocols));
	assert_int_equal(acquire(SECPKG_CRED_OUTBOUND, versions, &pair.client.credential), SEC_E_OK);
	assert_int_equal(acquire(SECPKG_CRED_INBOUND, versions, &pair.server.credential), SEC_E_OK);
	pair.client.has_credential = pair.server.has_credential = true;
}

static bool is_lack(SECURITY_STATUS status)
{
	return status == SEC_E_INSUFFICIENT_MEMORY || status == SEC_E_INTERNAL_ERROR ||
	       status == SEC_E_ILLEGAL_MESSAGE || status == SEC_E_NO_CREDENTIALS ||
	       status == SEC_E_UNSUPPORTED_FUNCTION; /* an end point whose digest found no memory */
}

/* The first pointer of each struct is the one to free, but for those that have two or none. */
static void ask_everything(struct tls_end *end)
{
	static const struct {
		uint32_t attribute;
		size_t pointer;
	} rows[] = {
		{ SECPKG_ATTR_NAMES, 0 },
		{ SECPKG_ATTR_AUTHORITY, 0 },
		{ SECPKG_ATTR_ENDPOINT_BINDINGS, offsetof(SecPkgContext_Bindings, Bindings) },
		{ SECPKG_ATTR_REMOTE_CERTIFICATES, offsetof(SecPkgContext_Certificates, pbCertificateChain) },
		{ SECPKG_ATTR_KEYING_MATERIAL, offsetof(SecPkgContext_KeyingMaterial, pbKeyingMaterial) },
		{ SECPKG_ATTR_PACKAGE_INFO, 0 },
	};
	SecPkgContext_KeyingMaterialInfo wish = { .cbLabel = 4,
						  .pszLabel = (char *)(uintptr_t) "Test",
						  .cbKeyingMaterial = 32 };

	(void)SetContextAttributesA(&end->context, SECPKG_ATTR_KEYING_MATERIAL_INFO, &wish, sizeof(wish));
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		uint8_t buffer[64] = { 0 };
		void *block;
		SECURITY_STATUS status = QueryContextAttributesA(&end->context, rows[i].attribute, buffer);

		memcpy(&block, buffer + rows[i].pointer, sizeof(block));
		if (status == SEC_E_OK)
			assert_int_equal(FreeContextBuffer(block), SEC_E_OK);
		else
			assert_true(is_lack(status) || status == SEC_E_OUT_OF_SEQUENCE);
	}
}

static void assert_account_is_right(void)
{
	SecPkgContext_NamesA names;

	if (QueryContextAttributesA(&pair.server.context, SECPKG_ATTR_NAMES, &names) != SEC_E_OK)
		return;
	assert_string_equal(names.sUserName, "CORP\\bob");
	assert_int_equal(FreeContextBuffer(names.sUserName), SEC_E_OK);
}

static void shut_down(void)
{
	uint32_t number = SCHANNEL_SHUTDOWN;
	SecBuffer buffer = { sizeof(number), SECBUFFER_TOKEN, &number };
	SecBufferDesc list = { SECBUFFER_VERSION, 1, &buffer };

	if (ApplyControlToken(&pair.client.context, &list) == SEC_E_OK)
		(void)tls_pair_call(&pair.client, &pair.server);
}

static void whole_connection(void)
{
	struct slice heard;

	if (!tls_pair_run(&pair))
		return;
	ask_everything(&pair.client);
	ask_everything(&pair.server);
	assert_account_is_right();
	if (tls_pair_send(&pair.client, &pair.server, SLICE_LITERAL("ping")) == SEC_E_OK &&
	    tls_pair_receive(&pair.server, &heard) == SEC_E_OK)
		assert_bytes(heard, SLICE_LITERAL("ping"));
	shut_down();
}

static const uint32_t versions[] = { SP_PROT_TLS1_2_CLIENT | SP_PROT_TLS1_2_SERVER,
				     SP_PROT_TLS1_3_CLIENT | SP_PROT_TLS1_3_SERVER };

/* The table of handles keeps its slots. */
static void warm_up(void)
{
	start(0);
	whole_connection();
	tls_pair_end(&pair);
}

static void every_allocation_of_ours_may_fail(void **state)
{
	(void)state;
	warm_up();
	for (size_t i = 0; i < COUNT_OF(versions); i++) {
		bool failed = true;

		for (long n = 1; failed; n++) {
			long before = seam_blocks_alive();

			start(versions[i]);
			seam_fail_allocation(n);
			whole_connection();
			failed = seam_allocation_failed();
			seam_fail_allocation(0);
			if (!failed)
				assert_int_equal(pair.server.status, SEC_E_OK);
			tls_pair_end(&pair);
			assert_int_equal(seam_blocks_alive(), before);
			assert_int_equal(ERR_peek_error(), 0);
		}
	}
}

static void every_allocation_of_openssl_may_fail(void **state)
{
	(void)state;
	warm_up();
	for (size_t i = 0; i < COUNT_OF(versions); i++) {
		bool failed = true;

		for (long n = 1; failed; n++) {
			long before = seam_blocks_alive();

			start(versions[i]);
			openssl_memory_fail(n);
			whole_connection();
			failed = openssl_memory_failed();
			if (!failed)
				assert_int_equal(pair.server.status, SEC_E_OK);
			tls_pair_end(&pair);
			assert_int_equal(seam_blocks_alive(), before);
			assert_int_equal(ERR_peek_error(), 0);
			n += n > 200 ? 2 : 0; /* there are thousands: each third will do */
		}
	}
}

static void acquiring_without_memory_leaves_nothing(void **state)
{
	static const uint32_t uses[] = { SECPKG_CRED_INBOUND, SECPKG_CRED_OUTBOUND };

	(void)state;
	for (int openssl = 0; openssl < 2; openssl++)
		for (size_t i = 0; i < COUNT_OF(uses); i++) {
			bool failed = true;

			for (long n = 1; failed; n++) {
				long before = seam_blocks_alive();
				CredHandle credential;
				SECURITY_STATUS status;

				if (openssl)
					openssl_memory_fail(n);
				else
					seam_fail_allocation(n);
				status = acquire(uses[i], 0, &credential);
				failed = openssl ? openssl_memory_failed() : seam_allocation_failed();
				seam_fail_allocation(0);
				assert_true(failed || status == SEC_E_OK);
				if (status == SEC_E_OK)
					assert_int_equal(FreeCredentialsHandle(&credential), SEC_E_OK);
				assert_int_equal(seam_blocks_alive(), before);
				assert_int_equal(ERR_peek_error(), 0);
			}
		}
}

static void reading_pkcs12_without_memory_leaves_nothing(void **state)
{
	(void)state;
	for (int openssl = 0; openssl < 2; openssl++) {
		bool failed = true;

		for (long n = 1; failed; n++) {
			long before = seam_blocks_alive();
			PCCERT_CONTEXT certificate;
			SECURITY_STATUS status;

			if (openssl)
				openssl_memory_fail(n);
			else
				seam_fail_allocation(n);
			status = OpensspiCertificateFromPkcs12(packed, "secret", &certificate);
			failed = openssl ? openssl_memory_failed() : seam_allocation_failed();
			seam_fail_allocation(0);
			assert_true(failed || status == SEC_E_OK);
			if (status == SEC_E_OK)
				(void)CertFreeCertificateContext(certificate);
			assert_int_equal(seam_blocks_alive(), before);
			assert_int_equal(ERR_peek_error(), 0);
			n += openssl && n > 100
				     ? 20
				     : 0; /* a thousand times the key derivation would take minutes */
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_allocation_of_ours_may_fail),
		cmocka_unit_test(every_allocation_of_openssl_may_fail),
		cmocka_unit_test(acquiring_without_memory_leaves_nothing),
		cmocka_unit_test(reading_pkcs12_without_memory_leaves_nothing),
	};

	if (!openssl_memory_take_over())
		return 1;
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
