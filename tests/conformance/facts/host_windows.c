/*
 * Windows, or Wine. Nobody made the account that the facts log on with, so what AcceptSecurityContext says to it is not
 * asked here.
 */
#include "host.h"

#include <wincrypt.h>

SECURITY_STATUS host_acquire_server(const char *package, CredHandle *credential)
{
	PCCERT_CONTEXT certificate = host_certificate();
	SCHANNEL_CRED schannel = { .dwVersion = SCHANNEL_CRED_VERSION, .cCreds = 1, .paCred = &certificate };
	CREDSSP_CRED both = { CredsspSubmitBufferBoth, &schannel, NULL };
	void *auth_data = NULL;

	host_needs_package(package);
	if (strcmp(package, "CREDSSP") == 0)
		auth_data = &both;
	if (strcmp(package, "Schannel") == 0)
		auth_data = &schannel;
	return AcquireCredentialsHandle(NULL, text_of(package), SECPKG_CRED_INBOUND, NULL, auth_data, NULL,
					NULL, credential, NULL);
}

SECURITY_STATUS host_acquire_client(const char *package, void *auth_data, CredHandle *credential)
{
	host_needs_package(package);
	return AcquireCredentialsHandle(NULL, text_of(package), SECPKG_CRED_OUTBOUND, NULL, auth_data, NULL,
					NULL, credential, NULL);
}

void host_needs_accounts(void)
{
	not_run("this machine has no account to log on with");
}

void host_needs_tls_server(void)
{
	CredHandle credential;
	CtxtHandle context;
	SecBuffer in = { 1, SECBUFFER_TOKEN, "\x16" }, out = { 0, SECBUFFER_TOKEN, NULL };
	SecBufferDesc in_list = { SECBUFFER_VERSION, 1, &in }, out_list = { SECBUFFER_VERSION, 1, &out };
	ULONG reached;

	EXPECT_OK(host_acquire_server("Schannel", &credential));
	if (AcceptSecurityContext(&credential, NULL, &in_list, ASC_REQ_ALLOCATE_MEMORY | ASC_REQ_STREAM, 0,
				  &context, &out_list, &reached, NULL) == SEC_E_UNSUPPORTED_FUNCTION)
		not_run("this machine has no server of TLS");
	FreeCredentialsHandle(&credential);
}

void host_close(HANDLE handle)
{
	EXPECT(CloseHandle(handle));
}

void host_needs_package(const char *package)
{
	PSecPkgInfo info;

	if (QuerySecurityPackageInfo(text_of(package), &info) != SEC_E_OK)
		not_run("this machine has no such package");
	FreeContextBuffer(info);
}

PCCERT_CONTEXT host_certificate(void)
{
	static PCCERT_CONTEXT certificate;
	BYTE name[64];
	CERT_NAME_BLOB subject = { sizeof(name), name };

	if (certificate)
		return certificate;
	if (!CertStrToNameA(X509_ASN_ENCODING, "CN=server.test", CERT_X500_NAME_STR, NULL, name,
			    &subject.cbData, NULL))
		not_run("this machine makes no name of a certificate");
	certificate = CertCreateSelfSignCertificate(0, &subject, 0, NULL, NULL, NULL, NULL, NULL);
	if (!certificate)
		not_run("this machine makes no certificate");
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
