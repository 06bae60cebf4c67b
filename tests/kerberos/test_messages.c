/* Messages as SSPI lays them out, against both roles and against MIT's own forms (RFC 4121 4.2). */
#include "kerberos/context.h"
#include "kerberos/kerberos.h"
#include "support/hex.h"
#include "support/kerberos_realm.h"
#include "support/seams.h"

#include <gssapi/gssapi_ext.h>

#define PROTECTED \
	(FLAG_MUTUAL_AUTH | FLAG_CONFIDENTIALITY | FLAG_INTEGRITY | FLAG_REPLAY_DETECT | FLAG_SEQUENCE_DETECT)
#define TEXT "a message to protect"

enum { TRAILER = 60, SIGNATURE = 28, SPACE = 256, RRC_OFFSET = 6 };

/* A message of at most three pieces in one's own memory. */
struct sealed {
	uint8_t header[SPACE], bytes[3][SPACE];
	struct span data[3];
	struct message message;
};

static struct side server, client;

static int begin_with(uint32_t requested, uint32_t of_server)
{
	struct acquire_request accept = kerberos_accept_request();
	struct kerberos_ticket ticket = kerberos_ticket();
	struct acquire_request initiate = kerberos_initiate_request(kerberos_cache(&ticket));

	server = client = (struct side) { 0 };
	side_start(&server, &kerberos_package, &accept, ROLE_ACCEPT);
	side_start(&client, &kerberos_package, &initiate, ROLE_INITIATE);
	client.leg.requested = requested;
	server.leg.requested = of_server;
	client.leg.target = u16(ticket.service);
	assert_false(status_failed(side_step(&client, slice_of(NULL, 0))));
	assert_false(status_failed(side_step(&server, side_output(&client))));
	if (requested & FLAG_MUTUAL_AUTH)
		assert_int_equal(side_step(&client, side_output(&server)), SEC_E_OK);
	if (requested & FLAG_DCE_STYLE)
		assert_int_equal(side_step(&server, side_output(&client)), SEC_E_OK);
	return 0;
}

static int begin(void **state)
{
	(void)state;
	return begin_with(PROTECTED, 0);
}

static int begin_dce_style(void **state)
{
	(void)state;
	return begin_with(PROTECTED | FLAG_DCE_STYLE, FLAG_DCE_STYLE);
}

static int begin_without_protection(void **state)
{
	(void)state;
	return begin_with(FLAG_MUTUAL_AUTH, 0);
}

static int end(void **state)
{
	(void)state;
	side_end(&server);
	side_end(&client);
	assert_int_equal(seam_blocks_alive(), 0);
	return 0;
}

static void make(struct sealed *sealed, size_t pieces, const char *text)
{
	*sealed = (struct sealed) { .message.data = sealed->data, .message.data_count = pieces };
	for (size_t i = 0; i < pieces; i++) {
		memcpy(sealed->bytes[i], text, strlen(text));
		sealed->data[i] = (struct span) { sealed->bytes[i], strlen(text) };
	}
	sealed->message.header = (struct span) { sealed->header, SPACE };
}

static SECURITY_STATUS seal(struct side *side, struct sealed *sealed)
{
	return kerberos_package.seal(side->context, &sealed->message);
}

static SECURITY_STATUS open(struct side *side, struct sealed *sealed)
{
	return kerberos_package.open(side->context, &sealed->message);
}

static void assert_text(const struct sealed *sealed, size_t piece)
{
	assert_bytes(slice_of(sealed->data[piece].data, sealed->data[piece].size), SLICE_LITERAL(TEXT));
}

static gss_ctx_id_t gss_of(const struct side *side)
{
	return ((struct kerberos_context *)side->context)->gss;
}

/* --- Seal and open */

static void a_token_of_60_bytes_and_data_of_the_texts_length(void **state)
{
	struct sealed sealed;

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct side *from = i % 2 ? &server : &client, *to = i % 2 ? &client : &server;

		make(&sealed, 1, TEXT);
		assert_int_equal(seal(from, &sealed), SEC_E_OK);
		assert_int_equal(sealed.message.header.size, TRAILER);
		assert_bytes(slice_of(sealed.header, 2), hex("0504"));
		assert_bytes(slice_of(sealed.header + RRC_OFFSET - 2, 4), hex("0000 001c"));
		assert_memory_not_equal(sealed.data[0].data, TEXT, sizeof(TEXT) - 1);
		assert_int_equal(open(to, &sealed), SEC_E_OK);
		assert_text(&sealed, 0);
	}
}

