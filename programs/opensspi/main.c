/* opensspi VERB ...: one file a verb, and the table of them. */
#include "verb.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

static const struct verb verbs[] = {
	{ "accept", "take connections, log clients on through AcceptSecurityContext, say who came",
	  accept_verb },
	{ "account", "add, remove, list and check the accounts of an account file", account_verb },
	{ "connect", "log on to a server through InitializeSecurityContext, say what was negotiated",
	  connect_verb },
	{ "packages", "list the security packages of this library", packages_verb },
};

void complain(const char *sentence, ...)
{
	va_list values;

	va_start(values, sentence);
	flockfile(stderr);
	(void)fputs("opensspi: ", stderr);
	(void)vfprintf(stderr, sentence, values);
	(void)fputc('\n', stderr);
	funlockfile(stderr);
	va_end(values);
}

void print_line(const struct byte_writer *line)
{
	bool written;

	flockfile(stdout);
	written = writer_ok(line) && fwrite(line->data, 1, line->size, stdout) == line->size &&
		  fputc('\n', stdout) != EOF && fflush(stdout) == 0;
	funlockfile(stdout);
	if (written)
		return;
	complain("standard output takes no more, so nobody would hear what happens; ending");
	_exit(EXIT_TROUBLE);
}

static void print_usage(FILE *to)
{
	(void)fputs("usage: opensspi VERB [OPTIONS]\n\n", to);
	for (size_t i = 0; i < COUNT_OF(verbs); i++)
		(void)fprintf(to, "  %-10s %s\n", verbs[i].name, verbs[i].summary);
	(void)fputs(
		"\n`opensspi VERB --help` lists a verb's options, `opensspi --version` says which this is.\n",
		to);
}

int main(int count, char **words)
{
	struct slice word;

	if (count < 2) {
		print_usage(stderr);
		return EXIT_USAGE;
	}
	word = slice_of(words[1], strlen(words[1]));
	for (size_t i = 0; i < COUNT_OF(verbs); i++)
		if (slice_equal(word, slice_of(verbs[i].name, strlen(verbs[i].name))))
			return verbs[i].run(count - 2, words + 2);
	if (slice_equal(word, SLICE_LITERAL("--help")) || slice_equal(word, SLICE_LITERAL("-h"))) {
		print_usage(stdout);
		return EXIT_DONE;
	}
	if (slice_equal(word, SLICE_LITERAL("--version"))) {
		(void)puts("opensspi " OPENSSPI_VERSION);
		return EXIT_DONE;
	}
	complain("there is no verb `%s`", words[1]);
	print_usage(stderr);
	return EXIT_USAGE;
}
