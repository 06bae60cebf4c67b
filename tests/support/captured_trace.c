#include "support/captured_trace.h"

#include "base/trace.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char **lines;
static size_t count;

static void forget(void)
{
	for (size_t i = 0; i < count; i++)
		free(lines[i]);
	free(lines);
	lines = NULL;
	count = 0;
}

static void take_line(void *argument, const char *line)
{
	char **grown;

	(void)argument;
	pthread_mutex_lock(&lock);
	grown = realloc(lines, (count + 1) * sizeof(*lines));
	if (!grown || !(grown[count] = strdup(line)))
		abort();
	lines = grown;
	count++;
	pthread_mutex_unlock(&lock);
}

void captured_trace_start(void)
{
	trace_set_callback(NULL, NULL);
	forget();
	trace_set_callback(take_line, NULL);
}

void captured_trace_stop(void)
{
	trace_set_callback(NULL, NULL);
	forget();
}

size_t captured_trace_count(const char *text)
{
	size_t found = 0;

	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < count; i++)
		found += strstr(lines[i], text) != NULL;
	pthread_mutex_unlock(&lock);
	return found;
}
