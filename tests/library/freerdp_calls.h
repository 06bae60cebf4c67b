/*
 * The calls that FreeRDP makes through a table from /sspi-module, with its structures: one side of its CredSSP against
 * the other, in one process. Nothing of the library is known here but what the table holds.
 */
#ifndef OPENSSPI_TESTS_LIBRARY_FREERDP_CALLS_H
#define OPENSSPI_TESTS_LIBRARY_FREERDP_CALLS_H

#include <opensspi.h>

#include <stdbool.h>

#define FREERDP_USER     u"alice"
#define FREERDP_DOMAIN   u"CORP"
#define FREERDP_PASSWORD u"Passw0rd!"

/* Private bits of an identity's Flags. */
#define FREERDP_FLAG_OLDER_DATA 0x00000100 /* two pointers lie behind the 72 bytes */
#define FREERDP_FLAG_DATA       0x00000200 /* a version and two pointers do */
#define FREERDP_FLAG_NT_HASH    0x00800000 /* the password is an NT hash in hexadecimal */

struct freerdp_identity {
	SEC_WINNT_AUTH_IDENTITY_EXW identity;
	uint32_t version;
	const void *ntlm_settings, *kerberos_settings;
};

/* What FreeRDP gives for `password`: UTF-16 in spite of the A table. Its settings point nowhere. */
struct freerdp_identity freerdp_identity(const WCHAR *password);
/* A server's: no names, and the settings behind. */
struct freerdp_identity freerdp_server_identity(void);

struct freerdp_side {
	PSecurityFunctionTableA table;
	PSecPkgInfoA info;
	bool is_server, has_credential, has_context;
	CredHandle credential;
	CtxtHandle context;
	uint32_t flags; /* asked for, and what was reached: one variable */
	SECURITY_STATUS status;
	SecBuffer token; /* the last output, in memory of cbMaxToken bytes */
	SecPkgContext_Sizes sizes;
	uint32_t sent, received;
};

/* The table of the library at `path`. Fails the test if there is none. */
PSecurityFunctionTableA freerdp_table(const char *path);
/* An account file with the one account. */
const char *freerdp_accounts(void);
/* A server's pAuthData: `auth_data` and the account file. */
OPENSSPI_OPTIONS freerdp_server_options(void *auth_data);

/* Asks for package Negotiate and acquires; the status is that of the latter. */
SECURITY_STATUS freerdp_start(struct freerdp_side *side, PSecurityFunctionTableA table, bool is_server,
			      void *auth_data);
/* True: both sides are done, and their sizes are asked for. False: one failed. */
bool freerdp_log_on(struct freerdp_side *client, struct freerdp_side *server);
/* One message of so many bytes; checks that it arrives and was not sent in clear. */
void freerdp_send(struct freerdp_side *from, struct freerdp_side *to, uint32_t size);
/* Takes a side in any state. */
void freerdp_end(struct freerdp_side *side);

#endif
