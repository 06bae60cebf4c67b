/* opensspi packages: what EnumerateSecurityPackages says. */
#include "options.h"
#include "status_name.h"
#include "text.h"
#include "verb.h"

#include <sspi.h>

static const struct {
	uint32_t flag;
	const char *name;
} capabilities[] = {
	{ SECPKG_FLAG_INTEGRITY, "integrity" },
	{ SECPKG_FLAG_PRIVACY, "privacy" },
	{ SECPKG_FLAG_TOKEN_ONLY, "token-only" },
	{ SECPKG_FLAG_DATAGRAM, "datagram" },
	{ SECPKG_FLAG_CONNECTION, "connection" },
	{ SECPKG_FLAG_MULTI_REQUIRED, "multi-required" },
	{ SECPKG_FLAG_CLIENT_ONLY, "client-only" },
	{ SECPKG_FLAG_EXTENDED_ERROR, "extended-error" },
	{ SECPKG_FLAG_IMPERSONATION, "impersonation" },
	{ SECPKG_FLAG_ACCEPT_WIN32_NAME, "accept-win32-name" },
	{ SECPKG_FLAG_STREAM, "stream" },
	{ SECPKG_FLAG_NEGOTIABLE, "negotiable" },
	{ SECPKG_FLAG_GSS_COMPATIBLE, "gss-compatible" },
	{ SECPKG_FLAG_LOGON, "logon" },
	{ SECPKG_FLAG_ASCII_BUFFERS, "ascii-buffers" },
	{ SECPKG_FLAG_FRAGMENT, "fragment" },
	{ SECPKG_FLAG_MUTUAL_AUTH, "mutual-auth" },
	{ SECPKG_FLAG_DELEGATION, "delegation" },
	{ SECPKG_FLAG_READONLY_WITH_CHECKSUM, "readonly-with-checksum" },
	{ SECPKG_FLAG_RESTRICTED_TOKENS, "restricted-tokens" },
	{ SECPKG_FLAG_NEGO_EXTENDER, "nego-extender" },
	{ SECPKG_FLAG_NEGOTIABLE2, "negotiable2" },
	{ SECPKG_FLAG_APPCONTAINER_PASSTHROUGH, "appcontainer-passthrough" },
	{ SECPKG_FLAG_APPCONTAINER_CHECKS, "appcontainer-checks" },
	{ SECPKG_FLAG_CREDENTIAL_ISOLATION_ENABLED, "credential-isolation-enabled" },
	{ SECPKG_FLAG_APPLY_LOOPBACK, "apply-loopback" },
};

static void write_json(struct byte_writer *out, const SecPkgInfoA *package)
{
	json_open(out, '{');
	json_member(out, "name", package->Name);
	json_member(out, "comment", package->Comment);
	json_name(out, "max_token");
	json_number(out, package->cbMaxToken);
	json_name(out, "rpc_id");
	json_number(out, package->wRPCID);
	json_name(out, "capabilities");
	json_open(out, '[');
	for (size_t i = 0; i < COUNT_OF(capabilities); i++)
		if (package->fCapabilities & capabilities[i].flag)
			json_string(out, capabilities[i].name);
	json_close(out, ']');
	json_close(out, '}');
}

static void write_plain(struct byte_writer *out, const SecPkgInfoA *package)
{
	text_plain(out, package->Name);
	text_say(out, ": ");
	text_plain(out, package->Comment);
	text_say(out, "\n    tokens up to ");
	text_number(out, package->cbMaxToken);
	text_say(out, " bytes;");
	for (size_t i = 0; i < COUNT_OF(capabilities); i++) {
		if (!(package->fCapabilities & capabilities[i].flag))
			continue;
		text_say(out, " ");
		text_say(out, capabilities[i].name);
	}
}

static void print_packages(const SecPkgInfoA *packages, uint32_t count, bool json)
{
	CLEANUP(writer_wipe) struct byte_writer out = writer_growing();

	if (json)
		json_open(&out, '[');
	for (uint32_t i = 0; i < count; i++) {
		if (json) {
			write_json(&out, &packages[i]);
			continue;
		}
		if (i)
			text_say(&out, "\n");
		write_plain(&out, &packages[i]);
	}
	if (json)
		json_close(&out, ']');
	print_line(&out);
}

enum exit_status packages_verb(int count, char **words)
{
	bool json = false;
	const struct option options[] = {
		{ .name = "--json", .help = "one array of objects", .set = &json },
	};
	const struct usage usage = { "packages [--json]", options, COUNT_OF(options), 0, NULL };
	enum exit_status ended;
	PSecPkgInfoA packages;
	SECURITY_STATUS status;
	uint32_t package_count;
	size_t operands;

	if (!options_read(&usage, count, words, &operands, &ended))
		return ended;
	status = EnumerateSecurityPackagesA(&package_count, &packages);
	if (status != SEC_E_OK) {
		complain("the packages cannot be listed: %s", status_name(status));
		return EXIT_TROUBLE;
	}
	print_packages(packages, package_count, json);
	(void)FreeContextBuffer(packages);
	return EXIT_DONE;
}
