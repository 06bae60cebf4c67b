/* What the files of the command share: the verbs, their exit statuses, and how they speak to people. */
#ifndef OPENSSPI_PROGRAMS_OPENSSPI_VERB_H
#define OPENSSPI_PROGRAMS_OPENSSPI_VERB_H

#include "base/byte_writer.h"
#include "base/compiler.h"

enum exit_status {
	EXIT_DONE = 0,
	EXIT_USAGE = 1,   /* the command line, or a setting that cannot be */
	EXIT_TROUBLE = 2, /* network, files, memory */
	EXIT_DENIED = 3,  /* the answer to the question is no */
	/* connect alone */
	EXIT_UNTRUSTED = 4, /* the server is not the one that is meant, or did not prove it */
	EXIT_PROTOCOL = 5,  /* the server does not do what the protocol says */
};

struct verb {
	const char *name, *summary;
	enum exit_status (*run)(int count, char **words); /* the words behind the verb */
};

enum exit_status accept_verb(int count, char **words);
enum exit_status account_verb(int count, char **words);
enum exit_status connect_verb(int count, char **words);
enum exit_status packages_verb(int count, char **words);

/* "opensspi: " and the sentence on standard error. */
void complain(const char *sentence, ...) PRINTF_LIKE(1, 2);
/*
 * Writes `line` and a newline to standard output at once, also when several threads do, and flushes it. Where nobody
 * reads any more the command has no purpose: it ends with EXIT_TROUBLE.
 */
void print_line(const struct byte_writer *line);

#endif
