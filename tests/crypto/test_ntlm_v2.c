/* Against the values of MS-NLMP 4.2.4 (and NTOWFv1 of 4.2.2.1.2), which stand in the spec as printed here. */
#include "crypto/ntlm_v2.h"

#include "base/memory.h"
#include "support/hex.h"
#include "support/seams.h"
#include "support/test_authority.h"

#define CHALLENGE "0123456789abcdef"
#define NT_HASH   "a4f49c406510bdcab6824ee7c30fd852"
#define NTOWF_V2  "0c868a403bfd7a93a3001ef22ef02e3f"
#define TEMP \
	"01010000000000000000000000000000aaaaaaaaaaaaaaaa0000000002000c0044006f006d00610069006e0001000c0053" \
	"0065" \
	"00720076006500720000000000" \
	"00000000"
#define PROOF    "68cd0ab851e51c96aabc927bebef6a1c"
#define BASE_KEY "8de40ccadbc14a82f15cb0ad0de95ca3"

/* A response with `temp` as a client makes it. */
static struct slice response_for(const char *nt_hash, struct slice user, struct slice domain,
				 struct slice temp)
{
	static uint8_t response[256];
	uint8_t key[NTLM_KEY_SIZE];

	assert_true(NTLM_PROOF_SIZE + temp.size <= sizeof(response));
	assert_true(ntlm_response_key(hex(nt_hash).data, user, domain, key));
	ntlm_proof(key, hex(CHALLENGE).data, temp, response);
	memcpy(response + NTLM_PROOF_SIZE, temp.data, temp.size);
	return slice_of(response, NTLM_PROOF_SIZE + temp.size);
}

static enum ntlm_check check(struct slice user, struct slice domain, struct slice response, uint8_t *key)
{
	return ntlm_check_response(hex(NT_HASH).data, user, domain, hex(CHALLENGE).data, response, key);
}

/* --- The arithmetic ------------------------------------------------------------------------------------------- */

static void the_nt_hash_is_that_of_4_2_2_1_2(void **state)
{
	uint8_t hash[NT_HASH_SIZE];

	(void)state;
	ntlm_nt_hash(u16("Password"), hash);
	assert_bytes(slice_of(hash, sizeof(hash)), hex(NT_HASH));
	ntlm_nt_hash(slice_of(NULL, 0), hash);
	assert_bytes(slice_of(hash, sizeof(hash)), hex("31d6cfe0d16ae931b73c59d7e0c089c0"));
}

static void the_response_key_is_that_of_4_2_4_1_1(void **state)
{
	uint8_t key[NTLM_KEY_SIZE];

	(void)state;
	assert_true(ntlm_response_key(hex(NT_HASH).data, u16("User"), u16("Domain"), key));
	assert_bytes(slice_of(key, sizeof(key)), hex(NTOWF_V2));
}

static void the_proof_is_that_of_4_2_4_2_2(void **state)
{
	uint8_t proof[NTLM_PROOF_SIZE];

	(void)state;
	ntlm_proof(hex(NTOWF_V2).data, hex(CHALLENGE).data, hex(TEMP), proof);
	assert_bytes(slice_of(proof, sizeof(proof)), hex(PROOF));
}

static void the_session_base_key_is_that_of_4_2_4_1_2(void **state)
{
	uint8_t key[NTLM_KEY_SIZE];

	(void)state;
	ntlm_session_base_key(hex(NTOWF_V2).data, hex(PROOF).data, key);
	assert_bytes(slice_of(key, sizeof(key)), hex(BASE_KEY));
}

/* The exchange of vectors/ntlm.h: a longer temp with time stamp, flags, bindings and target name. */
static void a_whole_exchange_gives_its_proof_and_key(void **state)
{
	struct slice temp =
		hex("010100000000000000c08976453cda01aaaaaaaaaaaaaaaa00000000"
		    "02000c0044004f004d00410049004e0001000c00530045005200560045005200"
		    "0400160064006f006d00610069006e002e007400650073007400"
		    "030024007300650072007600650072002e0064006f006d00610069006e002e0074006500730074000700"
		    "080000c08976453cda010600040002000000"
		    "0a0010008f1214c9c9cab8dc3bf866da9aba57a7"
		    "090034005400450052004d005300520056002f007300650072007600650072002e0064006f006d00610069"
		    "006e002e00740065007300740000000000"
		    "00000000");
	uint8_t response[NTLM_PROOF_SIZE + 256], key[NTLM_KEY_SIZE];

	(void)state;
	memcpy(response, hex("ae1933933ad818051def6487198855b4").data, NTLM_PROOF_SIZE);
	memcpy(response + NTLM_PROOF_SIZE, temp.data, temp.size);
	assert_int_equal(
		check(u16("User"), u16("Domain"), slice_of(response, NTLM_PROOF_SIZE + temp.size), key),
		NTLM_RESPONSE_RIGHT);
	assert_bytes(slice_of(key, sizeof(key)), hex("5af6d542004584b9b27e0737cbeff25a"));
}

