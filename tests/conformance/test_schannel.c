/* Package Schannel through the public functions: credentials, whom to trust, application protocols, alerts. */
#include "base/clock.h"
#include "base/compiler.h"
#include "support/hex.h"
#include "support/scratch.h"
#include "support/seams.h"
#include "support/test_ca.h"
#include "support/tls_pair.h"

#include <string.h>
#include <time.h>

static struct tls_pair pair;
static PCCERT_CONTEXT server_certificate;

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

static char *name(const char *text)
{
	return (char *)(uintptr_t)text;
}

static SECURITY_STATUS acquire(uint32_t use, void *data)
{
	CredHandle credential;
	SECURITY_STATUS status = AcquireCredentialsHandleA(NULL, name(UNISP_NAME_A), use, NULL, data, NULL,
							   NULL, &credential, NULL);

	if (status == SEC_E_OK)
		assert_int_equal(FreeCredentialsHandle(&credential), SEC_E_OK);
	return status;
}

/* A client that trusts the tests' authority, or with a NULL file what its flags say. */
static void start(uint32_t client_flags, const char *trusted_file, PCCERT_CONTEXT *certificate)
{
	SCHANNEL_CRED client = tls_pair_cred(client_flags, NULL), server = tls_pair_cred(0, certificate);
	OPENSSPI_OPTIONS options = tls_pair_options(&client, trusted_file);

	tls_pair_start(&pair, &options, &server);
}

/* --- Credentials ---------------------------------------------------------------------------------------------- */

static void a_client_needs_no_credential_data_and_a_server_a_certificate(void **state)
{
	(void)state;
	assert_int_equal(acquire(SECPKG_CRED_OUTBOUND, NULL), SEC_E_OK);
	assert_int_equal(acquire(SECPKG_CRED_INBOUND, NULL), SEC_E_NO_CREDENTIALS);
}

/* Microsoft's page: one handle cannot be used for both sides. Seen in Windows: SEC_E_NO_CREDENTIALS. */
static void a_credential_is_for_one_direction(void **state)
{
	SCHANNEL_CRED schannel = tls_pair_cred(0, &server_certificate);

	(void)state;
	assert_int_equal(acquire(SECPKG_CRED_BOTH, NULL), SEC_E_NO_CREDENTIALS);
	assert_int_equal(acquire(0, &schannel), SEC_E_NO_CREDENTIALS);
	assert_int_equal(acquire(SECPKG_CRED_BOTH, &schannel), SEC_E_NO_CREDENTIALS);
	assert_int_equal(acquire(SECPKG_CRED_INBOUND, &schannel), SEC_E_OK);
	assert_int_equal(acquire(SECPKG_CRED_OUTBOUND, &schannel), SEC_E_OK);
}

static void the_credentials_end_is_the_certificates(void **state)
{
	SCHANNEL_CRED schannel = tls_pair_cred(0, &server_certificate);
	CredHandle credential;
	TimeStamp expiry, now = clock_now();

	(void)state;
	assert_int_equal(AcquireCredentialsHandleA(NULL, name("Schannel"), SECPKG_CRED_INBOUND, NULL,
						   &schannel, NULL, NULL, &credential, &expiry),
			 SEC_E_OK);
	assert_true(expiry > now && expiry < now + 367 * 24 * 3600 * CLOCK_TICKS_PER_SECOND);
	assert_int_equal(FreeCredentialsHandle(&credential), SEC_E_OK);
}

static void an_unknown_version_is_no_credential(void **state)
{
	static const uint32_t versions[] = { 0, 1, 2, 3, 6, 0xFFFFFFFF };
	SCHANNEL_CRED schannel = tls_pair_cred(0, NULL);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(versions); i++) {
		schannel.dwVersion = versions[i];
		assert_int_equal(acquire(SECPKG_CRED_OUTBOUND, &schannel), SEC_E_UNKNOWN_CREDENTIALS);
	}
}

static void what_schannel_cred_asks_for_and_is_not_built_is_refused(void **state)
{
	ALG_ID algorithm = CALG_AES_256;
	SCHANNEL_CRED rows[9];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		rows[i] = tls_pair_cred(0, NULL);
	rows[0].hRootStore = &algorithm;
	rows[1].cMappers = 1;
	rows[2].cSupportedAlgs = 1;
	rows[2].palgSupportedAlgs = &algorithm;
	rows[3].dwCredFormat = SCH_CRED_FORMAT_CERT_HASH;
	rows[4].dwFlags = SCH_USE_DTLS_ONLY;
	rows[5].dwFlags = SCH_USE_PRESHAREDKEY_ONLY;
	rows[6].dwFlags = SCH_CRED_REVOCATION_CHECK_CHAIN;
	rows[7].grbitEnabledProtocols = SP_PROT_TLS1_1_CLIENT;
	rows[8].grbitEnabledProtocols = SP_PROT_DTLS1_2_CLIENT;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		assert_int_equal(acquire(SECPKG_CRED_OUTBOUND, &rows[i]), SEC_E_UNSUPPORTED_FUNCTION);
}

