#include "base/secret.h"

#include "base/memory.h"
#include "support/hex.h"
#include "support/seams.h"

static void a_copy_is_its_own_memory(void **state)
{
	CLEANUP(secret_wipe) struct secret secret = { 0 };
	uint8_t password[] = "hunter2";

	(void)state;
	assert_true(secret_copy(&secret, slice_of(password, sizeof(password))));
	memset(password, 0, sizeof(password));
	assert_bytes(secret_slice(&secret), slice_of("hunter2", 8));
}

static void an_empty_slice_gives_an_empty_secret(void **state)
{
	CLEANUP(secret_wipe) struct secret secret = { 0 };

	(void)state;
	assert_true(secret_copy(&secret, SLICE_LITERAL("old")));
	assert_true(secret_copy(&secret, slice_of(NULL, 0)));
	assert_null(secret.data);
	assert_int_equal(secret.size, 0);
	assert_true(secret_copy(&secret, secret_slice(&secret)));
}

static void allocated_bytes_are_zero_and_replace_what_was_there(void **state)
{
	CLEANUP(secret_wipe) struct secret secret = { 0 };

	(void)state;
	assert_true(secret_copy(&secret, SLICE_LITERAL("old secret")));
	assert_true(secret_allocate(&secret, 4));
	assert_bytes(secret_slice(&secret), hex("00000000"));
	assert_true(secret_allocate(&secret, 0));
	assert_int_equal(secret.size, 0);
}

static void a_secret_can_be_copied_from_its_own_part(void **state)
{
	CLEANUP(secret_wipe) struct secret secret = { 0 };

	(void)state;
	assert_true(secret_copy(&secret, SLICE_LITERAL("DOMAIN\\user")));
	assert_true(secret_copy(&secret, slice_of(secret.data + 7, 4)));
	assert_bytes(secret_slice(&secret), SLICE_LITERAL("user"));
}

static void moving_hands_the_bytes_over(void **state)
{
	CLEANUP(secret_wipe) struct secret from = { 0 }, to = { 0 };
	long before = seam_blocks_alive();
	const uint8_t *bytes;

	(void)state;
	assert_true(secret_copy(&from, SLICE_LITERAL("new")));
	assert_true(secret_copy(&to, SLICE_LITERAL("old")));
	bytes = from.data;
	secret_move(&to, &from);
	assert_ptr_equal(to.data, bytes);
	assert_int_equal(to.size, 3);
	assert_null(from.data);
	assert_int_equal(from.size, 0);
	assert_int_equal(seam_blocks_alive(), before + 1);
}

/* Found in review: after a failed copy the old password was still there, and a caller could have gone on with it. */
static void without_memory_the_secret_is_empty_not_the_old_one(void **state)
{
	struct secret secret = { 0 };
	long before = seam_blocks_alive();

	(void)state;
	assert_true(secret_copy(&secret, SLICE_LITERAL("old")));
	seam_fail_allocation(1);
	assert_false(secret_copy(&secret, SLICE_LITERAL("new")));
	assert_null(secret.data);
	assert_int_equal(secret.size, 0);

	seam_fail_allocation(0);
	assert_true(secret_copy(&secret, SLICE_LITERAL("old")));
	seam_fail_allocation(1);
	assert_false(secret_allocate(&secret, 3));
	seam_fail_allocation(0);
	assert_null(secret.data);
	assert_int_equal(secret.size, 0);
	assert_int_equal(seam_blocks_alive(), before);
}

static void wiping_takes_null_and_may_be_repeated(void **state)
{
	struct secret secret = { 0 };
	long before = seam_blocks_alive();

	(void)state;
	secret_wipe(NULL);
	secret_wipe(&secret);
	assert_true(secret_copy(&secret, SLICE_LITERAL("x")));
	secret_wipe(&secret);
	secret_wipe(&secret);
	assert_null(secret.data);
	assert_int_equal(seam_blocks_alive(), before);
}

static void memory_is_wiped_to_zero_and_nothing_is_no_memory(void **state)
{
	uint8_t bytes[] = { 1, 2, 3, 4 };

	(void)state;
	memory_wipe(bytes, 3);
	assert_bytes(slice_of(bytes, 4), hex("00000004"));
	memory_wipe(NULL, 0);
	memory_wipe(bytes, 0);
	memory_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_copy_is_its_own_memory),
		cmocka_unit_test(an_empty_slice_gives_an_empty_secret),
		cmocka_unit_test(allocated_bytes_are_zero_and_replace_what_was_there),
		cmocka_unit_test(a_secret_can_be_copied_from_its_own_part),
		cmocka_unit_test(moving_hands_the_bytes_over),
		cmocka_unit_test(without_memory_the_secret_is_empty_not_the_old_one),
		cmocka_unit_test(wiping_takes_null_and_may_be_repeated),
		cmocka_unit_test(memory_is_wiped_to_zero_and_nothing_is_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
