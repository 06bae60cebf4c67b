/*
 * What Microsoft's interface has no place for: settings of a credential, certificates from PEM, the account file, a
 * program's own authority, a plain reader for delegated credentials, the trace. All text here is UTF-8 with a NUL
 * unless it says otherwise.
 */
#ifndef OPENSSPI_OPENSSPI_H
#define OPENSSPI_OPENSSPI_H

#include "credssp.h"
#include "schannel.h"
#include "sspi.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

/* --- Certificates ----------------------------------------------------------------------------------------- */

/*
 * Certificate (leaf first, then its chain) and private key from PEM files; the same file may hold both. SEC_E_OK;
 * SEC_E_NO_CREDENTIALS: a file cannot be read, or the key is not the certificate's; SEC_E_INSUFFICIENT_MEMORY.
 */
SECURITY_STATUS OpensspiCertificateFromPem(const char *certificate_path, const char *key_path,
					   PCCERT_CONTEXT *certificate);

/*
 * The same from PKCS#12 (.pfx, .p12), a file or its bytes. `password` is UTF-8; NULL: none. Files that are encrypted
 * with RC2 or 3DES need OpenSSL's legacy provider.
 */
SECURITY_STATUS OpensspiCertificateFromPkcs12(const char *path, const char *password,
					      PCCERT_CONTEXT *certificate);
SECURITY_STATUS OpensspiCertificateFromPkcs12Bytes(const void *bytes, uint32_t size, const char *password,
						   PCCERT_CONTEXT *certificate);

typedef enum OPENSSPI_KEY_TYPE {
	OpensspiKeyRsa2048 = 1, /* some clients take RSA only */
	OpensspiKeyP256 = 2,    /* half the cost of a handshake */
} OPENSSPI_KEY_TYPE;

/* A new key and a certificate for `host` that signs itself, valid for a year. */
SECURITY_STATUS OpensspiCertificateSelfSigned(const char *host, OPENSSPI_KEY_TYPE key_type,
					      PCCERT_CONTEXT *certificate);

/* Credentials made from it keep their own reference. FALSE (0): it is none of ours. */
BOOL OpensspiFreeCertificateContext(PCCERT_CONTEXT certificate);
#define CertFreeCertificateContext(certificate) OpensspiFreeCertificateContext(certificate)

/* --- A program's own authority ---------------------------------------------------------------------------- */

/* What a client claims. Borrowed for the call; text is UTF-16LE without NUL, lengths in bytes. */
typedef struct OPENSSPI_NTLM_QUESTION {
	uint32_t Size; /* of this struct */
	const uint8_t *User, *Domain, *Response;
	uint32_t UserSize, DomainSize, ResponseSize;
	uint8_t ServerChallenge[8];
} OPENSSPI_NTLM_QUESTION;

/*
 * The callback's answer; it comes as a refusal. An acceptance is Status = SEC_E_OK with SessionKey, which
 * OpensspiNtlmAnswer computes from an NT hash. NtStatus (0: C000006D) reaches a CredSSP client as errorCode.
 */
typedef struct OPENSSPI_NTLM_VERDICT {
	uint32_t Size;
	SECURITY_STATUS Status;
	uint32_t NtStatus;
	uint8_t SessionKey[16]; /* SessionBaseKey, MS-NLMP 3.3.2 */
} OPENSSPI_NTLM_VERDICT;

/*
 * Checks the response against the NT hash in constant time and fills the verdict: SEC_E_OK and the key, or
 * SEC_E_LOGON_DENIED; SEC_E_INSUFFICIENT_MEMORY; SEC_E_INVALID_TOKEN: NULL, or a Size is too small. For unknown users
 * call it with any hash and then refuse, so that both cost the same.
 */
SECURITY_STATUS OpensspiNtlmAnswer(const OPENSSPI_NTLM_QUESTION *question, const uint8_t nt_hash[16],
				   OPENSSPI_NTLM_VERDICT *verdict);
