/* Whom a server lets in: the keytab, the service that a ticket is for, and everything that is wrong with a request. */
#include "kerberos/kerberos.h"

#include "base/clock.h"
#include "support/captured_trace.h"
#include "support/hex.h"
#include "support/kerberos_realm.h"
#include "support/pac.h"
#include "support/scratch.h"
#include "support/seams.h"
#include "vectors/pac.h"

#include <stdio.h>
#include <time.h>

#define PROTECTED (FLAG_MUTUAL_AUTH | FLAG_CONFIDENTIALITY | FLAG_INTEGRITY)

static struct side server, client;

static int begin(void **state)
{
	(void)state;
	server = client = (struct side) { .output = writer_growing() };
	return 0;
}

static int end(void **state)
{
	(void)state;
	side_end(&server);
	side_end(&client);
	assert_int_equal(seam_blocks_alive(), 0);
	return 0;
}

static struct slice request_of(const struct kerberos_ticket *ticket)
{
	struct acquire_request request = kerberos_initiate_request(kerberos_cache(ticket));

	side_end(&client);
	side_start(&client, &kerberos_package, &request, ROLE_INITIATE);
	client.leg.requested = PROTECTED;
	client.leg.target = u16(ticket->service);
	assert_int_equal(side_step(&client, slice_of(NULL, 0)), SEC_I_CONTINUE_NEEDED);
	return side_output(&client);
}

/* What becomes of this ticket at a server that was acquired by this request. */
static SECURITY_STATUS accept_ticket(const struct acquire_request *request,
				     const struct kerberos_ticket *ticket)
{
	side_end(&server);
	side_start(&server, &kerberos_package, request, ROLE_ACCEPT);
	return side_step(&server, request_of(ticket));
}

static void assert_refused(SECURITY_STATUS status, enum reason reason)
{
	assert_string_equal(reason_word(server.leg.reason), reason_word(reason));
	assert_int_equal(status, reason_status(reason));
	assert_true(status_failed(status));
	assert_int_equal(side_output(&server).size, 0); /* nobody asked for an error token */
	assert_false(server.leg.can_seal);
}

static enum reason acquire(const struct acquire_request *request)
{
	struct package_credential *credential = NULL;
	enum reason reason = kerberos_package.acquire(request, &credential);

	package_credential_free(credential);
	return reason;
}

/* --- Acquire */

static void a_keytab_that_is_not_there_or_is_empty_makes_no_credential(void **state)
{
	static const char *const none[] = { NULL };
	struct acquire_request request = kerberos_accept_request();

	(void)state;
	request.kerberos.keytab = scratch_path("no such keytab");
	assert_int_equal(acquire(&request), REASON_KERBEROS_KEYTAB);
	request.kerberos.keytab = kerberos_keytab_of("empty", none);
	assert_int_equal(acquire(&request), REASON_KERBEROS_KEYTAB);
	request.kerberos.keytab = scratch_text("broken", "this is no keytab");
	assert_int_equal(acquire(&request), REASON_KERBEROS_KEYTAB);
}

static void a_keytab_in_memory_is_one_too(void **state)
{
	struct acquire_request request = kerberos_accept_request();

	(void)state;
	request.kerberos.keytab = "MEMORY:nobody filled it";
	assert_int_equal(acquire(&request), REASON_KERBEROS_KEYTAB);
}

static void the_machines_keytab_is_not_used_where_accounts_are_named(void **state)
{
	struct test_authority authority = test_authority_of("User", "Domain", "Password");
	struct acquire_request request = kerberos_accept_request();

	(void)state;
	assert_int_equal(setenv("KRB5_KTNAME", kerberos_keytab(), 1), 0);
	request.kerberos.keytab = NULL;
	assert_int_equal(acquire(&request), REASON_OK);
	request.authority = &authority.base;
	assert_int_equal(acquire(&request), REASON_NO_CREDENTIAL);
	assert_int_equal(setenv("KRB5_KTNAME", "FILE:/dev/null/keytab", 1), 0);
	request.authority = NULL;
	assert_int_equal(acquire(&request), REASON_NO_CREDENTIAL);
}

