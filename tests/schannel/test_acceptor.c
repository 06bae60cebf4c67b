/* Our half of TLS as a server, with OpenSSL's own client as a stranger at the other end: both versions, both keys. */
#include "schannel/schannel.h"

#include "base/memory.h"
#include "schannel/record.h"
#include "support/hex.h"
#include "support/seams.h"
#include "support/tls_peer.h"

#include <openssl/err.h>

struct fixture {
	struct side server;
	struct tls_peer client;
	struct byte_writer memory, plain;
	struct span data;
	struct message message;
	long alive;
};

static struct acquire_request accepting(enum certificate_key_type type)
{
	return (struct acquire_request) {
		.accept = true,
		.certificate = test_certificate(type),
		.policy = policy_default,
	};
}

static void begin(struct fixture *fixture, int version, enum certificate_key_type type)
{
	struct acquire_request request = accepting(type);

	fixture->alive = seam_blocks_alive();
	fixture->memory = fixture->plain = writer_growing();
	side_start(&fixture->server, &schannel_package, &request, ROLE_ACCEPT);
	fixture->server.leg.requested = FLAG_EXTENDED_ERROR;
	tls_peer_client(&fixture->client, version);
}

static void begin_connected(struct fixture *fixture, int version)
{
	begin(fixture, version, CERTIFICATE_P256);
	tls_peer_connect(&fixture->client, &fixture->server);
}

static void end(struct fixture *fixture)
{
	assert_int_equal(ERR_peek_error(), 0);
	side_end(&fixture->server);
	tls_peer_end(&fixture->client);
	writer_wipe(&fixture->memory);
	writer_wipe(&fixture->plain);
	assert_int_equal(seam_blocks_alive(), fixture->alive);
}

static SECURITY_STATUS open_bytes(struct fixture *fixture, struct slice bytes)
{
	writer_wipe(&fixture->memory);
	fixture->memory = writer_growing();
	writer_bytes(&fixture->memory, bytes);
	assert_true(writer_ok(&fixture->memory));
	writer_wipe(&fixture->server.output);
	fixture->server.output = writer_growing();
	fixture->data = (struct span) { fixture->memory.data, fixture->memory.size };
	fixture->message = (struct message) {
		.data = &fixture->data,
		.data_count = 1,
		.output = &fixture->server.output,
	};
	return schannel_package.open(fixture->server.context, &fixture->message);
}

static struct slice opened(const struct fixture *fixture)
{
	return slice_of(fixture->data.data, fixture->data.size);
}

static SECURITY_STATUS seal_to_output(struct fixture *fixture, struct slice plain)
{
	writer_wipe(&fixture->memory);
	fixture->memory = writer_growing();
	writer_bytes(&fixture->memory, plain);
	writer_wipe(&fixture->server.output);
	fixture->server.output = writer_growing();
	fixture->data = (struct span) { fixture->memory.data, fixture->memory.size };
	fixture->message = (struct message) {
		.data = &fixture->data,
		.data_count = 1,
		.output = &fixture->server.output,
	};
	return schannel_package.seal(fixture->server.context, &fixture->message);
}

static void assert_client_reads(struct fixture *fixture, struct slice bytes, struct slice expected)
{
	writer_wipe(&fixture->plain);
	fixture->plain = writer_growing();
	assert_int_equal(tls_peer_read(&fixture->client, bytes, &fixture->plain), SSL_ERROR_WANT_READ);
	assert_bytes(writer_slice(&fixture->plain), expected);
}

/* Both directions still work. */
static void assert_connected(struct fixture *fixture)
{
	tls_peer_write(&fixture->client, SLICE_LITERAL("ping"));
	assert_int_equal(open_bytes(fixture, tls_peer_take(&fixture->client)), SEC_E_OK);
	assert_bytes(opened(fixture), SLICE_LITERAL("ping"));
	assert_int_equal(seal_to_output(fixture, SLICE_LITERAL("pong")), SEC_E_OK);
	assert_client_reads(fixture, side_output(&fixture->server), SLICE_LITERAL("pong"));
}

static void assert_dead(struct fixture *fixture)
{
	assert_int_equal(open_bytes(fixture, hex("1703030000")), SEC_E_OUT_OF_SEQUENCE);
	assert_int_equal(seal_to_output(fixture, SLICE_LITERAL("pong")), SEC_E_OUT_OF_SEQUENCE);
	assert_int_equal(side_step(&fixture->server, hex("1603030000")), SEC_E_OUT_OF_SEQUENCE);
}

static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };
static const enum certificate_key_type types[] = { CERTIFICATE_RSA_2048, CERTIFICATE_P256 };

/* --- Handshake */

static void a_client_connects_with_both_versions_and_both_keys(void **state)
{
	struct fixture fixture;
	union attribute_value value;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		begin(&fixture, versions[i % 2], types[i / 2]);
		tls_peer_connect(&fixture.client, &fixture.server);
		assert_true(fixture.server.leg.can_seal);
		assert_int_equal(fixture.server.leg.reached, FLAG_STREAM | FLAG_CONFIDENTIALITY |
								     FLAG_REPLAY_DETECT |
								     FLAG_SEQUENCE_DETECT);
		assert_int_equal(schannel_package.query(fixture.server.context, ATTRIBUTE_TLS, &value),
				 REASON_OK);
		assert_int_equal(value.tls.protocol, versions[i % 2]);
		assert_string_equal(value.tls.version, i % 2 ? "1.3" : "1.2");
		assert_int_equal(value.tls.cipher_bits, 128);
		assert_connected(&fixture);
		end(&fixture);
	}
}

