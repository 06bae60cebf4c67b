/* Package Schannel: messages, the end of the stream, and what comes besides data. */
#include "base/clock.h"
#include "base/compiler.h"
#include "support/exchange.h"
#include "support/hex.h"
#include "support/seams.h"
#include "support/test_ca.h"
#include "support/tls_pair.h"
#include "support/tls_peer.h"

#include <openssl/err.h>
#include <string.h>
#include <time.h>

static struct tls_pair pair;
static struct tls_peer peer;
static struct tls_end nowhere;
static PCCERT_CONTEXT server_certificate;

static const uint32_t versions[] = { SP_PROT_TLS1_2_CLIENT | SP_PROT_TLS1_2_SERVER,
				     SP_PROT_TLS1_3_CLIENT | SP_PROT_TLS1_3_SERVER };

static int set_up(void **state)
{
	const struct test_ca_wish wish = { .name = "server", .host = "server.test" };

	(void)state;
	seam_set_time(CLOCK_UNIX_EPOCH + (int64_t)time(NULL) * CLOCK_TICKS_PER_SECOND);
	server_certificate = test_ca_certificate(&wish);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	(void)CertFreeCertificateContext(server_certificate);
	return 0;
}

static void acquire_both(uint32_t protocols)
{
	SCHANNEL_CRED client = tls_pair_cred(SCH_CRED_MANUAL_CRED_VALIDATION, NULL);
	SCHANNEL_CRED server = tls_pair_cred(0, &server_certificate);

	client.grbitEnabledProtocols = server.grbitEnabledProtocols = protocols;
	tls_pair_start(&pair, &client, &server);
}

static void connect_both(uint32_t protocols)
{
	acquire_both(protocols);
	assert_true(tls_pair_run(&pair));
}

/* --- Messages */

static void messages_of_every_size_pass(void **state)
{
	static const size_t sizes[] = { 1, 2, 15, 16, 17, 1000, 16383, 16384 };
	static uint8_t text[16384];
	struct slice heard;

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (uint8_t)(i * 7);
	for (size_t v = 0; v < COUNT_OF(versions); v++) {
		connect_both(versions[v]);
		for (size_t i = 0; i < COUNT_OF(sizes); i++) {
			assert_int_equal(tls_pair_send(&pair.client, &pair.server, slice_of(text, sizes[i])),
					 SEC_E_OK);
			assert_int_equal(tls_pair_receive(&pair.server, &heard), SEC_E_OK);
			assert_bytes(heard, slice_of(text, sizes[i]));
		}
		tls_pair_end(&pair);
	}
}

/* OpenSSL writes no record without a body: there is nothing to send, and nothing is lost. */
static void a_message_of_nothing_is_no_record(void **state)
{
	(void)state;
	connect_both(0);
	assert_int_equal(tls_pair_send(&pair.client, &pair.server, slice_of(NULL, 0)), SEC_E_OK);
	assert_int_equal(pair.server.size, 0);
	tls_pair_talk(&pair);
	tls_pair_end(&pair);
}

static void a_message_that_is_too_long_is_refused(void **state)
{
	static uint8_t text[16385];

	(void)state;
	connect_both(0);
	assert_int_equal(tls_pair_send(&pair.client, &pair.server, slice_of(text, sizeof(text))),
			 SEC_E_INVALID_TOKEN);
	tls_pair_talk(&pair);
	tls_pair_end(&pair);
}

static void records_come_one_by_one_with_what_is_left(void **state)
{
	struct slice heard;

	(void)state;
	connect_both(0);
	assert_int_equal(tls_pair_send(&pair.client, &pair.server, SLICE_LITERAL("one")), SEC_E_OK);
	assert_int_equal(tls_pair_send(&pair.client, &pair.server, SLICE_LITERAL("two")), SEC_E_OK);
	assert_int_equal(tls_pair_receive(&pair.server, &heard), SEC_E_OK);
	assert_bytes(heard, SLICE_LITERAL("one"));
	assert_int_equal(tls_pair_receive(&pair.server, &heard), SEC_E_OK);
	assert_bytes(heard, SLICE_LITERAL("two"));
	assert_int_equal(pair.server.size, 0);
	assert_int_equal(tls_pair_receive(&pair.server, &heard), SEC_E_INCOMPLETE_MESSAGE);
	tls_pair_end(&pair);
}

