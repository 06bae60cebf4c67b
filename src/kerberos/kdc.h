/* The one place where the library reaches out: a request to a realm's KDC and its answer, by TCP or through a proxy. */
#ifndef OPENSSPI_KERBEROS_KDC_H
#define OPENSSPI_KERBEROS_KDC_H

#include "base/byte_writer.h"
#include "base/reason.h"

#include <krb5.h>

struct kdc_proxy;
struct security_package;

/* What all requests of a logon share. */
struct kdc_search {
	uint32_t milliseconds;         /* what they may take together, from the first one that goes out */
	int64_t deadline;              /* FILETIME; 0: not begun */
	const struct kdc_proxy *proxy; /* the program's own; NULL: none */
	const struct security_package *const
		*packages; /* whence a proxy's TLS comes; NULL: no proxy is asked */
};

/* From now on, if it has not begun. NO_CLOCK. */
NODISCARD enum reason kdc_search_begin(struct kdc_search *search);

/*
 * Appends the answer. The KDCs and proxies that are known share what time is left. KERBEROS_NO_KDC, and of a proxy
 * KDC_PROXY_UNTRUSTED and KDC_PROXY_REFUSED, which are traced; OUT_OF_MEMORY; NO_CLOCK.
 */
NODISCARD enum reason kdc_ask(krb5_context krb5, const char *realm, struct slice request,
			      struct kdc_search *search, struct byte_writer *answer);

#endif
