#include "connect_settings.h"

#include "network.h"
#include "options.h"

#include <stdio.h>

#define DEFAULT_PACKAGE "CREDSSP"
#define SERVICE         "TERMSRV/" /* of RDP */

/* What the options say, before it is known whether that can be. */
struct given {
	const char *framing, *target, *pin, *credssp_version;
	bool insecure, keep_password;
};

static int digit_of(char character)
{
	if (character >= '0' && character <= '9')
		return character - '0';
	if (character >= 'a' && character <= 'f')
		return character - 'a' + 10;
	return character >= 'A' && character <= 'F' ? character - 'A' + 10 : -1;
}

/* "3a:0f:..." as programs show it, or "3a0f...". */
static bool read_pin(const char *text, uint8_t pin[CONNECT_PIN_SIZE])
{
	for (size_t i = 0; i < CONNECT_PIN_SIZE; i++) {
		int high, low;

		if (i && *text == ':')
			text++;
		high = digit_of(text[0]);
		low = high < 0 ? -1 : digit_of(text[1]);
		if (low < 0)
			return false;
		pin[i] = (uint8_t)(high << 4 | low);
		text += 2;
	}
	return !*text;
}

/* --target, or the service of RDP at the host. A host with colons stands in brackets, which are no part of it. */
static bool choose_target(const struct given *given, struct connect_settings *settings)
{
	const char *host = settings->server, *colon = strrchr(host, ':');
	int size = (int)(colon - host), written;

	if (host[0] == '[') {
		host++;
		size -= 2;
	}
	if (given->target)
		written = snprintf(settings->target, sizeof(settings->target), "%s", given->target);
	else
		written = snprintf(settings->target, sizeof(settings->target), SERVICE "%.*s", size, host);
	return written > 0 && (size_t)written < sizeof(settings->target);
}

/* DOMAIN\USER, as people write it. False: the domain is given twice, or a part is missing. */
static bool split_user(struct connect_settings *settings)
{
	const char *backslash = strchr(settings->user, '\\');
	size_t size = backslash ? (size_t)(backslash - settings->user) : 0;

	if (!backslash)
		return settings->user[0];
	if (settings->domain || !backslash[1] || size >= sizeof(settings->domain_of_user))
		return false;
	memcpy(settings->domain_of_user, settings->user, size);
	settings->domain_of_user[size] = '\0';
	settings->domain = settings->domain_of_user;
	settings->user = backslash + 1;
	return true;
}

/* NULL, or what cannot be. */
static const char *choose_trust(const struct given *given, struct connect_settings *settings)
{
	int count = !!settings->trusted_file + !!given->pin + given->insecure;

	if (count > 1)
		return "--cafile, --pin and --insecure: one of them";
	if (count && strcasecmp(settings->package, DEFAULT_PACKAGE) != 0)
		return "--cafile, --pin and --insecure are about the certificate of TLS, which only CREDSSP "
		       "has";
	if (given->pin && !read_pin(given->pin, settings->pin))
		return "--pin wants the SHA-256 of the server's certificate, 64 hexadecimal digits";
	if (settings->trusted_file)
		settings->trust = TRUST_FILE;
	else if (given->pin)
		settings->trust = TRUST_PIN;
	else
		settings->trust = given->insecure ? TRUST_NOBODY : TRUST_SYSTEM;
	return NULL;
}

static const char *check(const struct given *given, struct connect_settings *settings)
{
	if (!settings->server)
		return "connect wants the server, HOST:PORT";
	if (!network_is_address(settings->server))
		return "the server is HOST:PORT, for example rdp.example.test:3389 or [::1]:3389";
	if (!settings->user && !settings->ticket_cache)
		return "--user says who logs on, or --ccache";
	if (settings->user && !split_user(settings))
		return "--user wants a name, or DOMAIN\\USER where there is no --domain";
	if (!choose_target(given, settings))
		return "the target is too long, or empty";
	return choose_trust(given, settings);
}

