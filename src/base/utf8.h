/* UTF-8 (RFC 3629), one character at a time. */
#ifndef OPENSSPI_BASE_UTF8_H
#define OPENSSPI_BASE_UTF8_H

#include "base/byte_reader.h"

/* The next character. False, and the reader stays: not UTF-8; overlong forms and surrogates are none. */
NODISCARD bool utf8_read(struct byte_reader *in, uint32_t *code);

#endif
