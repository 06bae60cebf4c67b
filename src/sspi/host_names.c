#include "sspi/host_names.h"

#include "base/utf16.h"
#include "sspi/text.h"

#include <limits.h>
#include <unistd.h>

enum { DNS_NAME_MAX = 255 }; /* RFC 1035 2.3.4 */

/* UTF-16LE of this machine's name; one that has none, or no text, is localhost. */
static bool read_host_name(struct byte_writer *name)
{
	char text[HOST_NAME_MAX + 1] = { 0 };

	if (!gethostname(text, sizeof(text) - 1) && text[0] && utf16_from_utf8(name, text_narrow(text)))
		return true;
	writer_wipe(name);
	return utf16_from_utf8(name, text_narrow("localhost"));
}

static bool copy_netbios(struct secret *to, struct slice host)
{
	CLEANUP(writer_wipe) struct byte_writer upper = writer_growing();
	size_t length = utf16_find(host, '.');

	if (length > NETBIOS_NAME_MAX)
		length = NETBIOS_NAME_MAX;
	utf16_write_upper(&upper, utf16_part(host, 0, length));
	return writer_ok(&upper) && secret_copy(to, writer_slice(&upper));
}

/* NULL leaves what is there. */
static enum reason take_option(struct secret *to, const char *text, size_t max)
{
	enum reason reason =
		text ? text_copy(to, text_narrow(text), false, REASON_BAD_CREDENTIAL_DATA) : REASON_OK;

	return text && reason == REASON_OK && utf16_length(secret_slice(to)) > max
		       ? REASON_BAD_CREDENTIAL_DATA
		       : reason;
}

static enum reason take_options(struct host_names *names, const OPENSSPI_OPTIONS *options)
{
	const struct {
		struct secret *to;
		const char *text;
		size_t max;
	} rows[] = {
		{ &names->netbios_computer, options->NetbiosComputerName, NETBIOS_NAME_MAX },
		{ &names->netbios_domain, options->NetbiosDomainName, NETBIOS_NAME_MAX },
		{ &names->dns_computer, options->DnsComputerName, DNS_NAME_MAX },
		{ &names->dns_domain, options->DnsDomainName, DNS_NAME_MAX },
		{ &names->dns_tree, options->DnsTreeName, DNS_NAME_MAX },
	};
	enum reason reason = REASON_OK;

	for (size_t i = 0; i < COUNT_OF(rows) && reason == REASON_OK; i++)
		reason = take_option(rows[i].to, rows[i].text, rows[i].max);
	return reason;
}

/* In a workgroup the computer's names are its domain's. */
static bool fill_domain(struct secret *domain, const struct secret *computer)
{
	return domain->size || secret_copy(domain, secret_slice(computer));
}

enum reason host_names_fill(struct host_names *names, const OPENSSPI_OPTIONS *options)
{
	CLEANUP(writer_wipe) struct byte_writer host = writer_growing();
	enum reason reason = REASON_OK;

	if (!read_host_name(&host) || !copy_netbios(&names->netbios_computer, writer_slice(&host)) ||
	    !secret_copy(&names->dns_computer, writer_slice(&host)))
		return REASON_OUT_OF_MEMORY;
	if (options)
		reason = take_options(names, options);
	if (reason != REASON_OK)
		return reason;
	return fill_domain(&names->netbios_domain, &names->netbios_computer) &&
			       fill_domain(&names->dns_domain, &names->dns_computer)
		       ? REASON_OK
		       : REASON_OUT_OF_MEMORY;
}
