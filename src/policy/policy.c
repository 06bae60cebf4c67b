#include "policy/policy.h"

#include "base/compiler.h"

#include <stddef.h>
#include <string.h>

const struct policy policy_default = {
	.credssp_client_min = CREDSSP_VERSION_NONCE,
	.credssp_server_min = CREDSSP_VERSION_NONCE,
	.credssp_version = CREDSSP_VERSION_MAX,
	.ntlm = true,
	.tls_1_2 = true,
	.tls_1_3 = true,
};

/* KB4093492. Mitigated and vulnerable are the same for a server. */
bool policy_set_remediation(struct policy *policy, const char *name)
{
	static const struct {
		const char *name;
		uint32_t client_min, server_min;
	} levels[] = {
		{ "force-updated", CREDSSP_VERSION_NONCE, CREDSSP_VERSION_NONCE },
		{ "mitigated", CREDSSP_VERSION_MIN, CREDSSP_VERSION_NONCE },
		{ "vulnerable", CREDSSP_VERSION_MIN, CREDSSP_VERSION_MIN },
	};

	for (size_t i = 0; i < COUNT_OF(levels); i++)
		if (strcmp(name ? name : levels[0].name, levels[i].name) == 0) {
			policy->credssp_client_min = levels[i].client_min;
			policy->credssp_server_min = levels[i].server_min;
			return true;
		}
	return false;
}
