#include "sspi/handle_table.h"

#include "support/child.h"
#include "support/hex.h"
#include "support/seams.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

static atomic_long destroyed;

static void destroy(void *object)
{
	destroyed++;
	if (object)
		*(int *)object = 0;
}

static SecHandle open_one(enum handle_kind kind, int *object)
{
	SecHandle handle;

	assert_true(handle_open(kind, object, destroy, &handle));
	return handle;
}

static bool names_something(SecHandle handle, enum handle_kind kind)
{
	struct handle_pin pin;
	bool pinned = handle_pin(&handle, kind, &pin);

	handle_unpin(&pin);
	return pinned;
}

static void a_handle_names_its_object_until_it_is_closed(void **state)
{
	int object = 7;
	SecHandle handle = open_one(HANDLE_CONTEXT, &object);
	struct handle_pin pin;

	(void)state;
	assert_true(SecIsValidHandle(&handle));
	assert_true(handle_pin(&handle, HANDLE_CONTEXT, &pin));
	assert_ptr_equal(pin.object, &object);
	handle_unpin(&pin);
	assert_int_equal(object, 7);
	assert_true(handle_close(&handle, HANDLE_CONTEXT));
	assert_int_equal(object, 0);
	assert_false(names_something(handle, HANDLE_CONTEXT));
}

static void a_second_close_is_refused(void **state)
{
	long before = destroyed;
	SecHandle handle = open_one(HANDLE_CONTEXT, NULL);

	(void)state;
	assert_true(handle_close(&handle, HANDLE_CONTEXT));
	assert_false(handle_close(&handle, HANDLE_CONTEXT));
	assert_int_equal(destroyed, before + 1);
}

static void a_handle_of_another_kind_names_nothing(void **state)
{
	SecHandle credential = open_one(HANDLE_CREDENTIAL, NULL), context = open_one(HANDLE_CONTEXT, NULL);

	(void)state;
	assert_false(names_something(credential, HANDLE_CONTEXT));
	assert_false(names_something(context, HANDLE_CREDENTIAL));
	assert_false(handle_close(&credential, HANDLE_CONTEXT));
	assert_true(handle_close(&credential, HANDLE_CREDENTIAL));
	assert_true(handle_close(&context, HANDLE_CONTEXT));
}

static void a_handle_in_one_word_names_its_object_and_no_other_kind(void **state)
{
	SecHandle first = open_one(HANDLE_TOKEN, NULL), second = open_one(HANDLE_CONTEXT, NULL);
	HANDLE word = handle_to_word(&first), other = handle_to_word(&second);
	SecHandle again = handle_of_word(word, HANDLE_TOKEN);

	(void)state;
	assert_memory_equal(&again, &first, sizeof(again));
	assert_ptr_not_equal(word, other);
	assert_false(names_something(handle_of_word(word, HANDLE_CONTEXT), HANDLE_CONTEXT));
	assert_false(names_something(handle_of_word(other, HANDLE_TOKEN), HANDLE_TOKEN));
	assert_false(names_something(handle_of_word(NULL, HANDLE_TOKEN), HANDLE_TOKEN));
	assert_false(names_something(handle_of_word((HANDLE)-1, HANDLE_TOKEN), HANDLE_TOKEN));
	assert_true(handle_close(&again, HANDLE_TOKEN));
	assert_false(names_something(handle_of_word(word, HANDLE_TOKEN), HANDLE_TOKEN));
	assert_true(handle_close(&second, HANDLE_CONTEXT));
}

static void a_copy_names_the_same_object(void **state)
{
	int object = 1;
	SecHandle handle = open_one(HANDLE_CONTEXT, &object), copy = handle;

	(void)state;
	assert_true(names_something(copy, HANDLE_CONTEXT));
	assert_true(handle_close(&copy, HANDLE_CONTEXT));
	assert_false(names_something(handle, HANDLE_CONTEXT));
}

