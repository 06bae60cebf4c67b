/* What our client says to servers of all kinds (MS-NLMP 3.1.5.1), and to which it says nothing. */
#include "base/memory.h"
#include "crypto/ntlm_v2.h"
#include "ntlm/authenticate_message.h"
#include "ntlm/av_pair.h"
#include "ntlm/challenge_message.h"
#include "ntlm/context.h"
#include "ntlm/ntlm.h"
#include "support/hex.h"
#include "support/seams.h"
#include "support/side.h"
#include "vectors/ntlm.h"

#define WINDOWS_CHALLENGE UINT32_C(0xE2898235)
#define NAMES             "02000c0044004f004d00410049004e00 01000c00530045005200560045005200"
#define TIME              "0700080000c08976453cda01"
#define PROTECTED         (FLAG_CONFIDENTIALITY | FLAG_INTEGRITY)

struct fixture {
	struct side client;
	struct byte_writer challenge;
	struct ntlm_authenticate_message answer;
	struct slice pairs;
	long alive;
};

static void begin_as(struct fixture *fixture, const struct acquire_request *request, uint32_t requested)
{
	fixture->alive = seam_blocks_alive();
	fixture->challenge = writer_growing();
	side_start(&fixture->client, &ntlm_package, request, ROLE_INITIATE);
	fixture->client.leg.requested = requested;
}

static void begin(struct fixture *fixture, uint32_t requested)
{
	struct acquire_request request = test_initiate_request("User", "Domain", "Password");

	begin_as(fixture, &request, requested);
}

static void end(struct fixture *fixture)
{
	side_end(&fixture->client);
	writer_wipe(&fixture->challenge);
	assert_int_equal(seam_blocks_alive(), fixture->alive);
}

static struct slice challenge(struct fixture *fixture, uint32_t flags, const char *target_info)
{
	struct ntlm_challenge_message message = {
		.target_name = u16("DOMAIN"),
		.negotiate_flags = flags,
		.target_info = hex(target_info),
	};

	memcpy(message.server_challenge, hex("0123456789abcdef").data, NTLM_CHALLENGE_SIZE);
	writer_wipe(&fixture->challenge);
	fixture->challenge = writer_growing();
	ntlm_challenge_message_write(&fixture->challenge, &message);
	return writer_slice(&fixture->challenge);
}

static SECURITY_STATUS answer(struct fixture *fixture, uint32_t flags, const char *target_info)
{
	SECURITY_STATUS status;

	assert_int_equal(side_step(&fixture->client, slice_of(NULL, 0)), SEC_I_CONTINUE_NEEDED);
	status = side_step(&fixture->client, challenge(fixture, flags, target_info));
	if (status != SEC_E_OK)
		return status;
	assert_true(ntlm_authenticate_message_parse(side_output(&fixture->client), &fixture->answer));
	assert_true(ntlm_v2_response_parse(fixture->answer.nt_challenge_response, &fixture->pairs));
	return status;
}

static struct slice pair(const struct fixture *fixture, enum ntlm_av_id id)
{
	struct slice value;

	assert_true(ntlm_av_pairs_find(fixture->pairs, id, &value));
	return value;
}

/* --- What it says */

static void it_answers_a_challenge_with_names_response_key_and_mic(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture, PROTECTED);
	assert_int_equal(answer(&fixture, WINDOWS_CHALLENGE, NAMES TIME), SEC_E_OK);
	assert_bytes(fixture.answer.user_name, u16("User"));
	assert_bytes(fixture.answer.domain_name, u16("Domain"));
	assert_bytes(fixture.answer.workstation, u16("SERVER"));
	assert_int_equal(fixture.answer.negotiate_flags, 0xE2888235);
	assert_int_equal(fixture.answer.encrypted_random_session_key.size, 16);
	assert_int_equal(fixture.answer.mic.size, 16);
	assert_true(fixture.client.leg.can_seal);
	assert_int_equal(fixture.client.leg.reached, FLAG_CONNECTION | FLAG_INTEGRITY | FLAG_REPLAY_DETECT |
							     FLAG_SEQUENCE_DETECT | FLAG_CONFIDENTIALITY);
	end(&fixture);
}

