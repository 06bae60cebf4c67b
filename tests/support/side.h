/* One side of an exchange: a package's credential, one context of it, and the leg that is under way. */
#ifndef OPENSSPI_TESTS_SUPPORT_SIDE_H
#define OPENSSPI_TESTS_SUPPORT_SIDE_H

#include "package/package.h"
#include "support/test_authority.h"

struct side {
	const struct security_package *package;
	struct package_credential *credential;
	struct package_context *context;
	enum role role;
	struct byte_writer output; /* of the last step */
	struct leg leg;            /* `requested`, `target` and the bindings stay from step to step */
};

/* What a server, and a client with this identity (ASCII), ask a package for, under the default policy. */
struct acquire_request test_accept_request(struct test_authority *authority);
struct acquire_request test_initiate_request(const char *user, const char *domain, const char *password);

/* A credential and a context; the test fails if one of them cannot be made. */
void side_start(struct side *side, const struct security_package *package,
		const struct acquire_request *request, enum role role);
/* Another context of the same credential. */
void side_restart(struct side *side, enum role role);
SECURITY_STATUS side_step(struct side *side, struct slice input);
/* The last step's output; it stays until the next. */
struct slice side_output(const struct side *side);
void side_end(struct side *side);

/* One message of one piece, in place, the signature in front: seals `plain` into `blob`, which grows. */
SECURITY_STATUS side_seal(struct side *side, struct slice plain, struct byte_writer *blob);
/* Opens a blob in `memory`; `plain` lies in there. */
SECURITY_STATUS side_open(struct side *side, struct slice blob, struct byte_writer *memory,
			  struct slice *plain);

#endif
