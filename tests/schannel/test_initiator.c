/* Our half of TLS as a client, with OpenSSL's own server as a stranger at the other end. */
#include "schannel/schannel.h"

#include "crypto/digest.h"
#include "support/hex.h"
#include "support/seams.h"
#include "support/tls_peer.h"

#include <openssl/err.h>

struct fixture {
	struct side client;
	struct tls_peer server;
	struct byte_writer memory, plain;
	struct span data;
	struct message message;
	uint8_t pin[SHA256_SIZE];
	long alive;
};

enum pin { NO_PIN, RIGHT_PIN, WRONG_PIN };

static void begin(struct fixture *fixture, int version, enum certificate_key_type type, enum pin pin)
{
	struct slice der = certificate_der(test_certificate(type));
	struct acquire_request request = { .initiate = true, .policy = policy_default };

	fixture->alive = seam_blocks_alive();
	fixture->memory = fixture->plain = writer_growing();
	assert_true(crypto_sha256(&der, 1, fixture->pin));
	fixture->pin[31] ^= pin == WRONG_PIN;
	if (pin != NO_PIN)
		request.pinned_certificate = slice_of(fixture->pin, sizeof(fixture->pin));
	side_start(&fixture->client, &schannel_package, &request, ROLE_INITIATE);
	fixture->client.leg.requested = FLAG_EXTENDED_ERROR | (pin == NO_PIN ? FLAG_MANUAL_VALIDATION : 0);
	tls_peer_server(&fixture->server, version, type);
}

static void end(struct fixture *fixture)
{
	assert_int_equal(ERR_peek_error(), 0);
	side_end(&fixture->client);
	tls_peer_end(&fixture->server);
	writer_wipe(&fixture->memory);
	writer_wipe(&fixture->plain);
	assert_int_equal(seam_blocks_alive(), fixture->alive);
}

static SECURITY_STATUS open_bytes(struct fixture *fixture, struct slice bytes)
{
	writer_wipe(&fixture->memory);
	fixture->memory = writer_growing();
	writer_bytes(&fixture->memory, bytes);
	fixture->data = (struct span) { fixture->memory.data, fixture->memory.size };
	fixture->message = (struct message) { .data = &fixture->data, .data_count = 1 };
	return schannel_package.open(fixture->client.context, &fixture->message);
}

/* With the tickets that a server of TLS 1.3 sends behind its handshake. */
static void connect_both(struct fixture *fixture)
{
	tls_peer_connect(&fixture->server, &fixture->client);
	if (SSL_version(fixture->server.ssl) == TLS1_3_VERSION)
		assert_int_equal(open_bytes(fixture, writer_slice(&fixture->server.sent)), SEC_E_OK);
}

static void assert_talks(struct fixture *fixture)
{
	CLEANUP(writer_wipe) struct byte_writer sealed = writer_growing();
	uint8_t text[] = "ping";
	struct span data = { text, 4 };
	struct message message = { .data = &data, .data_count = 1, .output = &sealed };

	assert_int_equal(schannel_package.seal(fixture->client.context, &message), SEC_E_OK);
	assert_int_equal(tls_peer_read(&fixture->server, writer_slice(&sealed), &fixture->plain),
			 SSL_ERROR_WANT_READ);
	assert_bytes(writer_slice(&fixture->plain), SLICE_LITERAL("ping"));
	tls_peer_write(&fixture->server, SLICE_LITERAL("pong"));
	assert_int_equal(open_bytes(fixture, tls_peer_take(&fixture->server)), SEC_E_OK);
	assert_bytes(slice_of(fixture->data.data, fixture->data.size), SLICE_LITERAL("pong"));
}

static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };
static const enum certificate_key_type types[] = { CERTIFICATE_RSA_2048, CERTIFICATE_P256 };

/* --- Whom to trust */

static void a_pinned_server_is_connected_to(void **state)
{
	struct fixture fixture;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		begin(&fixture, versions[i % 2], types[i / 2], RIGHT_PIN);
		connect_both(&fixture);
		assert_true(fixture.client.leg.can_seal);
		assert_talks(&fixture);
		end(&fixture);
	}
}

static void whoever_validates_the_certificate_himself_connects_without_a_pin(void **state)
{
	struct fixture fixture;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		begin(&fixture, versions[i % 2], types[i / 2], NO_PIN);
		connect_both(&fixture);
		assert_talks(&fixture);
		end(&fixture);
	}
}

