/* EncryptMessage, DecryptMessage, MakeSignature, VerifySignature: the two layouts of docs/sspi.md. */
#include "sspi/buffers.h"
#include "sspi/context.h"

#include <opensspi/sspi.h>

enum { PIECES_MAX = 16 };

/* A message and the buffers that it was made of. */
struct sealed {
	struct message message;
	struct span pieces[PIECES_MAX];
	SecBuffer *data[PIECES_MAX]; /* where each piece came from */
	SecBuffer *header, *trailer, *padding;
};

static struct span span_of(const SecBuffer *buffer)
{
	return (struct span) { buffer->pvBuffer, buffer->cbBuffer };
}

static bool is_read_only(const SecBuffer *buffer)
{
	return buffer->BufferType & SECBUFFER_READONLY;
}

/* --- Stream packages */

enum { STREAM_BUFFERS = 4 };

/* HEADER, DATA, TRAILER in this order; the EMPTY behind them may be missing. */
static enum reason read_stream_to_seal(PSecBufferDesc list, struct sealed *sealed)
{
	static const uint32_t types[] = { SECBUFFER_STREAM_HEADER, SECBUFFER_DATA, SECBUFFER_STREAM_TRAILER };

	if (list->cBuffers < COUNT_OF(types))
		return REASON_BAD_BUFFERS;
	for (uint32_t i = 0; i < COUNT_OF(types); i++)
		if (list->pBuffers[i].BufferType != types[i])
			return REASON_BAD_BUFFERS;
	sealed->header = &list->pBuffers[0];
	sealed->data[0] = &list->pBuffers[1];
	sealed->trailer = &list->pBuffers[2];
	sealed->message.header = span_of(sealed->header);
	sealed->message.trailer = span_of(sealed->trailer);
	sealed->pieces[0] = span_of(sealed->data[0]);
	sealed->message.data_count = 1;
	return REASON_OK;
}

/* One DATA and three EMPTY, wherever they stand. */
static enum reason read_stream_to_open(PSecBufferDesc list, struct sealed *sealed)
{
	if (list->cBuffers < STREAM_BUFFERS || buffers_count(list, SECBUFFER_DATA) != 1 ||
	    buffers_count(list, SECBUFFER_EMPTY) < STREAM_BUFFERS - 1)
		return REASON_BAD_BUFFERS;
	sealed->data[0] = buffers_find(list, SECBUFFER_DATA);
	sealed->pieces[0] = span_of(sealed->data[0]);
	sealed->message.data_count = 1;
	return REASON_OK;
}

static void set_buffer(SecBuffer *buffer, uint32_t type, uint8_t *data, size_t size)
{
	*buffer = (SecBuffer) { (uint32_t)size, type, data };
}

/* The DATA's place becomes the header; the EMPTY ones become plain text, trailer, and what is left, in this order. */
static void lay_out_opened(PSecBufferDesc list, struct sealed *sealed)
{
	struct span whole = span_of(sealed->data[0]), plain = sealed->pieces[0];
	size_t consumed = sealed->message.consumed;
	uint8_t *end = whole.data + consumed;

	if (!plain.size)
		plain.data = end;
	set_buffer(sealed->data[0], SECBUFFER_STREAM_HEADER, whole.data, (size_t)(plain.data - whole.data));
	set_buffer(buffers_find(list, SECBUFFER_EMPTY), SECBUFFER_DATA, plain.data, plain.size);
	set_buffer(buffers_find(list, SECBUFFER_EMPTY), SECBUFFER_STREAM_TRAILER, plain.data + plain.size,
		   (size_t)(end - plain.data) - plain.size);
	if (consumed < whole.size)
		set_buffer(buffers_find(list, SECBUFFER_EMPTY), SECBUFFER_EXTRA, end, whole.size - consumed);
}

/* Some callers look at the first buffer, some at the second. */
static void tell_missing(PSecBufferDesc list, size_t missing)
{
	for (uint32_t i = 0; i < 2; i++) {
		list->pBuffers[i].BufferType = SECBUFFER_MISSING;
		list->pBuffers[i].cbBuffer = (uint32_t)missing;
	}
}

/* --- Message packages */

/* READONLY takes no part; READONLY_WITH_CHECKSUM is signed and stays as it is. */
static enum reason add_data(SecBuffer *buffer, struct sealed *sealed)
{
	size_t count = sealed->message.data_count;

	if (is_read_only(buffer))
		return REASON_OK;
	if (count == PIECES_MAX)
		return REASON_BAD_BUFFERS;
	if (buffer->BufferType & SECBUFFER_READONLY_WITH_CHECKSUM)
		sealed->message.signed_only |= 1u << count;
	sealed->data[count] = buffer;
	sealed->pieces[count] = span_of(buffer);
	sealed->message.data_count++;
	return REASON_OK;
}

/* TOKEN and DATA in any order. */
static enum reason read_message(PSecBufferDesc list, struct sealed *sealed)
{
	enum reason reason = REASON_OK;

