/* The PAC of a ticket (MS-PAC): what the KDC of a directory says of the client. */
#ifndef OPENSSPI_KERBEROS_PAC_H
#define OPENSSPI_KERBEROS_PAC_H

#include "authority/authority.h"

#include <gssapi/gssapi.h>

/*
 * Reads a PAC whose signature is right. `client`: the ticket's, without its realm. What the PAC does not say stays
 * empty. KERBEROS_BAD_PAC: it cannot be read, contradicts itself or is of another client; OUT_OF_MEMORY.
 */
NODISCARD enum reason pac_read(struct slice pac, struct slice client, struct directory_user *user);
/* The PAC behind the client's name of an accepted context. One that is not there, or not signed, says nothing. */
NODISCARD enum reason pac_take(gss_name_t name, struct slice client, struct directory_user *user);

#endif
