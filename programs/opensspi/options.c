#include "options.h"

#include <stdio.h>
#include <string.h>

static void print_help(const struct usage *usage)
{
	char left[48];

	(void)printf("usage: opensspi %s\n\n", usage->synopsis);
	for (size_t i = 0; i < usage->option_count; i++) {
		const struct option *option = &usage->options[i];
		const char *line = option->help;

		(void)snprintf(left, sizeof(left), "%s %s", option->name,
			       option->argument ? option->argument : "");
		(void)printf("  %-27s ", left);
		for (size_t size = strcspn(line, "\n"); line[size];
		     line += size + 1, size = strcspn(line, "\n"))
			(void)printf("%.*s\n%30s", (int)size, line, "");
		(void)printf("%s\n", line);
	}
	if (usage->notes)
		(void)printf("\n%s\n", usage->notes);
}

/* Whether `word` is one of the words between the bars of `choices`. */
static bool is_choice(const char *choices, const char *word)
{
	size_t size = strlen(word);

	for (const char *choice = choices; choice;
	     choice = strchr(choice, '|') ? strchr(choice, '|') + 1 : NULL)
		if (strcspn(choice, "|") == size && memcmp(choice, word, size) == 0)
			return size > 0;
	return false;
}

/* The option whose name is the word up to a '='; `value` is what stands behind that. */
static const struct option *find(const struct usage *usage, const char *word, const char **value)
{
	size_t size = strcspn(word, "=");

	*value = word[size] ? word + size + 1 : NULL;
	for (size_t i = 0; i < usage->option_count; i++)
		if (strlen(usage->options[i].name) == size && memcmp(usage->options[i].name, word, size) == 0)
			return &usage->options[i];
	return NULL;
}

/* `word` is an option; `next` the word behind it or NULL. `taken` says whether that one was its argument. */
static bool read_option(const struct usage *usage, const char *word, const char *next, bool *taken)
{
	const char *value;
	const struct option *option = find(usage, word, &value);

	*taken = false;
	if (!option) {
		complain("there is no option `%s` here; --help lists them", word);
		return false;
	}
	if (!option->argument) {
		if (value)
			complain("%s takes no argument", option->name);
		*option->set = true;
		return !value;
	}
	if (!value) {
		value = next;
		*taken = true;
	}
	if (!value)
		complain("%s wants an argument: %s %s", option->name, option->name, option->argument);
	else if (option->choices && !is_choice(option->choices, value))
		complain("%s takes %s, not `%s`", option->name, option->choices, value);
	else {
		*option->text = value;
		return true;
	}
	return false;
}

bool options_read(const struct usage *usage, int count, char **words, size_t *operands,
		  enum exit_status *ended)
{
	bool only_operands = false, taken;

	*operands = 0;
	*ended = EXIT_USAGE;
	for (int i = 0; i < count; i++) {
		char *word = words[i];

		if (only_operands || word[0] != '-' || !word[1]) {
			words[(*operands)++] = word;
		} else if (strcmp(word, "--") == 0) {
			only_operands = true;
		} else if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
			print_help(usage);
			*ended = EXIT_DONE;
			return false;
		} else {
			if (!read_option(usage, word, i + 1 < count ? words[i + 1] : NULL, &taken))
				return false;
			i += taken;
		}
	}
	if (*operands > usage->operand_max)
		complain("`%s` is one word too many; usage: opensspi %s", words[usage->operand_max],
			 usage->synopsis);
	return *operands <= usage->operand_max;
}
