/* AddCredentials, QueryCredentialsAttributes, SetCredentialsAttributes. */
#include "base/compiler.h"
#include "support/exchange.h"
#include "support/hex.h"
#include "support/seams.h"

#include <pthread.h>
#include <string.h>

static struct exchange exchange;

static char *text(const char *ascii)
{
	return (char *)(uintptr_t)ascii;
}

static void start(const char *package)
{
	struct exchange_settings settings = exchange_usual(package);

	exchange_start(&exchange, &settings);
}

static SEC_WINNT_AUTH_IDENTITY_A identity_of(const char *user, const char *domain, const char *password)
{
	return (SEC_WINNT_AUTH_IDENTITY_A) {
		.User = (unsigned char *)text(user),
		.UserLength = (uint32_t)strlen(user),
		.Domain = (unsigned char *)text(domain),
		.DomainLength = (uint32_t)strlen(domain),
		.Password = (unsigned char *)text(password),
		.PasswordLength = (uint32_t)strlen(password),
		.Flags = SEC_WINNT_AUTH_IDENTITY_ANSI,
	};
}

static SECURITY_STATUS acquire(uint32_t use, void *data, CredHandle *credential)
{
	return AcquireCredentialsHandleA(NULL, text("NTLM"), use, NULL, data, NULL, NULL, credential, NULL);
}

static SECURITY_STATUS add(CredHandle *credential, const char *package, uint32_t use, void *data)
{
	return AddCredentialsA(credential, NULL, text(package), use, data, NULL, NULL, NULL);
}

static SECURITY_STATUS add_identity(CredHandle *credential, const char *password)
{
	SEC_WINNT_AUTH_IDENTITY_A identity = identity_of(EXCHANGE_USER, EXCHANGE_DOMAIN, password);

	return add(credential, "NTLM", SECPKG_CRED_OUTBOUND, &identity);
}

/* --- Names ------------------------------------------------------------------------------------------------------ */

static void the_name_of_an_identity_is_told_in_both_alphabets(void **state)
{
	static const struct {
		const char *user, *domain, *name;
		const uint16_t *wide;
	} rows[] = {
		{ "alice", "CORP", "CORP\\alice", u"CORP\\alice" },
		{ "alice", "", "alice", u"alice" },
		{ "j\xC3\xBCrgen", "CORP", "CORP\\j\xC3\xBCrgen", u"CORP\\j\u00FCrgen" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		SEC_WINNT_AUTH_IDENTITY_A identity = identity_of(rows[i].user, rows[i].domain, "secret");
		SecPkgCredentials_NamesA narrow;
		SecPkgCredentials_NamesW wide;
		CredHandle credential;

		assert_int_equal(acquire(SECPKG_CRED_OUTBOUND, &identity, &credential), SEC_E_OK);
		assert_int_equal(QueryCredentialsAttributesA(&credential, SECPKG_CRED_ATTR_NAMES, &narrow),
				 SEC_E_OK);
		assert_string_equal(narrow.sUserName, rows[i].name);
		assert_int_equal(QueryCredentialsAttributesExW(&credential, SECPKG_CRED_ATTR_NAMES, &wide,
							       sizeof(wide)),
				 SEC_E_OK);
		for (size_t j = 0; rows[i].wide[j] || wide.sUserName[j]; j++)
			assert_int_equal(wide.sUserName[j], rows[i].wide[j]);
		assert_int_equal(FreeContextBuffer(narrow.sUserName), SEC_E_OK);
		assert_int_equal(FreeContextBuffer(wide.sUserName), SEC_E_OK);
		assert_int_equal(FreeCredentialsHandle(&credential), SEC_E_OK);
	}
}

static void a_credential_without_an_identity_has_no_name(void **state)
{
	static const char *const packages[] = { "NTLM", "Negotiate", "CREDSSP" };
	char before = 'x', *untouched = &before;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(packages); i++) {
		SecPkgCredentials_NamesA names = { untouched };

		start(packages[i]);
		assert_int_equal(QueryCredentialsAttributesA(&exchange.server.credential,
							     SECPKG_CRED_ATTR_NAMES, &names),
				 SEC_E_NO_CREDENTIALS);
		assert_ptr_equal(names.sUserName, untouched);
		assert_int_equal(QueryCredentialsAttributesA(&exchange.client.credential,
							     SECPKG_CRED_ATTR_NAMES, &names),
				 SEC_E_OK);
		assert_string_equal(names.sUserName, EXCHANGE_DOMAIN "\\" EXCHANGE_USER);
		assert_int_equal(FreeContextBuffer(names.sUserName), SEC_E_OK);
		exchange_end(&exchange);
	}
}