static void a_server_has_no_context_for_a_client(void **state)
{
	struct acquire_request request = kerberos_accept_request();
	struct package_context *context;

	(void)state;
	side_start(&server, &kerberos_package, &request, ROLE_ACCEPT);
	assert_int_equal(kerberos_package.new_context(server.credential, ROLE_INITIATE, &context),
			 REASON_NO_CREDENTIAL);
}

/* --- The service */

static void any_service_of_the_keytab_is_ours_where_none_is_named(void **state)
{
	static const char *const services[] = { (KERBEROS_TARGET "@" KERBEROS_REALM),
						("ldap/" KERBEROS_HOST "@" KERBEROS_REALM) };
	struct acquire_request request = kerberos_accept_request();
	struct kerberos_ticket ticket = kerberos_ticket();

	(void)state;
	for (size_t i = 0; i < COUNT_OF(services); i++) {
		ticket.service = services[i];
		assert_int_equal(accept_ticket(&request, &ticket), SEC_E_OK);
	}
}

static void a_ticket_for_another_class_of_services_is_refused(void **state)
{
	struct acquire_request request = kerberos_accept_request();
	struct kerberos_ticket ticket = kerberos_ticket();

	(void)state;
	request.kerberos.services = "TERMSRV,HTTP,WSMAN,HOST";
	assert_int_equal(accept_ticket(&request, &ticket), SEC_E_OK);
	ticket.service = "host/" KERBEROS_HOST "@" KERBEROS_REALM; /* whatever its case */
	assert_int_equal(accept_ticket(&request, &ticket), SEC_E_OK);
	ticket.service = "ldap/" KERBEROS_HOST "@" KERBEROS_REALM;
	assert_refused(accept_ticket(&request, &ticket), REASON_KERBEROS_OTHER_SERVICE);
	request.kerberos.services = "HTTP";
	ticket = kerberos_ticket();
	assert_refused(accept_ticket(&request, &ticket), REASON_KERBEROS_OTHER_SERVICE);
	request.kerberos.services = "TERMSRV2,TERMSR,,";
	assert_refused(accept_ticket(&request, &ticket), REASON_KERBEROS_OTHER_SERVICE);
}

static void with_a_principal_that_service_alone_is_ours(void **state)
{
	static const struct {
		const char *principal;
		bool ours;
	} rows[] = {
		{ KERBEROS_TARGET, true },
		{ KERBEROS_TARGET "@" KERBEROS_REALM, true },
		{ "termsrv/SERVER.example.test", true },
		{ KERBEROS_TARGET "@OTHER.TEST", false },
		{ "HTTP/" KERBEROS_HOST, false },
		{ "TERMSRV/other.example.test", false },
		{ "TERMSRV", false },
	};
	struct kerberos_ticket ticket = kerberos_ticket();

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct acquire_request request = kerberos_accept_request();

		request.kerberos.principal = u16(rows[i].principal);
		request.kerberos.services = "HTTP"; /* it does not count */
		if (rows[i].ours)
			assert_int_equal(accept_ticket(&request, &ticket), SEC_E_OK);
		else
			assert_refused(accept_ticket(&request, &ticket), REASON_KERBEROS_OTHER_SERVICE);
	}
}

/* The name in a ticket is not covered by its key: somebody may write another one into it. */
static void a_ticket_of_one_service_under_the_name_of_another_is_refused(void **state)
{
	struct acquire_request request = kerberos_accept_request();
	struct kerberos_ticket ticket = kerberos_ticket();

	(void)state;
	ticket.key_of = "ldap/" KERBEROS_HOST "@" KERBEROS_REALM;
	assert_refused(accept_ticket(&request, &ticket), REASON_KERBEROS_OTHER_SERVICE);
	request.kerberos.services = "TERMSRV";
	assert_refused(accept_ticket(&request, &ticket), REASON_KERBEROS_OTHER_SERVICE);
}

