/*
 * The Security Support Provider Interface: Microsoft's names with Microsoft's meaning, outside Windows.
 *
 * The ABI is that of 64-bit Windows: ULONG is 32 bits, WCHAR 16 bits (UTF-16LE), whatever the platform's own
 * `unsigned long` and wchar_t are. The A functions take and give UTF-8. docs/status.md says what works today.
 * Where Microsoft's pages contradict the Windows headers or Windows itself, the headers and Windows are followed.
 */
#ifndef OPENSSPI_SSPI_H
#define OPENSSPI_SSPI_H

#include "issperr.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

#ifndef SEC_ENTRY
#define SEC_ENTRY
#endif

typedef uint8_t BYTE, BOOLEAN;
typedef int32_t BOOL, LONG, HRESULT;
typedef uint32_t ULONG, DWORD;
typedef uint16_t USHORT, WORD, WCHAR;
typedef uintptr_t ULONG_PTR;
typedef void *HANDLE, *PVOID, *LPVOID;
typedef char SEC_CHAR;
typedef WCHAR SEC_WCHAR;

/* FILETIME ticks of 100 ns since 1601-01-01, in LOCAL time as Microsoft documents it. INT64_MAX: never. */
typedef int64_t SECURITY_INTEGER, *PSECURITY_INTEGER, TimeStamp, *PTimeStamp;

typedef struct _LUID {
	uint32_t LowPart;
	int32_t HighPart;
} LUID, *PLUID;

/* Opaque; may be copied as a value. The library never follows it as a pointer. */
typedef struct _SecHandle {
	ULONG_PTR dwLower, dwUpper;
} SecHandle, *PSecHandle, CredHandle, *PCredHandle, CtxtHandle, *PCtxtHandle;

#define SecInvalidateHandle(x) \
	((void)(((PSecHandle)(x))->dwLower = (ULONG_PTR)-1, ((PSecHandle)(x))->dwUpper = (ULONG_PTR)-1))
#define SecIsValidHandle(x) \
	(((PSecHandle)(x))->dwLower != (ULONG_PTR)-1 && ((PSecHandle)(x))->dwUpper != (ULONG_PTR)-1)

/* --- Buffers --------------------------------------------------------------------------------------------- */

typedef struct _SecBuffer {
	uint32_t cbBuffer, BufferType;
	void *pvBuffer;
} SecBuffer, *PSecBuffer;

typedef struct _SecBufferDesc {
	uint32_t ulVersion, cBuffers;
	PSecBuffer pBuffers;
} SecBufferDesc, *PSecBufferDesc;

#define SECBUFFER_VERSION 0

#define SECBUFFER_EMPTY                           0
#define SECBUFFER_DATA                            1
#define SECBUFFER_TOKEN                           2
#define SECBUFFER_PKG_PARAMS                      3
#define SECBUFFER_MISSING                         4
#define SECBUFFER_EXTRA                           5
#define SECBUFFER_STREAM_TRAILER                  6
#define SECBUFFER_STREAM_HEADER                   7
#define SECBUFFER_NEGOTIATION_INFO                8
#define SECBUFFER_PADDING                         9
#define SECBUFFER_STREAM                          10
#define SECBUFFER_MECHLIST                        11
#define SECBUFFER_MECHLIST_SIGNATURE              12
#define SECBUFFER_TARGET                          13
#define SECBUFFER_CHANNEL_BINDINGS                14
#define SECBUFFER_CHANGE_PASS_RESPONSE            15
#define SECBUFFER_TARGET_HOST                     16
#define SECBUFFER_ALERT                           17
#define SECBUFFER_APPLICATION_PROTOCOLS           18
#define SECBUFFER_SRTP_PROTECTION_PROFILES        19
#define SECBUFFER_SRTP_MASTER_KEY_IDENTIFIER      20
#define SECBUFFER_TOKEN_BINDING                   21
#define SECBUFFER_PRESHARED_KEY                   22
#define SECBUFFER_PRESHARED_KEY_IDENTITY          23
#define SECBUFFER_DTLS_MTU                        24
#define SECBUFFER_SEND_GENERIC_TLS_EXTENSION      25
#define SECBUFFER_SUBSCRIBE_GENERIC_TLS_EXTENSION 26
#define SECBUFFER_FLAGS                           27
#define SECBUFFER_TRAFFIC_SECRETS                 28
#define SECBUFFER_CERTIFICATE_REQUEST_CONTEXT     29
#define SECBUFFER_CHANNEL_BINDINGS_RESULT         30
#define SECBUFFER_APP_SESSION_STATE               31
#define SECBUFFER_SESSION_TICKET                  32

#define SECBUFFER_ATTRMASK               0xF0000000u
#define SECBUFFER_READONLY               0x80000000u
#define SECBUFFER_READONLY_WITH_CHECKSUM 0x10000000u
#define SECBUFFER_RESERVED               0x60000000u

typedef struct _SEC_CHANNEL_BINDINGS {
	uint32_t dwInitiatorAddrType, cbInitiatorLength, dwInitiatorOffset;
	uint32_t dwAcceptorAddrType, cbAcceptorLength, dwAcceptorOffset;
	uint32_t cbApplicationDataLength, dwApplicationDataOffset; /* offsets count from the struct's start */
} SEC_CHANNEL_BINDINGS, *PSEC_CHANNEL_BINDINGS;

/* What SspiSetChannelBindingFlags makes of the form above. Offsets count from this struct's start. */
typedef struct _SEC_CHANNEL_BINDINGS_EX {
	uint32_t magicNumber, flags, cbHeaderLength, cbStructureLength;
	uint32_t dwInitiatorAddrType, cbInitiatorLength, dwInitiatorOffset;
	uint32_t dwAcceptorAddrType, cbAcceptorLength, dwAcceptorOffset;
	uint32_t cbApplicationDataLength, dwApplicationDataOffset;
} SEC_CHANNEL_BINDINGS_EX, *PSEC_CHANNEL_BINDINGS_EX;

#define SEC_CHANNEL_BINDINGS_EX_MAGIC       0x58454243 /* our name for it: Microsoft's header has none */
#define SEC_CHANNEL_BINDINGS_AUDIT_BINDINGS 0x00000001

/* SECBUFFER_NEGOTIATION_INFO: a hint. NameLength in characters. */
typedef struct _SEC_NEGOTIATION_INFO {
	uint32_t Size, NameLength;
	SEC_WCHAR *Name;
	void *Reserved;
} SEC_NEGOTIATION_INFO, *PSEC_NEGOTIATION_INFO;

typedef enum _SEC_APPLICATION_PROTOCOL_NEGOTIATION_EXT {
	SecApplicationProtocolNegotiationExt_None,
	SecApplicationProtocolNegotiationExt_NPN,
	SecApplicationProtocolNegotiationExt_ALPN,
} SEC_APPLICATION_PROTOCOL_NEGOTIATION_EXT,
	*PSEC_APPLICATION_PROTOCOL_NEGOTIATION_EXT;

/* ProtocolList: each name is one octet of length and its bytes. */
typedef struct _SEC_APPLICATION_PROTOCOL_LIST {
	SEC_APPLICATION_PROTOCOL_NEGOTIATION_EXT ProtoNegoExt;
	uint16_t ProtocolListSize;
	uint8_t ProtocolList[1];
} SEC_APPLICATION_PROTOCOL_LIST, *PSEC_APPLICATION_PROTOCOL_LIST;

/* SECBUFFER_APPLICATION_PROTOCOLS. ProtocolListsSize counts the bytes of the lists behind it. */
typedef struct _SEC_APPLICATION_PROTOCOLS {
	uint32_t ProtocolListsSize;
	SEC_APPLICATION_PROTOCOL_LIST ProtocolLists[1];
} SEC_APPLICATION_PROTOCOLS, *PSEC_APPLICATION_PROTOCOLS;

/* SECBUFFER_FLAGS: requests above bit 31; the lower 32 bits are 0. */
typedef struct _SEC_FLAGS {
	uint64_t Flags;
} SEC_FLAGS, *PSEC_FLAGS;

/* --- Packages -------------------------------------------------------------------------------------------- */

typedef struct _SecPkgInfoA {
	uint32_t fCapabilities;
	uint16_t wVersion, wRPCID;
	uint32_t cbMaxToken;
	SEC_CHAR *Name, *Comment;
} SecPkgInfoA, *PSecPkgInfoA;

typedef struct _SecPkgInfoW {
	uint32_t fCapabilities;
	uint16_t wVersion, wRPCID;
	uint32_t cbMaxToken;
	SEC_WCHAR *Name, *Comment;
} SecPkgInfoW, *PSecPkgInfoW;

#define SECPKG_FLAG_INTEGRITY                    0x00000001
#define SECPKG_FLAG_PRIVACY                      0x00000002
#define SECPKG_FLAG_TOKEN_ONLY                   0x00000004
#define SECPKG_FLAG_DATAGRAM                     0x00000008
#define SECPKG_FLAG_CONNECTION                   0x00000010
#define SECPKG_FLAG_MULTI_REQUIRED               0x00000020
#define SECPKG_FLAG_CLIENT_ONLY                  0x00000040
#define SECPKG_FLAG_EXTENDED_ERROR               0x00000080
#define SECPKG_FLAG_IMPERSONATION                0x00000100
#define SECPKG_FLAG_ACCEPT_WIN32_NAME            0x00000200
#define SECPKG_FLAG_STREAM                       0x00000400
#define SECPKG_FLAG_NEGOTIABLE                   0x00000800
#define SECPKG_FLAG_GSS_COMPATIBLE               0x00001000
#define SECPKG_FLAG_LOGON                        0x00002000
#define SECPKG_FLAG_ASCII_BUFFERS                0x00004000
#define SECPKG_FLAG_FRAGMENT                     0x00008000
#define SECPKG_FLAG_MUTUAL_AUTH                  0x00010000
#define SECPKG_FLAG_DELEGATION                   0x00020000
#define SECPKG_FLAG_READONLY_WITH_CHECKSUM       0x00040000
#define SECPKG_FLAG_RESTRICTED_TOKENS            0x00080000
#define SECPKG_FLAG_NEGO_EXTENDER                0x00100000
#define SECPKG_FLAG_NEGOTIABLE2                  0x00200000
#define SECPKG_FLAG_APPCONTAINER_PASSTHROUGH     0x00400000
#define SECPKG_FLAG_APPCONTAINER_CHECKS          0x00800000
#define SECPKG_FLAG_CREDENTIAL_ISOLATION_ENABLED 0x01000000
#define SECPKG_FLAG_APPLY_LOOPBACK               0x02000000

#define SECPKG_ID_NONE 0xFFFF

#define SECPKG_CRED_INBOUND              0x00000001
#define SECPKG_CRED_OUTBOUND             0x00000002
#define SECPKG_CRED_BOTH                 0x00000003
#define SECPKG_CRED_DEFAULT              0x00000004
#define SECPKG_CRED_AUTOLOGON_RESTRICTED 0x00000010
#define SECPKG_CRED_PROCESS_POLICY_ONLY  0x00000020
#define SECPKG_CRED_RESERVED             0xF0000000u

#define SECPKG_NEGOTIATION_COMPLETE      0
#define SECPKG_NEGOTIATION_OPTIMISTIC    1
#define SECPKG_NEGOTIATION_IN_PROGRESS   2
#define SECPKG_NEGOTIATION_DIRECT        3
#define SECPKG_NEGOTIATION_TRY_MULTICRED 4

#define SECPKG_CONTEXT_EXPORT_RESET_NEW  0x00000001
#define SECPKG_CONTEXT_EXPORT_DELETE_OLD 0x00000002
#define SECPKG_CONTEXT_EXPORT_TO_KERNEL  0x00000004 /* no longer supported, on Windows either */

#define SECPKG_OPTIONS_TYPE_UNKNOWN 0
#define SECPKG_OPTIONS_TYPE_LSA     1
#define SECPKG_OPTIONS_TYPE_SSPI    2
#define SECPKG_OPTIONS_PERMANENT    0x1

typedef struct _SECURITY_PACKAGE_OPTIONS {
	uint32_t Size, Type, Flags, SignatureSize;
	void *Signature;
} SECURITY_PACKAGE_OPTIONS, *PSECURITY_PACKAGE_OPTIONS;

#define NTLMSP_NAME_A             "NTLM"
#define NEGOSSP_NAME_A            "Negotiate"
#define MICROSOFT_KERBEROS_NAME_A "Kerberos"

/* --- Requests and what was reached. ISC and ASC agree only up to bit 0x2000. -------------------------------- */

