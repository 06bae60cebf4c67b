/* The options of a verb: one table, from which they are read and from which --help is printed. */
#ifndef OPENSSPI_PROGRAMS_OPENSSPI_OPTIONS_H
#define OPENSSPI_PROGRAMS_OPENSSPI_OPTIONS_H

#include "verb.h"

#include <stdbool.h>
#include <stddef.h>

struct option {
	const char *name;     /* "--listen" */
	const char *argument; /* how --help names it; NULL: the option is a switch */
	const char *help;     /* one line, or several with \n */
	const char **text;    /* receives the argument */
	bool *set;            /* receives true */
	const char *choices;  /* the arguments that are taken, "rdp|raw"; NULL: any */
};

struct usage {
	const char *synopsis; /* behind "usage: opensspi " */
	const struct option *options;
	size_t option_count;
	size_t operand_max; /* how many words may be left that are no options */
	const char *notes;  /* printed behind the options, or NULL */
};

/*
 * Options stand anywhere, as `--name value` or `--name=value`; the last of two counts. Words that are none are moved to
 * the front of `words`, and `operands` says how many. Behind "--" all words are operands. False: the command ends with
 * `ended`, because --help was asked for and is printed, or something was wrong and is said.
 */
NODISCARD bool options_read(const struct usage *usage, int count, char **words, size_t *operands,
			    enum exit_status *ended);

#endif
