/* The record header, RFC 8446 5.1 and RFC 5246 6.2. */
#include "schannel/record.h"

#include "support/hex.h"

static enum tls_record take(const char *bytes, size_t *taken, size_t *missing)
{
	struct byte_reader in = reader_of(hex(bytes));
	size_t before = in.size;
	struct slice record;
	enum tls_record result = tls_record_take(&in, &record, missing);

	*taken = before - in.size;
	if (result == TLS_RECORD_WHOLE)
		assert_int_equal(record.size, *taken);
	else
		assert_int_equal(*taken, 0);
	return result;
}

static void a_whole_record_is_taken_and_the_rest_is_left(void **state)
{
	size_t taken, missing;

	(void)state;
	assert_int_equal(take("1603030003 aabbcc", &taken, &missing), TLS_RECORD_WHOLE);
	assert_int_equal(taken, 8);
	assert_int_equal(take("1703030003 aabbcc 17030300", &taken, &missing), TLS_RECORD_WHOLE);
	assert_int_equal(taken, 8);
	assert_int_equal(take("1503030000", &taken, &missing), TLS_RECORD_WHOLE);
	assert_int_equal(taken, 5);
}

static void a_short_record_says_how_much_is_missing(void **state)
{
	static const struct {
		const char *bytes;
		size_t missing;
	} cases[] = {
		{ "", 5 },
		{ "16", 4 },
		{ "1603", 3 },
		{ "160301", 2 },
		{ "16030301", 1 },
		{ "1603030100", 256 },
		{ "1603030100 aa", 255 },
		{ "1703030002 aa", 1 },
		{ "1703034800", 0x4800 },
	};
	size_t taken, missing;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		assert_int_equal(take(cases[i].bytes, &taken, &missing), TLS_RECORD_SHORT);
		assert_int_equal(missing, cases[i].missing);
	}
}

/* The sooner the better: who speaks something else should not be waited for. */
static void what_is_no_record_is_told_from_its_first_bytes(void **state)
{
	static const char *const cases[] = {
		"00",       "13",     "18",       /* heartbeats were one once */
		"47455420", "030000", "802e0100", /* SSL 2.0 */
		"1602",     "1604",   "1603034801", "17030348 01aabbcc",
	};
	size_t taken, missing;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_int_equal(take(cases[i], &taken, &missing), TLS_RECORD_BAD);
}

/* A ClientHello says 3.1 in its record, for old servers. */
static void the_minor_version_is_not_looked_at(void **state)
{
	size_t taken, missing;

	(void)state;
	assert_int_equal(take("1603000001 aa", &taken, &missing), TLS_RECORD_WHOLE);
	assert_int_equal(take("1603010001 aa", &taken, &missing), TLS_RECORD_WHOLE);
	assert_int_equal(take("1603ff0001 aa", &taken, &missing), TLS_RECORD_WHOLE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_record_is_taken_and_the_rest_is_left),
		cmocka_unit_test(a_short_record_says_how_much_is_missing),
		cmocka_unit_test(what_is_no_record_is_told_from_its_first_bytes),
		cmocka_unit_test(the_minor_version_is_not_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
