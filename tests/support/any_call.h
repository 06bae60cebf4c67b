/*
 * Calls of every exported function with arguments that somebody draws: a fuzzer's bytes, or a random number generator
 * of a thread. Handles are live ones, dead ones, those of the other kind, and invented ones; buffer lists are usual,
 * bent, or nonsense. Every buffer has just the memory it says, so that a sanitizer sees each byte too far.
 */
#ifndef OPENSSPI_TESTS_SUPPORT_ANY_CALL_H
#define OPENSSPI_TESTS_SUPPORT_ANY_CALL_H

#include "base/byte_reader.h"
#include "support/exchange.h"

#include <pthread.h>

enum { ANY_CREDENTIALS = 12, ANY_CONTEXTS = 24, ANY_PACKAGES = 4, ANY_TOKEN_MAX = 20000 };

/* Handles that any number of callers share. */
struct any_pool {
	pthread_mutex_t lock;
	struct exchange logons[ANY_PACKAGES]; /* credentials for whole logons, and the callbacks' account */
	SecHandle credentials[ANY_CREDENTIALS],
		contexts[ANY_CONTEXTS]; /* another caller may have closed them */
};

struct any_caller {
	struct any_pool *pool;
	struct byte_reader script; /* of a fuzzer; at its end there is nothing more to call */
	bool scripted;
	uint64_t seed; /* otherwise */
	/* What the last handshake call gave, for the peer to come. */
	uint8_t token[ANY_TOKEN_MAX];
	size_t token_size;
};

void any_pool_start(struct any_pool *pool);
/* Closes what is left. */
void any_pool_end(struct any_pool *pool);

void any_caller_script(struct any_caller *caller, struct any_pool *pool, struct slice script);
void any_caller_seed(struct any_caller *caller, struct any_pool *pool, uint64_t seed);
/* One call. False: the script has ended. */
bool any_call(struct any_caller *caller);
/* A logon of one's own, whose finished contexts go into the pool. */
void any_log_on(struct any_caller *caller);

#endif
