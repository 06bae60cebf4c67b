/* Randomness comes in through this file alone; tests link their own (docs/decisions.md 1). */
#ifndef OPENSSPI_CRYPTO_RANDOM_H
#define OPENSSPI_CRYPTO_RANDOM_H

#include "base/compiler.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

NODISCARD bool random_bytes(uint8_t *to, size_t size);

#endif
