/* Handles that are none, none any more, or of the other kind. */
#include "logon.h"

#define INVALID "SEC_E_INVALID_HANDLE; observed: the tables of status codes"

/* --- Credentials */

FACT(failure, freeing_no_credential_is_an_invalid_handle, "page FreeCredentialsHandle, " INVALID)
{
	EXPECT_STATUS(FreeCredentialsHandle(NULL), SEC_E_INVALID_HANDLE);
}

FACT(failure, freeing_an_invalidated_credential_is_an_invalid_handle, "page FreeCredentialsHandle, " INVALID)
{
	CredHandle credential;

	SecInvalidateHandle(&credential);
	EXPECT_STATUS(FreeCredentialsHandle(&credential), SEC_E_INVALID_HANDLE);
}

FACT(failure, freeing_a_handle_of_zeros_is_an_invalid_handle, "page FreeCredentialsHandle, " INVALID)
{
	CredHandle credential = { 0 };

	EXPECT_STATUS(FreeCredentialsHandle(&credential), SEC_E_INVALID_HANDLE);
}

FACT(state, a_credential_is_freed_once, "page FreeCredentialsHandle, " INVALID)
{
	CredHandle credential;

	EXPECT_OK(host_acquire_server("NTLM", &credential));
	EXPECT_OK(FreeCredentialsHandle(&credential));
	EXPECT_STATUS(FreeCredentialsHandle(&credential), SEC_E_INVALID_HANDLE);
}

FACT(state, a_freed_credential_initiates_nothing, "page InitializeSecurityContext, " INVALID)
{
	struct side client;
	struct call call;

	client_start(&client, "NTLM");
	EXPECT_OK(FreeCredentialsHandle(&client.credential));
	call_prepare(&call, &client, NULL, 0);
	EXPECT_STATUS(call_do(&call), SEC_E_INVALID_HANDLE);
}

FACT(state, a_freed_credential_accepts_nothing, "page AcceptSecurityContext, " INVALID)
{
	struct side server;
	struct call call;

	server_start(&server, "NTLM");
	EXPECT_OK(FreeCredentialsHandle(&server.credential));
	call_prepare(&call, &server, "NTLMSSP", 8);
	EXPECT_STATUS(call_do(&call), SEC_E_INVALID_HANDLE);
}

FACT(state, contexts_live_on_when_their_credential_is_freed,
     "page FreeCredentialsHandle, Remarks: the data goes with the last reference")
{
	struct side client, nobody = { 0 };

	client_start(&client, "NTLM");
	side_call(&client, &nobody);
	EXPECT_OK(FreeCredentialsHandle(&client.credential));
	client.has_credential = false;
	EXPECT_OK(DeleteSecurityContext(&client.context));
}

FACT(behaviour, a_handle_is_a_value_that_may_be_copied, "page SSPI Handles")
{
	CredHandle credential, copy;

	EXPECT_OK(host_acquire_server("NTLM", &credential));
	copy = credential;
	memset(&credential, 0, sizeof(credential));
	EXPECT_OK(FreeCredentialsHandle(&copy));
}

FACT(failure, a_first_initiate_needs_a_credential, "page InitializeSecurityContext, phCredential, " INVALID)
{
	struct side client;
	struct call call;

	client_start(&client, "NTLM");
	call_prepare(&call, &client, NULL, 0);
	call.credential = NULL;
	EXPECT_EITHER(call_do(&call), SEC_E_INVALID_HANDLE, SEC_E_NO_CREDENTIALS);
	side_end(&client);
}

FACT(failure, a_first_accept_needs_a_credential, "page AcceptSecurityContext, phCredential, " INVALID)
{
	struct side server;
	struct call call;

	server_start(&server, "NTLM");
	call_prepare(&call, &server, "NTLMSSP", 8);
	call.credential = NULL;
	EXPECT_EITHER(call_do(&call), SEC_E_INVALID_HANDLE, SEC_E_NO_CREDENTIALS);
	side_end(&server);
}

FACT(failure, a_servers_credential_initiates_nothing,
     "page InitializeSecurityContext (NTLM), phCredential, SEC_E_NO_CREDENTIALS, SEC_E_INVALID_HANDLE")
{
	struct side client;
	struct call call;

	server_start(&client, "NTLM");
	client.is_client = true;
	call_prepare(&call, &client, NULL, 0);
	EXPECT_EITHER(call_do(&call), SEC_E_NO_CREDENTIALS, SEC_E_INVALID_HANDLE);
	EXPECT(call_made_nothing(&call));
	side_end(&client);
}

FACT(failure, a_clients_credential_accepts_nothing,
     "page AcceptSecurityContext (CredSSP), phCredential, SEC_E_NO_CREDENTIALS, SEC_E_INVALID_HANDLE")
{
	struct side server;
	struct call call;

	client_start(&server, "NTLM");
	server.is_client = false;
	call_prepare(&call, &server, "NTLMSSP", 8);
	EXPECT_EITHER(call_do(&call), SEC_E_NO_CREDENTIALS, SEC_E_INVALID_HANDLE);
	EXPECT(call_made_nothing(&call));
	side_end(&server);
}

