/* AcquireCredentialsHandle and FreeCredentialsHandle: what may stand in pAuthData, and what it makes of it. */
#include "base/clock.h"
#include "support/exchange.h"
#include "support/hex.h"
#include "support/seams.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct exchange exchange;

static char *text(const char *ascii)
{
	return (char *)(uintptr_t)ascii;
}

/* The status; a credential that was made is freed. */
static SECURITY_STATUS acquire(const char *package, uint32_t use, void *data)
{
	CredHandle credential;
	SECURITY_STATUS status = AcquireCredentialsHandleA(NULL, text(package), use, NULL, data, NULL, NULL,
							   &credential, NULL);

	if (status == SEC_E_OK)
		assert_int_equal(FreeCredentialsHandle(&credential), SEC_E_OK);
	return status;
}

static SEC_WINNT_AUTH_IDENTITY_A identity_a(const char *user, const char *domain, const char *password)
{
	return (SEC_WINNT_AUTH_IDENTITY_A) {
		.User = (unsigned char *)text(user),
		.UserLength = user ? (uint32_t)strlen(user) : 0,
		.Domain = (unsigned char *)text(domain),
		.DomainLength = domain ? (uint32_t)strlen(domain) : 0,
		.Password = (unsigned char *)text(password),
		.PasswordLength = password ? (uint32_t)strlen(password) : 0,
		.Flags = SEC_WINNT_AUTH_IDENTITY_ANSI,
	};
}

static SEC_WINNT_AUTH_IDENTITY_EXW identity_exw(void)
{
	return (SEC_WINNT_AUTH_IDENTITY_EXW) {
		.Version = SEC_WINNT_AUTH_IDENTITY_VERSION,
		.Length = sizeof(SEC_WINNT_AUTH_IDENTITY_EXW),
		.User = (WCHAR *)(uintptr_t)u"alice",
		.UserLength = 5,
		.Domain = (WCHAR *)(uintptr_t)u"CORP",
		.DomainLength = 4,
		.Password = (WCHAR *)(uintptr_t)u"Passw0rd!",
		.PasswordLength = 9,
		.Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE,
	};
}

static OPENSSPI_OPTIONS options(void *data)
{
	return (OPENSSPI_OPTIONS) {
		.Magic = OPENSSPI_OPTIONS_MAGIC,
		.Size = sizeof(OPENSSPI_OPTIONS),
		.AuthData = data,
	};
}

static SCHANNEL_CRED schannel_with(PCCERT_CONTEXT *certificate)
{
	return (SCHANNEL_CRED) { .dwVersion = SCHANNEL_CRED_VERSION, .cCreds = 1, .paCred = certificate };
}

/* Whether a client with this pAuthData logs on as alice with her password. */
static bool logs_on_with(const char *package, void *data)
{
	struct exchange_settings settings = exchange_usual(package);
	bool done;

	exchange_start(&exchange, &settings);
	assert_int_equal(FreeCredentialsHandle(&exchange.client.credential), SEC_E_OK);
	assert_int_equal(AcquireCredentialsHandleA(NULL, text(package), SECPKG_CRED_OUTBOUND, NULL, data,
						   NULL, NULL, &exchange.client.credential, NULL),
			 SEC_E_OK);
	done = exchange_run(&exchange);
	exchange_end(&exchange);
	return done;
}

/* --- Packages and uses --------------------------------------------------------------------------------------- */

static void an_unknown_package_is_not_found(void **state)
{
	(void)state;
	assert_int_equal(acquire("NTLMv2", SECPKG_CRED_INBOUND, NULL), SEC_E_SECPKG_NOT_FOUND);
	assert_int_equal(acquire("Kerberos5", SECPKG_CRED_INBOUND, NULL), SEC_E_SECPKG_NOT_FOUND);
	assert_int_equal(acquire(NULL, SECPKG_CRED_INBOUND, NULL), SEC_E_SECPKG_NOT_FOUND);
	assert_int_equal(AcquireCredentialsHandleW(NULL, NULL, SECPKG_CRED_INBOUND, NULL, NULL, NULL, NULL,
						   &exchange.client.credential, NULL),
			 SEC_E_SECPKG_NOT_FOUND);
}

static void package_names_have_no_case(void **state)
{
	CredHandle credential;

	(void)state;
	assert_int_equal(acquire("ntlm", SECPKG_CRED_INBOUND, NULL), SEC_E_OK);
	assert_int_equal(AcquireCredentialsHandleW(NULL, (SEC_WCHAR *)(uintptr_t)u"Ntlm", SECPKG_CRED_INBOUND,
						   NULL, NULL, NULL, NULL, &credential, NULL),
			 SEC_E_OK);
	assert_int_equal(FreeCredentialsHandle(&credential), SEC_E_OK);
}

static void the_use_is_inbound_outbound_or_both(void **state)
{
	SEC_WINNT_AUTH_IDENTITY_A alice = identity_a("alice", "CORP", "Passw0rd!");

	(void)state;
	assert_int_equal(acquire("NTLM", SECPKG_CRED_INBOUND, &alice), SEC_E_OK);
	assert_int_equal(acquire("NTLM", SECPKG_CRED_OUTBOUND, &alice), SEC_E_OK);
	assert_int_equal(acquire("NTLM", SECPKG_CRED_BOTH, &alice), SEC_E_OK);
	assert_int_equal(acquire("NTLM", SECPKG_CRED_BOTH | SECPKG_CRED_AUTOLOGON_RESTRICTED, &alice),
			 SEC_E_OK);
	assert_int_equal(acquire("NTLM", 0, &alice), SEC_E_UNSUPPORTED_FUNCTION);
	assert_int_equal(acquire("NTLM", SECPKG_CRED_DEFAULT, &alice), SEC_E_UNSUPPORTED_FUNCTION);
	assert_int_equal(acquire("NTLM", SECPKG_CRED_INBOUND | SECPKG_CRED_PROCESS_POLICY_ONLY, &alice),
			 SEC_E_UNSUPPORTED_FUNCTION);
}

