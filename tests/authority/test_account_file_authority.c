#include "authority/authority.h"

#include "account/account_storage.h"
#include "support/captured_trace.h"
#include "support/hex.h"
#include "support/ntlm_question.h"
#include "support/scratch.h"
#include "support/seams.h"
#include "support/test_authority.h"

#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define PASSWORD "a4f49c406510bdcab6824ee7c30fd852" /* of "Password", MS-NLMP 4.2.2.1.2 */
#define EMPTY    "31d6cfe0d16ae931b73c59d7e0c089c0" /* of "" */
#define H1       "11111111111111111111111111111111"
#define X32      "XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX"
#define ALICE    "alice::" PASSWORD "\n"

enum { MANY = 1000, SOMEBODY_ELSE = 65534 };

static struct authority *authority_of(const char *path)
{
	struct authority *authority = account_file_authority_new(path, &policy_default, test_host_names());

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

/* The verdict; and that a refusal hands out nothing. */
static enum reason verdict(struct authority *authority, const struct ntlm_question *question)
{
	static const uint8_t zeros[NTLM_KEY_SIZE];
	struct ntlm_answer answer;
	enum reason reason;

	ask(authority, question, &answer);
	reason = answer.verdict;
	if (reason != REASON_OK) {
		assert_bytes(slice_of(answer.session_base_key, NTLM_KEY_SIZE),
			     slice_of(zeros, sizeof(zeros)));
		assert_null(answer.account.user.data);
		assert_null(answer.account.domain.data);
	}
	ntlm_answer_wipe(&answer);
	return reason;
}

static enum reason verdict_on(const char *file, const char *user, const char *domain, const char *password)
{
	CLEANUP(authority_cleanup) struct authority *authority = authority_of(scratch_text("accounts", file));
	struct ntlm_question question = ntlm_question_of(user, domain, password);