FACT(failure, a_clients_credential_accepts_nothing_with_credssp,
     "page AcceptSecurityContext (CredSSP), SEC_E_NO_CREDENTIALS")
{
	struct side server;
	struct call call;

	client_start(&server, "CREDSSP");
	server.is_client = false;
	call_prepare(&call, &server, "\x16\x03\x01", 3);
	EXPECT_STATUS(call_do(&call), SEC_E_NO_CREDENTIALS);
	side_end(&server);
}

FACT(failure, a_context_is_no_credential, "page FreeCredentialsHandle, " INVALID)
{
	struct side client, nobody = { 0 };

	client_start(&client, "NTLM");
	side_call(&client, &nobody);
	EXPECT_STATUS(FreeCredentialsHandle(&client.context), SEC_E_INVALID_HANDLE);
	side_end(&client);
}

/* --- Contexts: what each call says to a handle that is none. */

static char data[64];
static SecBuffer message_buffers[2] = { { 16, SECBUFFER_TOKEN, data }, { 8, SECBUFFER_DATA, data + 16 } };
static SecBufferDesc message = { SECBUFFER_VERSION, 2, message_buffers };

static SECURITY_STATUS encrypt_with(PCtxtHandle context)
{
	return EncryptMessage(context, 0, &message, 0);
}

static SECURITY_STATUS decrypt_with(PCtxtHandle context)
{
	return DecryptMessage(context, &message, 0, NULL);
}

static SECURITY_STATUS query_with(PCtxtHandle context)
{
	SecPkgContext_Sizes sizes;

	return QueryContextAttributes(context, SECPKG_ATTR_SIZES, &sizes);
}

static SECURITY_STATUS sign_with(PCtxtHandle context)
{
	return MakeSignature(context, 0, &message, 0);
}

static SECURITY_STATUS verify_with(PCtxtHandle context)
{
	return VerifySignature(context, &message, 0, NULL);
}

static SECURITY_STATUS complete_with(PCtxtHandle context)
{
	return CompleteAuthToken(context, &message);
}

static SECURITY_STATUS control_with(PCtxtHandle context)
{
	return ApplyControlToken(context, &message);
}

static SECURITY_STATUS token_with(PCtxtHandle context)
{
	HANDLE token;

	return QuerySecurityContextToken(context, &token);
}

static SECURITY_STATUS impersonate_with(PCtxtHandle context)
{
	return ImpersonateSecurityContext(context);
}

static SECURITY_STATUS revert_with(PCtxtHandle context)
{
	return RevertSecurityContext(context);
}

static SECURITY_STATUS export_with(PCtxtHandle context)
{
	SecBuffer packed = { 0, SECBUFFER_EMPTY, NULL };

	return ExportSecurityContext(context, 0, &packed, NULL);
}

static SECURITY_STATUS delete_with(PCtxtHandle context)
{
	return DeleteSecurityContext(context);
}

static SECURITY_STATUS initiate_with(PCtxtHandle context)
{
	struct side client;
	struct call call;
	SECURITY_STATUS status;

	client_start(&client, "NTLM");
	client.has_context = true;
	call_prepare(&call, &client, ntlm_challenge, ntlm_challenge_size);
	call.context = context;
	status = call_do(&call);
	EXPECT_OK(FreeCredentialsHandle(&client.credential));
	return status;
}

static SECURITY_STATUS accept_with(PCtxtHandle context)
{
	struct side server;
	struct call call;
	SECURITY_STATUS status;

	server_start(&server, "NTLM");
	server.has_context = true;
	call_prepare(&call, &server, ntlm_challenge, ntlm_challenge_size);
	call.context = context;
	status = call_do(&call);
	EXPECT_OK(FreeCredentialsHandle(&server.credential));
	return status;
}

typedef SECURITY_STATUS context_call(PCtxtHandle context);

static void refuses_null(context_call *call)
{
	EXPECT_STATUS(call(NULL), SEC_E_INVALID_HANDLE);
}

static void refuses_an_invalidated_handle(context_call *call)
{
	CtxtHandle context;

	SecInvalidateHandle(&context);
	EXPECT_STATUS(call(&context), SEC_E_INVALID_HANDLE);
}

static void refuses_a_deleted_context(context_call *call)
{
	struct side client;

	ntlm_client_run(&client);
	EXPECT_OK(DeleteSecurityContext(&client.context));
	client.has_context = false;
	EXPECT_STATUS(call(&client.context), SEC_E_INVALID_HANDLE);
	side_end(&client);
}

static void refuses_a_credential(context_call *call)
{
	struct side client;

	client_start(&client, "NTLM");
	EXPECT_STATUS(call(&client.credential), SEC_E_INVALID_HANDLE);
	side_end(&client);
}

