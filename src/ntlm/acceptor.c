/* The server's side: MS-NLMP 3.2.5.1, and who gets in (docs/decisions.md 4 and 10). */
#include "base/clock.h"
#include "base/memory.h"
#include "base/trace.h"
#include "base/utf16.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "ntlm/authenticate_message.h"
#include "ntlm/av_pair.h"
#include "ntlm/challenge_message.h"
#include "ntlm/context.h"
#include "ntlm/negotiate_message.h"

/* What a client may ask for and gets. */
#define GRANTED_FLAGS \
	(NTLM_UNICODE | NTLM_SIGN | NTLM_SEAL | NTLM_EXTENDED_SESSIONSECURITY | NTLM_IDENTIFY | \
	 NTLM_VERSION | NTLM_128 | NTLM_KEY_EXCH | NTLM_56)
/* What a CHALLENGE has in any case. */
#define OWN_FLAGS (NTLM_REQUEST_TARGET | NTLM_NTLM | NTLM_ALWAYS_SIGN | NTLM_TARGET_INFO)
/* What an AUTHENTICATE may not have unless the CHALLENGE had it. */
#define SECURITY_FLAGS (NTLM_SIGN | NTLM_SEAL | NTLM_EXTENDED_SESSIONSECURITY | NTLM_128 | NTLM_KEY_EXCH)
/* Session security of 40 or 56 bits, or without extended session security, is not built: Windows refuses it too. */
#define STRONG_FLAGS (NTLM_EXTENDED_SESSIONSECURITY | NTLM_128)

static bool has_session_security(uint32_t flags)
{
	return flags & (NTLM_SIGN | NTLM_SEAL);
}

static bool is_strong_enough(uint32_t flags)
{
	return !has_session_security(flags) || (flags & STRONG_FLAGS) == STRONG_FLAGS;
}

static enum reason choose_flags(uint32_t asked, bool domain_member, uint32_t *flags)
{
	if (!(asked & (NTLM_UNICODE | NTLM_OEM)))
		return REASON_BAD_TOKEN;
	if (!is_strong_enough(asked))
		return REASON_NTLM_FLAGS;
	*flags = (asked & GRANTED_FLAGS) | OWN_FLAGS;
	if (!(asked & NTLM_UNICODE))
		*flags |= NTLM_OEM; /* Unicode wins where both are asked for */
	*flags |= domain_member ? NTLM_TARGET_TYPE_DOMAIN : NTLM_TARGET_TYPE_SERVER;
	if (!has_session_security(asked))
		*flags &= ~(NTLM_128 | NTLM_56); /* 2.2.2.5: not without SIGN or SEAL */
	return REASON_OK;
}

/* The order is the one Windows writes. */
static void write_target_info(struct byte_writer *out, const struct host_names *names, int64_t now)
{
	const struct {
		uint16_t id;
		const struct secret *value;
	} pairs[] = {
		{ MSV_AV_NB_DOMAIN_NAME, &names->netbios_domain },
		{ MSV_AV_NB_COMPUTER_NAME, &names->netbios_computer },
		{ MSV_AV_DNS_DOMAIN_NAME, &names->dns_domain },
		{ MSV_AV_DNS_COMPUTER_NAME, &names->dns_computer },
		{ MSV_AV_DNS_TREE_NAME, &names->dns_tree },
	};
	uint8_t filetime[sizeof(now)];
	struct byte_writer time = writer_fixed(filetime, sizeof(filetime));

	for (size_t i = 0; i < COUNT_OF(pairs); i++)
		if (pairs[i].value->size)
			ntlm_av_pair_write(out, pairs[i].id, secret_slice(pairs[i].value));
	writer_u64le(&time, (uint64_t)now);
	ntlm_av_pair_write(out, MSV_AV_TIMESTAMP, writer_slice(&time));
}

static enum reason make_challenge(const struct host_names *names, uint32_t asked, struct byte_writer *out)
{
	bool domain_member = !utf16_equal_folded(secret_slice(&names->netbios_domain),
						 secret_slice(&names->netbios_computer));
	LOCAL_WRITER(target_info);
	LOCAL_WRITER(oem_name);
	struct ntlm_challenge_message message = {
		.target_name =
			secret_slice(domain_member ? &names->netbios_domain : &names->netbios_computer),
	};
	enum reason reason = choose_flags(asked, domain_member, &message.negotiate_flags);
	int64_t now = clock_now();

