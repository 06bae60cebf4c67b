/* Who the client is, as SSPI says it and as a principal. */
#ifndef OPENSSPI_KERBEROS_CLIENT_NAME_H
#define OPENSSPI_KERBEROS_CLIENT_NAME_H

#include "base/compiler.h"
#include "base/reason.h"
#include "base/secret.h"

#include <krb5.h>

/*
 * The text of a principal, UTF-8 with a NUL: user@REALM, or the user alone where no domain was given. A domain is a
 * realm in whichever case; user@domain and DOMAIN\user are split. NO_CREDENTIAL: such a name is no principal.
 */
NODISCARD enum reason client_name_of_identity(struct slice user, struct slice domain,
					      struct secret *principal);
/* Whose tickets a cache has; NULL: the user's usual cache. KERBEROS_NO_TICKET, OUT_OF_MEMORY. */
NODISCARD enum reason client_name_of_cache(const char *cache, struct secret *user, struct secret *domain);
/* The parts of a principal, UTF-16LE. BAD_TOKEN: a letter in it would need an escape. */
NODISCARD enum reason client_name_split(krb5_context context, krb5_const_principal principal,
					struct secret *user, struct secret *domain);

#endif
