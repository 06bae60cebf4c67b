/*
 * Every byte of every token of an exchange changed in turn, for each type of encryption: raw with and without mutual
 * authentication, DCE style, and inside SPNEGO. A changed token is refused; where it is not, the field is one of the
 * table below, and the exchange ends with the same client, the same flags and one key.
 */
#include "asn1/der_reader.h"
#include "kerberos/context.h"
#include "kerberos/kerberos.h"
#include "negotiate/negotiate.h"
#include "ntlm/ntlm.h"
#include "support/hex.h"
#include "support/kerberos_realm.h"
#include "support/seams.h"

#include <stdio.h>

#define PROTECTED \
	(FLAG_MUTUAL_AUTH | FLAG_CONFIDENTIALITY | FLAG_INTEGRITY | FLAG_REPLAY_DETECT | FLAG_SEQUENCE_DETECT)

enum { FIELD_SIZE = 96, TOKENS_MAX = 6, BITS = 8 };

/* --- Fields ----------------------------------------------------------------------------------------------------- */

/*
 * What nothing covers, by the numbers of its tags (RFC 4120 5.3 and 5.5.1, RFC 4178 4.2), and which of its bits.
 * Whoever changes it changes nothing that counts; docs/kerberos.md says the same.
 */
static struct uncovered {
	const char *field;
	uint8_t bits;
	const char *reason;
	bool seen;
} uncovered[] = {
	{ "AP-REQ/2", 0xff, "ap-options: what was asked for is in the authenticator's checksum", false },
	{ "AP-REQ/3/Ticket/1", 0x20, "realm: the case does not count for the look-up of the key", false },
	{ "AP-REQ/3/Ticket/2/0", 0xff, "sname, name-type: means nothing (RFC 4120 6.2)", false },
	{ "AP-REQ/3/Ticket/2/1", 0x20, "sname, name-string: the same as of realm", false },
	{ "AP-REQ/3/Ticket/3/1", 0xff, "enc-part, kvno: a hint; the key itself must open the ticket", false },
	{ "/GSS/0/0", 0xff, "mechTypes: what stands behind the mechanism that was taken at once", false },
	{ "/1/1", 0x04, "supportedMech: Kerberos' one identifier for the other, both of which were offered",
	  false },
};

static struct uncovered *find_uncovered(const char *field, uint8_t mask)
{
	const char *in_ap_req = strstr(field, "AP-REQ");

	for (size_t i = 0; i < COUNT_OF(uncovered); i++)
		if (mask & uncovered[i].bits &&
		    strcmp(uncovered[i].field, in_ap_req ? in_ap_req : field) == 0)
			return &uncovered[i];
	return NULL;
}

/* Further into a token, by what an element's tag is called. */
static void enter(char field[FIELD_SIZE], uint8_t tag)
{
	static const struct {
		uint8_t tag;
		const char *name;
	} messages[] = {
		{ 0x60, "GSS" },    { 0x61, "Ticket" },    { 0x6e, "AP-REQ" },
		{ 0x6f, "AP-REP" }, { 0x7e, "KRB-ERROR" },
	};
	size_t length = strlen(field);

	if ((tag & 0xe0) == 0xa0)
		(void)snprintf(field + length, FIELD_SIZE - length, "/%u", tag & 0x1f);
	for (size_t i = 0; i < COUNT_OF(messages); i++)
		if (tag == messages[i].tag)
			(void)snprintf(field + length, FIELD_SIZE - length, "/%s", messages[i].name);
}

static void mark(char field[FIELD_SIZE], const char *what)
{
	size_t length = strlen(field);

	(void)snprintf(field + length, FIELD_SIZE - length, " %s", what);
}

