#include "support/tls_pair.h"

#include "base/compiler.h"
#include "support/hex.h"

#include <string.h>

enum { TOKEN_MAX = 32 * 1024 };

static char *text(const char *of)
{
	return (char *)(uintptr_t)of; /* Microsoft's prototypes take no const */
}

SCHANNEL_CRED tls_pair_cred(uint32_t flags, PCCERT_CONTEXT *certificate)
{
	return (SCHANNEL_CRED) {
		.dwVersion = SCHANNEL_CRED_VERSION,
		.cCreds = certificate ? 1 : 0,
		.paCred = certificate,
		.dwFlags = flags,
	};
}

OPENSSPI_OPTIONS tls_pair_options(void *data, const char *trusted_file)
{
	return (OPENSSPI_OPTIONS) {
		.Magic = OPENSSPI_OPTIONS_MAGIC,
		.Size = sizeof(OPENSSPI_OPTIONS),
		.AuthData = data,
		.TrustedCertificateFile = trusted_file,
	};
}

void tls_pair_start(struct tls_pair *pair, void *client_data, void *server_data)
{
	struct tls_end *client = &pair->client, *server = &pair->server;

	memset(pair, 0, sizeof(*pair));
	server->server = true;
	client->target = "server.test";
	client->request = ISC_REQ_STREAM | ISC_REQ_CONFIDENTIALITY | ISC_REQ_EXTENDED_ERROR;
	server->request = ASC_REQ_STREAM | ASC_REQ_CONFIDENTIALITY | ASC_REQ_EXTENDED_ERROR;
	assert_int_equal(AcquireCredentialsHandleA(NULL, text(UNISP_NAME_A), SECPKG_CRED_OUTBOUND, NULL,
						   client_data, NULL, NULL, &client->credential, NULL),
			 SEC_E_OK);
	client->has_credential = true;
	assert_int_equal(AcquireCredentialsHandleA(NULL, text(SCHANNEL_NAME_A), SECPKG_CRED_INBOUND, NULL,
						   server_data, NULL, NULL, &server->credential, NULL),
			 SEC_E_OK);
	server->has_credential = true;
}

static void end_of(struct tls_end *end)
{
	if (end->has_context)
		assert_int_equal(DeleteSecurityContext(&end->context), SEC_E_OK);
	if (end->has_credential)
		assert_int_equal(FreeCredentialsHandle(&end->credential), SEC_E_OK);
	end->has_context = end->has_credential = false;
}

void tls_pair_end(struct tls_pair *pair)
{
	end_of(&pair->client);
	end_of(&pair->server);
}

void tls_pair_drop(struct tls_end *end, size_t size)
{
	assert_true(size <= end->size);
	memmove(end->arrived, end->arrived + size, end->size - size);
	end->size -= size;
}

static void append(struct tls_end *end, const void *bytes, size_t size)
{
	assert_true(size <= sizeof(end->arrived) - end->size);
	if (size)
		memcpy(end->arrived + end->size, bytes, size);
	end->size += size;
}

/* --- The handshake */

static SECURITY_STATUS call(struct tls_end *end, PSecBufferDesc in, PSecBufferDesc out)
{
	CtxtHandle *context = end->has_context ? &end->context : NULL;
	CredHandle given = end->given ? *end->given : end->credential;
	CredHandle *credential = context && !end->given ? NULL : &given;

	end->given = NULL;
	if (end->server)
		return AcceptSecurityContext(credential, context, in, end->request, 0, &end->context, out,
					     &end->attributes, &end->expiry);
	return InitializeSecurityContextA(credential, context, text(end->target), end->request, 0, 0, in, 0,
					  &end->context, out, &end->attributes, &end->expiry);
}

SECURITY_STATUS tls_pair_call(struct tls_end *end, struct tls_end *peer)
{
	static uint8_t token[TOKEN_MAX];
	SecBuffer in[] = {
		{ (uint32_t)end->size, SECBUFFER_TOKEN, end->arrived },
		{ 0, SECBUFFER_EMPTY, NULL },
		{ (uint32_t)end->protocols.size, SECBUFFER_APPLICATION_PROTOCOLS,
		  (void *)(uintptr_t)end->protocols.data },
	};
	SecBuffer out[] = {
		{ sizeof(token), SECBUFFER_TOKEN, token },
		{ end->alert_capacity, SECBUFFER_ALERT, end->alert },
	};
	SecBufferDesc in_list = { SECBUFFER_VERSION, end->protocols.size ? 3 : 2, in };
	SecBufferDesc out_list = { SECBUFFER_VERSION, end->alert ? 2 : 1, out };
	size_t extra;

	end->status = call(end, &in_list, &out_list);
	end->token_size = out[0].cbBuffer;
	end->alert_size = end->alert ? out[1].cbBuffer : 0;
	if (end->status == SEC_E_INCOMPLETE_MESSAGE)
		return end->status;
	end->has_context |= end->status >= 0;
	append(peer, token, out[0].cbBuffer);
	extra = in[1].BufferType == SECBUFFER_EXTRA ? in[1].cbBuffer : 0;
	if (end->status >= 0 && !end->keep_input)
		tls_pair_drop(end, end->size - extra);
	return end->status;
}

