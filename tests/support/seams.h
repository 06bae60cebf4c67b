/*
 * The tests' own clock, random numbers and allocator, linked instead of the real ones. Each test program starts with
 * real randomness, a fixed clock and an allocator that never fails.
 */
#ifndef OPENSSPI_TESTS_SUPPORT_SEAMS_H
#define OPENSSPI_TESTS_SUPPORT_SEAMS_H

#include "base/slice.h"

/* 2024-01-01 00:00:00 UTC, the time of the exchange in vectors/ntlm.h. */
#define SEAM_TIME INT64_C(133485408000000000)

void seam_set_time(int64_t filetime);
/* The next draws take these bytes, in order; afterwards randomness is real again. */
void seam_script_random(struct slice bytes);
/* true: random_bytes fails. */
void seam_fail_random(bool fail);
/* The n-th draw of random bytes (reading of the clock) from now fails (1 = the next); 0: none does. */
void seam_fail_draw(long n);
void seam_fail_clock(long n);
/* Whether the one that was to fail has failed. */
bool seam_draw_failed(void);
bool seam_clock_failed(void);
bool seam_allocation_failed(void);
/* The n-th allocation from now fails (1 = the next); 0: none does. */
void seam_fail_allocation(long n);
/* Called by every allocation, before it is made; NULL: nothing is. */
void seam_on_allocation(void (*hook)(void));
/* Called with every block before it is freed; NULL: nothing is. */
void seam_on_free(void (*hook)(const void *block));
/* How many allocations were made, and how many blocks are alive. */
long seam_allocations(void);
long seam_blocks_alive(void);

#endif
