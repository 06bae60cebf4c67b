#include "sspi/callback_authority.h"

#include "support/captured_trace.h"
#include "support/hex.h"
#include "support/ntlm_question.h"
#include "support/seams.h"
#include "support/test_authority.h"

#include <stdio.h>

enum { MANY = 1000 };

/* What the callbacks do and what they saw. */
struct program {
	SECURITY_STATUS returns, verdict, password_returns;
	uint32_t ntstatus;
	bool answers, forgets_key; /* answers: with OpensspiNtlmAnswer and the hash of "Password" */
	unsigned asked, asked_password, freed;
	OPENSSPI_NTLM_QUESTION question;
	OPENSSPI_NTLM_VERDICT came;
	struct slice user, domain, password; /* kept copies */
};

static SECURITY_STATUS on_ntlm(void *argument, const OPENSSPI_NTLM_QUESTION *question,
			       OPENSSPI_NTLM_VERDICT *verdict)
{
	struct program *program = argument;
	uint8_t nt_hash[NT_HASH_SIZE];

	program->asked++;
	program->question = *question;
	program->came = *verdict;
	ntlm_nt_hash(u16("Password"), nt_hash);
	if (program->answers)
		return OpensspiNtlmAnswer(question, nt_hash, verdict);
	verdict->Status = program->verdict;
	verdict->NtStatus = program->ntstatus;
	if (!program->forgets_key)
		memset(verdict->SessionKey, 0x55, sizeof(verdict->SessionKey));
	return program->returns;
}

static struct slice copy(const uint8_t *bytes, uint32_t size)
{
	uint8_t *kept = keep_bytes(size);

	if (size)
		memcpy(kept, bytes, size);
	return slice_of(kept, size);
}

static SECURITY_STATUS on_password(void *argument, const uint8_t *user, uint32_t user_size,
				   const uint8_t *domain, uint32_t domain_size, const uint8_t *password,
				   uint32_t password_size)
{
	struct program *program = argument;

	program->asked_password++;
	program->user = copy(user, user_size);
	program->domain = copy(domain, domain_size);
	program->password = copy(password, password_size);
	return program->password_returns;
}

static void on_free(void *argument)
{
	((struct program *)argument)->freed++;
}

static struct authority *authority_of(struct program *program)
{
	OPENSSPI_OPTIONS options = {
		.NtlmCallback = on_ntlm,
		.PasswordCallback = on_password,
		.CallbackArgument = program,
		.CallbackFree = on_free,
	};
	struct authority *authority = callback_authority_new(&options, test_host_names());

	assert_non_null(authority);
	return authority;
}

static void authority_cleanup(struct authority **authority)
{
	authority_free(*authority);
}

static void ask(struct authority *authority, const struct ntlm_question *question, struct ntlm_answer *answer)
{
	*answer = ntlm_answer_start();
	authority->class->ask_ntlm(authority, question, answer);
}

static void the_callback_sees_what_the_client_claims_and_a_refusal_to_begin_with(void **state)
{
	struct program program = { .returns = SEC_E_LOGON_DENIED };
	CLEANUP(authority_cleanup) struct authority *authority = authority_of(&program);
	struct ntlm_question question = ntlm_question_of("alice", "CORP", "Password");
	struct ntlm_answer answer;

	(void)state;
	ask(authority, &question, &answer);
	assert_int_equal(program.asked, 1);
	assert_int_equal(program.question.Size, sizeof(OPENSSPI_NTLM_QUESTION));
	assert_bytes(slice_of(program.question.User, program.question.UserSize), u16("alice"));
	assert_bytes(slice_of(program.question.Domain, program.question.DomainSize), u16("CORP"));
	assert_bytes(slice_of(program.question.Response, program.question.ResponseSize), question.response);
	assert_bytes(slice_of(program.question.ServerChallenge, 8), slice_of(question.challenge, 8));
	assert_int_equal(program.came.Size, sizeof(OPENSSPI_NTLM_VERDICT));
	assert_int_equal(program.came.Status, SEC_E_LOGON_DENIED);
	assert_true(program.came.NtStatus == 0);
}

