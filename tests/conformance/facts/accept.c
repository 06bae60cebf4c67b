/* AcceptSecurityContext of NTLM and Negotiate. */
#include "logon.h"

#define PAGE "page AcceptSecurityContext"

static struct logon logon;
static struct call call;

/* The client's first token has come; the server's first call is not yet made. */
static void prepare_first(const char *package)
{
	logon_start(&logon, package);
	side_call(&logon.client, &logon.server);
	call_prepare_next(&call, &logon.server);
}

/* The client's last token has come. */
static void prepare_last(const char *password)
{
	logon_start_with(&logon, "NTLM", password);
	side_call(&logon.client, &logon.server);
	side_call(&logon.server, &logon.client);
	side_call(&logon.client, &logon.server);
	EXPECT_OK(logon.client.status);
	call_prepare_next(&call, &logon.server);
}

static void end(void)
{
	logon_end(&logon);
}

/* --- The first call */

FACT(behaviour, ntlm_answers_a_negotiate_with_a_challenge, PAGE " (NTLM); MS-NLMP 2.2.1.2")
{
	prepare_first("NTLM");
	EXPECT_STATUS(call_do(&call), SEC_I_CONTINUE_NEEDED);
	EXPECT(call.out[0].cbBuffer > 32 && memcmp(call_room(), "NTLMSSP\0\2\0\0\0", 12) == 0);
	call_keep(&call, &logon.server);
	end();
}

FACT(behaviour, negotiate_answers_with_a_token, "Wine negotiate.c, run_server")
{
	prepare_first("Negotiate");
	EXPECT_STATUS(call_do(&call), SEC_I_CONTINUE_NEEDED);
	EXPECT(call.out[0].cbBuffer > 0);
	call_keep(&call, &logon.server);
	end();
}

FACT(behaviour, two_challenges_are_not_the_same, "MS-NLMP 3.2.5.1.1: ServerChallenge is a nonce")
{
	static unsigned char first[8];
	CtxtHandle one;

	prepare_first("NTLM");
	EXPECT_STATUS(call_do(&call), SEC_I_CONTINUE_NEEDED);
	memcpy(first, call_room() + 24, 8);
	one = call.made;
	call_prepare_next(&call, &logon.server);
	EXPECT_STATUS(call_do(&call), SEC_I_CONTINUE_NEEDED);
	EXPECT(memcmp(first, call_room() + 24, 8) != 0);
	call_keep(&call, &logon.server);
	EXPECT_OK(DeleteSecurityContext(&one));
	end();
}

FACT(behaviour, a_server_takes_allocated_memory_too, PAGE ", ASC_REQ_ALLOCATE_MEMORY")
{
	prepare_first("NTLM");
	call.request |= ASC_REQ_ALLOCATE_MEMORY;
	call.out[0].pvBuffer = NULL;
	call.out[0].cbBuffer = 0;
	EXPECT_STATUS(call_do(&call), SEC_I_CONTINUE_NEEDED);
	EXPECT(call.out[0].pvBuffer && call.out[0].cbBuffer > 32);
	EXPECT_OK(FreeContextBuffer(call.out[0].pvBuffer));
	call_keep(&call, &logon.server);
	end();
}

static void is_refused_first(const char *package, const void *token, ULONG size)
{
	static struct side server;

	server_start(&server, package);
	call_prepare(&call, &server, token, size);
	EXPECT_STATUS(call_do(&call), SEC_E_INVALID_TOKEN);
	EXPECT(call_made_nothing(&call));
	side_end(&server);
}

FACT(failure, a_server_of_ntlm_refuses_what_is_no_message, PAGE " (NTLM), SEC_E_INVALID_TOKEN")
{
	is_refused_first("NTLM", "0123456789012345678901234567890123456789", 40);
}

FACT(failure, a_server_of_negotiate_refuses_what_is_no_message, PAGE " (Negotiate), SEC_E_INVALID_TOKEN")
{
	is_refused_first("Negotiate", "0123456789012345678901234567890123456789", 40);
}

FACT(failure, a_server_of_ntlm_refuses_a_message_that_ends_early, PAGE " (NTLM), SEC_E_INVALID_TOKEN")
{
	is_refused_first("NTLM", "NTLMSSP\0\1\0", 10);
}

FACT(failure, a_server_of_ntlm_refuses_no_bytes, PAGE " (NTLM), SEC_E_INVALID_TOKEN")
{
	is_refused_first("NTLM", "", 0);
}

FACT(failure, a_server_of_ntlm_refuses_a_challenge, PAGE " (NTLM), SEC_E_INVALID_TOKEN")
{
	is_refused_first("NTLM", ntlm_challenge, ntlm_challenge_size);
}

