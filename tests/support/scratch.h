/* Files that a test writes: in a folder of its own, which goes when the program ends. */
#ifndef OPENSSPI_TESTS_SUPPORT_SCRATCH_H
#define OPENSSPI_TESTS_SUPPORT_SCRATCH_H

#include "base/slice.h"

#include <sys/types.h>

/* The path of a file of that name in the folder; kept until the program ends. */
const char *scratch_path(const char *name);
/* Makes it anew with exactly these bytes and this mode; returns its path. */
const char *scratch_write(const char *name, struct slice bytes, mode_t mode);
#define scratch_text(name, text) scratch_write((name), slice_of((text), strlen(text)), 0600)
/* What is in the file, kept until the program ends. Fails the test if there is none. */
struct slice scratch_read(const char *name);

#endif
