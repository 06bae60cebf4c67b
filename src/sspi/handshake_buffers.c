#include "sspi/handshake_buffers.h"

#include "base/byte_reader.h"
#include "sspi/buffers.h"
#include "sspi/context_buffer.h"

/* What asks for something that is not offered, and would be missed if it were left out silently. */
static bool is_unsupported(const SecBuffer *buffer)
{
	switch (buffer_type(buffer)) {
	case SECBUFFER_PKG_PARAMS:
	case SECBUFFER_SRTP_PROTECTION_PROFILES:
	case SECBUFFER_SRTP_MASTER_KEY_IDENTIFIER:
	case SECBUFFER_TOKEN_BINDING:
	case SECBUFFER_PRESHARED_KEY:
	case SECBUFFER_PRESHARED_KEY_IDENTITY:
	case SECBUFFER_DTLS_MTU:
	case SECBUFFER_SEND_GENERIC_TLS_EXTENSION:
	case SECBUFFER_SUBSCRIBE_GENERIC_TLS_EXTENSION:
	case SECBUFFER_TRAFFIC_SECRETS:
	case SECBUFFER_CERTIFICATE_REQUEST_CONTEXT:
	case SECBUFFER_APP_SESSION_STATE:
	case SECBUFFER_SESSION_TICKET:
		return buffer->cbBuffer;
	default:
		return false;
	}
}

/* SEC_FLAGS, whose lower half belongs to fContextReq. */
static enum reason read_flags(PSecBufferDesc list, struct handshake_buffers *buffers)
{
	const SecBuffer *buffer = buffers_find(list, SECBUFFER_FLAGS);
	SEC_FLAGS flags = { 0 };

	if (!buffer)
		return REASON_OK;
	if (buffer->cbBuffer != sizeof(flags))
		return REASON_BAD_BUFFERS;
	memcpy(&flags, buffer->pvBuffer, sizeof(flags));
	buffers->extended_flags = flags.Flags;
	return flags.Flags & UINT32_MAX ? REASON_BAD_BUFFERS : REASON_OK;
}

static bool are_names(struct slice names)
{
	struct byte_reader in = reader_of(names);
	struct slice name;
	uint8_t size;

	while (!reader_empty(&in))
		if (!reader_u8(&in, &size) || size == 0 || !reader_take(&in, size, &name))
			return false;
	return names.size > 0;
}

bool application_protocols_parse(struct slice bytes, struct slice *names)
{
	struct byte_reader in = reader_of(bytes), lists;
	uint32_t lists_size, extension;
	struct slice inside, list;
	uint16_t size;

	*names = slice_of(NULL, 0);
	if (!reader_u32_native(&in, &lists_size) || !reader_take(&in, lists_size, &inside))
		return false;
	lists = reader_of(inside);
	while (!reader_empty(&lists)) {
		if (!reader_u32_native(&lists, &extension) || !reader_u16_native(&lists, &size) ||
		    !reader_take(&lists, size, &list))
			return false;
		if (extension == SecApplicationProtocolNegotiationExt_NPN)
			continue;
		if (extension != SecApplicationProtocolNegotiationExt_ALPN || names->size || !are_names(list))
			return false;
		*names = list;
	}
	return true;
}

static enum reason read_protocols(PSecBufferDesc list, struct handshake_buffers *buffers)
{
	const SecBuffer *buffer = buffers_find(list, SECBUFFER_APPLICATION_PROTOCOLS);

	return !buffer || application_protocols_parse(slice_of(buffer->pvBuffer, buffer->cbBuffer),
						      &buffers->protocols)
		       ? REASON_OK
		       : REASON_BAD_BUFFERS;
}

static enum reason read_input(PSecBufferDesc list, struct handshake_buffers *buffers)
{
	SecBuffer *token, *bindings;
	enum reason reason;

	if (!list)
		return REASON_OK;
	if (!buffers_well_formed(list))
		return REASON_BAD_BUFFERS;
	for (uint32_t i = 0; i < list->cBuffers; i++)
		if (is_unsupported(&list->pBuffers[i]))
			return REASON_UNSUPPORTED;
	token = buffers_find(list, SECBUFFER_TOKEN);
	bindings = buffers_find(list, SECBUFFER_CHANNEL_BINDINGS);
	buffers->input_empty = buffers_find(list, SECBUFFER_EMPTY);
	if (token)
		buffers->token = slice_of(token->pvBuffer, token->cbBuffer);
	if (bindings) {
		buffers->bindings = slice_of(bindings->pvBuffer, bindings->cbBuffer);
		buffers->has_bindings = true;
	}
	reason = read_protocols(list, buffers);
	return reason == REASON_OK ? read_flags(list, buffers) : reason;
}

static enum reason no_room(const struct handshake_buffers *buffers)
{
	return buffers->stream ? REASON_OUTPUT_TOO_SMALL : REASON_BUFFER_TOO_SMALL;
}

