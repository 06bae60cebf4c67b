/*
 * One line of an account file, in each of the three forms of docs/accounts.md. Text is UTF-8 and borrowed from
 * the line.
 */
#ifndef OPENSSPI_ACCOUNT_ACCOUNT_LINE_H
#define OPENSSPI_ACCOUNT_ACCOUNT_LINE_H

#include "base/byte_writer.h"
#include "base/reason.h"
#include "crypto/ntlm_v2.h"

/* In UTF-16 units: Windows' UNLEN, and a DNS name has no more. */
enum { ACCOUNT_NAME_MAX = 256 };

struct account_entry {
	struct slice line;
	size_t from, to; /* where the line with its end lies in the file; set by account_lines_next */
	struct slice user, domain;     /* as the line spells them; the domain may be empty */
	uint8_t nt_hash[NT_HASH_SIZE]; /* zeros where there is none */
	enum reason state;             /* REASON_OK, or why nobody may log on with it */
};

void account_entry_wipe(struct account_entry *entry);

/* `line` comes without its end. False: it has none of the forms, and `entry` holds nothing to rely on. */
NODISCARD bool account_line_parse(struct slice line, struct account_entry *entry);
/* user:domain:NT-hash */
void account_line_write(struct byte_writer *out, struct slice user, struct slice domain,
			const uint8_t nt_hash[NT_HASH_SIZE]);
/* The line again, in its own form, with another hash: no LM hash any more, and no N among its flags. */
void account_line_write_changed(struct byte_writer *out, const struct account_entry *entry,
				const uint8_t nt_hash[NT_HASH_SIZE]);

/* Whether a line can hold it. */
NODISCARD bool account_user_is_writable(struct slice user);
NODISCARD bool account_domain_is_writable(struct slice domain);

/* Whether `nt_hash` lets somebody log on with it: NO_PASSWORD_SET, WRONG_PASSWORD (compared in constant time), or: */
enum reason account_entry_check(const struct account_entry *entry, const uint8_t nt_hash[NT_HASH_SIZE],
				bool empty_passwords);
/* Why nobody may log on with it, the empty password among the causes unless `empty_passwords`. */
enum reason account_entry_state(const struct account_entry *entry, bool empty_passwords);

#endif