/* RFC 2743 3.1: an identifier, and of krb5 a TOK_ID, in front of the token. False: `at` lies in there. */
static bool skip_frame(struct byte_reader *in, const uint8_t *at, char field[FIELD_SIZE])
{
	struct byte_reader oid;
	bool is_krb5;

	assert_true(der_read(in, 0x06, &oid));
	is_krb5 = slice_equal(reader_rest(&oid), hex("2a864886f712010202"));
	if (at < in->data)
		mark(field, "mechanism");
	else if (is_krb5 && at < in->data + 2)
		mark(field, "TOK_ID");
	else
		return !is_krb5 || reader_skip(in, 2);
	return false;
}

/* SPNEGO's mechToken and responseToken hold a token of their own. */
static bool is_wrapping(const char *field)
{
	return strcmp(field, "/GSS/0/2") == 0 || strcmp(field, "/1/2") == 0;
}

/* Which field the octet at `at` belongs to; a tag or a length is its "frame". */
static void walk(struct byte_reader in, const uint8_t *at, char field[FIELD_SIZE])
{
	struct byte_reader contents;
	uint8_t tag;

	do
		if (!der_read_any(&in, &tag, &contents))
			return;
	while (at >= contents.data + contents.size);
	enter(field, tag);
	if (at < contents.data)
		mark(field, "frame");
	else if (tag == 0x60 && !skip_frame(&contents, at, field))
		return;
	else if (tag & 0x20 || is_wrapping(field))
		walk(contents, at, field);
}

struct field {
	char name[FIELD_SIZE];
};

static struct field field_of(struct slice token, size_t at)
{
	struct field field = { "" };

	walk(reader_of(token), token.data + at, field.name);
	return field;
}

/*
 * Where the octet of another token lies that this one's octet at `at` corresponds to. Numbers drawn at random are not
 * always of one length: for one too many the last of its field.
 */
static size_t same_place(struct slice token, size_t at, struct slice other)
{
	struct field field = field_of(token, at);
	size_t ordinal = 0, place = other.size;

	for (size_t i = 0; i < at; i++)
		ordinal += strcmp(field_of(token, i).name, field.name) == 0;
	for (size_t i = 0; i < other.size; i++)
		if (strcmp(field_of(other, i).name, field.name) == 0) {
			place = i;
			if (ordinal-- == 0)
				break;
		}
	assert_true(place < other.size);
	return place;
}

static bool is_cipher(const char *field)
{
	static const char *const ends[] = { "/Ticket/3/2", "AP-REQ/4/2", "AP-REP/2/2" };

	for (size_t i = 0; i < COUNT_OF(ends); i++)
		if (strlen(field) >= strlen(ends[i]) &&
		    strcmp(field + strlen(field) - strlen(ends[i]), ends[i]) == 0)
			return true;
	return false;
}

/* --- Exchanges -------------------------------------------------------------------------------------------------- */

static const struct variation {
	const char *name;
	const struct security_package *package;
	uint32_t requested, of_server;
} variations[] = {
	{ "raw", &kerberos_package, PROTECTED, 0 },
	{ "not mutual", &kerberos_package, PROTECTED & ~FLAG_MUTUAL_AUTH, 0 },
	{ "DCE style", &kerberos_package, PROTECTED | FLAG_DCE_STYLE, FLAG_DCE_STYLE },
	{ "SPNEGO", &negotiate_package, PROTECTED, 0 },
};
static const krb5_enctype encryptions[] = {
	ENCTYPE_AES128_CTS_HMAC_SHA1_96,
	ENCTYPE_AES256_CTS_HMAC_SHA1_96,
	ENCTYPE_AES128_CTS_HMAC_SHA256_128,
	ENCTYPE_AES256_CTS_HMAC_SHA384_192,
};

static const struct security_package *const both[] = { &kerberos_package, &ntlm_package, NULL };
static struct test_authority authority;
static struct side server, client;

