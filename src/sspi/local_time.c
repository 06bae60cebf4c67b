#include "sspi/local_time.h"

#include "base/clock.h"

#include <time.h>

TimeStamp local_time(int64_t utc)
{
	time_t seconds = (time_t)((utc - CLOCK_UNIX_EPOCH) / CLOCK_TICKS_PER_SECOND);
	struct tm local;

	if (utc == 0 || utc == CLOCK_NEVER)
		return INT64_MAX;
	if (!localtime_r(&seconds, &local))
		return utc;
	return utc + local.tm_gmtoff * CLOCK_TICKS_PER_SECOND;
}
