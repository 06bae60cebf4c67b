/*
 * Covers kerberos/kdc_dns.c: kdc_dns_read. Whatever a name server says, what is found has a host and a port that may be
 * looked up, and there are never more than there is room for.
 */
#include "kerberos/kdc_dns.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool true_always)
{
	if (!true_always)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kdc_places places = { .count = 0 };
	bool found = kdc_dns_read(slice_of(data, size), &places);

	require(found == (places.count > 0) && places.count <= KDC_PLACES_MAX);
	for (size_t i = 0; i < places.count; i++) {
		const struct kdc_place *place = &places.list[i];

		require(!place->is_proxy && memchr(place->host, 0, sizeof(place->host)) &&
			memchr(place->port, 0, sizeof(place->port)));
		require(place->host[0] && !strpbrk(place->host, " :/%") && strspn(place->port, "0123456789"));
	}
	return 0;
}
