/*
 * An authority for tests: one account, known by its NT hash, and answers that a test can bend. The arithmetic
 * is the real one; what is left out is a file. With it the names of a server, as a CHALLENGE shows them.
 */
#ifndef OPENSSPI_TESTS_SUPPORT_TEST_AUTHORITY_H
#define OPENSSPI_TESTS_SUPPORT_TEST_AUTHORITY_H

#include "authority/authority.h"

#include <stdatomic.h>

struct test_authority {
	struct authority base;
	struct slice user, domain; /* UTF-16LE; an empty domain: any is taken, and none is known */
	uint8_t nt_hash[NT_HASH_SIZE];
	/* Not REASON_OK: said to every question instead of the truth; the NTSTATUS goes with every refusal.
	 */
	enum reason verdict;
	uint32_t ntstatus;
	/* Not REASON_OK: said to every delegated credential. */
	enum reason delegated_verdict;
	atomic_long asked, asked_delegated;
};

/*
 * `user` with `password`, both ASCII; names of the account in every domain if `domain` is "". On the caller's
 * stack.
 */
struct test_authority test_authority_of(const char *user, const char *domain, const char *password);

/* The ASCII text as UTF-16LE, kept until the program ends. */
struct secret test_name(const char *text);
/* SERVER in DOMAIN, server.domain.test in domain.test. Constant, and so shared by threads. */
const struct host_names *test_host_names(void);
/* A machine in no domain: its own name stands as the domain too, and no DNS domain is known. */
const struct host_names *test_workgroup_names(void);

/*
 * Six hundred letters, and a server with such names: their tokens fit no LOCAL_WRITER, so that memory is asked for in
 * every place that may have to.
 */
const char *test_long_name(void);
const struct host_names *test_long_host_names(void);

#endif