/* MD4 of the password in UTF-16LE. SEC_E_INVALID_TOKEN: not UTF-8. */
SECURITY_STATUS OpensspiNtHash(const char *password, uint8_t nt_hash[16]);

/*
 * Called in AcceptSecurityContext, possibly by several threads at once. What it returns is traced; anything but
 * SEC_E_OK, here or in the verdict, is a refusal. It must not use the context that it is called for (such calls
 * are refused). To accept a question without a domain, or with this machine's name for one, is to say that this
 * machine's user of that name logs on (docs/tokens.md).
 */
typedef SECURITY_STATUS OPENSSPI_NTLM_CALLBACK(void *argument, const OPENSSPI_NTLM_QUESTION *question,
					       OPENSSPI_NTLM_VERDICT *verdict);

/* A delegated password, UTF-16LE without NUL, sizes in bytes: SEC_E_OK if it is the account's. */
typedef SECURITY_STATUS OPENSSPI_PASSWORD_CALLBACK(void *argument, const uint8_t *user, uint32_t user_size,
						   const uint8_t *domain, uint32_t domain_size,
						   const uint8_t *password, uint32_t password_size);

/* --- Settings of a credential ------------------------------------------------------------------------------ */

/* "OpenSSPI" in hexadecimal: no address and no version that any other pAuthData can begin with. */
#define OPENSSPI_OPTIONS_MAGIC UINT64_C(0x4F70656E53535049)

#define OPENSSPI_NTLM_MIC_ANNOUNCED   0x1 /* who announced no MIC may leave it out (impacket, ntlm_auth) */
#define OPENSSPI_NTLM_DELEGATION      0x2 /* client: the caller vouches for the server; NTLM proves none */
#define OPENSSPI_ALLOW_EMPTY_PASSWORD 0x4 /* let accounts with the empty password log on */
#define OPENSSPI_NTLM_OFF             0x8 /* no NTLM at all */
#define OPENSSPI_ALWAYS_SPNEGO \
	0x10                       /* client: SPNEGO even where only NTLM can be chosen (Windows: raw NTLM) */
#define OPENSSPI_TRUST_SYSTEM 0x20 /* whom this machine trusts may sign the peer's certificate */
/* server: IAKERB, so that strangers may ask the KDCs of krb5.conf's [realms] through it (docs/kerberos.md) */
#define OPENSSPI_IAKERB 0x40

/*
 * pAuthData of AcquireCredentialsHandle for every package, around the package's own. Zero the struct, set Magic and
 * Size, then what you need. Everything is copied in the call.
 */
