/*
 * Every bit of every kind of message changed in turn, and every EC and RRC in its header (RFC 4121 4.2.3), for each
 * type of encryption and DCE style too: a message opens to its own text or not at all. A changed signature is never
 * right.
 */
#include "kerberos/context.h"
#include "kerberos/kerberos.h"
#include "support/hex.h"
#include "support/kerberos_realm.h"
#include "support/seams.h"

#include <stdlib.h>

/* Without REPLAY_DETECT and SEQUENCE_DETECT, so that one message can be opened again and again. */
#define PROTECTED (FLAG_MUTUAL_AUTH | FLAG_CONFIDENTIALITY | FLAG_INTEGRITY)
#define TEXT      "a message to protect"

enum { TEXT_SIZE = sizeof(TEXT) - 1, SPACE = 96, BITS = 8 };
/* RFC 4121 4.2.6.2. */
enum { EC_OFFSET = 4, RRC_OFFSET = 6, HEADER_SIZE = 16, CONFOUNDER = 16, COUNT16 = 1 << 16 };
/* RFC 4121 4.2.2 and 2. */
enum { SENT_BY_ACCEPTOR = 1, SEALED = 2, ACCEPTOR_SUBKEY = 4, ACCEPTOR_SEAL = 22, INITIATOR_SEAL = 24 };

static const struct variation {
	krb5_enctype encryption;
	bool dce_style;
} variations[] = {
	{ ENCTYPE_AES128_CTS_HMAC_SHA1_96, false },    { ENCTYPE_AES128_CTS_HMAC_SHA1_96, true },
	{ ENCTYPE_AES256_CTS_HMAC_SHA1_96, false },    { ENCTYPE_AES256_CTS_HMAC_SHA1_96, true },
	{ ENCTYPE_AES128_CTS_HMAC_SHA256_128, false }, { ENCTYPE_AES128_CTS_HMAC_SHA256_128, true },
	{ ENCTYPE_AES256_CTS_HMAC_SHA384_192, false }, { ENCTYPE_AES256_CTS_HMAC_SHA384_192, true },
};

static struct side server, client;

static void start(const struct variation *variation)
{
	struct acquire_request accept = kerberos_accept_request();
	struct kerberos_ticket ticket = kerberos_ticket();
	struct acquire_request initiate;

	kerberos_realm_permit(variation->encryption);
	ticket.encryption = ticket.session_encryption = variation->encryption;
	initiate = kerberos_initiate_request(kerberos_cache(&ticket));
	side_start(&server, &kerberos_package, &accept, ROLE_ACCEPT);
	side_start(&client, &kerberos_package, &initiate, ROLE_INITIATE);
	client.leg.requested = PROTECTED | (variation->dce_style ? FLAG_DCE_STYLE : 0);
	server.leg.requested = variation->dce_style ? FLAG_DCE_STYLE : 0;
	client.leg.target = u16(ticket.service);
	assert_false(status_failed(side_step(&client, slice_of(NULL, 0))));
	assert_false(status_failed(side_step(&server, side_output(&client))));
	assert_int_equal(side_step(&client, side_output(&server)), SEC_E_OK);
	if (variation->dce_style)
		assert_int_equal(side_step(&server, side_output(&client)), SEC_E_OK);
	assert_int_equal(((struct kerberos_context *)server.context)->encryption, variation->encryption);
}

static void stop(void)
{
	side_end(&server);
	side_end(&client);
	assert_int_equal(seam_blocks_alive(), 0);
}

/* --- Messages */

enum kind { KIND_SEALED, KIND_SIGNED, KIND_MIXED, KIND_SIGNATURE, KIND_COUNT };

/* Token and two pieces, each in memory of exactly its size. */
struct parts {
	struct span token, data[2];
};

static struct span copy_of(struct slice bytes)
{
	struct span copy = { malloc(bytes.size ? bytes.size : 1), bytes.size };

	assert_non_null(copy.data);
	if (bytes.size)
		memcpy(copy.data, bytes.data, bytes.size);
	return copy;
}

static struct parts copy_parts(const struct parts *parts)
{
	return (struct parts) {
		copy_of(slice_of(parts->token.data, parts->token.size)),
		{ copy_of(slice_of(parts->data[0].data, parts->data[0].size)),
		  copy_of(slice_of(parts->data[1].data, parts->data[1].size)) },
	};
}

static void free_parts(struct parts *parts)
{
	free(parts->token.data);
	free(parts->data[0].data);
	free(parts->data[1].data);
}

/* MIXED: the first piece is signed, the second sealed. */
static struct message message_of(struct parts *parts, enum kind kind)
{
	return (struct message) {
		.header = parts->token,
		.data = parts->data,
		.data_count = COUNT_OF(parts->data),
		.signed_only = kind == KIND_MIXED,
		.unsealed = kind == KIND_SIGNED,
		.takes_unsealed = true,
	};
}