	if (reason != REASON_OK)
		return reason;
	if (now < 0)
		return REASON_NO_CLOCK;
	if (!random_bytes(message.server_challenge, sizeof(message.server_challenge)))
		return REASON_NO_RANDOM;
	write_target_info(&target_info, names, now);
	message.target_info = writer_slice(&target_info);
	if (message.negotiate_flags & NTLM_OEM) {
		ntlm_oem_from_utf16(&oem_name, message.target_name);
		message.target_name = writer_slice(&oem_name);
	}
	ntlm_challenge_message_write(out, &message);
	out->failed |= target_info.failed || oem_name.failed;
	return writer_ok(out) ? REASON_OK : REASON_OUT_OF_MEMORY;
}

static SECURITY_STATUS accept_negotiate(struct ntlm_context *context, const char *step, struct leg *leg)
{
	LOCAL_WRITER(challenge);
	struct ntlm_negotiate_message message;
	enum reason reason;

	if (!context->credential->policy.ntlm)
		return leg_refuse(leg, step, REASON_NTLM_SWITCHED_OFF, NULL);
	if (!ntlm_negotiate_message_parse(leg->input, &message))
		return leg_refuse(leg, step, REASON_BAD_TOKEN, "no NTLM NEGOTIATE_MESSAGE");
	reason = make_challenge(context->credential->names, message.negotiate_flags, &challenge);
	if (reason != REASON_OK)
		return leg_refuse(leg, step, reason, "the client asks for flags %08x",
				  message.negotiate_flags);
	if (!secret_copy(&context->negotiate, leg->input) ||
	    !secret_copy(&context->challenge, writer_slice(&challenge)))
		return leg_refuse(leg, step, REASON_OUT_OF_MEMORY, NULL);
	writer_bytes(leg->output, writer_slice(&challenge));
	return SEC_I_CONTINUE_NEEDED;
}

/* 3.2.5.1.2 has an empty name with an empty response, whatever the LM response is; nobody's name is empty anyway. */
static bool is_anonymous(const struct ntlm_authenticate_message *message)
{
	return message->user_name.size == 0 || message->negotiate_flags & NTLM_ANONYMOUS;
}

static enum reason check_response_form(const struct ntlm_authenticate_message *message, struct slice *pairs)
{
	if (is_anonymous(message))
		return REASON_NTLM_ANONYMOUS;
	if (message->nt_challenge_response.size == 0 ||
	    message->nt_challenge_response.size == NTLM_V1_RESPONSE_SIZE)
		return REASON_NTLM_V1; /* none: LM only */
	return ntlm_v2_response_parse(message->nt_challenge_response, pairs) ? REASON_OK : REASON_BAD_TOKEN;
}

static enum reason check_flags(uint32_t flags, uint32_t offered, uint32_t requested)
{
	uint32_t added = flags & ~offered & SECURITY_FLAGS;

	if (!has_session_security(flags))
		added &= ~NTLM_128; /* 2.2.2.5: it means nothing then, and some clients always say it */
	if (added || (flags ^ offered) & NTLM_UNICODE || !is_strong_enough(flags))
		return REASON_NTLM_FLAGS;
	if (requested & FLAG_CONFIDENTIALITY && !(flags & NTLM_SEAL))
		return REASON_NTLM_FLAGS;
	if (requested & FLAG_INTEGRITY && !has_session_security(flags))
		return REASON_NTLM_FLAGS;
	return REASON_OK;
}

/* Our CHALLENGE's words lie under the client's HMAC now: it was not changed on the way and comes from nowhere else. */
static bool returns_our_pairs(struct slice pairs, struct slice target_info)
{
	static const enum ntlm_av_id ids[] = {
		MSV_AV_NB_COMPUTER_NAME, MSV_AV_NB_DOMAIN_NAME, MSV_AV_DNS_COMPUTER_NAME,
		MSV_AV_DNS_DOMAIN_NAME,  MSV_AV_DNS_TREE_NAME,  MSV_AV_TIMESTAMP,
	};
	struct slice ours, theirs;

	for (size_t i = 0; i < COUNT_OF(ids); i++)
		if (ntlm_av_pairs_find(target_info, ids[i], &ours) &&
		    !(ntlm_av_pairs_find(pairs, ids[i], &theirs) && slice_equal(ours, theirs)))
			return false;
	return true;
}

