/* How an exported function says no: one reason, traced, and kept for OpensspiDescribeContext(NULL). */
#ifndef OPENSSPI_SSPI_FAILURE_H
#define OPENSSPI_SSPI_FAILURE_H

#include "base/reason.h"
#include "base/trace.h"

struct failure {
	SECURITY_STATUS status;
	enum reason reason;
	uint32_t ntstatus;
};

/* The last failure of this thread that left no context to be asked. Starts as REASON_OK. */
struct failure *last_failure(void);

/* Keeps it and returns a failing status, whatever the reason is. */
SECURITY_STATUS failure_keep(enum reason reason);

/* `...`: a sentence with its arguments, or NULL for the reason's own. */
#define fail(step, reason, ...) \
	(trace_enabled() ? trace_write((step), (reason), __FILE__, __LINE__, __VA_ARGS__) : (void)0, \
	 failure_keep(reason))

#endif
