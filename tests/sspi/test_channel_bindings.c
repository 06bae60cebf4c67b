#include "sspi/channel_bindings.h"

#include "sspi/context_buffer.h"
#include "support/hex.h"
#include "support/seams.h"

#include <opensspi/sspi.h>

#include <stdio.h>

/* The bindings of vectors/ntlm.h: tls-server-end-point over a hash of 00 to 1f. */
#define BINDINGS \
	"0000000000000000000000000000000000000000000000003500000020000000" \
	"746c732d7365727665722d656e642d706f696e743a000102030405060708090a0b0c0d0e0f101112131415161718191a1b" \
	"1c1d1e1f"

static void the_hash_is_over_the_gss_form_and_not_over_the_struct(void **state)
{
	uint8_t hash[MD5_SIZE];

	(void)state;
	assert_true(channel_bindings_hash(hex(BINDINGS), hash));
	assert_bytes(slice_of(hash, sizeof(hash)), hex("8f1214c9c9cab8dc3bf866da9aba57a7"));
}

static void addresses_are_part_of_the_hash(void **state)
{
	struct slice bindings = hex("02000000 04000000 20000000 02000000 02000000 24000000 03000000 26000000"
				    "0a000001 7f01 616263");
	struct slice hashed = hex("02000000 04000000 0a000001 02000000 02000000 7f01 03000000 616263");
	uint8_t hash[MD5_SIZE], expected[MD5_SIZE];

	(void)state;
	crypto_md5(&hashed, 1, expected);
	assert_true(channel_bindings_hash(bindings, hash));
	assert_bytes(slice_of(hash, sizeof(hash)), slice_of(expected, sizeof(expected)));
}

static void bindings_without_any_data_have_a_hash_too(void **state)
{
	struct slice hashed = hex("0000000000000000000000000000000000000000");
	uint8_t hash[MD5_SIZE], expected[MD5_SIZE];
	uint8_t nothing[32] = { 0 };

	(void)state;
	crypto_md5(&hashed, 1, expected);
	assert_true(channel_bindings_hash(slice_of(nothing, sizeof(nothing)), hash));
	assert_bytes(slice_of(hash, sizeof(hash)), slice_of(expected, sizeof(expected)));
}

static void every_cut_of_the_struct_is_refused(void **state)
{
	struct slice whole = hex(BINDINGS);
	uint8_t hash[MD5_SIZE];

	(void)state;
	for (size_t size = 0; size < whole.size; size++) {
		/* In memory of its own size, so that a reader that goes on is seen. */
		uint8_t *cut = test_malloc(size + !size);

		memcpy(cut, whole.data, size);
		assert_false(channel_bindings_hash(slice_of(cut, size), hash));
		test_free(cut);
	}
}

