#include "access_token/thread_user.h"

#include "base/memory.h"
#include "base/trace.h"

#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * The system calls themselves: they are about the calling thread, and what a program loaded in front of the C library
 * (fakeroot) does not answer. 32-bit machines have older ones too, for ids of 16 bits.
 */
#ifdef SYS_geteuid32
#define GETEUID   SYS_geteuid32
#define GETEGID   SYS_getegid32
#define GETGROUPS SYS_getgroups32
#define SETFSUID  SYS_setfsuid32
#define SETFSGID  SYS_setfsgid32
#else
#define GETEUID   SYS_geteuid
#define GETEGID   SYS_getegid
#define GETGROUPS SYS_getgroups
#define SETFSUID  SYS_setfsuid
#define SETFSGID  SYS_setfsgid
#endif

/* --- Groups, as sets */

static int compare(const void *a, const void *b)
{
	gid_t first = *(const gid_t *)a, second = *(const gid_t *)b;

	return (first > second) - (first < second);
}

/* Those of a user, in order, each once, the primary one among them: whether it is listed twice grants nothing. */
struct group_set {
	gid_t *gids;
	size_t count;
};

static void group_set_free(struct group_set *set)
{
	memory_free(set->gids);
}

/* Takes over `gids`, which has room for one more. */
static struct group_set group_set_of(gid_t *gids, size_t count, gid_t primary)
{
	size_t kept = 0;

	gids[count++] = primary;
	qsort(gids, count, sizeof(*gids), compare);
	for (size_t i = 0; i < count; i++)
		if (kept == 0 || gids[kept - 1] != gids[i])
			gids[kept++] = gids[i];
	return (struct group_set) { gids, kept };
}

static bool group_set_fill(struct group_set *set, const struct user_ids *ids)
{
	gid_t *gids = memory_allocate(sizeof(*gids) * (ids->group_count + 1));

	if (!gids)
		return false;
	if (ids->group_count)
		memcpy(gids, ids->groups, sizeof(*gids) * ids->group_count);
	*set = group_set_of(gids, ids->group_count, ids->gid);
	return true;
}

static bool group_set_equal(const struct group_set *a, const struct group_set *b)
{
	return a->count == b->count && memcmp(a->gids, b->gids, sizeof(*a->gids) * a->count) == 0;
}

/* --- The thread */

static void ids_free(struct user_ids *ids)
{
	memory_free(ids->groups);
}

static enum reason read_thread(struct user_ids *ids)
{
	int count = (int)syscall(GETGROUPS, 0, NULL);

	*ids = (struct user_ids) { .uid = (uid_t)syscall(GETEUID), .gid = (gid_t)syscall(GETEGID) };
	if (count < 0)
		return REASON_THREAD_IS_ANOTHER;
	ids->groups = memory_allocate(sizeof(*ids->groups) * (size_t)count);
	if (!ids->groups)
		return REASON_OUT_OF_MEMORY;
	ids->group_count = (size_t)count;
	return count == 0 || syscall(GETGROUPS, count, ids->groups) == count ? REASON_OK
									     : REASON_THREAD_IS_ANOTHER;
}

/* setfsuid(2): the id that is none changes nothing, and the call returns what files are opened as. */
static bool opens_files_as(const struct user_ids *ids)
{
	return (uid_t)syscall(SETFSUID, (uid_t)-1) == ids->uid &&
	       (gid_t)syscall(SETFSGID, (gid_t)-1) == ids->gid;
}

static enum reason compare_ids(const struct user_ids *thread, const struct user_ids *ids)
{
	CLEANUP(group_set_free) struct group_set has = { 0 }, wanted = { 0 };

	if (thread->uid != ids->uid || thread->gid != ids->gid || !opens_files_as(ids))
		return REASON_THREAD_IS_ANOTHER;
	if (!group_set_fill(&has, thread) || !group_set_fill(&wanted, ids))
		return REASON_OUT_OF_MEMORY;
	return group_set_equal(&has, &wanted) ? REASON_OK : REASON_THREAD_IS_ANOTHER;
}

/* The one place where a thread is, or later becomes, somebody. */
enum reason thread_become(const struct user_ids *ids)
{
	CLEANUP(ids_free) struct user_ids thread = { 0 };
	enum reason reason = read_thread(&thread);

	if (reason == REASON_OK)
		reason = compare_ids(&thread, ids);
	if (reason == REASON_THREAD_IS_ANOTHER && ids->uid == 0)
		reason = REASON_UID_ZERO;
	if (reason != REASON_OK)
		trace("thread", reason, "uid %u, gid %u, %zu groups; wanted: uid %u, gid %u, %zu groups: %s",
		      (unsigned)thread.uid, (unsigned)thread.gid, thread.group_count, (unsigned)ids->uid,
		      (unsigned)ids->gid, ids->group_count, reason_sentence(reason));
	return reason;
}
