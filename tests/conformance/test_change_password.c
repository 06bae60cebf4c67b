/* ChangeAccountPassword on the account file of OpensspiConfigure. */
#include "base/compiler.h"
#include "support/exchange.h"
#include "support/hex.h"
#include "support/scratch.h"
#include "support/seams.h"

#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OLD      "Password"
#define NEW      "another secret"
#define HASH     "a4f49c406510bdcab6824ee7c30fd852" /* of OLD, MS-NLMP 4.2.2.1.2 */
#define ACCOUNTS "alice:CORP:" HASH "\nbob::" HASH "\n"

static char *text(const char *ascii)
{
	return (char *)(uintptr_t)ascii;
}

static const char *use_accounts(const char *lines)
{
	OPENSSPI_CONFIGURATION configuration = { .Size = sizeof(configuration) };

	configuration.AccountFile = scratch_text("accounts", lines);
	assert_int_equal(OpensspiConfigure(&configuration), SEC_E_OK);
	return configuration.AccountFile;
}

static int use_none(void **state)
{
	(void)state;
	return OpensspiConfigure(NULL);
}

static SECURITY_STATUS change(const char *domain, const char *user, const char *old, const char *new)
{
	return ChangeAccountPasswordA(text("NTLM"), text(domain), text(user), text(old), text(new), 0, 0,
				      NULL);
}

static void assert_logs_on(const char *path, const char *domain, const char *user, const char *password)
{
	assert_int_equal(OpensspiAccountCheck(path, domain, user, password, NULL), SEC_E_OK);
}

static void assert_file_is(const char *lines)
{
	assert_bytes(scratch_read("accounts"), slice_of(lines, strlen(lines)));
}

/* The reason that OpensspiDescribeContext gives for the last call without a context. */
static void assert_last_reason(const char *expected)
{
	struct exchange_side nobody = { 0 };
	char word[64];

	assert_string_equal(exchange_reason(&nobody, word), expected);
}

static void the_new_password_logs_on_and_the_old_one_no_more(void **state)
{
	static const char *const packages[] = { "NTLM", "negotiate" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(packages); i++) {
		const char *path = use_accounts(ACCOUNTS);

		assert_int_equal(ChangeAccountPasswordA(text(packages[i]), text("CORP"), text("alice"),
							text(OLD), text(NEW), 0, 0, NULL),
				 SEC_E_OK);
		assert_logs_on(path, "CORP", "alice", NEW);
		assert_int_equal(OpensspiAccountCheck(path, "CORP", "alice", OLD, NULL), SEC_E_LOGON_DENIED);
		assert_logs_on(path, NULL, "bob", OLD);
	}
}

static void texts_in_utf16_change_the_same(void **state)
{
	const char *path = use_accounts("j\xC3\xBCrgen:CORP:" HASH "\n");

	(void)state;
	assert_int_equal(ChangeAccountPasswordW((SEC_WCHAR *)u"NTLM", (SEC_WCHAR *)u"corp",
						(SEC_WCHAR *)u"J\u00DCRGEN", (SEC_WCHAR *)u"Password",
						(SEC_WCHAR *)u"p\u00E4ss", 0, 0, NULL),
			 SEC_E_OK);
	assert_logs_on(path, "CORP", "j\xC3\xBCrgen", "p\xC3\xA4ss");
}

