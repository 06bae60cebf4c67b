/* Records behind the handshake. */
#include "base/trace.h"
#include "schannel/known_bytes.h"
#include "schannel/openssl_error.h"
#include "schannel/record.h"

/* OpenSSL failed: there is no telling what the peer still understands. */
static SECURITY_STATUS refuse_message(struct schannel_context *context, const char *step,
				      struct message *message, enum reason otherwise)
{
	struct openssl_error failure = openssl_error_take(otherwise, step);

	context->refused = true;
	message->reason = failure.reason;
	return failure.status;
}

static enum reason check_call(const struct schannel_context *context)
{
	if (!context->established || context->refused)
		return REASON_OUT_OF_SEQUENCE;
	if (context->closed)
		return REASON_CONTEXT_CLOSED;
	return context->handshake_due ? REASON_HANDSHAKE_DUE : REASON_OK;
}

/* --- To the peer */

/* One write, however long: records of at most 16 KiB one after another. */
static SECURITY_STATUS write_records(struct schannel_context *context, struct message *message,
				     struct byte_writer *output)
{
	struct span data = message->data[0];
	size_t written = 0;
	int result;

	openssl_errors_clear();
	context->memory = (struct memory_bio) { .output = output };
	result = SSL_write_ex(context->ssl, data.data, data.size, &written);
	context->memory = (struct memory_bio) { 0 };
	if (result == 1 && written == data.size) {
		openssl_errors_clear();
		return SEC_E_OK;
	}
	return refuse_message(context, "TLS seal", message,
			      writer_ok(output) ? REASON_CRYPTO_FAILED : REASON_OUT_OF_MEMORY);
}

/*
 * What goes out is cut into the three buffers of EncryptMessage in the order in which they are sent. Mostly that
 * is a record's header, its body and its trailer; with a KeyUpdate in front the cuts fall elsewhere, and the
 * trailer is longer.
 */
static enum reason distribute(struct slice records, struct message *message)
{
	struct byte_reader in = reader_of(records);

	if (!reader_copy(&in, message->header.data, message->header.size) ||
	    !reader_copy(&in, message->data[0].data, message->data[0].size) ||
	    in.size > message->trailer.size)
		return REASON_CRYPTO_FAILED; /* not of the size that was announced */
	message->trailer.size = in.size;
	return reader_copy(&in, message->trailer.data, in.size) ? REASON_OK : REASON_CRYPTO_FAILED;
}

static SECURITY_STATUS seal_record(struct schannel_context *context, struct message *message)
{
	LOCAL_WRITER(records);
	enum reason reason = REASON_OK;
	SECURITY_STATUS status;

	if (message->data[0].size > context->longest)
		reason = REASON_BAD_BUFFERS;
	else if (message->header.size < context->header_size || message->trailer.size < context->trailer_size)
		reason = REASON_BUFFER_TOO_SMALL;
	if (reason != REASON_OK)
		return message_refuse(message, "TLS seal", reason);
	writer_reserve(&records, context->header_size + message->data[0].size + context->trailer_size);
	if (!writer_ok(&records)) /* nothing was sealed yet: the context lives on */
		return message_refuse(message, "TLS seal", REASON_OUT_OF_MEMORY);
	status = write_records(context, message, &records);
	if (status != SEC_E_OK)
		return status;
	message->header.size = context->header_size;
	reason = distribute(writer_slice(&records), message);
	return reason == REASON_OK ? SEC_E_OK : refuse_message(context, "TLS seal", message, reason);
}

/* Nothing to say is no record: OpenSSL writes none without a body. */
static SECURITY_STATUS seal_nothing(struct message *message)
{
	message->header.size = message->trailer.size = 0;
	return SEC_E_OK;
}

SECURITY_STATUS schannel_seal(struct package_context *base, struct message *message)
{
	struct schannel_context *context = (struct schannel_context *)base;
	enum reason reason = check_call(context);

	if (reason == REASON_OK && context->closing)
		reason = REASON_CONTEXT_CLOSED;
	if (reason == REASON_OK && message->data_count != 1)
		reason = REASON_BAD_BUFFERS;
	if (reason != REASON_OK)
		return message_refuse(message, "TLS seal", reason);
	if (message->data[0].size == 0)
		return seal_nothing(message);
	return message->output ? write_records(context, message, message->output)
			       : seal_record(context, message);
}

/* --- From the peer */

