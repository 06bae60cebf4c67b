/* Who logged on, and contexts that move: QuerySecurityContextToken, Impersonate, Revert, Export, Import. */
#include "logon.h"

static struct side client;
static struct logon logon;

static PCtxtHandle waiting(void)
{
	static struct side nobody;

	client_start(&client, "NTLM");
	side_call(&client, &nobody);
	return &client.context;
}

FACT(state, a_finished_server_has_a_token, "page QuerySecurityContextToken")
{
	HANDLE token = NULL;

	logon_run(&logon, "NTLM");
	EXPECT_OK(QuerySecurityContextToken(&logon.server.context, &token));
	EXPECT(token);
	host_close(token);
	logon_end(&logon);
}

FACT(state, each_query_gives_a_token_of_its_own, "page QuerySecurityContextToken: the caller closes it")
{
	HANDLE one = NULL, two = NULL;

	logon_run(&logon, "NTLM");
	EXPECT_OK(QuerySecurityContextToken(&logon.server.context, &one));
	EXPECT_OK(QuerySecurityContextToken(&logon.server.context, &two));
	EXPECT(one != two);
	host_close(one);
	host_close(two);
	logon_end(&logon);
}

FACT(state, a_token_outlives_its_context, "page QuerySecurityContextToken: a handle of the caller's")
{
	HANDLE token = NULL;

	logon_run(&logon, "NTLM");
	EXPECT_OK(QuerySecurityContextToken(&logon.server.context, &token));
	logon_end(&logon);
	host_close(token);
}

FACT(state, an_unfinished_context_has_no_token,
     "page QuerySecurityContextToken: after completion, SEC_E_INVALID_HANDLE")
{
	HANDLE token;

	EXPECT_STATUS(QuerySecurityContextToken(waiting(), &token), SEC_E_INVALID_HANDLE);
	side_end(&client);
}

FACT(failure, a_clients_context_has_no_token,
     "page QuerySecurityContextToken: server side; SEC_E_INVALID_HANDLE, SEC_E_NO_IMPERSONATION")
{
	HANDLE token;

	ntlm_client_run(&client);
	EXPECT_EITHER(QuerySecurityContextToken(&client.context, &token), SEC_E_NO_IMPERSONATION,
		      SEC_E_INVALID_HANDLE);
	side_end(&client);
}

FACT(state, an_unfinished_context_impersonates_nobody,
     "page ImpersonateSecurityContext, SEC_E_NO_IMPERSONATION, SEC_E_INVALID_HANDLE")
{
	EXPECT_EITHER(ImpersonateSecurityContext(waiting()), SEC_E_NO_IMPERSONATION, SEC_E_INVALID_HANDLE);
	side_end(&client);
}

FACT(failure, a_clients_context_impersonates_nobody,
     "page ImpersonateSecurityContext, SEC_E_NO_IMPERSONATION, SEC_E_INVALID_HANDLE")
{
	ntlm_client_run(&client);
	EXPECT_EITHER(ImpersonateSecurityContext(&client.context), SEC_E_NO_IMPERSONATION,
		      SEC_E_INVALID_HANDLE);
	side_end(&client);
}

FACT(state, a_server_impersonates_or_says_that_it_does_not,
     "page ImpersonateSecurityContext, SEC_E_OK, SEC_E_NO_IMPERSONATION")
{
	SECURITY_STATUS status;

	logon_run(&logon, "NTLM");
	status = ImpersonateSecurityContext(&logon.server.context);
	EXPECT_EITHER(status, SEC_E_OK, SEC_E_NO_IMPERSONATION);
	EXPECT_OK(RevertSecurityContext(&logon.server.context));
	logon_end(&logon);
}

FACT(state, reverting_without_impersonation_changes_nothing, "page RevertSecurityContext, SEC_E_OK")
{
	logon_run(&logon, "NTLM");
	EXPECT_OK(RevertSecurityContext(&logon.server.context));
	logon_end(&logon);
}

FACT(failure, tls_without_a_client_certificate_impersonates_nobody,
     "page ImpersonateSecurityContext: Schannel needs ASC_REQ_MUTUAL_AUTH, SEC_E_NO_IMPERSONATION")
{
	logon_run(&logon, "Schannel");
	EXPECT_STATUS(ImpersonateSecurityContext(&logon.server.context), SEC_E_NO_IMPERSONATION);
	logon_end(&logon);
}

FACT(state, credssps_server_has_a_token,
     "page AcceptSecurityContext (CredSSP), Remarks: QuerySecurityContextToken")
{
	HANDLE token = NULL;

	logon_run(&logon, "CREDSSP");
	EXPECT_OK(QuerySecurityContextToken(&logon.server.context, &token));
	host_close(token);
	logon_end(&logon);
}

/* --- Export and import */

FACT(failure, tls_cannot_be_exported, "page ExportSecurityContext, SEC_E_NOT_SUPPORTED: Schannel")
{
	SecBuffer packed = { 0, SECBUFFER_EMPTY, NULL };

	logon_run(&logon, "Schannel");
	EXPECT_STATUS(ExportSecurityContext(NULL, 0, &packed, NULL), SEC_E_INVALID_HANDLE);
	EXPECT_STATUS(ExportSecurityContext(&logon.client.context, 0, &packed, NULL), SEC_E_NOT_SUPPORTED);
	logon_end(&logon);
}

FACT(failure, credssp_cannot_be_exported,
     "page ExportSecurityContext, SEC_E_NOT_SUPPORTED; header sspi.h: no such package flag")
{
	SecBuffer packed = { 0, SECBUFFER_EMPTY, NULL };

	logon_run(&logon, "CREDSSP");
	EXPECT_STATUS(ExportSecurityContext(NULL, 0, &packed, NULL), SEC_E_INVALID_HANDLE);
	EXPECT_STATUS(ExportSecurityContext(&logon.client.context, 0, &packed, NULL), SEC_E_NOT_SUPPORTED);
	logon_end(&logon);
}

FACT(failure, an_import_into_an_unknown_package_fails,
     "page ImportSecurityContext, pszPackage; status SEC_E_SECPKG_NOT_FOUND")
{
	char bytes[16] = { 0 };
	SecBuffer packed = { sizeof(bytes), SECBUFFER_EMPTY, bytes };
	CtxtHandle context;

	EXPECT_STATUS(ImportSecurityContext(text_of("Winetest"), &packed, NULL, &context),
		      SEC_E_SECPKG_NOT_FOUND);
}

FACT(failure, an_import_of_what_nobody_exported_fails, "page ImportSecurityContext: an error code")
{
	char bytes[64] = { 0 };
	SecBuffer packed = { sizeof(bytes), SECBUFFER_EMPTY, bytes };
	CtxtHandle context;

	EXPECT_STATUS(ImportSecurityContext(text_of("Winetest"), &packed, NULL, &context),
		      SEC_E_SECPKG_NOT_FOUND);
	EXPECT(ImportSecurityContext(text_of("NTLM"), &packed, NULL, &context) < 0);
}
