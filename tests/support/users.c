#include "support/users.h"

#include "base/memory.h"
#include "support/hex.h"

#include <limits.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

static const char *known_name;
static const struct user_ids *known_ids;
static enum reason failure;
static atomic_long asked;

void users_set(const char *name, const struct user_ids *ids)
{
	known_name = name;
	known_ids = ids;
}

void users_fail(enum reason reason)
{
	failure = reason;
}

long users_asked(void)
{
	return asked;
}

enum reason user_lookup(const char *name, struct user_ids *ids)
{
	asked++;
	if (failure != REASON_OK)
		return failure;
	if (!known_name || strcmp(name, known_name) != 0)
		return REASON_NO_LOCAL_USER;
	*ids = *known_ids;
	ids->groups = memory_allocate(ids->group_count * sizeof(*ids->groups));
	if (!ids->groups)
		return REASON_OUT_OF_MEMORY;
	if (ids->group_count)
		memcpy(ids->groups, known_ids->groups, ids->group_count * sizeof(*ids->groups));
	return REASON_OK;
}

struct user_ids users_own_ids(void)
{
	static gid_t groups[NGROUPS_MAX];
	int count = getgroups(NGROUPS_MAX, groups);

	assert_true(count >= 0);
	return (struct user_ids) { geteuid(), getegid(), groups, (size_t)count };
}