/* Nothing is fetched here; whoever lets that pass, or judges himself, is served. */
static void revocation_may_be_asked_for_by_those_who_can_do_without(void **state)
{
	SCHANNEL_CRED schannel =
		tls_pair_cred(SCH_CRED_REVOCATION_CHECK_CHAIN | SCH_CRED_IGNORE_NO_REVOCATION_CHECK |
				      SCH_CRED_IGNORE_REVOCATION_OFFLINE,
			      NULL);

	(void)state;
	assert_int_equal(acquire(SECPKG_CRED_OUTBOUND, &schannel), SEC_E_OK);
	schannel.dwFlags = SCH_CRED_REVOCATION_CHECK_CHAIN | SCH_CRED_MANUAL_CRED_VALIDATION;
	assert_int_equal(acquire(SECPKG_CRED_OUTBOUND, &schannel), SEC_E_OK);
}

static void validation_is_manual_or_automatic(void **state)
{
	SCHANNEL_CRED schannel =
		tls_pair_cred(SCH_CRED_MANUAL_CRED_VALIDATION | SCH_CRED_AUTO_CRED_VALIDATION, NULL);

	(void)state;
	assert_int_equal(acquire(SECPKG_CRED_OUTBOUND, &schannel), SEC_E_UNKNOWN_CREDENTIALS);
}

/* Seen in Windows. */
static void tls_and_dtls_do_not_go_together(void **state)
{
	SCHANNEL_CRED schannel = tls_pair_cred(0, NULL);

	(void)state;
	schannel.grbitEnabledProtocols = SP_PROT_TLS1_2_CLIENT | SP_PROT_DTLS1_2_CLIENT;
	assert_int_equal(acquire(SECPKG_CRED_OUTBOUND, &schannel), SEC_E_ALGORITHM_MISMATCH);
}

/* Seen in Windows. */
static void protocols_of_the_other_direction_do_not_count(void **state)
{
	SCHANNEL_CRED schannel = tls_pair_cred(0, &server_certificate);
	SecPkgCred_SupportedProtocols protocols;
	CredHandle credential;

	(void)state;
	schannel.grbitEnabledProtocols = SP_PROT_TLS1_2_SERVER;
	assert_int_equal(acquire(SECPKG_CRED_OUTBOUND, &schannel), SEC_E_ALGORITHM_MISMATCH);
	schannel.grbitEnabledProtocols = SP_PROT_TLS1_2_CLIENT;
	assert_int_equal(acquire(SECPKG_CRED_INBOUND, &schannel), SEC_E_ALGORITHM_MISMATCH);
	schannel.grbitEnabledProtocols = SP_PROT_TLS1_2_CLIENT | SP_PROT_TLS1_3_SERVER;
	assert_int_equal(AcquireCredentialsHandleA(NULL, name("Schannel"), SECPKG_CRED_OUTBOUND, NULL,
						   &schannel, NULL, NULL, &credential, NULL),
			 SEC_E_OK);
	assert_int_equal(
		QueryCredentialsAttributesA(&credential, SECPKG_ATTR_SUPPORTED_PROTOCOLS, &protocols),
		SEC_E_OK);
	assert_int_equal(protocols.grbitProtocol, SP_PROT_TLS1_2_CLIENT);
	assert_int_equal(FreeCredentialsHandle(&credential), SEC_E_OK);
}

static void a_certificate_without_a_key_is_no_credential(void **state)
{
	PCCERT_CONTEXT remote;
	SCHANNEL_CRED schannel = tls_pair_cred(0, &remote);

	(void)state;
	start(SCH_CRED_MANUAL_CRED_VALIDATION, NULL, &server_certificate);
	assert_true(tls_pair_run(&pair));
	assert_int_equal(
		QueryContextAttributesA(&pair.client.context, SECPKG_ATTR_REMOTE_CERT_CONTEXT, &remote),
		SEC_E_OK);
	assert_int_equal(acquire(SECPKG_CRED_INBOUND, &schannel), SEC_E_UNKNOWN_CREDENTIALS);
	(void)CertFreeCertificateContext(remote);
	tls_pair_end(&pair);
}

