/* OpensspiNtlmAnswer and OpensspiNtHash, on MS-NLMP's own example. */
#include "crypto/ntlm_v2.h"
#include "support/hex.h"
#include "support/ntlm_question.h"
#include "support/seams.h"
#include "support/test_authority.h"

#include <opensspi/opensspi.h>

/* MS-NLMP 4.2.4 */
#define HASH "a4f49c406510bdcab6824ee7c30fd852"
#define RESPONSE \
	"68cd0ab851e51c96aabc927bebef6a1c" \
	"01010000000000000000000000000000aaaaaaaaaaaaaaaa0000000002000c0044006f006d00610069006e0001000c0053" \
	"00650072007600650072000000000000000000"
#define SESSION_BASE_KEY "8de40ccadbc14a82f15cb0ad0de95ca3"

static OPENSSPI_NTLM_QUESTION question_of(void)
{
	struct slice user = u16("User"), domain = u16("Domain"), response = hex(RESPONSE);
	OPENSSPI_NTLM_QUESTION question = {
		.Size = sizeof(question),
		.User = user.data,
		.UserSize = (uint32_t)user.size,
		.Domain = domain.data,
		.DomainSize = (uint32_t)domain.size,
		.Response = response.data,
		.ResponseSize = (uint32_t)response.size,
	};

	memcpy(question.ServerChallenge, hex("0123456789abcdef").data, sizeof(question.ServerChallenge));
	return question;
}

/* One that a careless program has used before. */
static OPENSSPI_NTLM_VERDICT used_verdict(void)
{
	OPENSSPI_NTLM_VERDICT verdict = { .Size = sizeof(verdict), .Status = SEC_E_OK };

	memset(verdict.SessionKey, 0x77, sizeof(verdict.SessionKey));
	return verdict;
}

static void assert_no_key(const OPENSSPI_NTLM_VERDICT *verdict)
{
	static const uint8_t zeros[16];

	assert_bytes(slice_of(verdict->SessionKey, 16), slice_of(zeros, 16));
}

static void the_right_hash_gives_ok_and_the_session_key(void **state)
{
	OPENSSPI_NTLM_QUESTION question = question_of();
	OPENSSPI_NTLM_VERDICT verdict = used_verdict();

	(void)state;
	assert_int_equal(OpensspiNtlmAnswer(&question, hex(HASH).data, &verdict), SEC_E_OK);
	assert_int_equal(verdict.Status, SEC_E_OK);
	assert_bytes(slice_of(verdict.SessionKey, 16), hex(SESSION_BASE_KEY));
}

static void a_wrong_hash_refuses_and_leaves_no_key(void **state)
{
	OPENSSPI_NTLM_QUESTION question = question_of();
	OPENSSPI_NTLM_VERDICT verdict = used_verdict();

	(void)state;
	assert_int_equal(
		OpensspiNtlmAnswer(&question, hex("31d6cfe0d16ae931b73c59d7e0c089c0").data, &verdict),
		SEC_E_LOGON_DENIED);
	assert_int_equal(verdict.Status, SEC_E_LOGON_DENIED);
	assert_no_key(&verdict);
}

static void an_empty_or_short_response_refuses(void **state)
{
	OPENSSPI_NTLM_QUESTION question = question_of();
	OPENSSPI_NTLM_VERDICT verdict = used_verdict();

	(void)state;
	question.ResponseSize = 24;
	assert_int_equal(OpensspiNtlmAnswer(&question, hex(HASH).data, &verdict), SEC_E_LOGON_DENIED);
	question.Response = NULL;
	question.ResponseSize = 0;
	assert_int_equal(OpensspiNtlmAnswer(&question, hex(HASH).data, &verdict), SEC_E_LOGON_DENIED);
	assert_no_key(&verdict);
}

