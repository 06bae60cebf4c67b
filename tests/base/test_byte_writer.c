#include "base/byte_writer.h"

#include "base/memory.h"
#include "support/hex.h"
#include "support/seams.h"

/* cmocka's strings end at a NUL and its memory form wants a size; ours prints both in hexadecimal. */
#define assert_written(out, text) assert_bytes(writer_slice(out), hex(text))

static void integers_are_written_in_the_order_their_names_say(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer out = writer_growing();

	(void)state;
	writer_u8(&out, 0x01);
	writer_u16be(&out, 0x0203);
	writer_u32be(&out, 0x84050607);
	writer_u16le(&out, 0x0203);
	writer_u32le(&out, 0x84050607);
	writer_u64le(&out, UINT64_C(0x8899AABBCCDDEEFF));
	writer_zeros(&out, 3);
	writer_bytes(&out, hex("a1a2"));
	assert_true(writer_ok(&out));
	assert_written(&out, "01 0203 84050607 0302 07060584 ffeeddccbbaa9988 000000 a1a2");
}

static void a_writer_grows_over_its_first_capacity_and_keeps_what_it_had(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer out = writer_growing();

	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		writer_u8(&out, (uint8_t)i);
	writer_zeros(&out, 5000); /* more than twice the capacity in one step */
	assert_true(writer_ok(&out));
	assert_int_equal(out.size, 6000);
	for (unsigned i = 0; i < 1000; i++)
		assert_int_equal(out.data[i], i & 0xFF);
	assert_int_equal(out.data[5999], 0);
}

static void a_size_that_no_memory_can_have_fails_the_writer(void **state)
{
	const size_t impossible[] = { SIZE_MAX, SIZE_MAX - 1, SIZE_MAX / 2 + 2 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(impossible); i++) {
		CLEANUP(writer_wipe) struct byte_writer out = writer_growing();

		writer_u8(&out, 1); /* so that size + impossible would wrap */
		writer_zeros(&out, impossible[i]);
		assert_false(writer_ok(&out));
		assert_written(&out, "01");
	}
}

static void a_fixed_writer_takes_exactly_its_capacity(void **state)
{
	uint8_t memory[5] = { [4] = 0xEE };
	struct byte_writer out = writer_fixed(memory, 4);

	(void)state;
	writer_u32le(&out, 0x04030201);
	assert_true(writer_ok(&out));
	writer_bytes(&out, slice_of(NULL, 0));
	writer_zeros(&out, 0);
	assert_true(writer_ok(&out));
	writer_u8(&out, 5);
	assert_false(writer_ok(&out));
	assert_written(&out, "01020304");
	assert_int_equal(memory[4], 0xEE);
}

static void a_writer_that_grows_from_a_callers_memory_allocates_only_beyond_it(void **state)
{
	uint8_t memory[4];
	struct byte_writer out = writer_growing_from(memory, sizeof(memory));
	long before = seam_allocations(), alive = seam_blocks_alive();

	(void)state;
	writer_u32le(&out, 0x04030201);
	assert_ptr_equal(out.data, memory);
	assert_int_equal(seam_allocations(), before);
	writer_u8(&out, 5);
	assert_true(writer_ok(&out));
	assert_int_equal(seam_allocations(), before + 1);
	assert_written(&out, "0102030405");
	assert_bytes(slice_of(memory, sizeof(memory)), hex("00000000"));
	writer_wipe(&out);
	assert_int_equal(seam_blocks_alive(), alive);
	assert_int_equal(out.size, 0);
}

static void wiping_a_writer_in_a_callers_memory_frees_nothing_and_leaves_it_usable(void **state)
{
	uint8_t memory[4];
	struct byte_writer out = writer_growing_from(memory, sizeof(memory));
	long alive = seam_blocks_alive();

	(void)state;
	writer_u16be(&out, 0x0102);
	writer_wipe(&out);
	assert_bytes(slice_of(memory, 2), hex("0000"));
	assert_int_equal(seam_blocks_alive(), alive);
	seam_fail_allocation(1);
	writer_zeros(&out, 5);
	seam_fail_allocation(0);
	assert_false(writer_ok(&out));
	writer_wipe(&out);
	writer_u8(&out, 3);
	assert_true(writer_ok(&out));
	assert_ptr_equal(out.data, memory);
}