static void no_place_for_the_handle_is_refused(void **state)
{
	(void)state;
	assert_int_equal(AcquireCredentialsHandleA(NULL, text("NTLM"), SECPKG_CRED_INBOUND, NULL, NULL, NULL,
						   NULL, NULL, NULL),
			 SEC_E_INTERNAL_ERROR);
}

/* There is no logon session here to take an identity from. */
static void a_client_without_an_identity_has_no_credentials(void **state)
{
	PCCERT_CONTEXT certificate = exchange_certificate();
	SCHANNEL_CRED schannel = schannel_with(&certificate);
	CREDSSP_CRED credssp = { CredsspSubmitBufferBoth, &schannel, NULL };

	(void)state;
	assert_int_equal(acquire("NTLM", SECPKG_CRED_OUTBOUND, NULL), SEC_E_NO_CREDENTIALS);
	assert_int_equal(acquire("CREDSSP", SECPKG_CRED_OUTBOUND, NULL), SEC_E_NO_CREDENTIALS);
	assert_int_equal(acquire("CREDSSP", SECPKG_CRED_OUTBOUND, &credssp), SEC_E_NO_CREDENTIALS);
}

static void a_credssp_server_without_a_certificate_has_no_credentials(void **state)
{
	CREDSSP_CRED credssp = { CredsspSubmitBufferBoth, NULL, NULL };
	SCHANNEL_CRED schannel = { .dwVersion = SCHANNEL_CRED_VERSION };

	(void)state;
	assert_int_equal(acquire("CREDSSP", SECPKG_CRED_INBOUND, NULL), SEC_E_NO_CREDENTIALS);
	assert_int_equal(acquire("CREDSSP", SECPKG_CRED_INBOUND, &credssp), SEC_E_NO_CREDENTIALS);
	credssp.pSchannelCred = &schannel;
	assert_int_equal(acquire("CREDSSP", SECPKG_CRED_INBOUND, &credssp), SEC_E_NO_CREDENTIALS);
	assert_int_equal(acquire("CREDSSP", SECPKG_CRED_BOTH, &credssp), SEC_E_NO_CREDENTIALS);
}

static void credssp_takes_one_credential_for_both_directions(void **state)
{
	struct exchange_settings settings = exchange_usual("CREDSSP");
	PCCERT_CONTEXT certificate = exchange_certificate();
	SCHANNEL_CRED schannel = schannel_with(&certificate);
	SEC_WINNT_AUTH_IDENTITY_A alice = identity_a("alice", "CORP", "Passw0rd!");
	CREDSSP_CRED credssp = { CredsspSubmitBufferBoth, &schannel, &alice };
	OPENSSPI_OPTIONS given;

	(void)state;
	exchange_start(&exchange, &settings);
	given = exchange_server_options(&exchange);
	given.AuthData = &credssp;
	given.Flags = OPENSSPI_NTLM_DELEGATION;
	assert_int_equal(FreeCredentialsHandle(&exchange.client.credential), SEC_E_OK);
	assert_int_equal(FreeCredentialsHandle(&exchange.server.credential), SEC_E_OK);
	assert_int_equal(AcquireCredentialsHandleA(NULL, text("CREDSSP"), SECPKG_CRED_BOTH, NULL, &given,
						   NULL, NULL, &exchange.client.credential, NULL),
			 SEC_E_OK);
	exchange.server.credential = exchange.client.credential;
	exchange.server.has_credential = false;
	assert_true(exchange_run(&exchange));
	exchange_end(&exchange);
}

/* What the means are there for is served; the other direction is not. */
static void a_credential_for_both_directions_serves_what_it_can(void **state)
{
	PCCERT_CONTEXT certificate = exchange_certificate();
	SCHANNEL_CRED schannel = schannel_with(&certificate);
	CREDSSP_CRED credssp = { CredsspSubmitBufferBoth, &schannel, NULL };
	SecBuffer token = { 0, SECBUFFER_TOKEN, NULL };
	SecBufferDesc output = { SECBUFFER_VERSION, 1, &token };
	CredHandle credential;
	CtxtHandle context;
	uint32_t attributes;

	(void)state;
	assert_int_equal(AcquireCredentialsHandleA(NULL, text("CREDSSP"), SECPKG_CRED_BOTH, NULL, &credssp,
						   NULL, NULL, &credential, NULL),
			 SEC_E_OK);
	assert_int_equal(InitializeSecurityContextA(&credential, NULL, NULL, ISC_REQ_ALLOCATE_MEMORY, 0, 0,
						    NULL, 0, &context, &output, &attributes, NULL),
			 SEC_E_NO_CREDENTIALS);
	assert_int_equal(FreeCredentialsHandle(&credential), SEC_E_OK);
}

/* --- Identities ---------------------------------------------------------------------------------------------- */

