/*
 * 16 threads over all entry points at once, with handles that the others close: nothing may crash, hang or leak.
 * OPENSSPI_STORM_SECONDS (2) says for how long; under TSan and ASan this is the test of the house's locks.
 */
#include "base/compiler.h"
#include "support/any_call.h"
#include "support/hex.h"
#include "support/seams.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { THREADS = 16, SECONDS = 2, NAMES = 2000 };

static atomic_bool over;
static atomic_long calls;

static void pause_for(long seconds)
{
	struct timespec time = { seconds, 0 };

	(void)nanosleep(&time, NULL);
}

static long storm_seconds(void)
{
	const char *said = getenv("OPENSSPI_STORM_SECONDS");
	long seconds = said ? strtol(said, NULL, 10) : 0;

	return seconds > 0 ? seconds : SECONDS;
}

static void run_threads(void *(*run)(void *), void *arguments[THREADS], long seconds)
{
	pthread_t threads[THREADS];

	over = false;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, run, arguments[i]), 0);
	pause_for(seconds);
	over = true;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
}

static void *call_at_random(void *argument)
{
	while (!over) {
		(void)any_call(argument);
		calls++;
	}
	return NULL;
}

static void threads_call_everything_at_random(void **state)
{
	static struct any_pool pool;
	static struct any_caller callers[THREADS];
	void *arguments[THREADS];
	long alive[2];

	(void)state;
	(void)exchange_certificate();
	for (int round = 0; round < 2; round++) { /* the first one makes room for the handles */
		calls = 0;
		any_pool_start(&pool);
		for (int i = 0; i < THREADS; i++) {
			any_caller_seed(&callers[i], &pool, (uint64_t)(1 + i) * UINT64_C(0x9E3779B97F4A7C15));
			arguments[i] = &callers[i];
		}
		run_threads(call_at_random, arguments, storm_seconds());
		any_pool_end(&pool);
		alive[round] = seam_blocks_alive();
		assert_true(calls > THREADS);
	}
	assert_true(alive[1] - alive[0] < 16); /* a slot list that grew, nothing that is left per call */
}

static void *ask_for_packages(void *argument)
{
	char name[] = "CREDSSP";
	PSecPkgInfoA info;

	for (int i = 0; i < NAMES; i++)
		if (QuerySecurityPackageInfoA(name, &info) != SEC_E_OK || FreeContextBuffer(info) != SEC_E_OK)
			*(int *)argument = 1;
	return NULL;
}

/* What these two share must have a lock, or be nothing. */
static void threads_ask_for_a_package_and_free_the_answer(void **state)
{
	int wrong[THREADS] = { 0 };
	void *arguments[THREADS];

	(void)state;
	for (int i = 0; i < THREADS; i++)
		arguments[i] = &wrong[i];
	run_threads(ask_for_packages, arguments, 0);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(wrong[i], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads_call_everything_at_random),
		cmocka_unit_test(threads_ask_for_a_package_and_free_the_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
