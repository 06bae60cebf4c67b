/* The Schannel package: its names, credentials, control tokens and attributes, and the certificate context. */
#ifndef OPENSSPI_SCHANNEL_H
#define OPENSSPI_SCHANNEL_H

#include "ntsecapi.h"
#include "sspi.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Three names of one package. */
#define UNISP_NAME_A           "Microsoft Unified Security Protocol Provider"
#define UNISP_NAME_W           u"Microsoft Unified Security Protocol Provider"
#define SCHANNEL_NAME_A        "Schannel"
#define SCHANNEL_NAME_W        u"Schannel"
#define DEFAULT_TLS_SSP_NAME_A "Default TLS SSP"
#define DEFAULT_TLS_SSP_NAME_W u"Default TLS SSP"
#ifdef UNICODE
#define UNISP_NAME           UNISP_NAME_W
#define SCHANNEL_NAME        SCHANNEL_NAME_W
#define DEFAULT_TLS_SSP_NAME DEFAULT_TLS_SSP_NAME_W
#else
#define UNISP_NAME           UNISP_NAME_A
#define SCHANNEL_NAME        SCHANNEL_NAME_A
#define DEFAULT_TLS_SSP_NAME DEFAULT_TLS_SSP_NAME_A
#endif

#define X509_ASN_ENCODING 0x00000001

typedef void *HCERTSTORE;
typedef uint32_t ALG_ID;

/*
 * Windows' 40 bytes. Contexts are made by the functions of opensspi.h, which keep the private key behind these
 * members; others are refused with SEC_E_UNKNOWN_CREDENTIALS. Read only.
 */
typedef struct _CERT_CONTEXT {
	uint32_t dwCertEncodingType;
	uint8_t *pbCertEncoded;
	uint32_t cbCertEncoded;
	void *pCertInfo;
	HCERTSTORE hCertStore;
} CERT_CONTEXT, *PCERT_CONTEXT;
typedef const CERT_CONTEXT *PCCERT_CONTEXT;

typedef struct _CERT_NAME_BLOB {
	uint32_t cbData;
	uint8_t *pbData; /* DER */
} CERT_NAME_BLOB, *PCERT_NAME_BLOB;

/* --- Credentials. docs/schannel.md says what each member does. ------------------------------------------------- */

#define SCHANNEL_CRED_VERSION   0x00000004
#define SCH_CREDENTIALS_VERSION 0x00000005

#define SCH_CRED_FORMAT_CERT_CONTEXT    0
#define SCH_CRED_FORMAT_CERT_HASH       1
#define SCH_CRED_FORMAT_CERT_HASH_STORE 2
#define SCH_CRED_MAX_SUPPORTED_ALGS     256
#define SCH_CRED_MAX_SUPPORTED_CERTS    100

typedef struct _SCHANNEL_CRED {
	uint32_t dwVersion; /* SCHANNEL_CRED_VERSION */
	uint32_t cCreds;
	PCCERT_CONTEXT
	*paCred;               /* a server's first one is for every client, the others for their host names */
	HCERTSTORE hRootStore; /* NULL: there are no stores here; see TrustedCertificateFile */
	uint32_t cMappers;
	void **aphMappers;
	uint32_t cSupportedAlgs;
	ALG_ID *palgSupportedAlgs;
	uint32_t grbitEnabledProtocols; /* 0: TLS 1.2 and 1.3 */
	uint32_t dwMinimumCipherStrength, dwMaximumCipherStrength;
	uint32_t dwSessionLifespan; /* ms; sessions are not resumed, so it has no effect */
	uint32_t dwFlags, dwCredFormat;
} SCHANNEL_CRED, *PSCHANNEL_CRED;

#define TLS_PARAMS_OPTIONAL               0x00000001
#define SCH_CRED_MAX_SUPPORTED_PARAMETERS 16
#define SCH_CRED_MAX_SUPPORTED_ALPN_IDS   16

