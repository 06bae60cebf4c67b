/* SecPkgInfo: what a package says of itself. */
#ifndef OPENSSPI_SSPI_PACKAGE_INFO_H
#define OPENSSPI_SSPI_PACKAGE_INFO_H

#include "package/package.h"

/* `count` SecPkgInfoA, or W, in one block for FreeContextBuffer; NULL: no memory. */
NODISCARD void *package_info(const struct security_package *const *packages, size_t count, bool wide);
/* By a name in UTF-16LE with a NUL, or NULL. */
const struct security_package *package_find_wide(const struct security_package *const *packages,
						 const uint16_t *name);

#endif
