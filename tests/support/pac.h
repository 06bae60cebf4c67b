/* PACs put together from buffers, as a KDC puts them together before it signs. */
#ifndef OPENSSPI_TESTS_SUPPORT_PAC_H
#define OPENSSPI_TESTS_SUPPORT_PAC_H

#include "base/slice.h"

/* MS-PAC 2.4: ulType. */
enum pac_type {
	PAC_TYPE_LOGON = 0x1,
	PAC_TYPE_CLIENT = 0xA,
	PAC_TYPE_UPN_DNS = 0xC,
	PAC_TYPE_REQUESTOR = 0x12
};

struct pac_part {
	uint32_t type;
	struct slice bytes;
};

/* PACTYPE and the parts behind it. Kept until the program ends, as what the others return. */
struct slice pac_of(const struct pac_part *parts, size_t count);
#define PAC(...) \
	pac_of((struct pac_part[]) { __VA_ARGS__ }, \
	       sizeof((struct pac_part[]) { __VA_ARGS__ }) / sizeof(struct pac_part))
/* PAC_CLIENT_INFO of this name (ASCII). */
struct pac_part pac_client(const char *name);
/* A buffer of a whole PAC; the test fails if there is none. */
struct slice pac_buffer(struct slice pac, uint32_t type);

#endif
