#include "base/utf16.h"

#include "crypto/digest.h"
#include "support/hex.h"
#include "support/seams.h"

/* --- Upper case (MS-UCODEREF 3.1.5.3) --- */

enum {
	ALL_UNITS = 0x10000,
	UNITS_THAT_CHANGE = 973, /* the rows of "Windows 8 Upper Case Mapping Table.txt" */
};

static void the_table_is_microsofts_to_the_last_unit(void **state)
{
	/* SHA-256 of all units' upper cases in UTF-16LE, computed from a copy of the published table. */
	struct slice published = hex("41c26bc7a12bdaeb26025c93118697c7e3ef81ee048b00fe5cce2a472e0e0742");
	static uint8_t units[2 * ALL_UNITS];
	struct byte_writer out = writer_fixed(units, sizeof(units));
	uint8_t digest[SHA256_SIZE];
	unsigned changed = 0;

	(void)state;
	for (uint32_t unit = 0; unit < ALL_UNITS; unit++) {
		writer_u16le(&out, utf16_upper((uint16_t)unit));
		changed += utf16_upper((uint16_t)unit) != unit;
	}
	assert_true(writer_ok(&out));
	assert_int_equal(changed, UNITS_THAT_CHANGE);
	assert_true(crypto_sha256((struct slice[]) { writer_slice(&out) }, 1, digest));
	assert_bytes(slice_of(digest, sizeof(digest)), published);
}

static void letters_of_many_scripts_have_their_upper_case(void **state)
{
	static const uint16_t pairs[][2] = {
		{ 'a', 'A' },       { 'z', 'Z' },       { 0x00E9, 0x00C9 }, /* e with acute */
		{ 0x00FF, 0x0178 },                     /* y with diaeresis leaves Latin-1 */
		{ 0x0105, 0x0104 },                     /* a with ogonek */
		{ 0x017E, 0x017D },                     /* z with caron */
		{ 0x01C6, 0x01C4 },                     /* dz with caron, one letter */
		{ 0x03B1, 0x0391 }, { 0x03C3, 0x03A3 }, /* alpha, sigma */
		{ 0x0436, 0x0416 }, { 0x0451, 0x0401 }, /* Cyrillic zhe, io */
		{ 0x0561, 0x0531 },                     /* Armenian ayb */
		{ 0x1EA1, 0x1EA0 },                     /* Vietnamese a with dot below */
		{ 0x1F80, 0x1F88 },                     /* alpha with iota below: one unit stays one unit */
		{ 0x24D0, 0x24B6 },                     /* a in a circle */
		{ 0x2D00, 0x10A0 },                     /* Georgian nuskhuri to asomtavruli */
		{ 0xFF41, 0xFF21 },                     /* full-width a */
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(pairs); i++) {
		assert_int_equal(utf16_upper(pairs[i][0]), pairs[i][1]);
		assert_int_equal(utf16_upper(pairs[i][1]), pairs[i][1]);
	}
}

/* Where Unicode of today, or a longer upper case, would go another way than Windows. */
static void letters_that_the_table_does_not_have_stay(void **state)
{
	static const uint16_t units[] = {
		0x0000, '0',    '@',    '[',    '`',    '{',
		0x007F, 0x00B5, /* micro sign, not capital mu */
		0x00D7, 0x00F7, /* times and divided by lie between the letters */
		0x00DF,         /* sharp s, not SS and not capital sharp s */
		0x0130, 0x0131, /* I with a dot; i without, not I */
		0x017F,         /* long s, not S */
		0x01C5,         /* title case */
		0x0345,         /* iota below, combining */
		0x03C2,         /* final sigma, not capital sigma */
		0x0525,         /* Cyrillic of Unicode 5.2 */
		0x10D0,         /* Georgian mkhedruli: upper case since Unicode 11 */
		0x13F8, 0xAB70, /* small Cherokee: since Unicode 8 */
		0x1C80,         /* rounded ve: since Unicode 9 */
		0x1E9B, 0x1E9E, /* long s with dot above; capital sharp s */
		0x1FBE,         /* prosgegrammeni */
		0xA791,         /* since Unicode 6 */
		0xFB01,         /* the ligature fi */
		0xD800, 0xD801, 0xDBFF, 0xDC00, 0xDC28, 0xDFFF, /* surrogates: Deseret too */
		0xFFFF,
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(units); i++)
		assert_int_equal(utf16_upper(units[i]), units[i]);
}

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
		cmocka_unit_test(the_table_is_microsofts_to_the_last_unit),
		cmocka_unit_test(letters_of_many_scripts_have_their_upper_case),
		cmocka_unit_test(letters_that_the_table_does_not_have_stay),
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
