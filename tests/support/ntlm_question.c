#include "support/ntlm_question.h"

#include "support/hex.h"

struct ntlm_question ntlm_question_with_hash(struct slice user, struct slice domain,
					     const uint8_t nt_hash[NT_HASH_SIZE])
{
	/* MS-NLMP 4.2.4.1.3, with no AV_PAIR but the end. */
	struct slice temp = hex("01010000000000000000000000000000aaaaaaaaaaaaaaaa00000000 00000000 00000000");
	struct ntlm_question question = { .user = user, .domain = domain };
	uint8_t *response = keep_bytes(NTLM_PROOF_SIZE + temp.size), key[NTLM_KEY_SIZE];

	memcpy(question.challenge, hex("0123456789abcdef").data, NTLM_CHALLENGE_SIZE);
	assert_true(ntlm_response_key(nt_hash, user, domain, key));
	ntlm_proof(key, question.challenge, temp, response);
	memcpy(response + NTLM_PROOF_SIZE, temp.data, temp.size);
	question.response = slice_of(response, NTLM_PROOF_SIZE + temp.size);
	return question;
}

struct ntlm_question ntlm_question_of(const char *user, const char *domain, const char *password)
{
	uint8_t nt_hash[NT_HASH_SIZE];

	ntlm_nt_hash(u16(password), nt_hash);
	return ntlm_question_with_hash(u16(user), u16(domain), nt_hash);
}

void ntlm_question_key(const struct ntlm_question *question, const uint8_t nt_hash[NT_HASH_SIZE],
		       uint8_t key[NTLM_KEY_SIZE])
{
	uint8_t response_key[NTLM_KEY_SIZE];

	assert_true(ntlm_response_key(nt_hash, question->user, question->domain, response_key));
	ntlm_session_base_key(response_key, question->response.data, key);
}
