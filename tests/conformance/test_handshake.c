/* InitializeSecurityContext and AcceptSecurityContext: the rules of a call that hold for every package. */
#include "base/compiler.h"
#include "support/exchange.h"
#include "support/hex.h"
#include "support/seams.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROOM = 16 * 1024 };

static struct exchange exchange;
static uint8_t room[ROOM];

/* One call with buffers that a test bends before it calls. */
struct call {
	SecBuffer in[4], out[4];
	SecBufferDesc in_list, out_list;
	PCredHandle credential;
	PCtxtHandle context;
	CtxtHandle new_context;
	uint32_t request, attributes;
	TimeStamp expiry;
};

static void prepare(struct call *call, const struct exchange_side *side, const void *token, size_t size)
{
	*call = (struct call) {
		.in = { { (uint32_t)size, SECBUFFER_TOKEN, (void *)(uintptr_t)token },
			{ 0, SECBUFFER_EMPTY, NULL } },
		.out = { { ROOM, SECBUFFER_TOKEN, room }, { 0, SECBUFFER_EMPTY, NULL } },
		.in_list = { SECBUFFER_VERSION, 2, NULL },
		.out_list = { SECBUFFER_VERSION, 2, NULL },
		.credential = (PCredHandle)(uintptr_t)&side->credential,
		.context = side->has_context ? (PCtxtHandle)(uintptr_t)&side->context : NULL,
		.new_context = { 11, 22 },
		.request = side->request,
		.attributes = 0xDEADBEEF,
		.expiry = 33,
	};
	call->in_list.pBuffers = call->in;
	call->out_list.pBuffers = call->out;
}

static SECURITY_STATUS accept(struct call *call)
{
	return AcceptSecurityContext(call->credential, call->context, &call->in_list, call->request,
				     SECURITY_NATIVE_DREP, &call->new_context, &call->out_list,
				     &call->attributes, &call->expiry);
}

static SECURITY_STATUS initiate(struct call *call)
{
	return InitializeSecurityContextA(call->credential, call->context, NULL, call->request, 0,
					  SECURITY_NATIVE_DREP, &call->in_list, 0, &call->new_context,
					  &call->out_list, &call->attributes, &call->expiry);
}

static void start(const char *package)
{
	struct exchange_settings settings = exchange_usual(package);

	exchange_start(&exchange, &settings);
}

/* The client's first token, in `exchange.server.arrived`. */
static void client_begins(const char *package)
{
	start(package);
	exchange_call(&exchange, &exchange.client);
	assert_int_equal(exchange.client.status, SEC_I_CONTINUE_NEEDED);
}

static bool was_not_made(const struct call *call)
{
	return call->new_context.dwLower == 11 && call->new_context.dwUpper == 22;
}

static void keep(const struct call *call, struct exchange_side *side)
{
	side->context = call->new_context;
	side->has_context = true;
}

/* --- What comes back ------------------------------------------------------------------------------------------ */