/* As a logon finds it: without regard to case, and an account without a domain in every domain. */
static void the_account_is_the_one_that_a_logon_would_find(void **state)
{
	static const struct {
		const char *domain, *user, *found_domain, *found_user;
	} rows[] = {
		{ "corp", "ALICE", "CORP", "alice" }, { NULL, "bob", NULL, "bob" },
		{ ".", "bob", NULL, "bob" },          { "", "bob", NULL, "bob" },
		{ "ANY", "bob", NULL, "bob" },        { NULL, "alice@corp", "CORP", "alice" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const char *path = use_accounts(ACCOUNTS);

		assert_int_equal(change(rows[i].domain, rows[i].user, OLD, NEW), SEC_E_OK);
		assert_logs_on(path, rows[i].found_domain, rows[i].found_user, NEW);
	}
}

static void accounts_that_differ_in_case_are_spelt_exactly(void **state)
{
	const char *path = use_accounts("alice::" HASH "\nAlice::" HASH "\n");

	(void)state;
	assert_int_equal(change(NULL, "ALICE", OLD, NEW), SEC_E_LOGON_DENIED);
	assert_int_equal(change(NULL, "Alice", OLD, NEW), SEC_E_OK);
	assert_logs_on(path, NULL, "alice", OLD);
	assert_logs_on(path, NULL, "Alice", NEW);
}

static void an_unknown_user_and_a_wrong_password_get_the_same_answer(void **state)
{
	(void)state;
	use_accounts(ACCOUNTS);
	assert_int_equal(change("CORP", "alice", "wrong", NEW), SEC_E_LOGON_DENIED);
	assert_last_reason("wrong-password");
	assert_int_equal(change("CORP", "mallory", OLD, NEW), SEC_E_LOGON_DENIED);
	assert_last_reason("unknown-user");
	assert_int_equal(change("OTHER", "alice", OLD, NEW), SEC_E_LOGON_DENIED);
	assert_int_equal(change("CORP", "", OLD, NEW), SEC_E_LOGON_DENIED);
	assert_int_equal(change("CORP", "alice", "", NEW), SEC_E_LOGON_DENIED);
	assert_file_is(ACCOUNTS);
}

/* What could not log on does not change its password either. */
static void an_account_that_cannot_log_on_is_refused(void **state)
{
	static const struct {
		const char *line, *password, *reason;
	} rows[] = {
		{ "carol::\n", OLD, "no-password-set" },
		{ "carol::31d6cfe0d16ae931b73c59d7e0c089c0\n", "", "empty-password" },
		{ "carol:1000:XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX:" HASH ":[UD         ]:LCT-00000000:\n", OLD,
		  "account-disabled" },
		{ "carol:1000:XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX:" HASH ":[UL         ]:LCT-00000000:\n", OLD,
		  "account-locked" },
		{ "carol:1000:XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX:" HASH ":[UD         ]:LCT-00000000:\n",
		  "wrong", "wrong-password" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		use_accounts(rows[i].line);
		assert_int_equal(change(NULL, "carol", rows[i].password, NEW), SEC_E_LOGON_DENIED);
		assert_last_reason(rows[i].reason);
		assert_file_is(rows[i].line);
	}
}

static void a_new_password_is_text_of_1_to_256_characters(void **state)
{
	static const uint16_t half_a_character[] = { 'x', 0xD800, 0 };
	char longest[256 + 1], longer[257 + 1];
	const char *path = use_accounts(ACCOUNTS);

	(void)state;
	memset(longest, 'x', sizeof(longest));
	longest[256] = 0;
	memset(longer, 'x', sizeof(longer));
	longer[257] = 0;
	assert_int_equal(change("CORP", "alice", OLD, ""), SEC_E_INVALID_TOKEN);
	assert_last_reason("new-password");
	assert_int_equal(change("CORP", "alice", OLD, longer), SEC_E_INVALID_TOKEN);
	assert_int_equal(change("CORP", "alice", OLD, "\xFF"), SEC_E_INVALID_TOKEN);
	assert_last_reason("new-password");
	assert_int_equal(ChangeAccountPasswordW((SEC_WCHAR *)u"NTLM", (SEC_WCHAR *)u"CORP",
						(SEC_WCHAR *)u"alice", (SEC_WCHAR *)u"Password",
						(SEC_WCHAR *)(uintptr_t)half_a_character, 0, 0, NULL),
			 SEC_E_INVALID_TOKEN);
	assert_last_reason("new-password");
	assert_int_equal(change("CORP", "\xFF", OLD, NEW), SEC_E_INVALID_TOKEN);
	assert_int_equal(change("\xFF", "alice", OLD, NEW), SEC_E_INVALID_TOKEN);
	assert_int_equal(change("CORP", "alice", "\xFF", NEW), SEC_E_INVALID_TOKEN);
	assert_file_is(ACCOUNTS);
	assert_int_equal(change("CORP", "alice", OLD, longest), SEC_E_OK);
	assert_logs_on(path, "CORP", "alice", longest);
}

static void arguments_that_mean_nothing_are_refused(void **state)
{
	(void)state;
	use_accounts(ACCOUNTS);
	assert_int_equal(change("CORP", NULL, OLD, NEW), SEC_E_INTERNAL_ERROR);
	assert_int_equal(change("CORP", "alice", NULL, NEW), SEC_E_INTERNAL_ERROR);
	assert_int_equal(change("CORP", "alice", OLD, NULL), SEC_E_INTERNAL_ERROR);
	assert_int_equal(
		ChangeAccountPasswordA(NULL, text("CORP"), text("alice"), text(OLD), text(NEW), 0, 0, NULL),
		SEC_E_SECPKG_NOT_FOUND);
	assert_int_equal(ChangeAccountPasswordW(NULL, NULL, NULL, NULL, NULL, 0, 0, NULL),
			 SEC_E_SECPKG_NOT_FOUND);
	assert_int_equal(ChangeAccountPasswordA(text("no such package"), text("CORP"), text("alice"),
						text(OLD), text(NEW), 0, 0, NULL),
			 SEC_E_SECPKG_NOT_FOUND);
	assert_int_equal(ChangeAccountPasswordA(text("CREDSSP"), text("CORP"), text("alice"), text(OLD),
						text(NEW), 0, 0, NULL),
			 SEC_E_UNSUPPORTED_FUNCTION);
	assert_int_equal(ChangeAccountPasswordA(text("NTLM"), text("CORP"), text("alice"), text(OLD),
						text(NEW), 1, 0, NULL),
			 SEC_E_UNSUPPORTED_FUNCTION);
	assert_int_equal(ChangeAccountPasswordA(text("NTLM"), text("CORP"), text("alice"), text(OLD),
						text(NEW), 0, 1, NULL),
			 SEC_E_UNSUPPORTED_FUNCTION);
	assert_file_is(ACCOUNTS);
}

static void the_output_is_one_response_that_stays_empty(void **state)
{
	uint8_t memory[8];
	SecBuffer buffers[] = { { sizeof(memory), SECBUFFER_CHANGE_PASS_RESPONSE, memory },
				{ sizeof(memory), SECBUFFER_TOKEN, memory } };
	SecBufferDesc one = { SECBUFFER_VERSION, 1, buffers }, two = { SECBUFFER_VERSION, 2, buffers };
	SecBufferDesc other = { SECBUFFER_VERSION, 1, buffers + 1 }, none = { SECBUFFER_VERSION, 0, NULL };
	PSecBufferDesc wrong[] = { &two, &other, &none };

	(void)state;
	use_accounts(ACCOUNTS);
	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		assert_int_equal(ChangeAccountPasswordA(text("NTLM"), text("CORP"), text("alice"), text(OLD),
							text(NEW), 0, 0, wrong[i]),
				 SEC_E_INVALID_TOKEN);
	assert_file_is(ACCOUNTS);
	assert_int_equal(ChangeAccountPasswordA(text("NTLM"), text("CORP"), text("alice"), text(OLD),
						text(NEW), 0, 0, &one),
			 SEC_E_OK);
	assert_int_equal(buffers[0].cbBuffer, 0);
	assert_null(buffers[0].pvBuffer);
}

static void a_file_that_cannot_be_used_is_no_verdict_on_anybody(void **state)
{
	const char *path;

	(void)state;
	use_none(NULL);
	assert_int_equal(change("CORP", "alice", OLD, NEW), SEC_E_UNSUPPORTED_FUNCTION);
	path = use_accounts(ACCOUNTS);
	assert_int_equal(chmod(path, 0644), 0);
	assert_int_equal(change("CORP", "alice", OLD, NEW), SEC_E_NO_CREDENTIALS);
	assert_last_reason("account-file-unsafe");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(change("CORP", "alice", OLD, NEW), SEC_E_NO_CREDENTIALS);
	assert_last_reason("account-file-missing");
	assert_int_equal(access(path, F_OK), -1); /* a change makes no file */
	use_accounts("no account in this line\n");
	assert_int_equal(change("CORP", "alice", OLD, NEW), SEC_E_NO_CREDENTIALS);
	assert_last_reason("account-file-malformed");
}

static void without_memory_nothing_is_changed(void **state)
{
	SECURITY_STATUS status = SEC_E_INSUFFICIENT_MEMORY;
	long before, n = 0;

	(void)state;
	use_accounts(ACCOUNTS);
	before = seam_blocks_alive();
	while (status != SEC_E_OK) {
		seam_fail_allocation(++n);
		status = change("CORP", "alice", OLD, NEW);
		seam_fail_allocation(0);
		assert_int_equal(seam_blocks_alive(), before);
		if (status == SEC_E_OK)
			break;
		assert_int_equal(status, SEC_E_INSUFFICIENT_MEMORY);
		assert_file_is(ACCOUNTS);
	}
	assert_true(n > 5);
}

/* --- Threads ---------------------------------------------------------------------------------------------------- */

enum { THREADS = 4 };

/* cmocka's assertions belong to the main thread. */
static atomic_int changed, refused;

static void *change_once(void *argument)
{
	SECURITY_STATUS status = change("CORP", "alice", OLD, argument);

	changed += status == SEC_E_OK;
	refused += status == SEC_E_LOGON_DENIED;
	return NULL;
}

/* The old password is looked at under the lock under which the new one is written. */
static void of_several_changes_at_once_one_finds_the_old_password(void **state)
{
	static char passwords[THREADS][8] = { "first", "second", "third", "fourth" };
	const char *path = use_accounts(ACCOUNTS);
	pthread_t threads[THREADS];
	int right = 0;

	(void)state;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, change_once, passwords[i]), 0);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(changed, 1);
	assert_int_equal(refused, THREADS - 1);
	for (int i = 0; i < THREADS; i++)
		right += OpensspiAccountCheck(path, "CORP", "alice", passwords[i], NULL) == SEC_E_OK;
	assert_int_equal(right, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(the_new_password_logs_on_and_the_old_one_no_more, use_none),
		cmocka_unit_test_teardown(texts_in_utf16_change_the_same, use_none),
		cmocka_unit_test_teardown(the_account_is_the_one_that_a_logon_would_find, use_none),
		cmocka_unit_test_teardown(accounts_that_differ_in_case_are_spelt_exactly, use_none),
		cmocka_unit_test_teardown(an_unknown_user_and_a_wrong_password_get_the_same_answer, use_none),
		cmocka_unit_test_teardown(an_account_that_cannot_log_on_is_refused, use_none),
		cmocka_unit_test_teardown(a_new_password_is_text_of_1_to_256_characters, use_none),
		cmocka_unit_test_teardown(arguments_that_mean_nothing_are_refused, use_none),
		cmocka_unit_test_teardown(the_output_is_one_response_that_stays_empty, use_none),
		cmocka_unit_test_teardown(a_file_that_cannot_be_used_is_no_verdict_on_anybody, use_none),
		cmocka_unit_test_teardown(without_memory_nothing_is_changed, use_none),
		cmocka_unit_test_teardown(of_several_changes_at_once_one_finds_the_old_password, use_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
