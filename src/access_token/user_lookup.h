/*
 * The users of this machine come in through this file alone: NSS, which may ask a directory and wait for it. Tests
 * link their own.
 */
#ifndef OPENSSPI_ACCESS_TOKEN_USER_LOOKUP_H
#define OPENSSPI_ACCESS_TOKEN_USER_LOOKUP_H

#include "base/compiler.h"
#include "base/reason.h"

#include <stddef.h>
#include <sys/types.h>

/* What the kernel knows a user by. */
struct user_ids {
	uid_t uid;
	gid_t gid;
	gid_t *groups; /* the supplementary ones, `gid` among them */
	size_t group_count;
};

/*
 * The user of exactly this name. On success the groups are the caller's, from memory_allocate.
 * NO_LOCAL_USER: there is none; USER_LOOKUP_FAILED: it cannot be told now; OUT_OF_MEMORY.
 */
NODISCARD enum reason user_lookup(const char *name, struct user_ids *ids);

#endif