/* Whatever the caller had in them before. */
static void attributes_and_expiry_are_written_by_every_call_that_does_not_fail(void **state)
{
	struct call call;

	(void)state;
	start("NTLM");
	prepare(&call, &exchange.client, NULL, 0);
	assert_int_equal(initiate(&call), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(call.attributes, 0);
	assert_true(call.expiry == INT64_MAX);
	keep(&call, &exchange.client);
	exchange.server.arrived.size = call.out[0].cbBuffer;
	memcpy(exchange.server.arrived.data, room, call.out[0].cbBuffer);
	prepare(&call, &exchange.server, exchange.server.arrived.data, exchange.server.arrived.size);
	assert_int_equal(accept(&call), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(call.attributes, 0);
	assert_true(call.expiry == INT64_MAX);
	keep(&call, &exchange.server);
	exchange_end(&exchange);
}

static void attributes_are_in_the_bits_of_their_role(void **state)
{
	static const uint32_t low = 0x4 | 0x8 | 0x10 | 0x800;

	(void)state;
	start("NTLM");
	assert_true(exchange_run(&exchange));
	assert_int_equal(exchange.client.attributes, low | ISC_RET_INTEGRITY);
	assert_int_equal(exchange.server.attributes, low | ASC_RET_INTEGRITY);
	exchange_end(&exchange);
	start("CREDSSP");
	assert_true(exchange_run(&exchange));
	assert_int_equal(exchange.client.attributes,
			 low | ISC_RET_INTEGRITY | ISC_RET_STREAM | ISC_RET_DELEGATE);
	assert_int_equal(exchange.server.attributes,
			 low | ASC_RET_INTEGRITY | ASC_RET_STREAM | ASC_RET_DELEGATE);
	exchange_end(&exchange);
}

/* What was asked and not reached is no error. */
static void less_may_be_reached_than_was_asked(void **state)
{
	struct exchange_settings settings = exchange_usual("NTLM");

	(void)state;
	settings.client_request = ISC_REQ_CONFIDENTIALITY | ISC_REQ_MUTUAL_AUTH | ISC_REQ_DELEGATE;
	settings.server_request = ASC_REQ_DELEGATE | ASC_REQ_MUTUAL_AUTH;
	exchange_start(&exchange, &settings);
	assert_true(exchange_run(&exchange));
	assert_false(exchange.client.attributes & (ISC_RET_MUTUAL_AUTH | ISC_RET_DELEGATE));
	assert_false(exchange.server.attributes & (ASC_RET_MUTUAL_AUTH | ASC_RET_DELEGATE));
	exchange_end(&exchange);
}

static void the_same_handle_comes_back_on_every_later_call(void **state)
{
	struct call call;

	(void)state;
	client_begins("NTLM");
	exchange_call(&exchange, &exchange.server);
	prepare(&call, &exchange.client, exchange.client.arrived.data, exchange.client.arrived.size);
	assert_int_equal(initiate(&call), SEC_E_OK);
	assert_memory_equal(&call.new_context, &exchange.client.context, sizeof(CtxtHandle));
	exchange_end(&exchange);
}

static void the_results_may_all_be_null_on_later_calls(void **state)
{
	SecBuffer in, out = { ROOM, SECBUFFER_TOKEN, room };
	SecBufferDesc in_list = { SECBUFFER_VERSION, 1, &in }, out_list = { SECBUFFER_VERSION, 1, &out };

	(void)state;
	client_begins("NTLM");
	exchange_call(&exchange, &exchange.server);
	in = (SecBuffer) { (uint32_t)exchange.client.arrived.size, SECBUFFER_TOKEN,
			   exchange.client.arrived.data };
	assert_int_equal(InitializeSecurityContextA(NULL, &exchange.client.context, NULL, 0, 0, 0, &in_list,
						    0, NULL, &out_list, NULL, NULL),
			 SEC_E_OK);
	in = (SecBuffer) { out.cbBuffer, SECBUFFER_TOKEN,
			   memcpy(exchange.client.arrived.data, room, out.cbBuffer) };
	out.cbBuffer = ROOM;
	assert_int_equal(AcceptSecurityContext(NULL, &exchange.server.context, &in_list, 0, 0, NULL,
					       &out_list, NULL, NULL),
			 SEC_E_OK);
	exchange_end(&exchange);
}

/* One variable for request and result asks for less in the second call. */
static void what_was_asked_once_stays_asked(void **state)
{
	struct exchange_settings settings = exchange_usual("NTLM");
	char word[64];

	(void)state;
	settings.client_request = 0; /* a client that neither signs nor seals */
	exchange_start(&exchange, &settings);
	exchange_call(&exchange, &exchange.client);
	exchange_call(&exchange, &exchange.server);
	exchange.server.request = exchange.server.attributes;
	exchange_call(&exchange, &exchange.client);
	exchange_call(&exchange, &exchange.server);
	assert_int_equal(exchange.server.status, SEC_E_UNSUPPORTED_FUNCTION);
	assert_string_equal(exchange_reason(&exchange.server, word), "ntlm-flags");
	exchange_end(&exchange);
}

static void a_last_call_without_a_token_empties_the_output(void **state)
{
	struct call call;

	(void)state;
	client_begins("NTLM");
	exchange_call(&exchange, &exchange.server);
	exchange_call(&exchange, &exchange.client);
	prepare(&call, &exchange.server, exchange.server.arrived.data, exchange.server.arrived.size);
	assert_int_equal(accept(&call), SEC_E_OK);
	assert_int_equal(call.out[0].cbBuffer, 0);
	assert_ptr_equal(call.out[0].pvBuffer, room);
	exchange_end(&exchange);
}

/* --- Flags ---------------------------------------------------------------------------------------------------- */

static void delegation_may_be_asked_of_a_server(void **state)
{
	struct exchange_settings settings = exchange_usual("CREDSSP");

	(void)state;
	settings.server_request |= ASC_REQ_DELEGATE;
	exchange_start(&exchange, &settings);
	assert_true(exchange_run(&exchange));
	exchange_end(&exchange);
}

/* The page's ASC_REQ_PROMPT_FOR_CREDS is no such bit; 0x40 asks for a session ticket. */
static void a_request_that_is_not_offered_makes_no_context(void **state)
{
	static const struct {
		const char *package;
		uint32_t of_server[8], of_client[8]; /* 0 at the end */
	} rows[] = {
		{ "NTLM",
		  { 0x40, ASC_REQ_DATAGRAM, ASC_REQ_NO_TOKEN },
		  { ISC_REQ_PROMPT_FOR_CREDS, ISC_REQ_DATAGRAM, ISC_REQ_NULL_SESSION } },
		{ "Negotiate",
		  { 0x40, ASC_REQ_DATAGRAM, ASC_REQ_NO_TOKEN, ASC_REQ_USE_DCE_STYLE },
		  { ISC_REQ_PROMPT_FOR_CREDS, ISC_REQ_DATAGRAM, ISC_REQ_NULL_SESSION,
		    ISC_REQ_USE_DCE_STYLE } },
		{ "CREDSSP",
		  { 0x40, ASC_REQ_DATAGRAM, ASC_REQ_NO_TOKEN, ASC_REQ_USE_DCE_STYLE, ASC_REQ_PROXY_BINDINGS },
		  { ISC_REQ_PROMPT_FOR_CREDS, ISC_REQ_DATAGRAM, ISC_REQ_NULL_SESSION,
		    ISC_REQ_USE_DCE_STYLE } },
	};
	struct call call;

	(void)state;
	for (size_t p = 0; p < COUNT_OF(rows); p++) {
		client_begins(rows[p].package);
		for (size_t i = 0; rows[p].of_server[i]; i++) {
			prepare(&call, &exchange.server, exchange.server.arrived.data,
				exchange.server.arrived.size);
			call.request |= rows[p].of_server[i];
			assert_int_equal(accept(&call), SEC_E_UNSUPPORTED_FUNCTION);
			assert_true(was_not_made(&call));
			assert_int_equal(call.out[0].cbBuffer, 0);
		}
		exchange_end(&exchange);
		start(rows[p].package);
		for (size_t i = 0; rows[p].of_client[i]; i++) {
			prepare(&call, &exchange.client, NULL, 0);
			call.request |= rows[p].of_client[i];
			assert_int_equal(initiate(&call), SEC_E_UNSUPPORTED_FUNCTION);
			assert_true(was_not_made(&call));
		}
		exchange_end(&exchange);
	}
}

/* NTLM has three messages in any case. */
static void ntlm_is_of_dce_style_where_that_is_asked_for(void **state)
{
	struct exchange_settings settings = exchange_usual("NTLM");

	(void)state;
	settings.client_request |= ISC_REQ_USE_DCE_STYLE;
	settings.server_request |= ASC_REQ_USE_DCE_STYLE;
	exchange_start(&exchange, &settings);
	assert_true(exchange_run(&exchange));
	assert_true(exchange.client.attributes & ISC_RET_USED_DCE_STYLE);
	assert_true(exchange.server.attributes & ASC_RET_USED_DCE_STYLE);
	exchange_end(&exchange);
}

static void no_integrity_takes_the_request_for_integrity_back(void **state)
{
	struct exchange_settings settings = exchange_usual("NTLM");

	(void)state;
	settings.client_request = ISC_REQ_INTEGRITY | ISC_REQ_NO_INTEGRITY;
	settings.server_request = 0;
	exchange_start(&exchange, &settings);
	assert_true(exchange_run(&exchange));
	assert_false(exchange.client.attributes & ISC_RET_INTEGRITY);
	exchange_end(&exchange);
}

/* SECBUFFER_FLAGS: what asks for TLS without records or for sessions is refused; its lower half is fContextReq's. */
static void flags_above_bit_31_come_in_a_buffer_of_their_own(void **state)
{
	static const struct {
		uint64_t flags;
		uint32_t size;
		SECURITY_STATUS status;
	} rows[] = {
		{ ISC_REQ_NO_POST_HANDSHAKE_AUTH, sizeof(SEC_FLAGS), SEC_I_CONTINUE_NEEDED },
		{ 0, sizeof(SEC_FLAGS), SEC_I_CONTINUE_NEEDED },
		{ ISC_REQ_MESSAGES, sizeof(SEC_FLAGS), SEC_E_UNSUPPORTED_FUNCTION },
		{ ISC_REQ_DEFERRED_CRED_VALIDATION, sizeof(SEC_FLAGS), SEC_E_UNSUPPORTED_FUNCTION },
		{ ISC_REQ_REUSE_SESSION_TICKETS, sizeof(SEC_FLAGS), SEC_E_UNSUPPORTED_FUNCTION },
		{ ISC_REQ_EXPLICIT_SESSION, sizeof(SEC_FLAGS), SEC_E_UNSUPPORTED_FUNCTION },
		{ UINT64_C(1) << 63, sizeof(SEC_FLAGS), SEC_E_UNSUPPORTED_FUNCTION },
		{ ISC_REQ_CONFIDENTIALITY, sizeof(SEC_FLAGS), SEC_E_INVALID_TOKEN },
		{ 0, sizeof(SEC_FLAGS) - 1, SEC_E_INVALID_TOKEN },
	};
	struct call call;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		SEC_FLAGS flags = { rows[i].flags };

		start("CREDSSP");
		prepare(&call, &exchange.client, NULL, 0);
		call.in[2] = (SecBuffer) { rows[i].size, SECBUFFER_FLAGS, &flags };
		call.in_list.cBuffers = 3;
		assert_int_equal(initiate(&call), rows[i].status);
		if (rows[i].status == SEC_I_CONTINUE_NEEDED)
			keep(&call, &exchange.client);
		else
			assert_true(was_not_made(&call));
		exchange_end(&exchange);
	}
}

static void buffers_that_ask_for_what_is_not_offered_are_refused(void **state)
{
	static const uint32_t types[] = {
		SECBUFFER_PKG_PARAMS,
		SECBUFFER_SRTP_PROTECTION_PROFILES,
		SECBUFFER_SRTP_MASTER_KEY_IDENTIFIER,
		SECBUFFER_TOKEN_BINDING,
		SECBUFFER_PRESHARED_KEY,
		SECBUFFER_PRESHARED_KEY_IDENTITY,
		SECBUFFER_DTLS_MTU,
		SECBUFFER_SEND_GENERIC_TLS_EXTENSION,
		SECBUFFER_SUBSCRIBE_GENERIC_TLS_EXTENSION,
		SECBUFFER_TRAFFIC_SECRETS,
		SECBUFFER_CERTIFICATE_REQUEST_CONTEXT,
		SECBUFFER_APP_SESSION_STATE,
		SECBUFFER_SESSION_TICKET,
	};
	static const char *const packages[] = { "NTLM", "Negotiate", "CREDSSP" };
	uint8_t content[64] = { 0 };
	struct call call;

	(void)state;
	for (size_t p = 0; p < COUNT_OF(packages); p++) {
		start(packages[p]);
		for (size_t i = 0; i < COUNT_OF(types); i++) {
			prepare(&call, &exchange.client, NULL, 0);
			call.in[2] = (SecBuffer) { sizeof(content), types[i], content };
			call.in_list.cBuffers = 3;
			assert_int_equal(initiate(&call), SEC_E_UNSUPPORTED_FUNCTION);
			assert_true(was_not_made(&call));
		}
		exchange_end(&exchange);
	}
}

static void such_a_request_on_a_later_call_refuses_the_context(void **state)
{
	struct call call;

	(void)state;
	client_begins("NTLM");
	exchange_call(&exchange, &exchange.server);
	exchange_call(&exchange, &exchange.client);
	prepare(&call, &exchange.server, exchange.server.arrived.data, exchange.server.arrived.size);
	call.request |= ASC_REQ_SESSION_TICKET;
	assert_int_equal(accept(&call), SEC_E_UNSUPPORTED_FUNCTION);
	exchange_call(&exchange, &exchange.server);
	assert_int_equal(exchange.server.status, SEC_E_UNSUPPORTED_FUNCTION);
	exchange_end(&exchange);
}

/* --- Input lists ---------------------------------------------------------------------------------------------- */

/* FreeRDP's first client call passes one buffer of type 0, size 0, pointer NULL. */
static void a_first_client_call_may_pass_an_empty_buffer(void **state)
{
	struct call call;

	(void)state;
	start("NTLM");
	prepare(&call, &exchange.client, NULL, 0);
	call.in[0] = (SecBuffer) { 0, SECBUFFER_EMPTY, NULL };
	call.in_list.cBuffers = 1;
	assert_int_equal(initiate(&call), SEC_I_CONTINUE_NEEDED);
	keep(&call, &exchange.client);
	exchange_end(&exchange);
}

static void an_empty_buffer_with_a_size_is_garbage(void **state)
{
	struct call call;

	(void)state;
	client_begins("NTLM");
	prepare(&call, &exchange.server, exchange.server.arrived.data, exchange.server.arrived.size);
	call.in[1].cbBuffer = 0xCCCC;
	assert_int_equal(accept(&call), SEC_E_INVALID_TOKEN);
	assert_true(was_not_made(&call));
	prepare(&call, &exchange.client, NULL, 0);
	call.context = NULL;
	call.in[0] = (SecBuffer) { 4, SECBUFFER_EMPTY, room };
	assert_int_equal(initiate(&call), SEC_E_INVALID_TOKEN);
	assert_true(was_not_made(&call));
	exchange_end(&exchange);
}

static void buffers_are_found_in_any_order_and_without_their_attributes(void **state)
{
	struct call call;
	SecBuffer token;

	(void)state;
	client_begins("NTLM");
	prepare(&call, &exchange.server, exchange.server.arrived.data, exchange.server.arrived.size);
	token = call.in[0];
	token.BufferType |= SECBUFFER_READONLY;
	call.in[0] = call.in[1];
	call.in[1] = token;
	token = call.out[0];
	call.out[0] = call.out[1];
	call.out[1] = token;
	assert_int_equal(accept(&call), SEC_I_CONTINUE_NEEDED);
	assert_true(call.out[1].cbBuffer > 0 && call.out[1].cbBuffer < ROOM);
	keep(&call, &exchange.server);
	exchange_end(&exchange);
}

static void broken_lists_are_refused(void **state)
{
	struct call call;

	(void)state;
	client_begins("NTLM");
	prepare(&call, &exchange.server, exchange.server.arrived.data, exchange.server.arrived.size);
	call.in_list.pBuffers = NULL;
	assert_int_equal(accept(&call), SEC_E_INVALID_TOKEN);
	prepare(&call, &exchange.server, exchange.server.arrived.data, exchange.server.arrived.size);
	call.in_list.ulVersion = 1;
	assert_int_equal(accept(&call), SEC_E_INVALID_TOKEN);
	prepare(&call, &exchange.server, exchange.server.arrived.data, exchange.server.arrived.size);
	call.in[0].pvBuffer = NULL;
	assert_int_equal(accept(&call), SEC_E_INVALID_TOKEN);
	prepare(&call, &exchange.server, exchange.server.arrived.data, exchange.server.arrived.size);
	call.out_list.pBuffers = NULL;
	assert_int_equal(accept(&call), SEC_E_INVALID_TOKEN);
	prepare(&call, &exchange.server, exchange.server.arrived.data, exchange.server.arrived.size);
	call.out_list.ulVersion = 7;
	assert_int_equal(accept(&call), SEC_E_INVALID_TOKEN);
	exchange_end(&exchange);
}

static void no_input_is_a_bad_token_or_an_incomplete_stream(void **state)
{
	struct call call;

	(void)state;
	start("NTLM");
	prepare(&call, &exchange.server, NULL, 0);
	assert_int_equal(AcceptSecurityContext(call.credential, NULL, NULL, 0, 0, &call.new_context,
					       &call.out_list, NULL, NULL),
			 SEC_E_INVALID_TOKEN);
	exchange_end(&exchange);
	start("CREDSSP");
	prepare(&call, &exchange.server, NULL, 0);
	assert_int_equal(AcceptSecurityContext(call.credential, NULL, NULL, 0, 0, &call.new_context,
					       &call.out_list, NULL, NULL),
			 SEC_E_INCOMPLETE_MESSAGE);
	assert_true(was_not_made(&call));
	exchange_call(&exchange, &exchange.client);
	assert_int_equal(InitializeSecurityContextA(NULL, &exchange.client.context, NULL, 0, 0, 0, NULL, 0,
						    NULL, &call.out_list, NULL, NULL),
			 SEC_E_INCOMPLETE_MESSAGE);
	exchange_end(&exchange);
}

/* --- Output lists --------------------------------------------------------------------------------------------- */

/* The two kinds of packages say it differently, as in Windows. */
static void without_a_token_to_write_to_the_package_is_not_asked(void **state)
{
	static const struct {
		const char *package;
		SECURITY_STATUS missing, no_memory;
	} rows[] = {
		{ "NTLM", SEC_E_BUFFER_TOO_SMALL, SEC_E_INTERNAL_ERROR },
		{ "Negotiate", SEC_E_BUFFER_TOO_SMALL, SEC_E_INTERNAL_ERROR },
		{ "CREDSSP", SEC_E_INVALID_TOKEN, SEC_E_INSUFFICIENT_MEMORY },
	};
	struct call call;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		start(rows[i].package);
		prepare(&call, &exchange.client, NULL, 0);
		assert_int_equal(InitializeSecurityContextA(call.credential, NULL, NULL, call.request, 0, 0,
							    NULL, 0, &call.new_context, NULL, NULL, NULL),
				 rows[i].missing);
		call.out_list.cBuffers = 0;
		assert_int_equal(initiate(&call), rows[i].missing);
		prepare(&call, &exchange.client, NULL, 0);
		call.out[0].BufferType = SECBUFFER_DATA;
		assert_int_equal(initiate(&call), rows[i].missing);
		prepare(&call, &exchange.client, NULL, 0);
		call.out[0].pvBuffer = NULL;
		assert_int_equal(initiate(&call), rows[i].no_memory);
		assert_int_equal(call.out[0].cbBuffer, 0);
		assert_true(was_not_made(&call));
		exchange_end(&exchange);
	}
}

