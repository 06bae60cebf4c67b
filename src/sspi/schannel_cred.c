#include "sspi/schannel_cred.h"

#include "sspi/certificate_context.h"

enum reason schannel_cred_take_certificate(PCCERT_CONTEXT context, struct auth_data *auth)
{
	enum reason reason = certificate_context_certificate(context, &auth->certificate);

	return reason == REASON_OK
		       ? reason
		       : auth_data_refuse(
				 reason, "the certificate context is none that this library made with a key");
}

/* 0 leaves the choice to us. */
static enum reason choose_protocols(uint32_t enabled, struct policy *policy)
{
	bool tls_1_2 = enabled == 0 || enabled & (SP_PROT_TLS1_2_SERVER | SP_PROT_TLS1_2_CLIENT);
	bool tls_1_3 = enabled == 0 || enabled & (SP_PROT_TLS1_3_SERVER | SP_PROT_TLS1_3_CLIENT);

	if (!tls_1_2 && !tls_1_3)
		return auth_data_refuse(REASON_UNSUPPORTED,
					"grbitEnabledProtocols names neither TLS 1.2 nor 1.3");
	policy->tls_1_2 = tls_1_2;
	policy->tls_1_3 = tls_1_3;
	return REASON_OK;
}

enum reason schannel_cred_decode(const void *data, struct auth_data *auth)
{
	const SCHANNEL_CRED *schannel = data;
	enum reason reason;

	if (auth_data_number(data) == SCH_CREDENTIALS_VERSION)
		return auth_data_refuse(REASON_UNSUPPORTED, "SCH_CREDENTIALS is not built");
	if (schannel->dwVersion != SCHANNEL_CRED_VERSION)
		return auth_data_refuse(REASON_BAD_CREDENTIAL_DATA,
					"pSchannelCred has a version that does not exist");
	if (schannel->cCreds > 1 || schannel->dwCredFormat)
		return auth_data_refuse(REASON_UNSUPPORTED, "SCHANNEL_CRED takes one certificate context");
	reason = choose_protocols(schannel->grbitEnabledProtocols, &auth->policy);
	if (reason != REASON_OK || !schannel->cCreds)
		return reason;
	if (!schannel->paCred)
		return auth_data_refuse(REASON_BAD_CREDENTIAL_DATA, "paCred is NULL");
	return schannel_cred_take_certificate(schannel->paCred[0], auth);
}