static struct parts make(struct side *side, enum kind kind)
{
	uint8_t token[SPACE];
	struct parts parts = {
		.data = { copy_of(SLICE_LITERAL(TEXT)), copy_of(SLICE_LITERAL("and more")) },
	};
	struct message message = message_of(&parts, kind);
	message_function *run = kind == KIND_SEALED || kind == KIND_MIXED ? kerberos_seal : kerberos_sign;

	message.header = (struct span) { token, sizeof(token) };
	assert_int_equal(run(side->context, &message), SEC_E_OK);
	parts.token = copy_of(slice_of(token, message.header.size));
	return parts;
}

/* Whether it is taken, and then for its own text. */
static bool is_taken(struct side *side, const struct parts *parts, enum kind kind)
{
	struct kerberos_context *context = (struct kerberos_context *)side->context;
	struct parts copy = copy_parts(parts), kept = copy;
	struct message message = message_of(&copy, kind);
	SECURITY_STATUS status =
		(kind == KIND_SIGNATURE ? kerberos_verify : kerberos_open)(side->context, &message);

	if (status == SEC_E_OK) {
		assert_bytes(slice_of(copy.data[0].data, copy.data[0].size), SLICE_LITERAL(TEXT));
		assert_bytes(slice_of(copy.data[1].data, copy.data[1].size), SLICE_LITERAL("and more"));
		assert_int_equal(message.unsealed, kind == KIND_SIGNED);
	} else {
		assert_true(status_failed(status));
		assert_true(message.reason != REASON_OK);
		assert_int_equal(context->step, STEP_REFUSED);
		context->step = STEP_DONE; /* for the next */
	}
	free_parts(&kept);
	return status == SEC_E_OK;
}

static void put16(struct parts *parts, size_t at, unsigned value)
{
	parts->token.data[at] = (uint8_t)(value >> 8);
	parts->token.data[at + 1] = (uint8_t)value;
}

/* The octet at `at` of token and data. */
static uint8_t *octet(struct parts *parts, size_t at)
{
	if (at < parts->token.size)
		return parts->token.data + at;
	at -= parts->token.size;
	return at < parts->data[0].size ? parts->data[0].data + at
					: parts->data[1].data + (at - parts->data[0].size);
}

static void every_bit_of_every_kind_of_message(void **state)
{
	(void)state;
	for (size_t v = 0; v < 2 * COUNT_OF(variations); v++) {
		struct side *from = v % 2 ? &server : &client, *to = v % 2 ? &client : &server;

		start(&variations[v / 2]);
		for (enum kind kind = KIND_SEALED; kind < KIND_COUNT; kind++) {
			struct parts parts = make(from, kind);
			size_t size = parts.token.size + parts.data[0].size + parts.data[1].size;

			assert_true(is_taken(to, &parts, kind));
			for (size_t i = 0; i < size * BITS; i++) {
				uint8_t bit = (uint8_t)(1u << i % BITS);

				*octet(&parts, i / BITS) ^= bit;
				if (is_taken(to, &parts, kind))
					fail_msg("kind %d: octet %zu ^ %02x changes nothing", (int)kind,
						 i / BITS, bit);
				*octet(&parts, i / BITS) ^= bit;
			}
			assert_true(is_taken(to, &parts, kind));
			free_parts(&parts);
		}
		stop();
	}
}

/* An RRC counts modulo the length of what is rotated (RFC 4121 4.2.5); in place it is taken as it is. */
static unsigned right_rotations(const struct variation *variation, const struct parts *parts, enum kind kind)
{
	size_t turn = parts->token.size + parts->data[0].size + parts->data[1].size - HEADER_SIZE;
	unsigned rrc = parts->token.data[RRC_OFFSET + 1];

	if (variation->dce_style || kind == KIND_MIXED)
		return 1;
	return (unsigned)((COUNT16 - 1 - rrc % turn) / turn + 1);
}

static void every_ec_and_every_rrc_that_is_not_so(void **state)
{
	static const size_t offsets[] = { EC_OFFSET, RRC_OFFSET };

	(void)state;
	for (size_t v = 0; v < COUNT_OF(variations); v++) {
		start(&variations[v]);
		for (enum kind kind = KIND_SEALED; kind < KIND_SIGNATURE; kind++) {
			struct parts parts = make(&client, kind);

			for (size_t i = 0; i < COUNT_OF(offsets); i++) {
				struct parts changed = copy_parts(&parts);
				unsigned taken = 0;

				for (unsigned value = 0; value < COUNT16; value++) {
					put16(&changed, offsets[i], value);
					taken += is_taken(&server, &changed, kind);
				}
				free_parts(&changed);
				assert_int_equal(taken,
						 offsets[i] == EC_OFFSET
							 ? 1
							 : right_rotations(&variations[v], &parts, kind));
			}
			assert_true(is_taken(&server, &parts, kind));
			free_parts(&parts);
		}
		stop();
	}
}

/* --- Messages of a peer that lays them out in other ways -------------------------------------------------------- */

static krb5_context krb5;

