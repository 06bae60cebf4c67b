/* Which user the calling thread is, by the kernel's word. */
#include "access_token/thread_user.h"

#include "support/captured_trace.h"
#include "support/hex.h"
#include "support/seams.h"
#include "support/users.h"

#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SOMEBODY = 64321 };

/* Not root's, whoever runs the test: a refusal that says so is another test's. */
static enum reason not_root(const struct user_ids *ids)
{
	return ids->uid == 0 ? REASON_UID_ZERO : REASON_THREAD_IS_ANOTHER;
}

static void a_thread_is_the_user_whose_ids_it_has(void **state)
{
	struct user_ids own = users_own_ids();

	(void)state;
	assert_int_equal(thread_become(&own), REASON_OK);
}

static void order_and_repetition_of_groups_do_not_count_and_the_primary_one_is_among_them(void **state)
{
	struct user_ids own = users_own_ids(), listed = own;
	gid_t *groups = keep_bytes(sizeof(*groups) * (2 * own.group_count + 1));

	(void)state;
	listed.groups = groups;
	listed.group_count = 0;
	for (size_t i = own.group_count; i > 0; i--)
		groups[listed.group_count++] = own.groups[i - 1];
	for (size_t i = 0; i < own.group_count; i++)
		groups[listed.group_count++] = own.groups[i];
	groups[listed.group_count++] = own.gid;
	assert_int_equal(thread_become(&listed), REASON_OK);
}

static void another_uid_gid_or_group_is_another_user(void **state)
{
	struct user_ids own = users_own_ids(), other = own;
	gid_t *groups = keep_bytes(sizeof(*groups) * (own.group_count + 1));

	(void)state;
	other.uid = SOMEBODY;
	assert_int_equal(thread_become(&other), REASON_THREAD_IS_ANOTHER);
	other = own;
	other.gid = SOMEBODY;
	assert_int_equal(thread_become(&other), not_root(&other));
	/* One group more, and another in the place of each. */
	other = own;
	other.groups = groups;
	for (size_t i = 0; i < own.group_count; i++)
		groups[i] = own.groups[i];
	groups[other.group_count++] = SOMEBODY;
	assert_int_equal(thread_become(&other), not_root(&other));
	other.group_count = 1;
	groups[0] = SOMEBODY;
	assert_int_equal(thread_become(&other), not_root(&other));
}

static void uid_0_is_nobody_elses_to_become(void **state)
{
	gid_t group = SOMEBODY;
	struct user_ids root = { 0, SOMEBODY, &group, 1 };

	(void)state;
	captured_trace_start();
	assert_int_equal(thread_become(&root), REASON_UID_ZERO);
	assert_int_equal(captured_trace_count("uid-zero"), 1);
	captured_trace_stop();
}

static void a_refusal_is_traced_with_both_ids(void **state)
{
	struct user_ids other = users_own_ids();

	(void)state;
	other.uid = SOMEBODY;
	captured_trace_start();
	assert_int_equal(thread_become(&other), REASON_THREAD_IS_ANOTHER);
	assert_int_equal(captured_trace_count("wanted: uid 64321"), 1);
	assert_int_equal(captured_trace_count("changing a thread is not built"), 1);
	captured_trace_stop();
}

static void without_memory_a_thread_is_nobody(void **state)
{
	struct user_ids own = users_own_ids();
	long before = seam_blocks_alive();
	enum reason reason = REASON_OUT_OF_MEMORY;

	(void)state;
	for (long n = 1; reason != REASON_OK; n++) {
		assert_int_equal(reason, REASON_OUT_OF_MEMORY);
		assert_true(n < 10);
		seam_fail_allocation(n);
		reason = thread_become(&own);
		seam_fail_allocation(0);
		assert_int_equal(seam_blocks_alive(), before);
	}
}

/* --- Of several threads, each has ids of its own ------------------------------------------------------------- */

struct apart {
	struct user_ids process, thread;
	enum reason as_process, as_thread;
	bool changed;
};

/* By the system call, which changes this thread alone. Without the right to, the thread stays what the process is. */
static void *change_the_uid(void *argument)
{
	struct apart *apart = argument;

	apart->changed = syscall(SYS_setresuid, -1, SOMEBODY, -1) == 0;
	apart->thread.uid = (uid_t)syscall(SYS_geteuid);
	apart->as_thread = thread_become(&apart->thread);
	apart->as_process = thread_become(&apart->process);
	return NULL;
}

static void *change_what_files_are_opened_as(void *argument)
{
	struct apart *apart = argument;

	(void)syscall(SYS_setfsuid, SOMEBODY);
	apart->changed = (uid_t)syscall(SYS_setfsuid, -1) == SOMEBODY;
	apart->as_process = thread_become(&apart->process);
	return NULL;
}

static struct apart run_apart(void *(*run)(void *))
{
	struct apart apart = { .process = users_own_ids(), .thread = users_own_ids() };
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, run, &apart), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	return apart;
}

static void a_thread_that_changed_its_uid_is_that_user_and_the_others_are_not(void **state)
{
	struct apart apart = run_apart(change_the_uid);

	(void)state;
	assert_int_equal(apart.as_thread, REASON_OK);
	assert_int_equal(apart.as_process, apart.changed ? not_root(&apart.process) : REASON_OK);
	assert_int_equal(thread_become(&apart.process), REASON_OK);
	assert_int_equal(thread_become(&apart.thread), apart.changed ? REASON_THREAD_IS_ANOTHER : REASON_OK);
}

static void a_thread_that_opens_files_as_another_is_not_the_user(void **state)
{
	struct apart apart = run_apart(change_what_files_are_opened_as);

	(void)state;
	assert_int_equal(apart.as_process, apart.changed ? not_root(&apart.process) : REASON_OK);
	assert_int_equal(thread_become(&apart.process), REASON_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_thread_is_the_user_whose_ids_it_has),
		cmocka_unit_test(
			order_and_repetition_of_groups_do_not_count_and_the_primary_one_is_among_them),
		cmocka_unit_test(another_uid_gid_or_group_is_another_user),
		cmocka_unit_test(uid_0_is_nobody_elses_to_become),
		cmocka_unit_test(a_refusal_is_traced_with_both_ids),
		cmocka_unit_test(without_memory_a_thread_is_nobody),
		cmocka_unit_test(a_thread_that_changed_its_uid_is_that_user_and_the_others_are_not),
		cmocka_unit_test(a_thread_that_opens_files_as_another_is_not_the_user),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
