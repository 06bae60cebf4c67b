/*
 * What a measuring program says: one line a sample, name, tab, number; tools/bench makes medians of them. And the
 * clocks, and the end of a program that cannot measure.
 */
#ifndef OPENSSPI_BENCH_SAMPLES_H
#define OPENSSPI_BENCH_SAMPLES_H

#include <stdbool.h>
#include <stdint.h>

__attribute__((format(printf, 2, 3))) void sample(double value, const char *name, ...);

/* What this thread has cost, and what has passed. Nanoseconds. */
uint64_t thread_nanoseconds(void);
uint64_t wall_nanoseconds(void);
/* Between two answers of thread_nanoseconds, without what asking costs. */
uint64_t nanoseconds_between(uint64_t before, uint64_t after);
static inline uint64_t nanoseconds_since(uint64_t before)
{
	return nanoseconds_between(before, thread_nanoseconds());
}

/*
 * Who has the turn `i`. What ran before leaves the caches warm for some and not for others: each round has another
 * order, in which everybody comes behind everybody else equally often. `count` is a prime, so that every stride
 * reaches all.
 */
unsigned turn_of(unsigned round, unsigned i, unsigned count);

/* Ends the program with this sentence unless the condition holds. */
void must(bool condition, const char *sentence);

/* The first argument, or `usual`: how many rounds to run. */
unsigned rounds_of(int count, char **arguments, unsigned usual);

#endif
