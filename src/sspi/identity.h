/* SEC_WINNT_AUTH_IDENTITY in its forms. */
#ifndef OPENSSPI_SSPI_IDENTITY_H
#define OPENSSPI_SSPI_IDENTITY_H

#include "sspi/auth_data.h"

/* Fills user, domain, password and package list. BAD_CREDENTIAL_DATA, UNSUPPORTED, OUT_OF_MEMORY. */
NODISCARD enum reason identity_decode(const void *data, struct auth_data *auth);

#endif
