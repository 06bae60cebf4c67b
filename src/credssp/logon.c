/* The logon inside TLS, and what its keys protect: MS-CSSP 3.1.5. */
#include "credssp/context.h"

/*
 * Integrity, confidentiality, and what they imply; the logon needs no channel bindings, pubKeyAuth binds the key. With
 * Kerberos the server proves itself too, or its pubKeyAuth would prove nothing.
 */
#define LOGON_FLAGS \
	(FLAG_CONFIDENTIALITY | FLAG_INTEGRITY | FLAG_REPLAY_DETECT | FLAG_SEQUENCE_DETECT | \
	 FLAG_CONNECTION | FLAG_MUTUAL_AUTH)

/* A refusal without a reason is a refusal all the same. */
static enum reason failure(enum reason reason)
{
	return reason == REASON_OK ? REASON_CRYPTO_FAILED : reason;
}

enum reason credssp_log_on(struct credssp_context *context, struct credssp_turn *turn, bool *can_seal)
{
	const struct security_package *package = context->credential->logon->package;
	struct leg leg = {
		.input = turn->request->nego_token,
		.target = turn->target,
		.kdc_proxy = turn->kdc_proxy,
		.requested = LOGON_FLAGS | (turn->requested & FLAG_IDENTIFY),
		.output = turn->nego_token,
	};
	enum reason reason = REASON_OK;
	SECURITY_STATUS status;

	if (!context->logon)
		reason = package->new_context(context->credential->logon, context->role, &context->logon);
	if (reason != REASON_OK)
		return reason;
	status = (context->role == ROLE_ACCEPT ? package->accept : package->initiate)(context->logon, &leg);
	turn->ntstatus = leg.ntstatus;
	if (status_failed(status)) /* inside a TSRequest nothing is incomplete */
		return leg.reason == REASON_INCOMPLETE ? REASON_BAD_TOKEN : failure(leg.reason);
	if (!writer_ok(turn->nego_token))
		return REASON_OUT_OF_MEMORY;
	if (leg.consumed != leg.input.size)
		return REASON_BAD_TOKEN;
	context->logged_on = status == SEC_E_OK;
	context->identify = context->logged_on && leg.reached & FLAG_IDENTIFY;
	context->mutual = context->logged_on && leg.reached & FLAG_MUTUAL_AUTH;
	*can_seal = leg.can_seal;
	if (status == SEC_E_OK && !(leg.can_seal && leg.reached & FLAG_CONFIDENTIALITY))
		return REASON_NOT_SEALED;
	if (turn->nego_token->size)
		turn->send |= HAS_NEGO_TOKENS;
	return REASON_OK;
}

enum reason credssp_proof(const struct credssp_context *context, enum key_proof direction,
			  struct byte_writer *proof)
{
	union attribute_value value;
	enum reason reason = context->stream->package->query(context->stream, ATTRIBUTE_PUBLIC_KEY, &value);

	if (reason != REASON_OK)
		return reason;
	return credssp_key_proof(direction, credssp_version(context),
				 slice_of(context->nonce, sizeof(context->nonce)), value.bytes, proof);
}

enum reason credssp_open_blob(struct credssp_context *context, struct slice blob, struct byte_writer *memory,
			      struct slice *plain)
{
	struct span data;
	struct message message = { .data = &data, .data_count = 1 };

	writer_bytes(memory, blob);
	if (!writer_ok(memory))
		return REASON_OUT_OF_MEMORY;
	data = (struct span) { memory->data, memory->size };
	if (status_failed(context->logon->package->open(context->logon, &message)))
		return failure(message.reason);
	*plain = slice_of(data.data, data.size);
	return REASON_OK;
}

enum reason credssp_seal_blob(struct credssp_context *context, struct slice plain, struct byte_writer *blob)
{
	LOCAL_WRITER(signature);
	LOCAL_WRITER(sealed);
	union attribute_value value;
	struct span data;
	struct message message = { .data = &data, .data_count = 1 };
	enum reason reason = context->logon->package->query(context->logon, ATTRIBUTE_SIZES, &value);

	if (reason != REASON_OK)
		return reason;
	writer_zeros(&signature, value.sizes.security_trailer);
	writer_bytes(&sealed, plain);
	if (!writer_ok(&signature) || !writer_ok(&sealed))
		return REASON_OUT_OF_MEMORY;
	message.header = (struct span) { signature.data, signature.size };
	data = (struct span) { sealed.data, sealed.size };
	if (status_failed(context->logon->package->seal(context->logon, &message)))
		return failure(message.reason);
	writer_bytes(blob, slice_of(message.header.data, message.header.size));
	writer_bytes(blob, slice_of(data.data, data.size));
	return writer_ok(blob) ? REASON_OK : REASON_OUT_OF_MEMORY;
}
