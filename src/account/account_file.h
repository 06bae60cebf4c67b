/*
 * The lines of an account file as one text: who is meant by a name, and the text with one account changed. No file
 * is touched here (account_storage.h does that). docs/accounts.md has the rules.
 */
#ifndef OPENSSPI_ACCOUNT_ACCOUNT_FILE_H
#define OPENSSPI_ACCOUNT_ACCOUNT_FILE_H

#include "account/account_line.h"
#include "base/byte_reader.h"

/* Goes over the accounts; comments and empty lines are passed. */
struct account_lines {
	struct byte_reader in;
	size_t size;   /* of the whole file */
	size_t number; /* of the line read last, from 1 */
};

static inline struct account_lines account_lines_of(struct slice file)
{
	return (struct account_lines) { .in = reader_of(file), .size = file.size };
}

enum account_next { ACCOUNT_NEXT_ENTRY, ACCOUNT_NEXT_NONE, ACCOUNT_NEXT_MALFORMED };
/* A line without an end counts as malformed: it may have been cut. */
NODISCARD enum account_next account_lines_next(struct account_lines *lines, struct account_entry *entry);

struct account_match {
	struct account_entry entry; /* borrows from the file; zeros unless REASON_OK was said */
	bool is_exact;              /* it has the very names that were asked for */
	bool has_twins;             /* others differ from it in case only */
};

void account_match_wipe(struct account_match *match);

/*
 * The account that a client means by `user` and `domain` (UTF-16LE, as it spells them, NULs at the end ignored):
 * REASON_OK whatever the account's state is, REASON_UNKNOWN_USER, REASON_AMBIGUOUS_USER, or
 * REASON_ACCOUNT_FILE_MALFORMED for a malformed line anywhere. The work is the same whether it is found or not.
 */
NODISCARD enum reason account_file_find(struct slice file, struct slice user, struct slice domain,
					struct account_match *match);

/*
 * Appends the text of `file` with the account's hash changed, or with a new account at its end. Names are UTF-8;
 * one that differs in case only from exactly one account means it.
 */
NODISCARD enum reason account_file_set(struct byte_writer *out, struct slice file, struct slice user,
				       struct slice domain, const uint8_t nt_hash[NT_HASH_SIZE]);
/* Without the account. */
NODISCARD enum reason account_file_remove(struct byte_writer *out, struct slice file, struct slice user,
					  struct slice domain);

#endif
