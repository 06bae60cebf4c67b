#include "base/trace.h"

#include <opensspi/opensspi.h>

void OpensspiSetTrace(void (*callback)(void *argument, const char *line), void *argument)
{
	trace_set_callback(callback, argument);
}
