/* What a machine has beside SSPI: accounts, and a certificate with its key. One file for each kind of machine. */
#ifndef FACTS_HOST_H
#define FACTS_HOST_H

#include "facts.h"

/* The account that logs on in facts. */
#define HOST_USER     "alice"
#define HOST_DOMAIN   "CORP"
#define HOST_PASSWORD "Passw0rd!"
#define HOST_TARGET   "TERMSRV/server.test"

/* A server that knows the account, with a certificate for the packages that want one. */
SECURITY_STATUS host_acquire_server(const char *package, CredHandle *credential);
/* The client's credential around its pAuthData; CREDSSP: one that may hand the password over to any server. */
SECURITY_STATUS host_acquire_client(const char *package, void *auth_data, CredHandle *credential);
/* Whether AcceptSecurityContext can let the account in; where not, the fact ends as not run. */
void host_needs_accounts(void);
/* A server's certificate with its private key, and bytes that are no certificate. */
PCCERT_CONTEXT host_certificate(void);
/* Whether this machine has the package at all; where not, the fact ends as not run. */
void host_needs_package(const char *package);

#endif
