/* One client of `opensspi accept`, from its first byte to its last. */
#ifndef OPENSSPI_PROGRAMS_OPENSSPI_CONNECTION_H
#define OPENSSPI_PROGRAMS_OPENSSPI_CONNECTION_H

#include "network.h"

#include <sspi.h>

/* What all connections share; nobody changes it while one lives. */
struct acceptor {
	CredHandle credential;
	bool rdp;    /* --framing rdp */
	bool stream; /* the package's tokens are a stream of bytes; else each comes behind its length */
	uint32_t max_token; /* the longest token that the package takes */
	const char *relay;  /* ADDRESS:PORT, or NULL */
	bool json;
};

/* Serves the client, prints one line about it, and closes the socket. Waits for this client only. */
void connection_serve(const struct acceptor *acceptor, int socket, const char *peer);

#endif
