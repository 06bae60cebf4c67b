#include "negotiate/mech_list_mic.h"

enum mic_action mech_list_mic_decide(bool has_integrity, bool due, bool theirs_seen, bool own_token)
{
	static const struct {
		bool has_integrity, due, theirs_seen, own_token;
		enum mic_action action;
	} table[] = {
		/* clang-format off */
		/* integrity  due    seen   own token */
		{ false,      false, false, false, MIC_NONE },
		{ false,      false, false, true,  MIC_NONE },
		{ false,      false, true,  false, MIC_REFUSE_UNUSABLE },
		{ false,      false, true,  true,  MIC_REFUSE_UNUSABLE },
		/* RFC 4178 5: a mechanism without integrity has no MIC, whatever else speaks for one. */
		{ false,      true,  false, false, MIC_NONE },
		{ false,      true,  false, true,  MIC_NONE },
		{ false,      true,  true,  false, MIC_REFUSE_UNUSABLE },
		{ false,      true,  true,  true,  MIC_REFUSE_UNUSABLE },
		{ true,       false, false, false, MIC_NONE },
		{ true,       false, false, true,  MIC_NONE },
		{ true,       false, true,  false, MIC_ANSWER },
		{ true,       false, true,  true,  MIC_ANSWER },
		/* Who sends the mechanism's last token puts the MIC beside it. */
		{ true,       true,  false, false, MIC_REFUSE_MISSING },
		{ true,       true,  false, true,  MIC_SEND_THEN_WAIT },
		{ true,       true,  true,  false, MIC_ANSWER },
		{ true,       true,  true,  true,  MIC_ANSWER },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT_OF(table); i++)
		if (table[i].has_integrity == has_integrity && table[i].due == due &&
		    table[i].theirs_seen == theirs_seen && table[i].own_token == own_token)
			return table[i].action;
	return MIC_REFUSE_MISSING;
}

/* NTLM inside SPNEGO whose AUTHENTICATE has a MIC makes this one mandatory (MS-SPNG). */
static bool inner_announced_mic(const struct negotiate_context *context)
{
	union attribute_value value;

	return context->inner->package->query(context->inner, ATTRIBUTE_MIC_ANNOUNCED, &value) == REASON_OK &&
	       value.mic_announced;
}

bool mech_list_mic_due(const struct negotiate_context *context)
{
	bool kerberos_held = context->credential->inner[MECHANISM_KERBEROS] != NULL;

	if (context->mic_requested || !context->first_preference || inner_announced_mic(context))
		return true;
	/* Somebody in between may have taken Kerberos out of the list, or put NTLM in front. */
	return context->mechanism == MECHANISM_NTLM && (context->others_offered || kerberos_held);
}

enum reason mech_list_mic_write(struct negotiate_context *context, struct byte_writer *mic)
{
	const struct security_package *package = context->inner->package;
	union attribute_value value;
	struct span data = { context->mech_types.data, context->mech_types.size };
	struct message message = { .data = &data, .data_count = 1, .keep_stream = true };
	enum reason reason = package->query(context->inner, ATTRIBUTE_SIZES, &value);

	if (reason != REASON_OK)
		return reason;
	message.header.data = writer_extend(mic, value.sizes.max_signature);
	message.header.size = value.sizes.max_signature;
	if (!writer_ok(mic) || !message.header.data)
		return REASON_OUT_OF_MEMORY;
	if (status_failed(package->sign(context->inner, &message)))
		return message.reason == REASON_OK ? REASON_CRYPTO_FAILED : message.reason;
	writer_truncate(mic, message.header.size);
	return REASON_OK;
}

enum reason mech_list_mic_verify(struct negotiate_context *context, struct slice mic)
{
	LOCAL_WRITER(signature);
	struct span data = { context->mech_types.data, context->mech_types.size };
	struct message message = { .data = &data, .data_count = 1, .keep_stream = true };

	writer_bytes(&signature, mic);
	if (!writer_ok(&signature))
		return REASON_OUT_OF_MEMORY;
	message.header = (struct span) { signature.data, signature.size };
	return context->inner->package->verify(context->inner, &message) == SEC_E_OK
		       ? REASON_OK
		       : REASON_MECH_LIST_MIC_WRONG;
}
