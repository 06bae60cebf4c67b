#include "ntlm/ntlm.h"

#include "base/memory.h"
#include "ntlm/context.h"
#include "ntlm/wire.h"

#include <opensspi/sspi.h>

enum {
	NTLM_MAX_TOKEN = 2888, /* what Windows says */
	/* What is taken: 16-bit field sizes, and the longest names that make sense, stay below it. */
	NTLM_INPUT_MAX = 64 * 1024,
	NTLM_RPC_ID = 10, /* RPC_C_AUTHN_WINNT */
	NTLM_SIGNATURE_SIZE = 16,
};

/* What Windows was seen to say: KERB_CHECKSUM_HMAC_MD5 of ntsecapi.h and CALG_RC4 of wincrypt.h. */
#define CHECKSUM_HMAC_MD5 ((uint32_t)-138)
#define CALG_RC4          0x6801u

static enum reason ntlm_acquire(const struct acquire_request *request, struct package_credential **made)
{
	struct ntlm_credential *credential;

	if (request->initiate && !request->has_identity)
		return REASON_NO_CREDENTIAL; /* there is no logon session here to take one from */
	credential = memory_allocate(sizeof(*credential));
	if (!credential)
		return REASON_OUT_OF_MEMORY;
	*credential = (struct ntlm_credential) {
		.base.package = &ntlm_package,
		.initiate = request->initiate,
		.accept = request->accept,
		.authority = request->authority,
		.names = request->names,
		.policy = request->policy,
	};
	if (!secret_copy(&credential->user, request->user) ||
	    !secret_copy(&credential->domain, request->domain) ||
	    !secret_copy(&credential->password, request->password)) {
		package_credential_free(&credential->base);
		return REASON_OUT_OF_MEMORY;
	}
	*made = &credential->base;
	return REASON_OK;
}

static void ntlm_free_credential(struct package_credential *base)
{
	struct ntlm_credential *credential = (struct ntlm_credential *)base;

	if (!credential)
		return;
	secret_wipe(&credential->user);
	secret_wipe(&credential->domain);
	secret_wipe(&credential->password);
	memory_free(credential);
}

static enum reason ntlm_new_context(const struct package_credential *base, enum role role,
				    struct package_context **made)
{
	const struct ntlm_credential *credential = (const struct ntlm_credential *)base;
	struct ntlm_context *context;

	if (!(role == ROLE_INITIATE ? credential->initiate : credential->accept))
		return REASON_NO_CREDENTIAL;
	context = memory_allocate(sizeof(*context));
	if (!context)
		return REASON_OUT_OF_MEMORY;
	*context = (struct ntlm_context) {
		.base.package = &ntlm_package,
		.credential = credential,
		.role = role,
		.step = STEP_NEGOTIATE,
	};
	*made = &context->base;
	return REASON_OK;
}

static void ntlm_free_context(struct package_context *base)
{
	struct ntlm_context *context = (struct ntlm_context *)base;

	if (!context)
		return;
	secret_wipe(&context->negotiate);
	secret_wipe(&context->challenge);
	secret_wipe(&context->user);
	secret_wipe(&context->domain);
	secret_wipe(&context->target);
	account_wipe(&context->account);
	memory_wipe(&context->keys, sizeof(context->keys));
	memory_free(context);
}

uint32_t ntlm_reached(uint32_t negotiate_flags)
{
	uint32_t reached = FLAG_CONNECTION;

	if (negotiate_flags & (NTLM_SIGN | NTLM_SEAL))
		reached |= FLAG_INTEGRITY | FLAG_REPLAY_DETECT | FLAG_SEQUENCE_DETECT;
	if (negotiate_flags & NTLM_SEAL)
		reached |= FLAG_CONFIDENTIALITY;
	if (negotiate_flags & NTLM_IDENTIFY)
		reached |= FLAG_IDENTIFY;
	return reached;
}

SECURITY_STATUS ntlm_run_step(struct ntlm_context *context, const struct ntlm_step_rule rules[STEP_COUNT],
			      struct leg *leg)
{
	const struct ntlm_step_rule *rule = &rules[context->step];
	SECURITY_STATUS status;

