/*
 * Who gets in by NTLM and who does not (MS-NLMP 3.2.5.1, docs/decisions.md 10): our acceptor against a client made by
 * hand. Each refusal has its reason; what the client would have to know to be let in is right in all other respects.
 */
#include "base/memory.h"
#include "base/trace.h"
#include "ntlm/av_pair.h"
#include "ntlm/challenge_message.h"
#include "ntlm/context.h"
#include "ntlm/ntlm.h"
#include "support/hex.h"
#include "support/ntlm_client.h"
#include "support/seams.h"
#include "support/side.h"
#include "vectors/ntlm.h"

#include <stdio.h>

#define UNSIGNED_ASKS    UINT32_C(0x02088207)
#define UNSIGNED_ANSWERS UINT32_C(0x02888205)

struct fixture {
	struct test_authority authority;
	struct side server;
	struct ntlm_client client;
	struct byte_writer memory, blob; /* what a test needs besides */
	long alive;
};

static void begin_as(struct fixture *fixture, const char *user, const struct policy *policy,
		     const struct host_names *names)
{
	struct acquire_request request;

	fixture->alive = seam_blocks_alive();
	fixture->memory = fixture->blob = writer_growing();
	fixture->authority = test_authority_of(user, "", "Password");
	request = test_accept_request(&fixture->authority);
	request.policy = *policy;
	request.names = names;
	side_start(&fixture->server, &ntlm_package, &request, ROLE_ACCEPT);
	fixture->client = ntlm_client_of(user, "Domain", "Password");
}

static void begin_with(struct fixture *fixture, const struct policy *policy, const struct host_names *names)
{
	begin_as(fixture, "User", policy, names);
}

static void begin(struct fixture *fixture)
{
	begin_with(fixture, &policy_default, test_host_names());
}

static void end(struct fixture *fixture)
{
	side_end(&fixture->server);
	ntlm_client_wipe(&fixture->client);
	writer_wipe(&fixture->memory);
	writer_wipe(&fixture->blob);
	assert_int_equal(seam_blocks_alive(), fixture->alive);
}

static SECURITY_STATUS send_negotiate(struct fixture *fixture)
{
	return side_step(&fixture->server, ntlm_client_negotiate(&fixture->client));
}

static SECURITY_STATUS send_authenticate(struct fixture *fixture)
{
	return side_step(&fixture->server,
			 ntlm_client_authenticate(&fixture->client, side_output(&fixture->server)));
}

static SECURITY_STATUS log_on(struct fixture *fixture)
{
	assert_int_equal(send_negotiate(fixture), SEC_I_CONTINUE_NEEDED);
	return send_authenticate(fixture);
}

/* A refusal leaves nothing: no token, no account, no key, and no way on. */
static void assert_refused(struct fixture *fixture, enum reason reason, SECURITY_STATUS status)
{
	struct side *server = &fixture->server;
	union attribute_value value;

	assert_string_equal(reason_word(server->leg.reason), reason_word(reason));
	assert_int_equal(status, reason_status(reason));
	assert_int_equal(side_output(server).size, 0);
	assert_false(server->leg.can_seal);
	assert_int_equal(server->leg.reached, 0);
	assert_int_equal(ntlm_package.query(server->context, ATTRIBUTE_ACCOUNT, &value),
			 REASON_OUT_OF_SEQUENCE);
	assert_int_equal(ntlm_package.query(server->context, ATTRIBUTE_SESSION_KEY, &value),
			 REASON_OUT_OF_SEQUENCE);
	assert_int_equal(side_step(server, slice_of(NULL, 0)), SEC_E_OUT_OF_SEQUENCE);
}

static void assert_log_on_refused(struct fixture *fixture, enum reason reason)
{
	SECURITY_STATUS status = log_on(fixture);

	assert_refused(fixture, reason, status);
	end(fixture);
}

static void assert_let_in(struct fixture *fixture)
{
	union attribute_value value;

	assert_int_equal(log_on(fixture), SEC_E_OK);
	assert_int_equal(side_output(&fixture->server).size, 0);
	assert_int_equal(ntlm_package.query(fixture->server.context, ATTRIBUTE_ACCOUNT, &value), REASON_OK);
	assert_bytes(secret_slice(&value.account->user), u16("User"));
	assert_int_equal(ntlm_package.query(fixture->server.context, ATTRIBUTE_SESSION_KEY, &value),
			 REASON_OK);
	assert_bytes(value.bytes, slice_of(fixture->client.exported.bytes, NTLM_KEY_SIZE));
	end(fixture);
}

/* --- The exchange */

static void a_client_that_knows_the_password_gets_in(void **state)
{
	struct fixture fixture;
	union attribute_value value;

	(void)state;
	begin(&fixture);
	assert_int_equal(log_on(&fixture), SEC_E_OK);
	assert_int_equal(fixture.server.leg.reached, FLAG_CONNECTION | FLAG_INTEGRITY | FLAG_REPLAY_DETECT |
							     FLAG_SEQUENCE_DETECT | FLAG_CONFIDENTIALITY);
	assert_true(fixture.server.leg.can_seal);
	assert_int_equal(fixture.server.leg.consumed, fixture.client.authenticate.size);
	assert_int_equal(ntlm_package.query(fixture.server.context, ATTRIBUTE_CLAIMED_NAMES, &value),
			 REASON_OK);
	assert_bytes(value.names.user, u16("User"));
	assert_bytes(value.names.domain, u16("Domain"));
	assert_int_equal(fixture.authority.asked, 1);
	end(&fixture);
	begin(&fixture);
	assert_let_in(&fixture);
}

static void what_both_seal_afterwards_the_other_opens(void **state)
{
	struct fixture fixture;
	struct slice plain;
	struct side client = { .package = &ntlm_package, .role = ROLE_INITIATE };
	struct ntlm_context context = {
		.base.package = &ntlm_package,
		.role = ROLE_INITIATE,
		.step = STEP_DONE,
	};

	(void)state;
	begin(&fixture);
	assert_int_equal(log_on(&fixture), SEC_E_OK);
	context.keys = fixture.client.keys;
	context.flags = fixture.client.answered;
	client.context = &context.base;
	assert_int_equal(side_seal(&client, u16("Hello"), &fixture.blob), SEC_E_OK);
	assert_int_equal(side_open(&fixture.server, writer_slice(&fixture.blob), &fixture.memory, &plain),
			 SEC_E_OK);
	assert_bytes(plain, u16("Hello"));
	writer_wipe(&fixture.blob);
	writer_wipe(&fixture.memory);
	assert_int_equal(side_seal(&fixture.server, u16("World"), &fixture.blob), SEC_E_OK);
	assert_int_equal(side_open(&client, writer_slice(&fixture.blob), &fixture.memory, &plain), SEC_E_OK);
	assert_bytes(plain, u16("World"));
	end(&fixture);
}

static char traced[4096];

static void keep_line(void *argument, const char *line)
{
	size_t used = strlen(traced);

	(void)argument;
	(void)snprintf(traced + used, sizeof(traced) - used, "%s\n", line);
}

static void an_acceptance_is_one_line_in_the_trace(void **state)
{
	struct fixture fixture;

	(void)state;
	traced[0] = 0;
	trace_set_callback(keep_line, NULL);
	begin(&fixture);
	assert_let_in(&fixture);
	trace_set_callback(NULL, NULL);
	assert_non_null(strstr(traced, " AUTHENTICATE ok "));
	assert_non_null(strstr(traced, "User is let in by NTLMv2 and the authority test\n"));
	assert_ptr_equal(strchr(traced, '\n') + 1, traced + strlen(traced));
}

