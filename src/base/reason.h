/*
 * One list of everything that can go wrong, and of what each party is told about it: the caller a SECURITY_STATUS,
 * a CredSSP peer an NTSTATUS (errorCode, MS-CSSP 2.2.1), a TLS peer an alert, the trace a sentence.
 * A refusal names one row of this list; nobody makes up a status elsewhere (docs/decisions.md 11).
 *
 * Columns: name, word (stable: JSON and the trace print it), SECURITY_STATUS, NTSTATUS for errorCode, sentence.
 */
#ifndef OPENSSPI_BASE_REASON_H
#define OPENSSPI_BASE_REASON_H

#include <opensspi/issperr.h>

#include <stdbool.h>
#include <stdint.h>

/* NTSTATUS values of MS-ERREF 2.3.1 that the list or an authority uses. */
#define NTSTATUS_SUCCESS                        UINT32_C(0)
#define NTSTATUS_INVALID_PARAMETER              UINT32_C(0xC000000D)
#define NTSTATUS_ACCESS_DENIED                  UINT32_C(0xC0000022)
#define NTSTATUS_NO_LOGON_SERVERS               UINT32_C(0xC000005E)
#define NTSTATUS_LOGON_FAILURE                  UINT32_C(0xC000006D)
#define NTSTATUS_ACCOUNT_RESTRICTION            UINT32_C(0xC000006E)
#define NTSTATUS_INVALID_LOGON_HOURS            UINT32_C(0xC000006F)
#define NTSTATUS_INVALID_WORKSTATION            UINT32_C(0xC0000070)
#define NTSTATUS_PASSWORD_EXPIRED               UINT32_C(0xC0000071)
#define NTSTATUS_ACCOUNT_DISABLED               UINT32_C(0xC0000072)
#define NTSTATUS_TIME_DIFFERENCE_AT_DC          UINT32_C(0xC0000133)
#define NTSTATUS_LOGON_TYPE_NOT_GRANTED         UINT32_C(0xC000015B)
#define NTSTATUS_ACCOUNT_EXPIRED                UINT32_C(0xC0000193)
#define NTSTATUS_PASSWORD_MUST_CHANGE           UINT32_C(0xC0000224)
#define NTSTATUS_ACCOUNT_LOCKED_OUT             UINT32_C(0xC0000234)
#define NTSTATUS_AUTHENTICATION_FIREWALL_FAILED UINT32_C(0xC0000413)
#define NTSTATUS_INSUFFICIENT_RESOURCES         UINT32_C(0xC000009A)
#define NTSTATUS_NOT_SUPPORTED                  UINT32_C(0xC00000BB)
#define NTSTATUS_INTERNAL_ERROR                 UINT32_C(0xC00000E5)

