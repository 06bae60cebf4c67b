#include "account/account_storage.h"

#include "support/captured_trace.h"
#include "support/hex.h"
#include "support/scratch.h"
#include "support/seams.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define H1    "11111111111111111111111111111111"
#define H2    "22222222222222222222222222222222"
#define ALICE "alice::" H1 "\n"

enum { SOMEBODY_ELSE = 65534 };

static struct slice text(const char *characters)
{
	return slice_of(characters, strlen(characters));
}

static enum reason read_reason(const char *path)
{
	CLEANUP(writer_wipe) struct byte_writer bytes = writer_growing();

	return account_storage_read(path, &bytes);
}

static enum reason set(const char *path, const char *user)
{
	return account_storage_set(path, text(user), text(""), hex(H2).data);
}

static bool exists(const char *name)
{
	struct stat state;

	return lstat(scratch_path(name), &state) == 0;
}

/* --- Reading --- */

static void what_the_file_holds_is_read(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer bytes = writer_growing();

	(void)state;
	assert_int_equal(account_storage_read(scratch_text("accounts", ALICE), &bytes), REASON_OK);
	assert_bytes(writer_slice(&bytes), text(ALICE));
}

static void a_long_file_is_read_to_its_end(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer bytes = writer_growing();
	static char long_text[100000];

	(void)state;
	memset(long_text, '\n', sizeof(long_text));
	memcpy(long_text + sizeof(long_text) - strlen(ALICE), ALICE, strlen(ALICE));
	assert_int_equal(
		account_storage_read(scratch_write("accounts", slice_of(long_text, sizeof(long_text)), 0600),
				     &bytes),
		REASON_OK);
	assert_bytes(writer_slice(&bytes), slice_of(long_text, sizeof(long_text)));
}

static void an_empty_file_is_read(void **state)
{
	(void)state;
	assert_int_equal(read_reason(scratch_text("accounts", "")), REASON_OK);
}

static void an_absent_file_is_missing_and_the_trace_says_so(void **state)
{
	(void)state;
	captured_trace_start();
	assert_int_equal(read_reason(scratch_path("no-such-file")), REASON_ACCOUNT_FILE_MISSING);
	assert_int_equal(read_reason(scratch_path("no-such-folder/accounts")), REASON_ACCOUNT_FILE_MISSING);
	assert_int_equal(read_reason(""), REASON_ACCOUNT_FILE_MISSING);
	assert_int_equal(captured_trace_count("No such file or directory"), 3);
	assert_int_equal(captured_trace_count("no-such-file"), 1);
	captured_trace_stop();
}

static void a_file_that_others_could_read_or_change_is_unsafe(void **state)
{
	static const mode_t modes[] = { 0640, 0620, 0610, 0604, 0602, 0601, 0644, 0660, 0666, 0777, 0440 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(modes); i++)
		assert_int_equal(read_reason(scratch_write("accounts", text(ALICE), modes[i])),
				 REASON_ACCOUNT_FILE_UNSAFE);
	assert_int_equal(read_reason(scratch_write("accounts", text(ALICE), 0600)), REASON_OK);
	assert_int_equal(read_reason(scratch_write("accounts", text(ALICE), 0400)), REASON_OK);
}

/* Root reads everything, so for root the owner is what refuses; for others it is the mode. */
static void a_file_that_is_not_ours_to_read_is_refused(void **state)
{
	const char *path = scratch_write("accounts", text(ALICE), 0000);

	(void)state;
	if (geteuid() != 0) {
		assert_int_equal(read_reason(path), REASON_ACCOUNT_FILE_MISSING);
		return;
	}
	assert_int_equal(chown(path, SOMEBODY_ELSE, SOMEBODY_ELSE), 0);
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(read_reason(path), REASON_ACCOUNT_FILE_UNSAFE);
}

static void a_folder_is_no_account_file(void **state)
{
	const char *path = scratch_path("folder");

	(void)state;
	assert_int_equal(mkdir(path, 0700), 0);
	captured_trace_start();
	assert_int_equal(read_reason(path), REASON_ACCOUNT_FILE_UNSAFE);
	assert_int_equal(captured_trace_count("is no regular file"), 1);
	captured_trace_stop();
	assert_int_equal(rmdir(path), 0);
}

static void a_link_is_not_followed(void **state)
{
	const char *path = scratch_path("link");

	(void)state;
	assert_int_equal(symlink(scratch_text("accounts", ALICE), path), 0);
	assert_int_equal(read_reason(path), REASON_ACCOUNT_FILE_UNSAFE);
	assert_int_equal(unlink(path), 0);
}