	if (!rule->run)
		return leg_refuse(leg, rule->name, REASON_OUT_OF_SEQUENCE, NULL);
	if (leg->input.size > NTLM_INPUT_MAX)
		status = leg_refuse(leg, rule->name, REASON_TOKEN_TOO_BIG, NULL);
	else
		status = rule->run(context, rule->name, leg);
	if (!status_failed(status) && !writer_ok(leg->output))
		status = leg_refuse(leg, rule->name, REASON_OUT_OF_MEMORY, NULL);
	context->step = status_failed(status) ? STEP_REFUSED : rule->next;
	if (status_failed(status))
		return status;
	leg->consumed = leg->input.size;
	if (context->step == STEP_DONE) {
		/* The three messages are what DCE style asks for. */
		leg->reached = ntlm_reached(context->flags) | (leg->requested & FLAG_DCE_STYLE);
		leg->can_seal = context->flags & NTLM_SEAL;
		secret_wipe(&context->negotiate);
		secret_wipe(&context->challenge);
	}
	return status;
}

void ntlm_claimed_names(const struct ntlm_context *context, union attribute_value *value)
{
	bool own = context->role == ROLE_INITIATE && context->credential;

	value->names.user = secret_slice(own ? &context->credential->user : &context->user);
	value->names.domain = secret_slice(own ? &context->credential->domain : &context->domain);
}

static enum reason ntlm_query(const struct package_context *base, enum attribute attribute,
			      union attribute_value *value)
{
	const struct ntlm_context *context = (const struct ntlm_context *)base;

	switch (attribute) {
	case ATTRIBUTE_SIZES:
		value->sizes.max_token = NTLM_MAX_TOKEN;
		value->sizes.max_signature = NTLM_SIGNATURE_SIZE;
		value->sizes.block = 0;
		value->sizes.security_trailer = NTLM_SIGNATURE_SIZE;
		return REASON_OK;
	case ATTRIBUTE_CLAIMED_NAMES:
		ntlm_claimed_names(context, value);
		return REASON_OK;
	case ATTRIBUTE_TARGET_NAME:
		if (context->role != ROLE_ACCEPT)
			return REASON_UNSUPPORTED;
		value->bytes = secret_slice(&context->target);
		return REASON_OK;
	case ATTRIBUTE_SESSION_KEY:
		if (context->step != STEP_DONE)
			return REASON_OUT_OF_SEQUENCE;
		value->bytes = slice_of(context->keys.exported.bytes, sizeof(context->keys.exported.bytes));
		return REASON_OK;
	case ATTRIBUTE_KEY_INFO:
		if (context->step != STEP_DONE)
			return REASON_OUT_OF_SEQUENCE;
		value->key_info.signature = "HMAC-MD5";
		value->key_info.encryption = "RSADSI RC4";
		value->key_info.bits = 8 * NTLM_KEY_SIZE;
		value->key_info.signature_number = CHECKSUM_HMAC_MD5;
		value->key_info.encryption_number = CALG_RC4;
		return REASON_OK;
	case ATTRIBUTE_MIC_ANNOUNCED:
		value->mic_announced = context->mic_announced;
		return REASON_OK;
	case ATTRIBUTE_ACCOUNT:
		if (context->role != ROLE_ACCEPT)
			return REASON_UNSUPPORTED;
		if (context->step != STEP_DONE)
			return REASON_OUT_OF_SEQUENCE;
		value->account = &context->account;
		return REASON_OK;
	default:
		return REASON_UNSUPPORTED;
	}
}

const struct security_package ntlm_package = {
	.name = NTLMSP_NAME_A,
	.comment = "NTLM Security Package",
	/* The number Windows shows. */
	.capabilities = SECPKG_FLAG_INTEGRITY | SECPKG_FLAG_PRIVACY | SECPKG_FLAG_TOKEN_ONLY |
			SECPKG_FLAG_CONNECTION | SECPKG_FLAG_MULTI_REQUIRED | SECPKG_FLAG_IMPERSONATION |
			SECPKG_FLAG_ACCEPT_WIN32_NAME | SECPKG_FLAG_NEGOTIABLE | SECPKG_FLAG_LOGON |
			SECPKG_FLAG_RESTRICTED_TOKENS | SECPKG_FLAG_APPCONTAINER_CHECKS |
			SECPKG_FLAG_APPLY_LOOPBACK,
	.rpc_id = NTLM_RPC_ID,
	.max_token = NTLM_MAX_TOKEN,
	.acquire = ntlm_acquire,
	.new_context = ntlm_new_context,
	.initiate = ntlm_initiate,
	.accept = ntlm_accept,
	.seal = ntlm_seal,
	.open = ntlm_open,
	.sign = ntlm_sign,
	.verify = ntlm_verify,
	.pack = ntlm_pack,
	.unpack = ntlm_unpack,
	.query = ntlm_query,
	.free_context = ntlm_free_context,
	.free_credential = ntlm_free_credential,
};