/* Found in review: a name that UTF-8 cannot say left no line at all. */
static void an_acceptance_of_an_unprintable_name_is_a_line_too(void **state)
{
	struct fixture fixture;

	(void)state;
	traced[0] = 0;
	trace_set_callback(keep_line, NULL);
	begin(&fixture);
	fixture.authority.user = fixture.client.user = hex("41d8");
	assert_int_equal(log_on(&fixture), SEC_E_OK);
	end(&fixture);
	trace_set_callback(NULL, NULL);
	assert_non_null(strstr(traced, "? is let in by NTLMv2 and the authority test\n"));
}

/* --- The CHALLENGE */

static struct ntlm_challenge_message challenge_for(struct fixture *fixture, uint32_t asked)
{
	struct ntlm_challenge_message message;

	fixture->client.asked = asked;
	assert_int_equal(send_negotiate(fixture), SEC_I_CONTINUE_NEEDED);
	assert_true(ntlm_challenge_message_parse(side_output(&fixture->server), &message));
	return message;
}

static void the_challenge_says_who_we_are_and_what_time_it_is(void **state)
{
	struct ntlm_challenge_message message;
	struct fixture fixture;

	(void)state;
	begin(&fixture);
	message = challenge_for(&fixture, 0xE20882B7);
	assert_int_equal(message.negotiate_flags, 0xE2898235);
	assert_bytes(message.target_name, u16("DOMAIN"));
	assert_bytes(message.target_info,
		     hex("02000c0044004f004d00410049004e00 01000c00530045005200560045005200"
			 "0400160064006f006d00610069006e002e007400650073007400"
			 "030024007300650072007600650072002e0064006f006d00610069006e002e007400650073007400"
			 "0700080000c08976453cda01"));
	end(&fixture);
}

static void a_machine_without_a_domain_shows_its_own_name(void **state)
{
	struct ntlm_challenge_message message;
	struct fixture fixture;
	struct slice value;

	(void)state;
	begin_with(&fixture, &policy_default, test_workgroup_names());
	message = challenge_for(&fixture, 0xE20882B7);
	assert_int_equal(message.negotiate_flags, 0xE28A8235);
	assert_bytes(message.target_name, u16("LONELY"));
	assert_true(ntlm_av_pairs_find(message.target_info, MSV_AV_NB_DOMAIN_NAME, &value));
	assert_bytes(value, u16("LONELY"));
	assert_false(ntlm_av_pairs_find(message.target_info, MSV_AV_DNS_DOMAIN_NAME, &value));
	end(&fixture);
}

static void each_challenge_is_another(void **state)
{
	struct ntlm_challenge_message first, second;
	struct fixture fixture;

	(void)state;
	begin(&fixture);
	first = challenge_for(&fixture, 0xE20882B7);
	side_restart(&fixture.server, ROLE_ACCEPT);
	second = challenge_for(&fixture, 0xE20882B7);
	assert_memory_not_equal(first.server_challenge, second.server_challenge, NTLM_CHALLENGE_SIZE);
	end(&fixture);
}

/* 2.2.2.5: what is granted is what was asked for and is built; the rest is ours to say. */
static void only_flags_that_were_asked_for_and_are_built_are_granted(void **state)
{
	static const struct {
		uint32_t asked, granted;
	} cases[] = {
		{ 0x00000001, 0x00818205 }, /* UNICODE alone */
		{ 0x00000003, 0x00818205 }, /* UNICODE wins over OEM */
		{ 0xFFFFFFFF, 0xE2998235 }, /* everything: IDENTIFY too, but no LM_KEY, DATAGRAM, LOCAL_CALL, ... */
		{ 0x00004001, 0x00818205 }, /* LOCAL_CALL is never set */
		{ 0xA0080001, 0x00898205 }, /* no 56 and 128 bit without SIGN or SEAL */
		{ 0x00000002, 0x00818206 }, /* OEM where it is all that a client knows */
		{ 0x20080011, 0x20898215 }, { 0x20080021, 0x20898225 },
	};
	struct fixture fixture;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		begin(&fixture);
		assert_int_equal(challenge_for(&fixture, cases[i].asked).negotiate_flags, cases[i].granted);
		end(&fixture);
	}
}

static void a_client_without_any_character_set_is_refused(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture);
	fixture.client.asked = 0xE20882B4;
	assert_refused(&fixture, REASON_BAD_TOKEN, send_negotiate(&fixture));
	end(&fixture);
}

/* Of clients that know no Unicode: names in OEM characters. In the HMAC they are Unicode all the same. */
static SECURITY_STATUS log_on_in_oem(struct fixture *fixture, const char *user, struct slice hashed_user)
{
	fixture->client.asked = (fixture->client.asked & ~(uint32_t)NTLM_UNICODE) | NTLM_OEM;
	fixture->client.answered = (fixture->client.answered & ~(uint32_t)NTLM_UNICODE) | NTLM_OEM;
	fixture->client.user = slice_of(user, strlen(user));
	fixture->client.domain = SLICE_LITERAL("Domain");
	fixture->client.hashed_user = hashed_user;
	fixture->client.hashed_domain = u16("Domain");
	return log_on(fixture);
}

static void a_client_without_unicode_gets_in_with_an_ascii_name(void **state)
{
	struct fixture fixture;
	union attribute_value value;
	struct ntlm_challenge_message message;

	(void)state;
	begin(&fixture);
	message = challenge_for(&fixture, 0x00088206);
	assert_bytes(message.target_name, SLICE_LITERAL("DOMAIN"));
	end(&fixture);
	begin(&fixture);
	assert_int_equal(log_on_in_oem(&fixture, "User", u16("User")), SEC_E_OK);
	assert_int_equal(ntlm_package.query(fixture.server.context, ATTRIBUTE_CLAIMED_NAMES, &value),
			 REASON_OK);
	assert_bytes(value.names.user, u16("User"));
	assert_bytes(value.names.domain, u16("Domain"));
	end(&fixture);
}

/* Nobody says which code page such a name is in. */
static void a_client_without_unicode_has_no_name_outside_ascii(void **state)
{
	struct fixture fixture;
	SECURITY_STATUS status;

	(void)state;
	begin(&fixture);
	fixture.authority.user = hex("fc00");
	status = log_on_in_oem(&fixture, "\xFC", hex("fc00"));
	assert_refused(&fixture, REASON_NTLM_FLAGS, status);
	assert_int_equal(fixture.authority.asked, 0);
	end(&fixture);
}

static void a_client_keeps_to_the_character_set_of_the_challenge(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture);
	fixture.client.asked = 0xE20882B6;
	assert_log_on_refused(&fixture, REASON_NTLM_FLAGS);
	begin(&fixture);
	fixture.client.answered = (fixture.client.answered & ~(uint32_t)NTLM_UNICODE) | NTLM_OEM;
	assert_log_on_refused(&fixture, REASON_NTLM_FLAGS);
}

static void session_security_without_128_bit_and_extended_security_is_refused(void **state)
{
	static const uint32_t asked[] = { 0x80080011, 0x20000011, 0x00000011,
					  0x80080021, 0x20000021, 0x00000031 };
	struct fixture fixture;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(asked); i++) {
		begin(&fixture);
		fixture.client.asked = asked[i];
		assert_refused(&fixture, REASON_NTLM_FLAGS, send_negotiate(&fixture));
		end(&fixture);
	}
}

/* Clients that stop behind the flags, or in front of the version; their MIC is over what they sent. */
static void clients_with_a_short_negotiate_get_in(void **state)
{
	static const size_t sizes[] = { 16, 32 };
	struct fixture fixture;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		begin(&fixture);
		(void)ntlm_client_negotiate(&fixture.client);
		writer_truncate(&fixture.client.negotiate, sizes[i]);
		assert_int_equal(side_step(&fixture.server, writer_slice(&fixture.client.negotiate)),
				 SEC_I_CONTINUE_NEEDED);
		assert_int_equal(send_authenticate(&fixture), SEC_E_OK);
		end(&fixture);
	}
}

/* --- Order and form */