FACT(failure, a_server_of_ntlm_refuses_to_begin_with_the_last_message, PAGE " (NTLM), SEC_E_INVALID_TOKEN")
{
	static unsigned char last[64] = "NTLMSSP\0\3";

	is_refused_first("NTLM", last, sizeof(last));
}

FACT(failure, a_server_without_an_input_list_refuses, PAGE ", pInput, SEC_E_INVALID_TOKEN")
{
	prepare_first("NTLM");
	call.input = NULL;
	EXPECT_STATUS(call_do(&call), SEC_E_INVALID_TOKEN);
	end();
}

FACT(failure, a_server_without_a_token_in_its_input_refuses, PAGE ", pInput, SEC_E_INVALID_TOKEN")
{
	prepare_first("NTLM");
	call.in[0].BufferType = SECBUFFER_DATA;
	EXPECT_STATUS(call_do(&call), SEC_E_INVALID_TOKEN);
	end();
}

FACT(failure, a_server_of_ntlm_with_few_bytes_has_too_small_a_buffer,
     "Wine ntlm.c, runClient, for the other role; " PAGE " (NTLM)")
{
	prepare_first("NTLM");
	call.out[0].cbBuffer = 16;
	EXPECT_STATUS(call_do(&call), SEC_E_BUFFER_TOO_SMALL);
	EXPECT(call_made_nothing(&call));
	end();
}

FACT(failure, a_server_of_ntlm_without_output_has_too_small_a_buffer,
     "Wine ntlm.c, runClient, for the other role")
{
	prepare_first("NTLM");
	call.output = NULL;
	EXPECT_STATUS(call_do(&call), SEC_E_BUFFER_TOO_SMALL);
	end();
}

FACT(behaviour, the_token_may_stand_behind_other_buffers,
     "page SecBufferDesc: buffers are found by their type")
{
	SecBuffer token;

	prepare_first("NTLM");
	token = call.in[0];
	call.in[0] = call.in[1];
	call.in[1] = token;
	EXPECT_STATUS(call_do(&call), SEC_I_CONTINUE_NEEDED);
	call_keep(&call, &logon.server);
	end();
}

FACT(behaviour, the_input_may_be_marked_read_only, "page SecBuffer, SECBUFFER_READONLY; SECBUFFER_ATTRMASK")
{
	prepare_first("NTLM");
	call.in[0].BufferType |= SECBUFFER_READONLY;
	EXPECT_STATUS(call_do(&call), SEC_I_CONTINUE_NEEDED);
	call_keep(&call, &logon.server);
	end();
}

/* --- The last call */

FACT(state, the_right_password_is_let_in, "Wine ntlm.c, testAuth; " PAGE " (NTLM), SEC_E_OK")
{
	host_needs_accounts();
	prepare_last(HOST_PASSWORD);
	EXPECT_OK(call_do(&call));
	EXPECT_NUMBER(call.out[0].cbBuffer, 0);
	end();
}

FACT(failure, a_wrong_password_is_denied, "Wine ntlm.c, testAuth; " PAGE " (NTLM), SEC_E_LOGON_DENIED")
{
	prepare_last("not the password");
	EXPECT_STATUS(call_do(&call), SEC_E_LOGON_DENIED);
	end();
}

static void unknown_user(const char *package)
{
	SEC_WINNT_AUTH_IDENTITY identity = identity_of("nobody", HOST_DOMAIN, HOST_PASSWORD);

	logon_start(&logon, package);
	EXPECT_OK(FreeCredentialsHandle(&logon.client.credential));
	EXPECT_OK(host_acquire_client(package, &identity, &logon.client.credential));
	logon_go_on(&logon);
	EXPECT_STATUS(logon.server.status, SEC_E_LOGON_DENIED);
	end();
}

FACT(failure, an_unknown_user_is_denied_by_ntlm,
     "Wine ntlm.c, testAuth: SEC_E_LOGON_DENIED where nobody made the account")
{
	unknown_user("NTLM");
}

FACT(failure, an_unknown_user_is_denied_by_negotiate,
     "Wine negotiate.c: SEC_E_LOGON_DENIED where nobody made the account")
{
	unknown_user("Negotiate");
}

FACT(failure, a_wrong_password_is_denied_by_negotiate, PAGE " (Negotiate), SEC_E_LOGON_DENIED")
{
	logon_start_with(&logon, "Negotiate", "not the password");
	logon_go_on(&logon);
	EXPECT_STATUS(logon.server.status, SEC_E_LOGON_DENIED);
	end();
}

