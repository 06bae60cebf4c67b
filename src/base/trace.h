/*
 * The trace: what the caller is not told and the peer must not hear. Off by default. A program's callback, or
 * OPENSSPI_TRACE=stderr or a file's path in the environment (secure_getenv), turns it on.
 * One line: time, context, step, reason, place, sentence. Never a secret: of those only the size may be named.
 */
#ifndef OPENSSPI_BASE_TRACE_H
#define OPENSSPI_BASE_TRACE_H

#include "base/compiler.h"
#include "base/reason.h"

#include <stdbool.h>
#include <stdint.h>

typedef void trace_function(void *argument, const char *line);

/*
 * NULL turns the callback off, and the environment decides again. On return no other thread is inside the old
 * callback any more, so its argument may go; called from within a callback it does not wait for the others.
 * What a callback itself causes to be traced does not come back to it.
 */
void trace_set_callback(trace_function *callback, void *argument);
bool trace_enabled(void);

/* The context that this thread works on; the number stands in each line. Returns the one before. */
uint64_t trace_enter(uint64_t context);

/* `sentence` may be NULL: then the reason's own is written. */
void trace_write(const char *step, enum reason reason, const char *file, int line, const char *sentence, ...)
	PRINTF_LIKE(5, 6);

#define trace(step, reason, ...) \
	do { \
		if (trace_enabled()) \
			trace_write((step), (reason), __FILE__, __LINE__, __VA_ARGS__); \
	} while (0)

#endif
