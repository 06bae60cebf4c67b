/* AcquireCredentialsHandle, FreeCredentialsHandle. */
#include "logon.h"

#define PAGE   "page AcquireCredentialsHandle"
#define WINE_N "Wine ntlm.c, testAcquireCredentialsHandle"
#define WINE_S "Wine schannel.c, testAcquireSecurityContext"

static SECURITY_STATUS acquire(const char *package, ULONG use, void *auth_data, CredHandle *credential)
{
	return AcquireCredentialsHandle(NULL, package ? text_of(package) : NULL, use, NULL, auth_data, NULL,
					NULL, credential, NULL);
}

static void is_acquired(const char *package, ULONG use, void *auth_data)
{
	CredHandle credential;

	EXPECT_OK(acquire(package, use, auth_data, &credential));
	EXPECT_OK(FreeCredentialsHandle(&credential));
}

/* --- Names of packages */

FACT(failure, a_credential_of_no_package_is_not_found, WINE_S)
{
	EXPECT_STATUS(acquire(NULL, 0, NULL, NULL), SEC_E_SECPKG_NOT_FOUND);
}

FACT(failure, a_credential_of_an_unknown_package_is_not_found, PAGE ", SEC_E_SECPKG_NOT_FOUND")
{
	CredHandle credential;

	EXPECT_STATUS(acquire("Winetest", SECPKG_CRED_OUTBOUND, NULL, &credential), SEC_E_SECPKG_NOT_FOUND);
}

FACT(behaviour, a_credential_may_be_asked_for_in_any_case, "observed: servers pass \"CredSSP\" for CREDSSP")
{
	SEC_WINNT_AUTH_IDENTITY identity = identity_of(HOST_USER, HOST_DOMAIN, HOST_PASSWORD);

	is_acquired("nTlM", SECPKG_CRED_OUTBOUND, &identity);
}

/* --- NTLM and Negotiate */

FACT(behaviour, ntlm_takes_user_domain_and_password, WINE_N)
{
	SEC_WINNT_AUTH_IDENTITY identity = identity_of(HOST_USER, HOST_DOMAIN, HOST_PASSWORD);

	is_acquired("NTLM", SECPKG_CRED_OUTBOUND, &identity);
}

FACT(behaviour, ntlm_takes_a_domain_of_length_zero, WINE_N)
{
	SEC_WINNT_AUTH_IDENTITY identity = identity_of(HOST_USER, HOST_DOMAIN, HOST_PASSWORD);

	identity.DomainLength = 0;
	is_acquired("NTLM", SECPKG_CRED_OUTBOUND, &identity);
}

FACT(behaviour, ntlm_takes_a_domain_that_is_null, WINE_N)
{
	SEC_WINNT_AUTH_IDENTITY identity = identity_of(HOST_USER, "", HOST_PASSWORD);

	identity.Domain = NULL;
	is_acquired("NTLM", SECPKG_CRED_OUTBOUND, &identity);
}

FACT(behaviour, ntlm_takes_a_user_that_is_null, WINE_N)
{
	SEC_WINNT_AUTH_IDENTITY identity = identity_of("", HOST_DOMAIN, HOST_PASSWORD);

	identity.User = NULL;
	is_acquired("NTLM", SECPKG_CRED_OUTBOUND, &identity);
}

FACT(behaviour, ntlm_takes_a_password_of_length_zero, WINE_N "W")
{
	SEC_WINNT_AUTH_IDENTITY identity = identity_of(HOST_USER, HOST_DOMAIN, HOST_PASSWORD);

	identity.PasswordLength = 0;
	is_acquired("NTLM", SECPKG_CRED_OUTBOUND, &identity);
}

#ifndef UNICODE
FACT(behaviour, ntlm_takes_a_password_that_is_null, WINE_N ": in A; in W Windows crashes")
{
	SEC_WINNT_AUTH_IDENTITY identity = identity_of(HOST_USER, HOST_DOMAIN, "");

	identity.Password = NULL;
	is_acquired("NTLM", SECPKG_CRED_OUTBOUND, &identity);
}
#endif

