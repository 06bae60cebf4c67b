#include "authority/authority.h"

#include "base/memory.h"

void account_wipe(struct account *account)
{
	secret_wipe(&account->user);
	secret_wipe(&account->domain);
	*account = (struct account) { 0 };
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
