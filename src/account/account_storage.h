/*
 * The account file on the disk. It is worth the passwords of everybody in it, so one that others could read or
 * change is not used. The names in a sentence of the trace are the caller's own.
 */
#ifndef OPENSSPI_ACCOUNT_ACCOUNT_STORAGE_H
#define OPENSSPI_ACCOUNT_ACCOUNT_STORAGE_H

#include "account/account_file.h"

/* More is taken for a mistake: it is room for tens of thousands. */
enum { ACCOUNT_FILE_MAX = 4 << 20 };

/* Appends what the file holds. REASON_ACCOUNT_FILE_MISSING, _UNSAFE or _MALFORMED (too big), REASON_OUT_OF_MEMORY. */
NODISCARD enum reason account_storage_read(const char *path, struct byte_writer *bytes);

/*
 * One change at a time (a lock file stands beside the file), in a new file that takes the old one's place: a reader
 * sees the old text or the new one, after a crash too. A file that does not exist is made by account_storage_set.
 * Names are UTF-8. Reasons of reading, of account_file_set and account_file_remove, and
 * REASON_ACCOUNT_FILE_UNWRITABLE.
 */
NODISCARD enum reason account_storage_set(const char *path, struct slice user, struct slice domain,
					  const uint8_t nt_hash[NT_HASH_SIZE]);
/*
 * Changes the hash of the account that a client means by these names (UTF-16LE, as account_file_find takes them) if the
 * old one lets it log on; looked at and changed under one lock. Reasons of account_file_find and account_entry_check
 * besides.
 */
NODISCARD enum reason account_storage_change(const char *path, struct slice user, struct slice domain,
					     const uint8_t old_hash[NT_HASH_SIZE],
					     const uint8_t new_hash[NT_HASH_SIZE]);
NODISCARD enum reason account_storage_remove(const char *path, struct slice user, struct slice domain);

#endif
