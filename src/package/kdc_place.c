#include "package/kdc_place.h"

#include <string.h>
#include <strings.h>

#define KDC_PORT   "88"
#define PROXY_PORT "443"
#define PROXY_PATH "KdcProxy" /* MS-KKDCP 2.1 */

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS  "0123456789"

static bool copy_part(char *to, size_t room, const char *from, size_t size)
{
	if (size == 0 || size >= room)
		return false;
	memcpy(to, from, size);
	to[size] = 0;
	return true;
}

static bool copy_all(char *to, size_t room, const char *from)
{
	return copy_part(to, room, from, strlen(from));
}

/* The host in front of a colon, `end` or the text's end: what follows it, or NULL. */
static const char *read_host(const char *text, char end, char host[KDC_HOST_SIZE])
{
	const char stops[] = { ':', end, 0 };
	bool bracket = text[0] == '[';
	size_t size = strcspn(text + bracket, bracket ? "]" : stops);

	text += bracket;
	if (strspn(text, bracket ? DIGITS "abcdefABCDEF:." : LETTERS DIGITS ".-_") < size ||
	    !copy_part(host, KDC_HOST_SIZE, text, size))
		return NULL;
	text += size;
	return bracket && *text++ != ']' ? NULL : text;
}

/* Host and port in front of `end` or the text's end: what follows them, or NULL. */
static const char *read_host_and_port(const char *text, char end, const char *usual_port,
				      struct kdc_place *place)
{
	const char stops[] = { ':', end, 0 };
	size_t size;

	text = read_host(text, end, place->host);
	if (!text || (*text && *text != ':' && *text != end))
		return NULL;
	if (*text != ':')
		return copy_all(place->port, KDC_PORT_SIZE, usual_port) ? text : NULL;
	text++;
	size = strcspn(text, stops);
	return strspn(text, LETTERS DIGITS "-") >= size && copy_part(place->port, KDC_PORT_SIZE, text, size)
		       ? text + size
		       : NULL;
}

/* It goes into a request's first line: neither blanks nor control characters. */
static bool read_path(const char *text, char path[KDC_PATH_SIZE])
{
	for (const char *letter = text; *letter; letter++)
		if (*letter <= ' ' || *letter > '~')
			return false;
	path[0] = 0;
	return !*text || copy_all(path, KDC_PATH_SIZE, text);
}

/* `mark` stands in front of the path. */
static bool read_proxy(const char *text, char mark, struct kdc_place *place)
{
	const char *rest = read_host_and_port(text, mark, PROXY_PORT, place);

	place->is_proxy = true;
	if (!rest || place->port[strspn(place->port, DIGITS)])
		return false;
	return *rest ? *rest == mark && read_path(rest + 1, place->path) : read_path(PROXY_PATH, place->path);
}

/* What stands behind "https://", or NULL. */
static const char *behind_scheme(const char *text)
{
	static const char scheme[] = "https://";

	return strncasecmp(text, scheme, strlen(scheme)) == 0 ? text + strlen(scheme) : NULL;
}

bool kdc_place_read(const char *text, struct kdc_place *place)
{
	static const char tcp[] = "tcp/";
	const char *address = behind_scheme(text), *rest;

	*place = (struct kdc_place) { 0 };
	if (address)
		return read_proxy(address, '/', place);
	if (strncmp(text, tcp, strlen(tcp)) == 0)
		text += strlen(tcp);
	rest = read_host_and_port(text, 0, KDC_PORT, place);
	return rest && !*rest;
}

bool kdc_place_read_proxy(const char *text, struct kdc_place *place)
{
	const char *address = behind_scheme(text);

	*place = (struct kdc_place) { 0 };
	return address ? read_proxy(address, '/', place) : read_proxy(text, ':', place);
}