#define REFUSES(call, kind, what, how, citation) \
	FACT(kind, call##_refuses_##what, citation) \
	{ \
		how(call##_with); \
	}
#define REFUSES_ALL(call, citation) \
	REFUSES(call, failure, an_invalidated_handle, refuses_an_invalidated_handle, citation) \
	REFUSES(call, state, a_deleted_context, refuses_a_deleted_context, citation) \
	REFUSES(call, failure, a_credential_for_a_context, refuses_a_credential, citation)

REFUSES_ALL(encrypt, "page EncryptMessage, " INVALID)
REFUSES_ALL(decrypt, "page DecryptMessage, " INVALID)
REFUSES_ALL(query, "page QueryContextAttributes, " INVALID)
REFUSES_ALL(initiate, "page InitializeSecurityContext, " INVALID)
REFUSES_ALL(accept, "page AcceptSecurityContext, " INVALID)
REFUSES_ALL(sign, "page MakeSignature, " INVALID)
REFUSES_ALL(verify, "page VerifySignature, " INVALID)
REFUSES_ALL(complete, "page CompleteAuthToken, " INVALID)
REFUSES_ALL(control, "page ApplyControlToken, " INVALID)
REFUSES_ALL(token, "page QuerySecurityContextToken, " INVALID)
REFUSES_ALL(impersonate, "page ImpersonateSecurityContext, " INVALID)
REFUSES_ALL(revert, "page RevertSecurityContext, " INVALID)
REFUSES_ALL(export, "page ExportSecurityContext, " INVALID)
REFUSES(sign, failure, null_for_a_context, refuses_null, "page MakeSignature, " INVALID)
REFUSES(verify, failure, null_for_a_context, refuses_null, "page VerifySignature, " INVALID)
REFUSES(encrypt, failure, null_for_a_context, refuses_null, "page EncryptMessage, " INVALID)
REFUSES(decrypt, failure, null_for_a_context, refuses_null, "page DecryptMessage, " INVALID)
REFUSES(query, failure, null_for_a_context, refuses_null, "page QueryContextAttributes, " INVALID)
REFUSES(delete, failure, null_for_a_context, refuses_null, "page DeleteSecurityContext, " INVALID)
REFUSES(delete, failure, an_invalidated_handle, refuses_an_invalidated_handle,
	"page DeleteSecurityContext, " INVALID)
REFUSES(delete, failure, a_credential_for_a_context, refuses_a_credential,
	"page DeleteSecurityContext, " INVALID)

FACT(state, a_second_deletion_changes_nothing, "page DeleteSecurityContext: SEC_E_OK or SEC_E_INVALID_HANDLE")
{
	struct side client, other, nobody = { 0 };

	client_start(&client, "NTLM");
	side_call(&client, &nobody);
	client_start(&other, "NTLM");
	side_call(&other, &nobody);
	EXPECT_OK(DeleteSecurityContext(&client.context));
	EXPECT_EITHER(DeleteSecurityContext(&client.context), SEC_E_OK, SEC_E_INVALID_HANDLE);
	client.has_context = false;
	side_end(&client);
	side_end(&other);
}

FACT(state, an_unfinished_context_can_be_deleted,
     "page DeleteSecurityContext; Wine ntlm.c, testInitializeSecurityContextFlags")
{
	struct side client, nobody = { 0 };

	client_start(&client, "NTLM");
	side_call(&client, &nobody);
	EXPECT_OK(DeleteSecurityContext(&client.context));
	EXPECT_OK(FreeCredentialsHandle(&client.credential));
}

FACT(state, a_refused_context_can_be_deleted,
     "page InitializeSecurityContext, Remarks: delete it also if a later leg fails")
{
	struct side client, nobody = { 0 };

	client_start(&client, "NTLM");
	side_call(&client, &nobody);
	client.arrived.size = 16;
	memset(client.arrived.data, 'x', 16);
	side_call(&client, &nobody);
	EXPECT(client.status < 0);
	EXPECT_OK(DeleteSecurityContext(&client.context));
	EXPECT_OK(FreeCredentialsHandle(&client.credential));
}

FACT(state, contexts_of_one_credential_are_told_apart, "Wine ntlm.c, test_cred_multiple_use")
{
	struct side client;
	struct call one, two;

	client_start(&client, "NTLM");
	call_prepare(&one, &client, NULL, 0);
	EXPECT_STATUS(call_do(&one), SEC_I_CONTINUE_NEEDED);
	call_prepare(&two, &client, NULL, 0);
	EXPECT_STATUS(call_do(&two), SEC_I_CONTINUE_NEEDED);
	EXPECT(memcmp(&one.made, &two.made, sizeof(CtxtHandle)) != 0);
	EXPECT_OK(DeleteSecurityContext(&one.made));
	EXPECT_OK(DeleteSecurityContext(&two.made));
	side_end(&client);
}