static void start(const struct variation *variation, krb5_enctype encryption, int clock)
{
	struct acquire_request accept = kerberos_accept_request();
	struct acquire_request initiate = test_initiate_request("alice", "CORP", "Password");
	struct kerberos_ticket ticket = kerberos_ticket();

	ticket.encryption = ticket.session_encryption = encryption;
	ticket.clock = clock;
	initiate.kerberos.cache = kerberos_cache(&ticket);
	accept.packages = initiate.packages = both;
	authority = test_authority_of("alice", "", "Password");
	accept.authority = &authority.base;
	side_start(&server, variation->package, &accept, ROLE_ACCEPT);
	side_start(&client, variation->package, &initiate, ROLE_INITIATE);
	client.leg.requested = variation->requested;
	server.leg.requested = variation->of_server;
	client.leg.target = u16(KERBEROS_TARGET);
}

static void stop(void)
{
	side_end(&server);
	side_end(&client);
}

static void restart(void)
{
	side_restart(&server, ROLE_ACCEPT);
	side_restart(&client, ROLE_INITIATE);
}

/* In one token of an exchange, the octet that lies where `at` does in `like`; or nothing (mask 0). */
struct change {
	int token;
	struct slice like;
	size_t at;
	uint8_t mask;
};

/* Both sides until each has said its last word. True: both are content. */
static bool run(const struct change *change)
{
	struct side *from = &client, *to = &server, *next;
	SECURITY_STATUS last;

	restart();
	last = side_step(&client, slice_of(NULL, 0));
	assert_false(status_failed(last));
	for (int token = 0; side_output(from).size; token++) {
		CLEANUP(writer_wipe) struct byte_writer arrives = writer_growing();

		assert_in_range(token, 0, TOKENS_MAX);
		writer_bytes(&arrives, side_output(from));
		if (change && token == change->token)
			arrives.data[same_place(change->like, change->at, side_output(from))] ^= change->mask;
		last = side_step(to, writer_slice(&arrives));
		if (status_failed(last))
			return false;
		next = from, from = to, to = next;
	}
	return last == SEC_E_OK;
}

static struct byte_writer token_of(int wanted)
{
	struct side *from = &client, *to = &server, *next;
	struct byte_writer token = writer_growing();

	restart();
	assert_false(status_failed(side_step(&client, slice_of(NULL, 0))));
	for (int i = 0; i < wanted && side_output(from).size; i++) {
		assert_false(status_failed(side_step(to, side_output(from))));
		next = from, from = to, to = next;
	}
	writer_bytes(&token, side_output(from));
	return token;
}

static union attribute_value ask(const struct side *side, enum attribute attribute)
{
	union attribute_value value;

	assert_int_equal(side->package->query(side->context, attribute, &value), REASON_OK);
	return value;
}

static void assert_same_outcome(const struct variation *variation)
{
	uint32_t reached = variation->requested | FLAG_CONNECTION;
	const struct account *account = ask(&server, ATTRIBUTE_ACCOUNT).account;

	assert_bytes(secret_slice(&account->user), u16("alice"));
	assert_bytes(secret_slice(&account->domain), u16(KERBEROS_REALM));
	assert_true(account->local && account->by_ticket);
	assert_int_equal(server.leg.reached, reached);
	assert_int_equal(client.leg.reached, reached);
	assert_bytes(ask(&server, ATTRIBUTE_SESSION_KEY).bytes, ask(&client, ATTRIBUTE_SESSION_KEY).bytes);
}

/* The change was not refused at once: does the whole exchange end well, and is that all right? */
static void follow(const struct variation *variation, const struct change *change)
{
	struct field field = field_of(change->like, change->at);
	struct uncovered *row = find_uncovered(field.name, change->mask);

	if (!run(change))
		return;
	assert_same_outcome(variation);
	if (!row)
		fail_msg("%s: %s: octet %zu ^ %02x of token %d changes nothing", variation->name, field.name,
			 change->at, change->mask, change->token);
	row->seen = true;
}

/* Of a token that a server meets again and again: whether it refuses it at once. */
static bool is_refused_at_once(const struct change *change)
{
	CLEANUP(writer_wipe) struct byte_writer changed = writer_growing();

	writer_bytes(&changed, change->like);
	changed.data[change->at] ^= change->mask;
	side_restart(&server, ROLE_ACCEPT);
	return status_failed(side_step(&server, writer_slice(&changed)));
}