static void an_altered_record_ends_the_use_of_the_context(void **state)
{
	struct slice heard;

	(void)state;
	connect_both(0);
	assert_int_equal(tls_pair_send(&pair.client, &pair.server, SLICE_LITERAL("one")), SEC_E_OK);
	pair.server.arrived[pair.server.size - 1] ^= 1;
	assert_int_equal(tls_pair_receive(&pair.server, &heard), SEC_E_DECRYPT_FAILURE);
	assert_int_equal(tls_pair_send(&pair.server, &nowhere, SLICE_LITERAL("two")), SEC_E_OUT_OF_SEQUENCE);
	tls_pair_end(&pair);
}

static void alerts_cannot_be_sent_and_signatures_not_be_made(void **state)
{
	uint8_t bytes[64] = { 0 };
	SecBuffer buffers[] = { { 5, SECBUFFER_STREAM_HEADER, bytes },
				{ 2, SECBUFFER_DATA, bytes },
				{ 44, SECBUFFER_STREAM_TRAILER, bytes },
				{ 0, SECBUFFER_EMPTY, NULL } };
	SecBufferDesc list = { SECBUFFER_VERSION, COUNT_OF(buffers), buffers };

	(void)state;
	connect_both(0);
	assert_int_equal(EncryptMessage(&pair.client.context, SECQOP_WRAP_OOB_DATA, &list, 0),
			 SEC_E_UNSUPPORTED_FUNCTION);
	assert_int_equal(MakeSignature(&pair.client.context, 0, &list, 0), SEC_E_UNSUPPORTED_FUNCTION);
	assert_int_equal(CompleteAuthToken(&pair.client.context, &list), SEC_E_UNSUPPORTED_FUNCTION);
	tls_pair_talk(&pair);
	tls_pair_end(&pair);
}

/* --- ApplyControlToken */

static SECURITY_STATUS apply(struct tls_end *end, uint32_t number)
{
	SecBuffer buffer = { sizeof(number), SECBUFFER_TOKEN, &number };
	SecBufferDesc list = { SECBUFFER_VERSION, 1, &buffer };

	return ApplyControlToken(&end->context, &list);
}

/* The statuses of each list were seen in Windows. */
static void control_tokens_that_are_none_are_refused(void **state)
{
	uint8_t bytes[12] = { 0 };
	SecBuffer buffers[2] = { { 4, SECBUFFER_DATA, bytes }, { 4, SECBUFFER_TOKEN, bytes } };
	SecBufferDesc list = { SECBUFFER_VERSION, 1, buffers };
	CtxtHandle *context = &pair.client.context;

	(void)state;
	connect_both(0);
	assert_int_equal(ApplyControlToken(NULL, &list), SEC_E_INVALID_HANDLE);
	assert_int_equal(ApplyControlToken(context, NULL), SEC_E_INTERNAL_ERROR);
	assert_int_equal(ApplyControlToken(context, &list), SEC_E_INVALID_TOKEN);
	list.cBuffers = 2;
	assert_int_equal(ApplyControlToken(context, &list), SEC_E_INVALID_TOKEN);
	list.cBuffers = 0;
	assert_int_equal(ApplyControlToken(context, &list), SEC_E_INVALID_TOKEN);
	list = (SecBufferDesc) { SECBUFFER_VERSION, 1, &buffers[1] };
	for (uint32_t size = 0; size < 4; size++) {
		buffers[1].cbBuffer = size;
		assert_int_equal(ApplyControlToken(context, &list), SEC_E_UNSUPPORTED_FUNCTION);
	}
	for (uint32_t number = 0; number < 6; number++) {
		memcpy(bytes, &number, sizeof(number));
		buffers[1].cbBuffer = sizeof(bytes);
		if (number != SCHANNEL_SHUTDOWN)
			assert_int_equal(ApplyControlToken(context, &list), SEC_E_UNSUPPORTED_FUNCTION);
	}
	assert_int_equal(tls_pair_call(&pair.client, &pair.server),
			 SEC_E_OUT_OF_SEQUENCE); /* no leg is due */
	tls_pair_talk(&pair);
	tls_pair_end(&pair);
}

