/* InitializeSecurityContext and AcceptSecurityContext: one leg of a handshake. */
#include "base/utf16.h"
#include "sspi/channel_bindings.h"
#include "sspi/context.h"
#include "sspi/flags.h"
#include "sspi/handshake_buffers.h"
#include "sspi/local_time.h"
#include "sspi/text.h"

#include <opensspi/sspi.h>

#include <inttypes.h>

/* A target name lies in an AV_PAIR, whose length has 16 bits (MS-NLMP 2.2.2.1). */
enum { TARGET_MAX = INT16_MAX };

/* What both functions take. */
struct handshake_call {
	const char *step; /* "accept", "initiate" */
	enum role role;
	PCredHandle credential;
	PCtxtHandle context;
	const void *target; /* the initiator's, NULL: none */
	bool target_is_wide;
	uint32_t request;
	PSecBufferDesc input;
	PCtxtHandle new_context;
	PSecBufferDesc output;
	uint32_t *attributes;
	PTimeStamp expiry;
};

/* ISC_REQ_ALLOCATE_MEMORY, ASC_REQ_ALLOCATE_MEMORY and the two RET bits are one number. */
#define ALLOCATE ISC_REQ_ALLOCATE_MEMORY
_Static_assert(ISC_REQ_ALLOCATE_MEMORY == ASC_REQ_ALLOCATE_MEMORY &&
		       ISC_RET_ALLOCATED_MEMORY == ASC_RET_ALLOCATED_MEMORY &&
		       ISC_REQ_ALLOCATE_MEMORY == ISC_RET_ALLOCATED_MEMORY,
	       "one number");

/* --- What goes in */

static enum reason take_target(const struct handshake_call *call, struct context *context)
{
	struct slice target;
	enum reason reason;

	if (!call->target)
		return REASON_OK;
	target = call->target_is_wide ? text_wide(call->target) : text_narrow(call->target);
	reason = text_copy(&context->target, target, call->target_is_wide, REASON_BAD_TARGET);
	return reason == REASON_OK && context->target.size > TARGET_MAX ? REASON_BAD_TARGET : reason;
}

/* Bindings once given count for the calls after it as well. */
static enum reason take_bindings(const struct handshake_buffers *buffers, struct context *context)
{
	LOCAL_WRITER(form);
	struct slice whole;

	if (!buffers->has_bindings)
		return REASON_OK;
	if (!channel_bindings_form(buffers->bindings, &form))
		return REASON_BAD_BUFFERS;
	whole = writer_slice(&form);
	if (!writer_ok(&form) || !secret_copy(&context->bindings_form, whole))
		return REASON_OUT_OF_MEMORY;
	crypto_md5(&whole, 1, context->bindings);
	context->has_bindings = true;
	return REASON_OK;
}

/* Callers that use one variable for request and result ask for less in later calls; what was asked once stays asked. */
static enum reason take_request(const struct handshake_call *call, const struct handshake_buffers *buffers,
				struct context *context)
{
	uint32_t flags;

	if (!flags_requested(call->role, call->request, &flags) ||
	    flags & context->inner->package->refused_flags) {
		trace(call->step, REASON_UNSUPPORTED, "fContextReq %08x has a bit that is not offered here",
		      call->request);
		return REASON_UNSUPPORTED;
	}
	if (!flags_extended(call->role, buffers->extended_flags)) {
		trace(call->step, REASON_UNSUPPORTED,
		      "SEC_FLAGS %016" PRIx64 " has a bit that is not offered", buffers->extended_flags);
		return REASON_UNSUPPORTED;
	}
	context->requested |= flags;
	return REASON_OK;
}

static enum reason take_arguments(const struct handshake_call *call, struct context *context,
				  struct handshake_buffers *buffers)
{
	enum reason reason = handshake_buffers_read(call->input, call->output, call->request & ALLOCATE,
						    context->inner->package, buffers);

	if (reason == REASON_OK)
		reason = take_request(call, buffers, context);
	if (reason == REASON_OK)
		reason = take_bindings(buffers, context);
	return reason == REASON_OK ? take_target(call, context) : reason;
}

/* --- What comes out */

/* So that a caller who looks at the attributes of a failed call finds none of them. */
static void nothing_reached(const struct handshake_call *call)
{
	if (call->attributes)
		*call->attributes = 0;
}

static SECURITY_STATUS refuse(const struct handshake_call *call, struct context *context,
			      struct handshake_buffers *buffers, struct leg *leg, SECURITY_STATUS status)
{
	bool tell = context->requested & FLAG_EXTENDED_ERROR && writer_ok(leg->output);

