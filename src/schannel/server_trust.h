/* Whether a server is the one that the client means: by pin, or by a trust store and the name in its certificate. */
#ifndef OPENSSPI_SCHANNEL_SERVER_TRUST_H
#define OPENSSPI_SCHANNEL_SERVER_TRUST_H

#include "package/package.h"

#include <openssl/ssl.h>

/* Frozen in a credential, which must outlive its SSL objects. */
struct server_trust {
	struct secret pinned_certificate; /* SHA-256 */
	bool by_store;
};

/* Sets the client's SSL_CTX up. CERTIFICATE_UNUSABLE: the file of trusted certificates cannot be read. */
enum reason server_trust_set_up(struct server_trust *trust, SSL_CTX *ssl,
				const struct acquire_request *request);
void server_trust_wipe(struct server_trust *trust);

/* False: only the caller can tell, by looking at the certificate. */
static inline bool server_trust_judges(const struct server_trust *trust)
{
	return trust->pinned_certificate.size || trust->by_store;
}

/*
 * Before the first byte: what name the certificate must have. `target`: an SPN or a host name, UTF-16LE. `shown`
 * receives the certificate that the server shows, refused or not, and a reference to it.
 */
enum reason server_trust_expect(const struct server_trust *trust, SSL *ssl, struct slice target,
				X509 **shown);
/* After a handshake that failed with SSL_R_CERTIFICATE_VERIFY_FAILED: why. */
enum reason server_trust_reason(const SSL *ssl);

#endif
