/* SPNEGO in both roles (RFC 4178, MS-SPNG): our two against each other, and each against
 * a peer made by hand around a real NTLM. */
#include "support/clear_mechanism.h"
#include "support/hex.h"
#include "support/seams.h"
#include "support/side.h"

#include "asn1/der_writer.h"
#include "negotiate/mech_list_mic.h"
#include "negotiate/neg_token_init.h"
#include "negotiate/negotiate.h"
#include "ntlm/ntlm.h"

#define NTLM_LIST "300c060a2b06010401823702020a"
#define WINDOWS_LIST \
	"302e06092a864882f71201020206092a864886f712010202060a2b06010401823702021e060a2b06010401823702020a"
/* NTLM in front of Kerberos: the order changed on the way. */
#define REORDERED_LIST "3017060a2b06010401823702020a06092a864886f712010202"

static const struct security_package *const ntlm_alone[] = { &ntlm_package, NULL };
static const struct security_package *const both[] = { &clear_mechanism_package, &ntlm_package, NULL };

static struct test_authority authority;
static struct side server, client;
static struct byte_writer made; /* a token put together by hand */

static int begin(void **state)
{
	(void)state;
	authority = test_authority_of("User", "Domain", "Password");
	server = client = (struct side) { .output = writer_growing() };
	made = writer_growing();
	seam_script_random(slice_of(NULL, 0));
	return 0;
}

static int end(void **state)
{
	(void)state;
	side_end(&server);
	side_end(&client);
	writer_wipe(&made);
	assert_int_equal(seam_blocks_alive(), 0);
	return 0;
}

static void start_server(const struct security_package *const *packages)
{
	struct acquire_request request = test_accept_request(&authority);

	request.packages = packages;
	side_start(&server, &negotiate_package, &request, ROLE_ACCEPT);
	server.leg.requested = FLAG_EXTENDED_ERROR;
}

/* The client's NTLM, for tokens put together by hand; or its Negotiate. */
static void start_client(const struct security_package *package,
			 const struct security_package *const *packages, bool always_spnego,
			 uint32_t requested)
{
	struct acquire_request request = test_initiate_request("User", "Domain", "Password");

	request.packages = packages;
	request.always_spnego = always_spnego;
	side_start(&client, package, &request, ROLE_INITIATE);
	client.leg.requested = requested;
}

static struct neg_token_resp answer_of(const struct side *side)
{
	struct neg_token_resp resp;

	assert_true(neg_token_resp_parse(side_output(side), &resp));
	return resp;
}

static SECURITY_STATUS to_server_init(const char *list, struct slice mech_token)
{
	writer_wipe(&made);
	neg_token_init_write(&made, &(struct neg_token_init) { .mech_types = hex(list),
							       .has_mech_token = mech_token.size > 0,
							       .mech_token = mech_token });
	return side_step(&server, writer_slice(&made));
}

static SECURITY_STATUS step_by_hand(struct side *side, struct neg_token_resp resp)
{
	writer_wipe(&made);
	neg_token_resp_write(&made, &resp);
	return side_step(side, writer_slice(&made));
}

/* A MIC of the side's own NTLM over this list. */
static struct slice mic_over(struct side *side, const char *list, struct byte_writer *mic)
{
	struct slice bytes = hex(list);
	struct span data = { (uint8_t *)bytes.data, bytes.size };
	struct message message = { .data = &data, .data_count = 1, .keep_stream = true };

	message.header = (struct span) { writer_extend(mic, 16), 16 };
	assert_int_equal(ntlm_package.sign(side->context, &message), SEC_E_OK);
	return writer_slice(mic);
}

static void assert_refused(const struct side *side, SECURITY_STATUS status, enum reason reason)
{
	assert_int_equal(side->leg.reason, reason);
	assert_int_equal(status, reason_status(reason));
}

#define SIGNING (FLAG_INTEGRITY | FLAG_CONFIDENTIALITY)

/* --- Our two roles */

