/*
 * Sealing and signing under given keys: MS-NLMP 3.4.3, 3.4.4 and MS-SPNG 3.2.5.1. Vectors: 4.2.4.4; the others,
 * with the session key of 4.2.1, were computed by us and cross-checked with another implementation.
 */
#include "base/memory.h"
#include "ntlm/context.h"
#include "ntlm/ntlm.h"
#include "ntlm/wire.h"
#include "support/hex.h"
#include "support/seams.h"

#define KEY       "55555555555555555555555555555555"
#define ALL_FLAGS (NTLM_SIGN | NTLM_SEAL | NTLM_EXTENDED_SESSIONSECURITY | NTLM_128 | NTLM_KEY_EXCH)

/* A context as a finished exchange leaves it. */
static struct ntlm_context finished(enum role role, uint32_t flags)
{
	struct ntlm_context context = {
		.base.package = &ntlm_package,
		.role = role,
		.step = STEP_DONE,
		.flags = flags,
	};
	struct ntlm_session_key key;

	memcpy(key.bytes, hex(KEY).data, sizeof(key.bytes));
	ntlm_keys_derive(&context.keys, &key, role);
	return context;
}

struct sealed {
	uint8_t bytes[128];
	struct span header, data;
	struct message message;
};

static struct message *message_of(struct sealed *sealed, struct slice text)
{
	*sealed = (struct sealed) { 0 };
	memcpy(sealed->bytes + 16, text.data, text.size);
	sealed->data = (struct span) { sealed->bytes + 16, text.size };
	sealed->message = (struct message) {
		.header = { sealed->bytes, 16 },
		.data = &sealed->data,
		.data_count = 1,
	};
	return &sealed->message;
}

/* The wire form: signature, then what the data became. */
static struct slice wire(const struct sealed *sealed)
{
	return slice_of(sealed->bytes, sealed->message.header.size + sealed->data.size);
}

static struct message *blob_of(struct sealed *sealed, struct slice blob)
{
	*sealed = (struct sealed) { 0 };
	memcpy(sealed->bytes, blob.data, blob.size);
	sealed->data = (struct span) { sealed->bytes, blob.size };
	sealed->message = (struct message) { .data = &sealed->data, .data_count = 1 };
	return &sealed->message;
}

static struct slice ascii(const char *text)
{
	return slice_of(text, strlen(text));
}

static struct slice plain(const struct sealed *sealed)
{
	return slice_of(sealed->data.data, sealed->data.size);
}

static void assert_seals(struct ntlm_context *context, struct slice text, const char *expected)
{
	struct sealed sealed;

	assert_int_equal(ntlm_seal(&context->base, message_of(&sealed, text)), SEC_E_OK);
	assert_bytes(wire(&sealed), hex(expected));
}

static void assert_opens(struct ntlm_context *context, const char *blob, struct slice expected)
{
	struct sealed sealed;

	assert_int_equal(ntlm_open(&context->base, blob_of(&sealed, hex(blob))), SEC_E_OK);
	assert_bytes(plain(&sealed), expected);
}

#define HELLO_0  "01000000f2c7d7d07531d2bc000000004c800109b1"
#define WORLD_1  "010000001f6e356eec5c6bb9010000004c1874e33b2e"
#define ABC_2    "01000000ecd6fb5db04c8d1802000000"
#define SERVER_0 "010000006514bd204f6b6e18000000000e6d71db3e"

static void sealing_is_that_of_4_2_4_4(void **state)
{
	struct ntlm_context client = finished(ROLE_INITIATE, ALL_FLAGS);

	(void)state;
	assert_seals(&client, u16("Plaintext"),
		     "010000007fb38ec5c55d497600000000 54e50165bf1936dc996020c1811b0f06fb5f");
}

/* One key stream and one number run through seals and signatures. */
static void sealed_and_signed_messages_share_key_stream_and_sequence_number(void **state)
{
	struct ntlm_context client = finished(ROLE_INITIATE, ALL_FLAGS);
	struct sealed sealed;

	(void)state;
	assert_seals(&client, ascii("Hello"), HELLO_0);
	assert_seals(&client, ascii("World!"), WORLD_1);
	assert_int_equal(ntlm_sign(&client.base, message_of(&sealed, ascii("abc"))), SEC_E_OK);
	assert_bytes(slice_of(sealed.bytes, 16), hex(ABC_2));
	assert_bytes(plain(&sealed), ascii("abc"));
}

