/* MCS Connect Initial: where serverSelectedProtocol lies, and that nothing else changes. */
#include "rdp/connect_initial.h"

#include "support/hex.h"

/* The layout of MS-RDPBCGR 4.1.3: 416 bytes; what the client says of itself is zero here. */
#define DOMAIN_PARAMETERS \
	"30 19 02 01 22 02 01 02 02 01 00 02 01 01 02 01 00 02 01 01 02 02 ff ff 02 01 02 " \
	"30 19 02 01 01 02 01 01 02 01 01 02 01 01 02 01 00 02 01 01 02 02 04 20 02 01 02 " \
	"30 1c 02 02 ff ff 02 02 fc 17 02 02 ff ff 02 01 01 02 01 00 02 01 01 02 02 ff ff 02 01 02 "
#define MCS_HEAD "7f 65 82 01 94 04 01 01 04 01 01 01 01 ff " DOMAIN_PARAMETERS "04 82 01 33 "
#define GCC_HEAD "00 05 00 14 7c 00 01 81 2a 00 08 00 10 00 01 c0 00 44 75 63 61 81 1c "
#define HEAD     "03 00 01 a0 02 f0 80 " MCS_HEAD GCC_HEAD
#define OTHER_BLOCKS \
	"04 c0 0c 00 0d 00 00 00 00 00 00 00 02 c0 0c 00 1b 00 00 00 00 00 00 00 " \
	"03 c0 2c 00 03 00 00 00 72 64 70 64 72 00 00 00 00 00 80 80 63 6c 69 70 72 64 72 00 00 00 a0 c0 " \
	"72 64 70 73 6e 64 00 00 00 00 00 c0 "

enum { PDU_SIZE = 416, CORE_SIZE = 216, FIELD_IN_CORE = 212 };

/* The PDU with this head (of the same length as HEAD), this length in the core block's header, and this value. */
static struct slice pdu_with(const char *head, uint16_t core_size, uint32_t protocol)
{
	static struct byte_writer out;
	size_t core;

	writer_wipe(&out);
	out = writer_growing();
	writer_bytes(&out, hex(head));
	core = out.size;
	writer_u16le(&out, 0xC001);
	writer_u16le(&out, core_size);
	writer_zeros(&out, CORE_SIZE - 4);
	writer_patch_u32le(&out, core + FIELD_IN_CORE, protocol);
	writer_bytes(&out, hex(OTHER_BLOCKS));
	assert_true(writer_ok(&out));
	return writer_slice(&out);
}

static void the_chosen_protocol_is_found(void **state)
{
	struct rdp_connect_initial message;
	struct slice pdu = pdu_with(HEAD, CORE_SIZE, 0x01020304);

	(void)state;
	assert_int_equal(pdu.size, PDU_SIZE);
	assert_true(rdp_connect_initial_parse(pdu, &message));
	assert_true(message.has_server_selected_protocol);
	assert_true(message.server_selected_protocol == 0x01020304);
	assert_bytes(slice_of(pdu.data + message.offset, 4), hex("04030201"));
}

static void the_patch_changes_its_four_bytes_and_no_other(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer out = writer_growing();
	struct rdp_connect_initial message;
	struct slice pdu = pdu_with(HEAD, CORE_SIZE, 2);

	(void)state;
	assert_true(rdp_connect_initial_parse(pdu, &message));
	writer_bytes(&out, SLICE_LITERAL("before"));
	writer_bytes(&out, pdu);
	rdp_connect_initial_patch(&out, 6, &message, 1);
	assert_true(writer_ok(&out));
	assert_bytes(slice_of(out.data + 6, PDU_SIZE), pdu_with(HEAD, CORE_SIZE, 1));
	assert_bytes(slice_of(out.data, 6), SLICE_LITERAL("before"));
}

static void a_core_block_may_end_before_the_field(void **state)
{
	struct rdp_connect_initial message;

	(void)state;
	assert_true(rdp_connect_initial_parse(pdu_with(HEAD, FIELD_IN_CORE, 2), &message));
	assert_false(message.has_server_selected_protocol);
	assert_true(rdp_connect_initial_parse(pdu_with(HEAD, 132, 2), &message));
	assert_false(message.has_server_selected_protocol);
	/* a part of the field is none */
	for (uint16_t size = FIELD_IN_CORE + 1; size < CORE_SIZE; size++)
		assert_false(rdp_connect_initial_parse(pdu_with(HEAD, size, 2), &message));
}

static void a_block_that_is_not_whole_is_refused(void **state)
{
	const uint16_t sizes[] = { 0, 3, CORE_SIZE + 68 + 1, UINT16_MAX };
	struct rdp_connect_initial message;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(sizes); i++)
		assert_false(rdp_connect_initial_parse(pdu_with(HEAD, sizes[i], 2), &message));
}

