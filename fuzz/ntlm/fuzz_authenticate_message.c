/*
 * Covers ntlm/authenticate_message.c (both the message and the NTLMv2 response in it) and ntlm/wire.c: the message is
 * read, its MIC lies where no payload does, and what is written of it reads the same.
 */
#include "base/compiler.h"
#include "ntlm/authenticate_message.h"
#include "ntlm/av_pair.h"

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

static void check_fields(const struct ntlm_authenticate_message *message, struct slice token)
{
	const struct slice fields[] = {
		message->lm_challenge_response, message->nt_challenge_response,
		message->domain_name,           message->user_name,
		message->workstation,           message->encrypted_random_session_key,
	};

	for (size_t i = 0; i < COUNT_OF(fields); i++) {
		require_inside(fields[i], token);
		if (message->mic.size && fields[i].size)
			require(fields[i].data >= message->mic.data + message->mic.size);
	}
	require(message->mic.size == 0 || message->mic.data == token.data + NTLM_MIC_OFFSET);
	require_inside(message->mic, token);
	if (message->negotiate_flags & NTLM_UNICODE)
		require(message->user_name.size % 2 == 0 && message->domain_name.size % 2 == 0);
}

static void check_response(struct slice response)
{
	struct slice pairs, value;

	if (!ntlm_v2_response_parse(response, &pairs))
		return;
	require_inside(pairs, response);
	require(!ntlm_av_pairs_find(pairs, MSV_AV_CHANNEL_BINDINGS, &value) || value.size == 16);
	(void)ntlm_av_flags(pairs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(writer_wipe) struct byte_writer out = writer_growing();
	struct ntlm_authenticate_message message, again;
	struct slice token = slice_of(data, size);

	if (!ntlm_authenticate_message_parse(token, &message))
		return 0;
	check_fields(&message, token);
	check_response(message.nt_challenge_response);
	ntlm_authenticate_message_write(&out, &message);
	require(writer_ok(&out) && ntlm_authenticate_message_parse(writer_slice(&out), &again));
	check_fields(&again, writer_slice(&out));
	require(again.mic.size == NTLM_MIC_SIZE && again.negotiate_flags == message.negotiate_flags);
	require(slice_equal(again.lm_challenge_response, message.lm_challenge_response));
	require(slice_equal(again.nt_challenge_response, message.nt_challenge_response));
	require(slice_equal(again.domain_name, message.domain_name));
	require(slice_equal(again.user_name, message.user_name));
	require(slice_equal(again.workstation, message.workstation));
	require(slice_equal(again.encrypted_random_session_key, message.encrypted_random_session_key));
	return 0;
}
