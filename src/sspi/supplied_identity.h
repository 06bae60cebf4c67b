/* An identity in pAuthData: what packages take of it. */
#ifndef OPENSSPI_SSPI_SUPPLIED_IDENTITY_H
#define OPENSSPI_SSPI_SUPPLIED_IDENTITY_H

#include "sspi/auth_data.h"

/* Fills user, domain, password and package list. BAD_CREDENTIAL_DATA, UNSUPPORTED, OUT_OF_MEMORY. */
NODISCARD enum reason supplied_identity_decode(const void *data, struct auth_data *auth);

#endif
