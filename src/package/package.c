#include "package/package.h"

#include "base/trace.h"

#include <stdarg.h>
#include <stdio.h>
#include <strings.h>

const struct security_package *package_find(const struct security_package *const *packages, const char *name)
{
	for (; *packages; packages++)
		if (strcasecmp((*packages)->name, name) == 0)
			return *packages;
	return NULL;
}

SECURITY_STATUS leg_refuse_at(struct leg *leg, const char *step, enum reason reason, const char *file, int line,
			      const char *sentence, ...)
{
	char text[512];
	va_list arguments;

	leg->reason = reason;
	if (!trace_enabled())
		return reason_status(reason);
	if (sentence) {
		va_start(arguments, sentence);
		(void)vsnprintf(text, sizeof(text), sentence, arguments);
		va_end(arguments);
		trace_write(step, reason, file, line, "%s: %s", reason_sentence(reason), text);
	} else {
		trace_write(step, reason, file, line, NULL);
	}
	return reason_status(reason);
}

SECURITY_STATUS message_refuse_at(struct message *message, const char *step, enum reason reason, const char *file,
				  int line)
{
	message->reason = reason;
	if (trace_enabled())
		trace_write(step, reason, file, line, NULL);
	return reason_status(reason);
}