/* MS-CSSP 3.1.5: the bits of subjectPublicKey and no SubjectPublicKeyInfo around them. */
static void the_public_key_is_that_of_the_certificate_that_was_shown(void **state)
{
	struct fixture fixture;
	union attribute_value value;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		X509 *shown;

		begin(&fixture, versions[i % 2], types[i / 2]);
		tls_peer_connect(&fixture.client, &fixture.server);
		shown = SSL_get1_peer_certificate(fixture.client.ssl);
		assert_int_equal(schannel_package.query(fixture.server.context, ATTRIBUTE_PUBLIC_KEY, &value),
				 REASON_OK);
		assert_bytes(value.bytes, certificate_public_key(shown));
		assert_int_equal(value.bytes.size, types[i / 2] == CERTIFICATE_P256 ? 65 : 270);
		assert_int_equal(value.bytes.data[0], types[i / 2] == CERTIFICATE_P256 ? 0x04 : 0x30);
		X509_free(shown);
		assert_int_equal(
			schannel_package.query(fixture.server.context, ATTRIBUTE_LOCAL_CERTIFICATE, &value),
			REASON_OK);
		assert_bytes(value.bytes, certificate_der(test_certificate(types[i / 2])));
		assert_int_equal(
			schannel_package.query(fixture.server.context, ATTRIBUTE_REMOTE_CERTIFICATE, &value),
			REASON_NO_CREDENTIAL);
		end(&fixture);
	}
}

static void nothing_is_known_before_the_end_of_the_handshake(void **state)
{
	struct fixture fixture;
	union attribute_value value;

	(void)state;
	begin(&fixture, TLS1_3_VERSION, CERTIFICATE_P256);
	for (int attribute = 0; attribute <= ATTRIBUTE_REMOTE_CERTIFICATE; attribute++)
		assert_int_equal(
			schannel_package.query(fixture.server.context, (enum attribute)attribute, &value),
			REASON_OUT_OF_SEQUENCE);
	assert_int_equal(open_bytes(&fixture, hex("1703030000")), SEC_E_OUT_OF_SEQUENCE);
	assert_int_equal(seal_to_output(&fixture, SLICE_LITERAL("x")), SEC_E_OUT_OF_SEQUENCE);
	tls_peer_connect(&fixture.client, &fixture.server);
	assert_connected(&fixture);
	end(&fixture);
}

/* TLS 1.3: our Finished went out before the client's came. */
static void the_last_leg_of_tls_1_3_says_nothing(void **state)
{
	struct fixture fixture;

	(void)state;
	begin_connected(&fixture, TLS1_3_VERSION);
	assert_int_equal(side_output(&fixture.server).size, 0);
	end(&fixture);
}

static void a_handshake_call_after_the_end_is_out_of_sequence_and_no_harm(void **state)
{
	struct fixture fixture;

	(void)state;
	begin_connected(&fixture, TLS1_3_VERSION);
	assert_int_equal(side_step(&fixture.server, hex("1603030000")), SEC_E_OUT_OF_SEQUENCE);
	assert_connected(&fixture);
	end(&fixture);
}

/* The client's answer is P-384's, which it did not send at first: a HelloRetryRequest and one flight more. */
static void a_client_whose_first_key_share_is_not_known_is_asked_again(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture, TLS1_3_VERSION, CERTIFICATE_P256);
	assert_int_equal(SSL_CTX_set1_groups_list(fixture.client.settings, "P-521:P-384"), 1);
	assert_int_equal(tls_peer_step(&fixture.client, slice_of(NULL, 0)), SSL_ERROR_WANT_READ);
	assert_int_equal(side_step(&fixture.server, tls_peer_take(&fixture.client)), SEC_I_CONTINUE_NEEDED);
	assert_true(side_output(&fixture.server).size > 0 && side_output(&fixture.server).size < 200);
	tls_peer_connect(&fixture.client, &fixture.server);
	assert_connected(&fixture);
	end(&fixture);
}

/* --- Settings, docs/decisions.md 13 */

static void x25519_comes_before_p_256(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture, TLS1_2_VERSION, CERTIFICATE_P256);
	assert_int_equal(SSL_CTX_set1_groups_list(fixture.client.settings, "P-384:P-256:X25519"), 1);
	tls_peer_connect(&fixture.client, &fixture.server);
	assert_int_equal(SSL_get_shared_group(fixture.client.ssl, 0), 0);
	assert_int_equal(SSL_get_negotiated_group(fixture.client.ssl), NID_X25519);
	end(&fixture);
}

static void aes_128_gcm_comes_first_whatever_the_client_prefers(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture, TLS1_3_VERSION, CERTIFICATE_P256);
	assert_int_equal(SSL_CTX_set_ciphersuites(fixture.client.settings,
						  "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384:"
						  "TLS_AES_128_GCM_SHA256"),
			 1);
	tls_peer_connect(&fixture.client, &fixture.server);
	assert_string_equal(SSL_get_cipher_name(fixture.client.ssl), "TLS_AES_128_GCM_SHA256");
	end(&fixture);
	for (size_t i = 0; i < COUNT_OF(types); i++) {
		begin(&fixture, TLS1_2_VERSION, types[i]);
		assert_int_equal(SSL_CTX_set_cipher_list(fixture.client.settings,
							 "ECDHE+CHACHA20:ECDHE+AES256:ECDHE+AES128"),
				 1);
		tls_peer_connect(&fixture.client, &fixture.server);
		assert_string_equal(SSL_get_cipher_name(fixture.client.ssl),
				    types[i] == CERTIFICATE_P256 ? "ECDHE-ECDSA-AES128-GCM-SHA256"
								 : "ECDHE-RSA-AES128-GCM-SHA256");
		end(&fixture);
	}
}

/* A ticket could not be sent in a leg of its own anyway, and nobody resumes CredSSP. */
static void no_session_can_be_resumed(void **state)
{
	struct fixture fixture;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(versions); i++) {
		SSL_SESSION *session;

		begin_connected(&fixture, versions[i]);
		assert_connected(&fixture);
		session = SSL_get1_session(fixture.client.ssl);
		assert_int_equal(SSL_SESSION_has_ticket(session), 0);
		assert_int_equal(SSL_SESSION_is_resumable(session), 0);
		SSL_SESSION_free(session);
		end(&fixture);
	}
}

/* --- Whole records only */

