/* The three messages, read and written: MS-NLMP 2.2.1. Vectors: MS-NLMP 4.2.2 to 4.2.4, and an exchange of our own. */
#include "base/compiler.h"
#include "ntlm/authenticate_message.h"
#include "ntlm/av_pair.h"
#include "ntlm/challenge_message.h"
#include "ntlm/negotiate_message.h"
#include "support/hex.h"
#include "vectors/ntlm.h"

static bool negotiate_is_read(struct slice token, uint32_t *flags)
{
	struct ntlm_negotiate_message message;
	bool read = ntlm_negotiate_message_parse(token, &message);

	if (read && flags)
		*flags = message.negotiate_flags;
	return read;
}

static struct ntlm_challenge_message challenge_of(struct slice token)
{
	struct ntlm_challenge_message message;

	assert_true(ntlm_challenge_message_parse(token, &message));
	return message;
}

static struct ntlm_authenticate_message authenticate_of(struct slice token)
{
	struct ntlm_authenticate_message message;

	assert_true(ntlm_authenticate_message_parse(token, &message));
	return message;
}

/* A copy to be spoilt. */
static struct slice changed(struct slice token, size_t offset, const char *bytes)
{
	static struct byte_writer copies[4];
	static unsigned next;
	struct byte_writer *copy = &copies[next++ % 4];

	writer_wipe(copy);
	*copy = writer_growing();
	writer_bytes(copy, token);
	writer_patch(copy, offset, hex(bytes));
	assert_true(writer_ok(copy));
	return writer_slice(copy);
}

/* --- NEGOTIATE_MESSAGE */

static void negotiate_is_written_as_windows_does(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer out = writer_growing();

	(void)state;
	ntlm_negotiate_message_write(&out, 0xE20882B7);
	assert_bytes(writer_slice(&out), hex(OWN_NEGOTIATE));
}

/* Old clients stop behind the flags, others in front of the version. */
static void a_negotiate_that_stops_early_is_read(void **state)
{
	struct slice whole = hex(OWN_NEGOTIATE);
	uint32_t flags;

	(void)state;
	for (size_t size = 16; size <= whole.size; size++) {
		assert_true(negotiate_is_read(slice_of(whole.data, size), &flags));
		assert_int_equal(flags, 0xE20882B7);
	}
	for (size_t size = 0; size < 16; size++)
		assert_false(negotiate_is_read(slice_of(whole.data, size), NULL));
}

static void the_names_in_a_negotiate_are_not_looked_at(void **state)
{
	(void)state;
	assert_true(negotiate_is_read(changed(hex(OWN_NEGOTIATE), 16, "ffffffffffffffff ffffffffffffffff"),
				      NULL));
}

static void another_signature_or_type_is_no_message(void **state)
{
	struct ntlm_challenge_message challenge;
	struct ntlm_authenticate_message authenticate;

	(void)state;
	assert_false(negotiate_is_read(changed(hex(OWN_NEGOTIATE), 7, "20"), NULL));
	assert_false(negotiate_is_read(changed(hex(OWN_NEGOTIATE), 0, "6e"), NULL));
	assert_false(negotiate_is_read(changed(hex(OWN_NEGOTIATE), 8, "02"), NULL));
	assert_false(negotiate_is_read(changed(hex(OWN_NEGOTIATE), 11, "01"), NULL));
	assert_false(ntlm_challenge_message_parse(changed(hex(OWN_CHALLENGE), 7, "20"), &challenge));
	assert_false(ntlm_challenge_message_parse(changed(hex(OWN_CHALLENGE), 8, "03"), &challenge));
	assert_false(ntlm_authenticate_message_parse(changed(hex(OWN_AUTHENTICATE), 7, "20"), &authenticate));
	assert_false(ntlm_authenticate_message_parse(changed(hex(OWN_AUTHENTICATE), 8, "01"), &authenticate));
}

/* --- CHALLENGE_MESSAGE */

