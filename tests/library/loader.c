/*
 * Loads the library as FreeRDP's /sspi-module does: dlopen, InitSecurityInterfaceA without arguments, only the table
 * afterwards. Unloads it again and goes on: tables and handles stay good for the life of the process.
 */
#include <sspi.h>

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

static int complain(const char *what)
{
	puts(what);
	return 1;
}

static int use(const SecurityFunctionTableA *table)
{
	char name[] = "NTLM";
	PSecPkgInfoA info;
	CredHandle credential;

	if (table->QuerySecurityPackageInfoA(name, &info) != SEC_E_OK || strcmp(info->Name, name) != 0)
		return complain("QuerySecurityPackageInfo");
	if (table->AcquireCredentialsHandleA(NULL, info->Name, SECPKG_CRED_INBOUND, NULL, NULL, NULL, NULL,
					     &credential, NULL) != SEC_E_OK)
		return complain("AcquireCredentialsHandle");
	if (table->FreeCredentialHandle(&credential) != SEC_E_OK ||
	    table->FreeContextBuffer(info) != SEC_E_OK)
		return complain("FreeCredentialsHandle, FreeContextBuffer");
	return 0;
}

int main(int argc, char **argv)
{
	INIT_SECURITY_INTERFACE_A init;
	PSecurityFunctionTableA table;
	void *library = argc == 2 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL;
	void *symbol = library ? dlsym(library, "InitSecurityInterfaceA") : NULL;

	if (!symbol)
		return complain("no InitSecurityInterfaceA");
	memcpy(&init, &symbol, sizeof(init));
	table = init();
	if (!table || use(table))
		return complain("the table");
	if (dlclose(library))
		return complain("dlclose");
	return use(table);
}