static void every_form_of_an_identity_logs_on(void **state)
{
	SEC_WINNT_AUTH_IDENTITY_A a = identity_a("alice", "CORP", "Passw0rd!");
	SEC_WINNT_AUTH_IDENTITY_EXW exw = identity_exw();
	SEC_WINNT_AUTH_IDENTITY_W w = { exw.User,
					exw.UserLength,
					exw.Domain,
					exw.DomainLength,
					exw.Password,
					exw.PasswordLength,
					SEC_WINNT_AUTH_IDENTITY_UNICODE };
	SEC_WINNT_AUTH_IDENTITY_EXA exa = {
		.Version = SEC_WINNT_AUTH_IDENTITY_VERSION,
		.Length = sizeof(exa),
		.User = a.User,
		.UserLength = a.UserLength,
		.Domain = a.Domain,
		.DomainLength = a.DomainLength,
		.Password = a.Password,
		.PasswordLength = a.PasswordLength,
		.Flags = SEC_WINNT_AUTH_IDENTITY_ANSI,
	};

	(void)state;
	assert_true(logs_on_with("NTLM", &a)); /* each through the A function: Flags tell the alphabet */
	assert_true(logs_on_with("NTLM", &w));
	assert_true(logs_on_with("NTLM", &exa));
	assert_true(logs_on_with("NTLM", &exw));
}

static void the_w_function_takes_an_identity_in_utf_8(void **state)
{
	struct exchange_settings settings = exchange_usual("NTLM");
	SEC_WINNT_AUTH_IDENTITY_A alice = identity_a("alice", "CORP", "Passw0rd!");

	(void)state;
	exchange_start(&exchange, &settings);
	assert_int_equal(FreeCredentialsHandle(&exchange.client.credential), SEC_E_OK);
	assert_int_equal(AcquireCredentialsHandleW(NULL, (SEC_WCHAR *)(uintptr_t)u"NTLM",
						   SECPKG_CRED_OUTBOUND, NULL, &alice, NULL, NULL,
						   &exchange.client.credential, NULL),
			 SEC_E_OK);
	assert_true(exchange_run(&exchange));
	exchange_end(&exchange);
}

static void an_identity_in_credssp_is_delegated_whole(void **state)
{
	SEC_WINNT_AUTH_IDENTITY_EXW alice = identity_exw();
	CREDSSP_CRED both = { CredsspSubmitBufferBoth, NULL, &alice };
	CREDSSP_CRED both_old = { CredsspSubmitBufferBothOld, NULL, &alice };
	OPENSSPI_OPTIONS given = options(&both);

	(void)state;
	given.Flags = OPENSSPI_NTLM_DELEGATION;
	assert_true(logs_on_with("CREDSSP", &given));
	given.AuthData = &both_old;
	assert_true(logs_on_with("CREDSSP", &given));
}

/* The caller's memory may go, or change, as soon as the call is over. */
static void everything_is_copied_in_the_call(void **state)
{
	struct exchange_settings settings = exchange_usual("NTLM");
	char user[] = "alice", domain[] = "CORP", password[] = "Passw0rd!";
	SEC_WINNT_AUTH_IDENTITY_A alice = identity_a(user, domain, password);

	(void)state;
	exchange_start(&exchange, &settings);
	assert_int_equal(FreeCredentialsHandle(&exchange.client.credential), SEC_E_OK);
	assert_int_equal(AcquireCredentialsHandleA(NULL, text("NTLM"), SECPKG_CRED_OUTBOUND, NULL, &alice,
						   NULL, NULL, &exchange.client.credential, NULL),
			 SEC_E_OK);
	memset(user, 'x', sizeof(user));
	memset(domain, 'x', sizeof(domain));
	memset(password, 'x', sizeof(password));
	memset(&alice, 0xFF, sizeof(alice));
	assert_true(exchange_run(&exchange));
	exchange_end(&exchange);
}

/* FreeRDP sets private bits, a longer struct, and a list without Kerberos. */
static void private_bits_and_lists_of_others_are_let_through(void **state)
{
	struct {
		SEC_WINNT_AUTH_IDENTITY_EXW identity;
		uint32_t version;
		void *ntlm, *kerberos;
	} extended = { .identity = identity_exw(), .version = 1 };

	(void)state;
	extended.identity.Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE | 0x200;
	extended.identity.PackageList = (WCHAR *)(uintptr_t)u"!kerberos,!u2u";
	extended.identity.PackageListLength = 14;
	assert_true(logs_on_with("NTLM", &extended));
	extended.identity.Flags |= 0x100 | SEC_WINNT_AUTH_IDENTITY_ONLY | SEC_WINNT_AUTH_IDENTITY_MARSHALLED;
	assert_int_equal(acquire("NTLM", SECPKG_CRED_OUTBOUND, &extended), SEC_E_OK);
}

/* FreeRDP's two ways to say that the password is a hash: a private bit, and 512 characters more than there are. */
static void an_nt_hash_is_never_taken_for_a_password(void **state)
{
	SEC_WINNT_AUTH_IDENTITY_EXW alice = identity_exw();

	(void)state;
	alice.Password = (WCHAR *)(uintptr_t)u"fc525c9683e8fe067095ba2ddc971889";
	alice.PasswordLength = 32;
	assert_int_equal(acquire("NTLM", SECPKG_CRED_OUTBOUND, &alice), SEC_E_OK);
	alice.Flags |= 0x00800000;
	assert_int_equal(acquire("NTLM", SECPKG_CRED_OUTBOUND, &alice), SEC_E_UNSUPPORTED_FUNCTION);
	alice.Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE;
	alice.PasswordLength += 512;
	assert_int_equal(acquire("NTLM", SECPKG_CRED_OUTBOUND, &alice), SEC_E_UNKNOWN_CREDENTIALS);
}

