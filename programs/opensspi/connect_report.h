/* What `opensspi connect` says when it is known how the logon ended. */
#ifndef OPENSSPI_PROGRAMS_OPENSSPI_CONNECT_REPORT_H
#define OPENSSPI_PROGRAMS_OPENSSPI_CONNECT_REPORT_H

#include "connect_settings.h"
#include "outcome.h"

struct connect_report {
	const struct connect_settings *settings;
	const struct initiation *initiation;
	const OPENSSPI_DESCRIPTION *known; /* NULL: the library knows nothing of this connection */
	const char *trouble;               /* INITIATION_UNREACHABLE: why */
	struct outcome outcome;
};

void connect_report_json(struct byte_writer *out, const struct connect_report *report);
/* Sentences, on several lines. */
void connect_report_plain(struct byte_writer *out, const struct connect_report *report);

#endif
