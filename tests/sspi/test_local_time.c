#include "sspi/local_time.h"

#include "base/clock.h"
#include "support/hex.h"
#include "support/seams.h"

#include <stdlib.h>
#include <time.h>

#define HOUR (3600 * CLOCK_TICKS_PER_SECOND)
/* 2024-07-01 00:00:00 UTC */
#define SUMMER (SEAM_TIME + 182 * 24 * HOUR)

static void set_zone(const char *zone)
{
	assert_int_equal(setenv("TZ", zone, 1), 0);
	tzset();
}

static void a_time_is_told_as_the_clock_on_the_wall_shows_it(void **state)
{
	(void)state;
	set_zone("EST5");
	assert_true(local_time(SEAM_TIME) == SEAM_TIME - 5 * HOUR);
	set_zone("IST-5:30");
	assert_true(local_time(SEAM_TIME) == SEAM_TIME + 5 * HOUR + HOUR / 2);
	set_zone("UTC0");
	assert_true(local_time(SEAM_TIME) == SEAM_TIME);
}

static void the_offset_is_that_of_the_moment_itself(void **state)
{
	(void)state;
	set_zone("CET-1CEST,M3.5.0,M10.5.0/3");
	assert_true(local_time(SEAM_TIME) == SEAM_TIME + HOUR);
	assert_true(local_time(SUMMER) == SUMMER + 2 * HOUR);
}

static void never_is_never_in_every_zone(void **state)
{
	(void)state;
	set_zone("IST-5:30");
	assert_true(local_time(0) == INT64_MAX);
	assert_true(local_time(INT64_MAX) == INT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_time_is_told_as_the_clock_on_the_wall_shows_it),
		cmocka_unit_test(the_offset_is_that_of_the_moment_itself),
		cmocka_unit_test(never_is_never_in_every_zone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
