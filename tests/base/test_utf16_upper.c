/* Microsoft's upper-case table: MS-UCODEREF 3.1.5.3. */
#include "base/utf16.h"

#include "crypto/digest.h"
#include "support/hex.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_is_microsofts_to_the_last_unit),
		cmocka_unit_test(letters_of_many_scripts_have_their_upper_case),
		cmocka_unit_test(letters_that_the_table_does_not_have_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
