/* The mechanisms SPNEGO can name: their object identifiers and the packages that carry them out. */
#ifndef OPENSSPI_NEGOTIATE_MECHANISM_H
#define OPENSSPI_NEGOTIATE_MECHANISM_H

#include "base/compiler.h"
#include "base/slice.h"

#include <stddef.h>

enum mechanism {
	MECHANISM_KERBEROS_MICROSOFT, /* 1.2.840.48018.1.2.2, what Windows names first; the same as: */
	MECHANISM_KERBEROS,
	MECHANISM_IAKERB, /* 1.3.6.1.5.2.5; acceptor */
	MECHANISM_NTLM,
	MECHANISM_COUNT,
	MECHANISM_NONE = MECHANISM_COUNT,
};

/* 1.3.6.1.5.5.2, the contents octets. */
#define SPNEGO_OID slice_of("\x2b\x06\x01\x05\x05\x02", 6)

/* By the contents octets of its object identifier; MECHANISM_NONE: one that nobody here carries out. */
enum mechanism mechanism_of(struct slice oid);
struct slice mechanism_oid(enum mechanism mechanism);
const char *mechanism_package(enum mechanism mechanism);

#endif
