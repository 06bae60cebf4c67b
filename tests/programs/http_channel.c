#include "programs/http_channel.h"

#include "base/byte_reader.h"
#include "programs/http_record.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { RECEIVE_SIZE = 16 * 1024, RECORD_MAX = 16 * 1024, WAIT_SECONDS = 20 };

static bool receive_raw(const struct http_channel *channel, struct byte_writer *in)
{
	uint8_t bytes[RECEIVE_SIZE];
	ssize_t size = recv(channel->socket, bytes, sizeof(bytes), 0);

	if (size > 0)
		writer_bytes(in, slice_of(bytes, (size_t)size));
	return size > 0 && writer_ok(in);
}

static bool send_raw(const struct http_channel *channel, const void *bytes, size_t size)
{
	return size == 0 || send(channel->socket, bytes, size, MSG_NOSIGNAL) == (ssize_t)size;
}

/* --- The handshake -------------------------------------------------------------------------------------------- */

static SECURITY_STATUS accept_tls(struct http_channel *channel)
{
	SecBuffer inputs[] = { { (uint32_t)channel->sealed.size, SECBUFFER_TOKEN, channel->sealed.data },
			       { 0, SECBUFFER_EMPTY, NULL } };
	SecBuffer output = { 0, SECBUFFER_TOKEN, NULL };
	SecBufferDesc in = { SECBUFFER_VERSION, COUNT_OF(inputs), inputs },
		      out = { SECBUFFER_VERSION, 1, &output };
	CtxtHandle *context = SecIsValidHandle(&channel->context) ? &channel->context : NULL;
	SECURITY_STATUS status = AcceptSecurityContext(
		channel->tls, context, &in, ASC_REQ_ALLOCATE_MEMORY | ASC_REQ_STREAM | ASC_REQ_EXTENDED_ERROR,
		0, &channel->context, &out, NULL, NULL);
	bool sent;

	if (status == SEC_E_INCOMPLETE_MESSAGE)
		return status;
	sent = send_raw(channel, output.pvBuffer, output.cbBuffer);
	(void)FreeContextBuffer(output.pvBuffer);
	writer_drop_front(&channel->sealed,
			  channel->sealed.size -
				  (inputs[1].BufferType == SECBUFFER_EXTRA ? inputs[1].cbBuffer : 0));
	return sent ? status : SEC_E_INTERNAL_ERROR;
}

bool http_channel_open(struct http_channel *channel, int socket, CredHandle *tls)
{
	struct timeval patience = { .tv_sec = WAIT_SECONDS };
	SECURITY_STATUS status = SEC_E_INCOMPLETE_MESSAGE;

	*channel = (struct http_channel) { .socket = socket, .tls = tls, .sealed = writer_growing() };
	SecInvalidateHandle(&channel->context);
	(void)setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (!tls)
		return true;
	while (status == SEC_E_INCOMPLETE_MESSAGE || status == SEC_I_CONTINUE_NEEDED) {
		if ((status == SEC_E_INCOMPLETE_MESSAGE || channel->sealed.size == 0) &&
		    !receive_raw(channel, &channel->sealed))
			return false;
		status = accept_tls(channel);
	}
	return status == SEC_E_OK;
}

void http_channel_close(struct http_channel *channel)
{
	if (SecIsValidHandle(&channel->context))
		(void)DeleteSecurityContext(&channel->context);
	writer_wipe(&channel->sealed);
	(void)close(channel->socket);
}

/* --- Bytes ---------------------------------------------------------------------------------------------------- */

bool http_channel_receive(struct http_channel *channel, struct byte_writer *in)
{
	SECURITY_STATUS status = SEC_E_INCOMPLETE_MESSAGE;

	if (!channel->tls)
		return receive_raw(channel, in);
	while (status == SEC_E_INCOMPLETE_MESSAGE) {
		if (channel->sealed.size)
			status = http_record_open(&channel->context, &channel->sealed, in);
		if (status == SEC_E_INCOMPLETE_MESSAGE && !receive_raw(channel, &channel->sealed))
			return false;
	}
	return status == SEC_E_OK;
}

bool http_channel_send(struct http_channel *channel, struct slice bytes)
{
	struct byte_reader left = reader_of(bytes);
	struct slice text;

	if (!channel->tls)
		return send_raw(channel, bytes.data, bytes.size);
	while (!reader_empty(&left)) {
		CLEANUP(writer_wipe) struct byte_writer record = writer_growing();
		size_t size = left.size < RECORD_MAX ? left.size : RECORD_MAX;
		uint32_t trailer;

		if (!reader_take(&left, size, &text) ||
		    !http_record_seal(&channel->context, text, &record, &trailer) ||
		    !send_raw(channel, record.data, record.size))
			return false;
	}
	return true;
}
