#include "access_token/access_token.h"

#include "base/memory.h"
#include "base/trace.h"
#include "base/utf16.h"

/* An answer that stays: OK with the ids, or NO_LOCAL_USER. */
struct user_found {
	enum reason reason;
	struct user_ids ids;
};

struct access_token *access_token_new(const struct logon_facts *facts)
{
	struct access_token *token = memory_allocate(sizeof(*token));

	if (!token)
		return NULL;
	token->references = 1;
	token->local = facts->local;
	token->identify = facts->identify;
	token->authority = facts->authority;
	token->time = facts->time;
	if (secret_copy(&token->user, facts->user) && secret_copy(&token->domain, facts->domain) &&
	    secret_copy(&token->sid, facts->sid) && secret_copy(&token->group_sids, facts->group_sids))
		return token;
	access_token_release(token);
	return NULL;
}

struct access_token *access_token_hold(struct access_token *token)
{
	atomic_fetch_add_explicit(&token->references, 1, memory_order_relaxed);
	return token;
}

static void free_found(struct user_found *found)
{
	if (found)
		memory_free(found->ids.groups);
	memory_free(found);
}

void access_token_release(void *object)
{
	struct access_token *token = object;

	if (!token || atomic_fetch_sub_explicit(&token->references, 1, memory_order_acq_rel) > 1)
		return;
	free_found(token->found);
	secret_wipe(&token->user);
	secret_wipe(&token->domain);
	secret_wipe(&token->sid);
	secret_wipe(&token->group_sids);
	memory_free(token);
}

/* --- Its user */

/*
 * UTF-8 with a NUL behind it. False: no name that a user of this machine has. What is behind a NUL inside would not be
 * looked at, and DOMAIN\user and user@realm are a directory's names, whatever the account's own domain is.
 */
static bool name_user(const struct access_token *token, struct byte_writer *name)
{
	if (token->user.size == 0 || !utf16_to_utf8(name, secret_slice(&token->user)))
		return false;
	if (memchr(name->data, 0, name->size) || memchr(name->data, '\\', name->size) ||
	    memchr(name->data, '@', name->size))
		return false;
	writer_u8(name, 0);
	return writer_ok(name);
}

static enum reason look_up(const struct access_token *token, struct user_found *found)
{
	LOCAL_WRITER(name);

	if (name_user(token, &name))
		return user_lookup((const char *)name.data, &found->ids);
	return writer_ok(&name) ? REASON_NO_LOCAL_USER : REASON_OUT_OF_MEMORY;
}

/* Several threads may come here at once: no lock is held while NSS waits for a directory, or somebody forks. */
static enum reason find(struct access_token *token)
{
	struct user_found *found = memory_allocate(sizeof(*found)), *first = NULL;

	if (!found)
		return REASON_OUT_OF_MEMORY;
	found->reason = look_up(token, found);
	if (found->reason != REASON_OK && found->reason != REASON_NO_LOCAL_USER) {
		enum reason reason = found->reason;

		free_found(found);
		return reason;
	}
	if (!atomic_compare_exchange_strong(&token->found, &first, found))
		free_found(found);
	return REASON_OK;
}

/* An account of a domain has no uid by its name alone: CORP\alice is not this machine's alice. */
static enum reason ids_of(struct access_token *token, const struct user_ids **ids)
{
	enum reason reason = REASON_OK;

	if (!token->local)
		return REASON_ACCOUNT_NOT_LOCAL;
	if (!atomic_load(&token->found))
		reason = find(token);
	if (reason != REASON_OK)
		return reason;
	*ids = &atomic_load(&token->found)->ids;
	return atomic_load(&token->found)->reason;
}

static void trace_refusal(const struct access_token *token, enum reason reason)
{
	LOCAL_WRITER(name);

	if (!trace_enabled())
		return;
	if (token->domain.size) {
		name.failed |= !utf16_to_utf8(&name, secret_slice(&token->domain));
		writer_u8(&name, '\\');
	}
	if (utf16_to_utf8(&name, secret_slice(&token->user)) && writer_ok(&name))
		trace("user", reason, "%.*s: %s", (int)name.size, (const char *)name.data,
		      reason_sentence(reason));
	else
		trace("user", reason, NULL);
}

enum reason access_token_ids(struct access_token *token, const struct user_ids **ids)
{
	enum reason reason = ids_of(token, ids);

	if (reason != REASON_OK)
		trace_refusal(token, reason);
	return reason;
}
