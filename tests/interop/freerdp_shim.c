/*
 * Preloaded into xfreerdp and freerdp-shadow-cli 2.x: InitSecurityInterfaceExA, by which libfreerdp2 asks libwinpr2 for
 * the function table, answers with the table of the library that FREERDP_SHIM_LIBRARY names. FreeRDP gives a server's
 * credential no accounts; FREERDP_SHIM_ACCOUNTS names the account file for it.
 */
#include <opensspi.h>

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__attribute__((visibility("default"))) PSecurityFunctionTableA InitSecurityInterfaceExA(uint32_t flags);

static SecurityFunctionTableA table, own; /* FreeRDP's, and as the library gave it */

static SECURITY_STATUS acquire(SEC_CHAR *principal, SEC_CHAR *package, uint32_t use, void *logon_id,
			       void *auth_data, SEC_GET_KEY_FN get_key, void *get_key_argument,
			       PCredHandle credential, PTimeStamp expiry)
{
	OPENSSPI_OPTIONS options = {
		.Magic = OPENSSPI_OPTIONS_MAGIC,
		.Size = sizeof(options),
		.AuthData = auth_data,
		.AccountFile = getenv("FREERDP_SHIM_ACCOUNTS"),
	};

	return own.AcquireCredentialsHandleA(principal, package, use, logon_id,
					     use & SECPKG_CRED_INBOUND ? &options : auth_data, get_key,
					     get_key_argument, credential, expiry);
}

static SECURITY_STATUS impersonate_nobody(PCtxtHandle context)
{
	(void)context;
	return SEC_E_OK;
}

/*
 * FreeRDP's server calls both when it has the credentials, without asking whether they are there, and refuses the
 * client if one fails. FREERDP_SHIM_IMPERSONATION=none answers in the library's place until that can be told to
 * impersonate nobody.
 */
static void fill_in_impersonation(void)
{
	const char *wanted = getenv("FREERDP_SHIM_IMPERSONATION");

	if (!wanted || strcmp(wanted, "none") != 0)
		return;
	table.ImpersonateSecurityContext = impersonate_nobody;
	table.RevertSecurityContext = impersonate_nobody;
}

static void load(void)
{
	const char *path = getenv("FREERDP_SHIM_LIBRARY");
	void *library = dlopen(path ? path : "", RTLD_NOW | RTLD_LOCAL);
	void *symbol = library ? dlsym(library, "InitSecurityInterfaceA") : NULL;
	INIT_SECURITY_INTERFACE_A init;

	if (!symbol) {
		fprintf(stderr, "freerdp_shim: %s\n", dlerror());
		abort(); /* never go on with another table */
	}
	memcpy(&init, &symbol, sizeof(init));
	table = own = *init();
	table.AcquireCredentialsHandleA = acquire;
	fill_in_impersonation();
}

PSecurityFunctionTableA InitSecurityInterfaceExA(uint32_t flags)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)flags;
	pthread_once(&once, load);
	return &table;
}
