/* CompleteAuthToken, ApplyControlToken, SetContextAttributes, and the attributes of credentials. */
#include "logon.h"

#define WINE       "Wine schannel.c, test_connection_shutdown"
#define WINE_CREDS "Wine schannel.c, test_cread_attrs"
#define WINE_S     "Wine schannel.c, testAcquireSecurityContext"
#define QUERY      "page QueryCredentialsAttributes"

static struct side client;
static ULONG token[4];
static SecBuffer parts[2];
static SecBufferDesc control = { SECBUFFER_VERSION, 1, parts };

/* A Schannel client that has sent its hello, and a token for it. */
static PCtxtHandle begun(ULONG type)
{
	static struct side nobody;

	client_start(&client, "Schannel");
	side_call(&client, &nobody);
	EXPECT_STATUS(client.status, SEC_I_CONTINUE_NEEDED);
	token[0] = type;
	parts[0] = (SecBuffer) { sizeof(token[0]), SECBUFFER_TOKEN, token };
	parts[1] = parts[0];
	control.cBuffers = 1;
	return &client.context;
}

static void end(void)
{
	side_end(&client);
}

/* --- ApplyControlToken */

FACT(behaviour, a_shutdown_is_taken, WINE)
{
	EXPECT_OK(ApplyControlToken(begun(SCHANNEL_SHUTDOWN), &control));
	end();
}

FACT(behaviour, a_shutdown_may_be_longer_than_its_number, WINE ": five bytes")
{
	PCtxtHandle context = begun(SCHANNEL_SHUTDOWN);

	parts[0].cbBuffer = 5;
	EXPECT_OK(ApplyControlToken(context, &control));
	end();
}

FACT(state, a_shutdown_may_be_asked_twice, WINE)
{
	PCtxtHandle context = begun(SCHANNEL_SHUTDOWN);

	EXPECT_OK(ApplyControlToken(context, &control));
	EXPECT_OK(ApplyControlToken(context, &control));
	end();
}

FACT(failure, two_control_buffers_are_an_invalid_token, WINE)
{
	PCtxtHandle context = begun(SCHANNEL_SHUTDOWN);

	control.cBuffers = 2;
	EXPECT_STATUS(ApplyControlToken(context, &control), SEC_E_INVALID_TOKEN);
	end();
}

FACT(failure, a_control_token_with_an_empty_buffer_is_an_invalid_token, WINE)
{
	PCtxtHandle context = begun(SCHANNEL_SHUTDOWN);

	parts[1] = (SecBuffer) { 0, SECBUFFER_EMPTY, NULL };
	control.cBuffers = 2;
	EXPECT_STATUS(ApplyControlToken(context, &control), SEC_E_INVALID_TOKEN);
	end();
}

FACT(failure, renegotiation_by_token_is_unsupported, WINE)
{
	EXPECT_STATUS(ApplyControlToken(begun(SCHANNEL_RENEGOTIATE), &control), SEC_E_UNSUPPORTED_FUNCTION);
	end();
}

FACT(failure, a_control_token_for_nobody_is_an_invalid_handle, WINE)
{
	(void)begun(SCHANNEL_SHUTDOWN);
	EXPECT_STATUS(ApplyControlToken(NULL, &control), SEC_E_INVALID_HANDLE);
	end();
}

FACT(failure, no_control_token_is_an_internal_error, WINE)
{
	EXPECT_STATUS(ApplyControlToken(begun(SCHANNEL_SHUTDOWN), NULL), SEC_E_INTERNAL_ERROR);
	end();
}

static void wrong_type(ULONG type)
{
	PCtxtHandle context = begun(SCHANNEL_SHUTDOWN);

	parts[0].BufferType = type;
	EXPECT_STATUS(ApplyControlToken(context, &control), SEC_E_INVALID_TOKEN);
	end();
}

FACT(failure, an_alert_buffer_is_no_control_token, WINE)
{
	wrong_type(SECBUFFER_ALERT);
}

FACT(failure, a_data_buffer_is_no_control_token, WINE)
{
	wrong_type(SECBUFFER_DATA);
}

FACT(failure, a_control_token_of_two_bytes_is_unsupported, WINE)
{
	PCtxtHandle context = begun(SCHANNEL_SHUTDOWN);

	parts[0].cbBuffer = 2;
	EXPECT_STATUS(ApplyControlToken(context, &control), SEC_E_UNSUPPORTED_FUNCTION);
	end();
}

