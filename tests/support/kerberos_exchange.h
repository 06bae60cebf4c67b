/* support/exchange.h with a keytab and a ticket of support/kerberos_realm.h in place of accounts and passwords. */
#ifndef OPENSSPI_TESTS_SUPPORT_KERBEROS_EXCHANGE_H
#define OPENSSPI_TESTS_SUPPORT_KERBEROS_EXCHANGE_H

#include "support/exchange.h"
#include "support/kerberos_realm.h"

OPENSSPI_OPTIONS kerberos_server_options(void);
void kerberos_acquire_server(struct exchange *exchange, const char *package, const char *principal,
			     OPENSSPI_OPTIONS *given);
void kerberos_acquire_client(struct exchange *exchange, const char *package,
			     const struct kerberos_ticket *ticket, void *auth_data);
/* Both credentials; everything that messages can have is asked for. */
void kerberos_exchange_start(struct exchange *exchange, const char *package, OPENSSPI_OPTIONS *given);

/* What Samba's KDC said of alice. */
const struct kerberos_pac *pac_of_samba(void);

#endif
