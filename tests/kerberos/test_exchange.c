/* Both roles against each other, with tickets made by hand: no KDC, no daemon. */
#include "base/clock.h"
#include "kerberos/kerberos.h"
#include "support/captured_trace.h"
#include "support/hex.h"
#include "support/kerberos_realm.h"
#include "support/seams.h"

#include <time.h>

#define PROTECTED \
	(FLAG_MUTUAL_AUTH | FLAG_CONFIDENTIALITY | FLAG_INTEGRITY | FLAG_REPLAY_DETECT | FLAG_SEQUENCE_DETECT)

static struct side server, client;
static struct byte_writer memory, blob;

static int begin(void **state)
{
	(void)state;
	server = client = (struct side) { .output = writer_growing() };
	memory = blob = writer_growing();
	return 0;
}

static int end(void **state)
{
	(void)state;
	side_end(&server);
	side_end(&client);
	writer_wipe(&memory);
	writer_wipe(&blob);
	assert_int_equal(seam_blocks_alive(), 0);
	return 0;
}

static void start_server(const struct acquire_request *request)
{
	side_start(&server, &kerberos_package, request, ROLE_ACCEPT);
}

static void start_client(const struct kerberos_ticket *ticket, uint32_t requested)
{
	struct acquire_request request = kerberos_initiate_request(kerberos_cache(ticket));
	const char *service = ticket->service;

	side_start(&client, &kerberos_package, &request, ROLE_INITIATE);
	client.leg.requested = requested;
	client.leg.target = u16(service);
}

static void start_both(uint32_t requested)
{
	struct acquire_request request = kerberos_accept_request();
	struct kerberos_ticket ticket = kerberos_ticket();

	start_server(&request);
	start_client(&ticket, requested);
}

