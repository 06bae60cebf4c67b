#include "account/account_storage.h"
#include "authority/authority.h"
#include "base/memory.h"
#include "base/trace.h"
#include "base/utf16.h"
#include "crypto/digest.h"

struct account_file_authority {
	struct authority base;
	char *path;
	struct policy policy;
	const struct host_names *names;
};

/* `match` borrows from `file`. */
static enum reason find(const struct account_file_authority *authority, struct slice user,
			struct slice domain, struct byte_writer *file, struct account_match *match)
{
	enum reason reason = account_storage_read(authority->path, file);

	*match = (struct account_match) { .entry.state = REASON_NO_PASSWORD_SET };
	return reason == REASON_OK ? account_file_find(writer_slice(file), user, domain, match) : reason;
}

/* --- A logon --- */

/*
 * The response is computed in any case, for nobody with a hash of zeros, so that an unknown user and a wrong password
 * take the same work. What is wrong with an account is said to those alone who know its password.
 */
static enum reason judge(const struct account_file_authority *authority, const struct ntlm_question *question,
			 enum reason found, const struct account_entry *entry, uint8_t key[NTLM_KEY_SIZE])
{
	enum ntlm_check check = ntlm_check_response(entry->nt_hash, question->user, question->domain,
						    question->challenge, question->response, key);

	if (found != REASON_OK)
		return found;
	if (entry->state == REASON_NO_PASSWORD_SET)
		return REASON_NO_PASSWORD_SET;
	if (check == NTLM_RESPONSE_UNCHECKED)
		return REASON_OUT_OF_MEMORY;
	if (check != NTLM_RESPONSE_RIGHT)
		return REASON_WRONG_PASSWORD;
	return account_entry_state(entry, authority->policy.empty_passwords);
}

static bool copy_as_utf16(struct secret *to, struct slice utf8)
{
	LOCAL_WRITER(utf16);

	return utf16_from_utf8(&utf16, utf8) && secret_copy(to, writer_slice(&utf16));
}

static enum reason name_account(const struct account_file_authority *authority,
				const struct account_entry *entry, struct account *account)
{
	if (!copy_as_utf16(&account->user, entry->user) || !copy_as_utf16(&account->domain, entry->domain))
		return REASON_OUT_OF_MEMORY;
	account->local = domain_is_this_machine(secret_slice(&account->domain), authority->names);
	account->authority = authority->base.class->name;
	return REASON_OK;
}

static void trace_refusal(const struct ntlm_question *question, enum reason verdict)
{
	CLEANUP(writer_wipe) struct byte_writer name = writer_growing();
	bool is_text;

	if (!trace_enabled())
		return;
	is_text = utf16_to_utf8(&name, utf16_without_nuls(question->domain));
	writer_u8(&name, '\\');
	is_text = is_text && utf16_to_utf8(&name, utf16_without_nuls(question->user));
	if (is_text && writer_ok(&name))
		trace("account-file", verdict, "%.*s: %s", (int)name.size, (const char *)name.data,
		      reason_sentence(verdict));
	else
		trace("account-file", verdict, NULL);
}

static void ask_ntlm(struct authority *base, const struct ntlm_question *question, struct ntlm_answer *answer)
{
	const struct account_file_authority *authority = (const struct account_file_authority *)base;
	LOCAL_WRITER(file);
	CLEANUP(account_match_wipe) struct account_match match;
	enum reason verdict = find(authority, question->user, question->domain, &file, &match);

	verdict = judge(authority, question, verdict, &match.entry, answer->session_base_key);
	if (verdict == REASON_OK)
		verdict = name_account(authority, &match.entry, &answer->account);
	if (verdict != REASON_OK) {
		trace_refusal(question, verdict);
		ntlm_answer_wipe(answer);
	}
	answer->verdict = verdict;
}

/* --- A delegation --- */

static enum reason check_password(const struct account_entry *entry, struct slice password)
{
	uint8_t nt_hash[NT_HASH_SIZE];
	bool right;

	ntlm_nt_hash(password, nt_hash);
	right = crypto_equal(slice_of(nt_hash, sizeof(nt_hash)), slice_of(entry->nt_hash, NT_HASH_SIZE));
	memory_wipe(nt_hash, sizeof(nt_hash));
	return right ? REASON_OK : REASON_DELEGATED_PASSWORD_WRONG;
}

static enum reason check_delegated(struct authority *base, const struct delegated_question *question)
{
	const struct account_file_authority *authority = (const struct account_file_authority *)base;
	const struct account *account = question->account;
	LOCAL_WRITER(file);
	CLEANUP(account_match_wipe) struct account_match match = { .entry.state = REASON_NO_PASSWORD_SET };
	enum reason reason;

	if (!same_user(question, authority->names))
		return REASON_NOT_THE_SAME_USER;
	reason = find(authority, secret_slice(&account->user), secret_slice(&account->domain), &file, &match);
	if (reason == REASON_OK)
		reason = account_entry_state(&match.entry, authority->policy.empty_passwords);
	if (reason != REASON_OK)
		return reason;
	/* Since the logon another account may have come to answer to the name. */
	if (!match.is_exact || (match.has_twins && !same_user_exactly(question)))
		return REASON_NOT_THE_SAME_USER;
	return check_password(&match.entry, question->password);
}

/* --- The authority --- */

static void free_authority(struct authority *base)
{
	struct account_file_authority *authority = (struct account_file_authority *)base;

	memory_free(authority->path);
	memory_free(authority);
}

static const struct authority_class account_file_class = {
	.name = "account-file",
	.ask_ntlm = ask_ntlm,
	.check_delegated = check_delegated,
	.free = free_authority,
};

struct authority *account_file_authority_new(const char *path, const struct policy *policy,
					     const struct host_names *names)
{
	struct account_file_authority *authority = memory_allocate(sizeof(*authority));
	size_t size = strlen(path) + 1;

	if (!authority)
		return NULL;
	*authority = (struct account_file_authority) {
		.base.class = &account_file_class,
		.path = memory_allocate(size),
		.policy = *policy,
		.names = names,
	};
	if (!authority->path) {
		free_authority(&authority->base);
		return NULL;
	}
	memcpy(authority->path, path, size);
	return &authority->base;
}
