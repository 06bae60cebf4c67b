/* TSRequest, MS-CSSP 2.2.1: the one message of CredSSP, in both directions. Slices point into the token. */
#ifndef OPENSSPI_CREDSSP_TS_REQUEST_H
#define OPENSSPI_CREDSSP_TS_REQUEST_H

#include "base/byte_writer.h"
#include "base/slice.h"

#include <stdint.h>

enum {
	TS_REQUEST_NONCE_SIZE = 32,
	/* What is taken from a peer. A Kerberos token with a large PAC needs about 64 KiB. */
	TS_REQUEST_MAX = 128 * 1024,
};

/* Which of the optional fields are there; the numbers are those of their tags. */
enum ts_request_field {
	HAS_NEGO_TOKENS = 1 << 1,
	HAS_AUTH_INFO = 1 << 2,
	HAS_PUB_KEY_AUTH = 1 << 3,
	HAS_ERROR_CODE = 1 << 4,
	HAS_CLIENT_NONCE = 1 << 5,
};

struct ts_request {
	uint32_t version;
	unsigned fields;
	struct slice nego_token; /* of the one element that negoTokens has */
	struct slice auth_info, pub_key_auth, client_nonce;
	uint32_t error_code; /* NTSTATUS */
};

/* The whole token is one TSRequest. Tags above [5] are skipped: later versions may add some. */
NODISCARD bool ts_request_parse(struct slice token, struct ts_request *request);
void ts_request_write(struct byte_writer *out, const struct ts_request *request);

#endif