static void a_logon_in_spnego_ends_with_both_mics(void **state)
{
	struct neg_token_resp resp;

	(void)state;
	start_server(ntlm_alone);
	start_client(&negotiate_package, ntlm_alone, true, SIGNING);
	assert_int_equal(side_step(&client, slice_of(NULL, 0)), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(side_step(&server, side_output(&client)), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(answer_of(&server).neg_state, NEG_ACCEPT_INCOMPLETE);
	assert_int_equal(mechanism_of(answer_of(&server).supported_mech), MECHANISM_NTLM);
	assert_int_equal(side_step(&client, side_output(&server)), SEC_I_CONTINUE_NEEDED);
	assert_true(client.leg.can_seal);
	assert_int_equal(answer_of(&client).mech_list_mic.size, 16);
	assert_int_equal(side_step(&server, side_output(&client)), SEC_E_OK);
	resp = answer_of(&server);
	assert_int_equal(resp.neg_state, NEG_ACCEPT_COMPLETED);
	assert_int_equal(resp.supported_mech.size, 0);
	assert_int_equal(resp.mech_list_mic.size, 16);
	assert_int_equal(side_step(&client, side_output(&server)), SEC_E_OK);
	assert_int_equal(side_output(&client).size, 0);
	assert_true(client.leg.reached & FLAG_CONFIDENTIALITY);
}

/* docs/vectors.md: the numbers go on behind the MICs, the key streams begin anew. */
static void the_mics_and_the_first_messages_are_the_vectors(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer blob = writer_growing();

	(void)state;
	seam_script_random(hex("0123456789abcdef aaaaaaaaaaaaaaaa 55555555555555555555555555555555"));
	start_server(ntlm_alone);
	start_client(&negotiate_package, ntlm_alone, true, SIGNING);
	(void)side_step(&client, slice_of(NULL, 0));
	(void)side_step(&server, side_output(&client));
	(void)side_step(&client, side_output(&server));
	assert_bytes(answer_of(&client).mech_list_mic, hex("0100000022a3984fefbb9c3200000000"));
	assert_int_equal(side_step(&server, side_output(&client)), SEC_E_OK);
	assert_bytes(answer_of(&server).mech_list_mic, hex("010000007dd6da05648a73ae00000000"));
	assert_int_equal(side_step(&client, side_output(&server)), SEC_E_OK);
	assert_int_equal(side_seal(&client, SLICE_LITERAL("Hello"), &blob), SEC_E_OK);
	assert_bytes(writer_slice(&blob), hex("010000009ef0def7f2c5ecf2010000004c800109b1"));
	writer_wipe(&blob);
	assert_int_equal(side_seal(&server, SLICE_LITERAL("Hello"), &blob), SEC_E_OK);
	assert_bytes(writer_slice(&blob), hex("01000000a9cd0d913abb71aa010000000e6d71db3e"));
}

static void ntlm_alone_goes_raw(void **state)
{
	(void)state;
	start_server(ntlm_alone);
	start_client(&negotiate_package, ntlm_alone, false, SIGNING);
	assert_int_equal(side_step(&client, slice_of(NULL, 0)), SEC_I_CONTINUE_NEEDED);
	assert_memory_equal(side_output(&client).data, "NTLMSSP", 8);
	assert_int_equal(side_step(&server, side_output(&client)), SEC_I_CONTINUE_NEEDED);
	assert_memory_equal(side_output(&server).data, "NTLMSSP", 8);
	assert_int_equal(side_step(&client, side_output(&server)), SEC_E_OK);
	assert_int_equal(side_step(&server, side_output(&client)), SEC_E_OK);
	assert_int_equal(side_output(&server).size, 0);
}

/* curl: no session security, so no MIC; passes here, and CREDSSP refuses it. */
static void unsigned_ntlm_passes_without_a_mic(void **state)
{
	(void)state;
	start_server(ntlm_alone);
	start_client(&negotiate_package, ntlm_alone, true, 0);
	(void)side_step(&client, slice_of(NULL, 0));
	(void)side_step(&server, side_output(&client));
	assert_int_equal(side_step(&client, side_output(&server)), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(answer_of(&client).mech_list_mic.size, 0);
	assert_int_equal(side_step(&server, side_output(&client)), SEC_E_OK);
	assert_int_equal(side_step(&client, side_output(&server)), SEC_E_OK);
}

static void the_first_choice_of_both_needs_no_mic(void **state)
{
	(void)state;
	start_server(both);
	start_client(&negotiate_package, both, false, SIGNING);
	assert_int_equal(side_step(&client, slice_of(NULL, 0)), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(side_step(&server, side_output(&client)), SEC_E_OK);
	assert_int_equal(answer_of(&server).neg_state, NEG_ACCEPT_COMPLETED);
	/* Answered with the identifier that was asked, Microsoft's own. */
	assert_int_equal(mechanism_of(answer_of(&server).supported_mech), MECHANISM_KERBEROS_MICROSOFT);
	assert_int_equal(side_step(&client, side_output(&server)), SEC_E_OK);
	assert_int_equal(side_output(&client).size, 0);
}

static void a_server_without_kerberos_chooses_ntlm_and_asks_for_the_mic(void **state)
{
	(void)state;
	start_server(ntlm_alone);
	start_client(&negotiate_package, both, false, SIGNING);
	(void)side_step(&client, slice_of(NULL, 0));
	assert_int_equal(side_step(&server, side_output(&client)), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(answer_of(&server).neg_state, NEG_REQUEST_MIC);
	assert_int_equal(answer_of(&server).response_token.size, 0);
	assert_int_equal(side_step(&client, side_output(&server)), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(side_step(&server, side_output(&client)), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(answer_of(&server).supported_mech.size, 0); /* in the first reply only */
	assert_int_equal(side_step(&client, side_output(&server)), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(side_step(&server, side_output(&client)), SEC_E_OK);
	assert_int_equal(side_step(&client, side_output(&server)), SEC_E_OK);
}

/* --- The server, against a client made by hand */

/* NTLM by this list up to its last token, with the MIC that `mic` makes; an empty list: none. */
static SECURITY_STATUS log_on_by_hand(const char *list, const char *mic_list)
{
	CLEANUP(writer_wipe) struct byte_writer mic = writer_growing();
	bool first = list[4] == '0' && list[6] == '0' && list[7] == 'a'; /* NTLM stands in front */
	struct slice token;

	start_client(&ntlm_package, NULL, false, SIGNING);
	(void)side_step(&client, slice_of(NULL, 0));
	assert_int_equal(to_server_init(list, side_output(&client)), SEC_I_CONTINUE_NEEDED);
	if (!first)
		assert_int_equal(
			step_by_hand(&server,
				     (struct neg_token_resp) { .neg_state = NEG_ABSENT,
							       .response_token = side_output(&client) }),
			SEC_I_CONTINUE_NEEDED);
	assert_int_equal(side_step(&client, answer_of(&server).response_token), SEC_E_OK);
	token = side_output(&client);
	if (*mic_list)
		(void)mic_over(&client, mic_list, &mic);
	return step_by_hand(&server, (struct neg_token_resp) { .neg_state = NEG_ABSENT,
							       .response_token = token,
							       .mech_list_mic = writer_slice(&mic) });
}

static void the_list_of_windows_leads_to_ntlm_with_mics(void **state)
{
	(void)state;
	start_server(ntlm_alone);
	assert_int_equal(log_on_by_hand(WINDOWS_LIST, WINDOWS_LIST), SEC_E_OK);
	assert_int_equal(answer_of(&server).neg_state, NEG_ACCEPT_COMPLETED);
	assert_int_equal(answer_of(&server).mech_list_mic.size, 16);
}

static void a_mic_that_was_dropped_is_missed(void **state)
{
	(void)state;
	start_server(ntlm_alone);
	assert_refused(&server, log_on_by_hand(WINDOWS_LIST, ""), REASON_MECH_LIST_MIC_MISSING);
	assert_int_equal(answer_of(&server).neg_state, NEG_REJECT);
}

static void a_mic_is_due_for_ntlm_alone_too(void **state)
{
	(void)state;
	start_server(ntlm_alone);
	assert_refused(&server, log_on_by_hand(NTLM_LIST, ""), REASON_MECH_LIST_MIC_MISSING);
}

static void a_mic_over_another_list_is_refused(void **state)
{
	(void)state;
	start_server(ntlm_alone);
	assert_refused(&server, log_on_by_hand(WINDOWS_LIST, NTLM_LIST), REASON_MECH_LIST_MIC_WRONG);
}

/* It is over the SEQUENCE alone (RFC 4178 4.2.1), as it came. */
static void a_mic_over_the_list_and_its_tag_is_refused(void **state)
{
	(void)state;
	start_server(ntlm_alone);
	assert_refused(&server, log_on_by_hand(WINDOWS_LIST, "a030" WINDOWS_LIST),
		       REASON_MECH_LIST_MIC_WRONG);
}

static void a_list_that_was_reordered_is_refused(void **state)
{
	(void)state;
	start_server(both);
	assert_refused(&server, log_on_by_hand(REORDERED_LIST, WINDOWS_LIST), REASON_MECH_LIST_MIC_WRONG);
}

static void a_list_cut_to_ntlm_is_refused(void **state)
{
	(void)state;
	start_server(both);
	assert_refused(&server, log_on_by_hand(NTLM_LIST, WINDOWS_LIST), REASON_MECH_LIST_MIC_WRONG);
}

/* NTLM up to its last token, with these bytes where the MIC would be. */
static SECURITY_STATUS log_on_with_mic(struct slice mic)
{
	start_server(ntlm_alone);
	start_client(&ntlm_package, NULL, false, SIGNING);
	(void)side_step(&client, slice_of(NULL, 0));
	(void)to_server_init(NTLM_LIST, side_output(&client));
	(void)side_step(&client, answer_of(&server).response_token);
	return step_by_hand(&server, (struct neg_token_resp) { .neg_state = NEG_ABSENT,
							       .response_token = side_output(&client),
							       .mech_list_mic = mic });
}

static void what_is_no_mic_of_the_client_is_refused(void **state)
{
	static const char *const wrong[] = {
		"00000000000000000000000000000000",
		"01000000000000000000000000000000", /* what a mechanism without a key has for one */
		"01000000000000000000000001000000", /* of another number */
		"010000000000000000000000",
		"00",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		assert_refused(&server, log_on_with_mic(hex(wrong[i])), REASON_MECH_LIST_MIC_WRONG);
		side_end(&server);
		side_end(&client);
	}
	start_server(ntlm_alone);
}

static void a_copy_of_the_token_is_no_mic(void **state)
{
	struct slice token;

	(void)state;
	start_server(ntlm_alone);
	start_client(&ntlm_package, NULL, false, SIGNING);
	(void)side_step(&client, slice_of(NULL, 0));
	(void)to_server_init(NTLM_LIST, side_output(&client));
	(void)side_step(&client, answer_of(&server).response_token);
	token = side_output(&client);
	assert_refused(&server,
		       step_by_hand(&server, (struct neg_token_resp) { .neg_state = NEG_ABSENT,
								       .response_token = token,
								       .mech_list_mic = token }),
		       REASON_MECH_LIST_MIC_MISSING);
}

static void a_wrong_password_is_told_before_the_mic(void **state)
{
	(void)state;
	authority = test_authority_of("User", "Domain", "another");
	start_server(ntlm_alone);
	assert_refused(&server, log_on_by_hand(NTLM_LIST, NTLM_LIST), REASON_WRONG_PASSWORD);
}

static void mechanisms_that_nobody_has_are_rejected(void **state)
{
	(void)state;
	start_server(ntlm_alone);
	assert_refused(&server, to_server_init("300b06092a864886f712010202", SLICE_LITERAL("AP-REQ")),
		       REASON_NO_COMMON_MECHANISM);
	assert_bytes(side_output(&server), hex("a1073005a0030a0102"));
}

static void without_extended_error_there_is_no_reject(void **state)
{
	(void)state;
	start_server(ntlm_alone);
	server.leg.requested = 0;
	assert_refused(&server, to_server_init("300b06092a864886f712010202", SLICE_LITERAL("AP-REQ")),
		       REASON_NO_COMMON_MECHANISM);
	assert_int_equal(side_output(&server).size, 0);
}

static void a_token_of_ntlm_under_kerberos_is_refused(void **state)
{
	(void)state;
	start_server(both);
	start_client(&ntlm_package, NULL, false, SIGNING);
	(void)side_step(&client, slice_of(NULL, 0));
	assert_refused(&server, to_server_init(WINDOWS_LIST, side_output(&client)), REASON_BAD_TOKEN);
}

static void a_token_of_kerberos_under_ntlm_is_refused(void **state)
{
	static const char *const tokens[] = {
		"600d06092a864886f7120102020100",   /* an AP-REQ's frame */
		"600e060a2b06010401823702020a0100", /* the same, by NTLM's name */
		"6e00",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(tokens); i++) {
		start_server(both);
		assert_refused(&server, to_server_init(NTLM_LIST, hex(tokens[i])), REASON_BAD_TOKEN);
		side_end(&server);
	}
	start_server(both);
}

/* The one that came before the choice is dropped unread; behind it NTLM's is due. */
static void a_token_of_kerberos_behind_the_choice_of_ntlm_is_refused(void **state)
{
	(void)state;
	start_server(ntlm_alone);
	assert_int_equal(to_server_init(WINDOWS_LIST, SLICE_LITERAL("AP-REQ")), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(answer_of(&server).neg_state, NEG_REQUEST_MIC);
	assert_refused(
		&server,
		step_by_hand(&server, (struct neg_token_resp) { .neg_state = NEG_ABSENT,
								.response_token = SLICE_LITERAL("AP-REQ") }),
		REASON_BAD_TOKEN);
}

static void raw_kerberos_is_refused_where_there_is_none(void **state)
{
	(void)state;
	start_server(ntlm_alone);
	assert_refused(&server, side_step(&server, hex("600d06092a864886f7120102020100")),
		       REASON_NO_COMMON_MECHANISM);
}

static void what_is_no_token_at_all_is_refused(void **state)
{
	static const char *const wrong[] = { "", "00", "4e544c4d5353", "a1073005a0030a0100", "6e00" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		start_server(ntlm_alone);
		assert_refused(&server, side_step(&server, hex(wrong[i])), REASON_BAD_TOKEN);
		assert_int_equal(side_step(&server, hex(wrong[i])), SEC_E_OUT_OF_SEQUENCE);
		side_end(&server);
	}
	start_server(ntlm_alone);
}

/* 64 elements, each with nothing but the next one in it. */
static struct slice nested(struct byte_writer *out, uint8_t tag)
{
	size_t elements[64];

	writer_wipe(out);
	for (size_t i = 0; i < COUNT_OF(elements); i++)
		elements[i] = der_open(out, tag);
	for (size_t i = COUNT_OF(elements); i > 0; i--)
		der_close(out, elements[i - 1]);
	assert_true(writer_ok(out));
	return writer_slice(out);
}

/* The first token that is one by its frame and its list, with this behind the list. */
static SECURITY_STATUS to_server_init_with(struct slice fields)
{
	CLEANUP(writer_wipe) struct byte_writer token = writer_growing();
	size_t frame = der_open(&token, DER_APPLICATION(0)), choice, sequence, list;

	der_write(&token, DER_OBJECT_IDENTIFIER, SPNEGO_OID);
	choice = der_open(&token, DER_CONTEXT(0));
	sequence = der_open(&token, DER_SEQUENCE);
	list = der_open(&token, DER_CONTEXT(0));
	writer_bytes(&token, hex(NTLM_LIST));
	der_close(&token, list);
	writer_bytes(&token, fields);
	der_close(&token, sequence);
	der_close(&token, choice);
	der_close(&token, frame);
	return side_step(&server, writer_slice(&token));
}

static void sixty_four_nested_lengths_are_no_first_token(void **state)
{
	static const uint8_t tags[] = { DER_APPLICATION(0), DER_CONTEXT(0), DER_CONTEXT(1), DER_SEQUENCE };
	CLEANUP(writer_wipe) struct byte_writer deep = writer_growing();

	(void)state;
	for (size_t i = 0; i < COUNT_OF(tags); i++) {
		start_server(both);
		assert_refused(&server, side_step(&server, nested(&deep, tags[i])), REASON_BAD_TOKEN);
		side_end(&server);
	}
	start_server(both);
}

static void sixty_four_nested_lengths_are_no_list_no_token_and_no_mic(void **state)
{
	static const uint8_t tags[] = { DER_CONTEXT(2), DER_CONTEXT(4) };
	CLEANUP(writer_wipe) struct byte_writer deep = writer_growing(), init = writer_growing();

	(void)state;
	start_server(both);
	neg_token_init_write(&init, &(struct neg_token_init) { .mech_types = nested(&deep, DER_SEQUENCE) });
	assert_refused(&server, side_step(&server, writer_slice(&init)), REASON_BAD_TOKEN);
	side_end(&server);
	for (size_t i = 0; i < COUNT_OF(tags); i++) {
		start_server(both);
		assert_refused(&server, to_server_init_with(nested(&deep, tags[i])), REASON_BAD_TOKEN);
		side_end(&server);
	}
	start_server(both);
	assert_refused(&server, to_server_init(NTLM_LIST, nested(&deep, DER_SEQUENCE)), REASON_BAD_TOKEN);
}

static void sixty_four_nested_lengths_are_no_later_token(void **state)
{
	static const uint8_t tags[] = { DER_CONTEXT(1), DER_SEQUENCE, DER_CONTEXT(2) };
	CLEANUP(writer_wipe) struct byte_writer deep = writer_growing();

	(void)state;
	for (size_t i = 0; i < COUNT_OF(tags); i++) {
		start_server(ntlm_alone);
		start_client(&negotiate_package, ntlm_alone, true, SIGNING);
		(void)side_step(&client, slice_of(NULL, 0));
		assert_int_equal(side_step(&server, side_output(&client)), SEC_I_CONTINUE_NEEDED);
		assert_refused(&server, side_step(&server, nested(&deep, tags[i])), REASON_BAD_TOKEN);
		assert_refused(&client, side_step(&client, nested(&deep, tags[i])), REASON_BAD_TOKEN);
		side_end(&server);
		side_end(&client);
	}
	start_server(ntlm_alone);
}

/* reqFlags and hints are passed over as they are: their own length is the only one that is read. */
static void lengths_nested_where_nobody_looks_are_passed_over(void **state)
{
	static const uint8_t tags[] = { DER_CONTEXT(1), DER_CONTEXT(3) };
	CLEANUP(writer_wipe) struct byte_writer deep = writer_growing();

	(void)state;
	for (size_t i = 0; i < COUNT_OF(tags); i++) {
		start_server(ntlm_alone);
		assert_int_equal(to_server_init_with(nested(&deep, tags[i])), SEC_I_CONTINUE_NEEDED);
		side_end(&server);
	}
	start_server(ntlm_alone);
}

static void a_first_token_twice_is_refused(void **state)
{
	(void)state;
	start_server(ntlm_alone);
	start_client(&ntlm_package, NULL, false, SIGNING);
	(void)side_step(&client, slice_of(NULL, 0));
	assert_int_equal(to_server_init(NTLM_LIST, side_output(&client)), SEC_I_CONTINUE_NEEDED);
	assert_refused(&server, to_server_init(NTLM_LIST, side_output(&client)), REASON_BAD_TOKEN);
}

static void a_mechanism_without_its_token_is_asked_for_it(void **state)
{
	(void)state;
	start_server(ntlm_alone);
	assert_int_equal(to_server_init(NTLM_LIST, slice_of(NULL, 0)), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(answer_of(&server).response_token.size, 0);
	start_client(&ntlm_package, NULL, false, SIGNING);
	(void)side_step(&client, slice_of(NULL, 0));
	assert_int_equal(
		step_by_hand(&server, (struct neg_token_resp) { .neg_state = NEG_ACCEPT_INCOMPLETE,
								.response_token = side_output(&client) }),
		SEC_I_CONTINUE_NEEDED);
}

static void a_clients_reject_ends_it(void **state)
{
	(void)state;
	start_server(ntlm_alone);
	start_client(&ntlm_package, NULL, false, SIGNING);
	(void)side_step(&client, slice_of(NULL, 0));
	(void)to_server_init(NTLM_LIST, side_output(&client));
	assert_refused(&server, step_by_hand(&server, (struct neg_token_resp) { .neg_state = NEG_REJECT }),
		       REASON_NEGOTIATION_REJECTED);
}

/* The account is nobody's before the MIC was seen. */
static void an_account_is_told_only_at_the_end(void **state)
{
	union attribute_value value;

	(void)state;
	start_server(ntlm_alone);
	assert_int_equal(log_on_by_hand(WINDOWS_LIST, ""), SEC_E_MESSAGE_ALTERED);
	assert_int_equal(negotiate_package.query(server.context, ATTRIBUTE_ACCOUNT, &value),
			 REASON_OUT_OF_SEQUENCE);
	assert_int_equal(negotiate_package.query(server.context, ATTRIBUTE_SESSION_KEY, &value),
			 REASON_OUT_OF_SEQUENCE);
}

/* --- A mechanism that the server ends: its MIC goes out first, the client's is due */

/* NEGOEX stands in front of Kerberos, so the choice is not the client's first and both MICs are due. */
#define NEGOEX_LIST "3017060a2b06010401823702021e06092a864886f712010202"

/* The list, the client's word, and the server's answer with its MIC; the client checks it. */
static void log_on_until_the_clients_mic(void)
{
	struct slice list = hex(NEGOEX_LIST);
	struct span data = { (uint8_t *)list.data, list.size };
	struct message message = { .data = &data, .data_count = 1 };
	CLEANUP(writer_wipe) struct byte_writer mic = writer_growing();
	struct neg_token_resp resp;

	start_server(both);
	start_client(&clear_mechanism_package, NULL, false, SIGNING);
	assert_int_equal(to_server_init(NEGOEX_LIST, SLICE_LITERAL("NEGOEXTS")), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(answer_of(&server).neg_state, NEG_REQUEST_MIC);
	assert_int_equal(mechanism_of(answer_of(&server).supported_mech), MECHANISM_KERBEROS);
	(void)side_step(&client, slice_of(NULL, 0));
	assert_int_equal(
		step_by_hand(&server, (struct neg_token_resp) { .neg_state = NEG_ABSENT,
								.response_token = side_output(&client) }),
		SEC_I_CONTINUE_NEEDED);
	assert_true(server.leg.can_seal);
	resp = answer_of(&server);
	assert_int_equal(resp.neg_state, NEG_ACCEPT_INCOMPLETE);
	writer_bytes(&mic, resp.mech_list_mic);
	assert_int_equal(side_step(&client, resp.response_token), SEC_E_OK);
	message.header = (struct span) { mic.data, mic.size };
	assert_int_equal(clear_mechanism_package.verify(client.context, &message), SEC_E_OK);
}

static void the_clients_mic_ends_what_the_server_ended(void **state)
{
	uint8_t signature[16];
	struct slice list = hex(NEGOEX_LIST);
	struct span data = { (uint8_t *)list.data, list.size };
	struct message message = { .header = { signature, sizeof(signature) },
				   .data = &data,
				   .data_count = 1 };

	(void)state;
	log_on_until_the_clients_mic();
	assert_int_equal(clear_mechanism_package.sign(client.context, &message), SEC_E_OK);
	assert_int_equal(
		step_by_hand(&server, (struct neg_token_resp) { .neg_state = NEG_ACCEPT_COMPLETED,
								.mech_list_mic = slice_of(signature, 16) }),
		SEC_E_OK);
	assert_int_equal(side_output(&server).size, 0);
}

static void the_clients_wrong_mic_is_refused_at_the_end(void **state)
{
	(void)state;
	log_on_until_the_clients_mic();
	assert_refused(&server,
		       step_by_hand(&server,
				    (struct neg_token_resp) {
					    .neg_state = NEG_ACCEPT_COMPLETED,
					    .mech_list_mic = hex("00112233445566778899aabbccddeeff") }),
		       REASON_MECH_LIST_MIC_WRONG);
}

static void the_clients_missing_mic_is_missed_at_the_end(void **state)
{
	(void)state;
	log_on_until_the_clients_mic();
	assert_refused(&server,
		       step_by_hand(&server, (struct neg_token_resp) { .neg_state = NEG_ACCEPT_COMPLETED }),
		       REASON_MECH_LIST_MIC_MISSING);
}

static void another_token_in_place_of_the_last_mic_is_refused(void **state)
{
	(void)state;
	log_on_until_the_clients_mic();
	assert_refused(
		&server,
		step_by_hand(&server, (struct neg_token_resp) { .neg_state = NEG_ABSENT,
								.response_token = SLICE_LITERAL("AP-REQ") }),
		REASON_BAD_TOKEN);
}

/* --- The client, against a server made by hand */

/* The client's NegTokenInit has gone out; the server's NTLM has seen its token. */
static void greet(const struct security_package *const *packages)
{
	struct acquire_request request = test_accept_request(&authority);
	struct neg_token_init init;

	start_client(&negotiate_package, packages, true, SIGNING);
	assert_int_equal(side_step(&client, slice_of(NULL, 0)), SEC_I_CONTINUE_NEEDED);
	assert_true(neg_token_init_parse(side_output(&client), &init));
	side_start(&server, &ntlm_package, &request, ROLE_ACCEPT);
	if (packages == ntlm_alone)
		assert_int_equal(side_step(&server, init.mech_token), SEC_I_CONTINUE_NEEDED);
}

/* Everything up to the client's AUTHENTICATE, which the server's NTLM has taken. */
static void greet_and_challenge(void)
{
	greet(ntlm_alone);
	assert_int_equal(
		step_by_hand(&client,
			     (struct neg_token_resp) { .neg_state = NEG_ACCEPT_INCOMPLETE,
						       .supported_mech = mechanism_oid(MECHANISM_NTLM),
						       .response_token = side_output(&server) }),
		SEC_I_CONTINUE_NEEDED);
	assert_int_equal(side_step(&server, answer_of(&client).response_token), SEC_E_OK);
}

static void a_mechanism_that_was_never_offered_is_refused(void **state)
{
	(void)state;
	greet(ntlm_alone);
	assert_refused(&client,
		       step_by_hand(&client, (struct neg_token_resp) { .neg_state = NEG_ACCEPT_INCOMPLETE,
								       .supported_mech = mechanism_oid(
									       MECHANISM_KERBEROS) }),
		       REASON_NO_COMMON_MECHANISM);
}

static void a_servers_reject_ends_it(void **state)
{
	(void)state;
	greet(ntlm_alone);
	assert_refused(&client, step_by_hand(&client, (struct neg_token_resp) { .neg_state = NEG_REJECT }),
		       REASON_NEGOTIATION_REJECTED);
}

static void a_server_content_too_early_is_refused(void **state)
{
	(void)state;
	greet(both);
	assert_refused(&client,
		       step_by_hand(&client, (struct neg_token_resp) { .neg_state = NEG_ACCEPT_COMPLETED,
								       .supported_mech = mechanism_oid(
									       MECHANISM_NTLM) }),
		       REASON_UNEXPECTED_MESSAGE);
}

static void a_token_beside_another_choice_is_refused(void **state)
{
	(void)state;
	greet(both);
	assert_refused(&client,
		       step_by_hand(&client,
				    (struct neg_token_resp) { .neg_state = NEG_REQUEST_MIC,
							      .supported_mech = mechanism_oid(MECHANISM_NTLM),
							      .response_token = SLICE_LITERAL("AP-REP") }),
		       REASON_UNEXPECTED_MESSAGE);
}

static void a_late_request_mic_is_refused(void **state)
{
	(void)state;
	greet(both);
	assert_int_equal(step_by_hand(&client, (struct neg_token_resp) { .neg_state = NEG_REQUEST_MIC,
									 .supported_mech = mechanism_oid(
										 MECHANISM_NTLM) }),
			 SEC_I_CONTINUE_NEEDED);
	assert_int_equal(side_step(&server, answer_of(&client).response_token), SEC_I_CONTINUE_NEEDED);
	assert_refused(
		&client,
		step_by_hand(&client, (struct neg_token_resp) { .neg_state = NEG_REQUEST_MIC,
								.response_token = side_output(&server) }),
		REASON_UNEXPECTED_MESSAGE);
}

static void a_later_supported_mech_means_nothing(void **state)
{
	(void)state;
	greet(both);
	(void)step_by_hand(&client,
			   (struct neg_token_resp) { .neg_state = NEG_REQUEST_MIC,
						     .supported_mech = mechanism_oid(MECHANISM_NTLM) });
	(void)side_step(&server, answer_of(&client).response_token);
	assert_int_equal(
		step_by_hand(&client,
			     (struct neg_token_resp) { .neg_state = NEG_ABSENT,
						       .supported_mech = mechanism_oid(MECHANISM_KERBEROS),
						       .response_token = side_output(&server) }),
		SEC_I_CONTINUE_NEEDED);
}

static void a_servers_missing_mic_is_missed(void **state)
{
	(void)state;
	greet_and_challenge();
	assert_refused(&client,
		       step_by_hand(&client, (struct neg_token_resp) { .neg_state = NEG_ACCEPT_COMPLETED }),
		       REASON_MECH_LIST_MIC_MISSING);
}

static void a_servers_wrong_mic_is_refused(void **state)
{
	(void)state;
	greet_and_challenge();
	assert_refused(&client,
		       step_by_hand(&client,
				    (struct neg_token_resp) {
					    .neg_state = NEG_ACCEPT_COMPLETED,
					    .mech_list_mic = hex("01000000000000000000000000000000") }),
		       REASON_MECH_LIST_MIC_WRONG);
}

static void the_clients_own_mic_sent_back_is_refused(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer mic = writer_growing();

	(void)state;
	greet_and_challenge();
	writer_bytes(&mic, answer_of(&client).mech_list_mic);
	assert_refused(&client,
		       step_by_hand(&client, (struct neg_token_resp) { .neg_state = NEG_ACCEPT_COMPLETED,
								       .mech_list_mic = writer_slice(&mic) }),
		       REASON_MECH_LIST_MIC_WRONG);
}

static void a_token_behind_the_last_one_is_refused(void **state)
{
	(void)state;
	greet_and_challenge();
	assert_refused(&client,
		       step_by_hand(&client, (struct neg_token_resp) { .neg_state = NEG_ACCEPT_COMPLETED,
								       .response_token = hex("00") }),
		       REASON_BAD_TOKEN);
}

static void a_right_mic_ends_it(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer mic = writer_growing(), theirs = writer_growing();
	struct span data;
	struct message message = { .data = &data, .data_count = 1, .keep_stream = true };
	struct slice list = hex(NTLM_LIST);

	(void)state;
	greet_and_challenge();
	writer_bytes(&theirs, answer_of(&client).mech_list_mic);
	data = (struct span) { (uint8_t *)list.data, list.size };
	message.header = (struct span) { theirs.data, theirs.size };
	assert_int_equal(ntlm_package.verify(server.context, &message), SEC_E_OK);
	(void)mic_over(&server, NTLM_LIST, &mic);
	assert_int_equal(
		step_by_hand(&client, (struct neg_token_resp) { .neg_state = NEG_ACCEPT_COMPLETED,
								.mech_list_mic = writer_slice(&mic) }),
		SEC_E_OK);
}

/* --- Settings */

static void a_package_list_shuts_ntlm_out(void **state)
{
	struct acquire_request request = test_accept_request(&authority);
	struct package_credential *credential = NULL;

	(void)state;
	request.packages = ntlm_alone;
	request.package_list = "!ntlm";
	assert_int_equal(negotiate_package.acquire(&request, &credential), REASON_NO_CREDENTIAL);
	assert_null(credential);
}

static void every_row_of_the_mic_table_is_there(void **state)
{
	(void)state;
	for (unsigned bits = 0; bits < 16; bits++) {
		bool integrity = bits & 1, due = bits & 2, seen = bits & 4, own = bits & 8;
		enum mic_action action = mech_list_mic_decide(integrity, due, seen, own);

		assert_int_equal(action == MIC_ANSWER, integrity && seen);
		assert_int_equal(action == MIC_REFUSE_UNUSABLE, !integrity && seen);
		assert_int_equal(action == MIC_REFUSE_MISSING, integrity && due && !seen && !own);
		assert_int_equal(action == MIC_SEND_THEN_WAIT, integrity && due && !seen && own);
		assert_int_equal(action == MIC_NONE, !seen && (!integrity || !due));
	}
}

static void without_memory_nobody_is_accepted_and_nothing_leaks(void **state)
{
	bool accepted = false;

	(void)state;
	for (long n = 1; !accepted; n++) {
		long alive = seam_blocks_alive(), before;
		SECURITY_STATUS status;

		start_server(ntlm_alone);
		start_client(&negotiate_package, ntlm_alone, true, SIGNING);
		before = seam_allocations();
		seam_fail_allocation(n);
		status = side_step(&client, slice_of(NULL, 0));
		for (int i = 0; i < 2 && status == SEC_I_CONTINUE_NEEDED; i++) {
			status = side_step(&server, side_output(&client));
			if (!status_failed(status))
				status = side_step(&client, side_output(&server));
		}
		accepted = seam_allocations() - before < n;
		seam_fail_allocation(0);
		assert_int_equal(status, accepted ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY);
		side_end(&server);
		side_end(&client);
		assert_int_equal(seam_blocks_alive(), alive);
		assert_true(n < 1000);
	}
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_logon_in_spnego_ends_with_both_mics),
		CASE(the_mics_and_the_first_messages_are_the_vectors),
		CASE(ntlm_alone_goes_raw),
		CASE(unsigned_ntlm_passes_without_a_mic),
		CASE(the_first_choice_of_both_needs_no_mic),
		CASE(a_server_without_kerberos_chooses_ntlm_and_asks_for_the_mic),
		CASE(the_list_of_windows_leads_to_ntlm_with_mics),
		CASE(a_mic_that_was_dropped_is_missed),
		CASE(a_mic_is_due_for_ntlm_alone_too),
		CASE(a_mic_over_another_list_is_refused),
		CASE(a_mic_over_the_list_and_its_tag_is_refused),
		CASE(a_list_that_was_reordered_is_refused),
		CASE(a_list_cut_to_ntlm_is_refused),
		CASE(what_is_no_mic_of_the_client_is_refused),
		CASE(a_copy_of_the_token_is_no_mic),
		CASE(a_wrong_password_is_told_before_the_mic),
		CASE(mechanisms_that_nobody_has_are_rejected),
		CASE(without_extended_error_there_is_no_reject),
		CASE(a_token_of_ntlm_under_kerberos_is_refused),
		CASE(a_token_of_kerberos_under_ntlm_is_refused),
		CASE(a_token_of_kerberos_behind_the_choice_of_ntlm_is_refused),
		CASE(raw_kerberos_is_refused_where_there_is_none),
		CASE(what_is_no_token_at_all_is_refused),
		CASE(sixty_four_nested_lengths_are_no_first_token),
		CASE(sixty_four_nested_lengths_are_no_list_no_token_and_no_mic),
		CASE(sixty_four_nested_lengths_are_no_later_token),
		CASE(lengths_nested_where_nobody_looks_are_passed_over),
		CASE(a_first_token_twice_is_refused),
		CASE(a_mechanism_without_its_token_is_asked_for_it),
		CASE(a_clients_reject_ends_it),
		CASE(an_account_is_told_only_at_the_end),
		CASE(another_token_in_place_of_the_last_mic_is_refused),
		CASE(the_clients_missing_mic_is_missed_at_the_end),
		CASE(the_clients_wrong_mic_is_refused_at_the_end),
		CASE(the_clients_mic_ends_what_the_server_ended),
		CASE(a_mechanism_that_was_never_offered_is_refused),
		CASE(a_servers_reject_ends_it),
		CASE(a_server_content_too_early_is_refused),
		CASE(a_token_beside_another_choice_is_refused),
		CASE(a_late_request_mic_is_refused),
		CASE(a_later_supported_mech_means_nothing),
		CASE(a_servers_missing_mic_is_missed),
		CASE(a_servers_wrong_mic_is_refused),
		CASE(the_clients_own_mic_sent_back_is_refused),
		CASE(a_token_behind_the_last_one_is_refused),
		CASE(a_right_mic_ends_it),
		CASE(a_package_list_shuts_ntlm_out),
		CASE(every_row_of_the_mic_table_is_there),
		CASE(without_memory_nobody_is_accepted_and_nothing_leaks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
