#include "ntlm/key_schedule.h"

#include "base/memory.h"
#include "ntlm/wire.h"

/* 3.4.5.2 and 3.4.5.3. Each counts its NUL. */
static const char client_signing[] = "session key to client-to-server signing key magic constant";
static const char server_signing[] = "session key to server-to-client signing key magic constant";
static const char client_sealing[] = "session key to client-to-server sealing key magic constant";
static const char server_sealing[] = "session key to server-to-client sealing key magic constant";

void ntlm_session_key_wipe(struct ntlm_session_key *key)
{
	memory_wipe(key, sizeof(*key));
}

static void derive(uint8_t key[NTLM_KEY_SIZE], const struct ntlm_session_key *exported, struct slice constant)
{
	crypto_md5((struct slice[]) { slice_of(exported->bytes, NTLM_KEY_SIZE), constant }, 2, key);
}

static void derive_direction(struct ntlm_direction *direction, const struct ntlm_session_key *exported,
			     struct slice signing, struct slice sealing)
{
	uint8_t sealing_key[NTLM_KEY_SIZE];

	derive(direction->signing_key, exported, signing);
	derive(sealing_key, exported, sealing);
	rc4_start(&direction->sealing, slice_of(sealing_key, sizeof(sealing_key)));
	direction->sequence_number = direction->first_number = 0;
	memory_wipe(sealing_key, sizeof(sealing_key));
}

void ntlm_keys_derive(struct ntlm_keys *keys, const struct ntlm_session_key *exported, enum role role)
{
	struct ntlm_direction *client = role == ROLE_INITIATE ? &keys->send : &keys->receive;
	struct ntlm_direction *server = role == ROLE_INITIATE ? &keys->receive : &keys->send;

	keys->exported = *exported;
	derive_direction(client, exported, slice_of(client_signing, sizeof(client_signing)),
			 slice_of(client_sealing, sizeof(client_sealing)));
	derive_direction(server, exported, slice_of(server_signing, sizeof(server_signing)),
			 slice_of(server_sealing, sizeof(server_sealing)));
}

void ntlm_exchange_key(const uint8_t key_exchange_key[NTLM_KEY_SIZE], const uint8_t from[NTLM_KEY_SIZE],
		       uint8_t to[NTLM_KEY_SIZE])
{
	CLEANUP(rc4_wipe) struct rc4 rc4;

	rc4_start(&rc4, slice_of(key_exchange_key, NTLM_KEY_SIZE));
	rc4_crypt(&rc4, to, from, NTLM_KEY_SIZE);
}

void ntlm_mic(const struct ntlm_session_key *exported, struct slice negotiate, struct slice challenge,
	      struct slice authenticate, uint8_t mic[MD5_SIZE])
{
	static const uint8_t zeros[NTLM_MIC_SIZE];
	struct byte_reader in = reader_of(authenticate);
	struct slice front;

	if (!reader_take(&in, NTLM_MIC_OFFSET, &front) || !reader_skip(&in, NTLM_MIC_SIZE))
		front = slice_of(NULL, 0); /* no place for a MIC: its parser gave none, and nobody compares */
	crypto_hmac_md5(slice_of(exported->bytes, NTLM_KEY_SIZE),
			(struct slice[]) { negotiate, challenge, front, slice_of(zeros, sizeof(zeros)),
					   reader_rest(&in) },
			5, mic);
}
