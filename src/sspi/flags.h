/* ISC_ and ASC_ bits to and from the one set of names of package/package.h. They agree only up to bit 0x2000. */
#ifndef OPENSSPI_SSPI_FLAGS_H
#define OPENSSPI_SSPI_FLAGS_H

#include "base/compiler.h"
#include "package/package.h"

/* FLAG_ names for fContextReq. False: it asks for something that is not offered and may not be left out silently. */
NODISCARD bool flags_requested(enum role role, uint32_t bits, uint32_t *flags);
/* Whether the bits of SEC_FLAGS, above bit 31, can be had. */
NODISCARD bool flags_extended(enum role role, uint64_t bits);
/* pfContextAttr for what was reached. */
uint32_t flags_reached(enum role role, uint32_t flags);

#endif
