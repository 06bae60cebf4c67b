/* NSS, by the machine's own and by one whose answers are made here: what this program defines comes before libc's. */
#include "access_token/user_lookup.h"

#include "base/memory.h"
#include "support/hex.h"
#include "support/seams.h"

#include <dlfcn.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>

/* What the next look-ups meet. */
static struct {
	bool made_here;
	int error;        /* of getpwnam_r */
	const char *name; /* of the entry; NULL: none */
	size_t entry_size;
	int groups; /* how many there are */
	int told;   /* how many there are said to be when they do not fit; negative: as many as there are */
	long entries, lists; /* how often each was called */
} nss;

int getpwnam_r(const char *name, struct passwd *entry, char *text, size_t size, struct passwd **found)
{
	int (*real)(const char *, struct passwd *, char *, size_t, struct passwd **);

	nss.entries++;
	if (!nss.made_here) {
		*(void **)&real = dlsym(RTLD_NEXT, "getpwnam_r");
		return real(name, entry, text, size, found);
	}
	*found = NULL;
	if (nss.error || !nss.name)
		return nss.error;
	if (size < nss.entry_size)
		return ERANGE;
	*entry = (struct passwd) { .pw_name = text, .pw_uid = 1000, .pw_gid = 100 };
	memcpy(text, nss.name, strlen(nss.name) + 1);
	*found = entry;
	return 0;
}

int getgrouplist(const char *name, gid_t gid, gid_t *groups, int *count)
{
	int (*real)(const char *, gid_t, gid_t *, int *);
	int room = *count;

	nss.lists++;
	if (!nss.made_here) {
		*(void **)&real = dlsym(RTLD_NEXT, "getgrouplist");
		return real(name, gid, groups, count);
	}
	for (int i = 0; i < nss.groups && i < room; i++)
		groups[i] = gid + (gid_t)i;
	*count = room < nss.groups && nss.told >= 0 ? nss.told : nss.groups;
	return room < nss.groups ? -1 : nss.groups;
}

static void start(const char *name, int groups)
{
	memset(&nss, 0, sizeof(nss));
	nss.made_here = true;
	nss.name = name;
	nss.groups = groups;
	nss.told = -1;
}

static void root_is_a_user_of_every_machine(void **state)
{
	struct user_ids ids = { 1, 1, NULL, 0 };
	bool has_group_0 = false;

	(void)state;
	memset(&nss, 0, sizeof(nss));
	assert_int_equal(user_lookup("root", &ids), REASON_OK);
	assert_int_equal(ids.uid, 0);
	assert_int_equal(ids.gid, 0);
	for (size_t i = 0; i < ids.group_count; i++)
		has_group_0 |= ids.groups[i] == 0;
	assert_true(has_group_0);
	assert_int_equal(nss.entries, 1);
	memory_free(ids.groups);
}

static void a_name_that_no_machine_has_is_no_user(void **state)
{
	struct user_ids ids;

	(void)state;
	memset(&nss, 0, sizeof(nss));
	assert_int_equal(user_lookup("no such user, surely", &ids), REASON_NO_LOCAL_USER);
}

static void an_entry_and_a_list_of_any_usual_length_are_read(void **state)
{
	static const int counts[] = { 1, 31, 32, 33, 5000, 65536 };
	struct user_ids ids;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(counts); i++) {
		start("alice", counts[i]);
		nss.entry_size = i * 10000;
		assert_int_equal(user_lookup("alice", &ids), REASON_OK);
		assert_int_equal(ids.uid, 1000);
		assert_int_equal(ids.gid, 100);
		assert_int_equal(ids.group_count, counts[i]);
		for (size_t g = 0; g < ids.group_count; g++)
			assert_int_equal(ids.groups[g], 100 + g);
		memory_free(ids.groups);
	}
}

static void an_entry_without_end_and_a_list_without_end_fail(void **state)
{
	struct user_ids ids;
	long before = seam_blocks_alive();

	(void)state;
	start("alice", 1);
	nss.entry_size = 64 * 1024 * 1024;
	assert_int_equal(user_lookup("alice", &ids), REASON_USER_LOOKUP_FAILED);
	assert_true(nss.entries < 20);
	start("alice", 1000 * 1000);
	assert_int_equal(user_lookup("alice", &ids), REASON_USER_LOOKUP_FAILED);
	/* It did not fit, and is said to be no longer than the room that it had: no loop. */
	start("alice", 100);
	nss.told = 32;
	assert_int_equal(user_lookup("alice", &ids), REASON_USER_LOOKUP_FAILED);
	assert_int_equal(nss.lists, 1);
	assert_int_equal(seam_blocks_alive(), before);
}

/* As directories do that know no upper and lower case, or add their domain. */
static void an_entry_of_another_name_is_not_the_user(void **state)
{
	static const char *const others[] = { "Alice", "alic", "alice2", "CORP\\alice", "" };
	struct user_ids ids;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(others); i++) {
		start(others[i], 1);
		assert_int_equal(user_lookup("alice", &ids), REASON_NO_LOCAL_USER);
		assert_int_equal(nss.lists, 0);
	}
}

static void an_error_is_no_answer(void **state)
{
	static const struct {
		int error;
		enum reason reason;
	} rows[] = {
		{ 0, REASON_NO_LOCAL_USER },           { ENOENT, REASON_NO_LOCAL_USER },
		{ ESRCH, REASON_NO_LOCAL_USER },       { EIO, REASON_USER_LOOKUP_FAILED },
		{ EMFILE, REASON_USER_LOOKUP_FAILED }, { EINTR, REASON_USER_LOOKUP_FAILED },
		{ EPERM, REASON_USER_LOOKUP_FAILED },  { EAGAIN, REASON_USER_LOOKUP_FAILED },
		{ ENOMEM, REASON_OUT_OF_MEMORY },
	};
	struct user_ids ids;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		start(NULL, 0);
		nss.error = rows[i].error;
		assert_int_equal(user_lookup("alice", &ids), rows[i].reason);
	}
}

static void without_memory_there_is_no_answer(void **state)
{
	long before = seam_blocks_alive();
	struct user_ids ids;

	(void)state;
	for (long n = 1; n <= 4; n++) { /* two sizes of the entry, two of the list */
		start("alice", 100);
		nss.entry_size = 2000;
		seam_fail_allocation(n);
		assert_int_equal(user_lookup("alice", &ids), REASON_OUT_OF_MEMORY);
		seam_fail_allocation(0);
		assert_int_equal(seam_blocks_alive(), before);
	}
	assert_int_equal(user_lookup("alice", &ids), REASON_OK);
	memory_free(ids.groups);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(root_is_a_user_of_every_machine),
		cmocka_unit_test(a_name_that_no_machine_has_is_no_user),
		cmocka_unit_test(an_entry_and_a_list_of_any_usual_length_are_read),
		cmocka_unit_test(an_entry_without_end_and_a_list_without_end_fail),
		cmocka_unit_test(an_entry_of_another_name_is_not_the_user),
		cmocka_unit_test(an_error_is_no_answer),
		cmocka_unit_test(without_memory_there_is_no_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
