/*
 * However the bytes of a CREDSSP logon are cut, it ends the same way (docs/decisions.md 12). That an incomplete call
 * changes nothing is asserted by exchange_call for every call made here.
 */
#include "base/compiler.h"
#include "support/exchange.h"
#include "support/hex.h"

#include <string.h>

static struct exchange exchange;

static const uint32_t both_versions[] = { SP_PROT_TLS1_2_SERVER, SP_PROT_TLS1_3_SERVER };

static void start(uint32_t protocols)
{
	struct exchange_settings settings = exchange_usual("CREDSSP");

	settings.protocols = protocols;
	exchange_start(&exchange, &settings);
}

static void assert_logged_on(void)
{
	SecPkgContext_ClientCreds credentials;

	assert_int_equal(exchange.client.status, SEC_E_OK);
	assert_int_equal(exchange.server.status, SEC_E_OK);
	assert_int_equal(exchange.asked, 1);
	assert_int_equal(exchange.asked_password, 1);
	assert_int_equal(exchange.server.arrived.size, 0);
	assert_int_equal(exchange.client.arrived.size, 0);
	assert_int_equal(QueryContextAttributesA(&exchange.server.context, SECPKG_ATTR_CREDS_2, &credentials),
			 SEC_E_OK);
	assert_int_equal(FreeContextBuffer(credentials.AuthBuffer), SEC_E_OK);
}

static void a_logon_fed_one_byte_at_a_time_ends_the_same_way(void **state)
{
	(void)state;
	for (size_t v = 0; v < COUNT_OF(both_versions); v++) {
		start(both_versions[v]);
		exchange.piece = 1;
		assert_true(exchange_run(&exchange));
		assert_logged_on();
		exchange_end(&exchange);
	}
}

static void a_logon_fed_in_pieces_of_any_size_ends_the_same_way(void **state)
{
	static const size_t pieces[] = { 2, 3, 4, 5, 6, 7, 11, 64, 100, 255, 256, 1000, 4096 };

	(void)state;
	for (size_t v = 0; v < COUNT_OF(both_versions); v++)
		for (size_t i = 0; i < COUNT_OF(pieces); i++) {
			start(both_versions[v]);
			exchange.piece = pieces[i];
			assert_true(exchange_run(&exchange));
			assert_logged_on();
			exchange_end(&exchange);
		}
}

/* A direction's bytes vary by a few from run to run (signatures of P-256): up to the longest seen, and behind it. */
static void cut_everywhere(uint32_t protocols, bool of_client)
{
	size_t longest = 1;

	for (size_t cut = 1; cut <= longest; cut++) {
		start(protocols);
		if (of_client)
			exchange.cut_of_client = cut;
		else
			exchange.cut_of_server = cut;
		assert_true(exchange_run(&exchange));
		assert_logged_on();
		if (longest < (of_client ? exchange.sent_by_client : exchange.sent_by_server))
			longest = of_client ? exchange.sent_by_client : exchange.sent_by_server;
		exchange_end(&exchange);
	}
	assert_true(longest > 500);
}

static void a_logon_over_tls_1_2_cut_at_any_byte_ends_the_same_way(void **state)
{
	(void)state;
	cut_everywhere(SP_PROT_TLS1_2_SERVER, true);
	cut_everywhere(SP_PROT_TLS1_2_SERVER, false);
}

static void a_logon_over_tls_1_3_cut_at_any_byte_ends_the_same_way(void **state)
{
	(void)state;
	cut_everywhere(SP_PROT_TLS1_3_SERVER, true);
	cut_everywhere(SP_PROT_TLS1_3_SERVER, false);
}