/*
 * 3.2.5.1.2. A client that knows bindings but was given none says so by zeros, which FLAG_ALLOW_MISSING_BINDINGS
 * does not excuse. FLAG_REQUIRE_BINDINGS without bindings of our own: TLS ends at a proxy, and the client must have
 * seen one.
 */
static bool bindings_match(struct slice pairs, const struct leg *leg)
{
	static const uint8_t none[MD5_SIZE];
	struct slice theirs;
	bool said = ntlm_av_pairs_find(pairs, MSV_AV_CHANNEL_BINDINGS, &theirs);
	bool given = said && !slice_equal(theirs, slice_of(none, sizeof(none)));

	if (leg->bindings.size && given)
		return crypto_equal(theirs, leg->bindings);
	if (leg->requested & FLAG_REQUIRE_BINDINGS)
		return given;
	return leg->bindings.size == 0 || (!said && leg->requested & FLAG_ALLOW_MISSING_BINDINGS);
}

static enum reason exported_session_key(const struct ntlm_authenticate_message *message,
					const uint8_t key_exchange_key[NTLM_KEY_SIZE],
					struct ntlm_session_key *key)
{
	struct slice encrypted = message->encrypted_random_session_key;
	bool exchanged = message->negotiate_flags & NTLM_KEY_EXCH;

	/*
	 * 3.2.5.1.2: a key is exchanged for SIGN or SEAL only. Without them some clients send one all the same, and
	 * some a byte in its place, which counts for nothing.
	 */
	if (exchanged && encrypted.size == NTLM_KEY_SIZE) {
		ntlm_exchange_key(key_exchange_key, encrypted.data, key->bytes);
		return REASON_OK;
	}
	if (exchanged ? has_session_security(message->negotiate_flags) : encrypted.size > 0)
		return REASON_BAD_TOKEN;
	memcpy(key->bytes, key_exchange_key, NTLM_KEY_SIZE);
	return REASON_OK;
}

/*
 * docs/decisions.md 10. Announced in MsvAvFlags, which lies under the client's HMAC, the MIC must be there and right.
 * Not announced though our CHALLENGE had a time: a signing client needs a right one at its place all the same.
 */
static enum reason check_mic(const struct ntlm_context *context,
			     const struct ntlm_authenticate_message *message, struct slice token,
			     struct slice pairs, const struct ntlm_session_key *exported)
{
	bool announced = ntlm_av_flags(pairs) & MSV_AV_FLAG_MIC;
	uint8_t expected[NTLM_MIC_SIZE];
	bool right = false;

	if (message->mic.size) {
		ntlm_mic(exported, secret_slice(&context->negotiate), secret_slice(&context->challenge),
			 token, expected);
		right = crypto_equal(message->mic, slice_of(expected, sizeof(expected)));
	}
	if (right)
		return REASON_OK;
	if (announced)
		return REASON_NTLM_MIC_WRONG;
	if (!has_session_security(message->negotiate_flags) ||
	    context->credential->policy.ntlm_mic_announced_only)
		return REASON_OK;
	return REASON_NTLM_MIC_MISSING;
}

/* Everything that can be said without the account. */
static enum reason check_message(const struct leg *leg, const struct ntlm_challenge_message *challenge,
				 const struct ntlm_authenticate_message *message, struct slice *pairs)
{
	enum reason reason = check_response_form(message, pairs);

	if (reason != REASON_OK)
		return reason;
	reason = check_flags(message->negotiate_flags, challenge->negotiate_flags, leg->requested);
	if (reason != REASON_OK)
		return reason;
	if (!returns_our_pairs(*pairs, challenge->target_info))
		return REASON_NTLM_TARGET_INFO;
	return bindings_match(*pairs, leg) ? REASON_OK : REASON_BAD_BINDINGS;
}

/* As the client spells it. */
static enum reason keep_name(struct secret *kept, struct slice name, uint32_t flags)
{
	LOCAL_WRITER(wide);

	if (!(flags & NTLM_UNICODE)) {
		if (!ntlm_utf16_from_oem(&wide, name))
			return REASON_NTLM_FLAGS; /* with such a name it must know Unicode */
		name = writer_slice(&wide);
	}
	return writer_ok(&wide) && secret_copy(kept, name) ? REASON_OK : REASON_OUT_OF_MEMORY;
}

