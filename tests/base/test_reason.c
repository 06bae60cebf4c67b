#include "base/reason.h"

#include "base/compiler.h"
#include "support/hex.h"

/* The end of a stream is no failure of DecryptMessage; leg_refuse makes a failure of it. */
static bool is_no_failure(enum reason reason)
{
	return reason == REASON_OK || reason == REASON_TLS_CLOSED;
}

static void every_reason_has_a_word_of_its_own(void **state)
{
	(void)state;
	for (int i = 0; i < REASON_COUNT; i++) {
		const char *word = reason_word((enum reason)i);

		assert_non_null(word);
		assert_true(strlen(word) > 0);
		assert_int_equal(strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789-"), strlen(word));
		for (int j = 0; j < i; j++)
			assert_string_not_equal(word, reason_word((enum reason)j));
	}
}

static void every_reason_has_a_sentence_that_fits_a_line(void **state)
{
	(void)state;
	for (int i = 0; i < REASON_COUNT; i++) {
		const char *sentence = reason_sentence((enum reason)i);

		assert_non_null(sentence);
		assert_true(strlen(sentence) > 5 && strlen(sentence) < 200);
		assert_null(strpbrk(sentence, "\n\t%"));
		assert_int_not_equal(sentence[strlen(sentence) - 1], '.');
		for (int j = 0; j < i; j++)
			assert_string_not_equal(sentence, reason_sentence((enum reason)j));
	}
}

static void every_reason_but_ok_and_the_end_of_a_stream_is_a_failing_status(void **state)
{
	(void)state;
	for (int i = 0; i < REASON_COUNT; i++)
		assert_int_equal(status_failed(reason_status((enum reason)i)),
				 !is_no_failure((enum reason)i));
	assert_int_equal(reason_status(REASON_OK), SEC_E_OK);
	assert_int_equal(reason_status(REASON_TLS_CLOSED), SEC_I_CONTEXT_EXPIRED);
}

/* MS-ERREF 2.3: the two top bits are the severity; a peer must never read success. */
static void every_reason_but_ok_is_an_error_for_the_peer_too(void **state)
{
	(void)state;
	assert_true(reason_ntstatus(REASON_OK) == NTSTATUS_SUCCESS);
	for (int i = REASON_OK + 1; i < REASON_COUNT; i++)
		assert_true(reason_ntstatus((enum reason)i) >> 30 == 3);
}

/* docs/decisions.md 6: a client cannot tell a wrong password from an unknown user. */
static void the_peer_cannot_tell_who_exists(void **state)
{
	const enum reason alike[] = { REASON_WRONG_PASSWORD, REASON_UNKNOWN_USER, REASON_AMBIGUOUS_USER,
				      REASON_NO_PASSWORD_SET };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(alike); i++) {
		assert_int_equal(reason_status(alike[i]), SEC_E_LOGON_DENIED);
		assert_true(reason_ntstatus(alike[i]) == NTSTATUS_LOGON_FAILURE);
	}
}

static void a_reason_outside_the_list_is_an_internal_error(void **state)
{
	const int outside[] = { REASON_COUNT, REASON_COUNT + 1, -1, INT32_MAX, INT32_MIN };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(outside); i++) {
		enum reason reason = (enum reason)outside[i];

		assert_int_equal(reason_status(reason), SEC_E_INTERNAL_ERROR);
		assert_true(reason_ntstatus(reason) == NTSTATUS_INTERNAL_ERROR);
		assert_string_equal(reason_word(reason), "internal");
		assert_string_equal(reason_sentence(reason), "an internal error");
	}
}

static void alerts_become_the_status_of_microsofts_table(void **state)
{
	static const struct {
		uint8_t alert;
		SECURITY_STATUS status;
	} table[] = {
		{ 10, SEC_E_ILLEGAL_MESSAGE },
		{ 20, SEC_E_MESSAGE_ALTERED },
		{ 21, SEC_E_DECRYPT_FAILURE },
		{ 40, SEC_E_ILLEGAL_MESSAGE },
		{ 42, SEC_E_CERT_UNKNOWN },
		{ 44, CRYPT_E_REVOKED },
		{ 45, SEC_E_CERT_EXPIRED },
		{ 48, SEC_E_UNTRUSTED_ROOT },
		{ 49, SEC_E_LOGON_DENIED },
		{ 51, SEC_E_DECRYPT_FAILURE },
		{ 70, SEC_E_UNSUPPORTED_FUNCTION },
		{ 71, SEC_E_ALGORITHM_MISMATCH },
		{ 80, SEC_E_INTERNAL_ERROR },
		{ 90, SEC_E_UNFINISHED_CONTEXT_DELETED },
		{ 120, SEC_E_APPLICATION_PROTOCOL_MISMATCH },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++)
		assert_int_equal(reason_status_of_alert(table[i].alert), table[i].status);
}

static void every_alert_is_a_failure(void **state)
{
	(void)state;
	for (unsigned alert = 0; alert <= UINT8_MAX; alert++)
		assert_true(status_failed(reason_status_of_alert((uint8_t)alert)));
}

static void information_is_no_failure_and_an_incomplete_message_is_one(void **state)
{
	(void)state;
	assert_false(status_failed(SEC_I_CONTINUE_NEEDED));
	assert_false(status_failed(SEC_E_OK));
	assert_true(status_failed(SEC_E_INCOMPLETE_MESSAGE));
	assert_true(status_failed(SEC_E_LOGON_DENIED));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_reason_has_a_word_of_its_own),
		cmocka_unit_test(every_reason_has_a_sentence_that_fits_a_line),
		cmocka_unit_test(every_reason_but_ok_and_the_end_of_a_stream_is_a_failing_status),
		cmocka_unit_test(every_reason_but_ok_is_an_error_for_the_peer_too),
		cmocka_unit_test(the_peer_cannot_tell_who_exists),
		cmocka_unit_test(a_reason_outside_the_list_is_an_internal_error),
		cmocka_unit_test(alerts_become_the_status_of_microsofts_table),
		cmocka_unit_test(every_alert_is_a_failure),
		cmocka_unit_test(information_is_no_failure_and_an_incomplete_message_is_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