static void the_right_password_is_let_in_with_the_callbacks_key(void **state)
{
	struct program program = { .answers = true };
	CLEANUP(authority_cleanup) struct authority *authority = authority_of(&program);
	struct ntlm_question question = ntlm_question_of("alice", "CORP", "Password");
	CLEANUP(ntlm_answer_wipe) struct ntlm_answer answer;
	uint8_t nt_hash[NT_HASH_SIZE], key[NTLM_KEY_SIZE];

	(void)state;
	ask(authority, &question, &answer);
	assert_int_equal(answer.verdict, REASON_OK);
	ntlm_nt_hash(u16("Password"), nt_hash);
	ntlm_question_key(&question, nt_hash, key);
	assert_bytes(slice_of(answer.session_base_key, NTLM_KEY_SIZE), slice_of(key, sizeof(key)));
	assert_bytes(secret_slice(&answer.account.user), u16("alice"));
	assert_bytes(secret_slice(&answer.account.domain), u16("CORP"));
	assert_string_equal(answer.account.authority, "callback");
	assert_false(answer.account.local);
}

static void a_domain_of_this_machine_makes_the_account_local(void **state)
{
	static const char *const domains[] = { "", ".", "server", "server.domain.test" };
	struct program program = { .answers = true };
	CLEANUP(authority_cleanup) struct authority *authority = authority_of(&program);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(domains); i++) {
		struct ntlm_question question = ntlm_question_of("alice", domains[i], "Password");
		CLEANUP(ntlm_answer_wipe) struct ntlm_answer answer;

		ask(authority, &question, &answer);
		assert_int_equal(answer.verdict, REASON_OK);
		assert_true(answer.account.local);
	}
}

static void a_wrong_password_that_the_callback_returns_is_a_refusal(void **state)
{
	struct program program = { .answers = true };
	CLEANUP(authority_cleanup) struct authority *authority = authority_of(&program);
	struct ntlm_question question = ntlm_question_of("alice", "CORP", "wrong");
	struct ntlm_answer answer;

	(void)state;
	ask(authority, &question, &answer);
	assert_int_equal(answer.verdict, REASON_AUTHORITY_REFUSED);
	assert_true(reason_ntstatus(answer.verdict) == NTSTATUS_LOGON_FAILURE);
}

static void nothing_but_two_oks_and_a_key_is_an_acceptance(void **state)
{
	static const struct {
		SECURITY_STATUS returns, verdict;
		bool forgets_key;
		enum reason reason;
	} answers[] = {
		{ SEC_E_OK, SEC_E_OK, false, REASON_OK },
		{ SEC_E_OK, SEC_E_OK, true, REASON_AUTHORITY_FAILED },
		{ SEC_E_OK, SEC_E_LOGON_DENIED, false, REASON_AUTHORITY_REFUSED },
		{ SEC_E_OK, SEC_E_INTERNAL_ERROR, false, REASON_AUTHORITY_REFUSED },
		{ SEC_E_OK, SEC_I_CONTINUE_NEEDED, false, REASON_AUTHORITY_REFUSED },
		{ SEC_E_OK, 1, false, REASON_AUTHORITY_REFUSED },
		{ SEC_E_LOGON_DENIED, SEC_E_OK, false, REASON_AUTHORITY_REFUSED },
		{ SEC_E_INTERNAL_ERROR, SEC_E_OK, false, REASON_AUTHORITY_FAILED },
		{ SEC_I_CONTINUE_NEEDED, SEC_E_OK, false, REASON_AUTHORITY_FAILED },
		{ 1, SEC_E_OK, false, REASON_AUTHORITY_FAILED },
		{ -1, SEC_E_OK, false, REASON_AUTHORITY_FAILED },
	};
	static const uint8_t zeros[NTLM_KEY_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(answers); i++) {
		struct program program = { .returns = answers[i].returns,
					   .verdict = answers[i].verdict,
					   .forgets_key = answers[i].forgets_key };
		CLEANUP(authority_cleanup) struct authority *authority = authority_of(&program);
		struct ntlm_question question = ntlm_question_of("alice", "CORP", "Password");
		CLEANUP(ntlm_answer_wipe) struct ntlm_answer answer;

		ask(authority, &question, &answer);
		assert_int_equal(answer.verdict, answers[i].reason);
		if (answers[i].reason != REASON_OK)
			assert_bytes(slice_of(answer.session_base_key, NTLM_KEY_SIZE),
				     slice_of(zeros, sizeof(zeros)));
	}
}

