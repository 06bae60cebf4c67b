/* Messages under the keys of a finished exchange: MS-NLMP 3.4.3 and 3.4.4, always with extended session security. */
#include "base/memory.h"
#include "crypto/digest.h"
#include "ntlm/context.h"
#include "ntlm/wire.h"

enum { SIGNATURE_VERSION = 1, SIGNATURE_SIZE = 16, CHECKSUM_SIZE = 8 };
/* More pieces than any caller has: SSPI lets a few stand beside TOKEN and DATA. */
enum { PIECES_MAX = 16 };

static void plain_checksum(const struct ntlm_direction *direction, const struct message *message,
			   uint8_t checksum[MD5_SIZE])
{
	uint8_t number[sizeof(direction->sequence_number)];
	struct byte_writer out = writer_fixed(number, sizeof(number));
	struct slice pieces[1 + PIECES_MAX];

	writer_u32le(&out, direction->sequence_number);
	pieces[0] = writer_slice(&out);
	for (size_t i = 0; i < message->data_count; i++)
		pieces[1 + i] = slice_of(message->data[i].data, message->data[i].size);
	crypto_hmac_md5(slice_of(direction->signing_key, sizeof(direction->signing_key)), pieces,
			1 + message->data_count, checksum);
}

/* NTLMSSP_MESSAGE_SIGNATURE, 2.2.2.9.2. */
static void write_signature(struct ntlm_direction *direction, uint32_t flags, uint8_t checksum[MD5_SIZE],
			    uint8_t signature[SIGNATURE_SIZE])
{
	struct byte_writer out = writer_fixed(signature, SIGNATURE_SIZE);

	if (flags & NTLM_KEY_EXCH)
		rc4_crypt(&direction->sealing, checksum, checksum, CHECKSUM_SIZE);
	writer_u32le(&out, SIGNATURE_VERSION);
	writer_bytes(&out, slice_of(checksum, CHECKSUM_SIZE));
	writer_u32le(&out, direction->sequence_number);
}

static bool is_signed_only(const struct message *message, size_t piece)
{
	return message->signed_only >> piece & 1;
}

static void crypt_data(struct ntlm_direction *direction, struct message *message)
{
	for (size_t i = 0; i < message->data_count; i++)
		if (!is_signed_only(message, i))
			rc4_crypt(&direction->sealing, message->data[i].data, message->data[i].data,
				  message->data[i].size);
}

static enum reason check_call(const struct ntlm_context *context, const struct message *message,
			      uint32_t needed)
{
	if (context->step != STEP_DONE)
		return REASON_OUT_OF_SEQUENCE;
	if (!(context->flags & needed))
		return REASON_UNSUPPORTED;
	return message->data_count <= PIECES_MAX ? REASON_OK : REASON_BAD_BUFFERS;
}

/* The checksum is of the plain text, but goes through the key stream behind the data. */
static SECURITY_STATUS protect(struct ntlm_context *context, const char *step, struct message *message,
			       bool seal)
{
	struct ntlm_direction *direction = &context->keys.send;
	enum reason reason = check_call(context, message, seal ? NTLM_SEAL : NTLM_SIGN | NTLM_SEAL);
	CLEANUP(rc4_wipe) struct rc4 before = direction->sealing;
	uint8_t checksum[MD5_SIZE];

	if (reason == REASON_OK && message->header.size < SIGNATURE_SIZE)
		reason = REASON_BUFFER_TOO_SMALL;
	if (reason != REASON_OK)
		return message_refuse(message, step, reason);
	plain_checksum(direction, message, checksum);
	if (seal)
		crypt_data(direction, message);
	write_signature(direction, context->flags, checksum, message->header.data);
	direction->sequence_number++;
	if (message->keep_stream) {
		direction->sealing = before;
		direction->first_number = direction->sequence_number;
	}
	message->header.size = SIGNATURE_SIZE;
	return SEC_E_OK;
}

/* "The whole blob" (SECBUFFER_STREAM, CredSSP) begins with the signature. */
static bool split_blob(struct message *message)
{
	struct span *blob = &message->data[0];

	if (message->header.data)
		return true;
	if (message->data_count != 1 || blob->size < SIGNATURE_SIZE)
		return false;
	message->header = (struct span) { blob->data, SIGNATURE_SIZE };
	*blob = (struct span) { blob->data + SIGNATURE_SIZE, blob->size - SIGNATURE_SIZE };
	return true;
}

static bool is_next(const struct ntlm_direction *direction, struct slice signature)
{
	struct byte_reader in = reader_of(signature);

	return reader_skip(&in, sizeof(uint32_t) + CHECKSUM_SIZE) &&
	       reader_expect_u32le(&in, direction->sequence_number);
}

/* A message that does not verify ends the context: the key streams of both sides have parted. */
static SECURITY_STATUS unprotect(struct ntlm_context *context, const char *step, struct message *message,
				 bool seal)
{
	struct ntlm_direction *direction = &context->keys.receive;
	enum reason reason = check_call(context, message, seal ? NTLM_SEAL : NTLM_SIGN | NTLM_SEAL);
	uint8_t checksum[MD5_SIZE], expected[SIGNATURE_SIZE];
	CLEANUP(rc4_wipe) struct rc4 before = direction->sealing;
	struct slice signature;

	if (reason == REASON_OK && !split_blob(message))
		reason = REASON_BAD_TOKEN;
	if (reason != REASON_OK)
		return message_refuse(message, step, reason);
	signature = slice_of(message->header.data, message->header.size);
	if (signature.size != SIGNATURE_SIZE || !is_next(direction, signature)) {
		context->step = STEP_REFUSED;
		return message_refuse(message, step,
				      signature.size == SIGNATURE_SIZE ? REASON_WRONG_SEQUENCE_NUMBER
								       : REASON_BAD_TOKEN);
	}
	if (seal)
		crypt_data(direction, message);
	plain_checksum(direction, message, checksum);
	write_signature(direction, context->flags, checksum, expected);
	if (!crypto_equal(signature, slice_of(expected, sizeof(expected)))) {
		for (size_t i = 0; seal && i < message->data_count; i++)
			if (!is_signed_only(message, i))
				memory_wipe(message->data[i].data, message->data[i].size);
		context->step = STEP_REFUSED;
		return message_refuse(message, step, REASON_MESSAGE_ALTERED);
	}
	direction->sequence_number++;
	if (message->keep_stream) {
		direction->sealing = before;
		direction->first_number = direction->sequence_number;
	}
	return SEC_E_OK;
}

SECURITY_STATUS ntlm_seal(struct package_context *base, struct message *message)
{
	return protect((struct ntlm_context *)base, "seal", message, true);
}

SECURITY_STATUS ntlm_open(struct package_context *base, struct message *message)
{
	return unprotect((struct ntlm_context *)base, "open", message, true);
}

SECURITY_STATUS ntlm_sign(struct package_context *base, struct message *message)
{
	return protect((struct ntlm_context *)base, "sign", message, false);
}

SECURITY_STATUS ntlm_verify(struct package_context *base, struct message *message)
{
	return unprotect((struct ntlm_context *)base, "verify", message, false);
}