static void a_server_opens_and_verifies_in_the_same_order(void **state)
{
	struct ntlm_context server = finished(ROLE_ACCEPT, ALL_FLAGS);
	struct sealed sealed;

	(void)state;
	assert_opens(&server, HELLO_0, ascii("Hello"));
	assert_opens(&server, WORLD_1, ascii("World!"));
	message_of(&sealed, ascii("abc"));
	memcpy(sealed.bytes, hex(ABC_2).data, 16);
	assert_int_equal(ntlm_verify(&server.base, &sealed.message), SEC_E_OK);
}

static void each_direction_has_its_own_keys_and_number(void **state)
{
	struct ntlm_context client = finished(ROLE_INITIATE, ALL_FLAGS),
			    server = finished(ROLE_ACCEPT, ALL_FLAGS);

	(void)state;
	assert_seals(&client, ascii("Hello"), HELLO_0);
	assert_seals(&server, ascii("Hello"), SERVER_0);
	assert_opens(&client, SERVER_0, ascii("Hello"));
	assert_opens(&server, HELLO_0, ascii("Hello"));
}

/* Data first, then the checksum of the plain text, through the same stream. */
static void the_checksum_goes_through_the_stream_behind_the_data(void **state)
{
	struct ntlm_context client = finished(ROLE_INITIATE, ALL_FLAGS);
	struct rc4 stream = client.keys.send.sealing;
	uint8_t expected[5], checksum[8] = { 0 };
	struct sealed sealed;

	(void)state;
	rc4_crypt(&stream, expected, (const uint8_t *)"Hello", 5);
	rc4_crypt(&stream, checksum, checksum, sizeof(checksum));
	assert_int_equal(ntlm_seal(&client.base, message_of(&sealed, ascii("Hello"))), SEC_E_OK);
	assert_bytes(plain(&sealed), slice_of(expected, sizeof(expected)));
	assert_memory_equal(&stream, &client.keys.send.sealing, sizeof(stream));
}

/* Without KEY_EXCH the checksum is not encrypted, 2.2.2.9.2. */
static void without_key_exchange_the_checksum_stays_plain(void **state)
{
	struct ntlm_context client = finished(ROLE_INITIATE, ALL_FLAGS & ~NTLM_KEY_EXCH),
			    server = finished(ROLE_ACCEPT, ALL_FLAGS & ~NTLM_KEY_EXCH);
	struct sealed sealed;

	(void)state;
	assert_int_equal(ntlm_seal(&client.base, message_of(&sealed, u16("Plaintext"))), SEC_E_OK);
	assert_bytes(wire(&sealed),
		     hex("0100000070352851f256430900000000 54e50165bf1936dc996020c1811b0f06fb5f"));
	assert_opens(&server, "0100000070352851f256430900000000 54e50165bf1936dc996020c1811b0f06fb5f",
		     u16("Plaintext"));
}

/* MS-SPNG 3.2.5.1: the number goes on, the key stream starts anew. */
static void a_mech_list_mic_takes_a_number_but_no_key_stream(void **state)
{
	struct ntlm_context client = finished(ROLE_INITIATE, ALL_FLAGS),
			    server = finished(ROLE_ACCEPT, ALL_FLAGS);
	struct slice list = hex("300c060a2b06010401823702020a");
	struct sealed sealed;

	(void)state;
	message_of(&sealed, list)->keep_stream = true;
	assert_int_equal(ntlm_sign(&client.base, &sealed.message), SEC_E_OK);
	assert_bytes(slice_of(sealed.bytes, 16), hex("0100000022a3984fefbb9c3200000000"));
	assert_int_equal(ntlm_verify(&server.base, &sealed.message), SEC_E_OK);
	assert_seals(&client, ascii("Hello"), "010000009ef0def7f2c5ecf2010000004c800109b1");
	assert_opens(&server, "010000009ef0def7f2c5ecf2010000004c800109b1", ascii("Hello"));

	message_of(&sealed, list)->keep_stream = true;
	assert_int_equal(ntlm_sign(&server.base, &sealed.message), SEC_E_OK);
	assert_bytes(slice_of(sealed.bytes, 16), hex("010000007dd6da05648a73ae00000000"));
	assert_int_equal(ntlm_verify(&client.base, &sealed.message), SEC_E_OK);
	assert_seals(&server, ascii("Hello"), "01000000a9cd0d913abb71aa010000000e6d71db3e");
	assert_opens(&client, "01000000a9cd0d913abb71aa010000000e6d71db3e", ascii("Hello"));
}

