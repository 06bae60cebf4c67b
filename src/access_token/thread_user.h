/* Which user the calling thread acts as, to the kernel. Here a thread's change of user will be done and undone. */
#ifndef OPENSSPI_ACCESS_TOKEN_THREAD_USER_H
#define OPENSSPI_ACCESS_TOKEN_THREAD_USER_H

#include "access_token/user_lookup.h"

/*
 * The calling thread goes on as this user, which today it must be already: its effective uid and gid, its groups, and
 * what the kernel opens files as. Every refusal is traced. UID_ZERO, THREAD_IS_ANOTHER, OUT_OF_MEMORY.
 */
NODISCARD enum reason thread_become(const struct user_ids *ids);

#endif