/* The server hears bad_certificate and gets no Finished. */
static void another_server_than_the_pinned_one_is_refused_before_our_finished(void **state)
{
	struct fixture fixture;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		begin(&fixture, versions[i % 2], types[i / 2], WRONG_PIN);
		assert_int_equal(side_step(&fixture.client, slice_of(NULL, 0)), SEC_I_CONTINUE_NEEDED);
		assert_int_equal(tls_peer_step(&fixture.server, side_output(&fixture.client)),
				 SSL_ERROR_WANT_READ);
		assert_int_equal(side_step(&fixture.client, tls_peer_take(&fixture.server)),
				 SEC_E_UNTRUSTED_ROOT);
		assert_int_equal(fixture.client.leg.reason, REASON_SERVER_UNTRUSTED);
		assert_int_equal(tls_peer_step(&fixture.server, side_output(&fixture.client)), SSL_ERROR_SSL);
		assert_int_equal(tls_peer_alert(&fixture.server),
				 SSL3_AL_FATAL << 8 | SSL_AD_BAD_CERTIFICATE);
		assert_false(SSL_is_init_finished(fixture.server.ssl));
		ERR_clear_error();
		assert_int_equal(side_step(&fixture.client, slice_of(NULL, 0)), SEC_E_OUT_OF_SEQUENCE);
		end(&fixture);
	}
}

/* A pin is a pin, whatever else the caller looks at. */
static void a_wrong_pin_is_refused_although_the_caller_validates(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture, TLS1_3_VERSION, CERTIFICATE_P256, WRONG_PIN);
	fixture.client.leg.requested = FLAG_MANUAL_VALIDATION;
	assert_int_equal(side_step(&fixture.client, slice_of(NULL, 0)), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(tls_peer_step(&fixture.server, side_output(&fixture.client)), SSL_ERROR_WANT_READ);
	assert_int_equal(side_step(&fixture.client, tls_peer_take(&fixture.server)), SEC_E_UNTRUSTED_ROOT);
	assert_int_equal(side_output(&fixture.client).size, 0); /* no EXTENDED_ERROR, no alert */
	end(&fixture);
}

static void without_pin_and_without_validation_no_byte_is_sent(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture, TLS1_3_VERSION, CERTIFICATE_P256, NO_PIN);
	fixture.client.leg.requested = FLAG_EXTENDED_ERROR;
	assert_int_equal(side_step(&fixture.client, slice_of(NULL, 0)), SEC_E_UNTRUSTED_ROOT);
	assert_int_equal(fixture.client.leg.reason, REASON_SERVER_UNTRUSTED);
	assert_int_equal(side_output(&fixture.client).size, 0);
	fixture.client.leg.requested = FLAG_MANUAL_VALIDATION;
	assert_int_equal(side_step(&fixture.client, slice_of(NULL, 0)), SEC_E_OUT_OF_SEQUENCE);
	end(&fixture);
}

static void validation_cannot_be_dropped_on_the_way(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture, TLS1_3_VERSION, CERTIFICATE_P256, NO_PIN);
	assert_int_equal(side_step(&fixture.client, slice_of(NULL, 0)), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(tls_peer_step(&fixture.server, side_output(&fixture.client)), SSL_ERROR_WANT_READ);
	fixture.client.leg.requested = 0;
	assert_int_equal(side_step(&fixture.client, tls_peer_take(&fixture.server)), SEC_E_UNTRUSTED_ROOT);
	end(&fixture);
}

/* --- The exchange */

static void the_servers_certificate_and_key_can_be_asked_for(void **state)
{
	struct fixture fixture;
	union attribute_value value;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(types); i++) {
		const struct certificate *certificate = test_certificate(types[i]);

		begin(&fixture, TLS1_3_VERSION, types[i], RIGHT_PIN);
		connect_both(&fixture);
		assert_int_equal(schannel_package.query(fixture.client.context, ATTRIBUTE_PUBLIC_KEY, &value),
				 REASON_OK);
		assert_bytes(value.bytes, certificate_public_key(certificate_x509(certificate)));
		assert_int_equal(
			schannel_package.query(fixture.client.context, ATTRIBUTE_REMOTE_CERTIFICATE, &value),
			REASON_OK);
		assert_bytes(value.bytes, certificate_der(certificate));
		assert_int_equal(
			schannel_package.query(fixture.client.context, ATTRIBUTE_LOCAL_CERTIFICATE, &value),
			REASON_NO_CREDENTIAL);
		end(&fixture);
	}
}

