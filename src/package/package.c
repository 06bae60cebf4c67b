#include "package/package.h"

#include "base/trace.h"

#include <stdarg.h>
#include <stdio.h>

/* Not strcasecmp: in a Turkish locale "NEGOTIATE" would not be "Negotiate". */
static char fold_ascii(char letter)
{
	return letter >= 'A' && letter <= 'Z' ? (char)(letter - 'A' + 'a') : letter;
}

static bool equal_folded(const char *a, const char *b)
{
	while (*a && fold_ascii(*a) == fold_ascii(*b)) {
		a++;
		b++;
	}
	return fold_ascii(*a) == fold_ascii(*b);
}

/* A refused leg is a failure, whatever the reason's own status is ("ok", and the end of a stream, are none). */
static SECURITY_STATUS failure_of(enum reason reason)
{
	SECURITY_STATUS status = reason_status(reason);

	return status_failed(status) ? status : SEC_E_INTERNAL_ERROR;
}

const struct security_package *package_find(const struct security_package *const *packages, const char *name)
{
	for (; *packages; packages++)
		if (equal_folded((*packages)->name, name))
			return *packages;
	return NULL;
}

SECURITY_STATUS leg_refuse_at(struct leg *leg, const char *step, enum reason reason, const char *file,
			      int line, const char *sentence, ...)
{
	char text[512];
	va_list arguments;

	leg->reason = reason;
	if (!trace_enabled())
		return failure_of(reason);
	if (sentence) {
		va_start(arguments, sentence);
		(void)vsnprintf(text, sizeof(text), sentence, arguments);
		va_end(arguments);
		trace_write(step, reason, file, line, "%s: %s", reason_sentence(reason), text);
	} else {
		trace_write(step, reason, file, line, NULL);
	}
	return failure_of(reason);
}

SECURITY_STATUS message_refuse_at(struct message *message, const char *step, enum reason reason,
				  const char *file, int line)
{
	message->reason = reason;
	if (trace_enabled())
		trace_write(step, reason, file, line, NULL);
	return reason == REASON_OK ? SEC_E_INTERNAL_ERROR : reason_status(reason);
}