	return verdict(authority, &question);
}

/* --- Who is let in --- */

static void the_right_password_is_let_in_with_its_session_key(void **state)
{
	CLEANUP(authority_cleanup)
	struct authority *authority = authority_of(scratch_text("accounts", ALICE));
	struct ntlm_question question = ntlm_question_of("alice", "", "Password");
	CLEANUP(ntlm_answer_wipe) struct ntlm_answer answer;
	uint8_t key[NTLM_KEY_SIZE];

	(void)state;
	ask(authority, &question, &answer);
	assert_int_equal(answer.verdict, REASON_OK);
	ntlm_question_key(&question, hex(PASSWORD).data, key);
	assert_bytes(slice_of(answer.session_base_key, NTLM_KEY_SIZE), slice_of(key, sizeof(key)));
	assert_string_equal(answer.account.authority, "account-file");
}

static void the_account_is_named_as_the_file_spells_it(void **state)
{
	CLEANUP(authority_cleanup)
	struct authority *authority = authority_of(scratch_text("accounts", "Alice:Corp:" PASSWORD "\n"));
	struct ntlm_question question = ntlm_question_of("ALICE", "CORP", "Password");
	CLEANUP(ntlm_answer_wipe) struct ntlm_answer answer;

	(void)state;
	ask(authority, &question, &answer);
	assert_int_equal(answer.verdict, REASON_OK);
	assert_bytes(secret_slice(&answer.account.user), u16("Alice"));
	assert_bytes(secret_slice(&answer.account.domain), u16("Corp"));
}

static void accounts_of_this_machine_are_local(void **state)
{
	static const struct {
		const char *file, *domain;
		bool local;
	} accounts[] = {
		{ ALICE, "", true },
		{ ALICE, "OTHER", true },
		{ "alice:SERVER:" PASSWORD "\n", "SERVER", true },
		{ "alice:server.domain.test:" PASSWORD "\n", "server.domain.test", true },
		{ "alice:DOMAIN:" PASSWORD "\n", "DOMAIN", false },
		{ "alice:CORP:" PASSWORD "\n", "CORP", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(accounts); i++) {
		CLEANUP(authority_cleanup)
		struct authority *authority = authority_of(scratch_text("accounts", accounts[i].file));
		struct ntlm_question question = ntlm_question_of("alice", accounts[i].domain, "Password");
		CLEANUP(ntlm_answer_wipe) struct ntlm_answer answer;

		ask(authority, &question, &answer);
		assert_int_equal(answer.verdict, REASON_OK);
		assert_int_equal(answer.account.local, accounts[i].local);
	}
}

static void each_form_of_line_lets_in(void **state)
{
	(void)state;
	assert_int_equal(verdict_on("alice:D:" PASSWORD "\n", "alice", "D", "Password"), REASON_OK);
	assert_int_equal(verdict_on("alice:D::" PASSWORD ":::\n", "alice", "D", "Password"), REASON_OK);
	assert_int_equal(verdict_on("alice:1000:" X32 ":" PASSWORD ":[U          ]:LCT-65923C80:\n", "alice",
				    "D", "Password"),
			 REASON_OK);
}

/* The response is made over the names as they were sent, whatever the file's spelling is. */
static void the_response_counts_in_the_clients_spelling(void **state)
{
	CLEANUP(authority_cleanup)
	struct authority *authority = authority_of(scratch_text("accounts", ALICE));
	struct ntlm_question with_nuls = ntlm_question_with_hash(hex("61006c00690063006500 0000"),
								 hex("44000000"), hex(PASSWORD).data);

	(void)state;
	assert_int_equal(verdict(authority, &with_nuls), REASON_OK);
	assert_int_equal(verdict_on(ALICE, "alice@corp.example", "", "Password"), REASON_OK);
}

static void a_change_counts_at_once(void **state)
{
	const char *path = scratch_text("accounts", ALICE);
	CLEANUP(authority_cleanup) struct authority *authority = authority_of(path);
	struct ntlm_question before = ntlm_question_of("alice", "", "Password"),
			     after = ntlm_question_of("alice", "", "Other");
	uint8_t hash[NT_HASH_SIZE];

	(void)state;
	ntlm_nt_hash(u16("Other"), hash);
	assert_int_equal(verdict(authority, &before), REASON_OK);
	assert_int_equal(account_storage_set(path, SLICE_LITERAL("alice"), SLICE_LITERAL(""), hash),
			 REASON_OK);
	assert_int_equal(verdict(authority, &before), REASON_WRONG_PASSWORD);
	assert_int_equal(verdict(authority, &after), REASON_OK);
	assert_int_equal(account_storage_remove(path, SLICE_LITERAL("alice"), SLICE_LITERAL("")), REASON_OK);
	assert_int_equal(verdict(authority, &after), REASON_UNKNOWN_USER);
}

/* --- Who is not --- */

static void every_refusal_has_its_reason(void **state)
{
	static const struct {
		const char *file, *user, *password;
		enum reason reason;
	} refusals[] = {
		{ ALICE, "alice", "password", REASON_WRONG_PASSWORD },
		{ ALICE, "alice", "", REASON_WRONG_PASSWORD },
		{ ALICE, "bob", "Password", REASON_UNKNOWN_USER },
		{ "", "alice", "Password", REASON_UNKNOWN_USER },
		{ "alice::" PASSWORD "\nAlice::" PASSWORD "\n", "ALICE", "Password", REASON_AMBIGUOUS_USER },
		{ "alice::\n", "alice", "Password", REASON_NO_PASSWORD_SET },
		{ "alice:D:::::\nalice::" PASSWORD "\n", "alice", "Password", REASON_NO_PASSWORD_SET },
		{ "alice::" EMPTY "\n", "alice", "", REASON_EMPTY_PASSWORD },
		{ "alice:1:" X32 ":" PASSWORD ":[DU         ]:LCT-0:\n", "alice", "Password",
		  REASON_ACCOUNT_DISABLED },
		{ "alice:1:" X32 ":" PASSWORD ":[NU         ]:LCT-0:\n", "alice", "Password",
		  REASON_NO_PASSWORD_SET },
		{ "alice:1:" X32 ":" PASSWORD ":[UL         ]:LCT-0:\n", "alice", "Password",
		  REASON_ACCOUNT_LOCKED },
		{ "alice:1:" X32 ":" PASSWORD ":[W          ]:LCT-0:\n", "alice", "Password",
		  REASON_ACCOUNT_OF_MACHINE },
		{ ALICE "x\n", "alice", "Password", REASON_ACCOUNT_FILE_MALFORMED },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(refusals); i++)
		assert_int_equal(verdict_on(refusals[i].file, refusals[i].user, "D", refusals[i].password),
				 refusals[i].reason);
}

/* Who does not know the password learns nothing of the account's state. */
static void a_state_is_said_only_to_who_knows_the_password(void **state)
{
	(void)state;
	assert_int_equal(verdict_on("alice:1:" X32 ":" PASSWORD ":[DU         ]:LCT-0:\n", "alice", "", "no"),
			 REASON_WRONG_PASSWORD);
	assert_int_equal(verdict_on("alice:1:" X32 ":" PASSWORD ":[UL         ]:LCT-0:\n", "alice", "", "no"),
			 REASON_WRONG_PASSWORD);
	assert_int_equal(verdict_on("alice::" EMPTY "\n", "alice", "", "no"), REASON_WRONG_PASSWORD);
}

static void the_empty_password_is_let_in_by_policy_alone(void **state)
{
	struct policy policy = policy_default;
	CLEANUP(authority_cleanup) struct authority *authority = NULL;
	struct ntlm_question question = ntlm_question_of("alice", "", "");

	(void)state;
	policy.empty_passwords = true;
	authority = account_file_authority_new(scratch_text("accounts", "alice::" EMPTY "\n"), &policy,
					       test_host_names());
	assert_non_null(authority);
	assert_int_equal(verdict(authority, &question), REASON_OK);
}

/* The hash that stands for nobody is known to all: a right answer to it opens nothing. */
static void the_hash_of_zeros_opens_nothing(void **state)
{
	static const char *const files[] = { "",
					     ALICE,
					     "nobody::\n",
					     "nobody:::::\n",
					     "nobody::" PASSWORD "\nNobody::" PASSWORD "\n",
					     "nobody\n" };
	static const uint8_t zeros[NT_HASH_SIZE];
	struct ntlm_question question = ntlm_question_with_hash(u16("NOBODY"), u16(""), zeros);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(files); i++) {
		CLEANUP(authority_cleanup)
		struct authority *authority = authority_of(scratch_text("accounts", files[i]));

		assert_int_not_equal(verdict(authority, &question), REASON_OK);
	}
}

static void a_changed_response_or_challenge_is_a_wrong_password(void **state)
{
	CLEANUP(authority_cleanup)
	struct authority *authority = authority_of(scratch_text("accounts", ALICE));
	struct ntlm_question question = ntlm_question_of("alice", "", "Password");

	(void)state;
	question.challenge[0] ^= 1;
	assert_int_equal(verdict(authority, &question), REASON_WRONG_PASSWORD);
	question.challenge[0] ^= 1;
	question.response.size--;
	assert_int_equal(verdict(authority, &question), REASON_WRONG_PASSWORD);
	question.response = slice_of(NULL, 0);
	assert_int_equal(verdict(authority, &question), REASON_WRONG_PASSWORD);
}

static void an_unknown_user_and_a_wrong_password_take_the_same_memory(void **state)
{
	CLEANUP(authority_cleanup)
	struct authority *authority = authority_of(
		scratch_text("accounts", ALICE "carol:1:" X32 ":" X32 ":[NU         ]:LCT-0:\n"));
	static const char *const users[] = { "alice", "nosuc", "carol" };
	long taken[COUNT_OF(users)];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(users); i++) {
		struct ntlm_question question = ntlm_question_of(users[i], "", "wrong");
		long made = seam_allocations();

		assert_int_not_equal(verdict(authority, &question), REASON_OK);
		taken[i] = seam_allocations() - made;
	}
	assert_int_equal(taken[0], taken[1]);
	assert_int_equal(taken[0], taken[2]);
}

