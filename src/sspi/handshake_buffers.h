/* The buffer lists of a handshake call: what the caller gave, found by type, and what goes back into them. */
#ifndef OPENSSPI_SSPI_HANDSHAKE_BUFFERS_H
#define OPENSSPI_SSPI_HANDSHAKE_BUFFERS_H

#include "package/package.h"

#include <opensspi/sspi.h>

/* Members are NULL where the list has no such buffer. */
struct handshake_buffers {
	struct slice token;    /* the peer's */
	struct slice bindings; /* SEC_CHANNEL_BINDINGS */
	bool has_bindings;
	struct slice protocols;  /* a ProtocolNameList without its length; empty: none was given */
	uint64_t extended_flags; /* SEC_FLAGS */
	SecBuffer *input_empty;  /* becomes EXTRA or MISSING */
	SecBuffer *output, *output_empty, *alert;
	bool allocate;
	bool stream;
	bool error_is_alert; /* it goes into the buffer for alerts, if there is one */
};

/* Reads both lists (NULL is taken). BAD_BUFFERS; BUFFER_TOO_SMALL, OUTPUT_TOO_SMALL: no room for a token at all. */
NODISCARD enum reason handshake_buffers_read(PSecBufferDesc input, PSecBufferDesc output, bool allocate,
					     const struct security_package *package,
					     struct handshake_buffers *buffers);
/*
 * SEC_APPLICATION_PROTOCOLS: its one list of ALPN names (RFC 7301 3.1), which may be missing; lists of NPN are left
 * out. False: a size leaves `bytes`, a name is empty, or there are two lists.
 */
NODISCARD bool application_protocols_parse(struct slice bytes, struct slice *names);
/* Empties the output of a call that reads nothing. */
void handshake_buffers_silence(PSecBufferDesc output);
/*
 * The call failed for good: the one output is `token`, an error token, if it fits; else it is empty, and for an alert
 * OUTPUT_TOO_SMALL.
 */
enum reason handshake_buffers_fail(struct handshake_buffers *buffers, struct slice token);
/* The input ends inside a unit: nothing but the input's EMPTY changes. */
void handshake_buffers_incomplete(struct handshake_buffers *buffers, size_t missing);
/*
 * The token goes out, and `extra` bytes at the input's tail were not used. On failure nothing was written:
 * OUT_OF_MEMORY, BUFFER_TOO_SMALL, OUTPUT_TOO_SMALL; BAD_BUFFERS: no buffer could tell of the extra bytes, and they
 * would be lost.
 */
NODISCARD enum reason handshake_buffers_settle(struct handshake_buffers *buffers, struct slice token,
					       size_t extra);

#endif