#define ISC_REQ_DELEGATE               0x00000001
#define ISC_REQ_MUTUAL_AUTH            0x00000002
#define ISC_REQ_REPLAY_DETECT          0x00000004
#define ISC_REQ_SEQUENCE_DETECT        0x00000008
#define ISC_REQ_CONFIDENTIALITY        0x00000010
#define ISC_REQ_USE_SESSION_KEY        0x00000020
#define ISC_REQ_PROMPT_FOR_CREDS       0x00000040
#define ISC_REQ_USE_SUPPLIED_CREDS     0x00000080
#define ISC_REQ_ALLOCATE_MEMORY        0x00000100
#define ISC_REQ_USE_DCE_STYLE          0x00000200
#define ISC_REQ_DATAGRAM               0x00000400
#define ISC_REQ_CONNECTION             0x00000800
#define ISC_REQ_CALL_LEVEL             0x00001000
#define ISC_REQ_FRAGMENT_SUPPLIED      0x00002000
#define ISC_REQ_EXTENDED_ERROR         0x00004000
#define ISC_REQ_STREAM                 0x00008000
#define ISC_REQ_INTEGRITY              0x00010000
#define ISC_REQ_IDENTIFY               0x00020000
#define ISC_REQ_NULL_SESSION           0x00040000
#define ISC_REQ_MANUAL_CRED_VALIDATION 0x00080000
#define ISC_REQ_RESERVED1              0x00100000
#define ISC_REQ_FRAGMENT_TO_FIT        0x00200000
#define ISC_REQ_FORWARD_CREDENTIALS    0x00400000
#define ISC_REQ_NO_INTEGRITY           0x00800000
#define ISC_REQ_USE_HTTP_STYLE         0x01000000
#define ISC_REQ_UNVERIFIED_TARGET_NAME 0x20000000
#define ISC_REQ_CONFIDENTIALITY_ONLY   0x40000000

/* By SECBUFFER_FLAGS. */
#define ISC_REQ_MESSAGES                 UINT64_C(0x0000000100000000)
#define ISC_REQ_DEFERRED_CRED_VALIDATION UINT64_C(0x0000000200000000)
#define ISC_REQ_NO_POST_HANDSHAKE_AUTH   UINT64_C(0x0000000400000000)
#define ISC_REQ_REUSE_SESSION_TICKETS    UINT64_C(0x0000000800000000)
#define ISC_REQ_EXPLICIT_SESSION         UINT64_C(0x0000001000000000)
#define ASC_REQ_MESSAGES                 UINT64_C(0x0000000100000000)
#define ASC_REQ_EXPLICIT_SESSION         UINT64_C(0x0000001000000000)

#define ISC_RET_DELEGATE               0x00000001
#define ISC_RET_MUTUAL_AUTH            0x00000002
#define ISC_RET_REPLAY_DETECT          0x00000004
#define ISC_RET_SEQUENCE_DETECT        0x00000008
#define ISC_RET_CONFIDENTIALITY        0x00000010
#define ISC_RET_USE_SESSION_KEY        0x00000020
#define ISC_RET_USED_COLLECTED_CREDS   0x00000040
#define ISC_RET_USED_SUPPLIED_CREDS    0x00000080
#define ISC_RET_ALLOCATED_MEMORY       0x00000100
#define ISC_RET_USED_DCE_STYLE         0x00000200
#define ISC_RET_DATAGRAM               0x00000400
#define ISC_RET_CONNECTION             0x00000800
#define ISC_RET_INTERMEDIATE_RETURN    0x00001000
#define ISC_RET_CALL_LEVEL             0x00002000
#define ISC_RET_EXTENDED_ERROR         0x00004000
#define ISC_RET_STREAM                 0x00008000
#define ISC_RET_INTEGRITY              0x00010000
#define ISC_RET_IDENTIFY               0x00020000
#define ISC_RET_NULL_SESSION           0x00040000
#define ISC_RET_MANUAL_CRED_VALIDATION 0x00080000
#define ISC_RET_FRAGMENT_ONLY          0x00200000
#define ISC_RET_USED_HTTP_STYLE        0x01000000
#define ISC_RET_NO_ADDITIONAL_TOKEN    0x02000000
#define ISC_RET_REAUTHENTICATION       0x08000000
#define ISC_RET_CONFIDENTIALITY_ONLY   0x40000000

#define ASC_REQ_DELEGATE               0x00000001
#define ASC_REQ_MUTUAL_AUTH            0x00000002
#define ASC_REQ_REPLAY_DETECT          0x00000004
#define ASC_REQ_SEQUENCE_DETECT        0x00000008
#define ASC_REQ_CONFIDENTIALITY        0x00000010
#define ASC_REQ_USE_SESSION_KEY        0x00000020
#define ASC_REQ_SESSION_TICKET         0x00000040
#define ASC_REQ_ALLOCATE_MEMORY        0x00000100
#define ASC_REQ_USE_DCE_STYLE          0x00000200
#define ASC_REQ_DATAGRAM               0x00000400
#define ASC_REQ_CONNECTION             0x00000800
#define ASC_REQ_CALL_LEVEL             0x00001000
#define ASC_REQ_FRAGMENT_SUPPLIED      0x00002000
#define ASC_REQ_EXTENDED_ERROR         0x00008000
#define ASC_REQ_STREAM                 0x00010000
#define ASC_REQ_INTEGRITY              0x00020000
#define ASC_REQ_LICENSING              0x00040000
#define ASC_REQ_IDENTIFY               0x00080000
#define ASC_REQ_ALLOW_NULL_SESSION     0x00100000
#define ASC_REQ_ALLOW_NON_USER_LOGONS  0x00200000
#define ASC_REQ_ALLOW_CONTEXT_REPLAY   0x00400000
#define ASC_REQ_FRAGMENT_TO_FIT        0x00800000
#define ASC_REQ_NO_TOKEN               0x01000000
#define ASC_REQ_PROXY_BINDINGS         0x04000000
#define ASC_REQ_ALLOW_MISSING_BINDINGS 0x10000000

#define ASC_RET_DELEGATE              0x00000001
#define ASC_RET_MUTUAL_AUTH           0x00000002
#define ASC_RET_REPLAY_DETECT         0x00000004
#define ASC_RET_SEQUENCE_DETECT       0x00000008
#define ASC_RET_CONFIDENTIALITY       0x00000010
#define ASC_RET_USE_SESSION_KEY       0x00000020
#define ASC_RET_SESSION_TICKET        0x00000040
#define ASC_RET_ALLOCATED_MEMORY      0x00000100
#define ASC_RET_USED_DCE_STYLE        0x00000200
#define ASC_RET_DATAGRAM              0x00000400
#define ASC_RET_CONNECTION            0x00000800
#define ASC_RET_CALL_LEVEL            0x00002000
#define ASC_RET_THIRD_LEG_FAILED      0x00004000
#define ASC_RET_EXTENDED_ERROR        0x00008000
#define ASC_RET_STREAM                0x00010000
#define ASC_RET_INTEGRITY             0x00020000
#define ASC_RET_LICENSING             0x00040000
#define ASC_RET_IDENTIFY              0x00080000
#define ASC_RET_NULL_SESSION          0x00100000
#define ASC_RET_ALLOW_NON_USER_LOGONS 0x00200000
#define ASC_RET_FRAGMENT_ONLY         0x00800000
#define ASC_RET_NO_TOKEN              0x01000000
#define ASC_RET_NO_ADDITIONAL_TOKEN   0x02000000

#define SECURITY_NATIVE_DREP  0x00000010
#define SECURITY_NETWORK_DREP 0x00000000

#define SECQOP_WRAP_NO_ENCRYPT 0x80000001u
#define SECQOP_WRAP_OOB_DATA   0x40000000u

/* --- Identities ------------------------------------------------------------------------------------------- */

#define SEC_WINNT_AUTH_IDENTITY_ANSI       0x1
#define SEC_WINNT_AUTH_IDENTITY_UNICODE    0x2
#define SEC_WINNT_AUTH_IDENTITY_MARSHALLED 0x4 /* all in one block */
#define SEC_WINNT_AUTH_IDENTITY_ONLY       0x8

#define SEC_WINNT_AUTH_IDENTITY_FLAGS_PROCESS_ENCRYPTED 0x10
#define SEC_WINNT_AUTH_IDENTITY_FLAGS_SYSTEM_PROTECTED  0x20
#define SEC_WINNT_AUTH_IDENTITY_FLAGS_USER_PROTECTED    0x40
#define SEC_WINNT_AUTH_IDENTITY_FLAGS_SYSTEM_ENCRYPTED  0x80
#define SEC_WINNT_AUTH_IDENTITY_FLAGS_RESERVED          0x10000
#define SEC_WINNT_AUTH_IDENTITY_FLAGS_NULL_USER         0x20000
#define SEC_WINNT_AUTH_IDENTITY_FLAGS_NULL_DOMAIN       0x40000
#define SEC_WINNT_AUTH_IDENTITY_FLAGS_ID_PROVIDER       0x80000

#define SEC_WINNT_AUTH_IDENTITY_FLAGS_SSPIPFC_USE_MASK             0xFF000000u
#define SEC_WINNT_AUTH_IDENTITY_FLAGS_SSPIPFC_CREDPROV_DO_NOT_SAVE 0x80000000u
#define SEC_WINNT_AUTH_IDENTITY_FLAGS_SSPIPFC_SAVE_CRED_BY_CALLER  0x80000000u
#define SEC_WINNT_AUTH_IDENTITY_FLAGS_SSPIPFC_SAVE_CRED_CHECKED    0x40000000u
#define SEC_WINNT_AUTH_IDENTITY_FLAGS_SSPIPFC_NO_CHECKBOX          0x20000000u
#define SEC_WINNT_AUTH_IDENTITY_FLAGS_SSPIPFC_CREDPROV_DO_NOT_LOAD 0x10000000u

#define SEC_WINNT_AUTH_IDENTITY_ENCRYPT_SAME_LOGON   0x1
#define SEC_WINNT_AUTH_IDENTITY_ENCRYPT_SAME_PROCESS 0x2
#define SEC_WINNT_AUTH_IDENTITY_ENCRYPT_FOR_SYSTEM   0x4

#define SEC_WINNT_AUTH_IDENTITY_VERSION   0x200
#define SEC_WINNT_AUTH_IDENTITY_VERSION_2 0x201

/* Lengths are in characters, without a terminator. Flags, not the function's suffix, say ANSI (UTF-8) or UNICODE. */
typedef struct _SEC_WINNT_AUTH_IDENTITY_W {
	WCHAR *User;
	uint32_t UserLength;
	WCHAR *Domain;
	uint32_t DomainLength;
	WCHAR *Password;
	uint32_t PasswordLength, Flags;
} SEC_WINNT_AUTH_IDENTITY_W, *PSEC_WINNT_AUTH_IDENTITY_W;

typedef struct _SEC_WINNT_AUTH_IDENTITY_A {
	unsigned char *User;
	uint32_t UserLength;
	unsigned char *Domain;
	uint32_t DomainLength;
	unsigned char *Password;
	uint32_t PasswordLength, Flags;
} SEC_WINNT_AUTH_IDENTITY_A, *PSEC_WINNT_AUTH_IDENTITY_A;

typedef struct _SEC_WINNT_AUTH_IDENTITY_EXW {
	uint32_t Version, Length;
	WCHAR *User;
	uint32_t UserLength;
	WCHAR *Domain;
	uint32_t DomainLength;
	WCHAR *Password;
	uint32_t PasswordLength, Flags;
	WCHAR *PackageList;
	uint32_t PackageListLength;
} SEC_WINNT_AUTH_IDENTITY_EXW, *PSEC_WINNT_AUTH_IDENTITY_EXW;

typedef struct _SEC_WINNT_AUTH_IDENTITY_EXA {
	uint32_t Version, Length;
	unsigned char *User;
	uint32_t UserLength;
	unsigned char *Domain;
	uint32_t DomainLength;
	unsigned char *Password;
	uint32_t PasswordLength, Flags;
	unsigned char *PackageList;
	uint32_t PackageListLength;
} SEC_WINNT_AUTH_IDENTITY_EXA, *PSEC_WINNT_AUTH_IDENTITY_EXA;

typedef struct _GUID {
	uint32_t Data1;
	uint16_t Data2, Data3;
	uint8_t Data4[8];
} GUID, *LPGUID;

/*
 * One block of cbStructureLength bytes that begins with this header; UTF-16LE, offsets from the block's start, lengths
 * in bytes. Offset 0: there is no such part. The password lies in packed credentials.
 */
typedef struct _SEC_WINNT_AUTH_IDENTITY_EX2 {
	uint32_t Version;
	uint16_t cbHeaderLength;
	uint32_t cbStructureLength;
	uint32_t UserOffset;
	uint16_t UserLength;
	uint32_t DomainOffset;
	uint16_t DomainLength;
	uint32_t PackedCredentialsOffset;
	uint16_t PackedCredentialsLength;
	uint32_t Flags;
	uint32_t PackageListOffset;
	uint16_t PackageListLength;
} SEC_WINNT_AUTH_IDENTITY_EX2, *PSEC_WINNT_AUTH_IDENTITY_EX2;

