#include "sspi/host_names.h"

#include "base/utf16.h"
#include "support/hex.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

static OPENSSPI_OPTIONS options_with(const char *computer, const char *domain, const char *dns,
				     const char *dns_domain, const char *tree)
{
	return (OPENSSPI_OPTIONS) {
		.NetbiosComputerName = computer,
		.NetbiosDomainName = domain,
		.DnsComputerName = dns,
		.DnsDomainName = dns_domain,
		.DnsTreeName = tree,
	};
}

static void the_options_names_are_taken(void **state)
{
	OPENSSPI_OPTIONS options =
		options_with("SERVER", "CORP", "server.corp.test", "corp.test", "corp.test");
	struct host_names names = { 0 };

	(void)state;
	assert_int_equal(host_names_fill(&names, &options), REASON_OK);
	assert_bytes(secret_slice(&names.netbios_computer), u16("SERVER"));
	assert_bytes(secret_slice(&names.netbios_domain), u16("CORP"));
	assert_bytes(secret_slice(&names.dns_computer), u16("server.corp.test"));
	assert_bytes(secret_slice(&names.dns_domain), u16("corp.test"));
	assert_bytes(secret_slice(&names.dns_tree), u16("corp.test"));
	host_names_wipe(&names);
}

/* As a Windows machine in a workgroup shows itself. */
static void a_computer_without_a_domain_stands_for_it(void **state)
{
	OPENSSPI_OPTIONS options = options_with("SERVER", NULL, "server", NULL, NULL);
	struct host_names names = { 0 };

	(void)state;
	assert_int_equal(host_names_fill(&names, &options), REASON_OK);
	assert_bytes(secret_slice(&names.netbios_domain), u16("SERVER"));
	assert_bytes(secret_slice(&names.dns_domain), u16("server"));
	assert_int_equal(names.dns_tree.size, 0);
	host_names_wipe(&names);
}

static void without_options_the_host_name_serves(void **state)
{
	char host[HOST_NAME_MAX + 1] = { 0 }, label[NETBIOS_NAME_MAX + 1] = { 0 };
	struct host_names names = { 0 };

	(void)state;
	assert_int_equal(gethostname(host, sizeof(host) - 1), 0);
	memcpy(label, host, strnlen(host, NETBIOS_NAME_MAX));
	label[strcspn(label, ".")] = 0;
	assert_int_equal(host_names_fill(&names, NULL), REASON_OK);
	assert_bytes(secret_slice(&names.dns_computer), u16(host));
	assert_true(utf16_equal_folded(secret_slice(&names.netbios_computer), u16(label)));
	for (size_t i = 0; i < names.netbios_computer.size; i += 2)
		assert_false(names.netbios_computer.data[i] >= 'a' && names.netbios_computer.data[i] <= 'z');
	host_names_wipe(&names);
}

static void names_that_are_no_text_or_too_long_are_refused(void **state)
{
	OPENSSPI_OPTIONS no_text = options_with("SER\xFFVER", NULL, NULL, NULL, NULL);
	OPENSSPI_OPTIONS too_long = options_with(NULL, "SIXTEEN-LETTERS-", NULL, NULL, NULL);
	struct host_names names = { 0 };

	(void)state;
	assert_int_equal(host_names_fill(&names, &no_text), REASON_BAD_CREDENTIAL_DATA);
	host_names_wipe(&names);
	assert_int_equal(host_names_fill(&names, &too_long), REASON_BAD_CREDENTIAL_DATA);
	host_names_wipe(&names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_options_names_are_taken),
		cmocka_unit_test(a_computer_without_a_domain_stands_for_it),
		cmocka_unit_test(without_options_the_host_name_serves),
		cmocka_unit_test(names_that_are_no_text_or_too_long_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
