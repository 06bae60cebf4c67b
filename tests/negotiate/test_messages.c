/* NegTokenInit, NegTokenInit2 and NegTokenResp: the examples of docs/vectors.md, and what is malformed. */
#include "support/hex.h"

#include "negotiate/mechanism.h"
#include "negotiate/neg_token_init.h"
#include "negotiate/neg_token_resp.h"

static const char windows_list[] =
	"302e06092a864882f71201020206092a864886f712010202060a2b06010401823702021e060a2b060104"
	"01823702020a";
static const char init_of_windows[] =
	"603e06062b0601050502a0343032a030302e06092a864882f71201020206092a864886f712010202"
	"060a2b06010401823702021e060a2b06010401823702020a";
static const char init_with_hint[] =
	"606a06062b0601050502a060305ea030302e06092a864882f71201020206092a864886f712010202"
	"060a2b06010401823702021e060a2b06010401823702020aa32a3028a0261b246e6f745f646566696e"
	"65645f696e5f5246433431373840706c656173655f69676e6f7265";
static const char init_of_ntlm[] =
	"604806062b0601050502a03e303ca00e300c060a2b06010401823702020aa22a04284e544c4d53535000"
	"01000000b78208e2000000000000000000000000000000000a00614a0000000f";

static struct neg_token_init parse_init(const char *text)
{
	struct neg_token_init init;

	assert_true(neg_token_init_parse(hex(text), &init));
	return init;
}

static struct neg_token_resp parse_resp(const char *text)
{
	struct neg_token_resp resp;

	assert_true(neg_token_resp_parse(hex(text), &resp));
	return resp;
}

static void assert_resp_written(const struct neg_token_resp *resp, const char *text)
{
	CLEANUP(writer_wipe) struct byte_writer out = writer_growing();

	neg_token_resp_write(&out, resp);
	assert_true(writer_ok(&out));
	assert_bytes(writer_slice(&out), hex(text));
}

static void assert_init_written(const struct neg_token_init *init, const char *text)
{
	CLEANUP(writer_wipe) struct byte_writer out = writer_growing();

	neg_token_init_write(&out, init);
	assert_true(writer_ok(&out));
	assert_bytes(writer_slice(&out), hex(text));
}

static void the_list_of_windows_is_kept_byte_for_byte(void **state)
{
	struct neg_token_init init = parse_init(init_of_windows);

	(void)state;
	assert_bytes(init.mech_types, hex(windows_list));
	assert_false(init.has_mech_token);
	assert_init_written(&init, init_of_windows);
}

static void mechanisms_are_read_in_their_order(void **state)
{
	struct byte_reader list = mech_types_reader(hex(windows_list));
	const enum mechanism expected[] = { MECHANISM_KERBEROS_MICROSOFT, MECHANISM_KERBEROS, MECHANISM_NONE,
					    MECHANISM_NTLM };
	struct slice oid;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(expected); i++) {
		assert_true(mech_types_next(&list, &oid));
		assert_int_equal(mechanism_of(oid), expected[i]);
	}
	assert_false(mech_types_next(&list, &oid));
}

static void an_optimistic_token_is_read_and_written(void **state)
{
	struct neg_token_init init = parse_init(init_of_ntlm);

	(void)state;
	assert_true(init.has_mech_token);
	assert_int_equal(init.mech_token.size, 40);
	assert_bytes(init.mech_types, hex("300c060a2b06010401823702020a"));
	assert_init_written(&init, init_of_ntlm);
}

static void neg_token_init_2_with_its_hint_is_read(void **state)
{
	struct neg_token_init init = parse_init(init_with_hint);

	(void)state;
	assert_bytes(init.mech_types, hex(windows_list));
	assert_int_equal(init.mech_list_mic.size, 0);
}

static void field_3_is_a_mic_where_it_holds_octets(void **state)
{
	(void)state;
	assert_bytes(parse_init("602306062b0601050502a0193017a00e300c060a2b06010401823702020aa30504030102 03")
			     .mech_list_mic,
		     hex("010203"));
}

static void req_flags_are_passed_over(void **state)
{
	(void)state;
	assert_bytes(parse_init("602206062b0601050502a0183016a00e300c060a2b06010401823702020aa10403020640")
			     .mech_types,
		     hex("300c060a2b06010401823702020a"));
}

static void malformed_first_tokens_are_refused(void **state)
{
	static const char *const malformed[] = {
		"",
		"60",
		"600806062b0601050502",                                         /* no choice */
		"600c06062b0601050502a0023000",                                 /* no mechTypes */
		"601006062b0601050502a0063004a0023000",                         /* an empty list */
		"601206062b0601050502a0083006a0043002 0500",                    /* no OBJECT IDENTIFIER */
		"601c06062b0601050503a0123010a00e300c060a2b06010401823702020a", /* another mechanism's frame */
		"601c06062b0601050502a0123010a00e300c060a2b06010401823702020a00", /* bytes behind it */
		"601d06062b0601050502a0123010a00e300c060a2b06010401823702020a00", /* bytes behind the choice */
		"601c06062b0601050502a1123010a00e300c060a2b06010401823702020a", /* NegTokenResp in a frame */
		"602606062b0601050502a01c301aa00e300c060a2b06010401823702020aa203040100a203040100", /* twice */
		"602606062b0601050502a01c301aa00e300c060a2b06010401823702020aa303040100a203040100", /* out of order */
		"602106062b0601050502a0173015a00e300c060a2b06010401823702020aa503040100", /* a field too many */
		"a012 3010a00e300c060a2b06010401823702020a", /* without the frame */
	};
	struct neg_token_init init;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(malformed); i++)
		assert_false(neg_token_init_parse(hex(malformed[i]), &init));
}