bool connect_settings_read(int count, char **words, struct connect_settings *settings,
			   enum exit_status *ended)
{
	struct given given = { .framing = "rdp" };
	const struct option options[] = {
		{ .name = "--user",
		  .argument = "NAME",
		  .text = &settings->user,
		  .help = "who logs on: USER, DOMAIN\\USER or USER@DOMAIN" },
		{ .name = "--domain",
		  .argument = "NAME",
		  .text = &settings->domain,
		  .help = "the user's domain" },
		{ .name = "--password-file",
		  .argument = "FILE",
		  .text = &settings->password_file,
		  .help = "its first line is the password; - or no such option: the first line\n"
			  "of standard input, and a terminal is asked without an echo" },
		{ .name = "--ccache",
		  .argument = "FILE",
		  .text = &settings->ticket_cache,
		  .help = "log on by Kerberos with the tickets of this cache; without --user\n"
			  "no password is asked for, and none can be delegated" },
		{ .name = "--kerberos-only",
		  .set = &settings->kerberos_only,
		  .help = "no NTLM, whatever the server chooses: without Kerberos no logon" },
		{ .name = "--kdc-proxy",
		  .argument = "URL",
		  .text = &settings->kdc_proxy,
		  .help = "Kerberos: ask KDCs through this proxy, https://HOST[:PORT][/PATH]" },
		{ .name = "--cafile",
		  .argument = "PEM",
		  .text = &settings->trusted_file,
		  .help = "whoever it names may sign the server's certificate, which must be\n"
			  "for the host of the target" },
		{ .name = "--pin",
		  .argument = "SHA256",
		  .text = &given.pin,
		  .help = "the server's certificate is this one, by its SHA-256" },
		{ .name = "--insecure",
		  .set = &given.insecure,
		  .help = "do not check the certificate. NTLM does not prove who the server\n"
			  "is: with this option YOU vouch for it, and the password goes to\n"
			  "whoever answers there and can check it (OPENSSPI_NTLM_DELEGATION)" },
		{ .name = "--no-delegation",
		  .set = &given.keep_password,
		  .help = "log on, but do not hand the password over" },
		{ .name = "--framing",
		  .argument = "rdp|raw",
		  .text = &given.framing,
		  .choices = "rdp|raw",
		  .help = "rdp: X.224 in front, as RDP servers want it (the default)\n"
			  "raw: CREDSSP's bytes as they are; tokens of other packages behind\n"
			  "a 4-byte big-endian length" },
		{ .name = "--package",
		  .argument = "NAME",
		  .text = &settings->package,
		  .help = "the security package (CREDSSP); `opensspi packages` lists them" },
		{ .name = "--target",
		  .argument = "SPN",
		  .text = &given.target,
		  .help = "the service's name (" SERVICE "HOST)" },
		{ .name = "--spnego",
		  .set = &settings->spnego,
		  .help = "SPNEGO also where only NTLM can be chosen, which goes without" },
		{ .name = "--policy",
		  .argument = "NAME",
		  .text = &settings->policy,
		  .choices = "force-updated|mitigated|vulnerable",
		  .help = "servers of which CredSSP versions: force-updated (the default) and\n"
			  "mitigated: 5 and 6; vulnerable: 2 to 4 as well (CVE-2018-0886)" },
		{ .name = "--credssp-version",
		  .argument = "N",
		  .text = &given.credssp_version,
		  .choices = "2|3|4|5|6",
		  .help = "our own highest version of CredSSP (6)" },
		{ .name = "--json", .set = &settings->json, .help = "one JSON object" },
	};
	const struct usage usage = {
		"connect HOST:PORT --user NAME|--ccache FILE [OPTIONS]", options, COUNT_OF(options), 1,
		"Without --cafile, --pin and --insecure the trust store of this machine judges the server.\n"
		"Exit status: 0 logged on, 1 wrong words or settings, 2 network trouble, 3 the logon was "
		"refused, "
		"4 the\n"
		"server is not trusted or did not prove its key (no password was sent), 5 it broke the "
		"protocol."
	};
	const char *wrong;
	size_t operands;

	*settings = (struct connect_settings) { .package = DEFAULT_PACKAGE, .policy = "force-updated" };
	if (!options_read(&usage, count, words, &operands, ended))
		return false;
	settings->server = operands ? words[0] : NULL;
	settings->rdp = strcmp(given.framing, "rdp") == 0;
	settings->delegate = !given.keep_password && settings->user;
	settings->credssp_version = given.credssp_version ? (uint32_t)(given.credssp_version[0] - '0') : 0;
	wrong = check(&given, settings);
	if (wrong)
		complain("%s", wrong);
	*ended = EXIT_USAGE;
	return !wrong;
}
