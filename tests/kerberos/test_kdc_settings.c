/* Which KDC proxy a client asks: OPENSSPI_OPTIONS.KdcProxy, and SetCredentialsAttributes(KDC_PROXY_SETTINGS). */
#include "support/captured_trace.h"
#include "support/hex.h"
#include "support/kerberos_realm.h"
#include "support/seams.h"

#include <opensspi/opensspi.h>
#include <pthread.h>
#include <stdio.h>

static const char *const packages[] = { "Kerberos", "Negotiate", "CREDSSP" };

static char *text(const char *ascii)
{
	return (char *)(uintptr_t)ascii;
}

static SECURITY_STATUS acquire(const char *package, const char *kdc_proxy, CredHandle *credential)
{
	SEC_WINNT_AUTH_IDENTITY_A identity = {
		.User = (unsigned char *)text("alice"),
		.UserLength = 5,
		.Domain = (unsigned char *)text(KERBEROS_REALM),
		.DomainLength = (uint32_t)strlen(KERBEROS_REALM),
		.Password = (unsigned char *)text("Passw0rd!"),
		.PasswordLength = 9,
		.Flags = SEC_WINNT_AUTH_IDENTITY_ANSI,
	};
	CREDSSP_CRED both = { CredsspSubmitBufferBoth, NULL, &identity };
	OPENSSPI_OPTIONS options = { .Magic = OPENSSPI_OPTIONS_MAGIC,
				     .Size = sizeof(options),
				     .Flags = OPENSSPI_NTLM_OFF,
				     .AuthData = strcmp(package, "CREDSSP") == 0 ? (void *)&both : &identity,
				     .KdcMilliseconds = 1000,
				     .KdcProxy = kdc_proxy };

	return AcquireCredentialsHandleA(NULL, text(package), SECPKG_CRED_OUTBOUND, NULL, &options, NULL,
					 NULL, credential, NULL);
}

static struct block {
	SecPkgCredentials_KdcProxySettingsW settings;
	uint16_t server[128];
} block;

/* The size that goes with it. */
static uint32_t fill(uint32_t flags, const char *server)
{
	struct slice wide = u16(server);

	block = (struct block) { .settings = { .Version = KDC_PROXY_SETTINGS_V1, .Flags = flags } };
	block.settings.ProxyServerOffset = sizeof(block.settings);
	block.settings.ProxyServerLength = (uint16_t)wide.size;
	if (wide.size)
		memcpy(block.server, wide.data, wide.size);
	return (uint32_t)(sizeof(block.settings) + wide.size);
}

static SECURITY_STATUS set(CredHandle *credential, uint32_t size)
{
	return SetCredentialsAttributesW(credential, SECPKG_CRED_ATTR_KDC_PROXY_SETTINGS, &block, size);
}

static SECURITY_STATUS set_server(CredHandle *credential, uint32_t flags, const char *server)
{
	return set(credential, fill(flags, server));
}

/* Nobody listens at these ports: the trace says who was asked, in a first call of package Kerberos or Negotiate. */
static void expect_asked(CredHandle *credential, const char *first, const char *second)
{
	uint8_t memory[64];
	SecBuffer out = { sizeof(memory), SECBUFFER_TOKEN, memory };
	SecBufferDesc list = { SECBUFFER_VERSION, 1, &out };
	CtxtHandle context;
	uint32_t reached;

	captured_trace_start();
	assert_int_equal(InitializeSecurityContextA(credential, NULL, text(KERBEROS_TARGET), 0, 0,
						    SECURITY_NATIVE_DREP, NULL, 0, &context, &list, &reached,
						    NULL),
			 SEC_E_NO_AUTHENTICATING_AUTHORITY);
	assert_int_equal(captured_trace_count("does not answer"), (first != NULL) + (second != NULL));
	if (first)
		assert_int_equal(captured_trace_count(first), 1);
	if (second)
		assert_int_equal(captured_trace_count(second), 1);
	captured_trace_stop();
}

static void the_options_proxy_is_asked_alone(void **state)
{
	static const char *const forms[] = { "https://localhost:2/KdcProxy", "localhost:2", "localhost:2:x" };

	(void)state;
	for (size_t i = 0; i < 2; i++) /* in CREDSSP the same needs a server's TLS first: tests/interop */
		for (size_t form = 0; form < COUNT_OF(forms); form++) {
			CredHandle credential;

			assert_int_equal(acquire(packages[i], forms[form], &credential), SEC_E_OK);
			expect_asked(&credential, "localhost:2 does not answer", NULL);
			assert_int_equal(FreeCredentialsHandle(&credential), SEC_E_OK);
		}
}