static void an_unknown_user_and_a_wrong_password_are_told_the_same(void **state)
{
	CLEANUP(authority_cleanup)
	struct authority *authority = authority_of(scratch_text("accounts", ALICE));
	static const char *const users[] = { "alice", "nobody" };
	struct ntlm_answer answer;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(users); i++) {
		struct ntlm_question question = ntlm_question_of(users[i], "", "wrong");

		ask(authority, &question, &answer);
		assert_int_equal(reason_status(answer.verdict), SEC_E_LOGON_DENIED);
		assert_true(reason_ntstatus(answer.verdict) == NTSTATUS_LOGON_FAILURE);
		assert_true(answer.ntstatus == 0);
	}
}

static void the_trace_says_who_and_why_and_no_secret(void **state)
{
	(void)state;
	captured_trace_start();
	assert_int_equal(verdict_on(ALICE, "alice", "CORP", "wrong"), REASON_WRONG_PASSWORD);
	assert_int_equal(captured_trace_count("wrong-password"), 1);
	assert_int_equal(captured_trace_count("CORP\\alice: the password is wrong"), 1);
	assert_int_equal(captured_trace_count("a4f49c40"), 0);
	captured_trace_stop();
}

/* --- 1000 right answers to an account file that is not as it must be --- */

static void let_nobody_in(const char *path, const char *trace_word)
{
	CLEANUP(authority_cleanup) struct authority *authority = authority_of(path);
	struct ntlm_question question = ntlm_question_of("alice", "", "Password");
	size_t accepted = 0;

	captured_trace_start();
	for (int i = 0; i < MANY; i++)
		accepted += verdict(authority, &question) == REASON_OK;
	assert_int_equal(accepted, 0);
	assert_true(captured_trace_count(trace_word) >= MANY);
	captured_trace_stop();
}

