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

const char *authority_word(struct slice word)
{
	static const char *const words[] = { "account-file", "callback" };

	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (slice_equal(word, slice_of(words[i], strlen(words[i]))))
			return words[i];
	return NULL;
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
