/*
 * Which service a ticket may be for: the caller's principal, or a class of services. Its name is not covered by its
 * key, so the key that opens it must be the one of that name.
 */
#ifndef OPENSSPI_KERBEROS_SERVICE_H
#define OPENSSPI_KERBEROS_SERVICE_H

#include "kerberos/acceptance.h"

#include <krb5.h>

/*
 * MIT has taken the ticket. `keytab`: its name, UTF-8 with a NUL; empty: the machine's. `name` becomes the service that
 * the ticket names, UTF-16LE. OK; KERBEROS_OTHER_SERVICE; KERBEROS_FILES; BAD_TOKEN; OUT_OF_MEMORY.
 */
NODISCARD enum reason service_is_ours(const struct secret *keytab, const struct kerberos_question *question,
				      krb5_context context, struct secret *name);

/*
 * What the client sealed in an AP-REQ, in plain text and with what fills it up; MIT has taken it, or refused it for
 * its time. False: it does not open, or there is no memory.
 */
NODISCARD bool service_open_authenticator(const struct secret *keytab, krb5_context context,
					  struct slice ap_req, struct secret *authenticator);

/* The client's time in an AP-REQ that was refused for it, in seconds since 1970. False: it cannot be told. */
NODISCARD bool service_client_time(const struct secret *keytab, struct slice ap_req, int64_t *seconds);

#endif
