/* The digests and MACs of NTLM and CredSSP. They take whole inputs and cannot fail unless they say so. */
#ifndef OPENSSPI_CRYPTO_DIGEST_H
#define OPENSSPI_CRYPTO_DIGEST_H

#include "base/compiler.h"
#include "base/slice.h"

enum { MD4_SIZE = 16, MD5_SIZE = 16, SHA256_SIZE = 32 };

/* Digests run over several pieces, as if they were joined. */
void crypto_md4(struct slice bytes, uint8_t digest[MD4_SIZE]);
void crypto_md5(const struct slice *pieces, size_t count, uint8_t digest[MD5_SIZE]);
void crypto_hmac_md5(struct slice key, const struct slice *pieces, size_t count, uint8_t mac[MD5_SIZE]);
NODISCARD bool crypto_sha256(const struct slice *pieces, size_t count, uint8_t digest[SHA256_SIZE]);

/* In constant time for a given size; false if the sizes differ. */
NODISCARD bool crypto_equal(struct slice a, struct slice b);

#endif