typedef struct OPENSSPI_OPTIONS {
	uint64_t Magic;
	uint32_t Size; /* of this struct */
	uint32_t Flags;
	void *AuthData;             /* what pAuthData would be without the options; may be NULL */
	PCCERT_CONTEXT Certificate; /* server; used when AuthData has none */
	/*
	 * CREDSSP: "force-updated" (NULL too) speaks versions 5 and 6 only (CVE-2018-0886); "mitigated" lets a server
	 * take clients of versions 2 to 4; "vulnerable" lets a client speak to such servers as well.
	 */
	const char *Policy;
	uint32_t CredSspVersion; /* CREDSSP: our own highest, 2 to 6; 0: 6 */
	/* server: who may log on. One of both; with none everybody is refused. */
	const char *AccountFile;
	OPENSSPI_NTLM_CALLBACK *NtlmCallback;
	/* With NtlmCallback; NULL: delegated passwords are not checked. */
	OPENSSPI_PASSWORD_CALLBACK *PasswordCallback;
	void *CallbackArgument;
	/*
	 * Each call that is given the options, AcquireCredentialsHandle or AddCredentials, takes over one argument.
	 * This is called for it once: when the last context made from it is gone, or the call fails.
	 */
	void (*CallbackFree)(void *argument);
	/* server: names shown in the CHALLENGE, and aliases of the local accounts' domain. NULL: from the host name. */
	const char *NetbiosComputerName, *NetbiosDomainName, *DnsComputerName, *DnsDomainName, *DnsTreeName;
	/* client: SHA-256 of the server's certificate (32 bytes); another is refused before it is sent anything. */
	const uint8_t *ServerCertificateSha256;
	/*
	 * client: PEM file of certificates whose signature counts on a server's, which then must be for the host of
	 * pszTargetName. With this, OPENSSPI_TRUST_SYSTEM or a pin the package judges the server, and CREDSSP delegates
	 * to it over NTLM too; with none of them the caller has to. Schannel, server: the same for a client's
	 * certificate, without the host.
	 */
	const char *TrustedCertificateFile;
	/*
	 * Schannel, server: which account a verified client certificate stands for (docs/schannel.md). NULL: the one of
	 * its user principal name, where TrustedCertificateFile alone says who may sign.
	 */
	const char *CertificateMapFile;
	/*
	 * Kerberos, alone and inside Negotiate and CREDSSP (docs/kerberos.md). Keytab: a path or "MEMORY:name". A
	 * server's keys; NULL: the machine's keytab if neither accounts nor a callback are named. A client's: the key
	 * of the identity's user, in place of a password.
	 */
	const char *Keytab;
	const char *ReplayCache; /* server: as MIT names them, "none:", "file2:PATH"; NULL: krb5.conf's */
	/*
	 * server: the classes of services that it is, "TERMSRV,HOST", on any host of the keytab; a ticket for another
	 * one is refused. NULL: TERMSRV, HTTP, WSMAN and HOST for CREDSSP and Negotiate, any in the keytab for
	 * Kerberos. With pszPrincipal that service alone counts.
	 */
	const char *Services;
	const char *
		CredentialCache; /* client: tickets; "": the user's usual cache. NULL: the identity's logon */
	/* client: what KDCs may take in all; server with OPENSSPI_IAKERB: for a client, in all. 0: 10000 */
	uint32_t KdcMilliseconds;
	/*
	 * Kerberos, client, alone and inside Negotiate: "user@REALM", as whom the credential acts. It logs on with its
	 * own identity or cache, which a KDC lets ask for tickets of that user (S4U2Self and S4U2Proxy, MS-SFU). No
	 * NTLM then. NULL: it acts as itself.
	 */
	const char *OnBehalfOf;
	/*
	 * client: a KDC proxy, https://HOST[:PORT][/PATH] or HOST[:PORT[:PATH]], through which alone KDCs are asked.
	 * Whom krb5.conf's http_anchors name, else whom this machine trusts, must have signed its certificate. NULL:
	 * those that krb5.conf and DNS name.
	 */
	const char *KdcProxy;
} OPENSSPI_OPTIONS;

/* --- The process ------------------------------------------------------------------------------------------- */

#define OPENSSPI_IMPERSONATION_NONE \
	0x1 /* ImpersonateSecurityContext says SEC_E_OK and changes nothing; the program's own users alone */

/* Zero the struct, set Size, then what you need. Strings are copied. */
typedef struct OPENSSPI_CONFIGURATION {
	uint32_t Size, Flags; /* of this struct */
	/*
	 * 32 random bytes in a regular file of root or this user that its owner alone may read: the key under which
	 * ExportSecurityContext seals. NULL: export and import are SEC_E_UNSUPPORTED_FUNCTION.
	 */
	const char *ContextKeyFile;
	const char *AccountFile; /* of ChangeAccountPassword; NULL: SEC_E_UNSUPPORTED_FUNCTION */
} OPENSSPI_CONFIGURATION;

/*
 * For all calls from now on, of every thread; NULL: as at the start, nothing configured. SEC_E_UNKNOWN_CREDENTIALS: a
 * Size or a flag that this library does not know; SEC_E_INSUFFICIENT_MEMORY.
 */
SECURITY_STATUS OpensspiConfigure(const OPENSSPI_CONFIGURATION *configuration);

/* --- What a context knows ---------------------------------------------------------------------------------- */