static void a_credential_says_what_it_can(void **state)
{
	SCHANNEL_CRED schannel = tls_pair_cred(0, &server_certificate);
	SecPkgCred_SupportedProtocols protocols;
	SecPkgCred_CipherStrengths strengths;
	SecPkgCred_SupportedAlgs algorithms;
	SecPkgCredentials_NamesA names;
	CredHandle credential;
	bool aes_128 = false, aes_256 = false;

	(void)state;
	schannel.grbitEnabledProtocols = SP_PROT_TLS1_3_SERVER;
	schannel.dwMinimumCipherStrength = 256;
	assert_int_equal(AcquireCredentialsHandleA(NULL, name("Schannel"), SECPKG_CRED_INBOUND, NULL,
						   &schannel, NULL, NULL, &credential, NULL),
			 SEC_E_OK);
	assert_int_equal(
		QueryCredentialsAttributesA(&credential, SECPKG_ATTR_SUPPORTED_PROTOCOLS, &protocols),
		SEC_E_OK);
	assert_int_equal(protocols.grbitProtocol, SP_PROT_TLS1_3_SERVER);
	assert_int_equal(QueryCredentialsAttributesW(&credential, SECPKG_ATTR_CIPHER_STRENGTHS, &strengths),
			 SEC_E_OK);
	assert_int_equal(strengths.dwMinimumCipherStrength, 256);
	assert_int_equal(strengths.dwMaximumCipherStrength, 256);
	assert_int_equal(QueryCredentialsAttributesA(&credential, SECPKG_ATTR_SUPPORTED_ALGS, &algorithms),
			 SEC_E_OK);
	for (uint32_t i = 0; i < algorithms.cSupportedAlgs; i++) {
		aes_128 |= algorithms.palgSupportedAlgs[i] == CALG_AES_128;
		aes_256 |= algorithms.palgSupportedAlgs[i] == CALG_AES_256;
	}
	assert_true(aes_256 && !aes_128);
	assert_int_equal(FreeContextBuffer(algorithms.palgSupportedAlgs), SEC_E_OK);
	assert_int_equal(QueryCredentialsAttributesA(&credential, SECPKG_CRED_ATTR_NAMES, &names), SEC_E_OK);
	assert_string_equal(names.sUserName, "O=Example, CN=server");
	assert_int_equal(FreeContextBuffer(names.sUserName), SEC_E_OK);
	assert_int_equal(FreeCredentialsHandle(&credential), SEC_E_OK);
	/* Seen in Windows: without a certificate there is nobody to name. */
	assert_int_equal(AcquireCredentialsHandleA(NULL, name("Schannel"), SECPKG_CRED_OUTBOUND, NULL, NULL,
						   NULL, NULL, &credential, NULL),
			 SEC_E_OK);
	assert_int_equal(QueryCredentialsAttributesA(&credential, SECPKG_CRED_ATTR_NAMES, &names),
			 SEC_E_NO_CREDENTIALS);
	assert_int_equal(
		QueryCredentialsAttributesA(&credential, SECPKG_ATTR_SUPPORTED_PROTOCOLS, &protocols),
		SEC_E_OK);
	assert_int_equal(protocols.grbitProtocol, SP_PROT_TLS1_2_CLIENT | SP_PROT_TLS1_3_CLIENT);
	assert_int_equal(QueryCredentialsAttributesA(&credential, SECPKG_ATTR_CIPHER_STRENGTHS, &strengths),
			 SEC_E_OK);
	assert_int_equal(strengths.dwMinimumCipherStrength, 128);
	assert_int_equal(strengths.dwMaximumCipherStrength, 256);
	assert_int_equal(FreeCredentialsHandle(&credential), SEC_E_OK);
}

/* --- SCH_CREDENTIALS ------------------------------------------------------------------------------------------ */

static void sch_credentials_disable_protocols(void **state)
{
	static const struct {
		uint32_t disabled, expected;
	} rows[] = {
		{ 0, SP_PROT_TLS1_3_CLIENT },
		{ SP_PROT_TLS1_3_CLIENT, SP_PROT_TLS1_2_CLIENT },
		{ SP_PROT_TLS1_2_CLIENT, SP_PROT_TLS1_3_CLIENT },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		TLS_PARAMETERS parameters = { .grbitDisabledProtocols = rows[i].disabled };
		SCH_CREDENTIALS client = {
			.dwVersion = SCH_CREDENTIALS_VERSION,
			.dwFlags = SCH_CRED_MANUAL_CRED_VALIDATION,
			.cTlsParameters = 1,
			.pTlsParameters = &parameters,
		};
		SCH_CREDENTIALS server = { .dwVersion = SCH_CREDENTIALS_VERSION,
					   .cCreds = 1,
					   .paCred = &server_certificate };
		SecPkgContext_ConnectionInfo info;

		tls_pair_start(&pair, &client, &server);
		assert_true(tls_pair_run(&pair));
		assert_int_equal(
			QueryContextAttributesA(&pair.client.context, SECPKG_ATTR_CONNECTION_INFO, &info),
			SEC_E_OK);
		assert_int_equal(info.dwProtocol, rows[i].expected);
		tls_pair_end(&pair);
	}
}

static void tls_parameters_that_are_not_built_are_refused(void **state)
{
	UNICODE_STRING alpn = { 4, 4, (uint16_t[]) { 'h', '2' } };
	CRYPTO_SETTINGS crypto = { .eAlgorithmUsage = TlsParametersCngAlgUsageCipher };
	TLS_PARAMETERS parameters[2] = { { 0 }, { 0 } };
	SCH_CREDENTIALS client = { .dwVersion = SCH_CREDENTIALS_VERSION, .pTlsParameters = parameters };

	(void)state;
	client.cTlsParameters = 2;
	assert_int_equal(acquire(SECPKG_CRED_OUTBOUND, &client), SEC_E_UNSUPPORTED_FUNCTION);
	client.cTlsParameters = 17;
	assert_int_equal(acquire(SECPKG_CRED_OUTBOUND, &client), SEC_E_UNKNOWN_CREDENTIALS);
	client.cTlsParameters = 1;
	parameters[0] = (TLS_PARAMETERS) { .cAlpnIds = 1, .rgstrAlpnIds = &alpn };
	assert_int_equal(acquire(SECPKG_CRED_OUTBOUND, &client), SEC_E_UNSUPPORTED_FUNCTION);
	parameters[0] = (TLS_PARAMETERS) { .cDisabledCrypto = 1, .pDisabledCrypto = &crypto };
	assert_int_equal(acquire(SECPKG_CRED_OUTBOUND, &client), SEC_E_UNSUPPORTED_FUNCTION);
	parameters[0] = (TLS_PARAMETERS) { .grbitDisabledProtocols = 0xFFFFFFFF };
	assert_int_equal(acquire(SECPKG_CRED_OUTBOUND, &client), SEC_E_UNSUPPORTED_FUNCTION);
	client.pTlsParameters = NULL;
	assert_int_equal(acquire(SECPKG_CRED_OUTBOUND, &client), SEC_E_UNKNOWN_CREDENTIALS);
}

