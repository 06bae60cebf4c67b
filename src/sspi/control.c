/* ApplyControlToken and CompleteAuthToken: what stands between two handshake calls. */
#include "sspi/buffers.h"
#include "sspi/context.h"

#include <opensspi/sspi.h>

#define STEP "control"

/* Which list gives which status was seen in Windows. */
static enum reason read_token(PSecBufferDesc list, struct slice *token)
{
	if (!list)
		return REASON_NULL_ARGUMENT;
	if (!buffers_well_formed(list) || list->cBuffers != 1 ||
	    buffer_type(&list->pBuffers[0]) != SECBUFFER_TOKEN)
		return REASON_BAD_BUFFERS;
	*token = slice_of(list->pBuffers[0].pvBuffer, list->pBuffers[0].cbBuffer);
	return REASON_OK;
}

/* The package's answer to the token goes out with the next leg. */
static enum reason control(struct context *context, PSecBufferDesc list)
{
	const struct security_package *package = context->inner->package;
	struct slice token;
	enum reason reason = read_token(list, &token);

	if (reason == REASON_OK)
		reason = package->control ? package->control(context->inner, token) : REASON_UNSUPPORTED;
	if (reason == REASON_OK)
		context->leg_due = true;
	return reason;
}

SECURITY_STATUS SEC_ENTRY ApplyControlToken(PCtxtHandle phContext, PSecBufferDesc pInput)
{
	CLEANUP(context_leave) struct context_visit visit = { 0 };
	enum reason reason = context_enter(phContext, &visit);

	if (reason == REASON_OK)
		reason = control(visit.context, pInput);
	return reason == REASON_OK ? SEC_E_OK : fail(STEP, reason, NULL);
}

/* Only Digest has something to complete, and it is not built. */
static enum reason complete(struct context *context, PSecBufferDesc list)
{
	const struct security_package *package = context->inner->package;
	struct slice token;
	enum reason reason;

	if (!package->complete)
		return REASON_UNSUPPORTED;
	reason = read_token(list, &token);
	return reason == REASON_OK ? package->complete(context->inner, token) : reason;
}

SECURITY_STATUS SEC_ENTRY CompleteAuthToken(PCtxtHandle phContext, PSecBufferDesc pToken)
{
	CLEANUP(context_leave) struct context_visit visit = { 0 };
	enum reason reason = context_enter(phContext, &visit);

	if (reason == REASON_OK)
		reason = complete(visit.context, pToken);
	return reason == REASON_OK ? SEC_E_OK : fail("complete", reason, NULL);
}
