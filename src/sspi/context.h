/*
 * What a context handle names. One handshake call works on it at a time, and no second one is let in; queries and
 * messages wait for each other; a callback that comes back to its own context is refused (docs/decisions.md 2).
 */
#ifndef OPENSSPI_SSPI_CONTEXT_H
#define OPENSSPI_SSPI_CONTEXT_H

#include "access_token/access_token.h"
#include "crypto/digest.h"
#include "sspi/credential.h"
#include "sspi/failure.h"
#include "sspi/handle_table.h"

#include <pthread.h>

enum context_state { CONTEXT_UNDERWAY, CONTEXT_FINISHED, CONTEXT_REFUSED };

struct context {
	uint64_t number; /* in the trace */
	enum role role;
	struct credential *credential; /* NULL: imported */
	SecHandle made_from;           /* the handle that had it */
	struct credential *adopted;    /* given after SEC_I_INCOMPLETE_CREDENTIALS; NULL: none */
	SecHandle adopted_from;
	struct package_context *inner;
	pthread_mutex_t lock;  /* held by messages and queries; says EDEADLK to a thread that holds it */
	bool handshake_inside; /* under the lock; while it is set, all below belongs to that call */
	enum context_state state;
	bool leg_due;           /* by ApplyControlToken, SEC_I_RENEGOTIATE: the next leg finishes nothing */
	struct failure outcome; /* of the last handshake call */
	uint32_t requested;     /* FLAG_ names, of all calls so far */
	uint32_t reached;       /* FLAG_ names */
	struct secret target;   /* initiator; UTF-16LE */
	uint8_t bindings[MD5_SIZE];
	bool has_bindings;
	struct secret bindings_form; /* what they are the hash of */
	int64_t start, expiry;       /* FILETIME, UTC; expiry 0: never */
	struct access_token *token;  /* finished acceptor; made when first asked for: sspi/token.h */
	struct secret computer;      /* imported: this machine's NetBIOS name, which the credential had */
	bool exported;               /* under the lock: its messages go on elsewhere */
};

/* The credential serves the role. */
enum reason context_new(struct credential *credential, enum role role, struct context **made);
/* For a handshake that took place elsewhere: underway and without `inner`, which the caller gives. NULL: no memory. */
struct context *context_start(enum role role);
void context_free(void *context);

/* This machine's NetBIOS name, UTF-16LE. */
struct slice context_computer(const struct context *context);

/* A thread's stay in a context; leave with context_leave, also if entering failed. */
struct context_visit {
	struct handle_pin pin;
	struct context *context;
	bool handshake;
	uint64_t traced_before;
};

/*
 * For a handshake call: claims the context. BAD_HANDLE: no context of this role; IN_USE. Whether the context stands at
 * a handshake is the caller's to look at.
 */
NODISCARD enum reason context_enter_handshake(const SecHandle *handle, enum role role,
					      struct context_visit *visit);
/* For a query or a message: BAD_HANDLE, IN_USE. Waits for other queries and messages. */
NODISCARD enum reason context_enter(const SecHandle *handle, struct context_visit *visit);
/* The same, and the handshake has ended with SEC_E_OK: else NOT_FINISHED. */
NODISCARD enum reason context_enter_finished(const SecHandle *handle, struct context_visit *visit);
/* The same, and messages still belong to this context: else CONTEXT_EXPORTED. */
NODISCARD enum reason context_enter_messages(const SecHandle *handle, struct context_visit *visit);
void context_leave(struct context_visit *visit);

#endif
