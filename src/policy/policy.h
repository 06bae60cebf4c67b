/* What is allowed: one const struct, frozen in a credential when it is acquired (docs/decisions.md 10). */
#ifndef OPENSSPI_POLICY_POLICY_H
#define OPENSSPI_POLICY_POLICY_H

#include <stdbool.h>
#include <stdint.h>

/* MS-CSSP 2.2.1: the versions of TSRequest; 5 and 6 bind the key by hash and nonce (CVE-2018-0886). */
enum {
	CREDSSP_VERSION_MIN = 2,
	CREDSSP_VERSION_ERROR_CODE = 3, /* the first that knows errorCode; 5 again does not */
	CREDSSP_VERSION_NO_ERROR_CODE = 5,
	CREDSSP_VERSION_NONCE = 5, /* the first that binds by hash */
	CREDSSP_VERSION_MAX = 6,
};

struct policy {
	uint32_t credssp_client_min;  /* acceptor: the lowest version of a client that is let in */
	uint32_t credssp_server_min;  /* initiator: the lowest version of a server that is spoken to */
	uint32_t credssp_version;     /* our own highest, written in every TSRequest */
	bool ntlm;                    /* off: no NTLM byte is read or written */
	bool ntlm_mic_announced_only; /* ntlm-mic=announced: a client that announced no MIC may leave it out */
	bool ntlm_delegation;         /* initiator: delegate although NTLM proved no server */
	bool empty_passwords;         /* let accounts with the empty password log on */
	bool tls_1_2, tls_1_3;        /* one at least */
	uint32_t tls_bits_min, tls_bits_max; /* of the cipher; 0: no limit */
};

/* force-updated, the default. */
extern const struct policy policy_default;

/* By the names of the Windows setting "Encryption Oracle Remediation"; NULL is the default. False: no such name. */
bool policy_set_remediation(struct policy *policy, const char *name);

#endif
