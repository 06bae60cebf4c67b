/* The file that says which account a client's certificate stands for. */
#include "authority/account_map.h"

#include "base/compiler.h"
#include "support/hex.h"
#include "support/scratch.h"
#include "support/seams.h"

#include <string.h>

#define DIGEST "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define OTHER  "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define COLONS \
	"00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:1F"

static enum reason find(const char *text, struct account *account)
{
	*account = (struct account) { 0 };
	return account_map_find(slice_of(text, strlen(text)), hex(DIGEST).data, account);
}

static void assert_account(const char *text, const char *user, const char *domain)
{
	struct account account;

	assert_int_equal(find(text, &account), REASON_OK);
	assert_bytes(secret_slice(&account.user), u16(user));
	assert_bytes(secret_slice(&account.domain), u16(domain));
	assert_int_equal(account.local, domain[0] == 0);
	assert_string_equal(account.authority, "account-map");
	account_wipe(&account);
}

static void a_line_is_a_fingerprint_and_an_account(void **state)
{
	(void)state;
	assert_account(DIGEST " CORP\\alice\n", "alice", "CORP");
	assert_account(COLONS "\talice@corp.test", "alice", "corp.test");
	assert_account("# who is who\n\n  " OTHER " bob\r\n" DIGEST "  alice  \r\n", "alice", "");
	assert_account(DIGEST " Alice Smith\n", "Alice Smith", "");
}

static void a_certificate_without_a_line_is_nobody(void **state)
{
	struct account account;

	(void)state;
	assert_int_equal(find("", &account), REASON_UNKNOWN_USER);
	assert_int_equal(find("# " DIGEST " alice\n", &account), REASON_UNKNOWN_USER);
	assert_int_equal(find(OTHER " bob\n", &account), REASON_UNKNOWN_USER);
	assert_int_equal(account.user.size, 0);
}

/* One line that is wrong makes the file doubtful, wherever it stands. */
static void a_file_with_a_line_that_is_none_names_nobody(void **state)
{
	static const char *const lines[] = {
		"alice\n",
		DIGEST "\n",
		DIGEST "alice\n",
		DIGEST " \n",
		DIGEST "00 alice\n",
		"0001 alice\n",
		DIGEST " CORP\\\n",
		DIGEST " CORP\\a\\b\n",
		DIGEST " a:b\n",
		DIGEST " \xFF\n",
		DIGEST " alice\n" OTHER "\n",
	};
	struct account account;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(lines); i++)
		assert_int_equal(find(lines[i], &account), REASON_ACCOUNT_FILE_MALFORMED);
}

static void a_certificate_with_two_lines_is_nobody(void **state)
{
	struct account account;

	(void)state;
	assert_int_equal(find(DIGEST " alice\n" COLONS " alice\n", &account), REASON_ACCOUNT_FILE_MALFORMED);
}

static void a_principal_is_a_user_and_a_domain(void **state)
{
	static const char *const none[] = { "", "alice", "@corp.test", "alice@", "a\\b@corp.test", "\xFF@x" };
	struct account account = { 0 };

	(void)state;
	assert_int_equal(account_of_principal(SLICE_LITERAL("a@b@corp.test"), &account), REASON_OK);
	assert_bytes(secret_slice(&account.user), u16("a@b"));
	assert_bytes(secret_slice(&account.domain), u16("corp.test"));
	assert_false(account.local);
	account_wipe(&account);
	for (size_t i = 0; i < COUNT_OF(none); i++)
		assert_int_equal(account_of_principal(slice_of(none[i], strlen(none[i])), &account),
				 REASON_UNKNOWN_USER);
}

static void without_memory_there_is_no_account(void **state)
{
	const char *path = scratch_text("map", DIGEST " CORP\\alice\n");
	struct account account = { 0 };
	long before = seam_blocks_alive();

	(void)state;
	for (long n = 1; n < 3; n++) {
		seam_fail_allocation(n);
		assert_int_equal(find(DIGEST " CORP\\alice\n", &account), REASON_OUT_OF_MEMORY);
		seam_fail_allocation(0);
		assert_int_equal(account.user.size + account.domain.size, 0);
	}
	assert_int_equal(account_map_look_up(path, SLICE_LITERAL("der"), &account), REASON_UNKNOWN_USER);
	assert_int_equal(seam_blocks_alive(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_a_fingerprint_and_an_account),
		cmocka_unit_test(a_certificate_without_a_line_is_nobody),
		cmocka_unit_test(a_file_with_a_line_that_is_none_names_nobody),
		cmocka_unit_test(a_certificate_with_two_lines_is_nobody),
		cmocka_unit_test(a_principal_is_a_user_and_a_domain),
		cmocka_unit_test(without_memory_there_is_no_account),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
