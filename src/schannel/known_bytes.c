#include "schannel/known_bytes.h"

bool known_bytes_keep(struct known_bytes *known, struct slice bytes)
{
	known->size = bytes.size;
	return crypto_sha256(&bytes, 1, known->digest);
}

static bool is_known(const struct known_bytes *known, struct slice bytes)
{
	uint8_t digest[SHA256_SIZE];

	return crypto_sha256(&bytes, 1, digest) && memcmp(digest, known->digest, sizeof(digest)) == 0;
}

void known_bytes_skip(struct known_bytes *known, struct byte_reader *in)
{
	struct byte_reader ahead = *in;
	struct slice front;

	if (known->size && reader_take(&ahead, known->size, &front) && is_known(known, front))
		*in = ahead;
	*known = (struct known_bytes) { 0 };
}
