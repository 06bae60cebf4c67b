/* The RDP server behind the relay: X.224 with PROTOCOL_SSL, then TLS. Its certificate is not checked. */
#ifndef OPENSSPI_PROGRAMS_OPENSSPI_BACKEND_H
#define OPENSSPI_PROGRAMS_OPENSSPI_BACKEND_H

#include "network.h"

#include <openssl/ssl.h>

struct backend {
	int connection; /* -1: none */
	SSL_CTX *tls_context;
	SSL *tls;
};

/* NULL, or a static sentence: what went wrong. The caller calls backend_close in both cases. */
NODISCARD const char *backend_open(struct backend *backend, const char *where, int64_t deadline);
void backend_close(struct backend *backend);
NODISCARD enum network backend_send(struct backend *backend, int64_t deadline, struct slice plain);
/* Appends what is there, without waiting; that may be nothing (a session ticket is no data). */
NODISCARD enum network backend_receive(struct backend *backend, struct byte_writer *plain);

#endif
