/* Schannel and a peer that does what TLS allows and nobody else does. */
#include "base/clock.h"
#include "base/compiler.h"
#include "support/hex.h"
#include "support/seams.h"
#include "support/test_ca.h"
#include "support/tls_pair.h"
#include "support/tls_peer.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/x509.h>
#include <opensspi/credssp.h>

#include <string.h>
#include <time.h>

/* AES-128-GCM in TLS 1.2: RFC 5246 6.3, RFC 5288 3. */
enum {
	MASTER_SIZE = 48,
	RANDOM_SIZE = 32,
	KEY_SIZE = 16,
	SALT_SIZE = 4,
	KEY_BLOCK_SIZE = 2 * (KEY_SIZE + SALT_SIZE),
	RECORD_HEADER = 5,
	NONCE_SIZE = 8,
	TAG_SIZE = 16,
	FINISHED_SIZE = 16,
};

static struct tls_pair pair;
static struct tls_peer peer;
static struct tls_end to_peer;
static PCCERT_CONTEXT certificates[2];

static int set_up(void **state)
{
	const struct test_ca_wish one = { .name = "server", .host = "server.test" };
	const struct test_ca_wish two = { .name = "other", .host = "other.test" };

	(void)state;
	seam_set_time(CLOCK_UNIX_EPOCH + (int64_t)time(NULL) * CLOCK_TICKS_PER_SECOND);
	certificates[0] = test_ca_certificate(&one);
	certificates[1] = test_ca_certificate(&two);
	return 0;
}

/* Our server with this many certificates; the client is OpenSSL's. */
static void start(uint32_t count)
{
	SCHANNEL_CRED client = tls_pair_cred(SCH_CRED_MANUAL_CRED_VALIDATION, NULL);
	SCHANNEL_CRED server = tls_pair_cred(0, certificates);

	server.cCreds = count;
	tls_pair_start(&pair, &client, &server);
	to_peer = (struct tls_end) { 0 };
}

static void end(void)
{
	tls_pair_end(&pair);
	tls_peer_end(&peer);
	ERR_clear_error();
}

static void to_server(struct slice bytes)
{
	memcpy(pair.server.arrived + pair.server.size, bytes.data, bytes.size);
	pair.server.size += bytes.size;
}

static bool server_waits(void)
{
	return pair.server.size && (!pair.server.has_context || pair.server.status == SEC_I_CONTINUE_NEEDED);
}

static void shake_hands(void)
{
	for (int i = 0; i < 4 && !(pair.server.has_context && pair.server.status == SEC_E_OK); i++) {
		(void)tls_peer_step(&peer, slice_of(to_peer.arrived, to_peer.size));
		to_peer.size = 0;
		to_server(tls_peer_take(&peer));
		while (server_waits())
			assert_true(tls_pair_call(&pair.server, &to_peer) >= 0);
	}
	(void)tls_peer_step(&peer, slice_of(to_peer.arrived, to_peer.size));
	to_peer.size = 0;
	assert_int_equal(pair.server.status, SEC_E_OK);
}

/* --- More in the record of Finished than Finished */

static void derive_keys(uint8_t keys[KEY_BLOCK_SIZE])
{
	uint8_t master[MASTER_SIZE], seed[13 + 2 * RANDOM_SIZE];
	EVP_KDF *prf = EVP_KDF_fetch(NULL, "TLS1-PRF", NULL);
	EVP_KDF_CTX *context = EVP_KDF_CTX_new(prf);
	OSSL_PARAM parameters[] = {
		OSSL_PARAM_construct_utf8_string("digest", (char *)(uintptr_t) "SHA256", 0),
		OSSL_PARAM_construct_octet_string("secret", master, sizeof(master)),
		OSSL_PARAM_construct_octet_string("seed", seed, sizeof(seed)),
		OSSL_PARAM_construct_end(),
	};

	assert_int_equal(SSL_SESSION_get_master_key(SSL_get_session(peer.ssl), master, sizeof(master)),
			 sizeof(master));
	memcpy(seed, "key expansion", 13);
	(void)SSL_get_server_random(peer.ssl, seed + 13, RANDOM_SIZE);
	(void)SSL_get_client_random(peer.ssl, seed + 13 + RANDOM_SIZE, RANDOM_SIZE);
	assert_int_equal(EVP_KDF_derive(context, keys, KEY_BLOCK_SIZE, parameters), 1);
	EVP_KDF_CTX_free(context);
	EVP_KDF_free(prf);
}

static void crypt(bool seal, const uint8_t *record, uint16_t size, const uint8_t *from, uint8_t *to,
		  uint8_t *tag)
{
	uint8_t keys[KEY_BLOCK_SIZE], nonce[SALT_SIZE + NONCE_SIZE];
	uint8_t associated[13] = { 0, 0, 0, 0, 0, 0, 0, 0, 22, 3, 3, 0, (uint8_t)size };
	EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
	int done;

	derive_keys(keys);
	memcpy(nonce, keys + 2 * KEY_SIZE, SALT_SIZE);
	memcpy(nonce + SALT_SIZE, record + RECORD_HEADER, NONCE_SIZE);
	assert_int_equal(EVP_CipherInit_ex(cipher, EVP_aes_128_gcm(), NULL, keys, nonce, seal), 1);
	assert_int_equal(EVP_CipherUpdate(cipher, NULL, &done, associated, sizeof(associated)), 1);
	assert_int_equal(EVP_CipherUpdate(cipher, to, &done, from, size), 1);
	if (!seal)
		assert_int_equal(EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE, tag), 1);
	assert_int_equal(EVP_CipherFinal_ex(cipher, to + size, &done), 1);
	if (seal)
		assert_int_equal(EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE, tag), 1);
	EVP_CIPHER_CTX_free(cipher);
}

/* An empty ClientHello behind Finished, under one seal. Gives the record's new size. */
static size_t lengthen(uint8_t *record, size_t size)
{
	static const uint8_t client_hello[] = { 1, 0, 0, 0 };
	enum { FRONT = RECORD_HEADER + NONCE_SIZE, LONGER = FINISHED_SIZE + sizeof(client_hello) };
	uint8_t plain[LONGER + TAG_SIZE];

	assert_int_equal(size, FRONT + FINISHED_SIZE + TAG_SIZE);
	crypt(false, record, FINISHED_SIZE, record + FRONT, plain, record + FRONT + FINISHED_SIZE);
	memcpy(plain + FINISHED_SIZE, client_hello, sizeof(client_hello));
	crypt(true, record, LONGER, plain, record + FRONT, record + FRONT + LONGER);
	record[RECORD_HEADER - 1] = NONCE_SIZE + LONGER + TAG_SIZE;
	return FRONT + LONGER + TAG_SIZE;
}

/* It would come up in front of the first data, and DecryptMessage would tell both at once. */
static void what_lies_behind_finished_in_its_record_is_refused(void **state)
{
	static uint8_t flight[4096];
	struct slice sent;
	size_t last = 0;

	(void)state;
	start(1);
	tls_peer_client(&peer, TLS1_2_VERSION);
	assert_int_equal(SSL_CTX_set_cipher_list(peer.settings, "ECDHE-ECDSA-AES128-GCM-SHA256:"
								"ECDHE-RSA-AES128-GCM-SHA256"),
			 1);
	(void)tls_peer_step(&peer, slice_of(NULL, 0));
	to_server(tls_peer_take(&peer));
	assert_int_equal(tls_pair_call(&pair.server, &to_peer), SEC_I_CONTINUE_NEEDED);
	(void)tls_peer_step(&peer, slice_of(to_peer.arrived, to_peer.size));
	sent = tls_peer_take(&peer);
	memcpy(flight, sent.data, sent.size);
	while (last + RECORD_HEADER + (size_t)(flight[last + 3] << 8 | flight[last + 4]) < sent.size)
		last += RECORD_HEADER + (size_t)(flight[last + 3] << 8 | flight[last + 4]);
	to_server(slice_of(flight, last + lengthen(flight + last, sent.size - last)));
	assert_int_equal(tls_pair_call(&pair.server, &to_peer), SEC_E_INVALID_TOKEN);
	assert_int_equal(pair.server.token_size, 0);
	end();
}

/* --- Short records */

/* RFC 6066 4: a client with little memory. */
static void a_client_that_wants_short_records_gets_short_messages(void **state)
{
	static uint8_t text[513];

	(void)state;
	for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
		SecPkgContext_StreamSizes sizes;

		start(1);
		tls_peer_client(&peer, version);
		assert_int_equal(
			SSL_CTX_set_tlsext_max_fragment_length(peer.settings, TLSEXT_max_fragment_length_512),
			1);
		shake_hands();
		assert_int_equal(
			QueryContextAttributesA(&pair.server.context, SECPKG_ATTR_STREAM_SIZES, &sizes),
			SEC_E_OK);
		assert_int_equal(sizes.cbMaximumMessage, 512);
		assert_int_equal(tls_pair_send(&pair.server, &to_peer, slice_of(text, sizeof(text))),
				 SEC_E_INVALID_TOKEN);
		assert_int_equal(tls_pair_send(&pair.server, &to_peer, slice_of(text, 512)), SEC_E_OK);
		end();
	}
}

/* --- Two names */

static int hellos;

static void change_name(int written, int version, int type, const void *bytes, size_t size, SSL *ssl,
			void *argument)
{
	enum { SERVER_HELLO = 2 };

	(void)version, (void)size, (void)argument;
	if (!written && type == SSL3_RT_HANDSHAKE && *(const uint8_t *)bytes == SERVER_HELLO && !hellos++)
		(void)SSL_set_tlsext_host_name(ssl, "server.test");
}

/* The first names the second certificate's host, the one behind HelloRetryRequest the first's. */
static void the_certificate_that_is_told_is_the_one_that_was_shown(void **state)
{
	PCCERT_CONTEXT own;
	uint8_t *der = NULL;
	X509 *shown;
	int size;

	(void)state;
	start(2);
	hellos = 0;
	tls_peer_client(&peer, TLS1_3_VERSION);
	assert_int_equal(SSL_CTX_set1_groups_list(peer.settings, "P-521:X25519"), 1);
	SSL_CTX_set_msg_callback(peer.settings, change_name);
	peer.ssl = SSL_new(peer.settings);
	SSL_set_bio(peer.ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	SSL_set_connect_state(peer.ssl);
	(void)SSL_set_tlsext_host_name(peer.ssl, "other.test");
	shake_hands();
	assert_true(hellos > 1);
	assert_int_equal(QueryContextAttributesA(&pair.server.context, SECPKG_ATTR_LOCAL_CERT_CONTEXT, &own),
			 SEC_E_OK);
	shown = SSL_get1_peer_certificate(peer.ssl);
	size = i2d_X509(shown, &der);
	assert_bytes(slice_of(own->pbCertEncoded, own->cbCertEncoded), slice_of(der, (size_t)size));
	OPENSSL_free(der);
	X509_free(shown);
	assert_true(CertFreeCertificateContext(own));
	end();
}

/* --- Demands of a credential */

/* It would show its certificate to a server that its pin forbids. */
static void a_credential_that_pins_another_server_is_not_taken_for_the_certificate(void **state)
{
	static const uint8_t of_another[32] = { 1 };
	const struct test_ca_wish wish = { .name = "alice", .principal = "alice@corp.test" };
	PCCERT_CONTEXT alice = test_ca_certificate(&wish);
	SCHANNEL_CRED client = tls_pair_cred(SCH_CRED_MANUAL_CRED_VALIDATION, NULL);
	SCHANNEL_CRED server = tls_pair_cred(0, certificates), second = tls_pair_cred(0, &alice);
	OPENSSPI_OPTIONS of_server = tls_pair_options(&server, test_ca_file());
	OPENSSPI_OPTIONS of_second = tls_pair_options(&second, NULL);
	CredHandle other;

	(void)state;
	of_second.ServerCertificateSha256 = of_another;
	tls_pair_start(&pair, &client, &of_server);
	pair.server.request |= ASC_REQ_MUTUAL_AUTH;
	assert_int_equal(AcquireCredentialsHandleA(NULL, (char *)(uintptr_t)UNISP_NAME_A,
						   SECPKG_CRED_OUTBOUND, NULL, &of_second, NULL, NULL, &other,
						   NULL),
			 SEC_E_OK);
	(void)tls_pair_run(&pair);
	assert_int_equal(pair.client.status, SEC_I_INCOMPLETE_CREDENTIALS);
	pair.client.given = &other;
	assert_int_equal(tls_pair_call(&pair.client, &pair.server), SEC_E_WRONG_CREDENTIAL_HANDLE);
	tls_pair_end(&pair);
	assert_int_equal(FreeCredentialsHandle(&other), SEC_E_OK);
	assert_true(CertFreeCertificateContext(alice));
}

static SECURITY_STATUS acquire(const char *package, void *data)
{
	CredHandle handle;
	SECURITY_STATUS status =
		AcquireCredentialsHandleA(NULL, (char *)(uintptr_t)package, SECPKG_CRED_OUTBOUND, NULL, data,
					  NULL, NULL, &handle, NULL);

	if (status == SEC_E_OK)
		assert_int_equal(FreeCredentialsHandle(&handle), SEC_E_OK);
	return status;
}

/* Nothing is fetched: where the library judges, nobody would know that a certificate was revoked. */
static void revocation_is_refused_wherever_the_library_judges(void **state)
{
	SEC_WINNT_AUTH_IDENTITY_A identity = {
		.User = (unsigned char *)(uintptr_t) "u",
		.UserLength = 1,
		.Flags = SEC_WINNT_AUTH_IDENTITY_ANSI,
	};
	SCHANNEL_CRED schannel = tls_pair_cred(SCH_CRED_REVOCATION_CHECK_CHAIN, NULL);
	CREDSSP_CRED credssp = { CredsspSubmitBufferBoth, &schannel, &identity };
	OPENSSPI_OPTIONS of_credssp = tls_pair_options(&credssp, test_ca_file());
	OPENSSPI_OPTIONS of_schannel = tls_pair_options(&schannel, test_ca_file());

	(void)state;
	assert_int_equal(acquire("CREDSSP", &of_credssp), SEC_E_UNSUPPORTED_FUNCTION);
	assert_int_equal(acquire("CREDSSP", &credssp), SEC_E_OK); /* the caller judges */
	assert_int_equal(acquire("Schannel", &of_schannel), SEC_E_UNSUPPORTED_FUNCTION);
	assert_int_equal(acquire("Schannel", &schannel), SEC_E_UNSUPPORTED_FUNCTION);
	schannel.dwFlags |= SCH_CRED_MANUAL_CRED_VALIDATION;
	assert_int_equal(acquire("Schannel", &of_schannel), SEC_E_UNSUPPORTED_FUNCTION);
	assert_int_equal(acquire("Schannel", &schannel), SEC_E_OK);
}

static void a_server_that_wants_no_mapper_knows_nobody(void **state)
{
	const struct test_ca_wish wish = { .name = "alice", .principal = "alice@corp.test" };
	PCCERT_CONTEXT alice = test_ca_certificate(&wish);
	SecPkgContext_NamesA names;

	(void)state;
	for (int wants_none = 0; wants_none < 2; wants_none++) {
		SCHANNEL_CRED client = tls_pair_cred(0, &alice);
		SCHANNEL_CRED server =
			tls_pair_cred(wants_none ? SCH_CRED_NO_SYSTEM_MAPPER : 0, certificates);
		OPENSSPI_OPTIONS of_client = tls_pair_options(&client, test_ca_file());
		OPENSSPI_OPTIONS of_server = tls_pair_options(&server, test_ca_file());
		SECURITY_STATUS status;

		tls_pair_start(&pair, &of_client, &of_server);
		pair.server.request |= ASC_REQ_MUTUAL_AUTH;
		assert_true(tls_pair_run(&pair));
		status = QueryContextAttributesA(&pair.server.context, SECPKG_ATTR_NAMES, &names);
		if (wants_none)
			assert_int_not_equal(status, SEC_E_OK);
		else
			assert_int_equal(status, SEC_E_OK);
		if (status == SEC_E_OK)
			assert_int_equal(FreeContextBuffer(names.sUserName), SEC_E_OK);
		tls_pair_end(&pair);
	}
	assert_true(CertFreeCertificateContext(alice));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_lies_behind_finished_in_its_record_is_refused),
		cmocka_unit_test(a_client_that_wants_short_records_gets_short_messages),
		cmocka_unit_test(the_certificate_that_is_told_is_the_one_that_was_shown),
		cmocka_unit_test(a_credential_that_pins_another_server_is_not_taken_for_the_certificate),
		cmocka_unit_test(revocation_is_refused_wherever_the_library_judges),
		cmocka_unit_test(a_server_that_wants_no_mapper_knows_nobody),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
