/* Our own machine: one account in a callback, a certificate that signs itself. */
#include "host.h"

#include <opensspi.h>

static SECURITY_STATUS ask(void *argument, const OPENSSPI_NTLM_QUESTION *question,
			   OPENSSPI_NTLM_VERDICT *verdict)
{
	static const char user[] = HOST_USER;
	uint8_t hash[16];
	SECURITY_STATUS status = OpensspiNtHash(HOST_PASSWORD, hash);

	(void)argument;
	if (status == SEC_E_OK)
		status = OpensspiNtlmAnswer(question, hash, verdict);
	if (question->UserSize != 2 * strlen(user))
		return SEC_E_LOGON_DENIED;
	for (uint32_t i = 0; i < question->UserSize; i++)
		if (question->User[i] != (i % 2 ? 0 : (uint8_t)user[i / 2]))
			return SEC_E_LOGON_DENIED;
	return status;
}

static SECURITY_STATUS acquire(const char *package, ULONG use, OPENSSPI_OPTIONS *options,
			       CredHandle *credential)
{
	options->Magic = OPENSSPI_OPTIONS_MAGIC;
	options->Size = sizeof(*options);
	return AcquireCredentialsHandle(NULL, text_of(package), use, NULL, options, NULL, NULL, credential,
					NULL);
}

SECURITY_STATUS host_acquire_server(const char *package, CredHandle *credential)
{
	OPENSSPI_OPTIONS options = {
		.NtlmCallback = ask,
		.Certificate = host_certificate(),
		.NetbiosComputerName = "SERVER",
		.DnsComputerName = "server.test",
	};

	return acquire(package, SECPKG_CRED_INBOUND, &options, credential);
}

SECURITY_STATUS host_acquire_client(const char *package, void *auth_data, CredHandle *credential)
{
	OPENSSPI_OPTIONS options = { .AuthData = auth_data, .Flags = OPENSSPI_NTLM_DELEGATION };

	return acquire(package, SECPKG_CRED_OUTBOUND, &options, credential);
}

void host_needs_accounts(void)
{
}

void host_needs_tls_server(void)
{
}

void host_close(HANDLE handle)
{
	EXPECT(CloseHandle(handle));
}

void host_needs_package(const char *package)
{
	(void)package;
}

PCCERT_CONTEXT host_certificate(void)
{
	static PCCERT_CONTEXT certificate;

	if (!certificate)
		EXPECT_OK(OpensspiCertificateSelfSigned("server.test", OpensspiKeyP256, &certificate));
	return certificate;
}

void host_free_certificate(PCCERT_CONTEXT certificate)
{
	EXPECT(CertFreeCertificateContext(certificate));
}

SECURITY_STATUS host_acquire_tls_server(DWORD protocols, CredHandle *credential)
{
	PCCERT_CONTEXT certificate = host_certificate();
	SCHANNEL_CRED schannel = { .dwVersion = SCHANNEL_CRED_VERSION,
				   .cCreds = 1,
				   .paCred = &certificate,
				   .grbitEnabledProtocols = protocols };

	return AcquireCredentialsHandle(NULL, text_of("Schannel"), SECPKG_CRED_INBOUND, NULL, &schannel, NULL,
					NULL, credential, NULL);
}
