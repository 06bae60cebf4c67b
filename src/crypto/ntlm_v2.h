/*
 * The NTLMv2 arithmetic over given bytes (MS-NLMP 3.3.2), which a client, the account file and a program's callback
 * share. Text is UTF-16LE.
 */
#ifndef OPENSSPI_CRYPTO_NTLM_V2_H
#define OPENSSPI_CRYPTO_NTLM_V2_H

#include "base/compiler.h"
#include "base/slice.h"

enum {
	NT_HASH_SIZE = 16,
	NTLM_CHALLENGE_SIZE = 8,
	NTLM_PROOF_SIZE = 16,
	NTLM_KEY_SIZE = 16,
	/* RespType to the Z4 in front of the AV_PAIRs (MS-NLMP 2.2.2.7), and the MsvAvEOL that must follow. */
	NTLM_CLIENT_CHALLENGE_SIZE = 28,
	NTLM_V1_RESPONSE_SIZE = 24,
	NTLM_V2_RESPONSE_MIN = NTLM_PROOF_SIZE + NTLM_CLIENT_CHALLENGE_SIZE + 4,
};

/* NTOWFv1: MD4 of the password. */
void ntlm_nt_hash(struct slice password, uint8_t nt_hash[NT_HASH_SIZE]);
/* NTOWFv2. The user is upper-cased here, the domain is taken as it is. False: no memory. */
NODISCARD bool ntlm_response_key(const uint8_t nt_hash[NT_HASH_SIZE], struct slice user, struct slice domain,
				 uint8_t key[NTLM_KEY_SIZE]);
/* NTProofStr over the server's challenge and `temp`, which is the response without its proof. */
void ntlm_proof(const uint8_t response_key[NTLM_KEY_SIZE], const uint8_t challenge[NTLM_CHALLENGE_SIZE],
		struct slice temp, uint8_t proof[NTLM_PROOF_SIZE]);
void ntlm_session_base_key(const uint8_t response_key[NTLM_KEY_SIZE], const uint8_t proof[NTLM_PROOF_SIZE],
			   uint8_t key[NTLM_KEY_SIZE]);

enum ntlm_check { NTLM_RESPONSE_WRONG, NTLM_RESPONSE_RIGHT, NTLM_RESPONSE_UNCHECKED };
/*
 * Whether `response` (NtChallengeResponse, NTLMv2) was made with `nt_hash`; tried with the domain as sent and then,
 * because some clients hash none, with an empty one (MS-NLMP 3.2.5.1.2). Both are computed each time, so a wrong
 * password costs the same as a right one. Writes the SessionBaseKey only if right. UNCHECKED: no memory.
 */
NODISCARD enum ntlm_check ntlm_check_response(const uint8_t nt_hash[NT_HASH_SIZE], struct slice user,
					      struct slice domain,
					      const uint8_t challenge[NTLM_CHALLENGE_SIZE],
					      struct slice response, uint8_t session_base_key[NTLM_KEY_SIZE]);

#endif