static void lengths_and_offsets_that_leave_the_buffer_are_refused(void **state)
{
	static const char *const bad[] = {
		"00000000 01000000 20000000 00000000 00000000 00000000 00000000 00000000",
		"00000000 ffffffff 20000000 00000000 00000000 00000000 00000000 00000000",
		"00000000 04000000 fffffffe 00000000 00000000 00000000 00000000 00000000",
		"00000000 00000000 00000000 00000000 ffffffff ffffffff 00000000 00000000",
		"00000000 00000000 00000000 00000000 00000000 00000000 21000000 00000000",
		"00000000 00000000 00000000 00000000 00000000 00000000 02000000 ffffffff",
	};
	uint8_t hash[MD5_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_false(channel_bindings_hash(hex(bad[i]), hash));
}

/* --- SEC_CHANNEL_BINDINGS_EX */

/* The bindings above: 16 bytes in front, and offsets that count from there. */
#define BINDINGS_EX \
	"43424558 00000000 30000000 65000000" \
	"00000000 00000000 00000000 00000000 00000000 00000000 35000000 30000000" \
	"746c732d7365727665722d656e642d706f696e743a000102030405060708090a0b0c0d0e0f101112131415161718191a1b" \
	"1c1d1e1f"

static void the_ex_form_has_the_hash_of_the_plain_one(void **state)
{
	struct slice bindings = hex(BINDINGS_EX), audited = hex(BINDINGS_EX);
	uint8_t hash[MD5_SIZE], *flags = (uint8_t *)(uintptr_t)audited.data + 4;

	(void)state;
	assert_true(channel_bindings_hash(bindings, hash));
	assert_bytes(slice_of(hash, sizeof(hash)), hex("8f1214c9c9cab8dc3bf866da9aba57a7"));
	memset(flags, 0xFF, 4); /* whatever the flags say */
	assert_true(channel_bindings_hash(audited, hash));
	assert_bytes(slice_of(hash, sizeof(hash)), hex("8f1214c9c9cab8dc3bf866da9aba57a7"));
}

static void every_cut_of_the_ex_form_is_refused(void **state)
{
	struct slice whole = hex(BINDINGS_EX);
	uint8_t hash[MD5_SIZE];

	(void)state;
	for (size_t size = 0; size < whole.size; size++) {
		uint8_t *cut = test_malloc(size + !size);

		memcpy(cut, whole.data, size);
		assert_false(channel_bindings_hash(slice_of(cut, size), hash));
		test_free(cut);
	}
}

static void the_lengths_of_the_ex_form_hold(void **state)
{
	static const char *const bad[] = {
		"43424558 00000000 2f000000 31000000", "43424558 00000000 31000000 31000000",
		"43424558 00000000 00000000 31000000", "43424558 00000000 30000000 2f000000",
		"43424558 00000000 30000000 00000000", "43424558 00000000 30000000 32000000",
		"43424558 00000000 30000000 ffffffff",
	};
	const char *fields = "00000000 00000000 00000000 00000000 00000000 00000000 01000000 30000000 61";
	const char *past_its_end = "43424558 00000000 30000000 30000000";
	uint8_t hash[MD5_SIZE];
	char text[256];

	(void)state;
	snprintf(text, sizeof(text), "%s%s", "43424558 00000000 30000000 31000000", fields);
	assert_true(channel_bindings_hash(hex(text), hash));
	snprintf(text, sizeof(text), "%s%s", past_its_end, fields);
	assert_false(channel_bindings_hash(hex(text), hash));
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		snprintf(text, sizeof(text), "%s%s", bad[i], fields);
		assert_false(channel_bindings_hash(hex(text), hash));
	}
}

/* --- SspiSetChannelBindingFlags */

static SecPkgContext_Bindings bindings_of(struct slice bytes)
{
	return (SecPkgContext_Bindings) { (uint32_t)bytes.size, context_buffer_copy(bytes) };
}

static struct slice slice_of_bindings(const SecPkgContext_Bindings *bindings)
{
	return slice_of(bindings->Bindings, bindings->BindingsLength);
}

static void setting_flags_makes_the_ex_form(void **state)
{
	SecPkgContext_Bindings bindings = bindings_of(hex(BINDINGS));
	struct slice expected = hex(BINDINGS_EX);

	(void)state;
	assert_int_equal(SspiSetChannelBindingFlags(&bindings, 0), SEC_E_OK);
	assert_bytes(slice_of_bindings(&bindings), expected);
	assert_int_equal(SspiSetChannelBindingFlags(&bindings, SEC_CHANNEL_BINDINGS_AUDIT_BINDINGS),
			 SEC_E_OK);
	memset((uint8_t *)(uintptr_t)expected.data + 4, 1, 1);
	assert_bytes(slice_of_bindings(&bindings), expected);
	assert_int_equal(FreeContextBuffer(bindings.Bindings), SEC_E_OK);
}

