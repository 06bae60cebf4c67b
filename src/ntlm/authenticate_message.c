#include "ntlm/authenticate_message.h"

#include "crypto/ntlm_v2.h"
#include "ntlm/av_pair.h"

enum { RESPONSE_VERSION = 1 }; /* RespType and HiRespType, 2.2.2.7 */

static bool has_text(const struct ntlm_authenticate_message *message)
{
	size_t odd = message->domain_name.size | message->user_name.size | message->workstation.size;

	if (message->negotiate_flags & NTLM_UNICODE)
		return odd % 2 == 0; /* whole units each */
	return message->negotiate_flags & NTLM_OEM;
}

/* The MIC has its place only where no payload lies: an older client's payload begins there or even before. */
static struct slice find_mic(struct slice token, const struct ntlm_authenticate_message *message)
{
	const struct slice fields[] = {
		message->lm_challenge_response, message->nt_challenge_response,
		message->domain_name,           message->user_name,
		message->workstation,           message->encrypted_random_session_key,
	};
	struct slice mic;

	for (size_t i = 0; i < COUNT_OF(fields); i++)
		if (fields[i].size && fields[i].data - token.data < NTLM_AUTHENTICATE_PAYLOAD)
			return slice_of(NULL, 0);
	return slice_part(token, NTLM_MIC_OFFSET, NTLM_MIC_SIZE, &mic) ? mic : slice_of(NULL, 0);
}

bool ntlm_authenticate_message_parse(struct slice token, struct ntlm_authenticate_message *message)
{
	struct byte_reader in = reader_of(token);

	*message = (struct ntlm_authenticate_message) { 0 };
	if (!ntlm_expect_header(&in, NTLM_AUTHENTICATE_MESSAGE) ||
	    !ntlm_read_field(&in, token, &message->lm_challenge_response) ||
	    !ntlm_read_field(&in, token, &message->nt_challenge_response) ||
	    !ntlm_read_field(&in, token, &message->domain_name) ||
	    !ntlm_read_field(&in, token, &message->user_name) ||
	    !ntlm_read_field(&in, token, &message->workstation) ||
	    !ntlm_read_field(&in, token, &message->encrypted_random_session_key) ||
	    !reader_u32le(&in, &message->negotiate_flags) || !has_text(message))
		return false;
	message->mic = find_mic(token, message);
	return true;
}

void ntlm_authenticate_message_write(struct byte_writer *out, const struct ntlm_authenticate_message *message)
{
	size_t start = out->size, lm, nt, domain, user, workstation, key;

	ntlm_write_header(out, NTLM_AUTHENTICATE_MESSAGE);
	lm = ntlm_reserve_field(out);
	nt = ntlm_reserve_field(out);
	domain = ntlm_reserve_field(out);
	user = ntlm_reserve_field(out);
	workstation = ntlm_reserve_field(out);
	key = ntlm_reserve_field(out);
	writer_u32le(out, message->negotiate_flags);
	ntlm_write_version(out);
	writer_zeros(out, NTLM_MIC_SIZE);
	ntlm_write_payload(out, start, domain, message->domain_name);
	ntlm_write_payload(out, start, user, message->user_name);
	ntlm_write_payload(out, start, workstation, message->workstation);
	ntlm_write_payload(out, start, lm, message->lm_challenge_response);
	ntlm_write_payload(out, start, nt, message->nt_challenge_response);
	ntlm_write_payload(out, start, key, message->encrypted_random_session_key);
}

bool ntlm_v2_response_parse(struct slice response, struct slice *pairs)
{
	struct byte_reader in = reader_of(response);
	uint8_t version, highest_version;

	return reader_skip(&in, NTLM_PROOF_SIZE) && reader_u8(&in, &version) &&
	       reader_u8(&in, &highest_version) && version == RESPONSE_VERSION &&
	       highest_version == RESPONSE_VERSION && reader_skip(&in, NTLM_CLIENT_CHALLENGE_SIZE - 2) &&
	       ntlm_av_pairs_read(&in, pairs);
}

void ntlm_v2_response_write(struct byte_writer *out, int64_t time, struct slice client_challenge,
			    struct slice pairs)
{
	writer_u8(out, RESPONSE_VERSION);
	writer_u8(out, RESPONSE_VERSION);
	writer_zeros(out, 6); /* Reserved1, Reserved2 */
	writer_u64le(out, (uint64_t)time);
	writer_bytes(out, client_challenge);
	writer_zeros(out, 4); /* Reserved3 */
	writer_bytes(out, pairs);
	ntlm_av_pair_write(out, MSV_AV_EOL, slice_of(NULL, 0));
	writer_zeros(out, 4); /* the Z(4) that ends temp, 3.3.2 */
}