static bool waits(const struct tls_end *end)
{
	return end->status == SEC_I_CONTINUE_NEEDED || end->status == SEC_E_INCOMPLETE_MESSAGE;
}

bool tls_pair_run(struct tls_pair *pair)
{
	struct tls_end *client = &pair->client, *server = &pair->server;

	if (!client->has_context)
		(void)tls_pair_call(client, server);
	if (!server->has_context)
		server->status = SEC_I_CONTINUE_NEEDED;
	for (int i = 0; i < 32; i++) {
		bool server_reads = server->size && waits(server), client_reads;

		if (server_reads)
			(void)tls_pair_call(server, client);
		client_reads = client->size && waits(client);
		if (client_reads)
			(void)tls_pair_call(client, server);
		if (!server_reads && !client_reads)
			break;
	}
	return client->status == SEC_E_OK && server->status == SEC_E_OK;
}

/* --- Messages */

SECURITY_STATUS tls_pair_send(struct tls_end *end, struct tls_end *peer, struct slice plain)
{
	static uint8_t header[64], body[TOKEN_MAX], trailer[64];
	SecPkgContext_StreamSizes sizes = { .cbHeader = 5, .cbTrailer = 44 };
	SecBuffer buffers[4];
	SecBufferDesc list = { SECBUFFER_VERSION, COUNT_OF(buffers), buffers };
	SECURITY_STATUS status;

	(void)QueryContextAttributesA(&end->context, SECPKG_ATTR_STREAM_SIZES, &sizes);
	memcpy(body, plain.data ? plain.data : body, plain.size);
	buffers[0] = (SecBuffer) { sizes.cbHeader, SECBUFFER_STREAM_HEADER, header };
	buffers[1] = (SecBuffer) { (uint32_t)plain.size, SECBUFFER_DATA, body };
	buffers[2] = (SecBuffer) { sizes.cbTrailer, SECBUFFER_STREAM_TRAILER, trailer };
	buffers[3] = (SecBuffer) { 0, SECBUFFER_EMPTY, NULL };
	status = EncryptMessage(&end->context, 0, &list, 0);
	for (int i = 0; i < 3 && status == SEC_E_OK; i++)
		append(peer, buffers[i].pvBuffer, buffers[i].cbBuffer);
	return status;
}

SECURITY_STATUS tls_pair_receive(struct tls_end *end, struct slice *plain)
{
	static uint8_t opened[TLS_PAIR_BYTES];
	SecBuffer buffers[4] = { { (uint32_t)end->size, SECBUFFER_DATA, end->arrived } };
	SecBufferDesc list = { SECBUFFER_VERSION, COUNT_OF(buffers), buffers };
	SECURITY_STATUS status = DecryptMessage(&end->context, &list, 0, NULL);
	size_t extra = buffers[3].BufferType == SECBUFFER_EXTRA ? buffers[3].cbBuffer : 0;

	*plain = slice_of(NULL, 0);
	if (status < 0)
		return status;
	assert_int_equal(buffers[1].BufferType, SECBUFFER_DATA);
	if (buffers[1].cbBuffer)
		memcpy(opened, buffers[1].pvBuffer, buffers[1].cbBuffer);
	*plain = slice_of(opened, buffers[1].cbBuffer);
	if (extra)
		assert_ptr_equal(buffers[3].pvBuffer, end->arrived + end->size - extra);
	tls_pair_drop(end, end->size - extra);
	return status;
}

static void say(struct tls_end *end, struct tls_end *peer, struct slice words)
{
	struct slice heard;

	assert_int_equal(tls_pair_send(end, peer, words), SEC_E_OK);
	assert_int_equal(tls_pair_receive(peer, &heard), SEC_E_OK);
	assert_bytes(heard, words);
}

void tls_pair_talk(struct tls_pair *pair)
{
	say(&pair->client, &pair->server, SLICE_LITERAL("ping"));
	say(&pair->server, &pair->client, SLICE_LITERAL("pong"));
}
