#include "crypto/rc4.h"

#include "base/memory.h"

void rc4_wipe(struct rc4 *rc4)
{
	memory_wipe(rc4, sizeof(*rc4));
}

void rc4_start(struct rc4 *rc4, struct slice key)
{
	arcfour_set_key(&rc4->state, key.size, key.data);
}

void rc4_crypt(struct rc4 *rc4, uint8_t *to, const uint8_t *from, size_t size)
{
	arcfour_crypt(&rc4->state, size, to, from);
}
