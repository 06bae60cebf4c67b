#include "sspi/flags.h"

#include "support/hex.h"

#include <opensspi/sspi.h>

/* From 0x4000 up the same word has another bit in each role. */
static void the_two_roles_have_bits_of_their_own(void **state)
{
	uint32_t flags;

	(void)state;
	assert_true(flags_requested(ROLE_INITIATE, 0x4000 | 0x8000 | 0x10000 | 0x20000 | 0x80000, &flags));
	assert_int_equal(flags, FLAG_EXTENDED_ERROR | FLAG_STREAM | FLAG_INTEGRITY | FLAG_IDENTIFY |
					FLAG_MANUAL_VALIDATION);
	assert_true(flags_requested(ROLE_ACCEPT, 0x8000 | 0x10000 | 0x20000 | 0x80000, &flags));
	assert_int_equal(flags, FLAG_EXTENDED_ERROR | FLAG_STREAM | FLAG_INTEGRITY | FLAG_IDENTIFY);
	assert_true(
		flags_requested(ROLE_ACCEPT, 0x4000, &flags)); /* THIRD_LEG_FAILED: a result, no request */
	assert_int_equal(flags, 0);
}

static void the_low_bits_are_the_same_in_both_roles(void **state)
{
	uint32_t flags;

	(void)state;
	for (int role = ROLE_INITIATE; role <= ROLE_ACCEPT; role++) {
		assert_true(flags_requested((enum role)role, 0x1 | 0x2 | 0x4 | 0x8 | 0x10 | 0x800, &flags));
		assert_int_equal(flags, FLAG_DELEGATE | FLAG_MUTUAL_AUTH | FLAG_REPLAY_DETECT |
						FLAG_SEQUENCE_DETECT | FLAG_CONFIDENTIALITY |
						FLAG_CONNECTION);
	}
}

static void missing_bindings_are_the_acceptors_to_allow(void **state)
{
	uint32_t flags;

	(void)state;
	assert_true(flags_requested(ROLE_ACCEPT, 0x10000000, &flags));
	assert_int_equal(flags, FLAG_ALLOW_MISSING_BINDINGS);
	assert_true(flags_requested(ROLE_INITIATE, 0x10000000, &flags));
	assert_int_equal(flags, 0);
}

static void what_would_change_the_protocol_is_refused(void **state)
{
	static const uint32_t of_initiator[] = { 0x40, 0x400, 0x40000 };
	static const uint32_t of_acceptor[] = { 0x40, 0x400, 0x1000000 };
	uint32_t flags;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(of_initiator); i++)
		assert_false(flags_requested(ROLE_INITIATE, of_initiator[i] | 0x10, &flags));
	for (size_t i = 0; i < COUNT_OF(of_acceptor); i++)
		assert_false(flags_requested(ROLE_ACCEPT, of_acceptor[i] | 0x10, &flags));
}

/* A package says for itself whether it can (refused_flags). */
static void some_requests_are_the_packages_to_refuse(void **state)
{
	uint32_t flags;

	(void)state;
	assert_true(flags_requested(ROLE_ACCEPT, 0x200 | 0x4000000, &flags));
	assert_int_equal(flags, FLAG_DCE_STYLE | FLAG_REQUIRE_BINDINGS);
	assert_true(flags_requested(ROLE_INITIATE, 0x200 | 0x80 | 0x20000000, &flags));
	assert_int_equal(flags, FLAG_DCE_STYLE | FLAG_SUPPLIED_CREDS | FLAG_UNVERIFIED_TARGET);
}

static void no_integrity_is_the_initiators_word(void **state)
{
	uint32_t flags;

	(void)state;
	assert_true(flags_requested(ROLE_INITIATE, 0x10000 | 0x800000, &flags));
	assert_int_equal(flags, 0);
	assert_true(flags_requested(ROLE_ACCEPT, 0x20000 | 0x800000, &flags));
	assert_int_equal(flags, FLAG_INTEGRITY);
}

static void above_bit_31_one_bit_may_be_asked_for(void **state)
{
	(void)state;
	for (int bit = 32; bit < 64; bit++) {
		assert_int_equal(flags_extended(ROLE_INITIATE, UINT64_C(1) << bit), bit == 34);
		assert_false(flags_extended(ROLE_ACCEPT, UINT64_C(1) << bit));
	}
	assert_true(flags_extended(ROLE_INITIATE, 0));
	assert_true(flags_extended(ROLE_ACCEPT, 0));
}

/* What a FreeRDP server asks for. */
static void bits_without_a_meaning_here_are_let_through(void **state)
{
	uint32_t flags;

	(void)state;
	assert_true(flags_requested(ROLE_ACCEPT, 0x883A, &flags));
	assert_int_equal(flags, FLAG_EXTENDED_ERROR | FLAG_CONNECTION | FLAG_CONFIDENTIALITY |
					FLAG_SEQUENCE_DETECT | FLAG_MUTUAL_AUTH);
}

static void what_was_reached_is_told_in_the_roles_bits(void **state)
{
	(void)state;
	assert_int_equal(flags_reached(ROLE_INITIATE, FLAG_STREAM | FLAG_INTEGRITY),
			 ISC_RET_STREAM | ISC_RET_INTEGRITY);
	assert_int_equal(flags_reached(ROLE_ACCEPT, FLAG_STREAM | FLAG_INTEGRITY),
			 ASC_RET_STREAM | ASC_RET_INTEGRITY);
	assert_int_equal(flags_reached(ROLE_ACCEPT, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_two_roles_have_bits_of_their_own),
		cmocka_unit_test(the_low_bits_are_the_same_in_both_roles),
		cmocka_unit_test(missing_bindings_are_the_acceptors_to_allow),
		cmocka_unit_test(what_would_change_the_protocol_is_refused),
		cmocka_unit_test(some_requests_are_the_packages_to_refuse),
		cmocka_unit_test(no_integrity_is_the_initiators_word),
		cmocka_unit_test(above_bit_31_one_bit_may_be_asked_for),
		cmocka_unit_test(bits_without_a_meaning_here_are_let_through),
		cmocka_unit_test(what_was_reached_is_told_in_the_roles_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
