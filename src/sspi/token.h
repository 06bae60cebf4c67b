/* The token of who was let in, as a HANDLE. */
#ifndef OPENSSPI_SSPI_TOKEN_H
#define OPENSSPI_SSPI_TOKEN_H

#include "sspi/context.h"

#include <opensspi/sspi.h>

/*
 * A new HANDLE, closed by OpensspiCloseHandle, for the token of a finished context that the caller has entered. All
 * handles of a context are for one token. NOBODY_LOGGED_ON, OUT_OF_MEMORY: `handle` is left alone.
 */
NODISCARD enum reason token_of_context(const struct context *context, HANDLE *handle);

#endif
