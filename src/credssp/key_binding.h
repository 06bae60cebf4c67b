/* The proof that both sides see the same TLS public key, versions 5 and 6: MS-CSSP 3.1.5, pubKeyAuth. */
#ifndef OPENSSPI_CREDSSP_KEY_BINDING_H
#define OPENSSPI_CREDSSP_KEY_BINDING_H

#include "base/compiler.h"
#include "crypto/digest.h"

enum key_binding { CLIENT_TO_SERVER, SERVER_TO_CLIENT };

/* SHA-256 of the direction's label, the client's nonce and the server's public key. False: it could not be
 * computed. */
NODISCARD bool credssp_key_binding(enum key_binding direction, struct slice nonce, struct slice public_key,
				   uint8_t hash[SHA256_SIZE]);

#endif
