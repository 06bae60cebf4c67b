#include "sspi/schannel_cred.h"

#include "sspi/certificate_context.h"

#define PROT_TLS_1_2 (SP_PROT_TLS1_2_SERVER | SP_PROT_TLS1_2_CLIENT)
#define PROT_TLS_1_3 (SP_PROT_TLS1_3_SERVER | SP_PROT_TLS1_3_CLIENT)
#define PROT_DTLS \
	(SP_PROT_DTLS1_0_SERVER | SP_PROT_DTLS1_0_CLIENT | SP_PROT_DTLS1_2_SERVER | SP_PROT_DTLS1_2_CLIENT)

#define REVOCATION \
	(SCH_CRED_REVOCATION_CHECK_END_CERT | SCH_CRED_REVOCATION_CHECK_CHAIN | \
	 SCH_CRED_REVOCATION_CHECK_CHAIN_EXCLUDE_ROOT)
#define REVOCATION_MAY_FAIL (SCH_CRED_IGNORE_NO_REVOCATION_CHECK | SCH_CRED_IGNORE_REVOCATION_OFFLINE)
#define FLAGS_NOT_BUILT \
	(SCH_MACHINE_CERT_HASH | SCH_CRED_RESTRICTED_ROOTS | SCH_USE_PRESHAREDKEY_ONLY | SCH_USE_DTLS_ONLY)

/* What both structures say. */
struct common {
	uint32_t count, format, flags, mappers;
	PCCERT_CONTEXT *certificates;
	HCERTSTORE root_store;
};

/* --- Certificates */

static enum reason take(PCCERT_CONTEXT context, struct certificate **certificate)
{
	enum reason reason = certificate_context_certificate(context, certificate);

	return reason == REASON_OK
		       ? reason
		       : auth_data_refuse(
				 reason, "the certificate context is none that this library made with a key");
}

enum reason schannel_cred_take_certificate(PCCERT_CONTEXT context, struct auth_data *auth)
{
	return take(context, &auth->certificate);
}

static enum reason take_certificates(const struct common *common, struct auth_data *auth)
{
	enum reason reason = REASON_OK;

	if (common->count && !common->certificates)
		return auth_data_refuse(REASON_BAD_CREDENTIAL_DATA, "paCred is NULL");
	if (common->count > 1 + AUTH_CERTIFICATES_MAX)
		return auth_data_refuse(REASON_UNSUPPORTED, "cCreds: more than 16 certificates");
	if (common->count)
		reason = take(common->certificates[0], &auth->certificate);
	for (uint32_t i = 1; i < common->count && reason == REASON_OK; i++) {
		reason = take(common->certificates[i], &auth->more[auth->more_count]);
		if (reason == REASON_OK)
			auth->more_count++;
	}
	return reason;
}

/* --- What is asked for */

/* `enabled` 0 leaves the choice to us. */
static enum reason choose_protocols(uint32_t enabled, uint32_t disabled, struct auth_data *auth)
{
	struct policy *policy = &auth->policy;
	bool tls_1_2 = (enabled == 0 || enabled & PROT_TLS_1_2) && !(disabled & PROT_TLS_1_2);
	bool tls_1_3 = (enabled == 0 || enabled & PROT_TLS_1_3) && !(disabled & PROT_TLS_1_3);

	if (enabled & PROT_DTLS && enabled & ~(uint32_t)PROT_DTLS)
		return auth_data_refuse(REASON_TLS_PROTOCOLS, "grbitEnabledProtocols names TLS and DTLS");
	if (!tls_1_2 && !tls_1_3)
		return auth_data_refuse(REASON_UNSUPPORTED,
					"what is enabled has neither TLS 1.2 nor 1.3 in it");
	policy->tls_1_2 = tls_1_2;
	policy->tls_1_3 = tls_1_3;
	auth->enabled_protocols = enabled;
	auth->disabled_protocols = disabled;
	return REASON_OK;
}

/* Every SP_PROT_ number has a server's bit and, above it, a client's. */
enum { SERVER_PROTOCOLS = 0x40051554 };

enum reason schannel_cred_direct(struct auth_data *auth, bool accept)
{
	uint32_t mask = accept ? (uint32_t)SERVER_PROTOCOLS : (uint32_t)SERVER_PROTOCOLS << 1;
	uint32_t enabled = auth->enabled_protocols & mask;

	if (auth->enabled_protocols && !enabled)
		return auth_data_refuse(REASON_TLS_PROTOCOLS,
					"grbitEnabledProtocols names none of this direction");
	return choose_protocols(enabled, auth->disabled_protocols & mask, auth);
}

static bool wants_revocation(uint32_t flags)
{
	return flags & REVOCATION && (flags & REVOCATION_MAY_FAIL) != REVOCATION_MAY_FAIL;
}

