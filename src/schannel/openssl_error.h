/* What OpenSSL says of a call that failed, as one of our reasons. Its queue, which is the thread's, is left empty. */
#ifndef OPENSSPI_SCHANNEL_OPENSSL_ERROR_H
#define OPENSSPI_SCHANNEL_OPENSSL_ERROR_H

#include "base/reason.h"

struct openssl_error {
	enum reason reason;
	SECURITY_STATUS status; /* more exact than the reason's own where the peer sent an alert */
};

/* `otherwise` if OpenSSL says nothing in particular. Traced under `step`. */
struct openssl_error openssl_error_take(enum reason otherwise, const char *step);
void openssl_errors_clear(void);

#endif
