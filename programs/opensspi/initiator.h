/* What a connection to a server is made with: the credential and what is asked for. */
#ifndef OPENSSPI_PROGRAMS_OPENSSPI_INITIATOR_H
#define OPENSSPI_PROGRAMS_OPENSSPI_INITIATOR_H

#include "connect_settings.h"
#include "package.h"

#include <opensspi.h>

struct initiator {
	CredHandle credential;
	const char *target; /* the settings' */
	uint32_t request;   /* ISC_REQ_ */
	bool rdp;           /* --framing rdp */
	struct package package;
};

/* Reads the password where the settings say. False: it came to no credential; said on standard error. */
NODISCARD bool initiator_acquire(struct initiator *initiator, const struct connect_settings *settings);
void initiator_free(struct initiator *initiator);

#endif
