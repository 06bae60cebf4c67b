/* CREDSSP_CRED and CREDSSP_CRED_EX: what CREDSSP's two inner packages get. */
#ifndef OPENSSPI_SSPI_CREDSSP_CRED_H
#define OPENSSPI_SSPI_CREDSSP_CRED_H

#include "sspi/auth_data.h"

/* BAD_CREDENTIAL_DATA, UNSUPPORTED, OUT_OF_MEMORY. */
NODISCARD enum reason credssp_cred_decode(const void *data, struct auth_data *auth);

#endif
