/* UTF-16LE, the text of all the protocols here, and Windows' case mapping. Slices hold whole UTF-16LE units. */
#ifndef OPENSSPI_BASE_UTF16_H
#define OPENSSPI_BASE_UTF16_H

#include "base/byte_writer.h"
#include "base/slice.h"

/*
 * Windows' simple upper-casing of one unit (MS-UCODEREF 3.1.5.3, the Windows 8 mapping): no locale, no change of
 * length. Surrogates map to themselves.
 */
uint16_t utf16_upper(uint16_t unit);

/* Appends UTF-16LE. False: not UTF-8 (overlong forms and surrogates are refused); `out` may hold a part. */
NODISCARD bool utf16_from_utf8(struct byte_writer *out, struct slice utf8);
/* Appends UTF-8. False: an odd number of bytes or a lone surrogate. */
NODISCARD bool utf16_to_utf8(struct byte_writer *out, struct slice utf16);
/* Appends the upper-cased text. */
void utf16_write_upper(struct byte_writer *out, struct slice utf16);
/* Equal after upper-casing. Not in constant time: for names. */
bool utf16_equal_folded(struct slice a, struct slice b);

static inline uint16_t utf16_unit(struct slice text, size_t index)
{
	return (uint16_t)(text.data[2 * index] | text.data[2 * index + 1] << 8);
}

static inline size_t utf16_length(struct slice text)
{
	return text.size / 2;
}

/* The index of the last (first) `unit`, or the length if there is none. */
size_t utf16_find_last(struct slice text, uint16_t unit);
size_t utf16_find(struct slice text, uint16_t unit);
/* Units [from, to). */
struct slice utf16_part(struct slice text, size_t from, size_t to);
/* Without the NUL units at its end: some clients send them (rdesktop). */
struct slice utf16_without_nuls(struct slice text);

#endif
