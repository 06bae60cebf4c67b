/* Authenticated encryption: AES-256-GCM (NIST SP 800-38D). No plain text is given out before the tag is right. */
#ifndef OPENSSPI_CRYPTO_AEAD_H
#define OPENSSPI_CRYPTO_AEAD_H

#include "base/byte_writer.h"
#include "base/reason.h"
#include "base/secret.h"

enum { AEAD_KEY_SIZE = 32, AEAD_NONCE_SIZE = 12, AEAD_TAG_SIZE = 16 };

/* A nonce serves one message under one key. Appends the sealed text and behind it the tag. */
NODISCARD enum reason aead_seal(const uint8_t key[AEAD_KEY_SIZE], const uint8_t nonce[AEAD_NONCE_SIZE],
				struct slice associated, struct slice plain, struct byte_writer *sealed);
/* MESSAGE_ALTERED: not sealed under this key and nonce with this associated data, or too short; `plain` is empty. */
NODISCARD enum reason aead_open(const uint8_t key[AEAD_KEY_SIZE], const uint8_t nonce[AEAD_NONCE_SIZE],
				struct slice associated, struct slice sealed, struct secret *plain);

#endif
