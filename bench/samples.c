#include "samples.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

void sample(double value, const char *name, ...)
{
	va_list arguments;

	va_start(arguments, name);
	(void)vprintf(name, arguments);
	va_end(arguments);
	(void)printf("\t%.6g\n", value);
}

static uint64_t nanoseconds(clockid_t clock)
{
	struct timespec now;

	must(clock_gettime(clock, &now) == 0, "a clock that every Linux has");
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

uint64_t thread_nanoseconds(void)
{
	return nanoseconds(CLOCK_THREAD_CPUTIME_ID);
}

uint64_t wall_nanoseconds(void)
{
	return nanoseconds(CLOCK_MONOTONIC);
}

/* The smallest of many, found once: what a question for the time counts for itself. */
static uint64_t cost_of_asking(void)
{
	enum { QUESTIONS = 10000 };
	static _Atomic uint64_t found;
	uint64_t smallest = UINT64_MAX;

	for (int i = 0; !found && i < QUESTIONS; i++) {
		uint64_t before = thread_nanoseconds(), after = thread_nanoseconds();

		if (after - before < smallest)
			smallest = after - before;
	}
	if (!found)
		found = smallest;
	return found;
}

uint64_t nanoseconds_between(uint64_t before, uint64_t after)
{
	uint64_t cost = cost_of_asking();

	return after - before > cost ? after - before - cost : 0;
}

unsigned turn_of(unsigned round, unsigned i, unsigned count)
{
	unsigned stride = 1 + round / count % (count - 1);

	return (round + i * stride) % count;
}

void must(bool condition, const char *sentence)
{
	if (condition)
		return;
	(void)fprintf(stderr, "bench: this failed: %s\n", sentence);
	exit(EXIT_FAILURE);
}

unsigned rounds_of(int count, char **arguments, unsigned usual)
{
	unsigned long rounds = count > 1 ? strtoul(arguments[1], NULL, 10) : usual;

	must(rounds > 0 && rounds <= UINT32_MAX, "the number of rounds");
	return (unsigned)rounds;
}