/* Kerberos alone, and there is no KDC. */
static bool says_nothing(const char *package, void *identity)
{
	CredHandle credential;
	CtxtHandle context;
	SecBuffer token = { 0, SECBUFFER_TOKEN, NULL };
	SecBufferDesc output = { SECBUFFER_VERSION, 1, &token };
	uint32_t reached;
	SECURITY_STATUS status;

	assert_int_equal(AcquireCredentialsHandleA(NULL, text(package), SECPKG_CRED_OUTBOUND, NULL, identity,
						   NULL, NULL, &credential, NULL),
			 SEC_E_OK);
	status = InitializeSecurityContextA(&credential, NULL, text(EXCHANGE_TARGET), ISC_REQ_ALLOCATE_MEMORY,
					    0, SECURITY_NATIVE_DREP, NULL, 0, &context, &output, &reached,
					    NULL);
	assert_int_equal(FreeCredentialsHandle(&credential), SEC_E_OK);
	return status == SEC_E_NO_AUTHENTICATING_AUTHORITY && token.cbBuffer == 0;
}

static void a_package_list_without_ntlm_lets_no_ntlm_byte_out(void **state)
{
	static const WCHAR *const lists[] = { u"!ntlm", u"kerberos", u"!NTLM,kerberos", u"kerberos,!ntlm" };
	static const WCHAR *const others[] = { u"", u"ntlm", u"kerberos,NTLM", u"!kerberos", u"!u2u,ntlm" };
	SEC_WINNT_AUTH_IDENTITY_EXW alice = identity_exw();
	CREDSSP_CRED credssp = { CredsspSubmitBufferBoth, NULL, &alice };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(lists) + COUNT_OF(others); i++) {
		const WCHAR *list = i < COUNT_OF(lists) ? lists[i] : others[i - COUNT_OF(lists)];

		alice.PackageList = (WCHAR *)(uintptr_t)list;
		alice.PackageListLength = 0;
		while (list[alice.PackageListLength])
			alice.PackageListLength++;
		if (i >= COUNT_OF(lists)) {
			assert_true(logs_on_with("NTLM", &alice));
			continue;
		}
		assert_int_equal(acquire("NTLM", SECPKG_CRED_OUTBOUND, &alice), SEC_E_NO_CREDENTIALS);
		if (exchange_has_kerberos())
			assert_true(says_nothing("Negotiate", &alice));
		else
			assert_int_equal(acquire("CREDSSP", SECPKG_CRED_OUTBOUND, &credssp),
					 SEC_E_NO_CREDENTIALS);
	}
}

static void an_identity_must_say_its_alphabet(void **state)
{
	SEC_WINNT_AUTH_IDENTITY_A alice = identity_a("alice", "CORP", "Passw0rd!");

	(void)state;
	alice.Flags = 0;
	assert_int_equal(acquire("NTLM", SECPKG_CRED_OUTBOUND, &alice), SEC_E_UNKNOWN_CREDENTIALS);
	alice.Flags = SEC_WINNT_AUTH_IDENTITY_ANSI | SEC_WINNT_AUTH_IDENTITY_UNICODE;
	assert_int_equal(acquire("NTLM", SECPKG_CRED_OUTBOUND, &alice), SEC_E_UNKNOWN_CREDENTIALS);
	alice.Flags = SEC_WINNT_AUTH_IDENTITY_ANSI | 0x10; /* encrypted for its process */
	assert_int_equal(acquire("NTLM", SECPKG_CRED_OUTBOUND, &alice), SEC_E_UNSUPPORTED_FUNCTION);
}

static void texts_have_limits_and_must_be_there(void **state)
{
	char longest[258];
	SEC_WINNT_AUTH_IDENTITY_A alice = identity_a("alice", "CORP", "Passw0rd!"), broken;
	const struct {
		size_t pointer, length;
	} members[] = {
		{ offsetof(SEC_WINNT_AUTH_IDENTITY_A, User),
		  offsetof(SEC_WINNT_AUTH_IDENTITY_A, UserLength) },
		{ offsetof(SEC_WINNT_AUTH_IDENTITY_A, Domain),
		  offsetof(SEC_WINNT_AUTH_IDENTITY_A, DomainLength) },
		{ offsetof(SEC_WINNT_AUTH_IDENTITY_A, Password),
		  offsetof(SEC_WINNT_AUTH_IDENTITY_A, PasswordLength) },
	};

	(void)state;
	memset(longest, 'x', sizeof(longest));
	for (size_t i = 0; i < COUNT_OF(members); i++) {
		broken = alice;
		*(char **)(void *)((char *)&broken + members[i].pointer) = longest;
		*(uint32_t *)(void *)((char *)&broken + members[i].length) = 256;
		assert_int_equal(acquire("NTLM", SECPKG_CRED_OUTBOUND, &broken), SEC_E_OK);
		*(uint32_t *)(void *)((char *)&broken + members[i].length) = 257;
		assert_int_equal(acquire("NTLM", SECPKG_CRED_OUTBOUND, &broken), SEC_E_UNKNOWN_CREDENTIALS);
		*(char **)(void *)((char *)&broken + members[i].pointer) = NULL;
		*(uint32_t *)(void *)((char *)&broken + members[i].length) = 1;
		assert_int_equal(acquire("NTLM", SECPKG_CRED_OUTBOUND, &broken), SEC_E_UNKNOWN_CREDENTIALS);
		*(uint32_t *)(void *)((char *)&broken + members[i].length) = 0;
		assert_int_equal(acquire("NTLM", SECPKG_CRED_OUTBOUND, &broken), SEC_E_OK);
	}
	alice = identity_a("al\xFFice", "CORP", "Passw0rd!");
	assert_int_equal(acquire("NTLM", SECPKG_CRED_OUTBOUND, &alice), SEC_E_UNKNOWN_CREDENTIALS);
}