/* --- Strength ------------------------------------------------------------------------------------------------- */

static void the_cipher_strength_is_obeyed(void **state)
{
	static const struct {
		uint32_t minimum, maximum, expected;
	} rows[] = { { 0, 0, 128 }, { 256, 0, 256 }, { 129, 0, 256 }, { 0, 128, 128 }, { 128, 256, 128 } };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		for (int tls_1_3 = 0; tls_1_3 < 2; tls_1_3++) {
			SCHANNEL_CRED client = tls_pair_cred(SCH_CRED_MANUAL_CRED_VALIDATION, NULL);
			SCHANNEL_CRED server = tls_pair_cred(0, &server_certificate);
			SecPkgContext_ConnectionInfo info;

			client.grbitEnabledProtocols =
				tls_1_3 ? SP_PROT_TLS1_3_CLIENT : SP_PROT_TLS1_2_CLIENT;
			client.dwMinimumCipherStrength = rows[i].minimum;
			client.dwMaximumCipherStrength = rows[i].maximum;
			tls_pair_start(&pair, &client, &server);
			assert_true(tls_pair_run(&pair));
			assert_int_equal(QueryContextAttributesA(&pair.server.context,
								 SECPKG_ATTR_CONNECTION_INFO, &info),
					 SEC_E_OK);
			assert_int_equal(info.dwCipherStrength, rows[i].expected);
			tls_pair_end(&pair);
		}
}

static void a_strength_that_no_cipher_has_is_refused(void **state)
{
	static const uint32_t rows[][2] = {
		{ 257, 0 }, { 0xFFFFFFFF, 0 }, { 0, 112 }, { 256, 128 }, { 129, 255 }
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		SCHANNEL_CRED client = tls_pair_cred(0, NULL);

		client.dwMinimumCipherStrength = rows[i][0];
		client.dwMaximumCipherStrength = rows[i][1];
		assert_int_equal(acquire(SECPKG_CRED_OUTBOUND, &client), SEC_E_ALGORITHM_MISMATCH);
	}
}

/* --- Whom a client trusts -------------------------------------------------------------------------------------- */

static void a_server_that_somebody_trusted_signed_is_connected_to(void **state)
{
	static const char *const targets[] = { "server.test", "HTTP/server.test", "SERVER.test",
					       "server.test:443" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(targets); i++) {
		start(0, test_ca_file(), &server_certificate);
		pair.client.target = targets[i];
		assert_true(tls_pair_run(&pair));
		tls_pair_talk(&pair);
		tls_pair_end(&pair);
	}
}

/* REPLAY, SEQUENCE, CONFIDENTIALITY, STREAM and USED_SUPPLIED_CREDS, whatever was asked for. */
static void the_attributes_are_those_that_windows_gives(void **state)
{
	(void)state;
	start(0, test_ca_file(), &server_certificate);
	pair.client.request = 0;
	pair.server.request = 0;
	assert_true(tls_pair_run(&pair));
	assert_int_equal(pair.client.attributes, ISC_RET_REPLAY_DETECT | ISC_RET_SEQUENCE_DETECT |
							 ISC_RET_CONFIDENTIALITY | ISC_RET_STREAM |
							 ISC_RET_USED_SUPPLIED_CREDS);
	assert_int_equal(pair.server.attributes, ASC_RET_REPLAY_DETECT | ASC_RET_SEQUENCE_DETECT |
							 ASC_RET_CONFIDENTIALITY | ASC_RET_STREAM);
	tls_pair_end(&pair);
}

/* The machine's own trust store does not have the tests' authority in it. */
static void without_settings_the_machines_trust_store_judges(void **state)
{
	(void)state;
	start(0, NULL, &server_certificate);
	assert_false(tls_pair_run(&pair));
	assert_int_equal(pair.client.status, SEC_E_UNTRUSTED_ROOT);
	assert_int_equal(tls_pair_call(&pair.server, &pair.client), SEC_E_UNTRUSTED_ROOT); /* alert 48 */
	tls_pair_end(&pair);
}

static void the_caller_may_judge_by_flag_or_by_request(void **state)
{
	(void)state;
	for (int by_request = 0; by_request < 2; by_request++) {
		start(by_request ? 0 : SCH_CRED_MANUAL_CRED_VALIDATION, NULL, &server_certificate);
		pair.client.request |= by_request ? ISC_REQ_MANUAL_CRED_VALIDATION : 0;
		pair.client.target = "another.test";
		assert_true(tls_pair_run(&pair));
		tls_pair_talk(&pair);
		tls_pair_end(&pair);
	}
}

