/*
 * MS-NLMP 4.2.4 and 4.2.1; what the document does not print was computed by us and cross-checked with another
 * implementation.
 */
#include "ntlm/key_schedule.h"

#include "base/compiler.h"
#include "ntlm/wire.h"
#include "support/hex.h"
#include "vectors/ntlm.h"

static struct ntlm_session_key session_key(const char *text)
{
	struct ntlm_session_key key;

	memcpy(key.bytes, hex(text).data, sizeof(key.bytes));
	return key;
}

/* What a direction's key stream does to zeros. */
static struct slice stream(struct ntlm_direction *direction)
{
	static uint8_t bytes[16];

	memset(bytes, 0, sizeof(bytes));
	rc4_crypt(&direction->sealing, bytes, bytes, sizeof(bytes));
	return slice_of(bytes, sizeof(bytes));
}

static struct slice stream_of(const char *key)
{
	static uint8_t bytes[16];
	struct rc4 rc4;

	memset(bytes, 0, sizeof(bytes));
	rc4_start(&rc4, hex(key));
	rc4_crypt(&rc4, bytes, bytes, sizeof(bytes));
	return slice_of(bytes, sizeof(bytes));
}

#define C_SIGN "4788dc861b4782f35d43fd98fe1a2d39"
#define C_SEAL "59f600973cc4960a25480a7c196e4c58"
#define S_SIGN "d04d6f10741041d1d246d64188d7a8ad"
#define S_SEAL "9355f3a957c1583d25c4c2f11e40390e"

static void the_keys_are_those_of_4_2_4_4(void **state)
{
	struct ntlm_session_key key = session_key("55555555555555555555555555555555");
	struct ntlm_keys keys;

	(void)state;
	ntlm_keys_derive(&keys, &key, ROLE_INITIATE);
	assert_bytes(slice_of(keys.exported.bytes, NTLM_KEY_SIZE), slice_of(key.bytes, NTLM_KEY_SIZE));
	assert_bytes(slice_of(keys.send.signing_key, NTLM_KEY_SIZE), hex(C_SIGN));
	assert_bytes(slice_of(keys.receive.signing_key, NTLM_KEY_SIZE), hex(S_SIGN));
	assert_bytes(stream(&keys.send), stream_of(C_SEAL));
	assert_bytes(stream(&keys.receive), stream_of(S_SEAL));
	assert_int_equal(keys.send.sequence_number, 0);
	assert_int_equal(keys.receive.sequence_number, 0);
}

static void what_a_client_sends_with_a_server_receives_with(void **state)
{
	struct ntlm_session_key key = session_key("000102030405060708090a0b0c0d0e0f");
	struct ntlm_keys client, server;

	(void)state;
	ntlm_keys_derive(&client, &key, ROLE_INITIATE);
	ntlm_keys_derive(&server, &key, ROLE_ACCEPT);
	assert_bytes(slice_of(client.send.signing_key, NTLM_KEY_SIZE),
		     slice_of(server.receive.signing_key, NTLM_KEY_SIZE));
	assert_bytes(slice_of(client.receive.signing_key, NTLM_KEY_SIZE),
		     slice_of(server.send.signing_key, NTLM_KEY_SIZE));
	assert_memory_equal(&client.send.sealing, &server.receive.sealing, sizeof(struct rc4));
	assert_memory_equal(&client.receive.sealing, &server.send.sealing, sizeof(struct rc4));
}

/* 4.2.3.1.1 to 4.2.3.4: the same constants sign there. */
static void the_signing_key_of_4_2_3_4_comes_from_its_session_key(void **state)
{
	struct ntlm_session_key key = session_key("eb93429a8bd952f8b89c55b87f475edc");
	struct ntlm_keys keys;

	(void)state;
	ntlm_keys_derive(&keys, &key, ROLE_INITIATE);
	assert_bytes(slice_of(keys.send.signing_key, NTLM_KEY_SIZE), hex("60e799be5c72fc92922ae8ebe961fb8d"));
}

/* 4.2.4.2.3 and 4.2.2.2.3: RC4 under the KeyExchangeKey, both ways. */
static void the_session_key_is_exchanged_as_in_4_2_4_2_3(void **state)
{
	uint8_t key[NTLM_KEY_SIZE];

	(void)state;
	ntlm_exchange_key(hex("8de40ccadbc14a82f15cb0ad0de95ca3").data,
			  hex("55555555555555555555555555555555").data, key);
	assert_bytes(slice_of(key, sizeof(key)), hex("c5dad2544fc9799094ce1ce90bc9d03e"));
	ntlm_exchange_key(hex("8de40ccadbc14a82f15cb0ad0de95ca3").data, key, key);
	assert_bytes(slice_of(key, sizeof(key)), hex("55555555555555555555555555555555"));
	ntlm_exchange_key(hex("d87262b0cde4b1cb7499becccdf10784").data,
			  hex("55555555555555555555555555555555").data, key);
	assert_bytes(slice_of(key, sizeof(key)), hex("518822b1b3f350c8958682ecbb3e3cb7"));
}

/* The MIC's own 16 bytes count as zeros, whatever lies there. */
static void the_mic_is_over_the_three_messages_as_they_came(void **state)
{
	struct ntlm_session_key key = session_key("55555555555555555555555555555555");
	uint8_t mic[MD5_SIZE], other[MD5_SIZE], token[512];
	struct slice authenticate = hex(OWN_AUTHENTICATE);

	(void)state;
	ntlm_mic(&key, hex(OWN_NEGOTIATE), hex(OWN_CHALLENGE), authenticate, mic);
	assert_bytes(slice_of(mic, sizeof(mic)), hex(OWN_MIC));
	memcpy(token, authenticate.data, authenticate.size);
	memset(token + NTLM_MIC_OFFSET, 0xA5, NTLM_MIC_SIZE);
	ntlm_mic(&key, hex(OWN_NEGOTIATE), hex(OWN_CHALLENGE), slice_of(token, authenticate.size), other);
	assert_bytes(slice_of(other, sizeof(other)), hex(OWN_MIC));
}

static void one_changed_byte_in_any_message_changes_the_mic(void **state)
{
	struct ntlm_session_key key = session_key("55555555555555555555555555555555");
	const struct slice messages[3] = { hex(OWN_NEGOTIATE), hex(OWN_CHALLENGE), hex(OWN_AUTHENTICATE) };
	uint8_t mic[MD5_SIZE], token[512];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(messages); i++)
		for (size_t at = 0; at < messages[i].size; at++) {
			struct slice now[3] = { messages[0], messages[1], messages[2] };

			if (i == 2 && at >= NTLM_MIC_OFFSET && at < NTLM_AUTHENTICATE_PAYLOAD)
				continue;
			memcpy(token, messages[i].data, messages[i].size);
			token[at] ^= 1;
			now[i] = slice_of(token, messages[i].size);
			ntlm_mic(&key, now[0], now[1], now[2], mic);
			assert_false(slice_equal(slice_of(mic, sizeof(mic)), hex(OWN_MIC)));
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_keys_are_those_of_4_2_4_4),
		cmocka_unit_test(what_a_client_sends_with_a_server_receives_with),
		cmocka_unit_test(the_signing_key_of_4_2_3_4_comes_from_its_session_key),
		cmocka_unit_test(the_session_key_is_exchanged_as_in_4_2_4_2_3),
		cmocka_unit_test(the_mic_is_over_the_three_messages_as_they_came),
		cmocka_unit_test(one_changed_byte_in_any_message_changes_the_mic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
