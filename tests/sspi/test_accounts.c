/* OpensspiAccountSet, Remove, Check and List. */
#include "base/compiler.h"
#include "base/reason.h"
#include "support/hex.h"
#include "support/scratch.h"
#include "support/seams.h"

#include <opensspi/opensspi.h>

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define PASSWORD "a4f49c406510bdcab6824ee7c30fd852" /* of "Password", MS-NLMP 4.2.2.1.2 */
#define EMPTY    "31d6cfe0d16ae931b73c59d7e0c089c0"
#define X32      "XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX"

static struct slice text(const char *characters)
{
	return slice_of(characters, strlen(characters));
}

/* Status and sentence belong to one reason. */
#define assert_said(call, status, reason) \
	do { \
		const char *sentence = NULL; \
\
		assert_int_equal((call), (status)); \
		assert_string_equal(sentence, reason_sentence(reason)); \
	} while (0)

static void an_account_that_was_set_logs_on(void **state)
{
	const char *path = scratch_path("new-accounts");

	(void)state;
	assert_said(OpensspiAccountSet(path, "CORP", "alice", "Password", &sentence), SEC_E_OK, REASON_OK);
	assert_bytes(scratch_read("new-accounts"), text("alice:CORP:" PASSWORD "\n"));
	assert_said(OpensspiAccountCheck(path, "CORP", "alice", "Password", &sentence), SEC_E_OK, REASON_OK);
	assert_said(OpensspiAccountCheck(path, "corp", "ALICE", "Password", &sentence), SEC_E_OK, REASON_OK);
	assert_said(OpensspiAccountCheck(path, "CORP", "alice", "password", &sentence), SEC_E_LOGON_DENIED,
		    REASON_WRONG_PASSWORD);
	assert_said(OpensspiAccountCheck(path, "", "alice", "Password", &sentence), SEC_E_LOGON_DENIED,
		    REASON_UNKNOWN_USER);
	assert_int_equal(unlink(path), 0);
}

static void no_domain_an_empty_one_and_a_dot_are_this_machine(void **state)
{
	static const char *const domains[] = { NULL, "", "." };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(domains); i++) {
		const char *path = scratch_text("accounts", "");

		assert_int_equal(OpensspiAccountSet(path, domains[i], "alice", "Password", NULL), SEC_E_OK);
		assert_bytes(scratch_read("accounts"), text("alice::" PASSWORD "\n"));
		assert_int_equal(OpensspiAccountCheck(path, domains[i], "alice", "Password", NULL), SEC_E_OK);
		assert_int_equal(OpensspiAccountRemove(path, domains[i], "alice", NULL), SEC_E_OK);
		assert_int_equal(scratch_read("accounts").size, 0);
	}
}

static void a_check_looks_up_as_a_logon_does(void **state)
{
	const char *path = scratch_text("accounts", "alice::" PASSWORD "\nbob:corp.example:" PASSWORD "\n");

	(void)state;
	assert_int_equal(OpensspiAccountCheck(path, "OTHER", "alice", "Password", NULL), SEC_E_OK);
	assert_int_equal(OpensspiAccountCheck(path, NULL, "bob@corp.example", "Password", NULL), SEC_E_OK);
	assert_int_equal(OpensspiAccountCheck(path, NULL, "bob", "Password", NULL), SEC_E_LOGON_DENIED);
}

static void a_check_says_why_not(void **state)
{
	static const struct {
		const char *file, *password;
		enum reason reason;
	} accounts[] = {
		{ "alice::\n", "Password", REASON_NO_PASSWORD_SET },
		{ "alice::" EMPTY "\n", "", REASON_EMPTY_PASSWORD },
		{ "alice::" EMPTY "\n", "x", REASON_WRONG_PASSWORD },
		{ "alice:1:" X32 ":" PASSWORD ":[DU         ]:LCT-0:\n", "Password",
		  REASON_ACCOUNT_DISABLED },
		{ "alice::" PASSWORD "\nALICE::" PASSWORD "\n", "Password", REASON_AMBIGUOUS_USER },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(accounts); i++)
		assert_said(OpensspiAccountCheck(scratch_text("accounts", accounts[i].file), NULL, "Alice",
						 accounts[i].password, &sentence),
			    SEC_E_LOGON_DENIED, accounts[i].reason);
}

