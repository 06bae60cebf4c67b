/* Time comes in through this file alone; tests link their own (docs/decisions.md 1). */
#ifndef OPENSSPI_BASE_CLOCK_H
#define OPENSSPI_BASE_CLOCK_H

#include <stdint.h>

/* FILETIME, UTC: 100 ns ticks since 1601-01-01. Negative: the clock could not be read. */
int64_t clock_now(void);

#define CLOCK_TICKS_PER_SECOND INT64_C(10000000)
/* Seconds between 1601-01-01 and 1970-01-01, in ticks. */
#define CLOCK_UNIX_EPOCH INT64_C(116444736000000000)
/* "Never expires", the largest FILETIME. */
#define CLOCK_NEVER INT64_MAX

#endif
