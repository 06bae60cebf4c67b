#include "sspi/context_buffer.h"

#include "support/hex.h"
#include "support/seams.h"

#include <opensspi/sspi.h>

#include <stddef.h>

static void a_block_is_zeroed_and_aligned_for_everything(void **state)
{
	static const size_t sizes[] = { 0, 1, 7, 16, 1000 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		uint8_t *block = context_buffer_allocate(sizes[i]);

		assert_non_null(block);
		assert_int_equal((uintptr_t)block % _Alignof(max_align_t), 0);
		for (size_t j = 0; j < sizes[i]; j++)
			assert_int_equal(block[j], 0);
		assert_int_equal(FreeContextBuffer(block), SEC_E_OK);
	}
}

static void a_copy_holds_the_bytes(void **state)
{
	void *block = context_buffer_copy(hex("0102030405"));

	(void)state;
	assert_memory_equal(block, "\1\2\3\4\5", 5);
	assert_int_equal(FreeContextBuffer(block), SEC_E_OK);
	block = context_buffer_copy(slice_of(NULL, 0));
	assert_non_null(block);
	assert_int_equal(FreeContextBuffer(block), SEC_E_OK);
}

static void without_memory_there_is_no_block(void **state)
{
	(void)state;
	seam_fail_allocation(1);
	assert_null(context_buffer_allocate(8));
	seam_fail_allocation(0);
	assert_null(context_buffer_allocate(SIZE_MAX));
	assert_null(context_buffer_allocate(SIZE_MAX - 8));
}

enum { SECRET_SIZE = 64 };
static bool freed, was_wiped;

/* The library's header, of whatever size, lies in front of the secret: everything up to its end is looked at. */
static void look_at(const void *block)
{
	const uint8_t *bytes = block;

	freed = was_wiped = true;
	for (size_t i = 0; i < SECRET_SIZE; i++)
		was_wiped = was_wiped && bytes[i] == 0;
}

static void freeing_wipes(void **state)
{
	uint8_t secret[SECRET_SIZE];
	void *block;

	(void)state;
	memset(secret, 0x5E, sizeof(secret));
	block = context_buffer_copy(slice_of(secret, sizeof(secret)));
	assert_memory_equal(block, secret, sizeof(secret));
	seam_on_free(look_at);
	assert_int_equal(FreeContextBuffer(block), SEC_E_OK);
	seam_on_free(NULL);
	assert_true(freed);
	assert_true(was_wiped);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_block_is_zeroed_and_aligned_for_everything),
		cmocka_unit_test(a_copy_holds_the_bytes),
		cmocka_unit_test(without_memory_there_is_no_block),
		cmocka_unit_test(freeing_wipes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