static void a_failing_callback_lets_nobody_in_and_the_trace_says_so(void **state)
{
	struct program program = { .returns = SEC_E_INTERNAL_ERROR, .verdict = SEC_E_OK };
	CLEANUP(authority_cleanup) struct authority *authority = authority_of(&program);
	struct ntlm_question question = ntlm_question_of("alice", "CORP", "Password");
	size_t accepted = 0;

	(void)state;
	captured_trace_start();
	for (int i = 0; i < MANY; i++) {
		struct ntlm_answer answer;

		ask(authority, &question, &answer);
		accepted += answer.verdict == REASON_OK;
		ntlm_answer_wipe(&answer);
	}
	assert_int_equal(accepted, 0);
	assert_int_equal(program.asked, MANY);
	assert_int_equal(captured_trace_count("authority-failed"), MANY);
	assert_int_equal(captured_trace_count("80090304"), MANY);
	captured_trace_stop();
}

/* MS-ERREF 2.3: only an error may reach a client that is refused. */
static void the_callbacks_ntstatus_goes_to_the_client_if_it_is_an_error(void **state)
{
	static const uint32_t codes[][2] = {
		{ UINT32_C(0xC0000071), UINT32_C(0xC0000071) }, /* password expired */
		{ 0, 0 },
		{ 1, 0 },
		{ UINT32_C(0x40000000), 0 },
		{ UINT32_C(0x80000005), 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(codes); i++) {
		struct program program = { .verdict = SEC_E_LOGON_DENIED, .ntstatus = codes[i][0] };
		CLEANUP(authority_cleanup) struct authority *authority = authority_of(&program);
		struct ntlm_question question = ntlm_question_of("alice", "CORP", "Password");
		struct ntlm_answer answer;

		ask(authority, &question, &answer);
		assert_true(answer.ntstatus == codes[i][1]);
	}
}

static void without_memory_nobody_is_let_in_and_nothing_leaks(void **state)
{
	struct program program = { .verdict = SEC_E_OK };
	CLEANUP(authority_cleanup) struct authority *authority = authority_of(&program);
	struct ntlm_question question = ntlm_question_of("alice", "CORP", "Password");
	long alive = seam_blocks_alive(), n;

	(void)state;
	for (n = 1;; n++) {
		long made = seam_allocations();
		struct ntlm_answer answer;
		enum reason reason;

		seam_fail_allocation(n);
		ask(authority, &question, &answer);
		seam_fail_allocation(0);
		reason = answer.verdict;
		ntlm_answer_wipe(&answer);
		assert_int_equal(seam_blocks_alive(), alive);
		if (seam_allocations() - made < n) {
			assert_int_equal(reason, REASON_OK);
			break;
		}
		assert_int_equal(reason, REASON_OUT_OF_MEMORY);
	}
	assert_true(n > 2);
}

/* --- Delegated passwords --- */

static enum reason delegate(struct authority *authority, const char *user, const char *domain,
			    const char *password)
{
	CLEANUP(ntlm_answer_wipe) struct ntlm_answer answer;
	struct ntlm_question logon = ntlm_question_of("alice", "CORP", "Password");
	struct delegated_question question = {
		.account = &answer.account,
		.sent_user = logon.user,
		.sent_domain = logon.domain,
		.user = u16(user),
		.domain = u16(domain),
		.password = u16(password),
	};

	ask(authority, &logon, &answer);
	assert_int_equal(answer.verdict, REASON_OK);
	return authority->class->check_delegated(authority, &question);
}

/* As the account is called, not as the client spells it the second time: the program asks about the account. */
static void the_password_callback_is_asked_about_the_account_that_logged_on(void **state)
{
	struct program program = { .answers = true };
	CLEANUP(authority_cleanup) struct authority *authority = authority_of(&program);

	(void)state;
	assert_int_equal(delegate(authority, "ALICE", "", "secret"), REASON_OK);
	assert_int_equal(program.asked_password, 1);
	assert_bytes(program.user, u16("alice"));
	assert_bytes(program.domain, u16("CORP"));
	assert_bytes(program.password, u16("secret"));
}

static void a_password_that_the_callback_refuses_is_wrong(void **state)
{
	static const SECURITY_STATUS refusals[] = { SEC_E_LOGON_DENIED, SEC_E_INTERNAL_ERROR, 1,
						    SEC_I_CONTINUE_NEEDED };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(refusals); i++) {
		struct program program = { .answers = true, .password_returns = refusals[i] };
		CLEANUP(authority_cleanup) struct authority *authority = authority_of(&program);

		assert_int_equal(delegate(authority, "alice", "CORP", "secret"),
				 REASON_DELEGATED_PASSWORD_WRONG);
	}
}

