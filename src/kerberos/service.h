/*
 * Which service a ticket may be for: the caller's principal, or a class of services. Its name is not covered by its
 * key, so the key that opens it must be the one of that name.
 */
#ifndef OPENSSPI_KERBEROS_SERVICE_H
#define OPENSSPI_KERBEROS_SERVICE_H

#include "kerberos/context.h"

/*
 * `ticket` is the DER that MIT has taken, `name` becomes the service that it names, UTF-16LE. OK;
 * KERBEROS_OTHER_SERVICE; KERBEROS_FILES; BAD_TOKEN; OUT_OF_MEMORY.
 */
NODISCARD enum reason service_is_ours(const struct kerberos_credential *credential, krb5_context context,
				      struct slice ticket, struct secret *name);

/*
 * What the client sealed in an AP-REQ, in plain text and with what fills it up; MIT has taken it, or refused it for
 * its time. False: it does not open, or there is no memory.
 */
NODISCARD bool service_open_authenticator(const struct kerberos_credential *credential, krb5_context context,
					  struct slice ap_req, struct secret *authenticator);

/* The client's time in an AP-REQ that was refused for it, in seconds since 1970. False: it cannot be told. */
NODISCARD bool service_client_time(const struct kerberos_credential *credential, struct slice ap_req,
				   int64_t *seconds);

#endif
