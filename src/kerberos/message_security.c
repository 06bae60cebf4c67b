/* Messages: RFC 4121 4.2, laid out as SSPI does it (MS-KILE 3.4.5): TOKEN, and DATA of the plain text's length. */
#include "base/byte_reader.h"
#include "base/memory.h"
#include "kerberos/context.h"
#include "kerberos/library.h"

#include <gssapi/gssapi_ext.h>

/* More pieces than any caller has, and the header. */
enum { PIECES_MAX = 16, IOV_MAX_COUNT = 1 + PIECES_MAX };

/* A message that does not verify, and one that could be protected in part only, end the context. */
static SECURITY_STATUS break_off(struct kerberos_context *context, const char *step, struct message *message,
				 enum reason reason)
{
	context->step = STEP_REFUSED;
	return message_refuse(message, step, reason);
}

static enum reason check_call(const struct kerberos_context *context, const struct message *message,
			      uint32_t needed)
{
	if (context->step != STEP_DONE)
		return REASON_OUT_OF_SEQUENCE;
	if (!(context->reached & needed))
		return REASON_UNSUPPORTED;
	return message->data_count <= PIECES_MAX ? REASON_OK : REASON_BAD_BUFFERS;
}

static bool is_signed_only(const struct message *message, size_t piece)
{
	return message->signed_only >> piece & 1;
}

/* The header and every piece, in their order; what is signed only counts in that order too. */
static int lay_out(const struct message *message, struct span header, gss_iov_buffer_desc iov[IOV_MAX_COUNT])
{
	iov[0] = (gss_iov_buffer_desc) {
		.type = GSS_IOV_BUFFER_TYPE_HEADER,
		.buffer = { header.size, header.data },
	};
	for (size_t i = 0; i < message->data_count; i++)
		iov[1 + i] = (gss_iov_buffer_desc) {
			.type = is_signed_only(message, i) ? GSS_IOV_BUFFER_TYPE_SIGN_ONLY
							   : GSS_IOV_BUFFER_TYPE_DATA,
			.buffer = { message->data[i].size, message->data[i].data },
		};
	return 1 + (int)message->data_count;
}

/* What MIT said of a message; its bits for a wrong order stand beside a complete status. */
static enum reason reason_of(OM_uint32 major)
{
	if (GSS_ERROR(major))
		return GSS_ROUTINE_ERROR(major) == GSS_S_BAD_SIG ? REASON_MESSAGE_ALTERED : REASON_BAD_TOKEN;
	return GSS_SUPPLEMENTARY_INFO(major) ? REASON_WRONG_SEQUENCE_NUMBER : REASON_OK;
}

/* --- Seal */

/* GSS_Wrap, with or without encryption; the room for the token is looked at before anything is changed. */
static SECURITY_STATUS wrap(struct kerberos_context *context, const char *step, struct message *message,
			    bool sealed)
{
	enum reason reason = check_call(context, message, sealed ? FLAG_CONFIDENTIALITY : FLAG_INTEGRITY);
	/* Without a confounder and a sealed header the token is as long as a signature. */
	uint32_t size = sealed ? context->security_trailer : context->max_signature;
	gss_iov_buffer_desc iov[IOV_MAX_COUNT];
	OM_uint32 major, minor;
	int count, state = 0;

	if (reason == REASON_OK && message->header.size < size)
		reason = REASON_BUFFER_TOO_SMALL;
	if (reason != REASON_OK)
		return message_refuse(message, step, reason);
	count = lay_out(message, (struct span) { message->header.data, size }, iov);
	major = gss_wrap_iov(&minor, context->gss, sealed, GSS_C_QOP_DEFAULT, &state, iov, count);
	if (major != GSS_S_COMPLETE || (state != 0) != sealed)
		return break_off(context, step, message, REASON_CRYPTO_FAILED);
	message->header.size = iov[0].buffer.length;
	context->used = true;
	return SEC_E_OK;
}

SECURITY_STATUS kerberos_seal(struct package_context *base, struct message *message)
{
	return wrap((struct kerberos_context *)base, "seal", message, true);
}

/* --- Open */

/* Signed alone is not what sealing was agreed on for, unless the caller hears of it. */
static enum reason check_sealed(struct message *message, int state)
{
	message->unsealed = !state;
	return state || message->takes_unsealed ? REASON_OK : REASON_MESSAGE_ALTERED;
}

/* The pieces where they lie: the only form that knows signed-only pieces, and the only one of DCE style. */
static enum reason open_in_place(struct kerberos_context *context, struct message *message)
{
	gss_iov_buffer_desc iov[IOV_MAX_COUNT];
	int count = lay_out(message, message->header, iov), state = 0;
	OM_uint32 minor;
	enum reason reason = reason_of(gss_unwrap_iov(&minor, context->gss, &state, NULL, iov, count));

	return reason == REASON_OK ? check_sealed(message, state) : reason;
}

/* The plain text goes where its cipher text was. */
static bool give_back(struct message *message, struct slice plain)
{
	struct byte_reader in = reader_of(plain);

	if (message->data_count == 1 && plain.size < message->data[0].size)
		message->data[0].size = plain.size;
	for (size_t i = 0; i < message->data_count; i++)
		if (message->data[i].size && !reader_copy(&in, message->data[i].data, message->data[i].size))
			return false;
	return reader_empty(&in);
}

