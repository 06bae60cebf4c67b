/* The client's side: MS-NLMP 3.1.5.1. NTLMv2 with session security as asked for, always with a MIC. */
#include "base/clock.h"
#include "base/memory.h"
#include "crypto/random.h"
#include "ntlm/authenticate_message.h"
#include "ntlm/av_pair.h"
#include "ntlm/challenge_message.h"
#include "ntlm/context.h"
#include "ntlm/negotiate_message.h"

#define ASKED_FLAGS \
	(NTLM_UNICODE | NTLM_OEM | NTLM_REQUEST_TARGET | NTLM_LM_KEY | NTLM_NTLM | NTLM_ALWAYS_SIGN | \
	 NTLM_EXTENDED_SESSIONSECURITY | NTLM_VERSION | NTLM_128 | NTLM_KEY_EXCH | NTLM_56)
/* What a CHALLENGE may say for itself, and the AUTHENTICATE repeats. */
#define SERVER_FLAGS NTLM_TARGET_INFO

enum { LM_RESPONSE_SIZE = 24, CLIENT_CHALLENGE_SIZE = 8 };

/* What a client makes by itself to answer one CHALLENGE. */
struct client_answer {
	uint8_t client_challenge[CLIENT_CHALLENGE_SIZE];
	uint8_t encrypted_random_session_key[NTLM_KEY_SIZE];
	struct ntlm_session_key exported;
	struct slice challenge; /* as it came, for the MIC */
	struct byte_writer *pairs, *response;
};

static void client_answer_wipe(struct client_answer *answer)
{
	memory_wipe(answer, sizeof(*answer));
}

static uint32_t wanted_session_security(const struct leg *leg)
{
	uint32_t flags = 0;

	if (leg->requested &
	    (FLAG_INTEGRITY | FLAG_REPLAY_DETECT | FLAG_SEQUENCE_DETECT | FLAG_CONFIDENTIALITY))
		flags |= NTLM_SIGN;
	if (leg->requested & FLAG_CONFIDENTIALITY)
		flags |= NTLM_SEAL;
	return flags;
}

static SECURITY_STATUS send_negotiate(struct ntlm_context *context, const char *step, struct leg *leg)
{
	LOCAL_WRITER(token);

	if (!context->credential->policy.ntlm)
		return leg_refuse(leg, step, REASON_NTLM_SWITCHED_OFF, NULL);
	if (leg->input.size)
		return leg_refuse(leg, step, REASON_UNEXPECTED_MESSAGE, "the client speaks first");
	context->flags = ASKED_FLAGS | wanted_session_security(leg);
	if (leg->requested & FLAG_IDENTIFY)
		context->flags |= NTLM_IDENTIFY;
	ntlm_negotiate_message_write(&token, context->flags);
	if (!writer_ok(&token) || !secret_copy(&context->negotiate, writer_slice(&token)))
		return leg_refuse(leg, step, REASON_OUT_OF_MEMORY, NULL);
	writer_bytes(leg->output, writer_slice(&token));
	return SEC_I_CONTINUE_NEEDED;
}

/* 3.1.5.1.2: without names under its HMAC an answer could serve somebody in between. */
static enum reason check_challenge(const struct ntlm_challenge_message *challenge, uint32_t asked)
{
	uint32_t security = NTLM_SIGN | NTLM_SEAL;
	struct slice name;

	if (!(challenge->negotiate_flags & NTLM_UNICODE) || (asked & ~challenge->negotiate_flags & security))
		return REASON_NTLM_FLAGS;
	if (asked & security && (!(challenge->negotiate_flags & NTLM_128) ||
				 !(challenge->negotiate_flags & NTLM_EXTENDED_SESSIONSECURITY)))
		return REASON_NTLM_FLAGS;
	if (!(challenge->negotiate_flags & NTLM_TARGET_INFO) ||
	    !ntlm_av_pairs_find(challenge->target_info, MSV_AV_NB_COMPUTER_NAME, &name) ||
	    !ntlm_av_pairs_find(challenge->target_info, MSV_AV_NB_DOMAIN_NAME, &name))
		return REASON_NO_TARGET_INFO;
	return REASON_OK;
}

static void write_flags(struct byte_writer *out, uint32_t flags)
{
	writer_u16le(out, MSV_AV_FLAGS);
	writer_u16le(out, sizeof(flags));
	writer_u32le(out, flags);
}