FACT(state, a_denied_context_does_not_go_on, PAGE ": a failed context is to be deleted")
{
	prepare_last("not the password");
	EXPECT_STATUS(call_do(&call), SEC_E_LOGON_DENIED);
	call_prepare_next(&call, &logon.server);
	EXPECT(call_do(&call) < 0);
	end();
}

FACT(state, a_denied_context_has_no_names,
     "page QueryContextAttributes, SEC_E_INVALID_HANDLE for a context that is not complete")
{
	SecPkgContext_Names names;

	prepare_last("not the password");
	EXPECT_STATUS(call_do(&call), SEC_E_LOGON_DENIED);
	EXPECT_STATUS(QueryContextAttributes(&logon.server.context, SECPKG_ATTR_NAMES, &names),
		      SEC_E_INVALID_HANDLE);
	end();
}

FACT(failure, the_last_message_cut_short_is_an_invalid_token, PAGE " (NTLM), SEC_E_INVALID_TOKEN")
{
	prepare_last(HOST_PASSWORD);
	call.in[0].cbBuffer = 40;
	EXPECT_STATUS(call_do(&call), SEC_E_INVALID_TOKEN);
	end();
}

FACT(failure, a_negotiate_message_in_place_of_the_last_is_an_invalid_token,
     PAGE " (NTLM), SEC_E_INVALID_TOKEN")
{
	static unsigned char again[40] = "NTLMSSP\0\1";

	prepare_last(HOST_PASSWORD);
	call.in[0].pvBuffer = again;
	call.in[0].cbBuffer = sizeof(again);
	EXPECT_STATUS(call_do(&call), SEC_E_INVALID_TOKEN);
	end();
}

FACT(failure, a_last_message_bent_in_its_response_is_denied, PAGE " (NTLM), SEC_E_LOGON_DENIED")
{
	static unsigned char bent[2048];
	ULONG offset;

	prepare_last(HOST_PASSWORD);
	EXPECT(call.in[0].cbBuffer <= sizeof(bent));
	memcpy(bent, call.in[0].pvBuffer, call.in[0].cbBuffer);
	offset = bent[24] | (ULONG)bent[25] << 8; /* NtChallengeResponse */
	bent[offset] ^= 1;
	call.in[0].pvBuffer = bent;
	EXPECT_STATUS(call_do(&call), SEC_E_LOGON_DENIED);
	end();
}

FACT(state, a_call_to_a_finished_server_is_out_of_sequence,
     "status page: SEC_E_OUT_OF_SEQUENCE; observed: NTLM")
{
	logon_run(&logon, "NTLM");
	call_prepare(&call, &logon.server, ntlm_challenge, ntlm_challenge_size);
	EXPECT_STATUS(call_do(&call), SEC_E_OUT_OF_SEQUENCE);
	end();
}

FACT(state, a_finished_context_still_works_after_a_call_out_of_sequence, "status page: SEC_E_OUT_OF_SEQUENCE")
{
	SecPkgContext_Sizes sizes;

	logon_run(&logon, "NTLM");
	call_prepare(&call, &logon.server, ntlm_challenge, ntlm_challenge_size);
	EXPECT_STATUS(call_do(&call), SEC_E_OUT_OF_SEQUENCE);
	EXPECT_OK(QueryContextAttributes(&logon.server.context, SECPKG_ATTR_SIZES, &sizes));
	end();
}

FACT(state, one_server_credential_lets_many_in, PAGE ": a credential feeds many contexts")
{
	CtxtHandle first;

	logon_run(&logon, "NTLM");
	first = logon.server.context;
	EXPECT_OK(DeleteSecurityContext(&logon.client.context));
	logon.client.has_context = logon.server.has_context = false;
	logon.client.status = logon.server.status = SEC_E_OK;
	logon_go_on(&logon);
	EXPECT_OK(logon.server.status);
	EXPECT(memcmp(&first, &logon.server.context, sizeof(first)) != 0);
	EXPECT_OK(DeleteSecurityContext(&first));
	end();
}

FACT(state, a_server_tells_what_was_reached_in_its_own_bits,
     "header sspi.h, ASC_RET_; " PAGE ", pfContextAttr")
{
	ULONG wanted = ASC_RET_CONFIDENTIALITY | ASC_RET_INTEGRITY;

	logon_run(&logon, "NTLM");
	EXPECT_NUMBER(logon.server.reached & wanted, wanted);
	end();
}

FACT(state, negotiate_lets_the_right_password_in, "Wine negotiate.c, test_authentication")
{
	logon_run(&logon, "Negotiate");
	end();
}

