#include "access_token/user_lookup.h"

#include "base/memory.h"
#include "base/trace.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <string.h>

/* Where the buffers begin, and how far they grow. */
enum { ENTRY_SIZE = 1024, ENTRY_MAX = 1024 * 1024, GROUPS = 32, GROUPS_MAX = NGROUPS_MAX + 1 };

/* 0, or an error number: ERANGE if `size` bytes do not hold the entry; ENOENT. */
static int find_entry(const char *name, size_t size, struct user_ids *ids)
{
	struct passwd entry, *found = NULL;
	char *text = memory_allocate(size);
	int error = text ? getpwnam_r(name, &entry, text, size, &found) : ENOMEM;

	/* Some directories take another case or form of a name; they may not say who is meant here. */
	if (found && strcmp(entry.pw_name, name) != 0)
		found = NULL;
	if (found)
		*ids = (struct user_ids) { .uid = entry.pw_uid, .gid = entry.pw_gid };
	if (text)
		memory_wipe(text, size); /* old machines have the password's hash in here */
	memory_free(text);
	return error || found ? error : ENOENT;
}

static enum reason find_user(const char *name, struct user_ids *ids)
{
	size_t size = ENTRY_SIZE;
	int error;

	while ((error = find_entry(name, size, ids)) == ERANGE && size < ENTRY_MAX)
		size *= 2;
	switch (error) {
	case 0:
		return REASON_OK;
	case ENOENT: /* getpwnam(3): some modules say so instead of an empty result */
	case ESRCH:
		return REASON_NO_LOCAL_USER;
	case ENOMEM:
		return REASON_OUT_OF_MEMORY;
	default:
		trace("user", REASON_USER_LOOKUP_FAILED, "getpwnam_r says error %d", error);
		return REASON_USER_LOOKUP_FAILED;
	}
}

/* getgrouplist(3) tells how many groups there are when they did not fit. */
static enum reason find_groups(const char *name, struct user_ids *ids)
{
	int room = GROUPS, count;

	for (;;) {
		count = room;
		ids->groups = memory_allocate(sizeof(*ids->groups) * (size_t)room);
		if (!ids->groups)
			return REASON_OUT_OF_MEMORY;
		if (getgrouplist(name, ids->gid, ids->groups, &count) >= 0)
			break;
		memory_free(ids->groups);
		ids->groups = NULL;
		if (count <= room || count > GROUPS_MAX) {
			trace("user", REASON_USER_LOOKUP_FAILED, "getgrouplist failed with %d groups", count);
			return REASON_USER_LOOKUP_FAILED;
		}
		room = count;
	}
	ids->group_count = (size_t)count;
	return REASON_OK;
}

enum reason user_lookup(const char *name, struct user_ids *ids)
{
	enum reason reason = find_user(name, ids);

	return reason == REASON_OK ? find_groups(name, ids) : reason;
}