typedef struct _SEC_WINNT_AUTH_BYTE_VECTOR {
	uint32_t ByteArrayOffset;
	uint16_t ByteArrayLength;
} SEC_WINNT_AUTH_BYTE_VECTOR, *PSEC_WINNT_AUTH_BYTE_VECTOR;

/* The offset counts from the start of SEC_WINNT_AUTH_PACKED_CREDENTIALS. The data of a password are its UTF-16LE. */
typedef struct _SEC_WINNT_AUTH_DATA {
	GUID CredType;
	SEC_WINNT_AUTH_BYTE_VECTOR CredData;
} SEC_WINNT_AUTH_DATA, *PSEC_WINNT_AUTH_DATA;

typedef struct _SEC_WINNT_AUTH_PACKED_CREDENTIALS {
	uint16_t cbHeaderLength, cbStructureLength;
	SEC_WINNT_AUTH_DATA AuthData;
} SEC_WINNT_AUTH_PACKED_CREDENTIALS, *PSEC_WINNT_AUTH_PACKED_CREDENTIALS;

/* The types of packed credentials, for those who define this before they include the header, as on Windows. */
#ifdef _SEC_WINNT_AUTH_TYPES
static const GUID SEC_WINNT_AUTH_DATA_TYPE_PASSWORD = {
	0x28bfc32f, 0x10f6, 0x4738, { 0x98, 0xd1, 0x1a, 0xc0, 0x61, 0xdf, 0x71, 0x6a }
};
static const GUID SEC_WINNT_AUTH_DATA_TYPE_CERT = {
	0x235f69ad, 0x73fb, 0x4dbc, { 0x82, 0x03, 0x06, 0x29, 0xe7, 0x39, 0x33, 0x9b }
};
static const GUID SEC_WINNT_AUTH_DATA_TYPE_CREDMAN_CERT = {
	0x7cb72412, 0x1016, 0x491a, { 0x8c, 0x87, 0x4d, 0x2a, 0xa1, 0xb7, 0xdd, 0x3a }
};
static const GUID SEC_WINNT_AUTH_DATA_TYPE_NGC = {
	0x10a47879, 0x5ebf, 0x4b85, { 0xbd, 0x8d, 0xc2, 0x1b, 0xb4, 0xf4, 0x9c, 0x8a }
};
static const GUID SEC_WINNT_AUTH_DATA_TYPE_FIDO = {
	0x32e8f8d7, 0x7871, 0x4bcc, { 0x83, 0xc5, 0x46, 0x0f, 0x66, 0xc6, 0x13, 0x5c }
};
static const GUID SEC_WINNT_AUTH_DATA_TYPE_KEYTAB = {
	0xd587aae8, 0xf78f, 0x4455, { 0xa1, 0x12, 0xc9, 0x34, 0xbe, 0xee, 0x7c, 0xe1 }
};
static const GUID SEC_WINNT_AUTH_DATA_TYPE_DELEGATION_TOKEN = {
	0x12e52e0f, 0x6f9b, 0x4f83, { 0x90, 0x20, 0x9d, 0xe4, 0x2b, 0x22, 0x62, 0x67 }
};
static const GUID SEC_WINNT_AUTH_DATA_TYPE_CSP_DATA = {
	0x68fd9879, 0x079c, 0x4dfe, { 0x82, 0x81, 0x57, 0x8a, 0xad, 0xc1, 0xc1, 0x00 }
};
static const GUID SEC_WINNT_AUTH_DATA_TYPE_SMARTCARD_CONTEXTS = {
	0xb86c4ff3, 0x49d7, 0x4dc4, { 0xb5, 0x60, 0xb1, 0x16, 0x36, 0x85, 0xb2, 0x36 }
};
#endif

typedef struct _SEC_WINNT_AUTH_DATA_PASSWORD {
	SEC_WINNT_AUTH_BYTE_VECTOR UnicodePassword;
} SEC_WINNT_AUTH_DATA_PASSWORD, *PSEC_WINNT_AUTH_DATA_PASSWORD;

/* Any of the forms above. */
typedef void *PSEC_WINNT_AUTH_IDENTITY_OPAQUE;

/* --- Context attributes ----------------------------------------------------------------------------------- */

#define SECPKG_ATTR_SIZES                       0
#define SECPKG_ATTR_NAMES                       1
#define SECPKG_ATTR_LIFESPAN                    2
#define SECPKG_ATTR_DCE_INFO                    3
#define SECPKG_ATTR_STREAM_SIZES                4
#define SECPKG_ATTR_DATAGRAM_SIZES              SECPKG_ATTR_STREAM_SIZES
#define SECPKG_ATTR_KEY_INFO                    5
#define SECPKG_ATTR_AUTHORITY                   6
#define SECPKG_ATTR_PROTO_INFO                  7
#define SECPKG_ATTR_PASSWORD_EXPIRY             8
#define SECPKG_ATTR_SESSION_KEY                 9
#define SECPKG_ATTR_PACKAGE_INFO                10
#define SECPKG_ATTR_USER_FLAGS                  11
#define SECPKG_ATTR_NEGOTIATION_INFO            12
#define SECPKG_ATTR_NATIVE_NAMES                13
#define SECPKG_ATTR_FLAGS                       14
#define SECPKG_ATTR_USE_VALIDATED               15
#define SECPKG_ATTR_CREDENTIAL_NAME             16
#define SECPKG_ATTR_TARGET_INFORMATION          17
#define SECPKG_ATTR_ACCESS_TOKEN                18
#define SECPKG_ATTR_TARGET                      19
#define SECPKG_ATTR_AUTHENTICATION_ID           20
#define SECPKG_ATTR_LOGOFF_TIME                 21
#define SECPKG_ATTR_NEGO_KEYS                   22
#define SECPKG_ATTR_PROMPTING_NEEDED            24
#define SECPKG_ATTR_UNIQUE_BINDINGS             25
#define SECPKG_ATTR_ENDPOINT_BINDINGS           26
#define SECPKG_ATTR_CLIENT_SPECIFIED_TARGET     27
#define SECPKG_ATTR_LAST_CLIENT_TOKEN_STATUS    30
#define SECPKG_ATTR_NEGO_PKG_INFO               31
#define SECPKG_ATTR_NEGO_STATUS                 32
#define SECPKG_ATTR_CONTEXT_DELETED             33
#define SECPKG_ATTR_DTLS_MTU                    34
#define SECPKG_ATTR_APPLICATION_PROTOCOL        35
#define SECPKG_ATTR_NEGOTIATED_TLS_EXTENSIONS   36
#define SECPKG_ATTR_IS_LOOPBACK                 37
#define SECPKG_ATTR_SUBJECT_SECURITY_ATTRIBUTES 128

typedef struct _SecPkgContext_Sizes {
	uint32_t cbMaxToken, cbMaxSignature, cbBlockSize, cbSecurityTrailer;
} SecPkgContext_Sizes, *PSecPkgContext_Sizes;

typedef struct _SecPkgContext_StreamSizes {
	uint32_t cbHeader, cbTrailer, cbMaximumMessage, cBuffers, cbBlockSize;
} SecPkgContext_StreamSizes, *PSecPkgContext_StreamSizes;

typedef struct _SecPkgContext_NamesA {
	SEC_CHAR *sUserName;
} SecPkgContext_NamesA, *PSecPkgContext_NamesA;

typedef struct _SecPkgContext_NamesW {
	SEC_WCHAR *sUserName;
} SecPkgContext_NamesW, *PSecPkgContext_NamesW;

typedef struct _SecPkgContext_Lifespan {
	TimeStamp tsStart, tsExpiry;
} SecPkgContext_Lifespan, *PSecPkgContext_Lifespan;

typedef struct _SecPkgContext_SessionKey {
	uint32_t SessionKeyLength;
	uint8_t *SessionKey;
} SecPkgContext_SessionKey, *PSecPkgContext_SessionKey;

/* Two strings, each freed by a FreeContextBuffer of its own; KeySize in bits. */
typedef struct _SecPkgContext_KeyInfoA {
	SEC_CHAR *sSignatureAlgorithmName, *sEncryptAlgorithmName;
	uint32_t KeySize, SignatureAlgorithm, EncryptAlgorithm;
} SecPkgContext_KeyInfoA, *PSecPkgContext_KeyInfoA;

typedef struct _SecPkgContext_KeyInfoW {
	SEC_WCHAR *sSignatureAlgorithmName, *sEncryptAlgorithmName;
	uint32_t KeySize, SignatureAlgorithm, EncryptAlgorithm;
} SecPkgContext_KeyInfoW, *PSecPkgContext_KeyInfoW;

typedef struct _SecPkgContext_PackageInfoA {
	PSecPkgInfoA PackageInfo;
} SecPkgContext_PackageInfoA, *PSecPkgContext_PackageInfoA;

typedef struct _SecPkgContext_PackageInfoW {
	PSecPkgInfoW PackageInfo;
} SecPkgContext_PackageInfoW, *PSecPkgContext_PackageInfoW;

typedef struct _SecPkgContext_NegotiationInfoA {
	PSecPkgInfoA PackageInfo;
	uint32_t NegotiationState;
} SecPkgContext_NegotiationInfoA, *PSecPkgContext_NegotiationInfoA;

typedef struct _SecPkgContext_NegotiationInfoW {
	PSecPkgInfoW PackageInfo;
	uint32_t NegotiationState;
} SecPkgContext_NegotiationInfoW, *PSecPkgContext_NegotiationInfoW;

/* The flags that were reached, in the bits of the context's role. */
typedef struct _SecPkgContext_Flags {
	uint32_t Flags;
} SecPkgContext_Flags, *PSecPkgContext_Flags;

/* pPac: the account's name, UTF-16LE with a NUL, where AuthzSvc is 1 (RPC_C_AUTHZ_NAME). One FreeContextBuffer. */
typedef struct _SecPkgContext_DceInfo {
	uint32_t AuthzSvc;
	void *pPac;
} SecPkgContext_DceInfo, *PSecPkgContext_DceInfo;

typedef struct _SecPkgContext_AuthorityA {
	SEC_CHAR *sAuthorityName;
} SecPkgContext_AuthorityA, *PSecPkgContext_AuthorityA;

typedef struct _SecPkgContext_AuthorityW {
	SEC_WCHAR *sAuthorityName;
} SecPkgContext_AuthorityW, *PSecPkgContext_AuthorityW;

typedef struct _SecPkgContext_PasswordExpiry {
	TimeStamp tsPasswordExpires;
} SecPkgContext_PasswordExpiry, *PSecPkgContext_PasswordExpiry;

/* Two strings, each freed by a FreeContextBuffer of its own. */
typedef struct _SecPkgContext_NativeNamesA {
	SEC_CHAR *sClientName, *sServerName;
} SecPkgContext_NativeNamesA, *PSecPkgContext_NativeNamesA;

typedef struct _SecPkgContext_NativeNamesW {
	SEC_WCHAR *sClientName, *sServerName;
} SecPkgContext_NativeNamesW, *PSecPkgContext_NativeNamesW;

typedef struct _SecPkgContext_TargetInformation {
	uint32_t MarshalledTargetInfoLength;
	uint8_t *MarshalledTargetInfo;
} SecPkgContext_TargetInformation, *PSecPkgContext_TargetInformation;

/* A token of its own, closed by CloseHandle (opensspi.h). */
typedef struct _SecPkgContext_AccessToken {
	void *AccessToken;
} SecPkgContext_AccessToken, *PSecPkgContext_AccessToken;

/* BindingsLength bytes; one FreeContextBuffer. */
typedef struct _SecPkgContext_Bindings {
	uint32_t BindingsLength;
	SEC_CHANNEL_BINDINGS *Bindings;
} SecPkgContext_Bindings, *PSecPkgContext_Bindings;

/* Always UTF-16LE. */
typedef struct _SecPkgContext_ClientSpecifiedTarget {
	SEC_WCHAR *sTargetName;
} SecPkgContext_ClientSpecifiedTarget, *PSecPkgContext_ClientSpecifiedTarget;

typedef enum _SECPKG_ATTR_LCT_STATUS {
	SecPkgAttrLastClientTokenYes,
	SecPkgAttrLastClientTokenNo,
	SecPkgAttrLastClientTokenMaybe,
} SECPKG_ATTR_LCT_STATUS,
	*PSECPKG_ATTR_LCT_STATUS;

typedef struct _SecPkgContext_LastClientTokenStatus {
	SECPKG_ATTR_LCT_STATUS LastClientTokenStatus;
} SecPkgContext_LastClientTokenStatus, *PSecPkgContext_LastClientTokenStatus;

