#include "base/utf16.h"

#include "support/hex.h"
#include "support/seams.h"

/* --- Upper case --- */

static void text_is_upper_cased_unit_by_unit(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer out = writer_growing();

	(void)state;
	utf16_write_upper(&out, hex("6100 e900 df00 01d8 28dc 3104"));
	assert_bytes(writer_slice(&out), hex("4100 c900 df00 01d8 28dc 1104"));
}

static void names_are_equal_when_their_upper_cases_are(void **state)
{
	(void)state;
	assert_true(utf16_equal_folded(u16("Alice"), u16("aLICE")));
	assert_true(utf16_equal_folded(hex("e400 3604"), hex("c400 1604")));
	assert_true(utf16_equal_folded(u16(""), u16("")));
	assert_false(utf16_equal_folded(u16("Alice"), u16("Alic")));
	assert_false(utf16_equal_folded(u16("Alice"), u16("Alicf")));
	assert_false(utf16_equal_folded(u16("I"), hex("3101")));    /* dotless i */
	assert_false(utf16_equal_folded(u16("s"), hex("7f01")));    /* long s */
	assert_false(utf16_equal_folded(u16("SS"), hex("df00")));   /* sharp s */
	assert_false(utf16_equal_folded(hex("c303"), hex("c203"))); /* final sigma */
}

static void half_a_unit_equals_nothing(void **state)
{
	(void)state;
	assert_false(utf16_equal_folded(hex("410042"), hex("410042")));
	assert_false(utf16_equal_folded(hex("41"), hex("41")));
}

/* --- Conversions --- */

struct pair {
	const char *utf8, *utf16;
};

static const struct pair conversions[] = {
	{ "", "" },
	{ "00", "0000" },
	{ "41", "4100" },
	{ "7f", "7f00" },
	{ "c280", "8000" },
	{ "c3a9", "e900" },
	{ "dfbf", "ff07" },
	{ "e0a080", "0008" },
	{ "ed9fbf", "ffd7" }, /* the last before the surrogates */
	{ "ee8080", "00e0" }, /* the first behind them */
	{ "efbfbf", "ffff" },
	{ "f0908080", "00d800dc" },
	{ "f09f9880", "3dd800de" },
	{ "f48fbfbf", "ffdbffdf" },
	{ "41 f09f9880 c3a9", "4100 3dd800de e900" },
};

static void text_goes_both_ways(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(conversions); i++) {
		CLEANUP(writer_wipe) struct byte_writer utf8 = writer_growing(), utf16 = writer_growing();

		assert_true(utf16_from_utf8(&utf16, hex(conversions[i].utf8)));
		assert_bytes(writer_slice(&utf16), hex(conversions[i].utf16));
		assert_true(utf16_to_utf8(&utf8, hex(conversions[i].utf16)));
		assert_bytes(writer_slice(&utf8), hex(conversions[i].utf8));
	}
}

static void each_character_of_unicode_comes_back(void **state)
{
	(void)state;
	for (uint32_t code = 0; code <= 0x10FFFF; code += code < 0x3000 ? 1 : 61) {
		CLEANUP(writer_wipe) struct byte_writer utf8 = writer_growing(), back = writer_growing();
		uint8_t unit[4] = { (uint8_t)code, (uint8_t)(code >> 8) };
		struct slice text = slice_of(unit, 2);

		if (code >= 0xD800 && code < 0xE000)
			continue;
		if (code >= 0x10000) {
			uint32_t high = 0xD800 + ((code - 0x10000) >> 10), low = 0xDC00 + (code & 0x3FF);

			memcpy(unit,
			       (uint8_t[]) { (uint8_t)high, (uint8_t)(high >> 8), (uint8_t)low,
					     (uint8_t)(low >> 8) },
			       sizeof(unit));
			text.size = 4;
		}
		assert_true(utf16_to_utf8(&utf8, text));
		assert_true(utf16_from_utf8(&back, writer_slice(&utf8)));
		assert_bytes(writer_slice(&back), text);
	}
}

static void lone_surrogates_and_half_units_are_no_text(void **state)
{
	static const char *const bad[] = {
		"00d8",                   /* high at the end */
		"00d84100",               /* high, then a letter */
		"00d800d8",               /* high, high */
		"00d8ffdb00dc",           /* high, pair */
		"00dc",                   /* low */
		"00dc00d8",               /* the wrong way round */
		"ffdf",         "41",     /* half a unit */
		"410042",       "00d800", /* half a low surrogate */
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		CLEANUP(writer_wipe) struct byte_writer out = writer_growing();

		assert_false(utf16_to_utf8(&out, hex(bad[i])));
	}
}

