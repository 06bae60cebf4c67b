/* Package Schannel: what a connection can be asked for and told. */
#include "base/clock.h"
#include "base/compiler.h"
#include "support/exchange.h"
#include "support/hex.h"
#include "support/seams.h"
#include "support/test_ca.h"
#include "support/tls_pair.h"

#include <openssl/evp.h>
#include <string.h>
#include <time.h>

static struct tls_pair pair;
static PCCERT_CONTEXT server_certificate;

enum {
	TLS_1_2 = SP_PROT_TLS1_2_CLIENT | SP_PROT_TLS1_2_SERVER,
	TLS_1_3 = SP_PROT_TLS1_3_CLIENT | SP_PROT_TLS1_3_SERVER
};

static int set_up(void **state)
{
	const struct test_ca_wish wish = { .name = "server", .host = "server.test" };

	(void)state;
	seam_set_time(CLOCK_UNIX_EPOCH + (int64_t)time(NULL) * CLOCK_TICKS_PER_SECOND);
	server_certificate = test_ca_certificate(&wish);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	(void)CertFreeCertificateContext(server_certificate);
	return 0;
}

static void connect_with(uint32_t protocols, PCCERT_CONTEXT certificate)
{
	SCHANNEL_CRED client = tls_pair_cred(SCH_CRED_MANUAL_CRED_VALIDATION, NULL);
	SCHANNEL_CRED server = tls_pair_cred(0, &certificate);

	client.grbitEnabledProtocols = server.grbitEnabledProtocols = protocols;
	tls_pair_start(&pair, &client, &server);
	assert_true(tls_pair_run(&pair));
}

static SECURITY_STATUS ask(struct tls_end *end, uint32_t attribute, void *buffer)
{
	return QueryContextAttributesW(&end->context, attribute, buffer);
}

/* --- Numbers --------------------------------------------------------------------------------------------------- */

static void the_connection_has_windows_numbers(void **state)
{
	SecPkgContext_ConnectionInfo info;

	(void)state;
	connect_with(TLS_1_2, server_certificate);
	assert_int_equal(ask(&pair.server, SECPKG_ATTR_CONNECTION_INFO, &info), SEC_E_OK);
	assert_int_equal(info.dwProtocol, SP_PROT_TLS1_2_SERVER);
	assert_int_equal(info.aiCipher, CALG_AES_128);
	assert_int_equal(info.dwCipherStrength, 128);
	assert_int_equal(info.aiHash, CALG_SHA_256);
	assert_int_equal(info.dwHashStrength, 0);
	assert_int_equal(info.aiExch, CALG_ECDH_EPHEM);
	assert_int_equal(info.dwExchStrength, 255);
	tls_pair_end(&pair);
}

static void assert_wide(const WCHAR *found, const char *expected)
{
	for (size_t i = 0; i <= strlen(expected); i++)
		assert_int_equal(found[i], expected[i]);
}

static void the_suite_and_its_parts_have_names(void **state)
{
	SecPkgContext_CipherInfo info;
	SecPkgContext_ConnectionInfoEx connection;

	(void)state;
	connect_with(TLS_1_3, server_certificate);
	assert_int_equal(ask(&pair.client, SECPKG_ATTR_CIPHER_INFO, &info), SEC_E_OK);
	assert_int_equal(info.dwVersion, 1);
	assert_int_equal(info.dwProtocol, 0x0304);
	assert_int_equal(info.dwCipherSuite, 0x1301);
	assert_int_equal(info.dwBaseCipherSuite, 0x1301);
	assert_wide(info.szCipherSuite, "TLS_AES_128_GCM_SHA256");
	assert_wide(info.szCipher, "AES");
	assert_int_equal(info.dwCipherLen, 128);
	assert_int_equal(info.dwCipherBlockLen, 16);
	assert_wide(info.szHash, "");
	assert_wide(info.szExchange, "ECDH");
	assert_wide(info.szCertificate, "ECDSA");
	assert_int_equal(ask(&pair.client, SECPKG_ATTR_CONNECTION_INFO_EX, &connection), SEC_E_OK);
	assert_int_equal(connection.dwVersion, 1);
	assert_int_equal(connection.dwProtocol, SP_PROT_TLS1_3_CLIENT);
	assert_wide(connection.szCipher, "AES");
	assert_wide(connection.szHash, "SHA256");
	assert_int_equal(connection.dwCipherStrength, 128);
	tls_pair_end(&pair);
}

