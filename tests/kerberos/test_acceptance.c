/* Whether a ticket is right is a question to an authority, and not only to one that has the keytab itself. */
#include "kerberos/acceptance.h"

#include "kerberos/kerberos.h"
#include "support/hex.h"
#include "support/kerberos_realm.h"
#include "support/seams.h"

#define PROTECTED   (FLAG_MUTUAL_AUTH | FLAG_CONFIDENTIALITY | FLAG_INTEGRITY)
#define ERROR_TOKEN "a KRB-ERROR"

/* It forwards what it is asked, as one does that stands for another process. */
struct forwarder {
	struct authority base;
	struct authority *keytab;
	int asked;
	int keeps; /* this question, from 1, is not forwarded; 0: all are */
	struct kerberos_answer
		says; /* its verdict and NTSTATUS; as it starts: the answer is left as it was */
	struct slice principal, bindings, relayed;
	size_t ticket_size;
};

static struct forwarder forwarder;
static struct side server, client;

static void ask_kerberos(struct authority *base, const struct kerberos_question *question,
			 struct kerberos_answer *answer)
{
	struct forwarder *asked = (struct forwarder *)base;

	if (++asked->asked == asked->keeps) {
		if (asked->says.verdict == REASON_AUTHORITY_FAILED)
			return;
		writer_bytes(&answer->token, SLICE_LITERAL(ERROR_TOKEN));
		answer->verdict = asked->says.verdict;
		answer->ntstatus = asked->says.ntstatus;
		return;
	}
	asked->principal = question->principal;
	asked->bindings = question->bindings;
	asked->relayed = question->relayed;
	asked->ticket_size = question->ticket.size;
	asked->keytab->class->ask_kerberos(asked->keytab, question, answer);
}

static const struct authority_class forwarder_class = { .name = "callback", .ask_kerberos = ask_kerberos };

static int begin(void **state)
{
	(void)state;
	server = client = (struct side) { .output = writer_growing() };
	forwarder = (struct forwarder) { .base.class = &forwarder_class, .says = kerberos_answer_start() };
	assert_int_equal(keytab_authority_new(kerberos_keytab(), "none:", &forwarder.keytab), REASON_OK);
	return 0;
}

static int end(void **state)
{
	(void)state;
	side_end(&server);
	side_end(&client);
	authority_free(forwarder.keytab);
	assert_int_equal(seam_blocks_alive(), 0);
	return 0;
}

/* No keytab is named to the server. */
static void start(uint32_t requested)
{
	struct acquire_request accept = kerberos_accept_request(), initiate;
	struct kerberos_ticket ticket = kerberos_ticket();

	accept.authority = &forwarder.base;
	accept.kerberos.keytab = NULL;
	accept.kerberos.principal = u16(KERBEROS_TARGET);
	side_start(&server, &kerberos_package, &accept, ROLE_ACCEPT);
	server.leg.requested = requested & FLAG_DCE_STYLE;
	initiate = kerberos_initiate_request(kerberos_cache(&ticket));
	side_start(&client, &kerberos_package, &initiate, ROLE_INITIATE);
	client.leg.requested = requested;
	client.leg.target = u16(ticket.service);
}

static void assert_refused(SECURITY_STATUS status, enum reason reason)
{
	assert_string_equal(reason_word(server.leg.reason), reason_word(reason));
	assert_int_equal(status, reason_status(reason));
	assert_false(server.leg.can_seal);
	assert_int_equal(side_step(&server, SLICE_LITERAL("again")), SEC_E_OUT_OF_SEQUENCE);
}

static void assert_alice(void)
{
	union attribute_value value;

	assert_int_equal(kerberos_package.query(server.context, ATTRIBUTE_ACCOUNT, &value), REASON_OK);
	assert_bytes(secret_slice(&value.account->user), u16("alice"));
}

/* --- An authority that forwards */

