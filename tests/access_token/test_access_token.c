/* Who has a uid, and that the answer is one. */
#include "access_token/access_token.h"

#include "support/captured_trace.h"
#include "support/hex.h"
#include "support/seams.h"
#include "support/users.h"

#include <pthread.h>

static gid_t alices_groups[] = { 1000, 27, 4 };
static const struct user_ids alice = { 1000, 1000, alices_groups, COUNT_OF(alices_groups) };

static struct access_token *token_of(struct slice user, const char *domain, bool local)
{
	struct access_token *token = access_token_new(&(struct logon_facts) { .user = user,
									      .domain = u16(domain),
									      .local = local,
									      .authority = "test",
									      .time = SEAM_TIME });

	assert_non_null(token);
	return token;
}

static enum reason ids_of(struct slice user, const char *domain, bool local)
{
	struct access_token *token = token_of(user, domain, local);
	const struct user_ids *ids;
	enum reason reason = access_token_ids(token, &ids);

	access_token_release(token);
	return reason;
}

static void an_account_of_this_machine_has_the_ids_of_the_user_of_its_name(void **state)
{
	struct access_token *token = token_of(u16("alice"), "", true);
	const struct user_ids *ids;

	(void)state;
	users_set("alice", &alice);
	assert_int_equal(access_token_ids(token, &ids), REASON_OK);
	assert_int_equal(ids->uid, 1000);
	assert_int_equal(ids->gid, 1000);
	assert_int_equal(ids->group_count, COUNT_OF(alices_groups));
	assert_memory_equal(ids->groups, alices_groups, sizeof(alices_groups));
	access_token_release(token);
}

static void an_account_of_a_domain_has_no_uid_though_a_user_has_its_name(void **state)
{
	long before = users_asked();

	(void)state;
	users_set("alice", &alice);
	assert_int_equal(ids_of(u16("alice"), "CORP", false), REASON_ACCOUNT_NOT_LOCAL);
	assert_int_equal(users_asked(), before);
}

static void names_that_could_be_a_directorys_or_are_none_are_not_looked_up(void **state)
{
	const struct slice names[] = {
		u16("CORP\\alice"),
		u16("alice@CORP"),
		hex("6100 6c00 6900 6300 6500 0000"),      /* alice, NUL */
		hex("6100 6c00 6900 6300 6500 0000 7800"), /* alice, NUL, x */
		hex("6100 00d8"),                          /* a surrogate without its other half */
		u16(""),
	};
	long before = users_asked();

	(void)state;
	users_set("alice", &alice);
	for (size_t i = 0; i < COUNT_OF(names); i++)
		assert_int_equal(ids_of(names[i], "", true), REASON_NO_LOCAL_USER);
	assert_int_equal(users_asked(), before);
}

static void a_name_that_no_user_has_exactly_has_no_uid(void **state)
{
	(void)state;
	users_set("alice", &alice);
	assert_int_equal(ids_of(u16("Alice"), "", true), REASON_NO_LOCAL_USER);
	assert_int_equal(ids_of(u16("alic"), "", true), REASON_NO_LOCAL_USER);
}

static void an_answer_stays_with_the_token(void **state)
{
	static const struct user_ids other = { 7, 7, alices_groups, 1 };
	struct access_token *known = token_of(u16("alice"), "", true),
			    *unknown = token_of(u16("bob"), "", true);
	const struct user_ids *first, *second;
	long before = users_asked();

	(void)state;
	users_set("alice", &alice);
	assert_int_equal(access_token_ids(known, &first), REASON_OK);
	assert_int_equal(access_token_ids(unknown, &second), REASON_NO_LOCAL_USER);
	users_set("bob", &other);
	assert_int_equal(access_token_ids(known, &second), REASON_OK);
	assert_ptr_equal(first, second);
	assert_int_equal(access_token_ids(unknown, &second), REASON_NO_LOCAL_USER);
	assert_int_equal(users_asked(), before + 2);
	access_token_release(known);
	access_token_release(unknown);
}

static void an_answer_that_could_not_be_had_is_asked_for_again(void **state)
{
	struct access_token *token = token_of(u16("alice"), "", true);
	const struct user_ids *ids;

	(void)state;
	users_set("alice", &alice);
	users_fail(REASON_USER_LOOKUP_FAILED);
	assert_int_equal(access_token_ids(token, &ids), REASON_USER_LOOKUP_FAILED);
	users_fail(REASON_OK);
	assert_int_equal(access_token_ids(token, &ids), REASON_OK);
	access_token_release(token);
}

