#include "support/clear_stream.h"

#include "base/memory.h"
#include "schannel/record.h"

#include <opensspi/schannel.h>

struct clear_context {
	struct package_context base;
	bool spoke, established;
};

static const uint8_t p256_base_point[] = {
	0x04, 0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2,
	0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96, 0x4f,
	0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b, 0xce,
	0x33, 0x57, 0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5,
};
static struct slice public_key = { p256_base_point, sizeof(p256_base_point) };

void clear_stream_set_public_key(struct slice key)
{
	public_key = key;
}

struct slice clear_stream_public_key(void)
{
	return public_key;
}

void clear_stream_write(struct byte_writer *out, enum clear_record type, struct slice bytes)
{
	struct byte_reader in = reader_of(bytes);

	do {
		size_t size = in.size < TLS_PLAINTEXT_MAX ? in.size : TLS_PLAINTEXT_MAX;
		struct slice part;

		writer_u8(out, (uint8_t)type);
		writer_u16be(out, 0x0303);
		writer_u16be(out, (uint16_t)size);
		if (reader_take(&in, size, &part))
			writer_bytes(out, part);
	} while (!reader_empty(&in));
}

static enum reason clear_acquire(const struct acquire_request *request, struct package_credential **made)
{
	(void)request;
	*made = memory_allocate(sizeof(**made));
	if (!*made)
		return REASON_OUT_OF_MEMORY;
	(*made)->package = &clear_stream_package;
	return REASON_OK;
}

static void clear_free_credential(struct package_credential *credential)
{
	memory_free(credential);
}

static enum reason clear_new_context(const struct package_credential *credential, enum role role,
				     struct package_context **made)
{
	struct clear_context *context = memory_allocate(sizeof(*context));

	(void)credential, (void)role;
	if (!context)
		return REASON_OUT_OF_MEMORY;
	context->base.package = &clear_stream_package;
	*made = &context->base;
	return REASON_OK;
}

static void clear_free_context(struct package_context *context)
{
	memory_free(context);
}

static SECURITY_STATUS clear_accept(struct package_context *base, struct leg *leg)
{
	struct clear_context *context = (struct clear_context *)base;
	struct byte_reader in = reader_of(leg->input);
	struct slice record;

	switch (tls_record_take(&in, &record, &leg->missing)) {
	case TLS_RECORD_SHORT:
		return leg_refuse(leg, "clear accept", REASON_INCOMPLETE, NULL);
	case TLS_RECORD_WHOLE:
		if (record.data[0] == CLEAR_HELLO)
			break;
		/* fall through */
	default:
		return leg_refuse(leg, "clear accept", REASON_BAD_TOKEN, NULL);
	}
	leg->consumed = leg->input.size - in.size;
	clear_stream_write(leg->output, CLEAR_HELLO, slice_of(NULL, 0));
	context->established = true;
	return writer_ok(leg->output) ? SEC_E_OK
				      : leg_refuse(leg, "clear accept", REASON_OUT_OF_MEMORY, NULL);
}

static SECURITY_STATUS clear_initiate(struct package_context *base, struct leg *leg)
{
	struct clear_context *context = (struct clear_context *)base;
	struct byte_reader in = reader_of(leg->input);
	struct slice record;

	if (!context->spoke) {
		context->spoke = true;
		clear_stream_write(leg->output, CLEAR_HELLO, slice_of(NULL, 0));
		return SEC_I_CONTINUE_NEEDED;
	}
	if (tls_record_take(&in, &record, &leg->missing) != TLS_RECORD_WHOLE)
		return leg_refuse(leg, "clear connect", REASON_INCOMPLETE, NULL);
	leg->consumed = leg->input.size - in.size;
	context->established = true;
	return SEC_E_OK;
}

static SECURITY_STATUS clear_seal(struct package_context *base, struct message *message)
{
	(void)base;
	clear_stream_write(message->output, CLEAR_DATA,
			   slice_of(message->data[0].data, message->data[0].size));
	return writer_ok(message->output) ? SEC_E_OK
					  : message_refuse(message, "clear seal", REASON_OUT_OF_MEMORY);
}

static SECURITY_STATUS clear_open(struct package_context *base, struct message *message)
{
	struct span *data = &message->data[0];
	struct byte_reader in = reader_of(slice_of(data->data, data->size));
	struct slice record;

	(void)base;
	switch (tls_record_take(&in, &record, &message->missing)) {
	case TLS_RECORD_SHORT:
		return message_refuse(message, "clear open", REASON_INCOMPLETE);
	case TLS_RECORD_BAD:
		return message_refuse(message, "clear open", REASON_TLS_RECORD);
	case TLS_RECORD_WHOLE:
		break;
	}
	message->consumed = record.size;
	*data = span_skip((struct span) { data->data, record.size }, TLS_RECORD_HEADER_SIZE);
	switch (record.data[0]) {
	case CLEAR_DATA:
		return SEC_E_OK;
	case CLEAR_CLOSE:
		return message_refuse(message, "clear open", REASON_TLS_CLOSED);
	default:
		return message_refuse(message, "clear open", REASON_TLS_RECORD);
	}
}

static enum reason clear_query(const struct package_context *base, enum attribute attribute,
			       union attribute_value *value)
{
	if (!((const struct clear_context *)base)->established)
		return REASON_OUT_OF_SEQUENCE;
	if (attribute != ATTRIBUTE_PUBLIC_KEY)
		return REASON_UNSUPPORTED;
	value->bytes = public_key;
	return REASON_OK;
}

const struct security_package clear_stream_package = {
	.name = SCHANNEL_NAME_A,
	.comment = "no cryptography, for tests",
	.stream = true,
	.acquire = clear_acquire,
	.new_context = clear_new_context,
	.initiate = clear_initiate,
	.accept = clear_accept,
	.seal = clear_seal,
	.open = clear_open,
	.query = clear_query,
	.free_context = clear_free_context,
	.free_credential = clear_free_credential,
};
