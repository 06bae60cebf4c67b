/* Looks into every block that the library frees for a secret that should have been wiped. */
#ifndef OPENSSPI_TESTS_SUPPORT_CANARY_H
#define OPENSSPI_TESTS_SUPPORT_CANARY_H

#include "base/slice.h"

/* From now on. `secret` is kept by the caller. */
void canary_watch(struct slice secret);
/* Ends the watch: whether it was found. */
bool canary_left(void);

#endif
