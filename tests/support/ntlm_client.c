#include "support/ntlm_client.h"

#include "base/memory.h"
#include "ntlm/av_pair.h"
#include "ntlm/challenge_message.h"
#include "ntlm/negotiate_message.h"
#include "support/hex.h"

/* What CredSSP needs, as Windows writes it. */
#define WINDOWS_ASKS    UINT32_C(0xE20882B7)
#define WINDOWS_ANSWERS UINT32_C(0xE2888235)

struct ntlm_client ntlm_client_of(const char *user, const char *domain, const char *password)
{
	return (struct ntlm_client) {
		.user = u16(user),
		.domain = u16(domain),
		.workstation = u16("COMPUTER"),
		.password = u16(password),
		.asked = WINDOWS_ASKS,
		.answered = WINDOWS_ANSWERS,
		.announces_mic = true,
		.negotiate = writer_growing(),
		.authenticate = writer_growing(),
	};
}

void ntlm_client_wipe(struct ntlm_client *client)
{
	writer_wipe(&client->negotiate);
	writer_wipe(&client->authenticate);
}

struct slice ntlm_client_negotiate(struct ntlm_client *client)
{
	writer_wipe(&client->negotiate);
	ntlm_negotiate_message_write(&client->negotiate, client->asked);
	return writer_slice(&client->negotiate);
}

static void write_temp(const struct ntlm_client *client, const struct ntlm_challenge_message *challenge,
		       struct byte_writer *temp)
{
	CLEANUP(writer_wipe) struct byte_writer pairs = writer_growing();
	struct slice time;

	writer_bytes(&pairs, client->own_pairs.data ? client->own_pairs : challenge->target_info);
	if (client->announces_mic) {
		writer_u16le(&pairs, MSV_AV_FLAGS);
		writer_u16le(&pairs, sizeof(uint32_t));
		writer_u32le(&pairs, MSV_AV_FLAG_MIC);
	}
	writer_bytes(&pairs, client->pairs);
	if (!ntlm_av_pairs_find(challenge->target_info, MSV_AV_TIMESTAMP, &time))
		time = hex("0000000000000000");
	writer_bytes(temp, hex("0101 000000000000"));
	writer_bytes(temp, time);
	writer_bytes(temp, hex("aaaaaaaaaaaaaaaa 00000000"));
	writer_bytes(temp, writer_slice(&pairs));
	if (!client->no_end)
		writer_bytes(temp, hex("00000000 00000000"));
}

/* NtChallengeResponse, and the key that it gives. */
static void respond(const struct ntlm_client *client, const struct ntlm_challenge_message *challenge,
		    struct byte_writer *response, uint8_t base_key[NTLM_KEY_SIZE])
{
	CLEANUP(writer_wipe) struct byte_writer temp = writer_growing();
	struct slice user = client->hashed_user.data ? client->hashed_user : client->user;
	struct slice domain = client->hashed_domain.data ? client->hashed_domain : client->domain;
	uint8_t hash[NT_HASH_SIZE], key[NTLM_KEY_SIZE], proof[NTLM_PROOF_SIZE];

	if (client->hashes_no_domain)
		domain = slice_of(NULL, 0);
	write_temp(client, challenge, &temp);
	ntlm_nt_hash(client->password, hash);
	assert_true(ntlm_response_key(hash, user, domain, key));
	ntlm_proof(key, challenge->server_challenge, writer_slice(&temp), proof);
	ntlm_session_base_key(key, proof, base_key);
	writer_bytes(response, slice_of(proof, sizeof(proof)));
	writer_bytes(response, writer_slice(&temp));
}

/* Every payload field lies behind the place of the MIC; without it, all of them come 16 bytes nearer. */
static void take_away_the_place(struct byte_writer *token)
{
	CLEANUP(writer_wipe) struct byte_writer whole = writer_growing();
	struct slice front, rest;

	writer_bytes(&whole, writer_slice(token));
	assert_true(slice_part(writer_slice(&whole), 0, NTLM_MIC_OFFSET, &front));
	assert_true(slice_part(writer_slice(&whole), NTLM_AUTHENTICATE_PAYLOAD,
			       whole.size - NTLM_AUTHENTICATE_PAYLOAD, &rest));
	writer_wipe(token);
	writer_bytes(token, front);
	writer_bytes(token, rest);
	for (size_t field = 12; field < 60; field += 8) {
		uint8_t *offset = token->data + field + 4;

		writer_patch_u32le(token, field + 4, (uint32_t)(offset[0] | offset[1] << 8) - NTLM_MIC_SIZE);
	}
}

static void put_mic(const struct ntlm_client *client, struct slice challenge, struct byte_writer *token)
{
	uint8_t mic[NTLM_MIC_SIZE];

	if (client->mic == CLIENT_MIC_ZERO)
		return;
	if (client->mic == CLIENT_MIC_NO_PLACE) {
		take_away_the_place(token);
		return;
	}
	ntlm_mic(&client->exported, writer_slice(&client->negotiate), challenge, writer_slice(token), mic);
	mic[0] ^= client->mic == CLIENT_MIC_WRONG;
	writer_patch(token, NTLM_MIC_OFFSET, slice_of(mic, sizeof(mic)));
}

struct slice ntlm_client_authenticate(struct ntlm_client *client, struct slice challenge)
{
	CLEANUP(writer_wipe) struct byte_writer response = writer_growing();
	uint8_t base_key[NTLM_KEY_SIZE], encrypted[NTLM_KEY_SIZE];
	bool exchanges = client->answered & NTLM_KEY_EXCH && !client->sends_no_key;
	struct ntlm_challenge_message parsed;
	struct ntlm_authenticate_message message = {
		.lm_challenge_response = hex("000000000000000000000000000000000000000000000000"),
		.domain_name = client->domain,
		.user_name = client->user,
		.workstation = client->workstation,
		.negotiate_flags = client->answered,
	};

	assert_true(ntlm_challenge_message_parse(challenge, &parsed));
	respond(client, &parsed, &response, base_key);
	memset(client->exported.bytes, exchanges ? 0x55 : 0, NTLM_KEY_SIZE);
	if (exchanges)
		ntlm_exchange_key(base_key, client->exported.bytes, encrypted);
	else
		memcpy(client->exported.bytes, base_key, NTLM_KEY_SIZE);
	message.encrypted_random_session_key = slice_of(encrypted, exchanges ? sizeof(encrypted) : 0);
	if (client->encrypted_key.data)
		message.encrypted_random_session_key = client->encrypted_key;
	message.nt_challenge_response = writer_slice(&response);
	writer_wipe(&client->authenticate);
	ntlm_authenticate_message_write(&client->authenticate, &message);
	put_mic(client, challenge, &client->authenticate);
	assert_true(writer_ok(&client->authenticate));
	ntlm_keys_derive(&client->keys, &client->exported, ROLE_INITIATE);
	return writer_slice(&client->authenticate);
}