/* As in a directory of Windows. */
static void the_key_of_host_serves_what_has_none_of_its_own(void **state)
{
	struct acquire_request request = kerberos_accept_request();
	struct kerberos_ticket ticket = kerberos_ticket();

	(void)state;
	ticket.service = "WSMAN/" KERBEROS_HOST "@" KERBEROS_REALM;
	ticket.key_of = "host/" KERBEROS_HOST "@" KERBEROS_REALM;
	request.kerberos.services = "WSMAN,HOST";
	assert_int_equal(accept_ticket(&request, &ticket), SEC_E_OK);
	request.kerberos.services = "HOST";
	assert_refused(accept_ticket(&request, &ticket), REASON_KERBEROS_OTHER_SERVICE);
	ticket.service = "WSMAN/other.example.test@" KERBEROS_REALM;
	request.kerberos.services = "WSMAN";
	assert_refused(accept_ticket(&request, &ticket), REASON_KERBEROS_OTHER_SERVICE);
}

static void a_ticket_that_names_a_host_of_no_key_is_refused(void **state)
{
	static const char *const principals[] = { "TERMSRV/other.example.test@" KERBEROS_REALM, NULL };
	struct acquire_request request = kerberos_accept_request();
	struct kerberos_ticket ticket = kerberos_ticket();

	(void)state;
	request.kerberos.keytab = kerberos_keytab_of("other", principals);
	request.kerberos.services = "TERMSRV";
	assert_refused(accept_ticket(&request, &ticket), REASON_KERBEROS_NO_KEY);
	ticket.key_of = principals[0];
	assert_refused(accept_ticket(&request, &ticket), REASON_KERBEROS_OTHER_SERVICE);
}

static void a_keytab_that_was_changed_counts_at_once(void **state)
{
	static const char *const first[] = { "HTTP/" KERBEROS_HOST "@" KERBEROS_REALM, NULL };
	static const char *const second[] = { KERBEROS_TARGET "@" KERBEROS_REALM, NULL };
	struct acquire_request request = kerberos_accept_request();
	struct kerberos_ticket ticket = kerberos_ticket();

	(void)state;
	request.kerberos.keytab = kerberos_keytab_of("rotated", first);
	request.kerberos.services = "TERMSRV,HTTP";
	assert_refused(accept_ticket(&request, &ticket), REASON_KERBEROS_NO_KEY);
	(void)kerberos_keytab_of("rotated", second);
	side_restart(&server, ROLE_ACCEPT);
	assert_int_equal(side_step(&server, request_of(&ticket)), SEC_E_OK);
}

/* --- Tickets */

static void a_ticket_whose_time_is_over_is_refused(void **state)
{
	struct acquire_request request = kerberos_accept_request();
	struct kerberos_ticket ticket = kerberos_ticket();

	(void)state;
	ticket.start = -7200;
	ticket.end = -3600;
	seam_set_time(CLOCK_UNIX_EPOCH + (int64_t)time(NULL) * CLOCK_TICKS_PER_SECOND);
	assert_refused(accept_ticket(&request, &ticket), REASON_KERBEROS_TICKET_EXPIRED);
	seam_set_time(SEAM_TIME);
}

/* Another ticket would not help: the client's time in its authenticator tells that. */
static void a_ticket_that_is_over_by_a_wrong_clock_is_told_as_that(void **state)
{
	struct acquire_request request = kerberos_accept_request();
	struct kerberos_ticket ticket = kerberos_ticket();

	(void)state;
	ticket.start = -7200;
	ticket.end = -3600;
	ticket.clock = -5400;
	captured_trace_start();
	seam_set_time(CLOCK_UNIX_EPOCH + (int64_t)time(NULL) * CLOCK_TICKS_PER_SECOND);
	assert_refused(accept_ticket(&request, &ticket), REASON_KERBEROS_SKEW);
	seam_set_time(SEAM_TIME);
	assert_int_equal(captured_trace_count("the client's clock is 90 minutes behind ours"), 1);
	captured_trace_stop();
}

static void a_ticket_whose_time_has_not_come_is_refused(void **state)
{
	struct acquire_request request = kerberos_accept_request();
	struct kerberos_ticket ticket = kerberos_ticket();

	(void)state;
	ticket.start = 3600;
	ticket.end = 7200;
	assert_refused(accept_ticket(&request, &ticket), REASON_KERBEROS_SKEW);
}

static void a_clock_that_is_wrong_is_refused(void **state)
{
	struct acquire_request request = kerberos_accept_request();
	struct kerberos_ticket ticket = kerberos_ticket();

	(void)state;
	ticket.clock = 250;
	assert_int_equal(accept_ticket(&request, &ticket), SEC_E_OK);
	ticket.clock = 400;
	assert_refused(accept_ticket(&request, &ticket), REASON_KERBEROS_SKEW);
	ticket.clock = -400;
	assert_refused(accept_ticket(&request, &ticket), REASON_KERBEROS_SKEW);
}

