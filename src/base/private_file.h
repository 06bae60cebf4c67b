/*
 * A file that holds secrets, read whole. It must be a regular file and no link, belong to root or to this user, and
 * have no permission for its group or for others: one that others could read or change is not used. What was opened is
 * what is looked at.
 */
#ifndef OPENSSPI_BASE_PRIVATE_FILE_H
#define OPENSSPI_BASE_PRIVATE_FILE_H

#include "base/byte_writer.h"
#include "base/reason.h"

struct private_file {
	const char *step, *path; /* `step`: of the trace, whose sentences name the path */
	size_t max;
	enum reason missing, unsafe,
		too_big; /* what is said of one that cannot be opened or read, and so on */
};

/* Appends what the file holds; on failure perhaps a part. One of the three reasons, or REASON_OUT_OF_MEMORY. */
NODISCARD enum reason private_file_read(const struct private_file *file, struct byte_writer *bytes);

/* For CLEANUP: closes a descriptor that is not negative. */
void descriptor_close(int *descriptor);

#endif