#define REASON_LIST(X) \
	X(OK, "ok", SEC_E_OK, NTSTATUS_SUCCESS, "it worked") \
	/* resources */ \
	X(OUT_OF_MEMORY, "out-of-memory", SEC_E_INSUFFICIENT_MEMORY, NTSTATUS_INSUFFICIENT_RESOURCES, \
	  "no memory was left") \
	X(NO_RANDOM, "no-random", SEC_E_INTERNAL_ERROR, NTSTATUS_INTERNAL_ERROR, \
	  "the random number generator gave nothing") \
	X(NO_CLOCK, "no-clock", SEC_E_INTERNAL_ERROR, NTSTATUS_INTERNAL_ERROR, \
	  "the clock could not be read") \
	X(CRYPTO_FAILED, "crypto-failed", SEC_E_INTERNAL_ERROR, NTSTATUS_INTERNAL_ERROR, \
	  "the cryptographic library reported an error") \
	/* calls */ \
	X(BAD_HANDLE, "bad-handle", SEC_E_INVALID_HANDLE, NTSTATUS_INVALID_PARAMETER, \
	  "the handle names nothing that is alive") \
	X(NO_CREDENTIAL, "no-credential", SEC_E_NO_CREDENTIALS, NTSTATUS_INVALID_PARAMETER, \
	  "no credential serves this direction") \
	X(BAD_CREDENTIAL_DATA, "bad-credential-data", SEC_E_UNKNOWN_CREDENTIALS, NTSTATUS_INVALID_PARAMETER, \
	  "pAuthData is no structure that the package takes") \
	X(ENCRYPTED_IDENTITY, "encrypted-identity", (SECURITY_STATUS)NTSTATUS_INVALID_PARAMETER, \
	  NTSTATUS_INVALID_PARAMETER, "the identity is encrypted, so its texts cannot be given") \
	X(UNKNOWN_PACKAGE, "unknown-package", SEC_E_SECPKG_NOT_FOUND, NTSTATUS_INVALID_PARAMETER, \
	  "no package has that name") \
	X(UNSUPPORTED, "unsupported", SEC_E_UNSUPPORTED_FUNCTION, NTSTATUS_NOT_SUPPORTED, \
	  "this is not offered") \
	X(NULL_ARGUMENT, "null-argument", SEC_E_INTERNAL_ERROR, NTSTATUS_INVALID_PARAMETER, \
	  "an argument that the call needs is NULL") \
	X(OTHER_CREDENTIAL, "other-credential", SEC_E_WRONG_CREDENTIAL_HANDLE, NTSTATUS_INVALID_PARAMETER, \
	  "the context was made from another credential") \
	X(BAD_TARGET, "bad-target", SEC_E_TARGET_UNKNOWN, NTSTATUS_INVALID_PARAMETER, \
	  "the target's name is no text, names no host, or is too long") \
	X(BAD_BUFFERS, "bad-buffers", SEC_E_INVALID_TOKEN, NTSTATUS_INVALID_PARAMETER, \
	  "the buffer list is not of the form the call takes") \
	X(BUFFER_TOO_SMALL, "buffer-too-small", SEC_E_BUFFER_TOO_SMALL, NTSTATUS_INVALID_PARAMETER, \
	  "the caller's buffer is too small for the result") \
	X(OUTPUT_TOO_SMALL, "output-too-small", SEC_E_INSUFFICIENT_MEMORY, NTSTATUS_INVALID_PARAMETER, \
	  "the caller's output buffer is too small for the token") \
	X(OUT_OF_SEQUENCE, "out-of-sequence", SEC_E_OUT_OF_SEQUENCE, NTSTATUS_INVALID_PARAMETER, \
	  "the context does not stand at this call") \
	X(NOT_FINISHED, "not-finished", SEC_E_INVALID_HANDLE, NTSTATUS_INVALID_PARAMETER, \
	  "the handshake of the context is not finished") \
	X(IN_USE, "in-use", SEC_E_OUT_OF_SEQUENCE, NTSTATUS_INVALID_PARAMETER, \
	  "another call works on the context") \
	X(CONTEXT_CLOSED, "context-closed", SEC_E_CONTEXT_EXPIRED, NTSTATUS_INVALID_PARAMETER, \
	  "the context was closed") \
	X(CONTEXT_EXPORTED, "context-exported", SEC_E_CONTEXT_EXPIRED, NTSTATUS_INVALID_PARAMETER, \
	  "the context was exported: its messages go on where it is imported") \
	X(CONTEXT_KEY_FILE, "context-key-file", SEC_E_NO_CREDENTIALS, NTSTATUS_ACCESS_DENIED, \
	  "the key for exported contexts must be 32 bytes in a regular file of root or of this user, " \
	  "readable by its owner alone (chmod 600)") \
	X(CONTEXT_BLOCK, "context-block", SEC_E_NOT_OWNER, NTSTATUS_ACCESS_DENIED, \
	  "the block is no context of this package that was exported under this machine's key") \
	X(CONTEXT_IMPORTED, "context-imported", SEC_E_NOT_OWNER, NTSTATUS_ACCESS_DENIED, \
	  "this process imported the block before; twice it would use one key stream twice") \
	X(QOP, "qop", SEC_E_QOP_NOT_SUPPORTED, NTSTATUS_NOT_SUPPORTED, \
	  "that quality of protection is not offered") \
	/* tokens and messages */ \
	X(INCOMPLETE, "incomplete", SEC_E_INCOMPLETE_MESSAGE, NTSTATUS_INVALID_PARAMETER, \
	  "the input ends inside a unit; read more and call again") \
	X(BAD_TOKEN, "bad-token", SEC_E_INVALID_TOKEN, NTSTATUS_INVALID_PARAMETER, \
	  "the token is not formed as its specification says") \
	X(TOKEN_TOO_BIG, "token-too-big", SEC_E_INVALID_TOKEN, NTSTATUS_INVALID_PARAMETER, \
	  "the token is longer than the limit") \
	X(UNEXPECTED_MESSAGE, "unexpected-message", SEC_E_INVALID_TOKEN, NTSTATUS_INVALID_PARAMETER, \
	  "the message does not belong to this step") \
	X(MESSAGE_ALTERED, "message-altered", SEC_E_MESSAGE_ALTERED, NTSTATUS_LOGON_FAILURE, \
	  "a signature does not match") \
	X(WRONG_SEQUENCE_NUMBER, "wrong-sequence-number", SEC_E_OUT_OF_SEQUENCE, NTSTATUS_LOGON_FAILURE, \
	  "a message came out of order") \
	/* TLS */ \
	X(TLS_FAILED, "tls-failed", SEC_E_ILLEGAL_MESSAGE, NTSTATUS_LOGON_FAILURE, \
	  "the TLS handshake failed") \
	X(TLS_VERSION, "tls-version", SEC_E_UNSUPPORTED_FUNCTION, NTSTATUS_LOGON_FAILURE, \
	  "the peer offers no TLS version that is allowed here (1.2 and 1.3 are)") \
	X(TLS_CIPHER, "tls-cipher", SEC_E_ALGORITHM_MISMATCH, NTSTATUS_LOGON_FAILURE, \
	  "the peer and this side have no TLS cipher suite in common") \
	X(TLS_RECORD, "tls-record", SEC_E_DECRYPT_FAILURE, NTSTATUS_LOGON_FAILURE, \
	  "a TLS record could not be opened") \
	X(TLS_ALERT, "tls-alert", SEC_E_ILLEGAL_MESSAGE, NTSTATUS_LOGON_FAILURE, \
	  "the peer ended the TLS connection with an alert") \
	X(TLS_CLOSED, "tls-closed", SEC_I_CONTEXT_EXPIRED, NTSTATUS_LOGON_FAILURE, \
	  "the peer closed the TLS connection") \
	X(PEER_CLOSED, "peer-closed", SEC_E_CONTEXT_EXPIRED, NTSTATUS_LOGON_FAILURE, \
	  "the peer closed the TLS connection before the exchange was over") \
	X(CERTIFICATE_UNUSABLE, "certificate-unusable", SEC_E_NO_CREDENTIALS, NTSTATUS_INTERNAL_ERROR, \
	  "the certificate or its key cannot be used") \
	X(SERVER_UNTRUSTED, "server-untrusted", SEC_E_UNTRUSTED_ROOT, NTSTATUS_LOGON_FAILURE, \
	  "the server's certificate is neither the pinned one nor signed by anybody trusted here") \
	X(SERVER_NAME, "server-name", SEC_E_WRONG_PRINCIPAL, NTSTATUS_LOGON_FAILURE, \
	  "the server's certificate is for another name than the target's") \
	X(SERVER_EXPIRED, "server-expired", SEC_E_CERT_EXPIRED, NTSTATUS_LOGON_FAILURE, \
	  "the server's certificate is not valid at this time; look at both clocks, or renew it") \
	X(CLIENT_UNTRUSTED, "client-untrusted", SEC_E_UNTRUSTED_ROOT, NTSTATUS_LOGON_FAILURE, \
	  "the client's certificate is not signed by anybody trusted here") \
	X(CLIENT_EXPIRED, "client-expired", SEC_E_CERT_EXPIRED, NTSTATUS_LOGON_FAILURE, \
	  "the client's certificate is not valid at this time; look at both clocks, or renew it") \
	X(APPLICATION_PROTOCOL, "application-protocol", SEC_E_APPLICATION_PROTOCOL_MISMATCH, \
	  NTSTATUS_LOGON_FAILURE, "client and server list no application protocol in common (ALPN)") \
	X(TLS_PROTOCOLS, "tls-protocols", SEC_E_ALGORITHM_MISMATCH, NTSTATUS_INVALID_PARAMETER, \
	  "the protocols that a credential enables do not go together, or none is for its direction") \
	X(HANDSHAKE_DUE, "handshake-due", SEC_E_CONTEXT_EXPIRED, NTSTATUS_INVALID_PARAMETER, \
	  "the peer sent something of the handshake; the handshake function must be called once more first") \
	/* NTLM */ \
	X(NTLM_SWITCHED_OFF, "ntlm-switched-off", SEC_E_LOGON_DENIED, NTSTATUS_NOT_SUPPORTED, \
	  "NTLM is switched off by policy") \
	X(NTLM_FLAGS, "ntlm-flags", SEC_E_UNSUPPORTED_FUNCTION, NTSTATUS_NOT_SUPPORTED, \
	  "the peer does not negotiate what is required here (Unicode; with signing: 128 bit and extended " \
	  "session security)") \
	X(NTLM_V1, "ntlm-v1", SEC_E_LOGON_DENIED, NTSTATUS_LOGON_FAILURE, \
	  "the client answered with NTLMv1 or LM, which are refused; it must be set to NTLMv2") \
	X(NTLM_ANONYMOUS, "ntlm-anonymous", SEC_E_LOGON_DENIED, NTSTATUS_LOGON_FAILURE, \
	  "an anonymous logon was asked for and is refused") \
	X(NTLM_MIC_MISSING, "ntlm-mic-missing", SEC_E_INVALID_TOKEN, NTSTATUS_LOGON_FAILURE, \
	  "the client signs but sent no MIC; the policy ntlm-mic=announced lets such clients in") \
	X(NTLM_MIC_WRONG, "ntlm-mic-wrong", SEC_E_MESSAGE_ALTERED, NTSTATUS_LOGON_FAILURE, \
	  "the MIC over the three NTLM messages does not match: they were changed on the way") \
	X(NTLM_TARGET_INFO, "ntlm-target-info", SEC_E_LOGON_DENIED, NTSTATUS_LOGON_FAILURE, \
	  "the client did not return the names and time of our CHALLENGE: its answer was made for another " \
	  "server") \
	X(NO_TARGET_INFO, "no-target-info", SEC_E_LOGON_DENIED, NTSTATUS_LOGON_FAILURE, \
	  "the server's CHALLENGE carries no target information or no names, without which NTLMv2 is not " \
	  "safe") \
	X(BAD_BINDINGS, "bad-bindings", SEC_E_BAD_BINDINGS, NTSTATUS_LOGON_FAILURE, \
	  "the channel bindings are missing or belong to another channel") \
	X(NOT_SEALED, "not-sealed", SEC_E_UNSUPPORTED_FUNCTION, NTSTATUS_NOT_SUPPORTED, \
	  "the peer negotiated no sealing, without which CredSSP cannot go on") \
	/* Kerberos */ \
	X(KERBEROS_KEYTAB, "kerberos-keytab", SEC_E_NO_CREDENTIALS, NTSTATUS_INVALID_PARAMETER, \
	  "the keytab cannot be read or holds no key") \
	X(KERBEROS_NO_TICKET, "kerberos-no-ticket", SEC_E_NO_CREDENTIALS, NTSTATUS_LOGON_FAILURE, \
	  "the ticket cache cannot be read or holds no ticket to log on with; kinit gets one") \
	X(KERBEROS_NO_KDC, "kerberos-no-kdc", SEC_E_NO_AUTHENTICATING_AUTHORITY, NTSTATUS_NO_LOGON_SERVERS, \
	  "no KDC of the realm is known here, or none answered in time") \
	X(KDC_PROXY_UNTRUSTED, "kdc-proxy-untrusted", SEC_E_NO_AUTHENTICATING_AUTHORITY, \
	  NTSTATUS_NO_LOGON_SERVERS, \
	  "the KDC proxy did not prove to be the host that was meant, so nothing was sent to it") \
	X(KDC_PROXY_REFUSED, "kdc-proxy-refused", SEC_E_NO_AUTHENTICATING_AUTHORITY, \
	  NTSTATUS_NO_LOGON_SERVERS, \
	  "the KDC proxy gave no KDC's answer: it may not know the realm, or not reach its KDC") \
	X(KERBEROS_NO_SERVICE, "kerberos-no-service", SEC_E_TARGET_UNKNOWN, NTSTATUS_LOGON_FAILURE, \
	  "the KDC knows no service of the target's name; it must be made there, or spelt as it is there") \
	X(KERBEROS_SKEW, "kerberos-skew", SEC_E_TIME_SKEW, NTSTATUS_TIME_DIFFERENCE_AT_DC, \
	  "the clocks of the two sides differ by more than Kerberos allows; set both of them") \
	X(KERBEROS_TICKET_EXPIRED, "kerberos-ticket-expired", SEC_E_LOGON_DENIED, NTSTATUS_LOGON_FAILURE, \
	  "the ticket has expired; kinit, or a new logon, gets another") \
	X(KERBEROS_NO_KEY, "kerberos-no-key", SEC_E_WRONG_PRINCIPAL, NTSTATUS_LOGON_FAILURE, \
	  "the ticket is for a service of which the server's keytab has no key") \
	X(KERBEROS_KEY_VERSION, "kerberos-key-version", SEC_E_WRONG_PRINCIPAL, NTSTATUS_LOGON_FAILURE, \
	  "the ticket was made with a version of the service's key that the keytab does not have; export " \
	  "the keytab anew, or get a new ticket") \
	X(KERBEROS_WRONG_KEY, "kerberos-wrong-key", SEC_E_MESSAGE_ALTERED, NTSTATUS_LOGON_FAILURE, \
	  "the ticket, or what goes with it, does not open: it was made with another key or changed on the " \
	  "way") \
	X(KERBEROS_OTHER_SERVICE, "kerberos-other-service", SEC_E_WRONG_PRINCIPAL, NTSTATUS_LOGON_FAILURE, \
	  "the ticket is for another service than this one") \
	X(KERBEROS_REPLAY, "kerberos-replay", SEC_E_LOGON_DENIED, NTSTATUS_LOGON_FAILURE, \
	  "the same request was seen before: somebody repeats it") \
	X(KERBEROS_BAD_PAC, "kerberos-bad-pac", SEC_E_LOGON_DENIED, NTSTATUS_LOGON_FAILURE, \
	  "the ticket's PAC, which says who the client is, cannot be read or contradicts itself") \
	X(KERBEROS_FILES, "kerberos-files", SEC_E_INTERNAL_ERROR, NTSTATUS_INTERNAL_ERROR, \
	  "the keytab, the replay cache or another file of Kerberos cannot be read or written") \
	X(KERBEROS_ENCRYPTION, "kerberos-encryption", SEC_E_KDC_UNKNOWN_ETYPE, NTSTATUS_NOT_SUPPORTED, \
	  "there is no encryption that both sides allow; here that is AES") \
	X(KERBEROS_NOT_MUTUAL, "kerberos-not-mutual", SEC_E_MUTUAL_AUTH_FAILED, NTSTATUS_LOGON_FAILURE, \
	  "the server did not prove that it could read the ticket") \
	X(KERBEROS_NOT_FORWARDED, "kerberos-not-forwarded", SEC_E_NO_CREDENTIALS, NTSTATUS_LOGON_FAILURE, \
	  "tickets are not forwarded") \
	X(KERBEROS_DELEGATION, "kerberos-delegation", SEC_E_DELEGATION_POLICY, NTSTATUS_LOGON_FAILURE, \
	  "the KDC does not let this service act for that user, or not towards that target") \
	X(IAKERB_ALTERED, "iakerb-altered", SEC_E_MESSAGE_ALTERED, NTSTATUS_LOGON_FAILURE, \
	  "the client does not confirm what was relayed between it and its KDC") \
	X(KERBEROS_REFUSED, "kerberos-refused", SEC_E_LOGON_DENIED, NTSTATUS_LOGON_FAILURE, \
	  "the KDC or the server refused for another reason, which is in the trace") \
	/* SPNEGO */ \
	X(NO_COMMON_MECHANISM, "no-common-mechanism", SEC_E_LOGON_DENIED, NTSTATUS_NOT_SUPPORTED, \
	  "the peer offers, or chose, no mechanism that is allowed and has a credential here") \
	X(NEGOTIATION_REJECTED, "negotiation-rejected", SEC_E_LOGON_DENIED, NTSTATUS_LOGON_FAILURE, \
	  "the peer rejected the negotiation") \
	X(MECH_LIST_MIC_MISSING, "mech-list-mic-missing", SEC_E_MESSAGE_ALTERED, NTSTATUS_LOGON_FAILURE, \
	  "the peer sent no mechListMIC where one is due: the list of mechanisms may have been changed on " \
	  "the way") \
	X(MECH_LIST_MIC_WRONG, "mech-list-mic-wrong", SEC_E_MESSAGE_ALTERED, NTSTATUS_LOGON_FAILURE, \
	  "the mechListMIC does not match: the list of mechanisms was changed on the way") \
	/* accounts */ \
	X(WRONG_PASSWORD, "wrong-password", SEC_E_LOGON_DENIED, NTSTATUS_LOGON_FAILURE, \
	  "the password is wrong") \
	X(UNKNOWN_USER, "unknown-user", SEC_E_LOGON_DENIED, NTSTATUS_LOGON_FAILURE, \
	  "no account has that name") \
	X(AMBIGUOUS_USER, "ambiguous-user", SEC_E_LOGON_DENIED, NTSTATUS_LOGON_FAILURE, \
	  "several accounts differ from that name in case only; it must be spelt exactly") \
	X(NO_PASSWORD_SET, "no-password-set", SEC_E_LOGON_DENIED, NTSTATUS_LOGON_FAILURE, \
	  "the account has no usable NT hash") \
	X(EMPTY_PASSWORD, "empty-password", SEC_E_LOGON_DENIED, NTSTATUS_ACCOUNT_RESTRICTION, \
	  "the account's password is empty, which is refused unless allowed") \
	X(PASSWORD_EXPIRED, "password-expired", SEC_E_LOGON_DENIED, NTSTATUS_PASSWORD_EXPIRED, \
	  "the password has expired and must be changed") \
	X(ACCOUNT_DISABLED, "account-disabled", SEC_E_LOGON_DENIED, NTSTATUS_ACCOUNT_DISABLED, \
	  "the account is disabled") \
	X(ACCOUNT_LOCKED, "account-locked", SEC_E_LOGON_DENIED, NTSTATUS_ACCOUNT_LOCKED_OUT, \
	  "the account is locked") \
	X(ACCOUNT_EXPIRED, "account-expired", SEC_E_LOGON_DENIED, NTSTATUS_ACCOUNT_EXPIRED, \
	  "the account's time is over") \
	X(ACCOUNT_RESTRICTED, "account-restricted", SEC_E_LOGON_DENIED, NTSTATUS_ACCOUNT_RESTRICTION, \
	  "the account may not log on now, or not from here") \
	X(ACCOUNT_OF_MACHINE, "account-of-machine", SEC_E_LOGON_DENIED, NTSTATUS_LOGON_FAILURE, \
	  "the account belongs to a machine or a domain, not to a user") \
	X(ACCOUNT_NAME, "account-name", SEC_E_INVALID_TOKEN, NTSTATUS_INVALID_PARAMETER, \
	  "an account file cannot hold that name: it is empty or too long, or has a colon, a backslash, a " \
	  "control character or # in front") \
	X(PASSWORD_TEXT, "password-text", SEC_E_INVALID_TOKEN, NTSTATUS_INVALID_PARAMETER, \
	  "the password is no UTF-8 text") \
	X(NEW_PASSWORD, "new-password", SEC_E_INVALID_TOKEN, NTSTATUS_INVALID_PARAMETER, \
	  "a new password is text of 1 to 256 characters") \
	X(NO_ACCOUNTS, "no-accounts", SEC_E_LOGON_DENIED, NTSTATUS_LOGON_FAILURE, \
	  "the credential names no account file and no callback, so nobody can log on") \
	X(ACCOUNT_FILE_MISSING, "account-file-missing", SEC_E_LOGON_DENIED, NTSTATUS_LOGON_FAILURE, \
	  "the account file cannot be opened or read") \
	X(ACCOUNT_FILE_UNWRITABLE, "account-file-unwritable", SEC_E_LOGON_DENIED, NTSTATUS_ACCESS_DENIED, \
	  "the account file cannot be written") \
	X(ACCOUNT_FILE_UNSAFE, "account-file-unsafe", SEC_E_LOGON_DENIED, NTSTATUS_LOGON_FAILURE, \
	  "the account file must be a regular file of root or of this user, readable by its owner alone " \
	  "(chmod 600)") \
	X(ACCOUNT_FILE_MALFORMED, "account-file-malformed", SEC_E_LOGON_DENIED, NTSTATUS_LOGON_FAILURE, \
	  "the account file has a line that is cut or malformed") \
	X(AUTHORITY_FAILED, "authority-failed", SEC_E_NO_AUTHENTICATING_AUTHORITY, \
	  NTSTATUS_NO_LOGON_SERVERS, "the authority could not answer, so nobody is let in") \
	X(AUTHORITY_REFUSED, "authority-refused", SEC_E_LOGON_DENIED, NTSTATUS_LOGON_FAILURE, \
	  "the authority said no") \
	/* tokens */ \
	X(NOBODY_LOGGED_ON, "nobody-logged-on", SEC_E_NO_IMPERSONATION, NTSTATUS_ACCESS_DENIED, \
	  "nobody logged on at this end of the context") \
	X(IDENTIFY_ONLY, "identify-only", SEC_E_NO_IMPERSONATION, NTSTATUS_ACCESS_DENIED, \
	  "the client or the server asked for a token that says who the client is and no more") \
	X(ACCOUNT_NOT_LOCAL, "account-not-local", SEC_E_NO_IMPERSONATION, NTSTATUS_ACCESS_DENIED, \
	  "the account is of a domain, whose users have no uid here: no directory is asked yet") \
	X(NO_LOCAL_USER, "no-local-user", SEC_E_NO_IMPERSONATION, NTSTATUS_ACCESS_DENIED, \
	  "this machine has no user of exactly the account's name; make one, or rename the account") \
	X(USER_LOOKUP_FAILED, "user-lookup-failed", SEC_E_NO_IMPERSONATION, NTSTATUS_ACCESS_DENIED, \
	  "the users of this machine could not be asked; look at the services of /etc/nsswitch.conf") \
	X(UID_ZERO, "uid-zero", SEC_E_NO_IMPERSONATION, NTSTATUS_ACCESS_DENIED, \
	  "the token is of uid 0, which no thread becomes") \
	X(THREAD_IS_ANOTHER, "thread-is-another", SEC_E_NO_IMPERSONATION, NTSTATUS_ACCESS_DENIED, \
	  "the thread does not run as the token's user, and changing a thread is not built; run the " \
	  "program as that user") \
	/* CredSSP */ \
	X(CREDSSP_VERSION_REFUSED, "credssp-version-refused", SEC_E_UNSUPPORTED_FUNCTION, \
	  NTSTATUS_NOT_SUPPORTED, \
	  "the peer's CredSSP version is below what the policy admits (CVE-2018-0886); update the peer") \
	X(CREDSSP_VERSION_CHANGED, "credssp-version-changed", SEC_E_INVALID_TOKEN, NTSTATUS_LOGON_FAILURE, \
	  "the peer changed its CredSSP version within the exchange") \
	X(CREDSSP_NONCE, "credssp-nonce", SEC_E_INVALID_TOKEN, NTSTATUS_LOGON_FAILURE, \
	  "the clientNonce is missing, not 32 bytes long, or changed") \
	X(KEY_BINDING_WRONG, "key-binding-wrong", SEC_E_MESSAGE_ALTERED, NTSTATUS_LOGON_FAILURE, \
	  "the peer sees another TLS public key than ours: somebody stands in between") \
	X(NO_TS_REQUEST, "no-ts-request", SEC_E_INVALID_TOKEN, NTSTATUS_INVALID_PARAMETER, \
	  "the peer has left CredSSP: inside TLS it sends something else, as some servers do to refuse") \
	X(KEY_BINDING_MISSING, "key-binding-missing", SEC_E_INVALID_TOKEN, NTSTATUS_LOGON_FAILURE, \
	  "the server went on without proving that the TLS key is its own") \
	X(CREDENTIALS_MALFORMED, "credentials-malformed", SEC_E_INVALID_TOKEN, NTSTATUS_LOGON_FAILURE, \
	  "the delegated credentials are not formed as MS-CSSP 2.2.1.2 says") \
	X(NOT_THE_SAME_USER, "not-the-same-user", SEC_E_LOGON_DENIED, NTSTATUS_LOGON_FAILURE, \
	  "the delegated credentials name another user than the one who logged on") \
	X(DELEGATED_PASSWORD_WRONG, "delegated-password-wrong", SEC_E_LOGON_DENIED, NTSTATUS_LOGON_FAILURE, \
	  "the delegated password is not the account's") \
	X(REMOTE_GUARD, "remote-guard", SEC_E_LOGON_DENIED, NTSTATUS_NOT_SUPPORTED, \
	  "Remote Guard credentials cannot be tied to the one who logged on without Kerberos; not built " \
	  "yet") \
	X(PEER_ERROR_CODE, "peer-error-code", SEC_E_LOGON_DENIED, NTSTATUS_LOGON_FAILURE, \
	  "the server refused the logon and said why by errorCode") \
	X(SERVER_NOT_PROVED, "server-not-proved", SEC_E_MUTUAL_AUTH_FAILED, NTSTATUS_LOGON_FAILURE, \
	  "mutual authentication was asked for, but NTLM proves no server and nobody vouches for its " \
	  "certificate") \
	X(DELEGATION_NTLM_ONLY, "delegation-ntlm-only", SEC_E_POLICY_NLTM_ONLY, NTSTATUS_NOT_SUPPORTED, \
	  "NTLM does not prove who the server is, and nobody vouched for its certificate: the password " \
	  "stays here")

enum reason {
#define REASON_NAME(name, word, status, ntstatus, sentence) REASON_##name,
	REASON_LIST(REASON_NAME)
#undef REASON_NAME
		REASON_COUNT
};

/* SEC_I_ codes are no failures. */
static inline bool status_failed(SECURITY_STATUS status)
{
	return status < 0;
}

SECURITY_STATUS reason_status(enum reason reason);
uint32_t reason_ntstatus(enum reason reason);
const char *reason_word(enum reason reason);
const char *reason_sentence(enum reason reason);
/* What a fatal TLS alert from the peer means to the caller (Microsoft's TLS error table). */
SECURITY_STATUS reason_status_of_alert(uint8_t alert);

#endif
