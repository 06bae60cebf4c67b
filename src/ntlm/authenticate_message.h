/* AUTHENTICATE_MESSAGE, MS-NLMP 2.2.1.3, and the NTLMv2 response inside it. Slices point into the token. */
#ifndef OPENSSPI_NTLM_AUTHENTICATE_MESSAGE_H
#define OPENSSPI_NTLM_AUTHENTICATE_MESSAGE_H

#include "ntlm/wire.h"

struct ntlm_authenticate_message {
	struct slice lm_challenge_response, nt_challenge_response;
	struct slice domain_name, user_name,
		workstation; /* UTF-16LE with NTLM_UNICODE, else OEM characters */
	struct slice encrypted_random_session_key;
	uint32_t negotiate_flags;
	struct slice mic; /* what lies at its place; empty where the payload begins before its end */
};

NODISCARD bool ntlm_authenticate_message_parse(struct slice token, struct ntlm_authenticate_message *message);
/* With 16 zero bytes for the MIC at NTLM_MIC_OFFSET. */
void ntlm_authenticate_message_write(struct byte_writer *out,
				     const struct ntlm_authenticate_message *message);

/* NTLMv2_RESPONSE, 2.2.2.8: the AV_PAIRs (without MsvAvEOL) of NtChallengeResponse. False: malformed. */
NODISCARD bool ntlm_v2_response_parse(struct slice response, struct slice *pairs);
/* The response without its NTProofStr: "temp" of 3.3.2. `pairs` without MsvAvEOL. */
void ntlm_v2_response_write(struct byte_writer *out, int64_t time, struct slice client_challenge,
			    struct slice pairs);

#endif