static void a_query_is_refused_for_its_handle_attribute_buffer_and_size_in_this_order(void **state)
{
	static const uint32_t others[] = { 0,
					   SECPKG_CRED_ATTR_SSI_PROVIDER,
					   SECPKG_CRED_ATTR_CERT,
					   SECPKG_CRED_ATTR_KDC_PROXY_SETTINGS,
					   SECPKG_CRED_ATTR_PAC_BYPASS,
					   1000 };
	SecPkgCredentials_NamesA names = { NULL };
	CredHandle *credential = &exchange.client.credential;
	CtxtHandle context;

	(void)state;
	start("NTLM");
	assert_int_equal(QueryCredentialsAttributesExA(NULL, 1000, NULL, 0), SEC_E_INVALID_HANDLE);
	exchange_call(&exchange, &exchange.client);
	context = exchange.client.context;
	assert_int_equal(QueryCredentialsAttributesA(&context, SECPKG_CRED_ATTR_NAMES, &names),
			 SEC_E_INVALID_HANDLE);
	for (size_t i = 0; i < COUNT_OF(others); i++) {
		assert_int_equal(QueryCredentialsAttributesA(credential, others[i], NULL),
				 SEC_E_UNSUPPORTED_FUNCTION);
		assert_int_equal(QueryCredentialsAttributesExW(credential, others[i], &names, 0),
				 SEC_E_UNSUPPORTED_FUNCTION);
	}
	assert_int_equal(QueryCredentialsAttributesExA(credential, SECPKG_CRED_ATTR_NAMES, NULL, 0),
			 SEC_E_INTERNAL_ERROR);
	assert_int_equal(QueryCredentialsAttributesW(credential, SECPKG_CRED_ATTR_NAMES, NULL),
			 SEC_E_INTERNAL_ERROR);
	assert_int_equal(
		QueryCredentialsAttributesExA(credential, SECPKG_CRED_ATTR_NAMES, &names, sizeof(names) - 1),
		SEC_E_BUFFER_TOO_SMALL);
	assert_null(names.sUserName);
	assert_int_equal(
		QueryCredentialsAttributesExA(credential, SECPKG_CRED_ATTR_NAMES, &names, sizeof(names)),
		SEC_E_OK);
	assert_int_equal(FreeContextBuffer(names.sUserName), SEC_E_OK);
	assert_int_equal(FreeCredentialsHandle(credential), SEC_E_OK);
	assert_int_equal(QueryCredentialsAttributesA(credential, SECPKG_CRED_ATTR_NAMES, &names),
			 SEC_E_INVALID_HANDLE);
	exchange.client.has_credential = false;
	exchange_end(&exchange);
}

static void nothing_can_be_set(void **state)
{
	static const uint32_t attributes[] = { SECPKG_CRED_ATTR_NAMES, SECPKG_CRED_ATTR_KDC_PROXY_SETTINGS,
					       1000 };
	SecPkgCredentials_NamesA names = { text("mallory") };

	(void)state;
	start("NTLM");
	for (size_t i = 0; i < COUNT_OF(attributes); i++) {
		assert_int_equal(SetCredentialsAttributesA(&exchange.client.credential, attributes[i], &names,
							   sizeof(names)),
				 SEC_E_UNSUPPORTED_FUNCTION);
		assert_int_equal(
			SetCredentialsAttributesW(&exchange.client.credential, attributes[i], NULL, 0),
			SEC_E_UNSUPPORTED_FUNCTION);
		assert_int_equal(SetCredentialsAttributesA(NULL, attributes[i], &names, sizeof(names)),
				 SEC_E_INVALID_HANDLE);
	}
	exchange_end(&exchange);
}

static void a_name_without_memory_is_refused(void **state)
{
	SecPkgCredentials_NamesA names = { NULL };
	SECURITY_STATUS status = SEC_E_INSUFFICIENT_MEMORY;
	long before, n = 0;

	(void)state;
	start("NTLM");
	before = seam_blocks_alive();
	while (status != SEC_E_OK) {
		seam_fail_allocation(++n);
		status = QueryCredentialsAttributesA(&exchange.client.credential, SECPKG_CRED_ATTR_NAMES,
						     &names);
		seam_fail_allocation(0);
		if (status == SEC_E_OK)
			break;
		assert_int_equal(status, SEC_E_INSUFFICIENT_MEMORY);
		assert_null(names.sUserName);
		assert_int_equal(seam_blocks_alive(), before);
	}
	assert_true(n > 1);
	assert_int_equal(FreeContextBuffer(names.sUserName), SEC_E_OK);
	exchange_end(&exchange);
}