static void a_part_of_a_record_changes_nothing(void **state)
{
	struct fixture fixture;
	struct slice hello;

	(void)state;
	begin(&fixture, TLS1_3_VERSION, CERTIFICATE_P256);
	assert_int_equal(tls_peer_step(&fixture.client, slice_of(NULL, 0)), SSL_ERROR_WANT_READ);
	hello = tls_peer_take(&fixture.client);
	for (size_t size = 0; size < hello.size; size++) {
		assert_int_equal(side_step(&fixture.server, slice_of(hello.data, size)),
				 SEC_E_INCOMPLETE_MESSAGE);
		assert_int_equal(fixture.server.leg.consumed, 0);
		assert_int_equal(fixture.server.leg.missing, size < TLS_RECORD_HEADER_SIZE
								     ? TLS_RECORD_HEADER_SIZE - size
								     : hello.size - size);
		assert_int_equal(side_output(&fixture.server).size, 0);
	}
	assert_int_equal(side_step(&fixture.server, hello), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(fixture.server.leg.consumed, hello.size);
	tls_peer_connect(&fixture.client, &fixture.server);
	end(&fixture);
}

/* The client's last flight (its records one after another) in two calls, cut at each byte. */
static void a_flight_may_be_cut_anywhere(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(versions); i++) {
		size_t size = 2, cut = 1;

		for (; cut < size; cut++) {
			struct fixture fixture;
			SECURITY_STATUS status;
			struct slice flight;

			begin(&fixture, versions[i], CERTIFICATE_P256);
			assert_int_equal(tls_peer_step(&fixture.client, slice_of(NULL, 0)),
					 SSL_ERROR_WANT_READ);
			assert_int_equal(side_step(&fixture.server, tls_peer_take(&fixture.client)),
					 SEC_I_CONTINUE_NEEDED);
			(void)tls_peer_step(&fixture.client, side_output(&fixture.server));
			flight = tls_peer_take(&fixture.client);
			size = flight.size;
			status = side_step(&fixture.server, slice_of(flight.data, cut));
			if (fixture.server.leg.consumed == 0)
				assert_int_equal(status, SEC_E_INCOMPLETE_MESSAGE);
			else
				assert_int_equal(status, SEC_I_CONTINUE_NEEDED);
			assert_int_equal(side_output(&fixture.server).size, 0);
			status = side_step(&fixture.server,
					   slice_of(flight.data + fixture.server.leg.consumed,
						    flight.size - fixture.server.leg.consumed));
			assert_int_equal(status, SEC_E_OK);
			(void)tls_peer_step(&fixture.client, side_output(&fixture.server));
			assert_connected(&fixture);
			end(&fixture);
		}
		assert_true(cut > 60);
	}
}

static void data_behind_the_last_flight_is_left(void **state)
{
	struct fixture fixture;
	struct slice bytes;

	(void)state;
	begin(&fixture, TLS1_3_VERSION, CERTIFICATE_P256);
	assert_int_equal(tls_peer_step(&fixture.client, slice_of(NULL, 0)), SSL_ERROR_WANT_READ);
	assert_int_equal(side_step(&fixture.server, tls_peer_take(&fixture.client)), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(tls_peer_step(&fixture.client, side_output(&fixture.server)), SSL_ERROR_NONE);
	tls_peer_write(&fixture.client, SLICE_LITERAL("early"));
	bytes = tls_peer_take(&fixture.client);
	assert_int_equal(side_step(&fixture.server, bytes), SEC_E_OK);
	assert_int_equal(bytes.size - fixture.server.leg.consumed, TLS_RECORD_HEADER_SIZE + 5 + 17);
	assert_int_equal(open_bytes(&fixture, slice_of(bytes.data + fixture.server.leg.consumed,
						       bytes.size - fixture.server.leg.consumed)),
			 SEC_E_OK);
	assert_bytes(opened(&fixture), SLICE_LITERAL("early"));
	end(&fixture);
}

/* --- Refusals */

static void assert_handshake_refused(struct fixture *fixture, struct slice input, enum reason reason,
				     SECURITY_STATUS status)
{
	assert_int_equal(side_step(&fixture->server, input), status);
	assert_string_equal(reason_word(fixture->server.leg.reason), reason_word(reason));
	assert_false(fixture->server.leg.can_seal);
}

static void what_is_no_tls_is_refused_at_once(void **state)
{
	static const char *const inputs[] = { "474554202f", "0300002c", "802e010002", "00" };
	struct fixture fixture;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(inputs); i++) {
		begin(&fixture, TLS1_3_VERSION, CERTIFICATE_P256);
		assert_handshake_refused(&fixture, hex(inputs[i]), REASON_BAD_TOKEN, SEC_E_INVALID_TOKEN);
		assert_int_equal(side_output(&fixture.server).size, 0);
		assert_dead(&fixture);
		end(&fixture);
	}
}

/* A client of TLS 1.1 hears why: alert 70, protocol_version. */
static void an_old_client_is_refused_with_an_alert(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture, TLS1_1_VERSION, CERTIFICATE_P256);
	SSL_CTX_set_security_level(fixture.client.settings, 0);
	assert_int_equal(tls_peer_step(&fixture.client, slice_of(NULL, 0)), SSL_ERROR_WANT_READ);
	assert_handshake_refused(&fixture, tls_peer_take(&fixture.client), REASON_TLS_VERSION,
				 SEC_E_UNSUPPORTED_FUNCTION);
	assert_int_equal(tls_peer_step(&fixture.client, side_output(&fixture.server)), SSL_ERROR_SSL);
	assert_int_equal(tls_peer_alert(&fixture.client), SSL3_AL_FATAL << 8 | TLS1_AD_PROTOCOL_VERSION);
	ERR_clear_error();
	assert_dead(&fixture);
	end(&fixture);
}