static void a_token_too_big_for_the_caller_makes_no_context_on_the_first_call(void **state)
{
	static const struct {
		const char *package;
		SECURITY_STATUS status;
	} rows[] = { { "NTLM", SEC_E_BUFFER_TOO_SMALL }, { "CREDSSP", SEC_E_INSUFFICIENT_MEMORY } };
	struct call call;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		long before;

		start(rows[i].package);
		before = seam_blocks_alive();
		prepare(&call, &exchange.client, NULL, 0);
		call.out[0].cbBuffer = 39;
		memset(room, 0xEE, sizeof(room));
		assert_int_equal(initiate(&call), rows[i].status);
		assert_true(was_not_made(&call));
		assert_int_equal(call.out[0].cbBuffer, 0);
		assert_int_equal(room[0], 0xEE);
		assert_int_equal(seam_blocks_alive(), before);
		exchange_end(&exchange);
	}
}

static void a_token_too_big_for_the_caller_refuses_a_later_call_for_good(void **state)
{
	static const struct {
		const char *package;
		SECURITY_STATUS status;
		const char *reason;
	} rows[] = { { "NTLM", SEC_E_BUFFER_TOO_SMALL, "buffer-too-small" },
		     { "CREDSSP", SEC_E_INSUFFICIENT_MEMORY, "output-too-small" } };
	struct call call;
	char word[64];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		client_begins(rows[i].package);
		exchange_call(&exchange, &exchange.server);
		prepare(&call, &exchange.client, exchange.client.arrived.data, exchange.client.arrived.size);
		call.out[0].cbBuffer = 20;
		assert_int_equal(initiate(&call), rows[i].status);
		assert_int_equal(call.out[0].cbBuffer, 0);
		exchange_call(&exchange, &exchange.client);
		assert_int_equal(exchange.client.status, rows[i].status);
		assert_string_equal(exchange_reason(&exchange.client, word), rows[i].reason);
		exchange_end(&exchange);
	}
}