/* --- CREDSSP_CRED and SCHANNEL_CRED -------------------------------------------------------------------------- */

static void a_type_of_credssp_cred_that_does_not_exist_is_refused(void **state)
{
	static const int unknown[] = { 0, 1, 3, 5, 12, 14, 49, 52, 99, 101, -1 };
	PCCERT_CONTEXT certificate = exchange_certificate();
	SCHANNEL_CRED schannel = schannel_with(&certificate);
	CREDSSP_CRED credssp = { CredsspSubmitBufferBoth, &schannel, NULL };

	(void)state;
	assert_int_equal(acquire("CREDSSP", SECPKG_CRED_INBOUND, &credssp), SEC_E_OK);
	for (size_t i = 0; i < COUNT_OF(unknown); i++) {
		memcpy(&credssp.Type, &unknown[i], sizeof(int));
		assert_int_equal(acquire("CREDSSP", SECPKG_CRED_INBOUND, &credssp),
				 SEC_E_UNKNOWN_CREDENTIALS);
	}
}

static void an_identity_is_no_credssp_cred(void **state)
{
	SEC_WINNT_AUTH_IDENTITY_EXW alice = identity_exw();

	(void)state;
	assert_int_equal(acquire("CREDSSP", SECPKG_CRED_OUTBOUND, &alice), SEC_E_UNKNOWN_CREDENTIALS);
}

static void a_schannel_cred_has_version_4_or_5_and_certificate_contexts(void **state)
{
	PCCERT_CONTEXT certificates[] = { exchange_certificate(), exchange_certificate() };
	SCHANNEL_CRED schannel = schannel_with(certificates);
	CREDSSP_CRED credssp = { CredsspSubmitBufferBoth, &schannel, NULL };

	(void)state;
	schannel.dwVersion = 3;
	assert_int_equal(acquire("CREDSSP", SECPKG_CRED_INBOUND, &credssp), SEC_E_UNKNOWN_CREDENTIALS);
	schannel = schannel_with(certificates);
	schannel.cCreds = 17;
	assert_int_equal(acquire("CREDSSP", SECPKG_CRED_INBOUND, &credssp), SEC_E_UNSUPPORTED_FUNCTION);
	schannel.cCreds = 2;
	assert_int_equal(acquire("CREDSSP", SECPKG_CRED_INBOUND, &credssp), SEC_E_OK);
	schannel = schannel_with(certificates);
	schannel.dwCredFormat = 1;
	assert_int_equal(acquire("CREDSSP", SECPKG_CRED_INBOUND, &credssp), SEC_E_UNSUPPORTED_FUNCTION);
	schannel = schannel_with(NULL);
	assert_int_equal(acquire("CREDSSP", SECPKG_CRED_INBOUND, &credssp), SEC_E_UNKNOWN_CREDENTIALS);
}

