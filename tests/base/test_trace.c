/*
 * The environment is read once in a process, so the tests about it run this program again as one that is
 * traced (main, traced_program).
 */
#include "base/trace.h"

#include "support/hex.h"
#include "support/seams.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *program;
static char folder[] = "/tmp/opensspi-trace-XXXXXX";

/* --- The callback --------------------------------------------------------------------------------------------- */

struct heard {
	char line[2048];
	int lines;
};

static void hear(void *argument, const char *line)
{
	struct heard *heard = argument;

	(void)snprintf(heard->line, sizeof(heard->line), "%s", line);
	heard->lines++;
}

static int silence(void **state)
{
	(void)state;
	trace_set_callback(NULL, NULL);
	(void)trace_enter(0);
	seam_set_time(SEAM_TIME);
	return 0;
}

static void the_trace_is_off_by_default(void **state)
{
	(void)state;
	assert_false(trace_enabled());
	trace("step", REASON_BAD_TOKEN, NULL); /* goes nowhere */
}

static void a_line_names_time_context_step_reason_place_and_sentence(void **state)
{
	struct heard heard = { 0 };
	char expected[256];
	int line;

	(void)state;
	trace_set_callback(hear, &heard);
	assert_true(trace_enabled());
	seam_set_time(SEAM_TIME + 12345670);
	(void)trace_enter(UINT64_MAX);
	line = __LINE__ + 1;
	trace("pubKeyAuth", REASON_BAD_TOKEN, "%u bytes", 7u);
	(void)snprintf(expected, sizeof(expected),
		       "2024-01-01T00:00:01.234567Z ctx=18446744073709551615 pubKeyAuth bad-token "
		       "test_trace.c:%d 7 bytes",
		       line);
	assert_string_equal(heard.line, expected);
	assert_int_equal(heard.lines, 1);
}

static void without_a_sentence_the_reasons_own_is_written(void **state)
{
	struct heard heard = { 0 };

	(void)state;
	trace_set_callback(hear, &heard);
	trace("step", REASON_WRONG_PASSWORD, NULL);
	assert_non_null(strstr(heard.line, reason_sentence(REASON_WRONG_PASSWORD)));
	trace("step", (enum reason)REASON_COUNT, NULL);
	assert_non_null(strstr(heard.line, " internal "));
}

static void entering_a_context_returns_the_one_before(void **state)
{
	struct heard heard = { 0 };

	(void)state;
	trace_set_callback(hear, &heard);
	assert_int_equal(trace_enter(7), 0);
	assert_int_equal(trace_enter(8), 7);
	trace("step", REASON_OK, NULL);
	assert_non_null(strstr(heard.line, " ctx=8 "));
	assert_int_equal(trace_enter(7), 8);
}

static void *enter_another(void *argument)
{
	*(uint64_t *)argument = trace_enter(99);
	return NULL;
}

static void a_context_belongs_to_its_thread(void **state)
{
	uint64_t before_in_thread = 1;
	pthread_t thread;

	(void)state;
	(void)trace_enter(5);
	assert_int_equal(pthread_create(&thread, NULL, enter_another, &before_in_thread), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(before_in_thread, 0);
	assert_int_equal(trace_enter(0), 5);
}

static void a_peers_text_can_neither_forge_a_line_nor_reach_a_terminal(void **state)
{
	const struct {
		const char *sent, *written;
	} texts[] = {
		{ "a\nb\r\tc\033[2Jd\177e", "a?b??c?[2Jd?e" },
		{ "M\xC3\xBCller \xF0\x9F\x99\x82 \xE2\x82\xAC",
		  "M\xC3\xBCller \xF0\x9F\x99\x82 \xE2\x82\xAC" },
		/* found in review: C1 controls are controls too, CSI is one of them */
		{ "\xC2\x9B"
		  "31m \xC2\x85 \xC2\xA0",
		  "??31m ?? \xC2\xA0" },
		{ "\x9B"
		  "31m \xFF\xFE",
		  "?31m ??" },
		{ "\xE2\x80\xA8 \xE2\x80\xAE \xE2\x81\xA6",
		  "??? ??? ???" },                     /* a line separator, two turns of direction */
		{ "\xC0\x9B \xE0\x82\x9B", "?? ???" }, /* overlong forms */
		{ "cut \xE2\x82", "cut ??" },
	};
	struct heard heard = { 0 };

	(void)state;
	trace_set_callback(hear, &heard);
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		trace("step", REASON_OK, "<%s", texts[i].sent);
		assert_string_equal(strchr(heard.line, '<') + 1, texts[i].written);
	}
}

