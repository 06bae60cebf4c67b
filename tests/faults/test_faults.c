/*
 * Everything that can be made to fail fails, one call after the other: for n = 1, 2, ... a whole logon in which the
 * n-th allocation of ours, the n-th malloc of the process (OpenSSL's too), the n-th draw of random bytes or the n-th
 * reading of the clock fails, until a logon is over without having reached it. Both roles, right and wrong passwords.
 *
 * Required: no crash, no hang (an alarm); either an error or a complete and correct logon; nobody accepted with a wrong
 * password; nothing leaks; the next logon works.
 */
#include "faults/malloc_faults.h"
#include "support/hex.h"
#include "support/seams.h"
#include "support/side.h"

#include "credssp/credssp.h"
#include "negotiate/negotiate.h"
#include "ntlm/ntlm.h"
#include "schannel/schannel.h"

#include <openssl/crypto.h>
#include <unistd.h>

enum { HANG_SECONDS = 300 };

static const struct security_package *const packages[] = { &schannel_package, &negotiate_package,
							   &ntlm_package, NULL };

struct logon {
	const struct security_package *package;
	bool spnego, tls_1_3, wrong_password, long_names;
};

struct outcome {
	SECURITY_STATUS server, client;
	bool delegated; /* the right password came out at the server */
};

struct party {
	const struct security_package *package;
	struct package_credential *credential;
	struct package_context *context;
	struct byte_writer output;
	uint32_t requested;
	SECURITY_STATUS status;
};

static struct test_authority authority, long_authority;
static struct certificate *certificate;
static struct slice right_password, wrong_password;

static int set_up(void **state)
{
	(void)state;
	authority = test_authority_of("User", "Domain", "Password");
	long_authority = test_authority_of(test_long_name(), test_long_name(), "Password");
	right_password = u16("Password");
	wrong_password = u16("password");
	alarm(HANG_SECONDS);
	return certificate_self_signed("server.test", CERTIFICATE_P256, &certificate) != REASON_OK;
}

static int tear_down(void **state)
{
	(void)state;
	certificate_free(certificate);
	return 0;
}

static SECURITY_STATUS status_of(enum reason reason)
{
	return reason == REASON_OK ? SEC_I_CONTINUE_NEEDED : reason_status(reason);
}

static void start(struct party *party, const struct logon *logon, enum role role)
{
	struct test_authority *accounts = logon->long_names ? &long_authority : &authority;
	struct acquire_request request = {
		.accept = role == ROLE_ACCEPT,
		.initiate = role == ROLE_INITIATE,
		.authority = &accounts->base,
		.certificate = role == ROLE_ACCEPT ? certificate : NULL,
		.has_identity = role == ROLE_INITIATE,
		.user = accounts->user,
		.domain = accounts->domain,
		.password = logon->wrong_password ? wrong_password : right_password,
		.names = logon->long_names ? test_long_host_names() : test_host_names(),
		.policy = policy_default,
		.always_spnego = logon->spnego,
		.packages = packages,
	};
	enum reason reason;

	request.policy.ntlm_delegation = true;
	request.policy.tls_1_2 = !logon->tls_1_3;
	request.policy.tls_1_3 = logon->tls_1_3;
	*party = (struct party) { .package = logon->package, .output = writer_growing() };
	party->requested = role == ROLE_ACCEPT ? FLAG_EXTENDED_ERROR : FLAG_DELEGATE | FLAG_CONFIDENTIALITY;
	reason = logon->package->acquire(&request, &party->credential);
	if (reason == REASON_OK)
		reason = logon->package->new_context(party->credential, role, &party->context);
	party->status = status_of(reason);
}

static void step(struct party *party, struct slice input, leg_function *run)
{
	struct leg leg = { .input = input, .requested = party->requested, .output = &party->output };

	writer_wipe(&party->output);
	party->status = run(party->context, &leg);
	if (!status_failed(party->status) && !writer_ok(&party->output))
		party->status = SEC_E_INSUFFICIENT_MEMORY; /* as src/sspi does */
}

