/* TSCredentials, MS-CSSP 2.2.1.2: our vectors and that of MS-CSSP 4, and what is malformed. */
#include "support/hex.h"

#include "credssp/ts_credentials.h"

static const char password[] =
	"303ba003020101a13404323030a00e040c44006f006d00610069006e00a10a04085500730065007200a21204"
	"10500061007300730077006f0072006400";
static const char smart_card[] = "3082010fa003020102a1820106048201023081ffa01a0418620062006200620062006200620"
				 "062006200620062006200a181e03081dda0"
				 "03020101a22e042c4f004d004e0049004b0045005900200043006100720064004d0061006e0"
				 "02000330078003200310020003000a35004"
				 "4e6c0065002d004d00530053006d00610072007400630061007200640055007300650072002"
				 "d0038006200640061003000310039006600"
				 "2d0031003200360036002d002d0035003300320036003800a45404524d006900630072006f0"
				 "073006f0066007400200042006100730065"
				 "00200053006d00610072007400200043006100720064002000430072007900700074006f002"
				 "000500072006f0076006900640065007200";

static struct ts_credentials parse(const char *text)
{
	struct ts_credentials credentials;

	assert_true(ts_credentials_parse(hex(text), &credentials));
	return credentials;
}

static void a_password_is_read_and_written(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer out = writer_growing();
	struct ts_credentials credentials = parse(password);

	(void)state;
	assert_int_equal(credentials.type, DELEGATED_PASSWORD);
	assert_bytes(credentials.domain, u16("Domain"));
	assert_bytes(credentials.user, u16("User"));
	assert_bytes(credentials.password, u16("Password"));
	ts_credentials_write(&out, &credentials);
	assert_bytes(writer_slice(&out), hex(password));
}

static void three_empty_texts_are_read_and_written(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer out = writer_growing();
	struct ts_credentials credentials = parse("3017a003020101a110040e300ca0020400a1020400a2020400");

	(void)state;
	assert_int_equal(credentials.type, DELEGATED_PASSWORD);
	assert_int_equal(credentials.user.size + credentials.domain.size + credentials.password.size, 0);
	ts_credentials_write(&out, &credentials);
	assert_bytes(writer_slice(&out), hex("3017a003020101a110040e300ca0020400a1020400a2020400"));
}

static void the_smart_card_of_the_specification_is_read(void **state)
{
	struct ts_credentials credentials = parse(smart_card);

	(void)state;
	assert_int_equal(credentials.type, DELEGATED_SMART_CARD);
	assert_bytes(credentials.pin, u16("bbbbbbbbbbbb"));
	assert_int_equal(credentials.user.size, 0);
}

static void remote_guard_credentials_are_read(void **state)
{
	struct ts_credentials credentials =
		parse("301ba003020106a11404123010a00e300ca0060404 4b006500 a1020400");

	(void)state;
	assert_int_equal(credentials.type, DELEGATED_REMOTE_GUARD);
	assert_bytes(credentials.package, u16("Ke"));
	credentials = parse("302da003020106a12604243022a00e300ca0060404 4b006500 a1020400"
			    "a110300e300ca0060404 4e005400 a1020400");
	assert_bytes(credentials.package, u16("Ke"));
}

/* As rdesktop writes them, which has two octets for every length from 128 on. */
static void lengths_that_are_not_minimal_are_taken(void **state)
{
	struct ts_credentials credentials = parse("3082001d a003020101 a1820014 04820010"
						  "3082000c a0020400 a1020400 a2020400");

	(void)state;
	assert_int_equal(credentials.type, DELEGATED_PASSWORD);
	assert_int_equal(credentials.user.size + credentials.domain.size + credentials.password.size, 0);
}

static void malformed_credentials_are_refused(void **state)
{
	static const char *const malformed[] = {
		"",
		"3000",
		"3017a003020100a110040e300ca0020400a1020400a2020400", /* credType 0 */
		"3017a003020103a110040e300ca0020400a1020400a2020400", /* credType 3 */
		"301aa0060204ffffffffa110040e300ca0020400a1020400a2020400",
		"3018a003020101a111040f300ca0020400a1020400a202040000",       /* bytes behind the kind */
		"3013a003020101a10c040a3008a0020400a1020400",                 /* a text missing */
		"3017a003020101a110040e300ca1020400a0020400a2020400",         /* out of order */
		"301ba003020101a11404123010a0020400a1020400a2020400a3020400", /* a field too many */
		"3018a003020101a111040f300da003040141a1020400a2020400",       /* an odd number of bytes */
		"3017a003020101a110040e310ca0020400a1020400a2020400",         /* no SEQUENCE */
		"3019a003020101a110040e300ca0020400a1020400a20204000500",     /* bytes behind [1] */
		"3017a003020102a110040e300ca0020400a1020400a2020400",       /* a smart card without cspData */
		"301ba003020102a11404123010a0020400a1073005a003020101a400", /* a tag too many */
		"3013a003020106a10c040a3008a0063004a0020400", /* Remote Guard without credBuffer */
	};
	struct ts_credentials credentials;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(malformed); i++)
		assert_false(ts_credentials_parse(hex(malformed[i]), &credentials));
}

static void a_cut_anywhere_is_refused(void **state)
{
	const struct slice all[] = { hex(password), hex(smart_card) };
	struct ts_credentials credentials;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(all); i++)
		for (size_t size = 0; size < all[i].size; size++)
			assert_false(ts_credentials_parse(slice_of(all[i].data, size), &credentials));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_password_is_read_and_written),
		cmocka_unit_test(three_empty_texts_are_read_and_written),
		cmocka_unit_test(the_smart_card_of_the_specification_is_read),
		cmocka_unit_test(remote_guard_credentials_are_read),
		cmocka_unit_test(lengths_that_are_not_minimal_are_taken),
		cmocka_unit_test(malformed_credentials_are_refused),
		cmocka_unit_test(a_cut_anywhere_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
