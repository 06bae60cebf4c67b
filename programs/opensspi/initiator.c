#include "initiator.h"

#include "password.h"
#include "status_name.h"
#include "verb.h"

static bool read_password(const struct connect_settings *settings, char password[PASSWORD_SIZE])
{
	const char *file = settings->password_file;

	if (file && strcmp(file, "-") != 0)
		return password_read_file(file, password);
	return password_read("Password: ", password);
}

static void say_why_not_acquired(const struct connect_settings *settings, SECURITY_STATUS status)
{
	OPENSSPI_DESCRIPTION *known = NULL;

	if (OpensspiDescribeContext(NULL, &known) != SEC_E_OK)
		known = NULL;
	complain("the package %s takes no credential of these settings: %s (%s)", settings->package,
		 known && known->Sentence ? known->Sentence : "no more is known", status_name(status));
	(void)FreeContextBuffer(known);
}

static OPENSSPI_OPTIONS options_of(const struct connect_settings *settings)
{
	OPENSSPI_OPTIONS options = {
		.Magic = OPENSSPI_OPTIONS_MAGIC,
		.Size = sizeof(options),
		.Policy = settings->policy,
		.CredSspVersion = settings->credssp_version,
		.CredentialCache = settings->ticket_cache,
		.KdcProxy = settings->kdc_proxy,
	};

	if (settings->spnego)
		options.Flags |= OPENSSPI_ALWAYS_SPNEGO;
	if (settings->kerberos_only)
		options.Flags |= OPENSSPI_NTLM_OFF;
	switch (settings->trust) {
	case TRUST_SYSTEM:
		options.Flags |= OPENSSPI_TRUST_SYSTEM;
		break;
	case TRUST_FILE:
		options.TrustedCertificateFile = settings->trusted_file;
		break;
	case TRUST_PIN:
		options.ServerCertificateSha256 = settings->pin;
		break;
	case TRUST_NOBODY:
		options.Flags |= OPENSSPI_NTLM_DELEGATION;
		break;
	}
	return options;
}

static bool acquire(const struct connect_settings *settings, struct initiator *initiator)
{
	CLEANUP(password_wipe) char password[PASSWORD_SIZE] = "";
	const char *user = settings->user ? settings->user : "";
	const char *domain = settings->domain ? settings->domain : "";
	SEC_WINNT_AUTH_IDENTITY_A identity = {
		.User = (unsigned char *)(uintptr_t)user,
		.UserLength = (uint32_t)strlen(user),
		.Domain = (unsigned char *)(uintptr_t)domain,
		.DomainLength = (uint32_t)strlen(domain),
		.Password = (unsigned char *)password,
		.Flags = SEC_WINNT_AUTH_IDENTITY_ANSI,
	};
	CREDSSP_CRED both = { CredsspSubmitBufferBoth, NULL, &identity };
	OPENSSPI_OPTIONS options = options_of(settings);
	SECURITY_STATUS status;

	if (settings->user && !read_password(settings, password))
		return false;
	identity.PasswordLength = (uint32_t)strlen(password);
	if (settings->user)
		options.AuthData = initiator->package.stream ? (void *)&both : (void *)&identity;
	status = AcquireCredentialsHandleA(NULL, (SEC_CHAR *)(uintptr_t)settings->package,
					   SECPKG_CRED_OUTBOUND, NULL, &options, NULL, NULL,
					   &initiator->credential, NULL);
	if (status != SEC_E_OK)
		say_why_not_acquired(settings, status);
	return status == SEC_E_OK;
}

bool initiator_acquire(struct initiator *initiator, const struct connect_settings *settings)
{
	*initiator = (struct initiator) {
		.target = settings->target,
		.request = ISC_REQ_CONFIDENTIALITY | ISC_REQ_INTEGRITY | ISC_REQ_REPLAY_DETECT |
			   ISC_REQ_SEQUENCE_DETECT | ISC_REQ_MUTUAL_AUTH | ISC_REQ_EXTENDED_ERROR,
		.rdp = settings->rdp,
	};
	if (settings->delegate)
		initiator->request |= ISC_REQ_DELEGATE;
	return package_look_up(settings->package, settings->rdp, &initiator->package) &&
	       acquire(settings, initiator);
}

void initiator_free(struct initiator *initiator)
{
	(void)FreeCredentialsHandle(&initiator->credential);
}