	nothing_reached(call);
	if (handshake_buffers_fail(buffers, tell ? writer_slice(leg->output) : slice_of(NULL, 0)) !=
	    REASON_OK)
		status = leg_refuse(leg, call->step, REASON_OUTPUT_TOO_SMALL, "no room for the alert");
	/* Fail closed: a package says OK or CONTINUE_NEEDED, or fails for a reason. */
	if (!status_failed(status))
		status = leg_refuse(leg, call->step, REASON_CRYPTO_FAILED, "a package answered %08x",
				    (unsigned)status);
	if (leg->reason == REASON_OK)
		leg->reason = REASON_CRYPTO_FAILED;
	context->state = CONTEXT_REFUSED;
	context->outcome = (struct failure) {
		.status = status,
		.reason = leg->reason,
		.ntstatus = leg->ntstatus ? leg->ntstatus : reason_ntstatus(leg->reason),
	};
	return status;
}

/* DOMAIN\user, as far as it can be shown. */
static void write_name(struct byte_writer *out, struct slice domain, struct slice user)
{
	if (domain.size) {
		if (!utf16_to_utf8(out, domain))
			writer_wipe(out);
		writer_u8(out, '\\');
	}
	if (!utf16_to_utf8(out, user))
		writer_wipe(out);
}

/* The package that authenticated: itself, if it has none inside. */
static const char *logon_package(const struct package_context *inner)
{
	union attribute_value logon;

	return inner->package->query(inner, ATTRIBUTE_INNER, &logon) == REASON_OK && logon.inner.name
		       ? logon.inner.name
		       : inner->package->name;
}

static void trace_acceptance(const struct handshake_call *call, const struct context *context)
{
	LOCAL_WRITER(name);
	const struct package_context *inner = context->inner;
	union attribute_value account;

	if (!trace_enabled() || inner->package->query(inner, ATTRIBUTE_ACCOUNT, &account) != REASON_OK)
		return;
	write_name(&name, secret_slice(&account.account->domain), secret_slice(&account.account->user));
	trace(call->step, REASON_OK, "%.*s is let in: package %s, logon by %s, authority %s", (int)name.size,
	      name.size ? (const char *)name.data : "", inner->package->name, logon_package(inner),
	      account.account->authority);
}

/* An NTLM client is done before the server has judged it. */
static void trace_initiation(const struct handshake_call *call, const struct context *context)
{
	LOCAL_WRITER(name);
	LOCAL_WRITER(target);
	const struct package_context *inner = context->inner;
	union attribute_value own;

	if (!trace_enabled() || inner->package->query(inner, ATTRIBUTE_CLAIMED_NAMES, &own) != REASON_OK)
		return;
	write_name(&name, own.names.domain, own.names.user);
	if (!utf16_to_utf8(&target, secret_slice(&context->target)))
		writer_wipe(&target);
	trace(call->step, REASON_OK, "%.*s has done its part, target %.*s: package %s, logon by %s",
	      (int)name.size, name.size ? (const char *)name.data : "", (int)target.size,
	      target.size ? (const char *)target.data : "", inner->package->name, logon_package(inner));
}

/* The one place that finishes a context. */
static SECURITY_STATUS succeed(const struct handshake_call *call, struct context *context,
			       struct handshake_buffers *buffers, struct leg *leg, SECURITY_STATUS status)
{
	enum reason reason = REASON_CRYPTO_FAILED; /* a package that took more than there was */

	if (!writer_ok(leg->output))
		reason = REASON_OUT_OF_MEMORY;
	else if (leg->consumed <= leg->input.size)
		reason = handshake_buffers_settle(buffers, writer_slice(leg->output),
						  leg->input.size - leg->consumed);
	if (reason != REASON_OK) {
		writer_wipe(leg->output); /* it is no error token */
		return refuse(call, context, buffers, leg, leg_refuse(leg, call->step, reason, NULL));
	}
	context->reached = leg->reached;
	context->expiry = leg->expiry;
	context->outcome = (struct failure) { .status = status };
	if (call->attributes)
		*call->attributes = flags_reached(call->role, context->reached) | (call->request & ALLOCATE);
	if (call->expiry)
		*call->expiry = local_time(context->expiry);
	if (status == SEC_E_OK && context->state == CONTEXT_UNDERWAY && !context->leg_due) {
		context->state = CONTEXT_FINISHED;
		if (call->role == ROLE_ACCEPT)
			trace_acceptance(call, context);
		else
			trace_initiation(call, context);
	}
	context->leg_due = false;
	return status;
}

/* --- One leg */

static SECURITY_STATUS run_package(struct context *context, struct handshake_buffers *buffers,
				   struct leg *leg)
{
	struct package_context *inner = context->inner;
	leg_function *run = context->role == ROLE_ACCEPT ? inner->package->accept : inner->package->initiate;

