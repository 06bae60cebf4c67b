#include "sspi/auth_data.h"

#include "base/trace.h"
#include "base/utf16.h"
#include "credssp/credssp.h"
#include "crypto/digest.h"
#include "sspi/certificate_context.h"
#include "sspi/text.h"

#include <opensspi/credssp.h>

#define STEP "pAuthData"

/* Characters. Windows takes 15 for a domain, which is a NetBIOS name there; DNS names are longer. */
enum { USER_MAX = 256, DOMAIN_MAX = 256, PASSWORD_MAX = 256, PACKAGE_LIST_MAX = 256 };

/* SEC_WINNT_AUTH_IDENTITY_FLAGS_: the password in it is encrypted for Windows' own use. */
#define IDENTITY_FLAGS_ENCRYPTED 0xF0u

#define KNOWN_OPTIONS \
	((uint32_t)(OPENSSPI_NTLM_MIC_ANNOUNCED | OPENSSPI_NTLM_DELEGATION | OPENSSPI_ALLOW_EMPTY_PASSWORD | \
		    OPENSSPI_NTLM_OFF | OPENSSPI_ALWAYS_SPNEGO | OPENSSPI_TRUST_SYSTEM))

static enum reason refuse(enum reason reason, const char *sentence)
{
	trace(STEP, reason, "%s", sentence);
	return reason;
}

static uint32_t first_number(const void *data)
{
	uint32_t number;

	memcpy(&number, data, sizeof(number));
	return number;
}

/* --- Identities */

/* What the plain form and the EX form have in common, whichever alphabet. */
struct identity {
	const void *user, *domain, *password, *packages;
	uint32_t user_length, domain_length, password_length, packages_length, flags;
};

/*
 * The plain form begins with a pointer whose lower half could be a version number by chance; together with the EX
 * form's Length, or the EX2 form's header length, it would be an address that no program has.
 */
static bool is_extended(const SEC_WINNT_AUTH_IDENTITY_EXW *identity)
{
	return identity->Version == SEC_WINNT_AUTH_IDENTITY_VERSION && identity->Length == sizeof(*identity);
}

static bool is_extended_2(const SEC_WINNT_AUTH_IDENTITY_EXW *identity)
{
	enum { HEADER_SIZE = 48, HEADER_SIZE_MASK = 0xFFFF };

	return identity->Version == SEC_WINNT_AUTH_IDENTITY_VERSION_2 &&
	       (identity->Length & HEADER_SIZE_MASK) == HEADER_SIZE;
}

/* Both begin with two numbers or one pointer, so the first eight bytes may be looked at in any case. */
static enum reason read_identity(const void *data, struct identity *identity)
{
	const SEC_WINNT_AUTH_IDENTITY_EXW *extended = data;
	const SEC_WINNT_AUTH_IDENTITY_W *plain = data;

	if (is_extended_2(extended))
		return refuse(REASON_UNSUPPORTED, "SEC_WINNT_AUTH_IDENTITY_EX2 is not built");
	if (is_extended(extended))
		*identity = (struct identity) {
			.user = extended->User,
			.domain = extended->Domain,
			.password = extended->Password,
			.packages = extended->PackageList,
			.user_length = extended->UserLength,
			.domain_length = extended->DomainLength,
			.password_length = extended->PasswordLength,
			.packages_length = extended->PackageListLength,
			.flags = extended->Flags,
		};
	else
		*identity = (struct identity) {
			.user = plain->User,
			.domain = plain->Domain,
			.password = plain->Password,
			.user_length = plain->UserLength,
			.domain_length = plain->DomainLength,
			.password_length = plain->PasswordLength,
			.flags = plain->Flags,
		};
	return REASON_OK;
}

static enum reason copy_part(struct secret *to, const void *text, uint32_t length, uint32_t max, bool wide)
{
	enum reason reason;

	if (length > max || (length && !text))
		return refuse(REASON_BAD_CREDENTIAL_DATA, "a text of the identity is missing or too long");
	reason = text_copy(to, slice_of(text, wide ? length * sizeof(SEC_WCHAR) : length), wide,
			   REASON_BAD_CREDENTIAL_DATA);
	return reason == REASON_OK ? reason : refuse(reason, "a text of the identity cannot be taken");
}

