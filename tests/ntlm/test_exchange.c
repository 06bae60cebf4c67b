/*
 * Whole exchanges: the recorded one of vectors/ntlm.h played again by each of our roles, and our roles with
 * each other.
 */
#include "base/memory.h"
#include "crypto/digest.h"
#include "ntlm/ntlm.h"
#include "support/hex.h"
#include "support/seams.h"
#include "support/side.h"
#include "vectors/ntlm.h"

#define PROTECTED (FLAG_CONFIDENTIALITY | FLAG_INTEGRITY)

static void assert_session_key(const struct side *side, struct slice expected)
{
	union attribute_value value;

	assert_int_equal(ntlm_package.query(side->context, ATTRIBUTE_SESSION_KEY, &value), REASON_OK);
	assert_bytes(value.bytes, expected);
}

static void our_client_plays_the_recorded_exchange_byte_for_byte(void **state)
{
	const struct host_names computer = { .netbios_computer = test_name("COMPUTER") };
	struct acquire_request request = test_initiate_request("User", "Domain", "Password");
	struct side client;

	(void)state;
	request.names = &computer;
	side_start(&client, &ntlm_package, &request, ROLE_INITIATE);
	client.leg.requested = PROTECTED;
	client.leg.target = u16("TERMSRV/server.domain.test");
	client.leg.bindings = hex(OWN_BINDINGS_MD5);
	seam_script_random(hex("aaaaaaaaaaaaaaaa 55555555555555555555555555555555"));
	assert_int_equal(side_step(&client, slice_of(NULL, 0)), SEC_I_CONTINUE_NEEDED);
	assert_bytes(side_output(&client), hex(OWN_NEGOTIATE));
	assert_int_equal(side_step(&client, hex(OWN_CHALLENGE)), SEC_E_OK);
	assert_bytes(side_output(&client), hex(OWN_AUTHENTICATE));
	assert_session_key(&client, hex("55555555555555555555555555555555"));
	side_end(&client);
}

static void our_server_plays_the_recorded_exchange_byte_for_byte(void **state)
{
	struct test_authority authority = test_authority_of("User", "Domain", "Password");
	struct acquire_request request = test_accept_request(&authority);
	struct side server;

	(void)state;
	side_start(&server, &ntlm_package, &request, ROLE_ACCEPT);
	server.leg.requested = PROTECTED;
	server.leg.bindings = hex(OWN_BINDINGS_MD5);
	seam_script_random(hex("0123456789abcdef"));
	assert_int_equal(side_step(&server, hex(OWN_NEGOTIATE)), SEC_I_CONTINUE_NEEDED);
	assert_bytes(side_output(&server), hex(OWN_CHALLENGE));
	assert_int_equal(side_step(&server, hex(OWN_AUTHENTICATE)), SEC_E_OK);
	assert_session_key(&server, hex("55555555555555555555555555555555"));
	side_end(&server);
}

