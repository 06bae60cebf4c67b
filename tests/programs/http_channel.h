/* One connection of the HTTP server: a socket, alone or under TLS of package Schannel, as IIS has it. */
#ifndef OPENSSPI_TESTS_PROGRAMS_HTTP_CHANNEL_H
#define OPENSSPI_TESTS_PROGRAMS_HTTP_CHANNEL_H

#include "base/byte_writer.h"

#include <opensspi.h>

struct http_channel {
	int socket;
	CredHandle *tls; /* NULL: no TLS */
	CtxtHandle context;
	struct byte_writer sealed; /* records that came and are not opened yet */
};

/* Takes the socket over. False: no TLS came about; close it all the same. */
bool http_channel_open(struct http_channel *channel, int socket, CredHandle *tls);
void http_channel_close(struct http_channel *channel);
/* Waits for some bytes and appends them. False: the client has gone, or says nothing. */
bool http_channel_receive(struct http_channel *channel, struct byte_writer *in);
bool http_channel_send(struct http_channel *channel, struct slice bytes);

#endif