typedef enum _SEC_APPLICATION_PROTOCOL_NEGOTIATION_STATUS {
	SecApplicationProtocolNegotiationStatus_None,
	SecApplicationProtocolNegotiationStatus_Success,
	SecApplicationProtocolNegotiationStatus_SelectedClientOnly,
} SEC_APPLICATION_PROTOCOL_NEGOTIATION_STATUS,
	*PSEC_APPLICATION_PROTOCOL_NEGOTIATION_STATUS;

#define MAX_PROTOCOL_ID_SIZE 0xFF

typedef struct _SecPkgContext_ApplicationProtocol {
	SEC_APPLICATION_PROTOCOL_NEGOTIATION_STATUS ProtoNegoStatus;
	SEC_APPLICATION_PROTOCOL_NEGOTIATION_EXT ProtoNegoExt;
	uint8_t ProtocolIdSize;
	uint8_t ProtocolId[MAX_PROTOCOL_ID_SIZE];
} SecPkgContext_ApplicationProtocol, *PSecPkgContext_ApplicationProtocol;

/* AttributeInfo: AUTHZ_SECURITY_ATTRIBUTES_INFORMATION. One FreeContextBuffer. */
typedef struct _SecPkgContext_SubjectAttributes {
	void *AttributeInfo;
} SecPkgContext_SubjectAttributes, *PSecPkgContext_SubjectAttributes;

typedef struct _AUTHZ_SECURITY_ATTRIBUTES_INFORMATION {
	uint16_t Version, Reserved;
	uint32_t AttributeCount;
	union {
		void *pAttributeV1;
	} Attribute;
} AUTHZ_SECURITY_ATTRIBUTES_INFORMATION, *PAUTHZ_SECURITY_ATTRIBUTES_INFORMATION;

#define AUTHZ_SECURITY_ATTRIBUTES_INFORMATION_VERSION_V1 1

/* --- Credential attributes -------------------------------------------------------------------------------- */

#define SECPKG_CRED_ATTR_NAMES                1
#define SECPKG_CRED_ATTR_SSI_PROVIDER         2
#define SECPKG_CRED_ATTR_KDC_PROXY_SETTINGS   3
#define SECPKG_CRED_ATTR_KDC_NETWORK_SETTINGS SECPKG_CRED_ATTR_KDC_PROXY_SETTINGS
#define SECPKG_CRED_ATTR_CERT                 4
#define SECPKG_CRED_ATTR_PAC_BYPASS           5

typedef struct _SecPkgCredentials_NamesA {
	SEC_CHAR *sUserName;
} SecPkgCredentials_NamesA, *PSecPkgCredentials_NamesA;

typedef struct _SecPkgCredentials_NamesW {
	SEC_WCHAR *sUserName;
} SecPkgCredentials_NamesW, *PSecPkgCredentials_NamesW;

typedef struct _SecPkgCredentials_SSIProviderA {
	SEC_CHAR *sProviderName;
	uint32_t ProviderInfoLength;
	char *ProviderInfo;
} SecPkgCredentials_SSIProviderA, *PSecPkgCredentials_SSIProviderA;

typedef struct _SecPkgCredentials_SSIProviderW {
	SEC_WCHAR *sProviderName;
	uint32_t ProviderInfoLength;
	char *ProviderInfo;
} SecPkgCredentials_SSIProviderW, *PSecPkgCredentials_SSIProviderW;

#define KDC_PROXY_SETTINGS_V1               1
#define KDC_PROXY_SETTINGS_FLAGS_FORCEPROXY 0x1

/* Offsets and lengths in bytes from this struct's start. */
typedef struct _SecPkgCredentials_KdcProxySettingsW {
	uint32_t Version, Flags;
	uint16_t ProxyServerOffset, ProxyServerLength;
	uint16_t ClientTlsCredOffset, ClientTlsCredLength;
} SecPkgCredentials_KdcProxySettingsW, *PSecPkgCredentials_KdcProxySettingsW;

typedef struct _SecPkgCredentials_Cert {
	uint32_t EncodedCertSize;
	uint8_t *EncodedCert;
} SecPkgCredentials_Cert, *PSecPkgCredentials_Cert;

/* --- Functions -------------------------------------------------------------------------------------------- */

typedef void(SEC_ENTRY *SEC_GET_KEY_FN)(void *Arg, void *Principal, uint32_t KeyVer, void **Key,
					SECURITY_STATUS *Status);

/* All packages in one block, freed by one FreeContextBuffer. */
SECURITY_STATUS SEC_ENTRY EnumerateSecurityPackagesA(uint32_t *pcPackages, PSecPkgInfoA *ppPackageInfo);
SECURITY_STATUS SEC_ENTRY EnumerateSecurityPackagesW(uint32_t *pcPackages, PSecPkgInfoW *ppPackageInfo);

/* One package, looked up without regard to case; one block. SEC_E_SECPKG_NOT_FOUND leaves *ppPackageInfo alone. */
SECURITY_STATUS SEC_ENTRY QuerySecurityPackageInfoA(SEC_CHAR *pszPackageName, PSecPkgInfoA *ppPackageInfo);
SECURITY_STATUS SEC_ENTRY QuerySecurityPackageInfoW(SEC_WCHAR *pszPackageName, PSecPkgInfoW *ppPackageInfo);

/*
 * Makes a credential. Everything in pAuthData is copied during the call; nothing goes over a network.
 *
 * pszPrincipal, pvLogonId, pGetKeyFn and pvGetKeyArgument are not used: pass NULL. fCredentialUse is
 * SECPKG_CRED_INBOUND, _OUTBOUND or _BOTH. pAuthData: for "CREDSSP" a CREDSSP_CRED (credssp.h), for "NTLM" a
 * SEC_WINNT_AUTH_IDENTITY, _EX or _EX2, for "Schannel" a SCHANNEL_CRED or SCH_CREDENTIALS (schannel.h) or for a client
 * NULL, for every package OPENSSPI_OPTIONS (opensspi.h) around one of them. ptsExpiry (may be NULL) receives the
 * certificate's end, else INT64_MAX.
 *
 * SEC_E_SECPKG_NOT_FOUND; SEC_E_UNKNOWN_CREDENTIALS: pAuthData or the certificate in it is not understood;
 * SEC_E_NO_CREDENTIALS: the package needs some and none were given, or Schannel and _BOTH; SEC_E_UNSUPPORTED_FUNCTION:
 * a use or setting that is not built; SEC_E_ALGORITHM_MISMATCH: TLS with DTLS, or a strength that no cipher has;
 * SEC_E_INSUFFICIENT_MEMORY. Page: AcquireCredentialsHandle (CredSSP), (NTLM), (Schannel).
 */
SECURITY_STATUS SEC_ENTRY AcquireCredentialsHandleA(SEC_CHAR *pszPrincipal, SEC_CHAR *pszPackage,
						    uint32_t fCredentialUse, void *pvLogonId, void *pAuthData,
						    SEC_GET_KEY_FN pGetKeyFn, void *pvGetKeyArgument,
						    PCredHandle phCredential, PTimeStamp ptsExpiry);
SECURITY_STATUS SEC_ENTRY AcquireCredentialsHandleW(SEC_WCHAR *pszPrincipal, SEC_WCHAR *pszPackage,
						    uint32_t fCredentialUse, void *pvLogonId, void *pAuthData,
						    SEC_GET_KEY_FN pGetKeyFn, void *pvGetKeyArgument,
						    PCredHandle phCredential, PTimeStamp ptsExpiry);

/* Contexts made from the credential live on. SEC_E_INVALID_HANDLE if it is none, or was freed before. */
SECURITY_STATUS SEC_ENTRY FreeCredentialsHandle(PCredHandle phCredential);

/*
 * Adds to a credential what pAuthData holds, as AcquireCredentialsHandle would take it: a direction that it did not
 * serve yet, or other means for one that it did. Contexts that exist keep what they were made from. pszPackage is the
 * handle's own package. Errors as there, and SEC_E_INVALID_HANDLE; SEC_E_UNKNOWN_CREDENTIALS also: pszPackage is
 * another package. A failing call changes nothing. Page: AddCredentials.
 */
SECURITY_STATUS SEC_ENTRY AddCredentialsA(PCredHandle hCredentials, SEC_CHAR *pszPrincipal,
					  SEC_CHAR *pszPackage, uint32_t fCredentialUse, void *pAuthData,
					  SEC_GET_KEY_FN pGetKeyFn, void *pvGetKeyArgument,
					  PTimeStamp ptsExpiry);
SECURITY_STATUS SEC_ENTRY AddCredentialsW(PCredHandle hCredentials, SEC_WCHAR *pszPrincipal,
					  SEC_WCHAR *pszPackage, uint32_t fCredentialUse, void *pAuthData,
					  SEC_GET_KEY_FN pGetKeyFn, void *pvGetKeyArgument,
					  PTimeStamp ptsExpiry);

/*
 * SECPKG_CRED_ATTR_NAMES; the caller's struct, whose pointers are freed by FreeContextBuffer. In this order:
 * SEC_E_INVALID_HANDLE; SEC_E_UNSUPPORTED_FUNCTION: not an attribute of the package; SEC_E_INTERNAL_ERROR: pBuffer is
 * NULL; SEC_E_BUFFER_TOO_SMALL: Ex, cbBuffer is less than the size of the attribute's struct; SEC_E_NO_CREDENTIALS:
 * there is none to name; SEC_E_INSUFFICIENT_MEMORY. Page: QueryCredentialsAttributes.
 */
SECURITY_STATUS SEC_ENTRY QueryCredentialsAttributesA(PCredHandle phCredential, uint32_t ulAttribute,
						      void *pBuffer);
SECURITY_STATUS SEC_ENTRY QueryCredentialsAttributesW(PCredHandle phCredential, uint32_t ulAttribute,
						      void *pBuffer);
SECURITY_STATUS SEC_ENTRY QueryCredentialsAttributesExA(PCredHandle phCredential, uint32_t ulAttribute,
							void *pBuffer, uint32_t cbBuffer);
SECURITY_STATUS SEC_ENTRY QueryCredentialsAttributesExW(PCredHandle phCredential, uint32_t ulAttribute,
							void *pBuffer, uint32_t cbBuffer);

/*
 * Would affect contexts that are made afterwards; no attribute can be set yet: SEC_E_UNSUPPORTED_FUNCTION, or
 * SEC_E_INVALID_HANDLE. Page: SetCredentialsAttributes.
 */
SECURITY_STATUS SEC_ENTRY SetCredentialsAttributesA(PCredHandle phCredential, uint32_t ulAttribute,
						    void *pBuffer, uint32_t cbBuffer);
SECURITY_STATUS SEC_ENTRY SetCredentialsAttributesW(PCredHandle phCredential, uint32_t ulAttribute,
						    void *pBuffer, uint32_t cbBuffer);

/*
 * Changes the password of an account in the account file of OpensspiConfigure (opensspi.h). pszPackageName: "NTLM" or
 * "Negotiate". The names are looked up as those of a logon are; pszDomainName NULL, "" or ".": this machine. pOutput
 * may be NULL, else it has one CHANGE_PASS_RESPONSE, which becomes empty. SEC_E_LOGON_DENIED: no such account, it could
 * not log on, or the old password is wrong; SEC_E_INVALID_TOKEN: a text is not UTF-8, the new password has not 1 to 256
 * characters, or pOutput has another form; SEC_E_SECPKG_NOT_FOUND; SEC_E_UNSUPPORTED_FUNCTION: another package,
 * bImpersonating, dwReserved, or no file is configured; SEC_E_NO_CREDENTIALS: the file cannot be read or written, is
 * unsafe or malformed; SEC_E_INTERNAL_ERROR: the account or a password is NULL; SEC_E_INSUFFICIENT_MEMORY. Page:
 * ChangeAccountPassword.
 */
SECURITY_STATUS SEC_ENTRY ChangeAccountPasswordA(SEC_CHAR *pszPackageName, SEC_CHAR *pszDomainName,
						 SEC_CHAR *pszAccountName, SEC_CHAR *pszOldPassword,
						 SEC_CHAR *pszNewPassword, BOOLEAN bImpersonating,
						 uint32_t dwReserved, PSecBufferDesc pOutput);
SECURITY_STATUS SEC_ENTRY ChangeAccountPasswordW(SEC_WCHAR *pszPackageName, SEC_WCHAR *pszDomainName,
						 SEC_WCHAR *pszAccountName, SEC_WCHAR *pszOldPassword,
						 SEC_WCHAR *pszNewPassword, BOOLEAN bImpersonating,
						 uint32_t dwReserved, PSecBufferDesc pOutput);

/*
 * The client's half. First call: phContext NULL, pInput NULL or empty; phNewContext receives the handle. Later calls:
 * phContext the handle, pInput [0] TOKEN from the server, [1] EMPTY. pOutput holds one TOKEN. The last token may come
 * with SEC_E_OK and must be sent (CREDSSP: the delegated credentials). docs/status.md names what is built. Schannel:
 * SEC_I_INCOMPLETE_CREDENTIALS when the server asks for a certificate that the credential does not have; a call on a
 * finished context is due after ApplyControlToken and SEC_I_RENEGOTIATE.
 */
