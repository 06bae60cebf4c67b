#include "base/trace.h"

#include "base/clock.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LINE_SIZE = 1024 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static trace_function *callback;
static void *callback_argument;
static int descriptor = -1;
static atomic_bool enabled;
static pthread_once_t environment_once = PTHREAD_ONCE_INIT;
static _Thread_local uint64_t current_context;

static void read_environment(void)
{
	const char *where = secure_getenv("OPENSSPI_TRACE");

	if (!where || !*where)
		return;
	descriptor = strcmp(where, "stderr") == 0 ?
			     STDERR_FILENO :
			     open(where, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	atomic_store(&enabled, descriptor >= 0);
}

void trace_set_callback(trace_function *function, void *argument)
{
	pthread_once(&environment_once, read_environment);
	pthread_mutex_lock(&lock);
	callback = function;
	callback_argument = argument;
	atomic_store(&enabled, callback || descriptor >= 0);
	pthread_mutex_unlock(&lock);
}

bool trace_enabled(void)
{
	pthread_once(&environment_once, read_environment);
	return atomic_load_explicit(&enabled, memory_order_relaxed);
}

uint64_t trace_enter(uint64_t context)
{
	uint64_t before = current_context;

	current_context = context;
	return before;
}

static size_t write_time(char *to, size_t size)
{
	int64_t now = clock_now() - CLOCK_UNIX_EPOCH;
	time_t seconds = (time_t)(now / CLOCK_TICKS_PER_SECOND);
	struct tm utc;
	char date[32];

	if (!gmtime_r(&seconds, &utc) || !strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &utc))
		return (size_t)snprintf(to, size, "-");
	return (size_t)snprintf(to, size, "%s.%06dZ", date,
				(int)(now % CLOCK_TICKS_PER_SECOND / (CLOCK_TICKS_PER_SECOND / 1000000)));
}

/* A peer's text may stand in a sentence: it must not forge a second line or reach a terminal. */
static void make_printable(char *line)
{
	for (; *line; line++)
		if ((unsigned char)*line < 0x20 || *line == 0x7f)
			*line = '?';
}

void trace_write(const char *step, enum reason reason, const char *file, int line, const char *sentence, ...)
{
	char text[LINE_SIZE];
	size_t size = write_time(text, sizeof(text));
	const char *name = strrchr(file, '/');
	va_list arguments;

	size += (size_t)snprintf(text + size, sizeof(text) - size, " ctx=%llu %s %s %s:%d ",
				 (unsigned long long)current_context, step, reason_word(reason),
				 name ? name + 1 : file, line);
	if (size >= sizeof(text))
		size = sizeof(text) - 1;
	va_start(arguments, sentence);
	if (sentence)
		(void)vsnprintf(text + size, sizeof(text) - size, sentence, arguments);
	else
		(void)snprintf(text + size, sizeof(text) - size, "%s", reason_sentence(reason));
	va_end(arguments);
	make_printable(text);

	pthread_mutex_lock(&lock);
	trace_function *function = callback;
	void *argument = callback_argument;
	int to = descriptor;
	pthread_mutex_unlock(&lock);
	if (function)
		function(argument, text);
	if (to >= 0) {
		size = strlen(text);
		text[size < sizeof(text) - 1 ? size : size - 1] = '\n';
		/* A trace that cannot be written must not stop a logon. */
		if (write(to, text, size < sizeof(text) - 1 ? size + 1 : size) < 0)
			return;
	}
}