/* The slot is taken again at once, so an old handle points to a living slot with another generation. */
static void an_old_handle_does_not_name_the_slots_next_object(void **state)
{
	SecHandle old = open_one(HANDLE_CONTEXT, NULL), new;

	(void)state;
	assert_true(handle_close(&old, HANDLE_CONTEXT));
	for (int i = 0; i < 1000; i++) {
		new = open_one(HANDLE_CONTEXT, NULL);
		assert_int_equal(new.dwLower, old.dwLower);
		assert_int_not_equal(new.dwUpper, old.dwUpper);
		assert_false(names_something(old, HANDLE_CONTEXT));
		assert_true(handle_close(&new, HANDLE_CONTEXT));
	}
}

static void words_that_nobody_gave_out_name_nothing(void **state)
{
	SecHandle live = open_one(HANDLE_CONTEXT, NULL);
	const SecHandle strangers[] = {
		{ 0, 0 },
		{ 1, 1 },
		{ (ULONG_PTR)-1, (ULONG_PTR)-1 },
		{ (ULONG_PTR)-2, (ULONG_PTR)-2 },
		{ (ULONG_PTR)&live, (ULONG_PTR)&live },
		{ live.dwLower, 0 },
		{ 0, live.dwUpper },
		{ live.dwLower, live.dwUpper ^ 0x100 },
		{ live.dwLower, live.dwUpper | (ULONG_PTR)1 << (8 * sizeof(ULONG_PTR) - 1) },
		{ live.dwLower ^ 1, live.dwUpper },
		{ live.dwLower + 0x10000, live.dwUpper },
		{ live.dwLower | 0xFFFFFFFF, live.dwUpper },
		{ live.dwUpper, live.dwLower },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(strangers); i++) {
		assert_false(names_something(strangers[i], HANDLE_CONTEXT));
		assert_false(names_something(strangers[i], HANDLE_CREDENTIAL));
	}
	assert_false(handle_close(NULL, HANDLE_CONTEXT));
	assert_true(handle_close(&live, HANDLE_CONTEXT));
}

static ULONG_PTR random_word(void)
{
	return (ULONG_PTR)((uint64_t)random() << 33 ^ (uint64_t)random());
}

static void random_words_name_nothing(void **state)
{
	SecHandle live = open_one(HANDLE_CONTEXT, NULL), handle;

	(void)state;
	srandom(1);
	for (int i = 0; i < 100000; i++) {
		handle.dwLower = i & 1 ? live.dwLower : random_word();
		handle.dwUpper = i & 2 ? live.dwUpper : random_word();
		if ((i & 3) != 3)
			assert_false(names_something(handle, HANDLE_CONTEXT));
	}
	assert_true(handle_close(&live, HANDLE_CONTEXT));
}

static void a_closed_object_lives_until_its_last_pin_is_off(void **state)
{
	int object = 5;
	SecHandle handle = open_one(HANDLE_CONTEXT, &object);
	struct handle_pin first, second, third;

	(void)state;
	assert_true(handle_pin(&handle, HANDLE_CONTEXT, &first));
	assert_true(handle_pin(&handle, HANDLE_CONTEXT, &second));
	assert_true(handle_close(&handle, HANDLE_CONTEXT));
	assert_false(handle_pin(&handle, HANDLE_CONTEXT, &third));
	handle_unpin(&first);
	assert_int_equal(object, 5);
	handle_unpin(&second);
	assert_int_equal(object, 0);
	handle_unpin(&second); /* pins nothing any more */
}

static void many_handles_live_at_once(void **state)
{
	enum { COUNT = 5000 };
	static SecHandle handles[COUNT];
	static int objects[COUNT];
	struct handle_pin pin;

	(void)state;
	for (int i = 0; i < COUNT; i++)
		handles[i] = open_one(HANDLE_CONTEXT, &objects[i]);
	for (int i = 0; i < COUNT; i++) {
		assert_true(handle_pin(&handles[i], HANDLE_CONTEXT, &pin));
		assert_ptr_equal(pin.object, &objects[i]);
		handle_unpin(&pin);
	}
	for (int i = 0; i < COUNT; i++)
		assert_true(handle_close(&handles[i], HANDLE_CONTEXT));
}

