/* OpensspiDelegatedCredential: a client's credential out of a server's context. */
#include "base/memory.h"
#include "sspi/context.h"
#include "sspi/host_names.h"
#include "sspi/local_time.h"
#include "sspi/packages.h"

#include <opensspi/opensspi.h>

#define STEP "delegated credential"

static void release(struct credential **credential)
{
	credential_release(*credential);
}

/* The package that authenticated, inside of all others, which alone has the tickets. */
static const struct package_context *innermost(const struct package_context *context)
{
	union attribute_value value;

	while (context->package->query(context, ATTRIBUTE_INNER, &value) == REASON_OK && value.inner.context)
		context = value.inner.context;
	return context;
}

static enum reason acquire_as(const struct package_context *client, struct credential *credential)
{
	struct acquire_request request = {
		.initiate = true,
		.client = client,
		.names = &credential->names,
		.policy = policy_default,
		.packages = all_packages,
	};
	enum reason reason = host_names_fill(&credential->names, NULL);

	return reason == REASON_OK ? credential->package->acquire(&request, &credential->inner) : reason;
}

/* What QueryCredentialsAttributes tells. */
static enum reason keep_names(const struct package_context *client, struct credential *credential)
{
	union attribute_value value;
	enum reason reason = client->package->query(client, ATTRIBUTE_CLAIMED_NAMES, &value);

	if (reason != REASON_OK)
		return reason;
	credential->has_identity = true;
	return secret_copy(&credential->user, value.names.user) &&
			       secret_copy(&credential->domain, value.names.domain)
		       ? REASON_OK
		       : REASON_OUT_OF_MEMORY;
}

static enum reason make(const struct context *context, const struct security_package *package,
			struct credential **made)
{
	const struct package_context *client = innermost(context->inner);
	struct credential *credential;
	union attribute_value tickets;
	enum reason reason;

	if (context->role != ROLE_ACCEPT || package->stream ||
	    client->package->query(client, ATTRIBUTE_CLIENT_TICKETS, &tickets) != REASON_OK)
		return REASON_NO_CREDENTIAL;
	if ((context->requested | context->reached) & FLAG_IDENTIFY)
		return REASON_IDENTIFY_ONLY;
	*made = credential = memory_allocate(sizeof(*credential));
	if (!credential)
		return REASON_OUT_OF_MEMORY;
	credential->references = 1;
	credential->package = package;
	credential->initiate = true;
	credential->expiry = tickets.expiry;
	reason = keep_names(client, credential);
	return reason == REASON_OK ? acquire_as(client, credential) : reason;
}

SECURITY_STATUS OpensspiDelegatedCredential(PCtxtHandle context, const char *package, PCredHandle credential,
					    PTimeStamp expiry)
{
	CLEANUP(release) struct credential *made = NULL;
	CLEANUP(context_leave) struct context_visit visit = { 0 };
	const struct security_package *found = package ? package_find(public_packages, package) : NULL;
	enum reason reason = context_enter_finished(context, &visit);

	if (reason == REASON_OK && (!package || !credential))
		reason = REASON_NULL_ARGUMENT;
	if (reason == REASON_OK)
		reason = found ? make(visit.context, found, &made) : REASON_UNKNOWN_PACKAGE;
	if (reason == REASON_OK)
		reason = credential_open(made, credential);
	if (reason != REASON_OK)
		return fail(STEP, reason, NULL);
	if (expiry)
		*expiry = local_time(made->expiry);
	return SEC_E_OK;
}
