/* What is said about a connection when it is known how it ended: one line. */
#ifndef OPENSSPI_PROGRAMS_OPENSSPI_VERDICT_H
#define OPENSSPI_PROGRAMS_OPENSSPI_VERDICT_H

#include "base/byte_writer.h"

#include <opensspi.h>

/*
 * The ends that AcceptSecurityContext does not decide; its own have their words in the library. What the command
 * refuses has a status as the library would give it; what merely ended keeps the last one.
 * Columns: name, word (stable: JSON prints it), status or SEC_I_CONTINUE_NEEDED for the last one, sentence.
 */
#define END_LIST(X) \
	X(CLOSED, "closed", SEC_I_CONTINUE_NEEDED, \
	  "the client closed the connection before it had logged on") \
	X(TIMEOUT, "timeout", SEC_I_CONTINUE_NEEDED, "the client did not log on within 30 seconds") \
	X(X224_MALFORMED, "x224-malformed", SEC_E_INVALID_TOKEN, \
	  "it did not begin with an X.224 Connection Request as RDP clients do; `--framing raw` takes " \
	  "CredSSP without it") \
	X(X224_REFUSED, "x224-refused", SEC_E_UNSUPPORTED_FUNCTION, \
	  "the client did not offer CredSSP; switch on Network Level Authentication there") \
	X(FRAME_TOO_BIG, "frame-too-big", SEC_E_INVALID_TOKEN, \
	  "the length in front of a token is 0 or more than the package takes; is it 4 bytes, big-endian?") \
	X(NO_MEMORY, "no-memory", SEC_E_INSUFFICIENT_MEMORY, "no memory was left")

enum end {
	END_BY_LIBRARY,
#define END_NAME(name, word, status, sentence) END_##name,
	END_LIST(END_NAME)
#undef END_NAME
};

struct verdict {
	const char *peer; /* ADDRESS:PORT */
	enum end end;
	bool has_status;
	SECURITY_STATUS status;            /* of the last AcceptSecurityContext */
	OPENSSPI_DESCRIPTION *description; /* NULL: the library knows nothing of this connection */
	OPENSSPI_TOKEN *token;             /* NULL: nobody logged on, or it is not asked for */
	uint64_t cpu_microseconds;         /* spent in AcceptSecurityContext */
};

void verdict_write_json(struct byte_writer *out, const struct verdict *verdict);
void verdict_write_plain(struct byte_writer *out, const struct verdict *verdict);

#endif
