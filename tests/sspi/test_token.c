/* Tokens as handles: what they tell, how long they live, and what is no token. */
#include "base/compiler.h"
#include "support/exchange.h"
#include "support/hex.h"
#include "support/scratch.h"
#include "support/seams.h"
#include "support/users.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct exchange exchange;
static gid_t alices_groups[] = { 1000, 27, 4 };
static const struct user_ids alice = { 1000, 1001, alices_groups, COUNT_OF(alices_groups) };

static void log_on(const char *package, const char *domain)
{
	struct exchange_settings settings = exchange_usual(package);

	settings.domain = domain;
	exchange_start(&exchange, &settings);
	assert_true(exchange_run(&exchange));
}

static HANDLE query(void)
{
	HANDLE token = NULL;

	assert_int_equal(QuerySecurityContextToken(&exchange.server.context, &token), SEC_E_OK);
	assert_non_null(token);
	return token;
}

static OPENSSPI_TOKEN *describe(HANDLE token)
{
	OPENSSPI_TOKEN *description = NULL;

	assert_int_equal(OpensspiDescribeToken(token, &description), SEC_E_OK);
	assert_non_null(description);
	return description;
}

/* --- What it tells -------------------------------------------------------------------------------------------- */

static void a_token_tells_the_account_and_the_user_of_this_machine(void **state)
{
	static const char *const packages[] = { "NTLM", "Negotiate", "CREDSSP" };

	(void)state;
	assert_int_equal(setenv("TZ", "UTC0", 1), 0);
	tzset();
	users_set("alice", &alice);
	for (size_t i = 0; i < COUNT_OF(packages); i++) {
		OPENSSPI_TOKEN *who;
		HANDLE token;

		log_on(packages[i], "SERVER");
		token = query();
		who = describe(token);
		assert_string_equal(who->User, "alice");
		assert_string_equal(who->Domain, "SERVER");
		assert_string_equal(who->Authority, "callback");
		assert_true(who->LogonTime == SEAM_TIME);
		assert_int_equal(who->IdentifyOnly, 0);
		assert_int_equal(who->HasUid, 1);
		assert_int_equal(who->Uid, 1000);
		assert_int_equal(who->Gid, 1001);
		assert_int_equal(who->GroupCount, COUNT_OF(alices_groups));
		assert_int_equal((uintptr_t)who->Groups % _Alignof(uint32_t), 0);
		assert_memory_equal(who->Groups, alices_groups, sizeof(alices_groups));
		assert_int_equal(FreeContextBuffer(who), SEC_E_OK);
		assert_int_equal(CloseHandle(token), 1);
		exchange_end(&exchange);
	}
}

static void assert_no_uid(const char *domain)
{
	OPENSSPI_TOKEN *who;
	HANDLE token;

	log_on("NTLM", domain);
	token = query();
	who = describe(token);
	assert_string_equal(who->User, "alice");
	assert_int_equal(who->HasUid, 0);
	assert_int_equal(who->Uid, 0);
	assert_int_equal(who->GroupCount, 0);
	assert_null(who->Groups);
	assert_int_equal(FreeContextBuffer(who), SEC_E_OK);
	assert_int_equal(CloseHandle(token), 1);
	exchange_end(&exchange);
}

static void an_account_of_a_domain_has_no_uid_though_a_user_has_its_name(void **state)
{
	static const char *const domains[] = { "CORP", "corp.test", "SERVER2", "SERVE", "server.test.test" };
	long before = users_asked();

	(void)state;
	users_set("alice", &alice);
	for (size_t i = 0; i < COUNT_OF(domains); i++)
		assert_no_uid(domains[i]);
	assert_int_equal(users_asked(), before);
}

static void the_names_of_this_machine_are_no_domain(void **state)
{
	static const char *const domains[] = { "", ".", "SERVER", "server", "server.test" };

	(void)state;
	users_set("alice", &alice);
	for (size_t i = 0; i < COUNT_OF(domains); i++) {
		OPENSSPI_TOKEN *who;
		HANDLE token;

		log_on("NTLM", domains[i]);
		token = query();
		who = describe(token);
		assert_int_equal(who->HasUid, 1);
		assert_int_equal(!who->Domain, !*domains[i]);
		assert_int_equal(FreeContextBuffer(who), SEC_E_OK);
		assert_int_equal(CloseHandle(token), 1);
		exchange_end(&exchange);
	}
}