	sealed->header = buffers_find(list, SECBUFFER_TOKEN);
	sealed->padding = buffers_find(list, SECBUFFER_PADDING);
	for (uint32_t i = 0; i < list->cBuffers && reason == REASON_OK; i++)
		if (buffer_type(&list->pBuffers[i]) == SECBUFFER_DATA)
			reason = add_data(&list->pBuffers[i], sealed);
	if (reason != REASON_OK)
		return reason;
	if (!sealed->header || !buffers_count(list, SECBUFFER_DATA))
		return REASON_BAD_BUFFERS;
	sealed->message.header = span_of(sealed->header);
	return REASON_OK;
}

static enum reason read_message_to_seal(PSecBufferDesc list, struct sealed *sealed)
{
	enum reason reason = read_message(list, sealed);

	return reason == REASON_OK && is_read_only(sealed->header) ? REASON_BAD_BUFFERS : reason;
}

/* STREAM holds token and text together; the DATA beside it is told where the text lies. */
static enum reason read_message_to_open(PSecBufferDesc list, struct sealed *sealed)
{
	SecBuffer *stream = buffers_find(list, SECBUFFER_STREAM);

	if (!stream)
		return read_message(list, sealed);
	if (buffers_count(list, SECBUFFER_DATA) != 1 || buffers_count(list, SECBUFFER_TOKEN))
		return REASON_BAD_BUFFERS;
	sealed->data[0] = buffers_find(list, SECBUFFER_DATA);
	sealed->pieces[0] = span_of(stream);
	sealed->message.data_count = 1;
	return REASON_OK;
}

/* Nothing is cut off the data here, so that the signature must lie in the TOKEN itself. */
static enum reason read_message_to_verify(PSecBufferDesc list, struct sealed *sealed)
{
	enum reason reason = read_message(list, sealed);

	return reason == REASON_OK && !sealed->header->cbBuffer ? REASON_BAD_BUFFERS : reason;
}

static void tell_sizes(struct sealed *sealed)
{
	sealed->header->cbBuffer = (uint32_t)sealed->message.header.size;
	if (sealed->trailer)
		sealed->trailer->cbBuffer = (uint32_t)sealed->message.trailer.size;
	if (sealed->padding)
		sealed->padding->cbBuffer = 0;
	for (size_t i = 0; i < sealed->message.data_count; i++)
		sealed->data[i]->cbBuffer = (uint32_t)sealed->pieces[i].size;
}

static void tell_data(struct sealed *sealed)
{
	for (size_t i = 0; i < sealed->message.data_count; i++) {
		sealed->data[i]->pvBuffer = sealed->pieces[i].data;
		sealed->data[i]->cbBuffer = (uint32_t)sealed->pieces[i].size;
	}
}

/* --- The functions */

/* What the quality of protection asks a package for; NULL: it does not offer that. */
static message_function *choose_seal(const struct security_package *package, uint32_t quality)
{
	if (quality == 0)
		return package->seal;
	return quality == SECQOP_WRAP_NO_ENCRYPT && !package->stream ? package->sign : NULL;
}

/* An alert of the caller's own is Schannel's to offer, and is not built: OpenSSL sends none behind the handshake. */
static enum reason refusal(const struct security_package *package, uint32_t quality)
{
	if (package->by_certificate && quality == SECQOP_WRAP_OOB_DATA)
		return REASON_UNSUPPORTED;
	return quality ? REASON_QOP : REASON_UNSUPPORTED;
}

static SECURITY_STATUS encrypt(struct context *context, uint32_t quality, PSecBufferDesc list)
{
	const struct security_package *package = context->inner->package;
	message_function *run = choose_seal(package, quality);
	struct sealed sealed = { .message.data = sealed.pieces };
	enum reason reason = REASON_BAD_BUFFERS;
	SECURITY_STATUS status;

	if (!run)
		return fail("encrypt", refusal(package, quality), NULL);
	if (buffers_well_formed(list))
		reason = package->stream ? read_stream_to_seal(list, &sealed)
					 : read_message_to_seal(list, &sealed);
	if (reason != REASON_OK)
		return fail("encrypt", reason, NULL);
	sealed.message.unsealed = quality != 0;
	status = run(context->inner, &sealed.message);
	if (!status_failed(status))
		tell_sizes(&sealed);
	return status;
}

static SECURITY_STATUS decrypt(struct context *context, PSecBufferDesc list, uint32_t *quality)
{
	const struct security_package *package = context->inner->package;
	struct sealed sealed = { .message.data = sealed.pieces };
	enum reason reason = REASON_BAD_BUFFERS;
	SECURITY_STATUS status;

	if (!package->open)
		return fail("decrypt", REASON_UNSUPPORTED, NULL);
	if (buffers_well_formed(list))
		reason = package->stream ? read_stream_to_open(list, &sealed)
					 : read_message_to_open(list, &sealed);
	if (reason != REASON_OK)
		return fail("decrypt", reason, NULL);
	sealed.message.tell_handshake = true;
	sealed.message.takes_unsealed = true;
	status = package->open(context->inner, &sealed.message);
	*quality = sealed.message.unsealed ? SECQOP_WRAP_NO_ENCRYPT : 0;
	context->leg_due |= status == SEC_I_RENEGOTIATE;
	if (status == SEC_E_INCOMPLETE_MESSAGE && package->stream)
		tell_missing(list, sealed.message.missing);
	if (status_failed(status))
		return status;
	if (package->stream)
		lay_out_opened(list, &sealed);
	else
		tell_data(&sealed);
	return status;
}