/* --- Adding ----------------------------------------------------------------------------------------------------- */

/* The client's handle becomes the server's as well. */
static void a_direction_is_added(void **state)
{
	OPENSSPI_OPTIONS options;
	CredHandle *credential = &exchange.client.credential;

	(void)state;
	start("NTLM");
	assert_int_equal(FreeCredentialsHandle(&exchange.server.credential), SEC_E_OK);
	exchange.server.has_credential = false;
	exchange.server.credential = *credential;
	assert_false(exchange_run(&exchange));
	assert_int_equal(exchange.server.status, SEC_E_NO_CREDENTIALS);
	assert_int_equal(DeleteSecurityContext(&exchange.client.context), SEC_E_OK);
	exchange.client.has_context = false;
	exchange.client.arrived.size = exchange.server.arrived.size = 0;
	exchange.client.calls = exchange.server.calls = 0;
	exchange.client.status = exchange.server.status = SEC_E_OK;
	options = exchange_server_options(&exchange);
	assert_int_equal(AddCredentialsW(credential, NULL, (SEC_WCHAR *)u"ntlm", SECPKG_CRED_INBOUND,
					 &options, NULL, NULL, NULL),
			 SEC_E_OK);
	assert_true(exchange_run(&exchange));
	assert_int_equal(exchange.asked, 1);
	exchange_end(&exchange);
}

static void other_means_take_the_place_of_the_old_ones(void **state)
{
	TimeStamp expiry = 0;
	SEC_WINNT_AUTH_IDENTITY_A identity = identity_of("bob", "OTHER", "secret");
	SecPkgCredentials_NamesA names;

	(void)state;
	start("NTLM");
	assert_int_equal(AddCredentialsA(&exchange.client.credential, NULL, text("NTLM"),
					 SECPKG_CRED_OUTBOUND, &identity, NULL, NULL, &expiry),
			 SEC_E_OK);
	assert_true(expiry == INT64_MAX);
	assert_int_equal(
		QueryCredentialsAttributesA(&exchange.client.credential, SECPKG_CRED_ATTR_NAMES, &names),
		SEC_E_OK);
	assert_string_equal(names.sUserName, "OTHER\\bob");
	assert_int_equal(FreeContextBuffer(names.sUserName), SEC_E_OK);
	assert_false(exchange_run(&exchange));
	assert_int_equal(exchange.server.status, SEC_E_LOGON_DENIED);
	exchange_end(&exchange);
	start("NTLM");
	assert_int_equal(add_identity(&exchange.client.credential, "wrong"), SEC_E_OK);
	assert_int_equal(add_identity(&exchange.client.credential, EXCHANGE_PASSWORD), SEC_E_OK);
	assert_true(exchange_run(&exchange));
	exchange_end(&exchange);
}

/* Its later calls may name the handle, whatever that means by now. */
static void a_context_keeps_what_it_was_made_from(void **state)
{
	SecBuffer in = { 0, SECBUFFER_TOKEN, exchange.client.arrived.data };
	uint8_t room[4096];
	SecBuffer out = { sizeof(room), SECBUFFER_TOKEN, room };
	SecBufferDesc input = { SECBUFFER_VERSION, 1, &in }, output = { SECBUFFER_VERSION, 1, &out };
	CredHandle other;

	(void)state;
	start("NTLM");
	exchange_call(&exchange, &exchange.client);
	assert_int_equal(add_identity(&exchange.client.credential, "wrong"), SEC_E_OK);
	exchange_call(&exchange, &exchange.server);
	in.cbBuffer = (uint32_t)exchange.client.arrived.size;
	assert_int_equal(exchange_acquire(&exchange, SECPKG_CRED_OUTBOUND, &other, NULL), SEC_E_OK);
	assert_int_equal(InitializeSecurityContextA(&other, &exchange.client.context, NULL,
						    exchange.client.request, 0, 0, &input, 0,
						    &exchange.client.context, &output, NULL, NULL),
			 SEC_E_WRONG_CREDENTIAL_HANDLE);
	out.cbBuffer = sizeof(room);
	assert_int_equal(InitializeSecurityContextA(&exchange.client.credential, &exchange.client.context,
						    NULL, exchange.client.request, 0, 0, &input, 0,
						    &exchange.client.context, &output, NULL, NULL),
			 SEC_E_OK);
	memcpy(exchange.server.arrived.data, room, out.cbBuffer);
	exchange.server.arrived.size = out.cbBuffer;
	exchange_call(&exchange, &exchange.server);
	assert_int_equal(exchange.server.status, SEC_E_OK);
	assert_int_equal(FreeCredentialsHandle(&other), SEC_E_OK);
	exchange_end(&exchange);
}

