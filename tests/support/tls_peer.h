/* The other end of a TLS connection: OpenSSL's own SSL object over memory, a stranger to src/schannel. */
#ifndef OPENSSPI_TESTS_SUPPORT_TLS_PEER_H
#define OPENSSPI_TESTS_SUPPORT_TLS_PEER_H

#include "base/byte_writer.h"
#include "certificate/certificate.h"
#include "support/side.h"

#include <openssl/ssl.h>

struct tls_peer {
	SSL_CTX *settings; /* to be changed before the first handshake step */
	SSL *ssl;
	struct byte_writer sent; /* what it sent and nobody took */
};

/* Of the names of test_host_names; made once in a program. */
const struct certificate *test_certificate(enum certificate_key_type type);

/* `version`: TLS1_2_VERSION or TLS1_3_VERSION, and no other. */
void tls_peer_client(struct tls_peer *peer, int version);
void tls_peer_server(struct tls_peer *peer, int version, enum certificate_key_type type);
void tls_peer_end(struct tls_peer *peer);

/* Hands `bytes` to the peer and lets it go on with its handshake; what SSL_get_error says. */
int tls_peer_step(struct tls_peer *peer, struct slice bytes);
/* Writes `plain` as application data. */
void tls_peer_write(struct tls_peer *peer, struct slice plain);
/* Hands `bytes` to the peer and appends all the application data that it reads from them; what SSL_get_error says. */
int tls_peer_read(struct tls_peer *peer, struct slice bytes, struct byte_writer *plain);
/* What it sent since the last call; it stays until the next. */
struct slice tls_peer_take(struct tls_peer *peer);
/* The last alert it got: level << 8 | description; 0: none. */
int tls_peer_alert(const struct tls_peer *peer);

/* Both to the end of the handshake, flight by flight; the test fails if they do not get there. */
void tls_peer_connect(struct tls_peer *peer, struct side *side);

#endif
