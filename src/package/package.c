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

static bool is_called(const struct security_package *package, const char *name)
{
	if (equal_folded(package->name, name))
		return true;
	for (const char *const *alias = package->aliases; alias && *alias; alias++)
		if (equal_folded(*alias, name))
			return true;
	return false;
}

const struct security_package *package_find(const struct security_package *const *packages, const char *name)
{
	for (; *packages; packages++)
		if (is_called(*packages, name))
			return *packages;
	return NULL;
}

/* Whether `word`, of `size` letters, is `name` without regard to case. */
static bool is_name(const char *word, size_t size, const char *name)
{
	for (size_t i = 0; i < size; i++)
		if (!name[i] || fold_ascii(word[i]) != fold_ascii(name[i]))
			return false;
	return name[size] == 0;
}

/* A name that is excluded stays so, wherever it stands; one that is listed shuts out those that are not. */
bool package_is_listed(const char *list, const char *name)
{
	bool restricts = false, listed = false;

	for (const char *word = list; word && *word;) {
		bool excludes = *word == '!';
		const char *start = word + excludes;
		size_t size = strcspn(start, ",");
		bool same = is_name(start, size, name);

		if (same && excludes)
			return false;
		restricts = restricts || !excludes;
		listed = listed || same;
		word = start + size + (start[size] == ',');
	}
	return listed || !restricts;
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
