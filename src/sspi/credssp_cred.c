#include "sspi/credssp_cred.h"

#include "sspi/schannel_cred.h"
#include "sspi/supplied_identity.h"

#include <opensspi/credssp.h>

/*
 * The pointer that does not belong to the Type is refused and not ignored: it may hold what restricts the credential,
 * or a password that the Type says is not to be sent.
 */
static enum reason decode_parts(const CREDSSP_CRED *credssp, bool schannel, bool spnego,
				struct auth_data *auth)
{
	enum reason reason = REASON_OK;

	if ((credssp->pSchannelCred && !schannel) || (credssp->pSpnegoCred && !spnego))
		return auth_data_refuse(REASON_BAD_CREDENTIAL_DATA,
					"CREDSSP_CRED has a pointer that does not belong to its Type");
	if (credssp->pSchannelCred)
		reason = schannel_cred_decode(credssp->pSchannelCred, auth);
	if (reason == REASON_OK && credssp->pSpnegoCred)
		reason = supplied_identity_decode(credssp->pSpnegoCred, auth);
	return reason;
}

static enum reason decode(const CREDSSP_CRED *credssp, struct auth_data *auth)
{
	switch (auth_data_number(credssp)) {
	case CredsspSubmitBufferBoth:
	case CredsspSubmitBufferBothOld:
		return decode_parts(credssp, true, true, auth);
	case CredsspPasswordCreds:
		return decode_parts(credssp, false, true, auth);
	case CredsspSchannelCreds:
		return decode_parts(credssp, true, false, auth);
	case CredsspCertificateCreds:
		return auth_data_refuse(REASON_UNSUPPORTED,
					"CredsspCertificateCreds: a certificate cannot be delegated");
	default:
		return auth_data_refuse(REASON_BAD_CREDENTIAL_DATA,
					"CREDSSP_CRED has a Type that does not exist");
	}
}

enum reason credssp_cred_decode(const void *data, struct auth_data *auth)
{
	const CREDSSP_CRED_EX *extended = data;

	if (auth_data_number(data) != CredsspCredEx)
		return decode(data, auth);
	if (extended->Version != CREDSSP_CRED_EX_VERSION)
		return auth_data_refuse(REASON_BAD_CREDENTIAL_DATA,
					"CREDSSP_CRED_EX has a version that does not exist");
	if (extended->Flags)
		return auth_data_refuse(
			REASON_UNSUPPORTED,
			"CREDSSP_CRED_EX: CREDSSP_FLAG_REDIRECT and other flags are not built");
	return decode(&extended->Cred, auth);
}
