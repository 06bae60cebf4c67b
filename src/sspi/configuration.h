/* What holds for the whole process: OpensspiConfigure. */
#ifndef OPENSSPI_SSPI_CONFIGURATION_H
#define OPENSSPI_SSPI_CONFIGURATION_H

#include "base/compiler.h"
#include "base/reason.h"
#include "base/secret.h"

/* A copy for one call, wiped with configuration_wipe. Paths end with a NUL; empty: not configured. */
struct configuration {
	struct secret context_key_file, account_file;
	bool impersonation_none;
};

NODISCARD enum reason configuration_read(struct configuration *configuration);
void configuration_wipe(struct configuration *configuration);
/* NULL: not configured. */
const char *configuration_path(const struct secret *path);

#endif
