#ifndef OPENSSPI_CRYPTO_RC4_H
#define OPENSSPI_CRYPTO_RC4_H

#include "base/compiler.h"
#include "base/slice.h"

#include <nettle/arcfour.h>

enum { RC4_STATE_SIZE = 256 + 2 };

/* One running RC4 key stream; copying the struct copies its position (MS-SPNG 3.2.5.1 wants that). */
struct rc4 {
	struct arcfour_ctx state;
};

void rc4_wipe(struct rc4 *rc4);
void rc4_start(struct rc4 *rc4, struct slice key);
/* `to` and `from` may be the same. */
void rc4_crypt(struct rc4 *rc4, uint8_t *to, const uint8_t *from, size_t size);
/* The stream at its position as bytes, and the stream of such bytes. False: they are none. */
void rc4_save(const struct rc4 *rc4, uint8_t state[RC4_STATE_SIZE]);
NODISCARD bool rc4_load(struct rc4 *rc4, const uint8_t state[RC4_STATE_SIZE]);

#endif
