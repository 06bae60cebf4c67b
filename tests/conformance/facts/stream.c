/* Schannel, and what CREDSSP has of it: the handshake over TLS records, and messages in them. */
#include "logon.h"

#define WINE     "Wine schannel.c, test_communication"
#define WINE_OUT "Wine schannel.c, test_context_output_buffer_size"

/* A fact of Schannel that holds for CREDSSP as well, as that is a stream of the same records. */
#define FACT_OF_BOTH(kind, what, citation) \
	static void both_##what(const char *package); \
	FACT(kind, schannel_##what, citation) \
	{ \
		both_##what("Schannel"); \
	} \
	FACT(kind, credssp_##what, citation "; for CREDSSP observed: it keeps the TLS stream") \
	{ \
		both_##what("CREDSSP"); \
	} \
	static void both_##what(const char *package)

static struct logon logon;
static struct side client;
static struct call call;

static void prepare_first(const char *package)
{
	client_start(&client, package);
	call_prepare(&call, &client, NULL, 0);
}

/* A client that has sent its hello, and its next call with these bytes. */
static void prepare_second(const char *package, const void *token, ULONG size)
{
	prepare_first(package);
	EXPECT_STATUS(call_do(&call), SEC_I_CONTINUE_NEEDED);
	call_keep(&call, &client);
	call_prepare(&call, &client, token, size);
}

static void end(void)
{
	side_end(&client);
}

/* --- The first call */

FACT_OF_BOTH(behaviour, begins_with_a_handshake_record,
	     "page InitializeSecurityContext (Schannel); RFC 8446, 5.1")
{
	prepare_first(package);
	EXPECT_STATUS(call_do(&call), SEC_I_CONTINUE_NEEDED);
	EXPECT(call_room()[0] == 0x16 && call_room()[1] == 3);
	EXPECT_NUMBER(call.out[0].cbBuffer, 5 + (call_room()[3] << 8 | call_room()[4]));
	call_keep(&call, &client);
	end();
}

FACT_OF_BOTH(failure, without_an_output_list_is_an_invalid_token, WINE ": first call, pOutput NULL")
{
	prepare_first(package);
	call.output = NULL;
	EXPECT_STATUS(call_do(&call), SEC_E_INVALID_TOKEN);
	EXPECT(call_made_nothing(&call));
	end();
}

FACT_OF_BOTH(failure, with_no_bytes_for_the_token_has_too_little_memory, WINE_OUT)
{
	prepare_first(package);
	call.out[0].cbBuffer = 0;
	EXPECT_STATUS(call_do(&call), SEC_E_INSUFFICIENT_MEMORY);
	EXPECT(call_made_nothing(&call));
	end();
}

FACT_OF_BOTH(failure, with_few_bytes_for_the_token_has_too_little_memory,
	     WINE_OUT "; status SEC_E_INSUFFICIENT_MEMORY")
{
	prepare_first(package);
	call.out[0].cbBuffer = 20;
	EXPECT_STATUS(call_do(&call), SEC_E_INSUFFICIENT_MEMORY);
	EXPECT_NUMBER(call_room()[0], UNTOUCHED);
	end();
}

FACT_OF_BOTH(behaviour, allocates_when_asked, WINE_OUT ", ISC_REQ_ALLOCATE_MEMORY")
{
	prepare_first(package);
	call.request |= ISC_REQ_ALLOCATE_MEMORY;
	call.out[0].cbBuffer = 0;
	call.out[0].pvBuffer = NULL;
	EXPECT_STATUS(call_do(&call), SEC_I_CONTINUE_NEEDED);
	EXPECT(call.out[0].pvBuffer && call.out[0].cbBuffer > 5);
	EXPECT_OK(FreeContextBuffer(call.out[0].pvBuffer));
	call_keep(&call, &client);
	end();
}

FACT(behaviour, schannel_allocates_where_the_caller_gave_no_memory,
     "Wine schannel.c, test_connection_shutdown: pvBuffer NULL without ISC_REQ_ALLOCATE_MEMORY")
{
	prepare_first("Schannel");
	call.out[0].cbBuffer = 1000;
	call.out[0].pvBuffer = NULL;
	EXPECT_STATUS(call_do(&call), SEC_I_CONTINUE_NEEDED);
	EXPECT(call.out[0].pvBuffer);
	EXPECT_OK(FreeContextBuffer(call.out[0].pvBuffer));
	call_keep(&call, &client);
	end();
}

FACT(failure, schannel_with_no_bytes_for_an_alert_has_too_little_memory, WINE_OUT ", SECBUFFER_ALERT")
{
	prepare_first("Schannel");
	call.out[1] = (SecBuffer) { 0, SECBUFFER_ALERT, call_room() + ROOM / 2 };
	call.out[0].cbBuffer = ROOM / 2;
	call.out_list.cBuffers = 2;
	EXPECT_STATUS(call_do(&call), SEC_E_INSUFFICIENT_MEMORY);
	end();
}

FACT_OF_BOTH(behaviour, empties_the_alert_where_there_is_none, WINE_OUT ", SECBUFFER_ALERT")
{
	prepare_first(package);
	call.out[1] = (SecBuffer) { ROOM / 2, SECBUFFER_ALERT, call_room() + ROOM / 2 };
	call.out[0].cbBuffer = ROOM / 2;
	call.out_list.cBuffers = 2;
	EXPECT_STATUS(call_do(&call), SEC_I_CONTINUE_NEEDED);
	EXPECT_NUMBER(call.out[1].cbBuffer, 0);
	call_keep(&call, &client);
	end();
}

/* --- Less than a record */

static void assert_output_untouched(void)
{
	EXPECT_NUMBER(call.out[0].cbBuffer, ROOM);
	EXPECT_NUMBER(call.out[0].BufferType, SECBUFFER_TOKEN);
	EXPECT_NUMBER(call_room()[0], UNTOUCHED);
	EXPECT(call_made_nothing(&call));
}

FACT_OF_BOTH(state, without_input_is_incomplete, WINE ": later call, pInput NULL")
{
	prepare_second(package, NULL, 0);
	call.input = NULL;
	EXPECT_STATUS(call_do(&call), SEC_E_INCOMPLETE_MESSAGE);
	end();
}

FACT_OF_BOTH(state, without_input_touches_nothing, WINE ": output and phNewContext stay as they are")
{
	prepare_second(package, NULL, 0);
	call.input = NULL;
	EXPECT_STATUS(call_do(&call), SEC_E_INCOMPLETE_MESSAGE);
	assert_output_untouched();
	end();
}

static void misses(const char *package, ULONG given, ULONG missing)
{
	static const unsigned char hello[] = { 0x16, 3, 3, 0x10, 0 };

	prepare_second(package, hello, given);
	EXPECT_STATUS(call_do(&call), SEC_E_INCOMPLETE_MESSAGE);
	EXPECT_NUMBER(call.in[1].BufferType, SECBUFFER_MISSING);
	EXPECT_NUMBER(call.in[1].cbBuffer, missing);
	assert_output_untouched();
	end();
}

FACT_OF_BOTH(state, misses_five_bytes_of_none, WINE ": Windows 10, 0 bytes")
{
	misses(package, 0, 5);
}

FACT_OF_BOTH(state, misses_one_byte_of_four, WINE ": Windows 10, 4 bytes")
{
	misses(package, 4, 1);
}

FACT_OF_BOTH(state, misses_the_rest_of_the_record, WINE ": Windows 10, 5 bytes")
{
	misses(package, 5, 0x1000);
}

FACT_OF_BOTH(state, goes_on_after_an_incomplete_message,
	     "page AcceptSecurityContext, SEC_E_INCOMPLETE_MESSAGE: nothing has changed")
{
	logon_start(&logon, package);
	side_call(&logon.client, &logon.server);
	call_prepare(&call, &logon.server, logon.server.arrived.data, 7);
	EXPECT_STATUS(call_do(&call), SEC_E_INCOMPLETE_MESSAGE);
	EXPECT(call_made_nothing(&call));
	call_prepare_next(&call, &logon.server);
	EXPECT_STATUS(call_do(&call), SEC_I_CONTINUE_NEEDED);
	call_keep(&call, &logon.server);
	logon_end(&logon);
}

FACT_OF_BOTH(state, server_misses_the_rest_of_a_hello,
	     "page AcceptSecurityContext (Schannel), SEC_E_INCOMPLETE_MESSAGE, SECBUFFER_MISSING")
{
	logon_start(&logon, package);
	side_call(&logon.client, &logon.server);
	call_prepare(&call, &logon.server, logon.server.arrived.data, logon.server.arrived.size - 3);
	EXPECT_STATUS(call_do(&call), SEC_E_INCOMPLETE_MESSAGE);
	EXPECT_NUMBER(call.in[1].BufferType, SECBUFFER_MISSING);
	EXPECT_NUMBER(call.in[1].cbBuffer, 3);
	logon_end(&logon);
}

/* --- What is no record */

static void refuses_bytes(const char *package, unsigned char byte)
{
	static unsigned char bytes[8192];

	memset(bytes, byte, sizeof(bytes));
	prepare_second(package, bytes, sizeof(bytes));
	EXPECT_STATUS(call_do(&call), SEC_E_INVALID_TOKEN);
	EXPECT_NUMBER(call.out[0].cbBuffer, 0);
	end();
}

FACT_OF_BOTH(failure, refuses_what_is_no_record, WINE ": 0xFA, SEC_E_INVALID_TOKEN, output of size 0")
{
	refuses_bytes(package, 0xFA);
}

FACT_OF_BOTH(failure, refuses_zeros, WINE ": 0, SEC_E_INVALID_TOKEN, output of size 0")
{
	refuses_bytes(package, 0);
}

FACT_OF_BOTH(failure, refuses_an_empty_buffer_with_a_size,
	     WINE ": EMPTY with 0xDEADBEEF bytes, SEC_E_INVALID_TOKEN")
{
	static const unsigned char hello[] = { 0x16, 3, 3, 0, 1, 0 };

	prepare_second(package, hello, sizeof(hello));
	call.in[1].cbBuffer = 0xDEADBEEF;
	EXPECT_STATUS(call_do(&call), SEC_E_INVALID_TOKEN);
	end();
}

FACT_OF_BOTH(failure, server_refuses_what_is_no_record,
	     "page AcceptSecurityContext (Schannel), SEC_E_INVALID_TOKEN")
{
	struct side server;

	server_start(&server, package);
	call_prepare(&call, &server, "GET / HTTP/1.1\r\n\r\n", 18);
	EXPECT(call_do(&call) < 0);
	EXPECT(call_made_nothing(&call));
	side_end(&server);
}

/* --- A whole handshake */

FACT_OF_BOTH(state, lets_client_and_server_finish, WINE "; page AcceptSecurityContext, SEC_E_OK")
{
	logon_run(&logon, package);
	logon_end(&logon);
}

FACT_OF_BOTH(state, keeps_its_handle_until_the_end, WINE ": dwLower and dwUpper")
{
	CtxtHandle before;

	logon_start(&logon, package);
	side_call(&logon.client, &logon.server);
	before = logon.client.context;
	side_call(&logon.server, &logon.client);
	call_prepare_next(&call, &logon.client);
	EXPECT(call_do(&call) >= 0);
	EXPECT(memcmp(&call.made, &before, sizeof(before)) == 0);
	logon_end(&logon);
}

FACT(state, schannel_reaches_a_fixed_set_of_attributes, WINE ": attrs")
{
	logon_start(&logon, "Schannel");
	logon.client.request = ISC_REQ_USE_SUPPLIED_CREDS;
	logon_go_on(&logon);
	EXPECT_OK(logon.client.status);
	EXPECT_NUMBER(logon.client.reached, ISC_RET_REPLAY_DETECT | ISC_RET_SEQUENCE_DETECT |
						    ISC_RET_CONFIDENTIALITY | ISC_RET_STREAM |
						    ISC_RET_USED_SUPPLIED_CREDS);
	logon_end(&logon);
}

FACT_OF_BOTH(state, is_a_stream_with_order_and_secrecy, WINE ": attrs")
{
	ULONG wanted =
		ISC_RET_REPLAY_DETECT | ISC_RET_SEQUENCE_DETECT | ISC_RET_CONFIDENTIALITY | ISC_RET_STREAM;

	logon_run(&logon, package);
	EXPECT_NUMBER(logon.client.reached & wanted, wanted);
	wanted = ASC_RET_REPLAY_DETECT | ASC_RET_SEQUENCE_DETECT | ASC_RET_CONFIDENTIALITY | ASC_RET_STREAM;
	EXPECT_NUMBER(logon.server.reached & wanted, wanted);
	logon_end(&logon);
}

FACT_OF_BOTH(state, tells_what_it_did_not_use,
	     "page InitializeSecurityContext, SECBUFFER_EXTRA: the tail of the input")
{
	struct side *server = &logon.server;

	logon_start(&logon, package);
	side_call(&logon.client, server);
	memcpy(server->arrived.data + server->arrived.size, "\x16\3\3\0", 4);
	call_prepare(&call, server, server->arrived.data, server->arrived.size + 4);
	EXPECT_STATUS(call_do(&call), SEC_I_CONTINUE_NEEDED);
	EXPECT_NUMBER(call.in[1].BufferType, SECBUFFER_EXTRA);
	EXPECT_NUMBER(call.in[1].cbBuffer, 4);
	call_keep(&call, server);
	logon_end(&logon);
}

/* --- Attributes */

FACT_OF_BOTH(state, has_stream_sizes, WINE ", STREAM_SIZES; observed: header 5, maximum 0x4000, buffers 4")
{
	SecPkgContext_StreamSizes sizes;

	logon_run(&logon, package);
	EXPECT_OK(QueryContextAttributes(&logon.client.context, SECPKG_ATTR_STREAM_SIZES, &sizes));
	EXPECT(sizes.cbHeader >= 5 && sizes.cbTrailer > 0);
	EXPECT_NUMBER(sizes.cbMaximumMessage, 0x4000);
	EXPECT_NUMBER(sizes.cBuffers, 4);
	logon_end(&logon);
}

FACT_OF_BOTH(state, shows_the_servers_certificate, WINE ", REMOTE_CERT_CONTEXT")
{
	PCCERT_CONTEXT shown = NULL, own = host_certificate();

	logon_run(&logon, package);
	EXPECT_OK(QueryContextAttributes(&logon.client.context, SECPKG_ATTR_REMOTE_CERT_CONTEXT, &shown));
	EXPECT_NUMBER(shown->dwCertEncodingType, X509_ASN_ENCODING);
	EXPECT_NUMBER(shown->cbCertEncoded, own->cbCertEncoded);
	EXPECT(memcmp(shown->pbCertEncoded, own->pbCertEncoded, own->cbCertEncoded) == 0);
	host_free_certificate(shown);
	logon_end(&logon);
}

FACT_OF_BOTH(
	failure, server_takes_no_certificate_without_its_key,
	"Wine schannel.c, testAcquireSecurityContext: SEC_E_NO_CREDENTIALS, or SEC_E_UNKNOWN_CREDENTIALS")
{
	PCCERT_CONTEXT shown = NULL;
	SCHANNEL_CRED schannel = { .dwVersion = SCHANNEL_CRED_VERSION, .cCreds = 1, .paCred = &shown };
	CREDSSP_CRED both = { CredsspSubmitBufferBoth, &schannel, NULL };
	CredHandle credential;

	logon_run(&logon, package);
	EXPECT_OK(QueryContextAttributes(&logon.client.context, SECPKG_ATTR_REMOTE_CERT_CONTEXT, &shown));
	EXPECT_EITHER(AcquireCredentialsHandle(NULL, text_of(package), SECPKG_CRED_INBOUND, NULL,
					       strcmp(package, "CREDSSP") == 0 ? (void *)&both : &schannel,
					       NULL, NULL, &credential, NULL),
		      SEC_E_NO_CREDENTIALS, SEC_E_UNKNOWN_CREDENTIALS);
	host_free_certificate(shown);
	logon_end(&logon);
}

FACT(failure, a_certificate_without_its_key_is_refused_beside_another,
     "Wine schannel.c, testAcquireSecurityContext: one of two certificates is no good, "
     "SEC_E_UNKNOWN_CREDENTIALS")
{
	PCCERT_CONTEXT certificates[2] = { host_certificate(), NULL };
	SCHANNEL_CRED schannel = { .dwVersion = SCHANNEL_CRED_VERSION, .cCreds = 2, .paCred = certificates };
	CredHandle credential;

	logon_run(&logon, "Schannel");
	EXPECT_OK(QueryContextAttributes(&logon.client.context, SECPKG_ATTR_REMOTE_CERT_CONTEXT,
					 &certificates[1]));
	EXPECT_STATUS(AcquireCredentialsHandle(NULL, text_of("Schannel"), SECPKG_CRED_INBOUND, NULL,
					       &schannel, NULL, NULL, &credential, NULL),
		      SEC_E_UNKNOWN_CREDENTIALS);
	host_free_certificate(certificates[1]);
	logon_end(&logon);
}

FACT_OF_BOTH(state, shows_a_server_its_own_certificate,
	     "page QueryContextAttributes (Schannel), LOCAL_CERT_CONTEXT")
{
	PCCERT_CONTEXT shown = NULL, own = host_certificate();

	logon_run(&logon, package);
	EXPECT_OK(QueryContextAttributes(&logon.server.context, SECPKG_ATTR_LOCAL_CERT_CONTEXT, &shown));
	EXPECT_NUMBER(shown->cbCertEncoded, own->cbCertEncoded);
	host_free_certificate(shown);
	logon_end(&logon);
}

FACT_OF_BOTH(state, tells_protocol_and_strength, WINE ", CONNECTION_INFO")
{
	SecPkgContext_ConnectionInfo info;

	logon_run(&logon, package);
	EXPECT_OK(QueryContextAttributes(&logon.client.context, SECPKG_ATTR_CONNECTION_INFO, &info));
	EXPECT(info.dwCipherStrength >= 128);
	EXPECT_EITHER((SECURITY_STATUS)info.dwProtocol, SP_PROT_TLS1_2_CLIENT, 0x2000 /* TLS 1.3, client */);
	logon_end(&logon);
}

FACT_OF_BOTH(state, tells_a_server_its_side_of_the_protocol, "page SecPkgContext_ConnectionInfo, dwProtocol")
{
	SecPkgContext_ConnectionInfo info;

	logon_run(&logon, package);
	EXPECT_OK(QueryContextAttributes(&logon.server.context, SECPKG_ATTR_CONNECTION_INFO, &info));
	EXPECT_EITHER((SECURITY_STATUS)info.dwProtocol, SP_PROT_TLS1_2_SERVER, 0x1000 /* TLS 1.3, server */);
	logon_end(&logon);
}

FACT(failure, schannel_has_no_negotiation_info, WINE ", NEGOTIATION_INFO: SEC_E_UNSUPPORTED_FUNCTION")
{
	SecPkgContext_NegotiationInfo info;

	logon_run(&logon, "Schannel");
	EXPECT_STATUS(QueryContextAttributes(&logon.client.context, SECPKG_ATTR_NEGOTIATION_INFO, &info),
		      SEC_E_UNSUPPORTED_FUNCTION);
	logon_end(&logon);
}

FACT_OF_BOTH(state, forgets_its_certificate_when_deleted, WINE ": query after DeleteSecurityContext")
{
	PCCERT_CONTEXT shown;

	logon_run(&logon, package);
	EXPECT_OK(DeleteSecurityContext(&logon.client.context));
	logon.client.has_context = false;
	EXPECT_STATUS(QueryContextAttributes(&logon.client.context, SECPKG_ATTR_REMOTE_CERT_CONTEXT, &shown),
		      SEC_E_INVALID_HANDLE);
	logon_end(&logon);
}

FACT_OF_BOTH(state, has_no_stream_sizes_before_the_end,
	     "page QueryContextAttributes, SEC_E_INVALID_HANDLE for a context that is not complete")
{
	SecPkgContext_StreamSizes sizes;

	prepare_second(package, NULL, 0);
	EXPECT(QueryContextAttributes(&client.context, SECPKG_ATTR_STREAM_SIZES, &sizes) < 0);
	end();
}

/* Both sides see the same certificate, so they make the same of it. */
FACT(state, schannel_binds_to_the_servers_certificate, WINE ", ENDPOINT_BINDINGS")
{
	static const char prefix[] = "tls-server-end-point:";
	SecPkgContext_Bindings bindings = { 0 };
	SEC_CHANNEL_BINDINGS *head;

	logon_run(&logon, "Schannel");
	EXPECT_OK(QueryContextAttributes(&logon.client.context, SECPKG_ATTR_ENDPOINT_BINDINGS, &bindings));
	head = bindings.Bindings;
	EXPECT_NUMBER(head->dwInitiatorAddrType | head->cbInitiatorLength | head->dwInitiatorOffset, 0);
	EXPECT_NUMBER(head->dwAcceptorAddrType | head->cbAcceptorLength | head->dwAcceptorOffset, 0);
	EXPECT_NUMBER(head->dwApplicationDataOffset, sizeof(*head));
	EXPECT_NUMBER(bindings.BindingsLength, sizeof(*head) + head->cbApplicationDataLength);
	EXPECT_NUMBER(head->cbApplicationDataLength, sizeof(prefix) - 1 + 32);
	EXPECT(memcmp(head + 1, prefix, sizeof(prefix) - 1) == 0);
	EXPECT_OK(FreeContextBuffer(bindings.Bindings));
	logon_end(&logon);
}

FACT(state, both_ends_have_the_same_endpoint_bindings, "RFC 5929, 4; page SecPkgContext_Bindings")
{
	SecPkgContext_Bindings a, b;

	logon_run(&logon, "Schannel");
	EXPECT_OK(QueryContextAttributes(&logon.client.context, SECPKG_ATTR_ENDPOINT_BINDINGS, &a));
	EXPECT_OK(QueryContextAttributes(&logon.server.context, SECPKG_ATTR_ENDPOINT_BINDINGS, &b));
	EXPECT_NUMBER(a.BindingsLength, b.BindingsLength);
	EXPECT(memcmp(a.Bindings, b.Bindings, a.BindingsLength) == 0);
	EXPECT_OK(FreeContextBuffer(a.Bindings));
	EXPECT_OK(FreeContextBuffer(b.Bindings));
	logon_end(&logon);
}

FACT(state, schannel_binds_to_its_own_handshake, WINE ", UNIQUE_BINDINGS; RFC 5929, 3: TLS 1.2")
{
	static const char prefix[] = "tls-unique:";
	SecPkgContext_Bindings bindings = { 0 };

	logon_start_tls12(&logon);
	logon_go_on(&logon);
	EXPECT_OK(logon.client.status);
	EXPECT_OK(QueryContextAttributes(&logon.client.context, SECPKG_ATTR_UNIQUE_BINDINGS, &bindings));
	EXPECT(bindings.BindingsLength > sizeof(SEC_CHANNEL_BINDINGS) + sizeof(prefix) - 1);
	EXPECT(memcmp(bindings.Bindings + 1, prefix, sizeof(prefix) - 1) == 0);
	EXPECT_OK(FreeContextBuffer(bindings.Bindings));
	logon_end(&logon);
}

FACT(state, a_last_call_of_tls_1_2_without_a_token_empties_the_output,
     WINE ": output of size 0 with SEC_E_OK")
{
	logon_start_tls12(&logon);
	side_call(&logon.client, &logon.server);
	side_call(&logon.server, &logon.client);
	side_call(&logon.client, &logon.server);
	side_call(&logon.server, &logon.client);
	EXPECT_OK(logon.server.status);
	call_prepare_next(&call, &logon.client);
	EXPECT_OK(call_do(&call));
	EXPECT_NUMBER(call.out[0].cbBuffer, 0);
	logon_end(&logon);
}

/* --- Messages */

static const char words[] = "GET / HTTP/1.1\r\n\r\n";
enum { WORDS = sizeof(words) - 1 };

static unsigned char wire[ROOM];
static SecBuffer parts[5];
static SecBufferDesc message = { SECBUFFER_VERSION, 4, parts };
static SecPkgContext_StreamSizes sizes;

/* A finished pair; `parts` are ready for EncryptMessage over `wire`. */
static void ready(const char *package)
{
	logon_run(&logon, package);
	EXPECT_OK(QueryContextAttributes(&logon.client.context, SECPKG_ATTR_STREAM_SIZES, &sizes));
	memcpy(wire + sizes.cbHeader, words, WORDS);
	parts[0] = (SecBuffer) { sizes.cbHeader, SECBUFFER_STREAM_HEADER, wire };
	parts[1] = (SecBuffer) { WORDS, SECBUFFER_DATA, wire + sizes.cbHeader };
	parts[2] = (SecBuffer) { sizes.cbTrailer, SECBUFFER_STREAM_TRAILER, wire + sizes.cbHeader + WORDS };
	parts[3] = (SecBuffer) { 0, SECBUFFER_EMPTY, NULL };
	message.cBuffers = 4;
}

/* What the client sent of them; `parts` are ready for DecryptMessage. */
static ULONG sent(const char *package)
{
	ULONG size;

	ready(package);
	EXPECT_OK(EncryptMessage(&logon.client.context, 0, &message, 0));
	size = parts[0].cbBuffer + parts[1].cbBuffer + parts[2].cbBuffer;
	parts[0] = (SecBuffer) { size, SECBUFFER_DATA, wire };
	for (size_t i = 1; i < 4; i++)
		parts[i] = (SecBuffer) { 0, SECBUFFER_EMPTY, NULL };
	return size;
}

static SECURITY_STATUS decrypt(void)
{
	return DecryptMessage(&logon.server.context, &message, 0, NULL);
}

FACT_OF_BOTH(state, encrypts_into_one_record, "page EncryptMessage (Schannel)")
{
	ULONG size = sent(package);

	EXPECT_NUMBER(wire[0], 0x17);
	EXPECT_NUMBER(size, 5 + (wire[3] << 8 | wire[4]));
	logon_end(&logon);
}

FACT_OF_BOTH(state, decrypts_into_header_data_and_trailer,
	     "page DecryptMessage (Schannel); observed: mstsc wants this order")
{
	(void)sent(package);
	EXPECT_OK(decrypt());
	EXPECT_NUMBER(parts[0].BufferType, SECBUFFER_STREAM_HEADER);
	EXPECT_NUMBER(parts[1].BufferType, SECBUFFER_DATA);
	EXPECT_NUMBER(parts[2].BufferType, SECBUFFER_STREAM_TRAILER);
	EXPECT_NUMBER(parts[3].BufferType, SECBUFFER_EMPTY);
	logon_end(&logon);
}

FACT_OF_BOTH(state, decrypts_in_place, "page DecryptMessage (Schannel): the data lie in the input")
{
	(void)sent(package);
	EXPECT_OK(decrypt());
	EXPECT_NUMBER(parts[1].cbBuffer, WORDS);
	EXPECT((unsigned char *)parts[1].pvBuffer > wire && (unsigned char *)parts[1].pvBuffer < wire + ROOM);
	EXPECT(memcmp(parts[1].pvBuffer, words, WORDS) == 0);
	logon_end(&logon);
}

FACT_OF_BOTH(state, tells_what_lies_behind_a_record, "page DecryptMessage (Schannel), SECBUFFER_EXTRA")
{
	ULONG size = sent(package);

	memcpy(wire + size, "\x17\3\3", 3);
	parts[0].cbBuffer = size + 3;
	EXPECT_OK(decrypt());
	EXPECT_NUMBER(parts[1].cbBuffer, WORDS);
	EXPECT_NUMBER(parts[3].BufferType, SECBUFFER_EXTRA);
	EXPECT_NUMBER(parts[3].cbBuffer, 3);
	logon_end(&logon);
}

FACT_OF_BOTH(failure, decrypts_nothing_with_three_buffers, WINE ": too few buffers")
{
	(void)sent(package);
	message.cBuffers = 3;
	EXPECT_STATUS(decrypt(), SEC_E_INVALID_TOKEN);
	logon_end(&logon);
}

FACT_OF_BOTH(failure, decrypts_nothing_without_data, WINE ": no data buffer")
{
	(void)sent(package);
	parts[0].BufferType = SECBUFFER_EMPTY;
	EXPECT_STATUS(decrypt(), SEC_E_INVALID_TOKEN);
	logon_end(&logon);
}

FACT_OF_BOTH(failure, decrypts_nothing_with_two_data, WINE ": two data buffers")
{
	(void)sent(package);
	parts[1].BufferType = SECBUFFER_DATA;
	EXPECT_STATUS(decrypt(), SEC_E_INVALID_TOKEN);
	logon_end(&logon);
}

FACT_OF_BOTH(failure, decrypts_nothing_with_two_empty, WINE ": too few empty buffers")
{
	(void)sent(package);
	parts[1].BufferType = SECBUFFER_EXTRA;
	EXPECT_STATUS(decrypt(), SEC_E_INVALID_TOKEN);
	logon_end(&logon);
}

FACT_OF_BOTH(state, waits_for_the_rest_of_a_record, WINE ": incomplete data, SECBUFFER_MISSING")
{
	parts[0].cbBuffer = sent(package) - 5;
	EXPECT_STATUS(decrypt(), SEC_E_INCOMPLETE_MESSAGE);
	EXPECT_NUMBER(parts[0].BufferType, SECBUFFER_MISSING);
	EXPECT_NUMBER(parts[0].cbBuffer, 5);
	logon_end(&logon);
}

FACT_OF_BOTH(state, decrypts_a_record_that_was_incomplete_before, WINE ": goes on with the whole record")
{
	ULONG size = sent(package);

	parts[0].cbBuffer = size - 5;
	EXPECT_STATUS(decrypt(), SEC_E_INCOMPLETE_MESSAGE);
	parts[0] = (SecBuffer) { size, SECBUFFER_DATA, wire };
	for (size_t i = 1; i < 4; i++)
		parts[i] = (SecBuffer) { 0, SECBUFFER_EMPTY, NULL };
	EXPECT_OK(decrypt());
	EXPECT(memcmp(parts[1].pvBuffer, words, WORDS) == 0);
	logon_end(&logon);
}

FACT_OF_BOTH(failure, refuses_a_record_that_was_altered,
	     "page DecryptMessage (General), SEC_E_MESSAGE_ALTERED; status SEC_E_DECRYPT_FAILURE")
{
	ULONG size = sent(package);

	wire[size - 3] ^= 1;
	EXPECT_EITHER(decrypt(), SEC_E_MESSAGE_ALTERED, SEC_E_DECRYPT_FAILURE);
	logon_end(&logon);
}

FACT_OF_BOTH(failure, encrypts_nothing_without_data,
	     "page EncryptMessage (Schannel), SEC_E_INVALID_TOKEN: no SECBUFFER_DATA")
{
	ready(package);
	parts[1].BufferType = SECBUFFER_EMPTY;
	EXPECT_STATUS(EncryptMessage(&logon.client.context, 0, &message, 0), SEC_E_INVALID_TOKEN);
	logon_end(&logon);
}

FACT_OF_BOTH(failure, encrypts_nothing_without_a_header,
	     "page EncryptMessage (Schannel): the order of the buffers")
{
	ready(package);
	parts[0].BufferType = SECBUFFER_EMPTY;
	EXPECT(EncryptMessage(&logon.client.context, 0, &message, 0) < 0);
	EXPECT(memcmp(wire + sizes.cbHeader, words, WORDS) == 0);
	logon_end(&logon);
}

FACT_OF_BOTH(failure, signs_nothing,
	     "page MakeSignature: not of Schannel; observed: CREDSSP's messages are its stream")
{
	ready(package);
	EXPECT_STATUS(MakeSignature(NULL, 0, &message, 0), SEC_E_INVALID_HANDLE); /* it is there */
	EXPECT_STATUS(MakeSignature(&logon.client.context, 0, &message, 0), SEC_E_UNSUPPORTED_FUNCTION);
	EXPECT_STATUS(VerifySignature(&logon.client.context, &message, 0, NULL), SEC_E_UNSUPPORTED_FUNCTION);
	logon_end(&logon);
}

FACT_OF_BOTH(state, encrypts_a_message_of_no_bytes,
	     "page EncryptMessage, Remarks: success with empty data is normal")
{
	ready(package);
	parts[1].cbBuffer = 0;
	EXPECT_OK(EncryptMessage(&logon.client.context, 0, &message, 0));
	logon_end(&logon);
}

FACT_OF_BOTH(state, encrypts_the_largest_message, "page SecPkgContext_StreamSizes, cbMaximumMessage")
{
	ready(package);
	parts[1].cbBuffer = sizes.cbMaximumMessage;
	parts[2].pvBuffer = wire + sizes.cbHeader + sizes.cbMaximumMessage;
	EXPECT_OK(EncryptMessage(&logon.client.context, 0, &message, 0));
	EXPECT(parts[0].cbBuffer + parts[1].cbBuffer + parts[2].cbBuffer > sizes.cbMaximumMessage);
	logon_end(&logon);
}
