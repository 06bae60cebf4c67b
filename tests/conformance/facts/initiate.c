/* InitializeSecurityContext of NTLM and Negotiate. */
#include "logon.h"

#define PAGE      "page InitializeSecurityContext"
#define WINE_RUN  "Wine ntlm.c, runClient"
#define WINE_BITS "Wine ntlm.c, testInitializeSecurityContextFlags"

static struct side client;
static struct call call;

/* A client's first call, not yet made. */
static void prepare_first(const char *package)
{
	client_start(&client, package);
	call_prepare(&call, &client, NULL, 0);
}

/* A client that has sent its NEGOTIATE, and its next call with these bytes. */
static void prepare_second(const void *challenge, ULONG size)
{
	prepare_first("NTLM");
	EXPECT_STATUS(call_do(&call), SEC_I_CONTINUE_NEEDED);
	call_keep(&call, &client);
	call_prepare(&call, &client, challenge, size);
}

static void end(void)
{
	side_end(&client);
}

/* --- The first call */

FACT(behaviour, ntlm_begins_with_a_negotiate_message, PAGE " (NTLM), first call; MS-NLMP 2.2.1.1")
{
	prepare_first("NTLM");
	EXPECT_STATUS(call_do(&call), SEC_I_CONTINUE_NEEDED);
	EXPECT(call.out[0].cbBuffer >= 32 && memcmp(call_room(), "NTLMSSP\0\1\0\0\0", 12) == 0);
	call_keep(&call, &client);
	end();
}

FACT(behaviour, negotiate_begins_with_a_token, "Wine negotiate.c, run_client")
{
	prepare_first("Negotiate");
	EXPECT_STATUS(call_do(&call), SEC_I_CONTINUE_NEEDED);
	EXPECT(call.out[0].cbBuffer > 0 && call.out[0].cbBuffer < ROOM);
	call_keep(&call, &client);
	end();
}

FACT(behaviour, the_token_keeps_its_type_and_gets_its_size, WINE_RUN)
{
	prepare_first("NTLM");
	EXPECT_STATUS(call_do(&call), SEC_I_CONTINUE_NEEDED);
	EXPECT_NUMBER(call.out[0].BufferType, SECBUFFER_TOKEN);
	EXPECT(call.out[0].cbBuffer < ROOM && call.out[0].pvBuffer == call_room());
	call_keep(&call, &client);
	end();
}

FACT(behaviour, the_first_call_makes_the_context, PAGE ", phNewContext")
{
	prepare_first("NTLM");
	EXPECT_STATUS(call_do(&call), SEC_I_CONTINUE_NEEDED);
	EXPECT(!call_made_nothing(&call) && SecIsValidHandle(&call.made));
	call_keep(&call, &client);
	end();
}

FACT(behaviour, the_first_call_may_have_an_empty_list_for_input,
     PAGE ", pInput: NULL or no data at first; observed: FreeRDP passes one EMPTY")
{
	prepare_first("NTLM");
	call.input = &call.in_list;
	call.in[0] = call.in[1];
	call.in_list.cBuffers = 1;
	EXPECT_STATUS(call_do(&call), SEC_I_CONTINUE_NEEDED);
	call_keep(&call, &client);
	end();
}

FACT(behaviour, the_target_may_be_null_for_ntlm, WINE_RUN)
{
	prepare_first("NTLM");
	call.target = NULL;
	EXPECT_STATUS(call_do(&call), SEC_I_CONTINUE_NEEDED);
	call_keep(&call, &client);
	end();
}

FACT(behaviour, the_expiry_may_be_null, PAGE ", ptsExpiry: optional")
{
	prepare_first("NTLM");
	call.expiry = NULL;
	EXPECT_STATUS(call_do(&call), SEC_I_CONTINUE_NEEDED);
	call_keep(&call, &client);
	end();
}

FACT(behaviour, the_reached_attributes_are_always_written, PAGE ", pfContextAttr")
{
	ULONG before;

	prepare_first("NTLM");
	before = call.reached;
	EXPECT_STATUS(call_do(&call), SEC_I_CONTINUE_NEEDED);
	EXPECT(call.reached != before);
	call_keep(&call, &client);
	end();
}

