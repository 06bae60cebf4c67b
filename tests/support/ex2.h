/* A SEC_WINNT_AUTH_IDENTITY_EX2 for tests: the header, the texts, and the password as packed credentials. */
#ifndef OPENSSPI_TESTS_SUPPORT_EX2_H
#define OPENSSPI_TESTS_SUPPORT_EX2_H

#include "base/slice.h"

#include <opensspi/sspi.h>

struct ex2 {
	union {
		SEC_WINNT_AUTH_IDENTITY_EX2 header;
		uint8_t bytes[2048];
	} block;
	size_t packed; /* where the packed credentials begin */
};

/* ASCII; NULL: there is no such part. They lie in this order. */
struct ex2 ex2_of(const char *user, const char *domain, const char *password, const char *package_list);
/* Copies of the header of the packed credentials, to be changed and put back. */
SEC_WINNT_AUTH_PACKED_CREDENTIALS ex2_packed(const struct ex2 *ex2);
void ex2_set_packed(struct ex2 *ex2, const SEC_WINNT_AUTH_PACKED_CREDENTIALS *packed);
struct slice ex2_slice(const struct ex2 *ex2);

#endif