SECURITY_STATUS SEC_ENTRY InitializeSecurityContextA(PCredHandle phCredential, PCtxtHandle phContext,
						     SEC_CHAR *pszTargetName, uint32_t fContextReq,
						     uint32_t Reserved1, uint32_t TargetDataRep,
						     PSecBufferDesc pInput, uint32_t Reserved2,
						     PCtxtHandle phNewContext, PSecBufferDesc pOutput,
						     uint32_t *pfContextAttr, PTimeStamp ptsExpiry);
SECURITY_STATUS SEC_ENTRY InitializeSecurityContextW(PCredHandle phCredential, PCtxtHandle phContext,
						     SEC_WCHAR *pszTargetName, uint32_t fContextReq,
						     uint32_t Reserved1, uint32_t TargetDataRep,
						     PSecBufferDesc pInput, uint32_t Reserved2,
						     PCtxtHandle phNewContext, PSecBufferDesc pOutput,
						     uint32_t *pfContextAttr, PTimeStamp ptsExpiry);

/*
 * The server's half: one leg. Page: AcceptSecurityContext (CredSSP), (NTLM).
 *
 * phCredential: INBOUND or BOTH; may be NULL from the second call on. phContext: NULL on the first call, then what
 * phNewContext received. pInput: [0] TOKEN with the client's bytes, [1] EMPTY; with CREDSSP the bytes are TLS records
 * as they came from the network, and what lies behind the part that was used is told by [1] becoming EXTRA (its
 * cbBuffer is the number of bytes at the tail of [0]); an EMPTY in pOutput becomes EXTRA too. pOutput: one TOKEN with
 * the caller's memory, or ASC_REQ_ALLOCATE_MEMORY (FreeContextBuffer). pfContextAttr (may be NULL) is written on
 * every success. ptsExpiry (may be NULL): local time.
 *
 * SEC_E_OK: done; send the token if there is one. SEC_I_CONTINUE_NEEDED: send the token (it may be empty), read on.
 * SEC_E_INCOMPLETE_MESSAGE: nothing changed; read more and call with the old bytes and the new ([1] became MISSING).
 * Every other code: the context is refused for good and must be deleted; with ASC_REQ_EXTENDED_ERROR the output may
 * hold a token that tells the client, else it is empty. SEC_E_INVALID_TOKEN, SEC_E_LOGON_DENIED,
 * SEC_E_MESSAGE_ALTERED, SEC_E_INVALID_HANDLE, SEC_E_NO_CREDENTIALS (phCredential is none for this direction),
 * SEC_E_UNSUPPORTED_FUNCTION (a flag or version that is not offered), SEC_E_NO_AUTHENTICATING_AUTHORITY,
 * SEC_E_INSUFFICIENT_MEMORY (also: the caller's output is too small for CREDSSP), SEC_E_BUFFER_TOO_SMALL (the same,
 * NTLM), SEC_E_OUT_OF_SEQUENCE (the context is finished or in use by another call), SEC_E_BAD_BINDINGS,
 * SEC_E_INTERNAL_ERROR.
 */
SECURITY_STATUS SEC_ENTRY AcceptSecurityContext(PCredHandle phCredential, PCtxtHandle phContext,
						PSecBufferDesc pInput, uint32_t fContextReq,
						uint32_t TargetDataRep, PCtxtHandle phNewContext,
						PSecBufferDesc pOutput, uint32_t *pfContextAttr,
						PTimeStamp ptsExpiry);

/* Partial and refused contexts too. Its secrets are wiped when the last call inside it has ended. */
SECURITY_STATUS SEC_ENTRY DeleteSecurityContext(PCtxtHandle phContext);

/*
 * Caller allocates the fixed struct; each pointer in it is freed by one FreeContextBuffer. SEC_E_INVALID_HANDLE: no
 * such context, or it is not finished; SEC_E_UNSUPPORTED_FUNCTION: the attribute is not offered by the package or
 * role; SEC_E_NO_CREDENTIALS: CREDS and CREDS_2 when nothing was delegated.
 */
SECURITY_STATUS SEC_ENTRY QueryContextAttributesA(PCtxtHandle phContext, uint32_t ulAttribute, void *pBuffer);
SECURITY_STATUS SEC_ENTRY QueryContextAttributesW(PCtxtHandle phContext, uint32_t ulAttribute, void *pBuffer);
/* cbBuffer is the struct's size: SEC_E_BUFFER_TOO_SMALL if it is less than the attribute's. */
SECURITY_STATUS SEC_ENTRY QueryContextAttributesExA(PCtxtHandle phContext, uint32_t ulAttribute,
						    void *pBuffer, uint32_t cbBuffer);
SECURITY_STATUS SEC_ENTRY QueryContextAttributesExW(PCtxtHandle phContext, uint32_t ulAttribute,
						    void *pBuffer, uint32_t cbBuffer);

/*
 * Schannel: SECPKG_ATTR_APP_DATA, SECPKG_ATTR_KEYING_MATERIAL_INFO (schannel.h). SEC_E_INVALID_HANDLE;
 * SEC_E_UNSUPPORTED_FUNCTION: every other attribute and package; SEC_E_BUFFER_TOO_SMALL: cbBuffer is less than the
 * attribute's struct; SEC_E_INSUFFICIENT_MEMORY.
 */
SECURITY_STATUS SEC_ENTRY SetContextAttributesA(PCtxtHandle phContext, uint32_t ulAttribute, void *pBuffer,
						uint32_t cbBuffer);
SECURITY_STATUS SEC_ENTRY SetContextAttributesW(PCtxtHandle phContext, uint32_t ulAttribute, void *pBuffer,
						uint32_t cbBuffer);

/*
 * Only Digest, which is not built, has something to complete: SEC_E_UNSUPPORTED_FUNCTION, or SEC_E_INVALID_HANDLE.
 * CREDSSP never answers with SEC_I_COMPLETE_NEEDED or SEC_I_COMPLETE_AND_CONTINUE.
 */
SECURITY_STATUS SEC_ENTRY CompleteAuthToken(PCtxtHandle phContext, PSecBufferDesc pToken);

/*
 * CREDSSP and Schannel. pInput: one TOKEN that holds SCHANNEL_SHUTDOWN (schannel.h), four bytes; the next call of
 * InitializeSecurityContext or AcceptSecurityContext on the finished context gives the close_notify to be sent. A
 * client of Schannel may give up with it before its last token, too; SEC_E_OUT_OF_SEQUENCE: other unfinished contexts.
 * SEC_E_INVALID_HANDLE; SEC_E_INTERNAL_ERROR: pInput is NULL; SEC_E_INVALID_TOKEN: not exactly one buffer, or no TOKEN;
 * SEC_E_UNSUPPORTED_FUNCTION: another token, or another package.
 */
SECURITY_STATUS SEC_ENTRY ApplyControlToken(PCtxtHandle phContext, PSecBufferDesc pInput);

/*
 * The token of the user who was let in, by a finished server context; CloseHandle (opensspi.h) gives it back.
 * SEC_E_INVALID_HANDLE: no such context, or it is not finished; SEC_E_NO_IMPERSONATION: nobody logged on here (a
 * client's context; TLS without a client certificate); SEC_E_INTERNAL_ERROR: phToken is NULL;
 * SEC_E_INSUFFICIENT_MEMORY.
 */
SECURITY_STATUS SEC_ENTRY QuerySecurityContextToken(PCtxtHandle phContext, HANDLE *phToken);

/*
 * The calling thread goes on as that user. SEC_E_OK when it already has the user's uid, gid and groups, or the program
 * configured that nothing is to change (OpensspiConfigure); changing a thread is not built: SEC_E_NO_IMPERSONATION,
 * which tokens that only identify (ISC_REQ_IDENTIFY, ASC_REQ_IDENTIFY) give in any case.
 * Revert ends it; without an impersonation before it there is nothing to end, and it says SEC_E_OK.
 * SEC_E_INVALID_HANDLE as above. On failure the caller goes on as itself and must not act for the user.
 */
SECURITY_STATUS SEC_ENTRY ImpersonateSecurityContext(PCtxtHandle phContext);
SECURITY_STATUS SEC_ENTRY RevertSecurityContext(PCtxtHandle phContext);

/*
 * Moves a finished context of NTLM or Negotiate into a block that ImportSecurityContext of this machine takes, sealed
 * under the key file of OpensspiConfigure (opensspi.h). pPackedContext has the type EMPTY; its pvBuffer is freed by
 * FreeContextBuffer. From then on messages of the exported context are SEC_E_CONTEXT_EXPIRED: no key stream is used
 * twice. fFlags: 0, or both or one of SECPKG_CONTEXT_EXPORT_DELETE_OLD (which also deletes it) and
 * SECPKG_CONTEXT_EXPORT_RESET_NEW (sequence numbers and key streams as after the handshake; before the first message
 * only). *pToken (may be NULL) receives the user's token. SEC_E_UNSUPPORTED_FUNCTION: no key file is configured, other
 * flags, or CREDSSP and Schannel, whose live TLS cannot be moved; SEC_E_NO_IMPERSONATION: pToken, and nobody logged on
 * here; SEC_E_NO_CREDENTIALS: the key file cannot be used; SEC_E_CONTEXT_EXPIRED: it was exported before;
 * SEC_E_OUT_OF_SEQUENCE: RESET_NEW behind a message, or a message ended the context's use; SEC_E_INVALID_TOKEN: not
 * EMPTY; SEC_E_INTERNAL_ERROR: pPackedContext is NULL; SEC_E_INVALID_HANDLE; SEC_E_INSUFFICIENT_MEMORY. Page:
 * ExportSecurityContext.
 */
SECURITY_STATUS SEC_ENTRY ExportSecurityContext(PCtxtHandle phContext, uint32_t fFlags,
						PSecBuffer pPackedContext, HANDLE *pToken);
/*
 * Makes the context of a block of ExportSecurityContext; phContext receives its handle. A block is imported once: a
 * second context of it would use the same key stream. SEC_E_SECPKG_NOT_FOUND; SEC_E_UNSUPPORTED_FUNCTION: no key file
 * is configured, or the package has no export; SEC_E_NO_CREDENTIALS: the key file cannot be used; SEC_E_NOT_OWNER: the
 * block was sealed under another key, altered, is another package's, or this process imported it before;
 * SEC_E_INTERNAL_ERROR: a pointer is NULL; SEC_E_INSUFFICIENT_MEMORY. Token is not used. Page: ImportSecurityContext.
 */
SECURITY_STATUS SEC_ENTRY ImportSecurityContextA(SEC_CHAR *pszPackage, PSecBuffer pPackedContext,
						 HANDLE Token, PCtxtHandle phContext);
SECURITY_STATUS SEC_ENTRY ImportSecurityContextW(SEC_WCHAR *pszPackage, PSecBuffer pPackedContext,
						 HANDLE Token, PCtxtHandle phContext);

/*
 * Stream packages (CREDSSP, Schannel): [0] STREAM_HEADER, [1] DATA, [2] STREAM_TRAILER, [3] EMPTY, in this order,
 * sized by SECPKG_ATTR_STREAM_SIZES; each cbBuffer receives the real length. Message packages (NTLM): [0] TOKEN
 * (cbSecurityTrailer of SECPKG_ATTR_SIZES), [1] DATA. fQOP and MessageSeqNo are 0.
 * SEC_E_INVALID_TOKEN: buffers; SEC_E_BUFFER_TOO_SMALL; SEC_E_QOP_NOT_SUPPORTED; SEC_E_CONTEXT_EXPIRED: a side has
 * closed, or a handshake call is due; SEC_E_INVALID_HANDLE. A stream's message of 0 bytes is SEC_E_OK and no record.
 */
SECURITY_STATUS SEC_ENTRY EncryptMessage(PCtxtHandle phContext, uint32_t fQOP, PSecBufferDesc pMessage,
					 uint32_t MessageSeqNo);
/*
 * Stream packages: [0] DATA with raw records, [1] to [3] EMPTY; afterwards [0] STREAM_HEADER, [1] DATA (in place), [2]
 * STREAM_TRAILER, [3] EXTRA or EMPTY. Message packages: TOKEN and DATA, or STREAM and an empty DATA. pfQOP may be NULL.
 * SEC_E_INCOMPLETE_MESSAGE changes nothing; SEC_I_CONTEXT_EXPIRED: the peer closed the stream; SEC_I_RENEGOTIATE:
 * Schannel wants one more handshake call (docs/schannel.md); SEC_E_MESSAGE_ALTERED and SEC_E_OUT_OF_SEQUENCE end the
 * context's use.
 */