static void what_is_no_negotiate_message_is_refused(void **state)
{
	const struct slice tokens[] = {
		hex(""),
		hex("00"),
		hex("4e544c4d53535000"),
		hex("4e544c4d535350000200000035828ae2"),
		hex("4e544c4d535350000100000035828a"),
	};
	struct fixture fixture;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(tokens); i++) {
		begin(&fixture);
		assert_refused(&fixture, REASON_BAD_TOKEN, side_step(&fixture.server, tokens[i]));
		end(&fixture);
	}
}

static void an_authenticate_that_comes_first_is_refused(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture);
	assert_refused(&fixture, REASON_BAD_TOKEN, side_step(&fixture.server, hex(OWN_AUTHENTICATE)));
	assert_int_equal(fixture.authority.asked, 0);
	end(&fixture);
}

static void a_second_negotiate_is_refused(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture);
	assert_int_equal(send_negotiate(&fixture), SEC_I_CONTINUE_NEEDED);
	assert_refused(&fixture, REASON_BAD_TOKEN, send_negotiate(&fixture));
	end(&fixture);
}

/* A challenge is for one use. */
static void a_second_authenticate_is_refused_and_the_first_stays_good(void **state)
{
	struct fixture fixture;
	union attribute_value value;

	(void)state;
	begin(&fixture);
	assert_int_equal(log_on(&fixture), SEC_E_OK);
	assert_int_equal(side_step(&fixture.server, writer_slice(&fixture.client.authenticate)),
			 SEC_E_OUT_OF_SEQUENCE);
	assert_int_equal(fixture.server.leg.reason, REASON_OUT_OF_SEQUENCE);
	assert_int_equal(fixture.authority.asked, 1);
	assert_int_equal(ntlm_package.query(fixture.server.context, ATTRIBUTE_ACCOUNT, &value), REASON_OK);
	end(&fixture);
}

static void a_right_answer_after_a_wrong_one_is_refused(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture);
	assert_int_equal(send_negotiate(&fixture), SEC_I_CONTINUE_NEEDED);
	writer_bytes(&fixture.memory, side_output(&fixture.server));
	fixture.client.password = u16("password");
	assert_int_equal(send_authenticate(&fixture), SEC_E_LOGON_DENIED);
	fixture.client.password = u16("Password");
	assert_int_equal(side_step(&fixture.server,
				   ntlm_client_authenticate(&fixture.client, writer_slice(&fixture.memory))),
			 SEC_E_OUT_OF_SEQUENCE);
	assert_int_equal(fixture.authority.asked, 1);
	end(&fixture);
}

/* An answer recorded from another exchange is an answer to another challenge. */
static void a_replayed_authenticate_is_refused(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture);
	assert_int_equal(log_on(&fixture), SEC_E_OK);
	writer_bytes(&fixture.memory, writer_slice(&fixture.client.authenticate));
	side_restart(&fixture.server, ROLE_ACCEPT);
	assert_int_equal(send_negotiate(&fixture), SEC_I_CONTINUE_NEEDED);
	assert_refused(&fixture, REASON_WRONG_PASSWORD,
		       side_step(&fixture.server, writer_slice(&fixture.memory)));
	end(&fixture);
}

static void a_token_beyond_all_sizes_is_refused(void **state)
{
	static uint8_t token[64 * 1024 + 1];
	struct fixture fixture;

	(void)state;
	memcpy(token, hex(OWN_NEGOTIATE).data, 40);
	begin(&fixture);
	assert_int_equal(side_step(&fixture.server, slice_of(token, sizeof(token) - 1)),
			 SEC_I_CONTINUE_NEEDED);
	side_restart(&fixture.server, ROLE_ACCEPT);
	assert_refused(&fixture, REASON_TOKEN_TOO_BIG,
		       side_step(&fixture.server, slice_of(token, sizeof(token))));
	end(&fixture);
}

/* Names come in whole units, fields lie inside: what test_messages has in detail, refused here with its status. */
static void a_malformed_authenticate_is_refused_unasked(void **state)
{
	struct fixture fixture;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct byte_writer *token = &fixture.client.authenticate;

		begin(&fixture);
		assert_int_equal(send_negotiate(&fixture), SEC_I_CONTINUE_NEEDED);
		(void)ntlm_client_authenticate(&fixture.client, side_output(&fixture.server));
		if (i == 0)
			writer_patch(token, 36, hex("0700"));
		else if (i == 1)
			writer_patch(token, 40, hex("ffffffff"));
		else
			writer_truncate(token, token->size - 1);
		assert_refused(&fixture, REASON_BAD_TOKEN, side_step(&fixture.server, writer_slice(token)));
		assert_int_equal(fixture.authority.asked, 0);
		end(&fixture);
	}
}

static void ntlm_that_is_switched_off_reads_and_writes_nothing(void **state)
{
	struct policy policy = policy_default;
	struct fixture fixture;

	(void)state;
	policy.ntlm = false;
	begin_with(&fixture, &policy, test_host_names());
	assert_refused(&fixture, REASON_NTLM_SWITCHED_OFF, send_negotiate(&fixture));
	end(&fixture);
}

/* --- Anonymous, LM, NTLMv1 */

static void an_anonymous_client_is_refused(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture);
	assert_int_equal(send_negotiate(&fixture), SEC_I_CONTINUE_NEEDED);
	assert_refused(
		&fixture, REASON_NTLM_ANONYMOUS,
		side_step(&fixture.server,
			  hex("4e544c4d53535000 03000000 0100010058000000 0000000058000000 0000000058000000"
			      "0000000058000000 0000000058000000 0000000058000000 058a8822 0a00614a0000000f"
			      "00000000000000000000000000000000 00")));
	assert_int_equal(fixture.authority.asked, 0);
	end(&fixture);
}

static void the_anonymous_flag_is_refused_whatever_else_is_right(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture);
	fixture.client.answered |= NTLM_ANONYMOUS;
	assert_log_on_refused(&fixture, REASON_NTLM_ANONYMOUS);
}

static void an_empty_name_is_anonymous_even_with_a_right_answer(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture);
	fixture.client.user = fixture.authority.user = hex("");
	assert_log_on_refused(&fixture, REASON_NTLM_ANONYMOUS);
}

/* The answers of MS-NLMP 4.2.2 (NTLMv1) and 4.2.3 (with a client challenge), both of the right password. */
static void ntlm_v1_is_refused_unasked(void **state)
{
	static const char *const tokens[] = { NLMP_4_2_2_AUTHENTICATE, NLMP_4_2_3_AUTHENTICATE };
	struct fixture fixture;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(tokens); i++) {
		begin(&fixture);
		assert_int_equal(send_negotiate(&fixture), SEC_I_CONTINUE_NEEDED);
		assert_refused(&fixture, REASON_NTLM_V1, side_step(&fixture.server, hex(tokens[i])));
		assert_int_equal(fixture.authority.asked, 0);
		end(&fixture);
	}
}

static void an_lm_response_alone_is_refused_unasked(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture);
	assert_int_equal(send_negotiate(&fixture), SEC_I_CONTINUE_NEEDED);
	(void)ntlm_client_authenticate(&fixture.client, side_output(&fixture.server));
	writer_patch(&fixture.client.authenticate, 20, hex("0000"));
	assert_refused(&fixture, REASON_NTLM_V1,
		       side_step(&fixture.server, writer_slice(&fixture.client.authenticate)));
	assert_int_equal(fixture.authority.asked, 0);
	end(&fixture);
}

static void a_response_between_v1_and_v2_is_malformed(void **state)
{
	struct fixture fixture;

	(void)state;
	for (unsigned size = 1; size < 48; size++) {
		uint8_t length[2] = { (uint8_t)size, 0 };

		if (size == 24)
			continue;
		begin(&fixture);
		assert_int_equal(send_negotiate(&fixture), SEC_I_CONTINUE_NEEDED);
		(void)ntlm_client_authenticate(&fixture.client, side_output(&fixture.server));
		writer_patch(&fixture.client.authenticate, 20, slice_of(length, 2));
		assert_refused(&fixture, REASON_BAD_TOKEN,
			       side_step(&fixture.server, writer_slice(&fixture.client.authenticate)));
		end(&fixture);
	}
}

