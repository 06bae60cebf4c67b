#include "authority/authority.h"

#include "base/memory.h"

void account_wipe(struct account *account)
{
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