/* With a time from the server there is no LM answer, and the time is the server's. */
static void the_servers_time_comes_back_and_no_lm_answer(void **state)
{
	struct fixture fixture;
	struct slice time;

	(void)state;
	begin(&fixture, PROTECTED);
	seam_set_time(SEAM_TIME + 12345);
	assert_int_equal(answer(&fixture, WINDOWS_CHALLENGE, NAMES "0700 0800 0102030405060708"), SEC_E_OK);
	seam_set_time(SEAM_TIME);
	assert_true(slice_part(fixture.answer.nt_challenge_response, 24, 8, &time));
	assert_bytes(time, hex("0102030405060708"));
	assert_bytes(fixture.answer.lm_challenge_response,
		     hex("000000000000000000000000000000000000000000000000"));
	end(&fixture);
}

static void a_server_without_a_time_gets_ours_and_a_mic_all_the_same(void **state)
{
	struct fixture fixture;
	struct slice time;

	(void)state;
	begin(&fixture, PROTECTED);
	assert_int_equal(answer(&fixture, WINDOWS_CHALLENGE, NAMES), SEC_E_OK);
	assert_true(slice_part(fixture.answer.nt_challenge_response, 24, 8, &time));
	assert_bytes(time, hex("00c08976453cda01"));
	assert_bytes(pair(&fixture, MSV_AV_FLAGS), hex("02000000"));
	end(&fixture);
}

/* What the server said comes back as it was, unknown pairs too; ours follow, then EOL and Z(4). */
static void the_servers_pairs_come_back_in_their_order_and_ours_behind_them(void **state)
{
	struct fixture fixture;
	struct slice rest;

	(void)state;
	begin(&fixture, PROTECTED);
	assert_int_equal(answer(&fixture, WINDOWS_CHALLENGE, "3412 0300 010203" NAMES "0800 0100 ff" TIME),
			 SEC_E_OK);
	assert_true(slice_part(fixture.answer.nt_challenge_response, 16 + 28,
			       fixture.answer.nt_challenge_response.size - 44, &rest));
	assert_bytes(rest, hex("3412 0300 010203" NAMES "0800 0100 ff" TIME "0600 0400 02000000"
			       "0a00 1000 00000000000000000000000000000000 0900 0000 0000 0000 00000000"));
	end(&fixture);
}

static void the_servers_flags_are_kept_in_their_place_with_ours(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture, PROTECTED);
	assert_int_equal(
		answer(&fixture, WINDOWS_CHALLENGE, "0600 0400 01000000" NAMES "0600 0400 00000000" TIME),
		SEC_E_OK);
	assert_bytes(fixture.pairs, hex("0600 0400 03000000" NAMES TIME
					"0a00 1000 00000000000000000000000000000000 0900 0000"));
	end(&fixture);
}

/* MS-NLMP 2.2.2.1, MsvAvFlags: the server then knows what the target's name is worth. */
static void a_target_of_an_untrusted_source_is_marked(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture, PROTECTED | FLAG_UNVERIFIED_TARGET);
	assert_int_equal(answer(&fixture, WINDOWS_CHALLENGE, NAMES TIME), SEC_E_OK);
	assert_bytes(pair(&fixture, MSV_AV_FLAGS), hex("06000000"));
	end(&fixture);
}

static void target_and_bindings_stand_in_the_answer(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture, PROTECTED);
	fixture.client.leg.target = u16("TERMSRV/server");
	fixture.client.leg.bindings = hex(OWN_BINDINGS_MD5);
	assert_int_equal(answer(&fixture, WINDOWS_CHALLENGE, NAMES TIME), SEC_E_OK);
	assert_bytes(pair(&fixture, MSV_AV_TARGET_NAME), u16("TERMSRV/server"));
	assert_bytes(pair(&fixture, MSV_AV_CHANNEL_BINDINGS), hex(OWN_BINDINGS_MD5));
	end(&fixture);
}