static void a_response_whose_pairs_do_not_end_is_malformed(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture);
	fixture.client.no_end = true;
	assert_log_on_refused(&fixture, REASON_BAD_TOKEN);
}

/* --- Names and passwords */

/* To the client one is the other; only the trace knows. */
static void a_wrong_password_and_an_unknown_user_look_alike(void **state)
{
	struct fixture fixture;
	SECURITY_STATUS wrong, unknown;
	uint32_t wrong_ntstatus, unknown_ntstatus;

	(void)state;
	begin(&fixture);
	fixture.client.password = u16("Passwort");
	wrong = log_on(&fixture);
	assert_int_equal(fixture.server.leg.reason, REASON_WRONG_PASSWORD);
	wrong_ntstatus = reason_ntstatus(fixture.server.leg.reason);
	assert_int_equal(fixture.authority.asked, 1);
	assert_refused(&fixture, REASON_WRONG_PASSWORD, wrong);
	end(&fixture);
	begin(&fixture);
	fixture.client.user = u16("Nobody");
	unknown = log_on(&fixture);
	assert_int_equal(fixture.server.leg.reason, REASON_UNKNOWN_USER);
	unknown_ntstatus = reason_ntstatus(fixture.server.leg.reason);
	assert_int_equal(fixture.authority.asked, 1);
	assert_refused(&fixture, REASON_UNKNOWN_USER, unknown);
	end(&fixture);
	assert_int_equal(wrong, unknown);
	assert_int_equal(wrong_ntstatus, unknown_ntstatus);
}

static void an_empty_password_is_wrong(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture);
	fixture.client.password = hex("");
	assert_log_on_refused(&fixture, REASON_WRONG_PASSWORD);
}

static void the_case_of_a_user_name_does_not_count(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture);
	fixture.client.user = u16("uSER");
	assert_let_in(&fixture);
}

/* Folded by Microsoft's table, not by ASCII's. u and o with diaeresis, Cyrillic zhe. */
static void a_user_name_outside_ascii_is_folded_too(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture);
	fixture.authority.user = hex("dc00d6001604");
	fixture.client.user = hex("fc00f6003604");
	assert_int_equal(log_on(&fixture), SEC_E_OK);
	end(&fixture);
}

/* The domain is hashed as the client spells it. */
static void the_domain_counts_as_the_client_spells_it(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture);
	fixture.client.domain = u16("doMain");
	assert_let_in(&fixture);
	begin(&fixture);
	fixture.client.domain = u16("DOMAIN");
	fixture.client.hashed_domain = u16("Domain");
	assert_log_on_refused(&fixture, REASON_WRONG_PASSWORD);
}

static void a_client_that_hashes_no_domain_gets_in(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture);
	fixture.client.hashes_no_domain = true;
	assert_let_in(&fixture);
}

static void clients_without_a_domain_or_with_a_dot_get_in(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture);
	fixture.client.domain = hex("");
	assert_let_in(&fixture);
	begin(&fixture);
	fixture.client.domain = u16(".");
	assert_let_in(&fixture);
}

static void an_authoritys_refusal_is_handed_on_with_its_ntstatus(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture);
	fixture.authority.verdict = REASON_ACCOUNT_DISABLED;
	fixture.authority.ntstatus = 0xC0000072;
	assert_int_equal(log_on(&fixture), SEC_E_LOGON_DENIED);
	assert_int_equal(fixture.server.leg.ntstatus, 0xC0000072);
	assert_int_equal(fixture.server.leg.reason, REASON_ACCOUNT_DISABLED);
	end(&fixture);
}

static void an_authority_that_cannot_answer_lets_nobody_in(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture);
	fixture.authority.verdict = REASON_AUTHORITY_FAILED;
	assert_log_on_refused(&fixture, REASON_AUTHORITY_FAILED);
}

static void say_nothing(struct authority *authority, const struct ntlm_question *question,
			struct ntlm_answer *answer)
{
	(void)authority, (void)question, (void)answer;
}

static void an_authority_that_says_nothing_lets_nobody_in(void **state)
{
	static const struct authority_class silent = { .name = "silent", .ask_ntlm = say_nothing };
	struct fixture fixture;

	(void)state;
	begin(&fixture);
	fixture.authority.base.class = &silent;
	assert_log_on_refused(&fixture, REASON_AUTHORITY_FAILED);
}

static void without_an_authority_nobody_gets_in(void **state)
{
	struct acquire_request request =
		test_accept_request(&(struct test_authority) { .verdict = REASON_OK });
	struct ntlm_client client = ntlm_client_of("User", "Domain", "Password");
	struct side server;

	(void)state;
	request.authority = NULL;
	side_start(&server, &ntlm_package, &request, ROLE_ACCEPT);
	assert_int_equal(side_step(&server, ntlm_client_negotiate(&client)), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(side_step(&server, ntlm_client_authenticate(&client, side_output(&server))),
			 SEC_E_LOGON_DENIED);
	assert_int_equal(server.leg.reason, REASON_NO_ACCOUNTS);
	side_end(&server);
	ntlm_client_wipe(&client);
}

/* --- The MIC, docs/decisions.md 10 */

static void assert_mic(bool announced, enum client_mic mic, bool policy_announced, enum reason reason)
{
	struct policy policy = policy_default;
	struct fixture fixture;

	policy.ntlm_mic_announced_only = policy_announced;
	begin_with(&fixture, &policy, test_host_names());
	fixture.client.announces_mic = announced;
	fixture.client.mic = mic;
	if (reason == REASON_OK)
		assert_let_in(&fixture);
	else
		assert_log_on_refused(&fixture, reason);
}

static void a_mic_that_was_announced_must_be_right(void **state)
{
	(void)state;
	assert_mic(true, CLIENT_MIC_RIGHT, false, REASON_OK);
	assert_mic(true, CLIENT_MIC_WRONG, false, REASON_NTLM_MIC_WRONG);
	assert_mic(true, CLIENT_MIC_ZERO, false, REASON_NTLM_MIC_WRONG);
}

/* What Negotiate asks, to know whether a mechListMIC is due. */
static void whether_a_mic_was_announced_can_be_asked_for(void **state)
{
	(void)state;
	for (int announced = 0; announced < 2; announced++) {
		struct fixture fixture;
		union attribute_value value;

		begin(&fixture);
		fixture.client.announces_mic = announced;
		assert_int_equal(log_on(&fixture), SEC_E_OK);
		assert_int_equal(ntlm_package.query(fixture.server.context, ATTRIBUTE_MIC_ANNOUNCED, &value),
				 REASON_OK);
		assert_int_equal(value.mic_announced, announced);
		end(&fixture);
	}
}

static void a_mic_that_was_announced_must_be_there(void **state)
{
	(void)state;
	assert_mic(true, CLIENT_MIC_NO_PLACE, false, REASON_NTLM_MIC_WRONG);
}

/* Recorded exchanges have that. */
static void a_right_mic_counts_although_it_was_not_announced(void **state)
{
	(void)state;
	assert_mic(false, CLIENT_MIC_RIGHT, false, REASON_OK);
}

static void a_signing_client_without_a_mic_is_refused(void **state)
{
	(void)state;
	assert_mic(false, CLIENT_MIC_NO_PLACE, false, REASON_NTLM_MIC_MISSING);
	assert_mic(false, CLIENT_MIC_ZERO, false, REASON_NTLM_MIC_MISSING);
	assert_mic(false, CLIENT_MIC_WRONG, false, REASON_NTLM_MIC_MISSING);
}

static void by_policy_a_signing_client_without_a_mic_gets_in(void **state)
{
	(void)state;
	assert_mic(false, CLIENT_MIC_NO_PLACE, true, REASON_OK);
	assert_mic(false, CLIENT_MIC_ZERO, true, REASON_OK);
}

static void no_policy_lets_an_announced_mic_be_wrong(void **state)
{
	(void)state;
	assert_mic(true, CLIENT_MIC_WRONG, true, REASON_NTLM_MIC_WRONG);
	assert_mic(true, CLIENT_MIC_NO_PLACE, true, REASON_NTLM_MIC_WRONG);
}

static void assert_unsigned(bool announced, enum client_mic mic, uint32_t requested, enum reason reason)
{
	struct fixture fixture;

	begin(&fixture);
	fixture.client.asked = UNSIGNED_ASKS;
	fixture.client.answered = UNSIGNED_ANSWERS;
	fixture.client.announces_mic = announced;
	fixture.client.mic = mic;
	fixture.server.leg.requested = requested;
	if (reason == REASON_OK)
		assert_let_in(&fixture);
	else
		assert_log_on_refused(&fixture, reason);
}

static void an_unsigned_client_without_a_mic_gets_in(void **state)
{
	(void)state;
	assert_unsigned(false, CLIENT_MIC_NO_PLACE, 0, REASON_OK);
	assert_unsigned(false, CLIENT_MIC_ZERO, FLAG_CONNECTION, REASON_OK);
}

static void an_unsigned_client_gets_nowhere_where_protection_is_required(void **state)
{
	(void)state;
	assert_unsigned(false, CLIENT_MIC_NO_PLACE, FLAG_CONFIDENTIALITY, REASON_NTLM_FLAGS);
	assert_unsigned(false, CLIENT_MIC_NO_PLACE, FLAG_INTEGRITY, REASON_NTLM_FLAGS);
	assert_unsigned(true, CLIENT_MIC_RIGHT, FLAG_CONFIDENTIALITY, REASON_NTLM_FLAGS);
}

static void an_unsigned_clients_announced_mic_must_be_right_too(void **state)
{
	(void)state;
	assert_unsigned(true, CLIENT_MIC_RIGHT, 0, REASON_OK);
	assert_unsigned(true, CLIENT_MIC_WRONG, 0, REASON_NTLM_MIC_WRONG);
	assert_unsigned(true, CLIENT_MIC_NO_PLACE, 0, REASON_NTLM_MIC_WRONG);
}

static void nothing_can_be_sealed_after_an_unsigned_logon(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture);
	fixture.client.asked = UNSIGNED_ASKS;
	fixture.client.answered = UNSIGNED_ANSWERS;
	assert_int_equal(log_on(&fixture), SEC_E_OK);
	assert_false(fixture.server.leg.can_seal);
	assert_int_equal(fixture.server.leg.reached, FLAG_CONNECTION);
	assert_int_equal(side_seal(&fixture.server, u16("Hello"), &fixture.blob), SEC_E_UNSUPPORTED_FUNCTION);
	end(&fixture);
}

