/* Input that was used and that the caller may bring once more: kept as a digest. */
#ifndef OPENSSPI_SCHANNEL_KNOWN_BYTES_H
#define OPENSSPI_SCHANNEL_KNOWN_BYTES_H

#include "schannel/context.h"

NODISCARD bool known_bytes_keep(struct known_bytes *known, struct slice bytes);
/* Skips them if they lie at the front of `in`, and forgets them in any case. */
void known_bytes_skip(struct known_bytes *known, struct byte_reader *in);

#endif
