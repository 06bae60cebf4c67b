/* Negotiate with two real mechanisms: Kerberos by tickets made by hand, and NTLM. */
#include "kerberos/kerberos.h"
#include "negotiate/mechanism.h"
#include "negotiate/neg_token_init.h"
#include "negotiate/neg_token_resp.h"
#include "negotiate/negotiate.h"
#include "ntlm/ntlm.h"
#include "support/captured_trace.h"
#include "support/hex.h"
#include "support/kerberos_realm.h"
#include "support/seams.h"

#define SIGNING   (FLAG_INTEGRITY | FLAG_CONFIDENTIALITY)
#define PROTECTED (FLAG_MUTUAL_AUTH | SIGNING)
/* As Windows orders them; the standard identifier alone; NTLM in front. */
#define WINDOWS_LIST \
	"302e06092a864882f71201020206092a864886f712010202060a2b06010401823702021e060a2b06010401823702020a"
#define STANDARD_LIST  "300b06092a864886f712010202"
#define REORDERED_LIST "3017060a2b06010401823702020a06092a864886f712010202"
/* User-to-user in front, which nobody here knows. */
#define FOREIGN_LIST "3017060a2a864886f7120102020306092a864886f712010202"

static const struct security_package *const both[] = { &kerberos_package, &ntlm_package, NULL };

static struct test_authority authority;
static struct side server, client;
static struct byte_writer made;

