/* Signing and sealing keys with extended session security and 128 bits (MS-NLMP 3.4.5); others are never negotiated. */
#ifndef OPENSSPI_NTLM_KEY_SCHEDULE_H
#define OPENSSPI_NTLM_KEY_SCHEDULE_H

#include "crypto/digest.h"
#include "crypto/ntlm_v2.h"
#include "crypto/rc4.h"
#include "package/package.h"

struct ntlm_session_key {
	uint8_t bytes[NTLM_KEY_SIZE];
};

void ntlm_session_key_wipe(struct ntlm_session_key *key);

/* One direction. The key stream runs on from message to message, and so does the sequence number. */
struct ntlm_direction {
	uint8_t signing_key[NTLM_KEY_SIZE];
	struct rc4 sealing;
	uint32_t sequence_number,
		first_number; /* first: of the first message, behind what mechListMIC took */
};

struct ntlm_keys {
	struct ntlm_session_key exported;
	struct ntlm_direction send, receive;
};

void ntlm_keys_derive(struct ntlm_keys *keys, const struct ntlm_session_key *exported, enum role role);

/* ExportedSessionKey from EncryptedRandomSessionKey, or the other way round: RC4 under KeyExchangeKey. */
void ntlm_exchange_key(const uint8_t key_exchange_key[NTLM_KEY_SIZE], const uint8_t from[NTLM_KEY_SIZE],
		       uint8_t to[NTLM_KEY_SIZE]);

/* Over the three messages as they were on the wire; the last one's own MIC counts as zeros (3.1.5.1.2). */
void ntlm_mic(const struct ntlm_session_key *exported, struct slice negotiate, struct slice challenge,
	      struct slice authenticate, uint8_t mic[MD5_SIZE]);

#endif
