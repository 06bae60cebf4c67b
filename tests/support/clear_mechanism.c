#include "support/clear_mechanism.h"

#include "base/memory.h"
#include "crypto/digest.h"

#include <opensspi/sspi.h>

enum { SIGNATURE_SIZE = MD5_SIZE };

struct clear_context {
	struct package_context base;
	enum role role;
	bool spoke;
	uint8_t sent, received;
};

static enum reason clear_acquire(const struct acquire_request *request, struct package_credential **made)
{
	(void)request;
	*made = memory_allocate(sizeof(**made));
	if (!*made)
		return REASON_OUT_OF_MEMORY;
	(*made)->package = &clear_mechanism_package;
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

	(void)credential;
	if (!context)
		return REASON_OUT_OF_MEMORY;
	context->base.package = &clear_mechanism_package;
	context->role = role;
	*made = &context->base;
	return REASON_OK;
}

static void clear_free_context(struct package_context *context)
{
	memory_free(context);
}

static SECURITY_STATUS finish(struct leg *leg)
{
	leg->consumed = leg->input.size;
	leg->reached = FLAG_INTEGRITY | FLAG_CONFIDENTIALITY | FLAG_MUTUAL_AUTH;
	leg->can_seal = true;
	return SEC_E_OK;
}

static SECURITY_STATUS clear_accept(struct package_context *base, struct leg *leg)
{
	(void)base;
	if (!slice_equal(leg->input, SLICE_LITERAL("AP-REQ")))
		return leg_refuse(leg, "clear accept", REASON_BAD_TOKEN, NULL);
	writer_bytes(leg->output, SLICE_LITERAL("AP-REP"));
	return finish(leg);
}

static SECURITY_STATUS clear_initiate(struct package_context *base, struct leg *leg)
{
	struct clear_context *context = (struct clear_context *)base;

	if (context->spoke) {
		if (!slice_equal(leg->input, SLICE_LITERAL("AP-REP")))
			return leg_refuse(leg, "clear initiate", REASON_BAD_TOKEN, NULL);
		return finish(leg);
	}
	context->spoke = true;
	writer_bytes(leg->output, SLICE_LITERAL("AP-REQ"));
	return SEC_I_CONTINUE_NEEDED;
}

static void checksum(const struct message *message, enum role from, uint8_t number,
		     uint8_t sum[SIGNATURE_SIZE])
{
	const uint8_t front[] = { (uint8_t)from, number };

	crypto_md5((struct slice[]) { slice_of(front, sizeof(front)),
				      slice_of(message->data[0].data, message->data[0].size) },
		   2, sum);
}

static SECURITY_STATUS clear_sign(struct package_context *base, struct message *message)
{
	struct clear_context *context = (struct clear_context *)base;

	checksum(message, context->role, context->sent++, message->header.data);
	message->header.size = SIGNATURE_SIZE;
	return SEC_E_OK;
}

static SECURITY_STATUS clear_verify(struct package_context *base, struct message *message)
{
	struct clear_context *context = (struct clear_context *)base;
	uint8_t expected[SIGNATURE_SIZE];

	checksum(message, context->role == ROLE_ACCEPT ? ROLE_INITIATE : ROLE_ACCEPT, context->received++,
		 expected);
	if (!slice_equal(slice_of(message->header.data, message->header.size),
			 slice_of(expected, sizeof(expected))))
		return message_refuse(message, "clear verify", REASON_MESSAGE_ALTERED);
	return SEC_E_OK;
}

static enum reason clear_query(const struct package_context *base, enum attribute attribute,
			       union attribute_value *value)
{
	(void)base;
	if (attribute != ATTRIBUTE_SIZES)
		return REASON_UNSUPPORTED;
	value->sizes.max_signature = value->sizes.security_trailer = SIGNATURE_SIZE;
	return REASON_OK;
}

const struct security_package clear_mechanism_package = {
	.name = MICROSOFT_KERBEROS_NAME_A,
	.comment = "no cryptography, for tests",
	.acquire = clear_acquire,
	.new_context = clear_new_context,
	.initiate = clear_initiate,
	.accept = clear_accept,
	.sign = clear_sign,
	.verify = clear_verify,
	.query = clear_query,
	.free_context = clear_free_context,
	.free_credential = clear_free_credential,
};
