/*
 * PCCERT_CONTEXT: Windows' public 40 bytes with a private part behind them. Contexts come from us alone and are looked
 * up by their address; a pointer that is not in the registry is never followed.
 */
#ifndef OPENSSPI_SSPI_CERTIFICATE_CONTEXT_H
#define OPENSSPI_SSPI_CERTIFICATE_CONTEXT_H

#include "certificate/certificate.h"

#include <opensspi/schannel.h>

/* A context for a certificate without its key. NULL: no memory. */
NODISCARD PCCERT_CONTEXT certificate_context_of(struct slice der);
/* The certificate and key behind the context, held for the caller. BAD_CREDENTIAL_DATA: none of ours, or no key. */
NODISCARD enum reason certificate_context_certificate(PCCERT_CONTEXT context,
						      struct certificate **certificate);

#endif