FACT(behaviour, flags_say_ansi_whichever_function_is_called, WINE_N "W; page SEC_WINNT_AUTH_IDENTITY")
{
	unsigned char user[] = HOST_USER, domain[] = HOST_DOMAIN, password[] = HOST_PASSWORD;
	SEC_WINNT_AUTH_IDENTITY_A identity = { 0 };

	identity.User = user;
	identity.UserLength = sizeof(user) - 1;
	identity.Domain = domain;
	identity.DomainLength = sizeof(domain) - 1;
	identity.Password = password;
	identity.PasswordLength = sizeof(password) - 1;
	identity.Flags = SEC_WINNT_AUTH_IDENTITY_ANSI;
	is_acquired("NTLM", SECPKG_CRED_OUTBOUND, &identity);
}

FACT(behaviour, flags_say_unicode_whichever_function_is_called, "page SEC_WINNT_AUTH_IDENTITY, Flags")
{
	static unsigned short user[] = { 'a', 'l', 'i', 'c', 'e' }, password[] = { 'P', 'w' };
	SEC_WINNT_AUTH_IDENTITY_W identity = { 0 };

	identity.User = user;
	identity.UserLength = COUNT_OF(user);
	identity.Password = password;
	identity.PasswordLength = COUNT_OF(password);
	identity.Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE;
	is_acquired("NTLM", SECPKG_CRED_OUTBOUND, &identity);
}

FACT(behaviour, strings_of_an_identity_need_no_terminator, "page SEC_WINNT_AUTH_IDENTITY, lengths")
{
	SEC_WINNT_AUTH_IDENTITY identity = identity_of(HOST_USER "?", HOST_DOMAIN "?", HOST_PASSWORD "?");
	struct logon logon;

	host_needs_accounts();
	identity.UserLength--;
	identity.DomainLength--;
	identity.PasswordLength--;
	logon_start(&logon, "NTLM");
	EXPECT_OK(FreeCredentialsHandle(&logon.client.credential));
	EXPECT_OK(host_acquire_client("NTLM", &identity, &logon.client.credential));
	logon_go_on(&logon);
	EXPECT_OK(logon.server.status);
	logon_end(&logon);
}

FACT(behaviour, what_pauthdata_holds_may_change_after_the_call,
     PAGE ": the data is copied; observed: callers wipe it at once")
{
	SEC_WINNT_AUTH_IDENTITY identity = identity_of(HOST_USER, HOST_DOMAIN, HOST_PASSWORD);
	struct logon logon;

	host_needs_accounts();
	logon_start(&logon, "NTLM");
	EXPECT_OK(FreeCredentialsHandle(&logon.client.credential));
	EXPECT_OK(host_acquire_client("NTLM", &identity, &logon.client.credential));
	memset(identity.User, 'x', identity.UserLength * sizeof(text));
	memset(identity.Password, 'x', identity.PasswordLength * sizeof(text));
	memset(&identity, 0xFF, sizeof(identity));
	logon_go_on(&logon);
	EXPECT_OK(logon.server.status);
	logon_end(&logon);
}

FACT(behaviour, ntlm_takes_an_extended_identity, "page SEC_WINNT_AUTH_IDENTITY_EX")
{
	SEC_WINNT_AUTH_IDENTITY plain = identity_of(HOST_USER, HOST_DOMAIN, HOST_PASSWORD);
	SEC_WINNT_AUTH_IDENTITY_EX identity = { 0 };

	identity.Version = SEC_WINNT_AUTH_IDENTITY_VERSION;
	identity.Length = sizeof(identity);
	identity.User = plain.User;
	identity.UserLength = plain.UserLength;
	identity.Domain = plain.Domain;
	identity.DomainLength = plain.DomainLength;
	identity.Password = plain.Password;
	identity.PasswordLength = plain.PasswordLength;
	identity.Flags = TEXT_FLAG;
	is_acquired("NTLM", SECPKG_CRED_OUTBOUND, &identity);
}

