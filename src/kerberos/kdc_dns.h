/* A realm's KDCs by DNS: SRV records of _kerberos._tcp (RFC 4120 7.2.3.2, RFC 2782). */
#ifndef OPENSSPI_KERBEROS_KDC_DNS_H
#define OPENSSPI_KERBEROS_KDC_DNS_H

#include "base/slice.h"
#include "kerberos/kdc_places.h"

/*
 * Asks the machine's name servers, by UDP for half of the time until the deadline at most, or where that is shorter for
 * a second, and by TCP where that answer is truncated. Says in the trace when nothing was found.
 */
void kdc_dns_find(const char *realm, int64_t deadline, struct kdc_places *places);

/* getaddrinfo for TCP, within such a time. The caller frees them; NULL: there are none. */
struct addrinfo *kdc_dns_addresses(const struct kdc_place *place, int64_t deadline);

/* Those of a name server's answer, the first to be asked in front. False: it is no answer, or names none. */
NODISCARD bool kdc_dns_read(struct slice bytes, struct kdc_places *places);

#endif