FACT(state, after_a_shutdown_the_next_call_closes, WINE ": SEC_E_OK and an alert record in the output")
{
	struct call call;

	EXPECT_OK(ApplyControlToken(begun(SCHANNEL_SHUTDOWN), &control));
	call_prepare(&call, &client, NULL, 0);
	call.target = NULL;
	call.request = 0;
	call.input = NULL;
	EXPECT_OK(call_do(&call));
	EXPECT(call.out[0].cbBuffer >= 7 && call_room()[0] == 0x15 && call_room()[1] == 3);
	end();
}

FACT(state, after_closing_without_another_shutdown_input_is_missing, WINE ": SEC_E_INCOMPLETE_MESSAGE")
{
	struct call call;

	EXPECT_OK(ApplyControlToken(begun(SCHANNEL_SHUTDOWN), &control));
	call_prepare(&call, &client, NULL, 0);
	call.input = NULL;
	EXPECT_OK(call_do(&call));
	call_prepare(&call, &client, NULL, 0);
	call.input = NULL;
	EXPECT_STATUS(call_do(&call), SEC_E_INCOMPLETE_MESSAGE);
	EXPECT(call_made_nothing(&call));
	end();
}

FACT(failure, ntlm_has_no_control_tokens, "page ApplyControlToken: Schannel only, SEC_E_UNSUPPORTED_FUNCTION")
{
	(void)begun(SCHANNEL_SHUTDOWN);
	end();
	ntlm_client_run(&client);
	EXPECT_STATUS(ApplyControlToken(&client.context, &control), SEC_E_UNSUPPORTED_FUNCTION);
	end();
}

FACT(state, the_peer_of_a_shutdown_learns_of_it, "page DecryptMessage (Schannel), SEC_I_CONTEXT_EXPIRED")
{
	static struct logon logon;
	static SecBuffer in[4];
	SecBufferDesc list = { SECBUFFER_VERSION, 4, in };
	struct call call;

	logon_run(&logon, "Schannel");
	(void)begun(SCHANNEL_SHUTDOWN);
	end();
	EXPECT_OK(ApplyControlToken(&logon.client.context, &control));
	call_prepare(&call, &logon.client, NULL, 0);
	call.input = NULL;
	EXPECT_EITHER(call_do(&call), SEC_E_OK, SEC_I_CONTEXT_EXPIRED);
	EXPECT(call.out[0].cbBuffer > 0);
	in[0] = (SecBuffer) { call.out[0].cbBuffer, SECBUFFER_DATA, call_room() };
	EXPECT_STATUS(DecryptMessage(&logon.server.context, &list, 0, NULL), SEC_I_CONTEXT_EXPIRED);
	logon_end(&logon);
}

/* --- CompleteAuthToken */

FACT(failure, completing_no_context_is_an_invalid_handle, "page CompleteAuthToken, SEC_E_INVALID_HANDLE")
{
	EXPECT_STATUS(CompleteAuthToken(NULL, &control), SEC_E_INVALID_HANDLE);
}

FACT(state, ntlm_has_nothing_to_complete, "page CompleteAuthToken: Digest only; Wine ntlm.c never needs it")
{
	ntlm_client_run(&client);
	EXPECT_STATUS(CompleteAuthToken(NULL, &control), SEC_E_INVALID_HANDLE);
	EXPECT_EITHER(CompleteAuthToken(&client.context, &control), SEC_E_OK, SEC_E_UNSUPPORTED_FUNCTION);
	end();
}

/* --- SetContextAttributes */

FACT(failure, ntlm_has_no_attributes_to_set,
     "page SetContextAttributes: Schannel only, SEC_E_UNSUPPORTED_FUNCTION")
{
	char nothing[64] = { 0 };

	ntlm_client_run(&client);
	EXPECT_STATUS(SetContextAttributes(NULL, SECPKG_ATTR_NAMES, nothing, sizeof(nothing)),
		      SEC_E_INVALID_HANDLE);
	EXPECT_STATUS(SetContextAttributes(&client.context, SECPKG_ATTR_NAMES, nothing, sizeof(nothing)),
		      SEC_E_UNSUPPORTED_FUNCTION);
	end();
}

FACT(failure, setting_an_attribute_of_nobody_is_an_invalid_handle,
     "page SetContextAttributes; status SEC_E_INVALID_HANDLE")
{
	char nothing[64] = { 0 };
	CtxtHandle context;

	SecInvalidateHandle(&context);
	EXPECT_STATUS(SetContextAttributes(&context, SECPKG_ATTR_NAMES, nothing, sizeof(nothing)),
		      SEC_E_INVALID_HANDLE);
}

