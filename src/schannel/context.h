/* A TLS connection and the credential behind it: what the files of this room share. */
#ifndef OPENSSPI_SCHANNEL_CONTEXT_H
#define OPENSSPI_SCHANNEL_CONTEXT_H

#include "crypto/digest.h"
#include "package/package.h"
#include "schannel/memory_bio.h"

#include <openssl/ssl.h>

/* RFC 8446 5.2, RFC 5288 3: what a record carries around its plaintext. */
enum {
	GCM_EXPLICIT_NONCE_SIZE = 8,
	TAG_SIZE = 16,
	INNER_TYPE_SIZE = 1,
};

/* RFC 5929: the prefix, and the longest digest or Finished. */
enum { BINDINGS_MAX = 21 + 64 };

/* How a peer's certificate is judged. */
struct peer_trust {
	struct secret pinned_certificate; /* SHA-256; initiator */
	bool by_store;                    /* those of the SSL_CTX's store have signed it, always */
	bool by_default;                  /* the same, unless a leg asks for MANUAL_VALIDATION */
	bool any_host;
	bool manual;
};

struct schannel_credential {
	struct package_credential base;
	SSL_CTX *server, *client;          /* NULL: not for this direction */
	struct certificate **certificates; /* the first is for everybody; the others for their hosts */
	size_t count;
	struct secret name; /* the first one's subject, UTF-16LE */
	struct peer_trust of_clients, of_servers;
	struct secret account_map; /* a path with its NUL, or empty */
	bool names_count; /* who may sign is named: a user principal name in a client's certificate counts */
	struct policy policy;
};

enum judge {
	JUDGE_NOBODY, /* not chosen yet */
	JUDGE_CALLER,
	JUDGE_PIN,
	JUDGE_STORE,
};

/* Bytes that a leg has used already and that a caller may bring once more. */
struct known_bytes {
	size_t size; /* 0: none */
	uint8_t digest[SHA256_SIZE];
};

struct schannel_context {
	struct package_context base;
	const struct schannel_credential *credential;
	enum role role;
	SSL *ssl;
	struct memory_bio memory;
	bool started, established, refused;
	bool closed;            /* the peer has said so */
	bool closing, shut;     /* this side is to say so; has said so */
	bool handshake_due;     /* told by SEC_I_RENEGOTIATE: a leg first */
	bool saw_handshake;     /* in the record that is being opened */
	bool lost_words;        /* what the peer was owed for that record could not be told */
	bool supplied_only;     /* FLAG_SUPPLIED_CREDS: no question for another certificate */
	bool certificate_asked; /* initiator: the server wants one */
	bool question_put;      /* SEC_I_INCOMPLETE_CREDENTIALS was said */
	enum judge judge;
	bool peer_verified; /* by the store or the pin */
	struct known_bytes known;
	struct byte_writer owed;       /* for the peer, in the next leg */
	struct secret protocols;       /* ALPN, as the caller listed them */
	const struct certificate *own; /* shown to the peer; NULL: none was */
	X509 *peer;                    /* NULL: showed none */
	struct span peer_der;
	uint32_t header_size, trailer_size, longest; /* of a record; of its plaintext */
	uint8_t end_point[BINDINGS_MAX], unique[BINDINGS_MAX];
	size_t end_point_size, unique_size;
	struct account account; /* acceptor: whom the client's certificate stands for */
	bool has_account;
	struct secret app_data, keying_material;
	struct byte_writer *answer; /* what the value of the last query borrows from */
};

/* credential.c */
enum reason schannel_acquire(const struct acquire_request *request, struct package_credential **made);
void schannel_free_credential(struct package_credential *base);
enum reason schannel_query_credential(const struct package_credential *base,
				      enum credential_attribute attribute,
				      union credential_attribute_value *value);
/* Shows this certificate to the peer. */
enum reason schannel_show(SSL *ssl, const struct certificate *certificate);

/* handshake.c */
leg_function schannel_accept, schannel_initiate;
enum reason schannel_control(struct package_context *base, struct slice token);
enum reason schannel_adopt(struct package_context *base, const struct package_credential *credential);

/* messages.c */
message_function schannel_seal, schannel_open;

/* attributes.c */
enum reason schannel_query(const struct package_context *base, enum attribute attribute,
			   union attribute_value *value);
enum reason schannel_set(struct package_context *base, enum setting setting,
			 const union setting_value *value);

/* The context of an SSL object. */
static inline struct schannel_context *schannel_context_of(const SSL *ssl)
{
	return SSL_get_app_data(ssl);
}

/* The server's certificate of this connection, whose public key CredSSP binds to. */
static inline X509 *schannel_server_certificate(const struct schannel_context *context)
{
	if (context->role == ROLE_INITIATE)
		return context->peer;
	return context->own ? certificate_x509(context->own) : NULL;
}

#endif