static void an_absent_file_lets_nobody_in(void **state)
{
	(void)state;
	let_nobody_in(scratch_path("no-such-file"), "No such file or directory");
}

static void an_unreadable_file_lets_nobody_in(void **state)
{
	const char *path = scratch_write("accounts", slice_of(ALICE, strlen(ALICE)), 0000);

	(void)state;
	if (geteuid() == 0)
		assert_int_equal(chown(path, SOMEBODY_ELSE, SOMEBODY_ELSE),
				 0); /* root reads everything else */
	let_nobody_in(path, geteuid() == 0 ? "account-file-unsafe" : "Permission denied");
}

static void a_file_that_others_can_read_lets_nobody_in(void **state)
{
	(void)state;
	let_nobody_in(scratch_write("accounts", slice_of(ALICE, strlen(ALICE)), 0640), "account-file-unsafe");
}

static void an_empty_file_lets_nobody_in(void **state)
{
	(void)state;
	let_nobody_in(scratch_text("accounts", ""), "unknown-user");
}

static void a_folder_lets_nobody_in(void **state)
{
	const char *path = scratch_path("folder");

	(void)state;
	assert_int_equal(mkdir(path, 0700), 0);
	let_nobody_in(path, "is no regular file");
}

static void a_file_that_is_cut_anywhere_lets_nobody_in(void **state)
{
	static const char file[] = "alice::" PASSWORD "\nbob:CORP:" H1 ":" H1 ":::\n";
	size_t accepted = 0, asked = 0;

	(void)state;
	for (size_t size = 0; size + 1 < sizeof(file) - 1; size++) {
		CLEANUP(authority_cleanup)
		struct authority *authority =
			authority_of(scratch_write("accounts", slice_of(file, size), 0600));
		struct ntlm_question question = ntlm_question_of("alice", "", "Password");

		if (size == strlen(ALICE)) /* no cut: a file of one line */
			continue;
		accepted += verdict(authority, &question) == REASON_OK;
		asked++;
	}
	assert_true(asked > strlen(ALICE));
	assert_int_equal(accepted, 0);
	let_nobody_in(scratch_write("accounts", slice_of(file, sizeof(file) - 2), 0600), "may be cut");
}