/* What the client was told it got, and what a server that allows one version gives. */
static void the_enabled_protocols_are_the_only_ones(void **state)
{
	static const struct {
		uint32_t enabled;
		const char *version;
	} rows[] = {
		{ SP_PROT_TLS1_2_SERVER, "1.2" },
		{ SP_PROT_TLS1_3_SERVER, "1.3" },
		{ SP_PROT_TLS1_2_SERVER | SP_PROT_TLS1_3_SERVER, "1.3" },
		{ 0, "1.3" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct exchange_settings settings = exchange_usual("CREDSSP");
		OPENSSPI_DESCRIPTION *description;

		settings.protocols = rows[i].enabled;
		exchange_start(&exchange, &settings);
		assert_true(exchange_run(&exchange));
		assert_int_equal(OpensspiDescribeContext(&exchange.client.context, &description), SEC_E_OK);
		assert_string_equal(description->TlsVersion, rows[i].version);
		assert_int_equal(FreeContextBuffer(description), SEC_E_OK);
		exchange_end(&exchange);
	}
}

static void versions_below_tls_1_2_alone_are_not_offered(void **state)
{
	PCCERT_CONTEXT certificate = exchange_certificate();
	SCHANNEL_CRED schannel = schannel_with(&certificate);
	CREDSSP_CRED credssp = { CredsspSubmitBufferBoth, &schannel, NULL };

	(void)state;
	schannel.grbitEnabledProtocols = 0x40 | 0x100; /* TLS 1.0 and 1.1 */
	assert_int_equal(acquire("CREDSSP", SECPKG_CRED_INBOUND, &credssp), SEC_E_UNSUPPORTED_FUNCTION);
}

/* --- Certificate contexts ------------------------------------------------------------------------------------ */

static void a_certificate_context_has_the_forty_bytes_of_windows(void **state)
{
	PCCERT_CONTEXT certificate;

	(void)state;
	assert_int_equal(OpensspiCertificateSelfSigned("host.test", OpensspiKeyP256, &certificate), SEC_E_OK);
	assert_int_equal(certificate->dwCertEncodingType, X509_ASN_ENCODING);
	assert_true(certificate->cbCertEncoded > 200);
	assert_int_equal(certificate->pbCertEncoded[0], 0x30);
	assert_null(certificate->pCertInfo);
	assert_null(certificate->hCertStore);
	assert_true(OpensspiFreeCertificateContext(certificate));
}

static void a_certificate_context_of_somebody_else_is_never_followed(void **state)
{
	uint8_t der[] = { 0x30, 0 };
	CERT_CONTEXT foreign = { X509_ASN_ENCODING, der, sizeof(der), NULL, NULL };
	PCCERT_CONTEXT strangers[] = { &foreign, NULL, (PCCERT_CONTEXT)(uintptr_t)1,
				       (PCCERT_CONTEXT)(uintptr_t)-8 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(strangers); i++) {
		SCHANNEL_CRED schannel = schannel_with(&strangers[i]);
		CREDSSP_CRED credssp = { CredsspSubmitBufferBoth, &schannel, NULL };

		assert_int_equal(acquire("CREDSSP", SECPKG_CRED_INBOUND, &credssp),
				 SEC_E_UNKNOWN_CREDENTIALS);
		assert_false(OpensspiFreeCertificateContext(strangers[i]));
	}
}

static void a_freed_certificate_context_is_a_strangers(void **state)
{
	PCCERT_CONTEXT certificate;
	SCHANNEL_CRED schannel = schannel_with(&certificate);
	CREDSSP_CRED credssp = { CredsspSubmitBufferBoth, &schannel, NULL };

	(void)state;
	assert_int_equal(OpensspiCertificateSelfSigned("host.test", OpensspiKeyP256, &certificate), SEC_E_OK);
	assert_int_equal(acquire("CREDSSP", SECPKG_CRED_INBOUND, &credssp), SEC_E_OK);
	assert_true(OpensspiFreeCertificateContext(certificate));
	assert_false(OpensspiFreeCertificateContext(certificate));
	assert_int_equal(acquire("CREDSSP", SECPKG_CRED_INBOUND, &credssp), SEC_E_UNKNOWN_CREDENTIALS);
}

static void a_credential_keeps_its_certificate(void **state)
{
	struct exchange_settings settings = exchange_usual("CREDSSP");
	PCCERT_CONTEXT certificate;

	(void)state;
	assert_int_equal(OpensspiCertificateSelfSigned("host.test", OpensspiKeyP256, &certificate), SEC_E_OK);
	settings.certificate = certificate;
	exchange_start(&exchange, &settings);
	assert_true(OpensspiFreeCertificateContext(certificate));
	assert_true(exchange_run(&exchange));
	exchange_end(&exchange);
}

static void the_macro_of_windows_frees_a_context(void **state)
{
	PCCERT_CONTEXT certificate;
	long before = seam_blocks_alive();

	(void)state;
	assert_int_equal(OpensspiCertificateSelfSigned("host.test", OpensspiKeyP256, &certificate), SEC_E_OK);
	assert_true(CertFreeCertificateContext(certificate));
	assert_int_equal(seam_blocks_alive(), before);
}

static void certificates_that_cannot_be_made_say_why(void **state)
{
	PCCERT_CONTEXT certificate = NULL;

	(void)state;
	assert_int_equal(OpensspiCertificateFromPem("does/not/exist.pem", "does/not/exist.pem", &certificate),
			 SEC_E_NO_CREDENTIALS);
	assert_int_equal(OpensspiCertificateFromPem(NULL, NULL, &certificate), SEC_E_NO_CREDENTIALS);
	assert_int_equal(OpensspiCertificateSelfSigned("", OpensspiKeyP256, &certificate),
			 SEC_E_NO_CREDENTIALS);
	assert_int_equal(OpensspiCertificateSelfSigned("host", (OPENSSPI_KEY_TYPE)9, &certificate),
			 SEC_E_NO_CREDENTIALS);
	assert_int_equal(OpensspiCertificateSelfSigned("host", OpensspiKeyP256, NULL), SEC_E_INTERNAL_ERROR);
	assert_int_equal(OpensspiCertificateFromPem("a", "b", NULL), SEC_E_INTERNAL_ERROR);
	assert_null(certificate);
}

/* --- ptsExpiry ----------------------------------------------------------------------------------------------- */

static void a_credential_expires_with_its_certificate_in_local_time(void **state)
{
	const TimeStamp year = 365 * 24 * 3600 * CLOCK_TICKS_PER_SECOND;
	struct exchange_settings settings = exchange_usual("CREDSSP");
	PCCERT_CONTEXT certificate;
	CredHandle credential;
	TimeStamp expiry = 0;

	(void)state;
	assert_int_equal(setenv("TZ", "EST5", 1), 0);
	tzset();
	assert_int_equal(OpensspiCertificateSelfSigned("host.test", OpensspiKeyP256, &certificate), SEC_E_OK);
	settings.certificate = certificate;
	exchange.settings = settings;
	assert_int_equal(exchange_acquire(&exchange, SECPKG_CRED_INBOUND, &credential, &expiry), SEC_E_OK);
	assert_true(expiry == SEAM_TIME + year - 5 * 3600 * CLOCK_TICKS_PER_SECOND);
	assert_int_equal(FreeCredentialsHandle(&credential), SEC_E_OK);
	assert_true(OpensspiFreeCertificateContext(certificate));
	assert_int_equal(exchange_acquire(&exchange, SECPKG_CRED_OUTBOUND, &credential, &expiry), SEC_E_OK);
	assert_true(expiry == INT64_MAX);
	assert_int_equal(FreeCredentialsHandle(&credential), SEC_E_OK);
}

/* --- OPENSSPI_OPTIONS ---------------------------------------------------------------------------------------- */

static void options_have_their_size_and_known_flags(void **state)
{
	OPENSSPI_OPTIONS given = options(NULL);

	(void)state;
	assert_int_equal(acquire("NTLM", SECPKG_CRED_INBOUND, &given), SEC_E_OK);
	given.Size--;
	assert_int_equal(acquire("NTLM", SECPKG_CRED_INBOUND, &given), SEC_E_UNKNOWN_CREDENTIALS);
	given = options(NULL);
	given.Flags = 0x80000000;
	assert_int_equal(acquire("NTLM", SECPKG_CRED_INBOUND, &given), SEC_E_UNSUPPORTED_FUNCTION);
}

static void policies_have_the_names_of_the_windows_setting(void **state)
{
	static const char *const names[] = { "force-updated", "mitigated", "vulnerable" };
	OPENSSPI_OPTIONS given = options(NULL);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		given.Policy = names[i];
		assert_int_equal(acquire("NTLM", SECPKG_CRED_INBOUND, &given), SEC_E_OK);
	}
	given.Policy = "forced";
	assert_int_equal(acquire("NTLM", SECPKG_CRED_INBOUND, &given), SEC_E_UNKNOWN_CREDENTIALS);
}

