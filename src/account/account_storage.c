#include "account/account_storage.h"

#include "base/private_file.h"
#include "base/trace.h"
#include "policy/policy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { OWNER_ONLY = S_IRUSR | S_IWUSR };

/* `what` went wrong with the file, because of errno. */
static enum reason refuse(const char *path, const char *what, enum reason reason)
{
	trace("account-file", reason, "%s: %s: %s", path, what, strerror(errno));
	return reason;
}

static enum reason refuse_state(const char *path, enum reason reason, const char *sentence)
{
	trace("account-file", reason, "%s: %s", path, sentence);
	return reason;
}

/* --- Reading --- */

enum reason account_storage_read(const char *path, struct byte_writer *bytes)
{
	return private_file_read(
		&(struct private_file) {
			.step = "account-file",
			.path = path,
			.max = ACCOUNT_FILE_MAX,
			.missing = REASON_ACCOUNT_FILE_MISSING,
			.unsafe = REASON_ACCOUNT_FILE_UNSAFE,
			.too_big = REASON_ACCOUNT_FILE_MALFORMED,
		},
		bytes);
}

/* --- Writing --- */

/* "path.suffix" with its NUL. */
static const char *name_beside(struct byte_writer *name, const char *path, const char *suffix)
{
	writer_bytes(name, slice_of(path, strlen(path)));
	writer_bytes(name, slice_of(suffix, strlen(suffix) + 1));
	return writer_ok(name) ? (const char *)name->data : NULL;
}

/* Two seconds in all, which no change takes: whoever holds it longer has stopped. */
enum { LOCK_TRIES = 200, LOCK_PAUSE = 10 * 1000 * 1000 };

/* The lock ends with the descriptor. The lock file stays: one that is removed can be locked twice. */
static enum reason lock(const char *path, int *file)
{
	CLEANUP(writer_wipe) struct byte_writer memory = writer_growing();
	const struct timespec pause = { 0, LOCK_PAUSE };
	const char *name = name_beside(&memory, path, ".lock");

	if (!name)
		return REASON_OUT_OF_MEMORY;
	*file = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, OWNER_ONLY);
	if (*file < 0)
		return refuse(name, "open", REASON_ACCOUNT_FILE_UNWRITABLE);
	for (int tries = 0; flock(*file, LOCK_EX | LOCK_NB) != 0; tries++) {
		if ((errno != EINTR && errno != EWOULDBLOCK) || tries == LOCK_TRIES)
			return refuse(name, "flock", REASON_ACCOUNT_FILE_UNWRITABLE);
		(void)nanosleep(&pause, NULL);
	}
	return REASON_OK;
}

static bool write_all(int file, struct slice bytes)
{
	struct byte_reader in = reader_of(bytes);

	while (!reader_empty(&in)) {
		ssize_t count = write(file, in.data, in.size);

		if (count < 0 && errno != EINTR)
			return false;
		if (count > 0 && !reader_skip(&in, (size_t)count))
			return false;
	}
	return true;
}

/* A name that a crash left behind is taken away first; the lock says that nobody is writing it now. */
static enum reason write_new(const char *name, struct slice bytes)
{
	CLEANUP(descriptor_close) int file = -1;

	if (unlink(name) != 0 && errno != ENOENT)
		return refuse(name, "unlink", REASON_ACCOUNT_FILE_UNWRITABLE);
	file = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, OWNER_ONLY);
	if (file < 0)
		return refuse(name, "open", REASON_ACCOUNT_FILE_UNWRITABLE);
	if (fchmod(file, OWNER_ONLY) != 0 || !write_all(file, bytes) || fsync(file) != 0)
		return refuse(name, "write", REASON_ACCOUNT_FILE_UNWRITABLE);
	return REASON_OK;
}

static enum reason refuse_folder(const char *path)
{
	return refuse(path, "fsync of its folder", REASON_ACCOUNT_FILE_UNWRITABLE);
}

static enum reason open_folder(const char *path, int *folder)
{
	CLEANUP(writer_wipe) struct byte_writer memory = writer_growing();
	const char *slash = strrchr(path, '/');