/* Once for each set of options: when the last context that was made from them is gone, or when they were refused. */
static void the_argument_of_a_callback_is_freed_once(void **state)
{
	OPENSSPI_OPTIONS options;

	(void)state;
	start("NTLM");
	assert_true(exchange_run(&exchange));
	options = exchange_server_options(&exchange);
	assert_int_equal(add(&exchange.server.credential, "NTLM", SECPKG_CRED_INBOUND, &options), SEC_E_OK);
	assert_int_equal(exchange.freed, 0);
	assert_int_equal(DeleteSecurityContext(&exchange.server.context), SEC_E_OK);
	exchange.server.has_context = false;
	assert_int_equal(exchange.freed, 1);
	assert_int_equal(add(&exchange.server.credential, "none", SECPKG_CRED_INBOUND, &options),
			 SEC_E_SECPKG_NOT_FOUND);
	assert_int_equal(exchange.freed, 2);
	assert_int_equal(add(NULL, "NTLM", SECPKG_CRED_INBOUND, &options), SEC_E_INVALID_HANDLE);
	assert_int_equal(exchange.freed, 3);
	assert_int_equal(FreeCredentialsHandle(&exchange.server.credential), SEC_E_OK);
	exchange.server.has_credential = false;
	assert_int_equal(exchange.freed, 4);
	exchange_end(&exchange);
}

static void an_addition_that_is_refused_changes_nothing(void **state)
{
	SEC_WINNT_AUTH_IDENTITY_A identity = identity_of("bob", "OTHER", "secret");
	SEC_WINNT_AUTH_IDENTITY_A broken = identity;
	CredHandle *credential = &exchange.client.credential;
	CredHandle nothing = { 0, 0 };

	(void)state;
	broken.Flags = 0;
	start("NTLM");
	assert_int_equal(add(credential, "no such package", SECPKG_CRED_OUTBOUND, &identity),
			 SEC_E_SECPKG_NOT_FOUND);
	assert_int_equal(add(credential, NULL, SECPKG_CRED_OUTBOUND, &identity), SEC_E_SECPKG_NOT_FOUND);
	assert_int_equal(
		AddCredentialsW(credential, NULL, NULL, SECPKG_CRED_OUTBOUND, &identity, NULL, NULL, NULL),
		SEC_E_SECPKG_NOT_FOUND);
	assert_int_equal(add(credential, "Negotiate", SECPKG_CRED_OUTBOUND, &identity),
			 SEC_E_UNKNOWN_CREDENTIALS);
	assert_int_equal(add(credential, "NTLM", SECPKG_CRED_OUTBOUND, NULL), SEC_E_NO_CREDENTIALS);
	assert_int_equal(add(credential, "NTLM", SECPKG_CRED_OUTBOUND, &broken), SEC_E_UNKNOWN_CREDENTIALS);
	assert_int_equal(add(credential, "NTLM", 0, &identity), SEC_E_UNSUPPORTED_FUNCTION);
	assert_int_equal(add(credential, "NTLM", SECPKG_CRED_DEFAULT, &identity), SEC_E_UNSUPPORTED_FUNCTION);
	assert_int_equal(add(&nothing, "NTLM", SECPKG_CRED_OUTBOUND, &identity), SEC_E_INVALID_HANDLE);
	assert_true(exchange_run(&exchange));
	exchange_end(&exchange);
}

static void an_addition_without_memory_changes_nothing(void **state)
{
	SECURITY_STATUS status = SEC_E_INSUFFICIENT_MEMORY;
	long before, n = 0;

	(void)state;
	start("NTLM");
	before = seam_blocks_alive();
	while (status != SEC_E_OK) {
		SecPkgCredentials_NamesA names;
		SEC_WINNT_AUTH_IDENTITY_A identity = identity_of("bob", "OTHER", "secret");

		seam_fail_allocation(++n);
		status = add(&exchange.client.credential, "NTLM", SECPKG_CRED_OUTBOUND, &identity);
		seam_fail_allocation(0);
		if (status == SEC_E_OK)
			break;
		assert_int_equal(status, SEC_E_INSUFFICIENT_MEMORY);
		assert_int_equal(seam_blocks_alive(), before);
		assert_int_equal(QueryCredentialsAttributesA(&exchange.client.credential,
							     SECPKG_CRED_ATTR_NAMES, &names),
				 SEC_E_OK);
		assert_string_equal(names.sUserName, EXCHANGE_DOMAIN "\\" EXCHANGE_USER);
		assert_int_equal(FreeContextBuffer(names.sUserName), SEC_E_OK);
	}
	assert_true(n > 5);
	exchange_end(&exchange);
}