/* A file that was named judges, whoever else wants to. */
static void trusted_certificates_that_were_named_judge_in_any_case(void **state)
{
	const struct test_ca_wish wish = { .name = "other", .host = "other.test" };
	PCCERT_CONTEXT other = test_ca_certificate(&wish);

	(void)state;
	start(SCH_CRED_MANUAL_CRED_VALIDATION, test_ca_file(), &other);
	pair.client.request |= ISC_REQ_MANUAL_CRED_VALIDATION;
	assert_false(tls_pair_run(&pair));
	assert_int_equal(pair.client.status, SEC_E_WRONG_PRINCIPAL);
	tls_pair_end(&pair);
	(void)CertFreeCertificateContext(other);
}

static void a_server_of_another_name_is_refused_unless_names_do_not_count(void **state)
{
	(void)state;
	start(0, test_ca_file(), &server_certificate);
	pair.client.target = "another.test";
	assert_false(tls_pair_run(&pair));
	assert_int_equal(pair.client.status, SEC_E_WRONG_PRINCIPAL);
	tls_pair_end(&pair);
	start(SCH_CRED_NO_SERVERNAME_CHECK, test_ca_file(), &server_certificate);
	pair.client.target = "another.test";
	assert_true(tls_pair_run(&pair));
	tls_pair_end(&pair);
}

static void without_a_target_there_is_no_name_to_compare(void **state)
{
	(void)state;
	start(0, test_ca_file(), &server_certificate);
	pair.client.target = NULL;
	assert_int_equal(tls_pair_call(&pair.client, &pair.server), SEC_E_TARGET_UNKNOWN);
	tls_pair_end(&pair);
}

static void an_expired_server_is_refused_as_such(void **state)
{
	const struct test_ca_wish wish = { .name = "old", .host = "server.test", .days = -30 };
	PCCERT_CONTEXT old = test_ca_certificate(&wish);

	(void)state;
	start(0, test_ca_file(), &old);
	assert_false(tls_pair_run(&pair));
	assert_int_equal(pair.client.status, SEC_E_CERT_EXPIRED);
	assert_int_equal(tls_pair_call(&pair.server, &pair.client), SEC_E_CERT_EXPIRED); /* alert 45 */
	tls_pair_end(&pair);
	(void)CertFreeCertificateContext(old);
}

/* --- Several certificates -------------------------------------------------------------------------------------- */

/* The remote certificate's subject, seen by the client that asked for `host`. */
static void assert_shown(const char *host, PCCERT_CONTEXT expected)
{
	PCCERT_CONTEXT shown;

	pair.client.target = host;
	assert_true(tls_pair_run(&pair));
	assert_int_equal(
		QueryContextAttributesA(&pair.client.context, SECPKG_ATTR_REMOTE_CERT_CONTEXT, &shown),
		SEC_E_OK);
	assert_bytes(slice_of(shown->pbCertEncoded, shown->cbCertEncoded),
		     slice_of(expected->pbCertEncoded, expected->cbCertEncoded));
	(void)CertFreeCertificateContext(shown);
	assert_int_equal(
		QueryContextAttributesA(&pair.server.context, SECPKG_ATTR_LOCAL_CERT_CONTEXT, &shown),
		SEC_E_OK);
	assert_bytes(slice_of(shown->pbCertEncoded, shown->cbCertEncoded),
		     slice_of(expected->pbCertEncoded, expected->cbCertEncoded));
	(void)CertFreeCertificateContext(shown);
}

static void a_server_shows_the_certificate_of_the_host_that_the_client_names(void **state)
{
	const struct test_ca_wish wishes[] = { { .name = "mail", .host = "mail.test" },
					       { .name = "web", .host = "*.web.test", .rsa = 1 } };
	PCCERT_CONTEXT certificates[] = { server_certificate, test_ca_certificate(&wishes[0]),
					  test_ca_certificate(&wishes[1]) };
	const struct {
		const char *host;
		size_t expected;
	} rows[] = { { "server.test", 0 },
		     { "mail.test", 1 },
		     { "www.web.test", 2 },
		     { "unknown.test", 0 },
		     { "192.0.2.1", 0 } };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		SCHANNEL_CRED client = tls_pair_cred(SCH_CRED_MANUAL_CRED_VALIDATION, NULL);
		SCHANNEL_CRED server = tls_pair_cred(0, certificates);

		server.cCreds = COUNT_OF(certificates);
		tls_pair_start(&pair, &client, &server);
		assert_shown(rows[i].host, certificates[rows[i].expected]);
		tls_pair_end(&pair);
	}
	(void)CertFreeCertificateContext(certificates[1]);
	(void)CertFreeCertificateContext(certificates[2]);
}

/* --- Application protocols -------------------------------------------------------------------------------------- */