static void the_library_allocates_when_it_is_asked_to(void **state)
{
	struct call call;
	long before;

	(void)state;
	start("NTLM");
	prepare(&call, &exchange.client, NULL, 0);
	call.out[0] = (SecBuffer) { 0, SECBUFFER_TOKEN, NULL };
	call.request |= ISC_REQ_ALLOCATE_MEMORY;
	assert_int_equal(initiate(&call), SEC_I_CONTINUE_NEEDED);
	assert_non_null(call.out[0].pvBuffer);
	assert_memory_equal(call.out[0].pvBuffer, "NTLMSSP", 8);
	assert_int_equal(call.attributes & ISC_RET_ALLOCATED_MEMORY, ISC_RET_ALLOCATED_MEMORY);
	before = seam_blocks_alive();
	assert_int_equal(FreeContextBuffer(call.out[0].pvBuffer), SEC_E_OK);
	assert_int_equal(seam_blocks_alive(), before - 1);
	keep(&call, &exchange.client);
	exchange_end(&exchange);
}

/* A pointer that is left over from the call before must not come back as the token. */
static void allocation_without_a_token_gives_no_pointer(void **state)
{
	struct call call;

	(void)state;
	client_begins("NTLM");
	exchange_call(&exchange, &exchange.server);
	exchange_call(&exchange, &exchange.client);
	prepare(&call, &exchange.server, exchange.server.arrived.data, exchange.server.arrived.size);
	call.request |= ASC_REQ_ALLOCATE_MEMORY;
	assert_int_equal(accept(&call), SEC_E_OK);
	assert_int_equal(call.out[0].cbBuffer, 0);
	assert_null(call.out[0].pvBuffer);
	exchange_end(&exchange);
}

