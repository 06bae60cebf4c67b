/* How the ends of a logon become exit statuses: the library's words, alerts, closed connections. */
#include "opensspi/outcome.h"

#include "base/reason.h"
#include "support/hex.h"

#include <stdarg.h>
#include <stdio.h>

/* network.c says what it has to say through the command's main file. */
void complain(const char *sentence, ...)
{
	va_list values;

	va_start(values, sentence);
	(void)vfprintf(stderr, sentence, values);
	va_end(values);
}

enum answered { BEFORE_THE_ANSWER, BEHIND_THE_ANSWER };

/* A refusal by the library, over CREDSSP. */
static struct outcome refused_for(enum reason reason, SECURITY_STATUS status, enum answered answered)
{
	const struct initiator initiator = { .package.stream = true };
	const struct initiation initiation = { .initiator = &initiator,
					       .has_status = true,
					       .status = status };
	const OPENSSPI_DESCRIPTION known = { .Reason = reason_word(reason),
					     .Sentence = reason_sentence(reason),
					     .CredSspVersion = answered == BEHIND_THE_ANSWER ? 6 : 0 };

	return outcome_of(&initiation, &known);
}

static void assert_exits(enum reason reason, enum answered answered, enum exit_status expected)
{
	struct outcome outcome = refused_for(reason, reason_status(reason), answered);

	if (outcome.exit_status != expected)
		fail_msg("%s ends with %d, not %d", reason_word(reason), outcome.exit_status, expected);
	assert_non_null(outcome.meaning);
	assert_non_null(outcome.status);
	assert_non_null(outcome.sentence);
}

static void a_server_that_is_not_to_be_trusted_is_status_4(void **state)
{
	static const enum reason reasons[] = {
		REASON_SERVER_UNTRUSTED,        REASON_SERVER_NAME,
		REASON_SERVER_EXPIRED,          REASON_KEY_BINDING_WRONG,
		REASON_KEY_BINDING_MISSING,     REASON_MESSAGE_ALTERED,
		REASON_WRONG_SEQUENCE_NUMBER,   REASON_MECH_LIST_MIC_MISSING,
		REASON_MECH_LIST_MIC_WRONG,     REASON_DELEGATION_NTLM_ONLY,
		REASON_CREDSSP_VERSION_REFUSED, REASON_SERVER_NOT_PROVED,
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(reasons); i++)
		assert_exits(reasons[i], BEHIND_THE_ANSWER, EXIT_UNTRUSTED);
}

static void a_refusal_is_status_3(void **state)
{
	(void)state;
	assert_exits(REASON_PEER_ERROR_CODE, BEHIND_THE_ANSWER, EXIT_DENIED);
	assert_exits(REASON_NEGOTIATION_REJECTED, BEHIND_THE_ANSWER, EXIT_DENIED);
}

/* MS-RDPBCGR 5.4.5.2.2: servers refuse by alerts, too, and not by one alone. */
static void an_alert_or_an_rdp_pdu_behind_the_answer_is_a_refusal(void **state)
{
	(void)state;
	assert_exits(REASON_TLS_ALERT, BEHIND_THE_ANSWER, EXIT_DENIED);
	assert_exits(REASON_NO_TS_REQUEST, BEHIND_THE_ANSWER, EXIT_DENIED);
	assert_exits(REASON_TLS_ALERT, BEFORE_THE_ANSWER, EXIT_PROTOCOL);
	assert_exits(REASON_NO_TS_REQUEST, BEFORE_THE_ANSWER, EXIT_PROTOCOL);
	assert_int_equal(
		refused_for(REASON_TLS_ALERT, reason_status_of_alert(49), BEFORE_THE_ANSWER).exit_status,
		EXIT_DENIED);
}

static void a_connection_closed_behind_the_answer_is_a_refusal(void **state)
{
	struct outcome outcome = refused_for(REASON_PEER_CLOSED, SEC_E_CONTEXT_EXPIRED, BEHIND_THE_ANSWER);

	(void)state;
	assert_string_equal(outcome.word, "closed-after-answer");
	assert_string_equal(outcome.status, "SEC_E_LOGON_DENIED");
	assert_int_equal(outcome.exit_status, EXIT_DENIED);
	assert_exits(REASON_TLS_CLOSED, BEHIND_THE_ANSWER, EXIT_DENIED);
	assert_exits(REASON_PEER_CLOSED, BEFORE_THE_ANSWER, EXIT_TROUBLE);
	assert_string_equal(refused_for(REASON_PEER_CLOSED, SEC_E_CONTEXT_EXPIRED, BEFORE_THE_ANSWER).word,
			    "closed");
}

static void what_is_none_of_these_breaks_the_protocol(void **state)
{
	static const enum reason reasons[] = { REASON_BAD_TOKEN, REASON_UNEXPECTED_MESSAGE, REASON_TLS_RECORD,
					       REASON_NTLM_FLAGS, REASON_NO_TARGET_INFO };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(reasons); i++)
		assert_exits(reasons[i], BEHIND_THE_ANSWER, EXIT_PROTOCOL);
}

static void trouble_of_this_machine_is_not_the_servers(void **state)
{
	(void)state;
	assert_exits(REASON_OUT_OF_MEMORY, BEHIND_THE_ANSWER, EXIT_TROUBLE);
	assert_exits(REASON_NO_RANDOM, BEFORE_THE_ANSWER, EXIT_TROUBLE);
	assert_exits(REASON_BAD_TARGET, BEFORE_THE_ANSWER, EXIT_USAGE);
}

static void nothing_known_of_a_failure_is_trouble(void **state)
{
	const struct initiator initiator = { .package.stream = true };
	const struct initiation initiation = { .initiator = &initiator,
					       .has_status = true,
					       .status = SEC_E_INTERNAL_ERROR };

	(void)state;
	assert_int_equal(outcome_of(&initiation, NULL).exit_status, EXIT_TROUBLE);
}

static void what_kerberos_refuses_is_told_apart_from_a_broken_protocol(void **state)
{
	static const struct {
		enum reason reason;
		enum exit_status expected;
	} rows[] = {
		{ REASON_KERBEROS_NO_KDC, EXIT_TROUBLE },       { REASON_KERBEROS_NO_SERVICE, EXIT_USAGE },
		{ REASON_WRONG_PASSWORD, EXIT_DENIED },         { REASON_KERBEROS_SKEW, EXIT_DENIED },
		{ REASON_KERBEROS_NO_KEY, EXIT_DENIED },        { REASON_KERBEROS_REFUSED, EXIT_DENIED },
		{ REASON_KERBEROS_NOT_MUTUAL, EXIT_UNTRUSTED },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		assert_exits(rows[i].reason, BEHIND_THE_ANSWER, rows[i].expected);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_kerberos_refuses_is_told_apart_from_a_broken_protocol),
		cmocka_unit_test(a_server_that_is_not_to_be_trusted_is_status_4),
		cmocka_unit_test(a_refusal_is_status_3),
		cmocka_unit_test(an_alert_or_an_rdp_pdu_behind_the_answer_is_a_refusal),
		cmocka_unit_test(a_connection_closed_behind_the_answer_is_a_refusal),
		cmocka_unit_test(what_is_none_of_these_breaks_the_protocol),
		cmocka_unit_test(trouble_of_this_machine_is_not_the_servers),
		cmocka_unit_test(nothing_known_of_a_failure_is_trouble),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