static void a_wrong_password_is_refused_however_the_bytes_come(void **state)
{
	static const size_t pieces[] = { 1, 2, 5, 64, 300 };
	char word[64];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(pieces); i++) {
		struct exchange_settings settings = exchange_usual("CREDSSP");

		settings.password = "wrong";
		settings.server_request |= ASC_REQ_EXTENDED_ERROR;
		exchange_start(&exchange, &settings);
		exchange.piece = pieces[i];
		assert_false(exchange_run(&exchange));
		assert_int_equal(exchange.server.status, SEC_E_LOGON_DENIED);
		assert_int_equal(exchange.client.status, SEC_E_LOGON_DENIED);
		assert_string_equal(exchange_reason(&exchange.client, word), "peer-error-code");
		exchange_end(&exchange);
	}
}

/* --- Where records end ---------------------------------------------------------------------------------------- */

static size_t first_record(const struct exchange_side *side)
{
	assert_true(side->arrived.size > 5);
	return 5 + (size_t)(side->arrived.data[3] << 8 | side->arrived.data[4]);
}

/* Calls the side with the first record alone; the rest comes back behind what it left. */
static void call_with_one_record(struct exchange_side *side)
{
	static struct exchange_bytes rest;
	size_t size = first_record(side);

	assert_true(size <= side->arrived.size);
	rest.size = side->arrived.size - size;
	memcpy(rest.data, side->arrived.data + size, rest.size);
	side->arrived.size = size;
	exchange_call(&exchange, side);
	memcpy(side->arrived.data + side->arrived.size, rest.data, rest.size);
	side->arrived.size += rest.size;
}

/* The server's flight has several records: between them the client has nothing to say, and waits. */
static void at_a_records_end_inside_a_flight_the_call_wants_more_and_says_nothing(void **state)
{
	(void)state;
	for (size_t v = 0; v < COUNT_OF(both_versions); v++) {
		unsigned silent = 0;

		start(both_versions[v]);
		exchange_call(&exchange, &exchange.client);
		exchange_call(&exchange, &exchange.server);
		while (first_record(&exchange.client) < exchange.client.arrived.size) {
			size_t sent = exchange.sent_by_client;

			call_with_one_record(&exchange.client);
			assert_int_equal(exchange.client.status, SEC_I_CONTINUE_NEEDED);
			assert_int_equal(exchange.sent_by_client, sent);
			silent++;
		}
		assert_true(silent >= 2);
		while (exchange.client.status == SEC_I_CONTINUE_NEEDED &&
		       exchange.server.status != SEC_E_OK) {
			exchange_call(&exchange, &exchange.client);
			while (exchange.server.arrived.size)
				exchange_call(&exchange, &exchange.server);
		}
		assert_logged_on();
		exchange_end(&exchange);
	}
}

/* A TLS 1.3 client's Finished: the acceptor owes nothing, so the token is empty and the call wants more. */
static void after_the_clients_finished_the_acceptor_waits_with_an_empty_token(void **state)
{
	size_t sent;

	(void)state;
	start(SP_PROT_TLS1_3_SERVER);
	exchange_call(&exchange, &exchange.client);
	exchange_call(&exchange, &exchange.server);
	exchange_call(&exchange, &exchange.client);
	sent = exchange.sent_by_server;
	do
		call_with_one_record(&exchange.server); /* ChangeCipherSpec, then Finished */
	while (first_record(&exchange.server) < exchange.server.arrived.size);
	assert_int_equal(exchange.server.status, SEC_I_CONTINUE_NEEDED);
	assert_int_equal(exchange.sent_by_server, sent);
	exchange_end(&exchange);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_logon_fed_one_byte_at_a_time_ends_the_same_way),
		cmocka_unit_test(a_logon_fed_in_pieces_of_any_size_ends_the_same_way),
		cmocka_unit_test(a_logon_over_tls_1_2_cut_at_any_byte_ends_the_same_way),
		cmocka_unit_test(a_logon_over_tls_1_3_cut_at_any_byte_ends_the_same_way),
		cmocka_unit_test(a_wrong_password_is_refused_however_the_bytes_come),
		cmocka_unit_test(at_a_records_end_inside_a_flight_the_call_wants_more_and_says_nothing),
		cmocka_unit_test(after_the_clients_finished_the_acceptor_waits_with_an_empty_token),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