/* A go-between that weakened the NEGOTIATE is found out by what the client remembers of it. */
static void a_negotiate_changed_on_the_way_is_found_by_the_mic(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture);
	(void)ntlm_client_negotiate(&fixture.client);
	fixture.client.negotiate.data[39] ^= 1;
	assert_int_equal(side_step(&fixture.server, writer_slice(&fixture.client.negotiate)),
			 SEC_I_CONTINUE_NEEDED);
	fixture.client.negotiate.data[39] ^= 1;
	assert_refused(&fixture, REASON_NTLM_MIC_WRONG, send_authenticate(&fixture));
	end(&fixture);
}

static void a_challenge_changed_on_the_way_is_found_by_the_mic(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture);
	assert_int_equal(send_negotiate(&fixture), SEC_I_CONTINUE_NEEDED);
	fixture.server.output.data[55] ^= 1; /* the version's revision */
	assert_refused(&fixture, REASON_NTLM_MIC_WRONG, send_authenticate(&fixture));
	end(&fixture);
}

static void an_authenticate_changed_on_the_way_is_found_by_the_mic(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture);
	assert_int_equal(send_negotiate(&fixture), SEC_I_CONTINUE_NEEDED);
	(void)ntlm_client_authenticate(&fixture.client, side_output(&fixture.server));
	writer_patch(&fixture.client.authenticate, 64, hex("00")); /* the version */
	assert_refused(&fixture, REASON_NTLM_MIC_WRONG,
		       side_step(&fixture.server, writer_slice(&fixture.client.authenticate)));
	end(&fixture);
}

/* --- MS-NLMP 4.2.4 itself: SIGN, no time, no MIC */

static SECURITY_STATUS replay_4_2_4(struct fixture *fixture)
{
	struct ntlm_context *context = (struct ntlm_context *)fixture->server.context;

	assert_int_equal(send_negotiate(fixture), SEC_I_CONTINUE_NEEDED);
	assert_true(secret_copy(&context->challenge, hex(NLMP_4_2_4_CHALLENGE)));
	return side_step(&fixture->server, hex(NLMP_4_2_4_AUTHENTICATE));
}

static void the_exchange_of_4_2_4_has_no_mic_and_is_refused(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture);
	assert_refused(&fixture, REASON_NTLM_MIC_MISSING, replay_4_2_4(&fixture));
	end(&fixture);
}

static void by_policy_the_exchange_of_4_2_4_goes_through_with_its_keys(void **state)
{
	struct policy policy = policy_default;
	struct fixture fixture;
	union attribute_value value;
	struct slice plain;

	(void)state;
	policy.ntlm_mic_announced_only = true;
	begin_with(&fixture, &policy, test_host_names());
	assert_int_equal(replay_4_2_4(&fixture), SEC_E_OK);
	assert_int_equal(ntlm_package.query(fixture.server.context, ATTRIBUTE_SESSION_KEY, &value),
			 REASON_OK);
	assert_bytes(value.bytes, hex("55555555555555555555555555555555"));
	assert_int_equal(
		side_open(&fixture.server,
			  hex("010000007fb38ec5c55d497600000000 54e50165bf1936dc996020c1811b0f06fb5f"),
			  &fixture.memory, &plain),
		SEC_E_OK);
	assert_bytes(plain, u16("Plaintext"));
	end(&fixture);
}

/* --- Flags of the AUTHENTICATE */

static void assert_answered(uint32_t asked, uint32_t answered, uint32_t requested, enum reason reason)
{
	struct fixture fixture;

	begin(&fixture);
	fixture.client.asked = asked;
	fixture.client.answered = answered;
	fixture.server.leg.requested = requested;
	if (reason == REASON_OK)
		assert_let_in(&fixture);
	else
		assert_log_on_refused(&fixture, reason);
}

static void a_security_flag_that_the_challenge_had_not_is_refused(void **state)
{
	static const uint32_t added[] = { NTLM_SIGN, NTLM_SEAL, NTLM_EXTENDED_SESSIONSECURITY, NTLM_KEY_EXCH,
					  NTLM_128 | NTLM_SIGN };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(added); i++)
		assert_answered(0x00008205, 0x00808205 | added[i], 0, REASON_NTLM_FLAGS);
	assert_answered(0x60088215, 0x60888235, 0, REASON_NTLM_FLAGS);
	assert_answered(0x60088215, 0x60888215, 0, REASON_OK);
}

/* As npm's httpntlm says, whatever the CHALLENGE had. */
static void strength_without_session_security_means_nothing(void **state)
{
	(void)state;
	assert_answered(0xA208B207, 0xA2888205, 0, REASON_OK);
	assert_answered(0xA208B207, 0xA2888205, FLAG_INTEGRITY, REASON_NTLM_FLAGS);
}

