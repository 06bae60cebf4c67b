#include "accept_settings.h"

#include "network.h"
#include "options.h"

#include <errno.h>
#include <stdlib.h>

#define DEFAULT_LISTEN   "127.0.0.1:3389"
#define DEFAULT_ACCOUNTS "/var/lib/opensspi/accounts"

static bool read_number(const char *text, unsigned long *number)
{
	char *end;

	errno = 0;
	*number = strtoul(text, &end, 10);
	return !*end && !errno && text[0] >= '1' && text[0] <= '9';
}

/* NULL, or what cannot be. */
static const char *check(const struct accept_settings *settings)
{
	if (!network_is_address(settings->listen))
		return "--listen wants ADDRESS:PORT, for example 0.0.0.0:3389 or [::1]:0";
	if (settings->relay && !network_is_address(settings->relay))
		return "--relay wants ADDRESS:PORT";
	if (settings->relay && !settings->rdp)
		return "--relay passes RDP sessions: it goes with --framing rdp";
	if (settings->key && !settings->certificate)
		return "--key goes with --cert";
	return NULL;
}

bool accept_settings_read(int count, char **words, struct accept_settings *settings, enum exit_status *ended)
{
	const char *framing = "rdp", *key_type = NULL, *ntlm_mic = NULL, *number = NULL, *wrong;
	const struct option options[] = {
		{ .name = "--listen",
		  .argument = "ADDR:PORT",
		  .text = &settings->listen,
		  .help = "where to listen (" DEFAULT_LISTEN "); port 0: any that is free" },
		{ .name = "--framing",
		  .argument = "rdp|raw",
		  .text = &framing,
		  .choices = "rdp|raw",
		  .help = "rdp: X.224 in front, as RDP clients speak (the default)\n"
			  "raw: CREDSSP's bytes as they are; tokens of other packages behind\n"
			  "a 4-byte big-endian length" },
		{ .name = "--package",
		  .argument = "NAME",
		  .text = &settings->package,
		  .help = "the security package (CREDSSP); `opensspi packages` lists them" },
		{ .name = "--accounts",
		  .argument = "FILE",
		  .text = &settings->accounts,
		  .help = "who may log on (" DEFAULT_ACCOUNTS ")" },
		{ .name = "--keytab",
		  .argument = "FILE",
		  .text = &settings->keytab,
		  .help = "the keys of the services that this is, for clients of Kerberos" },
		{ .name = "--cert",
		  .argument = "PEM",
		  .text = &settings->certificate,
		  .help = "the server's certificate and its chain; without it one is made" },
		{ .name = "--key",
		  .argument = "PEM",
		  .text = &settings->key,
		  .help = "its private key, unless the certificate's file has it" },
		{ .name = "--key-type",
		  .argument = "TYPE",
		  .text = &key_type,
		  .choices = "rsa2048|p256",
		  .help = "of the certificate that is made: rsa2048 (the default) or p256" },
		{ .name = "--policy",
		  .argument = "NAME",
		  .text = &settings->policy,
		  .choices = "force-updated|mitigated|vulnerable",
		  .help = "CredSSP versions: force-updated (the default: 5 and 6 alone), or\n"
			  "mitigated or vulnerable (2 to 6; both are the same for a server)" },
		{ .name = "--ntlm-mic",
		  .argument = "announced",
		  .text = &ntlm_mic,
		  .choices = "announced",
		  .help = "let clients in that sign without having announced a MIC" },
		{ .name = "--relay",
		  .argument = "ADDR:PORT",
		  .text = &settings->relay,
		  .help = "pass who logged on to the RDP server there, by TLS; a test aid: its\n"
			  "certificate is not checked, and it is not told who came" },
		{ .name = "--count", .argument = "N", .text = &number, .help = "end after N connections" },
		{ .name = "--json", .set = &settings->json, .help = "one JSON object a line" },
	};
	const struct usage usage = { "accept [OPTIONS]", options, COUNT_OF(options), 0,
				     "Prints one line for each connection, refused ones too. Exit status: 0 "
				     "after --count connections,\n"
				     "1 wrong settings, 2 network trouble. OPENSSPI_TRACE=stderr in the "
				     "environment shows each step." };
	size_t operands;

	*settings = (struct accept_settings) { .listen = DEFAULT_LISTEN,
					       .package = "CREDSSP",
					       .accounts = DEFAULT_ACCOUNTS,
					       .policy = "force-updated" };
	if (!options_read(&usage, count, words, &operands, ended))
		return false;
	settings->rdp = strcmp(framing, "rdp") == 0;
	settings->p256 = key_type && strcmp(key_type, "p256") == 0;
	settings->ntlm_mic_announced = ntlm_mic;
	wrong = check(settings);
	if (key_type && settings->certificate)
		wrong = "--key-type is for the certificate that is made without --cert";
	if (number && !read_number(number, &settings->count))
		wrong = "--count wants a number from 1 up";
	if (wrong)
		complain("%s", wrong);
	*ended = EXIT_USAGE;
	return !wrong;
}