/*
 * The server's pairs as they came, its MsvAvFlags with our bit added, then ours. What only a client says is not copied:
 * standing in front, a server's (or its go-between's) MsvAvChannelBindings would count in place of ours.
 */
static void write_pairs(struct byte_writer *out, struct slice target_info, const struct leg *leg)
{
	static const uint8_t no_bindings[MD5_SIZE];
	uint32_t unverified = leg->requested & FLAG_UNVERIFIED_TARGET ? MSV_AV_FLAG_UNVERIFIED_SPN : 0;
	uint32_t flags = ntlm_av_flags(target_info) | MSV_AV_FLAG_MIC | unverified;
	struct byte_reader in = reader_of(target_info);
	bool has_flags = false;
	struct slice value;
	uint16_t id;

	while (ntlm_av_pair_read(&in, &id, &value)) {
		if (id == MSV_AV_FLAGS && !has_flags)
			write_flags(out, flags);
		else if (id != MSV_AV_FLAGS && id != MSV_AV_CHANNEL_BINDINGS && id != MSV_AV_TARGET_NAME)
			ntlm_av_pair_write(out, id, value);
		has_flags |= id == MSV_AV_FLAGS;
	}
	if (!has_flags)
		write_flags(out, flags);
	ntlm_av_pair_write(out, MSV_AV_CHANNEL_BINDINGS,
			   leg->bindings.size ? leg->bindings : slice_of(no_bindings, sizeof(no_bindings)));
	ntlm_av_pair_write(out, MSV_AV_TARGET_NAME, leg->target);
}

/* The server's time if it gave one: then both sides agree on the age of the answer. False: the clock failed. */
static bool response_time(struct slice target_info, int64_t *time)
{
	struct byte_reader in;
	struct slice value;
	uint64_t theirs;

	if (!ntlm_av_pairs_find(target_info, MSV_AV_TIMESTAMP, &value)) {
		*time = clock_now();
		return *time >= 0;
	}
	in = reader_of(value);
	if (!reader_u64le(&in, &theirs))
		return false;
	*time = (int64_t)theirs;
	return true;
}

/* ClientChallenge, and where keys are exchanged ExportedSessionKey, in one draw. */
static enum reason draw(struct client_answer *answer, bool exchange_key)
{
	uint8_t drawn[CLIENT_CHALLENGE_SIZE + NTLM_KEY_SIZE] = { 0 };
	bool done = random_bytes(drawn, exchange_key ? sizeof(drawn) : CLIENT_CHALLENGE_SIZE);

	memcpy(answer->client_challenge, drawn, CLIENT_CHALLENGE_SIZE);
	memcpy(answer->exported.bytes, drawn + CLIENT_CHALLENGE_SIZE, NTLM_KEY_SIZE);
	memory_wipe(drawn, sizeof(drawn));
	return done ? REASON_OK : REASON_NO_RANDOM;
}

static bool compute_response(const struct ntlm_context *context,
			     const struct ntlm_challenge_message *challenge, int64_t time, bool exchange_key,
			     struct client_answer *answer)
{
	const struct ntlm_credential *credential = context->credential;
	CLEANUP(ntlm_session_key_wipe) struct ntlm_session_key nt_hash, response_key, base_key;
	uint8_t proof[NTLM_PROOF_SIZE];
	struct byte_reader temp;

	response_key = base_key = nt_hash = (struct ntlm_session_key) { 0 };
	writer_zeros(answer->response, sizeof(proof)); /* it lies in front of what it is computed over */
	ntlm_v2_response_write(answer->response, time,
			       slice_of(answer->client_challenge, sizeof(answer->client_challenge)),
			       writer_slice(answer->pairs));
	ntlm_nt_hash(secret_slice(&credential->password), nt_hash.bytes);
	temp = reader_of(writer_slice(answer->response));
	if (!writer_ok(answer->response) || !reader_skip(&temp, sizeof(proof)) ||
	    !ntlm_response_key(nt_hash.bytes, secret_slice(&credential->user),
			       secret_slice(&credential->domain), response_key.bytes))
		return false;
	ntlm_proof(response_key.bytes, challenge->server_challenge, reader_rest(&temp), proof);
	ntlm_session_base_key(response_key.bytes, proof, base_key.bytes);
	writer_patch(answer->response, 0, slice_of(proof, sizeof(proof)));
	if (exchange_key)
		ntlm_exchange_key(base_key.bytes, answer->exported.bytes,
				  answer->encrypted_random_session_key);
	else
		answer->exported = base_key;
	return writer_ok(answer->response);
}

