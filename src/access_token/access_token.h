/*
 * Who logged on: the account as its authority spells it, and the user of this machine that it is, if it is one. A token
 * never changes, is counted by reference and outlives its context (docs/tokens.md).
 */
#ifndef OPENSSPI_ACCESS_TOKEN_ACCESS_TOKEN_H
#define OPENSSPI_ACCESS_TOKEN_ACCESS_TOKEN_H

#include "access_token/user_lookup.h"
#include "base/secret.h"

#include <stdatomic.h>
#include <stdint.h>

/* What a token is made from. Borrowed but for the authority; text is UTF-16LE. */
struct logon_facts {
	struct slice user, domain;
	struct slice sid, group_sids; /* MS-DTYP 2.4.2.2; those of groups one behind the other */
	bool local;                   /* an account of this machine */
	bool identify;                /* it says who the client is, and nobody may act as the client */
	const char *authority;        /* a static word */
	int64_t time;                 /* FILETIME, UTC */
};

struct user_found;

struct access_token {
	atomic_int references;
	struct secret user, domain, sid, group_sids;
	bool local, identify;
	const char *authority;
	int64_t time;
	_Atomic(struct user_found *) found; /* NULL: not asked for yet */
};

/* NULL: no memory. */
NODISCARD struct access_token *access_token_new(const struct logon_facts *facts);
struct access_token *access_token_hold(struct access_token *token);
/* A reference; NULL is taken. */
void access_token_release(void *token);

/*
 * The user's ids, which live as long as the token: looked up when first asked for, possibly by several threads at once,
 * of whose answers one stays. An answer that could not be had is not kept. Every refusal is traced. ACCOUNT_NOT_LOCAL;
 * NO_LOCAL_USER; USER_LOOKUP_FAILED; OUT_OF_MEMORY.
 */
NODISCARD enum reason access_token_ids(struct access_token *token, const struct user_ids **ids);

#endif