/* UTF-8 with a NUL, as package_is_listed reads it. */
static enum reason take_package_list(const struct identity *identity, bool wide, struct secret *list)
{
	CLEANUP(secret_wipe) struct secret utf16 = { 0 };
	CLEANUP(writer_wipe) struct byte_writer utf8 = writer_growing();
	enum reason reason =
		copy_part(&utf16, identity->packages, identity->packages_length, PACKAGE_LIST_MAX, wide);

	if (reason != REASON_OK || !utf16.size)
		return reason;
	if (!utf16_to_utf8(&utf8, secret_slice(&utf16)))
		return refuse(REASON_BAD_CREDENTIAL_DATA, "the identity's PackageList is no text");
	writer_u8(&utf8, 0);
	return writer_ok(&utf8) && secret_copy(list, writer_slice(&utf8)) ? REASON_OK : REASON_OUT_OF_MEMORY;
}

/* The flags, not the function's suffix, tell the alphabet; bits that others use for themselves are let through. */
static enum reason decode_identity(const void *data, struct auth_data *auth)
{
	struct identity identity;
	enum reason reason = read_identity(data, &identity);
	bool wide = identity.flags & SEC_WINNT_AUTH_IDENTITY_UNICODE;

	if (reason != REASON_OK)
		return reason;
	if (wide == !!(identity.flags & SEC_WINNT_AUTH_IDENTITY_ANSI))
		return refuse(REASON_BAD_CREDENTIAL_DATA,
			      "the identity's Flags say neither ANSI nor UNICODE, or both");
	if (identity.flags & IDENTITY_FLAGS_ENCRYPTED)
		return refuse(REASON_UNSUPPORTED, "the identity is encrypted");
	reason = copy_part(&auth->user, identity.user, identity.user_length, USER_MAX, wide);
	if (reason == REASON_OK)
		reason = copy_part(&auth->domain, identity.domain, identity.domain_length, DOMAIN_MAX, wide);
	if (reason == REASON_OK)
		reason = copy_part(&auth->password, identity.password, identity.password_length, PASSWORD_MAX,
				   wide);
	if (reason == REASON_OK)
		reason = take_package_list(&identity, wide, &auth->package_list);
	auth->has_identity = reason == REASON_OK;
	return reason;
}

/* --- Certificates */

static enum reason take_certificate(PCCERT_CONTEXT context, struct auth_data *auth)
{
	enum reason reason = certificate_context_certificate(context, &auth->certificate);

	return reason == REASON_OK
		       ? reason
		       : refuse(reason, "the certificate context is none that this library made with a key");
}

/* 0 leaves the choice to us. */
static enum reason choose_protocols(uint32_t enabled, struct policy *policy)
{
	bool tls_1_2 = enabled == 0 || enabled & (SP_PROT_TLS1_2_SERVER | SP_PROT_TLS1_2_CLIENT);
	bool tls_1_3 = enabled == 0 || enabled & (SP_PROT_TLS1_3_SERVER | SP_PROT_TLS1_3_CLIENT);

	if (!tls_1_2 && !tls_1_3)
		return refuse(REASON_UNSUPPORTED, "grbitEnabledProtocols names neither TLS 1.2 nor 1.3");
	policy->tls_1_2 = tls_1_2;
	policy->tls_1_3 = tls_1_3;
	return REASON_OK;
}

static enum reason decode_schannel(const void *data, struct auth_data *auth)
{
	const SCHANNEL_CRED *schannel = data;
	enum reason reason;

	if (first_number(data) == SCH_CREDENTIALS_VERSION)
		return refuse(REASON_UNSUPPORTED, "SCH_CREDENTIALS is not built");
	if (schannel->dwVersion != SCHANNEL_CRED_VERSION)
		return refuse(REASON_BAD_CREDENTIAL_DATA, "pSchannelCred has a version that does not exist");
	if (schannel->cCreds > 1 || schannel->dwCredFormat)
		return refuse(REASON_UNSUPPORTED, "SCHANNEL_CRED takes one certificate context");
	reason = choose_protocols(schannel->grbitEnabledProtocols, &auth->policy);
	if (reason != REASON_OK || !schannel->cCreds)
		return reason;
	if (!schannel->paCred)
		return refuse(REASON_BAD_CREDENTIAL_DATA, "paCred is NULL");
	return take_certificate(schannel->paCred[0], auth);
}

/* --- CREDSSP_CRED */

static enum reason decode_credssp(const void *data, struct auth_data *auth)
{
	const CREDSSP_CRED *credssp = data;
	enum reason reason = REASON_OK;

