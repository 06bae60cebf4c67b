#include "support/hex.h"

#include <stdio.h>
#include <stdlib.h>

/* A list, so that a leak checker sees them held. */
struct kept {
	struct kept *next;
	uint8_t bytes[];
};
static struct kept *all_kept;

static uint8_t *keep(size_t size)
{
	struct kept *kept = calloc(1, sizeof(*kept) + size);

	if (!kept)
		abort();
	kept->next = all_kept;
	all_kept = kept;
	return kept->bytes;
}

void *keep_bytes(size_t size)
{
	return keep(size);
}

struct slice hex(const char *text)
{
	uint8_t *bytes = keep(strlen(text) / 2 + 1);
	size_t size = 0;
	char pair[3] = { 0 };

	while (*text) {
		if (*text == ' ') {
			text++;
			continue;
		}
		pair[0] = text[0];
		pair[1] = text[1];
		bytes[size++] = (uint8_t)strtoul(pair, NULL, 16);
		text += text[1] ? 2 : 1;
	}
	return slice_of(bytes, size);
}

struct slice u16(const char *ascii)
{
	size_t length = strlen(ascii);
	uint8_t *bytes = keep(2 * length);

	for (size_t i = 0; i < length; i++)
		bytes[2 * i] = (uint8_t)ascii[i];
	return slice_of(bytes, 2 * length);
}

static void print_hex(const char *name, struct slice bytes)
{
	fprintf(stderr, "%s (%zu) ", name, bytes.size);
	for (size_t i = 0; i < bytes.size; i++)
		fprintf(stderr, "%02x", bytes.data[i]);
	fprintf(stderr, "\n");
}

void assert_bytes_at(struct slice found, struct slice expected, const char *file, int line)
{
	if (slice_equal(found, expected))
		return;
	print_hex("found", found);
	print_hex("expected", expected);
	_fail(file, line);
}
