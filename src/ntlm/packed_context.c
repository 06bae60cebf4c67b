/*
 * A finished context as bytes, for another process of the same version: flags, names, account, keys. Numbers are little
 * endian. The bytes hold keys; src/sspi seals them.
 */
#include "base/byte_reader.h"
#include "base/memory.h"
#include "ntlm/context.h"
#include "ntlm/ntlm.h"

/* --- Packing --- */

static void pack_direction(const struct ntlm_direction *direction, struct byte_writer *out)
{
	uint8_t *sealing;

	writer_bytes(out, slice_of(direction->signing_key, sizeof(direction->signing_key)));
	sealing = writer_extend(out, RC4_STATE_SIZE);
	if (sealing)
		rc4_save(&direction->sealing, sealing);
	writer_u32le(out, direction->sequence_number);
	writer_u32le(out, direction->first_number);
}

/* mechListMIC has used numbers, but no key stream. */
static bool is_unused(const struct ntlm_direction *direction)
{
	return direction->sequence_number == direction->first_number;
}

/* Behind the handshake a reset changes nothing; behind a message it would use that message's key stream again. */
enum reason ntlm_pack(struct package_context *base, bool reset, struct byte_writer *out)
{
	const struct ntlm_context *context = (const struct ntlm_context *)base;
	const struct ntlm_keys *keys = &context->keys;
	union attribute_value claimed;

	if (context->step != STEP_DONE || (reset && !(is_unused(&keys->send) && is_unused(&keys->receive))))
		return REASON_OUT_OF_SEQUENCE;
	ntlm_claimed_names(context, &claimed);
	writer_u32le(out, context->flags);
	writer_u8(out, context->mic_announced);
	writer_counted(out, claimed.names.user);
	writer_counted(out, claimed.names.domain);
	if (context->role == ROLE_ACCEPT) {
		writer_counted(out, secret_slice(&context->target));
		account_pack(&context->account, out);
	}
	writer_bytes(out, slice_of(keys->exported.bytes, sizeof(keys->exported.bytes)));
	pack_direction(&keys->send, out);
	pack_direction(&keys->receive, out);
	return REASON_OK;
}

/* --- Unpacking --- */

static bool take_direction(struct byte_reader *in, struct ntlm_direction *direction)
{
	struct slice sealing;

	return reader_copy(in, direction->signing_key, sizeof(direction->signing_key)) &&
	       reader_take(in, RC4_STATE_SIZE, &sealing) && rc4_load(&direction->sealing, sealing.data) &&
	       reader_u32le(in, &direction->sequence_number) && reader_u32le(in, &direction->first_number);
}

static bool take_keys(struct byte_reader *in, struct ntlm_keys *keys)
{
	return reader_copy(in, keys->exported.bytes, sizeof(keys->exported.bytes)) &&
	       take_direction(in, &keys->send) && take_direction(in, &keys->receive);
}

static enum reason fill(struct byte_reader *in, struct ntlm_context *context)
{
	enum reason reason;

	if (!reader_u32le(in, &context->flags) || !reader_bool(in, &context->mic_announced))
		return REASON_BAD_TOKEN;
	reason = secret_read_text(in, &context->user);
	if (reason == REASON_OK)
		reason = secret_read_text(in, &context->domain);
	if (reason == REASON_OK && context->role == ROLE_ACCEPT)
		reason = secret_read_text(in, &context->target);
	if (reason == REASON_OK && context->role == ROLE_ACCEPT)
		reason = account_unpack(in, &context->account);
	if (reason != REASON_OK)
		return reason;
	return take_keys(in, &context->keys) && reader_empty(in) ? REASON_OK : REASON_BAD_TOKEN;
}

enum reason ntlm_unpack(struct slice packed, enum role role, const struct security_package *const *packages,
			struct package_context **made)
{
	struct ntlm_context *context = memory_allocate(sizeof(*context));
	struct byte_reader in = reader_of(packed);
	enum reason reason;

	(void)packages;
	if (!context)
		return REASON_OUT_OF_MEMORY;
	*context = (struct ntlm_context) { .base.package = &ntlm_package, .role = role, .step = STEP_DONE };
	reason = fill(&in, context);
	if (reason == REASON_OK)
		*made = &context->base;
	else
		package_context_free(&context->base);
	return reason;
}