/* Run last but for the threads: until here there were slots to spare. */
static void without_memory_for_slots_no_handle_is_opened(void **state)
{
	enum { COUNT = 20000 };
	static SecHandle handles[COUNT];
	int opened = 0;

	(void)state;
	seam_fail_allocation(1);
	while (opened < COUNT && handle_open(HANDLE_CONTEXT, NULL, destroy, &handles[opened]))
		opened++;
	seam_fail_allocation(0);
	assert_true(opened < COUNT);
	assert_true(handle_open(HANDLE_CONTEXT, NULL, destroy, &handles[opened]));
	for (int i = 0; i <= opened; i++)
		assert_true(handle_close(&handles[i], HANDLE_CONTEXT));
}

/* --- Threads ------------------------------------------------------------------------------------------------- */

enum { THREADS = 8, ROUNDS = 5000 };

/* cmocka's assertions belong to the main thread: the others count what went wrong. */
static atomic_int wrong;

struct counted {
	atomic_int inside, dead;
};

static void mark_dead(void *object)
{
	struct counted *counted = object;

	wrong += counted->inside != 0;
	counted->dead++;
}

static struct counted shared[ROUNDS];
static SecHandle shared_handles[ROUNDS];
static atomic_int closed;
static pthread_barrier_t barrier;

static void *pin_and_close(void *argument)
{
	struct handle_pin pin;

	(void)argument;
	pthread_barrier_wait(&barrier);
	for (int i = 0; i < ROUNDS; i++) {
		if (handle_pin(&shared_handles[i], HANDLE_CONTEXT, &pin)) {
			struct counted *counted = pin.object;

			counted->inside++;
			wrong += counted->dead != 0;
			counted->inside--;
			handle_unpin(&pin);
		}
		closed += handle_close(&shared_handles[i], HANDLE_CONTEXT);
	}
	return NULL;
}

static void of_many_threads_one_closes_and_nobody_sees_a_dead_object(void **state)
{
	pthread_t threads[THREADS];

	(void)state;
	for (int i = 0; i < ROUNDS; i++)
		assert_true(handle_open(HANDLE_CONTEXT, &shared[i], mark_dead, &shared_handles[i]));
	assert_int_equal(pthread_barrier_init(&barrier, NULL, THREADS), 0);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, pin_and_close, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(wrong, 0);
	assert_int_equal(closed, ROUNDS);
	for (int i = 0; i < ROUNDS; i++)
		assert_int_equal(shared[i].dead, 1);
}

static void *open_and_close(void *argument)
{
	struct counted own = { 0 };
	SecHandle handle, before = { 0 };

	(void)argument;
	for (int i = 0; i < ROUNDS; i++) {
		wrong += !handle_open(HANDLE_CREDENTIAL, &own, mark_dead, &handle);
		wrong += handle_close(&before, HANDLE_CREDENTIAL);
		wrong += !handle_close(&handle, HANDLE_CREDENTIAL);
		before = handle;
	}
	wrong += own.dead != ROUNDS;
	return NULL;
}

static void threads_open_and_close_without_meeting(void **state)
{
	pthread_t threads[THREADS];

	(void)state;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, open_and_close, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(wrong, 0);
}

/* --- Fork ---------------------------------------------------------------------------------------------------- */

static pthread_barrier_t inside, leave;

static void *stay_inside(void *argument)
{
	struct handle_pin pin;

	if (!handle_pin(argument, HANDLE_CONTEXT, &pin))
		return argument;
	pthread_barrier_wait(&inside);
	pthread_barrier_wait(&leave);
	handle_unpin(&pin);
	return NULL;
}

struct surroundings {
	SecHandle busy, idle, own;
	struct handle_pin pin; /* on `own` */
	int object;            /* behind `own` */
};

/* Bits say what went wrong. */
static int look_around(void *argument)
{
	struct surroundings *around = argument;
	int bits = 0;

	bits |= names_something(around->busy, HANDLE_CONTEXT) ? 1 : 0;
	bits |= names_something(around->idle, HANDLE_CONTEXT) ? 0 : 2;
	bits |= handle_close(&around->idle, HANDLE_CONTEXT) ? 0 : 4;
	bits |= names_something(around->own, HANDLE_CONTEXT) ? 8 : 0;
	handle_unpin(&around->pin); /* this thread's own: it comes back from its call, and the object goes */
	bits |= around->object == 0 ? 0 : 16;
	return bits;
}