static void every_byte_in_front_of_the_blocks_is_held_to(void **state)
{
	/* Reserved in TPKT; contents of selectors, flag and domain parameters, which nobody here reads. */
	const char *same_meaning[] = {
		"03 77 01 a0 02 f0 80 " MCS_HEAD GCC_HEAD,
		"03 00 01 a0 02 f0 80 " MCS_HEAD "00 05 00 14 7c 00 01 81 28 00 08 00 10 00 01 c0 00 44 75 "
		"63 61 81 1c ", /* as IronRDP writes it */
		"03 00 01 a0 02 f0 80 7f 65 82 01 94 04 01 07 04 01 07 01 01 00 " DOMAIN_PARAMETERS
		"04 82 01 33 " GCC_HEAD,
	};
	const char *bad[] = {
		"03 00 01 a1 02 f0 80 " MCS_HEAD GCC_HEAD,
		"03 00 01 a0 02 f0 00 " MCS_HEAD GCC_HEAD,
		"03 00 01 a0 02 e0 80 " MCS_HEAD GCC_HEAD,
		"03 00 01 a0 02 f0 80 7f 66 82 01 94 04 01 01 04 01 01 01 01 ff " DOMAIN_PARAMETERS
		"04 82 01 33 " GCC_HEAD,
		"03 00 01 a0 02 f0 80 7f 65 82 01 93 04 01 01 04 01 01 01 01 ff " DOMAIN_PARAMETERS
		"04 82 01 33 " GCC_HEAD,
		"03 00 01 a0 02 f0 80 7f 65 82 01 95 04 01 01 04 01 01 01 01 ff " DOMAIN_PARAMETERS
		"04 82 01 33 " GCC_HEAD,
		"03 00 01 a0 02 f0 80 7f 65 82 01 94 04 01 01 04 01 01 02 01 ff " DOMAIN_PARAMETERS
		"04 82 01 33 " GCC_HEAD,
		"03 00 01 a0 02 f0 80 7f 65 82 01 94 04 01 01 04 01 01 01 01 ff " DOMAIN_PARAMETERS
		"04 82 01 32 " GCC_HEAD,
		"03 00 01 a0 02 f0 80 7f 65 82 01 94 04 01 01 04 01 01 01 01 ff " DOMAIN_PARAMETERS
		"04 82 01 34 " GCC_HEAD,
		"03 00 01 a0 02 f0 80 " MCS_HEAD
		"00 05 00 14 7c 00 02 81 2a 00 08 00 10 00 01 c0 00 44 75 63 61 81 1c ",
		"03 00 01 a0 02 f0 80 " MCS_HEAD
		"00 05 00 14 7c 00 01 c1 2a 00 08 00 10 00 01 c0 00 44 75 63 61 81 1c ",
		"03 00 01 a0 02 f0 80 " MCS_HEAD
		"00 05 00 14 7c 00 01 81 2a 00 08 00 10 00 01 c0 00 4d 63 44 6e 81 1c ",
		"03 00 01 a0 02 f0 80 " MCS_HEAD
		"00 05 00 14 7c 00 01 81 2a 00 08 00 10 00 01 c0 00 44 75 63 61 81 1b ",
	};
	struct rdp_connect_initial message;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(same_meaning); i++)
		assert_true(rdp_connect_initial_parse(pdu_with(same_meaning[i], CORE_SIZE, 2), &message));
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		if (rdp_connect_initial_parse(pdu_with(bad[i], CORE_SIZE, 2), &message))
			fail_msg("taken: %s", bad[i]);
}

/* BER lets a length take more octets than it needs, up to a limit that is ours: two. */
static void lengths_of_one_two_and_three_octets_are_read(void **state)
{
#define REST_OF_HEAD DOMAIN_PARAMETERS "04 82 01 33 " GCC_HEAD
	const char *taken =
		"03 00 01 a3 02 f0 80 7f 65 82 01 97 04 81 01 01 04 82 00 01 01 01 01 ff " REST_OF_HEAD;
	const char *refused[] = {
		"03 00 01 a2 02 f0 80 7f 65 82 01 96 04 80 01 04 82 00 01 01 01 01 ff " REST_OF_HEAD,
		"03 00 01 a3 02 f0 80 7f 65 82 01 97 04 83 00 00 01 01 04 01 01 01 01 ff " REST_OF_HEAD,
	};
	struct rdp_connect_initial message;

	(void)state;
	assert_true(rdp_connect_initial_parse(pdu_with(taken, CORE_SIZE, 2), &message));
	assert_true(message.server_selected_protocol == 2);
	for (size_t i = 0; i < COUNT_OF(refused); i++)
		assert_false(rdp_connect_initial_parse(pdu_with(refused[i], CORE_SIZE, 2), &message));
}

static void a_pdu_cut_anywhere_is_refused(void **state)
{
	struct rdp_connect_initial message;
	struct slice pdu = pdu_with(HEAD, CORE_SIZE, 2);

	(void)state;
	for (size_t size = 0; size < pdu.size; size++)
		assert_false(rdp_connect_initial_parse(slice_of(pdu.data, size), &message));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_chosen_protocol_is_found),
		cmocka_unit_test(the_patch_changes_its_four_bytes_and_no_other),
		cmocka_unit_test(a_core_block_may_end_before_the_field),
		cmocka_unit_test(a_block_that_is_not_whole_is_refused),
		cmocka_unit_test(every_byte_in_front_of_the_blocks_is_held_to),
		cmocka_unit_test(lengths_of_one_two_and_three_octets_are_read),
		cmocka_unit_test(a_pdu_cut_anywhere_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