static void a_stream_of_256_bits_says_so(void **state)
{
	SCHANNEL_CRED client = tls_pair_cred(SCH_CRED_MANUAL_CRED_VALIDATION, NULL);
	SCHANNEL_CRED server = tls_pair_cred(0, &server_certificate);
	SecPkgContext_CipherInfo info;
	SecPkgContext_KeyInfoA keys;

	(void)state;
	client.dwMinimumCipherStrength = 256;
	tls_pair_start(&pair, &client, &server);
	assert_true(tls_pair_run(&pair));
	assert_int_equal(ask(&pair.client, SECPKG_ATTR_CIPHER_INFO, &info), SEC_E_OK);
	assert_int_equal(info.dwCipherLen, 256);
	assert_wide(info.szHash, "");
	assert_int_equal(info.dwHashLen, 0);
	assert_int_equal(QueryContextAttributesA(&pair.client.context, SECPKG_ATTR_KEY_INFO, &keys),
			 SEC_E_OK);
	assert_string_equal(keys.sEncryptAlgorithmName, "AES");
	assert_string_equal(keys.sSignatureAlgorithmName, "ECDSA");
	assert_int_equal(keys.KeySize, 256);
	assert_int_equal(keys.EncryptAlgorithm, CALG_AES_256);
	assert_int_equal(keys.SignatureAlgorithm, CALG_ECDSA);
	assert_int_equal(FreeContextBuffer(keys.sEncryptAlgorithmName), SEC_E_OK);
	assert_int_equal(FreeContextBuffer(keys.sSignatureAlgorithmName), SEC_E_OK);
	tls_pair_end(&pair);
}

static void a_session_has_an_id_and_is_not_resumed(void **state)
{
	SecPkgContext_SessionInfo info;

	(void)state;
	connect_with(TLS_1_3, server_certificate);
	assert_int_equal(ask(&pair.client, SECPKG_ATTR_SESSION_INFO, &info), SEC_E_OK);
	assert_int_equal(info.dwFlags, 0);
	assert_true(info.cbSessionId <= 32);
	tls_pair_end(&pair);
}

static void sizes_and_package_are_told(void **state)
{
	SecPkgContext_StreamSizes stream;
	SecPkgContext_Sizes sizes;
	SecPkgContext_PackageInfoA package;
	SecPkgContext_Flags flags;

	(void)state;
	connect_with(TLS_1_3, server_certificate);
	assert_int_equal(ask(&pair.client, SECPKG_ATTR_STREAM_SIZES, &stream), SEC_E_OK);
	assert_int_equal(stream.cbHeader, 5);
	assert_int_equal(stream.cbTrailer, 44);
	assert_int_equal(stream.cbMaximumMessage, 16384);
	assert_int_equal(ask(&pair.client, SECPKG_ATTR_SIZES, &sizes), SEC_E_OK);
	assert_int_equal(sizes.cbMaxToken, 24576);
	assert_int_equal(sizes.cbMaxSignature, 0);
	assert_int_equal(sizes.cbSecurityTrailer, 49);
	assert_int_equal(QueryContextAttributesA(&pair.client.context, SECPKG_ATTR_PACKAGE_INFO, &package),
			 SEC_E_OK);
	assert_string_equal(package.PackageInfo->Name, "Schannel");
	assert_int_equal(FreeContextBuffer(package.PackageInfo), SEC_E_OK);
	assert_int_equal(ask(&pair.client, SECPKG_ATTR_FLAGS, &flags), SEC_E_OK);
	assert_int_equal(flags.Flags, pair.client.attributes);
	tls_pair_end(&pair);
}