FACT(behaviour, negotiate_takes_user_domain_and_password, "Wine negotiate.c, setup_client")
{
	SEC_WINNT_AUTH_IDENTITY identity = identity_of(HOST_USER, HOST_DOMAIN, HOST_PASSWORD);

	is_acquired("Negotiate", SECPKG_CRED_OUTBOUND, &identity);
}

/* Here nobody has logged on, and the page's code for that is the answer. */
static void gets_the_callers_own_or_none(const char *package)
{
	CredHandle credential;
	SECURITY_STATUS status = acquire(package, SECPKG_CRED_OUTBOUND, NULL, &credential);

	EXPECT_EITHER(status, SEC_E_OK, SEC_E_NO_CREDENTIALS);
	if (status == SEC_E_OK)
		EXPECT_OK(FreeCredentialsHandle(&credential));
}

FACT(behaviour, ntlm_without_identity_is_the_caller_or_nobody,
     "Wine ntlm.c, test_null_auth_data; " PAGE ", SEC_E_NO_CREDENTIALS")
{
	gets_the_callers_own_or_none("NTLM");
}

FACT(behaviour, negotiate_without_identity_is_the_caller_or_nobody,
     PAGE " (Negotiate), pAuthData, SEC_E_NO_CREDENTIALS")
{
	gets_the_callers_own_or_none("Negotiate");
}

FACT(behaviour, an_ntlm_server_needs_no_pauthdata, "Wine ntlm.c, setupServer")
{
	is_acquired("NTLM", SECPKG_CRED_INBOUND, NULL);
}

FACT(behaviour, a_negotiate_server_needs_no_pauthdata, "Wine negotiate.c, setup_server")
{
	is_acquired("Negotiate", SECPKG_CRED_INBOUND, NULL);
}

FACT(behaviour, one_ntlm_credential_may_serve_both_directions, PAGE " (NTLM), SECPKG_CRED_BOTH")
{
	SEC_WINNT_AUTH_IDENTITY identity = identity_of(HOST_USER, HOST_DOMAIN, HOST_PASSWORD);

	is_acquired("NTLM", SECPKG_CRED_BOTH, &identity);
}

FACT(behaviour, acquire_writes_the_expiry, PAGE ", ptsExpiry")
{
	SEC_WINNT_AUTH_IDENTITY identity = identity_of(HOST_USER, HOST_DOMAIN, HOST_PASSWORD);
	CredHandle credential;
	TimeStamp expiry;

	memset(&expiry, UNTOUCHED, sizeof(expiry));
	EXPECT_OK(AcquireCredentialsHandle(NULL, text_of("NTLM"), SECPKG_CRED_OUTBOUND, NULL, &identity, NULL,
					   NULL, &credential, &expiry));
	EXPECT(TIME_VALUE(expiry) > 0);
	EXPECT_OK(FreeCredentialsHandle(&credential));
}

FACT(behaviour, credentials_are_told_apart, PAGE ", phCredential")
{
	SEC_WINNT_AUTH_IDENTITY identity = identity_of(HOST_USER, HOST_DOMAIN, HOST_PASSWORD);
	CredHandle one, two;

	EXPECT_OK(acquire("NTLM", SECPKG_CRED_OUTBOUND, &identity, &one));
	EXPECT_OK(acquire("NTLM", SECPKG_CRED_OUTBOUND, &identity, &two));
	EXPECT(memcmp(&one, &two, sizeof(one)) != 0);
	EXPECT(SecIsValidHandle(&one) && SecIsValidHandle(&two));
	EXPECT_OK(FreeCredentialsHandle(&one));
	EXPECT_OK(FreeCredentialsHandle(&two));
}

/* --- Schannel */

static SCHANNEL_CRED schannel_cred(DWORD protocols)
{
	return (SCHANNEL_CRED) { .dwVersion = SCHANNEL_CRED_VERSION, .grbitEnabledProtocols = protocols };
}