static void the_hash_stays_when_flags_are_set(void **state)
{
	static const char *const rows[] = {
		BINDINGS,
		"00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000",
		"02000000040000002000000002000000020000002400000003000000260000000a0000017f01616263",
		"02000000 04000000 00000000 02000000 02000000 1e000000 00000000 ffffffff",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		SecPkgContext_Bindings bindings = bindings_of(hex(rows[i]));
		uint8_t before[MD5_SIZE], after[MD5_SIZE];

		assert_true(channel_bindings_hash(slice_of_bindings(&bindings), before));
		assert_int_equal(SspiSetChannelBindingFlags(&bindings, SEC_CHANNEL_BINDINGS_AUDIT_BINDINGS),
				 SEC_E_OK);
		assert_true(channel_bindings_hash(slice_of_bindings(&bindings), after));
		assert_int_equal(FreeContextBuffer(bindings.Bindings), SEC_E_OK);
		assert_memory_equal(before, after, MD5_SIZE);
	}
}

static void what_has_no_flags_is_left_as_it_was(void **state)
{
	SecPkgContext_Bindings bindings = bindings_of(hex(BINDINGS)), nothing = { 0 }, before = bindings;
	SecPkgContext_Bindings broken = bindings_of(hex("0000")), broken_before = broken;
	uint8_t own[3 * 0x60] = { 0 };
	SecPkgContext_Bindings of_the_caller = { 0x55, (SEC_CHANNEL_BINDINGS *)(void *)(own + 0x60) };
	long alive = seam_blocks_alive();

	(void)state;
	assert_int_equal(SspiSetChannelBindingFlags(NULL, 0), SEC_E_INTERNAL_ERROR);
	assert_int_equal(SspiSetChannelBindingFlags(&nothing, 0), SEC_E_INTERNAL_ERROR);
	assert_int_equal(SspiSetChannelBindingFlags(&bindings, 2), SEC_E_UNSUPPORTED_FUNCTION);
	assert_int_equal(SspiSetChannelBindingFlags(&bindings, 0x80000001), SEC_E_UNSUPPORTED_FUNCTION);
	assert_int_equal(SspiSetChannelBindingFlags(&broken, 0), SEC_E_INVALID_TOKEN);
	for (long n = 1; n <= 2; n++) {
		seam_fail_allocation(n);
		assert_int_equal(SspiSetChannelBindingFlags(&bindings, 0), SEC_E_INSUFFICIENT_MEMORY);
		seam_fail_allocation(0);
	}
	assert_int_equal(SspiSetChannelBindingFlags(&of_the_caller, 0), SEC_E_INVALID_HANDLE);
	assert_ptr_equal(of_the_caller.Bindings, own + 0x60);
	assert_ptr_equal(bindings.Bindings, before.Bindings);
	assert_bytes(slice_of_bindings(&bindings), hex(BINDINGS));
	assert_ptr_equal(broken.Bindings, broken_before.Bindings);
	assert_bytes(slice_of_bindings(&broken), hex("0000"));
	assert_int_equal(seam_blocks_alive(), alive);
	assert_int_equal(FreeContextBuffer(bindings.Bindings), SEC_E_OK);
	assert_int_equal(FreeContextBuffer(broken.Bindings), SEC_E_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_hash_is_over_the_gss_form_and_not_over_the_struct),
		cmocka_unit_test(addresses_are_part_of_the_hash),
		cmocka_unit_test(bindings_without_any_data_have_a_hash_too),
		cmocka_unit_test(every_cut_of_the_struct_is_refused),
		cmocka_unit_test(lengths_and_offsets_that_leave_the_buffer_are_refused),
		cmocka_unit_test(the_ex_form_has_the_hash_of_the_plain_one),
		cmocka_unit_test(every_cut_of_the_ex_form_is_refused),
		cmocka_unit_test(the_lengths_of_the_ex_form_hold),
		cmocka_unit_test(setting_flags_makes_the_ex_form),
		cmocka_unit_test(the_hash_stays_when_flags_are_set),
		cmocka_unit_test(what_has_no_flags_is_left_as_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
