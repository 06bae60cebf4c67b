#include "support/child.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { HANG_SECONDS = 20 };

static void answer(int to, int (*look)(void *argument), void *argument)
{
	char bits;

	alarm(HANG_SECONDS); /* a lock that nobody will ever release */
	bits = (char)look(argument);
	if (write(to, &bits, 1) == 1)
		raise(SIGKILL);
	_exit(1);
}

int look_in_child(int (*look)(void *argument), void *argument)
{
	int ends[2], status, result = -1;
	char bits;
	pid_t child;

	if (pipe(ends) != 0)
		return -1;
	child = fork();
	if (child == 0)
		answer(ends[1], look, argument);
	close(ends[1]);
	if (child > 0 && waitpid(child, &status, 0) == child && read(ends[0], &bits, 1) == 1)
		result = bits;
	close(ends[0]);
	return result;
}