/* --- Failing calls -------------------------------------------------------------------------------------------- */

static void a_bad_token_leaves_an_empty_output(void **state)
{
	static const char *const packages[] = { "NTLM", "Negotiate", "CREDSSP" };
	struct call call;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(packages); i++) {
		start(packages[i]);
		prepare(&call, &exchange.server, "no token of anybody's", 21);
		assert_int_equal(accept(&call), SEC_E_INVALID_TOKEN);
		assert_int_equal(call.out[0].cbBuffer, 0);
		assert_int_equal(call.out[1].BufferType, SECBUFFER_EMPTY);
		assert_int_equal(call.in[1].BufferType, SECBUFFER_EMPTY);
		assert_int_equal(call.attributes, 0); /* nothing was reached */
		assert_true(was_not_made(&call));
		exchange_end(&exchange);
	}
}

/* The one output of a failing call, and only if it was asked for. */
static void an_error_token_comes_with_extended_error_alone(void **state)
{
	for (int asked = 0; asked < 2; asked++) {
		struct exchange_settings settings = exchange_usual("CREDSSP");

		(void)state;
		settings.password = "wrong";
		if (asked)
			settings.server_request |= ASC_REQ_EXTENDED_ERROR;
		exchange_start(&exchange, &settings);
		assert_false(exchange_run(&exchange));
		assert_int_equal(exchange.server.status, SEC_E_LOGON_DENIED);
		assert_int_equal(exchange.client.status, asked ? SEC_E_LOGON_DENIED : SEC_I_CONTINUE_NEEDED);
		exchange_end(&exchange);
	}
}

/* TLS has an alert for a stranger's first bytes; nobody hears it who did not ask. */
static void an_alert_comes_with_extended_error_alone(void **state)
{
	struct call call;

	(void)state;
	for (int asked = 0; asked < 2; asked++) {
		client_begins("CREDSSP");
		exchange.server.arrived.data[5] = 0xFF; /* no handshake message has this type */
		prepare(&call, &exchange.server, exchange.server.arrived.data, exchange.server.arrived.size);
		if (asked)
			call.request |= ASC_REQ_EXTENDED_ERROR;
		assert_true(accept(&call) < 0);
		assert_true(was_not_made(&call));
		assert_int_equal(call.out[0].cbBuffer > 0, asked);
		if (asked)
			assert_int_equal(room[0], 21);
		exchange_end(&exchange);
	}
}

/* An error token that finds no room is left out; the status stays. */
static void an_error_token_without_room_is_left_out(void **state)
{
	struct exchange_settings settings = exchange_usual("CREDSSP");
	struct call call;

	(void)state;
	settings.password = "wrong";
	settings.server_request |= ASC_REQ_EXTENDED_ERROR;
	exchange_start(&exchange, &settings);
	for (int i = 0; i < 2; i++) { /* ClientHello; Finished and NEGOTIATE */
		exchange_call(&exchange, &exchange.client);
		while (exchange.server.arrived.size)
			exchange_call(&exchange, &exchange.server);
	}
	exchange_call(&exchange, &exchange.client);
	prepare(&call, &exchange.server, exchange.server.arrived.data, exchange.server.arrived.size);
	call.out[0].cbBuffer = 8;
	assert_int_equal(accept(&call), SEC_E_LOGON_DENIED);
	assert_int_equal(call.out[0].cbBuffer, 0);
	exchange_end(&exchange);
}

