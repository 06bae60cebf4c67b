#include "account/account_file.h"

#include "base/memory.h"
#include "base/trace.h"
#include "base/utf16.h"

/* --- Lines --- */

static bool is_blank(struct slice line)
{
	struct byte_reader in = reader_of(line);
	uint8_t byte;

	while (reader_u8(&in, &byte))
		if (byte != ' ' && byte != '\t')
			return false;
	return true;
}

static bool is_comment(struct slice line)
{
	return line.size > 0 && line.data[0] == '#';
}

/* Files that were edited on Windows end their lines with CR LF. */
static struct slice without_return(struct slice line)
{
	if (line.size > 0 && line.data[line.size - 1] == '\r')
		line.size--;
	return line;
}

static enum account_next refuse_line(const struct account_lines *lines, const char *sentence)
{
	trace("account-file", REASON_ACCOUNT_FILE_MALFORMED, "line %zu %s: nobody is let in", lines->number,
	      sentence);
	return ACCOUNT_NEXT_MALFORMED;
}

enum account_next account_lines_next(struct account_lines *lines, struct account_entry *entry)
{
	struct slice line;

	while (!reader_empty(&lines->in)) {
		size_t from = lines->size - lines->in.size;

		lines->number++;
		if (!reader_until(&lines->in, '\n', &line))
			return refuse_line(lines, "has no newline at its end and may be cut");
		line = without_return(line);
		if (is_blank(line) || is_comment(line))
			continue;
		if (!account_line_parse(line, entry))
			return refuse_line(lines, "is no account");
		entry->from = from;
		entry->to = lines->size - lines->in.size;
		return ACCOUNT_NEXT_ENTRY;
	}
	return ACCOUNT_NEXT_NONE;
}

/* --- Looking for names --- */

/* A pair of names to look for, and what was found for it. */
struct wanted {
	struct slice user, domain;  /* UTF-16LE */
	size_t alike, exact;        /* how many are equal after upper-casing; how many to the letter */
	struct account_entry entry; /* the exact one, else the first alike */
};

/* In the order in which they count. */
struct wanted_list {
	struct wanted at[3];
	size_t count;
};

static void wanted_list_wipe(struct wanted_list *list)
{
	memory_wipe(list, sizeof(*list));
}

static void want(struct wanted_list *list, struct slice user, struct slice domain)
{
	list->at[list->count++] = (struct wanted) { .user = user, .domain = domain };
}

/* Accounts without a domain answer for every domain that has no account of that name itself. */
static void want_in_domain(struct wanted_list *list, struct slice user, struct slice domain)
{
	want(list, user, domain);
	if (domain.size)
		want(list, user, slice_of(NULL, 0));
}

/* user@domain in place of a user: whole first, then split at the last @. */
static struct wanted_list wanted_by_client(struct slice user, struct slice domain)
{
	struct wanted_list list = { .count = 0 };
	size_t length = utf16_length(user), at = utf16_find_last(user, '@');

	want_in_domain(&list, user, domain);
	if (domain.size == 0 && at > 0 && at + 1 < length)
		want_in_domain(&list, utf16_part(user, 0, at), utf16_part(user, at + 1, length));
	return list;
}

/* The parser has seen that the names are UTF-8 and fit. */
struct entry_names {
	uint8_t user_memory[2 * ACCOUNT_NAME_MAX], domain_memory[2 * ACCOUNT_NAME_MAX];
	struct byte_writer user, domain;
};

static bool convert_names(struct entry_names *names, struct slice user, struct slice domain)
{
	names->user = writer_fixed(names->user_memory, sizeof(names->user_memory));
	names->domain = writer_fixed(names->domain_memory, sizeof(names->domain_memory));
	return utf16_from_utf8(&names->user, user) && utf16_from_utf8(&names->domain, domain);
}

static void compare(struct wanted *wanted, const struct entry_names *names, const struct account_entry *entry)
{
	struct slice user = writer_slice(&names->user), domain = writer_slice(&names->domain);
	bool alike = utf16_equal_folded(wanted->user, user) && utf16_equal_folded(wanted->domain, domain);
	bool exact = slice_equal(wanted->user, user) && slice_equal(wanted->domain, domain);

	if (exact ? wanted->exact == 0 : alike && wanted->alike == 0)
		wanted->entry = *entry;
	wanted->alike += alike;
	wanted->exact += exact;
}

