/* Whether a peer is the one that is meant: by pin, or by a trust store and the name in its certificate. */
#ifndef OPENSSPI_SCHANNEL_PEER_TRUST_H
#define OPENSSPI_SCHANNEL_PEER_TRUST_H

#include "schannel/context.h"

/* Sets an SSL_CTX up. CERTIFICATE_UNUSABLE: the file of trusted certificates cannot be read. */
enum reason peer_trust_set_up(struct peer_trust *trust, SSL_CTX *ssl, enum role role,
			      const struct acquire_request *request);
void peer_trust_wipe(struct peer_trust *trust);

/*
 * Before the first byte: who judges, and what name a server's certificate must have. Later: whether the caller still
 * says that it judges. SERVER_UNTRUSTED: nobody would; BAD_TARGET.
 */
enum reason peer_trust_begin(struct schannel_context *context, const struct leg *leg);
/* After a handshake that failed with SSL_R_CERTIFICATE_VERIFY_FAILED: why. */
enum reason peer_trust_reason(const struct schannel_context *context);

#endif
