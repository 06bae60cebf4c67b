#include "crypto/ntlm_v2.h"

#include "base/byte_reader.h"
#include "base/memory.h"
#include "base/utf16.h"
#include "crypto/digest.h"

void ntlm_nt_hash(struct slice password, uint8_t nt_hash[NT_HASH_SIZE])
{
	crypto_md4(password, nt_hash);
}

static void response_key_of(const uint8_t nt_hash[NT_HASH_SIZE], struct slice upper_user, struct slice domain,
			    uint8_t key[NTLM_KEY_SIZE])
{
	crypto_hmac_md5(slice_of(nt_hash, NT_HASH_SIZE), (struct slice[]) { upper_user, domain }, 2, key);
}

bool ntlm_response_key(const uint8_t nt_hash[NT_HASH_SIZE], struct slice user, struct slice domain,
		       uint8_t key[NTLM_KEY_SIZE])
{
	LOCAL_WRITER(upper);

	utf16_write_upper(&upper, user);
	if (!writer_ok(&upper))
		return false;
	response_key_of(nt_hash, writer_slice(&upper), domain, key);
	return true;
}

void ntlm_proof(const uint8_t response_key[NTLM_KEY_SIZE], const uint8_t challenge[NTLM_CHALLENGE_SIZE],
		struct slice temp, uint8_t proof[NTLM_PROOF_SIZE])
{
	crypto_hmac_md5(slice_of(response_key, NTLM_KEY_SIZE),
			(struct slice[]) { slice_of(challenge, NTLM_CHALLENGE_SIZE), temp }, 2, proof);
}

void ntlm_session_base_key(const uint8_t response_key[NTLM_KEY_SIZE], const uint8_t proof[NTLM_PROOF_SIZE],
			   uint8_t key[NTLM_KEY_SIZE])
{
	crypto_hmac_md5(slice_of(response_key, NTLM_KEY_SIZE),
			(struct slice[]) { slice_of(proof, NTLM_PROOF_SIZE) }, 1, key);
}

enum ntlm_check ntlm_check_response(const uint8_t nt_hash[NT_HASH_SIZE], struct slice user,
				    struct slice domain, const uint8_t challenge[NTLM_CHALLENGE_SIZE],
				    struct slice response, uint8_t session_base_key[NTLM_KEY_SIZE])
{
	const struct slice domains[] = { domain, { NULL, 0 } };
	uint8_t keys[COUNT_OF(domains)][NTLM_KEY_SIZE], proofs[COUNT_OF(domains)][NTLM_PROOF_SIZE];
	uint8_t base_key[NTLM_KEY_SIZE];
	struct byte_reader in = reader_of(response);
	enum ntlm_check check = NTLM_RESPONSE_WRONG;
	LOCAL_WRITER(upper);
	size_t right = 0;
	struct slice sent;

	if (response.size < NTLM_V2_RESPONSE_MIN || !reader_take(&in, NTLM_PROOF_SIZE, &sent))
		return NTLM_RESPONSE_WRONG;
	utf16_write_upper(&upper, user);
	if (!writer_ok(&upper))
		return NTLM_RESPONSE_UNCHECKED;
	for (size_t i = 0; i < COUNT_OF(domains); i++) {
		response_key_of(nt_hash, writer_slice(&upper), domains[i], keys[i]);
		ntlm_proof(keys[i], challenge, reader_rest(&in), proofs[i]);
		if (crypto_equal(sent, slice_of(proofs[i], NTLM_PROOF_SIZE))) {
			check = NTLM_RESPONSE_RIGHT;
			right = i;
		}
	}
	ntlm_session_base_key(keys[right], proofs[right], base_key); /* of a wrong one too */
	if (check == NTLM_RESPONSE_RIGHT)
		memcpy(session_base_key, base_key, sizeof(base_key));
	memory_wipe(keys, sizeof(keys));
	memory_wipe(proofs, sizeof(proofs));
	memory_wipe(base_key, sizeof(base_key));
	return check;
}
