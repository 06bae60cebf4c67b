/*
 * Whole logons, both roles, in which the n-th allocation of ours, the n-th malloc of the process (its libraries' too),
 * the n-th draw of random bytes or the n-th reading of the clock fails, for n = 1, 2, ... until a logon is over without
 * having reached it. Behind a logon the server's context is packed and unpacked, where its package can.
 *
 * Required: no crash, no hang (an alarm); either an error or a complete and correct logon; nobody accepted who may not
 * be; nothing leaks; the next logon works.
 */
#ifndef OPENSSPI_TESTS_FAULTS_LOGON_H
#define OPENSSPI_TESTS_FAULTS_LOGON_H

#include "support/side.h"

struct logon {
	const struct security_package *package;
	bool spnego, tls_1_3, long_names;
	SECURITY_STATUS refusal; /* of a wrong password or ticket; 0: it is right */
	/* The server's and the client's: alice@EXAMPLE.TEST logs on to TERMSRV/server.example.test. NULL: by NTLM. */
	const struct kerberos_request *keys, *tickets;
};

/* Defined by each program: what Negotiate and CREDSSP choose from. */
extern const struct security_package *const logon_packages[];

/* Once for a program, as cmocka's setup and teardown: accounts, a certificate, the alarm. */
int logons_set_up(void **state);
int logons_tear_down(void **state);

void our_allocations(const struct logon *logon);
void draws(const struct logon *logon);
void readings(const struct logon *logon);
/* `known`: functions whose blocks are no leaks, what a library keeps as long as the process lives. */
void every_malloc(const struct logon *logon, const char *const *known, size_t known_count);
/*
 * The same for `libraries` (parts of their files' names) that do not bear it: each n in a process of its own, where
 * they may crash in code of their own, and what they do not free is not counted. Nothing else may.
 */
void every_malloc_apart(const struct logon *logon, const char *const *libraries, size_t library_count);
/* A test of one of a program's `logons`. */
#define FOR_EACH_LOGON(what, number, name) \
	static void what##_in_##name(void **state) \
	{ \
		(void)state; \
		what(&logons[number]); \
	}

#endif
