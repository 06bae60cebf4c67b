/* opensspi connect: one connection to a server, and what is said about it. */
#include "connect_report.h"
#include "connect_settings.h"
#include "initiation.h"

#include <signal.h>

enum { LOGON_MILLISECONDS = 30000 };

static enum exit_status report(const struct connect_settings *settings, struct initiation *initiation,
			       const char *trouble)
{
	CLEANUP(writer_wipe) struct byte_writer line = writer_growing();
	OPENSSPI_DESCRIPTION *known = NULL;
	struct connect_report report = { .settings = settings, .initiation = initiation, .trouble = trouble };

	/* Where the first call failed there is no context: NULL asks for what this thread's last call said. */
	if (initiation->has_status &&
	    OpensspiDescribeContext(SecIsValidHandle(&initiation->context) ? &initiation->context : NULL,
				    &known) != SEC_E_OK)
		known = NULL;
	report.known = known;
	report.outcome = outcome_of(initiation, known);
	if (settings->json)
		connect_report_json(&line, &report);
	else
		connect_report_plain(&line, &report);
	print_line(&line);
	(void)FreeContextBuffer(known);
	return report.outcome.exit_status;
}

static enum exit_status log_on(const struct connect_settings *settings, const struct initiator *initiator)
{
	CLEANUP(initiation_wipe) struct initiation initiation = { .end = INITIATION_UNREACHABLE };
	int64_t deadline = network_deadline(LOGON_MILLISECONDS);
	const char *trouble;
	int socket = network_connect(settings->server, deadline, &trouble);
	enum exit_status ended;

	SecInvalidateHandle(&initiation.context);
	if (socket < 0)
		return report(settings, &initiation, trouble);
	initiation_run(&initiation, initiator, socket, deadline);
	ended = report(settings, &initiation, NULL);
	network_end(socket);
	return ended;
}

enum exit_status connect_verb(int count, char **words)
{
	struct connect_settings settings;
	struct initiator initiator;
	enum exit_status ended;

	if (!connect_settings_read(count, words, &settings, &ended))
		return ended;
	if (!initiator_acquire(&initiator, &settings))
		return EXIT_USAGE;
	(void)signal(SIGPIPE, SIG_IGN);
	ended = log_on(&settings, &initiator);
	initiator_free(&initiator);
	return ended;
}