/* With a blocking open it would hang here. */
static void a_fifo_is_refused_without_waiting_for_a_writer(void **state)
{
	const char *path = scratch_path("fifo");

	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(read_reason(path), REASON_ACCOUNT_FILE_UNSAFE);
	assert_int_equal(unlink(path), 0);
	assert_int_not_equal(read_reason("/dev/null"), REASON_OK);
}

static void a_file_beyond_the_limit_is_refused(void **state)
{
	const char *path = scratch_text("accounts", "");

	(void)state;
	assert_int_equal(truncate(path, ACCOUNT_FILE_MAX), 0);
	assert_int_equal(read_reason(path), REASON_OK);
	assert_int_equal(truncate(path, (off_t)ACCOUNT_FILE_MAX + 1), 0);
	assert_int_equal(read_reason(path), REASON_ACCOUNT_FILE_MALFORMED);
	assert_int_equal(truncate(path, (off_t)1 << 33), 0);
	assert_int_equal(read_reason(path), REASON_ACCOUNT_FILE_MALFORMED);
	assert_int_equal(unlink(path), 0);
}

static void without_descriptors_nothing_is_read_and_the_trace_says_why(void **state)
{
	const char *path = scratch_text("accounts", ALICE);
	struct rlimit before, none;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = (struct rlimit) { .rlim_cur = 0, .rlim_max = before.rlim_max };
	captured_trace_start();
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_equal(read_reason(path), REASON_ACCOUNT_FILE_MISSING);
	assert_int_equal(set(path, "bob"), REASON_ACCOUNT_FILE_UNWRITABLE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(captured_trace_count("Too many open files"), 2);
	captured_trace_stop();
	assert_bytes(scratch_read("accounts"), text(ALICE));
}

static void without_memory_nothing_is_read_and_nothing_leaks(void **state)
{
	const char *path = scratch_text("accounts", ALICE);
	long alive = seam_blocks_alive();

	(void)state;
	seam_fail_allocation(1);
	assert_int_equal(read_reason(path), REASON_OUT_OF_MEMORY);
	seam_fail_allocation(0);
	assert_int_equal(seam_blocks_alive(), alive);
}

static void no_descriptor_is_left_open(void **state)
{
	int first = dup(STDERR_FILENO), second;

	(void)state;
	close(first);
	assert_int_equal(read_reason(scratch_text("accounts", ALICE)), REASON_OK);
	assert_int_equal(read_reason(scratch_write("accounts", text(ALICE), 0644)),
			 REASON_ACCOUNT_FILE_UNSAFE);
	assert_int_equal(set(scratch_text("accounts", ALICE), "bob"), REASON_OK);
	assert_int_equal(set(scratch_text("accounts", "x"), "bob"), REASON_ACCOUNT_FILE_MALFORMED);
	second = dup(STDERR_FILENO);
	close(second);
	assert_int_equal(first, second);
}

/* --- Changing --- */

static void a_new_file_is_for_its_owner_alone_whatever_the_umask(void **state)
{
	static const mode_t masks[] = { 0, 022, 0777 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(masks); i++) {
		const char *path = scratch_path("new-accounts");
		mode_t before = umask(masks[i]);
		struct stat file;
		enum reason reason = set(path, "alice");

		umask(before);
		assert_int_equal(reason, REASON_OK);
		assert_int_equal(stat(path, &file), 0);
		assert_int_equal(file.st_mode & 07777, 0600);
		assert_bytes(scratch_read("new-accounts"), text("alice::" H2 "\n"));
		assert_int_equal(unlink(path), 0);
		unlink(scratch_path("new-accounts.lock"));
	}
}

static void accounts_are_set_and_removed(void **state)
{
	const char *path = scratch_text("accounts", "# head\n" ALICE);

	(void)state;
	assert_int_equal(account_storage_set(path, text("bob"), text("CORP"), hex(H1).data), REASON_OK);
	assert_bytes(scratch_read("accounts"), text("# head\n" ALICE "bob:CORP:" H1 "\n"));
	assert_int_equal(set(path, "alice"), REASON_OK);
	assert_bytes(scratch_read("accounts"), text("# head\nalice::" H2 "\nbob:CORP:" H1 "\n"));
	assert_int_equal(account_storage_remove(path, text("alice"), text("")), REASON_OK);
	assert_bytes(scratch_read("accounts"), text("# head\nbob:CORP:" H1 "\n"));
	assert_int_equal(account_storage_remove(path, text("alice"), text("")), REASON_UNKNOWN_USER);
	assert_false(exists("accounts.new"));
}

/* Whoever has it open reads the old text to its end. */
static void the_old_file_is_replaced_not_overwritten(void **state)
{
	const char *path = scratch_text("accounts", ALICE);
	int old = open(path, O_RDONLY | O_CLOEXEC);
	char bytes[sizeof(ALICE)] = { 0 };

	(void)state;
	assert_true(old >= 0);
	assert_int_equal(set(path, "alice"), REASON_OK);
	assert_int_equal(read(old, bytes, sizeof(bytes)), (ssize_t)strlen(ALICE));
	assert_string_equal(bytes, ALICE);
	close(old);
	assert_bytes(scratch_read("accounts"), text("alice::" H2 "\n"));
}

static void what_a_crash_left_behind_does_not_matter(void **state)
{
	const char *path = scratch_text("accounts", ALICE);

	(void)state;
	scratch_write("accounts.new", text("half a li"), 0644);
	assert_int_equal(set(path, "bob"), REASON_OK);
	assert_bytes(scratch_read("accounts"), text(ALICE "bob::" H2 "\n"));
	assert_false(exists("accounts.new"));
}

static void removing_does_not_make_a_file(void **state)
{
	(void)state;
	assert_int_equal(account_storage_remove(scratch_path("no-such-file"), text("alice"), text("")),
			 REASON_ACCOUNT_FILE_MISSING);
	assert_false(exists("no-such-file"));
}

static void a_file_that_is_unsafe_or_malformed_is_left_as_it_is(void **state)
{
	const char *link = scratch_path("dangling");

	(void)state;
	assert_int_equal(set(scratch_write("accounts", text(ALICE), 0644), "bob"),
			 REASON_ACCOUNT_FILE_UNSAFE);
	assert_bytes(scratch_read("accounts"), text(ALICE));
	assert_int_equal(set(scratch_text("accounts", "alice::" H1), "bob"), REASON_ACCOUNT_FILE_MALFORMED);
	assert_bytes(scratch_read("accounts"), text("alice::" H1));
	assert_int_equal(symlink(scratch_path("nowhere"), link), 0);
	assert_int_equal(set(link, "bob"), REASON_ACCOUNT_FILE_UNSAFE);
	assert_true(exists("dangling"));
	assert_false(exists("nowhere"));
	assert_int_equal(unlink(link), 0);
}

static void a_folder_that_is_not_there_or_in_the_way_is_unwritable(void **state)
{
	const char *path = scratch_text("accounts", ALICE), *in_the_way = scratch_path("accounts.new");

	(void)state;
	assert_int_equal(set(scratch_path("no-such-folder/accounts"), "alice"),
			 REASON_ACCOUNT_FILE_UNWRITABLE);
	assert_int_equal(mkdir(in_the_way, 0700), 0);
	assert_int_equal(set(path, "bob"), REASON_ACCOUNT_FILE_UNWRITABLE);
	assert_int_equal(rmdir(in_the_way), 0);
	assert_bytes(scratch_read("accounts"), text(ALICE));
}

/* It would refuse everybody from then on. */
static void a_file_is_not_made_too_big_to_be_read(void **state)
{
	static char comments[ACCOUNT_FILE_MAX];
	const char *path;

	(void)state;
	memset(comments, '#', sizeof(comments));
	comments[sizeof(comments) - 1] = '\n';
	path = scratch_write("accounts", slice_of(comments, sizeof(comments)), 0600);
	assert_int_equal(set(path, "bob"), REASON_ACCOUNT_FILE_UNWRITABLE);
	assert_int_equal(scratch_read("accounts").size, sizeof(comments));
	assert_int_equal(unlink(path), 0);
}

static void a_name_without_a_folder_lies_in_the_current_one(void **state)
{
	int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	scratch_text("local-accounts", ALICE);
	assert_true(here >= 0);
	assert_int_equal(chdir(scratch_path(".")), 0);
	assert_int_equal(set("local-accounts", "bob"), REASON_OK);
	assert_int_equal(fchdir(here), 0);
	close(here);
	assert_bytes(scratch_read("local-accounts"), text(ALICE "bob::" H2 "\n"));
}

static void without_memory_the_file_stays_and_nothing_leaks(void **state)
{
	const char *path = scratch_text("accounts", ALICE);
	long alive = seam_blocks_alive(), n;

	(void)state;
	for (n = 1;; n++) {
		long made = seam_allocations();
		enum reason reason;

		seam_fail_allocation(n);
		reason = set(path, "bob");
		seam_fail_allocation(0);
		assert_int_equal(seam_blocks_alive(), alive);
		assert_false(exists("accounts.new"));
		if (seam_allocations() - made < n) {
			assert_int_equal(reason, REASON_OK);
			break;
		}
		assert_int_equal(reason, REASON_OUT_OF_MEMORY);
		scratch_read("accounts"); /* before or after the rename: whole in any case */
		scratch_text("accounts", ALICE);
	}
	assert_true(n > 4);
	assert_bytes(scratch_read("accounts"), text(ALICE "bob::" H2 "\n"));
}

/* --- One at a time --- */

/* Without `held`, which would be a part of the parent's lock. */
static pid_t set_in_a_child(const char *path, const char *user, int held)
{
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		close(held);
		_exit(set(path, user) == REASON_OK ? 0 : 1);
	}
	return child;
}

