/* A password from whoever runs the command. */
#ifndef OPENSSPI_PROGRAMS_OPENSSPI_PASSWORD_H
#define OPENSSPI_PROGRAMS_OPENSSPI_PASSWORD_H

#include "base/compiler.h"

#include <stdbool.h>

enum { PASSWORD_SIZE = 1024 }; /* UTF-8 with its NUL */

/*
 * From a terminal on standard input: asked for with `question` and not shown. Else the first line of standard input,
 * without its newline. False: there is none, it is too long or holds a NUL; said on standard error. Wipe it afterwards.
 */
NODISCARD bool password_read(const char *question, char password[PASSWORD_SIZE]);
/* The first line of a file, or of a pipe. False: as above. */
NODISCARD bool password_read_file(const char *path, char password[PASSWORD_SIZE]);
/* Whether password_read asks somebody. */
bool password_is_asked_for(void);
/* CLEANUP for the array. */
void password_wipe(char (*password)[PASSWORD_SIZE]);

#endif