/* Schannel allocates where the caller gave no memory, too; so does Windows'. */
static bool allocates(const struct handshake_buffers *buffers, const SecBuffer *output)
{
	return buffers->allocate || (buffers->error_is_alert && !output->pvBuffer);
}

/* Which codes say that there is no TOKEN, and none with memory, differs as it does in Windows. */
static enum reason read_output(PSecBufferDesc list, struct handshake_buffers *buffers)
{
	if (list && !buffers_are_list(list))
		return REASON_BAD_BUFFERS;
	buffers->output = list ? buffers_find(list, SECBUFFER_TOKEN) : NULL;
	if (!buffers->output)
		return buffers->stream ? REASON_BAD_BUFFERS : REASON_BUFFER_TOO_SMALL;
	buffers->output_empty = buffers_find(list, SECBUFFER_EMPTY);
	buffers->alert = buffers_find(list, SECBUFFER_ALERT);
	if (buffers->error_is_alert && buffers->alert && !allocates(buffers, buffers->alert) &&
	    !buffers->alert->cbBuffer)
		return REASON_OUTPUT_TOO_SMALL;
	if (allocates(buffers, buffers->output) || buffers->output->pvBuffer)
		return REASON_OK;
	return buffers->stream ? REASON_OUTPUT_TOO_SMALL : REASON_NULL_ARGUMENT;
}

enum reason handshake_buffers_read(PSecBufferDesc input, PSecBufferDesc output, bool allocate,
				   const struct security_package *package, struct handshake_buffers *buffers)
{
	enum reason of_output, of_input;

	*buffers = (struct handshake_buffers) {
		.allocate = allocate,
		.stream = package->stream,
		.error_is_alert = package->error_is_alert,
	};
	of_output = read_output(output, buffers);
	of_input = read_input(input, buffers);
	return of_input != REASON_OK ? of_input : of_output;
}

static enum reason put(struct handshake_buffers *buffers, SecBuffer *output, struct slice token)
{
	void *block = NULL;

	if (token.size > UINT32_MAX)
		return no_room(buffers);
	if (allocates(buffers, output)) {
		block = token.size ? context_buffer_copy(token) : NULL;
		if (token.size && !block)
			return REASON_OUT_OF_MEMORY;
		output->pvBuffer = block;
	} else if (token.size > (output->pvBuffer ? output->cbBuffer : 0)) {
		return no_room(buffers);
	} else if (token.size) {
		memcpy(output->pvBuffer, token.data, token.size);
	}
	output->cbBuffer = (uint32_t)token.size;
	return REASON_OK;
}

static void clear(struct handshake_buffers *buffers, SecBuffer *output)
{
	if (!output)
		return;
	output->cbBuffer = 0;
	if (buffers->allocate)
		output->pvBuffer = NULL;
}

/* Where alerts are the package's error tokens, they go into their own buffer, and else into the TOKEN. */
enum reason handshake_buffers_fail(struct handshake_buffers *buffers, struct slice token)
{
	SecBuffer *output = buffers->error_is_alert && buffers->alert ? buffers->alert : buffers->output;
	enum reason reason;

	if (buffers->alert != output)
		clear(buffers, buffers->alert);
	if (buffers->output != output)
		clear(buffers, buffers->output);
	if (!output)
		return REASON_OK;
	reason = put(buffers, output, token);
	if (reason != REASON_OK)
		clear(buffers, output);
	return output == buffers->alert ? reason : REASON_OK;
}

void handshake_buffers_silence(PSecBufferDesc output)
{
	SecBuffer *token = buffers_are_list(output) ? buffers_find(output, SECBUFFER_TOKEN) : NULL;

	if (token)
		token->cbBuffer = 0;
}

void handshake_buffers_incomplete(struct handshake_buffers *buffers, size_t missing)
{
	if (!buffers->input_empty)
		return;
	buffers->input_empty->BufferType = SECBUFFER_MISSING;
	buffers->input_empty->cbBuffer = (uint32_t)missing;
}

static void tell_extra(SecBuffer *empty, size_t extra)
{
	if (!empty || !extra)
		return;
	empty->BufferType = SECBUFFER_EXTRA;
	empty->cbBuffer = (uint32_t)extra;
}

enum reason handshake_buffers_settle(struct handshake_buffers *buffers, struct slice token, size_t extra)
{
	enum reason reason;

	if (extra && !buffers->input_empty && !buffers->output_empty)
		return REASON_BAD_BUFFERS;
	reason = put(buffers, buffers->output, token);
	if (reason != REASON_OK)
		return reason;
	if (buffers->alert)
		buffers->alert->cbBuffer = 0;
	tell_extra(buffers->input_empty, extra);
	tell_extra(buffers->output_empty, extra);
	return REASON_OK;
}
