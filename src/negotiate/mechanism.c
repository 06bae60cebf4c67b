#include "negotiate/mechanism.h"

#include <opensspi/sspi.h>

static const struct {
	struct slice oid;
	const char *package;
} mechanisms[MECHANISM_COUNT] = {
#define OID(text) \
	{ \
		(const uint8_t *)(text), sizeof(text) - 1 \
	}
	[MECHANISM_KERBEROS_MICROSOFT] = { OID("\x2a\x86\x48\x82\xf7\x12\x01\x02\x02"),
					   MICROSOFT_KERBEROS_NAME_A },
	[MECHANISM_KERBEROS] = { OID("\x2a\x86\x48\x86\xf7\x12\x01\x02\x02"), MICROSOFT_KERBEROS_NAME_A },
	[MECHANISM_IAKERB] = { OID("\x2b\x06\x01\x05\x02\x05"), MICROSOFT_KERBEROS_NAME_A },
	[MECHANISM_NTLM] = { OID("\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a"), NTLMSP_NAME_A },
#undef OID
};

enum mechanism mechanism_of(struct slice oid)
{
	for (int i = 0; i < MECHANISM_COUNT; i++)
		if (slice_equal(mechanisms[i].oid, oid))
			return (enum mechanism)i;
	return MECHANISM_NONE;
}

struct slice mechanism_oid(enum mechanism mechanism)
{
	return mechanisms[mechanism].oid;
}

const char *mechanism_package(enum mechanism mechanism)
{
	return mechanisms[mechanism].package;
}