/* Mutual: two tokens. */
static void run(void)
{
	assert_int_equal(side_step(&client, slice_of(NULL, 0)), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(side_step(&server, side_output(&client)), SEC_E_OK);
	assert_int_equal(side_step(&client, side_output(&server)), SEC_E_OK);
	assert_int_equal(side_output(&client).size, 0);
}

static union attribute_value ask(const struct side *side, enum attribute attribute)
{
	union attribute_value value;

	assert_int_equal(kerberos_package.query(side->context, attribute, &value), REASON_OK);
	return value;
}

static void assert_refused(const struct side *side, SECURITY_STATUS status, enum reason reason)
{
	assert_string_equal(reason_word(side->leg.reason), reason_word(reason));
	assert_int_equal(status, reason_status(reason));
}

/* --- A logon */

static void both_roles_agree_on_the_key_and_on_what_was_reached(void **state)
{
	(void)state;
	start_both(PROTECTED);
	run();
	assert_int_equal(ask(&client, ATTRIBUTE_SESSION_KEY).bytes.size, 32);
	assert_bytes(ask(&client, ATTRIBUTE_SESSION_KEY).bytes, ask(&server, ATTRIBUTE_SESSION_KEY).bytes);
	assert_int_equal(client.leg.reached, PROTECTED | FLAG_CONNECTION);
	assert_int_equal(server.leg.reached, PROTECTED | FLAG_CONNECTION);
	assert_true(server.leg.can_seal && client.leg.can_seal);
}

static void the_server_learns_who_that_is_and_what_it_was_called(void **state)
{
	const struct account *account;

	(void)state;
	start_both(PROTECTED);
	run();
	account = ask(&server, ATTRIBUTE_ACCOUNT).account;
	assert_bytes(secret_slice(&account->user), u16("alice"));
	assert_bytes(secret_slice(&account->domain), u16(KERBEROS_REALM));
	assert_true(account->local && account->by_ticket); /* of the default realm: a user of this machine */
	assert_string_equal(account->authority, "kerberos");
	assert_bytes(ask(&server, ATTRIBUTE_TARGET_NAME).bytes, u16(KERBEROS_TARGET "@" KERBEROS_REALM));
	assert_bytes(ask(&server, ATTRIBUTE_CLAIMED_NAMES).names.user, u16("alice"));
	assert_bytes(ask(&client, ATTRIBUTE_CLAIMED_NAMES).names.domain, u16(KERBEROS_REALM));
}

static void a_principal_with_two_parts_is_no_user_of_this_machine(void **state)
{
	struct acquire_request request = kerberos_accept_request();
	struct kerberos_ticket ticket = kerberos_ticket();
	const struct account *account;

	(void)state;
	ticket.client = "alice/admin@" KERBEROS_REALM;
	start_server(&request);
	start_client(&ticket, PROTECTED);
	run();
	account = ask(&server, ATTRIBUTE_ACCOUNT).account;
	assert_bytes(secret_slice(&account->user), u16("alice/admin"));
	assert_bytes(secret_slice(&account->domain), u16(KERBEROS_REALM));
	assert_false(account->local);
}

static void a_principal_of_another_realm_is_no_user_of_this_machine(void **state)
{
	struct acquire_request request = kerberos_accept_request();
	struct kerberos_ticket ticket = kerberos_ticket();
	const struct account *account;

	(void)state;
	ticket.client = "alice@OTHER.TEST";
	start_server(&request);
	start_client(&ticket, PROTECTED);
	run();
	account = ask(&server, ATTRIBUTE_ACCOUNT).account;
	assert_bytes(secret_slice(&account->domain), u16("OTHER.TEST"));
	assert_false(account->local);
}

static void the_logon_ends_when_the_ticket_does(void **state)
{
	int64_t now = CLOCK_UNIX_EPOCH + (int64_t)time(NULL) * CLOCK_TICKS_PER_SECOND, left;

	(void)state;
	seam_set_time(now);
	start_both(PROTECTED);
	run();
	left = (server.leg.expiry - now) / CLOCK_TICKS_PER_SECOND;
	seam_set_time(SEAM_TIME);
	assert_in_range(left, 3500, 3600 + 300); /* MIT adds the clock skew it bears */
}

static void each_encryption_has_its_sizes(void **state)
{
	static const struct {
		krb5_enctype encryption;
		uint32_t trailer, signature, bits;
		const char *name;
	} rows[] = {
		{ ENCTYPE_AES256_CTS_HMAC_SHA1_96, 60, 28, 256, "AES256-CTS-HMAC-SHA1-96" },
		{ ENCTYPE_AES128_CTS_HMAC_SHA1_96, 60, 28, 128, "AES128-CTS-HMAC-SHA1-96" },
		{ ENCTYPE_AES256_CTS_HMAC_SHA384_192, 72, 40, 256, "AES256-CTS-HMAC-SHA384-192" },
		{ ENCTYPE_AES128_CTS_HMAC_SHA256_128, 64, 32, 128, "AES128-CTS-HMAC-SHA256-128" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct acquire_request request = kerberos_accept_request();
		struct kerberos_ticket ticket = kerberos_ticket();

		ticket.encryption = ticket.session_encryption = rows[i].encryption;
		start_server(&request);
		/* In a mutual exchange both would agree on the best one that they know (RFC 4537). */
		start_client(&ticket, FLAG_CONFIDENTIALITY);
		assert_int_equal(side_step(&client, slice_of(NULL, 0)), SEC_E_OK);
		assert_int_equal(side_step(&server, side_output(&client)), SEC_E_OK);
		assert_int_equal(ask(&server, ATTRIBUTE_SIZES).sizes.security_trailer, rows[i].trailer);
		assert_int_equal(ask(&client, ATTRIBUTE_SIZES).sizes.max_signature, rows[i].signature);
		assert_int_equal(ask(&client, ATTRIBUTE_KEY_INFO).key_info.bits, rows[i].bits);
		assert_int_equal(ask(&client, ATTRIBUTE_KEY_INFO).key_info.encryption_number,
				 rows[i].encryption);
		assert_string_equal(ask(&server, ATTRIBUTE_KEY_INFO).key_info.encryption, rows[i].name);
		side_end(&server);
		side_end(&client);
	}
}

static void a_session_key_of_rc4_is_refused(void **state)
{
	struct acquire_request request = kerberos_accept_request();
	struct kerberos_ticket ticket = kerberos_ticket();

	(void)state;
	ticket.session_encryption = ENCTYPE_ARCFOUR_HMAC;
	start_server(&request);
	start_client(&ticket, FLAG_CONFIDENTIALITY);
	assert_refused(&client, side_step(&client, slice_of(NULL, 0)), REASON_KERBEROS_ENCRYPTION);
	assert_int_equal(side_output(&client).size, 0);
}

static void without_mutual_authentication_one_token_is_all(void **state)
{
	(void)state;
	start_both(FLAG_INTEGRITY);
	assert_int_equal(side_step(&client, slice_of(NULL, 0)), SEC_E_OK);
	assert_int_equal(side_step(&server, side_output(&client)), SEC_E_OK);
	assert_int_equal(side_output(&server).size, 0);
	assert_int_equal(server.leg.reached, FLAG_INTEGRITY | FLAG_CONNECTION);
	assert_false(server.leg.can_seal);
}

static void dce_style_has_three_tokens_without_frames(void **state)
{
	(void)state;
	start_both(PROTECTED | FLAG_DCE_STYLE);
	server.leg.requested = FLAG_DCE_STYLE;
	assert_int_equal(side_step(&client, slice_of(NULL, 0)), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(side_output(&client).data[0], 0x6e);
	assert_int_equal(side_step(&server, side_output(&client)), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(side_output(&server).data[0], 0x6f);
	assert_int_equal(side_step(&client, side_output(&server)), SEC_E_OK);
	assert_int_equal(side_output(&client).data[0], 0x6f);
	assert_int_equal(side_step(&server, side_output(&client)), SEC_E_OK);
	assert_int_equal(side_output(&server).size, 0);
	assert_true(server.leg.reached & FLAG_DCE_STYLE);
	assert_int_equal(ask(&server, ATTRIBUTE_SIZES).sizes.security_trailer, 76);
}

static void dce_style_is_not_taken_from_a_client_that_was_not_told_to(void **state)
{
	(void)state;
	start_both(PROTECTED | FLAG_DCE_STYLE);
	(void)side_step(&client, slice_of(NULL, 0));
	assert_refused(&server, side_step(&server, side_output(&client)), REASON_BAD_TOKEN);
}

static void a_client_may_only_identify_itself(void **state)
{
	(void)state;
	start_both(PROTECTED | FLAG_IDENTIFY);
	run();
	assert_true(server.leg.reached & FLAG_IDENTIFY);
}

/* --- Channel bindings: docs/kerberos.md has the table */

static SECURITY_STATUS with_bindings(const char *clients, const char *servers, uint32_t server_request)
{
	start_both(PROTECTED);
	if (clients)
		client.leg.bindings_form = kerberos_bindings(clients);
	if (servers)
		server.leg.bindings_form = kerberos_bindings(servers);
	server.leg.requested = server_request;
	assert_int_equal(side_step(&client, slice_of(NULL, 0)), SEC_I_CONTINUE_NEEDED);
	return side_step(&server, side_output(&client));
}

static void bindings_of_the_same_channel_are_taken(void **state)
{
	(void)state;
	assert_int_equal(with_bindings("tls-unique:abc", "tls-unique:abc", FLAG_REQUIRE_BINDINGS), SEC_E_OK);
}

static void bindings_of_another_channel_are_refused(void **state)
{
	(void)state;
	assert_refused(&server,
		       with_bindings("tls-unique:abc", "tls-unique:abd", FLAG_ALLOW_MISSING_BINDINGS),
		       REASON_BAD_BINDINGS);
}

static void missing_bindings_are_refused_unless_allowed(void **state)
{
	(void)state;
	assert_refused(&server, with_bindings(NULL, "tls-unique:abc", 0), REASON_BAD_BINDINGS);
	side_end(&client);
	side_end(&server);
	assert_int_equal(with_bindings(NULL, "tls-unique:abc", FLAG_ALLOW_MISSING_BINDINGS), SEC_E_OK);
}

static void bindings_that_nobody_compares_are_let_through(void **state)
{
	(void)state;
	assert_int_equal(with_bindings("tls-unique:abc", NULL, 0), SEC_E_OK);
	side_end(&client);
	side_end(&server);
	/* Whether there are any cannot be told without our own. */
	assert_refused(&server, with_bindings("tls-unique:abc", NULL, FLAG_REQUIRE_BINDINGS),
		       REASON_BAD_BINDINGS);
}

/* --- Clients */

static void a_client_without_any_ticket_for_the_target_says_nothing(void **state)
{
	struct kerberos_ticket ticket = kerberos_ticket();

	(void)state;
	start_client(&ticket, PROTECTED);
	client.leg.target = u16("HTTP/" KERBEROS_HOST);
	assert_refused(&client, side_step(&client, slice_of(NULL, 0)), REASON_KERBEROS_NO_TICKET);
	assert_int_equal(side_output(&client).size, 0);
}

static void the_realm_of_a_target_may_be_left_out(void **state)
{
	struct kerberos_ticket ticket = kerberos_ticket();

	(void)state;
	start_client(&ticket, PROTECTED);
	client.leg.target = u16(KERBEROS_TARGET);
	assert_int_equal(side_step(&client, slice_of(NULL, 0)), SEC_I_CONTINUE_NEEDED);
}

static void a_target_that_is_no_service_is_refused(void **state)
{
	static const char *const targets[] = {
		"", "server", "/server", "TERMSRV/", "TERMSRV/server@A@B", "@"
	};
	struct kerberos_ticket ticket = kerberos_ticket();

	(void)state;
	for (size_t i = 0; i < COUNT_OF(targets); i++) {
		start_client(&ticket, PROTECTED);
		client.leg.target = u16(targets[i]);
		assert_refused(&client, side_step(&client, slice_of(NULL, 0)), REASON_BAD_TARGET);
		side_end(&client);
	}
}

static void an_ap_rep_of_another_exchange_is_refused(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer other = writer_growing();
	SECURITY_STATUS status;

	(void)state;
	start_both(PROTECTED);
	run();
	writer_bytes(&other, side_output(&server));
	side_restart(&client, ROLE_INITIATE);
	assert_int_equal(side_step(&client, slice_of(NULL, 0)), SEC_I_CONTINUE_NEEDED);
	status = side_step(&client, writer_slice(&other));
	assert_true(status_failed(status));
	assert_false(client.leg.can_seal);
	assert_refused(&client, side_step(&client, writer_slice(&other)), REASON_OUT_OF_SEQUENCE);
}

static void a_server_without_an_ap_rep_has_proved_nothing(void **state)
{
	static const uint32_t styles[] = { 0, FLAG_DCE_STYLE };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(styles); i++) {
		start_both(PROTECTED | styles[i]);
		assert_int_equal(side_step(&client, slice_of(NULL, 0)), SEC_I_CONTINUE_NEEDED);
		assert_refused(&client, side_step(&client, slice_of(NULL, 0)), REASON_KERBEROS_NOT_MUTUAL);
		side_end(&server);
		side_end(&client);
	}
}

static void a_wrong_clock_is_told_with_its_size(void **state)
{
	struct acquire_request request = kerberos_accept_request();
	struct kerberos_ticket ticket = kerberos_ticket();

	(void)state;
	ticket.clock = 1800;
	start_server(&request);
	server.leg.requested = FLAG_EXTENDED_ERROR;
	start_client(&ticket, PROTECTED);
	assert_int_equal(side_step(&client, slice_of(NULL, 0)), SEC_I_CONTINUE_NEEDED);
	captured_trace_start();
	seam_set_time(CLOCK_UNIX_EPOCH + (int64_t)time(NULL) * CLOCK_TICKS_PER_SECOND);
	assert_refused(&server, side_step(&server, side_output(&client)), REASON_KERBEROS_SKEW);
	assert_int_equal(captured_trace_count("the client's clock is 30 minutes ahead of ours"), 1);
	seam_set_time(CLOCK_UNIX_EPOCH + ((int64_t)time(NULL) + 1800) * CLOCK_TICKS_PER_SECOND);
	assert_refused(&client, side_step(&client, side_output(&server)), REASON_KERBEROS_SKEW);
	seam_set_time(SEAM_TIME);
	assert_int_equal(captured_trace_count("the server's clock is 30 minutes behind ours"), 1);
	captured_trace_stop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
		TEST(both_roles_agree_on_the_key_and_on_what_was_reached),
		TEST(the_server_learns_who_that_is_and_what_it_was_called),
		TEST(a_principal_with_two_parts_is_no_user_of_this_machine),
		TEST(a_principal_of_another_realm_is_no_user_of_this_machine),
		TEST(the_logon_ends_when_the_ticket_does),
		TEST(each_encryption_has_its_sizes),
		TEST(a_session_key_of_rc4_is_refused),
		TEST(without_mutual_authentication_one_token_is_all),
		TEST(dce_style_has_three_tokens_without_frames),
		TEST(dce_style_is_not_taken_from_a_client_that_was_not_told_to),
		TEST(a_client_may_only_identify_itself),
		TEST(bindings_of_the_same_channel_are_taken),
		TEST(bindings_of_another_channel_are_refused),
		TEST(missing_bindings_are_refused_unless_allowed),
		TEST(bindings_that_nobody_compares_are_let_through),
		TEST(a_client_without_any_ticket_for_the_target_says_nothing),
		TEST(the_realm_of_a_target_may_be_left_out),
		TEST(a_target_that_is_no_service_is_refused),
		TEST(an_ap_rep_of_another_exchange_is_refused),
		TEST(a_server_without_an_ap_rep_has_proved_nothing),
		TEST(a_wrong_clock_is_told_with_its_size),
#undef TEST
	};

	kerberos_realm_start("");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
