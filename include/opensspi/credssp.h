/* The CREDSSP package (MS-CSSP): TLS, an inner logon, key binding, delegated credentials. */
#ifndef OPENSSPI_CREDSSP_H
#define OPENSSPI_CREDSSP_H

#include "schannel.h"
#include "sspi.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CREDSSP_NAME_A "CREDSSP"
#define CREDSSP_NAME   u"CREDSSP" /* Microsoft's header defines the wide form only */
#define TS_SSP_NAME_A  "TSSSP"

/* Microsoft's spelling is CREDSPP_SUBMIT_TYPE. */
typedef enum _CREDSSP_SUBMIT_TYPE {
	CredsspPasswordCreds = 2,
	CredsspSchannelCreds = 4,
	CredsspCertificateCreds = 13,
	CredsspSubmitBufferBoth = 50,
	CredsspSubmitBufferBothOld = 51,
	CredsspCredEx = 100,
} CREDSPP_SUBMIT_TYPE;

/*
 * pAuthData of AcquireCredentialsHandle. pSchannelCred is a SCHANNEL_CRED (server: its certificate; client: NULL will
 * do), pSpnegoCred a SEC_WINNT_AUTH_IDENTITY in any form (client) or NULL (server). Type says which of them are there:
 * CredsspSubmitBufferBoth and _BothOld: both; CredsspPasswordCreds: pSpnegoCred alone; CredsspSchannelCreds:
 * pSchannelCred alone; the pointer that does not belong to the Type is NULL, else SEC_E_UNKNOWN_CREDENTIALS.
 * CredsspCertificateCreds, a certificate that is delegated: SEC_E_UNSUPPORTED_FUNCTION. CredsspCredEx: this is the
 * beginning of a CREDSSP_CRED_EX.
 */
typedef struct _CREDSSP_CRED {
	CREDSPP_SUBMIT_TYPE Type;
	void *pSchannelCred, *pSpnegoCred;
} CREDSSP_CRED, *PCREDSSP_CRED;

#define CREDSSP_CRED_EX_VERSION 0
#define CREDSSP_FLAG_REDIRECT \
	0x1 /* for Microsoft's restricted modes: SEC_E_UNSUPPORTED_FUNCTION, as other flags */

/* Type is CredsspCredEx; Cred has a Type of its own, which is not. */
typedef struct _CREDSSP_CRED_EX {
	CREDSPP_SUBMIT_TYPE Type;
	uint32_t Version, Flags, Reserved;
	CREDSSP_CRED Cred;
} CREDSSP_CRED_EX, *PCREDSSP_CRED_EX;

/* C_ACCESS_TOKEN and C_FULL_ACCESS_TOKEN, server: a SecPkgContext_AccessToken, here the same token in both. */
#define SECPKG_ATTR_C_ACCESS_TOKEN      0x80000012u
#define SECPKG_ATTR_CREDS               0x80000080u
#define SECPKG_ATTR_NEGOTIATION_PACKAGE 0x80000081u
#define SECPKG_ATTR_C_FULL_ACCESS_TOKEN 0x80000082u
#define SECPKG_ATTR_SERVER_AUTH_FLAGS   0x80000083u
#define SECPKG_ATTR_CERT_TRUST_STATUS   0x80000084u
#define SECPKG_ATTR_CREDS_2             0x80000086u

/* SERVER_AUTH_FLAGS (SecPkgContext_Flags), client: what proved the server to this side. */
#define CREDSSP_SERVER_AUTH_NEGOTIATE   0x1
#define CREDSSP_SERVER_AUTH_CERTIFICATE 0x2
#define CREDSSP_SERVER_AUTH_LOOPBACK    0x4

/*
 * CERT_TRUST_STATUS, client. A server that this side judged, by its pin or by those it trusts, has no error. With
 * nothing to judge by, CERT_TRUST_IS_UNTRUSTED_ROOT: the caller looks at the certificate himself.
 */
#define CERT_TRUST_NO_ERROR                  0x00000000
#define CERT_TRUST_IS_NOT_TIME_VALID         0x00000001
#define CERT_TRUST_IS_REVOKED                0x00000004
#define CERT_TRUST_IS_UNTRUSTED_ROOT         0x00000020
#define CERT_TRUST_REVOCATION_STATUS_UNKNOWN 0x00000040
#define CERT_TRUST_IS_PARTIAL_CHAIN          0x00010000

typedef struct _CERT_TRUST_STATUS {
	uint32_t dwErrorStatus, dwInfoStatus;
} CERT_TRUST_STATUS, *PCERT_TRUST_STATUS;

/*
 * CREDS_2, server, when a password was delegated: one block with a packed KERB_INTERACTIVE_LOGON (ntsecapi.h).
 * AuthBufferLen is in bytes; Length equals MaximumLength; no NUL is counted or added. That Windows lays the offsets
 * out like this is documented for KERB_CERTIFICATE_LOGON only and unconfirmed here. One FreeContextBuffer, which wipes.
 */
typedef struct _SecPkgContext_ClientCreds {
	uint32_t AuthBufferLen;
	uint8_t *AuthBuffer;
} SecPkgContext_ClientCreds, *PSecPkgContext_ClientCreds;

#ifdef __cplusplus
}
#endif

#endif
