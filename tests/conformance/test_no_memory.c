/* Whole logons in which one allocation after the other fails: a refusal that says so, no leak, nobody let in. */
#include "base/compiler.h"
#include "support/exchange.h"
#include "support/hex.h"
#include "support/seams.h"

static struct exchange exchange;

static bool is_refusal(const struct exchange_side *side)
{
	return side->status == SEC_E_INSUFFICIENT_MEMORY;
}

/* One logon whose n-th allocation fails. False: it had fewer, and went well. */
static bool logon_fails(const struct exchange_settings *settings, long n)
{
	long before, last;
	bool done, failed;

	exchange_start(&exchange, settings);
	before = seam_blocks_alive();
	last = seam_allocations() + n;
	seam_fail_allocation(n);
	done = exchange_run(&exchange);
	failed = seam_allocations() >= last;
	seam_fail_allocation(0);
	if (failed) {
		assert_false(done);
		assert_int_not_equal(exchange.server.status, SEC_E_OK);
		assert_true(is_refusal(&exchange.server) != is_refusal(&exchange.client));
	}
	if (exchange.server.has_context)
		assert_int_equal(DeleteSecurityContext(&exchange.server.context), SEC_E_OK);
	if (exchange.client.has_context)
		assert_int_equal(DeleteSecurityContext(&exchange.client.context), SEC_E_OK);
	exchange.server.has_context = exchange.client.has_context = false;
	assert_int_equal(seam_blocks_alive(), before);
	exchange_end(&exchange);
	return failed;
}

static long count_failures(const struct exchange_settings *settings)
{
	long n = 1;

	while (logon_fails(settings, n))
		n++;
	return n - 1;
}

/* As long as the interface takes them: then the tokens fit no LOCAL_WRITER. */
static const char *long_name(void)
{
	static char name[256 + 1];

	memset(name, 'x', sizeof(name) - 1);
	return name;
}

/* `least`: that many allocations of ours are in such a logon, or this tests nothing. */
static void fail_everywhere(const struct exchange_settings *settings, long least)
{
	struct exchange_settings with_long_names = *settings;
	long usual = count_failures(settings);

	assert_true(usual >= least);
	with_long_names.user = with_long_names.domain = with_long_names.account = long_name();
	assert_true(count_failures(&with_long_names) > usual);
}

static void an_ntlm_logon_without_memory_is_refused(void **state)
{
	struct exchange_settings settings = exchange_usual("NTLM");

	(void)state;
	fail_everywhere(&settings, 10);
}

static void a_credssp_logon_without_memory_is_refused(void **state)
{
	static const uint32_t versions[] = { SP_PROT_TLS1_2_SERVER, SP_PROT_TLS1_3_SERVER };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(versions); i++) {
		struct exchange_settings settings = exchange_usual("CREDSSP");

		settings.protocols = versions[i];
		settings.server_request |= ASC_REQ_EXTENDED_ERROR;
		fail_everywhere(&settings, 20);
	}
}

static void logons_whose_tokens_the_library_allocates_are_no_exception(void **state)
{
	long before = seam_blocks_alive();

	(void)state;
	for (long n = 1;; n++) {
		SecBuffer token = { 0, SECBUFFER_TOKEN, NULL };
		SecBufferDesc list = { SECBUFFER_VERSION, 1, &token };
		struct exchange_settings settings = exchange_usual("NTLM");
		SECURITY_STATUS status;

		exchange_start(&exchange, &settings);
		seam_fail_allocation(n);
		status = InitializeSecurityContextA(&exchange.client.credential, NULL, NULL,
						    ISC_REQ_ALLOCATE_MEMORY, 0, 0, NULL, 0,
						    &exchange.client.context, &list, NULL, NULL);
		seam_fail_allocation(0);
		if (status >= 0) {
			exchange.client.has_context = true;
			assert_int_equal(FreeContextBuffer(token.pvBuffer), SEC_E_OK);
		} else {
			assert_int_equal(status, SEC_E_INSUFFICIENT_MEMORY);
			assert_null(token.pvBuffer);
			assert_int_equal(token.cbBuffer, 0);
		}
		exchange_end(&exchange);
		assert_int_equal(seam_blocks_alive(), before);
		if (status >= 0)
			break;
	}
}

static void acquiring_without_memory_leaves_nothing(void **state)
{
	static const char *const packages[] = { "NTLM", "CREDSSP" };
	static const uint32_t uses[] = { SECPKG_CRED_INBOUND, SECPKG_CRED_OUTBOUND };
	CredHandle credential;

	(void)state;
	(void)exchange_certificate();
	for (size_t i = 0; i < COUNT_OF(packages) * COUNT_OF(uses); i++) {
		long before = seam_blocks_alive();

		exchange.settings = exchange_usual(packages[i / 2]);
		for (long n = 1;; n++) {
			SECURITY_STATUS status;

			seam_fail_allocation(n);
			status = exchange_acquire(&exchange, uses[i % 2], &credential, NULL);
			seam_fail_allocation(0);
			if (status == SEC_E_OK)
				break;
			assert_int_equal(status, SEC_E_INSUFFICIENT_MEMORY);
			assert_int_equal(seam_blocks_alive(), before);
		}
		assert_int_equal(FreeCredentialsHandle(&credential), SEC_E_OK);
		assert_int_equal(seam_blocks_alive(), before);
	}
}

static void without_random_numbers_or_a_clock_nobody_is_let_in(void **state)
{
	static const char *const packages[] = { "NTLM", "CREDSSP" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(packages); i++) {
		struct exchange_settings settings = exchange_usual(packages[i]);

		exchange_start(&exchange, &settings);
		seam_fail_random(true);
		assert_false(exchange_run(&exchange));
		seam_fail_random(false);
		assert_int_not_equal(exchange.server.status, SEC_E_OK);
		exchange_end(&exchange);
		exchange_start(&exchange, &settings);
		seam_set_time(-1);
		assert_false(exchange_run(&exchange));
		seam_set_time(SEAM_TIME);
		assert_int_not_equal(exchange.server.status, SEC_E_OK);
		exchange_end(&exchange);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_ntlm_logon_without_memory_is_refused),
		cmocka_unit_test(a_credssp_logon_without_memory_is_refused),
		cmocka_unit_test(logons_whose_tokens_the_library_allocates_are_no_exception),
		cmocka_unit_test(acquiring_without_memory_leaves_nothing),
		cmocka_unit_test(without_random_numbers_or_a_clock_nobody_is_let_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