static void a_proxy_that_is_none_is_no_credential(void **state)
{
	static const char *const none[] = { "", "http://localhost/KdcProxy", "localhost:x", "a b" };
	CredHandle credential;

	(void)state;
	for (size_t package = 0; package < COUNT_OF(packages); package++)
		for (size_t i = 0; i < COUNT_OF(none); i++)
			assert_int_equal(acquire(packages[package], none[i], &credential),
					 SEC_E_UNKNOWN_CREDENTIALS);
}

static void a_proxy_that_is_set_counts_for_the_contexts_to_come(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		CredHandle credential;

		assert_int_equal(acquire(packages[i], NULL, &credential), SEC_E_OK);
		expect_asked(&credential, "127.0.0.1:1 does not answer", NULL);
		assert_int_equal(set_server(&credential, 0, "localhost:2"), SEC_E_OK);
		expect_asked(&credential, "127.0.0.1:1 does not answer", "localhost:2 does not answer");
		assert_int_equal(
			set_server(&credential, KDC_PROXY_SETTINGS_FLAGS_FORCEPROXY, "localhost:3:x"),
			SEC_E_OK);
		expect_asked(&credential, "localhost:3 does not answer", NULL);
		assert_int_equal(set_server(&credential, KDC_PROXY_SETTINGS_FLAGS_FORCEPROXY,
					    "https://localhost:4/KdcProxy"),
				 SEC_E_OK);
		expect_asked(&credential, "localhost:4 does not answer", NULL);
		assert_int_equal(set_server(&credential, 0, ""), SEC_E_OK);
		expect_asked(&credential, "127.0.0.1:1 does not answer", NULL);
		assert_int_equal(FreeCredentialsHandle(&credential), SEC_E_OK);
	}
}

/* FreeRDP counts the NUL. */
static void a_nul_at_the_end_does_not_count(void **state)
{
	CredHandle credential;
	uint32_t size;

	(void)state;
	assert_int_equal(acquire("Kerberos", NULL, &credential), SEC_E_OK);
	size = fill(KDC_PROXY_SETTINGS_FLAGS_FORCEPROXY, "localhost:2") + 2;
	block.settings.ProxyServerLength = (uint16_t)(block.settings.ProxyServerLength + 2);
	assert_int_equal(set(&credential, size), SEC_E_OK);
	expect_asked(&credential, "localhost:2 does not answer", NULL);
	assert_int_equal(FreeCredentialsHandle(&credential), SEC_E_OK);
}

static void expect_refused(CredHandle *credential, uint32_t size, SECURITY_STATUS status)
{
	assert_int_equal(set(credential, size), status);
	expect_asked(credential, "localhost:2 does not answer", NULL); /* what was set before */
}

static void what_cannot_be_honoured_changes_nothing(void **state)
{
	CredHandle credential;
	uint32_t size, whole;

	(void)state;
	assert_int_equal(acquire("Kerberos", "localhost:2", &credential), SEC_E_OK);
	whole = fill(0, "localhost:3");
	for (size = 0; size < sizeof(block.settings); size++)
		expect_refused(&credential, size, SEC_E_BUFFER_TOO_SMALL);
	for (; size < whole; size++)
		expect_refused(&credential, size, SEC_E_UNKNOWN_CREDENTIALS);
	block.settings.Version = 2;
	expect_refused(&credential, whole, SEC_E_UNSUPPORTED_FUNCTION);
	whole = fill(2, "localhost:3");
	expect_refused(&credential, whole, SEC_E_UNSUPPORTED_FUNCTION);
	whole = fill(0, "localhost:3");
	block.settings.ClientTlsCredLength = 2;
	expect_refused(&credential, whole, SEC_E_UNSUPPORTED_FUNCTION);
	whole = fill(0, "localhost:3");
	block.settings.ProxyServerOffset = sizeof(block.settings) - 2;
	expect_refused(&credential, whole, SEC_E_UNKNOWN_CREDENTIALS);
	whole = fill(0, "localhost:3");
	block.settings.ProxyServerLength--;
	expect_refused(&credential, whole, SEC_E_UNKNOWN_CREDENTIALS);
	whole = fill(0, "localhost:3");
	block.server[2] = 0;
	expect_refused(&credential, whole, SEC_E_UNKNOWN_CREDENTIALS);
	whole = fill(0, "localhost:3");
	block.server[2] = 0xD800; /* half a letter */
	expect_refused(&credential, whole, SEC_E_UNKNOWN_CREDENTIALS);
	expect_refused(&credential, fill(0, "http://localhost"), SEC_E_UNKNOWN_CREDENTIALS);
	assert_int_equal(
		SetCredentialsAttributesA(&credential, SECPKG_CRED_ATTR_KDC_PROXY_SETTINGS, NULL, 64),
		SEC_E_INTERNAL_ERROR);
	assert_int_equal(SetCredentialsAttributesA(&credential, SECPKG_CRED_ATTR_NAMES, &block, whole),
			 SEC_E_UNSUPPORTED_FUNCTION);
	assert_int_equal(FreeCredentialsHandle(&credential), SEC_E_OK);
	assert_int_equal(set_server(&credential, 0, "localhost:3"), SEC_E_INVALID_HANDLE);
}