static void a_sentence_that_is_too_long_is_cut(void **state)
{
	struct heard heard = { 0 };
	char longer[3000];

	(void)state;
	memset(longer, 'x', sizeof(longer));
	longer[sizeof(longer) - 1] = 0;
	trace_set_callback(hear, &heard);
	trace("step", REASON_OK, "%s", longer);
	assert_int_equal(strlen(heard.line), 1023);
	trace(longer, REASON_OK, NULL); /* the step fills the line, nothing is left for the sentence */
	assert_int_equal(strlen(heard.line), 1023);
}

static void without_a_clock_there_is_a_line_without_a_time(void **state)
{
	struct heard heard = { 0 };

	(void)state;
	trace_set_callback(hear, &heard);
	seam_set_time(-1);
	trace("step", REASON_NO_CLOCK, NULL);
	assert_int_equal(strncmp(heard.line, "- ctx=0 step no-clock ", 22), 0);
}

static void the_callback_can_be_turned_off_and_replaced(void **state)
{
	struct heard first = { 0 }, second = { 0 };

	(void)state;
	trace_set_callback(hear, &first);
	trace_set_callback(hear, &second);
	trace("step", REASON_OK, NULL);
	trace_set_callback(NULL, NULL);
	assert_false(trace_enabled());
	trace("step", REASON_OK, NULL);
	trace_write("step", REASON_OK, __FILE__, __LINE__, NULL);
	assert_int_equal(first.lines, 0);
	assert_int_equal(second.lines, 1);
}

/* --- Re-entrancy and threads ---------------------------------------------------------------------------------- */

static void trace_again(void *argument, const char *line)
{
	hear(argument, line);
	trace("inner", REASON_OK, "from within the callback");
}

/* Found in review: a callback that calls the library back would have been called without end. */
static void a_callback_that_traces_does_not_call_itself(void **state)
{
	struct heard heard = { 0 };

	(void)state;
	trace_set_callback(trace_again, &heard);
	trace("outer", REASON_OK, NULL);
	assert_int_equal(heard.lines, 1);
	trace("outer", REASON_OK, NULL);
	assert_int_equal(heard.lines, 2);
	assert_null(strstr(heard.line, "inner"));
}

static void turn_off(void *argument, const char *line)
{
	hear(argument, line);
	trace_set_callback(NULL, NULL);
}

static void a_callback_may_turn_itself_off(void **state)
{
	struct heard heard = { 0 };

	(void)state;
	trace_set_callback(turn_off, &heard);
	trace("step", REASON_OK, NULL);
	trace("step", REASON_OK, NULL);
	assert_int_equal(heard.lines, 1);
	assert_false(trace_enabled());
}

static atomic_bool stop;

static void *trace_until_stopped(void *argument)
{
	(void)argument;
	while (!atomic_load(&stop))
		trace("thread", REASON_OK, "%d", 1);
	return NULL;
}

static void count_lines(void *argument, const char *line)
{
	(void)line;
	++*(atomic_long *)argument;
}

/* Found in review: a thread could still be inside the old callback when its argument was freed. */
static void an_argument_may_be_freed_once_its_callback_was_replaced(void **state)
{
	pthread_t threads[3];

	(void)state;
	atomic_store(&stop, false);
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, trace_until_stopped, NULL), 0);
	for (int i = 0; i < 300; i++) {
		atomic_long *lines = calloc(1, sizeof(*lines));

		assert_non_null(lines);
		trace_set_callback(count_lines, lines);
		trace("main", REASON_OK, NULL);
		trace_set_callback(i % 2 ? NULL : count_lines, i % 2 ? NULL : lines);
		trace_set_callback(NULL, NULL);
		assert_true(*lines > 0);
		free(lines);
	}
	atomic_store(&stop, true);
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
}