FACT(behaviour, a_schannel_client_needs_no_pauthdata, WINE_S)
{
	is_acquired("Schannel", SECPKG_CRED_OUTBOUND, NULL);
}

FACT(failure, a_schannel_server_without_pauthdata_has_no_credentials, WINE_S)
{
	CredHandle credential;

	EXPECT_STATUS(acquire("Schannel", SECPKG_CRED_INBOUND, NULL, &credential), SEC_E_NO_CREDENTIALS);
}

FACT(failure, schannel_without_direction_has_no_credentials, WINE_S)
{
	EXPECT_STATUS(acquire("Schannel", 0, NULL, NULL), SEC_E_NO_CREDENTIALS);
}

FACT(failure, schannel_has_no_credentials_for_both_directions, WINE_S)
{
	EXPECT_STATUS(acquire("Schannel", SECPKG_CRED_BOTH, NULL, NULL), SEC_E_NO_CREDENTIALS);
}

FACT(failure, schannel_of_no_version_is_unknown_to_a_client, WINE_S ", bad version in SCHANNEL_CRED")
{
	SCHANNEL_CRED schannel = schannel_cred(0);

	schannel.dwVersion = 0;
	EXPECT_STATUS(acquire("Schannel", SECPKG_CRED_OUTBOUND, &schannel, NULL), SEC_E_UNKNOWN_CREDENTIALS);
}

FACT(failure, schannel_of_no_version_is_unknown_to_a_server, WINE_S ", bad version in SCHANNEL_CRED")
{
	SCHANNEL_CRED schannel = schannel_cred(0);

	schannel.dwVersion = 0;
	EXPECT_STATUS(acquire("Schannel", SECPKG_CRED_INBOUND, &schannel, NULL), SEC_E_UNKNOWN_CREDENTIALS);
}

FACT(failure, schannel_of_versions_one_and_two_is_unknown, WINE_S ", SCH_CRED_V1, SCH_CRED_V2")
{
	PCCERT_CONTEXT certificate = host_certificate();
	SCHANNEL_CRED schannel = schannel_cred(0);
	CredHandle credential;

	schannel.cCreds = 1;
	schannel.paCred = &certificate;
	for (schannel.dwVersion = 1; schannel.dwVersion <= 2; schannel.dwVersion++)
		EXPECT_STATUS(acquire("Schannel", SECPKG_CRED_INBOUND, &schannel, &credential),
			      SEC_E_UNKNOWN_CREDENTIALS);
}

FACT(behaviour, a_schannel_client_needs_no_certificate, WINE_S)
{
	SCHANNEL_CRED schannel = schannel_cred(0);

	is_acquired("Schannel", SECPKG_CRED_OUTBOUND, &schannel);
}

FACT(behaviour, a_schannel_server_without_certificate_waits_or_is_refused,
     WINE_S ": SEC_E_OK since Windows Vista, SEC_E_NO_CREDENTIALS before")
{
	SCHANNEL_CRED schannel = schannel_cred(0);
	CredHandle credential;
	SECURITY_STATUS status = acquire("Schannel", SECPKG_CRED_INBOUND, &schannel, &credential);

	EXPECT_EITHER(status, SEC_E_OK, SEC_E_NO_CREDENTIALS);
	if (status == SEC_E_OK)
		EXPECT_OK(FreeCredentialsHandle(&credential));
}

FACT(behaviour, a_schannel_server_takes_a_certificate_with_its_key, WINE_S)
{
	PCCERT_CONTEXT certificate = host_certificate();
	SCHANNEL_CRED schannel = schannel_cred(0);

	schannel.cCreds = 1;
	schannel.paCred = &certificate;
	is_acquired("Schannel", SECPKG_CRED_INBOUND, &schannel);
}