/* SEC_APPLICATION_PROTOCOLS with one list of `extension`. */
static struct slice protocols(uint32_t extension, const char *names)
{
	uint8_t *bytes = keep_bytes(64);
	uint16_t size = (uint16_t)strlen(names);
	uint32_t all = size + 6u;

	memcpy(bytes, &all, 4);
	memcpy(bytes + 4, &extension, 4);
	memcpy(bytes + 8, &size, 2);
	memcpy(bytes + 10, names, size);
	return slice_of(bytes, 10u + size);
}

static void both_agree_on_the_servers_first_protocol(void **state)
{
	static const uint32_t versions[] = { SP_PROT_TLS1_2_CLIENT, SP_PROT_TLS1_3_CLIENT };
	SecPkgContext_ApplicationProtocol chosen;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(versions); i++) {
		SCHANNEL_CRED client = tls_pair_cred(SCH_CRED_MANUAL_CRED_VALIDATION, NULL);
		SCHANNEL_CRED server = tls_pair_cred(0, &server_certificate);
		struct tls_end *ends[] = { &pair.client, &pair.server };

		client.grbitEnabledProtocols = versions[i];
		tls_pair_start(&pair, &client, &server);
		pair.client.protocols = protocols(2, "\x08http/1.1\x02h2");
		pair.server.protocols = protocols(2, "\x02h2\x08http/1.1");
		assert_true(tls_pair_run(&pair));
		for (int j = 0; j < 2; j++) {
			assert_int_equal(QueryContextAttributesA(&ends[j]->context,
								 SECPKG_ATTR_APPLICATION_PROTOCOL, &chosen),
					 SEC_E_OK);
			assert_int_equal(chosen.ProtoNegoStatus,
					 SecApplicationProtocolNegotiationStatus_Success);
			assert_int_equal(chosen.ProtoNegoExt, SecApplicationProtocolNegotiationExt_ALPN);
			assert_int_equal(chosen.ProtocolIdSize, 2);
			assert_memory_equal(chosen.ProtocolId, "h2", 2);
		}
		tls_pair_end(&pair);
	}
}

static void who_has_no_list_negotiates_none(void **state)
{
	SecPkgContext_ApplicationProtocol chosen;

	(void)state;
	for (int of_server = 0; of_server < 2; of_server++) {
		start(0, test_ca_file(), &server_certificate);
		*(of_server ? &pair.server.protocols : &pair.client.protocols) = protocols(2, "\x02h2");
		assert_true(tls_pair_run(&pair));
		assert_int_equal(QueryContextAttributesA(&pair.client.context,
							 SECPKG_ATTR_APPLICATION_PROTOCOL, &chosen),
				 SEC_E_OK);
		assert_int_equal(chosen.ProtoNegoStatus, SecApplicationProtocolNegotiationStatus_None);
		assert_int_equal(chosen.ProtocolIdSize, 0);
		tls_pair_end(&pair);
	}
}

/* RFC 7301 3.2: alert 120, no_application_protocol. */
static void without_a_common_protocol_there_is_no_connection(void **state)
{
	(void)state;
	start(0, test_ca_file(), &server_certificate);
	pair.client.protocols = protocols(2, "\x02h2");
	pair.server.protocols = protocols(2, "\x03irc");
	assert_false(tls_pair_run(&pair));
	assert_int_equal(pair.server.status, SEC_E_APPLICATION_PROTOCOL_MISMATCH);
	assert_int_equal(pair.client.status, SEC_E_APPLICATION_PROTOCOL_MISMATCH);
	tls_pair_end(&pair);
}

static void a_list_that_is_malformed_is_no_token(void **state)
{
	static const char *const broken[] = {
		"",                                             /* no size */
		"06000000020000000300",                         /* the list ends behind the buffer */
		"0700000002000000020002",                       /* a name ends behind the list */
		"0900000002000000030000026832",                 /* an empty name */
		"0600000002000000000000",                       /* no name */
		"090000000200000003000268",                     /* cut */
		"090000000300000003000268320000",               /* no such extension */
		"12000000020000000300026832020000000300026832", /* two lists */
		"ffffffff0200000003000268320000",               /* the sizes' sum is larger than a number */
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(broken); i++) {
		start(0, test_ca_file(), &server_certificate);
		pair.client.protocols = hex(broken[i]);
		if (pair.client.protocols.size) {
			assert_int_equal(tls_pair_call(&pair.client, &pair.server), SEC_E_INVALID_TOKEN);
			assert_int_equal(pair.client.token_size, 0);
		}
		tls_pair_end(&pair);
	}
}

static void lists_of_npn_are_left_out(void **state)
{
	SecPkgContext_ApplicationProtocol chosen;

	(void)state;
	start(0, test_ca_file(), &server_certificate);
	pair.client.protocols = protocols(1, "\x02h2");
	pair.server.protocols = protocols(2, "\x02h2");
	assert_true(tls_pair_run(&pair));
	assert_int_equal(
		QueryContextAttributesA(&pair.client.context, SECPKG_ATTR_APPLICATION_PROTOCOL, &chosen),
		SEC_E_OK);
	assert_int_equal(chosen.ProtoNegoStatus, SecApplicationProtocolNegotiationStatus_None);
	tls_pair_end(&pair);
}

