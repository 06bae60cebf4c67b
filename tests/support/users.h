/* The tests' own users of this machine, linked in place of NSS. Each test program starts with none. */
#ifndef OPENSSPI_TESTS_SUPPORT_USERS_H
#define OPENSSPI_TESTS_SUPPORT_USERS_H

#include "access_token/user_lookup.h"

/* One user, by this name; both are borrowed. NULL: no user at all. */
void users_set(const char *name, const struct user_ids *ids);
/* All look-ups end like this, but for REASON_OK, with which they are done. */
void users_fail(enum reason reason);
/* How often somebody was looked up. */
long users_asked(void);
/* What this thread is to the kernel; groups up to the size of the array that they stay in. */
struct user_ids users_own_ids(void);

#endif
