/*
 * Every return code of the page AcceptSecurityContext (CredSSP), in the page's order, reached on CREDSSP. The two
 * SEC_I_COMPLETE codes belong to Digest alone: docs/status.md.
 */
#include "base/compiler.h"
#include "support/exchange.h"
#include "support/hex.h"
#include "support/seams.h"

#include <string.h>

enum { ROOM = 16 * 1024 };

static struct exchange exchange;

static void start(SECURITY_STATUS verdict, const char *password)
{
	struct exchange_settings settings = exchange_usual("CREDSSP");

	settings.verdict = verdict;
	settings.password = password;
	exchange_start(&exchange, &settings);
}

/* One first call with the client's first bytes, as many of them as are asked for. */
static SECURITY_STATUS accept_first(size_t size, PCredHandle credential, uint32_t request, bool with_room)
{
	static uint8_t room[ROOM];
	SecBuffer in[] = { { (uint32_t)size, SECBUFFER_TOKEN, exchange.server.arrived.data },
			   { 0, SECBUFFER_EMPTY, NULL } };
	SecBuffer out[] = { { with_room ? ROOM : 1, SECBUFFER_TOKEN, room } };
	SecBufferDesc in_list = { SECBUFFER_VERSION, 2, in }, out_list = { SECBUFFER_VERSION, 1, out };
	CtxtHandle context;
	SECURITY_STATUS status = AcceptSecurityContext(credential, NULL, &in_list, request, 0, &context,
						       &out_list, NULL, NULL);

	if (status >= 0)
		assert_int_equal(DeleteSecurityContext(&context), SEC_E_OK);
	return status;
}

static void client_begins(void)
{
	start(SEC_E_OK, EXCHANGE_PASSWORD);
	exchange_call(&exchange, &exchange.client);
}

static void incomplete_message_where_the_record_is_cut(void **state)
{
	(void)state;
	client_begins();
	for (size_t size = 0; size < exchange.server.arrived.size; size++)
		assert_int_equal(accept_first(size, &exchange.server.credential, 0, true),
				 SEC_E_INCOMPLETE_MESSAGE);
	exchange_end(&exchange);
}

static void insufficient_memory_where_there_is_none_and_where_the_output_is_too_small(void **state)
{
	(void)state;
	client_begins();
	seam_fail_allocation(1);
	assert_int_equal(accept_first(exchange.server.arrived.size, &exchange.server.credential, 0, true),
			 SEC_E_INSUFFICIENT_MEMORY);
	seam_fail_allocation(0);
	assert_int_equal(accept_first(exchange.server.arrived.size, &exchange.server.credential, 0, false),
			 SEC_E_INSUFFICIENT_MEMORY);
	exchange_end(&exchange);
}

/* The clock fails where the CHALLENGE is made: there is no code of SSPI for it. */
static void internal_error_where_no_code_fits(void **state)
{
	bool failed = false;

	(void)state;
	start(SEC_E_OK, EXCHANGE_PASSWORD);
	exchange_call(&exchange, &exchange.client);
	exchange_call(&exchange, &exchange.server);
	while (exchange.server.status == SEC_I_CONTINUE_NEEDED && exchange.server.calls < 8) {
		exchange_call(&exchange, &exchange.client);
		seam_fail_clock(1);
		exchange_call(&exchange, &exchange.server);
		failed = seam_clock_failed();
		seam_fail_clock(0);
	}
	assert_true(failed);
	assert_int_equal(exchange.server.status, SEC_E_INTERNAL_ERROR);
	exchange_end(&exchange);
}