/* The last word is the AUTHENTICATE's. */
static void a_client_may_drop_sealing_unless_it_is_required(void **state)
{
	uint32_t without_seal = 0xE2888235 & ~(uint32_t)NTLM_SEAL;

	(void)state;
	assert_answered(0xE20882B7, without_seal, 0, REASON_OK);
	assert_answered(0xE20882B7, without_seal, FLAG_INTEGRITY, REASON_OK);
	assert_answered(0xE20882B7, without_seal, FLAG_CONFIDENTIALITY, REASON_NTLM_FLAGS);
}

static void weaker_session_security_than_was_offered_is_refused(void **state)
{
	(void)state;
	assert_answered(0xE20882B7, 0xE2888235 & ~(uint32_t)NTLM_128, 0, REASON_NTLM_FLAGS);
	assert_answered(0xE20882B7, 0xE2888235 & ~(uint32_t)NTLM_EXTENDED_SESSIONSECURITY, 0,
			REASON_NTLM_FLAGS);
}

/* The flag LOCAL_CALL asks for a shortcut that is not honoured. */
static void a_client_that_claims_to_be_local_is_a_client_like_others(void **state)
{
	(void)state;
	assert_answered(0xE20882B7 | 0x4000, 0xE2888235 | 0x4000, 0, REASON_OK);
}

/* --- The exchanged key */

static void assert_key(uint32_t answered, bool sends_no_key, struct slice sent, enum reason reason)
{
	struct fixture fixture;

	begin(&fixture);
	fixture.client.answered = answered;
	fixture.client.sends_no_key = sends_no_key;
	fixture.client.encrypted_key = sent;
	if (reason == REASON_OK)
		assert_let_in(&fixture);
	else
		assert_log_on_refused(&fixture, reason);
}

static void an_exchanged_key_has_16_bytes(void **state)
{
	uint8_t key[32] = { 0 };

	(void)state;
	assert_key(0xE2888235, true, slice_of(NULL, 0), REASON_BAD_TOKEN);
	assert_key(0xE2888235, false, slice_of(key, 15), REASON_BAD_TOKEN);
	assert_key(0xE2888235, false, slice_of(key, 17), REASON_BAD_TOKEN);
	assert_key(0xE2888235, false, slice_of(key, 32), REASON_BAD_TOKEN);
}

static void without_key_exchange_no_key_is_sent_and_the_base_key_counts(void **state)
{
	uint8_t key[16] = { 0 };

	(void)state;
	assert_key(0xA2888235, false, slice_of(NULL, 0), REASON_OK);
	assert_key(0xA2888235, false, slice_of(key, 16), REASON_BAD_TOKEN);
}

static void an_unsigned_client_may_send_a_key_or_not(void **state)
{
	(void)state;
	for (int sends = 0; sends < 2; sends++) {
		struct fixture fixture;

		begin(&fixture);
		fixture.client.asked = UNSIGNED_ASKS | NTLM_KEY_EXCH;
		fixture.client.answered = UNSIGNED_ANSWERS | NTLM_KEY_EXCH;
		fixture.client.sends_no_key = !sends;
		assert_let_in(&fixture);
	}
}

/* As pyspnego does. The MIC, where one is announced, is under the base key then. */
static void what_an_unsigned_client_sends_in_the_keys_place_counts_for_nothing(void **state)
{
	uint8_t bytes[32] = { 0 };

	(void)state;
	for (int mic = 0; mic < 2; mic++)
		for (size_t size = 1; size <= sizeof(bytes); size += 10) {
			struct fixture fixture;

			begin(&fixture);
			fixture.client.asked = UNSIGNED_ASKS | NTLM_KEY_EXCH;
			fixture.client.answered = UNSIGNED_ANSWERS | NTLM_KEY_EXCH;
			fixture.client.sends_no_key = true;
			fixture.client.announces_mic = mic;
			fixture.client.encrypted_key = slice_of(bytes, size);
			assert_let_in(&fixture);
		}
}

/* Another key than the right one gives another MIC: who cannot decrypt it is no use to the other side. */
static void a_key_that_was_encrypted_with_another_is_found_by_the_mic(void **state)
{
	uint8_t key[16] = { 0 };

	(void)state;
	assert_key(0xE2888235, false, slice_of(key, 16), REASON_NTLM_MIC_WRONG);
}

/* --- Pairs that come back */

static enum reason log_on_with_pairs(struct fixture *fixture, uint16_t changed, bool dropped)
{
	CLEANUP(writer_wipe) struct byte_writer pairs = writer_growing();
	struct ntlm_challenge_message challenge;
	struct byte_reader in;
	struct slice value;
	uint16_t id;

	assert_int_equal(send_negotiate(fixture), SEC_I_CONTINUE_NEEDED);
	assert_true(ntlm_challenge_message_parse(side_output(&fixture->server), &challenge));
	in = reader_of(challenge.target_info);
	while (ntlm_av_pair_read(&in, &id, &value)) {
		if (id == changed && dropped)
			continue;
		ntlm_av_pair_write(&pairs, id, value);
		if (id == changed)
			pairs.data[pairs.size - 1] ^= 1;
	}
	fixture->client.own_pairs = writer_slice(&pairs);
	(void)send_authenticate(fixture);
	fixture->client.own_pairs = slice_of(NULL, 0);
	return fixture->server.leg.reason;
}

/* A relay's answer was made for the names of another server; and a time is ours or it is none. */
static void names_and_time_of_our_challenge_must_come_back_unchanged(void **state)
{
	static const uint16_t ids[] = {
		MSV_AV_NB_COMPUTER_NAME, MSV_AV_NB_DOMAIN_NAME, MSV_AV_DNS_COMPUTER_NAME,
		MSV_AV_DNS_DOMAIN_NAME,  MSV_AV_TIMESTAMP,
	};
	struct fixture fixture;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(ids); i++)
		for (int dropped = 0; dropped < 2; dropped++) {
			begin(&fixture);
			assert_string_equal(reason_word(log_on_with_pairs(&fixture, ids[i], dropped)),
					    reason_word(REASON_NTLM_TARGET_INFO));
			assert_int_equal(fixture.authority.asked, 0);
			end(&fixture);
		}
	begin(&fixture);
	assert_int_equal(log_on_with_pairs(&fixture, 0xFFFF, false), REASON_OK);
	end(&fixture);
}

/* More pairs are no harm; of two with one id the first counts. */
static void further_pairs_are_no_harm(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture);
	fixture.client.pairs = hex("0800 0400 01020304 3412 0100 00 0200 0200 5800");
	assert_let_in(&fixture);
}

/* MsvAvTargetName is UTF-16: whoever asks for it gets whole letters. */
static void half_a_letter_in_the_targets_name_is_malformed(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture);
	fixture.client.pairs = hex("0900 0300 610062");
	assert_log_on_refused(&fixture, REASON_BAD_TOKEN);
}

static void the_first_of_two_flags_pairs_announces_the_mic(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture);
	fixture.client.announces_mic = false;
	fixture.client.mic = CLIENT_MIC_NO_PLACE;
	fixture.client.asked = UNSIGNED_ASKS;
	fixture.client.answered = UNSIGNED_ANSWERS;
	fixture.client.pairs = hex("0600 0400 02000000 0600 0400 00000000");
	assert_log_on_refused(&fixture, REASON_NTLM_MIC_WRONG);
}

/* --- Channel bindings, MS-NLMP 3.2.5.1.2 */

#define PAIR(bindings) "0a00 1000" bindings
#define RIGHT          OWN_BINDINGS_MD5
#define OTHER          "8f1214c9c9cab8dc3bf866da9aba57a8"
#define ZEROS          "00000000000000000000000000000000"

static void assert_bindings(const char *ours, const char *pair, uint32_t requested, enum reason reason)
{
	struct fixture fixture;

	begin(&fixture);
	if (ours)
		fixture.server.leg.bindings = hex(ours);
	fixture.server.leg.requested = requested;
	fixture.client.pairs = hex(pair);
	if (reason == REASON_OK)
		assert_let_in(&fixture);
	else
		assert_log_on_refused(&fixture, reason);
}