static void takes_representation(ULONG representation)
{
	prepare_first("NTLM");
	EXPECT_STATUS(InitializeSecurityContext(call.credential, NULL, NULL, 0, 0, representation, NULL, 0,
						call.new_context, call.output, &call.reached, call.expiry),
		      SEC_I_CONTINUE_NEEDED);
	call_keep(&call, &client);
	end();
}

FACT(behaviour, ntlm_takes_network_representation, "Wine ntlm.c, testAuth(SECURITY_NETWORK_DREP)")
{
	takes_representation(SECURITY_NETWORK_DREP);
}

FACT(behaviour, ntlm_takes_native_representation, "Wine ntlm.c, testAuth(SECURITY_NATIVE_DREP)")
{
	takes_representation(SECURITY_NATIVE_DREP);
}

/* --- What is asked for, on the wire. MS-NLMP 2.2.2.5: SIGN 0x10, SEAL 0x20. */

static ULONG wire_flags(ULONG request)
{
	ULONG flags;

	prepare_first("NTLM");
	call.request = request;
	EXPECT_STATUS(call_do(&call), SEC_I_CONTINUE_NEEDED);
	flags = call_room()[12];
	call_keep(&call, &client);
	end();
	return flags & 0x30;
}

FACT(behaviour, without_requests_neither_signing_nor_sealing_is_offered, WINE_BITS)
{
	EXPECT_NUMBER(wire_flags(0), 0);
}

FACT(behaviour, connection_offers_neither_signing_nor_sealing, WINE_BITS)
{
	EXPECT_NUMBER(wire_flags(ISC_REQ_CONNECTION), 0);
}

FACT(behaviour, extended_error_offers_neither_signing_nor_sealing, WINE_BITS)
{
	EXPECT_NUMBER(wire_flags(ISC_REQ_EXTENDED_ERROR), 0);
}

FACT(behaviour, mutual_auth_offers_neither_signing_nor_sealing, WINE_BITS)
{
	EXPECT_NUMBER(wire_flags(ISC_REQ_MUTUAL_AUTH), 0);
}

FACT(behaviour, delegate_offers_neither_signing_nor_sealing, WINE_BITS)
{
	EXPECT_NUMBER(wire_flags(ISC_REQ_DELEGATE), 0);
}

FACT(behaviour, integrity_offers_signing, WINE_BITS)
{
	EXPECT_NUMBER(wire_flags(ISC_REQ_INTEGRITY) & 0x10, 0x10);
}

FACT(behaviour, replay_detection_offers_signing, WINE_BITS)
{
	EXPECT_NUMBER(wire_flags(ISC_REQ_REPLAY_DETECT) & 0x10, 0x10);
}

FACT(behaviour, sequence_detection_offers_signing, WINE_BITS)
{
	EXPECT_NUMBER(wire_flags(ISC_REQ_SEQUENCE_DETECT) & 0x10, 0x10);
}

FACT(behaviour, confidentiality_offers_sealing, WINE_BITS)
{
	EXPECT_NUMBER(wire_flags(ISC_REQ_CONFIDENTIALITY) & 0x20, 0x20);
}

/* --- Where the token goes */

FACT(failure, ntlm_without_an_output_list_has_too_small_a_buffer, WINE_RUN)
{
	prepare_first("NTLM");
	call.output = NULL;
	EXPECT_STATUS(call_do(&call), SEC_E_BUFFER_TOO_SMALL);
	end();
}

FACT(failure, ntlm_without_memory_for_the_token_is_an_internal_error,
     WINE_RUN ": SEC_E_INTERNAL_ERROR or SEC_I_CONTINUE_NEEDED")
{
	prepare_first("NTLM");
	call.out[0].pvBuffer = NULL;
	EXPECT_EITHER(call_do(&call), SEC_E_INTERNAL_ERROR, SEC_I_CONTINUE_NEEDED);
	if (!call_made_nothing(&call))
		call_keep(&call, &client);
	end();
}

