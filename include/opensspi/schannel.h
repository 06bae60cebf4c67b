/* The Schannel structures that a CREDSSP credential carries, and the certificate context they hold. */
#ifndef OPENSSPI_SCHANNEL_H
#define OPENSSPI_SCHANNEL_H

#include "sspi.h"

#ifdef __cplusplus
extern "C" {
#endif

#define UNISP_NAME_A    "Microsoft Unified Security Protocol Provider"
#define SCHANNEL_NAME_A "Schannel"

#define X509_ASN_ENCODING 0x00000001

typedef void *HCERTSTORE;

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

#define SCHANNEL_CRED_VERSION   0x00000004
#define SCH_CREDENTIALS_VERSION 0x00000005

typedef struct _SCHANNEL_CRED {
	uint32_t dwVersion; /* SCHANNEL_CRED_VERSION */
	uint32_t cCreds;
	PCCERT_CONTEXT *paCred;
	HCERTSTORE hRootStore;
	uint32_t cMappers;
	void **aphMappers;
	uint32_t cSupportedAlgs;
	uint32_t *palgSupportedAlgs;
	uint32_t grbitEnabledProtocols; /* 0: TLS 1.2 and 1.3 */
	uint32_t dwMinimumCipherStrength, dwMaximumCipherStrength;
	uint32_t dwSessionLifespan; /* ms; sessions are not resumed, so it has no effect */
	uint32_t dwFlags, dwCredFormat;
} SCHANNEL_CRED, *PSCHANNEL_CRED;

#define SP_PROT_TLS1_2_SERVER 0x00000400
#define SP_PROT_TLS1_2_CLIENT 0x00000800
#define SP_PROT_TLS1_3_SERVER 0x00001000
#define SP_PROT_TLS1_3_CLIENT 0x00002000

#define SCH_CRED_MANUAL_CRED_VALIDATION 0x00000008
#define SCH_CRED_NO_DEFAULT_CREDS       0x00000010
#define SCH_CRED_AUTO_CRED_VALIDATION   0x00000020
#define SCH_CRED_USE_DEFAULT_CREDS      0x00000040
#define SCH_USE_STRONG_CRYPTO           0x00400000

#define SECPKG_ATTR_REMOTE_CERT_CONTEXT 0x53
#define SECPKG_ATTR_LOCAL_CERT_CONTEXT  0x54
#define SECPKG_ATTR_CONNECTION_INFO     0x5a

/* dwProtocol: one SP_PROT_ bit. Algorithm numbers of Windows have no counterpart here and are 0; strengths in bits. */
typedef struct _SecPkgContext_ConnectionInfo {
	uint32_t dwProtocol, aiCipher, dwCipherStrength, aiHash, dwHashStrength, aiExch, dwExchStrength;
} SecPkgContext_ConnectionInfo, *PSecPkgContext_ConnectionInfo;

#ifdef __cplusplus
}
#endif

#endif