static void the_challenge_of_4_2_4_is_read(void **state)
{
	struct ntlm_challenge_message message = challenge_of(hex(NLMP_4_2_4_CHALLENGE));

	(void)state;
	assert_bytes(message.target_name, u16("Server"));
	assert_int_equal(message.negotiate_flags, 0xE28A8233);
	assert_bytes(slice_of(message.server_challenge, sizeof(message.server_challenge)),
		     hex("0123456789abcdef"));
	assert_bytes(message.target_info,
		     hex("02000c0044006f006d00610069006e00 01000c00530065007200760065007200"));
}

/* 4.2.2 and 4.2.3: servers that give none, for NTLMv1. */
static void a_challenge_without_target_info_is_read(void **state)
{
	(void)state;
	assert_int_equal(challenge_of(hex(NLMP_4_2_2_CHALLENGE)).target_info.size, 0);
	assert_int_equal(challenge_of(hex(NLMP_4_2_3_CHALLENGE)).negotiate_flags, 0x820A8233);
}

static void a_challenge_is_read_and_written_again(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer out = writer_growing();
	struct ntlm_challenge_message message = challenge_of(hex(OWN_CHALLENGE));

	(void)state;
	ntlm_challenge_message_write(&out, &message);
	assert_bytes(writer_slice(&out), hex(OWN_CHALLENGE));
}

/* Some servers set the VERSION flag and leave the field out. */
static void a_challenges_payload_may_begin_where_the_version_would_lie(void **state)
{
	struct ntlm_challenge_message message = challenge_of(
		hex("4e544c4d53535000 02000000 0400040030000000 358289e2 0123456789abcdef 0000000000000000"
		    "0c000c0034000000 41004200 0200 0400 44004f00 00000000"));

	(void)state;
	assert_bytes(message.target_name, u16("AB"));
	assert_bytes(message.target_info, hex("0200 0400 44004f00"));
}

static void a_challenge_cut_anywhere_is_refused(void **state)
{
	struct ntlm_challenge_message message;
	struct slice whole = hex(OWN_CHALLENGE);

	(void)state;
	for (size_t size = 0; size < whole.size; size++)
		assert_false(ntlm_challenge_message_parse(slice_of(whole.data, size), &message));
}

/* Pairs behind MsvAvEOL are none. Found in review: a name hidden there counted as given. */
static void what_lies_behind_the_end_of_the_pairs_is_not_read(void **state)
{
	struct ntlm_challenge_message message = challenge_of(
		hex("4e544c4d53535000 02000000 0000000000000000 358289e2 0123456789abcdef 0000000000000000"
		    "1400140030000000 0200 0400 44004f00 00000000 0100 0400 44004f00"));
	struct slice name;

	(void)state;
	assert_true(ntlm_av_pairs_find(message.target_info, MSV_AV_NB_DOMAIN_NAME, &name));
	assert_false(ntlm_av_pairs_find(message.target_info, MSV_AV_NB_COMPUTER_NAME, &name));
}

static void target_info_without_its_end_is_refused(void **state)
{
	struct ntlm_challenge_message message;

	(void)state;
	assert_false(ntlm_challenge_message_parse(
		hex("4e544c4d53535000 02000000 0000000000000000 358289e2 0123456789abcdef 0000000000000000"
		    "0800080030000000 0200 0400 44004f00"),
		&message));
	assert_false(ntlm_challenge_message_parse(
		hex("4e544c4d53535000 02000000 0000000000000000 358289e2 0123456789abcdef 0000000000000000"
		    "0000000030000000"),
		&message));
}

/* --- AUTHENTICATE_MESSAGE */