typedef enum OPENSSPI_DELEGATED {
	OpensspiDelegatedNone = 0,
	OpensspiDelegatedPassword = 1,
	OpensspiDelegatedSmartCard = 2,
	OpensspiDelegatedRemoteGuard = 6,
} OPENSSPI_DELEGATED; /* the credType numbers of MS-CSSP 2.2.1.2 */

/* Strings are NULL and numbers 0 where nothing is known (yet). One block: FreeContextBuffer. */
typedef struct OPENSSPI_DESCRIPTION {
	SECURITY_STATUS Status;   /* of the last handshake call */
	const char *Reason;       /* its word in the list of reasons: "ok", "wrong-password", ... */
	const char *Sentence;     /* its sentence, with the cause and often the next step */
	uint32_t NtStatus;        /* what the peer was or would be told; client: what it or the KDC said */
	const char *Package;      /* "CREDSSP", "NTLM" */
	const char *InnerPackage; /* CREDSSP: who authenticated, "NTLM" */
	/* finished server contexts: the account's canonical name; client: as given */
	const char *User, *Domain;
	const char *Authority;   /* "account-file", "callback", "certificate", "account-map", "kerberos" */
	uint32_t CredSspVersion; /* the peer's, as it counts here */
	const char *TlsVersion;  /* "1.2", "1.3" */
	const char *TlsCipher;
	OPENSSPI_DELEGATED Delegated;
	const char *DelegatedUser, *DelegatedDomain; /* in the client's own spelling */
	/* Of the server's certificate, 32 bytes; also of one for which a client refused the server. */
	const uint8_t *ServerCertificateSha256;
} OPENSSPI_DESCRIPTION;

/*
 * Unfinished and refused contexts too. NULL: the last call of this thread that failed and left no context to ask, a
 * first handshake call or AcquireCredentialsHandle. SEC_E_INVALID_HANDLE, SEC_E_INSUFFICIENT_MEMORY;
 * SEC_E_OUT_OF_SEQUENCE: a handshake call is inside.
 */
SECURITY_STATUS OpensspiDescribeContext(PCtxtHandle context, OPENSSPI_DESCRIPTION **description);

/*
 * The delegated password credentials of a finished CREDSSP server context, as the client spelt them. One block:
 * FreeContextBuffer, which wipes. SEC_E_NO_CREDENTIALS: no password was delegated; SEC_E_INVALID_HANDLE: not finished.
 */
typedef struct OPENSSPI_DELEGATED_PASSWORD {
	const char *User, *Domain, *Password;
} OPENSSPI_DELEGATED_PASSWORD;

SECURITY_STATUS OpensspiQueryDelegatedPassword(PCtxtHandle context, OPENSSPI_DELEGATED_PASSWORD **password);

/*
 * Kerberos: a credential that acts as the client of a finished server context, for InitializeSecurityContext; it lives
 * on its own afterwards, and FreeCredentialsHandle ends it. `package` is "Kerberos" or "Negotiate", whichever the
 * context is of. It has the tickets that the client forwarded (ASC_RET_DELEGATE). Where it forwarded none and the
 * server's credential is for both directions, each InitializeSecurityContext asks the KDC for a ticket of the client to
 * the target, with the one that the client came with (S4U2Proxy), which must be forwardable. Nothing goes over a
 * network here; the tickets lie in memory alone. `expiry` may be NULL.
 *
 * SEC_E_NO_CREDENTIALS: neither of the two, or another package; SEC_E_NO_IMPERSONATION: ISC_REQ_IDENTIFY or
 * ASC_REQ_IDENTIFY; SEC_E_INVALID_HANDLE: no finished context; SEC_E_SECPKG_NOT_FOUND; SEC_E_INSUFFICIENT_MEMORY;
 * SEC_E_INTERNAL_ERROR: `package` or `credential` is NULL.
 */
SECURITY_STATUS OpensspiDelegatedCredential(PCtxtHandle context, const char *package, PCredHandle credential,
					    PTimeStamp expiry);

