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
	uint64_t extended_flags; /* SEC_FLAGS */
	SecBuffer *input_empty;  /* becomes EXTRA or MISSING */
	SecBuffer *output, *output_empty, *alert;
	bool allocate;
	bool stream;
};

/* Reads both lists (NULL is taken). BAD_BUFFERS; BUFFER_TOO_SMALL, OUTPUT_TOO_SMALL: no room for a token at all. */
NODISCARD enum reason handshake_buffers_read(PSecBufferDesc input, PSecBufferDesc output, bool allocate,
					     bool stream, struct handshake_buffers *buffers);
/* Empties the output of a call that reads nothing. */
void handshake_buffers_silence(PSecBufferDesc output);
/* The call failed for good: the one output is `token`, an error token, if it fits; else it is empty. */
void handshake_buffers_fail(struct handshake_buffers *buffers, struct slice token);
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