static void the_user_is_folded_and_the_domain_is_not(void **state)
{
	uint8_t key[NTLM_KEY_SIZE], other[NTLM_KEY_SIZE];

	(void)state;
	assert_true(ntlm_response_key(hex(NT_HASH).data, u16("uSeR"), u16("Domain"), key));
	assert_bytes(slice_of(key, sizeof(key)), hex(NTOWF_V2));
	assert_true(ntlm_response_key(hex(NT_HASH).data, u16("User"), u16("DOMAIN"), other));
	assert_false(slice_equal(slice_of(key, sizeof(key)), slice_of(other, sizeof(other))));
}

/* MS-NLMP 3.3.2 names Unicode's upper case, not ASCII's: u with diaeresis, a with ogonek, a Cyrillic letter.
 */
static void letters_outside_ascii_are_folded_too(void **state)
{
	uint8_t key[NTLM_KEY_SIZE], other[NTLM_KEY_SIZE];

	(void)state;
	assert_true(ntlm_response_key(hex(NT_HASH).data, hex("fc00 0501 3604"), u16(""), key));
	assert_true(ntlm_response_key(hex(NT_HASH).data, hex("dc00 0401 1604"), u16(""), other));
	assert_bytes(slice_of(key, sizeof(key)), slice_of(other, sizeof(other)));
}

/* --- Checking a response -------------------------------------------------------------------------------------- */

static void the_response_of_4_2_4_is_right_and_gives_the_session_base_key(void **state)
{
	uint8_t key[NTLM_KEY_SIZE];

	(void)state;
	assert_int_equal(check(u16("User"), u16("Domain"), hex(PROOF TEMP), key), NTLM_RESPONSE_RIGHT);
	assert_bytes(slice_of(key, sizeof(key)), hex(BASE_KEY));
	assert_int_equal(check(u16("USER"), u16("Domain"), hex(PROOF TEMP), key), NTLM_RESPONSE_RIGHT);
}

static void a_response_made_with_an_empty_domain_is_right_too(void **state)
{
	uint8_t key[NTLM_KEY_SIZE] = { 0 }, expected[NTLM_KEY_SIZE], response_key[NTLM_KEY_SIZE];
	struct slice response = response_for(NT_HASH, u16("User"), slice_of(NULL, 0), hex(TEMP));

	(void)state;
	assert_int_equal(check(u16("User"), u16("Domain"), response, key), NTLM_RESPONSE_RIGHT);
	assert_true(ntlm_response_key(hex(NT_HASH).data, u16("User"), slice_of(NULL, 0), response_key));
	ntlm_session_base_key(response_key, response.data, expected);
	assert_bytes(slice_of(key, sizeof(key)), slice_of(expected, sizeof(expected)));
	assert_int_equal(check(u16("User"), slice_of(NULL, 0), response, key), NTLM_RESPONSE_RIGHT);
}

/* The fall-back goes one way: who claims no domain cannot borrow an answer that was made for one. */
static void an_answer_for_another_domain_is_wrong(void **state)
{
	uint8_t key[NTLM_KEY_SIZE];

	(void)state;
	assert_int_equal(check(u16("User"), u16("Other"), hex(PROOF TEMP), key), NTLM_RESPONSE_WRONG);
	assert_int_equal(check(u16("User"), slice_of(NULL, 0), hex(PROOF TEMP), key), NTLM_RESPONSE_WRONG);
	assert_int_equal(check(u16("User"), u16("DOMAIN"), hex(PROOF TEMP), key), NTLM_RESPONSE_WRONG);
}

static void wrong_answers_leave_the_key_alone(void **state)
{
	uint8_t key[NTLM_KEY_SIZE] = { 0x77 }, untouched[NTLM_KEY_SIZE] = { 0x77 };
	struct slice user = u16("User"), domain = u16("Domain");

	(void)state;
	assert_int_equal(check(user, domain,
			       response_for("31d6cfe0d16ae931b73c59d7e0c089c0", user, domain, hex(TEMP)),
			       key),
			 NTLM_RESPONSE_WRONG);
	assert_int_equal(check(u16("Users"), domain, hex(PROOF TEMP), key), NTLM_RESPONSE_WRONG);
	assert_int_equal(check(u16(""), domain, hex(PROOF TEMP), key), NTLM_RESPONSE_WRONG);
	assert_int_equal(ntlm_check_response(hex(NT_HASH).data, user, domain, hex("0123456789abcdee").data,
					     hex(PROOF TEMP), key),
			 NTLM_RESPONSE_WRONG);
	assert_bytes(slice_of(key, sizeof(key)), slice_of(untouched, sizeof(untouched)));
}