/* --- Tokens ------------------------------------------------------------------------------------------------ */

/*
 * Who logged on (docs/tokens.md). Strings are NULL and numbers 0 where there is nothing. A uid, gid and groups have
 * accounts of this machine whose name is exactly a user's. One block: FreeContextBuffer.
 */
typedef struct OPENSSPI_TOKEN {
	const char *User, *Domain; /* the account's canonical name; no Domain: of this machine */
	const char *Authority;     /* "account-file", "callback", "certificate", "account-map", "kerberos" */
	TimeStamp LogonTime;       /* when the handshake began; local time */
	BOOL IdentifyOnly;         /* ISC_REQ_IDENTIFY or ASC_REQ_IDENTIFY: nobody may act as the user */
	BOOL HasUid;
	uint32_t Uid, Gid, GroupCount;
	const uint32_t *Groups; /* the supplementary ones, Gid among them */
	/* What a directory says of its user, "S-1-5-21-...": Kerberos with a PAC (docs/kerberos.md) */
	const char *UserSid;
	uint32_t GroupSidCount;
	const char *const *GroupSids;
} OPENSSPI_TOKEN;

/*
 * Of a token that QuerySecurityContextToken, an attribute or ExportSecurityContext gave; it outlives its context. Asks
 * the machine's users (NSS, which may wait for a directory) the first time. SEC_E_INVALID_HANDLE,
 * SEC_E_INSUFFICIENT_MEMORY; SEC_E_INTERNAL_ERROR: `description` is NULL.
 */
SECURITY_STATUS OpensspiDescribeToken(HANDLE token, OPENSSPI_TOKEN **description);

/*
 * Once for each token that was given. FALSE (0): it is none, or closed. The macro is what Windows programs write;
 * security.h has it too. Where another library declares a function CloseHandle, define OPENSSPI_NO_CLOSE_HANDLE first.
 */
BOOL OpensspiCloseHandle(HANDLE token);
#if !defined(CloseHandle) && !defined(OPENSSPI_NO_CLOSE_HANDLE)
#define CloseHandle(handle) OpensspiCloseHandle(handle)
#endif

/* --- The account file --------------------------------------------------------------------------------------- */

/*
 * Lines user:domain:NT-hash; SAM and smbpasswd lines are read too (docs/accounts.md). The file must belong to root or
 * to this user and be readable by its owner alone. Changes are made in a new file that replaces the old one.
 * SEC_E_OK; SEC_E_LOGON_DENIED: no such account or wrong password; SEC_E_NO_CREDENTIALS: the file cannot be read or
 * written, is unsafe or malformed; SEC_E_INVALID_TOKEN: a name that the file cannot hold, or a password that is no
 * UTF-8. A domain of NULL, "" or "." is this machine. `reason` (may be NULL) receives a static sentence.
 */
SECURITY_STATUS OpensspiAccountSet(const char *path, const char *domain, const char *user,
				   const char *password, const char **reason);
SECURITY_STATUS OpensspiAccountRemove(const char *path, const char *domain, const char *user,
				      const char **reason);
/* Whether this name and password would log on. */
SECURITY_STATUS OpensspiAccountCheck(const char *path, const char *domain, const char *user,
				     const char *password, const char **reason);
/* Calls back once an account, in the file's order; `usable` is NULL or the sentence why it cannot log on. */
SECURITY_STATUS OpensspiAccountList(const char *path,
				    void (*each)(void *argument, const char *domain, const char *user,
						 const char *unusable),
				    void *argument, const char **reason);

/* --- The trace ---------------------------------------------------------------------------------------------- */

/*
 * Each line, without a newline, goes to the callback: time, context, step, reason, place, sentence. Never a secret.
 * NULL turns it off. OPENSSPI_TRACE=stderr or a path in the environment does the same without a program's help
 * (not in set-uid programs). The callback may come from any thread; it should not call the library: a call on the
 * context that it hears of is refused.
 */
void OpensspiSetTrace(void (*callback)(void *argument, const char *line), void *argument);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif
