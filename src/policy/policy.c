#include "policy/policy.h"

const struct policy policy_default = {
	.credssp_version_min = CREDSSP_VERSION_NONCE,
	.ntlm = true,
	.tls_1_2 = true,
	.tls_1_3 = true,
};
