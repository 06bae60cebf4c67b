/* CREDSSP: the logon inside, what is delegated, and its own attributes. */
#include "logon.h"

#define ACCEPT   "page AcceptSecurityContext (CredSSP)"
#define INITIATE "page InitializeSecurityContext (CredSSP)"
#define QUERY    "page QueryContextAttributes (CredSSP)"

/* credssp.h defines them for the SSPI package's own builds alone. */
enum attribute {
	OF_SUBJECT = 0x80,
	OF_CREDS = (int)0x80000080,
	OF_NEGOTIATION_PACKAGE = (int)0x80000081,
	OF_SERVER_AUTH = (int)0x80000083,
	OF_CERT_TRUST = (int)0x80000084,
	OF_CREDS_2 = (int)0x80000086,
};

static struct logon logon;
static struct call call;
static unsigned char room[1024];

static void start(void)
{
	host_needs_package("CREDSSP");
	logon_start(&logon, "CREDSSP");
}

static void run(void)
{
	logon_run(&logon, "CREDSSP");
}

static void end(void)
{
	logon_end(&logon);
}

static SECURITY_STATUS query_client(enum attribute attribute)
{
	return QueryContextAttributes(&logon.client.context, (ULONG)attribute, room);
}

static SECURITY_STATUS query_server(enum attribute attribute)
{
	return QueryContextAttributes(&logon.server.context, (ULONG)attribute, room);
}

/* --- The exchange */

FACT(state, the_last_token_of_a_client_comes_with_ok,
     "observed: the client's last leg returns TSCredentials together with SEC_E_OK")
{
	host_needs_accounts();
	start();
	side_call(&logon.client, &logon.server);
	for (unsigned i = 0; i < 16 && logon.client.status != SEC_E_OK; i++) {
		side_call(&logon.server, &logon.client);
		EXPECT_STATUS(logon.server.status, SEC_I_CONTINUE_NEEDED);
		side_call(&logon.client, &logon.server);
		EXPECT(logon.client.status >= 0);
	}
	EXPECT_OK(logon.client.status);
	EXPECT(logon.server.arrived.size > 0);
	logon_go_on(&logon);
	EXPECT_OK(logon.server.status);
	end();
}

FACT(state, a_finished_server_has_nothing_more_to_send, ACCEPT ", SEC_E_OK")
{
	run();
	EXPECT_NUMBER(logon.client.arrived.size, 0);
	end();
}

FACT(state, credssp_never_asks_to_complete_the_token,
     "page CompleteAuthToken: Digest only; observed: no CredSSP does")
{
	host_needs_accounts();
	start();
	for (unsigned i = 0; i < 16 && (i == 0 || logon.server.status == SEC_I_CONTINUE_NEEDED); i++) {
		if (i == 0 || logon.client.status == SEC_I_CONTINUE_NEEDED)
			side_call(&logon.client, &logon.server);
		EXPECT_EITHER(logon.client.status, SEC_E_OK, SEC_I_CONTINUE_NEEDED);
		side_call(&logon.server, &logon.client);
		EXPECT_EITHER(logon.server.status, SEC_E_OK, SEC_I_CONTINUE_NEEDED);
	}
	EXPECT_OK(logon.server.status);
	end();
}

static void is_denied(const char *user, const char *password)
{
	SEC_WINNT_AUTH_IDENTITY identity = identity_of(user, HOST_DOMAIN, password);
	CREDSSP_CRED both = { CredsspSubmitBufferBoth, NULL, &identity };

	start();
	EXPECT_OK(FreeCredentialsHandle(&logon.client.credential));
	EXPECT_OK(host_acquire_client("CREDSSP", &both, &logon.client.credential));
	logon.server.request |= ASC_REQ_EXTENDED_ERROR;
	logon_go_on(&logon);
	EXPECT_STATUS(logon.server.status, SEC_E_LOGON_DENIED);
}

FACT(failure, a_wrong_password_is_denied_by_credssp, ACCEPT ", SEC_E_LOGON_DENIED")
{
	is_denied(HOST_USER, "not the password");
	end();
}

FACT(failure, an_unknown_user_is_denied_by_credssp, ACCEPT ", SEC_E_LOGON_DENIED")
{
	is_denied("nobody", HOST_PASSWORD);
	end();
}