static void our_own_highest_version_is_one_of_2_to_6(void **state)
{
	OPENSSPI_OPTIONS given = options(NULL);

	(void)state;
	for (uint32_t version = 0; version <= 8; version++) {
		given.CredSspVersion = version;
		assert_int_equal(acquire("NTLM", SECPKG_CRED_INBOUND, &given),
				 version == 1 || version > 6 ? SEC_E_UNKNOWN_CREDENTIALS : SEC_E_OK);
	}
}

static void one_authority_at_most(void **state)
{
	OPENSSPI_OPTIONS given = exchange_server_options(&exchange);

	(void)state;
	given.AccountFile = "accounts";
	assert_int_equal(acquire("NTLM", SECPKG_CRED_INBOUND, &given), SEC_E_UNKNOWN_CREDENTIALS);
	given = options(NULL);
	given.PasswordCallback = exchange_server_options(&exchange).PasswordCallback;
	assert_int_equal(acquire("NTLM", SECPKG_CRED_INBOUND, &given), SEC_E_UNKNOWN_CREDENTIALS);
}

static void options_inside_options_are_no_identity(void **state)
{
	OPENSSPI_OPTIONS inner = options(NULL), outer = options(&inner);

	(void)state;
	assert_int_equal(acquire("NTLM", SECPKG_CRED_OUTBOUND, &outer), SEC_E_UNKNOWN_CREDENTIALS);
	assert_int_equal(acquire("CREDSSP", SECPKG_CRED_INBOUND, &outer), SEC_E_UNKNOWN_CREDENTIALS);
}

/* The certificate of the options serves where AuthData has none. */
static void options_bring_a_certificate(void **state)
{
	OPENSSPI_OPTIONS given = options(NULL);
	CERT_CONTEXT foreign = { 0 };

	(void)state;
	given.Certificate = exchange_certificate();
	assert_int_equal(acquire("CREDSSP", SECPKG_CRED_INBOUND, &given), SEC_E_OK);
	given.Certificate = &foreign;
	assert_int_equal(acquire("CREDSSP", SECPKG_CRED_INBOUND, &given), SEC_E_UNKNOWN_CREDENTIALS);
}

static void the_names_of_the_options_must_be_names(void **state)
{
	OPENSSPI_OPTIONS given = options(NULL);

	(void)state;
	given.NetbiosComputerName = "SIXTEEN-LETTERS-";
	assert_int_equal(acquire("NTLM", SECPKG_CRED_INBOUND, &given), SEC_E_UNKNOWN_CREDENTIALS);
	given.NetbiosComputerName = "\xC3";
	assert_int_equal(acquire("NTLM", SECPKG_CRED_INBOUND, &given), SEC_E_UNKNOWN_CREDENTIALS);
}

static void ntlm_can_be_switched_off(void **state)
{
	struct exchange_settings settings = exchange_usual("NTLM");
	char word[64];

	(void)state;
	settings.server_flags = OPENSSPI_NTLM_OFF;
	exchange_start(&exchange, &settings);
	assert_false(exchange_run(&exchange));
	assert_int_equal(exchange.server.status, SEC_E_LOGON_DENIED);
	assert_string_equal(exchange_reason(&exchange.server, word), "ntlm-switched-off");
	exchange_end(&exchange);
}

/* --- The callback's argument --------------------------------------------------------------------------------- */

static void the_callbacks_argument_is_freed_once_with_the_last_context(void **state)
{
	struct exchange_settings settings = exchange_usual("NTLM");

	(void)state;
	exchange_start(&exchange, &settings);
	assert_true(exchange_run(&exchange));
	assert_int_equal(exchange.freed, 0);
	assert_int_equal(FreeCredentialsHandle(&exchange.server.credential), SEC_E_OK);
	exchange.server.has_credential = false;
	assert_int_equal(exchange.freed, 0);
	exchange_end(&exchange);
	assert_int_equal(exchange.freed, 1);
}

