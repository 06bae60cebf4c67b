#include "base/byte_reader.h"

#include "support/hex.h"

static struct byte_reader reader_of_hex(const char *text)
{
	return reader_of(hex(text));
}

static void assert_unmoved(const struct byte_reader *in, const struct byte_reader *before)
{
	assert_ptr_equal(in->data, before->data);
	assert_int_equal(in->size, before->size);
}

static void integers_are_read_in_the_order_their_names_say(void **state)
{
	struct byte_reader in = reader_of_hex("01 0203 0203 04050607 04050607 08090a0b0c0d0e0f");
	uint8_t octet;
	uint16_t big, little;
	uint32_t wide, wide_big;
	uint64_t widest;

	(void)state;
	assert_true(reader_u8(&in, &octet));
	assert_true(reader_u16be(&in, &big));
	assert_true(reader_u16le(&in, &little));
	assert_true(reader_u32be(&in, &wide_big));
	assert_true(reader_u32le(&in, &wide));
	assert_true(reader_u64le(&in, &widest));
	assert_true(reader_empty(&in));
	assert_int_equal(octet, 0x01);
	assert_int_equal(big, 0x0203);
	assert_int_equal(little, 0x0302);
	assert_int_equal(wide_big, 0x04050607);
	assert_int_equal(wide, 0x07060504);
	assert_true(widest == UINT64_C(0x0F0E0D0C0B0A0908));
}

static void the_highest_bit_survives_in_every_width(void **state)
{
	struct byte_reader in = reader_of_hex("ff ffff ffff ffffffff ffffffff ffffffffffffffff");
	uint8_t octet;
	uint16_t big, little;
	uint32_t wide, wide_big;
	uint64_t widest;

	(void)state;
	assert_true(reader_u8(&in, &octet) && reader_u16be(&in, &big) && reader_u16le(&in, &little) &&
		    reader_u32be(&in, &wide_big) && reader_u32le(&in, &wide) && reader_u64le(&in, &widest));
	assert_int_equal(octet, UINT8_MAX);
	assert_int_equal(big, UINT16_MAX);
	assert_int_equal(little, UINT16_MAX);
	assert_true(wide == UINT32_MAX && wide_big == UINT32_MAX);
	assert_true(widest == UINT64_MAX);
}

/* One byte less than each read wants: the reader stays, and so does what the caller had. */
static void a_read_that_fails_leaves_the_reader_and_the_value(void **state)
{
	struct byte_reader in = reader_of_hex("01020304050607"), before = in, one = reader_of_hex("01"),
			   one_before = one;
	uint64_t widest = 77;
	uint32_t wide = 77;
	uint16_t narrow = 77;
	uint8_t octet = 77, copy[8] = { 77 };
	struct byte_reader none = reader_of_hex("");
	struct slice taken = SLICE_LITERAL("as before");

	(void)state;
	assert_false(reader_u64le(&in, &widest));
	assert_false(reader_take(&in, 8, &taken));
	assert_false(reader_copy(&in, copy, 8));
	assert_false(reader_skip(&in, 8));
	assert_false(reader_take(&in, SIZE_MAX, &taken));
	assert_false(reader_skip(&in, SIZE_MAX));
	assert_unmoved(&in, &before);
	assert_false(reader_u16le(&one, &narrow));
	assert_false(reader_u16be(&one, &narrow));
	assert_false(reader_u32le(&one, &wide));
	assert_unmoved(&one, &one_before);
	assert_false(reader_u8(&none, &octet));
	assert_true(widest == 77 && wide == 77 && narrow == 77 && octet == 77 && copy[0] == 77);
	assert_bytes(taken, SLICE_LITERAL("as before"));
}

static void expect_moves_only_over_equal_bytes(void **state)
{
	struct byte_reader in = reader_of_hex("4e544c4d 01000000 ff"), before = in;

	(void)state;
	assert_false(reader_expect(&in, "NTLX", 4));
	assert_false(reader_expect(&in, "NTLM\1\0\0\0\xff\0", 10));
	assert_false(reader_expect_u32le(&in, 1));
	assert_unmoved(&in, &before);
	assert_true(reader_expect(&in, "NTLM", 4));
	before = in;
	assert_false(reader_expect_u32le(&in, 0x01000000));
	assert_unmoved(&in, &before);
	assert_true(reader_expect_u32le(&in, 1));
	assert_false(reader_expect_u32le(&in, 0xFF));
	assert_bytes(reader_rest(&in), hex("ff"));
}

static void taken_bytes_are_borrowed_and_the_rest_follows_them(void **state)
{
	struct slice whole = hex("000102030405"), part;
	struct byte_reader in = reader_of(whole), copy = in;

	(void)state;
	assert_true(reader_take(&in, 2, &part));
	assert_ptr_equal(part.data, whole.data);
	assert_bytes(part, hex("0001"));
	assert_bytes(reader_rest(&in), hex("02030405"));
	assert_true(reader_skip(&in, 4));
	assert_true(reader_empty(&in));
	assert_int_equal(copy.size, 6); /* a copy of a reader goes its own way */
}