FACT(failure, ntlm_with_no_bytes_for_the_token_has_too_small_a_buffer, WINE_RUN)
{
	prepare_first("NTLM");
	call.out[0].cbBuffer = 0;
	EXPECT_STATUS(call_do(&call), SEC_E_BUFFER_TOO_SMALL);
	end();
}

FACT(failure, too_small_a_buffer_stays_empty, WINE_RUN)
{
	prepare_first("NTLM");
	call.out[0].cbBuffer = 0;
	EXPECT_STATUS(call_do(&call), SEC_E_BUFFER_TOO_SMALL);
	EXPECT_NUMBER(call.out[0].cbBuffer, 0);
	EXPECT_NUMBER(call_room()[0], UNTOUCHED);
	end();
}

FACT(failure, ntlm_with_few_bytes_for_the_token_has_too_small_a_buffer,
     PAGE " (NTLM), SEC_E_BUFFER_TOO_SMALL; " WINE_RUN)
{
	prepare_first("NTLM");
	call.out[0].cbBuffer = 8;
	EXPECT_STATUS(call_do(&call), SEC_E_BUFFER_TOO_SMALL);
	EXPECT_NUMBER(call_room()[0], UNTOUCHED);
	end();
}

FACT(failure, ntlm_with_a_buffer_of_another_type_has_too_small_a_buffer, WINE_RUN)
{
	prepare_first("NTLM");
	call.out[0].BufferType = SECBUFFER_DATA;
	EXPECT_STATUS(call_do(&call), SEC_E_BUFFER_TOO_SMALL);
	end();
}

FACT(failure, a_first_call_that_fails_makes_no_context,
     WINE_RUN ": goes on with the same handle; observed: phNewContext is untouched")
{
	prepare_first("NTLM");
	call.out[0].cbBuffer = 0;
	EXPECT_STATUS(call_do(&call), SEC_E_BUFFER_TOO_SMALL);
	EXPECT(call_made_nothing(&call));
	end();
}

FACT(state, a_credential_works_after_a_first_call_that_failed, WINE_RUN)
{
	prepare_first("NTLM");
	call.output = NULL;
	EXPECT_STATUS(call_do(&call), SEC_E_BUFFER_TOO_SMALL);
	call_prepare(&call, &client, NULL, 0);
	EXPECT_STATUS(call_do(&call), SEC_I_CONTINUE_NEEDED);
	call_keep(&call, &client);
	end();
}

FACT(behaviour, allocated_tokens_are_freed_by_free_context_buffer, PAGE ", ISC_REQ_ALLOCATE_MEMORY")
{
	prepare_first("NTLM");
	call.request |= ISC_REQ_ALLOCATE_MEMORY;
	call.out[0].cbBuffer = 0;
	call.out[0].pvBuffer = NULL;
	EXPECT_STATUS(call_do(&call), SEC_I_CONTINUE_NEEDED);
	EXPECT(call.out[0].pvBuffer && call.out[0].cbBuffer > 0);
	EXPECT(memcmp(call.out[0].pvBuffer, "NTLMSSP", 8) == 0);
	EXPECT_OK(FreeContextBuffer(call.out[0].pvBuffer));
	call_keep(&call, &client);
	end();
}

FACT(behaviour, allocated_memory_replaces_the_callers_pointer, PAGE ", ISC_REQ_ALLOCATE_MEMORY")
{
	prepare_first("NTLM");
	call.request |= ISC_REQ_ALLOCATE_MEMORY;
	EXPECT_STATUS(call_do(&call), SEC_I_CONTINUE_NEEDED);
	EXPECT(call.out[0].pvBuffer != call_room());
	EXPECT_NUMBER(call_room()[0], UNTOUCHED);
	EXPECT_OK(FreeContextBuffer(call.out[0].pvBuffer));
	call_keep(&call, &client);
	end();
}

FACT(behaviour, allocated_memory_is_told_in_the_first_call, PAGE ", pfContextAttr: ISC_RET_ALLOCATED_MEMORY")
{
	prepare_first("NTLM");
	call.request |= ISC_REQ_ALLOCATE_MEMORY;
	EXPECT_STATUS(call_do(&call), SEC_I_CONTINUE_NEEDED);
	EXPECT_NUMBER(call.reached & ISC_RET_ALLOCATED_MEMORY, ISC_RET_ALLOCATED_MEMORY);
	EXPECT_OK(FreeContextBuffer(call.out[0].pvBuffer));
	call_keep(&call, &client);
	end();
}