static void a_password_is_changed_and_an_account_removed(void **state)
{
	const char *path = scratch_text("accounts", "# mine\nalice::" EMPTY "\n");

	(void)state;
	assert_int_equal(OpensspiAccountSet(path, NULL, "alice", "Password", NULL), SEC_E_OK);
	assert_bytes(scratch_read("accounts"), text("# mine\nalice::" PASSWORD "\n"));
	assert_said(OpensspiAccountRemove(path, NULL, "bob", &sentence), SEC_E_LOGON_DENIED,
		    REASON_UNKNOWN_USER);
	assert_said(OpensspiAccountRemove(path, NULL, "alice", &sentence), SEC_E_OK, REASON_OK);
	assert_bytes(scratch_read("accounts"), text("# mine\n"));
}

static void trouble_with_the_file_is_no_verdict_on_anybody(void **state)
{
	const char *absent = scratch_path("no-such-folder/accounts"), *path;

	(void)state;
	assert_said(OpensspiAccountCheck(absent, NULL, "alice", "Password", &sentence), SEC_E_NO_CREDENTIALS,
		    REASON_ACCOUNT_FILE_MISSING);
	assert_said(OpensspiAccountSet(absent, NULL, "alice", "Password", &sentence), SEC_E_NO_CREDENTIALS,
		    REASON_ACCOUNT_FILE_UNWRITABLE);
	path = scratch_write("accounts", text("alice::" PASSWORD "\n"), 0644);
	assert_said(OpensspiAccountCheck(path, NULL, "alice", "Password", &sentence), SEC_E_NO_CREDENTIALS,
		    REASON_ACCOUNT_FILE_UNSAFE);
	assert_said(OpensspiAccountRemove(path, NULL, "alice", &sentence), SEC_E_NO_CREDENTIALS,
		    REASON_ACCOUNT_FILE_UNSAFE);
	path = scratch_text("accounts", "alice::" PASSWORD);
	assert_said(OpensspiAccountSet(path, NULL, "bob", "Password", &sentence), SEC_E_NO_CREDENTIALS,
		    REASON_ACCOUNT_FILE_MALFORMED);
}

static void names_and_passwords_that_cannot_be_kept_are_refused(void **state)
{
	static const char *const bad[] = { "", "a:b", "CORP\\alice", "#alice", "a\nb", "al\xEFis" };
	const char *path = scratch_text("accounts", "");

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_said(OpensspiAccountSet(path, NULL, bad[i], "Password", &sentence),
			    SEC_E_INVALID_TOKEN, REASON_ACCOUNT_NAME);
	assert_said(OpensspiAccountSet(path, NULL, NULL, "Password", &sentence), SEC_E_INVALID_TOKEN,
		    REASON_ACCOUNT_NAME);
	assert_said(OpensspiAccountSet(path, "a:b", "alice", "Password", &sentence), SEC_E_INVALID_TOKEN,
		    REASON_ACCOUNT_NAME);
	assert_said(OpensspiAccountSet(path, NULL, "alice", "caf\xE9", &sentence), SEC_E_INVALID_TOKEN,
		    REASON_PASSWORD_TEXT);
	assert_said(OpensspiAccountSet(path, NULL, "alice", NULL, &sentence), SEC_E_INVALID_TOKEN,
		    REASON_PASSWORD_TEXT);
	assert_int_equal(scratch_read("accounts").size, 0);
}

static void a_path_of_null_is_refused(void **state)
{
	(void)state;
	assert_int_equal(OpensspiAccountSet(NULL, NULL, "alice", "Password", NULL), SEC_E_INTERNAL_ERROR);
	assert_int_equal(OpensspiAccountRemove(NULL, NULL, "alice", NULL), SEC_E_INTERNAL_ERROR);
	assert_int_equal(OpensspiAccountCheck(NULL, NULL, "alice", "Password", NULL), SEC_E_INTERNAL_ERROR);
	assert_int_equal(OpensspiAccountList(NULL, NULL, NULL, NULL), SEC_E_INTERNAL_ERROR);
}