static enum reason choose_validation(uint32_t flags, struct auth_data *auth)
{
	if (flags & SCH_CRED_MANUAL_CRED_VALIDATION && flags & SCH_CRED_AUTO_CRED_VALIDATION)
		return auth_data_refuse(REASON_BAD_CREDENTIAL_DATA,
					"dwFlags: manual or automatic validation");
	if (flags & FLAGS_NOT_BUILT)
		return auth_data_refuse(REASON_UNSUPPORTED, "dwFlags: a flag that is not built");
	auth->manual_validation = flags & SCH_CRED_MANUAL_CRED_VALIDATION;
	auth->any_host = flags & SCH_CRED_NO_SERVERNAME_CHECK;
	auth->wants_revocation = wants_revocation(flags);
	auth->no_mapper = flags & SCH_CRED_NO_SYSTEM_MAPPER;
	return REASON_OK;
}

static enum reason take_common(const struct common *common, struct auth_data *auth)
{
	enum reason reason = choose_validation(common->flags, auth);

	if (reason != REASON_OK)
		return reason;
	if (common->format != SCH_CRED_FORMAT_CERT_CONTEXT)
		return auth_data_refuse(REASON_UNSUPPORTED, "dwCredFormat: certificate contexts only");
	if (common->root_store)
		return auth_data_refuse(
			REASON_UNSUPPORTED,
			"hRootStore: there are no stores; TrustedCertificateFile names a file");
	if (common->mappers)
		return auth_data_refuse(REASON_UNSUPPORTED, "cMappers is not 0");
	return take_certificates(common, auth);
}

/* --- SCHANNEL_CRED */

/* 0: no limit of the caller's. All ones at the low end would allow no cipher at all. */
static enum reason choose_strength(const SCHANNEL_CRED *schannel, struct policy *policy)
{
	enum { LOWEST = 128, HIGHEST = 256 };
	uint32_t minimum = schannel->dwMinimumCipherStrength, maximum = schannel->dwMaximumCipherStrength;

	if (minimum > HIGHEST || (maximum && (maximum < LOWEST || maximum < minimum)) ||
	    (minimum > LOWEST && maximum && maximum < HIGHEST))
		return auth_data_refuse(REASON_TLS_CIPHER, "no cipher has a strength of that range");
	policy->tls_bits_min = minimum;
	policy->tls_bits_max = maximum;
	return REASON_OK;
}

static enum reason decode_schannel_cred(const SCHANNEL_CRED *schannel, struct auth_data *auth)
{
	const struct common common = {
		.count = schannel->cCreds,
		.format = schannel->dwCredFormat,
		.flags = schannel->dwFlags,
		.mappers = schannel->cMappers,
		.certificates = schannel->paCred,
		.root_store = schannel->hRootStore,
	};
	enum reason reason = choose_protocols(schannel->grbitEnabledProtocols, 0, auth);

	if (reason == REASON_OK && schannel->cSupportedAlgs)
		reason = auth_data_refuse(REASON_UNSUPPORTED,
					  "palgSupportedAlgs: the choice of algorithms is not built");
	if (reason == REASON_OK)
		reason = choose_strength(schannel, &auth->policy);
	return reason == REASON_OK ? take_common(&common, auth) : reason;
}

/* --- SCH_CREDENTIALS */

static enum reason choose_parameters(const SCH_CREDENTIALS *schannel, struct auth_data *auth)
{
	const TLS_PARAMETERS *parameters = schannel->pTlsParameters;

	if (!schannel->cTlsParameters)
		return choose_protocols(0, 0, auth);
	if (schannel->cTlsParameters > SCH_CRED_MAX_SUPPORTED_PARAMETERS || !parameters)
		return auth_data_refuse(REASON_BAD_CREDENTIAL_DATA, "pTlsParameters: 1 to 16 of them");
	if (schannel->cTlsParameters > 1 || parameters->cAlpnIds)
		return auth_data_refuse(REASON_UNSUPPORTED,
					"TLS_PARAMETERS for single application protocols are not built");
	if (parameters->cDisabledCrypto)
		return auth_data_refuse(REASON_UNSUPPORTED, "pDisabledCrypto is not built");
	return choose_protocols(0, parameters->grbitDisabledProtocols, auth);
}

static enum reason decode_sch_credentials(const SCH_CREDENTIALS *schannel, struct auth_data *auth)
{
	const struct common common = {
		.count = schannel->cCreds,
		.format = schannel->dwCredFormat,
		.flags = schannel->dwFlags,
		.mappers = schannel->cMappers,
		.certificates = schannel->paCred,
		.root_store = schannel->hRootStore,
	};
	enum reason reason = choose_parameters(schannel, auth);

	return reason == REASON_OK ? take_common(&common, auth) : reason;
}

/* --- */

enum reason schannel_cred_decode(const void *data, struct auth_data *auth)
{
	switch (auth_data_number(data)) {
	case SCHANNEL_CRED_VERSION:
		return decode_schannel_cred(data, auth);
	case SCH_CREDENTIALS_VERSION:
		return decode_sch_credentials(data, auth);
	default:
		return auth_data_refuse(REASON_BAD_CREDENTIAL_DATA,
					"the Schannel credential has a version that does not exist");
	}
}