/* --- The second call */

FACT(state, a_challenge_is_answered_and_ends_the_clients_part, "Wine ntlm.c, testAuth with a fake server")
{
	prepare_second(ntlm_challenge, ntlm_challenge_size);
	EXPECT_OK(call_do(&call));
	EXPECT(call.out[0].cbBuffer > 64 && memcmp(call_room(), "NTLMSSP\0\3\0\0\0", 12) == 0);
	end();
}

FACT(state, a_later_call_needs_no_credential, WINE_RUN ": phCredential NULL in the second call")
{
	prepare_second(ntlm_challenge, ntlm_challenge_size);
	call.credential = NULL;
	EXPECT_OK(call_do(&call));
	end();
}

FACT(state, a_later_call_gives_the_same_handle_back,
     "Wine schannel.c: dwLower and dwUpper; " PAGE ", phNewContext")
{
	prepare_second(ntlm_challenge, ntlm_challenge_size);
	EXPECT_OK(call_do(&call));
	EXPECT(memcmp(&call.made, &client.context, sizeof(CtxtHandle)) == 0);
	end();
}

FACT(state, a_later_call_may_write_the_handle_over_itself,
     WINE_RUN ": phContext and phNewContext are the same")
{
	prepare_second(ntlm_challenge, ntlm_challenge_size);
	call.new_context = &client.context;
	EXPECT_OK(call_do(&call));
	end();
}

FACT(state, what_was_reached_is_told_at_the_end, PAGE " (NTLM), pfContextAttr")
{
	ULONG wanted =
		ISC_RET_CONFIDENTIALITY | ISC_RET_INTEGRITY | ISC_RET_REPLAY_DETECT | ISC_RET_SEQUENCE_DETECT;

	prepare_second(ntlm_challenge, ntlm_challenge_size);
	call.request |= ISC_REQ_INTEGRITY | ISC_REQ_REPLAY_DETECT | ISC_REQ_SEQUENCE_DETECT;
	EXPECT_OK(call_do(&call));
	EXPECT_NUMBER(call.reached & wanted, wanted);
	end();
}

FACT(state, ntlm_proves_no_server_and_delegates_nothing, PAGE ": what was asked and not reached is no error")
{
	client_start(&client, "NTLM");
	client.request |= ISC_REQ_MUTUAL_AUTH | ISC_REQ_DELEGATE;
	call_prepare(&call, &client, NULL, 0);
	EXPECT_STATUS(call_do(&call), SEC_I_CONTINUE_NEEDED);
	call_keep(&call, &client);
	call_prepare(&call, &client, ntlm_challenge, ntlm_challenge_size);
	EXPECT_OK(call_do(&call));
	EXPECT_NUMBER(call.reached & (ISC_RET_MUTUAL_AUTH | ISC_RET_DELEGATE), 0);
	end();
}

static void is_refused(const void *challenge, ULONG size)
{
	prepare_second(challenge, size);
	EXPECT_STATUS(call_do(&call), SEC_E_INVALID_TOKEN);
	end();
}

FACT(failure, a_challenge_that_is_none_is_an_invalid_token, PAGE " (NTLM), SEC_E_INVALID_TOKEN")
{
	is_refused("0123456789012345678901234567890123456789", 40);
}

FACT(failure, a_challenge_of_no_bytes_is_an_invalid_token, PAGE " (NTLM), SEC_E_INVALID_TOKEN")
{
	is_refused("", 0);
}

FACT(failure, a_challenge_that_ends_early_is_an_invalid_token, PAGE " (NTLM), SEC_E_INVALID_TOKEN")
{
	is_refused(ntlm_challenge, 20);
}

FACT(failure, a_challenge_whose_target_information_lies_outside_is_an_invalid_token,
     PAGE " (NTLM), SEC_E_INVALID_TOKEN")
{
	unsigned char bent[256];

	memcpy(bent, ntlm_challenge, ntlm_challenge_size);
	bent[45] = 0x70; /* the offset of TargetInfo */
	is_refused(bent, ntlm_challenge_size);
}

