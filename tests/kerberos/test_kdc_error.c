/* What a KDC says beside a KRB-ERROR's code (MS-KILE 2.2.1 and 2.2.2). */
#include "kerberos/kdc_error.h"

#include "base/byte_writer.h"
#include "support/hex.h"

/* pvno and msg-type; then e-data with so many bytes. */
#define ERROR_OF(size, fields_size, e_data_size, octets_size) \
	"7e" size "30" fields_size "a003020105 a10302011e ac" e_data_size "04" octets_size
#define LOCKED "340200c0 00000000 01000000"

/* As Samba's KDC answered for an account that was disabled: a list with ETYPE-INFO2 in front. */
static const char of_samba[] =
	"7e81c53081c2a003020105a10302011ea411180f32303236313132353034353034345aa5050203088310a603020112a70b1b"
	"09"
	"434f52502e54455354a8123010a003020101a10930071b056361726f6ca90b1b09434f52502e54455354aa1e301ca0030201"
	"02"
	"a11530131b066b72627467741b09434f52502e54455354ac4904473045302ca103020113a22504233021301fa003020112a1"
	"10"
	"1b0e434f52502e544553546361726f6ca2060404000010003015a103020103a20e040c720000c00000000001000000";

static void an_ntstatus_in_a_list_is_found(void **state)
{
	(void)state;
	assert_int_equal(kdc_error_ntstatus(hex(of_samba)), NTSTATUS_ACCOUNT_DISABLED);
}

static void an_ntstatus_alone_is_found(void **state)
{
	(void)state;
	assert_int_equal(
		kdc_error_ntstatus(hex(ERROR_OF("27", "25", "19", "17") "3015 a103020103 a20e 040c " LOCKED)),
		NTSTATUS_ACCOUNT_LOCKED_OUT);
}

static void what_holds_none_says_nothing(void **state)
{
	static const char *const messages[] = {
		"",
		"616263",
		"7e0c300aa003020105a10302011e",                                       /* no e-data */
		ERROR_OF("27", "25", "19", "17") "3015 a103020104 a20e 040c " LOCKED, /* another type */
		ERROR_OF("27", "25", "19",
			 "17") "3015 a103020103 a20e 040c 340200c0 00000000 02000000", /* no flag */
		ERROR_OF("27", "25", "19",
			 "17") "3015 a103020103 a20e 040c 34020000 00000000 01000000", /* no error */
		ERROR_OF("27", "25", "19",
			 "17") "3015 a103020103 a20e 040c 434f5250 2e544553 54626f62", /* a salt */
		ERROR_OF("26", "24", "18",
			 "16") "3014 a103020103 a20d 040b 340200c0 00000000 010000",       /* too short */
		ERROR_OF("28", "26", "1a", "18") "3016 a103020103 a20f 040d " LOCKED "00", /* and too long */
		ERROR_OF("17", "15", "09", "07") "3005 a103020103",                        /* no value */
		ERROR_OF("28", "26", "1a", "18") "3015 a103020103 a20e 040c " LOCKED
						 "00", /* more behind it */
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(messages); i++)
		assert_int_equal(kdc_error_ntstatus(hex(messages[i])), 0);
}

/* Wherever it is cut, and whichever byte is another. */
static void a_damaged_answer_says_an_error_or_nothing(void **state)
{
	LOCAL_WRITER(copy);

	(void)state;
	writer_bytes(&copy, hex(of_samba));
	for (size_t i = 0; i < copy.size; i++)
		assert_int_equal(kdc_error_ntstatus(slice_of(copy.data, i)), 0);
	for (size_t i = 0; i < copy.size; i++) {
		uint32_t ntstatus;

		copy.data[i] ^= 0xFF;
		ntstatus = kdc_error_ntstatus(writer_slice(&copy));
		assert_true(ntstatus == 0 || ntstatus >> 30 == 3);
		copy.data[i] ^= 0xFF;
	}
}

static void an_ntstatus_about_an_account_is_a_reason(void **state)
{
	static const struct {
		uint32_t ntstatus;
		enum reason reason;
	} rows[] = {
		{ 0xC000006E, REASON_ACCOUNT_RESTRICTED },
		{ 0xC000006F, REASON_ACCOUNT_RESTRICTED },
		{ 0xC0000070, REASON_ACCOUNT_RESTRICTED },
		{ 0xC0000071, REASON_PASSWORD_EXPIRED },
		{ 0xC0000072, REASON_ACCOUNT_DISABLED },
		{ 0xC000015B, REASON_ACCOUNT_RESTRICTED },
		{ 0xC0000193, REASON_ACCOUNT_EXPIRED },
		{ 0xC0000224, REASON_PASSWORD_EXPIRED },
		{ 0xC0000234, REASON_ACCOUNT_LOCKED },
		{ 0xC0000413, REASON_ACCOUNT_RESTRICTED },
		{ 0xC000006D, REASON_OK },
		{ 0, REASON_OK },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		assert_int_equal(kdc_error_reason(rows[i].ntstatus), rows[i].reason);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_ntstatus_in_a_list_is_found),
		cmocka_unit_test(an_ntstatus_alone_is_found),
		cmocka_unit_test(what_holds_none_says_nothing),
		cmocka_unit_test(a_damaged_answer_says_an_error_or_nothing),
		cmocka_unit_test(an_ntstatus_about_an_account_is_a_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