static void more_than_32_mechanisms_are_refused(void **state)
{
	struct neg_token_init init;

	(void)state;
	for (size_t count = 32; count <= 33; count++) {
		CLEANUP(writer_wipe) struct byte_writer list = writer_growing(), out = writer_growing();

		writer_bytes(&list, slice_of((uint8_t[]) { 0x30, (uint8_t)(3 * count) }, 2));
		for (size_t i = 0; i < count; i++)
			writer_bytes(&list, hex("060151"));
		neg_token_init_write(&out, &(struct neg_token_init) { .mech_types = writer_slice(&list) });
		assert_int_equal(neg_token_init_parse(writer_slice(&out), &init), count == 32);
	}
}

static void a_first_token_cut_anywhere_is_refused(void **state)
{
	struct slice whole = hex(init_with_hint);
	struct neg_token_init init;

	(void)state;
	for (size_t size = 0; size < whole.size; size++)
		assert_false(neg_token_init_parse(slice_of(whole.data, size), &init));
}

static void a_challenge_is_read_and_written(void **state)
{
	static const char text[] = "a121301fa0030a0101a10c060a2b06010401823702020aa20a04084e544c4d53535000";
	struct neg_token_resp resp = parse_resp(text);

	(void)state;
	assert_int_equal(resp.neg_state, NEG_ACCEPT_INCOMPLETE);
	assert_int_equal(mechanism_of(resp.supported_mech), MECHANISM_NTLM);
	assert_bytes(resp.response_token, hex("4e544c4d53535000"));
	assert_resp_written(&resp, text);
}

static void a_clients_last_has_no_neg_state(void **state)
{
	static const char text[] = "a1223020a20a04084e544c4d53535000a31204100100000022a3984fefbb9c3200000000";
	struct neg_token_resp resp = parse_resp(text);

	(void)state;
	assert_int_equal(resp.neg_state, NEG_ABSENT);
	assert_bytes(resp.mech_list_mic, hex("0100000022a3984fefbb9c3200000000"));
	assert_resp_written(&resp, text);
}

static void the_short_answers_are_read_and_written(void **state)
{
	static const struct {
		const char *text;
		enum neg_state neg_state;
	} answers[] = {
		{ "a1073005a0030a0100", NEG_ACCEPT_COMPLETED },
		{ "a1073005a0030a0102", NEG_REJECT },
		{ "a11b3019a0030a0100a3120410010000007dd6da05648a73ae00000000", NEG_ACCEPT_COMPLETED },
		{ "a1143012a0030a0103a10b06092a864882f712010202", NEG_REQUEST_MIC },
		{ "a1023000", NEG_ABSENT },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(answers); i++) {
		struct neg_token_resp resp = parse_resp(answers[i].text);

		assert_int_equal(resp.neg_state, answers[i].neg_state);
		assert_resp_written(&resp, answers[i].text);
	}
}

static void an_empty_response_token_is_like_none(void **state)
{
	(void)state;
	assert_int_equal(parse_resp("a1063004a2020400").response_token.size, 0);
}

static void malformed_later_tokens_are_refused(void **state)
{
	static const char *const malformed[] = {
		"",
		"a100",
		"a10130",
		"a102300000",                   /* bytes behind it */
		"a103300000",                   /* bytes behind the fields */
		"a1073005a0030a0104",           /* no such negState */
		"a1083006a0040a020000",         /* two octets */
		"a1073005a003020100",           /* INTEGER */
		"a1063004a1020600",             /* an empty OBJECT IDENTIFIER */
		"a10c300aa0030a0100a0030a0100", /* twice */
		"a10b3009a2020400a0030a0100",   /* out of order */
		"a1063004a4020400",             /* a field too many */
		"60083006a0030a0100",           /* with another tag */
	};
	struct neg_token_resp resp;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(malformed); i++)
		assert_false(neg_token_resp_parse(hex(malformed[i]), &resp));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_list_of_windows_is_kept_byte_for_byte),
		cmocka_unit_test(mechanisms_are_read_in_their_order),
		cmocka_unit_test(an_optimistic_token_is_read_and_written),
		cmocka_unit_test(neg_token_init_2_with_its_hint_is_read),
		cmocka_unit_test(field_3_is_a_mic_where_it_holds_octets),
		cmocka_unit_test(req_flags_are_passed_over),
		cmocka_unit_test(malformed_first_tokens_are_refused),
		cmocka_unit_test(more_than_32_mechanisms_are_refused),
		cmocka_unit_test(a_first_token_cut_anywhere_is_refused),
		cmocka_unit_test(a_challenge_is_read_and_written),
		cmocka_unit_test(a_clients_last_has_no_neg_state),
		cmocka_unit_test(the_short_answers_are_read_and_written),
		cmocka_unit_test(an_empty_response_token_is_like_none),
		cmocka_unit_test(malformed_later_tokens_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
