#include "channel.h"

#include "base/byte_reader.h"

bool channel_begin(struct channel *channel, CtxtHandle *context, int connection, struct byte_writer *received)
{
	*channel = (struct channel) { .context = context, .connection = connection, .received = received };
	return QueryContextAttributesA(context, SECPKG_ATTR_STREAM_SIZES, &channel->sizes) == SEC_E_OK &&
	       channel->sizes.cbMaximumMessage > 0;
}

/* At most cbMaximumMessage bytes of `plain`; `record` receives header, ciphertext and trailer. */
static bool seal_record(const struct channel *channel, struct slice plain, struct byte_writer *record)
{
	size_t header_size = channel->sizes.cbHeader, trailer_size = channel->sizes.cbTrailer;
	uint8_t *header = writer_extend(record, header_size + plain.size + trailer_size);
	SecBuffer buffers[] = {
		{ channel->sizes.cbHeader, SECBUFFER_STREAM_HEADER, header },
		{ (uint32_t)plain.size, SECBUFFER_DATA, header + header_size },
		{ channel->sizes.cbTrailer, SECBUFFER_STREAM_TRAILER, header + header_size + plain.size },
		{ 0, SECBUFFER_EMPTY, NULL },
	};
	SecBufferDesc message = { SECBUFFER_VERSION, COUNT_OF(buffers), buffers };

	if (!header)
		return false;
	writer_patch(record, header_size, plain);
	if (EncryptMessage(channel->context, 0, &message, 0) != SEC_E_OK)
		return false;
	/* Header and data keep their sizes; the trailer may have turned out shorter. */
	writer_truncate(record, header_size + plain.size + buffers[2].cbBuffer);
	return true;
}

enum network channel_send(const struct channel *channel, int64_t deadline, struct slice plain)
{
	struct byte_reader left = reader_of(plain);
	enum network sent = NETWORK_DONE;

	while (!reader_empty(&left) && sent == NETWORK_DONE) {
		CLEANUP(writer_wipe) struct byte_writer record = writer_growing();
		size_t size = left.size;
		struct slice part;

		if (size > channel->sizes.cbMaximumMessage)
			size = channel->sizes.cbMaximumMessage;
		if (!reader_take(&left, size, &part) || !seal_record(channel, part, &record))
			return NETWORK_CLOSED;
		sent = network_send(channel->connection, deadline, writer_slice(&record));
	}
	return sent;
}

enum network channel_open(const struct channel *channel, struct byte_writer *plain)
{
	struct byte_writer *received = channel->received;

	while (received->size) {
		SecBuffer buffers[] = {
			{ (uint32_t)received->size, SECBUFFER_DATA, received->data },
			{ 0, SECBUFFER_EMPTY, NULL },
			{ 0, SECBUFFER_EMPTY, NULL },
			{ 0, SECBUFFER_EMPTY, NULL },
		};
		SecBufferDesc message = { SECBUFFER_VERSION, COUNT_OF(buffers), buffers };
		SECURITY_STATUS status = DecryptMessage(channel->context, &message, 0, NULL);
		size_t extra = 0;

		if (status == SEC_E_INCOMPLETE_MESSAGE)
			return NETWORK_DONE;
		if (status != SEC_E_OK)
			return NETWORK_CLOSED;
		for (size_t i = 0; i < COUNT_OF(buffers); i++) {
			if (buffers[i].BufferType == SECBUFFER_DATA)
				writer_bytes(plain, slice_of(buffers[i].pvBuffer, buffers[i].cbBuffer));
			if (buffers[i].BufferType == SECBUFFER_EXTRA)
				extra = buffers[i].cbBuffer;
		}
		writer_drop_front(received, received->size - extra);
	}
	return writer_ok(plain) ? NETWORK_DONE : NETWORK_CLOSED;
}