/* Each bit, but of what is encrypted one of an octet. */
static unsigned sweep(const struct variation *variation, int which)
{
	CLEANUP(writer_wipe) struct byte_writer token = token_of(which);
	unsigned tried = 0;

	for (size_t at = 0; at < token.size; at++) {
		bool cipher = is_cipher(field_of(writer_slice(&token), at).name);

		for (unsigned bit = cipher ? at % BITS : 0; bit < BITS; bit += cipher ? BITS : 1) {
			const struct change change = { which, writer_slice(&token), at,
						       (uint8_t)(1u << bit) };

			if (which > 0 || !is_refused_at_once(&change))
				follow(variation, &change);
			tried++;
		}
	}
	return tried;
}

static void every_byte_of_every_token(void **state)
{
	(void)state;
	for (size_t e = 0; e < COUNT_OF(encryptions); e++)
		for (size_t v = 0; v < COUNT_OF(variations); v++) {
			const struct variation *variation = &variations[v];
			unsigned tried = 0;

			kerberos_realm_permit(encryptions[e]);
			start(variation, encryptions[e], 0);
			assert_true(run(NULL));
			assert_same_outcome(variation);
			assert_int_equal(ask(&server, ATTRIBUTE_KEY_INFO).key_info.encryption_number,
					 encryptions[e]);
			for (int token = 0; token < TOKENS_MAX; token++)
				tried += sweep(variation, token);
			print_message("# %s, type %d: %u changes\n", variation->name, (int)encryptions[e],
				      tried);
			stop();
		}
	assert_int_equal(seam_blocks_alive(), 0);
}

/* Behind the test above: a row that nothing reaches says what is not so. */
static void what_is_called_uncovered_is(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(uncovered); i++)
		if (!uncovered[i].seen)
			fail_msg("%s is covered", uncovered[i].field);
}

/* A server whose clock is another: its KRB-ERROR, or the reject around it. */
static void every_byte_of_a_krb_error(void **state)
{
	(void)state;
	kerberos_realm_start("");
	for (size_t v = 0; v < COUNT_OF(variations); v++) {
		CLEANUP(writer_wipe) struct byte_writer token = writer_growing();
		const struct variation *variation = &variations[v];

		if (!(variation->requested & FLAG_MUTUAL_AUTH))
			continue; /* nothing is waited for */
		start(variation, ENCTYPE_AES256_CTS_HMAC_SHA1_96, 4000);
		server.leg.requested |= FLAG_EXTENDED_ERROR;
		assert_int_equal(side_step(&client, slice_of(NULL, 0)), SEC_I_CONTINUE_NEEDED);
		assert_int_equal(side_step(&server, side_output(&client)), SEC_E_TIME_SKEW);
		writer_bytes(&token, side_output(&server));
		assert_non_null(strstr(field_of(writer_slice(&token), token.size - 1).name, "KRB-ERROR"));
		for (size_t i = 0; i < token.size * BITS; i++) {
			side_restart(&client, ROLE_INITIATE);
			assert_int_equal(side_step(&client, slice_of(NULL, 0)), SEC_I_CONTINUE_NEEDED);
			token.data[i / BITS] ^= (uint8_t)(1u << i % BITS);
			assert_true(status_failed(side_step(&client, writer_slice(&token))));
			assert_false(client.leg.can_seal);
			assert_int_equal(side_step(&client, writer_slice(&token)), SEC_E_OUT_OF_SEQUENCE);
			token.data[i / BITS] ^= (uint8_t)(1u << i % BITS);
		}
		stop();
	}
	assert_int_equal(seam_blocks_alive(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_byte_of_every_token),
		cmocka_unit_test(what_is_called_uncovered_is),
		cmocka_unit_test(every_byte_of_a_krb_error),
	};

	kerberos_realm_start("");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