/* Whoever holds it that long has stopped, and must not stop others. */
static void a_change_does_not_wait_for_ever(void **state)
{
	const char *path = scratch_text("accounts", ALICE);
	int held = open(scratch_path("accounts.lock"), O_RDWR | O_CREAT | O_CLOEXEC, 0600), status;
	pid_t child;

	(void)state;
	assert_true(held >= 0);
	assert_int_equal(flock(held, LOCK_EX), 0);
	child = set_in_a_child(path, "bob", held);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) != 0);
	assert_bytes(scratch_read("accounts"), text(ALICE));
	close(held);
}

static void a_change_waits_for_the_lock(void **state)
{
	const char *path = scratch_text("accounts", ALICE);
	int held = open(scratch_path("accounts.lock"), O_RDWR | O_CREAT | O_CLOEXEC, 0600), status;
	pid_t child;

	(void)state;
	assert_true(held >= 0);
	assert_int_equal(flock(held, LOCK_EX), 0);
	child = set_in_a_child(path, "bob", held);
	usleep(100000);
	assert_int_equal(waitpid(child, &status, WNOHANG), 0);
	assert_bytes(scratch_read("accounts"), text(ALICE));
	close(held);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_bytes(scratch_read("accounts"), text(ALICE "bob::" H2 "\n"));
}

