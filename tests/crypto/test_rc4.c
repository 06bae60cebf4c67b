/* RC4 whose position can be saved. Vector: RFC 6229, the 40-bit key 0102030405. */
#include "crypto/rc4.h"
#include "support/hex.h"

static void a_saved_stream_goes_on_where_it_was(void **state)
{
	static const uint8_t zeros[16];
	uint8_t saved[RC4_STATE_SIZE], stream[16];
	struct rc4 first, second;

	(void)state;
	rc4_start(&first, hex("0102030405"));
	rc4_crypt(&first, stream, zeros, 5);
	rc4_save(&first, saved);
	assert_true(rc4_load(&second, saved));
	rc4_crypt(&second, stream + 5, zeros, 11);
	assert_bytes(slice_of(stream, sizeof(stream)), hex("b2396305f03dc027ccc3524a0a1118a8"));
}

static void a_box_with_a_number_twice_is_no_stream(void **state)
{
	uint8_t saved[RC4_STATE_SIZE];
	struct rc4 rc4;

	(void)state;
	rc4_start(&rc4, hex("0102030405"));
	rc4_save(&rc4, saved);
	assert_true(rc4_load(&rc4, saved));
	saved[7] = saved[8];
	assert_false(rc4_load(&rc4, saved));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_saved_stream_goes_on_where_it_was),
		cmocka_unit_test(a_box_with_a_number_twice_is_no_stream),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