static void an_empty_text_is_a_message_too(void **state)
{
	struct sealed sealed;

	(void)state;
	make(&sealed, 1, "");
	assert_int_equal(seal(&client, &sealed), SEC_E_OK);
	assert_int_equal(open(&server, &sealed), SEC_E_OK);
	assert_int_equal(sealed.data[0].size, 0);
}

static void one_blob_is_opened_where_it_lies(void **state)
{
	struct sealed sealed, blob = { .message.data_count = 1 };

	(void)state;
	make(&sealed, 1, TEXT);
	assert_int_equal(seal(&client, &sealed), SEC_E_OK);
	memcpy(blob.bytes[0], sealed.header, TRAILER);
	memcpy(blob.bytes[0] + TRAILER, sealed.bytes[0], sealed.data[0].size);
	blob.data[0] = (struct span) { blob.bytes[0], TRAILER + sealed.data[0].size };
	blob.message.data = blob.data;
	assert_int_equal(open(&server, &blob), SEC_E_OK);
	assert_text(&blob, 0);
}

static void several_pieces_are_sealed_as_one(void **state)
{
	struct sealed sealed;

	(void)state;
	make(&sealed, 3, TEXT);
	assert_int_equal(seal(&client, &sealed), SEC_E_OK);
	assert_int_equal(open(&server, &sealed), SEC_E_OK);
	for (size_t i = 0; i < 3; i++)
		assert_text(&sealed, i);
}

static void a_piece_that_is_only_signed_stays_as_it_is(void **state)
{
	struct sealed sealed;

	(void)state;
	for (int changed = 0; changed < 2; changed++) {
		make(&sealed, 3, TEXT);
		sealed.message.signed_only = 1 << 0 | 1 << 2;
		assert_int_equal(seal(&client, &sealed), SEC_E_OK);
		assert_text(&sealed, 0);
		assert_text(&sealed, 2);
		assert_memory_not_equal(sealed.bytes[1], TEXT, sizeof(TEXT) - 1);
		sealed.bytes[2][0] ^= (uint8_t)changed;
		assert_int_equal(open(&server, &sealed), changed ? SEC_E_MESSAGE_ALTERED : SEC_E_OK);
		if (!changed)
			assert_text(&sealed, 1);
	}
}

/* Plain GSS_Wrap leaves the trailer behind: cut at 60 the second part is no text's length from its start. */
static void what_gss_wrap_makes_is_opened_wherever_it_is_cut(void **state)
{
	gss_buffer_desc text = { sizeof(TEXT) - 1, (void *)(uintptr_t)TEXT }, wrapped;

	(void)state;
	for (size_t cut = 0; cut <= TRAILER; cut += 4) {
		struct sealed sealed = { .message.data_count = 1 };
		OM_uint32 minor;

		assert_int_equal(gss_wrap(&minor, gss_of(&client), 1, 0, &text, NULL, &wrapped), 0);
		memcpy(sealed.header, wrapped.value, cut);
		memcpy(sealed.bytes[0], (uint8_t *)wrapped.value + cut, wrapped.length - cut);
		sealed.message.header = (struct span) { sealed.header, cut };
		sealed.data[0] = (struct span) { sealed.bytes[0], wrapped.length - cut };
		sealed.message.data = sealed.data;
		(void)gss_release_buffer(&minor, &wrapped);
		assert_int_equal(open(&server, &sealed), SEC_E_OK);
		assert_text(&sealed, 0);
	}
}

/* RFC 4121 4.2.5: a receiver takes any rotation. */
static void every_rotation_is_opened(void **state)
{
	gss_buffer_desc text = { sizeof(TEXT) - 1, (void *)(uintptr_t)TEXT }, wrapped;
	enum { CLEAR = 16 };

	(void)state;
	for (size_t rotation = 0; rotation < 100; rotation++) {
		struct sealed sealed = { .message.data_count = 1 };
		OM_uint32 minor;
		size_t size;

		assert_int_equal(gss_wrap(&minor, gss_of(&server), 1, 0, &text, NULL, &wrapped), 0);
		size = wrapped.length - CLEAR;
		memcpy(sealed.bytes[0], wrapped.value, CLEAR);
		sealed.bytes[0][RRC_OFFSET + 1] = (uint8_t)rotation;
		for (size_t i = 0; i < size; i++)
			sealed.bytes[0][CLEAR + (i + rotation) % size] =
				((uint8_t *)wrapped.value)[CLEAR + i];
		sealed.data[0] = (struct span) { sealed.bytes[0], wrapped.length };
		sealed.message.data = sealed.data;
		(void)gss_release_buffer(&minor, &wrapped);
		assert_int_equal(open(&client, &sealed), SEC_E_OK);
		assert_text(&sealed, 0);
	}
}