static void the_authenticate_of_4_2_4_is_read_and_has_no_place_for_a_mic(void **state)
{
	struct ntlm_authenticate_message message = authenticate_of(hex(NLMP_4_2_4_AUTHENTICATE));

	(void)state;
	assert_bytes(message.user_name, u16("User"));
	assert_bytes(message.domain_name, u16("Domain"));
	assert_bytes(message.workstation, u16("COMPUTER"));
	assert_int_equal(message.negotiate_flags, 0xE2888235);
	assert_bytes(message.nt_challenge_response, hex(NLMP_4_2_4_PROOF NLMP_4_2_4_TEMP));
	assert_bytes(message.encrypted_random_session_key, hex("c5dad2544fc9799094ce1ce90bc9d03e"));
	assert_int_equal(message.lm_challenge_response.size, 24);
	assert_int_equal(message.mic.size, 0);
}

static void an_authenticate_with_a_mic_is_read(void **state)
{
	struct ntlm_authenticate_message message = authenticate_of(hex(OWN_AUTHENTICATE));

	(void)state;
	assert_bytes(message.mic, hex(OWN_MIC));
	assert_bytes(message.encrypted_random_session_key, hex("d5ecd13547a68da8053cf2f5e28bdbf8"));
}

/* Very old clients have neither version nor MIC. */
static void a_payload_that_begins_at_64_is_read_and_leaves_no_mic(void **state)
{
	struct ntlm_authenticate_message message =
		authenticate_of(hex("4e544c4d53535000 03000000 0000000000000000 0400040048000000 "
				    "0400040040000000 0400040044000000"
				    "0000000000000000 0000000000000000 358288e2 41004200 43004400 45004600"));

	(void)state;
	assert_bytes(message.domain_name, u16("AB"));
	assert_bytes(message.user_name, u16("CD"));
	assert_bytes(message.nt_challenge_response, u16("EF"));
	assert_int_equal(message.mic.size, 0);
}

static void the_order_of_the_payload_is_free(void **state)
{
	struct ntlm_authenticate_message message =
		authenticate_of(hex("4e544c4d53535000 03000000 0000000000000000 0000000000000000 "
				    "020002005a000000 0200020058000000"
				    "0000000000000000 0000000000000000 358288e2 0000000000000000"
				    "00000000000000000000000000000000 41004200"));

	(void)state;
	assert_bytes(message.user_name, u16("A"));
	assert_bytes(message.domain_name, u16("B"));
	assert_int_equal(message.mic.size, 16);
}

/* Six fields of length, maximum and offset, from 12 on. */
static void a_field_outside_the_message_is_refused(void **state)
{
	static const char *const places[] = {
		"01000000 ffffffff", "ffff0000 58000000", "0200ffff 76030000",
		"02000000 00000080", "01000000 00000100",
	};
	struct slice whole = hex(OWN_AUTHENTICATE);
	struct ntlm_authenticate_message message;

	(void)state;
	for (size_t field = 12; field < 60; field += 8)
		for (size_t i = 0; i < COUNT_OF(places); i++)
			assert_false(
				ntlm_authenticate_message_parse(changed(whole, field, places[i]), &message));
}

static void an_empty_fields_offset_may_be_anything(void **state)
{
	struct ntlm_authenticate_message message =
		authenticate_of(changed(hex(OWN_AUTHENTICATE), 12, "00000000 ffffffff"));

	(void)state;
	assert_int_equal(message.lm_challenge_response.size, 0);
	assert_int_equal(message.mic.size, 16);
}

/* 2.2.1.3: the maximum length is not the sender's to be held to. */
static void the_maximum_length_is_ignored(void **state)
{
	(void)state;
	assert_bytes(authenticate_of(changed(hex(OWN_AUTHENTICATE), 30, "0000")).domain_name, u16("Domain"));
	assert_bytes(authenticate_of(changed(hex(OWN_AUTHENTICATE), 30, "ffff")).domain_name, u16("Domain"));
}

static void half_a_unicode_unit_is_refused(void **state)
{
	struct ntlm_authenticate_message message;

	(void)state;
	for (size_t field = 28; field <= 44; field += 8)
		assert_false(ntlm_authenticate_message_parse(changed(hex(OWN_AUTHENTICATE), field, "0700"),
							     &message));
}