/* Found in review: bindings in a CHALLENGE, copied in front of our own, would have counted in place of them. */
static void what_only_a_client_says_is_not_taken_from_a_challenge(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture, PROTECTED);
	fixture.client.leg.target = u16("TERMSRV/server");
	fixture.client.leg.bindings = hex(OWN_BINDINGS_MD5);
	assert_int_equal(answer(&fixture, WINDOWS_CHALLENGE,
				NAMES "0a00 1000 000102030405060708090a0b0c0d0e0f 0900 0200 5800" TIME),
			 SEC_E_OK);
	assert_bytes(pair(&fixture, MSV_AV_CHANNEL_BINDINGS), hex(OWN_BINDINGS_MD5));
	assert_bytes(pair(&fixture, MSV_AV_TARGET_NAME), u16("TERMSRV/server"));
	end(&fixture);
}

static void without_protection_asked_for_no_key_is_sent(void **state)
{
	struct fixture fixture;
	union attribute_value value;
	uint8_t nt_hash[NT_HASH_SIZE], key[NTLM_KEY_SIZE];

	(void)state;
	begin(&fixture, 0);
	assert_int_equal(answer(&fixture, 0xC2898205, NAMES TIME), SEC_E_OK);
	assert_int_equal(fixture.answer.negotiate_flags & (NTLM_SIGN | NTLM_SEAL), 0);
	assert_int_equal(fixture.answer.encrypted_random_session_key.size, 0);
	assert_int_equal(fixture.client.leg.reached, FLAG_CONNECTION);
	assert_false(fixture.client.leg.can_seal);
	ntlm_nt_hash(u16("Password"), nt_hash);
	assert_int_equal(ntlm_check_response(nt_hash, u16("User"), u16("Domain"),
					     hex("0123456789abcdef").data,
					     fixture.answer.nt_challenge_response, key),
			 NTLM_RESPONSE_RIGHT);
	assert_int_equal(ntlm_package.query(fixture.client.context, ATTRIBUTE_SESSION_KEY, &value),
			 REASON_OK);
	assert_bytes(value.bytes, slice_of(key, sizeof(key)));
	end(&fixture);
}

static void without_key_exchange_the_base_key_seals(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture, PROTECTED);
	assert_int_equal(answer(&fixture, WINDOWS_CHALLENGE & ~(uint32_t)NTLM_KEY_EXCH, NAMES TIME),
			 SEC_E_OK);
	assert_int_equal(fixture.answer.encrypted_random_session_key.size, 0);
	assert_int_equal(fixture.answer.negotiate_flags & NTLM_KEY_EXCH, 0);
	assert_true(fixture.client.leg.can_seal);
	end(&fixture);
}

/* No flag that we did not ask for, LOCAL_CALL least of all. */
static void what_the_server_adds_is_not_repeated(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture, PROTECTED);
	assert_int_equal(answer(&fixture, WINDOWS_CHALLENGE | 0x005048CA, NAMES TIME), SEC_E_OK);
	assert_int_equal(fixture.answer.negotiate_flags, 0xE2888235);
	end(&fixture);
	begin(&fixture, FLAG_INTEGRITY);
	assert_int_equal(answer(&fixture, WINDOWS_CHALLENGE, NAMES TIME), SEC_E_OK);
	assert_int_equal(fixture.answer.negotiate_flags & (NTLM_SIGN | NTLM_SEAL), NTLM_SIGN);
	assert_false(fixture.client.leg.can_seal);
	end(&fixture);
}

static void sequence_and_replay_detection_ask_for_signing(void **state)
{
	static const uint32_t requested[] = { FLAG_INTEGRITY, FLAG_REPLAY_DETECT, FLAG_SEQUENCE_DETECT };
	struct fixture fixture;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(requested); i++) {
		begin(&fixture, requested[i]);
		assert_int_equal(side_step(&fixture.client, slice_of(NULL, 0)), SEC_I_CONTINUE_NEEDED);
		assert_bytes(side_output(&fixture.client),
			     hex("4e544c4d53535000 01000000 978208e2 0000000000000000 0000000000000000 "
				 "0a00614a0000000f"));
		end(&fixture);
	}
}

