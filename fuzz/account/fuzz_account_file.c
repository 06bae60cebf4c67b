/*
 * Covers account/account_line.c: account_line_parse, account_line_write, account_line_write_changed,
 * account_user_is_writable, account_domain_is_writable, account_entry_state; account/account_file.c:
 * account_lines_next, account_file_find, account_file_set, account_file_remove.
 * The input is "user<newline>domain<newline>file". A file that was changed must be well-formed, find the account with
 * its new hash, and after removing it find it no more.
 */
#include "account/account_file.h"
#include "base/utf16.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t new_hash[NT_HASH_SIZE] = "a hash of tests";

static void require(bool true_always)
{
	if (!true_always)
		abort();
}

/* Every account, spelt as in its line, is itself, or one of several of that name, or the file is malformed. */
static void find_everybody(struct slice file)
{
	struct account_lines lines = account_lines_of(file);
	struct account_entry entry;
	struct account_match match;

	while (account_lines_next(&lines, &entry) == ACCOUNT_NEXT_ENTRY) {
		CLEANUP(writer_wipe) struct byte_writer user = writer_growing(), domain = writer_growing();
		enum reason reason;

		require(utf16_from_utf8(&user, entry.user) && utf16_from_utf8(&domain, entry.domain));
		reason = account_file_find(file, writer_slice(&user), writer_slice(&domain), &match);
		require(reason == REASON_AMBIGUOUS_USER || reason == REASON_ACCOUNT_FILE_MALFORMED ||
			(reason == REASON_OK && match.entry.from == entry.from &&
			 match.entry.to == entry.to));
		require(account_entry_state(&entry, true) == entry.state);
	}
}

static void find_by_client(struct slice file, struct slice user, struct slice domain)
{
	static const uint8_t none[NT_HASH_SIZE];
	struct account_match match;

	if (account_file_find(file, user, domain, &match) != REASON_OK)
		require(match.entry.state != REASON_OK &&
			slice_equal(slice_of(match.entry.nt_hash, NT_HASH_SIZE),
				    slice_of(none, sizeof(none))));
}

static void change(struct slice file, struct slice user, struct slice domain)
{
	CLEANUP(writer_wipe) struct byte_writer changed = writer_growing(), again = writer_growing();
	CLEANUP(writer_wipe) struct byte_writer removed = writer_growing();
	CLEANUP(writer_wipe) struct byte_writer wide_user = writer_growing(), wide_domain = writer_growing();
	struct account_match match;

	if (account_file_set(&changed, file, user, domain, new_hash) != REASON_OK)
		return;
	require(utf16_from_utf8(&wide_user, user) && utf16_from_utf8(&wide_domain, domain));
	require(account_file_find(writer_slice(&changed), writer_slice(&wide_user),
				  writer_slice(&wide_domain), &match) == REASON_OK);
	require(slice_equal(slice_of(match.entry.nt_hash, NT_HASH_SIZE),
			    slice_of(new_hash, sizeof(new_hash))));
	require(account_file_set(&again, writer_slice(&changed), user, domain, new_hash) == REASON_OK);
	require(slice_equal(writer_slice(&again), writer_slice(&changed)));
	require(account_file_remove(&removed, writer_slice(&changed), user, domain) == REASON_OK);
	require(removed.size < changed.size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct byte_reader in = reader_of(slice_of(data, size));
	struct slice user, domain, file;

	if (!reader_until(&in, '\n', &user) || !reader_until(&in, '\n', &domain))
		return 0;
	file = reader_rest(&in);
	find_everybody(file);
	find_by_client(file, user, domain);
	change(file, user, domain);
	return 0;
}