	/* "name" lies in ".", "/name" in "/". */
	writer_bytes(&memory, slash ? slice_of(path, (size_t)(slash - path) + 1) : SLICE_LITERAL("."));
	writer_u8(&memory, 0);
	if (!writer_ok(&memory))
		return REASON_OUT_OF_MEMORY;
	*folder = open((const char *)memory.data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *folder < 0 ? refuse_folder(path) : REASON_OK;
}

/* EINVAL: a file system that knows no such thing. */
static enum reason sync_folder(const char *path, int folder)
{
	return fsync(folder) != 0 && errno != EINVAL ? refuse_folder(path) : REASON_OK;
}

/* All that can fail for want of memory or descriptors comes before the new name counts. */
static enum reason replace(const char *path, struct slice bytes)
{
	CLEANUP(writer_wipe) struct byte_writer memory = writer_growing();
	CLEANUP(descriptor_close) int folder = -1;
	const char *name = name_beside(&memory, path, ".new");
	enum reason reason = name ? write_new(name, bytes) : REASON_OUT_OF_MEMORY;

	if (reason == REASON_OK)
		reason = open_folder(path, &folder);
	if (reason == REASON_OK && rename(name, path) != 0)
		reason = refuse(path, "rename", REASON_ACCOUNT_FILE_UNWRITABLE);
	if (reason == REASON_OK)
		return sync_folder(path, folder);
	if (name)
		unlink(name);
	return reason;
}

static bool is_absent(const char *path)
{
	struct stat state;

	return lstat(path, &state) != 0 && errno == ENOENT;
}

/* One change of the text. */
struct change {
	enum reason (*run)(const struct change *, struct slice file, struct byte_writer *out);
	struct slice user, domain;
	const uint8_t *nt_hash, *old_hash;
	bool makes_file; /* one that does not exist yet is empty */
};

static enum reason run_set(const struct change *change, struct slice file, struct byte_writer *out)
{
	return account_file_set(out, file, change->user, change->domain, change->nt_hash);
}

static enum reason run_remove(const struct change *change, struct slice file, struct byte_writer *out)
{
	return account_file_remove(out, file, change->user, change->domain);
}

/* The old hash is compared in any case: an account that does not exist takes the same work. */
static enum reason run_change(const struct change *change, struct slice file, struct byte_writer *out)
{
	CLEANUP(account_match_wipe) struct account_match match;
	enum reason found = account_file_find(file, change->user, change->domain, &match);
	enum reason right =
		account_entry_check(&match.entry, change->old_hash, policy_default.empty_passwords);

	if (found != REASON_OK)
		return found;
	return right == REASON_OK
		       ? account_file_set(out, file, match.entry.user, match.entry.domain, change->nt_hash)
		       : right;
}

static enum reason make_change(const char *path, const struct change *change)
{
	CLEANUP(writer_wipe) struct byte_writer before = writer_growing(), after = writer_growing();
	CLEANUP(descriptor_close) int held = -1;
	enum reason reason = lock(path, &held);

	if (reason == REASON_OK && !(change->makes_file && is_absent(path)))
		reason = account_storage_read(path, &before);
	if (reason == REASON_OK)
		reason = change->run(change, writer_slice(&before), &after);
	if (reason == REASON_OK && after.size > ACCOUNT_FILE_MAX)
		reason = refuse_state(path, REASON_ACCOUNT_FILE_UNWRITABLE, "would be too big");
	return reason == REASON_OK ? replace(path, writer_slice(&after)) : reason;
}

enum reason account_storage_set(const char *path, struct slice user, struct slice domain,
				const uint8_t nt_hash[NT_HASH_SIZE])
{
	return make_change(path, &(struct change) {
					 .run = run_set,
					 .user = user,
					 .domain = domain,
					 .nt_hash = nt_hash,
					 .makes_file = true,
				 });
}

enum reason account_storage_change(const char *path, struct slice user, struct slice domain,
				   const uint8_t old_hash[NT_HASH_SIZE], const uint8_t new_hash[NT_HASH_SIZE])
{
	return make_change(path, &(struct change) {
					 .run = run_change,
					 .user = user,
					 .domain = domain,
					 .nt_hash = new_hash,
					 .old_hash = old_hash,
				 });
}

enum reason account_storage_remove(const char *path, struct slice user, struct slice domain)
{
	return make_change(path, &(struct change) { .run = run_remove, .user = user, .domain = domain });
}
