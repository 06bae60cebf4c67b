#include "package/target_host.h"

#include "base/utf16.h"

struct slice target_host(struct slice target)
{
	size_t slash = utf16_find(target, '/'), length = utf16_length(target);
	struct slice host = slash < length ? utf16_part(target, slash + 1, length) : target;
	size_t colon;

	host = utf16_part(host, 0, utf16_find(host, '/')); /* service/host/name of an instance */
	if (host.size && utf16_unit(host, 0) == '[')
		return utf16_part(host, 1, utf16_find(host, ']'));
	colon = utf16_find(host, ':');
	return colon == utf16_find_last(host, ':') ? utf16_part(host, 0, colon) : host;
}
