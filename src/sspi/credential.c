#include "sspi/credential.h"

#include "base/memory.h"
#include "sspi/handle_table.h"
#include "sspi/lists_lock.h"

struct credential *credential_hold(struct credential *credential)
{
	atomic_fetch_add_explicit(&credential->references, 1, memory_order_relaxed);
	return credential;
}

/* The package's credential goes first: it borrows the others. */
void credential_release(struct credential *credential)
{
	if (!credential || atomic_fetch_sub_explicit(&credential->references, 1, memory_order_acq_rel) > 1)
		return;
	if (credential->origin) {
		credential_release(credential->origin);
		memory_free(credential);
		return;
	}
	package_credential_free(credential->inner);
	authority_free(credential->authority);
	host_names_wipe(&credential->names);
	secret_wipe(&credential->user);
	secret_wipe(&credential->domain);
	memory_free(credential);
}

struct credential *credential_with_proxy(struct credential *credential, const struct kdc_proxy *proxy)
{
	struct credential *origin = credential->origin ? credential->origin : credential;
	struct credential *changed = memory_allocate(sizeof(*changed));

	if (!changed)
		return NULL;
	*changed = (struct credential) {
		.references = 1,
		.package = origin->package,
		.initiate = true,
		/* What it owns stays the origin's, which it holds. */
		.origin = credential_hold(origin),
		.names = origin->names,
		.authority = origin->authority,
		.inner = origin->inner,
		.expiry = origin->expiry,
		.has_kdc_proxy = proxy->place.host[0],
		.kdc_proxy = *proxy,
		.has_identity = origin->has_identity,
		.user = origin->user,
		.domain = origin->domain,
	};
	return changed;
}

/* --- Sets --- */

struct credential_set *credential_set_new(struct credential *credential)
{
	struct credential_set *set = memory_allocate(sizeof(*set));

	if (!set)
		return NULL;
	set->package = credential->package;
	credential_set_exchange(set, credential);
	return set;
}

void credential_set_free(void *object)
{
	struct credential_set *set = object;

	credential_release(set->serving[ROLE_INITIATE]);
	credential_release(set->serving[ROLE_ACCEPT]);
	memory_free(set);
}

enum reason credential_open(struct credential *credential, PCredHandle handle)
{
	struct credential_set *set = credential_set_new(credential);

	if (!set)
		return REASON_OUT_OF_MEMORY;
	if (handle_open(HANDLE_CREDENTIAL, set, credential_set_free, handle))
		return REASON_OK;
	credential_set_free(set);
	return REASON_OUT_OF_MEMORY;
}

/* Both directions at once. What is replaced is released outside the lock: its end may run a program's code. */
void credential_set_exchange(struct credential_set *set, struct credential *credential)
{
	struct credential *before[COUNT_OF(set->serving)] = { NULL };

	lists_lock();
	for (size_t role = 0; role < COUNT_OF(before); role++) {
		if (!credential_serves(credential, (enum role)role))
			continue;
		before[role] = set->serving[role];
		set->serving[role] = credential_hold(credential);
	}
	lists_unlock();
	for (size_t role = 0; role < COUNT_OF(before); role++)
		credential_release(before[role]);
}

struct credential *credential_set_take(struct credential_set *set, enum role role)
{
	struct credential *credential;

	lists_lock();
	credential = set->serving[role];
	if (credential)
		credential_hold(credential);
	lists_unlock();
	return credential;
}
