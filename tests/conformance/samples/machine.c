/*
 * What a Windows machine has and a server written for it does not mention: accounts. Preloaded, it gives a server that
 * comes with no pAuthData the account file of $SAMPLE_ACCOUNTS.
 */
#include <opensspi.h>

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

static OPENSSPI_OPTIONS accounts(void)
{
	return (OPENSSPI_OPTIONS) {
		.Magic = OPENSSPI_OPTIONS_MAGIC,
		.Size = sizeof(OPENSSPI_OPTIONS),
		.AccountFile = secure_getenv("SAMPLE_ACCOUNTS"),
	};
}

static void find_next(const char *name, void *function)
{
	void *found = dlsym(RTLD_NEXT, name);

	memcpy(function, &found, sizeof(found));
}

SECURITY_STATUS SEC_ENTRY AcquireCredentialsHandleA(SEC_CHAR *principal, SEC_CHAR *package, uint32_t use,
						    void *logon_id, void *auth_data, SEC_GET_KEY_FN get_key,
						    void *argument, PCredHandle credential, PTimeStamp expiry)
{
	OPENSSPI_OPTIONS options = accounts();
	__typeof__(&AcquireCredentialsHandleA) next;

	find_next("AcquireCredentialsHandleA", &next);
	if (!auth_data && use & SECPKG_CRED_INBOUND)
		auth_data = &options;
	return next(principal, package, use, logon_id, auth_data, get_key, argument, credential, expiry);
}

SECURITY_STATUS SEC_ENTRY AcquireCredentialsHandleW(SEC_WCHAR *principal, SEC_WCHAR *package, uint32_t use,
						    void *logon_id, void *auth_data, SEC_GET_KEY_FN get_key,
						    void *argument, PCredHandle credential, PTimeStamp expiry)
{
	OPENSSPI_OPTIONS options = accounts();
	__typeof__(&AcquireCredentialsHandleW) next;

	find_next("AcquireCredentialsHandleW", &next);
	if (!auth_data && use & SECPKG_CRED_INBOUND)
		auth_data = &options;
	return next(principal, package, use, logon_id, auth_data, get_key, argument, credential, expiry);
}
