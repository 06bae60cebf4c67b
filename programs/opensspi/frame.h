/* `--framing raw` of packages whose tokens are messages: each token behind its length, 4 bytes, big-endian. */
#ifndef OPENSSPI_PROGRAMS_OPENSSPI_FRAME_H
#define OPENSSPI_PROGRAMS_OPENSSPI_FRAME_H

#include "base/byte_reader.h"
#include "base/byte_writer.h"

enum { FRAME_HEADER_SIZE = 4 };

enum frame { FRAME_WHOLE, FRAME_SHORT, FRAME_TOO_BIG };

/* The next token of a stream, which may be empty. SHORT: more bytes are needed, `in` stays. */
enum frame frame_take(struct byte_reader *in, size_t limit, struct slice *token);
void frame_write(struct byte_writer *out, struct slice token);

#endif
