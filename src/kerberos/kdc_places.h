/* Which KDCs, and proxies to KDCs, are asked for a realm. */
#ifndef OPENSSPI_KERBEROS_KDC_PLACES_H
#define OPENSSPI_KERBEROS_KDC_PLACES_H

#include "kerberos/kdc.h"
#include "package/kdc_place.h"

enum { KDC_PLACES_MAX = 16 }; /* further ones are not looked at */

struct kdc_places {
	struct kdc_place list[KDC_PLACES_MAX];
	size_t count;
};

/*
 * In the order in which they are asked: those of krb5.conf's [realms], or where it names none those of DNS; then the
 * program's own proxy, or that one alone. May wait for name servers.
 */
void kdc_places_find(krb5_context krb5, const char *realm, const struct kdc_search *search,
		     struct kdc_places *places);

/*
 * A text in krb5.conf's section of the realm. "": it is not there. False: it is there more than once, is too long, or
 * cannot be read.
 */
NODISCARD bool kdc_places_setting(krb5_context krb5, const char *realm, const char *name, char *value,
				  size_t room);

/* False: it is full. */
NODISCARD bool kdc_places_add(struct kdc_places *places, const struct kdc_place *place);

#endif
