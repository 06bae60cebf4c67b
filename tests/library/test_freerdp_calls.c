/* The library as FreeRDP's /sspi-module, in both roles: test_freerdp_calls LIBRARY */
#include "library/freerdp_calls.h"
#include "support/hex.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { UNTOUCHED = 0xA5 };

static PSecurityFunctionTableA table;

/* A whole logon with these pAuthData. The caller ends both sides. */
static bool log_on(struct freerdp_side *client, struct freerdp_side *server, void *client_data,
		   void *server_data)
{
	assert_int_equal(freerdp_start(client, table, false, client_data), SEC_E_OK);
	assert_int_equal(freerdp_start(server, table, true, server_data), SEC_E_OK);
	return freerdp_log_on(client, server);
}

static bool logs_on(void *client_data, void *server_data)
{
	struct freerdp_side client, server;
	bool done = log_on(&client, &server, client_data, server_data);

	if (done)
		freerdp_send(&client, &server, 100);
	freerdp_end(&client);
	freerdp_end(&server);
	return done;
}

/* It looks at none of them before it calls it. */
static void the_members_that_freerdp_calls_are_there(void **state)
{
	(void)state;
	assert_int_equal(table->dwVersion, SECURITY_SUPPORT_PROVIDER_INTERFACE_VERSION);
	assert_non_null(table->QuerySecurityPackageInfoA);
	assert_non_null(table->AcquireCredentialsHandleA);
	assert_non_null(table->InitializeSecurityContextA);
	assert_non_null(table->AcceptSecurityContext);
	assert_non_null(table->QueryContextAttributesA);
	assert_non_null(table->SetContextAttributesA);
	assert_non_null(table->ImpersonateSecurityContext);
	assert_non_null(table->RevertSecurityContext);
	assert_non_null(table->EncryptMessage);
	assert_non_null(table->DecryptMessage);
	assert_non_null(table->DeleteSecurityContext);
	assert_non_null(table->FreeCredentialHandle);
	assert_non_null(table->FreeContextBuffer);
}

static void both_roles_log_on_and_pass_64_messages_each_way(void **state)
{
	struct freerdp_identity alice = freerdp_identity(FREERDP_PASSWORD);
	OPENSSPI_OPTIONS options = freerdp_server_options(NULL);
	struct freerdp_side client, server;

	(void)state;
	assert_true(log_on(&client, &server, &alice, &options));
	assert_true(client.flags & ISC_RET_CONFIDENTIALITY);
	assert_true(server.flags & ASC_RET_CONFIDENTIALITY);
	assert_int_equal(client.sizes.cbSecurityTrailer, server.sizes.cbSecurityTrailer);
	for (uint32_t i = 0; i < 64; i++) {
		freerdp_send(&client, &server, 16 + 37 * i);
		freerdp_send(&server, &client, 16 + 41 * i);
	}
	freerdp_end(&client);
	freerdp_end(&server);
}

static void the_directions_count_for_themselves(void **state)
{
	struct freerdp_identity alice = freerdp_identity(FREERDP_PASSWORD);
	OPENSSPI_OPTIONS options = freerdp_server_options(NULL);
	struct freerdp_side client, server;

	(void)state;
	assert_true(log_on(&client, &server, &alice, &options));
	for (uint32_t i = 0; i < 64; i++)
		freerdp_send(&server, &client, 32);
	for (uint32_t i = 0; i < 64; i++)
		freerdp_send(&client, &server, 61);
	freerdp_end(&client);
	freerdp_end(&server);
}

static void a_server_whose_identity_has_no_names_but_settings_lets_in(void **state)
{
	struct freerdp_identity alice = freerdp_identity(FREERDP_PASSWORD),
				nobody = freerdp_server_identity();
	OPENSSPI_OPTIONS options = freerdp_server_options(&nobody);

	(void)state;
	assert_true(logs_on(&alice, &options));
}

/* Its accounts are in settings of its own, which are not looked at. */
static void a_server_that_names_no_accounts_lets_nobody_in(void **state)
{
	struct freerdp_identity alice = freerdp_identity(FREERDP_PASSWORD),
				nobody = freerdp_server_identity();

	(void)state;
	assert_false(logs_on(&alice, NULL));
	assert_false(logs_on(&alice, &nobody));
}

static void a_wrong_password_is_refused(void **state)
{
	struct freerdp_identity alice = freerdp_identity(u"not the password");
	OPENSSPI_OPTIONS options = freerdp_server_options(NULL);
	struct freerdp_side client, server;
	SecPkgContext_Sizes sizes;

	(void)state;
	assert_false(log_on(&client, &server, &alice, &options));
	assert_int_equal(client.status, SEC_E_OK); /* NTLM's client is done before it is judged */
	assert_int_equal(server.status, SEC_E_LOGON_DENIED);
	assert_int_equal(server.token.cbBuffer, 0);
	assert_int_equal(table->QueryContextAttributesA(&server.context, SECPKG_ATTR_SIZES, &sizes),
			 SEC_E_INVALID_HANDLE);
	freerdp_end(&client);
	freerdp_end(&server);
}