static void a_buffer_for_alerts_is_taken_and_stays_empty(void **state)
{
	struct call call;
	uint8_t alert[32];

	(void)state;
	client_begins("CREDSSP");
	prepare(&call, &exchange.server, exchange.server.arrived.data, exchange.server.arrived.size);
	call.out[1] = (SecBuffer) { sizeof(alert), SECBUFFER_ALERT, alert };
	assert_int_equal(accept(&call), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(call.out[1].cbBuffer, 0);
	keep(&call, &exchange.server);
	prepare(&call, &exchange.server, "no record", 9);
	call.out[1] = (SecBuffer) { sizeof(alert), SECBUFFER_ALERT, alert };
	assert_true(accept(&call) < 0);
	assert_int_equal(call.out[1].cbBuffer, 0);
	exchange_end(&exchange);
}

static void a_refused_context_says_the_first_status_again(void **state)
{
	struct call call;

	(void)state;
	client_begins("NTLM");
	exchange_call(&exchange, &exchange.server);
	prepare(&call, &exchange.server, "garbage", 7);
	assert_int_equal(accept(&call), SEC_E_INVALID_TOKEN);
	exchange_call(&exchange, &exchange.client); /* what comes now would have been right */
	for (int i = 0; i < 3; i++) {
		prepare(&call, &exchange.server, exchange.server.arrived.data, exchange.server.arrived.size);
		assert_int_equal(accept(&call), SEC_E_INVALID_TOKEN);
		assert_int_equal(call.out[0].cbBuffer, 0);
	}
	assert_int_equal(exchange.asked, 0);
	exchange_end(&exchange);
}

static void a_finished_context_takes_no_further_token(void **state)
{
	struct call call;

	(void)state;
	start("NTLM");
	assert_true(exchange_run(&exchange));
	prepare(&call, &exchange.server, "token", 5);
	assert_int_equal(accept(&call), SEC_E_OUT_OF_SEQUENCE);
	assert_int_equal(call.out[0].cbBuffer, 0);
	prepare(&call, &exchange.client, "token", 5);
	assert_int_equal(initiate(&call), SEC_E_OUT_OF_SEQUENCE);
	/* It stays finished. */
	assert_int_equal(QueryContextAttributesA(&exchange.server.context, SECPKG_ATTR_SIZES, room),
			 SEC_E_OK);
	exchange_end(&exchange);
}

static void a_wrong_password_is_refused_and_a_right_one_is_not(void **state)
{
	static const char *const packages[] = { "NTLM", "Negotiate", "CREDSSP" };
	char word[64];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(packages); i++) {
		struct exchange_settings settings = exchange_usual(packages[i]);

		settings.password = "Passw0rd?";
		exchange_start(&exchange, &settings);
		assert_false(exchange_run(&exchange));
		assert_int_equal(exchange.server.status, SEC_E_LOGON_DENIED);
		exchange_end(&exchange);
		settings.password = EXCHANGE_PASSWORD;
		settings.user = "mallory";
		exchange_start(&exchange, &settings);
		assert_false(exchange_run(&exchange));
		assert_int_equal(exchange.server.status, SEC_E_LOGON_DENIED);
		assert_string_not_equal(exchange_reason(&exchange.server, word), "ok");
		exchange_end(&exchange);
		start(packages[i]);
		assert_true(exchange_run(&exchange));
		exchange_end(&exchange);
	}
}

/* --- Credentials and contexts --------------------------------------------------------------------------------- */

static void a_first_call_needs_a_credential_of_its_direction(void **state)
{
	CredHandle nobody = { 0, 0 };
	struct call call;

	(void)state;
	client_begins("NTLM");
	prepare(&call, &exchange.server, exchange.server.arrived.data, exchange.server.arrived.size);
	call.credential = &exchange.client.credential;
	assert_int_equal(accept(&call), SEC_E_NO_CREDENTIALS);
	call.credential = NULL;
	assert_int_equal(accept(&call), SEC_E_NO_CREDENTIALS);
	call.credential = &nobody;
	assert_int_equal(accept(&call), SEC_E_INVALID_HANDLE);
	call.credential = &exchange.client.context; /* a context is no credential */
	assert_int_equal(accept(&call), SEC_E_INVALID_HANDLE);
	prepare(&call, &exchange.client, NULL, 0);
	call.context = NULL;
	call.credential = &exchange.server.credential;
	assert_int_equal(initiate(&call), SEC_E_NO_CREDENTIALS);
	assert_true(was_not_made(&call));
	exchange_end(&exchange);
}

static void a_first_call_needs_a_place_for_the_context(void **state)
{
	struct call call;
	long before;

	(void)state;
	client_begins("NTLM");
	before = seam_blocks_alive();
	prepare(&call, &exchange.server, exchange.server.arrived.data, exchange.server.arrived.size);
	assert_int_equal(AcceptSecurityContext(call.credential, NULL, &call.in_list, call.request, 0, NULL,
					       &call.out_list, NULL, NULL),
			 SEC_E_INTERNAL_ERROR);
	assert_int_equal(call.out[0].cbBuffer, 0);
	assert_int_equal(seam_blocks_alive(), before);
	exchange_end(&exchange);
}

/* Later calls may name the credential, and then it must be the one. The context stays as it was. */
static void a_later_call_names_its_own_credential_or_none(void **state)
{
	CredHandle other;
	struct call call;

	(void)state;
	client_begins("NTLM");
	exchange_call(&exchange, &exchange.server);
	exchange_call(&exchange, &exchange.client);
	assert_int_equal(exchange_acquire(&exchange, SECPKG_CRED_INBOUND, &other, NULL), SEC_E_OK);
	prepare(&call, &exchange.server, exchange.server.arrived.data, exchange.server.arrived.size);
	call.credential = &other;
	assert_int_equal(accept(&call), SEC_E_WRONG_CREDENTIAL_HANDLE);
	call.credential = &exchange.client.credential;
	assert_int_equal(accept(&call), SEC_E_NO_CREDENTIALS);
	assert_int_equal(FreeCredentialsHandle(&other), SEC_E_OK);
	call.credential = &other;
	assert_int_equal(accept(&call), SEC_E_INVALID_HANDLE);
	prepare(&call, &exchange.server, exchange.server.arrived.data, exchange.server.arrived.size);
	assert_int_equal(accept(&call), SEC_E_OK);
	exchange_end(&exchange);
}