static void bindings_that_both_have_must_be_equal(void **state)
{
	(void)state;
	assert_bindings(RIGHT, PAIR(RIGHT), 0, REASON_OK);
	assert_bindings(RIGHT, PAIR(RIGHT), FLAG_REQUIRE_BINDINGS, REASON_OK);
	assert_bindings(RIGHT, PAIR(OTHER), 0, REASON_BAD_BINDINGS);
	assert_bindings(RIGHT, PAIR(OTHER), FLAG_ALLOW_MISSING_BINDINGS, REASON_BAD_BINDINGS);
}

static void a_server_that_has_bindings_wants_the_clients(void **state)
{
	(void)state;
	assert_bindings(RIGHT, "", 0, REASON_BAD_BINDINGS);
	assert_bindings(RIGHT, PAIR(ZEROS), 0, REASON_BAD_BINDINGS);
}

/* Zeros say "I know of bindings and have none", and the flag does not excuse that. */
static void missing_bindings_may_be_allowed_and_zeros_are_not_missing(void **state)
{
	(void)state;
	assert_bindings(RIGHT, "", FLAG_ALLOW_MISSING_BINDINGS, REASON_OK);
	assert_bindings(RIGHT, PAIR(ZEROS), FLAG_ALLOW_MISSING_BINDINGS, REASON_BAD_BINDINGS);
	assert_bindings(RIGHT, "", FLAG_ALLOW_MISSING_BINDINGS | FLAG_REQUIRE_BINDINGS, REASON_BAD_BINDINGS);
}

static void a_server_without_bindings_asks_for_none_unless_required(void **state)
{
	(void)state;
	assert_bindings(NULL, "", 0, REASON_OK);
	assert_bindings(NULL, PAIR(ZEROS), 0, REASON_OK);
	assert_bindings(NULL, PAIR(OTHER), 0, REASON_OK);
	assert_bindings(NULL, PAIR(OTHER), FLAG_REQUIRE_BINDINGS, REASON_OK);
	assert_bindings(NULL, "", FLAG_REQUIRE_BINDINGS, REASON_BAD_BINDINGS);
	assert_bindings(NULL, PAIR(ZEROS), FLAG_REQUIRE_BINDINGS, REASON_BAD_BINDINGS);
}

static void the_first_of_two_bindings_counts(void **state)
{
	(void)state;
	assert_bindings(RIGHT, PAIR(OTHER) PAIR(RIGHT), 0, REASON_BAD_BINDINGS);
	assert_bindings(RIGHT, PAIR(RIGHT) PAIR(OTHER), 0, REASON_OK);
}

static void bindings_of_another_size_are_malformed(void **state)
{
	(void)state;
	assert_bindings(RIGHT, "0a00 0800 8f1214c9c9cab8dc", 0, REASON_BAD_TOKEN);
	assert_bindings(NULL, "0a00 0000", FLAG_REQUIRE_BINDINGS, REASON_BAD_TOKEN);
}

/* --- Where the machine fails us */

static void without_random_numbers_there_is_no_challenge(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture);
	seam_fail_random(true);
	assert_refused(&fixture, REASON_NO_RANDOM, send_negotiate(&fixture));
	seam_fail_random(false);
	end(&fixture);
}

static void without_a_clock_there_is_no_challenge(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture);
	seam_set_time(-1);
	assert_refused(&fixture, REASON_NO_CLOCK, send_negotiate(&fixture));
	seam_set_time(SEAM_TIME);
	end(&fixture);
}

static void a_challenge_that_finds_no_room_refuses_the_context(void **state)
{
	struct fixture fixture;
	uint8_t room[100];

	(void)state;
	begin(&fixture);
	for (int i = 0; i < 2; i++) {
		struct byte_writer output = writer_fixed(room, sizeof(room));
		struct leg leg = { .input = ntlm_client_negotiate(&fixture.client), .output = &output };

		assert_int_equal(ntlm_accept(fixture.server.context, &leg),
				 i ? SEC_E_OUT_OF_SEQUENCE : SEC_E_INSUFFICIENT_MEMORY);
	}
	end(&fixture);
}

static bool allocation_fails_in(struct fixture *fixture, bool authenticate, bool long_names, long n)
{
	long made;
	SECURITY_STATUS status;
	struct slice input;

	if (long_names)
		begin_as(fixture, test_long_name(), &policy_default, test_long_host_names());
	else
		begin(fixture);
	input = ntlm_client_negotiate(&fixture->client);
	if (authenticate) {
		assert_int_equal(side_step(&fixture->server, input), SEC_I_CONTINUE_NEEDED);
		input = ntlm_client_authenticate(&fixture->client, side_output(&fixture->server));
	}
	made = seam_allocations();
	seam_fail_allocation(n);
	status = side_step(&fixture->server, input);
	seam_fail_allocation(0);
	if (seam_allocations() - made >= n)
		assert_refused(fixture, REASON_OUT_OF_MEMORY, status);
	else
		assert_int_equal(status, authenticate ? SEC_E_OK : SEC_I_CONTINUE_NEEDED);
	end(fixture);
	return status == SEC_E_INSUFFICIENT_MEMORY;
}

static void whichever_allocation_fails_nobody_gets_in_and_nothing_leaks(void **state)
{
	struct fixture fixture;

	(void)state;
	for (int i = 0; i < 4; i++) {
		bool authenticate = i % 2, long_names = i / 2;
		long n = 1;

		while (allocation_fails_in(&fixture, authenticate, long_names, n))
			n++;
		assert_true(n > (long_names ? 4 : 2));
	}
}

static void without_memory_no_credential_and_no_context_is_made(void **state)
{
	struct test_authority authority = test_authority_of("User", "", "Password");
	struct acquire_request request = test_initiate_request("User", "Domain", "Password");
	struct package_credential *credential = NULL;
	struct package_context *context = NULL;
	long alive = seam_blocks_alive(), n;

	(void)state;
	request.accept = true;
	request.authority = &authority.base;
	for (n = 1;; n++) {
		enum reason reason;

		seam_fail_allocation(n);
		reason = ntlm_package.acquire(&request, &credential);
		seam_fail_allocation(0);
		if (reason == REASON_OK)
			break;
		assert_int_equal(reason, REASON_OUT_OF_MEMORY);
		assert_null(credential);
		assert_int_equal(seam_blocks_alive(), alive);
	}
	assert_true(n > 3);
	seam_fail_allocation(1);
	assert_int_equal(ntlm_package.new_context(credential, ROLE_ACCEPT, &context), REASON_OUT_OF_MEMORY);
	assert_null(context);
	package_credential_free(credential);
	assert_int_equal(seam_blocks_alive(), alive);
}

/* --- The package */

static void a_credential_serves_the_directions_it_was_acquired_for(void **state)
{
	struct test_authority authority = test_authority_of("User", "", "Password");
	struct acquire_request accepts = test_accept_request(&authority);
	struct acquire_request initiates = test_initiate_request("User", "Domain", "Password");
	struct acquire_request nobody = { .initiate = true, .names = test_host_names() };
	struct package_credential *credential;
	struct package_context *context;

	(void)state;
	assert_int_equal(ntlm_package.acquire(&accepts, &credential), REASON_OK);
	assert_int_equal(ntlm_package.new_context(credential, ROLE_INITIATE, &context), REASON_NO_CREDENTIAL);
	package_credential_free(credential);
	assert_int_equal(ntlm_package.acquire(&initiates, &credential), REASON_OK);
	assert_int_equal(ntlm_package.new_context(credential, ROLE_ACCEPT, &context), REASON_NO_CREDENTIAL);
	package_credential_free(credential);
	assert_int_equal(ntlm_package.acquire(&nobody, &credential), REASON_NO_CREDENTIAL);
}

