/* facts --list: name, citation and kind of each, by tabs. facts NAME: exit status 0 holds, 1 not, 77 not run here. */
#include "facts.h"

#include <stdlib.h>

enum { HOLDS = 0, FAILS = 1, USAGE = 2, NOT_RUN = 77 };

static struct fact *facts;

/* Sorted, as the order of constructors is not the same everywhere. */
void fact_add(struct fact *fact)
{
	struct fact **place = &facts;

	while (*place && strcmp((*place)->name, fact->name) < 0)
		place = &(*place)->next;
	fact->next = *place;
	*place = fact;
}

static void fail(const char *file, int line)
{
	printf(" (%s:%d)\n", file, line);
	(void)fflush(stdout);
	exit(FAILS);
}

void expect_true(bool good, const char *said, const char *file, int line)
{
	if (good)
		return;
	printf("not so: %s", said);
	fail(file, line);
}

static uint32_t bits(SECURITY_STATUS status)
{
	return (uint32_t)status;
}

void expect_status(SECURITY_STATUS status, SECURITY_STATUS wanted, const char *said, const char *file,
		   int line)
{
	if (status == wanted)
		return;
	printf("%08x, not %08x: %s", bits(status), bits(wanted), said);
	fail(file, line);
}

void expect_either(SECURITY_STATUS status, SECURITY_STATUS one, SECURITY_STATUS other, const char *said,
		   const char *file, int line)
{
	if (status == one || status == other)
		return;
	printf("%08x, neither %08x nor %08x: %s", bits(status), bits(one), bits(other), said);
	fail(file, line);
}

void expect_number(uint64_t number, uint64_t wanted, const char *said, const char *file, int line)
{
	if (number == wanted)
		return;
	printf("0x%08x%08x, not 0x%08x%08x: %s", (unsigned)(number >> 32), (unsigned)number,
	       (unsigned)(wanted >> 32), (unsigned)wanted, said);
	fail(file, line);
}

void not_run(const char *why)
{
	printf("not run: %s\n", why);
	(void)fflush(stdout);
	exit(NOT_RUN);
}

size_t text_length(const text *string)
{
	size_t length = 0;

	while (string[length])
		length++;
	return length;
}

bool text_is(const text *string, const char *ascii)
{
	size_t i = 0;

	while (string[i] && string[i] == (text)ascii[i])
		i++;
	return string[i] == (text)ascii[i];
}

text *text_of(const char *ascii)
{
	static text kept[8192];
	static size_t used;
	text *copy = kept + used;
	size_t size = strlen(ascii) + 1;

	EXPECT(used + size <= COUNT_OF(kept));
	for (size_t i = 0; i < size; i++)
		copy[i] = (text)ascii[i];
	used += size;
	return copy;
}

static int list(void)
{
	static const char *const kinds[] = { "value", "state", "failure", "behaviour" };

	for (const struct fact *fact = facts; fact; fact = fact->next)
		printf("%s\t%s\t%s\n", fact->name, fact->citation, kinds[fact->kind]);
	return HOLDS;
}

int main(int count, char **words)
{
	if (count == 2 && strcmp(words[1], "--list") == 0)
		return list();
	for (const struct fact *fact = facts; count == 2 && fact; fact = fact->next)
		if (strcmp(fact->name, words[1]) == 0) {
			fact->run();
			return HOLDS;
		}
	(void)fprintf(stderr, "usage: facts --list | NAME\n");
	return USAGE;
}