/* --- The list --- */

struct shown {
	char lines[512];
	unsigned count;
};

static void show(void *argument, const char *domain, const char *user, const char *unusable)
{
	struct shown *shown = argument;
	size_t size = strlen(shown->lines);

	snprintf(shown->lines + size, sizeof(shown->lines) - size, "%s\\%s %s\n", domain, user,
		 unusable ? unusable : "-");
	shown->count++;
}

static void accounts_are_listed_in_the_files_order_with_what_is_wrong(void **state)
{
	const char *path = scratch_text("accounts", "# mine\n"
						    "carol:CORP:" PASSWORD "\n"
						    "alice::" EMPTY "\n"
						    "bob:1:" X32 ":" X32 ":[NU         ]:LCT-0:\n"
						    "dave:1:" X32 ":" PASSWORD ":[DU         ]:LCT-0:\n");
	struct shown shown = { .count = 0 };

	(void)state;
	assert_said(OpensspiAccountList(path, show, &shown, &sentence), SEC_E_OK, REASON_OK);
	assert_int_equal(shown.count, 4);
	assert_string_equal(shown.lines,
			    "CORP\\carol -\n"
			    "\\alice the account's password is empty, which is refused unless allowed\n"
			    "\\bob the account has no usable NT hash\n"
			    "\\dave the account is disabled\n");
}

static void of_a_malformed_file_nothing_is_listed(void **state)
{
	struct shown shown = { .count = 0 };

	(void)state;
	assert_said(OpensspiAccountList(scratch_text("accounts", "alice::" PASSWORD "\nbob\n"), show, &shown,
					&sentence),
		    SEC_E_NO_CREDENTIALS, REASON_ACCOUNT_FILE_MALFORMED);
	assert_int_equal(shown.count, 0);
	assert_said(OpensspiAccountList(scratch_text("accounts", ""), NULL, NULL, &sentence),
		    SEC_E_INTERNAL_ERROR, REASON_NULL_ARGUMENT);
}

static void without_memory_every_call_says_so_and_nothing_leaks(void **state)
{
	const char *path = scratch_text("accounts", "alice::" PASSWORD "\n");
	long alive = seam_blocks_alive();

	(void)state;
	for (int call = 0; call < 4; call++)
		for (long n = 1;; n++) {
			struct shown shown = { .count = 0 };
			long made = seam_allocations();
			SECURITY_STATUS status;

			seam_fail_allocation(n);
			status = call == 0   ? OpensspiAccountCheck(path, NULL, "alice", "Password", NULL)
				 : call == 1 ? OpensspiAccountList(path, show, &shown, NULL)
				 : call == 2 ? OpensspiAccountSet(path, NULL, "alice", "Password", NULL)
					     : OpensspiAccountRemove(path, NULL, "alice", NULL);
			seam_fail_allocation(0);
			assert_int_equal(seam_blocks_alive(), alive);
			if (seam_allocations() - made < n) {
				/* The last failure of the removal may have come behind its rename. */
				assert_true(status == SEC_E_OK ||
					    (call == 3 && status == SEC_E_LOGON_DENIED));
				break;
			}
			assert_int_equal(status, SEC_E_INSUFFICIENT_MEMORY);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_account_that_was_set_logs_on),
		cmocka_unit_test(no_domain_an_empty_one_and_a_dot_are_this_machine),
		cmocka_unit_test(a_check_looks_up_as_a_logon_does),
		cmocka_unit_test(a_check_says_why_not),
		cmocka_unit_test(a_password_is_changed_and_an_account_removed),
		cmocka_unit_test(trouble_with_the_file_is_no_verdict_on_anybody),
		cmocka_unit_test(names_and_passwords_that_cannot_be_kept_are_refused),
		cmocka_unit_test(a_path_of_null_is_refused),
		cmocka_unit_test(accounts_are_listed_in_the_files_order_with_what_is_wrong),
		cmocka_unit_test(of_a_malformed_file_nothing_is_listed),
		cmocka_unit_test(without_memory_every_call_says_so_and_nothing_leaks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