typedef enum _eTlsAlgorithmUsage {
	TlsParametersCngAlgUsageKeyExchange,
	TlsParametersCngAlgUsageSignature,
	TlsParametersCngAlgUsageCipher,
	TlsParametersCngAlgUsageDigest,
	TlsParametersCngAlgUsageCertSig,
} eTlsAlgorithmUsage;

typedef struct _CRYPTO_SETTINGS {
	eTlsAlgorithmUsage eAlgorithmUsage;
	UNICODE_STRING strCngAlgId;
	uint32_t cChainingModes;
	PUNICODE_STRING rgstrChainingModes;
	uint32_t dwMinBitLength, dwMaxBitLength;
} CRYPTO_SETTINGS, *PCRYPTO_SETTINGS;

typedef struct _TLS_PARAMETERS {
	uint32_t cAlpnIds;
	PUNICODE_STRING rgstrAlpnIds;
	uint32_t grbitDisabledProtocols;
	uint32_t cDisabledCrypto;
	PCRYPTO_SETTINGS pDisabledCrypto;
	uint32_t dwFlags;
} TLS_PARAMETERS, *PTLS_PARAMETERS;

typedef struct _SCH_CREDENTIALS {
	uint32_t dwVersion; /* SCH_CREDENTIALS_VERSION */
	uint32_t dwCredFormat;
	uint32_t cCreds;
	PCCERT_CONTEXT *paCred;
	HCERTSTORE hRootStore;
	uint32_t cMappers;
	void **aphMappers;
	uint32_t dwSessionLifespan, dwFlags;
	uint32_t cTlsParameters; /* 0 or 1, without ALPN ids and disabled algorithms */
	PTLS_PARAMETERS pTlsParameters;
} SCH_CREDENTIALS, *PSCH_CREDENTIALS;

#define SP_PROT_SSL2_SERVER    0x00000004
#define SP_PROT_SSL2_CLIENT    0x00000008
#define SP_PROT_SSL3_SERVER    0x00000010
#define SP_PROT_SSL3_CLIENT    0x00000020
#define SP_PROT_TLS1_0_SERVER  0x00000040
#define SP_PROT_TLS1_0_CLIENT  0x00000080
#define SP_PROT_TLS1_1_SERVER  0x00000100
#define SP_PROT_TLS1_1_CLIENT  0x00000200
#define SP_PROT_TLS1_2_SERVER  0x00000400
#define SP_PROT_TLS1_2_CLIENT  0x00000800
#define SP_PROT_TLS1_3_SERVER  0x00001000
#define SP_PROT_TLS1_3_CLIENT  0x00002000
#define SP_PROT_DTLS1_0_SERVER 0x00010000
#define SP_PROT_DTLS1_0_CLIENT 0x00020000
#define SP_PROT_DTLS1_2_SERVER 0x00040000
#define SP_PROT_DTLS1_2_CLIENT 0x00080000
#define SP_PROT_UNI_SERVER     0x40000000
#define SP_PROT_UNI_CLIENT     0x80000000u

