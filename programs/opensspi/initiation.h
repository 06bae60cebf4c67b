/* One logon on a server, from the first byte to the verdict: X.224 if it is RDP, then InitializeSecurityContext. */
#ifndef OPENSSPI_PROGRAMS_OPENSSPI_INITIATION_H
#define OPENSSPI_PROGRAMS_OPENSSPI_INITIATION_H

#include "initiator.h"
#include "network.h"
#include "verb.h"

#include <opensspi.h>

/*
 * The ends that InitializeSecurityContext does not decide. What the command decides has a status as the library would
 * give it; what merely ended keeps the last one.
 * Columns: name, word (stable: JSON prints it), status or SEC_I_CONTINUE_NEEDED for the last one, exit status,
 * sentence.
 */
#define INITIATION_END_LIST(X) \
	X(UNREACHABLE, "unreachable", SEC_I_CONTINUE_NEEDED, EXIT_TROUBLE, "the server cannot be reached") \
	X(CLOSED, "closed", SEC_I_CONTINUE_NEEDED, EXIT_TROUBLE, \
	  "the server closed the connection before it had heard who logs on") \
	X(CLOSED_AFTER_ANSWER, "closed-after-answer", SEC_E_LOGON_DENIED, EXIT_DENIED, \
	  "the server closed the connection when it had heard who logs on: so do servers to whom the name " \
	  "or " \
	  "the password is wrong, and their own log says more") \
	X(TIMEOUT, "timeout", SEC_I_CONTINUE_NEEDED, EXIT_TROUBLE, \
	  "the logon did not end within 30 seconds") \
	X(X224_MALFORMED, "x224-malformed", SEC_E_INVALID_TOKEN, EXIT_PROTOCOL, \
	  "the server does not answer as RDP servers do; `--framing raw` speaks CredSSP without X.224") \
	X(X224_REFUSED, "x224-refused", SEC_E_UNSUPPORTED_FUNCTION, EXIT_PROTOCOL, \
	  "the server does not take CredSSP; switch on Network Level Authentication there") \
	X(AUTHORIZATION_DENIED, "authorization-denied", SEC_E_LOGON_DENIED, EXIT_DENIED, \
	  "the password is right, but the user may not log on there by Remote Desktop") \
	X(AUTHORIZATION_MALFORMED, "authorization-malformed", SEC_E_INVALID_TOKEN, EXIT_PROTOCOL, \
	  "the early user authorization result is none") \
	X(FRAME_TOO_BIG, "frame-too-big", SEC_E_INVALID_TOKEN, EXIT_PROTOCOL, \
	  "the length in front of a token is more than the package takes; is it 4 bytes, big-endian?") \
	X(FRAME_UNEXPECTED, "frame-unexpected", SEC_E_INVALID_TOKEN, EXIT_PROTOCOL, \
	  "the server answered the last token by another one") \
	X(NO_MEMORY, "no-memory", SEC_E_INSUFFICIENT_MEMORY, EXIT_TROUBLE, "no memory was left")

enum initiation_end {
	INITIATION_BY_LIBRARY,
#define INITIATION_END_NAME(name, word, status, exit_status, sentence) INITIATION_##name,
	INITIATION_END_LIST(INITIATION_END_NAME)
#undef INITIATION_END_NAME
};

struct initiation {
	const struct initiator *initiator;
	int socket;
	int64_t deadline;
	struct byte_writer in; /* what came and is not used yet */
	CtxtHandle context;    /* SecIsValidHandle says whether there is one */
	uint32_t protocol;     /* --framing rdp: the one that was selected */
	uint32_t failure_code; /* X224_REFUSED: why, or 0 */
	/* Of the last InitializeSecurityContext. */
	bool has_status;
	SECURITY_STATUS status;
	uint32_t reached; /* ISC_RET_ */
	unsigned tokens;  /* that were sent to the server */
	enum initiation_end end;
};

/* On a connection that is open. Afterwards the fields say how it ended; SEC_E_OK and no end: logged on. */
void initiation_run(struct initiation *initiation, const struct initiator *initiator, int socket,
		    int64_t deadline);
/* Whether the server has been told who logs on: from then on a closed connection is its answer. */
bool initiation_has_answered(const struct initiation *initiation, const OPENSSPI_DESCRIPTION *known);
/* Deletes the context; the socket stays the caller's. */
void initiation_wipe(struct initiation *initiation);

#endif
