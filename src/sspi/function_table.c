/* InitSecurityInterface: pointers into this library, whoever else exports the same names. NULL: not built. */
#include <opensspi/sspi.h>

static SecurityFunctionTableA table_a = {
	.dwVersion = SECURITY_SUPPORT_PROVIDER_INTERFACE_VERSION,
	.EnumerateSecurityPackagesA = EnumerateSecurityPackagesA,
	.AcquireCredentialsHandleA = AcquireCredentialsHandleA,
	.FreeCredentialHandle = FreeCredentialsHandle,
	.InitializeSecurityContextA = InitializeSecurityContextA,
	.AcceptSecurityContext = AcceptSecurityContext,
	.DeleteSecurityContext = DeleteSecurityContext,
	.QueryContextAttributesA = QueryContextAttributesA,
	.FreeContextBuffer = FreeContextBuffer,
	.QuerySecurityPackageInfoA = QuerySecurityPackageInfoA,
	.Reserved3 = EncryptMessage,
	.Reserved4 = DecryptMessage,
	.EncryptMessage = EncryptMessage,
	.DecryptMessage = DecryptMessage,
};

static SecurityFunctionTableW table_w = {
	.dwVersion = SECURITY_SUPPORT_PROVIDER_INTERFACE_VERSION,
	.EnumerateSecurityPackagesW = EnumerateSecurityPackagesW,
	.AcquireCredentialsHandleW = AcquireCredentialsHandleW,
	.FreeCredentialsHandle = FreeCredentialsHandle,
	.InitializeSecurityContextW = InitializeSecurityContextW,
	.AcceptSecurityContext = AcceptSecurityContext,
	.DeleteSecurityContext = DeleteSecurityContext,
	.QueryContextAttributesW = QueryContextAttributesW,
	.FreeContextBuffer = FreeContextBuffer,
	.QuerySecurityPackageInfoW = QuerySecurityPackageInfoW,
	.Reserved3 = EncryptMessage,
	.Reserved4 = DecryptMessage,
	.EncryptMessage = EncryptMessage,
	.DecryptMessage = DecryptMessage,
};

PSecurityFunctionTableA SEC_ENTRY InitSecurityInterfaceA(void)
{
	return &table_a;
}

PSecurityFunctionTableW SEC_ENTRY InitSecurityInterfaceW(void)
{
	return &table_w;
}
