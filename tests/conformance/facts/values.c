/* Sizes, offsets and constants of Windows' headers. Each fact here holds many; all of them count as one. */
#include "facts.h"

#define HEADER "header sspi.h"

/* What is held here are the layouts of 64-bit Windows. */
#define ON_64_BITS() \
	if (sizeof(void *) != 8) \
	return

#define AT(type, member, where) EXPECT_NUMBER(offsetof(type, member), where)
#define SIZE(type, bytes)       EXPECT_NUMBER(sizeof(type), bytes)

FACT(value, integers_have_the_sizes_of_windows, "header minwindef.h")
{
	SIZE(ULONG, 4);
	SIZE(USHORT, 2);
	SIZE(BOOLEAN, 1);
	SIZE(BOOL, 4);
	SIZE(ULONG_PTR, sizeof(void *));
	SIZE(SEC_WCHAR, 2);
	SIZE(SEC_CHAR, 1);
	SIZE(SECURITY_STATUS, 4);
	SIZE(TimeStamp, 8);
	SIZE(LUID, 8);
	EXPECT((SECURITY_STATUS)-1 < 0);
}

FACT(value, handles_and_buffers_lie_as_in_windows, HEADER)
{
	ON_64_BITS();
	SIZE(SecHandle, 2 * sizeof(void *));
	SIZE(SecBuffer, 16);
	AT(SecBuffer, BufferType, 4);
	AT(SecBuffer, pvBuffer, 8);
	SIZE(SecBufferDesc, 16);
	AT(SecBufferDesc, cBuffers, 4);
	AT(SecBufferDesc, pBuffers, 8);
	SIZE(SEC_CHANNEL_BINDINGS, 32);
	AT(SEC_CHANNEL_BINDINGS, dwApplicationDataOffset, 28);
}

FACT(value, package_infos_lie_as_in_windows, HEADER)
{
	ON_64_BITS();
	SIZE(SecPkgInfo, 32);
	AT(SecPkgInfo, wVersion, 4);
	AT(SecPkgInfo, wRPCID, 6);
	AT(SecPkgInfo, cbMaxToken, 8);
	AT(SecPkgInfo, Name, 16);
	AT(SecPkgInfo, Comment, 24);
}

FACT(value, identities_lie_as_in_windows, HEADER)
{
	ON_64_BITS();
	SIZE(SEC_WINNT_AUTH_IDENTITY, 48);
	AT(SEC_WINNT_AUTH_IDENTITY, Domain, 16);
	AT(SEC_WINNT_AUTH_IDENTITY, Flags, 44);
	SIZE(SEC_WINNT_AUTH_IDENTITY_EX, 72);
	AT(SEC_WINNT_AUTH_IDENTITY_EX, User, 8);
	AT(SEC_WINNT_AUTH_IDENTITY_EX, Flags, 52);
	AT(SEC_WINNT_AUTH_IDENTITY_EX, PackageList, 56);
}

FACT(value, credentials_of_credssp_and_schannel_lie_as_in_windows, "headers credssp.h, schannel.h")
{
	ON_64_BITS();
	SIZE(CREDSSP_CRED, 24);
	AT(CREDSSP_CRED, pSchannelCred, 8);
	AT(CREDSSP_CRED, pSpnegoCred, 16);
	SIZE(SCHANNEL_CRED, 80);
	AT(SCHANNEL_CRED, paCred, 8);
	AT(SCHANNEL_CRED, hRootStore, 16);
	AT(SCHANNEL_CRED, grbitEnabledProtocols, 56);
	AT(SCHANNEL_CRED, dwFlags, 72);
	AT(SCHANNEL_CRED, dwCredFormat, 76);
	SIZE(SecPkgContext_ClientCreds, 16);
	EXPECT_NUMBER(CredsspSubmitBufferBoth, 50);
	EXPECT_NUMBER(CredsspSubmitBufferBothOld, 51);
	EXPECT_NUMBER(CredsspPasswordCreds, 2);
	EXPECT_NUMBER(CredsspSchannelCreds, 4);
	EXPECT_NUMBER(CredsspCertificateCreds, 13);
	EXPECT_NUMBER(SCHANNEL_CRED_VERSION, 4);
}