/* The list of the other side's ClientHello; a server that asks for no certificate sends none. */
static void a_server_knows_the_clients_signature_algorithms(void **state)
{
	SecPkgContext_SupportedSignatures signatures;
	bool found = false;

	(void)state;
	connect_with(TLS_1_2, server_certificate);
	assert_int_equal(ask(&pair.server, SECPKG_ATTR_SUPPORTED_SIGNATURES, &signatures), SEC_E_OK);
	assert_true(signatures.cSignatureAndHashAlgorithms > 2);
	for (int i = 0; i < signatures.cSignatureAndHashAlgorithms; i++)
		found |= signatures.pSignatureAndHashAlgorithms[i] == 0x0304; /* ECDSA 3, SHA-256 4 */
	assert_true(found);
	assert_int_equal(FreeContextBuffer(signatures.pSignatureAndHashAlgorithms), SEC_E_OK);
	assert_int_equal(ask(&pair.client, SECPKG_ATTR_SUPPORTED_SIGNATURES, &signatures),
			 SEC_E_NO_CREDENTIALS);
	tls_pair_end(&pair);
}

/* --- Channel bindings ------------------------------------------------------------------------------------------ */

static void assert_bindings(struct tls_end *end, uint32_t attribute, const char *prefix,
			    struct slice expected)
{
	SecPkgContext_Bindings bindings;
	const uint8_t *data;
	size_t size = strlen(prefix);

	assert_int_equal(ask(end, attribute, &bindings), SEC_E_OK);
	assert_int_equal(bindings.BindingsLength, 32 + bindings.Bindings->cbApplicationDataLength);
	assert_int_equal(bindings.Bindings->dwApplicationDataOffset, 32);
	assert_int_equal(bindings.Bindings->dwInitiatorAddrType + bindings.Bindings->cbInitiatorLength +
				 bindings.Bindings->dwAcceptorAddrType + bindings.Bindings->cbAcceptorLength,
			 0);
	data = (const uint8_t *)bindings.Bindings + 32;
	assert_int_equal(bindings.Bindings->cbApplicationDataLength, size + expected.size);
	assert_memory_equal(data, prefix, size);
	assert_bytes(slice_of(data + size, expected.size), expected);
	assert_int_equal(FreeContextBuffer(bindings.Bindings), SEC_E_OK);
}

/* RFC 5929 4.1: the digest is that of the certificate's signature. */
static void the_end_point_is_the_servers_certificate(void **state)
{
	static const char *const digests[] = { "SHA256", "SHA384", "SHA512" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(digests); i++) {
		const struct test_ca_wish wish = { .name = "digest",
						   .host = "server.test",
						   .digest = digests[i] };
		PCCERT_CONTEXT certificate = test_ca_certificate(&wish);
		uint8_t digest[64];
		unsigned size;

		assert_int_equal(EVP_Digest(certificate->pbCertEncoded, certificate->cbCertEncoded, digest,
					    &size, EVP_get_digestbyname(digests[i]), NULL),
				 1);
		connect_with(i % 2 ? TLS_1_2 : TLS_1_3, certificate);
		assert_bindings(&pair.client, SECPKG_ATTR_ENDPOINT_BINDINGS,
				"tls-server-end-point:", slice_of(digest, size));
		assert_bindings(&pair.server, SECPKG_ATTR_ENDPOINT_BINDINGS,
				"tls-server-end-point:", slice_of(digest, size));
		tls_pair_end(&pair);
		(void)CertFreeCertificateContext(certificate);
	}
}

/* RFC 9266 has another one for TLS 1.3, which Windows does not give under this number. */
static void tls_unique_is_the_same_at_both_ends_of_tls_1_2(void **state)
{
	SecPkgContext_Bindings bindings;

	(void)state;
	connect_with(TLS_1_2, server_certificate);
	assert_int_equal(ask(&pair.client, SECPKG_ATTR_UNIQUE_BINDINGS, &bindings), SEC_E_OK);
	assert_int_equal(bindings.Bindings->cbApplicationDataLength, 11 + 12);
	assert_bindings(&pair.server, SECPKG_ATTR_UNIQUE_BINDINGS,
			"tls-unique:", slice_of((const uint8_t *)bindings.Bindings + 32 + 11, 12));
	assert_int_equal(FreeContextBuffer(bindings.Bindings), SEC_E_OK);
	tls_pair_end(&pair);
	connect_with(TLS_1_3, server_certificate);
	assert_int_equal(ask(&pair.client, SECPKG_ATTR_UNIQUE_BINDINGS, &bindings),
			 SEC_E_UNSUPPORTED_FUNCTION);
	tls_pair_end(&pair);
}