static void a_context_outlives_the_handle_of_its_credential(void **state)
{
	(void)state;
	client_begins("CREDSSP");
	exchange_call(&exchange, &exchange.server);
	assert_int_equal(FreeCredentialsHandle(&exchange.server.credential), SEC_E_OK);
	assert_int_equal(FreeCredentialsHandle(&exchange.client.credential), SEC_E_OK);
	exchange.server.has_credential = exchange.client.has_credential = false;
	for (int i = 0; i < 8 && exchange.server.status != SEC_E_OK; i++) {
		if (exchange.client.arrived.size)
			exchange_call(&exchange, &exchange.client);
		if (exchange.server.arrived.size)
			exchange_call(&exchange, &exchange.server);
	}
	assert_int_equal(exchange.server.status, SEC_E_OK);
	assert_int_equal(exchange.client.status, SEC_E_OK);
	exchange_end(&exchange);
}

static void a_client_context_is_none_of_a_servers(void **state)
{
	struct call call;

	(void)state;
	client_begins("NTLM");
	prepare(&call, &exchange.client, exchange.server.arrived.data, exchange.server.arrived.size);
	call.credential = NULL;
	assert_int_equal(accept(&call), SEC_E_INVALID_HANDLE);
	exchange_call(&exchange, &exchange.server);
	exchange_call(&exchange, &exchange.client); /* it was not touched */
	assert_int_equal(exchange.client.status, SEC_E_OK);
	exchange_end(&exchange);
}

static void dead_and_foreign_contexts_are_invalid_handles(void **state)
{
	CtxtHandle strangers[] = { { 0, 0 }, { 1, 2 }, { (ULONG_PTR)-1, (ULONG_PTR)-1 }, { 0, 0 }, { 0, 0 } };
	struct call call;

	(void)state;
	start("NTLM");
	assert_true(exchange_run(&exchange));
	strangers[3] = exchange.server.context;
	strangers[4] = exchange.server.credential;
	assert_int_equal(DeleteSecurityContext(&exchange.server.context), SEC_E_OK);
	exchange.server.has_context = false;
	for (size_t i = 0; i < COUNT_OF(strangers); i++) {
		prepare(&call, &exchange.server, "token", 5);
		call.context = &strangers[i];
		assert_int_equal(accept(&call), SEC_E_INVALID_HANDLE);
		assert_int_equal(call.out[0].cbBuffer, 0);
		assert_int_equal(initiate(&call), SEC_E_INVALID_HANDLE);
		assert_int_equal(QueryContextAttributesA(&strangers[i], SECPKG_ATTR_SIZES, room),
				 SEC_E_INVALID_HANDLE);
		assert_int_equal(EncryptMessage(&strangers[i], 0, &call.in_list, 0), SEC_E_INVALID_HANDLE);
		assert_int_equal(DecryptMessage(&strangers[i], &call.in_list, 0, NULL), SEC_E_INVALID_HANDLE);
		assert_int_equal(DeleteSecurityContext(&strangers[i]), SEC_E_INVALID_HANDLE);
	}
	assert_int_equal(DeleteSecurityContext(NULL), SEC_E_INVALID_HANDLE);
	assert_int_equal(EncryptMessage(NULL, 0, &call.in_list, 0), SEC_E_INVALID_HANDLE);
	assert_int_equal(FreeCredentialsHandle(NULL), SEC_E_INVALID_HANDLE);
	assert_int_equal(FreeCredentialsHandle(&exchange.client.context), SEC_E_INVALID_HANDLE);
	exchange_end(&exchange);
	assert_int_equal(FreeCredentialsHandle(&exchange.server.credential), SEC_E_INVALID_HANDLE);
}

static void a_partial_context_can_be_deleted(void **state)
{
	long before;

	(void)state;
	(void)exchange_certificate();
	before = seam_blocks_alive();
	client_begins("CREDSSP");
	exchange_call(&exchange, &exchange.server);
	exchange_end(&exchange);
	assert_int_equal(seam_blocks_alive(), before);
}

/* --- The target's name ---------------------------------------------------------------------------------------- */

static SECURITY_STATUS initiate_to(const char *target)
{
	struct call call;
	SECURITY_STATUS status;

	start("NTLM");
	prepare(&call, &exchange.client, NULL, 0);
	status = InitializeSecurityContextA(call.credential, NULL, (char *)(uintptr_t)target, call.request, 0,
					    0, NULL, 0, &call.new_context, &call.out_list, NULL, NULL);
	if (status >= 0)
		keep(&call, &exchange.client);
	exchange_end(&exchange);
	return status;
}