FACT(failure, a_client_is_told_that_its_logon_was_denied,
     INITIATE ", SEC_E_LOGON_DENIED; MS-CSSP 2.2.1, errorCode")
{
	is_denied(HOST_USER, "not the password");
	EXPECT_STATUS(logon.client.status, SEC_E_LOGON_DENIED);
	end();
}

FACT(failure, a_denied_context_has_no_credentials,
     QUERY ", SEC_E_INVALID_HANDLE for a context that is not complete")
{
	is_denied(HOST_USER, "not the password");
	EXPECT_STATUS(query_server(OF_CREDS_2), SEC_E_INVALID_HANDLE);
	end();
}

FACT(failure, a_denied_context_stays_denied, ACCEPT ": after a failure the context is to be deleted")
{
	is_denied(HOST_USER, "not the password");
	call_prepare_next(&call, &logon.server);
	EXPECT(call_do(&call) < 0);
	end();
}

FACT(failure, a_handshake_that_was_altered_is_refused, ACCEPT ", SEC_E_INVALID_TOKEN")
{
	start();
	side_call(&logon.client, &logon.server);
	memset(logon.server.arrived.data + 5, 0xEE, 16);
	side_call(&logon.server, &logon.client);
	EXPECT(logon.server.status < 0 && logon.server.status != SEC_E_INCOMPLETE_MESSAGE);
	end();
}

FACT(failure, a_flag_that_is_not_offered_is_an_unsupported_function,
     ACCEPT ", SEC_E_UNSUPPORTED_FUNCTION; header sspi.h: 0x40 in ASC_REQ")
{
	start();
	side_call(&logon.client, &logon.server);
	call_prepare_next(&call, &logon.server);
	call.request |= 0x40;
	EXPECT_STATUS(call_do(&call), SEC_E_UNSUPPORTED_FUNCTION);
	EXPECT(call_made_nothing(&call));
	end();
}

FACT(state, a_server_may_ask_for_delegation, ACCEPT ", ASC_REQ_DELEGATE: allowed in the list of flags")
{
	host_needs_accounts();
	start();
	logon.server.request |= ASC_REQ_DELEGATE;
	logon_go_on(&logon);
	EXPECT_OK(logon.server.status);
	end();
}

FACT(state, without_delegation_the_logon_ends_as_well,
     INITIATE ", ISC_REQ_DELEGATE not set: an empty credential is sent")
{
	host_needs_accounts();
	start();
	logon.client.request &= ~(ULONG)ISC_REQ_DELEGATE;
	logon_go_on(&logon);
	EXPECT_OK(logon.client.status);
	EXPECT_OK(logon.server.status);
	end();
}

FACT(state, without_delegation_there_are_no_credentials,
     INITIATE ", ISC_REQ_DELEGATE not set; status SEC_E_NO_CREDENTIALS")
{
	host_needs_accounts();
	start();
	logon.client.request &= ~(ULONG)ISC_REQ_DELEGATE;
	logon_go_on(&logon);
	EXPECT_OK(logon.server.status);
	EXPECT_STATUS(query_server(OF_CREDS_2), SEC_E_NO_CREDENTIALS);
	end();
}

FACT(failure, a_password_is_not_delegated_where_ntlm_proved_nobody, INITIATE ", SEC_E_POLICY_NLTM_ONLY")
{
	SEC_WINNT_AUTH_IDENTITY identity = identity_of(HOST_USER, HOST_DOMAIN, HOST_PASSWORD);
	CREDSSP_CRED both = { CredsspSubmitBufferBoth, NULL, &identity };

	host_needs_accounts();
	start();
	EXPECT_OK(FreeCredentialsHandle(&logon.client.credential));
	EXPECT_OK(AcquireCredentialsHandle(NULL, text_of("CREDSSP"), SECPKG_CRED_OUTBOUND, NULL, &both, NULL,
					   NULL, &logon.client.credential, NULL));
	logon_go_on(&logon);
	EXPECT_NUMBER((uint32_t)logon.client.status, 0x8009035F);
	end();
}

FACT(state, a_delegating_client_and_its_server_say_so, INITIATE ", " ACCEPT ", pfContextAttr: DELEGATE")
{
	run();
	EXPECT_NUMBER(logon.client.reached & ISC_RET_DELEGATE, ISC_RET_DELEGATE);
	EXPECT_NUMBER(logon.server.reached & ASC_RET_DELEGATE, ASC_RET_DELEGATE);
	end();
}