/* TLS 1.3 servers send them behind the handshake, alone or glued in front of the first data. */
static void a_servers_tickets_are_nothing_for_the_caller(void **state)
{
	struct fixture fixture;

	(void)state;
	for (int glued = 0; glued < 2; glued++) {
		begin(&fixture, TLS1_3_VERSION, CERTIFICATE_P256, RIGHT_PIN);
		tls_peer_connect(&fixture.server, &fixture.client);
		assert_true(fixture.server.sent.size > 100);
		if (glued) {
			writer_bytes(&fixture.plain, writer_slice(&fixture.server.sent));
			tls_peer_write(&fixture.server, SLICE_LITERAL("data"));
			writer_bytes(&fixture.plain, tls_peer_take(&fixture.server));
			assert_int_equal(open_bytes(&fixture, writer_slice(&fixture.plain)), SEC_E_OK);
			assert_bytes(slice_of(fixture.data.data, fixture.data.size), SLICE_LITERAL("data"));
			assert_int_equal(fixture.message.consumed, fixture.plain.size);
			writer_wipe(&fixture.plain);
			fixture.plain = writer_growing();
		} else {
			assert_int_equal(open_bytes(&fixture, writer_slice(&fixture.server.sent)), SEC_E_OK);
			assert_int_equal(fixture.data.size, 0);
			assert_int_equal(fixture.message.consumed, fixture.server.sent.size);
		}
		assert_talks(&fixture);
		end(&fixture);
	}
}

static void a_server_of_old_versions_is_refused(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture, TLS1_1_VERSION, CERTIFICATE_P256, RIGHT_PIN);
	SSL_CTX_set_security_level(fixture.server.settings, 0);
	assert_int_equal(side_step(&fixture.client, slice_of(NULL, 0)), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(tls_peer_step(&fixture.server, side_output(&fixture.client)), SSL_ERROR_SSL);
	ERR_clear_error();
	assert_int_equal(side_step(&fixture.client, tls_peer_take(&fixture.server)),
			 SEC_E_UNSUPPORTED_FUNCTION);
	assert_int_equal(fixture.client.leg.reason, REASON_TLS_ALERT);
	end(&fixture);
}

static void what_is_no_tls_is_refused(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture, TLS1_3_VERSION, CERTIFICATE_P256, RIGHT_PIN);
	assert_int_equal(side_step(&fixture.client, slice_of(NULL, 0)), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(side_step(&fixture.client, hex("030000130ed000001234000300080005000000")),
			 SEC_E_INVALID_TOKEN);
	assert_int_equal(side_step(&fixture.client, slice_of(NULL, 0)), SEC_E_OUT_OF_SEQUENCE);
	end(&fixture);
}

/* Once it has spoken, an empty input is a short one. */
static void the_first_words_are_said_once(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture, TLS1_3_VERSION, CERTIFICATE_P256, RIGHT_PIN);
	assert_int_equal(side_step(&fixture.client, slice_of(NULL, 0)), SEC_I_CONTINUE_NEEDED);
	assert_true(side_output(&fixture.client).size > 0);
	assert_int_equal(tls_peer_step(&fixture.server, side_output(&fixture.client)), SSL_ERROR_WANT_READ);
	assert_int_equal(side_step(&fixture.client, slice_of(NULL, 0)), SEC_E_INCOMPLETE_MESSAGE);
	assert_int_equal(side_output(&fixture.client).size, 0);
	assert_int_equal(side_step(&fixture.client, tls_peer_take(&fixture.server)), SEC_E_OK);
	end(&fixture);
}

static void a_server_that_closes_is_told(void **state)
{
	struct fixture fixture;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(versions); i++) {
		begin(&fixture, versions[i], CERTIFICATE_P256, RIGHT_PIN);
		connect_both(&fixture);
		assert_talks(&fixture);
		(void)SSL_shutdown(fixture.server.ssl);
		assert_int_equal(open_bytes(&fixture, tls_peer_take(&fixture.server)), SEC_I_CONTEXT_EXPIRED);
		end(&fixture);
	}
}

