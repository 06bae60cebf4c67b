/*
 * IAKERB (draft-ietf-kitten-iakerb-03), the server: a client that cannot reach its KDC talks to it through us, and its
 * AP-REQ proves that we relayed what it said and heard.
 */
#ifndef OPENSSPI_KERBEROS_IAKERB_H
#define OPENSSPI_KERBEROS_IAKERB_H

#include "kerberos/context.h"

/* One IAKERB-PROXY token: asks the KDC, for what is left of kdc_milliseconds, and answers. */
SECURITY_STATUS iakerb_relay(struct kerberos_context *context, const char *step, struct leg *leg);

/*
 * Behind an AP-REQ that MIT took with this keytab (its name), of a server that relays. OK also if nothing was relayed
 * and none says so; IAKERB_ALTERED; OUT_OF_MEMORY.
 */
NODISCARD enum reason iakerb_check_finished(const struct secret *keytab, struct slice relayed,
					    struct slice ap_req);

#endif
