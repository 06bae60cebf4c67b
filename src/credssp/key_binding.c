#include "credssp/key_binding.h"

/* Each counts its NUL. */
static const char client_to_server[] = "CredSSP Client-To-Server Binding Hash";
static const char server_to_client[] = "CredSSP Server-To-Client Binding Hash";

bool credssp_key_binding(enum key_binding direction, struct slice nonce, struct slice public_key,
			 uint8_t hash[SHA256_SIZE])
{
	struct slice label = direction == CLIENT_TO_SERVER
				     ? slice_of(client_to_server, sizeof(client_to_server))
				     : slice_of(server_to_client, sizeof(server_to_client));

	return crypto_sha256((struct slice[]) { label, nonce, public_key }, 3, hash);
}
