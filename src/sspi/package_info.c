#include "sspi/package_info.h"

#include "sspi/context_buffer.h"
#include "sspi/failure.h"
#include "sspi/packages.h"
#include "sspi/packed_block.h"
#include "sspi/text.h"

#include <opensspi/sspi.h>

enum { SSPI_VERSION = 1 };

/* The A and W forms differ in what Name and Comment point to alone. */
_Static_assert(sizeof(SecPkgInfoA) == sizeof(SecPkgInfoW), "one layout");

void *package_info(const struct security_package *const *packages, size_t count, bool wide)
{
	CLEANUP(packed_block_wipe)
	struct packed_block block = packed_block_start(count * sizeof(SecPkgInfoA));

	for (size_t i = 0; i < count; i++) {
		size_t at = i * sizeof(SecPkgInfoA);
		SecPkgInfoA info = {
			.fCapabilities = packages[i]->capabilities,
			.wVersion = SSPI_VERSION,
			.wRPCID = packages[i]->rpc_id,
			.cbMaxToken = packages[i]->max_token,
		};

		writer_patch(&block.bytes, at, slice_of(&info, sizeof(info)));
		if (!packed_block_utf8(&block, at + offsetof(SecPkgInfoA, Name), packages[i]->name, wide) ||
		    !packed_block_utf8(&block, at + offsetof(SecPkgInfoA, Comment), packages[i]->comment,
				       wide))
			return NULL;
	}
	return packed_block_finish(&block);
}

const struct security_package *package_find_wide(const struct security_package *const *packages,
						 const uint16_t *name)
{
	CLEANUP(writer_wipe) struct byte_writer utf8 = writer_growing();

	if (!utf16_to_utf8(&utf8, text_wide(name)))
		return NULL;
	writer_u8(&utf8, 0);
	return writer_ok(&utf8) ? package_find(packages, (const char *)utf8.data) : NULL;
}

/* `packages` is a public SecPkgInfo pointer of the right form. */
static SECURITY_STATUS enumerate(uint32_t *count, void **packages, bool wide)
{
	size_t found = 0;

	if (!count || !packages)
		return fail("EnumerateSecurityPackages", REASON_NULL_ARGUMENT, NULL);
	while (public_packages[found])
		found++;
	*packages = package_info(public_packages, found, wide);
	*count = *packages ? (uint32_t)found : 0;
	return *packages ? SEC_E_OK : fail("EnumerateSecurityPackages", REASON_OUT_OF_MEMORY, NULL);
}

static SECURITY_STATUS query(const struct security_package *package, void **info, bool wide)
{
	void *made;

	if (!info)
		return fail("QuerySecurityPackageInfo", REASON_NULL_ARGUMENT, NULL);
	if (!package)
		return fail("QuerySecurityPackageInfo", REASON_UNKNOWN_PACKAGE, NULL);
	made = package_info(&package, 1, wide);
	if (!made)
		return fail("QuerySecurityPackageInfo", REASON_OUT_OF_MEMORY, NULL);
	*info = made;
	return SEC_E_OK;
}

SECURITY_STATUS SEC_ENTRY EnumerateSecurityPackagesA(uint32_t *pcPackages, PSecPkgInfoA *ppPackageInfo)
{
	return enumerate(pcPackages, (void **)ppPackageInfo, false);
}

SECURITY_STATUS SEC_ENTRY EnumerateSecurityPackagesW(uint32_t *pcPackages, PSecPkgInfoW *ppPackageInfo)
{
	return enumerate(pcPackages, (void **)ppPackageInfo, true);
}

SECURITY_STATUS SEC_ENTRY QuerySecurityPackageInfoA(SEC_CHAR *pszPackageName, PSecPkgInfoA *ppPackageInfo)
{
	return query(pszPackageName ? package_find(public_packages, pszPackageName) : NULL,
		     (void **)ppPackageInfo, false);
}

SECURITY_STATUS SEC_ENTRY QuerySecurityPackageInfoW(SEC_WCHAR *pszPackageName, PSecPkgInfoW *ppPackageInfo)
{
	return query(pszPackageName ? package_find_wide(public_packages, pszPackageName) : NULL,
		     (void **)ppPackageInfo, true);
}