	switch (first_number(data)) {
	case CredsspSubmitBufferBoth:
	case CredsspSubmitBufferBothOld:
		break;
	case CredsspPasswordCreds:
	case CredsspSchannelCreds:
	case CredsspCertificateCreds:
	case CredsspCredEx:
		return refuse(REASON_UNSUPPORTED, "CREDSSP_CRED: this Type is not built");
	default:
		return refuse(REASON_BAD_CREDENTIAL_DATA, "CREDSSP_CRED has a Type that does not exist");
	}
	if (credssp->pSchannelCred)
		reason = decode_schannel(credssp->pSchannelCred, auth);
	if (reason == REASON_OK && credssp->pSpnegoCred)
		reason = decode_identity(credssp->pSpnegoCred, auth);
	return reason;
}

/* --- Options */

enum reason auth_data_options(const void *data, const OPENSSPI_OPTIONS **options)
{
	const OPENSSPI_OPTIONS *given = data;

	*options = NULL;
	if (!given || given->Magic != OPENSSPI_OPTIONS_MAGIC)
		return REASON_OK;
	if (given->Size != sizeof(*given))
		return refuse(REASON_BAD_CREDENTIAL_DATA,
			      "OPENSSPI_OPTIONS has another Size than this library knows");
	*options = given;
	return REASON_OK;
}

static enum reason decode_policy(const OPENSSPI_OPTIONS *options, struct policy *policy)
{
	uint32_t version = options->CredSspVersion ? options->CredSspVersion : CREDSSP_VERSION_MAX;

	if (!policy_set_remediation(policy, options->Policy))
		return refuse(REASON_BAD_CREDENTIAL_DATA, "no policy has that name");
	if (version < CREDSSP_VERSION_MIN || version > CREDSSP_VERSION_MAX)
		return refuse(REASON_BAD_CREDENTIAL_DATA, "CredSspVersion is none of 2 to 6");
	if (options->Flags & ~KNOWN_OPTIONS)
		return refuse(REASON_UNSUPPORTED, "OPENSSPI_OPTIONS: a flag that this library does not know");
	policy->credssp_version = version;
	policy->ntlm = !(options->Flags & OPENSSPI_NTLM_OFF);
	policy->ntlm_mic_announced_only = options->Flags & OPENSSPI_NTLM_MIC_ANNOUNCED;
	policy->ntlm_delegation = options->Flags & OPENSSPI_NTLM_DELEGATION;
	policy->empty_passwords = options->Flags & OPENSSPI_ALLOW_EMPTY_PASSWORD;
	return REASON_OK;
}

static enum reason decode_options(const OPENSSPI_OPTIONS *options, struct auth_data *auth)
{
	enum reason reason = decode_policy(options, &auth->policy);

	if (reason != REASON_OK)
		return reason;
	if (options->AccountFile && options->NtlmCallback)
		return refuse(REASON_BAD_CREDENTIAL_DATA, "an account file and a callback: one of both");
	if ((options->PasswordCallback || options->CallbackFree) && !options->NtlmCallback)
		return refuse(REASON_BAD_CREDENTIAL_DATA,
			      "a PasswordCallback or a CallbackFree without an NtlmCallback");
	if (options->ServerCertificateSha256)
		auth->pinned_certificate = slice_of(options->ServerCertificateSha256, SHA256_SIZE);
	auth->trusted_file = options->TrustedCertificateFile;
	auth->trust_system = options->Flags & OPENSSPI_TRUST_SYSTEM;
	auth->always_spnego = options->Flags & OPENSSPI_ALWAYS_SPNEGO;
	if (options->Certificate && !auth->certificate)
		return take_certificate(options->Certificate, auth);
	return REASON_OK;
}

/* ---------- */

enum reason auth_data_decode(const struct security_package *package, const void *data, struct auth_data *auth)
{
	enum reason reason = auth_data_options(data, &auth->options);

	auth->policy = policy_default;
	if (reason != REASON_OK)
		return reason;
	if (auth->options)
		data = auth->options->AuthData;
	if (data)
		reason = package == &credssp_package ? decode_credssp(data, auth)
						     : decode_identity(data, auth);
	if (reason == REASON_OK && auth->options)
		reason = decode_options(auth->options, auth);
	if (reason == REASON_OK && !package_is_listed(auth_data_package_list(auth), package->name) &&
	    package != &credssp_package)
		return refuse(REASON_NO_CREDENTIAL, "the identity's PackageList excludes the package");
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
	*auth = (struct auth_data) { 0 };
}
