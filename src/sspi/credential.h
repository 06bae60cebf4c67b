/* What a credential handle names: settings that never change, shared by all contexts made from them. */
#ifndef OPENSSPI_SSPI_CREDENTIAL_H
#define OPENSSPI_SSPI_CREDENTIAL_H

#include "package/package.h"

#include <stdatomic.h>

struct credential {
	atomic_int references; /* the handle's and one for each context */
	const struct security_package *package;
	bool initiate, accept;
	struct host_names names;
	struct authority *authority;
	struct package_credential *inner;
	int64_t expiry; /* FILETIME, UTC; 0: never */
};

struct credential *credential_hold(struct credential *credential);
/* A handle's or a context's reference; NULL and half-built ones are taken. */
void credential_release(void *credential);

/* Whether it serves the direction. */
static inline bool credential_serves(const struct credential *credential, enum role role)
{
	return role == ROLE_INITIATE ? credential->initiate : credential->accept;
}

#endif
