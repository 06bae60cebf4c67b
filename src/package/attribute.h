/* What a package can be asked about a context. Values borrow from the context. */
#ifndef OPENSSPI_PACKAGE_ATTRIBUTE_H
#define OPENSSPI_PACKAGE_ATTRIBUTE_H

#include "base/slice.h"

#include <stdint.h>

struct account;
struct package_context;

enum attribute {
	ATTRIBUTE_SIZES,         /* sizes */
	ATTRIBUTE_STREAM_SIZES,  /* stream_sizes */
	ATTRIBUTE_SESSION_KEY,   /* bytes */
	ATTRIBUTE_KEY_INFO,      /* key_info */
	ATTRIBUTE_PUBLIC_KEY,    /* bytes: subjectPublicKey of the server's certificate in this connection */
	ATTRIBUTE_ACCOUNT,       /* account: who was accepted */
	ATTRIBUTE_CLAIMED_NAMES, /* names: what the client called itself; initiator: its own name */
	ATTRIBUTE_TLS,           /* tls */
	ATTRIBUTE_INNER,         /* inner: the package that authenticated */
	ATTRIBUTE_CREDSSP,       /* credssp */
	ATTRIBUTE_DELEGATED,     /* delegated; REASON_NO_CREDENTIAL if nothing was */
	ATTRIBUTE_MIC_ANNOUNCED, /* mic_announced: NTLM's MIC, which makes SPNEGO's due (MS-SPNG 3.2.5.1) */
	ATTRIBUTE_LOCAL_CERTIFICATE,  /* bytes: DER */
	ATTRIBUTE_REMOTE_CERTIFICATE, /* bytes: DER; also of a server that was refused for it */
	ATTRIBUTE_TARGET_NAME,       /* acceptor; bytes: UTF-16LE, the target that the client says it means */
	ATTRIBUTE_SERVER_JUDGED,     /* server_judged: initiator, how the server's certificate was judged */
	ATTRIBUTE_UNIQUE_BINDINGS,   /* bytes: with the prefix of RFC 5929 */
	ATTRIBUTE_ENDPOINT_BINDINGS, /* bytes: the same */
	ATTRIBUTE_APPLICATION_PROTOCOL, /* bytes: the name ALPN chose; empty: none */
	ATTRIBUTE_APP_DATA,             /* bytes: what SETTING_APP_DATA left */
	ATTRIBUTE_KEYING_MATERIAL,      /* bytes: by SETTING_KEYING_MATERIAL, which must have been set */
	ATTRIBUTE_SESSION_ID,           /* session: the TLS session */
	ATTRIBUTE_CIPHER,               /* cipher: of the TLS connection */
	ATTRIBUTE_SIGNATURES, /* bytes: the peer's signature algorithms: hash, signature, hash, ... */
	/* bytes: DER names, one after another, that a server takes client certificates of; early */
	ATTRIBUTE_ISSUERS,
	ATTRIBUTE_REMOTE_CHAIN,    /* chain: the peer's certificates, DER, the leaf first */
	ATTRIBUTE_LOCAL_CERT_INFO, /* certificate_info */
	ATTRIBUTE_ISSUER,          /* bytes: UTF-16LE, who signed the peer's certificate */
	/* expiry: until when a credential could act as the client (acquire_request); NO_CREDENTIAL: none can */
	ATTRIBUTE_CLIENT_TICKETS,
};

/* What QueryCredentialsAttributes asks a package's credential for. */
enum credential_attribute {
	CREDENTIAL_PROTOCOLS,  /* protocols */
	CREDENTIAL_STRENGTHS,  /* strengths */
	CREDENTIAL_ALGORITHMS, /* algorithms */
	CREDENTIAL_NAME, /* bytes: UTF-16LE, whom its certificate names; REASON_NO_CREDENTIAL: it has none */
};

union credential_attribute_value {
	struct {
		bool tls_1_2, tls_1_3, accept; /* accept: for servers */
	} protocols;
	struct {
		uint32_t minimum, maximum; /* bits */
	} strengths;
	struct {
		bool aes_128, aes_256, chacha20;
	} algorithms;
	struct slice bytes;
};

/* MS-CSSP 2.2.1.2: credType. */
enum delegated_type {
	DELEGATED_NONE = 0,
	DELEGATED_PASSWORD = 1,
	DELEGATED_SMART_CARD = 2,
	DELEGATED_REMOTE_GUARD = 6,
};

union attribute_value {
	struct {
		uint32_t max_token, max_signature, block, security_trailer;
	} sizes;
	struct {
		uint32_t header, trailer, maximum_message;
	} stream_sizes;
	struct slice bytes;
	int64_t expiry; /* FILETIME, UTC; 0: never */
	struct {
		const char *signature, *encryption; /* static */
		uint32_t bits;
		uint32_t signature_number,
			encryption_number; /* KERB_CHECKSUM_ of ntsecapi.h, CALG_ of wincrypt.h */
	} key_info;
	const struct account *account;
	bool mic_announced;
	struct {
		struct slice user, domain; /* UTF-16LE */
	} names;
	struct {
		const char *version, *cipher; /* static: "1.3", the suite's IANA name */
		uint16_t protocol;            /* RFC 8446 4.2.1: 0x0303, 0x0304 */
		uint32_t cipher_bits;
	} tls;
	struct {
		const struct package_context *context; /* NULL before the first token */
		const char *name;
	} inner;
	struct {
		uint32_t peer_version; /* as it counts here; 0: not known yet */
	} credssp;
	enum certificate_verdict {
		CERTIFICATE_NOT_JUDGED, /* left to the caller */
		CERTIFICATE_PINNED,
		CERTIFICATE_TRUSTED,
	} server_judged;
	struct {
		struct slice id;
		bool resumed;
	} session;
	struct {
		uint16_t suite;                       /* IANA's number */
		const char *name;                     /* static: IANA's name */
		const char *cipher, *hash, *exchange; /* static; as SecPkgContext_CipherInfo names them */
		const char *certificate;              /* the key type of the server's: "RSA", "ECDSA" */
		uint32_t bits, block, hash_bits, exchange_bits;
	} cipher;
	struct {
		struct slice bytes;
		uint32_t count;
	} chain;
	struct {
		struct slice subject, issuer; /* UTF-16LE */
		uint32_t key_bits;
	} certificate_info;
	struct {
		enum delegated_type type;
		struct slice user, domain, password; /* type PASSWORD only; as sent; UTF-16LE */
	} delegated;
};

#endif
