/* What follows a logon by CREDSSP: the TLS stream of its context, through EncryptMessage and DecryptMessage. */
#ifndef OPENSSPI_PROGRAMS_OPENSSPI_CHANNEL_H
#define OPENSSPI_PROGRAMS_OPENSSPI_CHANNEL_H

#include "network.h"

#include <sspi.h>

struct channel {
	CtxtHandle *context; /* finished, the caller's */
	int connection;
	SecPkgContext_StreamSizes sizes;
	struct byte_writer *received; /* the caller's: records that came and are not opened yet */
};

/* False: the context has no stream. */
NODISCARD bool channel_begin(struct channel *channel, CtxtHandle *context, int connection,
			     struct byte_writer *received);
NODISCARD enum network channel_send(const struct channel *channel, int64_t deadline, struct slice plain);
/* Appends to `plain` what the records that are there hold, without waiting. CLOSED: the client ended the stream. */
NODISCARD enum network channel_open(const struct channel *channel, struct byte_writer *plain);

#endif