/* --- Attributes of credentials */

static CredHandle tls_credential(DWORD protocols)
{
	SCHANNEL_CRED schannel = { .dwVersion = SCHANNEL_CRED_VERSION, .grbitEnabledProtocols = protocols };
	CredHandle credential;

	EXPECT_OK(AcquireCredentialsHandle(NULL, text_of("Schannel"), SECPKG_CRED_OUTBOUND, NULL, &schannel,
					   NULL, NULL, &credential, NULL));
	return credential;
}

FACT(behaviour, supported_protocols_are_the_enabled_ones, WINE_CREDS ", test_supported_protocols")
{
	CredHandle credential = tls_credential(SP_PROT_TLS1_2_CLIENT);
	DWORD protocols = 0;

	EXPECT_OK(QueryCredentialsAttributes(&credential, SECPKG_ATTR_SUPPORTED_PROTOCOLS, &protocols));
	EXPECT_NUMBER(protocols, SP_PROT_TLS1_2_CLIENT);
	EXPECT_OK(FreeCredentialsHandle(&credential));
}

FACT(behaviour, supported_algorithms_are_a_list, WINE_CREDS ", test_supported_algs")
{
	struct {
		DWORD count;
		unsigned int *list;
	} algorithms = { 0, NULL }; /* SecPkgCred_SupportedAlgs */
	CredHandle credential = tls_credential(0);

	EXPECT_OK(QueryCredentialsAttributes(&credential, SECPKG_ATTR_SUPPORTED_ALGS, &algorithms));
	EXPECT(algorithms.count > 0 && algorithms.list);
	EXPECT_OK(FreeContextBuffer(algorithms.list));
	EXPECT_OK(FreeCredentialsHandle(&credential));
}

FACT(behaviour, cipher_strengths_are_two_numbers, WINE_S ", test_strength")
{
	DWORD strengths[2] = { (DWORD)-1, (DWORD)-1 };
	CredHandle credential = tls_credential(0);

	EXPECT_OK(QueryCredentialsAttributes(&credential, SECPKG_ATTR_CIPHER_STRENGTHS, strengths));
	EXPECT(strengths[0] != (DWORD)-1 && strengths[0] <= strengths[1]);
	EXPECT_OK(FreeCredentialsHandle(&credential));
}

FACT(failure, supported_protocols_into_null_are_an_internal_error, WINE_CREDS)
{
	CredHandle credential = tls_credential(0);

	EXPECT_STATUS(QueryCredentialsAttributes(&credential, SECPKG_ATTR_SUPPORTED_PROTOCOLS, NULL),
		      SEC_E_INTERNAL_ERROR);
	EXPECT_OK(FreeCredentialsHandle(&credential));
}

FACT(failure, supported_algorithms_into_null_are_an_internal_error, WINE_CREDS)
{
	CredHandle credential = tls_credential(0);

	EXPECT_STATUS(QueryCredentialsAttributes(&credential, SECPKG_ATTR_SUPPORTED_ALGS, NULL),
		      SEC_E_INTERNAL_ERROR);
	EXPECT_OK(FreeCredentialsHandle(&credential));
}

FACT(failure, a_schannel_client_without_certificate_has_no_name,
     WINE_S ", SECPKG_CRED_ATTR_NAMES: SEC_E_NO_CREDENTIALS")
{
	CredHandle credential = tls_credential(0);
	SecPkgCredentials_Names names;

	EXPECT_STATUS(QueryCredentialsAttributes(&credential, SECPKG_CRED_ATTR_NAMES, &names),
		      SEC_E_NO_CREDENTIALS);
	EXPECT_OK(FreeCredentialsHandle(&credential));
}

FACT(behaviour, an_ntlm_credential_tells_its_user, QUERY ", SECPKG_CRED_ATTR_NAMES")
{
	SecPkgCredentials_Names names = { 0 };

	client_start(&client, "NTLM");
	EXPECT_OK(QueryCredentialsAttributes(&client.credential, SECPKG_CRED_ATTR_NAMES, &names));
	EXPECT(text_length((const text *)names.sUserName) >= sizeof(HOST_USER) - 1);
	EXPECT_OK(FreeContextBuffer(names.sUserName));
	end();
}

FACT(failure, an_unknown_attribute_of_a_credential_is_unsupported, QUERY ", SEC_E_UNSUPPORTED_FUNCTION")
{
	char nothing[64];

	client_start(&client, "NTLM");
	EXPECT_STATUS(QueryCredentialsAttributes(NULL, 999, nothing), SEC_E_INVALID_HANDLE);
	EXPECT_STATUS(QueryCredentialsAttributes(&client.credential, 999, nothing),
		      SEC_E_UNSUPPORTED_FUNCTION);
	end();
}