FACT(state, a_partial_context_of_credssp_can_be_deleted,
     ACCEPT ": the server must delete the partial context")
{
	start();
	side_call(&logon.client, &logon.server);
	side_call(&logon.server, &logon.client);
	EXPECT_STATUS(logon.server.status, SEC_I_CONTINUE_NEEDED);
	EXPECT_OK(DeleteSecurityContext(&logon.server.context));
	logon.server.has_context = false;
	end();
}

FACT(state, a_server_takes_allocated_memory_until_the_end, ACCEPT ", ASC_REQ_ALLOCATE_MEMORY")
{
	start();
	side_call(&logon.client, &logon.server);
	call_prepare_next(&call, &logon.server);
	call.request |= ASC_REQ_ALLOCATE_MEMORY;
	EXPECT_STATUS(call_do(&call), SEC_I_CONTINUE_NEEDED);
	EXPECT(call.out[0].pvBuffer != call_room() && call.out[0].cbBuffer > 5);
	EXPECT_OK(FreeContextBuffer(call.out[0].pvBuffer));
	call_keep(&call, &logon.server);
	end();
}

/* --- Attributes */

FACT(state, credsspss_package_info_names_credssp, QUERY ", PACKAGE_INFO")
{
	SecPkgContext_PackageInfo info;

	run();
	EXPECT_OK(QueryContextAttributes(&logon.server.context, SECPKG_ATTR_PACKAGE_INFO, &info));
	EXPECT(text_is(info.PackageInfo->Name, "CREDSSP"));
	EXPECT_OK(FreeContextBuffer(info.PackageInfo));
	end();
}

FACT(state, credssp_tells_which_package_spnego_chose, QUERY ", NEGOTIATION_PACKAGE")
{
	SecPkgContext_PackageInfo info;

	run();
	EXPECT_OK(QueryContextAttributes(&logon.client.context, (ULONG)OF_NEGOTIATION_PACKAGE, &info));
	EXPECT(text_is(info.PackageInfo->Name, "NTLM"));
	EXPECT_OK(FreeContextBuffer(info.PackageInfo));
	end();
}

FACT(state, credssps_sizes_are_those_of_the_logon_inside, QUERY ", SIZES")
{
	SecPkgContext_Sizes sizes;

	run();
	EXPECT_OK(QueryContextAttributes(&logon.client.context, SECPKG_ATTR_SIZES, &sizes));
	EXPECT_NUMBER(sizes.cbMaxSignature, 16);
	EXPECT_NUMBER(sizes.cbSecurityTrailer, 16);
	end();
}

FACT(state, credssp_gives_a_server_the_users_name,
     "observed: Remote Desktop asks a CredSSP context for NAMES")
{
	SecPkgContext_Names names;

	run();
	EXPECT_OK(QueryContextAttributes(&logon.server.context, SECPKG_ATTR_NAMES, &names));
	EXPECT(text_is((const text *)names.sUserName, HOST_DOMAIN "\\" HOST_USER));
	EXPECT_OK(FreeContextBuffer(names.sUserName));
	end();
}

FACT(state, credssp_gives_a_session_key, "observed: Remote Desktop asks a CredSSP context for SESSION_KEY")
{
	SecPkgContext_SessionKey key;

	run();
	EXPECT_OK(QueryContextAttributes(&logon.client.context, SECPKG_ATTR_SESSION_KEY, &key));
	EXPECT(key.SessionKeyLength > 0);
	EXPECT_OK(FreeContextBuffer(key.SessionKey));
	end();
}

FACT(state, credssp_gives_negotiation_info,
     "observed: Remote Desktop asks a CredSSP context for NEGOTIATION_INFO")
{
	SecPkgContext_NegotiationInfo info;

	run();
	EXPECT_OK(QueryContextAttributes(&logon.client.context, SECPKG_ATTR_NEGOTIATION_INFO, &info));
	EXPECT(text_is(info.PackageInfo->Name, "NTLM"));
	EXPECT_OK(FreeContextBuffer(info.PackageInfo));
	end();
}

FACT(state, a_delegated_password_is_a_packed_interactive_logon,
     QUERY ", CREDS_2; header ntsecapi.h, KERB_INTERACTIVE_LOGON")
{
	SecPkgContext_ClientCreds creds = { 0 };
	uint32_t type;

	run();
	EXPECT_OK(QueryContextAttributes(&logon.server.context, (ULONG)OF_CREDS_2, &creds));
	EXPECT(creds.AuthBufferLen > 32 && creds.AuthBuffer);
	memcpy(&type, creds.AuthBuffer, sizeof(type));
	EXPECT_NUMBER(type, 2);
	EXPECT_OK(FreeContextBuffer(creds.AuthBuffer));
	end();
}

