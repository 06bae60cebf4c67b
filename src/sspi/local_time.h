/* SSPI tells times in local time, as Microsoft documents it; inside everything is UTC. */
#ifndef OPENSSPI_SSPI_LOCAL_TIME_H
#define OPENSSPI_SSPI_LOCAL_TIME_H

#include <opensspi/sspi.h>

#include <stdint.h>

/* FILETIME, UTC, to local time with the offset of that moment. 0 and CLOCK_NEVER: never, INT64_MAX. */
TimeStamp local_time(int64_t utc);

#endif