static bool may_go_on(const struct party *a, const struct party *b)
{
	return !status_failed(a->status) && !status_failed(b->status) &&
	       (a->status != SEC_E_OK || b->status != SEC_E_OK);
}

static void exchange(struct party *client, struct party *server)
{
	step(client, slice_of(NULL, 0), client->package->initiate);
	while (may_go_on(client, server) && client->output.size) {
		step(server, writer_slice(&client->output), server->package->accept);
		if (!may_go_on(client, server) || !server->output.size)
			return;
		step(client, writer_slice(&server->output), client->package->initiate);
	}
}

static void end(struct party *party)
{
	package_context_free(party->context);
	package_credential_free(party->credential);
	writer_wipe(&party->output);
}

static bool delegated_right(const struct party *server)
{
	union attribute_value value;

	return server->package->query(server->context, ATTRIBUTE_DELEGATED, &value) == REASON_OK &&
	       slice_equal(value.delegated.password, right_password);
}

static struct outcome run(const struct logon *logon)
{
	struct party client, server;
	struct outcome outcome;

	start(&client, logon, ROLE_INITIATE);
	start(&server, logon, ROLE_ACCEPT);
	if (may_go_on(&client, &server))
		exchange(&client, &server);
	outcome = (struct outcome) { .server = server.status, .client = client.status };
	outcome.delegated = server.status == SEC_E_OK && delegated_right(&server);
	end(&client);
	end(&server);
	return outcome;
}

static void assert_never_wrong(const struct logon *logon, const struct outcome *outcome)
{
	assert_false(logon->wrong_password && outcome->server == SEC_E_OK);
	if (outcome->server == SEC_E_OK && logon->package == &credssp_package)
		assert_true(outcome->delegated);
}

static void assert_undisturbed(const struct logon *logon)
{
	struct outcome outcome = run(logon);

	assert_int_equal(outcome.server, logon->wrong_password ? SEC_E_LOGON_DENIED : SEC_E_OK);
	assert_never_wrong(logon, &outcome);
	if (!logon->wrong_password)
		assert_int_equal(outcome.client, SEC_E_OK);
}

static const struct logon logons[] = {
	{ .package = &credssp_package, .tls_1_3 = true },
	{ .package = &credssp_package, .tls_1_3 = true, .wrong_password = true },
	{ .package = &credssp_package, .spnego = true },
	{ .package = &credssp_package, .spnego = true, .wrong_password = true },
	{ .package = &negotiate_package, .spnego = true },
	{ .package = &negotiate_package, .spnego = true, .wrong_password = true },
	{ .package = &ntlm_package },
	{ .package = &ntlm_package, .wrong_password = true },
	/* Their tokens fit no LOCAL_WRITER. */
	{ .package = &credssp_package, .spnego = true, .tls_1_3 = true, .long_names = true },
};

/* --- Our own allocations, random numbers and clock: the error has its own status */

struct seam {
	void (*break_at)(long n);
	bool (*failed)(void);
	SECURITY_STATUS status;
};

/* Where only the errorCode or the reject could not be made, the refusal stands. */
static bool is_told(const struct logon *logon, const struct outcome *outcome, SECURITY_STATUS status)
{
	return outcome->server == status || outcome->client == status ||
	       (logon->wrong_password && outcome->server == SEC_E_LOGON_DENIED);
}

static void every_call_of(const struct seam *seam, const struct logon *logon)
{
	long alive = seam_blocks_alive();
	bool reached = true;

	for (long n = 1; reached; n++) {
		struct outcome outcome;

		seam->break_at(n);
		outcome = run(logon);
		reached = seam->failed();
		seam->break_at(0);
		assert_never_wrong(logon, &outcome);
		assert_true(!reached || is_told(logon, &outcome, seam->status));
		assert_int_equal(seam_blocks_alive(), alive);
	}
	assert_undisturbed(logon);
}

static void our_allocations(const struct logon *logon)
{
	static const struct seam seam = { seam_fail_allocation, seam_allocation_failed,
					  SEC_E_INSUFFICIENT_MEMORY };

	every_call_of(&seam, logon);
}