	leg->input = buffers->token;
	leg->target = secret_slice(&context->target);
	leg->bindings = slice_of(context->bindings, context->has_bindings ? sizeof(context->bindings) : 0);
	leg->bindings_form = secret_slice(&context->bindings_form);
	leg->protocols = buffers->protocols;
	leg->kdc_proxy = context->credential && context->credential->has_kdc_proxy
				 ? &context->credential->kdc_proxy
				 : NULL;
	leg->requested = context->requested;
	return run(inner, leg);
}

static SECURITY_STATUS run_leg(const struct handshake_call *call, struct context *context)
{
	LOCAL_WRITER(output);
	struct leg leg = { .output = &output };
	struct handshake_buffers buffers;
	enum reason reason = take_arguments(call, context, &buffers);
	SECURITY_STATUS status;

	if (reason != REASON_OK)
		return refuse(call, context, &buffers, &leg, leg_refuse(&leg, call->step, reason, NULL));
	status = run_package(context, &buffers, &leg);
	switch (status) {
	case SEC_E_OK:
	case SEC_I_CONTINUE_NEEDED:
	case SEC_I_INCOMPLETE_CREDENTIALS:
		return succeed(call, context, &buffers, &leg, status);
	case SEC_E_INCOMPLETE_MESSAGE:
		handshake_buffers_incomplete(&buffers, leg.missing);
		return status;
	default:
		return refuse(call, context, &buffers, &leg, status);
	}
}

/* --- Calls */

/* Of a call that did not come to its context: so that a caller who sends what a failure leaves sends nothing. */
static SECURITY_STATUS turn_away(const struct handshake_call *call, SECURITY_STATUS status)
{
	handshake_buffers_silence(call->output);
	nothing_reached(call);
	return status;
}

static void release(struct credential **credential)
{
	credential_release(*credential);
}

/* The credential of a first call is needed; that of a later one may be NULL. */
static enum reason take_credential(const struct handshake_call *call, struct credential **credential)
{
	CLEANUP(handle_unpin) struct handle_pin set = { 0 };

	if (!call->credential)
		return REASON_NO_CREDENTIAL;
	if (!handle_pin(call->credential, HANDLE_CREDENTIAL, &set))
		return REASON_BAD_HANDLE;
	*credential = credential_set_take(set.object, call->role);
	return *credential ? REASON_OK : REASON_NO_CREDENTIAL;
}

static enum reason make_context(const struct handshake_call *call, SecHandle *handle)
{
	CLEANUP(release) struct credential *credential = NULL;
	enum reason reason = take_credential(call, &credential);
	struct context *context;

	if (reason == REASON_OK && !call->new_context)
		reason = REASON_NULL_ARGUMENT;
	if (reason == REASON_OK)
		reason = context_new(credential, call->role, &context);
	if (reason != REASON_OK)
		return reason;
	context->made_from = *call->credential;
	if (handle_open(HANDLE_CONTEXT, context, context_free, handle))
		return REASON_OK;
	context_free(context);
	return REASON_OUT_OF_MEMORY;
}

/* The handle exists before the first leg runs and is told to the caller only if it went well. */
static SECURITY_STATUS first_call(const struct handshake_call *call)
{
	CLEANUP(context_leave) struct context_visit visit = { 0 };
	SecHandle handle;
	enum reason reason = make_context(call, &handle);
	SECURITY_STATUS status;

	if (reason != REASON_OK)
		return turn_away(call, fail(call->step, reason, NULL));
	reason = context_enter_handshake(&handle, call->role, &visit);
	status = reason == REASON_OK ? run_leg(call, visit.context)
				     : turn_away(call, fail(call->step, reason, NULL));
	if (!status_failed(status)) {
		*call->new_context = handle;
		return status;
	}
	if (visit.context && visit.context->state == CONTEXT_REFUSED)
		*last_failure() = visit.context->outcome;
	handle_close(&handle, HANDLE_CONTEXT); /* INCOMPLETE too: what was there is fed again */
	return status;
}

static bool same_handle(const SecHandle *a, const SecHandle *b)
{
	return a->dwLower == b->dwLower && a->dwUpper == b->dwUpper;
}

/* A client that was asked for a certificate may come back with another credential, once. */
static enum reason adopt(const struct handshake_call *call, struct context *context,
			 struct credential *credential)
{
	const struct security_package *package = context->inner->package;
	enum reason reason;

	if (context->outcome.status != SEC_I_INCOMPLETE_CREDENTIALS || context->adopted ||
	    credential->package != package || !package->adopt)
		return REASON_OTHER_CREDENTIAL;
	reason = package->adopt(context->inner, credential->inner);
	if (reason == REASON_OK) {
		context->adopted = credential_hold(credential);
		context->adopted_from = *call->credential;
	}
	return reason;
}

