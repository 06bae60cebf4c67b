/* SECBUFFER_CHANNEL_BINDINGS in both roles. */
#include "base/compiler.h"
#include "support/exchange.h"
#include "support/hex.h"

#include <string.h>

/* A SEC_CHANNEL_BINDINGS whose application data is a few bytes. */
#define BINDINGS(last) "00000000000000000000000000000000000000000000000004000000200000007a3a41" last

/* The same as a SEC_CHANNEL_BINDINGS_EX. */
#define BINDINGS_EX(flags, last) \
	"43424558" flags "3000000034000000000000000000000000000000000000000000000000000000" \
	"04000000300000007a3a41" last

static struct exchange exchange;

static struct exchange_settings with_bindings(struct slice of_server, struct slice of_client)
{
	struct exchange_settings settings = exchange_usual("NTLM");

	settings.server_bindings = of_server.data;
	settings.server_bindings_size = (uint32_t)of_server.size;
	settings.client_bindings = of_client.data;
	settings.client_bindings_size = (uint32_t)of_client.size;
	return settings;
}

static SECURITY_STATUS server_status(const struct exchange_settings *settings)
{
	SECURITY_STATUS status;
	bool done;

	exchange_start(&exchange, settings);
	done = exchange_run(&exchange);
	status = exchange.server.status;
	assert_int_equal(done, status == SEC_E_OK);
	exchange_end(&exchange);
	return status;
}

static void the_same_bindings_on_both_sides_log_on(void **state)
{
	struct exchange_settings settings = with_bindings(hex(BINDINGS("01")), hex(BINDINGS("01")));

	(void)state;
	assert_int_equal(server_status(&settings), SEC_E_OK);
}

static void bindings_of_another_channel_are_refused(void **state)
{
	struct exchange_settings settings = with_bindings(hex(BINDINGS("01")), hex(BINDINGS("02")));

	(void)state;
	assert_int_equal(server_status(&settings), SEC_E_BAD_BINDINGS);
}

static void a_client_without_bindings_is_refused_where_the_server_has_some(void **state)
{
	struct exchange_settings settings = with_bindings(hex(BINDINGS("01")), slice_of(NULL, 0));

	(void)state;
	assert_int_equal(server_status(&settings), SEC_E_BAD_BINDINGS);
}

/* What the server has none of it does not look at. */
static void bindings_of_a_client_alone_are_let_through(void **state)
{
	struct exchange_settings settings = with_bindings(slice_of(NULL, 0), hex(BINDINGS("01")));

	(void)state;
	assert_int_equal(server_status(&settings), SEC_E_OK);
}

/* ASC_REQ_PROXY_BINDINGS: TLS ends in front of the server, which wants to hear that the client saw one. */
static void behind_a_proxy_a_client_must_have_bindings_whichever_they_are(void **state)
{
	struct exchange_settings settings = with_bindings(slice_of(NULL, 0), hex(BINDINGS("01")));

	(void)state;
	settings.server_request |= ASC_REQ_PROXY_BINDINGS;
	assert_int_equal(server_status(&settings), SEC_E_OK);
	settings = with_bindings(slice_of(NULL, 0), slice_of(NULL, 0));
	settings.server_request |= ASC_REQ_PROXY_BINDINGS;
	assert_int_equal(server_status(&settings), SEC_E_BAD_BINDINGS);
}

static void different_bindings_are_never_missing_ones(void **state)
{
	struct exchange_settings settings = with_bindings(hex(BINDINGS("01")), hex(BINDINGS("02")));

	(void)state;
	settings.server_request |= ASC_REQ_ALLOW_MISSING_BINDINGS;
	assert_int_equal(server_status(&settings), SEC_E_BAD_BINDINGS);
}

/* A server that asks its TLS library for them in the first call only is protected all the same. */
static void bindings_of_the_first_call_count_to_the_end(void **state)
{
	struct exchange_settings settings = with_bindings(hex(BINDINGS("01")), hex(BINDINGS("02")));

	(void)state;
	exchange_start(&exchange, &settings);
	exchange_call(&exchange, &exchange.client);
	exchange_call(&exchange, &exchange.server);
	exchange.server.bindings = NULL;
	exchange_call(&exchange, &exchange.client);
	exchange_call(&exchange, &exchange.server);
	assert_int_equal(exchange.server.status, SEC_E_BAD_BINDINGS);
	exchange_end(&exchange);
}

static void both_forms_of_the_same_bindings_are_the_same(void **state)
{
	struct exchange_settings settings =
		with_bindings(hex(BINDINGS_EX("00000000", "01")), hex(BINDINGS("01")));

	(void)state;
	assert_int_equal(server_status(&settings), SEC_E_OK);
	settings = with_bindings(hex(BINDINGS("01")), hex(BINDINGS_EX("00000000", "01")));
	assert_int_equal(server_status(&settings), SEC_E_OK);
}

/* A server that audits would let the client in and be told; nobody is told here. */
static void the_audit_flag_lets_nobody_in(void **state)
{
	struct exchange_settings settings =
		with_bindings(hex(BINDINGS_EX("01000000", "01")), hex(BINDINGS("01")));

	(void)state;
	assert_int_equal(server_status(&settings), SEC_E_OK);
	settings = with_bindings(hex(BINDINGS_EX("01000000", "01")), hex(BINDINGS("02")));
	assert_int_equal(server_status(&settings), SEC_E_BAD_BINDINGS);
}

/* An empty or broken structure is a caller who believes to be protected. */
static void broken_bindings_are_refused_on_either_side(void **state)
{
	static const char *const broken[] = {
		"00",
		"00000000000000000000000000000000000000000000000004000000200000007a3a41",
		"000000000000000000000000000000000000000000000000040000ff200000007a3a4101",
		"00000000000000000000000000000000000000000000000004000000ffffffff7a3a4101",
		"43424558000000003000000034000000000000000000000000000000000000000000000000000000040000003100"
		"00007a3a4101",
		"43424558000000003000000035000000000000000000000000000000000000000000000000000000040000003000"
		"00007a3a4101",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(broken); i++) {
		struct exchange_settings settings = with_bindings(hex(broken[i]), slice_of(NULL, 0));

		assert_int_equal(server_status(&settings), SEC_E_INVALID_TOKEN);
		settings = with_bindings(slice_of(NULL, 0), hex(broken[i]));
		exchange_start(&exchange, &settings);
		assert_false(exchange_run(&exchange));
		assert_int_equal(exchange.client.status, SEC_E_INVALID_TOKEN);
		exchange_end(&exchange);
	}
}

static void an_empty_buffer_for_bindings_is_broken(void **state)
{
	struct exchange_settings settings = with_bindings(slice_of("", 0), slice_of(NULL, 0));

	(void)state;
	assert_int_equal(server_status(&settings), SEC_E_INVALID_TOKEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_bindings_on_both_sides_log_on),
		cmocka_unit_test(bindings_of_another_channel_are_refused),
		cmocka_unit_test(a_client_without_bindings_is_refused_where_the_server_has_some),
		cmocka_unit_test(bindings_of_a_client_alone_are_let_through),
		cmocka_unit_test(behind_a_proxy_a_client_must_have_bindings_whichever_they_are),
		cmocka_unit_test(different_bindings_are_never_missing_ones),
		cmocka_unit_test(bindings_of_the_first_call_count_to_the_end),
		cmocka_unit_test(both_forms_of_the_same_bindings_are_the_same),
		cmocka_unit_test(the_audit_flag_lets_nobody_in),
		cmocka_unit_test(broken_bindings_are_refused_on_either_side),
		cmocka_unit_test(an_empty_buffer_for_bindings_is_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
