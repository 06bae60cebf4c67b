#include "ntlm/challenge_message.h"

#include "ntlm/av_pair.h"

enum { RESERVED_SIZE = 8 };

bool ntlm_challenge_message_parse(struct slice token, struct ntlm_challenge_message *message)
{
	struct byte_reader in = reader_of(token), target_info;
	struct slice field;

	*message = (struct ntlm_challenge_message) { 0 };
	if (!ntlm_expect_header(&in, NTLM_CHALLENGE_MESSAGE) ||
	    !ntlm_read_field(&in, token, &message->target_name) ||
	    !reader_u32le(&in, &message->negotiate_flags) ||
	    !reader_copy(&in, message->server_challenge, sizeof(message->server_challenge)))
		return false;
	if (!(message->negotiate_flags & NTLM_TARGET_INFO))
		return true; /* very old servers end here */
	if (!reader_skip(&in, RESERVED_SIZE) || !ntlm_read_field(&in, token, &field))
		return false;
	target_info = reader_of(field);
	return ntlm_av_pairs_read(&target_info, &message->target_info);
}

void ntlm_challenge_message_write(struct byte_writer *out, const struct ntlm_challenge_message *message)
{
	LOCAL_WRITER(pairs);
	size_t start = out->size, target_name, target_info;

	ntlm_write_header(out, NTLM_CHALLENGE_MESSAGE);
	target_name = ntlm_reserve_field(out);
	writer_u32le(out, message->negotiate_flags);
	writer_bytes(out, slice_of(message->server_challenge, sizeof(message->server_challenge)));
	writer_zeros(out, RESERVED_SIZE);
	target_info = ntlm_reserve_field(out);
	ntlm_write_version(out);
	ntlm_write_payload(out, start, target_name, message->target_name);
	writer_bytes(&pairs, message->target_info);
	ntlm_av_pair_write(&pairs, MSV_AV_EOL, slice_of(NULL, 0));
	ntlm_write_payload(out, start, target_info, writer_slice(&pairs));
	out->failed |= pairs.failed;
}