static void without_descriptors_nobody_is_let_in(void **state)
{
	const char *path = scratch_text("accounts", ALICE);
	struct rlimit before, none;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = (struct rlimit) { .rlim_cur = 0, .rlim_max = before.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	let_nobody_in(path, "Too many open files");
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

/* A file that fits no LOCAL_WRITER, so that memory is needed for it. */
static const char *long_file(void)
{
	static char file[4096];

	memset(file, 'x', sizeof(file));
	file[0] = '#';
	memcpy(file + sizeof(file) - sizeof("\n" ALICE), "\n" ALICE, sizeof("\n" ALICE));
	return scratch_text("accounts", file);
}

static void without_memory_nobody_is_let_in_and_nothing_leaks(void **state)
{
	CLEANUP(authority_cleanup) struct authority *authority = authority_of(long_file());
	struct ntlm_question question = ntlm_question_of("alice", "", "Password");
	long alive = seam_blocks_alive(), n;

	(void)state;
	for (n = 1;; n++) {
		long made = seam_allocations();
		enum reason reason;

		seam_fail_allocation(n);
		reason = verdict(authority, &question);
		seam_fail_allocation(0);
		assert_int_equal(seam_blocks_alive(), alive);
		if (seam_allocations() - made < n) {
			assert_int_equal(reason, REASON_OK);
			break;
		}
		assert_int_equal(reason, REASON_OUT_OF_MEMORY);
	}
	assert_true(n > 2);
}

static void without_memory_there_is_no_authority(void **state)
{
	long alive = seam_blocks_alive();

	(void)state;
	for (long n = 1; n <= 2; n++) {
		seam_fail_allocation(n);
		assert_null(account_file_authority_new("accounts", &policy_default, test_host_names()));
		seam_fail_allocation(0);
		assert_int_equal(seam_blocks_alive(), alive);
	}
	authority_free(NULL);
}

/* --- Delegated credentials --- */

/* Logs on as `user` in `domain`, then delegates. */
static enum reason delegate(struct authority *authority, const struct ntlm_question *logon, const char *user,
			    const char *domain, const char *password)
{
	CLEANUP(ntlm_answer_wipe) struct ntlm_answer answer;
	struct delegated_question question = {
		.account = &answer.account,
		.sent_user = logon->user,
		.sent_domain = logon->domain,
		.user = u16(user),
		.domain = u16(domain),
		.password = u16(password),
	};

	ask(authority, logon, &answer);
	assert_int_equal(answer.verdict, REASON_OK);
	return authority->class->check_delegated(authority, &question);
}

static enum reason delegate_on(const char *file, const char *logon_user, const char *user, const char *domain,
			       const char *password)
{
	CLEANUP(authority_cleanup) struct authority *authority = authority_of(scratch_text("accounts", file));
	struct ntlm_question logon = ntlm_question_of(logon_user, "", "Password");

	return delegate(authority, &logon, user, domain, password);
}

static void the_accounts_own_name_and_password_may_be_delegated(void **state)
{
	(void)state;
	assert_int_equal(delegate_on(ALICE, "alice", "alice", "", "Password"), REASON_OK);
	assert_int_equal(delegate_on(ALICE, "Alice", "ALICE", "server", "Password"), REASON_OK);
	assert_int_equal(delegate_on("alice:R:" PASSWORD "\n", "alice@R", "alice", "R", "Password"),
			 REASON_OK);
}

static void another_name_is_not_the_same_user(void **state)
{
	static const char file[] = ALICE "bob::" PASSWORD "\nalice:CORP:" PASSWORD "\n";

	(void)state;
	assert_int_equal(delegate_on(file, "alice", "bob", "", "Password"), REASON_NOT_THE_SAME_USER);
	assert_int_equal(delegate_on(file, "alice", "alice", "CORP", "Password"), REASON_NOT_THE_SAME_USER);
	assert_int_equal(delegate_on(file, "alice", "alice", "OTHER", "Password"), REASON_NOT_THE_SAME_USER);
	assert_int_equal(delegate_on(file, "alice", "", "", "Password"), REASON_NOT_THE_SAME_USER);
}

static void another_password_is_wrong(void **state)
{
	static const char *const wrong[] = { "", "password", "Passwor", "Password1" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		assert_int_equal(delegate_on(ALICE, "alice", "alice", "", wrong[i]),
				 REASON_DELEGATED_PASSWORD_WRONG);
}

/* The password of the twin of that name is none of this account. */
static void the_password_is_that_of_the_account_that_logged_on(void **state)
{
	CLEANUP(authority_cleanup) struct authority *authority = NULL;
	struct ntlm_question logon = ntlm_question_of("alice", "CORP", "Password");
	char file[200], other[2 * NT_HASH_SIZE + 1];
	uint8_t hash[NT_HASH_SIZE];

	(void)state;
	ntlm_nt_hash(u16("Other"), hash);
	for (size_t i = 0; i < sizeof(hash); i++)
		snprintf(other + 2 * i, 3, "%02x", hash[i]);
	snprintf(file, sizeof(file), "alice::%s\nalice:CORP:" PASSWORD "\n", other);
	authority = authority_of(scratch_text("accounts", file));
	assert_int_equal(delegate(authority, &logon, "alice", "", "Password"), REASON_OK);
	assert_int_equal(delegate(authority, &logon, "alice", "", "Other"), REASON_DELEGATED_PASSWORD_WRONG);
}

static void a_twin_by_case_may_not_be_delegated(void **state)
{
	static const char file[] = ALICE "Alice::" PASSWORD "\n";

	(void)state;
	assert_int_equal(delegate_on(file, "alice", "alice", "", "Password"), REASON_OK);
	assert_int_equal(delegate_on(file, "alice", "Alice", "", "Password"), REASON_NOT_THE_SAME_USER);
	assert_int_equal(delegate_on(file, "alice", "ALICE", "", "Password"), REASON_NOT_THE_SAME_USER);
}

/* What happens to the file between the logon and the delegation counts. */
static void an_account_that_is_gone_or_changed_delegates_nothing(void **state)
{
	static const struct {
		const char *file;
		enum reason reason;
	} files[] = {
		{ "", REASON_UNKNOWN_USER },
		{ "alice:CORP", REASON_ACCOUNT_FILE_MALFORMED },
		{ "alice:CORP:\n", REASON_NO_PASSWORD_SET },
		{ "alice:CORP:" H1 "\n", REASON_DELEGATED_PASSWORD_WRONG },
		{ "Alice:CORP:" PASSWORD "\n", REASON_NOT_THE_SAME_USER },
		{ "alice::" PASSWORD "\n", REASON_NOT_THE_SAME_USER }, /* another account answers now */
	};
	CLEANUP(ntlm_answer_wipe) struct ntlm_answer answer;
	CLEANUP(authority_cleanup)
	struct authority *authority = authority_of(scratch_text("accounts", "alice:CORP:" PASSWORD "\n"));
	struct ntlm_question logon = ntlm_question_of("alice", "CORP", "Password");
	struct delegated_question question = {
		.account = &answer.account,
		.sent_user = logon.user,
		.sent_domain = logon.domain,
		.user = u16("alice"),
		.domain = u16("CORP"),
		.password = u16("Password"),
	};

	(void)state;
	ask(authority, &logon, &answer);
	assert_int_equal(authority->class->check_delegated(authority, &question), REASON_OK);
	for (size_t i = 0; i < COUNT_OF(files); i++) {
		scratch_text("accounts", files[i].file);
		assert_int_equal(authority->class->check_delegated(authority, &question), files[i].reason);
	}
	unlink(scratch_path("accounts"));
	assert_int_equal(authority->class->check_delegated(authority, &question),
			 REASON_ACCOUNT_FILE_MISSING);
}

static void without_memory_nothing_is_delegated(void **state)
{
	CLEANUP(ntlm_answer_wipe) struct ntlm_answer answer;
	CLEANUP(authority_cleanup)
	struct authority *authority = authority_of(long_file());
	struct ntlm_question logon = ntlm_question_of("alice", "", "Password");
	struct delegated_question question = {
		.account = &answer.account,
		.user = u16("alice"),
		.password = u16("Password"),
	};
	long n, alive;

	(void)state;
	ask(authority, &logon, &answer);
	alive = seam_blocks_alive();
	for (n = 1;; n++) {
		long made = seam_allocations();
		enum reason reason;

		seam_fail_allocation(n);
		reason = authority->class->check_delegated(authority, &question);
		seam_fail_allocation(0);
		assert_int_equal(seam_blocks_alive(), alive);
		if (seam_allocations() - made < n) {
			assert_int_equal(reason, REASON_OK);
			break;
		}
		assert_int_equal(reason, REASON_OUT_OF_MEMORY);
	}
	assert_true(n > 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_right_password_is_let_in_with_its_session_key),
		cmocka_unit_test(the_account_is_named_as_the_file_spells_it),
		cmocka_unit_test(accounts_of_this_machine_are_local),
		cmocka_unit_test(each_form_of_line_lets_in),
		cmocka_unit_test(the_response_counts_in_the_clients_spelling),
		cmocka_unit_test(a_change_counts_at_once),
		cmocka_unit_test(every_refusal_has_its_reason),
		cmocka_unit_test(a_state_is_said_only_to_who_knows_the_password),
		cmocka_unit_test(the_empty_password_is_let_in_by_policy_alone),
		cmocka_unit_test(the_hash_of_zeros_opens_nothing),
		cmocka_unit_test(a_changed_response_or_challenge_is_a_wrong_password),
		cmocka_unit_test(an_unknown_user_and_a_wrong_password_take_the_same_memory),
		cmocka_unit_test(an_unknown_user_and_a_wrong_password_are_told_the_same),
		cmocka_unit_test(the_trace_says_who_and_why_and_no_secret),
		cmocka_unit_test(an_absent_file_lets_nobody_in),
		cmocka_unit_test(an_unreadable_file_lets_nobody_in),
		cmocka_unit_test(a_file_that_others_can_read_lets_nobody_in),
		cmocka_unit_test(an_empty_file_lets_nobody_in),
		cmocka_unit_test(a_folder_lets_nobody_in),
		cmocka_unit_test(a_file_that_is_cut_anywhere_lets_nobody_in),
		cmocka_unit_test(without_descriptors_nobody_is_let_in),
		cmocka_unit_test(without_memory_nobody_is_let_in_and_nothing_leaks),
		cmocka_unit_test(without_memory_there_is_no_authority),
		cmocka_unit_test(the_accounts_own_name_and_password_may_be_delegated),
		cmocka_unit_test(another_name_is_not_the_same_user),
		cmocka_unit_test(another_password_is_wrong),
		cmocka_unit_test(the_password_is_that_of_the_account_that_logged_on),
		cmocka_unit_test(a_twin_by_case_may_not_be_delegated),
		cmocka_unit_test(an_account_that_is_gone_or_changed_delegates_nothing),
		cmocka_unit_test(without_memory_nothing_is_delegated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