/* --- Keying material --------------------------------------------------------------------------------------------- */

static SECURITY_STATUS set_info(struct tls_end *end, uint16_t label_size, const void *context, uint32_t size)
{
	SecPkgContext_KeyingMaterialInfo info = {
		.cbLabel = label_size,
		.pszLabel = (char *)(uintptr_t) "EXPORTER-Test",
		.cbContextValue = context ? 3 : 0,
		.pbContextValue = (uint8_t *)(uintptr_t)context,
		.cbKeyingMaterial = size,
	};

	return SetContextAttributesA(&end->context, SECPKG_ATTR_KEYING_MATERIAL_INFO, &info, sizeof(info));
}

static void both_ends_export_the_same_keys(void **state)
{
	static const uint32_t versions[] = { TLS_1_2, TLS_1_3 };

	(void)state;
	for (size_t i = 0; i < 2 * COUNT_OF(versions); i++) {
		const void *context = i % 2 ? "abc" : NULL;
		SecPkgContext_KeyingMaterial client, server;
		uint8_t inproc[32] = { 0 };
		SecPkgContext_KeyingMaterial_Inproc wish = {
			.cbLabel = 13,
			.pszLabel = (char *)(uintptr_t) "EXPORTER-Test",
			.cbContextValue = context ? 3 : 0,
			.pbContextValue = (uint8_t *)(uintptr_t)context,
			.cbKeyingMaterial = sizeof(inproc),
			.pbKeyingMaterial = inproc,
		};

		connect_with(versions[i / 2], server_certificate);
		assert_int_equal(ask(&pair.client, SECPKG_ATTR_KEYING_MATERIAL, &client),
				 SEC_E_OUT_OF_SEQUENCE);
		assert_int_equal(set_info(&pair.client, 13, context, 32), SEC_E_OK);
		assert_int_equal(set_info(&pair.server, 14, context, 32),
				 SEC_E_OK); /* the NUL counts for nothing */
		assert_int_equal(ask(&pair.client, SECPKG_ATTR_KEYING_MATERIAL, &client), SEC_E_OK);
		assert_int_equal(ask(&pair.server, SECPKG_ATTR_KEYING_MATERIAL, &server), SEC_E_OK);
		assert_int_equal(client.cbKeyingMaterial, 32);
		assert_bytes(slice_of(client.pbKeyingMaterial, 32), slice_of(server.pbKeyingMaterial, 32));
		assert_int_equal(ask(&pair.server, SECPKG_ATTR_KEYING_MATERIAL_INPROC, &wish), SEC_E_OK);
		assert_bytes(slice_of(inproc, 32), slice_of(client.pbKeyingMaterial, 32));
		assert_int_equal(FreeContextBuffer(client.pbKeyingMaterial), SEC_E_OK);
		assert_int_equal(FreeContextBuffer(server.pbKeyingMaterial), SEC_E_OK);
		tls_pair_end(&pair);
	}
}

static void keys_without_a_label_or_a_size_are_refused(void **state)
{
	SecPkgContext_KeyingMaterialInfo info = { .cbLabel = 4, .cbKeyingMaterial = 8 };

	(void)state;
	connect_with(0, server_certificate);
	assert_int_equal(set_info(&pair.client, 0, NULL, 32), SEC_E_INVALID_TOKEN);
	assert_int_equal(set_info(&pair.client, 13, NULL, 0), SEC_E_INVALID_TOKEN);
	assert_int_equal(set_info(&pair.client, 13, NULL, 0xFFFFFFFF), SEC_E_INVALID_TOKEN);
	assert_int_equal(SetContextAttributesW(&pair.client.context, SECPKG_ATTR_KEYING_MATERIAL_INFO, &info,
					       sizeof(info)),
			 SEC_E_INTERNAL_ERROR);
	tls_pair_end(&pair);
}

