#include "schannel/record.h"

/* ContentType, and legacy_record_version's first octet. */
enum { CONTENT_TYPE_FIRST = 20, CONTENT_TYPE_LAST = 23, VERSION_MAJOR = 3 };
/* RFC 5246 6.2.3 lets protection add 2048 octets; RFC 8446 5.2 lets it add 256. */
enum { PROTECTED_MAX = TLS_PLAINTEXT_MAX + 2048 };

enum tls_record tls_record_take(struct byte_reader *in, struct slice *record, size_t *missing)
{
	struct byte_reader ahead = *in;
	uint8_t type, major, minor;
	uint16_t size;

	*missing = TLS_RECORD_HEADER_SIZE - (in->size < TLS_RECORD_HEADER_SIZE ? in->size : 0);
	if (!reader_u8(&ahead, &type))
		return TLS_RECORD_SHORT;
	if (type < CONTENT_TYPE_FIRST || type > CONTENT_TYPE_LAST)
		return TLS_RECORD_BAD;
	if (!reader_u8(&ahead, &major))
		return TLS_RECORD_SHORT;
	if (major != VERSION_MAJOR)
		return TLS_RECORD_BAD;
	if (!reader_u8(&ahead, &minor) || !reader_u16be(&ahead, &size))
		return TLS_RECORD_SHORT;
	if (size > PROTECTED_MAX)
		return TLS_RECORD_BAD;
	if (!reader_take(in, TLS_RECORD_HEADER_SIZE + (size_t)size, record)) {
		*missing = TLS_RECORD_HEADER_SIZE + (size_t)size - in->size;
		return TLS_RECORD_SHORT;
	}
	return TLS_RECORD_WHOLE;
}
