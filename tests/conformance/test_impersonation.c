/* ImpersonateSecurityContext and RevertSecurityContext: each status, threads, and that no OK is silent. */
#include "base/compiler.h"
#include "support/captured_trace.h"
#include "support/exchange.h"
#include "support/hex.h"
#include "support/seams.h"
#include "support/users.h"

#include <pthread.h>
#include <string.h>

static struct exchange exchange;
static struct user_ids own, another;

static SECURITY_STATUS impersonate(void)
{
	return ImpersonateSecurityContext(&exchange.server.context);
}

static SECURITY_STATUS revert(void)
{
	return RevertSecurityContext(&exchange.server.context);
}

/* alice, an account of this machine. */
static struct exchange_settings local_logon(const char *package)
{
	struct exchange_settings settings = exchange_usual(package);

	settings.domain = "SERVER";
	return settings;
}

static void log_on_with(const struct exchange_settings *settings)
{
	exchange_start(&exchange, settings);
	assert_true(exchange_run(&exchange));
}

static void log_on(const char *package)
{
	struct exchange_settings settings = local_logon(package);

	log_on_with(&settings);
}

static void configure(uint32_t flags)
{
	OPENSSPI_CONFIGURATION configuration = { .Size = sizeof(configuration), .Flags = flags };

	assert_int_equal(OpensspiConfigure(&configuration), SEC_E_OK);
}

/* Every test begins with alice as the user that this process runs as, and nothing configured. */
static int begin(void **state)
{
	(void)state;
	own = another = users_own_ids();
	another.uid = 64321;
	users_set("alice", &own);
	users_fail(REASON_OK);
	return OpensspiConfigure(NULL);
}

static const char *const packages[] = { "NTLM", "Negotiate", "CREDSSP" };

/* --- The statuses --------------------------------------------------------------------------------------------- */

static void a_thread_that_is_the_user_already_impersonates_and_reverts(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(packages); i++) {
		log_on(packages[i]);
		assert_int_equal(impersonate(), SEC_E_OK);
		assert_int_equal(impersonate(), SEC_E_OK);
		assert_int_equal(revert(), SEC_E_OK);
		assert_int_equal(revert(), SEC_E_OK);
		exchange_end(&exchange);
	}
}

static void the_function_table_has_the_same_functions(void **state)
{
	PSecurityFunctionTableA narrow = InitSecurityInterfaceA();
	PSecurityFunctionTableW wide = InitSecurityInterfaceW();
	HANDLE token;

	(void)state;
	log_on("NTLM");
	assert_int_equal(narrow->QuerySecurityContextToken(&exchange.server.context, &token), SEC_E_OK);
	assert_int_equal(OpensspiCloseHandle(token), 1);
	assert_int_equal(wide->QuerySecurityContextToken(&exchange.server.context, &token), SEC_E_OK);
	assert_int_equal(OpensspiCloseHandle(token), 1);
	assert_int_equal(narrow->ImpersonateSecurityContext(&exchange.server.context), SEC_E_OK);
	assert_int_equal(narrow->RevertSecurityContext(&exchange.server.context), SEC_E_OK);
	assert_int_equal(wide->ImpersonateSecurityContext(&exchange.server.context), SEC_E_OK);
	assert_int_equal(wide->RevertSecurityContext(&exchange.server.context), SEC_E_OK);
	exchange_end(&exchange);
}

static void refused(const char *word)
{
	captured_trace_start();
	assert_int_equal(impersonate(), SEC_E_NO_IMPERSONATION);
	assert_int_equal(captured_trace_count(word), 1);
	assert_int_equal(captured_trace_count(" ctx=0 "), 0);
	captured_trace_stop();
	assert_int_equal(revert(), SEC_E_OK); /* there is nothing to end */
}

static void a_thread_that_is_another_is_refused_and_told_why(void **state)
{
	static gid_t group = 64321;
	struct user_ids root = { 0, 64321, &group, 1 };

	(void)state;
	users_set("alice", &another);
	log_on("CREDSSP");
	refused(" thread-is-another ");
	exchange_end(&exchange);
	users_set("alice", &root);
	log_on("CREDSSP");
	refused(" uid-zero ");
	exchange_end(&exchange);
}