#define SCH_MACHINE_CERT_HASH                        0x00000001
#define SCH_CRED_NO_SYSTEM_MAPPER                    0x00000002
#define SCH_CRED_NO_SERVERNAME_CHECK                 0x00000004
#define SCH_CRED_MANUAL_CRED_VALIDATION              0x00000008
#define SCH_CRED_NO_DEFAULT_CREDS                    0x00000010
#define SCH_CRED_AUTO_CRED_VALIDATION                0x00000020
#define SCH_CRED_USE_DEFAULT_CREDS                   0x00000040
#define SCH_CRED_DISABLE_RECONNECTS                  0x00000080
#define SCH_CRED_REVOCATION_CHECK_END_CERT           0x00000100
#define SCH_CRED_REVOCATION_CHECK_CHAIN              0x00000200
#define SCH_CRED_REVOCATION_CHECK_CHAIN_EXCLUDE_ROOT 0x00000400
#define SCH_CRED_IGNORE_NO_REVOCATION_CHECK          0x00000800
#define SCH_CRED_IGNORE_REVOCATION_OFFLINE           0x00001000
#define SCH_CRED_RESTRICTED_ROOTS                    0x00002000
#define SCH_CRED_REVOCATION_CHECK_CACHE_ONLY         0x00004000
#define SCH_CRED_CACHE_ONLY_URL_RETRIEVAL            0x00008000
#define SCH_CRED_MEMORY_STORE_CERT                   0x00010000
#define SCH_CRED_CACHE_ONLY_URL_RETRIEVAL_ON_CREATE  0x00020000
#define SCH_SEND_ROOT_CERT                           0x00040000
#define SCH_CRED_SNI_CREDENTIAL                      0x00080000
#define SCH_CRED_SNI_ENABLE_OCSP                     0x00100000
#define SCH_SEND_AUX_RECORD                          0x00200000
#define SCH_USE_STRONG_CRYPTO                        0x00400000
#define SCH_USE_PRESHAREDKEY_ONLY                    0x00800000
#define SCH_USE_DTLS_ONLY                            0x01000000
#define SCH_ALLOW_NULL_ENCRYPTION                    0x02000000

/* --- ApplyControlToken ----------------------------------------------------------------------------------------- */

#define SCHANNEL_RENEGOTIATE 0
#define SCHANNEL_SHUTDOWN    1 /* the one that is built */
#define SCHANNEL_ALERT       2
#define SCHANNEL_SESSION     3

#define TLS1_ALERT_WARNING 1
#define TLS1_ALERT_FATAL   2

typedef struct _SCHANNEL_ALERT_TOKEN {
	uint32_t dwTokenType, dwAlertType, dwAlertNumber;
} SCHANNEL_ALERT_TOKEN;

#define SSL_SESSION_ENABLE_RECONNECTS  1
#define SSL_SESSION_DISABLE_RECONNECTS 2

typedef struct _SCHANNEL_SESSION_TOKEN {
	uint32_t dwTokenType, dwFlags;
} SCHANNEL_SESSION_TOKEN;

/* --- Attributes ------------------------------------------------------------------------------------------------ */

#define SECPKG_ATTR_ISSUER_LIST                   0x50
#define SECPKG_ATTR_REMOTE_CRED                   0x51
#define SECPKG_ATTR_LOCAL_CRED                    0x52
#define SECPKG_ATTR_REMOTE_CERT_CONTEXT           0x53
#define SECPKG_ATTR_LOCAL_CERT_CONTEXT            0x54
#define SECPKG_ATTR_ROOT_STORE                    0x55
#define SECPKG_ATTR_SUPPORTED_ALGS                0x56
#define SECPKG_ATTR_CIPHER_STRENGTHS              0x57
#define SECPKG_ATTR_SUPPORTED_PROTOCOLS           0x58
#define SECPKG_ATTR_ISSUER_LIST_EX                0x59
#define SECPKG_ATTR_CONNECTION_INFO               0x5a
#define SECPKG_ATTR_EAP_KEY_BLOCK                 0x5b
#define SECPKG_ATTR_MAPPED_CRED_ATTR              0x5c
#define SECPKG_ATTR_SESSION_INFO                  0x5d
#define SECPKG_ATTR_APP_DATA                      0x5e
#define SECPKG_ATTR_REMOTE_CERTIFICATES           0x5f
#define SECPKG_ATTR_CLIENT_CERT_POLICY            0x60
#define SECPKG_ATTR_CC_POLICY_RESULT              0x61
#define SECPKG_ATTR_USE_NCRYPT                    0x62
#define SECPKG_ATTR_LOCAL_CERT_INFO               0x63
#define SECPKG_ATTR_CIPHER_INFO                   0x64
#define SECPKG_ATTR_EAP_PRF_INFO                  0x65
#define SECPKG_ATTR_SUPPORTED_SIGNATURES          0x66
#define SECPKG_ATTR_REMOTE_CERT_CHAIN             0x67
#define SECPKG_ATTR_UI_INFO                       0x68
#define SECPKG_ATTR_EARLY_START                   0x69
#define SECPKG_ATTR_KEYING_MATERIAL_INFO          0x6a
#define SECPKG_ATTR_KEYING_MATERIAL               0x6b
#define SECPKG_ATTR_SRTP_PARAMETERS               0x6c
#define SECPKG_ATTR_TOKEN_BINDING                 0x6d
#define SECPKG_ATTR_CONNECTION_INFO_EX            0x6e
#define SECPKG_ATTR_KEYING_MATERIAL_TOKEN_BINDING 0x6f
#define SECPKG_ATTR_KEYING_MATERIAL_INPROC        0x70

