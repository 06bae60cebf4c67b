#include "credssp/credssp.h"

#include "base/memory.h"
#include "credssp/context.h"

#include <opensspi/credssp.h>

enum { CREDSSP_MAX_TOKEN = 73032 /* what Windows says */ };

static void credssp_free_credential(struct package_credential *base)
{
	struct credssp_credential *credential = (struct credssp_credential *)base;

	package_credential_free(credential->stream);
	package_credential_free(credential->logon);
	secret_wipe(&credential->user);
	secret_wipe(&credential->domain);
	secret_wipe(&credential->password);
	memory_free(credential);
}

static enum reason acquire_inner(const struct acquire_request *request, const char *name,
				 struct package_credential **made)
{
	const struct security_package *package = package_find(request->packages, name);

	return package ? package->acquire(request, made) : REASON_UNKNOWN_PACKAGE;
}

static enum reason fill_credential(struct credssp_credential *credential,
				   const struct acquire_request *request)
{
	/* In a build without Negotiate, NTLM alone: its tokens are what both send where only NTLM can be chosen. */
	const char *logon_package =
		package_find(request->packages, NEGOSSP_NAME_A) ? NEGOSSP_NAME_A : NTLMSP_NAME_A;
	enum reason reason = acquire_inner(request, SCHANNEL_NAME_A, &credential->stream);

	if (reason == REASON_OK)
		reason = acquire_inner(request, logon_package, &credential->logon);
	if (reason != REASON_OK)
		return reason;
	return secret_copy(&credential->user, request->user) &&
			       secret_copy(&credential->domain, request->domain) &&
			       secret_copy(&credential->password, request->password)
		       ? REASON_OK
		       : REASON_OUT_OF_MEMORY;
}

static enum reason credssp_acquire(const struct acquire_request *request, struct package_credential **made)
{
	struct credssp_credential *credential = memory_allocate(sizeof(*credential));
	enum reason reason;

	if (!credential)
		return REASON_OUT_OF_MEMORY;
	*credential = (struct credssp_credential) {
		.base.package = &credssp_package,
		.initiate = request->initiate,
		.accept = request->accept,
		.authority = request->authority,
		.names = request->names,
		.policy = request->policy,
		.server_is_judged =
			request->pinned_certificate.size || request->trusted_file || request->trust_system,
	};
	reason = fill_credential(credential, request);
	if (reason == REASON_OK)
		*made = &credential->base;
	else
		credssp_free_credential(&credential->base);
	return reason;
}

static void credssp_free_context(struct package_context *base)
{
	struct credssp_context *context = (struct credssp_context *)base;

	package_context_free(context->stream);
	package_context_free(context->logon);
	writer_wipe(&context->plain);
	secret_wipe(&context->delegated.user);
	secret_wipe(&context->delegated.domain);
	secret_wipe(&context->delegated.password);
	memory_free(context);
}

static enum reason credssp_new_context(const struct package_credential *base, enum role role,
				       struct package_context **made)
{
	const struct credssp_credential *credential = (const struct credssp_credential *)base;
	struct credssp_context *context;
	enum reason reason;

	if (!(role == ROLE_INITIATE ? credential->initiate : credential->accept))
		return REASON_NO_CREDENTIAL;
	context = memory_allocate(sizeof(*context));
	if (!context)
		return REASON_OUT_OF_MEMORY;
	*context = (struct credssp_context) {
		.base.package = &credssp_package,
		.credential = credential,
		.role = role,
		.step = role == ROLE_INITIATE ? STEP_START : STEP_NEGO_TOKENS,
		.plain = writer_growing(),
	};
	reason = credential->stream->package->new_context(credential->stream, role, &context->stream);
	if (reason == REASON_OK)
		*made = &context->base;
	else
		credssp_free_context(&context->base);
	return reason;
}

/* Once the exchange is over, messages are the stream's own (Microsoft has no page for them). */
static SECURITY_STATUS pass_on(const struct credssp_context *context, message_function *run, const char *step,
			       struct message *message)
{
	if (context->step != STEP_DONE)
		return message_refuse(message, step, REASON_OUT_OF_SEQUENCE);
	return run(context->stream, message);
}

static SECURITY_STATUS credssp_seal(struct package_context *base, struct message *message)
{
	const struct credssp_context *context = (const struct credssp_context *)base;

	return pass_on(context, context->stream->package->seal, "seal", message);
}

static SECURITY_STATUS credssp_open(struct package_context *base, struct message *message)
{
	const struct credssp_context *context = (const struct credssp_context *)base;

	message->tell_handshake = false; /* tickets and the like are no matter of CredSSP's caller */
	return pass_on(context, context->stream->package->open, "open", message);
}