FACT(failure, attributes_of_no_credential_are_an_invalid_handle, QUERY ", SEC_E_INVALID_HANDLE")
{
	SecPkgCredentials_Names names;

	EXPECT_STATUS(QueryCredentialsAttributes(NULL, SECPKG_CRED_ATTR_NAMES, &names), SEC_E_INVALID_HANDLE);
}

FACT(state, a_freed_credential_has_no_attributes, QUERY ", SEC_E_INVALID_HANDLE")
{
	SecPkgCredentials_Names names;

	client_start(&client, "NTLM");
	EXPECT_OK(FreeCredentialsHandle(&client.credential));
	EXPECT_STATUS(QueryCredentialsAttributes(&client.credential, SECPKG_CRED_ATTR_NAMES, &names),
		      SEC_E_INVALID_HANDLE);
}

FACT(failure, ntlm_takes_no_kdc_proxy,
     "page SetCredentialsAttributes: KDC_PROXY_SETTINGS is Kerberos' own, SEC_E_UNSUPPORTED_FUNCTION")
{
	char settings[16] = { 1 };

	client_start(&client, "NTLM");
	EXPECT_STATUS(SetCredentialsAttributes(NULL, SECPKG_CRED_ATTR_KDC_PROXY_SETTINGS, settings,
					       sizeof(settings)),
		      SEC_E_INVALID_HANDLE);
	EXPECT_STATUS(SetCredentialsAttributes(&client.credential, SECPKG_CRED_ATTR_KDC_PROXY_SETTINGS,
					       settings, sizeof(settings)),
		      SEC_E_UNSUPPORTED_FUNCTION);
	end();
}

FACT(failure, setting_an_attribute_of_no_credential_is_an_invalid_handle,
     "page SetCredentialsAttributes, SEC_E_INVALID_HANDLE")
{
	char settings[16] = { 1 };
	CredHandle credential;

	SecInvalidateHandle(&credential);
	EXPECT_STATUS(SetCredentialsAttributes(&credential, SECPKG_CRED_ATTR_KDC_PROXY_SETTINGS, settings,
					       sizeof(settings)),
		      SEC_E_INVALID_HANDLE);
}

/* --- AddCredentials, ChangeAccountPassword */

FACT(failure, adding_to_no_credential_is_an_invalid_handle,
     "page AddCredentials; status SEC_E_INVALID_HANDLE")
{
	SEC_WINNT_AUTH_IDENTITY identity = identity_of(HOST_USER, HOST_DOMAIN, HOST_PASSWORD);
	CredHandle credential;

	SecInvalidateHandle(&credential);
	EXPECT_STATUS(AddCredentials(&credential, NULL, text_of("NTLM"), SECPKG_CRED_OUTBOUND, &identity,
				     NULL, NULL, NULL),
		      SEC_E_INVALID_HANDLE);
}

FACT(failure, tls_changes_no_passwords,
     "page ChangeAccountPassword, pszPackageName: Kerberos, Negotiate, NTLM")
{
	SecBuffer out = { 0, SECBUFFER_CHANGE_PASS_RESPONSE, NULL };
	SecBufferDesc list = { SECBUFFER_VERSION, 1, &out };

	EXPECT_STATUS(ChangeAccountPassword(text_of("Winetest"), text_of(HOST_DOMAIN), text_of(HOST_USER),
					    text_of(HOST_PASSWORD), text_of("another"), 0, 0, &list),
		      SEC_E_SECPKG_NOT_FOUND);
	EXPECT(ChangeAccountPassword(text_of("Schannel"), text_of(HOST_DOMAIN), text_of(HOST_USER),
				     text_of(HOST_PASSWORD), text_of("another"), 0, 0, &list) < 0);
}

FACT(failure, an_unknown_package_changes_no_passwords, "page ChangeAccountPassword, pszPackageName")
{
	SecBuffer out = { 0, SECBUFFER_CHANGE_PASS_RESPONSE, NULL };
	SecBufferDesc list = { SECBUFFER_VERSION, 1, &out };

	EXPECT_STATUS(ChangeAccountPassword(text_of("Winetest"), text_of(HOST_DOMAIN), text_of(HOST_USER),
					    text_of(HOST_PASSWORD), text_of("another"), 0, 0, &list),
		      SEC_E_SECPKG_NOT_FOUND);
}