/* What the suites here are made of. ChaCha20-Poly1305 has no number: 0. */
#define CALG_AES_128    0x0000660e
#define CALG_AES_256    0x00006610
#define CALG_SHA_256    0x0000800c
#define CALG_SHA_384    0x0000800d
#define CALG_ECDH_EPHEM 0x0000ae06
#define CALG_RSA_SIGN   0x00002400
#define CALG_ECDSA      0x00002203

/* dwProtocol: one SP_PROT_ bit. Strengths in bits; dwHashStrength is 0: the suites have no MAC of their own. */
typedef struct _SecPkgContext_ConnectionInfo {
	uint32_t dwProtocol;
	ALG_ID aiCipher;
	uint32_t dwCipherStrength;
	ALG_ID aiHash;
	uint32_t dwHashStrength;
	ALG_ID aiExch;
	uint32_t dwExchStrength;
} SecPkgContext_ConnectionInfo, *PSecPkgContext_ConnectionInfo;

#define SZ_ALG_MAX_SIZE                     64
#define SECPKGCONTEXT_CONNECTION_INFO_EX_V1 1
#define SECPKGCONTEXT_CIPHERINFO_V1         1

typedef struct _SecPkgContext_ConnectionInfoEx {
	uint32_t dwVersion, dwProtocol;
	WCHAR szCipher[SZ_ALG_MAX_SIZE];
	uint32_t dwCipherStrength;
	WCHAR szHash[SZ_ALG_MAX_SIZE];
	uint32_t dwHashStrength;
	WCHAR szExchange[SZ_ALG_MAX_SIZE];
	uint32_t dwExchStrength;
} SecPkgContext_ConnectionInfoEx, *PSecPkgContext_ConnectionInfoEx;

typedef struct _SecPkgContext_CipherInfo {
	uint32_t dwVersion, dwProtocol, dwCipherSuite, dwBaseCipherSuite;
	WCHAR szCipherSuite[SZ_ALG_MAX_SIZE];
	WCHAR szCipher[SZ_ALG_MAX_SIZE];
	uint32_t dwCipherLen, dwCipherBlockLen;
	WCHAR szHash[SZ_ALG_MAX_SIZE];
	uint32_t dwHashLen;
	WCHAR szExchange[SZ_ALG_MAX_SIZE];
	uint32_t dwMinExchangeLen, dwMaxExchangeLen;
	WCHAR szCertificate[SZ_ALG_MAX_SIZE];
	uint32_t dwKeyType;
} SecPkgContext_CipherInfo, *PSecPkgContext_CipherInfo;

#define SSL_SESSION_RECONNECT 1

typedef struct _SecPkgContext_SessionInfo {
	uint32_t dwFlags, cbSessionId;
	uint8_t rgbSessionId[32];
} SecPkgContext_SessionInfo, *PSecPkgContext_SessionInfo;

/* The caller's own, of this context. Query: pbAppData is freed by FreeContextBuffer, and NULL where nothing was set. */
typedef struct _SecPkgContext_SessionAppData {
	uint32_t dwFlags, cbAppData;
	uint8_t *pbAppData;
} SecPkgContext_SessionAppData, *PSecPkgContext_SessionAppData;

