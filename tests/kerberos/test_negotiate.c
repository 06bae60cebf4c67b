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
#define NTLM_LIST    "300c060a2b06010401823702020a"

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
	assert_bytes(init.mech_types, hex(NTLM_LIST));
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
static void not_the_first_up_to_the_mic(void)
{
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
}

static SECURITY_STATUS end_with_mic(struct slice mic)
{
	writer_wipe(&made);
	neg_token_resp_write(
		&made, &(struct neg_token_resp) { .neg_state = NEG_ACCEPT_COMPLETED, .mech_list_mic = mic });
	return side_step(&server, writer_slice(&made));
}

static SECURITY_STATUS not_the_first(const char *mic_list)
{
	CLEANUP(writer_wipe) struct byte_writer mic = writer_growing();

	not_the_first_up_to_the_mic();
	return end_with_mic(mic_list ? mic_over(mic_list, &mic) : slice_of(NULL, 0));
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
	static const char *const lists[] = { REORDERED_LIST, NTLM_LIST };

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

/* --- Somebody in between, who changes what is on the way. Whoever can notice refuses, and says why. */

/* A token of SPNEGO that somebody else made, or changed. */
static SECURITY_STATUS step_changed(struct side *side, struct neg_token_resp resp)
{
	LOCAL_WRITER(token);

	neg_token_resp_write(&token, &resp);
	return side_step(side, writer_slice(&token));
}

static void start_both(void)
{
	start_server(true);
	start_client_with_ticket(PROTECTED);
	assert_int_equal(side_step(&client, slice_of(NULL, 0)), SEC_I_CONTINUE_NEEDED);
}

/* NTLM, because the server was shown this list; up to the client's last token. */
static void be_led_to_ntlm(const char *list)
{
	start_both();
	assert_int_equal(offer(list, slice_of(NULL, 0)), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(mechanism_of(answer_of(&server).supported_mech), MECHANISM_NTLM);
	assert_int_equal(side_step(&client, side_output(&server)), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(side_step(&server, side_output(&client)), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(side_step(&client, side_output(&server)), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(answer_of(&client).mech_list_mic.size, 16);
}

static void kerberos_struck_from_the_list_or_moved_back_is_noticed(void **state)
{
	static const char *const lists[] = { NTLM_LIST, REORDERED_LIST };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(lists); i++) {
		be_led_to_ntlm(lists[i]);
		assert_refused(&server, side_step(&server, side_output(&client)), REASON_MECH_LIST_MIC_WRONG);
		assert_refused(&client, side_step(&client, side_output(&server)),
			       REASON_NEGOTIATION_REJECTED);
		side_end(&server);
		side_end(&client);
	}
}

/* Whoever strikes Kerberos cannot make up the MIC that the client waits for. */
static void a_client_that_was_led_to_ntlm_wants_the_servers_mic(void **state)
{
	enum { LEFT_OUT, ITS_OWN, INCOMPLETE, WAYS };

	(void)state;
	for (int way = 0; way < WAYS; way++) {
		CLEANUP(secret_wipe) struct secret own = { 0 };

		be_led_to_ntlm(NTLM_LIST);
		assert_true(secret_copy(&own, answer_of(&client).mech_list_mic));
		assert_refused(&client,
			       step_changed(&client,
					    (struct neg_token_resp) {
						    .neg_state = way == INCOMPLETE ? NEG_ACCEPT_INCOMPLETE
										   : NEG_ACCEPT_COMPLETED,
						    .mech_list_mic = way == ITS_OWN ? secret_slice(&own)
										    : slice_of(NULL, 0) }),
			       way == LEFT_OUT  ? REASON_MECH_LIST_MIC_MISSING
			       : way == ITS_OWN ? REASON_MECH_LIST_MIC_WRONG
						: REASON_UNEXPECTED_MESSAGE);
		side_end(&server);
		side_end(&client);
	}
}

/* A server that takes raw NTLM cannot see that there was a list; the client waits for the MIC in vain. */
static void ntlm_that_was_taken_out_of_spnego_is_noticed_by_the_client(void **state)
{
	(void)state;
	start_both();
	assert_int_equal(step_changed(&client, (struct neg_token_resp) { .neg_state = NEG_REQUEST_MIC,
									 .supported_mech = mechanism_oid(
										 MECHANISM_NTLM) }),
			 SEC_I_CONTINUE_NEEDED);
	assert_int_equal(side_step(&server, answer_of(&client).response_token), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(
		step_changed(&client, (struct neg_token_resp) { .neg_state = NEG_ACCEPT_INCOMPLETE,
								.response_token = side_output(&server) }),
		SEC_I_CONTINUE_NEEDED);
	assert_int_equal(side_step(&server, answer_of(&client).response_token), SEC_E_OK);
	assert_refused(&client,
		       step_changed(&client, (struct neg_token_resp) { .neg_state = NEG_ACCEPT_COMPLETED }),
		       REASON_MECH_LIST_MIC_MISSING);
}

/* The server's answer to an AP-REQ is accept-completed, Kerberos and the AP-REP. */
static const struct {
	enum neg_state neg_state;
	const char *supported_mech; /* NULL: as it was */
	bool drops_token, adds_mic;
	enum reason reason;
} changes[] = {
	{ NEG_ACCEPT_INCOMPLETE, NULL, false, false, REASON_UNEXPECTED_MESSAGE },
	{ NEG_ABSENT, NULL, false, false, REASON_UNEXPECTED_MESSAGE },
	{ NEG_REJECT, NULL, false, false, REASON_NEGOTIATION_REJECTED },
	{ NEG_REQUEST_MIC, NULL, false, false, REASON_MECH_LIST_MIC_MISSING },
	{ NEG_ACCEPT_COMPLETED, NULL, true, false, REASON_KERBEROS_NOT_MUTUAL },
	{ NEG_ACCEPT_COMPLETED, NULL, false, true, REASON_MECH_LIST_MIC_WRONG },
	{ NEG_REQUEST_MIC, NULL, true, false, REASON_KERBEROS_NOT_MUTUAL }, /* Kerberos, once more */
	{ NEG_ACCEPT_COMPLETED, "2b06010401823702020a", false, false, REASON_UNEXPECTED_MESSAGE }, /* NTLM */
	{ NEG_ACCEPT_COMPLETED, "2a864886f71201020203", false, false, REASON_NO_COMMON_MECHANISM },
};

static void what_is_changed_in_the_servers_answer_is_noticed(void **state)
{
	static const uint8_t no_mic[28];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(changes); i++) {
		struct neg_token_resp resp;

		start_both();
		assert_int_equal(side_step(&server, side_output(&client)), SEC_E_OK);
		resp = answer_of(&server);
		resp.neg_state = changes[i].neg_state;
		if (changes[i].supported_mech)
			resp.supported_mech = hex(changes[i].supported_mech);
		if (changes[i].drops_token)
			resp.response_token = slice_of(NULL, 0);
		if (changes[i].adds_mic)
			resp.mech_list_mic = slice_of(no_mic, sizeof(no_mic));
		assert_refused(&client, step_changed(&client, resp), changes[i].reason);
		assert_int_equal(side_output(&client).size, 0);
		/* Nothing goes on behind that, by NTLM least of all. */
		assert_int_equal(step_changed(&client,
					      (struct neg_token_resp) {
						      .neg_state = NEG_REQUEST_MIC,
						      .supported_mech = mechanism_oid(MECHANISM_NTLM) }),
				 SEC_E_OUT_OF_SEQUENCE);
		side_end(&server);
		side_end(&client);
	}
}

/* The server is finished with Kerberos, and the client is told that it chose NTLM. */
static void a_choice_of_ntlm_that_the_server_did_not_make_leads_nowhere(void **state)
{
	(void)state;
	start_both();
	assert_int_equal(side_step(&server, side_output(&client)), SEC_E_OK);
	assert_int_equal(step_changed(&client, (struct neg_token_resp) { .neg_state = NEG_ACCEPT_INCOMPLETE,
									 .supported_mech = mechanism_oid(
										 MECHANISM_NTLM) }),
			 SEC_I_CONTINUE_NEEDED);
	assert_refused(&server, side_step(&server, side_output(&client)), REASON_OUT_OF_SEQUENCE);
}

static void an_optimistic_ap_req_exchanged_for_ntlm_is_refused(void **state)
{
	static const char *const lists[] = { WINDOWS_LIST, REORDERED_LIST };
	static const enum reason reasons[] = { REASON_BAD_TOKEN, REASON_OK };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(lists); i++) {
		struct acquire_request request = test_initiate_request("alice", "CORP", "Password");
		struct side other;

		start_both();
		side_start(&other, &ntlm_package, &request, ROLE_INITIATE);
		other.leg.requested = SIGNING;
		(void)side_step(&other, slice_of(NULL, 0));
		(void)offer(lists[i], side_output(&other));
		assert_int_equal(server.leg.reason, reasons[i]);
		if (reasons[i] == REASON_OK) /* a client that did not begin with NTLM takes no CHALLENGE */
			assert_refused(&client, side_step(&client, side_output(&server)),
				       REASON_UNEXPECTED_MESSAGE);
		side_end(&other);
		side_end(&server);
		side_end(&client);
	}
}

/* Every session has keys of its own, also those of one ticket. */
static void tokens_of_another_session_are_refused(void **state)
{
	CLEANUP(secret_wipe) struct secret answer = { 0 };

	(void)state;
	start_both();
	assert_int_equal(side_step(&server, side_output(&client)), SEC_E_OK);
	assert_true(secret_copy(&answer, side_output(&server)));
	side_restart(&server, ROLE_ACCEPT);
	side_restart(&client, ROLE_INITIATE);
	assert_int_equal(side_step(&client, slice_of(NULL, 0)), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(side_step(&server, side_output(&client)), SEC_E_OK);
	assert_refused(&client, side_step(&client, secret_slice(&answer)), REASON_KERBEROS_NOT_MUTUAL);
}

static void a_mic_of_another_session_is_refused(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer mic = writer_growing();

	(void)state;
	not_the_first_up_to_the_mic();
	(void)mic_over(FOREIGN_LIST, &mic);
	side_end(&server);
	side_end(&client);
	not_the_first_up_to_the_mic();
	assert_refused(&server, end_with_mic(writer_slice(&mic)), REASON_MECH_LIST_MIC_WRONG);
}

/* --- A server by Kerberos alone */

static void a_server_with_kerberos_alone_has_no_word_of_ntlm(void **state)
{
	struct acquire_request request = kerberos_accept_request(), of_client;

	(void)state;
	request.packages = both;
	request.authority = &authority.base;
	request.policy.ntlm = false;
	side_start(&server, &negotiate_package, &request, ROLE_ACCEPT);
	server.leg.requested = FLAG_EXTENDED_ERROR;
	of_client = test_initiate_request("alice", "", "Password");
	side_start(&client, &ntlm_package, &of_client, ROLE_INITIATE);
	client.leg.requested = SIGNING;
	(void)side_step(&client, slice_of(NULL, 0));
	assert_refused(&server, offer(NTLM_LIST, side_output(&client)), REASON_NO_COMMON_MECHANISM);
	assert_bytes(side_output(&server), hex("a1073005a0030a0102"));
	side_restart(&server, ROLE_ACCEPT);
	assert_refused(&server, side_step(&server, side_output(&client)), REASON_NO_COMMON_MECHANISM);
	assert_int_equal(side_output(&server).size, 0);
	side_end(&client);
	side_restart(&server, ROLE_ACCEPT);
	assert_int_equal(offer(STANDARD_LIST, start_bare_client()), SEC_E_OK);
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
		TEST(kerberos_struck_from_the_list_or_moved_back_is_noticed),
		TEST(a_client_that_was_led_to_ntlm_wants_the_servers_mic),
		TEST(ntlm_that_was_taken_out_of_spnego_is_noticed_by_the_client),
		TEST(what_is_changed_in_the_servers_answer_is_noticed),
		TEST(a_choice_of_ntlm_that_the_server_did_not_make_leads_nowhere),
		TEST(an_optimistic_ap_req_exchanged_for_ntlm_is_refused),
		TEST(tokens_of_another_session_are_refused),
		TEST(a_mic_of_another_session_is_refused),
		TEST(a_server_with_kerberos_alone_has_no_word_of_ntlm),
#undef TEST
	};

	kerberos_realm_start("");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
