/*
 * What a credential handle names: for each direction settings that never change, shared by all contexts made from them.
 * AddCredentials exchanges them for others; contexts keep those that they were made from.
 */
#ifndef OPENSSPI_SSPI_CREDENTIAL_H
#define OPENSSPI_SSPI_CREDENTIAL_H

#include "package/package.h"

#include <opensspi/sspi.h>

#include <stdatomic.h>

struct credential {
	atomic_int references; /* one for each direction of a set, and for each context */
	const struct security_package *package;
	bool initiate, accept;
	struct host_names names;
	struct authority *authority;
	struct package_credential *inner;
	int64_t expiry; /* FILETIME, UTC; 0: never */
	bool has_kdc_proxy;
	struct kdc_proxy kdc_proxy; /* then; of an initiator */
	struct credential *origin;  /* whose `inner` and all that it borrows this is; NULL: its own */
	bool has_identity;          /* then, UTF-16LE: */
	struct secret user, domain; /* its names */
};

struct credential *credential_hold(struct credential *credential);
/* The same for initiators alone and with this proxy; one without a host: with none. NULL: no memory. */
struct credential *credential_with_proxy(struct credential *credential, const struct kdc_proxy *proxy);
/* NULL and half-built ones are taken. */
void credential_release(struct credential *credential);

/* Named by a handle. */
struct credential_set {
	const struct security_package *package;
	struct credential
		*serving[2]; /* by role, under the lists' lock; NULL: nothing serves that direction */
};

/* For the directions that `credential` serves, with references of its own. NULL: no memory. */
struct credential_set *credential_set_new(struct credential *credential);
void credential_set_free(void *set);
/* A new handle that names it, with a set of its own. OUT_OF_MEMORY. */
NODISCARD enum reason credential_open(struct credential *credential, PCredHandle handle);
/* The same for a set that others are using. */
void credential_set_exchange(struct credential_set *set, struct credential *credential);
/* A reference for the caller, or NULL. */
struct credential *credential_set_take(struct credential_set *set, enum role role);

/* Whether it serves the direction. */
static inline bool credential_serves(const struct credential *credential, enum role role)
{
	return role == ROLE_INITIATE ? credential->initiate : credential->accept;
}

#endif
