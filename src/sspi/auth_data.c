#include "sspi/auth_data.h"

#include "credssp/credssp.h"
#include "crypto/digest.h"
#include "negotiate/negotiate.h"
#include "sspi/credssp_cred.h"
#include "sspi/schannel_cred.h"
#include "sspi/supplied_identity.h"

#define KNOWN_OPTIONS \
	((uint32_t)(OPENSSPI_NTLM_MIC_ANNOUNCED | OPENSSPI_NTLM_DELEGATION | OPENSSPI_ALLOW_EMPTY_PASSWORD | \
		    OPENSSPI_NTLM_OFF | OPENSSPI_ALWAYS_SPNEGO | OPENSSPI_TRUST_SYSTEM | OPENSSPI_IAKERB))

/* --- Options */

enum reason auth_data_options(const void *data, const OPENSSPI_OPTIONS **options)
{
	const OPENSSPI_OPTIONS *given = data;

	*options = NULL;
	if (!given || given->Magic != OPENSSPI_OPTIONS_MAGIC)
		return REASON_OK;
	if (given->Size != sizeof(*given))
		return auth_data_refuse(REASON_BAD_CREDENTIAL_DATA,
					"OPENSSPI_OPTIONS has another Size than this library knows");
	*options = given;
	return REASON_OK;
}

static enum reason decode_policy(const OPENSSPI_OPTIONS *options, struct policy *policy)
{
	uint32_t version = options->CredSspVersion ? options->CredSspVersion : CREDSSP_VERSION_MAX;

	if (!policy_set_remediation(policy, options->Policy))
		return auth_data_refuse(REASON_BAD_CREDENTIAL_DATA, "no policy has that name");
	if (version < CREDSSP_VERSION_MIN || version > CREDSSP_VERSION_MAX)
		return auth_data_refuse(REASON_BAD_CREDENTIAL_DATA, "CredSspVersion is none of 2 to 6");
	if (options->Flags & ~KNOWN_OPTIONS)
		return auth_data_refuse(REASON_UNSUPPORTED,
					"OPENSSPI_OPTIONS: a flag that this library does not know");
	policy->credssp_version = version;
	policy->ntlm = !(options->Flags & OPENSSPI_NTLM_OFF);
	policy->ntlm_mic_announced_only = options->Flags & OPENSSPI_NTLM_MIC_ANNOUNCED;
	policy->ntlm_delegation = options->Flags & OPENSSPI_NTLM_DELEGATION;
	policy->empty_passwords = options->Flags & OPENSSPI_ALLOW_EMPTY_PASSWORD;
	return REASON_OK;
}

/* What is usual for those that are reached from outside; package Kerberos takes what its keytab has. */
#define USUAL_SERVICES "TERMSRV,HTTP,WSMAN,HOST"

enum { USUAL_KDC_MILLISECONDS = 10000 };

static void decode_kerberos(const struct security_package *package, struct auth_data *auth)
{
	static const OPENSSPI_OPTIONS none;
	const OPENSSPI_OPTIONS *options = auth->options ? auth->options : &none;
	bool chooses = package == &credssp_package || package == &negotiate_package;

	auth->kerberos = (struct kerberos_request) {
		.keytab = options->Keytab,
		.replay_cache = options->ReplayCache,
		.services = options->Services ? options->Services
			    : chooses         ? USUAL_SERVICES
					      : NULL,
		.relays = options->Flags & OPENSSPI_IAKERB,
		.cache = options->CredentialCache,
		.on_behalf_of = options->OnBehalfOf,
		.kdc_milliseconds =
			options->KdcMilliseconds ? options->KdcMilliseconds : USUAL_KDC_MILLISECONDS,
	};
}

/* Every other package would log on as the service itself. */
static enum reason check_on_behalf_of(const struct security_package *package, const struct auth_data *auth)
{
	bool acts = package == &negotiate_package || strcmp(package->name, MICROSOFT_KERBEROS_NAME_A) == 0;

	return auth->kerberos.on_behalf_of && !acts
		       ? auth_data_refuse(REASON_UNSUPPORTED, "OnBehalfOf is for Kerberos and Negotiate")
		       : REASON_OK;
}

static enum reason decode_options(const OPENSSPI_OPTIONS *options, struct auth_data *auth)
{
	enum reason reason = decode_policy(options, &auth->policy);

