/* SCHANNEL_CRED and SCH_CREDENTIALS: certificates, versions, and how a peer's certificate is judged. */
#ifndef OPENSSPI_SSPI_SCHANNEL_CRED_H
#define OPENSSPI_SSPI_SCHANNEL_CRED_H

#include "sspi/auth_data.h"

/* BAD_CREDENTIAL_DATA, UNSUPPORTED, TLS_PROTOCOLS, TLS_CIPHER. */
NODISCARD enum reason schannel_cred_decode(const void *data, struct auth_data *auth);
/* For package Schannel, once its one direction is known: the protocols of the other do not count. */
NODISCARD enum reason schannel_cred_direct(struct auth_data *auth, bool accept);
NODISCARD enum reason schannel_cred_take_certificate(PCCERT_CONTEXT context, struct auth_data *auth);

#endif
