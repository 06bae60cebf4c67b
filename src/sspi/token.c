/* QuerySecurityContextToken, ImpersonateSecurityContext, RevertSecurityContext (docs/tokens.md). */
#include "sspi/token.h"

#include "access_token/thread_user.h"
#include "base/sid.h"
#include "sspi/configuration.h"
#include "sspi/local_time.h"
#include "sspi/packed_block.h"
#include "sspi/text.h"

#include <opensspi/opensspi.h>

#include <stddef.h>

/* --- The token of a context */

static enum reason make_token(struct context *context)
{
	struct package_context *inner = context->inner;
	union attribute_value value;

	if (context->role != ROLE_ACCEPT ||
	    inner->package->query(inner, ATTRIBUTE_ACCOUNT, &value) != REASON_OK)
		return REASON_NOBODY_LOGGED_ON;
	context->token = access_token_new(&(struct logon_facts) {
		.user = secret_slice(&value.account->user),
		.domain = secret_slice(&value.account->domain),
		.sid = secret_slice(&value.account->directory.sid),
		.group_sids = secret_slice(&value.account->directory.group_sids),
		.local = value.account->local,
		.identify = (context->requested | context->reached) & FLAG_IDENTIFY,
		.authority = value.account->authority,
		.time = context->start,
	});
	return context->token ? REASON_OK : REASON_OUT_OF_MEMORY;
}

/* A reference. Who is inside a context holds its lock, so one token is made; to readers it was always there. */
static enum reason hold_token(const struct context *context, struct access_token **token)
{
	enum reason reason = context->token ? REASON_OK : make_token((struct context *)context);

	if (reason == REASON_OK)
		*token = access_token_hold(context->token);
	return reason;
}

enum reason token_of_context(const struct context *context, HANDLE *handle)
{
	struct access_token *token;
	enum reason reason = hold_token(context, &token);
	SecHandle opened;

	if (reason != REASON_OK)
		return reason;
	if (!handle_open(HANDLE_TOKEN, token, access_token_release, &opened)) {
		access_token_release(token);
		return REASON_OUT_OF_MEMORY;
	}
	*handle = handle_to_word(&opened);
	return REASON_OK;
}

SECURITY_STATUS SEC_ENTRY QuerySecurityContextToken(PCtxtHandle phContext, HANDLE *phToken)
{
	CLEANUP(context_leave) struct context_visit visit = { 0 };
	enum reason reason = context_enter_finished(phContext, &visit);

	if (reason == REASON_OK)
		reason = phToken ? token_of_context(visit.context, phToken) : REASON_NULL_ARGUMENT;
	return reason == REASON_OK ? SEC_E_OK : fail("query token", reason, NULL);
}

/* --- What a program does with it */

BOOL OpensspiCloseHandle(HANDLE token)
{
	SecHandle handle = handle_of_word(token, HANDLE_TOKEN);

	if (handle_close(&handle, HANDLE_TOKEN))
		return 1;
	(void)fail("close token", REASON_BAD_HANDLE, NULL);
	return 0;
}

/* A text that is empty or no text stays NULL. */
static void add_name(struct packed_block *block, size_t member, const struct secret *name)
{
	if (name->size && !packed_block_utf16(block, member, secret_slice(name), false))
		trace("describe token", REASON_BAD_TOKEN, "a name that is no text is left out");
}

_Static_assert(sizeof(gid_t) == sizeof(uint32_t), "a gid is 32 bits");

static void add_sid(struct packed_block *block, size_t member, struct slice sid)
{
	LOCAL_WRITER(text);

	sid_write_text(&text, sid);
	packed_block_link(block, member, writer_slice(&text), sizeof(SEC_CHAR));
}

/* How many SIDs lie one behind the other. */
static uint32_t count_sids(struct byte_reader in)
{
	struct slice sid;
	uint32_t count = 0;

	while (sid_read(&in, &sid))
		count++;
	return count;
}

/* An array of pointers, for add_group_sids to fill. Where it lies. */
static size_t add_pointers(struct packed_block *block, size_t member, uint32_t count)
{
	size_t start = block->bytes.size;

	if (count)
		packed_block_link(block, member, slice_of(NULL, 0), count * sizeof(const char *));
	return start;
}

static void add_group_sids(struct packed_block *block, size_t pointer, struct slice sids)
{
	struct byte_reader in = reader_of(sids);
	struct slice sid;

	for (; sid_read(&in, &sid); pointer += sizeof(const char *))
		add_sid(block, pointer, sid);
}

/* Pointers come first, then groups, then texts: behind the struct all are aligned. */
static enum reason describe(struct access_token *token, OPENSSPI_TOKEN **description)
{
	CLEANUP(packed_block_wipe)
	struct packed_block block = packed_block_start(sizeof(OPENSSPI_TOKEN));
	OPENSSPI_TOKEN fixed = { .LogonTime = local_time(token->time), .IdentifyOnly = token->identify };
	struct slice group_sids = secret_slice(&token->group_sids);
	const struct user_ids *ids;
	enum reason reason = access_token_ids(token, &ids);
	size_t pointers;

