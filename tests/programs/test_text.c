/* What strangers say of themselves is printed by the command: nothing of it may leave its place. */
#include "opensspi/text.h"

#include "support/hex.h"

static struct byte_writer out;

static const char *written(void)
{
	writer_u8(&out, 0);
	assert_true(writer_ok(&out));
	return (const char *)out.data;
}

static int empty_writer(void **state)
{
	(void)state;
	writer_wipe(&out);
	out = writer_growing();
	return 0;
}

static void json_quotes_what_would_end_a_string(void **state)
{
	(void)state;
	json_string(&out, "a\"b\\c/d");
	assert_string_equal(written(), "\"a\\\"b\\\\c/d\"");
}

static void json_escapes_control_characters(void **state)
{
	(void)state;
	json_string(&out, "\n\t\x1b[2J\x7f\xc2\x85");
	assert_string_equal(written(), "\"\\u000a\\u0009\\u001b[2J\\u007f\\u0085\"");
}

static void json_keeps_characters_of_every_length(void **state)
{
	(void)state;
	json_string(&out, "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
	assert_string_equal(written(), "\"a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"");
}

/* A lone byte, a cut sequence, a surrogate, an overlong slash: one U+FFFD for each byte. */
static void what_is_no_utf8_is_replaced(void **state)
{
	(void)state;
	json_string(&out, "a\xff|\xe2\x82|\xed\xa0\x80|\xc0\xaf");
	assert_string_equal(written(),
			    "\"a\xef\xbf\xbd|\xef\xbf\xbd\xef\xbf\xbd|\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd|"
			    "\xef\xbf\xbd\xef\xbf\xbd\"");
}

static void commas_stand_between_values_and_nowhere_else(void **state)
{
	(void)state;
	json_open(&out, '[');
	json_open(&out, '{');
	json_close(&out, '}');
	json_open(&out, '{');
	json_member(&out, "a", "[");
	json_member(&out, "b", NULL);
	json_name(&out, "c");
	json_open(&out, '[');
	json_string(&out, ":");
	json_number(&out, 18446744073709551615u);
	json_number(&out, 0);
	json_close(&out, ']');
	json_close(&out, '}');
	json_close(&out, ']');
	assert_string_equal(written(), "[{},{\"a\":\"[\",\"b\":null,\"c\":[\":\",18446744073709551615,0]}]");
}

/* Neither a terminal's cursor nor the direction of writing moves. */
static void people_see_no_control_characters(void **state)
{
	(void)state;
	text_plain(&out, "a\r\n\x1b[1A\x7f\xc2\x9b"
			 "b\xe2\x80\xaeTXT\xe2\x81\xa6\xe2\x80\xa8z\xff");
	assert_string_equal(written(), "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd[1A\xef\xbf\xbd\xef\xbf\xbd"
				       "b\xef\xbf\xbdTXT\xef\xbf\xbd\xef\xbf\xbdz\xef\xbf\xbd");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(json_quotes_what_would_end_a_string, empty_writer),
		cmocka_unit_test_setup(json_escapes_control_characters, empty_writer),
		cmocka_unit_test_setup(json_keeps_characters_of_every_length, empty_writer),
		cmocka_unit_test_setup(what_is_no_utf8_is_replaced, empty_writer),
		cmocka_unit_test_setup(commas_stand_between_values_and_nowhere_else, empty_writer),
		cmocka_unit_test_setup(people_see_no_control_characters, empty_writer),
	};

	return cmocka_run_group_tests(tests, NULL, empty_writer);
}
