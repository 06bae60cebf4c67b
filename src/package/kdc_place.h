/* Where a KDC answers, or a proxy that carries messages to KDCs inside HTTPS (MS-KKDCP). */
#ifndef OPENSSPI_PACKAGE_KDC_PLACE_H
#define OPENSSPI_PACKAGE_KDC_PLACE_H

#include "base/compiler.h"

#include <stdbool.h>

enum {
	KDC_HOST_SIZE = 256, /* RFC 1035 2.3.4, with a NUL */
	KDC_PORT_SIZE = 32,
	KDC_PATH_SIZE = 256,
};

struct kdc_place {
	bool is_proxy;
	char host[KDC_HOST_SIZE]; /* without the brackets of an IPv6 address */
	char port[KDC_PORT_SIZE]; /* its number or, of a KDC, its name */
	char path[KDC_PATH_SIZE]; /* of a proxy, without the slash in front */
};

/* The proxy that a program has chosen. */
struct kdc_proxy {
	struct kdc_place place;
	bool only; /* no KDC is asked without it; else behind all that are known */
};

/*
 * As krb5.conf has it: HOST, HOST:PORT, [ADDRESS]:PORT with "tcp/" in front or not, and of proxies the address,
 * https://HOST[:PORT][/PATH]. False: none of these; a proxy must prove who it is, so http is none.
 */
NODISCARD bool kdc_place_read(const char *text, struct kdc_place *place);
/* A proxy as SSPI's callers name it, HOST[:PORT[:PATH]], or by its address. Left out is 443 and KdcProxy. */
NODISCARD bool kdc_place_read_proxy(const char *text, struct kdc_place *place);

#endif