/* The same handle, whatever AddCredentials has made of it since. */
static enum reason check_credential(const struct handshake_call *call, struct context *context)
{
	CLEANUP(release) struct credential *credential = NULL;
	enum reason reason;

	if (!call->credential || !context->credential) /* NULL: the context is imported, and finished */
		return REASON_OK;
	reason = take_credential(call, &credential);
	if (reason != REASON_OK || same_handle(call->credential, &context->made_from) ||
	    (context->adopted && same_handle(call->credential, &context->adopted_from)))
		return reason;
	return adopt(call, context, credential);
}

static SECURITY_STATUS later_call(const struct handshake_call *call)
{
	CLEANUP(context_leave) struct context_visit visit = { 0 };
	SecHandle handle = *call->context;
	enum reason reason = context_enter_handshake(&handle, call->role, &visit);
	SECURITY_STATUS status;

	if (reason == REASON_OK)
		reason = check_credential(call, visit.context);
	if (reason == REASON_OK && visit.context->state == CONTEXT_FINISHED && !visit.context->leg_due)
		reason = REASON_OUT_OF_SEQUENCE;
	if (reason != REASON_OK)
		return turn_away(call, fail(call->step, reason, NULL));
	if (visit.context->state == CONTEXT_REFUSED)
		return turn_away(call, visit.context->outcome.status);
	status = run_leg(call, visit.context);
	if (!status_failed(status) && call->new_context)
		*call->new_context = handle;
	return status;
}

static SECURITY_STATUS handshake(const struct handshake_call *call)
{
	return call->context ? later_call(call) : first_call(call);
}

/* TargetDataRep tells a byte order that none of the tokens depends on. */
SECURITY_STATUS SEC_ENTRY AcceptSecurityContext(PCredHandle phCredential, PCtxtHandle phContext,
						PSecBufferDesc pInput, uint32_t fContextReq,
						uint32_t TargetDataRep, PCtxtHandle phNewContext,
						PSecBufferDesc pOutput, uint32_t *pfContextAttr,
						PTimeStamp ptsExpiry)
{
	(void)TargetDataRep;
	return handshake(&(struct handshake_call) {
		.step = "accept",
		.role = ROLE_ACCEPT,
		.credential = phCredential,
		.context = phContext,
		.request = fContextReq,
		.input = pInput,
		.new_context = phNewContext,
		.output = pOutput,
		.attributes = pfContextAttr,
		.expiry = ptsExpiry,
	});
}

SECURITY_STATUS SEC_ENTRY InitializeSecurityContextA(PCredHandle phCredential, PCtxtHandle phContext,
						     SEC_CHAR *pszTargetName, uint32_t fContextReq,
						     uint32_t Reserved1, uint32_t TargetDataRep,
						     PSecBufferDesc pInput, uint32_t Reserved2,
						     PCtxtHandle phNewContext, PSecBufferDesc pOutput,
						     uint32_t *pfContextAttr, PTimeStamp ptsExpiry)
{
	(void)Reserved1, (void)TargetDataRep, (void)Reserved2;
	return handshake(&(struct handshake_call) {
		.step = "initiate",
		.role = ROLE_INITIATE,
		.credential = phCredential,
		.context = phContext,
		.target = pszTargetName,
		.request = fContextReq,
		.input = pInput,
		.new_context = phNewContext,
		.output = pOutput,
		.attributes = pfContextAttr,
		.expiry = ptsExpiry,
	});
}

SECURITY_STATUS SEC_ENTRY InitializeSecurityContextW(PCredHandle phCredential, PCtxtHandle phContext,
						     SEC_WCHAR *pszTargetName, uint32_t fContextReq,
						     uint32_t Reserved1, uint32_t TargetDataRep,
						     PSecBufferDesc pInput, uint32_t Reserved2,
						     PCtxtHandle phNewContext, PSecBufferDesc pOutput,
						     uint32_t *pfContextAttr, PTimeStamp ptsExpiry)
{
	(void)Reserved1, (void)TargetDataRep, (void)Reserved2;
	return handshake(&(struct handshake_call) {
		.step = "initiate",
		.role = ROLE_INITIATE,
		.credential = phCredential,
		.context = phContext,
		.target = pszTargetName,
		.target_is_wide = true,
		.request = fContextReq,
		.input = pInput,
		.new_context = phNewContext,
		.output = pOutput,
		.attributes = pfContextAttr,
		.expiry = ptsExpiry,
	});
}

SECURITY_STATUS SEC_ENTRY DeleteSecurityContext(PCtxtHandle phContext)
{
	if (!handle_close(phContext, HANDLE_CONTEXT))
		return fail("delete", REASON_BAD_HANDLE, NULL);
	return SEC_E_OK;
}
