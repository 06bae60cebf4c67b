/* MS-NLMP 2.2.2.1. */
#include "ntlm/av_pair.h"

#include "base/compiler.h"
#include "support/hex.h"

#define NAME      "0200 0c00 44004f004d00410049004e00"
#define COMPUTER  "0100 0400 53005200"
#define FLAGS_MIC "0600 0400 02000000"
#define END       "0000 0000"

static bool reads(const char *list)
{
	struct byte_reader in = reader_of(hex(list)), before = in;
	struct slice pairs;
	bool read = ntlm_av_pairs_read(&in, &pairs);

	if (!read)
		assert_true(in.data == before.data && in.size == before.size);
	return read;
}

static void a_list_is_read_up_to_its_end(void **state)
{
	struct byte_reader in = reader_of(hex(NAME COMPUTER END "ffff"));
	struct slice pairs;

	(void)state;
	assert_true(ntlm_av_pairs_read(&in, &pairs));
	assert_bytes(pairs, hex(NAME COMPUTER));
	assert_bytes(reader_rest(&in), hex("ffff"));
	in = reader_of(hex(END));
	assert_true(ntlm_av_pairs_read(&in, &pairs));
	assert_int_equal(pairs.size, 0);
	assert_true(reader_empty(&in));
}

static void a_list_without_its_end_is_refused(void **state)
{
	struct slice whole = hex(NAME COMPUTER FLAGS_MIC END);

	(void)state;
	assert_false(reads(""));
	assert_false(reads(NAME COMPUTER));
	for (size_t size = 0; size < whole.size; size++) {
		struct byte_reader in = reader_of(slice_of(whole.data, size));
		struct slice pairs;

		assert_false(ntlm_av_pairs_read(&in, &pairs));
		assert_int_equal(in.size, size);
	}
}

static void a_pair_longer_than_the_list_is_refused(void **state)
{
	(void)state;
	assert_false(reads("0200 0d00 44004f004d00410049004e00"));
	assert_false(reads("0200 ffff 4400"));
	assert_false(reads(NAME "0100 0500 " END));
}

/* Found in review: the reader had moved although the read failed. */
static void an_end_with_a_value_is_refused(void **state)
{
	(void)state;
	assert_false(reads("0000 0200 0000"));
	assert_false(reads(NAME "0000 0100 00"));
}

static void pairs_of_a_fixed_size_have_it(void **state)
{
	(void)state;
	assert_true(reads(FLAGS_MIC END));
	assert_false(reads("0600 0300 020000" END));
	assert_false(reads("0600 0500 0200000000" END));
	assert_true(reads("0700 0800 0000000000000000" END));
	assert_false(reads("0700 0400 00000000" END));
	assert_true(reads("0a00 1000 00000000000000000000000000000000" END));
	assert_false(reads("0a00 0000" END));
	assert_false(reads("0a00 0f00 000000000000000000000000000000" END));
}

static void unknown_pairs_are_read_over(void **state)
{
	struct byte_reader in = reader_of(hex("3412 0300 010203" NAME END));
	struct slice pairs, value;

	(void)state;
	assert_true(ntlm_av_pairs_read(&in, &pairs));
	assert_true(ntlm_av_pairs_find(pairs, MSV_AV_NB_DOMAIN_NAME, &value));
	assert_bytes(value, u16("DOMAIN"));
}

static void of_two_pairs_with_one_id_the_first_counts(void **state)
{
	struct slice value;

	(void)state;
	assert_true(ntlm_av_pairs_find(hex("0200 0200 4100" NAME), MSV_AV_NB_DOMAIN_NAME, &value));
	assert_bytes(value, u16("A"));
	assert_int_equal(ntlm_av_flags(hex("0600 0400 00000000" FLAGS_MIC)), 0);
	assert_int_equal(ntlm_av_flags(hex(FLAGS_MIC "0600 0400 00000000")), MSV_AV_FLAG_MIC);
}

static void a_pair_that_is_not_there_is_empty(void **state)
{
	struct slice value = hex("aa");

	(void)state;
	assert_false(ntlm_av_pairs_find(hex(NAME), MSV_AV_TIMESTAMP, &value));
	assert_int_equal(value.size, 0);
	assert_false(ntlm_av_pairs_find(hex(""), MSV_AV_NB_DOMAIN_NAME, &value));
	assert_int_equal(ntlm_av_flags(hex(NAME)), 0);
}

static void an_empty_value_is_found(void **state)
{
	struct slice value;

	(void)state;
	assert_true(ntlm_av_pairs_find(hex("0900 0000"), MSV_AV_TARGET_NAME, &value));
	assert_int_equal(value.size, 0);
}

static void what_is_written_is_read_again(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer out = writer_growing();

	(void)state;
	ntlm_av_pair_write(&out, MSV_AV_NB_DOMAIN_NAME, u16("DOMAIN"));
	ntlm_av_pair_write(&out, MSV_AV_EOL, slice_of(NULL, 0));
	assert_bytes(writer_slice(&out), hex(NAME END));
}

static void a_value_that_no_length_can_tell_is_not_written(void **state)
{
	static uint8_t value[UINT16_MAX + 1];
	CLEANUP(writer_wipe) struct byte_writer out = writer_growing(), fits = writer_growing();

	(void)state;
	ntlm_av_pair_write(&out, MSV_AV_TARGET_NAME, slice_of(value, sizeof(value)));
	assert_false(writer_ok(&out));
	ntlm_av_pair_write(&fits, MSV_AV_TARGET_NAME, slice_of(value, sizeof(value) - 1));
	assert_true(writer_ok(&fits));
	assert_int_equal(fits.size, 4 + UINT16_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_is_read_up_to_its_end),
		cmocka_unit_test(a_list_without_its_end_is_refused),
		cmocka_unit_test(a_pair_longer_than_the_list_is_refused),
		cmocka_unit_test(an_end_with_a_value_is_refused),
		cmocka_unit_test(pairs_of_a_fixed_size_have_it),
		cmocka_unit_test(unknown_pairs_are_read_over),
		cmocka_unit_test(of_two_pairs_with_one_id_the_first_counts),
		cmocka_unit_test(a_pair_that_is_not_there_is_empty),
		cmocka_unit_test(an_empty_value_is_found),
		cmocka_unit_test(what_is_written_is_read_again),
		cmocka_unit_test(a_value_that_no_length_can_tell_is_not_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
