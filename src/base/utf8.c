#include "base/utf8.h"

enum {
	FIRST_SURROGATE = 0xD800,
	LAST_SURROGATE = 0xDFFF,
	LAST_CODE_POINT = 0x10FFFF,
};

bool utf8_read(struct byte_reader *in, uint32_t *code)
{
	static const uint32_t smallest[] = { 0, 0x80, 0x800, 0x10000 };
	struct byte_reader ahead = *in;
	uint32_t sum;
	uint8_t first, next;
	unsigned more;

	if (!reader_u8(&ahead, &first) || (first >= 0x80 && first < 0xC0) || first > 0xF7)
		return false;
	more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : first >= 0xC0 ? 1 : 0;
	sum = more ? first & (0x3Fu >> more) : first;
	for (unsigned i = 0; i < more; i++) {
		if (!reader_u8(&ahead, &next) || (next & 0xC0) != 0x80)
			return false;
		sum = sum << 6 | (next & 0x3F);
	}
	if (sum < smallest[more] || sum > LAST_CODE_POINT ||
	    (sum >= FIRST_SURROGATE && sum <= LAST_SURROGATE))
		return false;
	*code = sum;
	*in = ahead;
	return true;
}