static void invalid_handle_where_there_is_no_such_context(void **state)
{
	SecBuffer in[] = { { 0, SECBUFFER_TOKEN, NULL }, { 0, SECBUFFER_EMPTY, NULL } };
	SecBufferDesc list = { SECBUFFER_VERSION, 2, in };
	CtxtHandle nobody = { 1, 2 };

	(void)state;
	start(SEC_E_OK, EXCHANGE_PASSWORD);
	assert_int_equal(AcceptSecurityContext(&exchange.server.credential, &nobody, &list, 0, 0, &nobody,
					       &list, NULL, NULL),
			 SEC_E_INVALID_HANDLE);
	exchange_end(&exchange);
}

static void invalid_token_where_the_bytes_are_no_tls(void **state)
{
	(void)state;
	client_begins();
	exchange.server.arrived.data[0] ^= 0xFF;
	assert_int_equal(accept_first(exchange.server.arrived.size, &exchange.server.credential, 0, true),
			 SEC_E_INVALID_TOKEN);
	exchange_end(&exchange);
}

static void logon_denied_where_the_password_is_wrong(void **state)
{
	(void)state;
	start(SEC_E_OK, "wrong");
	assert_false(exchange_run(&exchange));
	assert_int_equal(exchange.server.status, SEC_E_LOGON_DENIED);
	exchange_end(&exchange);
}

static void no_authenticating_authority_where_the_authority_cannot_answer(void **state)
{
	(void)state;
	start(SEC_E_NO_AUTHENTICATING_AUTHORITY, EXCHANGE_PASSWORD);
	assert_false(exchange_run(&exchange));
	assert_int_equal(exchange.server.status, SEC_E_NO_AUTHENTICATING_AUTHORITY);
	exchange_end(&exchange);
}

static void no_credentials_where_they_are_none_of_a_server(void **state)
{
	(void)state;
	client_begins();
	assert_int_equal(accept_first(exchange.server.arrived.size, &exchange.client.credential, 0, true),
			 SEC_E_NO_CREDENTIALS);
	assert_int_equal(accept_first(exchange.server.arrived.size, NULL, 0, true), SEC_E_NO_CREDENTIALS);
	exchange_end(&exchange);
}

static void continue_needed_and_ok_where_all_is_right(void **state)
{
	(void)state;
	client_begins();
	exchange_call(&exchange, &exchange.server);
	assert_int_equal(exchange.server.status, SEC_I_CONTINUE_NEEDED);
	exchange_end(&exchange);
	start(SEC_E_OK, EXCHANGE_PASSWORD);
	assert_true(exchange_run(&exchange));
	assert_int_equal(exchange.server.status, SEC_E_OK);
	exchange_end(&exchange);
}

/* The page names ASC_REQ_DELEGATE, which its own list allows, and ASC_REQ_PROMPT_FOR_CREDS, which does not exist. */
static void unsupported_function_where_a_flag_is_not_offered(void **state)
{
	(void)state;
	client_begins();
	assert_int_equal(accept_first(exchange.server.arrived.size, &exchange.server.credential,
				      ASC_REQ_DATAGRAM, true),
			 SEC_E_UNSUPPORTED_FUNCTION);
	assert_int_equal(accept_first(exchange.server.arrived.size, &exchange.server.credential,
				      ASC_REQ_DELEGATE, true),
			 SEC_I_CONTINUE_NEEDED);
	exchange_end(&exchange);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(incomplete_message_where_the_record_is_cut),
		cmocka_unit_test(insufficient_memory_where_there_is_none_and_where_the_output_is_too_small),
		cmocka_unit_test(internal_error_where_no_code_fits),
		cmocka_unit_test(invalid_handle_where_there_is_no_such_context),
		cmocka_unit_test(invalid_token_where_the_bytes_are_no_tls),
		cmocka_unit_test(logon_denied_where_the_password_is_wrong),
		cmocka_unit_test(no_authenticating_authority_where_the_authority_cannot_answer),
		cmocka_unit_test(no_credentials_where_they_are_none_of_a_server),
		cmocka_unit_test(continue_needed_and_ok_where_all_is_right),
		cmocka_unit_test(unsupported_function_where_a_flag_is_not_offered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