static void without_extended_error_there_is_no_alert(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture, TLS1_1_VERSION, CERTIFICATE_P256);
	fixture.server.leg.requested = 0;
	SSL_CTX_set_security_level(fixture.client.settings, 0);
	assert_int_equal(tls_peer_step(&fixture.client, slice_of(NULL, 0)), SSL_ERROR_WANT_READ);
	assert_handshake_refused(&fixture, tls_peer_take(&fixture.client), REASON_TLS_VERSION,
				 SEC_E_UNSUPPORTED_FUNCTION);
	assert_int_equal(side_output(&fixture.server).size, 0);
	end(&fixture);
}

static void a_client_without_a_common_cipher_is_refused_with_an_alert(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture, TLS1_2_VERSION, CERTIFICATE_RSA_2048);
	assert_int_equal(
		SSL_CTX_set_cipher_list(fixture.client.settings, "AES128-SHA256:ECDHE-RSA-AES128-SHA256"), 1);
	assert_int_equal(tls_peer_step(&fixture.client, slice_of(NULL, 0)), SSL_ERROR_WANT_READ);
	assert_handshake_refused(&fixture, tls_peer_take(&fixture.client), REASON_TLS_CIPHER,
				 SEC_E_ALGORITHM_MISMATCH);
	assert_int_equal(tls_peer_step(&fixture.client, side_output(&fixture.server)), SSL_ERROR_SSL);
	assert_int_equal(tls_peer_alert(&fixture.client), SSL3_AL_FATAL << 8 | SSL_AD_HANDSHAKE_FAILURE);
	ERR_clear_error();
	end(&fixture);
}

static void a_client_without_a_common_group_is_refused(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture, TLS1_3_VERSION, CERTIFICATE_P256);
	assert_int_equal(SSL_CTX_set1_groups_list(fixture.client.settings, "P-521"), 1);
	assert_int_equal(tls_peer_step(&fixture.client, slice_of(NULL, 0)), SSL_ERROR_WANT_READ);
	assert_true(status_failed(side_step(&fixture.server, tls_peer_take(&fixture.client))));
	assert_dead(&fixture);
	end(&fixture);
}

/* A client that does not trust a self-signed certificate says so by alert 48. */
static void a_clients_alert_is_told_by_its_status(void **state)
{
	struct fixture fixture;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(versions); i++) {
		begin(&fixture, versions[i], CERTIFICATE_P256);
		SSL_CTX_set_verify(fixture.client.settings, SSL_VERIFY_PEER, NULL);
		assert_int_equal(tls_peer_step(&fixture.client, slice_of(NULL, 0)), SSL_ERROR_WANT_READ);
		assert_int_equal(side_step(&fixture.server, tls_peer_take(&fixture.client)),
				 SEC_I_CONTINUE_NEEDED);
		assert_int_equal(tls_peer_step(&fixture.client, side_output(&fixture.server)), SSL_ERROR_SSL);
		ERR_clear_error();
		assert_handshake_refused(&fixture, tls_peer_take(&fixture.client), REASON_TLS_ALERT,
					 SEC_E_UNTRUSTED_ROOT);
		end(&fixture);
	}
}

static void an_altered_finished_is_refused_with_an_alert(void **state)
{
	struct fixture fixture;
	struct slice flight;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(versions); i++) {
		begin(&fixture, versions[i], CERTIFICATE_P256);
		assert_int_equal(tls_peer_step(&fixture.client, slice_of(NULL, 0)), SSL_ERROR_WANT_READ);
		assert_int_equal(side_step(&fixture.server, tls_peer_take(&fixture.client)),
				 SEC_I_CONTINUE_NEEDED);
		(void)tls_peer_step(&fixture.client, side_output(&fixture.server));
		flight = tls_peer_take(&fixture.client);
		fixture.client.sent.data[flight.size - 1] ^= 1;
		assert_handshake_refused(&fixture, flight, REASON_TLS_FAILED, SEC_E_ILLEGAL_MESSAGE);
		assert_int_equal(tls_peer_read(&fixture.client, side_output(&fixture.server), &fixture.plain),
				 SSL_ERROR_SSL);
		assert_int_equal(tls_peer_alert(&fixture.client), SSL3_AL_FATAL << 8 | SSL_AD_BAD_RECORD_MAC);
		ERR_clear_error();
		assert_dead(&fixture);
		end(&fixture);
	}
}

/* --- Messages */

static void assert_layout(struct fixture *fixture, uint32_t header_size, uint32_t trailer_size)
{
	static const char text[] = "a message of some length";
	uint8_t block[sizeof(text) + 100];
	struct span data = { block + header_size, sizeof(text) };
	union attribute_value value;
	struct message message = { .data = &data, .data_count = 1 };

	assert_int_equal(schannel_package.query(fixture->server.context, ATTRIBUTE_STREAM_SIZES, &value),
			 REASON_OK);
	assert_int_equal(value.stream_sizes.header, header_size);
	assert_int_equal(value.stream_sizes.maximum_message, 16384);
	message.header = (struct span) { block, value.stream_sizes.header };
	message.trailer = (struct span) { block + header_size + sizeof(text), value.stream_sizes.trailer };
	memcpy(data.data, text, sizeof(text));
	assert_int_equal(schannel_package.seal(fixture->server.context, &message), SEC_E_OK);
	assert_int_equal(message.header.size, header_size);
	assert_int_equal(data.size, sizeof(text));
	assert_int_equal(message.trailer.size, trailer_size);
	assert_int_equal(block[0], SSL3_RT_APPLICATION_DATA);
	assert_memory_not_equal(data.data, text, sizeof(text));
	assert_client_reads(fixture, slice_of(block, header_size + sizeof(text) + trailer_size),
			    slice_of(text, sizeof(text)));
}