/* Message packages only: a TLS stream has no signatures apart from its records. */
static SECURITY_STATUS make_signature(struct context *context, uint32_t quality, PSecBufferDesc list)
{
	const struct security_package *package = context->inner->package;
	struct sealed sealed = { .message.data = sealed.pieces };
	enum reason reason = REASON_BAD_BUFFERS;
	SECURITY_STATUS status;

	if (!package->sign || package->stream)
		return fail("sign", REASON_UNSUPPORTED, NULL);
	if (quality)
		return fail("sign", REASON_QOP, NULL);
	if (buffers_well_formed(list))
		reason = read_message_to_seal(list, &sealed);
	if (reason != REASON_OK)
		return fail("sign", reason, NULL);
	status = package->sign(context->inner, &sealed.message);
	if (!status_failed(status))
		tell_sizes(&sealed);
	return status;
}

static SECURITY_STATUS verify_signature(struct context *context, PSecBufferDesc list)
{
	const struct security_package *package = context->inner->package;
	struct sealed sealed = { .message.data = sealed.pieces };
	enum reason reason = REASON_BAD_BUFFERS;

	if (!package->verify || package->stream)
		return fail("verify", REASON_UNSUPPORTED, NULL);
	if (buffers_well_formed(list))
		reason = read_message_to_verify(list, &sealed);
	if (reason != REASON_OK)
		return fail("verify", reason, NULL);
	return package->verify(context->inner, &sealed.message);
}

SECURITY_STATUS SEC_ENTRY EncryptMessage(PCtxtHandle phContext, uint32_t fQOP, PSecBufferDesc pMessage,
					 uint32_t MessageSeqNo)
{
	CLEANUP(context_leave) struct context_visit visit = { 0 };
	enum reason reason = context_enter_messages(phContext, &visit);

	(void)MessageSeqNo; /* the packages number their messages themselves */
	if (reason != REASON_OK)
		return fail("encrypt", reason, NULL);
	return encrypt(visit.context, fQOP, pMessage);
}

SECURITY_STATUS SEC_ENTRY DecryptMessage(PCtxtHandle phContext, PSecBufferDesc pMessage,
					 uint32_t MessageSeqNo, uint32_t *pfQOP)
{
	CLEANUP(context_leave) struct context_visit visit = { 0 };
	enum reason reason = context_enter_messages(phContext, &visit);
	uint32_t quality;
	SECURITY_STATUS status;

	(void)MessageSeqNo;
	if (reason != REASON_OK)
		return fail("decrypt", reason, NULL);
	status = decrypt(visit.context, pMessage, &quality);
	if (!status_failed(status) && pfQOP)
		*pfQOP = quality;
	return status;
}

SECURITY_STATUS SEC_ENTRY MakeSignature(PCtxtHandle phContext, uint32_t fQOP, PSecBufferDesc pMessage,
					uint32_t MessageSeqNo)
{
	CLEANUP(context_leave) struct context_visit visit = { 0 };
	enum reason reason = context_enter_messages(phContext, &visit);

	(void)MessageSeqNo;
	if (reason != REASON_OK)
		return fail("sign", reason, NULL);
	return make_signature(visit.context, fQOP, pMessage);
}

/* *pfQOP stays as it is, as seen in Windows. */
SECURITY_STATUS SEC_ENTRY VerifySignature(PCtxtHandle phContext, PSecBufferDesc pMessage,
					  uint32_t MessageSeqNo, uint32_t *pfQOP)
{
	CLEANUP(context_leave) struct context_visit visit = { 0 };
	enum reason reason = context_enter_messages(phContext, &visit);

	(void)MessageSeqNo, (void)pfQOP;
	if (reason != REASON_OK)
		return fail("verify", reason, NULL);
	return verify_signature(visit.context, pMessage);
}

/* The old names, which the function table still has in Reserved3 and Reserved4. */
SECURITY_STATUS SEC_ENTRY SealMessage(PCtxtHandle phContext, uint32_t fQOP, PSecBufferDesc pMessage,
				      uint32_t MessageSeqNo)
{
	return EncryptMessage(phContext, fQOP, pMessage, MessageSeqNo);
}

SECURITY_STATUS SEC_ENTRY UnsealMessage(PCtxtHandle phContext, PSecBufferDesc pMessage, uint32_t MessageSeqNo,
					uint32_t *pfQOP)
{
	return DecryptMessage(phContext, pMessage, MessageSeqNo, pfQOP);
}