static enum reason credssp_control(struct package_context *base, struct slice token)
{
	struct credssp_context *context = (struct credssp_context *)base;
	const struct security_package *package = context->stream->package;
	enum reason reason;

	if (context->step != STEP_DONE)
		return REASON_OUT_OF_SEQUENCE;
	reason = package->control ? package->control(context->stream, token) : REASON_UNSUPPORTED;
	context->control_due |= reason == REASON_OK;
	return reason;
}

static enum reason query_delegated(const struct credssp_context *context, union attribute_value *value)
{
	const struct credssp_delegated *delegated = &context->delegated;

	if (context->role != ROLE_ACCEPT)
		return REASON_UNSUPPORTED;
	if (context->step != STEP_DONE)
		return REASON_OUT_OF_SEQUENCE;
	value->delegated.type = delegated->type;
	value->delegated.user = secret_slice(&delegated->user);
	value->delegated.domain = secret_slice(&delegated->domain);
	value->delegated.password = secret_slice(&delegated->password);
	return delegated->type == DELEGATED_NONE ? REASON_NO_CREDENTIAL : REASON_OK;
}

static enum reason ask(const struct package_context *inner, enum attribute attribute,
		       union attribute_value *value)
{
	return inner ? inner->package->query(inner, attribute, value) : REASON_OUT_OF_SEQUENCE;
}

/* The mechanism that Negotiate chose; the package itself where it chooses none. */
static enum reason query_inner(const struct credssp_context *context, union attribute_value *value)
{
	if (ask(context->logon, ATTRIBUTE_INNER, value) == REASON_OK)
		return REASON_OK;
	value->inner.context = context->logon;
	value->inner.name = context->logon ? context->logon->package->name : NULL;
	return REASON_OK;
}

/* Who was let in counts only once everything was right; what a client called itself may be told before. */
static enum reason credssp_query(const struct package_context *base, enum attribute attribute,
				 union attribute_value *value)
{
	const struct credssp_context *context = (const struct credssp_context *)base;

	switch (attribute) {
	case ATTRIBUTE_STREAM_SIZES:
	case ATTRIBUTE_PUBLIC_KEY:
	case ATTRIBUTE_TLS:
	case ATTRIBUTE_LOCAL_CERTIFICATE:
	case ATTRIBUTE_REMOTE_CERTIFICATE:
	case ATTRIBUTE_SERVER_JUDGED:
	case ATTRIBUTE_CIPHER:
		return ask(context->stream, attribute, value);
	case ATTRIBUTE_SIZES:
	case ATTRIBUTE_MIC_ANNOUNCED:
	case ATTRIBUTE_CLAIMED_NAMES:
	case ATTRIBUTE_TARGET_NAME:
		return ask(context->logon, attribute, value);
	case ATTRIBUTE_SESSION_KEY:
	case ATTRIBUTE_ACCOUNT:
		return context->step == STEP_DONE ? ask(context->logon, attribute, value)
						  : REASON_OUT_OF_SEQUENCE;
	case ATTRIBUTE_INNER:
		return query_inner(context, value);
	case ATTRIBUTE_CREDSSP:
		value->credssp.peer_version = credssp_version(context);
		return REASON_OK;
	case ATTRIBUTE_DELEGATED:
		return query_delegated(context, value);
	default: /* KEY_INFO, too: the logon's keys are not the stream's */
		return REASON_UNSUPPORTED;
	}
}

const struct security_package credssp_package = {
	.name = CREDSSP_NAME_A,
	.comment = "Microsoft CredSSP Security Provider",
	/* The number Windows shows. */
	.capabilities = SECPKG_FLAG_INTEGRITY | SECPKG_FLAG_PRIVACY | SECPKG_FLAG_CONNECTION |
			SECPKG_FLAG_MULTI_REQUIRED | SECPKG_FLAG_IMPERSONATION |
			SECPKG_FLAG_ACCEPT_WIN32_NAME | SECPKG_FLAG_STREAM | SECPKG_FLAG_MUTUAL_AUTH |
			SECPKG_FLAG_APPCONTAINER_CHECKS,
	.rpc_id = SECPKG_ID_NONE,
	.max_token = CREDSSP_MAX_TOKEN,
	.stream = true,
	.refused_flags = FLAG_DCE_STYLE | FLAG_REQUIRE_BINDINGS,
	.acquire = credssp_acquire,
	.new_context = credssp_new_context,
	.initiate = credssp_initiate,
	.accept = credssp_accept,
	.seal = credssp_seal,
	.open = credssp_open,
	.control = credssp_control,
	.query = credssp_query,
	.free_context = credssp_free_context,
	.free_credential = credssp_free_credential,
};