/* A page that cannot be read follows, and what FreeRDP puts there is not missed. */
static void what_lies_behind_the_identity_is_not_looked_at(void **state)
{
	struct freerdp_identity alice = freerdp_identity(FREERDP_PASSWORD);
	OPENSSPI_OPTIONS options = freerdp_server_options(NULL);
	size_t page = (size_t)sysconf(_SC_PAGESIZE), size = sizeof(alice.identity);
	uint8_t *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	assert_int_equal(size, 72);
	assert_true(pages != MAP_FAILED);
	assert_int_equal(mprotect(pages + page, page, PROT_NONE), 0);
	memcpy(pages + page - size, &alice, size);
	assert_true(logs_on(pages + page - size, &options));
	assert_int_equal(munmap(pages, 2 * page), 0);
	alice.identity.Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE | FREERDP_FLAG_OLDER_DATA;
	assert_true(logs_on(&alice, &options));
}

static void a_list_of_packages_without_ntlm_acquires_nothing(void **state)
{
	struct freerdp_identity alice = freerdp_identity(FREERDP_PASSWORD);
	WCHAR without[] = u"!ntlm,!u2u";
	struct freerdp_side client, server;
	OPENSSPI_OPTIONS options = freerdp_server_options(NULL);

	(void)state;
	alice.identity.PackageList = without;
	alice.identity.PackageListLength = sizeof(without) / sizeof(*without) - 1;
	if (freerdp_start(&client, table, false, &alice) == SEC_E_OK) {
		assert_int_equal(freerdp_start(&server, table, true, &options), SEC_E_OK);
		assert_false(freerdp_log_on(&client, &server));
		assert_int_equal(client.token.cbBuffer, 0);
		freerdp_end(&server);
	}
	freerdp_end(&client);
}

static void an_nt_hash_in_place_of_the_password_is_refused(void **state)
{
	struct freerdp_identity alice = freerdp_identity(u"fc525c9683e8fe067095ba2ddc971889");
	struct freerdp_side client;

	(void)state;
	alice.identity.Flags |= FREERDP_FLAG_NT_HASH;
	assert_int_equal(freerdp_start(&client, table, false, &alice), SEC_E_UNSUPPORTED_FUNCTION);
	freerdp_end(&client);
}

/* FreeRDP asks for 1110, and for 1108 if it is there. */
static void attributes_of_its_own_are_refused_and_nothing_is_written(void **state)
{
	struct freerdp_identity alice = freerdp_identity(FREERDP_PASSWORD);
	OPENSSPI_OPTIONS options = freerdp_server_options(NULL);
	struct freerdp_side client, server;
	uint8_t value[64], untouched[64];

	(void)state;
	memset(value, UNTOUCHED, sizeof(value));
	memset(untouched, UNTOUCHED, sizeof(untouched));
	assert_true(log_on(&client, &server, &alice, &options));
	for (uint32_t attribute = 1108; attribute <= 1110; attribute += 2) {
		assert_true(table->QueryContextAttributesA(&client.context, attribute, value) < 0);
		assert_true(table->QueryContextAttributesA(&server.context, attribute, value) < 0);
	}
	assert_memory_equal(value, untouched, sizeof(value));
	freerdp_send(&client, &server, 32);
	freerdp_send(&server, &client, 32);
	freerdp_end(&client);
	freerdp_end(&server);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_members_that_freerdp_calls_are_there),
		cmocka_unit_test(both_roles_log_on_and_pass_64_messages_each_way),
		cmocka_unit_test(the_directions_count_for_themselves),
		cmocka_unit_test(a_server_whose_identity_has_no_names_but_settings_lets_in),
		cmocka_unit_test(a_server_that_names_no_accounts_lets_nobody_in),
		cmocka_unit_test(a_wrong_password_is_refused),
		cmocka_unit_test(what_lies_behind_the_identity_is_not_looked_at),
		cmocka_unit_test(a_list_of_packages_without_ntlm_acquires_nothing),
		cmocka_unit_test(an_nt_hash_in_place_of_the_password_is_refused),
		cmocka_unit_test(attributes_of_its_own_are_refused_and_nothing_is_written),
	};

	if (argc != 2) {
		fputs("usage: test_freerdp_calls LIBRARY\n", stderr);
		return 2;
	}
	table = freerdp_table(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