static void another_user_is_refused_without_asking(void **state)
{
	struct program program = { .answers = true };
	CLEANUP(authority_cleanup) struct authority *authority = authority_of(&program);

	(void)state;
	assert_int_equal(delegate(authority, "bob", "CORP", "secret"), REASON_NOT_THE_SAME_USER);
	assert_int_equal(delegate(authority, "alice", "OTHER", "secret"), REASON_NOT_THE_SAME_USER);
	assert_int_equal(program.asked_password, 0);
}

static void without_a_password_callback_the_name_alone_is_checked(void **state)
{
	struct program program = { .answers = true };
	OPENSSPI_OPTIONS options = { .NtlmCallback = on_ntlm, .CallbackArgument = &program };
	CLEANUP(authority_cleanup)
	struct authority *authority = callback_authority_new(&options, test_host_names());

	(void)state;
	assert_int_equal(delegate(authority, "alice", "CORP", "whatever"), REASON_OK);
	assert_int_equal(delegate(authority, "bob", "CORP", "whatever"), REASON_NOT_THE_SAME_USER);
}

/* --- Its end --- */

static void freeing_the_authority_frees_the_argument_once(void **state)
{
	struct program program = { .answers = true };

	(void)state;
	authority_free(authority_of(&program));
	assert_int_equal(program.freed, 1);
}

static void without_memory_there_is_no_authority_and_the_argument_is_not_freed(void **state)
{
	struct program program = { .answers = true };
	OPENSSPI_OPTIONS options = { .NtlmCallback = on_ntlm,
				     .CallbackArgument = &program,
				     .CallbackFree = on_free };

	(void)state;
	seam_fail_allocation(1);
	assert_null(callback_authority_new(&options, test_host_names()));
	seam_fail_allocation(0);
	assert_int_equal(program.freed, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_callback_sees_what_the_client_claims_and_a_refusal_to_begin_with),
		cmocka_unit_test(the_right_password_is_let_in_with_the_callbacks_key),
		cmocka_unit_test(a_domain_of_this_machine_makes_the_account_local),
		cmocka_unit_test(a_wrong_password_that_the_callback_returns_is_a_refusal),
		cmocka_unit_test(nothing_but_two_oks_and_a_key_is_an_acceptance),
		cmocka_unit_test(a_failing_callback_lets_nobody_in_and_the_trace_says_so),
		cmocka_unit_test(the_callbacks_ntstatus_goes_to_the_client_if_it_is_an_error),
		cmocka_unit_test(without_memory_nobody_is_let_in_and_nothing_leaks),
		cmocka_unit_test(the_password_callback_is_asked_about_the_account_that_logged_on),
		cmocka_unit_test(a_password_that_the_callback_refuses_is_wrong),
		cmocka_unit_test(another_user_is_refused_without_asking),
		cmocka_unit_test(without_a_password_callback_the_name_alone_is_checked),
		cmocka_unit_test(freeing_the_authority_frees_the_argument_once),
		cmocka_unit_test(without_memory_there_is_no_authority_and_the_argument_is_not_freed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