static void a_record_lies_in_header_data_and_trailer(void **state)
{
	struct fixture fixture;

	(void)state;
	begin_connected(&fixture, TLS1_2_VERSION);
	assert_layout(&fixture, 5 + 8, 16);
	assert_layout(&fixture, 5 + 8, 16);
	end(&fixture);
	begin(&fixture, TLS1_2_VERSION, CERTIFICATE_P256);
	assert_int_equal(SSL_CTX_set_cipher_list(fixture.client.settings, "ECDHE+CHACHA20"), 1);
	tls_peer_connect(&fixture.client, &fixture.server);
	assert_layout(&fixture, 5, 16);
	end(&fixture);
	begin_connected(&fixture, TLS1_3_VERSION);
	assert_layout(&fixture, 5, 17);
	end(&fixture);
	begin(&fixture, TLS1_3_VERSION, CERTIFICATE_P256);
	assert_int_equal(SSL_CTX_set_ciphersuites(fixture.client.settings, "TLS_CHACHA20_POLY1305_SHA256"),
			 1);
	tls_peer_connect(&fixture.client, &fixture.server);
	assert_layout(&fixture, 5, 17);
	end(&fixture);
}

static void a_message_that_fits_no_buffer_is_refused_and_nothing_is_lost(void **state)
{
	static uint8_t block[5 + 16385 + 44];
	struct fixture fixture;

	(void)state;
	begin_connected(&fixture, TLS1_3_VERSION);
	for (int i = 1; i < 5; i++) {
		struct span data = { block + 5, i == 1 ? 16385 : 16384 };
		struct message message = {
			.header = { block, i == 2 ? 4 : 5 },
			.data = &data,
			.data_count = i == 4 ? 0 : 1,
			.trailer = { block + 5 + 16384, i == 3 ? 43 : 44 },
		};

		assert_int_equal(schannel_package.seal(fixture.server.context, &message),
				 i == 2 || i == 3 ? SEC_E_BUFFER_TOO_SMALL : SEC_E_INVALID_TOKEN);
	}
	assert_connected(&fixture);
	end(&fixture);
}

/* As OpenSSL has it, which writes no record without a body. */
static void a_message_of_nothing_is_no_record(void **state)
{
	uint8_t block[5 + 44];
	struct fixture fixture;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(versions); i++) {
		struct span data = { NULL, 0 };
		struct message message = {
			.header = { block, 5 },
			.data = &data,
			.data_count = 1,
			.trailer = { block + 5, 44 },
		};

		begin_connected(&fixture, versions[i]);
		assert_int_equal(schannel_package.seal(fixture.server.context, &message), SEC_E_OK);
		assert_int_equal(message.header.size + data.size + message.trailer.size, 0);
		assert_connected(&fixture);
		end(&fixture);
	}
}

/* Between packages: one write, as many records as it takes. */
static void a_long_write_goes_out_in_records_of_16_kib(void **state)
{
	static uint8_t text[40000];
	struct fixture fixture;
	struct byte_reader in;
	struct slice record;
	size_t missing, records = 0;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(versions); i++) {
		begin_connected(&fixture, versions[i]);
		memset(text, 'x', sizeof(text));
		assert_int_equal(seal_to_output(&fixture, slice_of(text, sizeof(text))), SEC_E_OK);
		in = reader_of(side_output(&fixture.server));
		for (records = 0; tls_record_take(&in, &record, &missing) == TLS_RECORD_WHOLE; records++)
			assert_true(record.size <= 16384 + 8 + 17 + 5);
		assert_true(reader_empty(&in));
		assert_int_equal(records, 3);
		assert_client_reads(&fixture, side_output(&fixture.server), slice_of(text, sizeof(text)));
		end(&fixture);
	}
}

static void a_record_is_opened_in_place_and_the_rest_is_left(void **state)
{
	struct fixture fixture;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(versions); i++) {
		struct slice bytes;
		size_t first;

		begin_connected(&fixture, versions[i]);
		tls_peer_write(&fixture.client, SLICE_LITERAL("one"));
		bytes = tls_peer_take(&fixture.client);
		first = bytes.size;
		writer_bytes(&fixture.plain, bytes);
		tls_peer_write(&fixture.client, SLICE_LITERAL("three"));
		writer_bytes(&fixture.plain, tls_peer_take(&fixture.client));
		bytes = writer_slice(&fixture.plain);
		assert_int_equal(open_bytes(&fixture, bytes), SEC_E_OK);
		assert_bytes(opened(&fixture), SLICE_LITERAL("one"));
		assert_true(fixture.data.data > fixture.memory.data &&
			    fixture.data.data < fixture.memory.data + fixture.memory.size);
		assert_int_equal(fixture.message.consumed, first);
		assert_int_equal(open_bytes(&fixture, slice_of(bytes.data + first, bytes.size - first)),
				 SEC_E_OK);
		assert_bytes(opened(&fixture), SLICE_LITERAL("three"));
		end(&fixture);
	}
}

static void a_part_of_a_message_is_incomplete_and_stays_as_it_is(void **state)
{
	struct fixture fixture;
	struct slice bytes;

	(void)state;
	begin_connected(&fixture, TLS1_3_VERSION);
	tls_peer_write(&fixture.client, SLICE_LITERAL("ping"));
	bytes = tls_peer_take(&fixture.client);
	for (size_t size = 0; size < bytes.size; size++) {
		assert_int_equal(open_bytes(&fixture, slice_of(bytes.data, size)), SEC_E_INCOMPLETE_MESSAGE);
		assert_int_equal(fixture.message.consumed, 0);
		assert_int_equal(fixture.message.missing, size < TLS_RECORD_HEADER_SIZE
								  ? TLS_RECORD_HEADER_SIZE - size
								  : bytes.size - size);
		assert_bytes(opened(&fixture), slice_of(bytes.data, size));
	}
	assert_int_equal(open_bytes(&fixture, bytes), SEC_E_OK);
	assert_bytes(opened(&fixture), SLICE_LITERAL("ping"));
	end(&fixture);
}

