/* What a machine has beside SSPI: accounts, and a certificate with its key. One file for each kind of machine. */
#ifndef OPENSSPI_TESTS_CONFORMANCE_FACTS_HOST_H
#define OPENSSPI_TESTS_CONFORMANCE_FACTS_HOST_H

#include "facts.h"

/* The account that logs on in facts. */
#define HOST_USER     "alice"
#define HOST_DOMAIN   "CORP"
#define HOST_PASSWORD "Passw0rd!"
#define HOST_TARGET   "TERMSRV/server.test"

/* A server that knows the account, with a certificate for the packages that want one. */
SECURITY_STATUS host_acquire_server(const char *package, CredHandle *credential);
/* The same for Schannel with these protocols alone. */
SECURITY_STATUS host_acquire_tls_server(DWORD protocols, CredHandle *credential);
/* The client's credential around its pAuthData; CREDSSP: one that may hand the password over to any server. */
SECURITY_STATUS host_acquire_client(const char *package, void *auth_data, CredHandle *credential);
/* Whether AcceptSecurityContext can let the account in; where not, the fact ends as not run. */
void host_needs_accounts(void);
/* Whether AcceptSecurityContext of Schannel is there. */
void host_needs_tls_server(void);
/* A server's certificate with its private key. */
PCCERT_CONTEXT host_certificate(void);
/* A token's handle. */
void host_close(HANDLE handle);
void host_free_certificate(PCCERT_CONTEXT certificate);
/* Whether this machine has the package at all; where not, the fact ends as not run. */
void host_needs_package(const char *package);

#endif