static void rotate_right(uint8_t *bytes, size_t size, size_t count)
{
	uint8_t *copy = malloc(size);

	assert_non_null(copy);
	memcpy(copy, bytes, size);
	for (size_t i = 0; i < size; i++)
		bytes[(i + count) % size] = copy[i];
	free(copy);
}

/*
 * RFC 4121 4.2.4 with the peer's key: the text, `filler` octets, and a header that says `ec`; rotated by `rrc`.
 */
static struct byte_writer craft(struct side *from, size_t filler, unsigned ec, unsigned rrc)
{
	struct kerberos_context *context = (struct kerberos_context *)from->context;
	krb5_keyblock key = { .enctype = context->encryption,
			      .length = (unsigned)context->session_key.size,
			      .contents = context->session_key.data };
	struct byte_writer plain = writer_growing(), token = writer_growing();
	krb5_enc_data sealed = { 0 };
	krb5_data input;
	size_t size;

	writer_bytes(&token, hex("0504"));
	writer_u8(&token, SEALED | ACCEPTOR_SUBKEY | (from == &server ? SENT_BY_ACCEPTOR : 0));
	writer_u8(&token, 0xff);
	writer_u16be(&token, (uint16_t)ec);
	writer_zeros(&token, HEADER_SIZE - RRC_OFFSET);
	writer_bytes(&plain, SLICE_LITERAL(TEXT));
	writer_zeros(&plain, filler);
	writer_bytes(&plain, writer_slice(&token));
	writer_patch(&token, RRC_OFFSET, slice_of((uint8_t[]) { (uint8_t)(rrc >> 8), (uint8_t)rrc }, 2));
	input = (krb5_data) { .data = (char *)plain.data, .length = (unsigned)plain.size };
	assert_int_equal(krb5_c_encrypt_length(krb5, key.enctype, plain.size, &size), 0);
	sealed.ciphertext.data = (char *)writer_extend(&token, size);
	sealed.ciphertext.length = (unsigned)size;
	assert_true(writer_ok(&plain) && writer_ok(&token));
	assert_int_equal(krb5_c_encrypt(krb5, &key, from == &server ? ACCEPTOR_SEAL : INITIATOR_SEAL, NULL,
					&input, &sealed),
			 0);
	rotate_right(token.data + HEADER_SIZE, size, rrc % size);
	writer_wipe(&plain);
	return token;
}

/* The text's length, or -1: it was refused. */
static int open_crafted(struct side *side, struct byte_writer *token)
{
	struct kerberos_context *context = (struct kerberos_context *)side->context;
	struct span whole = copy_of(writer_slice(token)), piece = whole;
	struct message message = { .data = &piece, .data_count = 1 };
	bool taken = kerberos_open(side->context, &message) == SEC_E_OK;

	if (taken) {
		assert_in_range(piece.size, 0, TEXT_SIZE);
		assert_memory_equal(piece.data, TEXT, piece.size);
	}
	context->step = STEP_DONE;
	free(whole.data);
	writer_wipe(token);
	return taken ? (int)piece.size : -1;
}

static void every_ec_and_every_rrc_that_is_so(void **state)
{
	static const unsigned some[] = { 0, 1, 12, 16, 24, 28, 40, 44, 60, 255, 256, 1000, COUNT16 - 1 };

	(void)state;
	for (size_t v = 0; v < COUNT_OF(variations); v += 2) {
		struct byte_writer token;

		start(&variations[v]);
		for (unsigned rrc = 0; rrc < COUNT16; rrc += v ? 251 : 1) {
			token = craft(&client, 0, 0, rrc);
			assert_int_equal(open_crafted(&server, &token), TEXT_SIZE);
		}
		for (unsigned ec = 0; ec < COUNT16; ec += ec < 256 ? 1 : 997)
			for (size_t i = 0; i < COUNT_OF(some); i++) {
				token = craft(&server, ec, ec, some[i]);
				assert_int_equal(open_crafted(&client, &token), TEXT_SIZE);
			}
		stop();
	}
}

/* With the key in hand a peer may call the end of its own text filler, and no more than that. */
static void a_filler_that_is_not_there(void **state)
{
	(void)state;
	for (size_t v = 0; v < COUNT_OF(variations); v += 2) {
		start(&variations[v]);
		for (unsigned ec = 0; ec < COUNT16; ec += v && ec > TEXT_SIZE + HEADER_SIZE ? 251 : 1) {
			struct byte_writer token = craft(&client, 0, ec, CONFOUNDER);

			assert_int_equal(open_crafted(&server, &token),
					 ec <= TEXT_SIZE ? (int)(TEXT_SIZE - ec) : -1);
		}
		stop();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_bit_of_every_kind_of_message),
		cmocka_unit_test(every_ec_and_every_rrc_that_is_not_so),
		cmocka_unit_test(every_ec_and_every_rrc_that_is_so),
		cmocka_unit_test(a_filler_that_is_not_there),
	};

	kerberos_realm_start("");
	assert_int_equal(krb5_init_context(&krb5), 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