static void ask_authority(const struct ntlm_context *context, const struct ntlm_authenticate_message *message,
			  const struct ntlm_challenge_message *challenge, struct ntlm_answer *answer)
{
	struct authority *authority = context->credential->authority;
	struct ntlm_question question = {
		.user = secret_slice(&context->user),
		.domain = secret_slice(&context->domain),
		.response = message->nt_challenge_response,
	};

	memcpy(question.challenge, challenge->server_challenge, sizeof(question.challenge));
	if (authority)
		authority->class->ask_ntlm(authority, &question, answer);
	else
		answer->verdict = REASON_NO_ACCOUNTS;
}

static void trace_acceptance(const char *step, const struct account *account)
{
	LOCAL_WRITER(name);
	bool printable = true;

	if (!trace_enabled())
		return;
	if (account->domain.size) {
		printable = utf16_to_utf8(&name, secret_slice(&account->domain));
		writer_u8(&name, '\\');
	}
	if (!utf16_to_utf8(&name, secret_slice(&account->user)) || !printable)
		writer_truncate(&name, 0); /* said all the same: nobody gets in without a line */
	trace(step, REASON_OK, "%.*s is let in by NTLMv2 and the authority %s",
	      name.size ? (int)name.size : 1, name.size ? (const char *)name.data : "?",
	      account->authority ? account->authority : "?");
}

static SECURITY_STATUS accept_authenticate(struct ntlm_context *context, const char *step, struct leg *leg)
{
	CLEANUP(ntlm_answer_wipe) struct ntlm_answer answer = ntlm_answer_start();
	CLEANUP(ntlm_session_key_wipe) struct ntlm_session_key key = { 0 };
	struct ntlm_authenticate_message message;
	struct ntlm_challenge_message challenge;
	struct slice pairs, target;
	enum reason reason;

	if (!ntlm_authenticate_message_parse(leg->input, &message) ||
	    !ntlm_challenge_message_parse(secret_slice(&context->challenge), &challenge))
		return leg_refuse(leg, step, REASON_BAD_TOKEN, "no NTLM AUTHENTICATE_MESSAGE");
	reason = keep_name(&context->user, message.user_name, message.negotiate_flags);
	if (reason == REASON_OK)
		reason = keep_name(&context->domain, message.domain_name, message.negotiate_flags);
	if (reason == REASON_OK)
		reason = check_message(leg, &challenge, &message, &pairs);
	if (reason != REASON_OK)
		return leg_refuse(leg, step, reason, "flags %08x", message.negotiate_flags);
	ask_authority(context, &message, &challenge, &answer);
	if (answer.verdict != REASON_OK) {
		leg->ntstatus = answer.ntstatus;
		return leg_refuse(leg, step, answer.verdict, NULL);
	}
	reason = exported_session_key(&message, answer.session_base_key, &key);
	if (reason == REASON_OK)
		reason = check_mic(context, &message, leg->input, pairs, &key);
	(void)ntlm_av_pairs_find(pairs, MSV_AV_TARGET_NAME, &target);
	if (reason == REASON_OK && target.size % sizeof(uint16_t))
		reason = REASON_BAD_TOKEN;
	if (reason == REASON_OK && !secret_copy(&context->target, target))
		reason = REASON_OUT_OF_MEMORY;
	if (reason != REASON_OK)
		return leg_refuse(leg, step, reason, NULL);
	ntlm_keys_derive(&context->keys, &key, ROLE_ACCEPT);
	context->flags = message.negotiate_flags;
	context->mic_announced = ntlm_av_flags(pairs) & MSV_AV_FLAG_MIC;
	context->account = answer.account;
	answer.account = (struct account) { 0 };
	trace_acceptance(step, &context->account);
	return SEC_E_OK;
}

/* clang-format off */
static const struct ntlm_step_rule acceptor_steps[STEP_COUNT] = {
	/*                      name            run                  next */
	[STEP_NEGOTIATE]    = { "NEGOTIATE",    accept_negotiate,    STEP_AUTHENTICATE },
	[STEP_AUTHENTICATE] = { "AUTHENTICATE", accept_authenticate, STEP_DONE },
	[STEP_DONE]         = { .name = "done" },
	[STEP_REFUSED]      = { .name = "refused" },
};
/* clang-format on */

SECURITY_STATUS ntlm_accept(struct package_context *base, struct leg *leg)
{
	return ntlm_run_step((struct ntlm_context *)base, acceptor_steps, leg);
}
