/* What is declared and not built: every call says SEC_E_UNSUPPORTED_FUNCTION. docs/status.md lists it as missing. */
#include "sspi/failure.h"

#include <opensspi/sspi.h>

#define NOT_BUILT(function) fail(function, REASON_UNSUPPORTED, "this function is not built")

SECURITY_STATUS SEC_ENTRY AddSecurityPackageA(SEC_CHAR *pszPackageName, PSECURITY_PACKAGE_OPTIONS pOptions)
{
	(void)pszPackageName, (void)pOptions;
	return NOT_BUILT("AddSecurityPackageA");
}

SECURITY_STATUS SEC_ENTRY AddSecurityPackageW(SEC_WCHAR *pszPackageName, PSECURITY_PACKAGE_OPTIONS pOptions)
{
	(void)pszPackageName, (void)pOptions;
	return NOT_BUILT("AddSecurityPackageW");
}

SECURITY_STATUS SEC_ENTRY DeleteSecurityPackageA(SEC_CHAR *pszPackageName)
{
	(void)pszPackageName;
	return NOT_BUILT("DeleteSecurityPackageA");
}

SECURITY_STATUS SEC_ENTRY DeleteSecurityPackageW(SEC_WCHAR *pszPackageName)
{
	(void)pszPackageName;
	return NOT_BUILT("DeleteSecurityPackageW");
}

SECURITY_STATUS SEC_ENTRY SspiEncryptAuthIdentity(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthData)
{
	(void)AuthData;
	return NOT_BUILT("SspiEncryptAuthIdentity");
}

SECURITY_STATUS SEC_ENTRY SspiDecryptAuthIdentity(PSEC_WINNT_AUTH_IDENTITY_OPAQUE EncryptedAuthData)
{
	(void)EncryptedAuthData;
	return NOT_BUILT("SspiDecryptAuthIdentity");
}

SECURITY_STATUS SEC_ENTRY SspiEncryptAuthIdentityEx(uint32_t Options,
						    PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthData)
{
	(void)Options, (void)AuthData;
	return NOT_BUILT("SspiEncryptAuthIdentityEx");
}

SECURITY_STATUS SEC_ENTRY SspiDecryptAuthIdentityEx(uint32_t Options,
						    PSEC_WINNT_AUTH_IDENTITY_OPAQUE EncryptedAuthData)
{
	(void)Options, (void)EncryptedAuthData;
	return NOT_BUILT("SspiDecryptAuthIdentityEx");
}

SECURITY_STATUS SEC_ENTRY SaslEnumerateProfilesA(SEC_CHAR **ProfileList, uint32_t *ProfileCount)
{
	(void)ProfileList, (void)ProfileCount;
	return NOT_BUILT("SaslEnumerateProfilesA");
}

SECURITY_STATUS SEC_ENTRY SaslEnumerateProfilesW(SEC_WCHAR **ProfileList, uint32_t *ProfileCount)
{
	(void)ProfileList, (void)ProfileCount;
	return NOT_BUILT("SaslEnumerateProfilesW");
}

SECURITY_STATUS SEC_ENTRY SaslGetProfilePackageA(SEC_CHAR *ProfileName, PSecPkgInfoA *PackageInfo)
{
	(void)ProfileName, (void)PackageInfo;
	return NOT_BUILT("SaslGetProfilePackageA");
}

SECURITY_STATUS SEC_ENTRY SaslGetProfilePackageW(SEC_WCHAR *ProfileName, PSecPkgInfoW *PackageInfo)
{
	(void)ProfileName, (void)PackageInfo;
	return NOT_BUILT("SaslGetProfilePackageW");
}

SECURITY_STATUS SEC_ENTRY SaslIdentifyPackageA(PSecBufferDesc pInput, PSecPkgInfoA *PackageInfo)
{
	(void)pInput, (void)PackageInfo;
	return NOT_BUILT("SaslIdentifyPackageA");
}

SECURITY_STATUS SEC_ENTRY SaslIdentifyPackageW(PSecBufferDesc pInput, PSecPkgInfoW *PackageInfo)
{
	(void)pInput, (void)PackageInfo;
	return NOT_BUILT("SaslIdentifyPackageW");
}

SECURITY_STATUS SEC_ENTRY SaslInitializeSecurityContextA(PCredHandle phCredential, PCtxtHandle phContext,
							 SEC_CHAR *pszTargetName, uint32_t fContextReq,
							 uint32_t Reserved1, uint32_t TargetDataRep,
							 PSecBufferDesc pInput, uint32_t Reserved2,
							 PCtxtHandle phNewContext, PSecBufferDesc pOutput,
							 uint32_t *pfContextAttr, PTimeStamp ptsExpiry)
{
	(void)phCredential, (void)phContext, (void)pszTargetName, (void)fContextReq, (void)Reserved1,
		(void)TargetDataRep, (void)pInput, (void)Reserved2, (void)phNewContext, (void)pOutput,
		(void)pfContextAttr, (void)ptsExpiry;
	return NOT_BUILT("SaslInitializeSecurityContextA");
}

SECURITY_STATUS SEC_ENTRY SaslInitializeSecurityContextW(PCredHandle phCredential, PCtxtHandle phContext,
							 SEC_WCHAR *pszTargetName, uint32_t fContextReq,
							 uint32_t Reserved1, uint32_t TargetDataRep,
							 PSecBufferDesc pInput, uint32_t Reserved2,
							 PCtxtHandle phNewContext, PSecBufferDesc pOutput,
							 uint32_t *pfContextAttr, PTimeStamp ptsExpiry)
{
	(void)phCredential, (void)phContext, (void)pszTargetName, (void)fContextReq, (void)Reserved1,
		(void)TargetDataRep, (void)pInput, (void)Reserved2, (void)phNewContext, (void)pOutput,
		(void)pfContextAttr, (void)ptsExpiry;
	return NOT_BUILT("SaslInitializeSecurityContextW");
}

SECURITY_STATUS SEC_ENTRY SaslAcceptSecurityContext(PCredHandle phCredential, PCtxtHandle phContext,
						    PSecBufferDesc pInput, uint32_t fContextReq,
						    uint32_t TargetDataRep, PCtxtHandle phNewContext,
						    PSecBufferDesc pOutput, uint32_t *pfContextAttr,
						    PTimeStamp ptsExpiry)
{
	(void)phCredential, (void)phContext, (void)pInput, (void)fContextReq, (void)TargetDataRep,
		(void)phNewContext, (void)pOutput, (void)pfContextAttr, (void)ptsExpiry;
	return NOT_BUILT("SaslAcceptSecurityContext");
}

SECURITY_STATUS SEC_ENTRY SaslSetContextOption(PCtxtHandle ContextHandle, uint32_t Option, void *Value,
					       uint32_t Size)
{
	(void)ContextHandle, (void)Option, (void)Value, (void)Size;
	return NOT_BUILT("SaslSetContextOption");
}

SECURITY_STATUS SEC_ENTRY SaslGetContextOption(PCtxtHandle ContextHandle, uint32_t Option, void *Value,
					       uint32_t Size, uint32_t *Needed)
{
	(void)ContextHandle, (void)Option, (void)Value, (void)Size, (void)Needed;
	return NOT_BUILT("SaslGetContextOption");
}
