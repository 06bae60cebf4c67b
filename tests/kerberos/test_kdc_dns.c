/* SRV records of a realm's KDCs (RFC 2782): which are taken, and in which order they are asked. */
#include "kerberos/kdc_dns.h"
#include "support/captured_trace.h"
#include "support/hex.h"
#include "support/seams.h"

/* RFC 1035 4.1.1: an answer with one question and so many records; the question's name begins at octet 12. */
#define HEADER(count) "1234 8180 0001" count "0000 0000"
#define QUESTION      "095f6b65726265726f73 045f746370 0152 00 0021 0001"
#define SRV           "c00c 0021 0001 00000e10"
/* Length, priority, weight, port, and a name of one letter in the domain "r", which stands at octet 27. */
#define RECORD(priority, weight, port, letter) SRV "000a" priority weight port "01" letter "c01b"

static void expect_order(const char *answer, const char *letters)
{
	struct kdc_places places = { .count = 0 };

	assert_true(kdc_dns_read(hex(answer), &places));
	assert_int_equal(places.count, strlen(letters));
	for (size_t i = 0; i < places.count; i++) {
		assert_int_equal(places.list[i].host[0], letters[i]);
		assert_string_equal(places.list[i].host + 1, ".R");
		assert_false(places.list[i].is_proxy);
	}
}

static void records_become_hosts_and_ports(void **state)
{
	struct kdc_places places = { .count = 0 };

	(void)state;
	assert_true(kdc_dns_read(hex(HEADER("0002") QUESTION RECORD("0000", "0000", "0058", "61")
					     RECORD("0001", "0000", "ffff", "62")),
				 &places));
	assert_int_equal(places.count, 2);
	assert_string_equal(places.list[0].host, "a.R");
	assert_string_equal(places.list[0].port, "88");
	assert_string_equal(places.list[1].port, "65535");
}

static void lower_priorities_come_first(void **state)
{
	(void)state;
	expect_order(HEADER("0003") QUESTION RECORD("0100", "0000", "0058", "61")
			     RECORD("0001", "0000", "0058", "62") RECORD("0002", "ffff", "0058", "63"),
		     "bca");
}

/* Weights 1 and 3 are chances of 2 and 4 in 6; each draw takes four octets, in this machine's order. */
static void weights_are_chances(void **state)
{
	static const char answer[] = HEADER("0002") QUESTION RECORD("0000", "0001", "0058", "61")
		RECORD("0000", "0003", "0058", "62");

	(void)state;
	for (uint32_t drawn = 0; drawn < 6; drawn++) {
		uint32_t draws[] = { drawn, 0 };

		seam_script_random(slice_of(draws, sizeof(draws)));
		expect_order(answer, drawn < 2 ? "ab" : "ba");
	}
	seam_fail_random(true);
	expect_order(answer, "ab");
	seam_fail_random(false);
}

static void what_names_no_host_is_passed_over(void **state)
{
	(void)state;
	expect_order(HEADER("0007") QUESTION RECORD("0000", "0000", "0058", "20") /* a blank */
		     SRV "0006 0000 0000 0058"               /* no name: another record's stands behind it */
		     SRV "000b 0000 0000 0058 01 61 c01b 00" /* more than a name */
		     SRV "0007 0000 0000 0058 00"            /* the root: there is none */
		     RECORD("0000", "0000", "0000", "61")    /* no port */
		     "c00c 0001 0001 00000e10 0004 7f000001" /* an address */
		     RECORD("0009", "0000", "0058", "62"),
		     "b");
}

static void an_answer_without_a_host_is_none(void **state)
{
	static const char *const none[] = {
		"",
		"1234",
		HEADER("0000") QUESTION,
		HEADER("0001") QUESTION SRV "0007 0000 0000 0058 00",
		HEADER("0001") QUESTION SRV "0003 0000 00",             /* too short for a record */
		HEADER("0001") QUESTION SRV "0008 0000 0000 0058 c02f", /* a name that is its own */
		HEADER("0001") QUESTION SRV "00ff 0000 0000 0058 00",
		HEADER("ffff") QUESTION,
	};
	struct slice whole = hex(HEADER("0001") QUESTION RECORD("0000", "0000", "0058", "61"));
	struct kdc_places places = { .count = 0 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(none); i++)
		assert_false(kdc_dns_read(hex(none[i]), &places));
	for (size_t size = 0; size < whole.size; size++)
		assert_false(kdc_dns_read(slice_of(whole.data, size), &places));
	assert_int_equal(places.count, 0);
}

static void no_more_are_taken_than_there_is_room_for(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer answer = writer_growing();
	struct kdc_places places = { .count = KDC_PLACES_MAX - 1 };

	(void)state;
	writer_bytes(&answer, hex(HEADER("0028") QUESTION));
	for (int i = 0; i < 0x28; i++)
		writer_bytes(&answer, hex(RECORD("0000", "0000", "0058", "61")));
	assert_true(kdc_dns_read(writer_slice(&answer), &places));
	assert_int_equal(places.count, KDC_PLACES_MAX);
}

static void a_realm_that_can_be_no_domain_is_not_asked_for(void **state)
{
	static const char *const realms[] = { "CORP", "", "a b.test", "r\xc3\xa4lm.test" };
	struct kdc_places places = { .count = 0 };

	(void)state;
	captured_trace_start();
	for (size_t i = 0; i < COUNT_OF(realms); i++)
		kdc_dns_find(realms[i], 0, &places);
	assert_int_equal(captured_trace_count("DNS is not asked for such a name"), COUNT_OF(realms));
	captured_trace_stop();
	assert_int_equal(places.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_become_hosts_and_ports),
		cmocka_unit_test(lower_priorities_come_first),
		cmocka_unit_test(weights_are_chances),
		cmocka_unit_test(what_names_no_host_is_passed_over),
		cmocka_unit_test(an_answer_without_a_host_is_none),
		cmocka_unit_test(no_more_are_taken_than_there_is_room_for),
		cmocka_unit_test(a_realm_that_can_be_no_domain_is_not_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