static int begin(void **state)
{
	(void)state;
	authority = test_authority_of("alice", "", "Password");
	server = client = (struct side) { .output = writer_growing() };
	made = writer_growing();
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

static void start_server(bool kerberos)
{
	struct acquire_request request = kerberos_accept_request();

	request.packages = both;
	request.authority = &authority.base;
	if (!kerberos)
		request.kerberos.keytab = NULL;
	side_start(&server, &negotiate_package, &request, ROLE_ACCEPT);
	server.leg.requested = FLAG_EXTENDED_ERROR;
}

static struct acquire_request client_request(const struct kerberos_ticket *ticket)
{
	struct acquire_request request = test_initiate_request("alice", "CORP", "Password");

	request.packages = both;
	request.kerberos.kdc_milliseconds = 1000;
	if (ticket)
		request.kerberos.cache = kerberos_cache(ticket);
	return request;
}

static void start_client(const struct acquire_request *request, uint32_t requested)
{
	side_start(&client, &negotiate_package, request, ROLE_INITIATE);
	client.leg.requested = requested;
	client.leg.target = u16(KERBEROS_TARGET);
}

static void start_client_with_ticket(uint32_t requested)
{
	struct kerberos_ticket ticket = kerberos_ticket();
	struct acquire_request request = client_request(&ticket);

	start_client(&request, requested);
}

static struct neg_token_resp answer_of(const struct side *side)
{
	struct neg_token_resp resp;

	assert_true(neg_token_resp_parse(side_output(side), &resp));
	return resp;
}

static const char *chosen(const struct side *side)
{
	union attribute_value value;

	assert_int_equal(negotiate_package.query(side->context, ATTRIBUTE_INNER, &value), REASON_OK);
	return value.inner.name;
}

/* An AP-REQ of the client's Kerberos, for lists put together by hand. */
static struct slice start_bare_client(void)
{
	struct kerberos_ticket ticket = kerberos_ticket();
	struct acquire_request request = kerberos_initiate_request(kerberos_cache(&ticket));

	side_start(&client, &kerberos_package, &request, ROLE_INITIATE);
	client.leg.requested = PROTECTED;
	client.leg.target = u16(KERBEROS_TARGET);
	assert_int_equal(side_step(&client, slice_of(NULL, 0)), SEC_I_CONTINUE_NEEDED);
	return side_output(&client);
}

static SECURITY_STATUS offer(const char *list, struct slice mech_token)
{
	writer_wipe(&made);
	neg_token_init_write(&made, &(struct neg_token_init) { .mech_types = hex(list),
							       .has_mech_token = mech_token.size > 0,
							       .mech_token = mech_token });
	return side_step(&server, writer_slice(&made));
}

static void assert_refused(const struct side *side, SECURITY_STATUS status, enum reason reason)
{
	assert_string_equal(reason_word(side->leg.reason), reason_word(reason));
	assert_int_equal(status, reason_status(reason));
}

/* --- Both ours */

static void kerberos_is_the_first_choice_of_both(void **state)
{
	struct neg_token_init init;

	(void)state;
	start_server(true);
	start_client_with_ticket(PROTECTED);
	assert_int_equal(side_step(&client, slice_of(NULL, 0)), SEC_I_CONTINUE_NEEDED);
	assert_true(neg_token_init_parse(side_output(&client), &init));
	assert_bytes(init.mech_types, hex("3022 06092a864882f712010202 06092a864886f712010202"
					  "060a2b06010401823702020a"));
	assert_int_equal(side_step(&server, side_output(&client)), SEC_E_OK);
	assert_int_equal(answer_of(&server).neg_state, NEG_ACCEPT_COMPLETED);
	assert_int_equal(mechanism_of(answer_of(&server).supported_mech), MECHANISM_KERBEROS_MICROSOFT);
	assert_int_equal(side_step(&client, side_output(&server)), SEC_E_OK);
	assert_int_equal(side_output(&client).size, 0);
	assert_true(client.leg.reached & FLAG_MUTUAL_AUTH && client.leg.can_seal && server.leg.can_seal);
	assert_string_equal(chosen(&server), "Kerberos");
}

static void without_mutual_authentication_the_server_says_only_that_it_is_content(void **state)
{
	(void)state;
	start_server(true);
	start_client_with_ticket(SIGNING);
	assert_int_equal(side_step(&client, slice_of(NULL, 0)), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(side_step(&server, side_output(&client)), SEC_E_OK);
	assert_int_equal(answer_of(&server).response_token.size, 0);
	assert_int_equal(side_step(&client, side_output(&server)), SEC_E_OK);
	assert_int_equal(side_output(&client).size, 0);
}

static void a_server_without_keys_takes_ntlm_with_both_mics(void **state)
{
	(void)state;
	start_server(false);
	start_client_with_ticket(PROTECTED);
	(void)side_step(&client, slice_of(NULL, 0));
	assert_int_equal(side_step(&server, side_output(&client)), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(answer_of(&server).neg_state, NEG_REQUEST_MIC);
	assert_int_equal(side_step(&client, side_output(&server)), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(side_step(&server, side_output(&client)), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(side_step(&client, side_output(&server)), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(answer_of(&client).mech_list_mic.size, 16);
	assert_int_equal(side_step(&server, side_output(&client)), SEC_E_OK);
	assert_int_equal(answer_of(&server).mech_list_mic.size, 16);
	assert_int_equal(side_step(&client, side_output(&server)), SEC_E_OK);
	assert_string_equal(chosen(&client), "NTLM");
	assert_false(client.leg.reached & FLAG_MUTUAL_AUTH);
}

/* The other way around: the server's key is wrong, so Kerberos fails where it was chosen. No fallback behind that. */
static void a_server_that_cannot_open_the_ticket_says_why(void **state)
{
	struct kerberos_ticket ticket = kerberos_ticket();
	struct acquire_request request;

	(void)state;
	ticket.clock = 4000;
	request = client_request(&ticket);
	start_server(true);
	start_client(&request, PROTECTED);
	(void)side_step(&client, slice_of(NULL, 0));
	assert_refused(&server, side_step(&server, side_output(&client)), REASON_KERBEROS_SKEW);
	assert_int_equal(answer_of(&server).neg_state, NEG_REJECT);
	assert_true(answer_of(&server).response_token.size > 0);
	assert_refused(&client, side_step(&client, side_output(&server)), REASON_KERBEROS_SKEW);
	assert_int_equal(side_output(&client).size, 0);
}

/* --- The client's choice */

static void where_kerberos_cannot_be_had_raw_ntlm_takes_its_place_and_that_is_told(void **state)
{
	struct acquire_request request = client_request(NULL); /* a password, and no KDC */

	(void)state;
	start_client(&request, PROTECTED);
	captured_trace_start();
	assert_int_equal(side_step(&client, slice_of(NULL, 0)), SEC_I_CONTINUE_NEEDED);
	assert_memory_equal(side_output(&client).data, "NTLMSSP", 8);
	assert_int_equal(captured_trace_count("NTLM takes the place of Kerberos"), 1);
	assert_int_equal(captured_trace_count("krb5.conf names no KDC of the realm CORP"), 1);
	captured_trace_stop();
}

static void in_spnego_only_what_can_be_had_is_offered(void **state)
{
	struct acquire_request request = client_request(NULL);
	struct neg_token_init init;

	(void)state;
	request.always_spnego = true;
	start_client(&request, PROTECTED);
	assert_int_equal(side_step(&client, slice_of(NULL, 0)), SEC_I_CONTINUE_NEEDED);
	assert_true(neg_token_init_parse(side_output(&client), &init));
	assert_bytes(init.mech_types, hex("300c060a2b06010401823702020a"));
}

static void with_kerberos_alone_no_ntlm_byte_goes_out(void **state)
{
	static const char *const lists[] = { "kerberos", "!ntlm" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(lists) + 1; i++) {
		struct acquire_request request = client_request(NULL);

		if (i < COUNT_OF(lists))
			request.package_list = lists[i];
		else
			request.policy.ntlm = false;
		start_client(&request, PROTECTED);
		assert_refused(&client, side_step(&client, slice_of(NULL, 0)), REASON_KERBEROS_NO_KDC);
		assert_int_equal(side_output(&client).size, 0);
		side_end(&client);
	}
}

static void with_kerberos_alone_the_servers_choice_of_ntlm_is_refused(void **state)
{
	struct kerberos_ticket ticket = kerberos_ticket();
	struct acquire_request request = client_request(&ticket);
	struct neg_token_init init;

	(void)state;
	request.policy.ntlm = false;
	start_server(false);
	start_client(&request, PROTECTED);
	assert_int_equal(side_step(&client, slice_of(NULL, 0)), SEC_I_CONTINUE_NEEDED);
	assert_true(neg_token_init_parse(side_output(&client), &init));
	assert_bytes(init.mech_types, hex("3016 06092a864882f712010202 06092a864886f712010202"));
	assert_refused(&server, side_step(&server, side_output(&client)), REASON_NO_COMMON_MECHANISM);
	writer_wipe(&made);
	neg_token_resp_write(&made,
			     &(struct neg_token_resp) { .neg_state = NEG_ACCEPT_INCOMPLETE,
							.supported_mech = mechanism_oid(MECHANISM_NTLM) });
	assert_refused(&client, side_step(&client, writer_slice(&made)), REASON_NO_COMMON_MECHANISM);
	assert_int_equal(side_output(&client).size, 0);
}

/* --- The server's choice */

static void the_identifier_that_was_asked_is_the_one_that_answers(void **state)
{
	(void)state;
	start_server(true);
	assert_int_equal(offer(STANDARD_LIST, start_bare_client()), SEC_E_OK);
	assert_int_equal(mechanism_of(answer_of(&server).supported_mech), MECHANISM_KERBEROS);
	assert_int_equal(side_step(&client, answer_of(&server).response_token), SEC_E_OK);
	side_end(&client);
	side_restart(&server, ROLE_ACCEPT);
	server.leg.requested = FLAG_EXTENDED_ERROR;
	assert_int_equal(offer(WINDOWS_LIST, start_bare_client()), SEC_E_OK);
	assert_int_equal(mechanism_of(answer_of(&server).supported_mech), MECHANISM_KERBEROS_MICROSOFT);
	assert_int_equal(side_step(&client, answer_of(&server).response_token), SEC_E_OK);
}

static void a_raw_ap_req_is_answered_raw(void **state)
{
	(void)state;
	start_server(true);
	assert_int_equal(side_step(&server, start_bare_client()), SEC_E_OK);
	assert_int_equal(side_output(&server).data[0], 0x60);
	assert_int_equal(side_step(&client, side_output(&server)), SEC_E_OK);
	assert_string_equal(chosen(&server), "Kerberos");
}

static void a_raw_ap_req_that_fails_leaves_a_krb_error(void **state)
{
	struct acquire_request request;
	struct kerberos_ticket ticket = kerberos_ticket();

	(void)state;
	ticket.clock = 4000;
	request = kerberos_initiate_request(kerberos_cache(&ticket));
	side_start(&client, &kerberos_package, &request, ROLE_INITIATE);
	client.leg.target = u16(KERBEROS_TARGET);
	client.leg.requested = PROTECTED;
	(void)side_step(&client, slice_of(NULL, 0));
	start_server(true);
	assert_refused(&server, side_step(&server, side_output(&client)), REASON_KERBEROS_SKEW);
	assert_refused(&client, side_step(&client, side_output(&server)), REASON_KERBEROS_SKEW);
}

static void without_keys_a_raw_ap_req_is_refused(void **state)
{
	(void)state;
	start_server(false);
	assert_refused(&server, side_step(&server, start_bare_client()), REASON_NO_COMMON_MECHANISM);
}

/* A MIC of the client's Kerberos over this list. */
static struct slice mic_over(const char *list, struct byte_writer *mic)
{
	enum { SIGNATURE = 28 };
	struct slice bytes = hex(list);
	struct span data = { (uint8_t *)bytes.data, bytes.size };
	struct message message = { .data = &data, .data_count = 1 };

	message.header = (struct span) { writer_extend(mic, SIGNATURE), SIGNATURE };
	assert_int_equal(kerberos_package.sign(client.context, &message), SEC_E_OK);
	return writer_slice(mic);
}

/* Kerberos behind what nobody knows: its token is dropped, and MICs are due both ways. */
static SECURITY_STATUS not_the_first(const char *mic_list)
{
	CLEANUP(writer_wipe) struct byte_writer mic = writer_growing();
	struct slice ap_req;
	struct neg_token_resp resp;

	start_server(true);
	ap_req = start_bare_client();
	assert_int_equal(offer(FOREIGN_LIST, SLICE_LITERAL("a token of something else")),
			 SEC_I_CONTINUE_NEEDED);
	assert_int_equal(answer_of(&server).neg_state, NEG_REQUEST_MIC);
	writer_wipe(&made);
	neg_token_resp_write(&made,
			     &(struct neg_token_resp) { .neg_state = NEG_ABSENT, .response_token = ap_req });
	assert_int_equal(side_step(&server, writer_slice(&made)), SEC_I_CONTINUE_NEEDED);
	resp = answer_of(&server);
	assert_int_equal(resp.neg_state, NEG_ACCEPT_INCOMPLETE);
	assert_int_equal(resp.mech_list_mic.size, 28);
	assert_int_equal(side_step(&client, resp.response_token), SEC_E_OK);
	writer_wipe(&made);
	neg_token_resp_write(&made,
			     &(struct neg_token_resp) {
				     .neg_state = NEG_ACCEPT_COMPLETED,
				     .mech_list_mic = mic_list ? mic_over(mic_list, &mic) : slice_of(NULL, 0),
			     });
	return side_step(&server, writer_slice(&made));
}

static void kerberos_that_is_not_the_first_is_bound_to_the_list(void **state)
{
	(void)state;
	assert_int_equal(not_the_first(FOREIGN_LIST), SEC_E_OK);
}

static void a_mic_over_another_list_is_refused(void **state)
{
	(void)state;
	assert_refused(&server, not_the_first(STANDARD_LIST), REASON_MECH_LIST_MIC_WRONG);
}

static void a_mic_that_was_dropped_is_missed(void **state)
{
	(void)state;
	assert_refused(&server, not_the_first(NULL), REASON_MECH_LIST_MIC_MISSING);
}

/* Somebody has put NTLM in front, or taken Kerberos out: a client that signs must say so. */
static void ntlm_at_a_server_with_keys_needs_its_mic(void **state)
{
	static const char *const lists[] = { REORDERED_LIST, "300c060a2b06010401823702020a" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(lists); i++) {
		struct acquire_request request = test_initiate_request("alice", "CORP", "Password");

		start_server(true);
		side_start(&client, &ntlm_package, &request, ROLE_INITIATE);
		client.leg.requested = SIGNING;
		(void)side_step(&client, slice_of(NULL, 0));
		assert_int_equal(offer(lists[i], side_output(&client)), SEC_I_CONTINUE_NEEDED);
		assert_int_equal(side_step(&client, answer_of(&server).response_token), SEC_E_OK);
		writer_wipe(&made);
		neg_token_resp_write(&made,
				     &(struct neg_token_resp) { .neg_state = NEG_ABSENT,
								.response_token = side_output(&client) });
		assert_refused(&server, side_step(&server, writer_slice(&made)),
			       REASON_MECH_LIST_MIC_MISSING);
		side_end(&client);
		side_end(&server);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
		TEST(kerberos_is_the_first_choice_of_both),
		TEST(without_mutual_authentication_the_server_says_only_that_it_is_content),
		TEST(a_server_without_keys_takes_ntlm_with_both_mics),
		TEST(a_server_that_cannot_open_the_ticket_says_why),
		TEST(where_kerberos_cannot_be_had_raw_ntlm_takes_its_place_and_that_is_told),
		TEST(in_spnego_only_what_can_be_had_is_offered),
		TEST(with_kerberos_alone_no_ntlm_byte_goes_out),
		TEST(with_kerberos_alone_the_servers_choice_of_ntlm_is_refused),
		TEST(the_identifier_that_was_asked_is_the_one_that_answers),
		TEST(a_raw_ap_req_is_answered_raw),
		TEST(a_raw_ap_req_that_fails_leaves_a_krb_error),
		TEST(without_keys_a_raw_ap_req_is_refused),
		TEST(kerberos_that_is_not_the_first_is_bound_to_the_list),
		TEST(a_mic_over_another_list_is_refused),
		TEST(a_mic_that_was_dropped_is_missed),
		TEST(ntlm_at_a_server_with_keys_needs_its_mic),
#undef TEST
	};

	kerberos_realm_start("");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
