/* A program's own authority: the callbacks of OPENSSPI_OPTIONS behind the vtable of authority.h. */
#ifndef OPENSSPI_SSPI_CALLBACK_AUTHORITY_H
#define OPENSSPI_SSPI_CALLBACK_AUTHORITY_H

#include "authority/authority.h"

#include <opensspi/opensspi.h>

/*
 * NtlmCallback is not NULL. Freeing the authority calls CallbackFree. `names` must outlive the authority. NULL: no
 * memory; then CallbackFree was not called and is still the caller's to call.
 */
struct authority *callback_authority_new(const OPENSSPI_OPTIONS *options, const struct host_names *names);

#endif