/* A client that gives up before the end says so in the clear; that finishes nothing. */
static void an_unfinished_client_may_be_shut_down(void **state)
{
	SecPkgContext_StreamSizes sizes;

	(void)state;
	acquire_both(0);
	assert_int_equal(tls_pair_call(&pair.client, &pair.server), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(apply(&pair.client, SCHANNEL_SHUTDOWN), SEC_E_OK);
	pair.server.size = 0;
	assert_int_equal(tls_pair_call(&pair.client, &pair.server), SEC_E_OK);
	assert_bytes(slice_of(pair.server.arrived, pair.server.size), hex("15030300020100"));
	assert_int_equal(pair.client.attributes, 0);
	assert_int_equal(QueryContextAttributesA(&pair.client.context, SECPKG_ATTR_STREAM_SIZES, &sizes),
			 SEC_E_INVALID_HANDLE);
	assert_int_equal(tls_pair_send(&pair.client, &nowhere, SLICE_LITERAL("x")), SEC_E_INVALID_HANDLE);
	assert_int_equal(tls_pair_call(&pair.client, &pair.server), SEC_E_INCOMPLETE_MESSAGE);
	tls_pair_end(&pair);
}

/* A server speaks in the clear no more, and OpenSSL sends no alert of ours before the end. */
static void an_unfinished_server_takes_no_control_token(void **state)
{
	(void)state;
	acquire_both(0);
	assert_int_equal(tls_pair_call(&pair.client, &pair.server), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(tls_pair_call(&pair.server, &pair.client), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(apply(&pair.server, SCHANNEL_SHUTDOWN), SEC_E_OUT_OF_SEQUENCE);
	assert_true(tls_pair_run(&pair));
	tls_pair_end(&pair);
}

static void other_packages_take_no_control_token(void **state)
{
	static struct exchange exchange;
	struct exchange_settings settings = exchange_usual("NTLM");
	uint32_t number = SCHANNEL_SHUTDOWN;
	SecBuffer buffer = { sizeof(number), SECBUFFER_TOKEN, &number };
	SecBufferDesc list = { SECBUFFER_VERSION, 1, &buffer };
	CtxtHandle none = { 0, 0 };

	(void)state;
	exchange_start(&exchange, &settings);
	assert_true(exchange_run(&exchange));
	assert_int_equal(ApplyControlToken(&exchange.client.context, &list), SEC_E_UNSUPPORTED_FUNCTION);
	assert_int_equal(CompleteAuthToken(&exchange.client.context, &list), SEC_E_UNSUPPORTED_FUNCTION);
	assert_int_equal(CompleteAuthToken(&none, &list), SEC_E_INVALID_HANDLE);
	assert_int_equal(CompleteAuthToken(NULL, &list), SEC_E_INVALID_HANDLE);
	exchange_end(&exchange);
}

/* --- The end of the stream */

static void a_side_that_shuts_down_sends_close_notify(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * COUNT_OF(versions); i++) {
		struct tls_end *closes, *hears;
		struct slice heard;

		connect_both(versions[i / 2]);
		closes = i % 2 ? &pair.server : &pair.client;
		hears = i % 2 ? &pair.client : &pair.server;
		assert_int_equal(apply(closes, SCHANNEL_SHUTDOWN), SEC_E_OK);
		assert_int_equal(tls_pair_send(closes, hears, SLICE_LITERAL("late")), SEC_E_CONTEXT_EXPIRED);
		assert_int_equal(tls_pair_call(closes, hears), SEC_E_OK);
		assert_true(closes->token_size > 0);
		assert_int_equal(tls_pair_call(closes, hears), SEC_E_OUT_OF_SEQUENCE);
		assert_int_equal(tls_pair_send(closes, hears, SLICE_LITERAL("late")), SEC_E_CONTEXT_EXPIRED);
		assert_int_equal(tls_pair_receive(hears, &heard), SEC_I_CONTEXT_EXPIRED);
		assert_int_equal(tls_pair_send(hears, closes, SLICE_LITERAL("late")), SEC_E_CONTEXT_EXPIRED);
		/* And back. */
		assert_int_equal(apply(hears, SCHANNEL_SHUTDOWN), SEC_E_OK);
		assert_int_equal(tls_pair_call(hears, closes), SEC_E_OK);
		assert_int_equal(tls_pair_receive(closes, &heard), SEC_I_CONTEXT_EXPIRED);
		tls_pair_end(&pair);
	}
}

/* What the peer said before it heard of the end still arrives. */
static void what_was_said_before_the_end_is_heard(void **state)
{
	struct slice heard;

	(void)state;
	connect_both(0);
	assert_int_equal(tls_pair_send(&pair.server, &pair.client, SLICE_LITERAL("last")), SEC_E_OK);
	assert_int_equal(apply(&pair.client, SCHANNEL_SHUTDOWN), SEC_E_OK);
	pair.client.keep_input = true;
	assert_int_equal(tls_pair_call(&pair.client, &pair.server), SEC_E_OK);
	pair.client.keep_input = false;
	assert_int_equal(tls_pair_receive(&pair.client, &heard), SEC_E_OK);
	assert_bytes(heard, SLICE_LITERAL("last"));
	tls_pair_end(&pair);
}

/* CREDSSP hands the token on to its TLS. */
static void a_credssp_stream_is_shut_down_the_same_way(void **state)
{
	static struct exchange exchange;
	struct exchange_settings settings = exchange_usual("CREDSSP");
	uint32_t number = SCHANNEL_SHUTDOWN;
	SecBuffer control = { sizeof(number), SECBUFFER_TOKEN, &number };
	SecBufferDesc control_list = { SECBUFFER_VERSION, 1, &control };
	struct slice heard;

	(void)state;
	for (int server = 0; server < 2; server++) {
		struct exchange_side *closes, *hears;

		exchange_start(&exchange, &settings);
		assert_true(exchange_run(&exchange));
		closes = server ? &exchange.server : &exchange.client;
		hears = server ? &exchange.client : &exchange.server;
		assert_int_equal(ApplyControlToken(&closes->context, &control_list), SEC_E_OK);
		exchange_call(&exchange, closes);
		assert_int_equal(closes->status, SEC_E_OK);
		assert_true(hears->arrived.size > 0);
		memcpy(nowhere.arrived, hears->arrived.data, hears->arrived.size);
		nowhere.size = hears->arrived.size;
		nowhere.context = hears->context;
		assert_int_equal(tls_pair_receive(&nowhere, &heard), SEC_I_CONTEXT_EXPIRED);
		exchange_call(&exchange, closes);
		assert_int_equal(closes->status, SEC_E_OUT_OF_SEQUENCE);
		exchange_end(&exchange);
	}
}

/* --- Tickets and new keys: SEC_I_RENEGOTIATE */

/* Our client and OpenSSL's server, which sends tickets behind its handshake where it is TLS 1.3. */
static void meet_openssl(uint32_t protocols, int version)
{
	acquire_both(protocols);
	tls_peer_server(&peer, version, CERTIFICATE_P256);
	assert_int_equal(tls_pair_call(&pair.client, &nowhere), SEC_I_CONTINUE_NEEDED);
	while (pair.client.status != SEC_E_OK) {
		struct slice sent;

		(void)tls_peer_step(&peer, slice_of(nowhere.arrived, nowhere.size));
		nowhere.size = 0;
		sent = tls_peer_take(&peer);
		memcpy(pair.client.arrived + pair.client.size, sent.data, sent.size);
		pair.client.size += sent.size;
		while (pair.client.size && pair.client.status == SEC_I_CONTINUE_NEEDED)
			assert_true(tls_pair_call(&pair.client, &nowhere) >= 0);
	}
	(void)tls_peer_step(&peer, slice_of(nowhere.arrived, nowhere.size));
	nowhere.size = 0;
}

static void leave_openssl(void)
{
	tls_pair_end(&pair);
	tls_peer_end(&peer);
	memset(&nowhere, 0, sizeof(nowhere));
}

/* What the peer has sent arrives. */
static void hear_peer(void)
{
	struct slice sent = tls_peer_take(&peer);

	memcpy(pair.client.arrived + pair.client.size, sent.data, sent.size);
	pair.client.size += sent.size;
}

static void peer_hears(struct slice expected)
{
	LOCAL_WRITER(plain);

	assert_int_equal(tls_peer_read(&peer, slice_of(nowhere.arrived, nowhere.size), &plain),
			 SSL_ERROR_WANT_READ);
	nowhere.size = 0;
	assert_bytes(writer_slice(&plain), expected);
}

enum way { BY_EXTRA, BY_NOTHING, BY_WHAT_FOLLOWS, WAYS };

/* SEC_I_RENEGOTIATE was said: the calls are closed until the handshake function was called, in one of three ways. */
static void call_in(enum way way, size_t record)
{
	struct slice heard, all = slice_of(pair.client.arrived, pair.client.size);
	static uint8_t kept[TLS_PAIR_BYTES];
	size_t size = pair.client.size;

	assert_int_equal(tls_pair_receive(&pair.client, &heard), SEC_E_CONTEXT_EXPIRED);
	assert_int_equal(tls_pair_send(&pair.client, &nowhere, SLICE_LITERAL("x")), SEC_E_CONTEXT_EXPIRED);
	assert_int_equal(pair.client.size, all.size);
	memcpy(kept, pair.client.arrived, size);
	if (way != BY_EXTRA)
		tls_pair_drop(&pair.client, way == BY_NOTHING ? size : record);
	assert_int_equal(tls_pair_call(&pair.client, &nowhere), SEC_E_OK);
	/* The one record is gone, and what follows it is not. */
	if (way == BY_NOTHING) {
		memcpy(pair.client.arrived, kept + record, size - record);
		pair.client.size = size - record;
	}
	assert_int_equal(pair.client.size, size - record);
	assert_memory_equal(pair.client.arrived, kept + record, size - record);
}

static size_t first_record(void)
{
	return 5u + (size_t)(pair.client.arrived[3] << 8 | pair.client.arrived[4]);
}

static void a_ticket_is_told_and_wants_one_call(void **state)
{
	struct slice heard;

	(void)state;
	for (int way = BY_EXTRA; way < WAYS; way++) {
		int tickets = 0;

		meet_openssl(0, TLS1_3_VERSION);
		hear_peer();
		tls_peer_write(&peer, SLICE_LITERAL("data"));
		hear_peer();
		for (;;) {
			size_t size = pair.client.size, record = first_record();
			SECURITY_STATUS status = tls_pair_receive(&pair.client, &heard);

			if (status == SEC_E_OK)
				break;
			assert_int_equal(status, SEC_I_RENEGOTIATE);
			assert_int_equal(heard.size, 0);
			assert_int_equal(pair.client.size, size); /* EXTRA covers the record, too */
			call_in((enum way)way, record);
			tickets++;
		}
		assert_bytes(heard, SLICE_LITERAL("data"));
		assert_int_equal(tickets, 2);
		assert_int_equal(tls_pair_send(&pair.client, &nowhere, SLICE_LITERAL("answer")), SEC_E_OK);
		peer_hears(SLICE_LITERAL("answer"));
		leave_openssl();
	}
}

static void take_tickets(void)
{
	struct slice heard;

	hear_peer();
	while (pair.client.size) {
		assert_int_equal(tls_pair_receive(&pair.client, &heard), SEC_I_RENEGOTIATE);
		assert_int_equal(tls_pair_call(&pair.client, &nowhere), SEC_E_OK);
		assert_int_equal(pair.client.token_size, 0);
	}
}

/* RFC 8446 4.6.3: who is asked for new keys answers before its next record. */
static void new_keys_are_answered_by_the_call(void **state)
{
	struct slice heard;

	(void)state;
	for (int asked = 0; asked < 2; asked++) {
		meet_openssl(0, TLS1_3_VERSION);
		take_tickets();
		assert_int_equal(SSL_key_update(peer.ssl, asked ? SSL_KEY_UPDATE_REQUESTED
								: SSL_KEY_UPDATE_NOT_REQUESTED),
				 1);
		assert_int_equal(SSL_do_handshake(peer.ssl), 1);
		tls_peer_write(&peer, SLICE_LITERAL("new"));
		hear_peer();
		assert_int_equal(tls_pair_receive(&pair.client, &heard), SEC_I_RENEGOTIATE);
		assert_int_equal(tls_pair_call(&pair.client, &nowhere), SEC_E_OK);
		assert_int_equal(pair.client.token_size, asked ? 27 : 0);
		assert_int_equal(tls_pair_receive(&pair.client, &heard), SEC_E_OK);
		assert_bytes(heard, SLICE_LITERAL("new"));
		assert_int_equal(tls_pair_send(&pair.client, &nowhere, SLICE_LITERAL("answer")), SEC_E_OK);
		peer_hears(SLICE_LITERAL("answer"));
		leave_openssl();
	}
}

/* TLS 1.2: a HelloRequest is declined by a warning, 100, which the call gives. */
static void a_renegotiation_is_declined(void **state)
{
	LOCAL_WRITER(plain);
	struct slice heard;

	(void)state;
	meet_openssl(0, TLS1_2_VERSION);
	assert_int_equal(SSL_renegotiate(peer.ssl), 1);
	(void)SSL_do_handshake(peer.ssl);
	hear_peer();
	assert_int_equal(tls_pair_receive(&pair.client, &heard), SEC_I_RENEGOTIATE);
	assert_int_equal(tls_pair_call(&pair.client, &nowhere), SEC_E_OK);
	assert_true(pair.client.token_size > 0);
	(void)tls_peer_read(&peer, slice_of(nowhere.arrived, nowhere.size), &plain);
	ERR_clear_error();
	assert_int_equal(tls_peer_alert(&peer), SSL3_AL_WARNING << 8 | SSL_AD_NO_RENEGOTIATION);
	leave_openssl();
}

static void a_client_may_be_shut_down_while_a_call_is_due(void **state)
{
	LOCAL_WRITER(plain);
	struct slice heard;

	(void)state;
	meet_openssl(0, TLS1_3_VERSION);
	hear_peer();
	assert_int_equal(tls_pair_receive(&pair.client, &heard), SEC_I_RENEGOTIATE);
	assert_int_equal(apply(&pair.client, SCHANNEL_SHUTDOWN), SEC_E_OK);
	assert_int_equal(tls_pair_call(&pair.client, &nowhere), SEC_E_OK);
	assert_int_equal(tls_peer_read(&peer, slice_of(nowhere.arrived, nowhere.size), &plain),
			 SSL_ERROR_ZERO_RETURN);
	leave_openssl();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_of_every_size_pass),
		cmocka_unit_test(a_message_of_nothing_is_no_record),
		cmocka_unit_test(a_message_that_is_too_long_is_refused),
		cmocka_unit_test(records_come_one_by_one_with_what_is_left),
		cmocka_unit_test(an_altered_record_ends_the_use_of_the_context),
		cmocka_unit_test(alerts_cannot_be_sent_and_signatures_not_be_made),
		cmocka_unit_test(control_tokens_that_are_none_are_refused),
		cmocka_unit_test(an_unfinished_client_may_be_shut_down),
		cmocka_unit_test(an_unfinished_server_takes_no_control_token),
		cmocka_unit_test(other_packages_take_no_control_token),
		cmocka_unit_test(a_side_that_shuts_down_sends_close_notify),
		cmocka_unit_test(what_was_said_before_the_end_is_heard),
		cmocka_unit_test(a_credssp_stream_is_shut_down_the_same_way),
		cmocka_unit_test(a_ticket_is_told_and_wants_one_call),
		cmocka_unit_test(new_keys_are_answered_by_the_call),
		cmocka_unit_test(a_renegotiation_is_declined),
		cmocka_unit_test(a_client_may_be_shut_down_while_a_call_is_due),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
