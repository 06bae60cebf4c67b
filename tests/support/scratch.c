#include "support/scratch.h"

#include "support/hex.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/opensspi-test-XXXXXX";

static int remove_one(const char *path, const struct stat *state, int type, struct FTW *where)
{
	(void)state;
	(void)type;
	(void)where;
	return remove(path);
}

static void remove_folder(void)
{
	nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

const char *scratch_path(const char *name)
{
	static bool made;
	size_t size = sizeof(folder) + strlen(name) + 1;
	char *path;

	if (!made && (!mkdtemp(folder) || atexit(remove_folder) != 0))
		abort();
	made = true;
	path = keep_bytes(size);
	snprintf(path, size, "%s/%s", folder, name);
	return path;
}

const char *scratch_write(const char *name, struct slice bytes, mode_t mode)
{
	const char *path = scratch_path(name);
	int file;

	unlink(path);
	file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(file >= 0);
	assert_int_equal(write(file, bytes.data, bytes.size), (ssize_t)bytes.size);
	assert_int_equal(fchmod(file, mode), 0);
	assert_int_equal(close(file), 0);
	return path;
}

struct slice scratch_read(const char *name)
{
	int file = open(scratch_path(name), O_RDONLY | O_CLOEXEC);
	struct stat state;
	uint8_t *bytes;

	assert_true(file >= 0);
	assert_int_equal(fstat(file, &state), 0);
	bytes = keep_bytes((size_t)state.st_size + 1);
	assert_int_equal(read(file, bytes, (size_t)state.st_size), state.st_size);
	assert_int_equal(close(file), 0);
	return slice_of(bytes, (size_t)state.st_size);
}