static void each_answer_has_a_challenge_and_a_key_of_its_own(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer first = writer_growing();
	struct slice ours, theirs;

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct fixture fixture;

		begin(&fixture, PROTECTED);
		assert_int_equal(answer(&fixture, WINDOWS_CHALLENGE, NAMES TIME), SEC_E_OK);
		assert_true(slice_part(fixture.answer.nt_challenge_response, 32, 8, &ours));
		if (i == 0) {
			writer_bytes(&first, ours);
		} else {
			theirs = writer_slice(&first);
			assert_false(slice_equal(ours, theirs));
		}
		side_end(&fixture.client);
		writer_wipe(&fixture.challenge);
	}
}

static void the_names_of_the_credential_can_be_asked_for(void **state)
{
	struct fixture fixture;
	union attribute_value value;

	(void)state;
	begin(&fixture, 0);
	assert_int_equal(answer(&fixture, 0xC2898205, NAMES TIME), SEC_E_OK);
	assert_int_equal(ntlm_package.query(fixture.client.context, ATTRIBUTE_CLAIMED_NAMES, &value),
			 REASON_OK);
	assert_bytes(value.names.user, u16("User"));
	assert_bytes(value.names.domain, u16("Domain"));
	assert_int_equal(ntlm_package.query(fixture.client.context, ATTRIBUTE_ACCOUNT, &value),
			 REASON_UNSUPPORTED);
	end(&fixture);
}

/* --- To whom it says nothing */

static void assert_says_nothing(uint32_t requested, uint32_t flags, const char *target_info,
				enum reason reason)
{
	struct fixture fixture;

	begin(&fixture, requested);
	assert_int_equal(answer(&fixture, flags, target_info), reason_status(reason));
	assert_string_equal(reason_word(fixture.client.leg.reason), reason_word(reason));
	assert_int_equal(side_output(&fixture.client).size, 0);
	assert_int_equal(side_step(&fixture.client, writer_slice(&fixture.challenge)), SEC_E_OUT_OF_SEQUENCE);
	end(&fixture);
}

static void a_server_that_offers_less_than_was_asked_for_gets_no_answer(void **state)
{
	static const uint32_t missing[] = { NTLM_UNICODE, NTLM_SIGN, NTLM_SEAL, NTLM_128,
					    NTLM_EXTENDED_SESSIONSECURITY };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(missing); i++)
		assert_says_nothing(PROTECTED, WINDOWS_CHALLENGE & ~missing[i], NAMES TIME,
				    REASON_NTLM_FLAGS);
}

/* Without names under the HMAC the answer would be good for any server. */
static void a_server_without_names_gets_no_answer(void **state)
{
	(void)state;
	assert_says_nothing(PROTECTED, WINDOWS_CHALLENGE & ~(uint32_t)NTLM_TARGET_INFO, "",
			    REASON_NO_TARGET_INFO);
	assert_says_nothing(PROTECTED, WINDOWS_CHALLENGE, "", REASON_NO_TARGET_INFO);
	assert_says_nothing(PROTECTED, WINDOWS_CHALLENGE, "0100 0200 5300" TIME, REASON_NO_TARGET_INFO);
	assert_says_nothing(PROTECTED, WINDOWS_CHALLENGE, "0200 0200 4400" TIME, REASON_NO_TARGET_INFO);
}

static void the_servers_of_ms_nlmp_4_2_2_and_4_2_3_get_no_answer(void **state)
{
	static const char *const challenges[] = { NLMP_4_2_2_CHALLENGE, NLMP_4_2_3_CHALLENGE };
	struct fixture fixture;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(challenges); i++) {
		begin(&fixture, PROTECTED);
		assert_int_equal(side_step(&fixture.client, slice_of(NULL, 0)), SEC_I_CONTINUE_NEEDED);
		assert_true(status_failed(side_step(&fixture.client, hex(challenges[i]))));
		assert_int_equal(side_output(&fixture.client).size, 0);
		end(&fixture);
	}
}