/* --- The environment ------------------------------------------------------------------------------------------ */

enum { EXIT_NOT_TRACED = 3, EXIT_INHERITED = 4 };

/* Whether a child of this process would inherit the trace's file. */
static bool is_inherited(const char *path)
{
	struct stat file = { 0 }, open_file = { 0 };

	if (stat(path, &file) != 0)
		return false;
	for (int fd = STDERR_FILENO + 1; fd < 64; fd++)
		if (fstat(fd, &open_file) == 0 && open_file.st_ino == file.st_ino &&
		    open_file.st_dev == file.st_dev && !(fcntl(fd, F_GETFD) & FD_CLOEXEC))
			return true;
	return false;
}

static int traced_program(void)
{
	const char *where = getenv("OPENSSPI_TRACE");
	char longer[3000];

	memset(longer, 'x', sizeof(longer));
	longer[sizeof(longer) - 1] = 0;
	alarm(20);
	umask(0);
	trace_write("first", REASON_OK, __FILE__, __LINE__, NULL); /* also without asking trace_enabled */
	trace("second", REASON_BAD_TOKEN, "%s", longer);
	if (!trace_enabled())
		return EXIT_NOT_TRACED;
	return is_inherited(where) ? EXIT_INHERITED : EXIT_SUCCESS;
}