static void an_authenticate_without_any_character_set_is_refused(void **state)
{
	struct ntlm_authenticate_message message;

	(void)state;
	assert_false(ntlm_authenticate_message_parse(changed(hex(OWN_AUTHENTICATE), 60, "34"), &message));
}

/* Names in OEM characters have any size; a client that says both means Unicode. */
static void names_in_oem_characters_are_read_as_they_are(void **state)
{
	struct slice oem = changed(hex(OWN_AUTHENTICATE), 60, "36");
	struct ntlm_authenticate_message message = authenticate_of(oem);

	(void)state;
	assert_int_equal(message.negotiate_flags & (NTLM_UNICODE | NTLM_OEM), NTLM_OEM);
	assert_bytes(authenticate_of(changed(oem, 36, "0300")).user_name, hex("550073"));
	oem = changed(oem, 60, "37");
	assert_true(ntlm_authenticate_message_parse(oem, &message));
	assert_false(ntlm_authenticate_message_parse(changed(oem, 36, "0300"), &message));
}

static void only_ascii_is_understood_of_oem_characters(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer wide = writer_growing(), oem = writer_growing();

	(void)state;
	assert_true(ntlm_utf16_from_oem(&wide, SLICE_LITERAL("User")));
	assert_bytes(writer_slice(&wide), u16("User"));
	assert_false(ntlm_utf16_from_oem(&wide, hex("80")));
	assert_false(ntlm_utf16_from_oem(&wide, hex("41ff")));
	ntlm_oem_from_utf16(&oem, hex("4100 dc00 0004 7f00 8000"));
	assert_bytes(writer_slice(&oem), hex("41 3f 3f 7f 3f"));
}

static void an_authenticate_cut_anywhere_is_refused(void **state)
{
	struct ntlm_authenticate_message message;
	struct slice whole = hex(OWN_AUTHENTICATE);

	(void)state;
	for (size_t size = 0; size < whole.size; size++)
		assert_false(ntlm_authenticate_message_parse(slice_of(whole.data, size), &message));
}

/* One payload byte in front of the MIC's end, and there is no MIC. */
static void a_mic_lies_where_no_payload_does(void **state)
{
	(void)state;
	assert_int_equal(authenticate_of(changed(hex(OWN_AUTHENTICATE), 32, "58000000")).mic.size, 16);
	assert_int_equal(authenticate_of(changed(hex(OWN_AUTHENTICATE), 32, "57000000")).mic.size, 0);
	assert_int_equal(authenticate_of(changed(hex(OWN_AUTHENTICATE), 32, "48000000")).mic.size, 0);
	assert_int_equal(authenticate_of(changed(hex(OWN_AUTHENTICATE), 32, "00000000")).mic.size, 0);
}

static void an_authenticate_is_read_and_written_again(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer out = writer_growing();
	struct ntlm_authenticate_message message = authenticate_of(hex(OWN_AUTHENTICATE));

	(void)state;
	ntlm_authenticate_message_write(&out, &message);
	writer_patch(&out, NTLM_MIC_OFFSET, message.mic);
	assert_bytes(writer_slice(&out), hex(OWN_AUTHENTICATE));
}

static void a_field_that_no_length_can_tell_is_not_written(void **state)
{
	static uint8_t name[UINT16_MAX + 1];
	CLEANUP(writer_wipe) struct byte_writer out = writer_growing();

	(void)state;
	ntlm_authenticate_message_write(
		&out, &(struct ntlm_authenticate_message) { .user_name = slice_of(name, sizeof(name)) });
	assert_false(writer_ok(&out));
}

/* --- NTLMv2_RESPONSE */

static void temp_is_that_of_4_2_4_1_3(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer out = writer_growing();

	(void)state;
	ntlm_v2_response_write(&out, 0, hex("aaaaaaaaaaaaaaaa"),
			       hex("02000c0044006f006d00610069006e00 01000c00530065007200760065007200"));
	assert_bytes(writer_slice(&out), hex(NLMP_4_2_4_TEMP));
}