/* Ours, seen by MIT. */
static void gss_unwrap_opens_what_is_sealed_here(void **state)
{
	uint8_t whole[SPACE + SPACE];
	gss_buffer_desc blob = { 0, whole }, text;
	struct sealed sealed;
	OM_uint32 minor;
	int sealed_it;

	(void)state;
	make(&sealed, 1, TEXT);
	assert_int_equal(seal(&client, &sealed), SEC_E_OK);
	memcpy(whole, sealed.header, TRAILER);
	memcpy(whole + TRAILER, sealed.bytes[0], sealed.data[0].size);
	blob.length = TRAILER + sealed.data[0].size;
	assert_int_equal(gss_unwrap(&minor, gss_of(&server), &blob, &text, &sealed_it, NULL), 0);
	assert_true(sealed_it);
	assert_bytes(slice_of(text.value, text.length), SLICE_LITERAL(TEXT));
	(void)gss_release_buffer(&minor, &text);
}

static void what_is_signed_only_is_not_taken_for_sealed(void **state)
{
	gss_buffer_desc text = { sizeof(TEXT) - 1, (void *)(uintptr_t)TEXT }, wrapped;
	struct sealed sealed = { .message.data_count = 1 };
	OM_uint32 minor;

	(void)state;
	assert_int_equal(gss_wrap(&minor, gss_of(&client), 0, 0, &text, NULL, &wrapped), 0);
	memcpy(sealed.bytes[0], wrapped.value, wrapped.length);
	sealed.data[0] = (struct span) { sealed.bytes[0], wrapped.length };
	sealed.message.data = sealed.data;
	(void)gss_release_buffer(&minor, &wrapped);
	assert_int_equal(open(&server, &sealed), SEC_E_MESSAGE_ALTERED);
}

static void every_changed_byte_is_refused_and_the_text_wiped(void **state)
{
	struct sealed sealed;

	for (size_t at = 0; at < TRAILER + sizeof(TEXT) - 1; at++) {
		make(&sealed, 1, TEXT);
		assert_int_equal(seal(&client, &sealed), SEC_E_OK);
		if (at < TRAILER)
			sealed.header[at] ^= 1;
		else
			sealed.bytes[0][at - TRAILER] ^= 1;
		if (!status_failed(open(&server, &sealed))) {
			/* RFC 4121 4.2.5: a rotation counts modulo the length of what is rotated. */
			assert_int_equal(at, RRC_OFFSET);
			assert_text(&sealed, 0);
			continue;
		}
		assert_int_equal(sealed.bytes[0][0] | sealed.bytes[0][1], 0);
		make(&sealed, 1, TEXT);
		assert_int_equal(open(&server, &sealed), SEC_E_OUT_OF_SEQUENCE); /* it has ended */
		(void)end(state);
		(void)begin(state);
	}
}

static void a_message_that_was_seen_or_left_out_is_out_of_sequence(void **state)
{
	struct sealed first, second, again;

	make(&first, 1, TEXT);
	assert_int_equal(seal(&client, &first), SEC_E_OK);
	again = first;
	again.message.header.data = again.header;
	again.message.data = again.data;
	again.data[0].data = again.bytes[0];
	assert_int_equal(open(&server, &first), SEC_E_OK);
	assert_int_equal(open(&server, &again), SEC_E_OUT_OF_SEQUENCE);
	assert_int_equal(again.message.reason, REASON_WRONG_SEQUENCE_NUMBER);
	assert_int_equal(again.bytes[0][0], 0);
	(void)end(state);
	(void)begin(state);
	make(&first, 1, TEXT);
	make(&second, 1, TEXT);
	assert_int_equal(seal(&client, &first), SEC_E_OK);
	assert_int_equal(seal(&client, &second), SEC_E_OK);
	assert_int_equal(open(&server, &second), SEC_E_OUT_OF_SEQUENCE);
}