/* --- Threads ---------------------------------------------------------------------------------------------------- */

enum { THREADS = 4, ROUNDS = 200 };

/* cmocka's assertions belong to the main thread. */
static atomic_int wrong;

static void *make_contexts(void *argument)
{
	CredHandle *credential = argument;

	for (int i = 0; i < ROUNDS; i++) {
		SecBuffer out = { 0, SECBUFFER_TOKEN, NULL };
		SecBufferDesc output = { SECBUFFER_VERSION, 1, &out };
		SecPkgCredentials_NamesA names;
		CtxtHandle context;

		if (InitializeSecurityContextA(credential, NULL, NULL, ISC_REQ_ALLOCATE_MEMORY, 0, 0, NULL, 0,
					       &context, &output, NULL, NULL) != SEC_I_CONTINUE_NEEDED) {
			wrong++;
			continue;
		}
		wrong += QueryCredentialsAttributesA(credential, SECPKG_CRED_ATTR_NAMES, &names) != SEC_E_OK;
		wrong += strcmp(names.sUserName, EXCHANGE_DOMAIN "\\" EXCHANGE_USER) != 0;
		wrong += FreeContextBuffer(names.sUserName) != SEC_E_OK;
		wrong += FreeContextBuffer(out.pvBuffer) != SEC_E_OK;
		wrong += DeleteSecurityContext(&context) != SEC_E_OK;
	}
	return NULL;
}

static void *exchange_credentials(void *argument)
{
	for (int i = 0; i < ROUNDS; i++)
		wrong += add_identity(argument, i % 2 ? EXCHANGE_PASSWORD : "another") != SEC_E_OK;
	return NULL;
}

static void credentials_are_added_while_others_make_contexts(void **state)
{
	pthread_t threads[2 * THREADS];
	long before;

	(void)state;
	start("NTLM");
	before = seam_blocks_alive();
	for (int i = 0; i < 2 * THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL,
						i % 2 ? make_contexts : exchange_credentials,
						&exchange.client.credential),
				 0);
	for (int i = 0; i < 2 * THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(wrong, 0);
	assert_int_equal(seam_blocks_alive(), before);
	exchange_end(&exchange);
}

/* Which attribute a package offers is looked at first, then the buffer. */
static void an_attribute_of_another_package_is_unsupported_whatever_the_buffer_is(void **state)
{
	static const uint32_t attributes[] = { SECPKG_ATTR_SUPPORTED_ALGS, SECPKG_ATTR_CIPHER_STRENGTHS,
					       SECPKG_ATTR_SUPPORTED_PROTOCOLS };
	struct exchange_settings settings = exchange_usual("NTLM");
	static struct exchange own;
	uint8_t buffer[64];

	(void)state;
	exchange_start(&own, &settings);
	for (size_t i = 0; i < COUNT_OF(attributes); i++) {
		assert_int_equal(QueryCredentialsAttributesA(&own.client.credential, attributes[i], NULL),
				 SEC_E_UNSUPPORTED_FUNCTION);
		assert_int_equal(
			QueryCredentialsAttributesExW(&own.client.credential, attributes[i], buffer, 1),
			SEC_E_UNSUPPORTED_FUNCTION);
	}
	assert_true(exchange_run(&own));
	assert_int_equal(QueryContextAttributesA(&own.client.context, SECPKG_ATTR_NEGOTIATION_PACKAGE, NULL),
			 SEC_E_UNSUPPORTED_FUNCTION);
	exchange_end(&own);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_name_of_an_identity_is_told_in_both_alphabets),
		cmocka_unit_test(a_credential_without_an_identity_has_no_name),
		cmocka_unit_test(a_query_is_refused_for_its_handle_attribute_buffer_and_size_in_this_order),
		cmocka_unit_test(nothing_can_be_set),
		cmocka_unit_test(a_name_without_memory_is_refused),
		cmocka_unit_test(a_direction_is_added),
		cmocka_unit_test(other_means_take_the_place_of_the_old_ones),
		cmocka_unit_test(a_context_keeps_what_it_was_made_from),
		cmocka_unit_test(the_argument_of_a_callback_is_freed_once),
		cmocka_unit_test(an_addition_that_is_refused_changes_nothing),
		cmocka_unit_test(an_addition_without_memory_changes_nothing),
		cmocka_unit_test(credentials_are_added_while_others_make_contexts),
		cmocka_unit_test(an_attribute_of_another_package_is_unsupported_whatever_the_buffer_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