static void without_an_answer_there_is_no_uid_this_time(void **state)
{
	(void)state;
	users_set("alice", &alice);
	users_fail(REASON_USER_LOOKUP_FAILED);
	assert_no_uid("SERVER");
	users_fail(REASON_OK);
	users_set(NULL, NULL);
	assert_no_uid("SERVER");
}

/* The file's spelling counts, not the client's. */
static void a_token_from_the_account_file_has_the_lines_names(void **state)
{
	static const struct {
		const char *line, *domain;
		bool has_uid;
	} rows[] = {
		{ "alice:", NULL, true },
		{ "alice:SERVER", "SERVER", true },
		{ "alice:CORP", "CORP", false },
		{ "Alice:", NULL, false },
	};

	(void)state;
	users_set("alice", &alice);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct exchange_settings settings = exchange_usual("NTLM");
		OPENSSPI_OPTIONS options = { .Magic = OPENSSPI_OPTIONS_MAGIC,
					     .Size = sizeof(options),
					     .NetbiosComputerName = "SERVER" };
		char text[128];
		OPENSSPI_TOKEN *who;
		HANDLE token;

		(void)snprintf(text, sizeof(text), "%s:fc525c9683e8fe067095ba2ddc971889\n", rows[i].line);
		options.AccountFile = scratch_text("accounts", text);
		settings.user = "ALICE";
		settings.domain = rows[i].domain ? rows[i].domain : "ANYWHERE";
		exchange_start(&exchange, &settings);
		assert_int_equal(FreeCredentialsHandle(&exchange.server.credential), SEC_E_OK);
		assert_int_equal(AcquireCredentialsHandleA(NULL, (char *)(uintptr_t) "NTLM",
							   SECPKG_CRED_INBOUND, NULL, &options, NULL, NULL,
							   &exchange.server.credential, NULL),
				 SEC_E_OK);
		assert_true(exchange_run(&exchange));
		token = query();
		who = describe(token);
		assert_memory_equal(who->User, rows[i].line, 5);
		assert_string_equal(who->Domain ? who->Domain : "", rows[i].domain ? rows[i].domain : "");
		assert_string_equal(who->Authority, "account-file");
		assert_int_equal(who->HasUid, rows[i].has_uid);
		assert_int_equal(FreeContextBuffer(who), SEC_E_OK);
		assert_int_equal(CloseHandle(token), 1);
		exchange_end(&exchange);
	}
}

/* --- How long it lives ---------------------------------------------------------------------------------------- */

static void a_token_outlives_its_context_and_its_credential(void **state)
{
	long before = seam_blocks_alive();
	OPENSSPI_TOKEN *who;
	HANDLE token;

	(void)state;
	users_set("alice", &alice);
	log_on("CREDSSP", "SERVER");
	token = query();
	exchange_end(&exchange);
	assert_int_equal(exchange.freed, 1);
	who = describe(token);
	assert_string_equal(who->User, "alice");
	assert_int_equal(who->HasUid, 1);
	assert_int_equal(FreeContextBuffer(who), SEC_E_OK);
	assert_int_equal(CloseHandle(token), 1);
	assert_int_equal(seam_blocks_alive(), before);
}

static void each_query_gives_a_handle_of_its_own_for_one_token(void **state)
{
	long before = users_asked();
	HANDLE first, second;

	(void)state;
	users_set("alice", &alice);
	log_on("NTLM", "SERVER");
	first = query();
	second = query();
	assert_ptr_not_equal(first, second);
	assert_int_equal(FreeContextBuffer(describe(first)), SEC_E_OK);
	assert_int_equal(CloseHandle(first), 1);
	assert_int_equal(FreeContextBuffer(describe(second)), SEC_E_OK);
	assert_int_equal(CloseHandle(second), 1);
	assert_int_equal(users_asked(), before + 1);
	exchange_end(&exchange);
}

static void a_second_close_is_refused(void **state)
{
	OPENSSPI_TOKEN *who = NULL;
	HANDLE token, other;

	(void)state;
	log_on("NTLM", "SERVER");
	token = query();
	assert_int_equal(CloseHandle(token), 1);
	assert_int_equal(CloseHandle(token), 0);
	assert_int_equal(OpensspiDescribeToken(token, &who), SEC_E_INVALID_HANDLE);
	other = query(); /* in the same slot */
	assert_ptr_not_equal(token, other);
	assert_int_equal(CloseHandle(token), 0);
	assert_int_equal(OpensspiDescribeToken(token, &who), SEC_E_INVALID_HANDLE);
	assert_null(who);
	assert_int_equal(CloseHandle(other), 1);
	exchange_end(&exchange);
}