static void after_fork_what_another_thread_was_inside_of_is_doomed_in_the_child(void **state)
{
	struct surroundings around = { .object = 3 };
	pthread_t thread;
	int seen;

	(void)state;
	around.busy = open_one(HANDLE_CONTEXT, NULL);
	around.idle = open_one(HANDLE_CONTEXT, NULL);
	around.own = open_one(HANDLE_CONTEXT, &around.object);
	assert_int_equal(pthread_barrier_init(&inside, NULL, 2), 0);
	assert_int_equal(pthread_barrier_init(&leave, NULL, 2), 0);
	assert_int_equal(pthread_create(&thread, NULL, stay_inside, &around.busy), 0);
	pthread_barrier_wait(&inside);
	assert_true(handle_pin(&around.own, HANDLE_CONTEXT, &around.pin));
	seen = look_in_child(look_around, &around);
	pthread_barrier_wait(&leave);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(seen, 0);
	/* The parent goes on as before. */
	handle_unpin(&around.pin);
	assert_true(handle_close(&around.busy, HANDLE_CONTEXT));
	assert_true(handle_close(&around.idle, HANDLE_CONTEXT));
	assert_true(handle_close(&around.own, HANDLE_CONTEXT));
}

static pthread_barrier_t allocating;
static atomic_bool met;

/* Inside the lock: long enough for a fork that would not wait for it. */
static void dawdle(void)
{
	if (met)
		return;
	met = true;
	pthread_barrier_wait(&allocating);
	usleep(100 * 1000);
}

enum { ENOUGH_FOR_A_NEW_SEGMENT = 70000 };
static SecHandle plenty[ENOUGH_FOR_A_NEW_SEGMENT];

static void *open_until_slots_are_allocated(void *argument)
{
	int *opened = argument;

	while (!met && *opened < ENOUGH_FOR_A_NEW_SEGMENT)
		wrong += !handle_open(HANDLE_CONTEXT, NULL, destroy, &plenty[(*opened)++]);
	return NULL;
}

static int open_one_and_close_it(void *argument)
{
	SecHandle handle;

	(void)argument;
	return handle_open(HANDLE_CONTEXT, NULL, destroy, &handle) && handle_close(&handle, HANDLE_CONTEXT)
		       ? 0
		       : 1;
}

static void a_fork_waits_for_the_thread_that_changes_the_table(void **state)
{
	int opened = 0, seen;
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_barrier_init(&allocating, NULL, 2), 0);
	seam_on_allocation(dawdle);
	assert_int_equal(pthread_create(&thread, NULL, open_until_slots_are_allocated, &opened), 0);
	pthread_barrier_wait(&allocating);
	seen = look_in_child(open_one_and_close_it, NULL);
	assert_int_equal(pthread_join(thread, NULL), 0);
	seam_on_allocation(NULL);
	assert_int_equal(seen, 0);
	assert_int_equal(wrong, 0);
	for (int i = 0; i < opened; i++)
		assert_true(handle_close(&plenty[i], HANDLE_CONTEXT));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_handle_names_its_object_until_it_is_closed),
		cmocka_unit_test(a_second_close_is_refused),
		cmocka_unit_test(a_handle_of_another_kind_names_nothing),
		cmocka_unit_test(a_handle_in_one_word_names_its_object_and_no_other_kind),
		cmocka_unit_test(a_copy_names_the_same_object),
		cmocka_unit_test(an_old_handle_does_not_name_the_slots_next_object),
		cmocka_unit_test(words_that_nobody_gave_out_name_nothing),
		cmocka_unit_test(random_words_name_nothing),
		cmocka_unit_test(a_closed_object_lives_until_its_last_pin_is_off),
		cmocka_unit_test(many_handles_live_at_once),
		cmocka_unit_test(without_memory_for_slots_no_handle_is_opened),
		cmocka_unit_test(of_many_threads_one_closes_and_nobody_sees_a_dead_object),
		cmocka_unit_test(threads_open_and_close_without_meeting),
		cmocka_unit_test(after_fork_what_another_thread_was_inside_of_is_doomed_in_the_child),
		cmocka_unit_test(a_fork_waits_for_the_thread_that_changes_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
