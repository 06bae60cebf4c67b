/* AES-256-GCM. Vector: test case 16 of the specification of GCM (McGrew and Viega), which NIST took over. */
#include "base/compiler.h"
#include "crypto/aead.h"
#include "support/hex.h"
#include "support/seams.h"

#define KEY        "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"
#define NONCE      "cafebabefacedbaddecaf888"
#define ASSOCIATED "feedfacedeadbeeffeedfacedeadbeefabaddad2"
#define PLAIN \
	"d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72" \
	"1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
#define SEALED \
	"522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa" \
	"8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662" \
	"76fc6ece0f4e1768cddf8853bb2d551b"

static enum reason open_it(struct slice associated, struct slice sealed, struct secret *plain)
{
	return aead_open(hex(KEY).data, hex(NONCE).data, associated, sealed, plain);
}

static void the_specifications_example_is_sealed_and_opened(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer sealed = writer_growing();
	CLEANUP(secret_wipe) struct secret plain = { 0 };

	(void)state;
	assert_int_equal(aead_seal(hex(KEY).data, hex(NONCE).data, hex(ASSOCIATED), hex(PLAIN), &sealed),
			 REASON_OK);
	assert_bytes(writer_slice(&sealed), hex(SEALED));
	assert_int_equal(open_it(hex(ASSOCIATED), hex(SEALED), &plain), REASON_OK);
	assert_bytes(secret_slice(&plain), hex(PLAIN));
}

static void what_is_altered_or_cut_does_not_open(void **state)
{
	struct slice sealed = hex(SEALED);
	uint8_t altered[256];

	(void)state;
	for (size_t i = 0; i < sealed.size; i++) {
		CLEANUP(secret_wipe) struct secret plain = { 0 };

		memcpy(altered, sealed.data, sealed.size);
		altered[i] ^= 1;
		assert_int_equal(open_it(hex(ASSOCIATED), slice_of(altered, sealed.size), &plain),
				 REASON_MESSAGE_ALTERED);
		assert_null(plain.data);
		assert_int_equal(open_it(hex(ASSOCIATED), slice_of(sealed.data, i), &plain),
				 REASON_MESSAGE_ALTERED);
		assert_null(plain.data);
	}
}

static void other_associated_data_another_key_and_another_nonce_do_not_open(void **state)
{
	static const uint8_t zeros[AEAD_KEY_SIZE];
	CLEANUP(secret_wipe) struct secret plain = { 0 };

	(void)state;
	assert_int_equal(open_it(hex("00"), hex(SEALED), &plain), REASON_MESSAGE_ALTERED);
	assert_int_equal(aead_open(zeros, hex(NONCE).data, hex(ASSOCIATED), hex(SEALED), &plain),
			 REASON_MESSAGE_ALTERED);
	assert_int_equal(aead_open(hex(KEY).data, zeros, hex(ASSOCIATED), hex(SEALED), &plain),
			 REASON_MESSAGE_ALTERED);
}

static void an_empty_text_has_a_tag_all_the_same(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer sealed = writer_growing();
	CLEANUP(secret_wipe) struct secret plain = { 0 };

	(void)state;
	assert_int_equal(
		aead_seal(hex(KEY).data, hex(NONCE).data, hex(ASSOCIATED), slice_of(NULL, 0), &sealed),
		REASON_OK);
	assert_int_equal(sealed.size, AEAD_TAG_SIZE);
	assert_int_equal(open_it(hex(ASSOCIATED), writer_slice(&sealed), &plain), REASON_OK);
	sealed.data[3] ^= 1;
	assert_int_equal(open_it(hex(ASSOCIATED), writer_slice(&sealed), &plain), REASON_MESSAGE_ALTERED);
}

static void without_memory_nothing_is_made(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer sealed = writer_growing();
	CLEANUP(secret_wipe) struct secret plain = { 0 };

	(void)state;
	seam_fail_allocation(1);
	assert_int_equal(aead_seal(hex(KEY).data, hex(NONCE).data, hex(ASSOCIATED), hex(PLAIN), &sealed),
			 REASON_OUT_OF_MEMORY);
	seam_fail_allocation(1);
	assert_int_equal(open_it(hex(ASSOCIATED), hex(SEALED), &plain), REASON_OUT_OF_MEMORY);
	seam_fail_allocation(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_specifications_example_is_sealed_and_opened),
		cmocka_unit_test(what_is_altered_or_cut_does_not_open),
		cmocka_unit_test(other_associated_data_another_key_and_another_nonce_do_not_open),
		cmocka_unit_test(an_empty_text_has_a_tag_all_the_same),
		cmocka_unit_test(without_memory_nothing_is_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
