/* The layouts of 64-bit Windows, held by the compiler. */
#include <opensspi/credssp.h>
#include <opensspi/ntsecapi.h>
#include <opensspi/opensspi.h>
#include <opensspi/security.h>

#include <stddef.h>

#define SIZE_EVERYWHERE(type, size) _Static_assert(sizeof(type) == (size), #type)
/*
 * Where a pointer has another width (32-bit machines: `make portable`) structures with pointers are laid out as the
 * compiler likes, no binary promise is made, and that they have these members is all that is held.
 */
#if UINTPTR_MAX == UINT64_MAX
#define SIZE(type, size)             SIZE_EVERYWHERE(type, size)
#define OFFSET(type, member, offset) _Static_assert(offsetof(type, member) == (offset), #type "." #member)
#else
#define SIZE(type, size)             _Static_assert(sizeof(type) <= (size), #type)
#define OFFSET(type, member, offset) _Static_assert(offsetof(type, member) <= (offset), #type "." #member)
#endif
/* The form with A and the one with W are laid out alike. */
#define SIZE_A_W(name, size) \
	SIZE(name##A, size); \
	SIZE(name##W, size)

/* 1. Base types */
SIZE_EVERYWHERE(SECURITY_STATUS, 4);
SIZE_EVERYWHERE(ULONG, 4);
SIZE_EVERYWHERE(DWORD, 4);
SIZE_EVERYWHERE(LONG, 4);
SIZE_EVERYWHERE(BOOL, 4);
SIZE_EVERYWHERE(USHORT, 2);
SIZE_EVERYWHERE(WCHAR, 2);
SIZE_EVERYWHERE(BOOLEAN, 1);
SIZE(ULONG_PTR, 8);
SIZE(HANDLE, 8);
SIZE_EVERYWHERE(TimeStamp, 8);
SIZE_EVERYWHERE(LUID, 8);
SIZE(SecHandle, 16);
OFFSET(SecHandle, dwUpper, 8);
SIZE(UNICODE_STRING, 16);
OFFSET(UNICODE_STRING, MaximumLength, 2);
OFFSET(UNICODE_STRING, Buffer, 8);
_Static_assert((SECURITY_STATUS)-1 < 0, "SECURITY_STATUS is signed");

/* 2. Buffers */
SIZE(SecBuffer, 16);
OFFSET(SecBuffer, BufferType, 4);
OFFSET(SecBuffer, pvBuffer, 8);
SIZE(SecBufferDesc, 16);
OFFSET(SecBufferDesc, cBuffers, 4);
OFFSET(SecBufferDesc, pBuffers, 8);
SIZE(SEC_CHANNEL_BINDINGS, 32);
OFFSET(SEC_CHANNEL_BINDINGS, dwAcceptorAddrType, 12);
OFFSET(SEC_CHANNEL_BINDINGS, cbApplicationDataLength, 24);
OFFSET(SEC_CHANNEL_BINDINGS, dwApplicationDataOffset, 28);
SIZE_EVERYWHERE(SEC_CHANNEL_BINDINGS_EX, 48);
OFFSET(SEC_CHANNEL_BINDINGS_EX, cbStructureLength, 12);
OFFSET(SEC_CHANNEL_BINDINGS_EX, dwInitiatorAddrType, 16);
OFFSET(SEC_CHANNEL_BINDINGS_EX, dwApplicationDataOffset, 44);

/* 4. Packages */
SIZE_A_W(SecPkgInfo, 32);
OFFSET(SecPkgInfoA, wVersion, 4);
OFFSET(SecPkgInfoA, wRPCID, 6);
OFFSET(SecPkgInfoA, cbMaxToken, 8);
OFFSET(SecPkgInfoA, Name, 16);
OFFSET(SecPkgInfoA, Comment, 24);

/* 6. Credentials */
SIZE(SEC_WINNT_AUTH_IDENTITY_A, 48);
SIZE(SEC_WINNT_AUTH_IDENTITY_W, 48);
OFFSET(SEC_WINNT_AUTH_IDENTITY_W, UserLength, 8);
OFFSET(SEC_WINNT_AUTH_IDENTITY_W, Domain, 16);
OFFSET(SEC_WINNT_AUTH_IDENTITY_W, DomainLength, 24);
OFFSET(SEC_WINNT_AUTH_IDENTITY_W, Password, 32);
OFFSET(SEC_WINNT_AUTH_IDENTITY_W, PasswordLength, 40);
OFFSET(SEC_WINNT_AUTH_IDENTITY_W, Flags, 44);
SIZE(SEC_WINNT_AUTH_IDENTITY_EXA, 72);
SIZE(SEC_WINNT_AUTH_IDENTITY_EXW, 72);
OFFSET(SEC_WINNT_AUTH_IDENTITY_EXW, Length, 4);
OFFSET(SEC_WINNT_AUTH_IDENTITY_EXW, User, 8);
OFFSET(SEC_WINNT_AUTH_IDENTITY_EXW, UserLength, 16);
OFFSET(SEC_WINNT_AUTH_IDENTITY_EXW, Domain, 24);
OFFSET(SEC_WINNT_AUTH_IDENTITY_EXW, DomainLength, 32);
OFFSET(SEC_WINNT_AUTH_IDENTITY_EXW, Password, 40);
OFFSET(SEC_WINNT_AUTH_IDENTITY_EXW, PasswordLength, 48);
OFFSET(SEC_WINNT_AUTH_IDENTITY_EXW, Flags, 52);
OFFSET(SEC_WINNT_AUTH_IDENTITY_EXW, PackageList, 56);
OFFSET(SEC_WINNT_AUTH_IDENTITY_EXW, PackageListLength, 64);
SIZE_EVERYWHERE(GUID, 16);
SIZE_EVERYWHERE(SEC_WINNT_AUTH_IDENTITY_EX2, 48);
OFFSET(SEC_WINNT_AUTH_IDENTITY_EX2, cbHeaderLength, 4);
OFFSET(SEC_WINNT_AUTH_IDENTITY_EX2, cbStructureLength, 8);
OFFSET(SEC_WINNT_AUTH_IDENTITY_EX2, UserOffset, 12);
OFFSET(SEC_WINNT_AUTH_IDENTITY_EX2, UserLength, 16);
OFFSET(SEC_WINNT_AUTH_IDENTITY_EX2, DomainOffset, 20);
OFFSET(SEC_WINNT_AUTH_IDENTITY_EX2, DomainLength, 24);
OFFSET(SEC_WINNT_AUTH_IDENTITY_EX2, PackedCredentialsOffset, 28);
OFFSET(SEC_WINNT_AUTH_IDENTITY_EX2, PackedCredentialsLength, 32);
OFFSET(SEC_WINNT_AUTH_IDENTITY_EX2, Flags, 36);
OFFSET(SEC_WINNT_AUTH_IDENTITY_EX2, PackageListOffset, 40);
OFFSET(SEC_WINNT_AUTH_IDENTITY_EX2, PackageListLength, 44);
SIZE_EVERYWHERE(SEC_WINNT_AUTH_BYTE_VECTOR, 8);
SIZE_EVERYWHERE(SEC_WINNT_AUTH_PACKED_CREDENTIALS, 28);
OFFSET(SEC_WINNT_AUTH_PACKED_CREDENTIALS, cbStructureLength, 2);
OFFSET(SEC_WINNT_AUTH_PACKED_CREDENTIALS, AuthData.CredType, 4);
OFFSET(SEC_WINNT_AUTH_PACKED_CREDENTIALS, AuthData.CredData, 20);
SIZE_EVERYWHERE(SEC_WINNT_AUTH_DATA_PASSWORD, 8);
SIZE(CREDSSP_CRED, 24);
OFFSET(CREDSSP_CRED, pSchannelCred, 8);
OFFSET(CREDSSP_CRED, pSpnegoCred, 16);
SIZE(CREDSSP_CRED_EX, 40);
OFFSET(CREDSSP_CRED_EX, Version, 4);
OFFSET(CREDSSP_CRED_EX, Flags, 8);
OFFSET(CREDSSP_CRED_EX, Reserved, 12);
OFFSET(CREDSSP_CRED_EX, Cred, 16);
SIZE(SecPkgContext_ClientCreds, 16);
OFFSET(SecPkgContext_ClientCreds, AuthBuffer, 8);
SIZE(KERB_INTERACTIVE_LOGON, 56);
OFFSET(KERB_INTERACTIVE_LOGON, LogonDomainName, 8);
OFFSET(KERB_INTERACTIVE_LOGON, UserName, 24);
OFFSET(KERB_INTERACTIVE_LOGON, Password, 40);
SIZE(KERB_CERTIFICATE_LOGON, 72);
OFFSET(KERB_CERTIFICATE_LOGON, DomainName, 8);
OFFSET(KERB_CERTIFICATE_LOGON, UserName, 24);
OFFSET(KERB_CERTIFICATE_LOGON, Pin, 40);
OFFSET(KERB_CERTIFICATE_LOGON, Flags, 56);
OFFSET(KERB_CERTIFICATE_LOGON, CspDataLength, 60);
OFFSET(KERB_CERTIFICATE_LOGON, CspData, 64);
SIZE(SCHANNEL_CRED, 80);
OFFSET(SCHANNEL_CRED, cCreds, 4);
OFFSET(SCHANNEL_CRED, paCred, 8);
OFFSET(SCHANNEL_CRED, hRootStore, 16);
OFFSET(SCHANNEL_CRED, cMappers, 24);
OFFSET(SCHANNEL_CRED, aphMappers, 32);
OFFSET(SCHANNEL_CRED, cSupportedAlgs, 40);
OFFSET(SCHANNEL_CRED, palgSupportedAlgs, 48);
OFFSET(SCHANNEL_CRED, grbitEnabledProtocols, 56);
OFFSET(SCHANNEL_CRED, dwMinimumCipherStrength, 60);
OFFSET(SCHANNEL_CRED, dwMaximumCipherStrength, 64);
OFFSET(SCHANNEL_CRED, dwSessionLifespan, 68);
OFFSET(SCHANNEL_CRED, dwFlags, 72);
OFFSET(SCHANNEL_CRED, dwCredFormat, 76);
SIZE(SCH_CREDENTIALS, 72);
OFFSET(SCH_CREDENTIALS, dwCredFormat, 4);
OFFSET(SCH_CREDENTIALS, cCreds, 8);
OFFSET(SCH_CREDENTIALS, paCred, 16);
OFFSET(SCH_CREDENTIALS, hRootStore, 24);
OFFSET(SCH_CREDENTIALS, cMappers, 32);
OFFSET(SCH_CREDENTIALS, aphMappers, 40);
OFFSET(SCH_CREDENTIALS, dwSessionLifespan, 48);
OFFSET(SCH_CREDENTIALS, dwFlags, 52);
OFFSET(SCH_CREDENTIALS, cTlsParameters, 56);
OFFSET(SCH_CREDENTIALS, pTlsParameters, 64);
SIZE(TLS_PARAMETERS, 40);
OFFSET(TLS_PARAMETERS, rgstrAlpnIds, 8);
OFFSET(TLS_PARAMETERS, grbitDisabledProtocols, 16);
OFFSET(TLS_PARAMETERS, cDisabledCrypto, 20);
OFFSET(TLS_PARAMETERS, pDisabledCrypto, 24);
OFFSET(TLS_PARAMETERS, dwFlags, 32);
SIZE(CRYPTO_SETTINGS, 48);
OFFSET(CRYPTO_SETTINGS, strCngAlgId, 8);
OFFSET(CRYPTO_SETTINGS, cChainingModes, 24);
OFFSET(CRYPTO_SETTINGS, rgstrChainingModes, 32);
OFFSET(CRYPTO_SETTINGS, dwMinBitLength, 40);
SIZE_EVERYWHERE(SCHANNEL_ALERT_TOKEN, 12);
SIZE_EVERYWHERE(SCHANNEL_SESSION_TOKEN, 8);
SIZE(CERT_CONTEXT, 40);
OFFSET(CERT_CONTEXT, pbCertEncoded, 8);
OFFSET(CERT_CONTEXT, cbCertEncoded, 16);
OFFSET(CERT_CONTEXT, pCertInfo, 24);
OFFSET(CERT_CONTEXT, hCertStore, 32);

/* 7. Context attributes */
SIZE(SecPkgContext_Sizes, 16);
SIZE(SecPkgContext_StreamSizes, 20);
SIZE_A_W(SecPkgContext_Names, 8);
SIZE(SecPkgContext_Lifespan, 16);
SIZE_A_W(SecPkgContext_KeyInfo, 32);
OFFSET(SecPkgContext_KeyInfoA, KeySize, 16);
SIZE(SecPkgContext_SessionKey, 16);
OFFSET(SecPkgContext_SessionKey, SessionKey, 8);
SIZE_A_W(SecPkgContext_PackageInfo, 8);
SIZE_A_W(SecPkgContext_NegotiationInfo, 16);
OFFSET(SecPkgContext_NegotiationInfoA, NegotiationState, 8);
SIZE(SecPkgContext_Flags, 4);
SIZE(SecPkgContext_ConnectionInfo, 28);
SIZE(SecPkgContext_ConnectionInfoEx, 404);
OFFSET(SecPkgContext_ConnectionInfoEx, szCipher, 8);
OFFSET(SecPkgContext_ConnectionInfoEx, dwExchStrength, 400);
SIZE(SecPkgContext_CipherInfo, 680);
OFFSET(SecPkgContext_CipherInfo, szCipherSuite, 16);
OFFSET(SecPkgContext_CipherInfo, dwCipherLen, 272);
OFFSET(SecPkgContext_CipherInfo, szExchange, 412);
OFFSET(SecPkgContext_CipherInfo, szCertificate, 548);
OFFSET(SecPkgContext_CipherInfo, dwKeyType, 676);
SIZE(SecPkgContext_SessionInfo, 40);
SIZE(SecPkgContext_SessionAppData, 16);
OFFSET(SecPkgContext_SessionAppData, pbAppData, 8);
SIZE(SecPkgContext_SupportedSignatures, 16);
SIZE(SecPkgContext_IssuerListInfoEx, 16);
OFFSET(SecPkgContext_IssuerListInfoEx, cIssuers, 8);
SIZE(SecPkgContext_Certificates, 16);
OFFSET(SecPkgContext_Certificates, pbCertificateChain, 8);
SIZE(SecPkgContext_CertInfo, 40);
OFFSET(SecPkgContext_CertInfo, pwszIssuerName, 24);
OFFSET(SecPkgContext_CertInfo, dwKeySize, 32);
SIZE(SecPkgContext_KeyingMaterialInfo, 40);
OFFSET(SecPkgContext_KeyingMaterialInfo, pbContextValue, 24);
OFFSET(SecPkgContext_KeyingMaterialInfo, cbKeyingMaterial, 32);
SIZE(SecPkgContext_KeyingMaterial, 16);
SIZE(SecPkgContext_KeyingMaterial_Inproc, 48);
OFFSET(SecPkgContext_KeyingMaterial_Inproc, pbKeyingMaterial, 40);
SIZE(CERT_NAME_BLOB, 16);
SIZE(CERT_TRUST_STATUS, 8);
SIZE(SecPkgCred_SupportedAlgs, 16);
SIZE(SecPkgCred_CipherStrengths, 8);
SIZE(SecPkgCred_SupportedProtocols, 4);

/* 9. The function table: member i lies at 8 * i. */
#define MEMBER(name, i) OFFSET(SecurityFunctionTableA, name, 8 * (i))
SIZE_A_W(SecurityFunctionTable, 256);
MEMBER(EnumerateSecurityPackagesA, 1);
MEMBER(QueryCredentialsAttributesA, 2);
MEMBER(AcquireCredentialsHandleA, 3);
MEMBER(FreeCredentialHandle, 4);
MEMBER(Reserved2, 5);
MEMBER(InitializeSecurityContextA, 6);
MEMBER(AcceptSecurityContext, 7);
MEMBER(CompleteAuthToken, 8);
MEMBER(DeleteSecurityContext, 9);
MEMBER(ApplyControlToken, 10);
MEMBER(QueryContextAttributesA, 11);
MEMBER(ImpersonateSecurityContext, 12);
MEMBER(RevertSecurityContext, 13);
MEMBER(MakeSignature, 14);
MEMBER(VerifySignature, 15);
MEMBER(FreeContextBuffer, 16);
MEMBER(QuerySecurityPackageInfoA, 17);
MEMBER(Reserved3, 18);
MEMBER(Reserved4, 19);
MEMBER(ExportSecurityContext, 20);
MEMBER(ImportSecurityContextA, 21);
MEMBER(AddCredentialsA, 22);
MEMBER(Reserved8, 23);
MEMBER(QuerySecurityContextToken, 24);
MEMBER(EncryptMessage, 25);
MEMBER(DecryptMessage, 26);
MEMBER(SetContextAttributesA, 27);
MEMBER(SetCredentialsAttributesA, 28);
MEMBER(ChangeAccountPasswordA, 29);
MEMBER(QueryContextAttributesExA, 30);
MEMBER(QueryCredentialsAttributesExA, 31);
#define MEMBER_W(name, i) OFFSET(SecurityFunctionTableW, name, 8 * (i))
MEMBER_W(EnumerateSecurityPackagesW, 1);
MEMBER_W(AcquireCredentialsHandleW, 3);
MEMBER_W(FreeCredentialsHandle, 4);
MEMBER_W(InitializeSecurityContextW, 6);
MEMBER_W(QueryContextAttributesW, 11);
MEMBER_W(QuerySecurityPackageInfoW, 17);
MEMBER_W(DecryptMessage, 26);
MEMBER_W(QueryCredentialsAttributesExW, 31);

/* 0 and 3. Where Microsoft's pages contradict the headers, and where the roles' bits part. */
#define VALUE(name, value) _Static_assert((uint32_t)(name) == UINT32_C(value), #name)
VALUE(SEC_E_INVALID_HANDLE, 0x80090301);
VALUE(SEC_E_APPLICATION_PROTOCOL_MISMATCH, 0x80090367);
VALUE(SEC_E_NOT_SUPPORTED, 0x80090302);
VALUE(SEC_E_LOGON_DENIED, 0x8009030C);
VALUE(SEC_E_INCOMPLETE_MESSAGE, 0x80090318);
VALUE(SEC_I_CONTINUE_NEEDED, 0x00090312);
VALUE(SECPKG_CRED_OUTBOUND, 2);
VALUE(SECPKG_CRED_BOTH, 3);
VALUE(SECPKG_ATTR_SUBJECT_SECURITY_ATTRIBUTES, 128);
VALUE(SECPKG_ATTR_ACCESS_TOKEN, 18);
VALUE(SECPKG_ATTR_CREDS, 0x80000080);
VALUE(SECPKG_ATTR_CREDS_2, 0x80000086);
VALUE(SECPKG_ATTR_C_ACCESS_TOKEN, 0x80000012);
VALUE(SECPKG_ATTR_C_FULL_ACCESS_TOKEN, 0x80000082);
VALUE(SECPKG_ATTR_NEGOTIATION_PACKAGE, 0x80000081);
VALUE(SECPKG_ATTR_REMOTE_CERT_CONTEXT, 0x53);
VALUE(SECPKG_ATTR_CONNECTION_INFO, 0x5A);
VALUE(ASC_REQ_SESSION_TICKET, 0x40);
VALUE(ISC_REQ_USE_HTTP_STYLE, 0x01000000);
VALUE(ASC_REQ_ALLOW_MISSING_BINDINGS, 0x10000000);
VALUE(ISC_REQ_EXTENDED_ERROR, 0x4000);
VALUE(ASC_REQ_EXTENDED_ERROR, 0x8000);
VALUE(ISC_REQ_STREAM, 0x8000);
VALUE(ASC_REQ_STREAM, 0x10000);
VALUE(ISC_REQ_INTEGRITY, 0x10000);
VALUE(ASC_REQ_INTEGRITY, 0x20000);
VALUE(ISC_REQ_IDENTIFY, 0x20000);
VALUE(ASC_REQ_IDENTIFY, 0x80000);
VALUE(SECBUFFER_CHANNEL_BINDINGS, 14);
VALUE(SECBUFFER_ALERT, 17);
VALUE(SECBUFFER_READONLY, 0x80000000);
VALUE(SECBUFFER_READONLY_WITH_CHECKSUM, 0x10000000);
VALUE(SECQOP_WRAP_NO_ENCRYPT, 0x80000001);
VALUE(SECURITY_NETWORK_DREP, 0);
VALUE(SECURITY_NATIVE_DREP, 0x10);
