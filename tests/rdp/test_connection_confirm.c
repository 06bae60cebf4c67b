/* X.224 Connection Confirm, and what a server that has CredSSP alone answers. */
#include "rdp/connection_confirm.h"
#include "rdp/early_user_authorization.h"

#include "support/hex.h"

static void assert_round_trip(const char *pdu, enum rdp_negotiation_type type, uint8_t flags, uint32_t value)
{
	CLEANUP(writer_wipe) struct byte_writer out = writer_growing();
	struct rdp_connection_confirm confirm;

	assert_true(rdp_connection_confirm_parse(hex(pdu), &confirm));
	assert_int_equal(confirm.type, type);
	assert_int_equal(confirm.flags, flags);
	assert_int_equal(type == RDP_NEG_RSP ? confirm.selected_protocol : confirm.failure_code, value);
	rdp_connection_confirm_write(&out, &confirm);
	assert_true(writer_ok(&out));
	assert_bytes(writer_slice(&out), hex(pdu));
}

/* MS-RDPBCGR 4.1.2 is the first; the others differ in their last eight bytes. */
static void confirms_are_read_and_written(void **state)
{
	(void)state;
	assert_round_trip("03 00 00 13 0e d0 00 00 12 34 00 02 00 08 00 00 00 00 00", RDP_NEG_RSP, 0, 0);
	assert_round_trip("03 00 00 13 0e d0 00 00 12 34 00 02 1f 08 00 08 00 00 00", RDP_NEG_RSP, 0x1F, 8);
	assert_round_trip("03 00 00 13 0e d0 00 00 12 34 00 03 00 08 00 05 00 00 00", RDP_NEG_FAILURE, 0, 5);
	assert_round_trip("03 00 00 0b 06 d0 00 00 12 34 00", 0, 0, 0);
}

static void a_confirm_of_another_shape_is_refused(void **state)
{
	const char *bad[] = {
		"03 00 00 13 0e e0 00 00 12 34 00 02 00 08 00 00 00 00 00", /* a request */
		"03 00 00 13 0e d0 00 00 12 34 00 01 00 08 00 00 00 00 00",
		"03 00 00 13 0e d0 00 00 12 34 00 04 00 08 00 00 00 00 00",
		"03 00 00 13 0e d0 00 00 12 34 00 02 00 07 00 00 00 00 00",
		"03 00 00 12 0d d0 00 00 12 34 00 02 00 08 00 00 00 00",
		"03 00 00 14 0f d0 00 00 12 34 00 02 00 08 00 00 00 00 00 00",
		"03 00 00 14 0f d0 00 00 12 34 00 03 00 08 00 05 00 00 00 00",
		"03 00 00 13 0d d0 00 00 12 34 00 02 00 08 00 00 00 00 00",
		"",
	};
	struct rdp_connection_confirm confirm;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_false(rdp_connection_confirm_parse(hex(bad[i]), &confirm));
}

static struct rdp_connection_confirm answer_to(uint32_t requested)
{
	struct rdp_connection_request request = { .has_negotiation = true, .requested_protocols = requested };

	return rdp_connection_confirm_hybrid(&request);
}

static void hybrid_ex_is_chosen_before_hybrid(void **state)
{
	(void)state;
	assert_int_equal(answer_to(RDP_PROTOCOL_HYBRID).selected_protocol, RDP_PROTOCOL_HYBRID);
	assert_int_equal(answer_to(0x03).selected_protocol, RDP_PROTOCOL_HYBRID);
	assert_int_equal(answer_to(0x0B).selected_protocol, RDP_PROTOCOL_HYBRID_EX);
	assert_int_equal(answer_to(RDP_PROTOCOL_HYBRID_EX).selected_protocol, RDP_PROTOCOL_HYBRID_EX);
	assert_int_equal(answer_to(0xFFFFFFFF).selected_protocol, RDP_PROTOCOL_HYBRID_EX);
	assert_int_equal(answer_to(0x0B).type, RDP_NEG_RSP);
	assert_int_equal(answer_to(0x0B).flags, 0); /* no mode without credentials is offered */
}

static void a_client_without_credssp_hears_that_it_is_required(void **state)
{
	const uint32_t requests[] = { RDP_PROTOCOL_RDP, RDP_PROTOCOL_SSL, RDP_PROTOCOL_RDSTLS,
				      RDP_PROTOCOL_RDSAAD };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(requests); i++) {
		assert_int_equal(answer_to(requests[i]).type, RDP_NEG_FAILURE);
		assert_int_equal(answer_to(requests[i]).failure_code, RDP_HYBRID_REQUIRED_BY_SERVER);
	}
}

static void a_client_that_negotiates_nothing_gets_no_negotiation(void **state)
{
	struct rdp_connection_request request = { 0 };

	(void)state;
	assert_int_equal(rdp_connection_confirm_hybrid(&request).type, 0);
}

/* MS-RDPBCGR 2.2.10.2. */
static void the_early_result_is_four_bytes_without_a_header(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer out = writer_growing();

	(void)state;
	rdp_early_user_authorization_write(&out, RDP_AUTHZ_SUCCESS);
	rdp_early_user_authorization_write(&out, RDP_AUTHZ_ACCESS_DENIED);
	assert_true(writer_ok(&out));
	assert_bytes(writer_slice(&out), hex("00000000 05000000"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(confirms_are_read_and_written),
		cmocka_unit_test(a_confirm_of_another_shape_is_refused),
		cmocka_unit_test(hybrid_ex_is_chosen_before_hybrid),
		cmocka_unit_test(a_client_without_credssp_hears_that_it_is_required),
		cmocka_unit_test(a_client_that_negotiates_nothing_gets_no_negotiation),
		cmocka_unit_test(the_early_result_is_four_bytes_without_a_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