static void write_authenticate(struct byte_writer *out, const struct ntlm_context *context, uint32_t flags,
			       const struct client_answer *answer, bool exchange_key)
{
	static const uint8_t no_lm_response[LM_RESPONSE_SIZE];
	uint8_t mic[NTLM_MIC_SIZE];

	ntlm_authenticate_message_write(
		out, &(struct ntlm_authenticate_message) {
			     .lm_challenge_response = slice_of(no_lm_response, sizeof(no_lm_response)),
			     .nt_challenge_response = writer_slice(answer->response),
			     .domain_name = secret_slice(&context->credential->domain),
			     .user_name = secret_slice(&context->credential->user),
			     .workstation = secret_slice(&context->credential->names->netbios_computer),
			     .encrypted_random_session_key = slice_of(answer->encrypted_random_session_key,
								      exchange_key ? NTLM_KEY_SIZE : 0),
			     .negotiate_flags = flags,
		     });
	if (!writer_ok(out))
		return;
	ntlm_mic(&answer->exported, secret_slice(&context->negotiate), answer->challenge, writer_slice(out),
		 mic);
	writer_patch(out, NTLM_MIC_OFFSET, slice_of(mic, sizeof(mic)));
}

static SECURITY_STATUS answer_challenge(struct ntlm_context *context, const char *step, struct leg *leg)
{
	LOCAL_WRITER(pairs);
	LOCAL_WRITER(response);
	LOCAL_WRITER(token);
	CLEANUP(client_answer_wipe)
	struct client_answer answer = { .challenge = leg->input, .pairs = &pairs, .response = &response };
	struct ntlm_challenge_message challenge;
	bool exchange_key;
	uint32_t flags;
	int64_t time;
	enum reason reason;

	if (!ntlm_challenge_message_parse(leg->input, &challenge))
		return leg_refuse(leg, step, REASON_BAD_TOKEN, "no NTLM CHALLENGE_MESSAGE");
	reason = check_challenge(&challenge, context->flags);
	if (reason != REASON_OK)
		return leg_refuse(leg, step, reason, "the server offers flags %08x",
				  challenge.negotiate_flags);
	flags = challenge.negotiate_flags &
		((context->flags & ~(uint32_t)(NTLM_OEM | NTLM_LM_KEY)) | SERVER_FLAGS);
	exchange_key = flags & NTLM_KEY_EXCH && flags & (NTLM_SIGN | NTLM_SEAL);
	if (!response_time(challenge.target_info, &time))
		return leg_refuse(leg, step, REASON_NO_CLOCK, NULL);
	reason = draw(&answer, exchange_key);
	if (reason != REASON_OK)
		return leg_refuse(leg, step, reason, NULL);
	write_pairs(&pairs, challenge.target_info, leg);
	if (!writer_ok(&pairs) || !compute_response(context, &challenge, time, exchange_key, &answer))
		return leg_refuse(leg, step, REASON_OUT_OF_MEMORY, NULL);
	write_authenticate(&token, context, flags, &answer, exchange_key);
	if (!writer_ok(&token))
		return leg_refuse(leg, step, REASON_OUT_OF_MEMORY, NULL);
	ntlm_keys_derive(&context->keys, &answer.exported, ROLE_INITIATE);
	context->flags = flags;
	context->mic_announced = true;
	writer_bytes(leg->output, writer_slice(&token));
	return SEC_E_OK;
}

/* clang-format off */
static const struct ntlm_step_rule initiator_steps[STEP_COUNT] = {
	/*                   name         run               next */
	[STEP_NEGOTIATE] = { "NEGOTIATE", send_negotiate,   STEP_CHALLENGE },
	[STEP_CHALLENGE] = { "CHALLENGE", answer_challenge, STEP_DONE },
	[STEP_DONE]      = { .name = "done" },
	[STEP_REFUSED]   = { .name = "refused" },
};
/* clang-format on */

SECURITY_STATUS ntlm_initiate(struct package_context *base, struct leg *leg)
{
	return ntlm_run_step((struct ntlm_context *)base, initiator_steps, leg);
}
