/* The service's ticket: from a cache, or from the KDC with a password or a key. */
#ifndef OPENSSPI_KERBEROS_TICKETS_H
#define OPENSSPI_KERBEROS_TICKETS_H

#include "kerberos/context.h"

/*
 * Leaves the ticket in context->tickets, and the credential and the service's name that gss_init_sec_context wants;
 * asked to `delegate`, whether it may in context->forwards. May wait for KDCs, kdc_milliseconds in all. `proxy`: the
 * program's own, or NULL. Refusals are traced.
 */
NODISCARD enum reason tickets_fetch(struct kerberos_context *context, struct slice target, bool delegate,
				    const struct kdc_proxy *proxy);
/* None are taken. */
void tickets_close(struct kerberos_context *context);

#endif
