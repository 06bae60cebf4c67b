#include "crypto/random.h"

#include <limits.h>
#include <openssl/rand.h>

bool random_bytes(uint8_t *to, size_t size)
{
	return size <= INT_MAX && RAND_bytes(to, (int)size) == 1;
}