/* --- What is none --------------------------------------------------------------------------------------------- */

static HANDLE word(uintptr_t value)
{
	return (HANDLE)value; /* NOLINT: never followed */
}

static void words_that_nobody_gave_out_are_no_tokens(void **state)
{
	OPENSSPI_TOKEN *who = NULL;
	HANDLE token;

	(void)state;
	log_on("NTLM", "SERVER");
	token = query();
	{
		const HANDLE strangers[] = {
			NULL,
			word(1),
			word((uintptr_t)-1),
			word((uintptr_t)-2),
			&token,
			&exchange,
			word((uintptr_t)token ^ 1),
			word((uintptr_t)token + 0x1000),
			word((uintptr_t)token ^ (uintptr_t)1 << (4 * sizeof(uintptr_t))),
			word(exchange.server.context.dwLower),
			word(exchange.server.context.dwUpper),
			word(exchange.server.credential.dwLower),
			word(exchange.server.credential.dwUpper),
		};

		for (size_t i = 0; i < COUNT_OF(strangers); i++) {
			assert_int_equal(CloseHandle(strangers[i]), 0);
			assert_int_equal(OpensspiDescribeToken(strangers[i], &who), SEC_E_INVALID_HANDLE);
		}
	}
	assert_null(who);
	assert_int_equal(CloseHandle(token), 1);
	exchange_end(&exchange);
}

/* The half of a context's handle that a HANDLE has, in the form of one: right slot and generation, wrong kind. */
static void a_context_is_no_token_and_a_token_no_context(void **state)
{
	enum { HALF = 4 * sizeof(uintptr_t), KIND = 8 };
	OPENSSPI_TOKEN *who = NULL;
	CtxtHandle context, as_context;
	HANDLE token, context_as_token;

	(void)state;
	log_on("NTLM", "SERVER");
	token = query();
	context = exchange.server.context;
	context_as_token =
		word((context.dwUpper >> KIND << HALF) | (context.dwLower & (((uintptr_t)1 << HALF) - 1)));
	assert_int_equal(CloseHandle(context_as_token), 0);
	assert_int_equal(OpensspiDescribeToken(context_as_token, &who), SEC_E_INVALID_HANDLE);
	for (unsigned kind = 0; kind < 4; kind++) {
		as_context.dwLower =
			(context.dwLower >> HALF << HALF) | ((uintptr_t)token & (((uintptr_t)1 << HALF) - 1));
		as_context.dwUpper = (uintptr_t)token >> HALF << KIND | kind;
		assert_int_equal(DeleteSecurityContext(&as_context), SEC_E_INVALID_HANDLE);
		assert_int_equal(FreeCredentialsHandle(&as_context), SEC_E_INVALID_HANDLE);
		assert_int_equal(ImpersonateSecurityContext(&as_context), SEC_E_INVALID_HANDLE);
	}
	assert_int_equal(FreeContextBuffer(describe(token)), SEC_E_OK);
	assert_int_equal(CloseHandle(token), 1);
	exchange_end(&exchange);
}

static void arguments_that_are_missing_are_refused(void **state)
{
	HANDLE token;

	(void)state;
	log_on("NTLM", "SERVER");
	assert_int_equal(QuerySecurityContextToken(&exchange.server.context, NULL), SEC_E_INTERNAL_ERROR);
	assert_int_equal(QuerySecurityContextToken(NULL, &token), SEC_E_INVALID_HANDLE);
	token = query();
	assert_int_equal(OpensspiDescribeToken(token, NULL), SEC_E_INTERNAL_ERROR);
	assert_int_equal(CloseHandle(token), 1);
	exchange_end(&exchange);
}

/* --- No memory ------------------------------------------------------------------------------------------------ */

