#include "sspi/channel_bindings.h"

#include "support/hex.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_hash_is_over_the_gss_form_and_not_over_the_struct),
		cmocka_unit_test(addresses_are_part_of_the_hash),
		cmocka_unit_test(bindings_without_any_data_have_a_hash_too),
		cmocka_unit_test(every_cut_of_the_struct_is_refused),
		cmocka_unit_test(lengths_and_offsets_that_leave_the_buffer_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
