#include "sspi/text.h"

#include <string.h>

struct slice text_narrow(const char *text)
{
	return slice_of(text, text ? strlen(text) : 0);
}

struct slice text_wide(const uint16_t *text)
{
	size_t length = 0;

	while (text && text[length])
		length++;
	return slice_of(text, length * sizeof(*text));
}

enum reason text_copy(struct secret *to, struct slice text, bool wide, enum reason malformed)
{
	LOCAL_WRITER(utf16);

	if (wide)
		return secret_copy(to, text) ? REASON_OK : REASON_OUT_OF_MEMORY;
	if (!utf16_from_utf8(&utf16, text))
		return writer_ok(&utf16) ? malformed : REASON_OUT_OF_MEMORY;
	return secret_copy(to, writer_slice(&utf16)) ? REASON_OK : REASON_OUT_OF_MEMORY;
}