SECURITY_STATUS SEC_ENTRY DecryptMessage(PCtxtHandle phContext, PSecBufferDesc pMessage,
					 uint32_t MessageSeqNo, uint32_t *pfQOP);

/*
 * NTLM and Negotiate: [TOKEN] with room for cbMaxSignature of SECPKG_ATTR_SIZES, and any number of DATA, which stay as
 * they are. fQOP and MessageSeqNo are 0. Verify: the same buffers; pfQOP may be NULL and is not written. Both:
 * SEC_E_INVALID_TOKEN: buffers; SEC_E_BUFFER_TOO_SMALL; SEC_E_QOP_NOT_SUPPORTED; SEC_E_INVALID_HANDLE;
 * SEC_E_UNSUPPORTED_FUNCTION: a stream package, or integrity was not negotiated. Verify: SEC_E_MESSAGE_ALTERED and
 * SEC_E_OUT_OF_SEQUENCE end the context's use.
 */
SECURITY_STATUS SEC_ENTRY MakeSignature(PCtxtHandle phContext, uint32_t fQOP, PSecBufferDesc pMessage,
					uint32_t MessageSeqNo);
SECURITY_STATUS SEC_ENTRY VerifySignature(PCtxtHandle phContext, PSecBufferDesc pMessage,
					  uint32_t MessageSeqNo, uint32_t *pfQOP);

/* Older names of EncryptMessage and DecryptMessage. */
SECURITY_STATUS SEC_ENTRY SealMessage(PCtxtHandle phContext, uint32_t fQOP, PSecBufferDesc pMessage,
				      uint32_t MessageSeqNo);
SECURITY_STATUS SEC_ENTRY UnsealMessage(PCtxtHandle phContext, PSecBufferDesc pMessage, uint32_t MessageSeqNo,
					uint32_t *pfQOP);

/* Frees (and wipes) what the library allocated. NULL: SEC_E_OK. */
SECURITY_STATUS SEC_ENTRY FreeContextBuffer(void *pvContextBuffer);

/* The list of packages is this library's own: SEC_E_UNSUPPORTED_FUNCTION. Pages: AddSecurityPackage, Delete... */
SECURITY_STATUS SEC_ENTRY AddSecurityPackageA(SEC_CHAR *pszPackageName, PSECURITY_PACKAGE_OPTIONS pOptions);
SECURITY_STATUS SEC_ENTRY AddSecurityPackageW(SEC_WCHAR *pszPackageName, PSECURITY_PACKAGE_OPTIONS pOptions);
SECURITY_STATUS SEC_ENTRY DeleteSecurityPackageA(SEC_CHAR *pszPackageName);
SECURITY_STATUS SEC_ENTRY DeleteSecurityPackageW(SEC_WCHAR *pszPackageName);

/* --- Identities as one opaque thing --------------------------------------------------------------------------- */

/*
 * All take any form of SEC_WINNT_AUTH_IDENTITY. What is none of them, or points out of itself, is refused with
 * SEC_E_UNKNOWN_CREDENTIALS, an encrypted identity with SEC_E_UNSUPPORTED_FUNCTION where nothing else is said. NULL
 * where something is needed: SEC_E_INTERNAL_ERROR. No memory: SEC_E_INSUFFICIENT_MEMORY. A failing call leaves what it
 * was to write alone. Texts that are given back are UTF-16LE with a NUL. Pages: the function's own name.
 */

/*
 * Makes an identity (EX, UTF-16LE, one block) of texts, each of which may be NULL, but not all three
 * (SEC_E_INVALID_TOKEN). pszPackedCredentialsString is a password. SspiFreeAuthIdentity.
 */
SECURITY_STATUS SEC_ENTRY SspiEncodeStringsAsAuthIdentity(const SEC_WCHAR *pszUserName,
							  const SEC_WCHAR *pszDomainName,
							  const SEC_WCHAR *pszPackedCredentialsString,
							  PSEC_WINNT_AUTH_IDENTITY_OPAQUE *ppAuthIdentity);
/*
 * The texts of an identity; one that it does not have is NULL. A pointer to a text that is not wanted may be NULL. Each
 * text is freed by SspiLocalFree, which wipes it. An encrypted identity: STATUS_INVALID_PARAMETER (0xC000000D). Packed
 * credentials that are no password: SEC_E_UNSUPPORTED_FUNCTION, if they are wanted.
 */
SECURITY_STATUS SEC_ENTRY SspiEncodeAuthIdentityAsStrings(PSEC_WINNT_AUTH_IDENTITY_OPAQUE pAuthIdentity,
							  const SEC_WCHAR **ppszUserName,
							  const SEC_WCHAR **ppszDomainName,
							  const SEC_WCHAR **ppszPackedCredentialsString);
/*
 * SEC_E_OK if it is of one of the known forms, what it points to lies where it says, and its texts are text. How much
 * memory there really is cannot be known here: cbStructureLength is believed. See SspiUnmarshalAuthIdentity.
 */
SECURITY_STATUS SEC_ENTRY SspiValidateAuthIdentity(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthData);
/* One block: EX2 of EX2, EX of the other forms, in their alphabet. SspiFreeAuthIdentity. */
SECURITY_STATUS SEC_ENTRY SspiCopyAuthIdentity(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthData,
					       PSEC_WINNT_AUTH_IDENTITY_OPAQUE *AuthDataCopy);
/* Wipes and frees what an Sspi function made; NULL is taken. Other memory is left alone, as by FreeContextBuffer. */
void SEC_ENTRY SspiFreeAuthIdentity(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthData);
/*
 * Overwrites the password, or the packed credentials, in an identity of any origin; the names stay, as on Windows.
 * NULL, and what is no identity, is left alone.
 */
void SEC_ENTRY SspiZeroAuthIdentity(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthData);
/* Wipes and frees a text or a block that an Sspi function made; NULL is taken. */
void SEC_ENTRY SspiLocalFree(void *DataBuffer);
/*
 * Whether user and domain are the same, without regard to case, and whether the credentials are so too, exactly. Flags
 * and PackageList do not count. NULL is an identity, and the same as NULL only. Either answer may be left out by NULL.
 */
SECURITY_STATUS SEC_ENTRY SspiCompareAuthIdentities(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthIdentity1,
						    PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthIdentity2,
						    BOOLEAN *SameSuppliedUser, BOOLEAN *SameSuppliedIdentity);
/*
 * One run of bytes without pointers: EX2 as it is and 8 bytes of zero; of the other forms eleven numbers of 32 bits
 * (EX with offsets for pointers), the texts, and 4 bytes of zero. SspiLocalFree, which wipes it.
 */
SECURITY_STATUS SEC_ENTRY SspiMarshalAuthIdentity(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthIdentity,
						  uint32_t *AuthIdentityLength, char **AuthIdentityByteArray);
/*
 * The one function that is told a size, for bytes that came from somebody else: every offset and length is checked
 * against it. What lies behind the identity is ignored. SspiFreeAuthIdentity.
 */
SECURITY_STATUS SEC_ENTRY SspiUnmarshalAuthIdentity(uint32_t AuthIdentityLength, char *AuthIdentityByteArray,
						    PSEC_WINNT_AUTH_IDENTITY_OPAQUE *ppAuthIdentity);
/*
 * What CredRead and CredWrite of Windows want to know: the type, which is 2 (CRED_TYPE_DOMAIN_PASSWORD), the target as
 * it was given, the user as `domain\user`, and the password without a NUL. Without a target, in the second function
 * only, the user is the target. Texts and the blob are freed by SspiLocalFree, which wipes them. An identity without a
 * user: SEC_E_NO_CREDENTIALS. Packed credentials that are no password: SEC_E_UNSUPPORTED_FUNCTION.
 */
SECURITY_STATUS SEC_ENTRY SspiPrepareForCredRead(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthIdentity,
						 const SEC_WCHAR *pszTargetName,
						 uint32_t *pCredmanCredentialType,
						 const SEC_WCHAR **ppszCredmanTargetName);
SECURITY_STATUS SEC_ENTRY SspiPrepareForCredWrite(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthIdentity,
						  const SEC_WCHAR *pszTargetName,
						  uint32_t *pCredmanCredentialType,
						  const SEC_WCHAR **ppszCredmanTargetName,
						  const SEC_WCHAR **ppszCredmanUserName,
						  uint8_t **ppCredentialBlob, uint32_t *pCredentialBlobSize);
/*
 * A copy whose PackageList does not let the package in: `!name` is added to it. The texts of an EX are UTF-16LE then.
 * NULL is an identity without a name. The package need not exist; an empty name, and one with ! or a comma, is
 * SEC_E_SECPKG_NOT_FOUND. SspiFreeAuthIdentity.
 */
SECURITY_STATUS SEC_ENTRY SspiExcludePackage(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthIdentity,
					     const SEC_WCHAR *pszPackageName,
					     PSEC_WINNT_AUTH_IDENTITY_OPAQUE *ppNewAuthIdentity);
/* The host of an SPN: `server` of `TERMSRV/server:3389`. SspiLocalFree. No host in it: SEC_E_TARGET_UNKNOWN. */
SECURITY_STATUS SEC_ENTRY SspiGetTargetHostName(const SEC_WCHAR *pszTargetName, SEC_WCHAR **pszHostName);
/* By its flags. False for NULL. */
BOOLEAN SEC_ENTRY SspiIsAuthIdentityEncrypted(PSEC_WINNT_AUTH_IDENTITY_OPAQUE EncryptedAuthData);
/* Encrypting in place needs a secret of the machine's that Windows has: SEC_E_UNSUPPORTED_FUNCTION. */
SECURITY_STATUS SEC_ENTRY SspiEncryptAuthIdentity(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthData);
SECURITY_STATUS SEC_ENTRY SspiDecryptAuthIdentity(PSEC_WINNT_AUTH_IDENTITY_OPAQUE EncryptedAuthData);
SECURITY_STATUS SEC_ENTRY SspiEncryptAuthIdentityEx(uint32_t Options,
						    PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthData);
SECURITY_STATUS SEC_ENTRY SspiDecryptAuthIdentityEx(uint32_t Options,
						    PSEC_WINNT_AUTH_IDENTITY_OPAQUE EncryptedAuthData);

/*
 * Turns bindings that QueryContextAttributes gave into the form with flags, or sets the flags of such a form.
 * pBindings->Bindings is replaced; FreeContextBuffer as before. A flag other than SEC_CHANNEL_BINDINGS_AUDIT_BINDINGS:
 * SEC_E_UNSUPPORTED_FUNCTION; broken bindings: SEC_E_INVALID_TOKEN; memory of another origin, which
 * cannot be told apart for certain: SEC_E_INVALID_HANDLE.
 * The audit flag changes nothing here: bindings that do not match are refused all the same.
 */
SECURITY_STATUS SEC_ENTRY SspiSetChannelBindingFlags(PSecPkgContext_Bindings pBindings, uint32_t flags);

/* --- SASL: not built. All say SEC_E_UNSUPPORTED_FUNCTION. ------------------------------------------------------- */

SECURITY_STATUS SEC_ENTRY SaslEnumerateProfilesA(SEC_CHAR **ProfileList, uint32_t *ProfileCount);
SECURITY_STATUS SEC_ENTRY SaslEnumerateProfilesW(SEC_WCHAR **ProfileList, uint32_t *ProfileCount);
SECURITY_STATUS SEC_ENTRY SaslGetProfilePackageA(SEC_CHAR *ProfileName, PSecPkgInfoA *PackageInfo);
SECURITY_STATUS SEC_ENTRY SaslGetProfilePackageW(SEC_WCHAR *ProfileName, PSecPkgInfoW *PackageInfo);
SECURITY_STATUS SEC_ENTRY SaslIdentifyPackageA(PSecBufferDesc pInput, PSecPkgInfoA *PackageInfo);
SECURITY_STATUS SEC_ENTRY SaslIdentifyPackageW(PSecBufferDesc pInput, PSecPkgInfoW *PackageInfo);
SECURITY_STATUS SEC_ENTRY SaslInitializeSecurityContextA(PCredHandle phCredential, PCtxtHandle phContext,
							 SEC_CHAR *pszTargetName, uint32_t fContextReq,
							 uint32_t Reserved1, uint32_t TargetDataRep,
							 PSecBufferDesc pInput, uint32_t Reserved2,
							 PCtxtHandle phNewContext, PSecBufferDesc pOutput,
							 uint32_t *pfContextAttr, PTimeStamp ptsExpiry);
SECURITY_STATUS SEC_ENTRY SaslInitializeSecurityContextW(PCredHandle phCredential, PCtxtHandle phContext,
							 SEC_WCHAR *pszTargetName, uint32_t fContextReq,
							 uint32_t Reserved1, uint32_t TargetDataRep,
							 PSecBufferDesc pInput, uint32_t Reserved2,
							 PCtxtHandle phNewContext, PSecBufferDesc pOutput,
							 uint32_t *pfContextAttr, PTimeStamp ptsExpiry);