FACT(behaviour, a_schannel_client_takes_a_certificate_with_its_key, WINE_S)
{
	PCCERT_CONTEXT certificate = host_certificate();
	SCHANNEL_CRED schannel = schannel_cred(0);

	schannel.cCreds = 1;
	schannel.paCred = &certificate;
	is_acquired("Schannel", SECPKG_CRED_OUTBOUND, &schannel);
}

FACT(failure, a_client_with_protocols_of_servers_has_no_algorithm, WINE_S ", no enabled protocols")
{
	SCHANNEL_CRED schannel = schannel_cred(SP_PROT_TLS1_2_SERVER);
	CredHandle credential;

	EXPECT_STATUS(acquire("Schannel", SECPKG_CRED_OUTBOUND, &schannel, &credential),
		      SEC_E_ALGORITHM_MISMATCH);
}

FACT(failure, a_server_with_protocols_of_clients_has_no_algorithm, WINE_S ", no enabled protocols")
{
	PCCERT_CONTEXT certificate = host_certificate();
	SCHANNEL_CRED schannel = schannel_cred(SP_PROT_TLS1_2_CLIENT);
	CredHandle credential;

	schannel.cCreds = 1;
	schannel.paCred = &certificate;
	EXPECT_STATUS(acquire("Schannel", SECPKG_CRED_INBOUND, &schannel, &credential),
		      SEC_E_ALGORITHM_MISMATCH);
}

FACT(failure, tls_and_dtls_together_have_no_algorithm, "Wine schannel.c, test_dtls")
{
	SCHANNEL_CRED schannel = schannel_cred(SP_PROT_TLS1_2_CLIENT | 0x80000 /* DTLS 1.2, client */);
	CredHandle credential;

	EXPECT_STATUS(acquire("Schannel", SECPKG_CRED_OUTBOUND, &schannel, &credential),
		      SEC_E_ALGORITHM_MISMATCH);
}

FACT(behaviour, a_schannel_client_may_enable_its_protocols, WINE_S)
{
	SCHANNEL_CRED schannel = schannel_cred(SP_PROT_TLS1_2_CLIENT);

	is_acquired("Schannel", SECPKG_CRED_OUTBOUND, &schannel);
}

/* --- CREDSSP */

static CREDSSP_CRED credssp_cred(SCHANNEL_CRED *schannel, SEC_WINNT_AUTH_IDENTITY *identity)
{
	CREDSSP_CRED both = { CredsspSubmitBufferBoth, schannel, identity };

	host_needs_package("CREDSSP");
	return both;
}

FACT(behaviour, a_credssp_server_takes_a_certificate_and_no_identity,
     "observed: server use of CredsspSubmitBufferBoth; page CREDSSP_CRED")
{
	PCCERT_CONTEXT certificate = host_certificate();
	SCHANNEL_CRED schannel = schannel_cred(0);
	CREDSSP_CRED both = credssp_cred(&schannel, NULL);

	schannel.cCreds = 1;
	schannel.paCred = &certificate;
	is_acquired("CREDSSP", SECPKG_CRED_INBOUND, &both);
}

FACT(behaviour, a_credssp_client_takes_identity_and_schannel,
     "observed: client use of CredsspSubmitBufferBoth; page CREDSSP_CRED")
{
	SEC_WINNT_AUTH_IDENTITY identity = identity_of(HOST_USER, HOST_DOMAIN, HOST_PASSWORD);
	SCHANNEL_CRED schannel = schannel_cred(0);
	CREDSSP_CRED both = credssp_cred(&schannel, &identity);

	is_acquired("CREDSSP", SECPKG_CRED_OUTBOUND, &both);
}

FACT(behaviour, a_credssp_client_may_leave_schannel_out, "observed: mstsc passes one of both pointers")
{
	SEC_WINNT_AUTH_IDENTITY identity = identity_of(HOST_USER, HOST_DOMAIN, HOST_PASSWORD);
	CREDSSP_CRED both = credssp_cred(NULL, &identity);

	is_acquired("CREDSSP", SECPKG_CRED_OUTBOUND, &both);
}

