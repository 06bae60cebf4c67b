#include "ntlm/negotiate_message.h"

/* Old clients stop behind the flags. */
bool ntlm_negotiate_message_parse(struct slice token, struct ntlm_negotiate_message *message)
{
	struct byte_reader in = reader_of(token);

	return ntlm_expect_header(&in, NTLM_NEGOTIATE_MESSAGE) &&
	       reader_u32le(&in, &message->negotiate_flags);
}

void ntlm_negotiate_message_write(struct byte_writer *out, uint32_t negotiate_flags)
{
	ntlm_write_header(out, NTLM_NEGOTIATE_MESSAGE);
	writer_u32le(out, negotiate_flags);
	(void)ntlm_reserve_field(out); /* DomainName */
	(void)ntlm_reserve_field(out); /* Workstation */
	ntlm_write_version(out);
}