static void reserved_memory_is_taken_in_one_step(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer out = writer_growing();
	long before = seam_allocations();

	(void)state;
	writer_reserve(&out, 5000);
	for (unsigned i = 0; i < 5000; i++)
		writer_u8(&out, (uint8_t)i);
	assert_int_equal(seam_allocations(), before + 1);
	writer_u8(&out, 1); /* it was no promise to stay below */
	writer_reserve(&out, 5001);
	assert_true(writer_ok(&out));
	assert_int_equal(seam_allocations(), before + 2);
	assert_int_equal(out.size, 5001);
	seam_fail_allocation(1);
	writer_reserve(&out, 50000);
	seam_fail_allocation(0);
	assert_false(writer_ok(&out));
	assert_int_equal(out.size, 5001);
}

static void a_fixed_writer_has_nothing_to_reserve(void **state)
{
	uint8_t memory[4];
	struct byte_writer out = writer_fixed(memory, sizeof(memory));

	(void)state;
	writer_reserve(&out, 5);
	writer_u32le(&out, 1);
	assert_true(writer_ok(&out));
	assert_ptr_equal(out.data, memory);
}

static void a_fixed_writer_without_memory_takes_nothing(void **state)
{
	struct byte_writer out = writer_fixed(NULL, 0);

	(void)state;
	writer_bytes(&out, slice_of(NULL, 0));
	writer_zeros(&out, 0);
	writer_patch(&out, 0, slice_of(NULL, 0));
	writer_insert(&out, 0, 0);
	writer_drop_front(&out, 0);
	writer_truncate(&out, 0);
	assert_true(writer_ok(&out));
	writer_u8(&out, 1);
	assert_false(writer_ok(&out));
	writer_wipe(&out);
	assert_true(writer_ok(&out));
}

/* A token with a hole in it must not leave: what follows the failure is dropped too, even if it would fit. */
static void after_a_failure_every_write_is_ignored(void **state)
{
	uint8_t memory[4];
	struct byte_writer out = writer_fixed(memory, sizeof(memory));

	(void)state;
	writer_u16be(&out, 0x0102);
	writer_zeros(&out, 3);
	assert_false(writer_ok(&out));
	writer_u8(&out, 3);
	writer_bytes(&out, hex("04"));
	writer_zeros(&out, 1);
	writer_patch(&out, 0, hex("99"));
	writer_patch_u16le(&out, 0, 0x9999);
	writer_patch_u32le(&out, 0, 0x99999999);
	writer_insert(&out, 0, 1);
	assert_null(writer_extend(&out, 1));
	assert_false(writer_ok(&out));
	assert_written(&out, "0102");
}

static void a_patch_must_lie_inside_what_was_written(void **state)
{
	const struct {
		size_t offset;
		const char *bytes;
	} outside[] = { { 4, "01" }, { 3, "0102" }, { 0, "0102030405" }, { 5, "" }, { SIZE_MAX, "0102" } };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(outside); i++) {
		CLEANUP(writer_wipe) struct byte_writer out = writer_growing();

		writer_bytes(&out, hex("a1a2a3a4"));
		writer_patch(&out, outside[i].offset, hex(outside[i].bytes));
		assert_false(writer_ok(&out));
		assert_written(&out, "a1a2a3a4");
	}
}

static void patches_overwrite_in_place(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer out = writer_growing();

	(void)state;
	writer_zeros(&out, 8);
	writer_patch(&out, 0, hex("01"));
	writer_patch_u16le(&out, 1, 0x0203);
	writer_patch_u32le(&out, 4, 0x04050607);
	writer_patch(&out, 8, slice_of(NULL, 0));
	assert_true(writer_ok(&out));
	assert_written(&out, "01 0302 00 07060504");
}

static void an_insertion_moves_what_lies_behind_it(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer out = writer_growing();

	(void)state;
	writer_bytes(&out, hex("0102030405"));
	writer_insert(&out, 2, 2);
	writer_patch(&out, 2, hex("aaaa"));
	assert_written(&out, "0102 aaaa 030405");
	writer_insert(&out, 7, 1); /* at the end */
	writer_patch(&out, 7, hex("bb"));
	writer_insert(&out, 0, 1);
	writer_patch(&out, 0, hex("cc"));
	writer_insert(&out, 3, 0);
	assert_true(writer_ok(&out));
	assert_written(&out, "cc 0102aaaa030405 bb");
	writer_insert(&out, 10, 1);
	assert_false(writer_ok(&out));
}

static void an_insertion_that_does_not_fit_moves_nothing(void **state)
{
	uint8_t memory[6];
	struct byte_writer out = writer_fixed(memory, sizeof(memory));

	(void)state;
	writer_bytes(&out, hex("0102030405"));
	writer_insert(&out, 1, 2);
	assert_false(writer_ok(&out));
	assert_written(&out, "0102030405");
}