static void a_ticket_of_another_key_is_refused(void **state)
{
	struct acquire_request request = kerberos_accept_request();
	struct kerberos_ticket ticket = kerberos_ticket();

	(void)state;
	ticket.other_key = true;
	assert_refused(accept_ticket(&request, &ticket), REASON_KERBEROS_WRONG_KEY);
}

static void a_ticket_of_another_version_of_the_key_is_told_apart(void **state)
{
	struct acquire_request request = kerberos_accept_request();
	struct kerberos_ticket ticket = kerberos_ticket();

	(void)state;
	ticket.key_version = KERBEROS_KEY_VERSION + 1;
	ticket.other_key = true;
	assert_refused(accept_ticket(&request, &ticket), REASON_KERBEROS_KEY_VERSION);
}

static void a_ticket_for_a_service_without_a_key_is_refused(void **state)
{
	struct acquire_request request = kerberos_accept_request();
	struct kerberos_ticket ticket = kerberos_ticket();

	(void)state;
	ticket.service = "cifs/" KERBEROS_HOST "@" KERBEROS_REALM;
	assert_refused(accept_ticket(&request, &ticket), REASON_KERBEROS_NO_KEY);
}

static void nobody_is_let_in_as_nobody(void **state)
{
	struct acquire_request request = kerberos_accept_request();
	struct kerberos_ticket ticket = kerberos_ticket();

	(void)state;
	ticket.client = "WELLKNOWN/ANONYMOUS@WELLKNOWN:ANONYMOUS";
	assert_refused(accept_ticket(&request, &ticket), REASON_NTLM_ANONYMOUS);
}

/* --- Replays */

static void a_request_that_was_seen_before_is_refused(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer token = writer_growing();
	struct acquire_request request = kerberos_accept_request();
	struct kerberos_ticket ticket = kerberos_ticket();
	char cache[512];

	(void)state;
	(void)snprintf(cache, sizeof(cache), "file2:%s", scratch_path("replays"));
	request.kerberos.replay_cache = cache;
	side_start(&server, &kerberos_package, &request, ROLE_ACCEPT);
	writer_bytes(&token, request_of(&ticket));
	assert_int_equal(side_step(&server, writer_slice(&token)), SEC_E_OK);
	side_restart(&server, ROLE_ACCEPT);
	assert_refused(side_step(&server, writer_slice(&token)), REASON_KERBEROS_REPLAY);
	side_restart(&server, ROLE_ACCEPT);
	assert_int_equal(side_step(&server, request_of(&ticket)), SEC_E_OK);
}

static void a_replay_cache_that_cannot_be_written_lets_nobody_in(void **state)
{
	struct acquire_request request = kerberos_accept_request();
	struct kerberos_ticket ticket = kerberos_ticket();

	(void)state;
	request.kerberos.replay_cache = "file2:/dev/null/replays";
	assert_true(status_failed(accept_ticket(&request, &ticket)));
	assert_string_equal(reason_word(server.leg.reason), "kerberos-files");
}

static void a_replay_cache_of_no_kind_makes_no_credential(void **state)
{
	struct acquire_request request = kerberos_accept_request();

	(void)state;
	request.kerberos.replay_cache = "nothing:of the kind";
	assert_int_equal(acquire(&request), REASON_KERBEROS_KEYTAB);
}

/* --- Tokens */

static void a_token_cut_anywhere_is_refused(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer token = writer_growing();
	struct acquire_request request = kerberos_accept_request();
	struct kerberos_ticket ticket = kerberos_ticket();

	(void)state;
	side_start(&server, &kerberos_package, &request, ROLE_ACCEPT);
	writer_bytes(&token, request_of(&ticket));
	for (size_t size = 0; size < token.size; size++) {
		side_restart(&server, ROLE_ACCEPT);
		assert_refused(side_step(&server, slice_of(token.data, size)), REASON_BAD_TOKEN);
	}
	writer_u8(&token, 0);
	side_restart(&server, ROLE_ACCEPT);
	assert_refused(side_step(&server, writer_slice(&token)), REASON_BAD_TOKEN);
}

