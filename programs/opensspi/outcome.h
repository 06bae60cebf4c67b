/* How a logon on a server ended, in one word, one sentence and one exit status. */
#ifndef OPENSSPI_PROGRAMS_OPENSSPI_OUTCOME_H
#define OPENSSPI_PROGRAMS_OPENSSPI_OUTCOME_H

#include "initiation.h"

struct outcome {
	enum exit_status exit_status;
	const char *meaning; /* of the exit status: "logged-on", "refused", ... */
	const char *status;  /* its name; NULL: InitializeSecurityContext was never called */
	const char *word, *sentence;
};

/* `known` is what the library tells of the context, or NULL. */
struct outcome outcome_of(const struct initiation *initiation, const OPENSSPI_DESCRIPTION *known);

#endif