static void an_account_without_a_uid_is_refused_and_told_why(void **state)
{
	struct exchange_settings of_domain = exchange_usual("CREDSSP");

	(void)state;
	log_on_with(&of_domain);
	refused(" account-not-local ");
	exchange_end(&exchange);
	users_set("bob", &own);
	log_on("CREDSSP");
	refused(" no-local-user ");
	exchange_end(&exchange);
	users_set("alice", &own);
	users_fail(REASON_USER_LOOKUP_FAILED);
	log_on("CREDSSP");
	refused(" user-lookup-failed ");
	users_fail(REASON_OK);
	assert_int_equal(impersonate(), SEC_E_OK); /* asked again */
	exchange_end(&exchange);
}

static void a_token_that_identifies_is_not_for_acting(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * COUNT_OF(packages); i++) {
		struct exchange_settings settings = local_logon(packages[i / 2]);
		OPENSSPI_TOKEN *who;
		HANDLE token;

		if (i % 2)
			settings.server_request |= ASC_REQ_IDENTIFY;
		else
			settings.client_request |= ISC_REQ_IDENTIFY;
		log_on_with(&settings);
		configure(i % 3 ? 0 : OPENSSPI_IMPERSONATION_NONE);
		assert_int_equal(!(exchange.client.attributes & ISC_RET_IDENTIFY), i % 2);
		refused(" identify-only ");
		assert_int_equal(QuerySecurityContextToken(&exchange.server.context, &token), SEC_E_OK);
		assert_int_equal(OpensspiDescribeToken(token, &who), SEC_E_OK);
		assert_int_equal(who->IdentifyOnly, 1);
		assert_int_equal(who->HasUid, 1);
		assert_int_equal(FreeContextBuffer(who), SEC_E_OK);
		assert_int_equal(OpensspiCloseHandle(token), 1);
		exchange_end(&exchange);
	}
}

static void a_client_has_nobody_to_impersonate(void **state)
{
	CtxtHandle *client = &exchange.client.context;
	HANDLE token = NULL;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(packages); i++) {
		log_on(packages[i]);
		configure(i % 2 ? 0 : OPENSSPI_IMPERSONATION_NONE);
		assert_int_equal(ImpersonateSecurityContext(client), SEC_E_NO_IMPERSONATION);
		assert_int_equal(RevertSecurityContext(client), SEC_E_OK);
		assert_int_equal(QuerySecurityContextToken(client, &token), SEC_E_NO_IMPERSONATION);
		assert_null(token);
		exchange_end(&exchange);
	}
}

static void assert_no_handle(CtxtHandle *context)
{
	static const uint32_t attributes[] = { SECPKG_ATTR_ACCESS_TOKEN, SECPKG_ATTR_C_ACCESS_TOKEN,
					       SECPKG_ATTR_C_FULL_ACCESS_TOKEN };
	HANDLE token = NULL;

	assert_int_equal(ImpersonateSecurityContext(context), SEC_E_INVALID_HANDLE);
	assert_int_equal(RevertSecurityContext(context), SEC_E_INVALID_HANDLE);
	assert_int_equal(QuerySecurityContextToken(context, &token), SEC_E_INVALID_HANDLE);
	for (size_t i = 0; i < COUNT_OF(attributes); i++)
		assert_int_equal(QueryContextAttributesA(context, attributes[i], &token),
				 SEC_E_INVALID_HANDLE);
	assert_null(token);
}

/* Neither way configured. */
static void contexts_that_are_unfinished_refused_deleted_or_none_are_invalid(void **state)
{
	static const uint32_t flags[] = { 0, OPENSSPI_IMPERSONATION_NONE };
	CtxtHandle none = { 0, 0 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(packages) * COUNT_OF(flags); i++) {
		struct exchange_settings settings = local_logon(packages[i / 2]);

		configure(flags[i % 2]);
		exchange_start(&exchange, &settings);
		exchange_call(&exchange, &exchange.client);
		exchange_call(&exchange, &exchange.server);
		assert_no_handle(&exchange.server.context);
		assert_no_handle(&exchange.client.context);
		exchange_end(&exchange);
		assert_no_handle(&exchange.server.context);
		settings.password = "wrong";
		exchange_start(&exchange, &settings);
		assert_false(exchange_run(&exchange));
		assert_no_handle(&exchange.server.context);
		assert_no_handle(&exchange.server.credential);
		assert_no_handle(&none);
		assert_no_handle(NULL);
		exchange_end(&exchange);
	}
}

