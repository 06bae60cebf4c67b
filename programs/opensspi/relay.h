/*
 * A test aid: passes the session of a client that logged on to an RDP server behind it, which speaks TLS and is not
 * told who the client is.
 */
#ifndef OPENSSPI_PROGRAMS_OPENSSPI_RELAY_H
#define OPENSSPI_PROGRAMS_OPENSSPI_RELAY_H

#include "channel.h"

/* Until one side closes. `selected` is what the client was told in RDP_NEG_RSP. Returns NULL, or what went wrong. */
const char *relay_session(const struct channel *client, const char *server, uint32_t selected);

#endif