static void an_altered_record_ends_the_context_with_an_alert(void **state)
{
	struct fixture fixture;
	struct slice bytes;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(versions); i++) {
		begin_connected(&fixture, versions[i]);
		tls_peer_write(&fixture.client, SLICE_LITERAL("ping"));
		bytes = tls_peer_take(&fixture.client);
		fixture.client.sent.data[bytes.size - 1] ^= 1;
		assert_int_equal(open_bytes(&fixture, bytes), SEC_E_DECRYPT_FAILURE);
		assert_int_equal(fixture.message.reason, REASON_TLS_RECORD);
		assert_int_equal(fixture.data.size, 0);
		assert_true(side_output(&fixture.server).size > 0);
		assert_int_equal(tls_peer_read(&fixture.client, side_output(&fixture.server), &fixture.plain),
				 SSL_ERROR_SSL);
		assert_int_equal(tls_peer_alert(&fixture.client), SSL3_AL_FATAL << 8 | SSL_AD_BAD_RECORD_MAC);
		ERR_clear_error();
		assert_dead(&fixture);
		end(&fixture);
	}
}

static void a_record_that_comes_twice_is_refused(void **state)
{
	struct fixture fixture;
	struct slice bytes;

	(void)state;
	begin_connected(&fixture, TLS1_3_VERSION);
	tls_peer_write(&fixture.client, SLICE_LITERAL("ping"));
	bytes = tls_peer_take(&fixture.client);
	assert_int_equal(open_bytes(&fixture, bytes), SEC_E_OK);
	assert_int_equal(open_bytes(&fixture, bytes), SEC_E_DECRYPT_FAILURE);
	assert_dead(&fixture);
	end(&fixture);
}

static void a_record_without_a_body_and_what_is_no_record_end_the_context(void **state)
{
	static const char *const inputs[] = { "1703030000", "1703030001 00", "0300000c", "17030348 01" };
	struct fixture fixture;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(inputs); i++) {
		begin_connected(&fixture, i % 2 ? TLS1_2_VERSION : TLS1_3_VERSION);
		assert_int_equal(open_bytes(&fixture, hex(inputs[i])), SEC_E_DECRYPT_FAILURE);
		assert_dead(&fixture);
		end(&fixture);
	}
}

/* --- What a peer does besides */

static void the_answer_to_a_key_update_goes_out_in_front_of_the_next_record(void **state)
{
	static const char text[] = "after the update";
	uint8_t block[5 + sizeof(text) + 44];
	struct span data = { block + 5, sizeof(text) };
	struct message message = {
		.header = { block, 5 },
		.data = &data,
		.data_count = 1,
		.trailer = { block + 5 + sizeof(text), 44 },
	};
	struct fixture fixture;

	(void)state;
	begin_connected(&fixture, TLS1_3_VERSION);
	assert_int_equal(SSL_key_update(fixture.client.ssl, SSL_KEY_UPDATE_REQUESTED), 1);
	assert_int_equal(tls_peer_step(&fixture.client, slice_of(NULL, 0)), SSL_ERROR_NONE);
	assert_int_equal(open_bytes(&fixture, tls_peer_take(&fixture.client)), SEC_E_OK);
	assert_int_equal(fixture.data.size, 0);
	assert_int_equal(side_output(&fixture.server).size, 0);
	memcpy(data.data, text, sizeof(text));
	assert_int_equal(schannel_package.seal(fixture.server.context, &message), SEC_E_OK);
	assert_int_equal(message.header.size, 5);
	assert_int_equal(data.size, sizeof(text));
	assert_int_equal(message.trailer.size, 44);
	assert_client_reads(&fixture, slice_of(block, sizeof(block)), slice_of(text, sizeof(text)));
	assert_layout(&fixture, 5, 17);
	assert_connected(&fixture);
	end(&fixture);
}

static void the_answer_to_a_key_update_fits_between_packages_too(void **state)
{
	struct fixture fixture;

	(void)state;
	begin_connected(&fixture, TLS1_3_VERSION);
	assert_int_equal(SSL_key_update(fixture.client.ssl, SSL_KEY_UPDATE_REQUESTED), 1);
	tls_peer_write(&fixture.client, SLICE_LITERAL("data behind the update"));
	assert_int_equal(open_bytes(&fixture, tls_peer_take(&fixture.client)), SEC_E_OK);
	assert_bytes(opened(&fixture), SLICE_LITERAL("data behind the update"));
	assert_int_equal(seal_to_output(&fixture, SLICE_LITERAL("x")), SEC_E_OK);
	assert_int_equal(side_output(&fixture.server).size, 27 + 5 + 1 + 17);
	assert_client_reads(&fixture, side_output(&fixture.server), SLICE_LITERAL("x"));
	assert_connected(&fixture);
	end(&fixture);
}

static void a_key_update_that_wants_no_answer_gets_none(void **state)
{
	struct fixture fixture;

	(void)state;
	begin_connected(&fixture, TLS1_3_VERSION);
	assert_int_equal(SSL_key_update(fixture.client.ssl, SSL_KEY_UPDATE_NOT_REQUESTED), 1);
	tls_peer_write(&fixture.client, SLICE_LITERAL("ping"));
	assert_int_equal(open_bytes(&fixture, tls_peer_take(&fixture.client)), SEC_E_OK);
	assert_layout(&fixture, 5, 17);
	end(&fixture);
}

static void a_client_that_closes_is_told_from_one_that_is_cut_off(void **state)
{
	struct fixture fixture;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(versions); i++) {
		begin_connected(&fixture, versions[i]);
		(void)SSL_shutdown(fixture.client.ssl);
		assert_int_equal(open_bytes(&fixture, tls_peer_take(&fixture.client)), SEC_I_CONTEXT_EXPIRED);
		assert_int_equal(fixture.message.reason, REASON_TLS_CLOSED);
		assert_int_equal(fixture.data.size, 0);
		assert_int_equal(seal_to_output(&fixture, SLICE_LITERAL("late")), SEC_E_CONTEXT_EXPIRED);
		assert_int_equal(side_output(&fixture.server).size, 0);
		assert_int_equal(open_bytes(&fixture, hex("1703030000")), SEC_E_CONTEXT_EXPIRED);
		end(&fixture);
	}
}