static void a_responses_pairs_are_found_and_what_follows_them_is_left(void **state)
{
	struct slice pairs;

	(void)state;
	assert_true(ntlm_v2_response_parse(hex(NLMP_4_2_4_PROOF NLMP_4_2_4_TEMP), &pairs));
	assert_bytes(pairs, hex("02000c0044006f006d00610069006e00 01000c00530065007200760065007200"));
	assert_true(ntlm_v2_response_parse(hex(NLMP_4_2_4_PROOF NLMP_4_2_4_TEMP "ffffffffffffffff"), &pairs));
}

static void another_response_version_is_refused(void **state)
{
	struct slice response = hex(NLMP_4_2_4_PROOF NLMP_4_2_4_TEMP), pairs;

	(void)state;
	assert_false(ntlm_v2_response_parse(changed(response, 16, "02"), &pairs));
	assert_false(ntlm_v2_response_parse(changed(response, 17, "02"), &pairs));
	assert_false(ntlm_v2_response_parse(changed(response, 17, "00"), &pairs));
}

static void a_response_cut_anywhere_before_the_end_of_its_pairs_is_refused(void **state)
{
	struct slice whole = hex(NLMP_4_2_4_PROOF NLMP_4_2_4_TEMP), pairs;

	(void)state;
	for (size_t size = 0; size < whole.size - 4; size++)
		assert_false(ntlm_v2_response_parse(slice_of(whole.data, size), &pairs));
	assert_true(ntlm_v2_response_parse(slice_of(whole.data, whole.size - 4), &pairs));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(negotiate_is_written_as_windows_does),
		cmocka_unit_test(a_negotiate_that_stops_early_is_read),
		cmocka_unit_test(the_names_in_a_negotiate_are_not_looked_at),
		cmocka_unit_test(another_signature_or_type_is_no_message),
		cmocka_unit_test(the_challenge_of_4_2_4_is_read),
		cmocka_unit_test(a_challenge_without_target_info_is_read),
		cmocka_unit_test(a_challenge_is_read_and_written_again),
		cmocka_unit_test(a_challenges_payload_may_begin_where_the_version_would_lie),
		cmocka_unit_test(a_challenge_cut_anywhere_is_refused),
		cmocka_unit_test(what_lies_behind_the_end_of_the_pairs_is_not_read),
		cmocka_unit_test(target_info_without_its_end_is_refused),
		cmocka_unit_test(the_authenticate_of_4_2_4_is_read_and_has_no_place_for_a_mic),
		cmocka_unit_test(an_authenticate_with_a_mic_is_read),
		cmocka_unit_test(a_payload_that_begins_at_64_is_read_and_leaves_no_mic),
		cmocka_unit_test(the_order_of_the_payload_is_free),
		cmocka_unit_test(a_field_outside_the_message_is_refused),
		cmocka_unit_test(an_empty_fields_offset_may_be_anything),
		cmocka_unit_test(the_maximum_length_is_ignored),
		cmocka_unit_test(half_a_unicode_unit_is_refused),
		cmocka_unit_test(an_authenticate_without_any_character_set_is_refused),
		cmocka_unit_test(names_in_oem_characters_are_read_as_they_are),
		cmocka_unit_test(only_ascii_is_understood_of_oem_characters),
		cmocka_unit_test(an_authenticate_cut_anywhere_is_refused),
		cmocka_unit_test(a_mic_lies_where_no_payload_does),
		cmocka_unit_test(an_authenticate_is_read_and_written_again),
		cmocka_unit_test(a_field_that_no_length_can_tell_is_not_written),
		cmocka_unit_test(temp_is_that_of_4_2_4_1_3),
		cmocka_unit_test(a_responses_pairs_are_found_and_what_follows_them_is_left),
		cmocka_unit_test(another_response_version_is_refused),
		cmocka_unit_test(a_response_cut_anywhere_before_the_end_of_its_pairs_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