static void draws(const struct logon *logon)
{
	static const struct seam seam = { seam_fail_draw, seam_draw_failed, SEC_E_INTERNAL_ERROR };

	every_call_of(&seam, logon);
}

static void readings(const struct logon *logon)
{
	static const struct seam seam = { seam_fail_clock, seam_clock_failed, SEC_E_INTERNAL_ERROR };

	every_call_of(&seam, logon);
}

/* --- Every malloc of the process */

/*
 * What OpenSSL 3.0 holds on to after a failure of its own, by the function that asked for it: methods in its caches,
 * which live as long as the process and are filled anew after they were dropped. The last four fetch theirs from the
 * provider of a key.
 */
static const char *const known_leaks[] = {
	/* clang-format off */
	"EVP_CIPHER_fetch", "EVP_KDF_fetch", "EVP_KEYEXCH_fetch", "EVP_KEYMGMT_fetch", "EVP_MAC_fetch", "EVP_MD_fetch",
	"EVP_RAND_fetch", "EVP_SIGNATURE_fetch",
	"EVP_DigestSignInit_ex", "EVP_DigestVerifyInit_ex", "EVP_PKEY_derive_init_ex", "EVP_PKEY_derive_set_peer_ex",
	/* clang-format on */
};

/* With what OpenSSL keeps for the thread given back. */
static struct outcome run_with_fault(const struct logon *logon, long n, bool name_callers, bool *reached)
{
	struct outcome outcome;

	malloc_faults_begin(n, name_callers);
	outcome = run(logon);
	OPENSSL_thread_stop();
	*reached = malloc_faults_end();
	return outcome;
}

static void every_malloc(const struct logon *logon)
{
	bool reached = true;
	size_t leaks = 0;
	long n;

	assert_undisturbed(logon); /* what is kept for good is there from now on */
	for (n = 1; reached; n++) {
		struct outcome outcome = run_with_fault(logon, n, false, &reached);

		assert_never_wrong(logon, &outcome);
		if (malloc_faults_leaked()) {
			(void)run_with_fault(logon, n, true, &reached);
			leaks += malloc_faults_leaks(known_leaks, COUNT_OF(known_leaks));
		}
		if (n % 50 == 1)
			assert_undisturbed(logon);
	}
	assert_undisturbed(logon);
	print_message("# %ld calls of malloc and its kin failed, one a logon\n", n - 2);
	assert_int_equal(leaks, 0);
}

#define FOR_EACH_LOGON(what, number, name) \
	static void what##_in_##name(void **state) \
	{ \
		(void)state; \
		what(&logons[number]); \
	}
#define FOR_EACH(what) \
	FOR_EACH_LOGON(what, 0, credssp) \
	FOR_EACH_LOGON(what, 1, a_refused_credssp) \
	FOR_EACH_LOGON(what, 2, credssp_with_spnego) \
	FOR_EACH_LOGON(what, 3, a_refused_credssp_with_spnego) \
	FOR_EACH_LOGON(what, 4, negotiate) \
	FOR_EACH_LOGON(what, 5, a_refused_negotiate) \
	FOR_EACH_LOGON(what, 6, ntlm) \
	FOR_EACH_LOGON(what, 7, a_refused_ntlm)
FOR_EACH(our_allocations)
FOR_EACH(draws)
FOR_EACH(readings)
FOR_EACH(every_malloc)
FOR_EACH_LOGON(our_allocations, 8, credssp_with_long_names)

#define CASES(what) \
	cmocka_unit_test(what##_in_credssp), cmocka_unit_test(what##_in_a_refused_credssp), \
		cmocka_unit_test(what##_in_credssp_with_spnego), \
		cmocka_unit_test(what##_in_a_refused_credssp_with_spnego), \
		cmocka_unit_test(what##_in_negotiate), cmocka_unit_test(what##_in_a_refused_negotiate), \
		cmocka_unit_test(what##_in_ntlm), cmocka_unit_test(what##_in_a_refused_ntlm)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASES(our_allocations), cmocka_unit_test(our_allocations_in_credssp_with_long_names),
		CASES(draws),           CASES(readings),
		CASES(every_malloc),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
