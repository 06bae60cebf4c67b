#include "base/trace.h"

#include "base/clock.h"
#include "base/utf8.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	LINE_SIZE = 1024,
	TRACE_FILE_FLAGS = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK,
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t idle = PTHREAD_COND_INITIALIZER;
static trace_function *callback;
static void *callback_argument;
static unsigned running; /* how many threads are inside the callback */
static int descriptor = -1;
static atomic_bool enabled;
static pthread_once_t environment_once = PTHREAD_ONCE_INIT;
static _Thread_local uint64_t current_context;
static _Thread_local bool inside_callback;

static void read_environment(void)
{
	const char *where = secure_getenv("OPENSSPI_TRACE");

	if (!where || !*where)
		return;
	/* Not through a link, not into a child, never waiting: a fifo that nobody reads must not stop a logon. */
	if (strcmp(where, "stderr") == 0)
		descriptor = STDERR_FILENO;
	else
		descriptor = open(where, TRACE_FILE_FLAGS, 0600);
	atomic_store(&enabled, descriptor >= 0);
}

void trace_set_callback(trace_function *function, void *argument)
{
	pthread_once(&environment_once, read_environment);
	pthread_mutex_lock(&lock);
	callback = NULL; /* so that nobody enters the old one any more */
	while (running && !inside_callback)
		pthread_cond_wait(&idle, &lock);
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
	int64_t now = clock_now();
	time_t seconds = (time_t)((now - CLOCK_UNIX_EPOCH) / CLOCK_TICKS_PER_SECOND);
	struct tm utc;
	char date[32];

	if (now < CLOCK_UNIX_EPOCH || !gmtime_r(&seconds, &utc) ||
	    !strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &utc))
		return (size_t)snprintf(to, size, "-");
	return (size_t)snprintf(to, size, "%s.%06dZ", date,
				(int)(now % CLOCK_TICKS_PER_SECOND / (CLOCK_TICKS_PER_SECOND / 1000000)));
}

/* Controls of C0 and C1, and what turns or breaks a line on a screen: U+2028 to U+202E, U+2066 to U+2069. */
static bool is_harmless(uint32_t code)
{
	return code >= 0x20 && !(code >= 0x7F && code <= 0x9F) && !(code >= 0x2028 && code <= 0x202E) &&
	       !(code >= 0x2066 && code <= 0x2069);
}

/* A peer's text may stand in a sentence: it must not forge a second line or reach a terminal. */
static void make_printable(char *line)
{
	struct byte_reader in = reader_of(slice_of(line, strlen(line)));
	uint32_t code;

	while (!reader_empty(&in)) {
		size_t before = in.size;
		bool harmless = utf8_read(&in, &code) && is_harmless(code);

		if (in.size == before && !reader_skip(&in, 1)) /* no UTF-8: go on behind the byte */
			return;
		for (size_t i = before; i > in.size; i--, line++)
			if (!harmless)
				*line = '?';
	}
}

/* To the callback, unless this thread is in it already: what it calls may trace too. */
static void call_back(const char *line)
{
	pthread_mutex_lock(&lock);
	trace_function *function = inside_callback ? NULL : callback;
	void *argument = callback_argument;

	running += function != NULL;
	pthread_mutex_unlock(&lock);
	if (!function)
		return;
	inside_callback = true;
	function(argument, line);
	inside_callback = false;
	pthread_mutex_lock(&lock);
	if (--running == 0)
		pthread_cond_broadcast(&idle);
	pthread_mutex_unlock(&lock);
}

/*
 * In one write, so that the lines of several threads and processes do not mix. Puts the newline over the last
 * byte.
 */
static void append_to_file(char *line, size_t capacity)
{
	size_t size = strlen(line);

	if (size == capacity - 1)
		size--;
	line[size] = '\n';
	/* A trace that cannot be written must not stop a logon. */
	if (write(descriptor, line, size + 1) < 0)
		return;
}

void trace_write(const char *step, enum reason reason, const char *file, int line, const char *sentence, ...)
{
	char text[LINE_SIZE];
	size_t size;
	const char *name = strrchr(file, '/');
	va_list arguments;

	pthread_once(&environment_once, read_environment);
	size = write_time(text, sizeof(text));
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

	call_back(text);
	if (descriptor >= 0)
		append_to_file(text, sizeof(text));
}