static void several_pieces_are_one_message(void **state)
{
	struct ntlm_context client = finished(ROLE_INITIATE, ALL_FLAGS);
	uint8_t header[16], text[5];
	struct span pieces[] = { { text, 1 }, { NULL, 0 }, { text + 1, 4 } };
	struct message message = { .header = { header, 16 }, .data = pieces, .data_count = 3 };

	(void)state;
	memcpy(text, "Hello", sizeof(text));
	assert_int_equal(ntlm_seal(&client.base, &message), SEC_E_OK);
	assert_bytes(slice_of(header, 16), hex("01000000f2c7d7d07531d2bc00000000"));
	assert_bytes(slice_of(text, 5), hex("4c800109b1"));
}

/* SECBUFFER_READONLY pieces: under the signature, and outside the key stream. */
static void a_piece_that_is_signed_only_stays_as_it_is(void **state)
{
	struct ntlm_context client = finished(ROLE_INITIATE, ALL_FLAGS),
			    server = finished(ROLE_ACCEPT, ALL_FLAGS);
	uint8_t header[16], head[] = "head", body[] = "Hello";
	struct span pieces[] = { { head, 4 }, { body, 5 } };
	struct message message = {
		.header = { header, 16 },
		.data = pieces,
		.data_count = 2,
		.signed_only = 1,
	};

	(void)state;
	assert_int_equal(ntlm_seal(&client.base, &message), SEC_E_OK);
	assert_string_equal(head, "head");
	assert_bytes(slice_of(body, 5), hex("4c800109b1"));
	assert_int_equal(ntlm_open(&server.base, &message), SEC_E_OK);
	assert_string_equal(body, "Hello");

	assert_int_equal(ntlm_seal(&client.base, &message), SEC_E_OK);
	head[0] = 'H';
	assert_int_equal(ntlm_open(&server.base, &message), SEC_E_MESSAGE_ALTERED);
	assert_string_equal(head, "Head");
}

static void a_message_of_nothing_is_signed_and_opened(void **state)
{
	struct ntlm_context client = finished(ROLE_INITIATE, ALL_FLAGS),
			    server = finished(ROLE_ACCEPT, ALL_FLAGS);
	struct sealed sealed, opened;

	(void)state;
	assert_int_equal(ntlm_seal(&client.base, message_of(&sealed, hex(""))), SEC_E_OK);
	assert_int_equal(ntlm_open(&server.base, blob_of(&opened, wire(&sealed))), SEC_E_OK);
	assert_int_equal(opened.data.size, 0);
}

/* --- What does not verify */

static void one_changed_bit_anywhere_is_found_and_nothing_is_shown(void **state)
{
	static const uint8_t nothing[5];
	struct slice blob = hex(HELLO_0);

	(void)state;
	for (size_t at = 0; at < blob.size; at++) {
		struct ntlm_context server = finished(ROLE_ACCEPT, ALL_FLAGS);
		bool number = at >= 12 && at < 16;
		struct sealed sealed;

		blob_of(&sealed, blob);
		sealed.bytes[at] ^= (uint8_t)(1u << at % 8);
		assert_int_equal(ntlm_open(&server.base, &sealed.message),
				 number ? SEC_E_OUT_OF_SEQUENCE : SEC_E_MESSAGE_ALTERED);
		assert_int_equal(sealed.message.reason,
				 number ? REASON_WRONG_SEQUENCE_NUMBER : REASON_MESSAGE_ALTERED);
		if (!number)
			assert_bytes(slice_of(sealed.bytes + 16, 5), slice_of(nothing, 5));
	}
}

static void an_altered_message_ends_the_context(void **state)
{
	struct ntlm_context server = finished(ROLE_ACCEPT, ALL_FLAGS);
	struct sealed sealed;

	(void)state;
	blob_of(&sealed, hex(HELLO_0));
	sealed.bytes[20] ^= 1;
	assert_int_equal(ntlm_open(&server.base, &sealed.message), SEC_E_MESSAGE_ALTERED);
	assert_int_equal(ntlm_open(&server.base, blob_of(&sealed, hex(HELLO_0))), SEC_E_OUT_OF_SEQUENCE);
	assert_int_equal(sealed.message.reason, REASON_OUT_OF_SEQUENCE);
	assert_int_equal(ntlm_seal(&server.base, message_of(&sealed, ascii("Hello"))), SEC_E_OUT_OF_SEQUENCE);
}