/* Whatever the reason is, and wherever in the call it is found. */
static void the_callbacks_argument_is_freed_once_when_acquiring_fails(void **state)
{
	OPENSSPI_OPTIONS given;
	CredHandle credential;
	long freed = 0;

	(void)state;
	exchange.settings = exchange_usual("NTLM");
	exchange.freed = 0;
	given = exchange_server_options(&exchange);
	assert_int_equal(acquire("no such package", SECPKG_CRED_INBOUND, &given), SEC_E_SECPKG_NOT_FOUND);
	assert_int_equal(exchange.freed, ++freed);
	assert_int_equal(acquire("NTLM", 0, &given), SEC_E_UNSUPPORTED_FUNCTION);
	assert_int_equal(exchange.freed, ++freed);
	assert_int_equal(acquire("CREDSSP", SECPKG_CRED_INBOUND, &given), SEC_E_NO_CREDENTIALS);
	assert_int_equal(exchange.freed, ++freed);
	given.Policy = "no such policy";
	assert_int_equal(acquire("NTLM", SECPKG_CRED_INBOUND, &given), SEC_E_UNKNOWN_CREDENTIALS);
	assert_int_equal(exchange.freed, ++freed);
	given.Policy = NULL;
	assert_int_equal(AcquireCredentialsHandleA(NULL, text("NTLM"), SECPKG_CRED_INBOUND, NULL, &given,
						   NULL, NULL, NULL, NULL),
			 SEC_E_INTERNAL_ERROR);
	assert_int_equal(exchange.freed, ++freed);
	for (long n = 1;; n++) {
		SECURITY_STATUS status;

		seam_fail_allocation(n);
		status = AcquireCredentialsHandleA(NULL, text("NTLM"), SECPKG_CRED_INBOUND, NULL, &given,
						   NULL, NULL, &credential, NULL);
		seam_fail_allocation(0);
		if (status == SEC_E_OK)
			break;
		assert_int_equal(status, SEC_E_INSUFFICIENT_MEMORY);
		assert_int_equal(exchange.freed, ++freed);
	}
	assert_int_equal(FreeCredentialsHandle(&credential), SEC_E_OK);
	assert_int_equal(exchange.freed, ++freed);
}

static void nothing_is_left_of_a_credential(void **state)
{
	struct exchange_settings settings = exchange_usual("CREDSSP");
	long before;

	(void)state;
	(void)exchange_certificate();
	before = seam_blocks_alive();
	exchange_start(&exchange, &settings);
	exchange_end(&exchange);
	assert_int_equal(seam_blocks_alive(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_unknown_package_is_not_found),
		cmocka_unit_test(package_names_have_no_case),
		cmocka_unit_test(the_use_is_inbound_outbound_or_both),
		cmocka_unit_test(no_place_for_the_handle_is_refused),
		cmocka_unit_test(a_client_without_an_identity_has_no_credentials),
		cmocka_unit_test(a_credssp_server_without_a_certificate_has_no_credentials),
		cmocka_unit_test(credssp_takes_one_credential_for_both_directions),
		cmocka_unit_test(a_credential_for_both_directions_serves_what_it_can),
		cmocka_unit_test(every_form_of_an_identity_logs_on),
		cmocka_unit_test(the_w_function_takes_an_identity_in_utf_8),
		cmocka_unit_test(an_identity_in_credssp_is_delegated_whole),
		cmocka_unit_test(everything_is_copied_in_the_call),
		cmocka_unit_test(private_bits_and_lists_of_others_are_let_through),
		cmocka_unit_test(an_nt_hash_is_never_taken_for_a_password),
		cmocka_unit_test(a_package_list_without_ntlm_lets_no_ntlm_byte_out),
		cmocka_unit_test(an_identity_must_say_its_alphabet),
		cmocka_unit_test(texts_have_limits_and_must_be_there),
		cmocka_unit_test(a_type_of_credssp_cred_that_does_not_exist_is_refused),
		cmocka_unit_test(an_identity_is_no_credssp_cred),
		cmocka_unit_test(a_schannel_cred_has_version_4_or_5_and_certificate_contexts),
		cmocka_unit_test(the_enabled_protocols_are_the_only_ones),
		cmocka_unit_test(versions_below_tls_1_2_alone_are_not_offered),
		cmocka_unit_test(a_certificate_context_has_the_forty_bytes_of_windows),
		cmocka_unit_test(a_certificate_context_of_somebody_else_is_never_followed),
		cmocka_unit_test(a_freed_certificate_context_is_a_strangers),
		cmocka_unit_test(a_credential_keeps_its_certificate),
		cmocka_unit_test(the_macro_of_windows_frees_a_context),
		cmocka_unit_test(certificates_that_cannot_be_made_say_why),
		cmocka_unit_test(a_credential_expires_with_its_certificate_in_local_time),
		cmocka_unit_test(options_have_their_size_and_known_flags),
		cmocka_unit_test(policies_have_the_names_of_the_windows_setting),
		cmocka_unit_test(our_own_highest_version_is_one_of_2_to_6),
		cmocka_unit_test(one_authority_at_most),
		cmocka_unit_test(options_inside_options_are_no_identity),
		cmocka_unit_test(options_bring_a_certificate),
		cmocka_unit_test(the_names_of_the_options_must_be_names),
		cmocka_unit_test(ntlm_can_be_switched_off),
		cmocka_unit_test(the_callbacks_argument_is_freed_once_with_the_last_context),
		cmocka_unit_test(the_callbacks_argument_is_freed_once_when_acquiring_fails),
		cmocka_unit_test(nothing_is_left_of_a_credential),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
