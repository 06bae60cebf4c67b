/* One client of `opensspi accept`, from its first byte to its last. */
#ifndef OPENSSPI_PROGRAMS_OPENSSPI_CONNECTION_H
#define OPENSSPI_PROGRAMS_OPENSSPI_CONNECTION_H

#include "network.h"
#include "package.h"

#include <sspi.h>

/* What all connections share; nobody changes it while one lives. */
struct acceptor {
	CredHandle credential;
	bool rdp; /* --framing rdp */
	struct package package;
	const char *relay; /* ADDRESS:PORT, or NULL */
	bool json;
};

/* Serves the client, prints one line about it, and closes the socket. Waits for this client only. */
void connection_serve(const struct acceptor *acceptor, int socket, const char *peer);

#endif