static void a_server_has_no_use_for_one(void **state)
{
	OPENSSPI_OPTIONS options = { .Magic = OPENSSPI_OPTIONS_MAGIC, .Size = sizeof(options) };
	CredHandle credential;

	(void)state;
	options.Keytab = kerberos_keytab();
	assert_int_equal(AcquireCredentialsHandleA(NULL, text("Kerberos"), SECPKG_CRED_INBOUND, NULL,
						   &options, NULL, NULL, &credential, NULL),
			 SEC_E_OK);
	assert_int_equal(set_server(&credential, 0, "localhost:2"), SEC_E_NO_CREDENTIALS);
	assert_int_equal(FreeCredentialsHandle(&credential), SEC_E_OK);
}

/* Contexts outlive the handle and what was exchanged in it; names stay; nothing leaks, with memory or without. */
static void what_is_exchanged_lives_as_long_as_it_is_used(void **state)
{
	long before = seam_blocks_alive();
	SecPkgCredentials_NamesA names = { NULL };
	CredHandle credential;

	(void)state;
	assert_int_equal(acquire("CREDSSP", NULL, &credential), SEC_E_OK);
	for (int i = 0; i < 3; i++)
		assert_int_equal(set_server(&credential, 0, "localhost:2"), SEC_E_OK);
	assert_int_equal(QueryCredentialsAttributesA(&credential, SECPKG_CRED_ATTR_NAMES, &names), SEC_E_OK);
	assert_string_equal(names.sUserName, KERBEROS_REALM "\\alice");
	assert_int_equal(FreeContextBuffer(names.sUserName), SEC_E_OK);
	seam_fail_allocation(1);
	assert_int_equal(set_server(&credential, 0, "localhost:3"), SEC_E_INSUFFICIENT_MEMORY);
	seam_fail_allocation(0);
	assert_int_equal(FreeCredentialsHandle(&credential), SEC_E_OK);
	assert_int_equal(seam_blocks_alive(), before);
}

static void *set_again_and_again(void *credential)
{
	SecPkgCredentials_KdcProxySettingsW none = { .Version = KDC_PROXY_SETTINGS_V1 };

	for (int i = 0; i < 10000; i++)
		(void)SetCredentialsAttributesW(credential, SECPKG_CRED_ATTR_KDC_PROXY_SETTINGS, &none,
						sizeof(none));
	return NULL;
}

/* For TSan. */
static void threads_may_set_at_once(void **state)
{
	pthread_t threads[3];
	CredHandle credential;

	(void)state;
	assert_int_equal(acquire("Kerberos", NULL, &credential), SEC_E_OK);
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, set_again_and_again, &credential), 0);
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(FreeCredentialsHandle(&credential), SEC_E_OK);
}

static int start_realm(void **state)
{
	(void)state;
	kerberos_realm_start("  kdc = 127.0.0.1:1\n");
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_options_proxy_is_asked_alone),
		cmocka_unit_test(a_proxy_that_is_none_is_no_credential),
		cmocka_unit_test(a_proxy_that_is_set_counts_for_the_contexts_to_come),
		cmocka_unit_test(a_nul_at_the_end_does_not_count),
		cmocka_unit_test(what_cannot_be_honoured_changes_nothing),
		cmocka_unit_test(a_server_has_no_use_for_one),
		cmocka_unit_test(what_is_exchanged_lives_as_long_as_it_is_used),
		cmocka_unit_test(threads_may_set_at_once),
	};

	return cmocka_run_group_tests(tests, start_realm, NULL);
}