static void the_package_says_its_sizes(void **state)
{
	struct fixture fixture;
	union attribute_value value;

	(void)state;
	begin(&fixture);
	assert_int_equal(ntlm_package.max_token, 2888);
	assert_int_equal(ntlm_package.capabilities, 0x02882B37);
	assert_int_equal(ntlm_package.query(fixture.server.context, ATTRIBUTE_SIZES, &value), REASON_OK);
	assert_int_equal(value.sizes.max_token, 2888);
	assert_int_equal(value.sizes.max_signature, 16);
	assert_int_equal(value.sizes.security_trailer, 16);
	assert_int_equal(ntlm_package.query(fixture.server.context, ATTRIBUTE_STREAM_SIZES, &value),
			 REASON_UNSUPPORTED);
	end(&fixture);
}

static void freeing_nothing_is_allowed(void **state)
{
	(void)state;
	ntlm_package.free_context(NULL);
	ntlm_package.free_credential(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_client_that_knows_the_password_gets_in),
		cmocka_unit_test(what_both_seal_afterwards_the_other_opens),
		cmocka_unit_test(an_acceptance_is_one_line_in_the_trace),
		cmocka_unit_test(an_acceptance_of_an_unprintable_name_is_a_line_too),
		cmocka_unit_test(the_challenge_says_who_we_are_and_what_time_it_is),
		cmocka_unit_test(a_machine_without_a_domain_shows_its_own_name),
		cmocka_unit_test(each_challenge_is_another),
		cmocka_unit_test(only_flags_that_were_asked_for_and_are_built_are_granted),
		cmocka_unit_test(a_client_without_any_character_set_is_refused),
		cmocka_unit_test(a_client_without_unicode_gets_in_with_an_ascii_name),
		cmocka_unit_test(a_client_without_unicode_has_no_name_outside_ascii),
		cmocka_unit_test(a_client_keeps_to_the_character_set_of_the_challenge),
		cmocka_unit_test(session_security_without_128_bit_and_extended_security_is_refused),
		cmocka_unit_test(clients_with_a_short_negotiate_get_in),
		cmocka_unit_test(what_is_no_negotiate_message_is_refused),
		cmocka_unit_test(an_authenticate_that_comes_first_is_refused),
		cmocka_unit_test(a_second_negotiate_is_refused),
		cmocka_unit_test(a_second_authenticate_is_refused_and_the_first_stays_good),
		cmocka_unit_test(a_right_answer_after_a_wrong_one_is_refused),
		cmocka_unit_test(a_replayed_authenticate_is_refused),
		cmocka_unit_test(a_token_beyond_all_sizes_is_refused),
		cmocka_unit_test(a_malformed_authenticate_is_refused_unasked),
		cmocka_unit_test(ntlm_that_is_switched_off_reads_and_writes_nothing),
		cmocka_unit_test(an_anonymous_client_is_refused),
		cmocka_unit_test(the_anonymous_flag_is_refused_whatever_else_is_right),
		cmocka_unit_test(an_empty_name_is_anonymous_even_with_a_right_answer),
		cmocka_unit_test(ntlm_v1_is_refused_unasked),
		cmocka_unit_test(an_lm_response_alone_is_refused_unasked),
		cmocka_unit_test(a_response_between_v1_and_v2_is_malformed),
		cmocka_unit_test(a_response_whose_pairs_do_not_end_is_malformed),
		cmocka_unit_test(a_wrong_password_and_an_unknown_user_look_alike),
		cmocka_unit_test(an_empty_password_is_wrong),
		cmocka_unit_test(the_case_of_a_user_name_does_not_count),
		cmocka_unit_test(a_user_name_outside_ascii_is_folded_too),
		cmocka_unit_test(the_domain_counts_as_the_client_spells_it),
		cmocka_unit_test(a_client_that_hashes_no_domain_gets_in),
		cmocka_unit_test(clients_without_a_domain_or_with_a_dot_get_in),
		cmocka_unit_test(an_authoritys_refusal_is_handed_on_with_its_ntstatus),
		cmocka_unit_test(an_authority_that_cannot_answer_lets_nobody_in),
		cmocka_unit_test(an_authority_that_says_nothing_lets_nobody_in),
		cmocka_unit_test(without_an_authority_nobody_gets_in),
		cmocka_unit_test(a_mic_that_was_announced_must_be_right),
		cmocka_unit_test(whether_a_mic_was_announced_can_be_asked_for),
		cmocka_unit_test(a_mic_that_was_announced_must_be_there),
		cmocka_unit_test(a_right_mic_counts_although_it_was_not_announced),
		cmocka_unit_test(a_signing_client_without_a_mic_is_refused),
		cmocka_unit_test(by_policy_a_signing_client_without_a_mic_gets_in),
		cmocka_unit_test(no_policy_lets_an_announced_mic_be_wrong),
		cmocka_unit_test(an_unsigned_client_without_a_mic_gets_in),
		cmocka_unit_test(an_unsigned_client_gets_nowhere_where_protection_is_required),
		cmocka_unit_test(an_unsigned_clients_announced_mic_must_be_right_too),
		cmocka_unit_test(nothing_can_be_sealed_after_an_unsigned_logon),
		cmocka_unit_test(a_negotiate_changed_on_the_way_is_found_by_the_mic),
		cmocka_unit_test(a_challenge_changed_on_the_way_is_found_by_the_mic),
		cmocka_unit_test(an_authenticate_changed_on_the_way_is_found_by_the_mic),
		cmocka_unit_test(the_exchange_of_4_2_4_has_no_mic_and_is_refused),
		cmocka_unit_test(by_policy_the_exchange_of_4_2_4_goes_through_with_its_keys),
		cmocka_unit_test(a_security_flag_that_the_challenge_had_not_is_refused),
		cmocka_unit_test(strength_without_session_security_means_nothing),
		cmocka_unit_test(a_client_may_drop_sealing_unless_it_is_required),
		cmocka_unit_test(weaker_session_security_than_was_offered_is_refused),
		cmocka_unit_test(a_client_that_claims_to_be_local_is_a_client_like_others),
		cmocka_unit_test(an_exchanged_key_has_16_bytes),
		cmocka_unit_test(without_key_exchange_no_key_is_sent_and_the_base_key_counts),
		cmocka_unit_test(an_unsigned_client_may_send_a_key_or_not),
		cmocka_unit_test(what_an_unsigned_client_sends_in_the_keys_place_counts_for_nothing),
		cmocka_unit_test(a_key_that_was_encrypted_with_another_is_found_by_the_mic),
		cmocka_unit_test(names_and_time_of_our_challenge_must_come_back_unchanged),
		cmocka_unit_test(further_pairs_are_no_harm),
		cmocka_unit_test(half_a_letter_in_the_targets_name_is_malformed),
		cmocka_unit_test(the_first_of_two_flags_pairs_announces_the_mic),
		cmocka_unit_test(bindings_that_both_have_must_be_equal),
		cmocka_unit_test(a_server_that_has_bindings_wants_the_clients),
		cmocka_unit_test(missing_bindings_may_be_allowed_and_zeros_are_not_missing),
		cmocka_unit_test(a_server_without_bindings_asks_for_none_unless_required),
		cmocka_unit_test(the_first_of_two_bindings_counts),
		cmocka_unit_test(bindings_of_another_size_are_malformed),
		cmocka_unit_test(without_random_numbers_there_is_no_challenge),
		cmocka_unit_test(without_a_clock_there_is_no_challenge),
		cmocka_unit_test(a_challenge_that_finds_no_room_refuses_the_context),
		cmocka_unit_test(whichever_allocation_fails_nobody_gets_in_and_nothing_leaks),
		cmocka_unit_test(without_memory_no_credential_and_no_context_is_made),
		cmocka_unit_test(a_credential_serves_the_directions_it_was_acquired_for),
		cmocka_unit_test(the_package_says_its_sizes),
		cmocka_unit_test(freeing_nothing_is_allowed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