/* --- Alerts and broken tokens ------------------------------------------------------------------------------------ */

static void an_alert_goes_into_its_own_buffer(void **state)
{
	uint8_t alert[32];

	(void)state;
	start(0, test_ca_file(), &server_certificate);
	pair.client.protocols = protocols(2, "\x02h2");
	pair.server.protocols = protocols(2, "\x03irc");
	pair.server.alert = alert;
	pair.server.alert_capacity = sizeof(alert);
	assert_int_equal(tls_pair_call(&pair.client, &pair.server), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(tls_pair_call(&pair.server, &pair.client), SEC_E_APPLICATION_PROTOCOL_MISMATCH);
	assert_int_equal(pair.server.token_size, 0);
	assert_bytes(slice_of(alert, pair.server.alert_size), hex("15030300020278"));
	tls_pair_end(&pair);
}

static void an_alert_that_finds_no_room_is_told_by_the_status(void **state)
{
	uint8_t alert[6];

	(void)state;
	start(0, test_ca_file(), &server_certificate);
	pair.client.protocols = protocols(2, "\x02h2");
	pair.server.protocols = protocols(2, "\x03irc");
	pair.server.alert = alert;
	pair.server.alert_capacity = sizeof(alert);
	assert_int_equal(tls_pair_call(&pair.client, &pair.server), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(tls_pair_call(&pair.server, &pair.client), SEC_E_INSUFFICIENT_MEMORY);
	assert_int_equal(pair.server.token_size, 0);
	assert_int_equal(pair.server.alert_size, 0);
	tls_pair_end(&pair);
}

static void without_an_alert_its_buffer_becomes_empty(void **state)
{
	uint8_t alert[32];

	(void)state;
	start(0, test_ca_file(), &server_certificate);
	pair.client.alert = pair.server.alert = alert;
	pair.client.alert_capacity = pair.server.alert_capacity = sizeof(alert);
	assert_true(tls_pair_run(&pair));
	assert_int_equal(pair.client.alert_size, 0);
	assert_int_equal(pair.server.alert_size, 0);
	tls_pair_end(&pair);
}

static void who_asks_for_no_errors_gets_no_alert(void **state)
{
	uint8_t alert[32];

	(void)state;
	start(0, test_ca_file(), &server_certificate);
	pair.server.request &= ~(uint32_t)ASC_REQ_EXTENDED_ERROR;
	pair.client.protocols = protocols(2, "\x02h2");
	pair.server.protocols = protocols(2, "\x03irc");
	pair.server.alert = alert;
	pair.server.alert_capacity = sizeof(alert);
	assert_int_equal(tls_pair_call(&pair.client, &pair.server), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(tls_pair_call(&pair.server, &pair.client), SEC_E_APPLICATION_PROTOCOL_MISMATCH);
	assert_int_equal(pair.server.alert_size, 0);
	assert_int_equal(pair.server.token_size, 0);
	tls_pair_end(&pair);
}

static void what_is_no_record_is_no_token(void **state)
{
	(void)state;
	start(0, test_ca_file(), &server_certificate);
	memcpy(pair.server.arrived, "GET / HTTP/1.1\r\n", 16);
	pair.server.size = 16;
	assert_int_equal(tls_pair_call(&pair.server, &pair.client), SEC_E_INVALID_TOKEN);
	assert_int_equal(pair.server.token_size, 0);
	tls_pair_end(&pair);
}

/* Every record of every flight comes byte by byte. */
static void a_handshake_in_single_bytes_ends_as_well(void **state)
{
	static uint8_t flight[TLS_PAIR_BYTES];

	(void)state;
	start(0, test_ca_file(), &server_certificate);
	assert_int_equal(tls_pair_call(&pair.client, &pair.server), SEC_I_CONTINUE_NEEDED);
	for (int turn = 0; turn < 3; turn++) {
		struct tls_end *end = turn % 2 ? &pair.client : &pair.server;
		struct tls_end *peer = turn % 2 ? &pair.server : &pair.client;
		size_t size = end->size;

		memcpy(flight, end->arrived, size);
		end->size = 0;
		for (size_t i = 0; i < size; i++) {
			end->arrived[end->size++] = flight[i];
			(void)tls_pair_call(end, peer);
			assert_true(end->status == SEC_E_OK || end->status == SEC_I_CONTINUE_NEEDED ||
				    end->status == SEC_E_INCOMPLETE_MESSAGE);
		}
	}
	assert_int_equal(pair.client.status, SEC_E_OK);
	assert_int_equal(pair.server.status, SEC_E_OK);
	tls_pair_talk(&pair);
	tls_pair_end(&pair);
}

/* --- PKCS#12 ------------------------------------------------------------------------------------------------------ */

static void pkcs12_files_give_a_certificate_with_its_key(void **state)
{
	const struct test_ca_wish wish = { .name = "packed", .host = "server.test" };
	const char *const passwords[] = { "secret", "", NULL };
	PCCERT_CONTEXT certificate;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(passwords); i++) {
		const char *path = test_ca_pkcs12(&wish, passwords[i]);
		struct slice bytes = scratch_read("packed.p12");

		assert_int_equal(OpensspiCertificateFromPkcs12(path, passwords[i], &certificate), SEC_E_OK);
		start(0, test_ca_file(), &certificate);
		assert_true(tls_pair_run(&pair));
		tls_pair_end(&pair);
		(void)CertFreeCertificateContext(certificate);
		assert_int_equal(OpensspiCertificateFromPkcs12Bytes(bytes.data, (uint32_t)bytes.size,
								    passwords[i], &certificate),
				 SEC_E_OK);
		(void)CertFreeCertificateContext(certificate);
	}
}

static void pkcs12_that_cannot_be_opened_is_no_credential(void **state)
{
	const struct test_ca_wish wish = { .name = "locked", .host = "server.test" };
	const char *path = test_ca_pkcs12(&wish, "secret");
	struct slice bytes = scratch_read("locked.p12");
	PCCERT_CONTEXT mark = (PCCERT_CONTEXT)&mark, certificate = mark;

	(void)state;
	assert_int_equal(OpensspiCertificateFromPkcs12(path, "Secret", &certificate), SEC_E_NO_CREDENTIALS);
	assert_int_equal(OpensspiCertificateFromPkcs12(path, NULL, &certificate), SEC_E_NO_CREDENTIALS);
	assert_int_equal(OpensspiCertificateFromPkcs12(scratch_path("absent.p12"), "", &certificate),
			 SEC_E_NO_CREDENTIALS);
	assert_int_equal(OpensspiCertificateFromPkcs12(test_ca_file(), "", &certificate),
			 SEC_E_NO_CREDENTIALS);
	assert_int_equal(OpensspiCertificateFromPkcs12(NULL, "", &certificate), SEC_E_NO_CREDENTIALS);
	assert_int_equal(OpensspiCertificateFromPkcs12(path, "secret", NULL), SEC_E_INTERNAL_ERROR);
	for (uint32_t size = 0; size < bytes.size; size += 37)
		assert_int_equal(OpensspiCertificateFromPkcs12Bytes(bytes.data, size, "secret", &certificate),
				 SEC_E_NO_CREDENTIALS);
	assert_int_equal(OpensspiCertificateFromPkcs12Bytes(NULL, 0, "secret", &certificate),
			 SEC_E_INTERNAL_ERROR);
	assert_ptr_equal(certificate, mark);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_client_needs_no_credential_data_and_a_server_a_certificate),
		cmocka_unit_test(a_credential_is_for_one_direction),
		cmocka_unit_test(the_credentials_end_is_the_certificates),
		cmocka_unit_test(an_unknown_version_is_no_credential),
		cmocka_unit_test(what_schannel_cred_asks_for_and_is_not_built_is_refused),
		cmocka_unit_test(revocation_may_be_asked_for_by_those_who_can_do_without),
		cmocka_unit_test(validation_is_manual_or_automatic),
		cmocka_unit_test(tls_and_dtls_do_not_go_together),
		cmocka_unit_test(protocols_of_the_other_direction_do_not_count),
		cmocka_unit_test(a_certificate_without_a_key_is_no_credential),
		cmocka_unit_test(a_credential_says_what_it_can),
		cmocka_unit_test(sch_credentials_disable_protocols),
		cmocka_unit_test(tls_parameters_that_are_not_built_are_refused),
		cmocka_unit_test(the_cipher_strength_is_obeyed),
		cmocka_unit_test(a_strength_that_no_cipher_has_is_refused),
		cmocka_unit_test(a_server_that_somebody_trusted_signed_is_connected_to),
		cmocka_unit_test(the_attributes_are_those_that_windows_gives),
		cmocka_unit_test(without_settings_the_machines_trust_store_judges),
		cmocka_unit_test(the_caller_may_judge_by_flag_or_by_request),
		cmocka_unit_test(trusted_certificates_that_were_named_judge_in_any_case),
		cmocka_unit_test(a_server_of_another_name_is_refused_unless_names_do_not_count),
		cmocka_unit_test(without_a_target_there_is_no_name_to_compare),
		cmocka_unit_test(an_expired_server_is_refused_as_such),
		cmocka_unit_test(a_server_shows_the_certificate_of_the_host_that_the_client_names),
		cmocka_unit_test(both_agree_on_the_servers_first_protocol),
		cmocka_unit_test(who_has_no_list_negotiates_none),
		cmocka_unit_test(without_a_common_protocol_there_is_no_connection),
		cmocka_unit_test(a_list_that_is_malformed_is_no_token),
		cmocka_unit_test(lists_of_npn_are_left_out),
		cmocka_unit_test(an_alert_goes_into_its_own_buffer),
		cmocka_unit_test(an_alert_that_finds_no_room_is_told_by_the_status),
		cmocka_unit_test(without_an_alert_its_buffer_becomes_empty),
		cmocka_unit_test(who_asks_for_no_errors_gets_no_alert),
		cmocka_unit_test(what_is_no_record_is_no_token),
		cmocka_unit_test(a_handshake_in_single_bytes_ends_as_well),
		cmocka_unit_test(pkcs12_files_give_a_certificate_with_its_key),
		cmocka_unit_test(pkcs12_that_cannot_be_opened_is_no_credential),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
