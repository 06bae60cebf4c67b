/*
 * Covers sspi/schannel_cred.c: schannel_cred_decode. The numbers of SCHANNEL_CRED, SCH_CREDENTIALS and one
 * TLS_PARAMETERS are the input's; pointers are NULL or lead to what is there, as a caller must see to. What is taken
 * leaves a version of TLS and a strength that a cipher has.
 */
#include "sspi/schannel_cred.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool true_always)
{
	if (!true_always)
		abort();
}

static void decode(const void *schannel)
{
	CLEANUP(auth_data_wipe) struct auth_data auth = { .policy = policy_default };

	if (schannel_cred_decode(schannel, &auth) != REASON_OK)
		return;
	require(auth.policy.tls_1_2 || auth.policy.tls_1_3);
	require(auth.policy.tls_bits_min <= 256);
	require(!auth.policy.tls_bits_max ||
		(auth.policy.tls_bits_max >= 128 && auth.policy.tls_bits_max >= auth.policy.tls_bits_min));
	require(!auth.certificate && !auth.more_count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	TLS_PARAMETERS parameters;
	SCH_CREDENTIALS credentials;
	SCHANNEL_CRED schannel;
	PCCERT_CONTEXT stranger[] = { (PCCERT_CONTEXT)&parameters };

	if (size < sizeof(schannel) + sizeof(parameters))
		return 0;
	memcpy(&parameters, data + sizeof(schannel), sizeof(parameters));
	memcpy(&schannel, data, sizeof(schannel));
	memcpy(&credentials, data, sizeof(credentials));
	schannel.paCred = schannel.paCred ? stranger : NULL;
	credentials.paCred = credentials.paCred ? stranger : NULL;
	credentials.pTlsParameters = credentials.pTlsParameters ? &parameters : NULL;
	if (schannel.dwVersion == SCHANNEL_CRED_VERSION)
		schannel.cCreds %= 2;
	if (credentials.dwVersion == SCH_CREDENTIALS_VERSION)
		credentials.cCreds %= 2;
	if (credentials.dwVersion == SCH_CREDENTIALS_VERSION)
		decode(&credentials);
	else
		decode(&schannel);
	return 0;
}
