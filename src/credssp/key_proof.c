#include "credssp/key_proof.h"

#include "crypto/digest.h"
#include "policy/policy.h"

/* Each counts its NUL. */
static const char client_to_server[] = "CredSSP Client-To-Server Binding Hash";
static const char server_to_client[] = "CredSSP Server-To-Client Binding Hash";

static enum reason write_hash(enum key_proof direction, struct slice nonce, struct slice public_key,
			      struct byte_writer *proof)
{
	struct slice label = direction == CLIENT_TO_SERVER
				     ? slice_of(client_to_server, sizeof(client_to_server))
				     : slice_of(server_to_client, sizeof(server_to_client));
	uint8_t hash[SHA256_SIZE];

	if (!crypto_sha256((struct slice[]) { label, nonce, public_key }, 3, hash))
		return REASON_CRYPTO_FAILED;
	writer_bytes(proof, slice_of(hash, sizeof(hash)));
	return writer_ok(proof) ? REASON_OK : REASON_OUT_OF_MEMORY;
}

static enum reason write_key(enum key_proof direction, struct slice public_key, struct byte_writer *proof)
{
	uint8_t first = (uint8_t)(public_key.data[0] + (direction == SERVER_TO_CLIENT));
	size_t start = proof->size;

	writer_bytes(proof, public_key);
	writer_patch(proof, start, slice_of(&first, sizeof(first)));
	return writer_ok(proof) ? REASON_OK : REASON_OUT_OF_MEMORY;
}

enum reason credssp_key_proof(enum key_proof direction, uint32_t version, struct slice nonce,
			      struct slice public_key, struct byte_writer *proof)
{
	if (public_key.size == 0)
		return REASON_CERTIFICATE_UNUSABLE;
	return version >= CREDSSP_VERSION_NONCE ? write_hash(direction, nonce, public_key, proof)
						: write_key(direction, public_key, proof);
}
