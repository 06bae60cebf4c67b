/* Which packages there are. Adding one is a line in packages.c. */
#ifndef OPENSSPI_SSPI_PACKAGES_H
#define OPENSSPI_SSPI_PACKAGES_H

#include "package/package.h"

/* NULL at the end: what a program may name, and what CREDSSP and Negotiate may choose from. */
extern const struct security_package *const public_packages[];
extern const struct security_package *const all_packages[];

#endif