	if (reason != REASON_OK)
		return reason;
	if (options->AccountFile && options->NtlmCallback)
		return auth_data_refuse(REASON_BAD_CREDENTIAL_DATA,
					"an account file and a callback: one of both");
	if ((options->PasswordCallback || options->CallbackFree) && !options->NtlmCallback)
		return auth_data_refuse(REASON_BAD_CREDENTIAL_DATA,
					"a PasswordCallback or a CallbackFree without an NtlmCallback");
	if (options->ServerCertificateSha256)
		auth->pinned_certificate = slice_of(options->ServerCertificateSha256, SHA256_SIZE);
	auth->trusted_file = options->TrustedCertificateFile;
	auth->account_map = options->CertificateMapFile;
	auth->trust_system = options->Flags & OPENSSPI_TRUST_SYSTEM;
	auth->always_spnego = options->Flags & OPENSSPI_ALWAYS_SPNEGO;
	auth->has_kdc_proxy = options->KdcProxy;
	auth->kdc_proxy.only = true;
	if (options->KdcProxy && !kdc_place_read_proxy(options->KdcProxy, &auth->kdc_proxy.place))
		return auth_data_refuse(
			REASON_BAD_CREDENTIAL_DATA,
			"KdcProxy is neither https://HOST[:PORT][/PATH] nor HOST[:PORT[:PATH]]");
	if (options->Certificate && !auth->certificate)
		return schannel_cred_take_certificate(options->Certificate, auth);
	return REASON_OK;
}

/* ---------- */

static enum reason decode(const struct security_package *package, const void *data, struct auth_data *auth)
{
	if (!data)
		return REASON_OK;
	if (package == &credssp_package)
		return credssp_cred_decode(data, auth);
	return package->by_certificate ? schannel_cred_decode(data, auth)
				       : supplied_identity_decode(data, auth);
}

/* Schannel judges a peer by those whom the machine trusts, unless something else was named or the caller wants to. */
static void choose_trust(const struct security_package *package, struct auth_data *auth)
{
	if (package->by_certificate)
		auth->trust_by_default =
			!auth->manual_validation && !auth->trusted_file && !auth->trust_system;
	else
		auth->manual_validation = auth->any_host = false; /* CREDSSP's caller judges in any case */
}

/* Whose certificate is judged by us must not be believed to be unrevoked: nothing is fetched here. */
static enum reason check_revocation(const struct auth_data *auth)
{
	bool by_store = auth->trusted_file || auth->trust_system || auth->trust_by_default;

	return auth->wants_revocation && by_store
		       ? auth_data_refuse(REASON_UNSUPPORTED, "dwFlags: revocation is not looked up here")
		       : REASON_OK;
}

enum reason auth_data_decode(const struct security_package *package, const void *data, struct auth_data *auth)
{
	enum reason reason = auth_data_options(data, &auth->options);

	auth->policy = policy_default;
	if (reason != REASON_OK)
		return reason;
	decode_kerberos(package, auth);
	if (auth->options)
		data = auth->options->AuthData;
	reason = decode(package, data, auth);
	if (reason == REASON_OK && auth->options)
		reason = decode_options(auth->options, auth);
	if (reason == REASON_OK)
		reason = check_on_behalf_of(package, auth);
	choose_trust(package, auth);
	if (reason == REASON_OK)
		reason = check_revocation(auth);
	/* For CREDSSP and Negotiate it says what they may choose from. */
	if (reason == REASON_OK && package != &credssp_package && package != &negotiate_package &&
	    !package_is_listed(auth_data_package_list(auth), package->name))
		return auth_data_refuse(REASON_NO_CREDENTIAL,
					"the identity's PackageList excludes the package");
	return reason;
}

const char *auth_data_package_list(const struct auth_data *auth)
{
	return auth->package_list.size ? (const char *)auth->package_list.data : NULL;
}

void auth_data_wipe(struct auth_data *auth)
{
	secret_wipe(&auth->user);
	secret_wipe(&auth->domain);
	secret_wipe(&auth->password);
	secret_wipe(&auth->package_list);
	certificate_free(auth->certificate);
	for (size_t i = 0; i < auth->more_count; i++)
		certificate_free(auth->more[i]);
	*auth = (struct auth_data) { 0 };
}