static void what_is_not_whole_is_refused(void **state)
{
	OPENSSPI_NTLM_QUESTION question = question_of();
	OPENSSPI_NTLM_VERDICT verdict = used_verdict();

	(void)state;
	assert_int_equal(OpensspiNtlmAnswer(NULL, hex(HASH).data, &verdict), SEC_E_INVALID_TOKEN);
	assert_int_equal(verdict.Status, SEC_E_INVALID_TOKEN);
	assert_no_key(&verdict);
	verdict = used_verdict();
	assert_int_equal(OpensspiNtlmAnswer(&question, NULL, &verdict), SEC_E_INVALID_TOKEN);
	assert_int_equal(verdict.Status, SEC_E_INVALID_TOKEN);
	assert_int_equal(OpensspiNtlmAnswer(&question, hex(HASH).data, NULL), SEC_E_INVALID_TOKEN);
	question.Size--;
	verdict = used_verdict();
	assert_int_equal(OpensspiNtlmAnswer(&question, hex(HASH).data, &verdict), SEC_E_INVALID_TOKEN);
	assert_int_equal(verdict.Status, SEC_E_INVALID_TOKEN);
	question = question_of();
	verdict = used_verdict();
	verdict.Size--;
	assert_int_equal(OpensspiNtlmAnswer(&question, hex(HASH).data, &verdict), SEC_E_INVALID_TOKEN);
}

static void without_memory_there_is_no_acceptance(void **state)
{
	struct ntlm_question right = ntlm_question_of(test_long_name(), "Domain", "Password");
	OPENSSPI_NTLM_QUESTION question = question_of();
	long alive = seam_blocks_alive(), n;

	(void)state;
	question.User = right.user.data; /* a short one needs no memory */
	question.UserSize = (uint32_t)right.user.size;
	question.Response = right.response.data;
	question.ResponseSize = (uint32_t)right.response.size;
	for (n = 1;; n++) {
		OPENSSPI_NTLM_VERDICT verdict = used_verdict();
		long made = seam_allocations();
		SECURITY_STATUS status;

		seam_fail_allocation(n);
		status = OpensspiNtlmAnswer(&question, hex(HASH).data, &verdict);
		seam_fail_allocation(0);
		assert_int_equal(seam_blocks_alive(), alive);
		assert_int_equal(verdict.Status, status);
		if (seam_allocations() - made < n) {
			assert_int_equal(status, SEC_E_OK);
			break;
		}
		assert_int_equal(status, SEC_E_INSUFFICIENT_MEMORY);
		assert_no_key(&verdict);
	}
	assert_true(n > 1);
}

static void the_nt_hash_is_that_of_the_utf16_password(void **state)
{
	uint8_t hash[16];

	(void)state;
	assert_int_equal(OpensspiNtHash("Password", hash), SEC_E_OK);
	assert_bytes(slice_of(hash, 16), hex(HASH));
	assert_int_equal(OpensspiNtHash("", hash), SEC_E_OK);
	assert_bytes(slice_of(hash, 16), hex("31d6cfe0d16ae931b73c59d7e0c089c0"));
	/* e with acute and a character of two units, by another implementation of MD4 over UTF-16LE. */
	assert_int_equal(OpensspiNtHash("caf\xC3\xA9 \xF0\x9F\x98\x80", hash), SEC_E_OK);
	assert_bytes(slice_of(hash, 16), hex("771dabdd2e7ce15845d1295fb752fdc8"));
}

static void what_is_no_text_has_no_hash(void **state)
{
	uint8_t hash[16], zeros[16] = { 0 };

	(void)state;
	memset(hash, 0x77, sizeof(hash));
	assert_int_equal(OpensspiNtHash("caf\xE9", hash), SEC_E_INVALID_TOKEN);
	assert_bytes(slice_of(hash, 16), slice_of(zeros, 16));
	assert_int_equal(OpensspiNtHash(NULL, hash), SEC_E_INVALID_TOKEN);
	assert_int_equal(OpensspiNtHash("Password", NULL), SEC_E_INVALID_TOKEN);
	seam_fail_allocation(1);
	assert_int_equal(OpensspiNtHash("Password", hash), SEC_E_INSUFFICIENT_MEMORY);
	seam_fail_allocation(0);
	assert_bytes(slice_of(hash, 16), slice_of(zeros, 16));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_right_hash_gives_ok_and_the_session_key),
		cmocka_unit_test(a_wrong_hash_refuses_and_leaves_no_key),
		cmocka_unit_test(an_empty_or_short_response_refuses),
		cmocka_unit_test(what_is_not_whole_is_refused),
		cmocka_unit_test(without_memory_there_is_no_acceptance),
		cmocka_unit_test(the_nt_hash_is_that_of_the_utf16_password),
		cmocka_unit_test(what_is_no_text_has_no_hash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