/* --- impersonation = none ------------------------------------------------------------------------------------- */

/* As FreeRDP's server calls it when the credentials have arrived. */
static void if_configured_nothing_changes_and_each_time_is_traced(void **state)
{
	struct exchange_settings of_domain = exchange_usual("CREDSSP");

	(void)state;
	log_on_with(&of_domain);
	assert_int_equal(impersonate(), SEC_E_NO_IMPERSONATION);
	configure(OPENSSPI_IMPERSONATION_NONE);
	captured_trace_start();
	for (size_t i = 1; i <= 3; i++) {
		assert_int_equal(impersonate(), SEC_E_OK);
		assert_int_equal(captured_trace_count("impersonation = none"), i);
		assert_int_equal(revert(), SEC_E_OK);
	}
	captured_trace_stop();
	assert_int_equal(OpensspiConfigure(NULL), SEC_E_OK);
	assert_int_equal(impersonate(), SEC_E_NO_IMPERSONATION);
	exchange_end(&exchange);
}

/* --- One after the other -------------------------------------------------------------------------------------- */

static void a_second_impersonation_takes_the_firsts_place(void **state)
{
	static struct exchange first;
	struct exchange_settings settings = local_logon("NTLM");

	(void)state;
	exchange_start(&first, &settings);
	assert_true(exchange_run(&first));
	log_on("NTLM");
	captured_trace_start();
	assert_int_equal(ImpersonateSecurityContext(&first.server.context), SEC_E_OK);
	assert_int_equal(captured_trace_count("in place of"), 0);
	assert_int_equal(impersonate(), SEC_E_OK);
	assert_int_equal(captured_trace_count("in place of"), 1);
	exchange_end(&exchange); /* the thread reverts by the other one */
	assert_int_equal(RevertSecurityContext(&first.server.context), SEC_E_OK);
	assert_int_equal(ImpersonateSecurityContext(&first.server.context), SEC_E_OK);
	assert_int_equal(captured_trace_count("in place of"), 1);
	captured_trace_stop();
	assert_int_equal(RevertSecurityContext(&first.server.context), SEC_E_OK);
	exchange_end(&first);
}

static void without_memory_nobody_is_impersonated(void **state)
{
	SECURITY_STATUS status = SEC_E_INSUFFICIENT_MEMORY;

	(void)state;
	log_on("NTLM");
	for (long n = 1; status != SEC_E_OK; n++) {
		assert_int_equal(status, SEC_E_INSUFFICIENT_MEMORY);
		assert_true(n < 20);
		seam_fail_allocation(n);
		status = impersonate();
		seam_fail_allocation(0);
	}
	assert_int_equal(revert(), SEC_E_OK);
	exchange_end(&exchange);
}

static SECURITY_STATUS seen_inside[3];

static void ask_inside(void *argument)
{
	HANDLE token;

	(void)argument;
	seen_inside[0] = impersonate();
	seen_inside[1] = revert();
	seen_inside[2] = QuerySecurityContextToken(&exchange.server.context, &token);
}

static void a_callback_cannot_be_the_user_who_is_not_let_in_yet(void **state)
{
	struct exchange_settings settings = local_logon("NTLM");

	(void)state;
	settings.inside_callback = ask_inside;
	log_on_with(&settings);
	for (size_t i = 0; i < COUNT_OF(seen_inside); i++)
		assert_int_equal(seen_inside[i], SEC_E_OUT_OF_SEQUENCE);
	exchange_end(&exchange);
}

/* --- Threads -------------------------------------------------------------------------------------------------- */

enum { THREADS = 8, ROUNDS = 500 };

/* cmocka's assertions belong to the main thread: the others count what went wrong. */
static atomic_int wrong;

static void run_threads(void *(*run)(void *))
{
	pthread_t threads[THREADS];

	wrong = 0;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, run, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(wrong, 0);
}

static void *be_the_user_and_not(void *argument)
{
	OPENSSPI_TOKEN *who;
	HANDLE token;

	(void)argument;
	for (int i = 0; i < ROUNDS; i++) {
		if (QuerySecurityContextToken(&exchange.server.context, &token) != SEC_E_OK) {
			wrong++;
			continue;
		}
		wrong += impersonate() != SEC_E_OK;
		if (OpensspiDescribeToken(token, &who) == SEC_E_OK) {
			wrong += !who->HasUid || who->Uid != own.uid || strcmp(who->User, "alice") != 0;
			wrong += FreeContextBuffer(who) != SEC_E_OK;
		} else {
			wrong++;
		}
		wrong += revert() != SEC_E_OK;
		wrong += OpensspiCloseHandle(token) != 1;
		wrong += OpensspiCloseHandle(token) != 0;
	}
	return NULL;
}