static void what_is_no_challenge_gets_no_answer(void **state)
{
	struct slice whole = hex(OWN_CHALLENGE);
	struct fixture fixture;

	(void)state;
	for (size_t size = 0; size <= 60; size++) {
		begin(&fixture, PROTECTED);
		assert_int_equal(side_step(&fixture.client, slice_of(NULL, 0)), SEC_I_CONTINUE_NEEDED);
		assert_int_equal(side_step(&fixture.client, slice_of(whole.data, size)), SEC_E_INVALID_TOKEN);
		assert_int_equal(side_output(&fixture.client).size, 0);
		end(&fixture);
	}
}

static void a_second_challenge_is_out_of_sequence(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture, PROTECTED);
	assert_int_equal(answer(&fixture, WINDOWS_CHALLENGE, NAMES TIME), SEC_E_OK);
	assert_int_equal(side_step(&fixture.client, writer_slice(&fixture.challenge)), SEC_E_OUT_OF_SEQUENCE);
	end(&fixture);
}

static void the_client_speaks_first(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture, PROTECTED);
	assert_int_equal(side_step(&fixture.client, hex(OWN_CHALLENGE)), SEC_E_INVALID_TOKEN);
	assert_int_equal(fixture.client.leg.reason, REASON_UNEXPECTED_MESSAGE);
	assert_int_equal(side_output(&fixture.client).size, 0);
	end(&fixture);
}

static void ntlm_that_is_switched_off_says_nothing(void **state)
{
	struct acquire_request request = test_initiate_request("User", "Domain", "Password");
	struct fixture fixture;

	(void)state;
	request.policy.ntlm = false;
	begin_as(&fixture, &request, PROTECTED);
	assert_int_equal(side_step(&fixture.client, slice_of(NULL, 0)), SEC_E_LOGON_DENIED);
	assert_int_equal(fixture.client.leg.reason, REASON_NTLM_SWITCHED_OFF);
	assert_int_equal(side_output(&fixture.client).size, 0);
	end(&fixture);
}

/* --- Where the machine fails us */

static void without_random_numbers_nothing_is_said(void **state)
{
	struct fixture fixture;

	(void)state;
	for (int drawn = 0; drawn < 2; drawn++) {
		begin(&fixture, PROTECTED);
		assert_int_equal(side_step(&fixture.client, slice_of(NULL, 0)), SEC_I_CONTINUE_NEEDED);
		seam_script_random(slice_of("\1\2\3\4\5\6\7\10", drawn ? 8 : 0));
		seam_fail_random(true);
		assert_int_equal(
			side_step(&fixture.client, challenge(&fixture, WINDOWS_CHALLENGE, NAMES TIME)),
			SEC_E_INTERNAL_ERROR);
		seam_fail_random(false);
		seam_script_random(slice_of(NULL, 0));
		assert_int_equal(fixture.client.leg.reason, REASON_NO_RANDOM);
		assert_int_equal(side_output(&fixture.client).size, 0);
		end(&fixture);
	}
}

static void without_any_clock_nothing_is_said(void **state)
{
	struct fixture fixture;

	(void)state;
	seam_set_time(-1);
	begin(&fixture, PROTECTED);
	assert_int_equal(answer(&fixture, WINDOWS_CHALLENGE, NAMES), SEC_E_INTERNAL_ERROR);
	assert_int_equal(fixture.client.leg.reason, REASON_NO_CLOCK);
	end(&fixture);
	begin(&fixture, PROTECTED);
	assert_int_equal(answer(&fixture, WINDOWS_CHALLENGE, NAMES TIME), SEC_E_OK);
	end(&fixture);
	seam_set_time(SEAM_TIME);
}

