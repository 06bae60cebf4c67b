/*
 * OpenSSL alone, in memory, with the settings that src/schannel has: what every number of ours is compared with.
 */
#ifndef OPENSSPI_BENCH_BARE_TLS_H
#define OPENSSPI_BENCH_BARE_TLS_H

#include "server_files.h"

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>

/* `version`: TLS1_2_VERSION or TLS1_3_VERSION. */
SSL_CTX *bare_server_settings(int version, const struct server_files *files);
SSL_CTX *bare_client_settings(int version);

/* One end of a connection, and what its own calls have cost so far. What it says lies in a memory BIO. */
struct bare_end {
	SSL *ssl;
	BIO *in, *out;
	uint64_t nanoseconds;
};

void bare_start(struct bare_end *end, SSL_CTX *settings, bool is_server);
void bare_stop(struct bare_end *end);

/* Takes what the peer said and goes on with the handshake. True: that is over. */
bool bare_step(struct bare_end *end, struct bare_end *peer);
/* A whole handshake. */
void bare_shake_hands(struct bare_end *client, struct bare_end *server);

/* Application data, whole. */
void bare_write(struct bare_end *end, const void *bytes, size_t size);
void bare_read(struct bare_end *end, struct bare_end *peer, void *bytes, size_t size);

#endif
