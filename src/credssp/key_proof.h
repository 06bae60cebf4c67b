/* The proof that both sides see the same TLS public key, before it is sealed into pubKeyAuth: MS-CSSP 3.1.5. */
#ifndef OPENSSPI_CREDSSP_KEY_PROOF_H
#define OPENSSPI_CREDSSP_KEY_PROOF_H

#include "base/byte_writer.h"
#include "base/reason.h"

enum key_proof { CLIENT_TO_SERVER, SERVER_TO_CLIENT };

/*
 * Appends it. From version 5 on: SHA-256 of the direction's label, the client's nonce and the key. Before: the key
 * itself, and back from the server the key with its first byte counted up by one.
 */
enum reason credssp_key_proof(enum key_proof direction, uint32_t version, struct slice nonce,
			      struct slice public_key, struct byte_writer *proof);

#endif