static void what_is_not_utf8_is_refused(void **state)
{
	static const char *const bad[] = {
		"80",       "bf",                   /* a continuation alone */
		"c3",       "e282",     "f09f98",   /* cut */
		"c328",     "e28228",   "f09f9828", /* a letter where a continuation belongs */
		"c080",     "c1bf",     "e09fbf",       "f08fbfbf",       /* overlong */
		"eda080",   "edbfbf",   "eda080edb080",                   /* surrogates */
		"f4908080", "f7bfbfbf", "f888808080",   "fe",       "ff", /* beyond Unicode */
		"41c3",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		CLEANUP(writer_wipe) struct byte_writer out = writer_growing();

		assert_false(utf16_from_utf8(&out, hex(bad[i])));
	}
}

static void a_conversion_that_finds_no_room_says_so(void **state)
{
	uint8_t memory[4];
	struct byte_writer out = writer_fixed(memory, sizeof(memory));

	(void)state;
	assert_false(utf16_from_utf8(&out, SLICE_LITERAL("abc")));
	out = writer_fixed(memory, sizeof(memory));
	assert_false(utf16_to_utf8(&out, u16("abcde")));
}

/* --- Looking for units --- */

static void the_first_and_the_last_of_a_unit_are_found(void **state)
{
	struct slice text = u16("a@b@c");

	(void)state;
	assert_int_equal(utf16_length(text), 5);
	assert_int_equal(utf16_unit(text, 4), 'c');
	assert_int_equal(utf16_find(text, '@'), 1);
	assert_int_equal(utf16_find_last(text, '@'), 3);
	assert_int_equal(utf16_find(text, 'a'), 0);
	assert_int_equal(utf16_find_last(text, 'a'), 0);
	assert_int_equal(utf16_find(text, '\\'), 5);
	assert_int_equal(utf16_find_last(text, '\\'), 5);
	assert_int_equal(utf16_find(u16(""), '@'), 0);
	assert_int_equal(utf16_find_last(u16(""), '@'), 0);
}

/* 0x5C00 and 0x005C share a byte; the look-out is for units. */
static void half_of_another_unit_is_not_found(void **state)
{
	(void)state;
	assert_int_equal(utf16_find(hex("005c 5c5c 4100"), '\\'), 3);
	assert_int_equal(utf16_find_last(hex("4000 0040 0041"), 0x4000), 1);
}

static void a_part_is_cut_out_by_units(void **state)
{
	struct slice text = u16("DOMAIN\\user");

	(void)state;
	assert_bytes(utf16_part(text, 0, 6), u16("DOMAIN"));
	assert_bytes(utf16_part(text, 7, 11), u16("user"));
	assert_bytes(utf16_part(text, 0, 11), text);
	assert_int_equal(utf16_part(text, 3, 3).size, 0);
	assert_int_equal(utf16_part(text, 11, 11).size, 0);
}

static void a_part_that_does_not_lie_inside_is_empty(void **state)
{
	struct slice text = u16("user");

	(void)state;
	assert_int_equal(utf16_part(text, 0, 5).size, 0);
	assert_int_equal(utf16_part(text, 5, 6).size, 0);
	assert_int_equal(utf16_part(text, 3, 2).size, 0);
	assert_int_equal(utf16_part(slice_of(NULL, 0), 0, 1).size, 0);
}

static void nuls_at_the_end_are_cut_and_others_stay(void **state)
{
	(void)state;
	assert_bytes(utf16_without_nuls(hex("4100 4200 0000 0000")), hex("4100 4200"));
	assert_bytes(utf16_without_nuls(hex("4100 0000 4200 0000")), hex("4100 0000 4200"));
	assert_bytes(utf16_without_nuls(hex("0041")), hex("0041"));
	assert_int_equal(utf16_without_nuls(hex("0000 0000")).size, 0);
	assert_int_equal(utf16_without_nuls(slice_of(NULL, 0)).size, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_upper_cased_unit_by_unit),
		cmocka_unit_test(names_are_equal_when_their_upper_cases_are),
		cmocka_unit_test(half_a_unit_equals_nothing),
		cmocka_unit_test(text_goes_both_ways),
		cmocka_unit_test(each_character_of_unicode_comes_back),
		cmocka_unit_test(lone_surrogates_and_half_units_are_no_text),
		cmocka_unit_test(what_is_not_utf8_is_refused),
		cmocka_unit_test(a_conversion_that_finds_no_room_says_so),
		cmocka_unit_test(the_first_and_the_last_of_a_unit_are_found),
		cmocka_unit_test(half_of_another_unit_is_not_found),
		cmocka_unit_test(a_part_is_cut_out_by_units),
		cmocka_unit_test(a_part_that_does_not_lie_inside_is_empty),
		cmocka_unit_test(nuls_at_the_end_are_cut_and_others_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
