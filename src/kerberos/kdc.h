/* The one place where the library opens a socket: a request to a realm's KDC and its answer, by TCP. */
#ifndef OPENSSPI_KERBEROS_KDC_H
#define OPENSSPI_KERBEROS_KDC_H

#include "base/byte_writer.h"
#include "base/reason.h"

#include <krb5.h>

/* What all requests of a logon may take together. The time runs from the first one that goes out. */
struct kdc_time {
	uint32_t milliseconds;
	int64_t deadline; /* FILETIME; 0: not begun */
};

/*
 * Appends the answer. The KDCs that are known share what time is left. KERBEROS_NO_KDC, which is traced;
 * OUT_OF_MEMORY; NO_CLOCK.
 */
NODISCARD enum reason kdc_ask(krb5_context context, const char *realm, struct slice request,
			      struct kdc_time *time, struct byte_writer *answer);

#endif
