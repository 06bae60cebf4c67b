/* NEGOTIATE_MESSAGE, MS-NLMP 2.2.1.1: the client's first. */
#ifndef OPENSSPI_NTLM_NEGOTIATE_MESSAGE_H
#define OPENSSPI_NTLM_NEGOTIATE_MESSAGE_H

#include "ntlm/wire.h"

/* The OEM names that old clients put in have no use and are not looked at; nor is what follows. */
struct ntlm_negotiate_message {
	uint32_t negotiate_flags;
};

NODISCARD bool ntlm_negotiate_message_parse(struct slice token, struct ntlm_negotiate_message *message);
void ntlm_negotiate_message_write(struct byte_writer *out, uint32_t negotiate_flags);

#endif
