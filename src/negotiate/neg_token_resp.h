/* NegTokenResp (RFC 4178 4.2.2): every token but the first. Slices point into the token. */
#ifndef OPENSSPI_NEGOTIATE_NEG_TOKEN_RESP_H
#define OPENSSPI_NEGOTIATE_NEG_TOKEN_RESP_H

#include "base/byte_reader.h"
#include "base/byte_writer.h"

enum neg_state {
	NEG_ACCEPT_COMPLETED = 0,
	NEG_ACCEPT_INCOMPLETE = 1,
	NEG_REJECT = 2,
	NEG_REQUEST_MIC = 3,
	NEG_ABSENT, /* clients leave it out; it counts as accept-incomplete */
};

struct neg_token_resp {
	enum neg_state neg_state;
	struct slice supported_mech; /* contents octets; empty: absent */
	struct slice response_token; /* empty: absent, which is the same */
	struct slice mech_list_mic;  /* empty: absent */
};

NODISCARD bool neg_token_resp_parse(struct slice token, struct neg_token_resp *resp);
void neg_token_resp_write(struct byte_writer *out, const struct neg_token_resp *resp);

#endif