static void one_changed_bit_anywhere_makes_it_wrong(void **state)
{
	uint8_t key[NTLM_KEY_SIZE], response[128];
	struct slice right = hex(PROOF TEMP);

	(void)state;
	memcpy(response, right.data, right.size);
	for (size_t i = 0; i < right.size; i++) {
		response[i] ^= (uint8_t)(1u << i % 8);
		assert_int_equal(check(u16("User"), u16("Domain"), slice_of(response, right.size), key),
				 NTLM_RESPONSE_WRONG);
		response[i] = right.data[i];
	}
}

/* Each shorter one carries a right proof over what is left, so that only its length can refuse it. */
static void a_response_shorter_than_its_structure_is_wrong(void **state)
{
	uint8_t key[NTLM_KEY_SIZE], whole[NTLM_V2_RESPONSE_MIN] = { 1, 1 };
	struct slice user = u16("User"), domain = u16("Domain");

	(void)state;
	for (size_t size = 0; size < NTLM_V2_RESPONSE_MIN; size++) {
		struct slice response = { NULL, 0 };

		if (size >= NTLM_PROOF_SIZE)
			response =
				response_for(NT_HASH, user, domain, slice_of(whole, size - NTLM_PROOF_SIZE));
		else if (size)
			response = slice_of(whole, size);
		assert_int_equal(response.size, size);
		assert_int_equal(check(user, domain, response, key), NTLM_RESPONSE_WRONG);
	}
	assert_int_equal(check(user, domain,
			       response_for(NT_HASH, user, domain,
					    slice_of(whole, NTLM_V2_RESPONSE_MIN - NTLM_PROOF_SIZE)),
			       key),
			 NTLM_RESPONSE_RIGHT);
}

static void a_longer_response_is_hashed_whole(void **state)
{
	uint8_t key[NTLM_KEY_SIZE];

	(void)state;
	assert_int_equal(check(u16("User"), u16("Domain"), hex(PROOF TEMP "00"), key), NTLM_RESPONSE_WRONG);
	assert_int_equal(
		check(u16("User"), u16("Domain"),
		      response_for(NT_HASH, u16("User"), u16("Domain"), hex(TEMP "0000000000000000")), key),
		NTLM_RESPONSE_RIGHT);
}

/* Found in review: a key was written although the answer was "unchecked". */
static void without_memory_nothing_is_checked_and_no_key_is_given(void **state)
{
	uint8_t key[NTLM_KEY_SIZE] = { 0x77 }, untouched[NTLM_KEY_SIZE] = { 0x77 };
	struct slice user = u16(test_long_name()); /* a short one needs no memory */
	struct slice response = response_for(NT_HASH, user, u16("Domain"), hex(TEMP));
	long alive = seam_blocks_alive(), n;

	(void)state;
	for (n = 1;; n++) {
		enum ntlm_check result;
		long made = seam_allocations();

		seam_fail_allocation(n);
		result = check(user, u16("Domain"), response, key);
		seam_fail_allocation(0);
		if (seam_allocations() - made < n) {
			assert_int_equal(result, NTLM_RESPONSE_RIGHT);
			break;
		}
		assert_int_equal(result, NTLM_RESPONSE_UNCHECKED);
		assert_bytes(slice_of(key, sizeof(key)), slice_of(untouched, sizeof(untouched)));
		assert_int_equal(seam_blocks_alive(), alive);
	}
	assert_true(n > 1);
	assert_int_equal(seam_blocks_alive(), alive);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_nt_hash_is_that_of_4_2_2_1_2),
		cmocka_unit_test(the_response_key_is_that_of_4_2_4_1_1),
		cmocka_unit_test(the_proof_is_that_of_4_2_4_2_2),
		cmocka_unit_test(the_session_base_key_is_that_of_4_2_4_1_2),
		cmocka_unit_test(a_whole_exchange_gives_its_proof_and_key),
		cmocka_unit_test(the_user_is_folded_and_the_domain_is_not),
		cmocka_unit_test(letters_outside_ascii_are_folded_too),
		cmocka_unit_test(the_response_of_4_2_4_is_right_and_gives_the_session_base_key),
		cmocka_unit_test(a_response_made_with_an_empty_domain_is_right_too),
		cmocka_unit_test(an_answer_for_another_domain_is_wrong),
		cmocka_unit_test(wrong_answers_leave_the_key_alone),
		cmocka_unit_test(one_changed_bit_anywhere_makes_it_wrong),
		cmocka_unit_test(a_response_shorter_than_its_structure_is_wrong),
		cmocka_unit_test(a_longer_response_is_hashed_whole),
		cmocka_unit_test(without_memory_nothing_is_checked_and_no_key_is_given),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
