/* The lines of the trace, for tests that ask whether it says why. */
#ifndef OPENSSPI_TESTS_SUPPORT_CAPTURED_TRACE_H
#define OPENSSPI_TESTS_SUPPORT_CAPTURED_TRACE_H

#include <stdbool.h>
#include <stddef.h>

/* Begins anew; the lines before are forgotten. */
void captured_trace_start(void);
void captured_trace_stop(void);
/* How many lines have that text in them. */
size_t captured_trace_count(const char *text);

#endif
