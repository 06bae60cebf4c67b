/* The frame of tokens, and the time in a KRB-ERROR (RFC 4121 4.1, RFC 4120 5.5 and 5.9). */
#include "kerberos/token.h"
#include "support/hex.h"

#include <stdio.h>

#define OID "06092a864886f712010202"
/* pvno 5, msg-type 14, 15, 30 */
#define AP_REQ    "6e0c300aa003020105a10302010e"
#define AP_REP    "6f0c300aa003020105a10302010f"
#define KRB_ERROR "7e0c300aa003020105a10302011e"

static void messages_are_known_by_their_frame(void **state)
{
	(void)state;
	assert_int_equal(kerberos_token_of(hex("601b" OID "0100" AP_REQ)), TOKEN_AP_REQ);
	assert_int_equal(kerberos_token_of(hex("601b" OID "0200" AP_REP)), TOKEN_AP_REP);
	assert_int_equal(kerberos_token_of(hex("601b" OID "0300" KRB_ERROR)), TOKEN_KRB_ERROR);
	assert_int_equal(kerberos_token_of(hex(AP_REQ)), TOKEN_BARE_AP_REQ);
	assert_int_equal(kerberos_token_of(hex(AP_REP)), TOKEN_BARE_AP_REP);
}

static void what_is_no_such_message_is_none(void **state)
{
	static const char *const none[] = {
		"",
		"00",
		"4e544c4d53535000",
		KRB_ERROR,                                       /* only in a frame */
		("601b" OID "0100" AP_REP),                      /* another one than TOK_ID says */
		("601b" OID "0400" AP_REQ),                      /* user-to-user's TGT-REQ */
		("601b06092a864882f7120102020100" AP_REQ),       /* the identifier that SPNEGO alone uses */
		("601c060a2a864886f7120102020301006e" AP_REQ),   /* user-to-user */
		("601b" OID "01006e0c300aa003020104a10302010e"), /* pvno 4 */
		("601b" OID "01006e0c300aa003020105a10302010f"), /* msg-type of an AP-REP */
		("6014" OID "01006e073005a003020105"),           /* and none */
		("601c" OID "0100" AP_REQ "00"),                 /* more behind it */
		("601b" OID "0100" AP_REQ "00"),
		"600b" OID,
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(none); i++)
		assert_int_equal(kerberos_token_of(hex(none[i])), TOKEN_NONE);
}

static void the_ticket_of_an_ap_req_is_found(void **state)
{
	struct slice ticket;

	(void)state;
	assert_true(
		kerberos_ticket_of(hex("6e17 3015 a003020105 a10302010e a203020100 a304 61020500"), &ticket));
	assert_bytes(ticket, hex("61020500"));
	assert_false(kerberos_ticket_of(hex(AP_REQ), &ticket));
	assert_false(kerberos_ticket_of(hex(AP_REP), &ticket));
	assert_false(kerberos_ticket_of(hex(""), &ticket));
}

static void the_authenticator_of_an_ap_req_is_found(void **state)
{
	uint32_t encryption;
	struct slice cipher;
	int64_t seconds;

	(void)state;
	assert_true(kerberos_authenticator_of(hex("6e23 3021 a003020105 a10302010e a415"
						  "3013 a003020112 a103020103 a207 0405 0102030405"),
					      &encryption, &cipher));
	assert_int_equal(encryption, 18);
	assert_bytes(cipher, hex("0102030405"));
	assert_false(kerberos_authenticator_of(hex(AP_REQ), &encryption, &cipher));
	/* What follows it is padding. */
	assert_true(kerberos_authenticator_time(
		hex("621a 3018 a003020105 a511 180f 32303234303232393132333435365a 0000"), &seconds));
	assert_int_equal(seconds, 1709210096);
	assert_false(kerberos_authenticator_time(hex("6207 3005 a003020105"), &seconds));
	assert_false(kerberos_authenticator_time(hex(""), &seconds));
}

/* "20240229123456Z" in stime. */
static void the_time_of_a_krb_error_is_read(void **state)
{
	int64_t seconds = 0;

	(void)state;
	assert_true(kerberos_error_time(hex("602e" OID "0300"
					    "7e1f 301d a003020105 a10302011e"
					    "a411 180f 32303234303232393132333435365a"),
					&seconds));
	assert_int_equal(seconds, 1709210096);
	assert_true(kerberos_error_time(hex("602e" OID "0300"
					    "7e1f 301d a003020105 a10302011e"
					    "a411 180f 31393730303130313030303030305a"),
					&seconds));
	assert_int_equal(seconds, 0);
}

static void a_time_that_is_none_is_not_read(void **state)
{
	static const char *const times[] = {
		"32303234303232393132333435362b", /* no Z */
		"32303234313332393132333435365a", /* month 13 */
		"32303234303032393132333435365a", /* month 0 */
		"3230323430323239313233343a365a", /* no digit */
		"30303030303132393132333435365a", /* year 0 */
	};
	char text[256];
	int64_t seconds;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(times); i++) {
		(void)snprintf(text, sizeof(text), "602e" OID "03007e1f301da003020105a10302011ea411180f%s",
			       times[i]);
		assert_false(kerberos_error_time(hex(text), &seconds));
	}
	assert_false(kerberos_error_time(hex("601b" OID "0300" KRB_ERROR), &seconds));
	assert_false(kerberos_error_time(hex("601b" OID "0200" AP_REP), &seconds));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_are_known_by_their_frame),
		cmocka_unit_test(what_is_no_such_message_is_none),
		cmocka_unit_test(the_ticket_of_an_ap_req_is_found),
		cmocka_unit_test(the_authenticator_of_an_ap_req_is_found),
		cmocka_unit_test(the_time_of_a_krb_error_is_read),
		cmocka_unit_test(a_time_that_is_none_is_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