/* The client cannot open what we sent, says bad_record_mac, and we hear it. */
static void an_alert_among_the_messages_is_told_by_its_status(void **state)
{
	struct fixture fixture;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(versions); i++) {
		begin_connected(&fixture, versions[i]);
		assert_int_equal(seal_to_output(&fixture, SLICE_LITERAL("pong")), SEC_E_OK);
		fixture.server.output.data[fixture.server.output.size - 1] ^= 1;
		assert_int_equal(tls_peer_read(&fixture.client, side_output(&fixture.server), &fixture.plain),
				 SSL_ERROR_SSL);
		ERR_clear_error();
		assert_int_equal(open_bytes(&fixture, tls_peer_take(&fixture.client)), SEC_E_MESSAGE_ALTERED);
		assert_int_equal(fixture.message.reason, REASON_TLS_ALERT);
		assert_dead(&fixture);
		end(&fixture);
	}
}

/* TLS 1.2: a second handshake is answered by a warning, no_renegotiation, and by nothing else. */
static void a_renegotiation_is_declined(void **state)
{
	struct fixture fixture;

	(void)state;
	begin_connected(&fixture, TLS1_2_VERSION);
	assert_int_equal(SSL_renegotiate(fixture.client.ssl), 1);
	(void)SSL_do_handshake(fixture.client.ssl);
	assert_int_equal(open_bytes(&fixture, tls_peer_take(&fixture.client)), SEC_E_OK);
	assert_int_equal(fixture.data.size, 0);
	assert_true(side_output(&fixture.server).size > 0);
	assert_int_equal(tls_peer_read(&fixture.client, side_output(&fixture.server), &fixture.plain),
			 SSL_ERROR_SSL);
	assert_int_equal(tls_peer_alert(&fixture.client), SSL3_AL_WARNING << 8 | SSL_AD_NO_RENEGOTIATION);
	ERR_clear_error();
	assert_int_equal(seal_to_output(&fixture, SLICE_LITERAL("still here")), SEC_E_OK);
	end(&fixture);
}

/* A package that takes no answer to the peer: whoever lost a record could never be understood again. */
static void a_word_to_the_peer_that_nobody_takes_ends_the_connection(void **state)
{
	struct fixture fixture;
	LOCAL_WRITER(copy);

	(void)state;
	begin_connected(&fixture, TLS1_2_VERSION);
	assert_int_equal(SSL_renegotiate(fixture.client.ssl), 1);
	(void)SSL_do_handshake(fixture.client.ssl);
	writer_bytes(&copy, tls_peer_take(&fixture.client));
	fixture.data = (struct span) { copy.data, copy.size };
	fixture.message = (struct message) { .data = &fixture.data, .data_count = 1 };
	assert_int_equal(fixture.server.package->open(fixture.server.context, &fixture.message),
			 SEC_E_DECRYPT_FAILURE);
	assert_int_equal(seal_to_output(&fixture, SLICE_LITERAL("still here")), SEC_E_OUT_OF_SEQUENCE);
	end(&fixture);
}

/* --- Credentials */

static void an_acceptor_needs_a_certificate(void **state)
{
	struct acquire_request request = { .accept = true, .policy = policy_default };
	struct package_credential *credential;
	long alive = seam_blocks_alive();

	(void)state;
	assert_int_equal(schannel_package.acquire(&request, &credential), REASON_NO_CREDENTIAL);
	assert_int_equal(seam_blocks_alive(), alive);
}

static void a_credential_serves_its_own_direction_only(void **state)
{
	struct acquire_request request = accepting(CERTIFICATE_P256);
	struct package_credential *credential;
	struct package_context *context;

	(void)state;
	assert_int_equal(schannel_package.acquire(&request, &credential), REASON_OK);
	assert_int_equal(schannel_package.new_context(credential, ROLE_INITIATE, &context),
			 REASON_NO_CREDENTIAL);
	package_credential_free(credential);
}

/* The policy's versions, and no others. */
static void only_the_versions_that_the_policy_allows_are_spoken(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) {
		bool allowed = i == 0 || i == 3, client_1_3 = i % 2;
		struct acquire_request request = accepting(CERTIFICATE_P256);
		struct tls_peer client;
		struct side server;

		request.policy.tls_1_2 = i < 2;
		request.policy.tls_1_3 = i >= 2;
		side_start(&server, &schannel_package, &request, ROLE_ACCEPT);
		tls_peer_client(&client, client_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION);
		assert_int_equal(tls_peer_step(&client, slice_of(NULL, 0)), SSL_ERROR_WANT_READ);
		assert_int_equal(side_step(&server, tls_peer_take(&client)),
				 allowed ? SEC_I_CONTINUE_NEEDED : SEC_E_UNSUPPORTED_FUNCTION);
		side_end(&server);
		tls_peer_end(&client);
	}
}

static void a_credential_without_any_version_is_not_made(void **state)
{
	struct acquire_request request = accepting(CERTIFICATE_P256);
	struct package_credential *credential;

	(void)state;
	request.policy.tls_1_2 = request.policy.tls_1_3 = false;
	assert_int_equal(schannel_package.acquire(&request, &credential), REASON_UNSUPPORTED);
	request = (struct acquire_request) { .initiate = true };
	assert_int_equal(schannel_package.acquire(&request, &credential), REASON_UNSUPPORTED);
}

static void many_contexts_share_a_credential(void **state)
{
	struct fixture fixture;

	(void)state;
	begin_connected(&fixture, TLS1_3_VERSION);
	for (int i = 0; i < 3; i++) {
		tls_peer_end(&fixture.client);
		tls_peer_client(&fixture.client, versions[i % 2]);
		side_restart(&fixture.server, ROLE_ACCEPT);
		tls_peer_connect(&fixture.client, &fixture.server);
		assert_connected(&fixture);
	}
	end(&fixture);
}

static void the_package_is_a_stream_package(void **state)
{
	(void)state;
	assert_true(schannel_package.stream);
	assert_int_equal(schannel_package.max_token, 24576);
	assert_null(schannel_package.sign);
	assert_null(schannel_package.verify);
	schannel_package.free_context(NULL);
	schannel_package.free_credential(NULL);
}

/* --- Without memory of ours */