/*
 * Token and data as one, whatever part of it the peer took for the token and however it rotated the rest (RFC 4121
 * 4.2.5): Windows and we put the trailer in front, plain GSS_Wrap leaves it behind.
 */
static enum reason open_joined(struct kerberos_context *context, struct message *message)
{
	CLEANUP(library_release_buffer) gss_buffer_desc plain = GSS_C_EMPTY_BUFFER;
	LOCAL_WRITER(whole);
	gss_buffer_desc input;
	OM_uint32 minor;
	int state = 0;
	enum reason reason;

	writer_bytes(&whole, slice_of(message->header.data, message->header.size));
	for (size_t i = 0; i < message->data_count; i++)
		writer_bytes(&whole, slice_of(message->data[i].data, message->data[i].size));
	if (!writer_ok(&whole))
		return REASON_OUT_OF_MEMORY;
	input = library_buffer(writer_slice(&whole));
	reason = reason_of(gss_unwrap(&minor, context->gss, &input, &plain, &state, NULL));
	if (reason == REASON_OK)
		reason = check_sealed(message, state);
	if (reason == REASON_OK && !give_back(message, library_slice(&plain)))
		reason = REASON_MESSAGE_ALTERED;
	if (plain.value)
		memory_wipe(plain.value, plain.length);
	return reason;
}

static void wipe_data(const struct message *message)
{
	for (size_t i = 0; i < message->data_count; i++)
		if (!is_signed_only(message, i) && message->data[i].size)
			memory_wipe(message->data[i].data, message->data[i].size);
}

SECURITY_STATUS kerberos_open(struct package_context *base, struct message *message)
{
	struct kerberos_context *context = (struct kerberos_context *)base;
	bool in_place = message->signed_only || context->reached & FLAG_DCE_STYLE;
	enum reason reason = check_call(context, message,
					message->takes_unsealed ? FLAG_CONFIDENTIALITY | FLAG_INTEGRITY
								: FLAG_CONFIDENTIALITY);

	if (reason == REASON_OK && !message->header.data && (message->data_count != 1 || in_place))
		reason = REASON_BAD_TOKEN;
	if (reason != REASON_OK)
		return message_refuse(message, "open", reason);
	reason = in_place ? open_in_place(context, message) : open_joined(context, message);
	if (reason == REASON_OUT_OF_MEMORY)
		return message_refuse(message, "open", reason);
	if (reason != REASON_OK) {
		wipe_data(message);
		return break_off(context, "open", message, reason);
	}
	context->used = true;
	return SEC_E_OK;
}

/* --- Sign and verify */

static bool join(const struct message *message, struct byte_writer *whole)
{
	for (size_t i = 0; i < message->data_count; i++)
		writer_bytes(whole, slice_of(message->data[i].data, message->data[i].size));
	return writer_ok(whole);
}

static SECURITY_STATUS sign(struct kerberos_context *context, struct message *message)
{
	CLEANUP(library_release_buffer) gss_buffer_desc mic = GSS_C_EMPTY_BUFFER;
	enum reason reason = check_call(context, message, FLAG_INTEGRITY);
	LOCAL_WRITER(whole);
	gss_buffer_desc input;
	struct byte_writer header;
	OM_uint32 minor;

	if (reason == REASON_OK && message->header.size < context->max_signature)
		reason = REASON_BUFFER_TOO_SMALL;
	if (reason == REASON_OK && !join(message, &whole))
		reason = REASON_OUT_OF_MEMORY;
	if (reason != REASON_OK)
		return message_refuse(message, "sign", reason);
	input = library_buffer(writer_slice(&whole));
	if (gss_get_mic(&minor, context->gss, GSS_C_QOP_DEFAULT, &input, &mic) != GSS_S_COMPLETE)
		return break_off(context, "sign", message, REASON_CRYPTO_FAILED);
	header = writer_fixed(message->header.data, message->header.size);
	writer_bytes(&header, library_slice(&mic));
	if (!writer_ok(&header))
		return break_off(context, "sign", message, REASON_CRYPTO_FAILED);
	message->header.size = header.size;
	context->used |= !message->keep_stream;
	return SEC_E_OK;
}

/* MakeSignature wants a signature, EncryptMessage without encryption a message of its own kind. */
SECURITY_STATUS kerberos_sign(struct package_context *base, struct message *message)
{
	struct kerberos_context *context = (struct kerberos_context *)base;

	return message->unsealed ? wrap(context, "sign", message, false) : sign(context, message);
}

SECURITY_STATUS kerberos_verify(struct package_context *base, struct message *message)
{
	struct kerberos_context *context = (struct kerberos_context *)base;
	enum reason reason = check_call(context, message, FLAG_INTEGRITY);
	LOCAL_WRITER(whole);
	gss_buffer_desc input, mic;
	OM_uint32 minor;

	if (reason == REASON_OK && !join(message, &whole))
		reason = REASON_OUT_OF_MEMORY;
	if (reason != REASON_OK)
		return message_refuse(message, "verify", reason);
	input = library_buffer(writer_slice(&whole));
	mic = library_buffer(slice_of(message->header.data, message->header.size));
	reason = reason_of(gss_verify_mic(&minor, context->gss, &input, &mic, NULL));
	if (reason != REASON_OK)
		return break_off(context, "verify", message, reason);
	context->used |= !message->keep_stream;
	return SEC_E_OK;
}
