/* Covers ntlm/negotiate_message.c: the message is read, and what is written of it reads the same. */
#include "base/compiler.h"
#include "ntlm/negotiate_message.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(writer_wipe) struct byte_writer out = writer_growing();
	struct ntlm_negotiate_message message, again;

	if (!ntlm_negotiate_message_parse(slice_of(data, size), &message))
		return 0;
	ntlm_negotiate_message_write(&out, message.negotiate_flags);
	if (!ntlm_negotiate_message_parse(writer_slice(&out), &again) ||
	    again.negotiate_flags != message.negotiate_flags)
		abort();
	return 0;
}
