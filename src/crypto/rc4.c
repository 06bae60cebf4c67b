#include "crypto/rc4.h"

#include "base/memory.h"

#define ARCFOUR_STATE_SIZE sizeof(((struct arcfour_ctx *)NULL)->S)

_Static_assert(ARCFOUR_STATE_SIZE + 2 == RC4_STATE_SIZE, "the box and two indices");

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

void rc4_save(const struct rc4 *rc4, uint8_t state[RC4_STATE_SIZE])
{
	memcpy(state, rc4->state.S, ARCFOUR_STATE_SIZE);
	state[ARCFOUR_STATE_SIZE] = rc4->state.i;
	state[ARCFOUR_STATE_SIZE + 1] = rc4->state.j;
}

/* Every number stands in the box once. */
static bool is_permutation(const uint8_t box[ARCFOUR_STATE_SIZE])
{
	bool seen[ARCFOUR_STATE_SIZE] = { false };
	size_t count = 0;

	for (size_t i = 0; i < ARCFOUR_STATE_SIZE; i++) {
		count += !seen[box[i]];
		seen[box[i]] = true;
	}
	return count == ARCFOUR_STATE_SIZE;
}

bool rc4_load(struct rc4 *rc4, const uint8_t state[RC4_STATE_SIZE])
{
	if (!is_permutation(state))
		return false;
	memcpy(rc4->state.S, state, ARCFOUR_STATE_SIZE);
	rc4->state.i = state[ARCFOUR_STATE_SIZE];
	rc4->state.j = state[ARCFOUR_STATE_SIZE + 1];
	return true;
}
