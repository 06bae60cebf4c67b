/* The account file for programs (docs/accounts.md). */
#include "sspi/accounts.h"

#include "account/account_storage.h"
#include "base/memory.h"
#include "policy/policy.h"
#include "sspi/text.h"

#include <opensspi/opensspi.h>

SECURITY_STATUS accounts_status(enum reason reason)
{
	switch (reason) {
	case REASON_ACCOUNT_FILE_MISSING:
	case REASON_ACCOUNT_FILE_UNSAFE:
	case REASON_ACCOUNT_FILE_MALFORMED:
	case REASON_ACCOUNT_FILE_UNWRITABLE:
		return SEC_E_NO_CREDENTIALS;
	default:
		return reason_status(reason);
	}
}

static SECURITY_STATUS tell(enum reason reason, const char **sentence)
{
	if (sentence)
		*sentence = reason_sentence(reason);
	return accounts_status(reason);
}

/* NULL and `.` stand for this machine, whose accounts have no domain in the file. */
static struct slice domain_of(const char *domain)
{
	struct slice text = text_narrow(domain);

	return slice_equal(text, SLICE_LITERAL(".")) ? slice_of(NULL, 0) : text;
}

static void hash_wipe(uint8_t (*nt_hash)[NT_HASH_SIZE])
{
	memory_wipe(nt_hash, sizeof(*nt_hash));
}

static enum reason hash_password(const char *password, uint8_t nt_hash[NT_HASH_SIZE])
{
	switch (OpensspiNtHash(password, nt_hash)) {
	case SEC_E_OK:
		return REASON_OK;
	case SEC_E_INSUFFICIENT_MEMORY:
		return REASON_OUT_OF_MEMORY;
	default:
		return REASON_PASSWORD_TEXT;
	}
}

/* --- Changing --- */

SECURITY_STATUS OpensspiAccountSet(const char *path, const char *domain, const char *user,
				   const char *password, const char **reason)
{
	CLEANUP(hash_wipe) uint8_t nt_hash[NT_HASH_SIZE];
	enum reason verdict = hash_password(password, nt_hash);

	if (!path)
		verdict = REASON_NULL_ARGUMENT;
	if (verdict == REASON_OK)
		verdict = account_storage_set(path, text_narrow(user), domain_of(domain), nt_hash);
	return tell(verdict, reason);
}

SECURITY_STATUS OpensspiAccountRemove(const char *path, const char *domain, const char *user,
				      const char **reason)
{
	if (!path)
		return tell(REASON_NULL_ARGUMENT, reason);
	return tell(account_storage_remove(path, text_narrow(user), domain_of(domain)), reason);
}

/* --- Asking --- */

static enum reason check(const char *path, struct slice domain, struct slice user,
			 const uint8_t nt_hash[NT_HASH_SIZE])
{
	CLEANUP(writer_wipe) struct byte_writer file = writer_growing();
	CLEANUP(account_match_wipe) struct account_match match = { .entry.state = REASON_NO_PASSWORD_SET };
	CLEANUP(secret_wipe) struct secret wide_user = { 0 };
	CLEANUP(secret_wipe) struct secret wide_domain = { 0 };
	enum reason reason = text_copy(&wide_user, user, false, REASON_ACCOUNT_NAME);

	if (reason == REASON_OK)
		reason = text_copy(&wide_domain, domain, false, REASON_ACCOUNT_NAME);
	if (reason == REASON_OK)
		reason = account_storage_read(path, &file);
	if (reason == REASON_OK)
		reason = account_file_find(writer_slice(&file), secret_slice(&wide_user),
					   secret_slice(&wide_domain), &match);
	return reason == REASON_OK
		       ? account_entry_check(&match.entry, nt_hash, policy_default.empty_passwords)
		       : reason;
}

SECURITY_STATUS OpensspiAccountCheck(const char *path, const char *domain, const char *user,
				     const char *password, const char **reason)
{
	CLEANUP(hash_wipe) uint8_t nt_hash[NT_HASH_SIZE];
	enum reason verdict = hash_password(password, nt_hash);

	if (!path)
		verdict = REASON_NULL_ARGUMENT;
	if (verdict == REASON_OK)
		verdict = check(path, domain_of(domain), text_narrow(user), nt_hash);
	return tell(verdict, reason);
}

typedef void each_account(void *argument, const char *domain, const char *user, const char *unusable);

static enum reason show(const struct account_entry *entry, each_account *each, void *argument)
{
	CLEANUP(writer_wipe) struct byte_writer names = writer_growing();
	enum reason state = account_entry_state(entry, policy_default.empty_passwords);

	writer_bytes(&names, entry->domain);
	writer_u8(&names, 0);
	writer_bytes(&names, entry->user);
	writer_u8(&names, 0);
	if (!writer_ok(&names))
		return REASON_OUT_OF_MEMORY;
	each(argument, (const char *)names.data, (const char *)names.data + entry->domain.size + 1,
	     state == REASON_OK ? NULL : reason_sentence(state));
	return REASON_OK;
}

/* Without `each` for the form alone: nothing is shown of a file in which a line is malformed. */
static enum reason go_over(struct slice file, each_account *each, void *argument)
{
	CLEANUP(account_entry_wipe) struct account_entry entry;
	struct account_lines lines = account_lines_of(file);
	enum reason reason = REASON_OK;
	enum account_next next;

	while (reason == REASON_OK && (next = account_lines_next(&lines, &entry)) != ACCOUNT_NEXT_NONE) {
		if (next == ACCOUNT_NEXT_MALFORMED)
			return REASON_ACCOUNT_FILE_MALFORMED;
		if (each)
			reason = show(&entry, each, argument);
	}
	return reason;
}

SECURITY_STATUS OpensspiAccountList(const char *path,
				    void (*each)(void *argument, const char *domain, const char *user,
						 const char *unusable),
				    void *argument, const char **reason)
{
	CLEANUP(writer_wipe) struct byte_writer file = writer_growing();
	enum reason verdict = path && each ? account_storage_read(path, &file) : REASON_NULL_ARGUMENT;

	if (verdict == REASON_OK)
		verdict = go_over(writer_slice(&file), NULL, NULL);
	if (verdict == REASON_OK)
		verdict = go_over(writer_slice(&file), each, argument);
	return tell(verdict, reason);
}