FACT(state, a_packed_logon_holds_offsets_into_itself,
     "page KERB_CERTIFICATE_LOGON, for its offsets; " QUERY ", CREDS_2")
{
	SecPkgContext_ClientCreds creds = { 0 };
	uint64_t offset;
	uint16_t length;

	if (sizeof(void *) != 8) /* the offsets below are those of 64 bits */
		return;
	run();
	EXPECT_OK(QueryContextAttributes(&logon.server.context, (ULONG)OF_CREDS_2, &creds));
	memcpy(&length, creds.AuthBuffer + 24, sizeof(length)); /* UserName */
	memcpy(&offset, creds.AuthBuffer + 32, sizeof(offset));
	EXPECT_NUMBER(length, 2 * (sizeof(HOST_USER) - 1));
	EXPECT(offset >= 56 && offset + length <= creds.AuthBufferLen && offset % 2 == 0);
	for (size_t i = 0; i < length; i++)
		EXPECT_NUMBER(creds.AuthBuffer[offset + i], i % 2 ? 0 : (unsigned char)HOST_USER[i / 2]);
	EXPECT_OK(FreeContextBuffer(creds.AuthBuffer));
	end();
}

FACT(failure, a_client_has_no_delegated_credentials, QUERY ", CREDS_2: server only")
{
	run();
	EXPECT_STATUS(query_client(OF_CREDS_2), SEC_E_UNSUPPORTED_FUNCTION);
	EXPECT_STATUS(query_client(OF_CREDS), SEC_E_UNSUPPORTED_FUNCTION);
	end();
}

FACT(state, a_client_learns_how_its_server_was_authenticated, QUERY ", SERVER_AUTH_FLAGS")
{
	run();
	EXPECT_OK(query_client(OF_SERVER_AUTH));
	end();
}

FACT(failure, a_server_has_no_server_auth_flags, QUERY ", SERVER_AUTH_FLAGS: client only")
{
	run();
	EXPECT_STATUS(query_server(OF_SERVER_AUTH), SEC_E_UNSUPPORTED_FUNCTION);
	end();
}

FACT(state, a_client_learns_whether_the_certificate_is_trusted, QUERY ", CERT_TRUST_STATUS")
{
	run();
	memset(room, 0, 8);
	EXPECT_OK(query_client(OF_CERT_TRUST));
	EXPECT(room[0] | room[1] | room[2] | room[3]); /* dwErrorStatus: it signed itself */
	end();
}

FACT(failure, a_server_has_no_cert_trust_status, QUERY ", CERT_TRUST_STATUS: client only")
{
	run();
	EXPECT_STATUS(query_server(OF_CERT_TRUST), SEC_E_UNSUPPORTED_FUNCTION);
	end();
}

FACT(state, a_server_may_ask_for_the_users_attributes, QUERY ", SUBJECT_SECURITY_ATTRIBUTES")
{
	run();
	EXPECT_OK(query_server(OF_SUBJECT));
	end();
}

FACT(failure, a_client_has_no_subject_attributes, QUERY ", SUBJECT_SECURITY_ATTRIBUTES: server only")
{
	run();
	EXPECT_STATUS(query_client(OF_SUBJECT), SEC_E_UNSUPPORTED_FUNCTION);
	end();
}

FACT(failure, an_unknown_attribute_is_unsupported_by_credssp, QUERY ", SEC_E_UNSUPPORTED_FUNCTION")
{
	run();
	EXPECT_STATUS(QueryContextAttributes(&logon.client.context, 999, room), SEC_E_UNSUPPORTED_FUNCTION);
	end();
}

static void unfinished_has_no(enum attribute attribute)
{
	start();
	side_call(&logon.client, &logon.server);
	EXPECT_STATUS(query_client(attribute), SEC_E_INVALID_HANDLE);
	end();
}

FACT(state, an_unfinished_context_of_credssp_has_no_package,
     QUERY ", SEC_E_INVALID_HANDLE for a context that is not complete")
{
	unfinished_has_no(OF_NEGOTIATION_PACKAGE);
}

FACT(state, an_unfinished_context_of_credssp_has_no_sizes,
     QUERY ", SEC_E_INVALID_HANDLE for a context that is not complete")
{
	unfinished_has_no((enum attribute)SECPKG_ATTR_SIZES);
}