static void no_change_is_lost_between_processes(void **state)
{
	enum { CHILDREN = 12 };
	const char *path = scratch_text("accounts", "");
	pid_t children[CHILDREN];
	struct account_lines lines;
	struct account_entry entry;
	int status, found = 0;

	(void)state;
	for (int i = 0; i < CHILDREN; i++)
		children[i] = set_in_a_child(path, (char[]) { (char)('a' + i), 0 }, -1);
	for (int i = 0; i < CHILDREN; i++) {
		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
	lines = account_lines_of(scratch_read("accounts"));
	while (account_lines_next(&lines, &entry) == ACCOUNT_NEXT_ENTRY)
		found++;
	assert_int_equal(found, CHILDREN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_file_holds_is_read),
		cmocka_unit_test(a_long_file_is_read_to_its_end),
		cmocka_unit_test(an_empty_file_is_read),
		cmocka_unit_test(an_absent_file_is_missing_and_the_trace_says_so),
		cmocka_unit_test(a_file_that_others_could_read_or_change_is_unsafe),
		cmocka_unit_test(a_file_that_is_not_ours_to_read_is_refused),
		cmocka_unit_test(a_folder_is_no_account_file),
		cmocka_unit_test(a_link_is_not_followed),
		cmocka_unit_test(a_fifo_is_refused_without_waiting_for_a_writer),
		cmocka_unit_test(a_file_beyond_the_limit_is_refused),
		cmocka_unit_test(without_descriptors_nothing_is_read_and_the_trace_says_why),
		cmocka_unit_test(without_memory_nothing_is_read_and_nothing_leaks),
		cmocka_unit_test(no_descriptor_is_left_open),
		cmocka_unit_test(a_new_file_is_for_its_owner_alone_whatever_the_umask),
		cmocka_unit_test(accounts_are_set_and_removed),
		cmocka_unit_test(the_old_file_is_replaced_not_overwritten),
		cmocka_unit_test(what_a_crash_left_behind_does_not_matter),
		cmocka_unit_test(removing_does_not_make_a_file),
		cmocka_unit_test(a_file_that_is_unsafe_or_malformed_is_left_as_it_is),
		cmocka_unit_test(a_folder_that_is_not_there_or_in_the_way_is_unwritable),
		cmocka_unit_test(a_file_is_not_made_too_big_to_be_read),
		cmocka_unit_test(a_name_without_a_folder_lies_in_the_current_one),
		cmocka_unit_test(without_memory_the_file_stays_and_nothing_leaks),
		cmocka_unit_test(a_change_waits_for_the_lock),
		cmocka_unit_test(a_change_does_not_wait_for_ever),
		cmocka_unit_test(no_change_is_lost_between_processes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
