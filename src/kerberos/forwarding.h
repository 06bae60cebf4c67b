/* A client's ticket-granting ticket in the hands of a server (RFC 4120 2.6, RFC 4121 4.1.1). */
#ifndef OPENSSPI_KERBEROS_FORWARDING_H
#define OPENSSPI_KERBEROS_FORWARDING_H

#include "kerberos/context.h"
#include "kerberos/kdc.h"

/*
 * Client: whether MIT may be told to forward the ticket to the service that `service` is for. Its KDC has to say
 * ok-as-delegate and to give what is forwarded: MIT asks for it once more, by itself and without our deadline, so not
 * where a proxy alone may be asked.
 */
NODISCARD bool forwarding_allowed(struct kerberos_context *context, const krb5_creds *service,
				  struct kdc_search *search);

/* Server: the forwarded tickets that MIT has read count if they are the client's own; else they, and the flag, go. */
void forwarding_take(OM_uint32 *flags, gss_name_t client, gss_cred_id_t *tickets);
/* Until when they last. */
NODISCARD enum reason forwarding_expiry(const struct kerberos_context *context, int64_t *expiry);
/* A copy of them in memory, which is the credential's own. On failure forwarding_destroy is due all the same. */
NODISCARD enum reason forwarding_copy(const struct kerberos_context *context,
				      struct kerberos_credential *credential);
void forwarding_destroy(struct kerberos_credential *credential);

#endif