static void a_message_that_comes_twice_or_too_early_is_refused(void **state)
{
	struct ntlm_context server = finished(ROLE_ACCEPT, ALL_FLAGS);
	struct sealed sealed;

	(void)state;
	assert_opens(&server, HELLO_0, ascii("Hello"));
	assert_int_equal(ntlm_open(&server.base, blob_of(&sealed, hex(HELLO_0))), SEC_E_OUT_OF_SEQUENCE);
	assert_int_equal(sealed.message.reason, REASON_WRONG_SEQUENCE_NUMBER);
	server = finished(ROLE_ACCEPT, ALL_FLAGS);
	assert_int_equal(ntlm_open(&server.base, blob_of(&sealed, hex(WORLD_1))), SEC_E_OUT_OF_SEQUENCE);
	assert_int_equal(sealed.message.reason, REASON_WRONG_SEQUENCE_NUMBER);
}

/* What a server sealed is not taken for a client's. */
static void a_message_sent_back_to_its_sender_is_refused(void **state)
{
	struct ntlm_context client = finished(ROLE_INITIATE, ALL_FLAGS);
	struct sealed sealed;

	(void)state;
	assert_int_equal(ntlm_open(&client.base, blob_of(&sealed, hex(HELLO_0))), SEC_E_MESSAGE_ALTERED);
}

static void a_changed_signed_message_is_refused(void **state)
{
	struct ntlm_context client = finished(ROLE_INITIATE, ALL_FLAGS),
			    server = finished(ROLE_ACCEPT, ALL_FLAGS);
	struct sealed sealed;

	(void)state;
	assert_int_equal(ntlm_sign(&client.base, message_of(&sealed, ascii("abc"))), SEC_E_OK);
	sealed.data.data[1] = 'B';
	assert_int_equal(ntlm_verify(&server.base, &sealed.message), SEC_E_MESSAGE_ALTERED);
	assert_bytes(plain(&sealed), ascii("aBc"));
}

static void a_blob_shorter_than_a_signature_is_no_message(void **state)
{
	struct ntlm_context server = finished(ROLE_ACCEPT, ALL_FLAGS);
	struct slice blob = hex(HELLO_0);
	struct sealed sealed;

	(void)state;
	for (size_t size = 0; size < 16; size++)
		assert_int_equal(ntlm_open(&server.base, blob_of(&sealed, slice_of(blob.data, size))),
				 SEC_E_INVALID_TOKEN);
}

static void a_signature_of_another_size_is_refused(void **state)
{
	struct sealed sealed;

	(void)state;
	for (size_t size = 0; size < 20; size++) {
		struct ntlm_context server = finished(ROLE_ACCEPT, ALL_FLAGS);

		if (size == 16)
			continue;
		message_of(&sealed, hex("4c800109b1"));
		memcpy(sealed.bytes, hex(HELLO_0).data, 16);
		sealed.message.header.size = size;
		assert_true(status_failed(ntlm_open(&server.base, &sealed.message)));
	}
}

/* --- What was not negotiated */

static void nothing_is_protected_before_the_exchange_is_done(void **state)
{
	static const enum ntlm_step steps[] = { STEP_NEGOTIATE, STEP_CHALLENGE, STEP_AUTHENTICATE,
						STEP_REFUSED };
	message_function *const calls[] = { ntlm_seal, ntlm_open, ntlm_sign, ntlm_verify };
	struct sealed sealed;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(steps); i++)
		for (size_t call = 0; call < COUNT_OF(calls); call++) {
			struct ntlm_context context = finished(ROLE_ACCEPT, ALL_FLAGS);

			context.step = steps[i];
			assert_int_equal(calls[call](&context.base, message_of(&sealed, ascii("Hello"))),
					 SEC_E_OUT_OF_SEQUENCE);
			assert_bytes(plain(&sealed), ascii("Hello"));
		}
}

static void without_seal_nothing_is_sealed_but_signed(void **state)
{
	struct ntlm_context client = finished(ROLE_INITIATE, ALL_FLAGS & ~NTLM_SEAL);
	struct sealed sealed;

	(void)state;
	assert_int_equal(ntlm_seal(&client.base, message_of(&sealed, ascii("Hello"))),
			 SEC_E_UNSUPPORTED_FUNCTION);
	assert_int_equal(ntlm_open(&client.base, blob_of(&sealed, hex(HELLO_0))), SEC_E_UNSUPPORTED_FUNCTION);
	assert_int_equal(ntlm_sign(&client.base, message_of(&sealed, ascii("Hello"))), SEC_E_OK);
}

