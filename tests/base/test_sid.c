/* SIDs as bytes and as text: MS-DTYP 2.4.2. */
#include "base/sid.h"
#include "support/hex.h"

static const char *const domain = "0104 000000000005 15000000 d9a3df55 b2e80fe1 e1cb0d4f";

static void assert_text(struct slice sid, const char *text)
{
	LOCAL_WRITER(out);

	sid_write_text(&out, sid);
	assert_true(writer_ok(&out));
	assert_bytes(writer_slice(&out), slice_of(text, strlen(text)));
}

static void a_sid_is_read_up_to_its_own_end(void **state)
{
	struct byte_reader in = reader_of(hex("0101 000000000012 01000000 ff"));
	struct slice sid;

	(void)state;
	assert_true(sid_read(&in, &sid));
	assert_bytes(sid, hex("0101 000000000012 01000000"));
	assert_bytes(reader_rest(&in), hex("ff"));
}

static void what_is_cut_or_of_another_form_is_none(void **state)
{
	struct slice whole = hex(domain), sid;

	(void)state;
	for (size_t size = 0; size < whole.size; size++) {
		struct byte_reader in = reader_of(slice_of(whole.data, size));

		assert_false(sid_read(&in, &sid));
		assert_int_equal(in.size, size);
	}
	{
		struct byte_reader revision = reader_of(hex("0201 000000000005 01000000"));
		struct byte_reader sixteen = reader_of(slice_of(keep_bytes(80), 80));

		assert_false(sid_read(&revision, &sid));
		memcpy((void *)(uintptr_t)sixteen.data, "\x01\x10", 2);
		assert_false(sid_read(&sixteen, &sid));
	}
}

static void text_is_decimal_and_a_long_authority_hexadecimal(void **state)
{
	(void)state;
	assert_text(hex(domain), "S-1-5-21-1440719833-3775916210-1326304225");
	assert_text(hex("0102 000000000005 20000000 20020000"), "S-1-5-32-544");
	assert_text(hex("0101 000000000000 00000000"), "S-1-0-0");
	assert_text(hex("0101 0000ffffffff ffffffff"), "S-1-4294967295-4294967295");
	assert_text(hex("0101 0001000000ab 01000000"), "S-1-0x0001000000ab-1");
	assert_text(hex("0100 000000000005"), "S-1-5");
}

static void a_member_has_one_sub_authority_more(void **state)
{
	LOCAL_WRITER(out);

	(void)state;
	writer_u8(&out, 7); /* what stands in front stays */
	assert_true(sid_write_member(&out, hex(domain), 1103));
	assert_bytes(writer_slice(&out),
		     hex("07 0105 000000000005 15000000 d9a3df55 b2e80fe1 e1cb0d4f 4f040000"));
}

static void a_sid_of_fifteen_sub_authorities_has_no_members(void **state)
{
	uint8_t *full = keep_bytes(68);
	LOCAL_WRITER(out);

	(void)state;
	full[0] = 1, full[1] = 15;
	assert_false(sid_write_member(&out, slice_of(full, 68), 1));
	assert_int_equal(out.size, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sid_is_read_up_to_its_own_end),
		cmocka_unit_test(what_is_cut_or_of_another_form_is_none),
		cmocka_unit_test(text_is_decimal_and_a_long_authority_hexadecimal),
		cmocka_unit_test(a_member_has_one_sub_authority_more),
		cmocka_unit_test(a_sid_of_fifteen_sub_authorities_has_no_members),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
