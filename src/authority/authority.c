#include "authority/authority.h"

#include "base/memory.h"

void directory_user_wipe(struct directory_user *user)
{
	secret_wipe(&user->name);
	secret_wipe(&user->netbios_domain);
	secret_wipe(&user->dns_domain);
	secret_wipe(&user->principal_name);
	secret_wipe(&user->sid);
	secret_wipe(&user->group_sids);
}

void account_wipe(struct account *account)
{
	directory_user_wipe(&account->directory);
	secret_wipe(&account->user);
	secret_wipe(&account->domain);
	*account = (struct account) { 0 };
}

static void directory_user_pack(const struct directory_user *user, struct byte_writer *out)
{
	writer_counted(out, secret_slice(&user->name));
	writer_counted(out, secret_slice(&user->netbios_domain));
	writer_counted(out, secret_slice(&user->dns_domain));
	writer_counted(out, secret_slice(&user->principal_name));
	writer_counted(out, secret_slice(&user->sid));
	writer_counted(out, secret_slice(&user->group_sids));
}

static enum reason directory_user_unpack(struct byte_reader *in, struct directory_user *user)
{
	struct secret *const texts[] = { &user->name, &user->netbios_domain, &user->dns_domain,
					 &user->principal_name };
	enum reason reason = REASON_OK;

	for (size_t i = 0; i < COUNT_OF(texts) && reason == REASON_OK; i++)
		reason = secret_read_text(in, texts[i]);
	if (reason == REASON_OK)
		reason = secret_read(in, &user->sid);
	return reason == REASON_OK ? secret_read(in, &user->group_sids) : reason;
}

void account_pack(const struct account *account, struct byte_writer *out)
{
	writer_counted(out, secret_slice(&account->user));
	writer_counted(out, secret_slice(&account->domain));
	writer_u8(out, account->local);
	writer_u8(out, account->by_ticket);
	directory_user_pack(&account->directory, out);
	writer_counted(out,
		       slice_of(account->authority, account->authority ? strlen(account->authority) : 0));
}

static const char *authority_word(struct slice word)
{
	static const char *const words[] = { "account-file", "callback", "kerberos" };

	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (slice_equal(word, slice_of(words[i], strlen(words[i]))))
			return words[i];
	return NULL;
}

enum reason account_unpack(struct byte_reader *in, struct account *account)
{
	enum reason reason = secret_read_text(in, &account->user);
	struct slice authority;

	if (reason == REASON_OK)
		reason = secret_read_text(in, &account->domain);
	if (reason != REASON_OK)
		return reason;
	if (!reader_bool(in, &account->local) || !reader_bool(in, &account->by_ticket))
		return REASON_BAD_TOKEN;
	reason = directory_user_unpack(in, &account->directory);
	if (reason != REASON_OK)
		return reason;
	if (!reader_counted(in, &authority))
		return REASON_BAD_TOKEN;
	account->authority = authority_word(authority);
	return account->authority ? REASON_OK : REASON_BAD_TOKEN;
}

void ntlm_answer_wipe(struct ntlm_answer *answer)
{
	memory_wipe(answer->session_base_key, sizeof(answer->session_base_key));
	account_wipe(&answer->account);
	*answer = ntlm_answer_start();
}

void host_names_wipe(struct host_names *names)
{
	secret_wipe(&names->netbios_computer);
	secret_wipe(&names->netbios_domain);
	secret_wipe(&names->dns_computer);
	secret_wipe(&names->dns_domain);
	secret_wipe(&names->dns_tree);
}