FACT(failure, the_clients_own_message_is_no_challenge, PAGE " (NTLM), SEC_E_INVALID_TOKEN")
{
	static unsigned char own[256];

	prepare_first("NTLM");
	EXPECT_STATUS(call_do(&call), SEC_I_CONTINUE_NEEDED);
	EXPECT(call.out[0].cbBuffer <= sizeof(own));
	memcpy(own, call_room(), call.out[0].cbBuffer);
	call_keep(&call, &client);
	call_prepare(&call, &client, own, call.out[0].cbBuffer);
	EXPECT_STATUS(call_do(&call), SEC_E_INVALID_TOKEN);
	end();
}

FACT(failure, a_later_call_without_input_is_an_invalid_token, PAGE " (NTLM), pInput, SEC_E_INVALID_TOKEN")
{
	prepare_second(ntlm_challenge, ntlm_challenge_size);
	call.input = NULL;
	EXPECT_STATUS(call_do(&call), SEC_E_INVALID_TOKEN);
	end();
}

FACT(failure, a_later_call_without_a_token_is_an_invalid_token, PAGE " (NTLM), pInput, SEC_E_INVALID_TOKEN")
{
	prepare_second(ntlm_challenge, ntlm_challenge_size);
	call.in[0].BufferType = SECBUFFER_DATA;
	EXPECT_STATUS(call_do(&call), SEC_E_INVALID_TOKEN);
	end();
}

FACT(failure, a_bad_token_empties_the_output, "Wine schannel.c, test_communication: bad token, cbBuffer 0")
{
	prepare_second("0123456789012345678901234567890123456789", 40);
	EXPECT_STATUS(call_do(&call), SEC_E_INVALID_TOKEN);
	EXPECT_NUMBER(call.out[0].cbBuffer, 0);
	end();
}

FACT(failure, an_answer_too_big_for_the_caller_has_too_small_a_buffer, PAGE " (NTLM), SEC_E_BUFFER_TOO_SMALL")
{
	prepare_second(ntlm_challenge, ntlm_challenge_size);
	call.out[0].cbBuffer = 16;
	EXPECT_STATUS(call_do(&call), SEC_E_BUFFER_TOO_SMALL);
	end();
}

FACT(state, a_call_after_the_end_is_out_of_sequence,
     "Wine ntlm.c, runClient: a call at the wrong time gives SEC_E_OUT_OF_SEQUENCE")
{
	ntlm_client_run(&client);
	call_prepare(&call, &client, ntlm_challenge, ntlm_challenge_size);
	EXPECT_STATUS(call_do(&call), SEC_E_OUT_OF_SEQUENCE);
	end();
}

FACT(state, a_refused_client_does_not_go_on, PAGE ": the context of a failed leg is to be deleted")
{
	prepare_second("0123456789012345678901234567890123456789", 40);
	EXPECT_STATUS(call_do(&call), SEC_E_INVALID_TOKEN);
	call_prepare(&call, &client, ntlm_challenge, ntlm_challenge_size);
	EXPECT(call_do(&call) < 0);
	end();
}

FACT(state, a_clients_context_accepts_nothing,
     "page AcceptSecurityContext, phContext, SEC_E_INVALID_HANDLE; observed: other codes")
{
	static struct side server;

	prepare_second(ntlm_challenge, ntlm_challenge_size);
	server_start(&server, "NTLM");
	call.is_client = false;
	call.credential = &server.credential;
	EXPECT(call_do(&call) < 0);
	side_end(&server);
	end();
}

FACT(behaviour, ntlm_takes_the_request_for_dce_style, "Wine ntlm.c, testInitializeSecurityContextFlags")
{
	client_start(&client, "NTLM");
	call_prepare(&call, &client, NULL, 0);
	call.request |= ISC_REQ_USE_DCE_STYLE;
	EXPECT_STATUS(call_do(&call), SEC_I_CONTINUE_NEEDED);
	call_keep(&call, &client);
	end();
}
