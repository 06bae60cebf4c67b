#include "crypto/aead.h"

#include "base/byte_reader.h"

#include <limits.h>
#include <openssl/evp.h>

static void cipher_free(EVP_CIPHER_CTX **cipher)
{
	EVP_CIPHER_CTX_free(*cipher); /* wipes the key schedule */
}

/* GCM needs no last block; OpenSSL wants the lengths as int, and a text even where there is none. */
static bool crypt(EVP_CIPHER_CTX *cipher, struct slice associated, struct slice from, uint8_t *to)
{
	uint8_t nothing;
	int size;

	if (associated.size > INT_MAX || from.size > INT_MAX)
		return false;
	return EVP_CipherUpdate(cipher, NULL, &size, associated.data, (int)associated.size) == 1 &&
	       (!from.size || EVP_CipherUpdate(cipher, to, &size, from.data, (int)from.size) == 1) &&
	       EVP_CipherFinal_ex(cipher, &nothing, &size) == 1;
}

static bool start(EVP_CIPHER_CTX *cipher, const uint8_t key[AEAD_KEY_SIZE],
		  const uint8_t nonce[AEAD_NONCE_SIZE], bool seals)
{
	return EVP_CipherInit_ex(cipher, EVP_aes_256_gcm(), NULL, key, nonce, seals) == 1;
}

enum reason aead_seal(const uint8_t key[AEAD_KEY_SIZE], const uint8_t nonce[AEAD_NONCE_SIZE],
		      struct slice associated, struct slice plain, struct byte_writer *sealed)
{
	CLEANUP(cipher_free) EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
	struct span room = { writer_extend(sealed, plain.size + AEAD_TAG_SIZE), plain.size + AEAD_TAG_SIZE };

	if (!cipher || !room.data)
		return REASON_OUT_OF_MEMORY;
	if (!start(cipher, key, nonce, true) || !crypt(cipher, associated, plain, room.data) ||
	    EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, AEAD_TAG_SIZE,
				span_skip(room, plain.size).data) != 1)
		return REASON_CRYPTO_FAILED;
	return REASON_OK;
}

enum reason aead_open(const uint8_t key[AEAD_KEY_SIZE], const uint8_t nonce[AEAD_NONCE_SIZE],
		      struct slice associated, struct slice sealed, struct secret *plain)
{
	CLEANUP(cipher_free) EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
	struct byte_reader in = reader_of(sealed);
	uint8_t tag[AEAD_TAG_SIZE];
	struct slice text;

	secret_wipe(plain);
	if (sealed.size < AEAD_TAG_SIZE || !reader_take(&in, sealed.size - AEAD_TAG_SIZE, &text) ||
	    !reader_copy(&in, tag, sizeof(tag)))
		return REASON_MESSAGE_ALTERED;
	if (!cipher || !secret_allocate(plain, text.size))
		return REASON_OUT_OF_MEMORY;
	if (!start(cipher, key, nonce, false) ||
	    EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, AEAD_TAG_SIZE, tag) != 1) {
		secret_wipe(plain);
		return REASON_CRYPTO_FAILED;
	}
	if (crypt(cipher, associated, text, plain->data))
		return REASON_OK;
	secret_wipe(plain);
	return REASON_MESSAGE_ALTERED;
}
