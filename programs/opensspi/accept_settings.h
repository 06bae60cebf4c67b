/* The command line of `opensspi accept`. */
#ifndef OPENSSPI_PROGRAMS_OPENSSPI_ACCEPT_SETTINGS_H
#define OPENSSPI_PROGRAMS_OPENSSPI_ACCEPT_SETTINGS_H

#include "verb.h"

struct accept_settings {
	const char *listen, *package, *accounts, *policy;
	const char *certificate, *key; /* NULL: one is made */
	const char *keytab;            /* Kerberos; NULL: none */
	const char *relay;             /* or NULL */
	unsigned long count;           /* of connections; 0: no end */
	bool rdp, p256, ntlm_mic_announced, json;
};

/* False: the command ends with `ended`, and everything is said. */
NODISCARD bool accept_settings_read(int count, char **words, struct accept_settings *settings,
				    enum exit_status *ended);

#endif