static void without_sign_and_seal_nothing_is_protected(void **state)
{
	struct ntlm_context client = finished(ROLE_INITIATE, ALL_FLAGS & ~(NTLM_SEAL | NTLM_SIGN));
	message_function *const calls[] = { ntlm_seal, ntlm_open, ntlm_sign, ntlm_verify };
	struct sealed sealed;

	(void)state;
	for (size_t call = 0; call < COUNT_OF(calls); call++)
		assert_int_equal(calls[call](&client.base, message_of(&sealed, ascii("Hello"))),
				 SEC_E_UNSUPPORTED_FUNCTION);
}

/* A call that is refused for its buffers has changed nothing. */
static void too_small_a_header_is_told_and_takes_no_number(void **state)
{
	struct ntlm_context client = finished(ROLE_INITIATE, ALL_FLAGS);
	struct sealed sealed;

	(void)state;
	message_of(&sealed, ascii("Hello"))->header.size = 15;
	assert_int_equal(ntlm_seal(&client.base, &sealed.message), SEC_E_BUFFER_TOO_SMALL);
	assert_seals(&client, ascii("Hello"), HELLO_0);
}

static void more_pieces_than_anybody_has_are_refused(void **state)
{
	struct ntlm_context client = finished(ROLE_INITIATE, ALL_FLAGS);
	struct span pieces[17] = { { NULL, 0 } };
	uint8_t header[16];
	struct message message = { .header = { header, 16 }, .data = pieces, .data_count = COUNT_OF(pieces) };

	(void)state;
	assert_int_equal(ntlm_seal(&client.base, &message), SEC_E_INVALID_TOKEN);
	message.data_count--;
	assert_int_equal(ntlm_seal(&client.base, &message), SEC_E_OK);
}

static void a_large_header_buffer_is_told_its_real_size(void **state)
{
	struct ntlm_context client = finished(ROLE_INITIATE, ALL_FLAGS);
	struct span data = { NULL, 0 };
	uint8_t header[64];
	struct message message = { .header = { header, sizeof(header) }, .data = &data, .data_count = 1 };

	(void)state;
	assert_int_equal(ntlm_seal(&client.base, &message), SEC_E_OK);
	assert_int_equal(message.header.size, 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sealing_is_that_of_4_2_4_4),
		cmocka_unit_test(sealed_and_signed_messages_share_key_stream_and_sequence_number),
		cmocka_unit_test(a_server_opens_and_verifies_in_the_same_order),
		cmocka_unit_test(each_direction_has_its_own_keys_and_number),
		cmocka_unit_test(the_checksum_goes_through_the_stream_behind_the_data),
		cmocka_unit_test(without_key_exchange_the_checksum_stays_plain),
		cmocka_unit_test(a_mech_list_mic_takes_a_number_but_no_key_stream),
		cmocka_unit_test(several_pieces_are_one_message),
		cmocka_unit_test(a_piece_that_is_signed_only_stays_as_it_is),
		cmocka_unit_test(a_message_of_nothing_is_signed_and_opened),
		cmocka_unit_test(one_changed_bit_anywhere_is_found_and_nothing_is_shown),
		cmocka_unit_test(an_altered_message_ends_the_context),
		cmocka_unit_test(a_message_that_comes_twice_or_too_early_is_refused),
		cmocka_unit_test(a_message_sent_back_to_its_sender_is_refused),
		cmocka_unit_test(a_changed_signed_message_is_refused),
		cmocka_unit_test(a_blob_shorter_than_a_signature_is_no_message),
		cmocka_unit_test(a_signature_of_another_size_is_refused),
		cmocka_unit_test(nothing_is_protected_before_the_exchange_is_done),
		cmocka_unit_test(without_seal_nothing_is_sealed_but_signed),
		cmocka_unit_test(without_sign_and_seal_nothing_is_protected),
		cmocka_unit_test(too_small_a_header_is_told_and_takes_no_number),
		cmocka_unit_test(more_pieces_than_anybody_has_are_refused),
		cmocka_unit_test(a_large_header_buffer_is_told_its_real_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
