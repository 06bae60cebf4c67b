/* What is declared and not built: every call says SEC_E_UNSUPPORTED_FUNCTION. docs/status.md lists it as missing. */
#include "sspi/failure.h"

#include <opensspi/sspi.h>

#define NOT_BUILT(function) fail(function, REASON_UNSUPPORTED, "this function is not built")

SECURITY_STATUS SEC_ENTRY AddCredentialsA(PCredHandle hCredentials, SEC_CHAR *pszPrincipal,
					  SEC_CHAR *pszPackage, uint32_t fCredentialUse, void *pAuthData,
					  SEC_GET_KEY_FN pGetKeyFn, void *pvGetKeyArgument,
					  PTimeStamp ptsExpiry)
{
	(void)hCredentials, (void)pszPrincipal, (void)pszPackage, (void)fCredentialUse, (void)pAuthData,
		(void)pGetKeyFn, (void)pvGetKeyArgument, (void)ptsExpiry;
	return NOT_BUILT("AddCredentialsA");
}

SECURITY_STATUS SEC_ENTRY AddCredentialsW(PCredHandle hCredentials, SEC_WCHAR *pszPrincipal,
					  SEC_WCHAR *pszPackage, uint32_t fCredentialUse, void *pAuthData,
					  SEC_GET_KEY_FN pGetKeyFn, void *pvGetKeyArgument,
					  PTimeStamp ptsExpiry)
{
	(void)hCredentials, (void)pszPrincipal, (void)pszPackage, (void)fCredentialUse, (void)pAuthData,
		(void)pGetKeyFn, (void)pvGetKeyArgument, (void)ptsExpiry;
	return NOT_BUILT("AddCredentialsW");
}

SECURITY_STATUS SEC_ENTRY QueryCredentialsAttributesA(PCredHandle phCredential, uint32_t ulAttribute,
						      void *pBuffer)
{
	(void)phCredential, (void)ulAttribute, (void)pBuffer;
	return NOT_BUILT("QueryCredentialsAttributesA");
}

SECURITY_STATUS SEC_ENTRY QueryCredentialsAttributesW(PCredHandle phCredential, uint32_t ulAttribute,
						      void *pBuffer)
{
	(void)phCredential, (void)ulAttribute, (void)pBuffer;
	return NOT_BUILT("QueryCredentialsAttributesW");
}

SECURITY_STATUS SEC_ENTRY QueryCredentialsAttributesExA(PCredHandle phCredential, uint32_t ulAttribute,
							void *pBuffer, uint32_t cbBuffer)
{
	(void)phCredential, (void)ulAttribute, (void)pBuffer, (void)cbBuffer;
	return NOT_BUILT("QueryCredentialsAttributesExA");
}

SECURITY_STATUS SEC_ENTRY QueryCredentialsAttributesExW(PCredHandle phCredential, uint32_t ulAttribute,
							void *pBuffer, uint32_t cbBuffer)
{
	(void)phCredential, (void)ulAttribute, (void)pBuffer, (void)cbBuffer;
	return NOT_BUILT("QueryCredentialsAttributesExW");
}

SECURITY_STATUS SEC_ENTRY SetCredentialsAttributesA(PCredHandle phCredential, uint32_t ulAttribute,
						    void *pBuffer, uint32_t cbBuffer)
{
	(void)phCredential, (void)ulAttribute, (void)pBuffer, (void)cbBuffer;
	return NOT_BUILT("SetCredentialsAttributesA");
}

SECURITY_STATUS SEC_ENTRY SetCredentialsAttributesW(PCredHandle phCredential, uint32_t ulAttribute,
						    void *pBuffer, uint32_t cbBuffer)
{
	(void)phCredential, (void)ulAttribute, (void)pBuffer, (void)cbBuffer;
	return NOT_BUILT("SetCredentialsAttributesW");
}

SECURITY_STATUS SEC_ENTRY ChangeAccountPasswordA(SEC_CHAR *pszPackageName, SEC_CHAR *pszDomainName,
						 SEC_CHAR *pszAccountName, SEC_CHAR *pszOldPassword,
						 SEC_CHAR *pszNewPassword, BOOLEAN bImpersonating,
						 uint32_t dwReserved, PSecBufferDesc pOutput)
{
	(void)pszPackageName, (void)pszDomainName, (void)pszAccountName, (void)pszOldPassword,
		(void)pszNewPassword, (void)bImpersonating, (void)dwReserved, (void)pOutput;
	return NOT_BUILT("ChangeAccountPasswordA");
}

SECURITY_STATUS SEC_ENTRY ChangeAccountPasswordW(SEC_WCHAR *pszPackageName, SEC_WCHAR *pszDomainName,
						 SEC_WCHAR *pszAccountName, SEC_WCHAR *pszOldPassword,
						 SEC_WCHAR *pszNewPassword, BOOLEAN bImpersonating,
						 uint32_t dwReserved, PSecBufferDesc pOutput)
{
	(void)pszPackageName, (void)pszDomainName, (void)pszAccountName, (void)pszOldPassword,
		(void)pszNewPassword, (void)bImpersonating, (void)dwReserved, (void)pOutput;
	return NOT_BUILT("ChangeAccountPasswordW");
}

SECURITY_STATUS SEC_ENTRY ExportSecurityContext(PCtxtHandle phContext, uint32_t fFlags,
						PSecBuffer pPackedContext, HANDLE *pToken)
{
	(void)phContext, (void)fFlags, (void)pPackedContext, (void)pToken;
	return NOT_BUILT("ExportSecurityContext");
}

SECURITY_STATUS SEC_ENTRY ImportSecurityContextA(SEC_CHAR *pszPackage, PSecBuffer pPackedContext,
						 HANDLE Token, PCtxtHandle phContext)
{
	(void)pszPackage, (void)pPackedContext, (void)Token, (void)phContext;
	return NOT_BUILT("ImportSecurityContextA");
}

SECURITY_STATUS SEC_ENTRY ImportSecurityContextW(SEC_WCHAR *pszPackage, PSecBuffer pPackedContext,
						 HANDLE Token, PCtxtHandle phContext)
{
	(void)pszPackage, (void)pPackedContext, (void)Token, (void)phContext;
	return NOT_BUILT("ImportSecurityContextW");
}

SECURITY_STATUS SEC_ENTRY MakeSignature(PCtxtHandle phContext, uint32_t fQOP, PSecBufferDesc pMessage,
					uint32_t MessageSeqNo)
{
	(void)phContext, (void)fQOP, (void)pMessage, (void)MessageSeqNo;
	return NOT_BUILT("MakeSignature");
}

SECURITY_STATUS SEC_ENTRY VerifySignature(PCtxtHandle phContext, PSecBufferDesc pMessage,
					  uint32_t MessageSeqNo, uint32_t *pfQOP)
{
	(void)phContext, (void)pMessage, (void)MessageSeqNo, (void)pfQOP;
	return NOT_BUILT("VerifySignature");
}

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