static void a_refusal_is_traced_with_the_accounts_name(void **state)
{
	(void)state;
	users_set(NULL, NULL);
	captured_trace_start();
	assert_int_equal(ids_of(u16("alice"), "CORP", false), REASON_ACCOUNT_NOT_LOCAL);
	assert_int_equal(ids_of(u16("bob"), "", true), REASON_NO_LOCAL_USER);
	assert_int_equal(ids_of(hex("00d8"), "", true), REASON_NO_LOCAL_USER);
	assert_int_equal(captured_trace_count(" CORP\\alice: the account is of a domain"), 1);
	assert_int_equal(captured_trace_count(" bob: this machine has no user"), 1);
	assert_int_equal(captured_trace_count("no-local-user"), 2);
	captured_trace_stop();
}

static void without_memory_there_is_no_token_and_no_uid(void **state)
{
	static const char name[] = "a name that does not fit";
	long before = seam_blocks_alive();
	enum reason reason;

	(void)state;
	users_set(name, &alice);
	for (long n = 1;; n++) {
		struct access_token *token;
		const struct user_ids *ids;

		(void)u16(name);
		seam_fail_allocation(n);
		token = access_token_new(
			&(struct logon_facts) { .user = u16(name), .domain = u16("."), .local = true });
		reason = token ? access_token_ids(token, &ids) : REASON_OUT_OF_MEMORY;
		seam_fail_allocation(0);
		access_token_release(token);
		assert_int_equal(seam_blocks_alive(), before);
		if (reason == REASON_OK) {
			assert_true(n > 5);
			return;
		}
		assert_int_equal(reason, REASON_OUT_OF_MEMORY);
	}
}

/* --- Threads ------------------------------------------------------------------------------------------------- */

enum { THREADS = 8, ROUNDS = 200 };

static struct access_token *shared[ROUNDS];
static const struct user_ids *seen[THREADS][ROUNDS];
static atomic_int wrong;
static pthread_barrier_t barrier;

static void *ask_and_release(void *argument)
{
	const struct user_ids **own = argument;

	pthread_barrier_wait(&barrier);
	for (int i = 0; i < ROUNDS; i++) {
		wrong += access_token_ids(shared[i], &own[i]) != REASON_OK;
		wrong += own[i]->uid != 1000;
	}
	pthread_barrier_wait(&barrier);
	for (int i = 0; i < ROUNDS; i++)
		access_token_release(shared[i]);
	return NULL;
}

static void of_many_threads_answers_one_stays(void **state)
{
	pthread_t threads[THREADS];
	long before = seam_blocks_alive();

	(void)state;
	users_set("alice", &alice);
	for (int i = 0; i < ROUNDS; i++) {
		shared[i] = token_of(u16("alice"), "", true);
		for (int t = 1; t < THREADS; t++)
			(void)access_token_hold(shared[i]);
	}
	assert_int_equal(pthread_barrier_init(&barrier, NULL, THREADS), 0);
	for (int t = 0; t < THREADS; t++)
		assert_int_equal(pthread_create(&threads[t], NULL, ask_and_release, seen[t]), 0);
	for (int t = 0; t < THREADS; t++)
		assert_int_equal(pthread_join(threads[t], NULL), 0);
	assert_int_equal(wrong, 0);
	for (int i = 0; i < ROUNDS; i++)
		for (int t = 1; t < THREADS; t++)
			assert_ptr_equal(seen[t][i], seen[0][i]);
	assert_int_equal(seam_blocks_alive(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_account_of_this_machine_has_the_ids_of_the_user_of_its_name),
		cmocka_unit_test(an_account_of_a_domain_has_no_uid_though_a_user_has_its_name),
		cmocka_unit_test(names_that_could_be_a_directorys_or_are_none_are_not_looked_up),
		cmocka_unit_test(a_name_that_no_user_has_exactly_has_no_uid),
		cmocka_unit_test(an_answer_stays_with_the_token),
		cmocka_unit_test(an_answer_that_could_not_be_had_is_asked_for_again),
		cmocka_unit_test(a_refusal_is_traced_with_the_accounts_name),
		cmocka_unit_test(without_memory_there_is_no_token_and_no_uid),
		cmocka_unit_test(of_many_threads_answers_one_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