FACT(value, attributes_lie_as_in_windows, HEADER)
{
	ON_64_BITS();
	SIZE(SecPkgContext_Sizes, 16);
	AT(SecPkgContext_Sizes, cbSecurityTrailer, 12);
	SIZE(SecPkgContext_StreamSizes, 20);
	AT(SecPkgContext_StreamSizes, cBuffers, 12);
	SIZE(SecPkgContext_Names, 8);
	SIZE(SecPkgContext_Lifespan, 16);
	SIZE(SecPkgContext_KeyInfo, 32);
	AT(SecPkgContext_KeyInfo, KeySize, 16);
	SIZE(SecPkgContext_SessionKey, 16);
	SIZE(SecPkgContext_PackageInfo, 8);
	SIZE(SecPkgContext_NegotiationInfo, 16);
	AT(SecPkgContext_NegotiationInfo, NegotiationState, 8);
	SIZE(SecPkgContext_Flags, 4);
	SIZE(SecPkgContext_ConnectionInfo, 28);
}

FACT(value, the_function_table_lies_as_in_windows, HEADER)
{
	ON_64_BITS();
	AT(SecurityFunctionTable, Reserved2, 40);
	AT(SecurityFunctionTable, AcceptSecurityContext, 56);
	AT(SecurityFunctionTable, FreeContextBuffer, 128);
	AT(SecurityFunctionTable, Reserved3, 144);
	AT(SecurityFunctionTable, EncryptMessage, 200);
	AT(SecurityFunctionTable, DecryptMessage, 208);
}

FACT(value, statuses_have_the_numbers_of_windows, "header winerror.h")
{
	EXPECT_NUMBER((uint32_t)SEC_E_INSUFFICIENT_MEMORY, 0x80090300);
	EXPECT_NUMBER((uint32_t)SEC_E_INVALID_HANDLE, 0x80090301);
	EXPECT_NUMBER((uint32_t)SEC_E_UNSUPPORTED_FUNCTION, 0x80090302);
	EXPECT_NUMBER((uint32_t)SEC_E_INTERNAL_ERROR, 0x80090304);
	EXPECT_NUMBER((uint32_t)SEC_E_SECPKG_NOT_FOUND, 0x80090305);
	EXPECT_NUMBER((uint32_t)SEC_E_INVALID_TOKEN, 0x80090308);
	EXPECT_NUMBER((uint32_t)SEC_E_QOP_NOT_SUPPORTED, 0x8009030A);
	EXPECT_NUMBER((uint32_t)SEC_E_LOGON_DENIED, 0x8009030C);
	EXPECT_NUMBER((uint32_t)SEC_E_UNKNOWN_CREDENTIALS, 0x8009030D);
	EXPECT_NUMBER((uint32_t)SEC_E_NO_CREDENTIALS, 0x8009030E);
	EXPECT_NUMBER((uint32_t)SEC_E_MESSAGE_ALTERED, 0x8009030F);
	EXPECT_NUMBER((uint32_t)SEC_E_OUT_OF_SEQUENCE, 0x80090310);
	EXPECT_NUMBER((uint32_t)SEC_I_CONTINUE_NEEDED, 0x00090312);
	EXPECT_NUMBER((uint32_t)SEC_I_CONTEXT_EXPIRED, 0x00090317);
	EXPECT_NUMBER((uint32_t)SEC_E_CONTEXT_EXPIRED, 0x80090317);
	EXPECT_NUMBER((uint32_t)SEC_E_INCOMPLETE_MESSAGE, 0x80090318);
	EXPECT_NUMBER((uint32_t)SEC_E_BUFFER_TOO_SMALL, 0x80090321);
	EXPECT_NUMBER((uint32_t)SEC_I_RENEGOTIATE, 0x00090321);
	EXPECT_NUMBER((uint32_t)SEC_E_BAD_BINDINGS, 0x80090346);
	EXPECT_NUMBER((uint32_t)SEC_E_NOT_SUPPORTED, (uint32_t)SEC_E_UNSUPPORTED_FUNCTION);
	EXPECT(SEC_E_INCOMPLETE_MESSAGE < 0 && SEC_I_CONTINUE_NEEDED > 0);
}

FACT(value, requests_of_both_roles_part_at_extended_error, HEADER)
{
	EXPECT_NUMBER(ISC_REQ_ALLOCATE_MEMORY, ASC_REQ_ALLOCATE_MEMORY);
	EXPECT_NUMBER(ISC_REQ_CONNECTION, 0x800);
	EXPECT_NUMBER(ISC_REQ_EXTENDED_ERROR, 0x4000);
	EXPECT_NUMBER(ASC_REQ_EXTENDED_ERROR, 0x8000);
	EXPECT_NUMBER(ISC_REQ_STREAM, 0x8000);
	EXPECT_NUMBER(ASC_REQ_STREAM, 0x10000);
	EXPECT_NUMBER(ISC_REQ_INTEGRITY, 0x10000);
	EXPECT_NUMBER(ASC_REQ_INTEGRITY, 0x20000);
	EXPECT_NUMBER(ISC_REQ_IDENTIFY, 0x20000);
	EXPECT_NUMBER(ASC_REQ_IDENTIFY, 0x80000);
	EXPECT_NUMBER(ISC_REQ_MANUAL_CRED_VALIDATION, 0x80000);
	EXPECT_NUMBER(ASC_REQ_ALLOW_MISSING_BINDINGS, 0x10000000);
}