/* Through to the end in any case: a malformed line refuses everybody, and the time says nothing about who exists. */
static enum reason look_for(struct slice file, struct wanted_list *list)
{
	CLEANUP(account_entry_wipe) struct account_entry entry;
	struct account_lines lines = account_lines_of(file);
	enum account_next next;
	struct entry_names names;

	while ((next = account_lines_next(&lines, &entry)) == ACCOUNT_NEXT_ENTRY) {
		if (!convert_names(&names, entry.user, entry.domain))
			return REASON_ACCOUNT_FILE_MALFORMED;
		for (size_t i = 0; i < list->count; i++)
			compare(&list->at[i], &names, &entry);
	}
	return next == ACCOUNT_NEXT_NONE ? REASON_OK : REASON_ACCOUNT_FILE_MALFORMED;
}

/* Accounts that differ in case only are meant when they are spelt exactly. Two that do not differ are never meant. */
static enum reason choose(const struct wanted *wanted)
{
	if (wanted->alike == 0)
		return REASON_UNKNOWN_USER;
	return wanted->exact == 1 || (wanted->exact == 0 && wanted->alike == 1) ? REASON_OK
										: REASON_AMBIGUOUS_USER;
}

void account_match_wipe(struct account_match *match)
{
	account_entry_wipe(&match->entry);
	match->is_exact = match->has_twins = false;
}

enum reason account_file_find(struct slice file, struct slice user, struct slice domain,
			      struct account_match *match)
{
	CLEANUP(wanted_list_wipe)
	struct wanted_list list = wanted_by_client(utf16_without_nuls(user), utf16_without_nuls(domain));
	enum reason reason = look_for(file, &list);
	size_t i = 0;

	*match = (struct account_match) { .entry.state = REASON_NO_PASSWORD_SET };
	if (reason != REASON_OK)
		return reason;
	while (i + 1 < list.count && list.at[i].alike == 0)
		i++;
	reason = choose(&list.at[i]);
	if (reason == REASON_OK)
		*match = (struct account_match) {
			.entry = list.at[i].entry,
			.is_exact = i == 0 && list.at[i].exact == 1,
			.has_twins = list.at[i].alike > 1,
		};
	return reason;
}

/* --- Changing --- */

/* The text in front of the line of `entry` and behind it. */
static struct slice before_entry(struct slice file, const struct account_entry *entry)
{
	struct slice before = { NULL, 0 };

	return slice_part(file, 0, entry->from, &before) ? before : slice_of(NULL, 0);
}

static struct slice behind_entry(struct slice file, const struct account_entry *entry)
{
	struct byte_reader in = reader_of(file);

	return reader_skip(&in, entry->to) ? reader_rest(&in) : slice_of(NULL, 0);
}

static enum reason find_spelling(struct slice file, struct slice user, struct slice domain,
				 struct account_entry *entry)
{
	CLEANUP(wanted_list_wipe) struct wanted_list list = { .count = 0 };
	struct entry_names names;
	enum reason reason;

	if (!account_user_is_writable(user) || !account_domain_is_writable(domain) ||
	    !convert_names(&names, user, domain))
		return REASON_ACCOUNT_NAME;
	want(&list, writer_slice(&names.user), writer_slice(&names.domain));
	reason = look_for(file, &list);
	*entry = list.at[0].entry;
	return reason == REASON_OK ? choose(&list.at[0]) : reason;
}

enum reason account_file_set(struct byte_writer *out, struct slice file, struct slice user,
			     struct slice domain, const uint8_t nt_hash[NT_HASH_SIZE])
{
	CLEANUP(account_entry_wipe) struct account_entry entry;
	enum reason reason = find_spelling(file, user, domain, &entry);

	if (reason == REASON_UNKNOWN_USER) {
		writer_bytes(out, file);
		account_line_write(out, user, domain, nt_hash);
	} else if (reason == REASON_OK) {
		writer_bytes(out, before_entry(file, &entry));
		account_line_write_changed(out, &entry, nt_hash);
		writer_bytes(out, behind_entry(file, &entry));
	} else {
		return reason;
	}
	return writer_ok(out) ? REASON_OK : REASON_OUT_OF_MEMORY;
}

enum reason account_file_remove(struct byte_writer *out, struct slice file, struct slice user,
				struct slice domain)
{
	CLEANUP(account_entry_wipe) struct account_entry entry;
	enum reason reason = find_spelling(file, user, domain, &entry);

	if (reason != REASON_OK)
		return reason;
	writer_bytes(out, before_entry(file, &entry));
	writer_bytes(out, behind_entry(file, &entry));
	return writer_ok(out) ? REASON_OK : REASON_OUT_OF_MEMORY;
}