	if (reason == REASON_OUT_OF_MEMORY)
		return reason;
	fixed.GroupSidCount = count_sids(reader_of(group_sids));
	pointers = add_pointers(&block, offsetof(OPENSSPI_TOKEN, GroupSids), fixed.GroupSidCount);
	if (reason == REASON_OK) {
		fixed.HasUid = 1;
		fixed.Uid = ids->uid;
		fixed.Gid = ids->gid;
		fixed.GroupCount = (uint32_t)ids->group_count;
		packed_block_link(&block, offsetof(OPENSSPI_TOKEN, Groups),
				  slice_of(ids->groups, ids->group_count * sizeof(*ids->groups)), 0);
	}
	add_group_sids(&block, pointers, group_sids);
	if (token->sid.size)
		add_sid(&block, offsetof(OPENSSPI_TOKEN, UserSid), secret_slice(&token->sid));
	add_name(&block, offsetof(OPENSSPI_TOKEN, User), &token->user);
	add_name(&block, offsetof(OPENSSPI_TOKEN, Domain), &token->domain);
	packed_block_link(&block, offsetof(OPENSSPI_TOKEN, Authority), text_narrow(token->authority),
			  sizeof(SEC_CHAR));
	writer_patch(&block.bytes, 0, slice_of(&fixed, sizeof(fixed)));
	*description = packed_block_finish(&block);
	return *description ? REASON_OK : REASON_OUT_OF_MEMORY;
}

SECURITY_STATUS OpensspiDescribeToken(HANDLE token, OPENSSPI_TOKEN **description)
{
	CLEANUP(handle_unpin) struct handle_pin pin = { 0 };
	SecHandle handle = handle_of_word(token, HANDLE_TOKEN);
	enum reason reason = handle_pin(&handle, HANDLE_TOKEN, &pin) ? REASON_OK : REASON_BAD_HANDLE;

	if (reason == REASON_OK)
		reason = description ? describe(pin.object, description) : REASON_NULL_ARGUMENT;
	return reason == REASON_OK ? SEC_E_OK : fail("describe token", reason, NULL);
}

/* --- Impersonation */

/* The number of the context as whose user this thread goes on; 0: as itself. A second one takes the first's place. */
static _Thread_local uint64_t impersonated;

static void release(struct access_token **token)
{
	access_token_release(*token);
}

/* Out of the context before anybody is looked up, so that its messages do not wait for a directory. */
static enum reason leave_with_token(const CtxtHandle *handle, struct access_token **token, uint64_t *number)
{
	CLEANUP(context_leave) struct context_visit visit = { 0 };
	enum reason reason = context_enter_finished(handle, &visit);

	if (reason == REASON_OK)
		reason = hold_token(visit.context, token);
	if (reason == REASON_OK)
		*number = visit.context->number;
	return reason;
}

static enum reason become_user(struct access_token *token)
{
	const struct user_ids *ids;
	enum reason reason = access_token_ids(token, &ids);

	return reason == REASON_OK ? thread_become(ids) : reason;
}

/* Every outcome is traced, here or where it is found out. */
static enum reason become(struct access_token *token)
{
	CLEANUP(configuration_wipe) struct configuration configuration = { 0 };
	enum reason reason = configuration_read(&configuration);

	if (reason == REASON_OK && token->identify)
		reason = REASON_IDENTIFY_ONLY;
	if (reason != REASON_OK) {
		trace("impersonate", reason, NULL);
		return reason;
	}
	if (!configuration.impersonation_none)
		return become_user(token);
	trace("impersonate", REASON_OK, "impersonation = none: the thread goes on as the program's own user");
	return REASON_OK;
}

SECURITY_STATUS SEC_ENTRY ImpersonateSecurityContext(PCtxtHandle phContext)
{
	CLEANUP(release) struct access_token *token = NULL;
	uint64_t number, traced_before;
	enum reason reason = leave_with_token(phContext, &token, &number);

	if (reason != REASON_OK)
		return fail("impersonate", reason, NULL);
	traced_before = trace_enter(number);
	reason = become(token);
	if (reason == REASON_OK) {
		if (impersonated && impersonated != number)
			trace("impersonate", REASON_OK, "in place of context %llu, which was not reverted",
			      (unsigned long long)impersonated);
		impersonated = number;
	}
	(void)trace_enter(traced_before);
	return reason == REASON_OK ? SEC_E_OK : failure_keep(reason);
}

/* As on Windows it is the thread that reverts, whichever context it names. */
SECURITY_STATUS SEC_ENTRY RevertSecurityContext(PCtxtHandle phContext)
{
	CLEANUP(context_leave) struct context_visit visit = { 0 };
	enum reason reason = context_enter_finished(phContext, &visit);

	if (reason != REASON_OK)
		return fail("revert", reason, NULL);
	impersonated = 0;
	return SEC_E_OK;
}