/* It is the GSS form that is hashed, not SEC_CHANNEL_BINDINGS with its offsets. */
static void the_bindings_of_the_recorded_exchange_are_hashed_in_gss_form(void **state)
{
	struct slice gss =
		hex("0000000000000000000000000000000035000000746c732d7365727665722d656e642d706f696e743a"
		    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
	uint8_t digest[MD5_SIZE];

	(void)state;
	crypto_md5(&gss, 1, digest);
	assert_bytes(slice_of(digest, sizeof(digest)), hex(OWN_BINDINGS_MD5));
}

static void one_changed_byte_of_the_recorded_answer_is_refused(void **state)
{
	struct slice right = hex(OWN_AUTHENTICATE);
	uint8_t token[512];

	(void)state;
	for (size_t at = 0; at < right.size; at++) {
		struct test_authority authority = test_authority_of("User", "Domain", "Password");
		struct acquire_request request = test_accept_request(&authority);
		struct side server;

		side_start(&server, &ntlm_package, &request, ROLE_ACCEPT);
		server.leg.bindings = hex(OWN_BINDINGS_MD5);
		seam_script_random(hex("0123456789abcdef"));
		assert_int_equal(side_step(&server, hex(OWN_NEGOTIATE)), SEC_I_CONTINUE_NEEDED);
		memcpy(token, right.data, right.size);
		token[at] ^= 1;
		assert_true(status_failed(side_step(&server, slice_of(token, right.size))));
		assert_int_equal(side_output(&server).size, 0);
		side_end(&server);
	}
}

/* --- Both roles */

struct pair {
	struct test_authority authority;
	struct side client, server;
	struct byte_writer memory, blob;
	long alive;
};

static void begin(struct pair *pair, const char *user, const char *domain, const char *password,
		  uint32_t requested)
{
	struct acquire_request client = test_initiate_request(user, domain, password), server;

	pair->alive = seam_blocks_alive();
	pair->memory = pair->blob = writer_growing();
	pair->authority = test_authority_of("User", "", "Password");
	server = test_accept_request(&pair->authority);
	side_start(&pair->client, &ntlm_package, &client, ROLE_INITIATE);
	side_start(&pair->server, &ntlm_package, &server, ROLE_ACCEPT);
	pair->client.leg.requested = requested;
}

static void end(struct pair *pair)
{
	side_end(&pair->client);
	side_end(&pair->server);
	writer_wipe(&pair->memory);
	writer_wipe(&pair->blob);
	assert_int_equal(seam_blocks_alive(), pair->alive);
}

static SECURITY_STATUS run(struct pair *pair)
{
	assert_int_equal(side_step(&pair->client, slice_of(NULL, 0)), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(side_step(&pair->server, side_output(&pair->client)), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(side_step(&pair->client, side_output(&pair->server)), SEC_E_OK);
	return side_step(&pair->server, side_output(&pair->client));
}

static void assert_passes(struct pair *pair, struct side *from, struct side *to, struct slice text)
{
	struct slice plain;

	writer_wipe(&pair->blob);
	writer_wipe(&pair->memory);
	assert_int_equal(side_seal(from, text, &pair->blob), SEC_E_OK);
	assert_int_equal(pair->blob.size, 16 + text.size);
	assert_int_equal(side_open(to, writer_slice(&pair->blob), &pair->memory, &plain), SEC_E_OK);
	assert_bytes(plain, text);
}

static void both_roles_agree_on_keys_and_talk(void **state)
{
	struct pair pair;
	union attribute_value value;

	(void)state;
	begin(&pair, "User", "Domain", "Password", PROTECTED);
	assert_int_equal(run(&pair), SEC_E_OK);
	assert_int_equal(pair.client.leg.reached, pair.server.leg.reached);
	assert_int_equal(ntlm_package.query(pair.client.context, ATTRIBUTE_SESSION_KEY, &value), REASON_OK);
	assert_session_key(&pair.server, value.bytes);
	for (int i = 0; i < 3; i++) {
		assert_passes(&pair, &pair.client, &pair.server, u16("from the client"));
		assert_passes(&pair, &pair.client, &pair.server, u16("again"));
		assert_passes(&pair, &pair.server, &pair.client, u16("from the server"));
	}
	end(&pair);
}

static void both_roles_agree_on_what_is_asked_for(void **state)
{
	static const uint32_t requested[] = { 0, FLAG_INTEGRITY, FLAG_SEQUENCE_DETECT, PROTECTED };
	struct pair pair;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(requested); i++) {
		begin(&pair, "User", "Domain", "Password", requested[i]);
		pair.server.leg.requested = requested[i];
		assert_int_equal(run(&pair), SEC_E_OK);
		assert_int_equal(pair.client.leg.reached, pair.server.leg.reached);
		assert_int_equal(pair.client.leg.can_seal, requested[i] == PROTECTED);
		assert_int_equal(pair.server.leg.can_seal, requested[i] == PROTECTED);
		end(&pair);
	}
}

static void a_client_that_asks_for_less_than_the_server_requires_is_refused(void **state)
{
	struct pair pair;

	(void)state;
	begin(&pair, "User", "Domain", "Password", FLAG_INTEGRITY);
	pair.server.leg.requested = FLAG_CONFIDENTIALITY;
	assert_int_equal(run(&pair), SEC_E_UNSUPPORTED_FUNCTION);
	assert_int_equal(pair.server.leg.reason, REASON_NTLM_FLAGS);
	end(&pair);
}

static void each_way_to_name_oneself_is_understood(void **state)
{
	static const struct {
		const char *user, *domain;
	} names[] = { { "User", "" }, { "user", "DOMAIN" }, { "USER", "." }, { "uSer", "server" } };
	struct pair pair;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		begin(&pair, names[i].user, names[i].domain, "Password", PROTECTED);
		assert_int_equal(run(&pair), SEC_E_OK);
		end(&pair);
	}
}

static void wrong_passwords_and_unknown_users_are_refused(void **state)
{
	static const struct {
		const char *user, *password;
		enum reason reason;
	} cases[] = {
		{ "User", "password", REASON_WRONG_PASSWORD },
		{ "User", "", REASON_WRONG_PASSWORD },
		{ "User2", "Password", REASON_UNKNOWN_USER },
		{ "", "Password", REASON_NTLM_ANONYMOUS },
		{ "", "", REASON_NTLM_ANONYMOUS },
	};
	struct pair pair;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		begin(&pair, cases[i].user, "Domain", cases[i].password, PROTECTED);
		assert_int_equal(run(&pair), SEC_E_LOGON_DENIED);
		assert_int_equal(pair.server.leg.reason, cases[i].reason);
		end(&pair);
	}
}