SECURITY_STATUS SEC_ENTRY SaslAcceptSecurityContext(PCredHandle phCredential, PCtxtHandle phContext,
						    PSecBufferDesc pInput, uint32_t fContextReq,
						    uint32_t TargetDataRep, PCtxtHandle phNewContext,
						    PSecBufferDesc pOutput, uint32_t *pfContextAttr,
						    PTimeStamp ptsExpiry);
SECURITY_STATUS SEC_ENTRY SaslSetContextOption(PCtxtHandle ContextHandle, uint32_t Option, void *Value,
					       uint32_t Size);
SECURITY_STATUS SEC_ENTRY SaslGetContextOption(PCtxtHandle ContextHandle, uint32_t Option, void *Value,
					       uint32_t Size, uint32_t *Needed);

/* --- The function table ----------------------------------------------------------------------------------- */

#define SECURITY_SUPPORT_PROVIDER_INTERFACE_VERSION   1
#define SECURITY_SUPPORT_PROVIDER_INTERFACE_VERSION_2 2
#define SECURITY_SUPPORT_PROVIDER_INTERFACE_VERSION_3 3
#define SECURITY_SUPPORT_PROVIDER_INTERFACE_VERSION_4 4
#define SECURITY_SUPPORT_PROVIDER_INTERFACE_VERSION_5 5

/* The functions as types, in the order of the table. */
typedef SECURITY_STATUS(SEC_ENTRY *ENUMERATE_SECURITY_PACKAGES_FN_A)(uint32_t *, PSecPkgInfoA *);
typedef SECURITY_STATUS(SEC_ENTRY *QUERY_CREDENTIALS_ATTRIBUTES_FN_A)(PCredHandle, uint32_t, void *);
typedef SECURITY_STATUS(SEC_ENTRY *ACQUIRE_CREDENTIALS_HANDLE_FN_A)(SEC_CHAR *, SEC_CHAR *, uint32_t, void *,
								    void *, SEC_GET_KEY_FN, void *,
								    PCredHandle, PTimeStamp);
typedef SECURITY_STATUS(SEC_ENTRY *FREE_CREDENTIALS_HANDLE_FN)(PCredHandle);
typedef SECURITY_STATUS(SEC_ENTRY *INITIALIZE_SECURITY_CONTEXT_FN_A)(PCredHandle, PCtxtHandle, SEC_CHAR *,
								     uint32_t, uint32_t, uint32_t,
								     PSecBufferDesc, uint32_t, PCtxtHandle,
								     PSecBufferDesc, uint32_t *, PTimeStamp);
typedef SECURITY_STATUS(SEC_ENTRY *ACCEPT_SECURITY_CONTEXT_FN)(PCredHandle, PCtxtHandle, PSecBufferDesc,
							       uint32_t, uint32_t, PCtxtHandle,
							       PSecBufferDesc, uint32_t *, PTimeStamp);
typedef SECURITY_STATUS(SEC_ENTRY *COMPLETE_AUTH_TOKEN_FN)(PCtxtHandle, PSecBufferDesc);
typedef SECURITY_STATUS(SEC_ENTRY *DELETE_SECURITY_CONTEXT_FN)(PCtxtHandle);
typedef SECURITY_STATUS(SEC_ENTRY *APPLY_CONTROL_TOKEN_FN)(PCtxtHandle, PSecBufferDesc);
typedef SECURITY_STATUS(SEC_ENTRY *QUERY_CONTEXT_ATTRIBUTES_FN_A)(PCtxtHandle, uint32_t, void *);
typedef SECURITY_STATUS(SEC_ENTRY *IMPERSONATE_SECURITY_CONTEXT_FN)(PCtxtHandle);
typedef SECURITY_STATUS(SEC_ENTRY *REVERT_SECURITY_CONTEXT_FN)(PCtxtHandle);
typedef SECURITY_STATUS(SEC_ENTRY *MAKE_SIGNATURE_FN)(PCtxtHandle, uint32_t, PSecBufferDesc, uint32_t);
typedef SECURITY_STATUS(SEC_ENTRY *VERIFY_SIGNATURE_FN)(PCtxtHandle, PSecBufferDesc, uint32_t, uint32_t *);
typedef SECURITY_STATUS(SEC_ENTRY *FREE_CONTEXT_BUFFER_FN)(void *);
typedef SECURITY_STATUS(SEC_ENTRY *QUERY_SECURITY_PACKAGE_INFO_FN_A)(SEC_CHAR *, PSecPkgInfoA *);
typedef SECURITY_STATUS(SEC_ENTRY *EXPORT_SECURITY_CONTEXT_FN)(PCtxtHandle, uint32_t, PSecBuffer, HANDLE *);
typedef SECURITY_STATUS(SEC_ENTRY *IMPORT_SECURITY_CONTEXT_FN_A)(SEC_CHAR *, PSecBuffer, HANDLE, PCtxtHandle);
typedef SECURITY_STATUS(SEC_ENTRY *ADD_CREDENTIALS_FN_A)(PCredHandle, SEC_CHAR *, SEC_CHAR *, uint32_t,
							 void *, SEC_GET_KEY_FN, void *, PTimeStamp);
typedef SECURITY_STATUS(SEC_ENTRY *QUERY_SECURITY_CONTEXT_TOKEN_FN)(PCtxtHandle, HANDLE *);
typedef SECURITY_STATUS(SEC_ENTRY *ENCRYPT_MESSAGE_FN)(PCtxtHandle, uint32_t, PSecBufferDesc, uint32_t);
typedef SECURITY_STATUS(SEC_ENTRY *DECRYPT_MESSAGE_FN)(PCtxtHandle, PSecBufferDesc, uint32_t, uint32_t *);
typedef SECURITY_STATUS(SEC_ENTRY *SET_CONTEXT_ATTRIBUTES_FN_A)(PCtxtHandle, uint32_t, void *, uint32_t);
typedef SECURITY_STATUS(SEC_ENTRY *SET_CREDENTIALS_ATTRIBUTES_FN_A)(PCredHandle, uint32_t, void *, uint32_t);
typedef SECURITY_STATUS(SEC_ENTRY *CHANGE_PASSWORD_FN_A)(SEC_CHAR *, SEC_CHAR *, SEC_CHAR *, SEC_CHAR *,
							 SEC_CHAR *, BOOLEAN, uint32_t, PSecBufferDesc);
typedef SECURITY_STATUS(SEC_ENTRY *QUERY_CONTEXT_ATTRIBUTES_EX_FN_A)(PCtxtHandle, uint32_t, void *, uint32_t);
typedef SECURITY_STATUS(SEC_ENTRY *QUERY_CREDENTIALS_ATTRIBUTES_EX_FN_A)(PCredHandle, uint32_t, void *,
									 uint32_t);
typedef SECURITY_STATUS(SEC_ENTRY *ENUMERATE_SECURITY_PACKAGES_FN_W)(uint32_t *, PSecPkgInfoW *);
typedef SECURITY_STATUS(SEC_ENTRY *QUERY_CREDENTIALS_ATTRIBUTES_FN_W)(PCredHandle, uint32_t, void *);
typedef SECURITY_STATUS(SEC_ENTRY *ACQUIRE_CREDENTIALS_HANDLE_FN_W)(SEC_WCHAR *, SEC_WCHAR *, uint32_t,
								    void *, void *, SEC_GET_KEY_FN, void *,
								    PCredHandle, PTimeStamp);
typedef SECURITY_STATUS(SEC_ENTRY *INITIALIZE_SECURITY_CONTEXT_FN_W)(PCredHandle, PCtxtHandle, SEC_WCHAR *,
								     uint32_t, uint32_t, uint32_t,
								     PSecBufferDesc, uint32_t, PCtxtHandle,
								     PSecBufferDesc, uint32_t *, PTimeStamp);
typedef SECURITY_STATUS(SEC_ENTRY *QUERY_CONTEXT_ATTRIBUTES_FN_W)(PCtxtHandle, uint32_t, void *);
typedef SECURITY_STATUS(SEC_ENTRY *QUERY_SECURITY_PACKAGE_INFO_FN_W)(SEC_WCHAR *, PSecPkgInfoW *);
typedef SECURITY_STATUS(SEC_ENTRY *IMPORT_SECURITY_CONTEXT_FN_W)(SEC_WCHAR *, PSecBuffer, HANDLE,
								 PCtxtHandle);
typedef SECURITY_STATUS(SEC_ENTRY *ADD_CREDENTIALS_FN_W)(PCredHandle, SEC_WCHAR *, SEC_WCHAR *, uint32_t,
							 void *, SEC_GET_KEY_FN, void *, PTimeStamp);
typedef SECURITY_STATUS(SEC_ENTRY *SET_CONTEXT_ATTRIBUTES_FN_W)(PCtxtHandle, uint32_t, void *, uint32_t);
typedef SECURITY_STATUS(SEC_ENTRY *SET_CREDENTIALS_ATTRIBUTES_FN_W)(PCredHandle, uint32_t, void *, uint32_t);
typedef SECURITY_STATUS(SEC_ENTRY *CHANGE_PASSWORD_FN_W)(SEC_WCHAR *, SEC_WCHAR *, SEC_WCHAR *, SEC_WCHAR *,
							 SEC_WCHAR *, BOOLEAN, uint32_t, PSecBufferDesc);
typedef SECURITY_STATUS(SEC_ENTRY *QUERY_CONTEXT_ATTRIBUTES_EX_FN_W)(PCtxtHandle, uint32_t, void *, uint32_t);
typedef SECURITY_STATUS(SEC_ENTRY *QUERY_CREDENTIALS_ATTRIBUTES_EX_FN_W)(PCredHandle, uint32_t, void *,
									 uint32_t);

/*
 * Members in Windows' order; all but the Reserved ones are set. dwVersion is 1, as Windows has it, although the members
 * behind DecryptMessage came with later versions.
 */
typedef struct _SECURITY_FUNCTION_TABLE_A {
	uint32_t dwVersion;
	ENUMERATE_SECURITY_PACKAGES_FN_A EnumerateSecurityPackagesA;
	QUERY_CREDENTIALS_ATTRIBUTES_FN_A QueryCredentialsAttributesA;
	ACQUIRE_CREDENTIALS_HANDLE_FN_A AcquireCredentialsHandleA;
	FREE_CREDENTIALS_HANDLE_FN FreeCredentialHandle;
	void *Reserved2;
	INITIALIZE_SECURITY_CONTEXT_FN_A InitializeSecurityContextA;
	ACCEPT_SECURITY_CONTEXT_FN AcceptSecurityContext;
	COMPLETE_AUTH_TOKEN_FN CompleteAuthToken;
	DELETE_SECURITY_CONTEXT_FN DeleteSecurityContext;
	APPLY_CONTROL_TOKEN_FN ApplyControlToken;
	QUERY_CONTEXT_ATTRIBUTES_FN_A QueryContextAttributesA;
	IMPERSONATE_SECURITY_CONTEXT_FN ImpersonateSecurityContext;
	REVERT_SECURITY_CONTEXT_FN RevertSecurityContext;
	MAKE_SIGNATURE_FN MakeSignature;
	VERIFY_SIGNATURE_FN VerifySignature;
	FREE_CONTEXT_BUFFER_FN FreeContextBuffer;
	QUERY_SECURITY_PACKAGE_INFO_FN_A QuerySecurityPackageInfoA;
	ENCRYPT_MESSAGE_FN Reserved3;
	DECRYPT_MESSAGE_FN Reserved4;
	EXPORT_SECURITY_CONTEXT_FN ExportSecurityContext;
	IMPORT_SECURITY_CONTEXT_FN_A ImportSecurityContextA;
	ADD_CREDENTIALS_FN_A AddCredentialsA;
	void *Reserved8;
	QUERY_SECURITY_CONTEXT_TOKEN_FN QuerySecurityContextToken;
	ENCRYPT_MESSAGE_FN EncryptMessage;
	DECRYPT_MESSAGE_FN DecryptMessage;
	SET_CONTEXT_ATTRIBUTES_FN_A SetContextAttributesA;
	SET_CREDENTIALS_ATTRIBUTES_FN_A SetCredentialsAttributesA;
	CHANGE_PASSWORD_FN_A ChangeAccountPasswordA;
	QUERY_CONTEXT_ATTRIBUTES_EX_FN_A QueryContextAttributesExA;
	QUERY_CREDENTIALS_ATTRIBUTES_EX_FN_A QueryCredentialsAttributesExA;
} SecurityFunctionTableA, *PSecurityFunctionTableA;