static void without_memory_there_is_no_token_and_nothing_is_left_out_of_one(void **state)
{
	long before;
	HANDLE token;

	(void)state;
	users_set("alice", &alice);
	log_on("NTLM", "SERVER");
	for (long n = 1;; n++) {
		SECURITY_STATUS status;

		token = word(0xA5);
		before = seam_blocks_alive();
		seam_fail_allocation(n);
		status = QuerySecurityContextToken(&exchange.server.context, &token);
		seam_fail_allocation(0);
		if (status == SEC_E_OK)
			break;
		assert_int_equal(status, SEC_E_INSUFFICIENT_MEMORY);
		assert_ptr_equal(token, word(0xA5));
		assert_int_equal(seam_blocks_alive(), before);
	}
	for (long n = 1;; n++) {
		OPENSSPI_TOKEN *who = NULL;
		SECURITY_STATUS status;

		seam_fail_allocation(n);
		status = OpensspiDescribeToken(token, &who);
		seam_fail_allocation(0);
		if (status == SEC_E_OK) {
			assert_true(n > 4);
			assert_string_equal(who->User, "alice");
			assert_string_equal(who->Domain, "SERVER");
			assert_int_equal(who->HasUid, 1);
			assert_int_equal(FreeContextBuffer(who), SEC_E_OK);
			break;
		}
		assert_int_equal(status, SEC_E_INSUFFICIENT_MEMORY);
		assert_null(who);
	}
	assert_int_equal(CloseHandle(token), 1);
	exchange_end(&exchange);
}

/* --- Attributes ----------------------------------------------------------------------------------------------- */

static void the_attributes_give_the_same_token(void **state)
{
	static const struct {
		const char *package;
		uint32_t attribute;
		SECURITY_STATUS status;
	} rows[] = {
		{ "NTLM", SECPKG_ATTR_ACCESS_TOKEN, SEC_E_OK },
		{ "Negotiate", SECPKG_ATTR_ACCESS_TOKEN, SEC_E_OK },
		{ "CREDSSP", SECPKG_ATTR_C_ACCESS_TOKEN, SEC_E_OK },
		{ "CREDSSP", SECPKG_ATTR_C_FULL_ACCESS_TOKEN, SEC_E_OK },
		{ "CREDSSP", SECPKG_ATTR_ACCESS_TOKEN, SEC_E_UNSUPPORTED_FUNCTION },
		{ "NTLM", SECPKG_ATTR_C_ACCESS_TOKEN, SEC_E_UNSUPPORTED_FUNCTION },
		{ "Negotiate", SECPKG_ATTR_C_FULL_ACCESS_TOKEN, SEC_E_UNSUPPORTED_FUNCTION },
	};

	(void)state;
	users_set("alice", &alice);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		SecPkgContext_AccessToken narrow = { NULL }, wide = { NULL };

		log_on(rows[i].package, "SERVER");
		assert_int_equal(
			QueryContextAttributesA(&exchange.server.context, rows[i].attribute, &narrow),
			rows[i].status);
		assert_int_equal(QueryContextAttributesW(&exchange.server.context, rows[i].attribute, &wide),
				 rows[i].status);
		assert_int_equal(QueryContextAttributesA(&exchange.client.context, rows[i].attribute, &wide),
				 SEC_E_UNSUPPORTED_FUNCTION);
		exchange_end(&exchange);
		if (rows[i].status != SEC_E_OK) {
			assert_null(narrow.AccessToken);
			assert_null(wide.AccessToken);
			continue;
		}
		assert_int_equal(FreeContextBuffer(describe(narrow.AccessToken)), SEC_E_OK);
		assert_int_equal(CloseHandle(narrow.AccessToken), 1);
		assert_int_equal(CloseHandle(wide.AccessToken), 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_token_tells_the_account_and_the_user_of_this_machine),
		cmocka_unit_test(an_account_of_a_domain_has_no_uid_though_a_user_has_its_name),
		cmocka_unit_test(the_names_of_this_machine_are_no_domain),
		cmocka_unit_test(without_an_answer_there_is_no_uid_this_time),
		cmocka_unit_test(a_token_from_the_account_file_has_the_lines_names),
		cmocka_unit_test(a_token_outlives_its_context_and_its_credential),
		cmocka_unit_test(each_query_gives_a_handle_of_its_own_for_one_token),
		cmocka_unit_test(a_second_close_is_refused),
		cmocka_unit_test(words_that_nobody_gave_out_are_no_tokens),
		cmocka_unit_test(a_context_is_no_token_and_a_token_no_context),
		cmocka_unit_test(arguments_that_are_missing_are_refused),
		cmocka_unit_test(without_memory_there_is_no_token_and_nothing_is_left_out_of_one),
		cmocka_unit_test(the_attributes_give_the_same_token),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
