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

/* FreeRDP's server calls both when it has the credentials, and refuses the client if Impersonate fails. */
static void impersonate_nobody(void *library)
{
	OPENSSPI_CONFIGURATION configuration = {
		.Size = sizeof(configuration),
		.Flags = OPENSSPI_IMPERSONATION_NONE,
	};
	SECURITY_STATUS (*configure)(const OPENSSPI_CONFIGURATION *);
	void *symbol = dlsym(library, "OpensspiConfigure");

	memcpy(&configure, &symbol, sizeof(configure));
	if (!configure || configure(&configuration) != SEC_E_OK)
		abort();
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
	impersonate_nobody(library);
}

PSecurityFunctionTableA InitSecurityInterfaceExA(uint32_t flags)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)flags;
	pthread_once(&once, load);
	return &table;
}
