#include "package/package.h"

#include "base/memory.h"
#include "base/trace.h"
#include "support/hex.h"

#include <locale.h>
#include <stdio.h>

static const struct security_package ntlm = { .name = "NTLM" }, negotiate = { .name = "Negotiate" };
static const struct security_package *const packages[] = { &ntlm, &negotiate, NULL };

static void a_package_is_found_by_name_in_any_case(void **state)
{
	(void)state;
	assert_ptr_equal(package_find(packages, "NTLM"), &ntlm);
	assert_ptr_equal(package_find(packages, "ntlm"), &ntlm);
	assert_ptr_equal(package_find(packages, "NEGOTIATE"), &negotiate);
	assert_ptr_equal(package_find(packages, "nEGOTIATe"), &negotiate);
}

static void other_names_find_nothing(void **state)
{
	const char *const names[] = { "", "NTL", "NTLMv2", "NTLM ", "Negotiat", "Negotiates", "nt\xCC\xAD" };
	const struct security_package *const none[] = { NULL };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++)
		assert_null(package_find(packages, names[i]));
	assert_null(package_find(none, "NTLM"));
}

/* Found in review: strcasecmp follows the program's locale, and in a Turkish one I and i are two letters. */
static void the_programs_locale_changes_no_name(void **state)
{
	(void)state;
	(void)setlocale(LC_ALL, "tr_TR.UTF-8"); /* stays C where it is not installed */
	assert_ptr_equal(package_find(packages, "NEGOTIATE"), &negotiate);
	(void)setlocale(LC_ALL, "C");
}

static void refusing_a_leg_keeps_the_reason_and_returns_its_status(void **state)
{
	struct leg leg = { .reason = REASON_OK };

	(void)state;
	assert_int_equal(leg_refuse(&leg, "step", REASON_WRONG_PASSWORD, NULL), SEC_E_LOGON_DENIED);
	assert_int_equal(leg.reason, REASON_WRONG_PASSWORD);
	assert_int_equal(leg_refuse(&leg, "step", REASON_BAD_TOKEN, "%d bytes too many", 3),
			 SEC_E_INVALID_TOKEN);
	assert_int_equal(leg.reason, REASON_BAD_TOKEN);
}

/* Found in review: "the peer closed the stream" is an information in DecryptMessage; as a refusal it let a
 * leg pass. */
static void a_refused_leg_never_succeeds(void **state)
{
	struct leg leg = { .reason = REASON_OK };

	(void)state;
	for (int reason = 0; reason <= REASON_COUNT; reason++)
		assert_true(status_failed(leg_refuse(&leg, "step", (enum reason)reason, NULL)));
}

static void a_refused_message_is_never_ok(void **state)
{
	struct message message = { .reason = REASON_OK };

	(void)state;
	for (int reason = 0; reason <= REASON_COUNT; reason++) {
		assert_int_not_equal(message_refuse(&message, "step", (enum reason)reason), SEC_E_OK);
		assert_int_equal(message.reason, reason);
	}
	assert_int_equal(message_refuse(&message, "step", REASON_TLS_CLOSED), SEC_I_CONTEXT_EXPIRED);
}

static void keep(void *argument, const char *line)
{
	(void)snprintf(argument, 2048, "%s", line);
}

static void a_refusal_says_its_sentence_and_the_detail(void **state)
{
	struct message message = { .reason = REASON_OK };
	struct leg leg = { .reason = REASON_OK };
	char line[2048], longer[1000];

	(void)state;
	memset(longer, 'x', sizeof(longer));
	longer[sizeof(longer) - 1] = 0;
	trace_set_callback(keep, line);
	leg_refuse(&leg, "negoTokens", REASON_BAD_TOKEN, "%d %s", 3, "bytes");
	assert_non_null(strstr(line, " negoTokens bad-token test_package.c:"));
	assert_non_null(strstr(line, reason_sentence(REASON_BAD_TOKEN)));
	assert_string_equal(strstr(line, ": 3 bytes"), ": 3 bytes");
	leg_refuse(&leg, "negoTokens", REASON_BAD_TOKEN, "%s", longer);
	assert_true(strlen(line) < 1024);
	leg_refuse(&leg, "negoTokens", REASON_NTLM_V1, NULL);
	assert_non_null(strstr(line, reason_sentence(REASON_NTLM_V1)));
	message_refuse(&message, "open", REASON_TLS_RECORD);
	assert_non_null(strstr(line, " open tls-record test_package.c:"));
	trace_set_callback(NULL, NULL);
}

static void freeing_nothing_is_allowed(void **state)
{
	(void)state;
	package_context_free(NULL);
	package_credential_free(NULL);
}

static void a_package_list_restricts_or_excludes(void **state)
{
	(void)state;
	assert_true(package_is_listed(NULL, "NTLM"));
	assert_true(package_is_listed("", "NTLM"));
	assert_true(package_is_listed("ntlm", "NTLM"));
	assert_true(package_is_listed("kerberos,ntlm", "NTLM"));
	assert_true(package_is_listed("!kerberos", "NTLM"));
	assert_false(package_is_listed("kerberos", "NTLM"));
	assert_false(package_is_listed("!ntlm", "NTLM"));
	assert_false(package_is_listed("!kerberos,!NTLM", "NTLM"));
	assert_false(package_is_listed("ntlm,!ntlm", "NTLM"));
	assert_false(package_is_listed("NTLMSSP", "NTLM"));
	assert_false(package_is_listed("NT", "NTLM"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_package_is_found_by_name_in_any_case),
		cmocka_unit_test(other_names_find_nothing),
		cmocka_unit_test(the_programs_locale_changes_no_name),
		cmocka_unit_test(refusing_a_leg_keeps_the_reason_and_returns_its_status),
		cmocka_unit_test(a_refused_leg_never_succeeds),
		cmocka_unit_test(a_refused_message_is_never_ok),
		cmocka_unit_test(a_refusal_says_its_sentence_and_the_detail),
		cmocka_unit_test(freeing_nothing_is_allowed),
		cmocka_unit_test(a_package_list_restricts_or_excludes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
