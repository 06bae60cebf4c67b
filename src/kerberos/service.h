/* Which service a ticket may be for: the caller's principal, or a class of services on a host of the keytab. */
#ifndef OPENSSPI_KERBEROS_SERVICE_H
#define OPENSSPI_KERBEROS_SERVICE_H

#include "kerberos/context.h"

/* OK; KERBEROS_OTHER_SERVICE; KERBEROS_KEYTAB; OUT_OF_MEMORY. `name` is the principal's text, UTF-8. */
enum reason service_is_ours(const struct kerberos_credential *credential, krb5_context context,
			    krb5_const_principal service, struct slice name);

#endif