typedef struct _SECURITY_FUNCTION_TABLE_W {
	uint32_t dwVersion;
	ENUMERATE_SECURITY_PACKAGES_FN_W EnumerateSecurityPackagesW;
	QUERY_CREDENTIALS_ATTRIBUTES_FN_W QueryCredentialsAttributesW;
	ACQUIRE_CREDENTIALS_HANDLE_FN_W AcquireCredentialsHandleW;
	FREE_CREDENTIALS_HANDLE_FN FreeCredentialsHandle;
	void *Reserved2;
	INITIALIZE_SECURITY_CONTEXT_FN_W InitializeSecurityContextW;
	ACCEPT_SECURITY_CONTEXT_FN AcceptSecurityContext;
	COMPLETE_AUTH_TOKEN_FN CompleteAuthToken;
	DELETE_SECURITY_CONTEXT_FN DeleteSecurityContext;
	APPLY_CONTROL_TOKEN_FN ApplyControlToken;
	QUERY_CONTEXT_ATTRIBUTES_FN_W QueryContextAttributesW;
	IMPERSONATE_SECURITY_CONTEXT_FN ImpersonateSecurityContext;
	REVERT_SECURITY_CONTEXT_FN RevertSecurityContext;
	MAKE_SIGNATURE_FN MakeSignature;
	VERIFY_SIGNATURE_FN VerifySignature;
	FREE_CONTEXT_BUFFER_FN FreeContextBuffer;
	QUERY_SECURITY_PACKAGE_INFO_FN_W QuerySecurityPackageInfoW;
	ENCRYPT_MESSAGE_FN Reserved3;
	DECRYPT_MESSAGE_FN Reserved4;
	EXPORT_SECURITY_CONTEXT_FN ExportSecurityContext;
	IMPORT_SECURITY_CONTEXT_FN_W ImportSecurityContextW;
	ADD_CREDENTIALS_FN_W AddCredentialsW;
	void *Reserved8;
	QUERY_SECURITY_CONTEXT_TOKEN_FN QuerySecurityContextToken;
	ENCRYPT_MESSAGE_FN EncryptMessage;
	DECRYPT_MESSAGE_FN DecryptMessage;
	SET_CONTEXT_ATTRIBUTES_FN_W SetContextAttributesW;
	SET_CREDENTIALS_ATTRIBUTES_FN_W SetCredentialsAttributesW;
	CHANGE_PASSWORD_FN_W ChangeAccountPasswordW;
	QUERY_CONTEXT_ATTRIBUTES_EX_FN_W QueryContextAttributesExW;
	QUERY_CREDENTIALS_ATTRIBUTES_EX_FN_W QueryCredentialsAttributesExW;
} SecurityFunctionTableW, *PSecurityFunctionTableW;

typedef PSecurityFunctionTableA(SEC_ENTRY *INIT_SECURITY_INTERFACE_A)(void);
typedef PSecurityFunctionTableW(SEC_ENTRY *INIT_SECURITY_INTERFACE_W)(void);

/* A static table, never freed. */
PSecurityFunctionTableA SEC_ENTRY InitSecurityInterfaceA(void);
PSecurityFunctionTableW SEC_ENTRY InitSecurityInterfaceW(void);

/* For dlsym. */
#define SECURITY_ENTRYPOINT_ANSIW "InitSecurityInterfaceW"
#define SECURITY_ENTRYPOINT_ANSIA "InitSecurityInterfaceA"

/* The unsuffixed names, by UNICODE as on Windows. */
#ifdef UNICODE
#define EnumerateSecurityPackages          EnumerateSecurityPackagesW
#define QuerySecurityPackageInfo           QuerySecurityPackageInfoW
#define AcquireCredentialsHandle           AcquireCredentialsHandleW
#define InitializeSecurityContext          InitializeSecurityContextW
#define QueryContextAttributes             QueryContextAttributesW
#define InitSecurityInterface              InitSecurityInterfaceW
#define ACQUIRE_CREDENTIALS_HANDLE_FN      ACQUIRE_CREDENTIALS_HANDLE_FN_W
#define ADD_CREDENTIALS_FN                 ADD_CREDENTIALS_FN_W
#define CHANGE_PASSWORD_FN                 CHANGE_PASSWORD_FN_W
#define ENUMERATE_SECURITY_PACKAGES_FN     ENUMERATE_SECURITY_PACKAGES_FN_W
#define IMPORT_SECURITY_CONTEXT_FN         IMPORT_SECURITY_CONTEXT_FN_W
#define INITIALIZE_SECURITY_CONTEXT_FN     INITIALIZE_SECURITY_CONTEXT_FN_W
#define QUERY_CONTEXT_ATTRIBUTES_EX_FN     QUERY_CONTEXT_ATTRIBUTES_EX_FN_W
#define QUERY_CONTEXT_ATTRIBUTES_FN        QUERY_CONTEXT_ATTRIBUTES_FN_W
#define QUERY_CREDENTIALS_ATTRIBUTES_EX_FN QUERY_CREDENTIALS_ATTRIBUTES_EX_FN_W
#define QUERY_CREDENTIALS_ATTRIBUTES_FN    QUERY_CREDENTIALS_ATTRIBUTES_FN_W
#define QUERY_SECURITY_PACKAGE_INFO_FN     QUERY_SECURITY_PACKAGE_INFO_FN_W
#define SET_CONTEXT_ATTRIBUTES_FN          SET_CONTEXT_ATTRIBUTES_FN_W
#define SET_CREDENTIALS_ATTRIBUTES_FN      SET_CREDENTIALS_ATTRIBUTES_FN_W
#define INIT_SECURITY_INTERFACE            INIT_SECURITY_INTERFACE_W
#define SECURITY_ENTRYPOINT_ANSI           SECURITY_ENTRYPOINT_ANSIW
#define AddCredentials                     AddCredentialsW
#define AddSecurityPackage                 AddSecurityPackageW
#define ChangeAccountPassword              ChangeAccountPasswordW
#define DeleteSecurityPackage              DeleteSecurityPackageW
#define ImportSecurityContext              ImportSecurityContextW
#define QueryContextAttributesEx           QueryContextAttributesExW
#define QueryCredentialsAttributes         QueryCredentialsAttributesW
#define QueryCredentialsAttributesEx       QueryCredentialsAttributesExW
#define SaslEnumerateProfiles              SaslEnumerateProfilesW
#define SaslGetProfilePackage              SaslGetProfilePackageW
#define SaslIdentifyPackage                SaslIdentifyPackageW
#define SaslInitializeSecurityContext      SaslInitializeSecurityContextW
#define SetContextAttributes               SetContextAttributesW
#define SetCredentialsAttributes           SetCredentialsAttributesW
typedef SecPkgInfoW SecPkgInfo, *PSecPkgInfo;
typedef SEC_WINNT_AUTH_IDENTITY_W SEC_WINNT_AUTH_IDENTITY, *PSEC_WINNT_AUTH_IDENTITY;
typedef SEC_WINNT_AUTH_IDENTITY_EXW SEC_WINNT_AUTH_IDENTITY_EX;
typedef SecPkgContext_NamesW SecPkgContext_Names;
typedef SecPkgContext_KeyInfoW SecPkgContext_KeyInfo;
typedef SecPkgContext_PackageInfoW SecPkgContext_PackageInfo;
typedef SecPkgContext_NegotiationInfoW SecPkgContext_NegotiationInfo;
typedef SecPkgContext_AuthorityW SecPkgContext_Authority, *PSecPkgContext_Authority;
typedef SecPkgContext_NativeNamesW SecPkgContext_NativeNames, *PSecPkgContext_NativeNames;
typedef SecPkgCredentials_NamesW SecPkgCredentials_Names, *PSecPkgCredentials_Names;
typedef SecPkgCredentials_SSIProviderW SecPkgCredentials_SSIProvider, *PSecPkgCredentials_SSIProvider;
typedef SecurityFunctionTableW SecurityFunctionTable, *PSecurityFunctionTable;
typedef SEC_WCHAR *SECURITY_PSTR;
typedef const SEC_WCHAR *SECURITY_PCSTR;
#define SEC_TEXT(text)          u##text
#define NTLMSP_NAME             u"NTLM"
#define NEGOSSP_NAME            u"Negotiate"
#define MICROSOFT_KERBEROS_NAME u"Kerberos"
#else
#define EnumerateSecurityPackages          EnumerateSecurityPackagesA
#define QuerySecurityPackageInfo           QuerySecurityPackageInfoA
#define AcquireCredentialsHandle           AcquireCredentialsHandleA
#define InitializeSecurityContext          InitializeSecurityContextA
#define QueryContextAttributes             QueryContextAttributesA
#define InitSecurityInterface              InitSecurityInterfaceA
#define ACQUIRE_CREDENTIALS_HANDLE_FN      ACQUIRE_CREDENTIALS_HANDLE_FN_A
#define ADD_CREDENTIALS_FN                 ADD_CREDENTIALS_FN_A
#define CHANGE_PASSWORD_FN                 CHANGE_PASSWORD_FN_A
#define ENUMERATE_SECURITY_PACKAGES_FN     ENUMERATE_SECURITY_PACKAGES_FN_A
#define IMPORT_SECURITY_CONTEXT_FN         IMPORT_SECURITY_CONTEXT_FN_A
#define INITIALIZE_SECURITY_CONTEXT_FN     INITIALIZE_SECURITY_CONTEXT_FN_A
#define QUERY_CONTEXT_ATTRIBUTES_EX_FN     QUERY_CONTEXT_ATTRIBUTES_EX_FN_A
#define QUERY_CONTEXT_ATTRIBUTES_FN        QUERY_CONTEXT_ATTRIBUTES_FN_A
#define QUERY_CREDENTIALS_ATTRIBUTES_EX_FN QUERY_CREDENTIALS_ATTRIBUTES_EX_FN_A
#define QUERY_CREDENTIALS_ATTRIBUTES_FN    QUERY_CREDENTIALS_ATTRIBUTES_FN_A
#define QUERY_SECURITY_PACKAGE_INFO_FN     QUERY_SECURITY_PACKAGE_INFO_FN_A
#define SET_CONTEXT_ATTRIBUTES_FN          SET_CONTEXT_ATTRIBUTES_FN_A
#define SET_CREDENTIALS_ATTRIBUTES_FN      SET_CREDENTIALS_ATTRIBUTES_FN_A
#define INIT_SECURITY_INTERFACE            INIT_SECURITY_INTERFACE_A
#define SECURITY_ENTRYPOINT_ANSI           SECURITY_ENTRYPOINT_ANSIA
#define AddCredentials                     AddCredentialsA
#define AddSecurityPackage                 AddSecurityPackageA
#define ChangeAccountPassword              ChangeAccountPasswordA
#define DeleteSecurityPackage              DeleteSecurityPackageA
#define ImportSecurityContext              ImportSecurityContextA
#define QueryContextAttributesEx           QueryContextAttributesExA
#define QueryCredentialsAttributes         QueryCredentialsAttributesA
#define QueryCredentialsAttributesEx       QueryCredentialsAttributesExA
#define SaslEnumerateProfiles              SaslEnumerateProfilesA
#define SaslGetProfilePackage              SaslGetProfilePackageA
#define SaslIdentifyPackage                SaslIdentifyPackageA
#define SaslInitializeSecurityContext      SaslInitializeSecurityContextA
#define SetContextAttributes               SetContextAttributesA
#define SetCredentialsAttributes           SetCredentialsAttributesA
typedef SecPkgInfoA SecPkgInfo, *PSecPkgInfo;
typedef SEC_WINNT_AUTH_IDENTITY_A SEC_WINNT_AUTH_IDENTITY, *PSEC_WINNT_AUTH_IDENTITY;
typedef SEC_WINNT_AUTH_IDENTITY_EXA SEC_WINNT_AUTH_IDENTITY_EX;
typedef SecPkgContext_NamesA SecPkgContext_Names;
typedef SecPkgContext_KeyInfoA SecPkgContext_KeyInfo;
typedef SecPkgContext_PackageInfoA SecPkgContext_PackageInfo;
typedef SecPkgContext_NegotiationInfoA SecPkgContext_NegotiationInfo;
typedef SecPkgContext_AuthorityA SecPkgContext_Authority, *PSecPkgContext_Authority;
typedef SecPkgContext_NativeNamesA SecPkgContext_NativeNames, *PSecPkgContext_NativeNames;
typedef SecPkgCredentials_NamesA SecPkgCredentials_Names, *PSecPkgCredentials_Names;
typedef SecPkgCredentials_SSIProviderA SecPkgCredentials_SSIProvider, *PSecPkgCredentials_SSIProvider;
typedef SecurityFunctionTableA SecurityFunctionTable, *PSecurityFunctionTable;
typedef SEC_CHAR *SECURITY_PSTR;
typedef const SEC_CHAR *SECURITY_PCSTR;
#define SEC_TEXT(text)                     text
#define NTLMSP_NAME                        NTLMSP_NAME_A
#define NEGOSSP_NAME                       NEGOSSP_NAME_A
#define MICROSOFT_KERBEROS_NAME            MICROSOFT_KERBEROS_NAME_A
#endif

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif
