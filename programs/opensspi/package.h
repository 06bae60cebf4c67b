/* What the command must know of a security package before it carries its tokens. */
#ifndef OPENSSPI_PROGRAMS_OPENSSPI_PACKAGE_H
#define OPENSSPI_PROGRAMS_OPENSSPI_PACKAGE_H

#include "base/compiler.h"

#include <stdbool.h>
#include <stdint.h>

struct package {
	bool stream;        /* its tokens are a stream of bytes; else each comes behind its length */
	uint32_t max_token; /* the longest that it takes */
};

/* False: there is none of that name, or it does not go with `rdp` (--framing); said on standard error. */
NODISCARD bool package_look_up(const char *name, bool rdp, struct package *package);

#endif