FACT(state, a_servers_context_initiates_nothing,
     "page InitializeSecurityContext, phContext; observed: several codes")
{
	prepare_first("NTLM");
	EXPECT_STATUS(call_do(&call), SEC_I_CONTINUE_NEEDED);
	call_keep(&call, &logon.server);
	call_prepare(&call, &logon.server, ntlm_challenge, ntlm_challenge_size);
	call.is_client = true;
	call.credential = &logon.client.credential;
	EXPECT(call_do(&call) < 0);
	end();
}

FACT(state, a_call_with_another_packages_credential_is_refused,
     "status page: SEC_E_WRONG_CREDENTIAL_HANDLE; page AcceptSecurityContext, SEC_E_INVALID_HANDLE")
{
	static struct side other;

	prepare_last(HOST_PASSWORD);
	server_start(&other, "Negotiate");
	call.credential = &other.credential;
	EXPECT(call_do(&call) < 0);
	side_end(&other);
	end();
}

/* --- Channel bindings. MS-NLMP 3.2.5.1.2 */

static unsigned char bindings_a[32 + 24] = { 0 }, bindings_b[32 + 24] = { 0 };

static void fill(unsigned char *bindings, char mark)
{
	SEC_CHANNEL_BINDINGS head = { .cbApplicationDataLength = 24, .dwApplicationDataOffset = 32 };

	memcpy(bindings, &head, sizeof(head));
	memset(bindings + 32, mark, 24);
}

static void add_bindings(struct call *one, unsigned char *bindings)
{
	if (!bindings)
		return;
	one->in[2] = (SecBuffer) { sizeof(bindings_a), SECBUFFER_CHANNEL_BINDINGS, bindings };
	one->in_list.cBuffers = 3;
}

/* One logon with bindings on either side, and what the server says at its end. */
static SECURITY_STATUS log_on_bound(unsigned char *of_client, unsigned char *of_server, ULONG request)
{
	struct side *sides[] = { &logon.client, &logon.server, &logon.client, &logon.server };
	SECURITY_STATUS status = SEC_E_OK;

	fill(bindings_a, 'a');
	fill(bindings_b, 'b');
	logon_start(&logon, "NTLM");
	for (size_t i = 0; i < COUNT_OF(sides) && status >= 0; i++) {
		struct side *peer = sides[i]->is_client ? &logon.server : &logon.client;

		call_prepare_next(&call, sides[i]);
		call.input = &call.in_list;
		if (sides[i]->is_client && i == 0) { /* no token yet */
			call.in[0] = (SecBuffer) { 0, SECBUFFER_EMPTY, NULL };
		}
		call.request |= sides[i]->is_client ? 0 : request;
		add_bindings(&call, sides[i]->is_client ? of_client : of_server);
		status = call_do(&call);
		sides[i]->arrived.size = 0;
		if (status >= 0 && !sides[i]->has_context)
			call_keep(&call, sides[i]);
		memcpy(peer->arrived.data, call_room(), call.out[0].cbBuffer);
		peer->arrived.size = call.out[0].cbBuffer;
	}
	return status;
}

FACT(state, equal_channel_bindings_are_let_in,
     "page Extended Protection for Authentication; SECBUFFER_CHANNEL_BINDINGS")
{
	host_needs_accounts();
	EXPECT_OK(log_on_bound(bindings_a, bindings_a, 0));
	end();
}

FACT(failure, other_channel_bindings_are_bad_bindings,
     "page AcceptSecurityContext (General), SEC_E_BAD_BINDINGS")
{
	host_needs_accounts();
	EXPECT_STATUS(log_on_bound(bindings_a, bindings_b, 0), SEC_E_BAD_BINDINGS);
	end();
}

FACT(state, bindings_of_the_client_alone_are_ignored,
     "page Extended Protection for Authentication: a server without bindings does not check")
{
	host_needs_accounts();
	EXPECT_OK(log_on_bound(bindings_a, NULL, 0));
	end();
}

FACT(failure, a_capable_client_without_bindings_is_not_excused,
     "page Extended Protection for Authentication: ASC_REQ_ALLOW_MISSING_BINDINGS does not excuse an empty "
     "binding")
{
	host_needs_accounts();
	EXPECT_STATUS(log_on_bound(NULL, bindings_a, ASC_REQ_ALLOW_MISSING_BINDINGS), SEC_E_BAD_BINDINGS);
	end();
}

FACT(failure, missing_bindings_are_bad_bindings, "page Extended Protection for Authentication")
{
	host_needs_accounts();
	EXPECT_STATUS(log_on_bound(NULL, bindings_a, 0), SEC_E_BAD_BINDINGS);
	end();
}