/* The exit code of this program, run again with OPENSSPI_TRACE as said; what it prints goes to `printed`. */
static int run_traced(const char *where, const char *printed)
{
	int status, output;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		output = open(printed, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		if (output < 0 || dup2(output, STDOUT_FILENO) < 0 || dup2(output, STDERR_FILENO) < 0)
			_exit(100);
		if (where ? setenv("OPENSSPI_TRACE", where, 1) : unsetenv("OPENSSPI_TRACE"))
			_exit(101);
		execl(program, program, "traced", (char *)NULL);
		_exit(102);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static const char *path_of(const char *name)
{
	static char paths[4][128];
	static unsigned next;
	char *path = paths[next++ % COUNT_OF(paths)];

	(void)snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
	return path;
}

static size_t read_text(const char *path, char *text, size_t capacity)
{
	FILE *file = fopen(path, "r");
	size_t size;

	assert_non_null(file);
	size = fread(text, 1, capacity - 1, file);
	text[size] = 0;
	assert_int_equal(fclose(file), 0);
	return size;
}

static size_t size_of(const char *path)
{
	struct stat file;

	assert_int_equal(stat(path, &file), 0);
	return (size_t)file.st_size;
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	const char *names[] = { "printed", "trace", "real", "link", "fifo" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++)
		(void)unlink(path_of(names[i]));
	return rmdir(folder);
}

static void without_the_environment_the_library_prints_nothing(void **state)
{
	(void)state;
	assert_int_equal(run_traced(NULL, path_of("printed")), EXIT_NOT_TRACED);
	assert_int_equal(run_traced("", path_of("printed")), EXIT_NOT_TRACED);
	assert_int_equal(size_of(path_of("printed")), 0);
}

static void the_environment_names_standard_error(void **state)
{
	char text[4096], *end;

	(void)state;
	assert_int_equal(run_traced("stderr", path_of("printed")), EXIT_SUCCESS);
	assert_int_equal(read_text(path_of("printed"), text, sizeof(text)), size_of(path_of("printed")));
	assert_non_null(strstr(text, " ctx=0 first ok test_trace.c:"));
	end = strchr(text, '\n');
	assert_non_null(end);
	assert_non_null(strstr(end, " ctx=0 second bad-token "));
	assert_int_equal(strlen(end + 1), 1023); /* the long line, cut and with its newline */
	assert_ptr_equal(strchr(end + 1, '\n'), end + strlen(end) - 1);
}

static void the_environment_names_a_file_that_only_its_owner_reads(void **state)
{
	char text[4096];
	struct stat file;

	(void)state;
	assert_int_equal(run_traced(path_of("trace"), path_of("printed")), EXIT_SUCCESS);
	assert_int_equal(size_of(path_of("printed")), 0);
	assert_int_equal(stat(path_of("trace"), &file), 0);
	assert_int_equal(file.st_mode & 0777, 0600);
	assert_true(read_text(path_of("trace"), text, sizeof(text)) > 0);
	assert_non_null(strstr(text, " first ok "));
	assert_int_equal(unlink(path_of("trace")), 0);
}

static void lines_are_appended_to_a_file(void **state)
{
	size_t first;

	(void)state;
	assert_int_equal(run_traced(path_of("trace"), path_of("printed")), EXIT_SUCCESS);
	first = size_of(path_of("trace"));
	assert_int_equal(run_traced(path_of("trace"), path_of("printed")), EXIT_SUCCESS);
	assert_int_equal(size_of(path_of("trace")), 2 * first);
}

static void the_file_is_not_opened_through_a_link(void **state)
{
	FILE *real = fopen(path_of("real"), "w");

	(void)state;
	assert_non_null(real);
	assert_int_equal(fclose(real), 0);
	assert_int_equal(symlink(path_of("real"), path_of("link")), 0);
	assert_int_equal(run_traced(path_of("link"), path_of("printed")), EXIT_NOT_TRACED);
	assert_int_equal(size_of(path_of("real")), 0);
}

static void a_file_that_cannot_be_opened_leaves_the_trace_off(void **state)
{
	(void)state;
	assert_int_equal(run_traced(path_of("no-such-folder/trace"), path_of("printed")), EXIT_NOT_TRACED);
	assert_int_equal(run_traced(folder, path_of("printed")), EXIT_NOT_TRACED);
	assert_int_equal(size_of(path_of("printed")), 0);
}

/* Found in review: opening a fifo waits for a reader, and the first logon with it. */
static void a_fifo_that_nobody_reads_stops_nobody(void **state)
{
	(void)state;
	assert_int_equal(mkfifo(path_of("fifo"), 0600), 0);
	assert_int_equal(run_traced(path_of("fifo"), path_of("printed")), EXIT_NOT_TRACED);
}

int main(int count, char **arguments)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_trace_is_off_by_default),
		cmocka_unit_test_teardown(a_line_names_time_context_step_reason_place_and_sentence, silence),
		cmocka_unit_test_teardown(without_a_sentence_the_reasons_own_is_written, silence),
		cmocka_unit_test_teardown(entering_a_context_returns_the_one_before, silence),
		cmocka_unit_test_teardown(a_context_belongs_to_its_thread, silence),
		cmocka_unit_test_teardown(a_peers_text_can_neither_forge_a_line_nor_reach_a_terminal,
					  silence),
		cmocka_unit_test_teardown(a_sentence_that_is_too_long_is_cut, silence),
		cmocka_unit_test_teardown(without_a_clock_there_is_a_line_without_a_time, silence),
		cmocka_unit_test_teardown(the_callback_can_be_turned_off_and_replaced, silence),
		cmocka_unit_test_teardown(a_callback_that_traces_does_not_call_itself, silence),
		cmocka_unit_test_teardown(a_callback_may_turn_itself_off, silence),
		cmocka_unit_test_teardown(an_argument_may_be_freed_once_its_callback_was_replaced, silence),
		cmocka_unit_test(without_the_environment_the_library_prints_nothing),
		cmocka_unit_test(the_environment_names_standard_error),
		cmocka_unit_test(the_environment_names_a_file_that_only_its_owner_reads),
		cmocka_unit_test(lines_are_appended_to_a_file),
		cmocka_unit_test(the_file_is_not_opened_through_a_link),
		cmocka_unit_test(a_file_that_cannot_be_opened_leaves_the_trace_off),
		cmocka_unit_test(a_fifo_that_nobody_reads_stops_nobody),
	};

	program = arguments[0];
	if (count == 2 && strcmp(arguments[1], "traced") == 0)
		return traced_program();
	unsetenv("OPENSSPI_TRACE");
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
