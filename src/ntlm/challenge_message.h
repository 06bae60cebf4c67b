/* CHALLENGE_MESSAGE, MS-NLMP 2.2.1.2: the server's. Slices point into the token. */
#ifndef OPENSSPI_NTLM_CHALLENGE_MESSAGE_H
#define OPENSSPI_NTLM_CHALLENGE_MESSAGE_H

#include "crypto/ntlm_v2.h"
#include "ntlm/wire.h"

struct ntlm_challenge_message {
	struct slice target_name; /* UTF-16LE with NTLM_UNICODE, else OEM characters */
	uint32_t negotiate_flags;
	uint8_t server_challenge[NTLM_CHALLENGE_SIZE];
	struct slice target_info; /* AV_PAIRs without their MsvAvEOL; empty without NTLM_TARGET_INFO */
};

NODISCARD bool ntlm_challenge_message_parse(struct slice token, struct ntlm_challenge_message *message);
void ntlm_challenge_message_write(struct byte_writer *out, const struct ntlm_challenge_message *message);

#endif