/* OpenSSL's callback of what it reads and writes. */
static void note_handshake(int written, int version, int type, const void *bytes, size_t size, SSL *ssl,
			   void *argument)
{
	struct schannel_context *context = argument;

	(void)version, (void)bytes, (void)size, (void)ssl;
	context->saw_handshake |= !written && type == SSL3_RT_HANDSHAKE;
}

/* Plaintext is never longer than what protected it, so it finds room where the record's body lay. */
static int read_record(struct schannel_context *context, struct slice record, struct span *plain,
		       struct byte_writer *output)
{
	uint8_t nowhere; /* for a record without a body, which OpenSSL refuses by an alert */
	size_t read = 0;
	int result, error;

	openssl_errors_clear();
	context->saw_handshake = false;
	context->memory = (struct memory_bio) { .input = reader_of(record), .output = output };
	result = SSL_read_ex(context->ssl, plain->size ? plain->data : &nowhere,
			     plain->size ? plain->size : 1, &read);
	error = SSL_get_error(context->ssl, result);
	context->lost_words = context->memory.dropped;
	context->memory = (struct memory_bio) { 0 };
	plain->size = plain->size ? read : 0;
	return error;
}

static SECURITY_STATUS tell_handshake(struct schannel_context *context, struct message *message,
				      struct slice record)
{
	if (!known_bytes_keep(&context->known, record) || !writer_ok(&context->owed)) {
		context->refused = true;
		return message_refuse(message, "TLS open",
				      writer_ok(&context->owed) ? REASON_CRYPTO_FAILED
								: REASON_OUT_OF_MEMORY);
	}
	context->handshake_due = true;
	message->consumed -= record.size;
	trace("TLS open", REASON_OK, "what came is no data but of the handshake: a leg is due");
	return SEC_I_RENEGOTIATE;
}

static SECURITY_STATUS open_record(struct schannel_context *context, struct message *message,
				   struct slice record, struct span *plain)
{
	bool tell = message->tell_handshake;
	int error = read_record(context, record, plain,
				tell && !message->output ? &context->owed : message->output);

	switch (error) {
	case SSL_ERROR_NONE:
	case SSL_ERROR_WANT_READ: /* a ticket, a KeyUpdate, an empty record: nothing for the caller */
		openssl_errors_clear();
		if (context->lost_words || (tell && context->saw_handshake && plain->size))
			return refuse_message(context, "TLS open", message, REASON_TLS_RECORD);
		return tell && context->saw_handshake ? tell_handshake(context, message, record) : SEC_E_OK;
	case SSL_ERROR_ZERO_RETURN:
		context->closed = true;
		return message_refuse(message, "TLS open", REASON_TLS_CLOSED);
	default:
		return refuse_message(context, "TLS open", message, REASON_TLS_RECORD);
	}
}

SECURITY_STATUS schannel_open(struct package_context *base, struct message *message)
{
	struct schannel_context *context = (struct schannel_context *)base;
	struct span whole = message->data_count == 1 ? message->data[0] : (struct span) { 0 };
	struct byte_reader in = reader_of(slice_of(whole.data, whole.size));
	enum reason reason = check_call(context);
	SECURITY_STATUS status = SEC_E_OK;
	struct slice record;

	if (reason == REASON_OK && message->data_count != 1)
		reason = REASON_BAD_BUFFERS;
	if (reason != REASON_OK)
		return message_refuse(message, "TLS open", reason);
	SSL_set_msg_callback(context->ssl, message->tell_handshake ? note_handshake : NULL);
	SSL_set_msg_callback_arg(context->ssl, context);
	message->data[0].size = 0;
	while (status == SEC_E_OK && message->data[0].size == 0) {
		enum tls_record taken = tls_record_take(&in, &record, &message->missing);

		if (taken == TLS_RECORD_BAD) {
			context->refused = true;
			return message_refuse(message, "TLS open", REASON_TLS_RECORD);
		}
		if (taken == TLS_RECORD_SHORT && message->consumed == 0) {
			message->data[0] = whole;
			return message_refuse(message, "TLS open", REASON_INCOMPLETE);
		}
		if (taken == TLS_RECORD_SHORT)
			break;
		message->consumed = whole.size - in.size;
		message->data[0] = (struct span) {
			whole.data + message->consumed - record.size + TLS_RECORD_HEADER_SIZE,
			record.size - TLS_RECORD_HEADER_SIZE,
		};
		status = open_record(context, message, record, &message->data[0]);
	}
	return status;
}
