#include "crypto/digest.h"

#include "base/memory.h"

#include <nettle/hmac.h>
#include <nettle/md4.h>
#include <nettle/md5.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

void crypto_md4(struct slice bytes, uint8_t digest[MD4_SIZE])
{
	struct md4_ctx md4;

	md4_init(&md4);
	md4_update(&md4, bytes.size, bytes.data);
	md4_digest(&md4, MD4_SIZE, digest);
	memory_wipe(&md4, sizeof(md4));
}

void crypto_md5(const struct slice *pieces, size_t count, uint8_t digest[MD5_SIZE])
{
	struct md5_ctx md5;

	md5_init(&md5);
	for (size_t i = 0; i < count; i++)
		md5_update(&md5, pieces[i].size, pieces[i].data);
	md5_digest(&md5, MD5_SIZE, digest);
	memory_wipe(&md5, sizeof(md5));
}

void crypto_hmac_md5(struct slice key, const struct slice *pieces, size_t count, uint8_t mac[MD5_SIZE])
{
	struct hmac_md5_ctx hmac;

	hmac_md5_set_key(&hmac, key.size, key.data);
	for (size_t i = 0; i < count; i++)
		hmac_md5_update(&hmac, pieces[i].size, pieces[i].data);
	hmac_md5_digest(&hmac, MD5_SIZE, mac);
	memory_wipe(&hmac, sizeof(hmac));
}

bool crypto_sha256(const struct slice *pieces, size_t count, uint8_t digest[SHA256_SIZE])
{
	EVP_MD_CTX *sha = EVP_MD_CTX_new();
	bool made = sha && EVP_DigestInit_ex(sha, EVP_sha256(), NULL) == 1;

	for (size_t i = 0; made && i < count; i++)
		made = EVP_DigestUpdate(sha, pieces[i].data, pieces[i].size) == 1;
	made = made && EVP_DigestFinal_ex(sha, digest, NULL) == 1;
	EVP_MD_CTX_free(sha);
	return made;
}

bool crypto_equal(struct slice a, struct slice b)
{
	return a.size == b.size && (a.size == 0 || CRYPTO_memcmp(a.data, b.data, a.size) == 0);
}