/* Upper byte: signature algorithm, lower byte: hash, as the peer sent them. One FreeContextBuffer. */
typedef struct _SecPkgContext_SupportedSignatures {
	uint16_t cSignatureAndHashAlgorithms;
	uint16_t *pSignatureAndHashAlgorithms;
} SecPkgContext_SupportedSignatures, *PSecPkgContext_SupportedSignatures;

/* One block: the names lie behind the array. FreeContextBuffer on aIssuers, which is NULL where none was named. */
typedef struct _SecPkgContext_IssuerListInfoEx {
	PCERT_NAME_BLOB aIssuers;
	uint32_t cIssuers;
} SecPkgContext_IssuerListInfoEx, *PSecPkgContext_IssuerListInfoEx;

/* The peer's certificates, DER, one behind the other, the leaf first. One FreeContextBuffer. */
typedef struct _SecPkgContext_Certificates {
	uint32_t cCertificates, cbCertificateChain;
	uint8_t *pbCertificateChain;
} SecPkgContext_Certificates, *PSecPkgContext_Certificates;

#define KERN_CONTEXT_CERT_INFO_V1 0

/* Of the certificate that was shown to the peer. Lengths in bytes; each name has a FreeContextBuffer of its own. */
typedef struct _SecPkgContext_CertInfo {
	uint32_t dwVersion, cbSubjectName;
	WCHAR *pwszSubjectName;
	uint32_t cbIssuerName;
	WCHAR *pwszIssuerName;
	uint32_t dwKeySize;
} SecPkgContext_CertInfo, *PSecPkgContext_CertInfo;

/*
 * SetContextAttributes: what KEYING_MATERIAL then exports (RFC 5705, RFC 8446 7.5). cbLabel may count the NUL. Without
 * pbContextValue there is no context.
 */
typedef struct _SecPkgContext_KeyingMaterialInfo {
	uint16_t cbLabel;
	char *pszLabel;
	uint16_t cbContextValue;
	uint8_t *pbContextValue;
	uint32_t cbKeyingMaterial;
} SecPkgContext_KeyingMaterialInfo, *PSecPkgContext_KeyingMaterialInfo;

typedef struct _SecPkgContext_KeyingMaterial {
	uint32_t cbKeyingMaterial;
	uint8_t *pbKeyingMaterial; /* FreeContextBuffer */
} SecPkgContext_KeyingMaterial, *PSecPkgContext_KeyingMaterial;

/* Both in one call, into the caller's own cbKeyingMaterial bytes at pbKeyingMaterial. */
typedef struct _SecPkgContext_KeyingMaterial_Inproc {
	uint16_t cbLabel;
	char *pszLabel;
	uint16_t cbContextValue;
	uint8_t *pbContextValue;
	uint32_t cbKeyingMaterial;
	uint8_t *pbKeyingMaterial;
} SecPkgContext_KeyingMaterial_Inproc, *PSecPkgContext_KeyingMaterial_Inproc;

/* Of a credential. One FreeContextBuffer on palgSupportedAlgs. */
typedef struct _SecPkgCred_SupportedAlgs {
	uint32_t cSupportedAlgs;
	ALG_ID *palgSupportedAlgs;
} SecPkgCred_SupportedAlgs, *PSecPkgCred_SupportedAlgs;

typedef struct _SecPkgCred_CipherStrengths {
	uint32_t dwMinimumCipherStrength, dwMaximumCipherStrength;
} SecPkgCred_CipherStrengths, *PSecPkgCred_CipherStrengths;

typedef struct _SecPkgCred_SupportedProtocols {
	uint32_t grbitProtocol;
} SecPkgCred_SupportedProtocols, *PSecPkgCred_SupportedProtocols;

#ifdef __cplusplus
}
#endif

#endif