/* --- Setting -------------------------------------------------------------------------------------------------- */

static void application_data_is_kept_with_the_context(void **state)
{
	uint8_t bytes[] = { 1, 2, 3 };
	SecPkgContext_SessionAppData data = { .cbAppData = sizeof(bytes), .pbAppData = bytes }, kept;

	(void)state;
	connect_with(0, server_certificate);
	assert_int_equal(ask(&pair.client, SECPKG_ATTR_APP_DATA, &kept), SEC_E_OK);
	assert_int_equal(kept.cbAppData, 0);
	assert_null(kept.pbAppData);
	assert_int_equal(
		SetContextAttributesA(&pair.client.context, SECPKG_ATTR_APP_DATA, &data, sizeof(data)),
		SEC_E_OK);
	bytes[0] = 9; /* it was copied */
	assert_int_equal(ask(&pair.client, SECPKG_ATTR_APP_DATA, &kept), SEC_E_OK);
	assert_bytes(slice_of(kept.pbAppData, kept.cbAppData), hex("010203"));
	assert_int_equal(FreeContextBuffer(kept.pbAppData), SEC_E_OK);
	data.cbAppData = 0;
	assert_int_equal(
		SetContextAttributesW(&pair.client.context, SECPKG_ATTR_APP_DATA, &data, sizeof(data)),
		SEC_E_OK);
	assert_int_equal(ask(&pair.client, SECPKG_ATTR_APP_DATA, &kept), SEC_E_OK);
	assert_int_equal(kept.cbAppData, 0);
	tls_pair_end(&pair);
}

static void what_cannot_be_set_is_refused(void **state)
{
	static const uint32_t others[] = { SECPKG_ATTR_EARLY_START, SECPKG_ATTR_EAP_PRF_INFO,
					   SECPKG_ATTR_DTLS_MTU, SECPKG_ATTR_NAMES, 0xFFFFFFFF };
	SecPkgContext_SessionAppData data = { .cbAppData = 4 };
	CtxtHandle none = { 0, 0 };

	(void)state;
	connect_with(0, server_certificate);
	for (size_t i = 0; i < COUNT_OF(others); i++)
		assert_int_equal(SetContextAttributesA(&pair.client.context, others[i], &data, sizeof(data)),
				 SEC_E_UNSUPPORTED_FUNCTION);
	assert_int_equal(SetContextAttributesA(&none, SECPKG_ATTR_APP_DATA, &data, sizeof(data)),
			 SEC_E_INVALID_HANDLE);
	assert_int_equal(SetContextAttributesA(NULL, SECPKG_ATTR_APP_DATA, &data, sizeof(data)),
			 SEC_E_INVALID_HANDLE);
	assert_int_equal(
		SetContextAttributesA(&pair.client.context, SECPKG_ATTR_APP_DATA, NULL, sizeof(data)),
		SEC_E_INTERNAL_ERROR);
	assert_int_equal(
		SetContextAttributesA(&pair.client.context, SECPKG_ATTR_APP_DATA, &data, sizeof(data) - 1),
		SEC_E_BUFFER_TOO_SMALL);
	assert_int_equal(
		SetContextAttributesA(&pair.client.context, SECPKG_ATTR_APP_DATA, &data, sizeof(data)),
		SEC_E_INTERNAL_ERROR); /* bytes at NULL */
	tls_pair_end(&pair);
}

static void other_packages_have_nothing_to_set(void **state)
{
	static struct exchange exchange;
	static const char *const packages[] = { "NTLM", "CREDSSP" };
	SecPkgContext_SessionAppData data = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(packages); i++) {
		struct exchange_settings settings = exchange_usual(packages[i]);

		exchange_start(&exchange, &settings);
		assert_true(exchange_run(&exchange));
		assert_int_equal(SetContextAttributesA(&exchange.client.context, SECPKG_ATTR_APP_DATA, &data,
						       sizeof(data)),
				 SEC_E_UNSUPPORTED_FUNCTION);
		exchange_end(&exchange);
	}
}

/* --- What is not offered --------------------------------------------------------------------------------------- */

static void attributes_that_are_not_built_leave_the_buffer_alone(void **state)
{
	static const uint32_t attributes[] = {
		SECPKG_ATTR_SESSION_KEY,      SECPKG_ATTR_NEGOTIATION_INFO,  SECPKG_ATTR_EAP_KEY_BLOCK,
		SECPKG_ATTR_ROOT_STORE,       SECPKG_ATTR_REMOTE_CRED,       SECPKG_ATTR_LOCAL_CRED,
		SECPKG_ATTR_MAPPED_CRED_ATTR, SECPKG_ATTR_CC_POLICY_RESULT,  SECPKG_ATTR_SRTP_PARAMETERS,
		SECPKG_ATTR_DTLS_MTU,         SECPKG_ATTR_REMOTE_CERT_CHAIN, SECPKG_ATTR_KEYING_MATERIAL_INFO,
	};
	uint8_t buffer[1024], untouched[1024];

	(void)state;
	memset(buffer, 0x5A, sizeof(buffer));
	memset(untouched, 0x5A, sizeof(untouched));
	connect_with(0, server_certificate);
	for (size_t i = 0; i < COUNT_OF(attributes); i++)
		assert_int_equal(ask(&pair.server, attributes[i], buffer), SEC_E_UNSUPPORTED_FUNCTION);
	assert_memory_equal(buffer, untouched, sizeof(buffer));
	tls_pair_end(&pair);
}

/* --- CREDSSP's client ------------------------------------------------------------------------------------------- */

static void a_credssp_client_knows_whether_it_judged_the_server(void **state)
{
	static struct exchange exchange;

	(void)state;
	for (int pinned = 0; pinned < 2; pinned++) {
		struct exchange_settings settings = exchange_usual("CREDSSP");
		PCCERT_CONTEXT certificate = exchange_certificate();
		SecPkgContext_Flags flags;
		CERT_TRUST_STATUS trust;
		uint8_t pin[32];
		unsigned size;

		assert_int_equal(EVP_Digest(certificate->pbCertEncoded, certificate->cbCertEncoded, pin,
					    &size, EVP_sha256(), NULL),
				 1);
		settings.client_pin = pinned ? pin : NULL;
		exchange_start(&exchange, &settings);
		assert_true(exchange_run(&exchange));
		assert_int_equal(QueryContextAttributesA(&exchange.client.context,
							 SECPKG_ATTR_SERVER_AUTH_FLAGS, &flags),
				 SEC_E_OK);
		assert_int_equal(flags.Flags, pinned ? CREDSSP_SERVER_AUTH_CERTIFICATE : 0);
		assert_int_equal(QueryContextAttributesA(&exchange.client.context,
							 SECPKG_ATTR_CERT_TRUST_STATUS, &trust),
				 SEC_E_OK);
		assert_int_equal(trust.dwErrorStatus,
				 pinned ? CERT_TRUST_NO_ERROR : CERT_TRUST_IS_UNTRUSTED_ROOT);
		assert_int_equal(trust.dwInfoStatus, 0);
		exchange_end(&exchange);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_connection_has_windows_numbers),
		cmocka_unit_test(the_suite_and_its_parts_have_names),
		cmocka_unit_test(a_stream_of_256_bits_says_so),
		cmocka_unit_test(a_session_has_an_id_and_is_not_resumed),
		cmocka_unit_test(sizes_and_package_are_told),
		cmocka_unit_test(a_server_knows_the_clients_signature_algorithms),
		cmocka_unit_test(the_end_point_is_the_servers_certificate),
		cmocka_unit_test(tls_unique_is_the_same_at_both_ends_of_tls_1_2),
		cmocka_unit_test(both_ends_export_the_same_keys),
		cmocka_unit_test(keys_without_a_label_or_a_size_are_refused),
		cmocka_unit_test(application_data_is_kept_with_the_context),
		cmocka_unit_test(what_cannot_be_set_is_refused),
		cmocka_unit_test(other_packages_have_nothing_to_set),
		cmocka_unit_test(attributes_that_are_not_built_leave_the_buffer_alone),
		cmocka_unit_test(a_credssp_client_knows_whether_it_judged_the_server),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
