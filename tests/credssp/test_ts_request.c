/* TSRequest, MS-CSSP 2.2.1: our vectors, and what is no TSRequest. */
#include "support/hex.h"

#include "credssp/ts_request.h"

static const char negotiate[] =
	"3037a003020106a130302e302ca02a04284e544c4d5353500001000000b78208e200000000000000000000"
	"0000000000000a00614a0000000f";
static const char whole[] =
	"306fa003020106a110300e300ca00a04084e544c4d53535000a3320430010000002cace132133c1b8f00000000"
	"8e72852c9dac11becaca25cbfe80e4c191b32c76bbe4a1049f10bf7c2b187bf4a52204200001020304050607"
	"08090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

static struct ts_request parse(const char *text)
{
	struct ts_request request;

	assert_true(ts_request_parse(hex(text), &request));
	return request;
}

static void assert_written(const struct ts_request *request, const char *text)
{
	CLEANUP(writer_wipe) struct byte_writer out = writer_growing();

	ts_request_write(&out, request);
	assert_true(writer_ok(&out));
	assert_bytes(writer_slice(&out), hex(text));
}

static void assert_refused(const char *text)
{
	struct ts_request request;

	assert_false(ts_request_parse(hex(text), &request));
}

static void a_negotiate_message_is_read_and_written(void **state)
{
	struct ts_request request = parse(negotiate);

	(void)state;
	assert_int_equal(request.version, 6);
	assert_int_equal(request.fields, HAS_NEGO_TOKENS);
	assert_int_equal(request.nego_token.size, 40);
	assert_written(&request, negotiate);
}

static void all_fields_are_read_and_written(void **state)
{
	struct ts_request request = parse(whole);

	(void)state;
	assert_int_equal(request.fields, HAS_NEGO_TOKENS | HAS_PUB_KEY_AUTH | HAS_CLIENT_NONCE);
	assert_bytes(request.nego_token, hex("4e544c4d53535000"));
	assert_int_equal(request.pub_key_auth.size, 48);
	assert_int_equal(request.client_nonce.size, TS_REQUEST_NONCE_SIZE);
	assert_written(&request, whole);
}

static void an_error_code_has_four_octets(void **state)
{
	struct ts_request request = parse("300da003020106a4060204c000006d");

	(void)state;
	assert_int_equal(request.fields, HAS_ERROR_CODE);
	assert_int_equal(request.error_code, 0xC000006D);
	assert_written(&request, "300da003020106a4060204c000006d");
}

static void an_error_code_of_five_octets_is_read_too(void **state)
{
	(void)state;
	assert_int_equal(parse("300ea003020106a407020500c000006d").error_code, 0xC000006D);
}

static void auth_info_is_read_and_written(void **state)
{
	struct ts_request request = parse("300ca003020106a2050403010203");

	(void)state;
	assert_int_equal(request.fields, HAS_AUTH_INFO);
	assert_bytes(request.auth_info, hex("010203"));
	assert_written(&request, "300ca003020106a2050403010203");
}

static void tags_above_5_are_skipped(void **state)
{
	struct ts_request request = parse("3013a003020106a2050403010203a6030401ffa700");

	(void)state;
	assert_int_equal(request.fields, HAS_AUTH_INFO);
}

static void a_version_of_0x60_is_read(void **state)
{
	(void)state;
	assert_int_equal(parse("3005a003020160").version, 0x60); /* nmap */
}

/* rdesktop has two octets for every length from 128 on; BER lets others have up to four. */
static void lengths_that_are_not_minimal_are_taken(void **state)
{
	struct ts_request request = parse("3082000e a003020102 a2820005 0482000101");

	(void)state;
	assert_int_equal(request.version, 2);
	assert_int_equal(request.fields, HAS_AUTH_INFO);
	assert_bytes(request.auth_info, hex("01"));
	request = parse("308400000019 a003020102 a1820010 3081 0d 300b a009 04840000000301 0203");
	assert_bytes(request.nego_token, hex("010203"));
	assert_refused("3085 0000000005 a003020102");
}

static void malformed_requests_are_refused(void **state)
{
	static const char *const malformed[] = {
		"",
		"30",
		"3000",                                   /* no version */
		"3105a003020106",                         /* no SEQUENCE */
		"3005a00302010600",                       /* bytes behind it */
		"3004a003020106",                         /* cut */
		"3080a0030201060000",                     /* indefinite */
		"3003020106",                             /* version without its tag */
		"3006a00402020006",                       /* integer not minimal */
		"3007a0050205ff00000006",                 /* too long */
		"300aa003020106a003020106",               /* twice */
		"3013a003020106a503040101a2050403010203", /* out of order */
		"3011a003020106a203040101a203040102",     /* a field twice */
		"300ba003020106a204040301",               /* inner length past the end */
		"300da003020106a2060403010203ff",         /* bytes behind the OCTET STRING */
		"3009a0030201060402abcd",                 /* of another class */
		"3009a003020106a1023000",                 /* negoTokens without an element */
		"3007a003020106a100",                     /* nor a list */
		"301aa003020106a113301130 07a0050403010203 3006a00404020102", /* two elements */
		"3010a003020106a1093007a0050403010203",     /* element without its SEQUENCE */
		"3012a003020106a10b3009300780050403010203", /* [0] of primitive form */
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(malformed); i++)
		assert_refused(malformed[i]);
}

static void a_cut_anywhere_is_refused(void **state)
{
	struct slice all = hex(whole);
	struct ts_request request;

	(void)state;
	for (size_t size = 0; size < all.size; size++)
		assert_false(ts_request_parse(slice_of(all.data, size), &request));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_negotiate_message_is_read_and_written),
		cmocka_unit_test(all_fields_are_read_and_written),
		cmocka_unit_test(an_error_code_has_four_octets),
		cmocka_unit_test(an_error_code_of_five_octets_is_read_too),
		cmocka_unit_test(auth_info_is_read_and_written),
		cmocka_unit_test(tags_above_5_are_skipped),
		cmocka_unit_test(a_version_of_0x60_is_read),
		cmocka_unit_test(lengths_that_are_not_minimal_are_taken),
		cmocka_unit_test(malformed_requests_are_refused),
		cmocka_unit_test(a_cut_anywhere_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