/* TLS 1.2: a server's HelloRequest is answered by a warning, no_renegotiation, and by no second ClientHello. */
static void a_renegotiation_is_declined(void **state)
{
	struct fixture fixture;
	struct byte_writer *owed = &fixture.client.output;

	(void)state;
	begin(&fixture, TLS1_2_VERSION, CERTIFICATE_P256, RIGHT_PIN);
	connect_both(&fixture);
	assert_int_equal(SSL_renegotiate(fixture.server.ssl), 1);
	(void)SSL_do_handshake(fixture.server.ssl);
	writer_bytes(&fixture.memory, tls_peer_take(&fixture.server));
	fixture.data = (struct span) { fixture.memory.data, fixture.memory.size };
	fixture.message = (struct message) { .data = &fixture.data, .data_count = 1, .output = owed };
	assert_int_equal(schannel_package.open(fixture.client.context, &fixture.message), SEC_E_OK);
	assert_int_equal(fixture.data.size, 0);
	assert_true(owed->size > 0);
	(void)tls_peer_read(&fixture.server, writer_slice(owed), &fixture.plain);
	ERR_clear_error();
	assert_int_equal(tls_peer_alert(&fixture.server), SSL3_AL_WARNING << 8 | SSL_AD_NO_RENEGOTIATION);
	end(&fixture);
}

static void without_memory_nothing_half_made_is_sent(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture, TLS1_3_VERSION, CERTIFICATE_P256, RIGHT_PIN);
	seam_fail_allocation(1);
	assert_int_equal(side_step(&fixture.client, slice_of(NULL, 0)), SEC_E_INSUFFICIENT_MEMORY);
	seam_fail_allocation(0);
	assert_int_equal(side_output(&fixture.client).size, 0);
	end(&fixture);
}

/* --- Ours against ours */

static void both_of_our_halves_understand_each_other(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer flight = writer_growing(), sealed = writer_growing();
	struct acquire_request request = {
		.initiate = true,
		.accept = true,
		.certificate = test_certificate(CERTIFICATE_P256),
		.policy = policy_default,
	};
	SECURITY_STATUS client_status, server_status = SEC_I_CONTINUE_NEEDED;
	struct side client, server;
	uint8_t text[] = "ping";
	struct span data = { text, 4 };
	struct message message = { .data = &data, .data_count = 1, .output = &sealed };

	(void)state;
	side_start(&client, &schannel_package, &request, ROLE_INITIATE);
	side_start(&server, &schannel_package, &request, ROLE_ACCEPT);
	client.leg.requested = FLAG_MANUAL_VALIDATION;
	client_status = side_step(&client, slice_of(NULL, 0));
	while (client_status == SEC_I_CONTINUE_NEEDED) {
		server_status = side_step(&server, side_output(&client));
		assert_int_equal(server_status, SEC_I_CONTINUE_NEEDED);
		client_status = side_step(&client, side_output(&server));
	}
	assert_int_equal(client_status, SEC_E_OK);
	writer_bytes(&flight, side_output(&client));
	while (server_status == SEC_I_CONTINUE_NEEDED) {
		server_status = side_step(&server, writer_slice(&flight));
		writer_drop_front(&flight, server.leg.consumed);
	}
	assert_int_equal(server_status, SEC_E_OK);
	assert_int_equal(schannel_package.seal(client.context, &message), SEC_E_OK);
	data = (struct span) { sealed.data, sealed.size };
	message.output = NULL;
	assert_int_equal(schannel_package.open(server.context, &message), SEC_E_OK);
	assert_bytes(slice_of(data.data, data.size), SLICE_LITERAL("ping"));
	side_end(&client);
	side_end(&server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pinned_server_is_connected_to),
		cmocka_unit_test(whoever_validates_the_certificate_himself_connects_without_a_pin),
		cmocka_unit_test(another_server_than_the_pinned_one_is_refused_before_our_finished),
		cmocka_unit_test(a_wrong_pin_is_refused_although_the_caller_validates),
		cmocka_unit_test(without_pin_and_without_validation_no_byte_is_sent),
		cmocka_unit_test(validation_cannot_be_dropped_on_the_way),
		cmocka_unit_test(the_servers_certificate_and_key_can_be_asked_for),
		cmocka_unit_test(a_servers_tickets_are_nothing_for_the_caller),
		cmocka_unit_test(a_server_of_old_versions_is_refused),
		cmocka_unit_test(what_is_no_tls_is_refused),
		cmocka_unit_test(the_first_words_are_said_once),
		cmocka_unit_test(a_server_that_closes_is_told),
		cmocka_unit_test(a_renegotiation_is_declined),
		cmocka_unit_test(without_memory_nothing_half_made_is_sent),
		cmocka_unit_test(both_of_our_halves_understand_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