FACT(behaviour, a_credssp_client_takes_the_old_submit_type,
     "observed: mstsc, CredsspSubmitBufferBothOld with an identity")
{
	SEC_WINNT_AUTH_IDENTITY identity = identity_of(HOST_USER, HOST_DOMAIN, HOST_PASSWORD);
	CREDSSP_CRED both = credssp_cred(NULL, &identity);

	both.Type = CredsspSubmitBufferBothOld;
	is_acquired("CREDSSP", SECPKG_CRED_OUTBOUND, &both);
}

FACT(behaviour, a_credssp_client_takes_a_password_by_its_own_type, "page CREDSSP_CRED, CredsspPasswordCreds")
{
	SEC_WINNT_AUTH_IDENTITY identity = identity_of(HOST_USER, HOST_DOMAIN, HOST_PASSWORD);
	CREDSSP_CRED both = credssp_cred(NULL, &identity);

	both.Type = CredsspPasswordCreds;
	is_acquired("CREDSSP", SECPKG_CRED_OUTBOUND, &both);
}

FACT(failure, a_submit_type_that_does_not_exist_is_unknown, PAGE " (CredSSP), SEC_E_UNKNOWN_CREDENTIALS")
{
	SEC_WINNT_AUTH_IDENTITY identity = identity_of(HOST_USER, HOST_DOMAIN, HOST_PASSWORD);
	CREDSSP_CRED both = credssp_cred(NULL, &identity);
	CredHandle credential;

	both.Type = (CREDSPP_SUBMIT_TYPE)49;
	EXPECT_STATUS(acquire("CREDSSP", SECPKG_CRED_OUTBOUND, &both, &credential),
		      SEC_E_UNKNOWN_CREDENTIALS);
}

FACT(failure, a_schannel_cred_of_no_version_is_unknown_to_credssp,
     PAGE " (CredSSP), SEC_E_UNKNOWN_CREDENTIALS; " WINE_S)
{
	SCHANNEL_CRED schannel = schannel_cred(0);
	CREDSSP_CRED both = credssp_cred(&schannel, NULL);
	CredHandle credential;

	schannel.dwVersion = 0;
	EXPECT_STATUS(acquire("CREDSSP", SECPKG_CRED_INBOUND, &both, &credential), SEC_E_UNKNOWN_CREDENTIALS);
}

FACT(failure, a_credssp_server_without_a_certificate_has_no_credentials,
     PAGE " (CredSSP), SEC_E_NO_CREDENTIALS")
{
	SCHANNEL_CRED schannel = schannel_cred(0);
	CREDSSP_CRED both = credssp_cred(&schannel, NULL);
	CredHandle credential;

	EXPECT_STATUS(acquire("CREDSSP", SECPKG_CRED_INBOUND, &both, &credential), SEC_E_NO_CREDENTIALS);
}

FACT(failure, a_credssp_client_without_anything_is_the_caller_or_has_no_credentials,
     PAGE " (CredSSP), SEC_E_NO_CREDENTIALS")
{
	host_needs_package("CREDSSP");
	gets_the_callers_own_or_none("CREDSSP");
}

FACT(behaviour, a_credssp_server_credential_ends_with_its_certificate,
     PAGE " (CredSSP), (Schannel), ptsExpiry")
{
	PCCERT_CONTEXT certificate = host_certificate();
	SCHANNEL_CRED schannel = schannel_cred(0);
	CREDSSP_CRED both = credssp_cred(&schannel, NULL);
	CredHandle credential;
	TimeStamp expiry;

	schannel.cCreds = 1;
	schannel.paCred = &certificate;
	memset(&expiry, 0, sizeof(expiry));
	EXPECT_OK(AcquireCredentialsHandle(NULL, text_of("CREDSSP"), SECPKG_CRED_INBOUND, NULL, &both, NULL,
					   NULL, &credential, &expiry));
	EXPECT(TIME_VALUE(expiry) > 0 && TIME_VALUE(expiry) < INT64_MAX);
	EXPECT_OK(FreeCredentialsHandle(&credential));
}
