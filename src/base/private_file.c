#include "base/private_file.h"

#include "base/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_MAX = 16384 };

void descriptor_close(int *descriptor)
{
	if (*descriptor >= 0)
		close(*descriptor);
	*descriptor = -1;
}

/* `what` went wrong with the file, because of errno. */
static enum reason refuse(const struct private_file *file, const char *what, enum reason reason)
{
	trace(file->step, reason, "%s: %s: %s", file->path, what, strerror(errno));
	return reason;
}

static enum reason refuse_state(const struct private_file *file, enum reason reason, const char *sentence)
{
	trace(file->step, reason, "%s: %s", file->path, sentence);
	return reason;
}

static enum reason check_safety(const struct private_file *file, int descriptor, struct stat *state)
{
	if (fstat(descriptor, state) != 0)
		return refuse(file, "fstat", file->missing);
	if (!S_ISREG(state->st_mode))
		return refuse_state(file, file->unsafe, "is no regular file");
	if (state->st_uid != 0 && state->st_uid != geteuid())
		return refuse_state(file, file->unsafe, "belongs neither to root nor to this user");
	if (state->st_mode & (S_IRWXG | S_IRWXO))
		return refuse_state(file, file->unsafe, "is open to its group or to everybody (chmod 600)");
	return REASON_OK;
}

/* Not through a link, and without waiting for a fifo's writer. */
static enum reason open_safely(const struct private_file *file, int *descriptor, struct stat *state)
{
	*descriptor = open(file->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (*descriptor < 0)
		return refuse(file, "open", errno == ELOOP ? file->unsafe : file->missing);
	return check_safety(file, *descriptor, state);
}

/* How many bytes came; negative as read says it. */
static ssize_t read_some(int descriptor, size_t size, struct byte_writer *bytes)
{
	size_t before = bytes->size;
	uint8_t *room = writer_extend(bytes, size);
	ssize_t count;

	if (!room)
		return 0;
	do
		count = read(descriptor, room, size);
	while (count < 0 && errno == EINTR);
	writer_truncate(bytes, before + (size_t)(count > 0 ? count : 0));
	return count;
}

/* Piece by piece, whatever size was expected. One byte more is asked for, so that there is no piece of 0 bytes. */
static enum reason read_all(const struct private_file *file, int descriptor, off_t expected,
			    struct byte_writer *bytes)
{
	size_t piece = expected < READ_MAX ? (size_t)expected + 1 : READ_MAX, before = bytes->size;
	ssize_t count;

	while ((count = read_some(descriptor, piece, bytes)) > 0)
		if (bytes->size - before > file->max)
			return refuse_state(file, file->too_big, "is too big");
	if (count < 0)
		return refuse(file, "read", file->missing);
	return writer_ok(bytes) ? REASON_OK : REASON_OUT_OF_MEMORY;
}

enum reason private_file_read(const struct private_file *file, struct byte_writer *bytes)
{
	CLEANUP(descriptor_close) int descriptor = -1;
	struct stat state;
	enum reason reason = open_safely(file, &descriptor, &state);

	return reason == REASON_OK ? read_all(file, descriptor, state.st_size, bytes) : reason;
}
