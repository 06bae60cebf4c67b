#include "package.h"

#include "status_name.h"
#include "verb.h"

#include <opensspi.h>

bool package_look_up(const char *name, bool rdp, struct package *package)
{
	PSecPkgInfoA info;
	SECURITY_STATUS status = QuerySecurityPackageInfoA((SEC_CHAR *)(uintptr_t)name, &info);

	if (status != SEC_E_OK) {
		complain("there is no package `%s` (%s); `opensspi packages` lists them", name,
			 status_name(status));
		return false;
	}
	package->stream = info->fCapabilities & SECPKG_FLAG_STREAM;
	package->max_token = info->cbMaxToken;
	(void)FreeContextBuffer(info);
	if (!rdp || package->stream)
		return true;
	complain("RDP clients log on by CREDSSP; --package %s goes with --framing raw", name);
	return false;
}