static void names_too_long_for_their_fields_are_refused(void **state)
{
	static uint8_t name[70000];
	struct acquire_request request = test_initiate_request("", "Domain", "Password");
	struct fixture fixture;

	(void)state;
	request.user = slice_of(name, sizeof(name));
	begin_as(&fixture, &request, PROTECTED);
	assert_true(status_failed(answer(&fixture, WINDOWS_CHALLENGE, NAMES TIME)));
	assert_int_equal(side_output(&fixture.client).size, 0);
	end(&fixture);
}

static bool allocation_fails_in(bool second, bool long_names, long n)
{
	struct acquire_request request =
		test_initiate_request(long_names ? test_long_name() : "User", "Domain", "Password");
	struct fixture fixture;
	SECURITY_STATUS status;
	long made;

	begin_as(&fixture, &request, PROTECTED);
	(void)challenge(&fixture, WINDOWS_CHALLENGE, NAMES TIME);
	if (second)
		assert_int_equal(side_step(&fixture.client, slice_of(NULL, 0)), SEC_I_CONTINUE_NEEDED);
	made = seam_allocations();
	seam_fail_allocation(n);
	status = side_step(&fixture.client, second ? writer_slice(&fixture.challenge) : slice_of(NULL, 0));
	seam_fail_allocation(0);
	if (seam_allocations() - made < n) {
		assert_int_equal(status, second ? SEC_E_OK : SEC_I_CONTINUE_NEEDED);
	} else {
		assert_int_equal(status, SEC_E_INSUFFICIENT_MEMORY);
		assert_int_equal(side_output(&fixture.client).size, 0);
	}
	end(&fixture);
	return status == SEC_E_INSUFFICIENT_MEMORY;
}

static void whichever_allocation_fails_nothing_is_said_and_nothing_leaks(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) {
		bool second = i % 2, long_names = i / 2;
		long n = 1;

		while (allocation_fails_in(second, long_names, n))
			n++;
		assert_true(n > (second && long_names ? 3 : 1));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_answers_a_challenge_with_names_response_key_and_mic),
		cmocka_unit_test(the_servers_time_comes_back_and_no_lm_answer),
		cmocka_unit_test(a_server_without_a_time_gets_ours_and_a_mic_all_the_same),
		cmocka_unit_test(the_servers_pairs_come_back_in_their_order_and_ours_behind_them),
		cmocka_unit_test(the_servers_flags_are_kept_in_their_place_with_ours),
		cmocka_unit_test(a_target_of_an_untrusted_source_is_marked),
		cmocka_unit_test(target_and_bindings_stand_in_the_answer),
		cmocka_unit_test(what_only_a_client_says_is_not_taken_from_a_challenge),
		cmocka_unit_test(without_protection_asked_for_no_key_is_sent),
		cmocka_unit_test(without_key_exchange_the_base_key_seals),
		cmocka_unit_test(what_the_server_adds_is_not_repeated),
		cmocka_unit_test(sequence_and_replay_detection_ask_for_signing),
		cmocka_unit_test(each_answer_has_a_challenge_and_a_key_of_its_own),
		cmocka_unit_test(the_names_of_the_credential_can_be_asked_for),
		cmocka_unit_test(a_server_that_offers_less_than_was_asked_for_gets_no_answer),
		cmocka_unit_test(a_server_without_names_gets_no_answer),
		cmocka_unit_test(the_servers_of_ms_nlmp_4_2_2_and_4_2_3_get_no_answer),
		cmocka_unit_test(what_is_no_challenge_gets_no_answer),
		cmocka_unit_test(a_second_challenge_is_out_of_sequence),
		cmocka_unit_test(the_client_speaks_first),
		cmocka_unit_test(ntlm_that_is_switched_off_says_nothing),
		cmocka_unit_test(without_random_numbers_nothing_is_said),
		cmocka_unit_test(without_any_clock_nothing_is_said),
		cmocka_unit_test(names_too_long_for_their_fields_are_refused),
		cmocka_unit_test(whichever_allocation_fails_nothing_is_said_and_nothing_leaks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
