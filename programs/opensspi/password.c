#include "password.h"

#include "verb.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

#define ON_INPUT "on standard input"

static const int ending_signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
static volatile sig_atomic_t ending_signal;

static void note_signal(int number)
{
	ending_signal = number;
}

bool password_is_asked_for(void)
{
	return isatty(STDIN_FILENO);
}

void password_wipe(char (*password)[PASSWORD_SIZE])
{
	explicit_bzero(*password, PASSWORD_SIZE);
}

/* Byte by byte, so that nothing of it stays in a buffer that nobody wipes, and what follows the line is left. */
static bool read_line(int from, const char *where, char password[PASSWORD_SIZE])
{
	size_t size = 0;
	ssize_t count;
	char octet = 0;

	while (!ending_signal && (count = read(from, &octet, 1)) != 0) {
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0 || octet == '\n')
			break;
		if (octet == '\0' || size + 1 == PASSWORD_SIZE) {
			complain("the password is longer than %d bytes or holds a NUL", PASSWORD_SIZE - 1);
			return false;
		}
		password[size++] = octet;
	}
	password[size] = '\0';
	if (size == 0 && octet != '\n' && !ending_signal)
		complain("there is no password %s", where);
	return size > 0 || octet == '\n';
}

/*
 * The terminal gets its echo back whatever happens in between: the signals that end a program are noted, and raised
 * again when all is as it was.
 */
static bool read_from_terminal(const char *question, char password[PASSWORD_SIZE])
{
	struct sigaction note = { .sa_handler = note_signal }, before[COUNT_OF(ending_signals)];
	struct termios shown, hidden;
	bool good;

	if (tcgetattr(STDIN_FILENO, &shown) != 0) {
		complain("the terminal cannot be told to hide the password");
		return false;
	}
	for (size_t i = 0; i < COUNT_OF(ending_signals); i++)
		(void)sigaction(ending_signals[i], &note, &before[i]);
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	hidden.c_cc[VSUSP] = _POSIX_VDISABLE;
	good = tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden) == 0;
	if (good) {
		(void)fprintf(stderr, "%s", question);
		good = read_line(STDIN_FILENO, ON_INPUT, password);
		(void)fputc('\n', stderr);
	}
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
	for (size_t i = 0; i < COUNT_OF(ending_signals); i++)
		(void)sigaction(ending_signals[i], &before[i], NULL);
	if (ending_signal)
		(void)raise(ending_signal);
	return good && !ending_signal;
}

bool password_read(const char *question, char password[PASSWORD_SIZE])
{
	return password_is_asked_for() ? read_from_terminal(question, password)
				       : read_line(STDIN_FILENO, ON_INPUT, password);
}

bool password_read_file(const char *path, char password[PASSWORD_SIZE])
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	bool good;

	if (file < 0) {
		complain("the password file %s cannot be read: %s", path, strerrordesc_np(errno));
		return false;
	}
	good = read_line(file, "in the password file", password);
	(void)close(file);
	return good;
}
