#include "sspi/credential.h"

#include "base/memory.h"

struct credential *credential_hold(struct credential *credential)
{
	atomic_fetch_add_explicit(&credential->references, 1, memory_order_relaxed);
	return credential;
}

/* The package's credential goes first: it borrows the others. */
void credential_release(void *object)
{
	struct credential *credential = object;

	if (!credential || atomic_fetch_sub_explicit(&credential->references, 1, memory_order_acq_rel) > 1)
		return;
	package_credential_free(credential->inner);
	authority_free(credential->authority);
	host_names_wipe(&credential->names);
	memory_free(credential);
}