static void bindings_of_the_same_channel_match_and_of_others_do_not(void **state)
{
	struct pair pair;

	(void)state;
	for (int same = 0; same < 2; same++) {
		begin(&pair, "User", "Domain", "Password", PROTECTED);
		pair.client.leg.bindings = hex(OWN_BINDINGS_MD5);
		pair.server.leg.bindings =
			same ? hex(OWN_BINDINGS_MD5) : hex("000102030405060708090a0b0c0d0e0f");
		assert_int_equal(run(&pair), same ? SEC_E_OK : SEC_E_BAD_BINDINGS);
		end(&pair);
	}
}

/* An answer to one server is no answer to another, even if the challenge were the same. */
static void an_answer_made_for_another_server_is_refused(void **state)
{
	struct test_authority authority = test_authority_of("User", "", "Password");
	struct acquire_request request = test_accept_request(&authority);
	struct pair pair;
	struct side other;

	(void)state;
	begin(&pair, "User", "Domain", "Password", PROTECTED);
	request.names = test_workgroup_names();
	side_start(&other, &ntlm_package, &request, ROLE_ACCEPT);
	seam_script_random(hex("0123456789abcdef 0123456789abcdef"));
	assert_int_equal(side_step(&pair.client, slice_of(NULL, 0)), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(side_step(&other, side_output(&pair.client)), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(side_step(&pair.server, side_output(&pair.client)), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(side_step(&pair.client, side_output(&other)), SEC_E_OK);
	assert_int_equal(side_step(&pair.server, side_output(&pair.client)), SEC_E_LOGON_DENIED);
	assert_int_equal(pair.server.leg.reason, REASON_NTLM_TARGET_INFO);
	side_end(&other);
	end(&pair);
}

/* A client that is given its own CHALLENGE, or a server its own answer, gets nowhere. */
static void messages_of_the_own_role_are_refused(void **state)
{
	struct pair pair;

	(void)state;
	begin(&pair, "User", "Domain", "Password", PROTECTED);
	assert_int_equal(side_step(&pair.client, slice_of(NULL, 0)), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(side_step(&pair.client, hex(OWN_NEGOTIATE)), SEC_E_INVALID_TOKEN);
	assert_int_equal(side_step(&pair.server, hex(OWN_CHALLENGE)), SEC_E_INVALID_TOKEN);
	end(&pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(our_client_plays_the_recorded_exchange_byte_for_byte),
		cmocka_unit_test(our_server_plays_the_recorded_exchange_byte_for_byte),
		cmocka_unit_test(the_bindings_of_the_recorded_exchange_are_hashed_in_gss_form),
		cmocka_unit_test(one_changed_byte_of_the_recorded_answer_is_refused),
		cmocka_unit_test(both_roles_agree_on_keys_and_talk),
		cmocka_unit_test(both_roles_agree_on_what_is_asked_for),
		cmocka_unit_test(a_client_that_asks_for_less_than_the_server_requires_is_refused),
		cmocka_unit_test(each_way_to_name_oneself_is_understood),
		cmocka_unit_test(wrong_passwords_and_unknown_users_are_refused),
		cmocka_unit_test(bindings_of_the_same_channel_match_and_of_others_do_not),
		cmocka_unit_test(an_answer_made_for_another_server_is_refused),
		cmocka_unit_test(messages_of_the_own_role_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