static void a_header_that_is_too_small_is_refused_before_anything_is_sealed(void **state)
{
	struct sealed sealed;

	(void)state;
	make(&sealed, 1, TEXT);
	sealed.message.header.size = TRAILER - 1;
	assert_int_equal(seal(&client, &sealed), SEC_E_BUFFER_TOO_SMALL);
	assert_text(&sealed, 0);
	sealed.message.header.size = TRAILER;
	assert_int_equal(seal(&client, &sealed), SEC_E_OK);
}

/* --- DCE style */

static void dce_style_has_a_longer_token(void **state)
{
	enum { DCE_TRAILER = 76 };
	struct sealed sealed;

	(void)state;
	for (int i = 0; i < 2; i++) {
		make(&sealed, 2, TEXT);
		sealed.message.signed_only = 1 << 0;
		assert_int_equal(seal(i ? &server : &client, &sealed), SEC_E_OK);
		assert_int_equal(sealed.message.header.size, DCE_TRAILER);
		assert_int_equal(open(i ? &client : &server, &sealed), SEC_E_OK);
		assert_text(&sealed, 1);
	}
}

/* --- Sign and verify */

static void a_signature_is_of_28_bytes_and_covers_every_piece(void **state)
{
	struct sealed sealed;

	(void)state;
	make(&sealed, 2, TEXT);
	assert_int_equal(kerberos_package.sign(client.context, &sealed.message), SEC_E_OK);
	assert_int_equal(sealed.message.header.size, SIGNATURE);
	assert_bytes(slice_of(sealed.header, 2), hex("0404"));
	assert_text(&sealed, 0);
	assert_int_equal(kerberos_package.verify(server.context, &sealed.message), SEC_E_OK);
	make(&sealed, 2, TEXT);
	assert_int_equal(kerberos_package.sign(client.context, &sealed.message), SEC_E_OK);
	sealed.bytes[1][3] ^= 1;
	assert_int_equal(kerberos_package.verify(server.context, &sealed.message), SEC_E_MESSAGE_ALTERED);
}

/* --- Contexts that protect nothing */

static void without_protection_nothing_is_sealed_or_signed(void **state)
{
	struct sealed sealed;

	(void)state;
	make(&sealed, 1, TEXT);
	assert_int_equal(seal(&client, &sealed), SEC_E_UNSUPPORTED_FUNCTION);
	assert_int_equal(open(&server, &sealed), SEC_E_UNSUPPORTED_FUNCTION);
	assert_int_equal(kerberos_package.sign(client.context, &sealed.message), SEC_E_UNSUPPORTED_FUNCTION);
	assert_int_equal(kerberos_package.verify(client.context, &sealed.message),
			 SEC_E_UNSUPPORTED_FUNCTION);
	assert_text(&sealed, 0);
}

static void messages_need_a_finished_context(void **state)
{
	struct sealed sealed;

	(void)state;
	side_restart(&server, ROLE_ACCEPT);
	make(&sealed, 1, TEXT);
	assert_int_equal(seal(&server, &sealed), SEC_E_OUT_OF_SEQUENCE);
	assert_int_equal(kerberos_package.verify(server.context, &sealed.message), SEC_E_OUT_OF_SEQUENCE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
		TEST(a_token_of_60_bytes_and_data_of_the_texts_length),
		TEST(an_empty_text_is_a_message_too),
		TEST(one_blob_is_opened_where_it_lies),
		TEST(several_pieces_are_sealed_as_one),
		TEST(a_piece_that_is_only_signed_stays_as_it_is),
		TEST(what_gss_wrap_makes_is_opened_wherever_it_is_cut),
		TEST(every_rotation_is_opened),
		TEST(gss_unwrap_opens_what_is_sealed_here),
		TEST(what_is_signed_only_is_not_taken_for_sealed),
		TEST(every_changed_byte_is_refused_and_the_text_wiped),
		TEST(a_message_that_was_seen_or_left_out_is_out_of_sequence),
		TEST(a_header_that_is_too_small_is_refused_before_anything_is_sealed),
		cmocka_unit_test_setup_teardown(dce_style_has_a_longer_token, begin_dce_style, end),
		TEST(a_signature_is_of_28_bytes_and_covers_every_piece),
		cmocka_unit_test_setup_teardown(without_protection_nothing_is_sealed_or_signed,
						begin_without_protection, end),
		TEST(messages_need_a_finished_context),
#undef TEST
	};

	kerberos_realm_start("");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