static void whichever_allocation_fails_no_connection_is_half_made(void **state)
{
	long failed = 1;

	(void)state;
	for (long n = 1; failed; n++) {
		struct fixture fixture;
		SECURITY_STATUS status;

		begin(&fixture, TLS1_3_VERSION, CERTIFICATE_P256);
		assert_int_equal(tls_peer_step(&fixture.client, slice_of(NULL, 0)), SSL_ERROR_WANT_READ);
		(void)tls_peer_take(&fixture.client);
		failed = seam_allocations() + n;
		seam_fail_allocation(n);
		status = side_step(&fixture.server, writer_slice(&fixture.client.sent));
		failed = seam_allocations() >= failed;
		seam_fail_allocation(0);
		assert_int_equal(status, failed ? SEC_E_INSUFFICIENT_MEMORY : SEC_I_CONTINUE_NEEDED);
		if (failed)
			assert_dead(&fixture);
		end(&fixture);
	}
}

static void a_message_that_finds_no_memory_ends_the_context(void **state)
{
	struct fixture fixture;
	struct byte_writer nothing;
	uint8_t room[10];

	(void)state;
	begin_connected(&fixture, TLS1_3_VERSION);
	nothing = writer_fixed(room, sizeof(room));
	writer_bytes(&fixture.memory, SLICE_LITERAL("pong"));
	fixture.data = (struct span) { fixture.memory.data, fixture.memory.size };
	fixture.message = (struct message) { .data = &fixture.data, .data_count = 1, .output = &nothing };
	assert_int_equal(schannel_package.seal(fixture.server.context, &fixture.message),
			 SEC_E_INSUFFICIENT_MEMORY);
	assert_int_equal(fixture.message.reason, REASON_OUT_OF_MEMORY);
	assert_dead(&fixture);
	end(&fixture);
}

static void without_memory_no_credential_and_no_context_is_made(void **state)
{
	struct acquire_request request = accepting(CERTIFICATE_P256);
	struct package_credential *credential;
	struct package_context *context;

	(void)state;
	seam_fail_allocation(1);
	assert_int_equal(schannel_package.acquire(&request, &credential), REASON_OUT_OF_MEMORY);
	assert_int_equal(schannel_package.acquire(&request, &credential), REASON_OK);
	seam_fail_allocation(1);
	assert_int_equal(schannel_package.new_context(credential, ROLE_ACCEPT, &context),
			 REASON_OUT_OF_MEMORY);
	package_credential_free(credential);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_client_connects_with_both_versions_and_both_keys),
		cmocka_unit_test(the_public_key_is_that_of_the_certificate_that_was_shown),
		cmocka_unit_test(nothing_is_known_before_the_end_of_the_handshake),
		cmocka_unit_test(the_last_leg_of_tls_1_3_says_nothing),
		cmocka_unit_test(a_handshake_call_after_the_end_is_out_of_sequence_and_no_harm),
		cmocka_unit_test(a_client_whose_first_key_share_is_not_known_is_asked_again),
		cmocka_unit_test(x25519_comes_before_p_256),
		cmocka_unit_test(aes_128_gcm_comes_first_whatever_the_client_prefers),
		cmocka_unit_test(no_session_can_be_resumed),
		cmocka_unit_test(a_part_of_a_record_changes_nothing),
		cmocka_unit_test(a_flight_may_be_cut_anywhere),
		cmocka_unit_test(data_behind_the_last_flight_is_left),
		cmocka_unit_test(what_is_no_tls_is_refused_at_once),
		cmocka_unit_test(an_old_client_is_refused_with_an_alert),
		cmocka_unit_test(without_extended_error_there_is_no_alert),
		cmocka_unit_test(a_client_without_a_common_cipher_is_refused_with_an_alert),
		cmocka_unit_test(a_client_without_a_common_group_is_refused),
		cmocka_unit_test(a_clients_alert_is_told_by_its_status),
		cmocka_unit_test(an_altered_finished_is_refused_with_an_alert),
		cmocka_unit_test(a_record_lies_in_header_data_and_trailer),
		cmocka_unit_test(a_message_that_fits_no_buffer_is_refused_and_nothing_is_lost),
		cmocka_unit_test(a_message_of_nothing_is_no_record),
		cmocka_unit_test(a_long_write_goes_out_in_records_of_16_kib),
		cmocka_unit_test(a_record_is_opened_in_place_and_the_rest_is_left),
		cmocka_unit_test(a_part_of_a_message_is_incomplete_and_stays_as_it_is),
		cmocka_unit_test(an_altered_record_ends_the_context_with_an_alert),
		cmocka_unit_test(a_record_that_comes_twice_is_refused),
		cmocka_unit_test(a_record_without_a_body_and_what_is_no_record_end_the_context),
		cmocka_unit_test(the_answer_to_a_key_update_goes_out_in_front_of_the_next_record),
		cmocka_unit_test(the_answer_to_a_key_update_fits_between_packages_too),
		cmocka_unit_test(a_key_update_that_wants_no_answer_gets_none),
		cmocka_unit_test(a_client_that_closes_is_told_from_one_that_is_cut_off),
		cmocka_unit_test(an_alert_among_the_messages_is_told_by_its_status),
		cmocka_unit_test(a_renegotiation_is_declined),
		cmocka_unit_test(a_word_to_the_peer_that_nobody_takes_ends_the_connection),
		cmocka_unit_test(an_acceptor_needs_a_certificate),
		cmocka_unit_test(a_credential_serves_its_own_direction_only),
		cmocka_unit_test(only_the_versions_that_the_policy_allows_are_spoken),
		cmocka_unit_test(a_credential_without_any_version_is_not_made),
		cmocka_unit_test(many_contexts_share_a_credential),
		cmocka_unit_test(the_package_is_a_stream_package),
		cmocka_unit_test(whichever_allocation_fails_no_connection_is_half_made),
		cmocka_unit_test(a_message_that_finds_no_memory_ends_the_context),
		cmocka_unit_test(without_memory_no_credential_and_no_context_is_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