static void a_refused_context_stays_refused(void **state)
{
	struct acquire_request request = kerberos_accept_request();
	struct kerberos_ticket ticket = kerberos_ticket();

	(void)state;
	side_start(&server, &kerberos_package, &request, ROLE_ACCEPT);
	assert_refused(side_step(&server, SLICE_LITERAL("nonsense")), REASON_BAD_TOKEN);
	assert_refused(side_step(&server, request_of(&ticket)), REASON_OUT_OF_SEQUENCE);
}

static void an_error_token_comes_only_to_those_who_ask(void **state)
{
	struct acquire_request request = kerberos_accept_request();
	struct kerberos_ticket ticket = kerberos_ticket();

	(void)state;
	ticket.clock = 4000;
	side_start(&server, &kerberos_package, &request, ROLE_ACCEPT);
	server.leg.requested = FLAG_EXTENDED_ERROR;
	assert_int_equal(side_step(&server, request_of(&ticket)), SEC_E_TIME_SKEW);
	assert_true(side_output(&server).size > 20);
	assert_int_equal(side_output(&server).data[0], 0x60);
}

static void each_allocation_of_ours_that_fails_refuses(void **state)
{
	struct acquire_request request = kerberos_accept_request();
	const struct kerberos_pac pac = { .logon_info = pac_buffer(hex(pac_samba), PAC_TYPE_LOGON),
					  .upn_dns_info = pac_buffer(hex(pac_samba), PAC_TYPE_UPN_DNS) };
	struct kerberos_ticket ticket = kerberos_ticket();
	CLEANUP(writer_wipe) struct byte_writer token = writer_growing();
	long n = 0;

	(void)state;
	ticket.pac = &pac;
	request.kerberos.services = "TERMSRV";
	side_start(&server, &kerberos_package, &request, ROLE_ACCEPT);
	writer_bytes(&token, request_of(&ticket));
	do {
		side_restart(&server, ROLE_ACCEPT);
		seam_fail_allocation(++n);
		(void)side_step(&server, writer_slice(&token));
		if (seam_allocation_failed())
			assert_string_equal(reason_word(server.leg.reason), "out-of-memory");
		else
			assert_int_equal(server.leg.reason, REASON_OK);
	} while (seam_allocation_failed());
	seam_fail_allocation(0);
	assert_in_range(n, 5, 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
		TEST(a_keytab_that_is_not_there_or_is_empty_makes_no_credential),
		TEST(a_keytab_in_memory_is_one_too),
		TEST(the_machines_keytab_is_not_used_where_accounts_are_named),
		TEST(a_server_has_no_context_for_a_client),
		TEST(any_service_of_the_keytab_is_ours_where_none_is_named),
		TEST(a_ticket_for_another_class_of_services_is_refused),
		TEST(with_a_principal_that_service_alone_is_ours),
		TEST(a_ticket_of_one_service_under_the_name_of_another_is_refused),
		TEST(the_key_of_host_serves_what_has_none_of_its_own),
		TEST(a_ticket_that_names_a_host_of_no_key_is_refused),
		TEST(a_keytab_that_was_changed_counts_at_once),
		TEST(a_ticket_whose_time_is_over_is_refused),
		TEST(a_ticket_that_is_over_by_a_wrong_clock_is_told_as_that),
		TEST(a_ticket_whose_time_has_not_come_is_refused),
		TEST(a_clock_that_is_wrong_is_refused),
		TEST(a_ticket_of_another_key_is_refused),
		TEST(a_ticket_of_another_version_of_the_key_is_told_apart),
		TEST(a_ticket_for_a_service_without_a_key_is_refused),
		TEST(nobody_is_let_in_as_nobody),
		TEST(a_request_that_was_seen_before_is_refused),
		TEST(a_replay_cache_that_cannot_be_written_lets_nobody_in),
		TEST(a_replay_cache_of_no_kind_makes_no_credential),
		TEST(a_token_cut_anywhere_is_refused),
		TEST(a_refused_context_stays_refused),
		TEST(an_error_token_comes_only_to_those_who_ask),
		TEST(each_allocation_of_ours_that_fails_refuses),
#undef TEST
	};

	kerberos_realm_start("");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
