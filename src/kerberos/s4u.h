/*
 * Acting for a user without its tickets: S4U2Self, by which a service gets a ticket of a user to itself, and S4U2Proxy,
 * by which such a ticket, or the one that the user came with, serves to get one to another service (MS-SFU).
 */
#ifndef OPENSSPI_KERBEROS_S4U_H
#define OPENSSPI_KERBEROS_S4U_H

#include "kerberos/context.h"
#include "kerberos/kdc.h"

/* Acquire: for whom. Text as in an identity; user and domain become that one's. NO_CREDENTIAL; OUT_OF_MEMORY. */
NODISCARD enum reason s4u_name(struct kerberos_credential *credential, const char *user);
/* Acquire: from a server's context what acts for its client: the client's ticket, and the server's own means. */
NODISCARD enum reason s4u_copy(const struct kerberos_context *context,
			       struct kerberos_credential *credential);

/*
 * A ticket to `service`, and to no other, whose client is credential->on_behalf_of. `own` has the service's
 * ticket-granting ticket. The caller frees it with krb5_free_creds. Refusals are traced.
 */
NODISCARD enum reason s4u_ticket(const struct kerberos_credential *credential, krb5_context krb5,
				 krb5_ccache own, krb5_principal service, struct kdc_search *search,
				 krb5_creds **ticket);

#endif