static void dropped_and_truncated_bytes_are_wiped(void **state)
{
	uint8_t memory[8];
	struct byte_writer out = writer_fixed(memory, sizeof(memory));

	(void)state;
	writer_bytes(&out, hex("0102030405060708"));
	writer_truncate(&out, 6);
	assert_bytes(slice_of(memory, 8), hex("0102030405060000"));
	writer_truncate(&out, 7); /* truncation never lengthens */
	assert_int_equal(out.size, 6);
	writer_drop_front(&out, 2);
	assert_bytes(slice_of(memory, 8), hex("0304050600000000"));
	writer_drop_front(&out, 0);
	assert_written(&out, "03040506");
	writer_drop_front(&out, 5); /* more than there is */
	assert_int_equal(out.size, 0);
	assert_bytes(slice_of(memory, 8), hex("0000000000000000"));
	assert_true(writer_ok(&out));
}

static void room_taken_after_a_truncation_is_zero(void **state)
{
	uint8_t memory[4] = { 0xEE, 0xEE, 0xEE, 0xEE };
	struct byte_writer out = writer_fixed(memory, sizeof(memory));

	(void)state;
	writer_zeros(&out, 4); /* the caller's memory need not be zero */
	assert_written(&out, "00000000");
}

static void a_wiped_writer_is_empty_and_usable_again(void **state)
{
	uint8_t memory[2];
	struct byte_writer fixed = writer_fixed(memory, sizeof(memory)), growing = writer_growing();
	long before = seam_blocks_alive();

	(void)state;
	writer_u16be(&fixed, 0x0102);
	writer_u8(&fixed, 3);
	writer_wipe(&fixed);
	assert_bytes(slice_of(memory, 2), hex("0000"));
	writer_u8(&fixed, 4);
	assert_true(writer_ok(&fixed));
	assert_written(&fixed, "04");

	writer_u8(&growing, 1);
	writer_patch(&growing, 9, hex("01"));
	writer_wipe(&growing);
	assert_int_equal(seam_blocks_alive(), before);
	writer_wipe(&growing);
	writer_u8(&growing, 5);
	assert_true(writer_ok(&growing));
	assert_written(&growing, "05");
	writer_wipe(&growing);
	assert_int_equal(seam_blocks_alive(), before);
}

static void without_memory_a_writer_fails_and_loses_nothing(void **state)
{
	long before = seam_blocks_alive();
	struct byte_writer out = writer_growing();

	(void)state;
	seam_fail_allocation(1);
	writer_u8(&out, 1);
	assert_false(writer_ok(&out));
	assert_int_equal(out.size, 0);
	writer_wipe(&out);

	writer_u8(&out, 1);
	seam_fail_allocation(1);
	writer_zeros(&out, 1000);
	seam_fail_allocation(0);
	assert_false(writer_ok(&out));
	assert_written(&out, "01");
	writer_wipe(&out);
	assert_int_equal(seam_blocks_alive(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers_are_written_in_the_order_their_names_say),
		cmocka_unit_test(a_writer_grows_over_its_first_capacity_and_keeps_what_it_had),
		cmocka_unit_test(a_size_that_no_memory_can_have_fails_the_writer),
		cmocka_unit_test(a_fixed_writer_takes_exactly_its_capacity),
		cmocka_unit_test(a_writer_that_grows_from_a_callers_memory_allocates_only_beyond_it),
		cmocka_unit_test(wiping_a_writer_in_a_callers_memory_frees_nothing_and_leaves_it_usable),
		cmocka_unit_test(reserved_memory_is_taken_in_one_step),
		cmocka_unit_test(a_fixed_writer_has_nothing_to_reserve),
		cmocka_unit_test(a_fixed_writer_without_memory_takes_nothing),
		cmocka_unit_test(after_a_failure_every_write_is_ignored),
		cmocka_unit_test(a_patch_must_lie_inside_what_was_written),
		cmocka_unit_test(patches_overwrite_in_place),
		cmocka_unit_test(an_insertion_moves_what_lies_behind_it),
		cmocka_unit_test(an_insertion_that_does_not_fit_moves_nothing),
		cmocka_unit_test(dropped_and_truncated_bytes_are_wiped),
		cmocka_unit_test(room_taken_after_a_truncation_is_zero),
		cmocka_unit_test(a_wiped_writer_is_empty_and_usable_again),
		cmocka_unit_test(without_memory_a_writer_fails_and_loses_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