static void a_server_without_a_keytab_lets_in_whom_its_authority_does(void **state)
{
	union attribute_value ours, theirs;

	(void)state;
	start(PROTECTED);
	server.leg.bindings_form = client.leg.bindings_form = kerberos_bindings("tls-unique:abc");
	assert_int_equal(side_step(&client, slice_of(NULL, 0)), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(side_step(&server, side_output(&client)), SEC_E_OK);
	assert_int_equal(side_step(&client, side_output(&server)), SEC_E_OK);
	assert_int_equal(forwarder.asked, 1);
	assert_bytes(forwarder.principal, u16(KERBEROS_TARGET));
	assert_bytes(forwarder.bindings, kerberos_bindings("tls-unique:abc"));
	assert_int_equal(forwarder.relayed.size, 0);
	assert_in_range(forwarder.ticket_size, 100, 10000);
	assert_alice();
	assert_int_equal(kerberos_package.query(server.context, ATTRIBUTE_SESSION_KEY, &ours), REASON_OK);
	assert_int_equal(kerberos_package.query(client.context, ATTRIBUTE_SESSION_KEY, &theirs), REASON_OK);
	assert_bytes(ours.bytes, theirs.bytes);
}

static void dce_style_asks_twice(void **state)
{
	(void)state;
	start(PROTECTED | FLAG_DCE_STYLE);
	assert_int_equal(side_step(&client, slice_of(NULL, 0)), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(side_step(&server, side_output(&client)), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(side_step(&client, side_output(&server)), SEC_E_OK);
	assert_int_equal(side_step(&server, side_output(&client)), SEC_E_OK);
	assert_int_equal(forwarder.asked, 2);
	assert_int_equal(forwarder.bindings.size, 0);
	assert_in_range(forwarder.ticket_size, 100, 10000);
	assert_alice();
}

static void what_was_asked_of_the_leg_counts_whatever_an_authority_says(void **state)
{
	(void)state;
	start(PROTECTED);
	server.leg.requested = FLAG_REQUIRE_BINDINGS;
	(void)side_step(&client, slice_of(NULL, 0));
	assert_refused(side_step(&server, side_output(&client)), REASON_BAD_BINDINGS);
}

static void a_keytab_that_is_named_is_asked_first(void **state)
{
	struct acquire_request request = kerberos_accept_request();

	(void)state;
	start(PROTECTED);
	side_end(&server);
	request.authority = &forwarder.base;
	side_start(&server, &kerberos_package, &request, ROLE_ACCEPT);
	(void)side_step(&client, slice_of(NULL, 0));
	assert_int_equal(side_step(&server, side_output(&client)), SEC_E_OK);
	assert_int_equal(forwarder.asked, 0);
}

/* --- Others */

static void an_authority_that_says_nothing_lets_nobody_in(void **state)
{
	(void)state;
	forwarder.keeps = 1;
	start(PROTECTED);
	(void)side_step(&client, slice_of(NULL, 0));
	assert_refused(side_step(&server, side_output(&client)), REASON_AUTHORITY_FAILED);
}

static void nor_does_one_that_says_nothing_to_the_last_token(void **state)
{
	(void)state;
	forwarder.keeps = 2;
	start(PROTECTED | FLAG_DCE_STYLE);
	(void)side_step(&client, slice_of(NULL, 0));
	assert_int_equal(side_step(&server, side_output(&client)), SEC_I_CONTINUE_NEEDED);
	(void)side_step(&client, side_output(&server));
	assert_refused(side_step(&server, side_output(&client)), REASON_AUTHORITY_FAILED);
}

static void a_refusal_is_told_with_its_status_and_its_token_to_those_who_ask(void **state)
{
	(void)state;
	forwarder.keeps = 1;
	forwarder.says.verdict = REASON_ACCOUNT_DISABLED;
	forwarder.says.ntstatus = 0xC0000072;
	for (int i = 0; i < 2; i++) {
		start(PROTECTED);
		forwarder.asked = 0;
		(void)side_step(&client, slice_of(NULL, 0));
		server.leg.requested = i ? FLAG_EXTENDED_ERROR : 0;
		assert_int_equal(side_step(&server, side_output(&client)),
				 reason_status(REASON_ACCOUNT_DISABLED));
		assert_int_equal(server.leg.ntstatus, 0xC0000072);
		assert_bytes(side_output(&server), i ? SLICE_LITERAL(ERROR_TOKEN) : slice_of(NULL, 0));
		assert_refused(reason_status(REASON_ACCOUNT_DISABLED), REASON_ACCOUNT_DISABLED);
		side_end(&server);
		side_end(&client);
	}
}

static void a_yes_without_anything_that_seals_is_none(void **state)
{
	(void)state;
	forwarder.keeps = 1;
	forwarder.says.verdict = REASON_OK;
	start(PROTECTED);
	(void)side_step(&client, slice_of(NULL, 0));
	assert_refused(side_step(&server, side_output(&client)), REASON_CRYPTO_FAILED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
		TEST(a_server_without_a_keytab_lets_in_whom_its_authority_does),
		TEST(dce_style_asks_twice),
		TEST(what_was_asked_of_the_leg_counts_whatever_an_authority_says),
		TEST(a_keytab_that_is_named_is_asked_first),
		TEST(an_authority_that_says_nothing_lets_nobody_in),
		TEST(nor_does_one_that_says_nothing_to_the_last_token),
		TEST(a_refusal_is_told_with_its_status_and_its_token_to_those_who_ask),
		TEST(a_yes_without_anything_that_seals_is_none),
#undef TEST
	};

	kerberos_realm_start("");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