FACT(value, buffer_types_have_the_numbers_of_windows, HEADER)
{
	static const ULONG types[] = {
		SECBUFFER_EMPTY,          SECBUFFER_DATA,          SECBUFFER_TOKEN,
		SECBUFFER_PKG_PARAMS,     SECBUFFER_MISSING,       SECBUFFER_EXTRA,
		SECBUFFER_STREAM_TRAILER, SECBUFFER_STREAM_HEADER, SECBUFFER_NEGOTIATION_INFO,
		SECBUFFER_PADDING,        SECBUFFER_STREAM
	};

	for (ULONG i = 0; i < COUNT_OF(types); i++)
		EXPECT_NUMBER(types[i], i);
	EXPECT_NUMBER(SECBUFFER_CHANNEL_BINDINGS, 14);
	EXPECT_NUMBER(SECBUFFER_ALERT, 17);
	EXPECT_NUMBER(SECBUFFER_APPLICATION_PROTOCOLS, 18);
	EXPECT_NUMBER(SECBUFFER_ATTRMASK, 0xF0000000);
	EXPECT_NUMBER(SECBUFFER_READONLY, 0x80000000);
	EXPECT_NUMBER(SECBUFFER_READONLY_WITH_CHECKSUM, 0x10000000);
	EXPECT_NUMBER(SECBUFFER_VERSION, 0);
}

FACT(value, uses_of_a_credential_have_the_numbers_of_windows, HEADER)
{
	EXPECT_NUMBER(SECPKG_CRED_INBOUND, 1);
	EXPECT_NUMBER(SECPKG_CRED_OUTBOUND, 2);
	EXPECT_NUMBER(SECPKG_CRED_BOTH, 3);
	EXPECT_NUMBER(SECURITY_NATIVE_DREP, 0x10);
	EXPECT_NUMBER(SECURITY_NETWORK_DREP, 0);
	EXPECT_NUMBER(SECQOP_WRAP_NO_ENCRYPT, 0x80000001);
	EXPECT_NUMBER(SECQOP_WRAP_OOB_DATA, 0x40000000);
}

FACT(value, attributes_have_the_numbers_of_windows, HEADER)
{
	EXPECT_NUMBER(SECPKG_ATTR_SIZES, 0);
	EXPECT_NUMBER(SECPKG_ATTR_NAMES, 1);
	EXPECT_NUMBER(SECPKG_ATTR_STREAM_SIZES, 4);
	EXPECT_NUMBER(SECPKG_ATTR_SESSION_KEY, 9);
	EXPECT_NUMBER(SECPKG_ATTR_PACKAGE_INFO, 10);
	EXPECT_NUMBER(SECPKG_ATTR_NEGOTIATION_INFO, 12);
	EXPECT_NUMBER(SECPKG_ATTR_ACCESS_TOKEN, 18);
	EXPECT_NUMBER(SECPKG_ATTR_UNIQUE_BINDINGS, 25);
	EXPECT_NUMBER(SECPKG_ATTR_ENDPOINT_BINDINGS, 26);
	EXPECT_NUMBER(SECPKG_ATTR_SUBJECT_SECURITY_ATTRIBUTES, 128);
	EXPECT_NUMBER(SECPKG_ATTR_REMOTE_CERT_CONTEXT, 0x53);
	EXPECT_NUMBER(SECPKG_ATTR_CONNECTION_INFO, 0x5A);
}

FACT(behaviour, an_invalidated_handle_is_all_ones_and_not_valid,
     "header sspi.h, SecInvalidateHandle, SecIsValidHandle")
{
	SecHandle handle = { 1, 2 };

	EXPECT(SecIsValidHandle(&handle));
	SecInvalidateHandle(&handle);
	EXPECT(!SecIsValidHandle(&handle));
	EXPECT(handle.dwLower == (ULONG_PTR)-1 && handle.dwUpper == (ULONG_PTR)-1);
}