static void a_target_is_text_of_a_sensible_length(void **state)
{
	char *longest = test_calloc(1, 16385);

	(void)state;
	assert_int_equal(initiate_to("TERMSRV/host"), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(initiate_to("HTTP/b\xC3\xBC"
				     "cher"),
			 SEC_I_CONTINUE_NEEDED);
	assert_int_equal(initiate_to("HTTP/b\xC3(cher"), SEC_E_TARGET_UNKNOWN);
	memset(longest, 'x', 16384);
	assert_int_equal(initiate_to(longest), SEC_E_TARGET_UNKNOWN);
	longest[16383] = 0;
	assert_int_equal(initiate_to(longest), SEC_I_CONTINUE_NEEDED);
	test_free(longest);
}

/* The name reaches the client's AUTHENTICATE in UTF-16, also if it was given in the first call alone. */
static void a_wide_target_of_the_first_call_serves_the_later_ones(void **state)
{
	static const WCHAR target[] = u"TERMSRV/server.test";
	struct call call;

	(void)state;
	start("NTLM");
	prepare(&call, &exchange.client, NULL, 0);
	assert_int_equal(InitializeSecurityContextW(call.credential, NULL, (WCHAR *)(uintptr_t)target,
						    call.request, 0, 0, NULL, 0, &call.new_context,
						    &call.out_list, NULL, NULL),
			 SEC_I_CONTINUE_NEEDED);
	keep(&call, &exchange.client);
	memcpy(exchange.server.arrived.data, room, call.out[0].cbBuffer);
	exchange.server.arrived.size = call.out[0].cbBuffer;
	exchange_call(&exchange, &exchange.server);
	prepare(&call, &exchange.client, exchange.client.arrived.data, exchange.client.arrived.size);
	assert_int_equal(InitializeSecurityContextW(NULL, call.context, NULL, call.request, 0, 0,
						    &call.in_list, 0, NULL, &call.out_list, NULL, NULL),
			 SEC_E_OK);
	assert_non_null(memmem(room, call.out[0].cbBuffer, target, sizeof(target) - sizeof(WCHAR)));
	exchange_end(&exchange);
}

/* --- EXTRA ---------------------------------------------------------------------------------------------------- */

/* A TLS 1.3 client sends its Finished and the first TSRequest at once: two units, so the first call leaves one. */
static void what_was_not_used_is_told_in_both_lists(void **state)
{
	struct call call;
	uint32_t extra;

	(void)state;
	client_begins("CREDSSP");
	exchange_call(&exchange, &exchange.server);
	exchange_call(&exchange, &exchange.client);
	/* And a record of the application's behind them. */
	memcpy(exchange.server.arrived.data + exchange.server.arrived.size, "\x17\x03\x03\x00\x01\x00", 6);
	prepare(&call, &exchange.server, exchange.server.arrived.data, exchange.server.arrived.size + 6);
	assert_int_equal(accept(&call), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(call.in[1].BufferType, SECBUFFER_EXTRA);
	assert_int_equal(call.out[1].BufferType, SECBUFFER_EXTRA);
	extra = call.in[1].cbBuffer;
	assert_int_equal(call.out[1].cbBuffer, extra);
	assert_true(extra >= 6 && extra < exchange.server.arrived.size);
	assert_int_equal(call.in[0].cbBuffer, exchange.server.arrived.size + 6);
	exchange_end(&exchange);
}

/* Bytes that no buffer could tell of would be lost without a word. */
static void without_a_place_to_tell_them_extra_bytes_are_refused(void **state)
{
	struct call call;

	(void)state;
	client_begins("CREDSSP");
	exchange_call(&exchange, &exchange.server);
	exchange_call(&exchange, &exchange.client);
	memcpy(exchange.server.arrived.data + exchange.server.arrived.size, "\x17\x03\x03\x00\x01\x00", 6);
	prepare(&call, &exchange.server, exchange.server.arrived.data, exchange.server.arrived.size + 6);
	call.in_list.cBuffers = 1;
	call.out_list.cBuffers = 1;
	assert_int_equal(accept(&call), SEC_E_INVALID_TOKEN);
	exchange_end(&exchange);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(attributes_and_expiry_are_written_by_every_call_that_does_not_fail),
		cmocka_unit_test(attributes_are_in_the_bits_of_their_role),
		cmocka_unit_test(less_may_be_reached_than_was_asked),
		cmocka_unit_test(the_same_handle_comes_back_on_every_later_call),
		cmocka_unit_test(the_results_may_all_be_null_on_later_calls),
		cmocka_unit_test(what_was_asked_once_stays_asked),
		cmocka_unit_test(a_last_call_without_a_token_empties_the_output),
		cmocka_unit_test(delegation_may_be_asked_of_a_server),
		cmocka_unit_test(a_request_that_is_not_offered_makes_no_context),
		cmocka_unit_test(ntlm_is_of_dce_style_where_that_is_asked_for),
		cmocka_unit_test(no_integrity_takes_the_request_for_integrity_back),
		cmocka_unit_test(flags_above_bit_31_come_in_a_buffer_of_their_own),
		cmocka_unit_test(buffers_that_ask_for_what_is_not_offered_are_refused),
		cmocka_unit_test(such_a_request_on_a_later_call_refuses_the_context),
		cmocka_unit_test(a_first_client_call_may_pass_an_empty_buffer),
		cmocka_unit_test(an_empty_buffer_with_a_size_is_garbage),
		cmocka_unit_test(buffers_are_found_in_any_order_and_without_their_attributes),
		cmocka_unit_test(broken_lists_are_refused),
		cmocka_unit_test(no_input_is_a_bad_token_or_an_incomplete_stream),
		cmocka_unit_test(without_a_token_to_write_to_the_package_is_not_asked),
		cmocka_unit_test(a_token_too_big_for_the_caller_makes_no_context_on_the_first_call),
		cmocka_unit_test(a_token_too_big_for_the_caller_refuses_a_later_call_for_good),
		cmocka_unit_test(the_library_allocates_when_it_is_asked_to),
		cmocka_unit_test(allocation_without_a_token_gives_no_pointer),
		cmocka_unit_test(a_bad_token_leaves_an_empty_output),
		cmocka_unit_test(an_error_token_comes_with_extended_error_alone),
		cmocka_unit_test(an_alert_comes_with_extended_error_alone),
		cmocka_unit_test(an_error_token_without_room_is_left_out),
		cmocka_unit_test(a_buffer_for_alerts_is_taken_and_stays_empty),
		cmocka_unit_test(a_refused_context_says_the_first_status_again),
		cmocka_unit_test(a_finished_context_takes_no_further_token),
		cmocka_unit_test(a_wrong_password_is_refused_and_a_right_one_is_not),
		cmocka_unit_test(a_first_call_needs_a_credential_of_its_direction),
		cmocka_unit_test(a_first_call_needs_a_place_for_the_context),
		cmocka_unit_test(a_later_call_names_its_own_credential_or_none),
		cmocka_unit_test(a_context_outlives_the_handle_of_its_credential),
		cmocka_unit_test(a_client_context_is_none_of_a_servers),
		cmocka_unit_test(dead_and_foreign_contexts_are_invalid_handles),
		cmocka_unit_test(a_partial_context_can_be_deleted),
		cmocka_unit_test(a_target_is_text_of_a_sensible_length),
		cmocka_unit_test(a_wide_target_of_the_first_call_serves_the_later_ones),
		cmocka_unit_test(what_was_not_used_is_told_in_both_lists),
		cmocka_unit_test(without_a_place_to_tell_them_extra_bytes_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
