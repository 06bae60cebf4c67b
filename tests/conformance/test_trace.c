/* What the trace says of whole logons: who was let in, why somebody was not, and never a secret. */
#include "base/compiler.h"
#include "support/exchange.h"
#include "support/hex.h"

#include <stdio.h>
#include <string.h>

static struct exchange exchange;
static char traced[256 * 1024];
static size_t traced_size;

static void listen_to(void *argument, const char *line)
{
	int size = snprintf(traced + traced_size, sizeof(traced) - traced_size, "%s\n", line);

	(void)argument;
	assert_true(size > 0 && traced_size + (size_t)size < sizeof(traced));
	traced_size += (size_t)size;
}

static bool log_on(const struct exchange_settings *settings)
{
	bool done;

	traced_size = 0;
	traced[0] = 0;
	OpensspiSetTrace(listen_to, NULL);
	exchange_start(&exchange, settings);
	done = exchange_run(&exchange);
	exchange_end(&exchange);
	OpensspiSetTrace(NULL, NULL);
	return done;
}

static unsigned count(const char *text)
{
	unsigned found = 0;

	for (const char *at = traced; (at = strstr(at, text)); at++)
		found++;
	return found;
}

static void an_acceptance_is_one_line_with_who_which_package_and_which_authority(void **state)
{
	struct exchange_settings ntlm = exchange_usual("NTLM"), credssp = exchange_usual("CREDSSP");

	(void)state;
	assert_true(log_on(&ntlm));
	assert_int_equal(count("is let in: package "), 1);
	assert_int_equal(count(" accept ok handshake.c:"), 1);
	assert_int_equal(count("CORP\\alice is let in: package NTLM, logon by NTLM, authority callback"), 1);
	assert_true(log_on(&credssp));
	assert_int_equal(count("is let in: package "), 1);
	assert_int_equal(count("CORP\\alice is let in: package CREDSSP, logon by NTLM, authority callback"),
			 1);
}

static void a_client_that_is_done_is_one_line_with_who_where_and_which_package(void **state)
{
	struct exchange_settings ntlm = exchange_usual("NTLM"), credssp = exchange_usual("CREDSSP");

	(void)state;
	assert_true(log_on(&ntlm));
	assert_int_equal(count(" initiate ok handshake.c:"), 1);
	assert_int_equal(count("CORP\\alice has done its part, target " EXCHANGE_TARGET
			       ": package NTLM, logon by NTLM"),
			 1);
	assert_true(log_on(&credssp));
	assert_int_equal(count("has done its part"), 1);
	assert_int_equal(count("CORP\\alice has done its part, target " EXCHANGE_TARGET
			       ": package CREDSSP, logon by NTLM"),
			 1);
}

static void a_refusal_has_its_sentence_and_no_acceptance(void **state)
{
	static const char *const packages[] = { "NTLM", "CREDSSP" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(packages); i++) {
		struct exchange_settings settings = exchange_usual(packages[i]);

		settings.password = "wrong";
		assert_false(log_on(&settings));
		assert_true(count(" authority-refused ") >= 1);
		assert_true(count("the authority said no") >= 1);
		assert_int_equal(count("is let in"), 0);
	}
}

/* Two logons one after the other: each side of each has a number of its own. */
static void each_context_has_a_number(void **state)
{
	struct exchange_settings settings = exchange_usual("CREDSSP");
	unsigned long number, other;
	const char *line;

	(void)state;
	assert_true(log_on(&settings));
	line = strstr(traced, " TLS accept ok ");
	assert_non_null(line);
	assert_int_equal(sscanf(line - 10, "%*[^=]=%lu", &number), 1);
	line = strstr(traced, " TLS connect ok ");
	assert_non_null(line);
	assert_int_equal(sscanf(line - 10, "%*[^=]=%lu", &other), 1);
	assert_int_not_equal(number, 0);
	assert_int_not_equal(other, 0);
	assert_int_not_equal(number, other);
}

