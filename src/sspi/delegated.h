/* The credentials that a client delegated, in the two forms they are given out. */
#ifndef OPENSSPI_SSPI_DELEGATED_H
#define OPENSSPI_SSPI_DELEGATED_H

#include "sspi/context.h"

#include <opensspi/credssp.h>

/*
 * CREDS and CREDS_2 of a finished context: a packed KERB_INTERACTIVE_LOGON with the account's canonical names.
 * UNSUPPORTED: not a server, or not this package; NO_CREDENTIAL: no password was delegated.
 */
NODISCARD enum reason delegated_logon(const struct context *context, SecPkgContext_ClientCreds *credentials);

#endif
