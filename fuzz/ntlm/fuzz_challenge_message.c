/*
 * Covers ntlm/challenge_message.c, ntlm/wire.c and the reading of AV_PAIRs: the message is read, and what is written of
 * it reads the same.
 */
#include "base/compiler.h"
#include "ntlm/challenge_message.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool true_always)
{
	if (!true_always)
		abort();
}

static void require_inside(struct slice part, struct slice whole)
{
	require(part.size == 0 || (part.data >= whole.data && part.size <= whole.size &&
				   (size_t)(part.data - whole.data) <= whole.size - part.size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(writer_wipe) struct byte_writer out = writer_growing();
	struct ntlm_challenge_message message, again;
	struct slice token = slice_of(data, size);

	if (!ntlm_challenge_message_parse(token, &message))
		return 0;
	require_inside(message.target_name, token);
	require_inside(message.target_info, token);
	ntlm_challenge_message_write(&out, &message);
	if (!writer_ok(&out)) {
		require(message.target_info.size > UINT16_MAX - 4);
		return 0;
	}
	require(ntlm_challenge_message_parse(writer_slice(&out), &again));
	require(again.negotiate_flags == message.negotiate_flags);
	require(slice_equal(again.target_name, message.target_name));
	require(slice_equal(again.target_info, message.target_info));
	require(memcmp(again.server_challenge, message.server_challenge, sizeof(again.server_challenge)) ==
		0);
	return 0;
}