static void threads_query_impersonate_revert_and_close_at_once(void **state)
{
	long before = seam_blocks_alive();

	(void)state;
	for (int round = 0; round < 2; round++) { /* the first one makes room for all the handles */
		log_on("CREDSSP");
		run_threads(be_the_user_and_not);
		exchange_end(&exchange);
		if (round == 0)
			before = seam_blocks_alive();
	}
	assert_int_equal(seam_blocks_alive(), before);
}

static HANDLE shared_tokens[ROUNDS];
static atomic_int closed;

static void *describe_and_close(void *argument)
{
	OPENSSPI_TOKEN *who;

	(void)argument;
	for (int i = 0; i < ROUNDS; i++) {
		if (OpensspiDescribeToken(shared_tokens[i], &who) == SEC_E_OK) {
			wrong += strcmp(who->User, "alice") != 0;
			wrong += FreeContextBuffer(who) != SEC_E_OK;
		}
		closed += OpensspiCloseHandle(shared_tokens[i]);
	}
	return NULL;
}

static void of_many_threads_one_closes_a_token_while_others_read_it(void **state)
{
	(void)state;
	log_on("NTLM");
	for (int i = 0; i < ROUNDS; i++)
		assert_int_equal(QuerySecurityContextToken(&exchange.server.context, &shared_tokens[i]),
				 SEC_E_OK);
	exchange_end(&exchange);
	closed = 0;
	run_threads(describe_and_close);
	assert_int_equal(closed, ROUNDS);
}

/* The context goes while threads are about to be its user: each hears one of two things. */
static void *impersonate_until_it_is_gone(void *argument)
{
	SECURITY_STATUS status;

	(void)argument;
	while ((status = impersonate()) == SEC_E_OK)
		wrong += revert() == SEC_E_NO_IMPERSONATION;
	wrong += status != SEC_E_INVALID_HANDLE;
	return NULL;
}

static void *delete_the_context(void *argument)
{
	(void)argument;
	for (int i = 0; i < 50; i++) {
		SECURITY_STATUS status = impersonate();

		wrong += status != SEC_E_OK;
	}
	wrong += DeleteSecurityContext(&exchange.server.context) != SEC_E_OK;
	return NULL;
}

static void a_context_may_be_deleted_while_threads_impersonate(void **state)
{
	pthread_t threads[THREADS];

	(void)state;
	log_on("NTLM");
	wrong = 0;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL,
						i ? impersonate_until_it_is_gone : delete_the_context, NULL),
				 0);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(wrong, 0);
	exchange.server.has_context = false;
	exchange_end(&exchange);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_thread_that_is_the_user_already_impersonates_and_reverts, begin),
		cmocka_unit_test_setup(the_function_table_has_the_same_functions, begin),
		cmocka_unit_test_setup(a_thread_that_is_another_is_refused_and_told_why, begin),
		cmocka_unit_test_setup(an_account_without_a_uid_is_refused_and_told_why, begin),
		cmocka_unit_test_setup(a_token_that_identifies_is_not_for_acting, begin),
		cmocka_unit_test_setup(a_client_has_nobody_to_impersonate, begin),
		cmocka_unit_test_setup(contexts_that_are_unfinished_refused_deleted_or_none_are_invalid,
				       begin),
		cmocka_unit_test_setup(if_configured_nothing_changes_and_each_time_is_traced, begin),
		cmocka_unit_test_setup(a_second_impersonation_takes_the_firsts_place, begin),
		cmocka_unit_test_setup(without_memory_nobody_is_impersonated, begin),
		cmocka_unit_test_setup(a_callback_cannot_be_the_user_who_is_not_let_in_yet, begin),
		cmocka_unit_test_setup(threads_query_impersonate_revert_and_close_at_once, begin),
		cmocka_unit_test_setup(of_many_threads_one_closes_a_token_while_others_read_it, begin),
		cmocka_unit_test_setup(a_context_may_be_deleted_while_threads_impersonate, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
