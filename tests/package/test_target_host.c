#include "package/target_host.h"

#include "base/compiler.h"
#include "support/hex.h"

static void the_host_is_found_in_every_form_of_a_target(void **state)
{
	static const struct {
		const char *target, *host;
	} rows[] = {
		{ "TERMSRV/server.test", "server.test" },
		{ "HTTP/server.test:8080", "server.test" },
		{ "server.test", "server.test" },
		{ "ldap/dc1.corp.test/corp.test", "dc1.corp.test" },
		{ "TERMSRV/[2001:db8::1]:3389", "2001:db8::1" },
		{ "2001:db8::1", "2001:db8::1" },
		{ "TERMSRV/2001:db8::1", "2001:db8::1" },
		{ "TERMSRV/[2001:db8::1", "2001:db8::1" },
		{ "TERMSRV/", "" },
		{ "/", "" },
		{ ":3389", "" },
		{ "[", "" },
		{ "[]", "" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		assert_bytes(target_host(u16(rows[i].target)), u16(rows[i].host));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_host_is_found_in_every_form_of_a_target),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
