#include "sspi/context.h"

#include "base/clock.h"
#include "base/memory.h"

#include <opensspi/sspi.h>

static bool start_lock(pthread_mutex_t *lock)
{
	pthread_mutexattr_t kind;
	bool done;

	if (pthread_mutexattr_init(&kind))
		return false;
	done = !pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_ERRORCHECK) &&
	       !pthread_mutex_init(lock, &kind);
	pthread_mutexattr_destroy(&kind);
	return done;
}

struct context *context_start(enum role role)
{
	static _Atomic uint64_t last_number;
	struct context *context = memory_allocate(sizeof(*context));

	if (!context)
		return NULL;
	if (!start_lock(&context->lock)) {
		memory_free(context);
		return NULL;
	}
	context->number = ++last_number;
	context->role = role;
	return context;
}

enum reason context_new(struct credential *credential, enum role role, struct context **made)
{
	struct context *context = context_start(role);
	enum reason reason;

	if (!context)
		return REASON_OUT_OF_MEMORY;
	context->start = clock_now();
	context->credential = credential_hold(credential);
	reason = credential->package->new_context(credential->inner, role, &context->inner);
	if (reason == REASON_OK)
		*made = context;
	else
		context_free(context);
	return reason;
}

/* The package's context goes before the credential that it borrows from. */
void context_free(void *object)
{
	struct context *context = object;

	package_context_free(context->inner);
	access_token_release(context->token);
	credential_release(context->credential);
	credential_release(context->adopted);
	secret_wipe(&context->target);
	secret_wipe(&context->bindings_form);
	secret_wipe(&context->computer);
	pthread_mutex_destroy(&context->lock);
	memory_free(context);
}

struct slice context_computer(const struct context *context)
{
	return secret_slice(context->credential ? &context->credential->names.netbios_computer
						: &context->computer);
}

/* Pins the context and holds its lock, with no handshake call inside. */
static enum reason enter(const SecHandle *handle, struct context_visit *visit)
{
	struct context *context;

	*visit = (struct context_visit) { 0 };
	if (!handle_pin(handle, HANDLE_CONTEXT, &visit->pin))
		return REASON_BAD_HANDLE;
	context = visit->pin.object;
	if (pthread_mutex_lock(&context->lock)) /* this thread holds it: a callback came back */
		return REASON_IN_USE;
	if (context->handshake_inside) {
		pthread_mutex_unlock(&context->lock);
		return REASON_IN_USE;
	}
	visit->context = context;
	visit->traced_before = trace_enter(context->number);
	return REASON_OK;
}

enum reason context_enter_handshake(const SecHandle *handle, enum role role, struct context_visit *visit)
{
	enum reason reason = enter(handle, visit);

	if (reason != REASON_OK)
		return reason;
	if (visit->context->role != role) {
		context_leave(visit);
		return REASON_BAD_HANDLE;
	}
	visit->context->handshake_inside = true;
	visit->handshake = true;
	pthread_mutex_unlock(&visit->context->lock);
	return REASON_OK;
}

enum reason context_enter(const SecHandle *handle, struct context_visit *visit)
{
	return enter(handle, visit);
}

enum reason context_enter_finished(const SecHandle *handle, struct context_visit *visit)
{
	enum reason reason = enter(handle, visit);

	if (reason == REASON_OK && visit->context->state != CONTEXT_FINISHED)
		return REASON_NOT_FINISHED;
	return reason;
}

enum reason context_enter_messages(const SecHandle *handle, struct context_visit *visit)
{
	enum reason reason = context_enter_finished(handle, visit);

	return reason == REASON_OK && visit->context->exported ? REASON_CONTEXT_EXPORTED : reason;
}

void context_leave(struct context_visit *visit)
{
	struct context *context = visit->context;

	if (context) {
		(void)trace_enter(visit->traced_before);
		if (visit->handshake) {
			pthread_mutex_lock(&context->lock);
			context->handshake_inside = false;
		}
		pthread_mutex_unlock(&context->lock);
	}
	handle_unpin(&visit->pin);
	*visit = (struct context_visit) { 0 };
}