/* Adding nothing to a null pointer is no arithmetic in C; UBSan watches here. */
static void nothing_can_be_read_from_nothing(void **state)
{
	struct byte_reader in = reader_of(slice_of(NULL, 0));
	struct slice part = SLICE_LITERAL("x");
	uint8_t untouched = 5;

	(void)state;
	assert_true(reader_empty(&in));
	assert_true(reader_take(&in, 0, &part));
	assert_int_equal(part.size, 0);
	assert_true(reader_skip(&in, 0));
	assert_true(reader_copy(&in, &untouched, 0));
	assert_true(reader_copy(&in, NULL, 0));
	assert_true(reader_expect(&in, NULL, 0));
	assert_false(reader_u8(&in, &untouched));
	assert_int_equal(untouched, 5);
	assert_true(slice_part(slice_of(NULL, 0), 0, 0, &part));
	assert_false(slice_part(slice_of(NULL, 0), 0, 1, &part));
	assert_false(slice_part(slice_of(NULL, 0), 1, 0, &part));
}

static void a_part_lies_inside_the_whole_or_is_refused(void **state)
{
	struct slice whole = hex("000102030405"), part = SLICE_LITERAL("as before");

	(void)state;
	assert_false(slice_part(whole, 0, 7, &part));
	assert_false(slice_part(whole, 6, 1, &part));
	assert_false(slice_part(whole, 7, 0, &part));
	assert_false(slice_part(whole, 2, SIZE_MAX, &part)); /* offset + size would wrap to 1 */
	assert_false(slice_part(whole, SIZE_MAX, 2, &part));
	assert_false(slice_part(whole, SIZE_MAX, SIZE_MAX, &part));
	assert_bytes(part, SLICE_LITERAL("as before"));
	assert_true(slice_part(whole, 6, 0, &part));
	assert_int_equal(part.size, 0);
	assert_true(slice_part(whole, 0, 6, &part));
	assert_bytes(part, whole);
	assert_true(slice_part(whole, 4, 2, &part));
	assert_bytes(part, hex("0405"));
}

static void reading_up_to_a_byte_takes_that_byte_too(void **state)
{
	struct byte_reader in = reader_of(SLICE_LITERAL("ab::c")), before;
	struct slice bytes;

	(void)state;
	assert_true(reader_until(&in, ':', &bytes));
	assert_bytes(bytes, SLICE_LITERAL("ab"));
	assert_true(reader_until(&in, ':', &bytes));
	assert_int_equal(bytes.size, 0);
	before = in;
	assert_false(reader_until(&in, ':', &bytes));
	assert_unmoved(&in, &before);
	assert_bytes(reader_rest(&in), SLICE_LITERAL("c"));
	in = reader_of(slice_of(NULL, 0));
	assert_false(reader_until(&in, 0, &bytes));
}

static void counted_bytes_are_read_whole_or_not_at_all(void **state)
{
	struct byte_reader in = reader_of(hex("02000000aabb 00000000 03000000ccdd")), before;
	struct slice bytes;

	(void)state;
	assert_true(reader_counted(&in, &bytes));
	assert_bytes(bytes, hex("aabb"));
	assert_true(reader_counted(&in, &bytes));
	assert_int_equal(bytes.size, 0);
	before = in;
	assert_false(reader_counted(&in, &bytes));
	assert_unmoved(&in, &before);
	in = before = reader_of(hex("ffffff"));
	assert_false(reader_counted(&in, &bytes));
	assert_unmoved(&in, &before);
}

static void a_truth_value_is_zero_or_one(void **state)
{
	struct byte_reader in = reader_of(hex("010002")), before;
	bool value = false;

	(void)state;
	assert_true(reader_bool(&in, &value));
	assert_true(value);
	assert_true(reader_bool(&in, &value));
	assert_false(value);
	before = in;
	assert_false(reader_bool(&in, &value));
	assert_unmoved(&in, &before);
}

static void slices_compare_by_size_and_bytes(void **state)
{
	(void)state;
	assert_true(slice_equal(hex("0102"), hex("0102")));
	assert_false(slice_equal(hex("0102"), hex("0103")));
	assert_false(slice_equal(hex("0102"), hex("01")));
	assert_true(slice_equal(slice_of(NULL, 0), hex("")));
	assert_int_equal(SLICE_LITERAL("NUL\0 inside").size, 11);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers_are_read_in_the_order_their_names_say),
		cmocka_unit_test(the_highest_bit_survives_in_every_width),
		cmocka_unit_test(a_read_that_fails_leaves_the_reader_and_the_value),
		cmocka_unit_test(expect_moves_only_over_equal_bytes),
		cmocka_unit_test(taken_bytes_are_borrowed_and_the_rest_follows_them),
		cmocka_unit_test(nothing_can_be_read_from_nothing),
		cmocka_unit_test(a_part_lies_inside_the_whole_or_is_refused),
		cmocka_unit_test(reading_up_to_a_byte_takes_that_byte_too),
		cmocka_unit_test(counted_bytes_are_read_whole_or_not_at_all),
		cmocka_unit_test(a_truth_value_is_zero_or_one),
		cmocka_unit_test(slices_compare_by_size_and_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