static void calls_that_fail_outside_a_context_are_traced_too(void **state)
{
	CtxtHandle nobody = { 3, 4 };
	uint8_t buffer[16];

	(void)state;
	traced_size = 0;
	OpensspiSetTrace(listen_to, NULL);
	assert_int_equal(QueryContextAttributesA(&nobody, SECPKG_ATTR_SIZES, buffer), SEC_E_INVALID_HANDLE);
	assert_int_equal(DeleteSecurityContext(&nobody), SEC_E_INVALID_HANDLE);
	assert_int_equal(FreeCredentialsHandle(&nobody), SEC_E_INVALID_HANDLE);
	OpensspiSetTrace(NULL, NULL);
	assert_int_equal(count("ctx=0 "), 3);
	assert_int_equal(count(" bad-handle "), 3);
}

static void look_at_own_context(void *argument)
{
	uint8_t buffer[32];

	(void)argument;
	(void)QueryContextAttributesA(&exchange.server.context, SECPKG_ATTR_SIZES, buffer);
}

/* Calls that the caller should not have made: the status alone would not tell which rule they broke. */
static void a_call_that_is_refused_says_which_rule_it_broke(void **state)
{
	struct exchange_settings settings = exchange_usual("CREDSSP");
	SecBufferDesc nothing = { SECBUFFER_VERSION, 0, NULL };
	CredHandle other;
	uint8_t buffer[32];

	(void)state;
	traced_size = 0;
	settings.inside_callback = look_at_own_context;
	OpensspiSetTrace(listen_to, NULL);
	exchange_start(&exchange, &settings);
	exchange_call(&exchange, &exchange.client);
	assert_int_equal(QueryContextAttributesA(&exchange.client.context, SECPKG_ATTR_STREAM_SIZES, buffer),
			 SEC_E_INVALID_HANDLE);
	assert_int_equal(count(" not-finished "), 1);
	assert_int_equal(exchange_acquire(&exchange, SECPKG_CRED_OUTBOUND, &other, NULL), SEC_E_OK);
	assert_true(InitializeSecurityContextA(&other, &exchange.client.context, NULL, 0, 0, 0, &nothing, 0,
					       NULL, &nothing, NULL, NULL) < 0);
	assert_int_equal(count(" other-credential "), 1);
	assert_true(exchange_run(&exchange));
	assert_true(count(" in-use ") >= 1);
	assert_int_equal(EncryptMessage(&exchange.server.context, 1, &nothing, 0), SEC_E_QOP_NOT_SUPPORTED);
	assert_int_equal(count(" qop "), 1);
	assert_int_equal(EncryptMessage(&exchange.server.context, 0, &nothing, 0), SEC_E_INVALID_TOKEN);
	assert_int_equal(count(" bad-buffers "), 1);
	OpensspiSetTrace(NULL, NULL);
	assert_int_equal(FreeCredentialsHandle(&other), SEC_E_OK);
	exchange_end(&exchange);
}

static bool holds(const char *text)
{
	return strstr(traced, text) != NULL;
}

/* In clear, and in hexadecimal of its UTF-16: neither the password nor its hash. */
static void no_secret_is_ever_traced(void **state)
{
	static const char *const packages[] = { "NTLM", "CREDSSP" };
	static const char *const passwords[] = { EXCHANGE_PASSWORD, "Another-5ecret" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(packages) * COUNT_OF(passwords); i++) {
		struct exchange_settings settings = exchange_usual(packages[i / 2]);
		char hash[33];

		settings.password = passwords[i % 2];
		assert_int_equal(log_on(&settings), i % 2 == 0);
		for (int j = 0; j < 16; j++)
			assert_int_equal(snprintf(hash + 2 * j, 3, "%02x", exchange.nt_hash[j]), 2);
		assert_false(holds(EXCHANGE_PASSWORD) || holds("Another-5ecret") ||
			     holds("500061007300730077") || holds("41006e006f00740068") || holds(hash));
		assert_true(traced_size > 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_acceptance_is_one_line_with_who_which_package_and_which_authority),
		cmocka_unit_test(a_client_that_is_done_is_one_line_with_who_where_and_which_package),
		cmocka_unit_test(a_refusal_has_its_sentence_and_no_acceptance),
		cmocka_unit_test(each_context_has_a_number),
		cmocka_unit_test(calls_that_fail_outside_a_context_are_traced_too),
		cmocka_unit_test(a_call_that_is_refused_says_which_rule_it_broke),
		cmocka_unit_test(no_secret_is_ever_traced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
