#include "support/any_call.h"

#include "base/memory.h"

#include <stdlib.h>

enum { BUFFERS_MAX = 6, ANSWER_MAX = 2048, TEXT_MAX = 24 };

/* --- Drawing */

/* xorshift64*: it has to be fast and repeatable, nothing else. */
static uint64_t draw_random(struct any_caller *caller)
{
	caller->seed ^= caller->seed >> 12;
	caller->seed ^= caller->seed << 25;
	caller->seed ^= caller->seed >> 27;
	return caller->seed * UINT64_C(2685821657736338717);
}

/* At the script's end: zeros. */
static uint8_t next_byte(struct any_caller *caller)
{
	uint8_t byte;

	return reader_u8(&caller->script, &byte) ? byte : 0;
}

/* 0 to n - 1; n is at most 65536. */
static unsigned draw(struct any_caller *caller, unsigned n)
{
	unsigned number;

	if (!caller->scripted)
		return (unsigned)((draw_random(caller) >> 32) % n);
	number = next_byte(caller);
	if (n > 256)
		number |= (unsigned)next_byte(caller) << 8;
	return number % n;
}

static bool one_in(struct any_caller *caller, unsigned n)
{
	return draw(caller, n) == n - 1;
}

#define ONE_OF(caller, list) ((list)[draw((caller), COUNT_OF(list))])

static uint32_t draw_word(struct any_caller *caller)
{
	return draw(caller, 65536) | (uint32_t)draw(caller, 65536) << 16;
}

/* --- Handles */

static void put(struct any_pool *pool, SecHandle *list, unsigned count, unsigned at, SecHandle handle,
		SecHandle *before)
{
	pthread_mutex_lock(&pool->lock);
	*before = list[at % count];
	list[at % count] = handle;
	pthread_mutex_unlock(&pool->lock);
}

static SecHandle take(struct any_pool *pool, const SecHandle *list, unsigned at)
{
	SecHandle handle;

	pthread_mutex_lock(&pool->lock);
	handle = list[at];
	pthread_mutex_unlock(&pool->lock);
	return handle;
}

static SecHandle draw_context(struct any_caller *caller)
{
	static const SecHandle invented[] = {
		{ 0, 0 }, { UINTPTR_MAX, UINTPTR_MAX }, { UINTPTR_MAX - 1, UINTPTR_MAX - 1 }, { 1, 2 }
	};

	switch (draw(caller, 16)) {
	case 0:
		return ONE_OF(caller, invented);
	case 1:
		return take(caller->pool, caller->pool->credentials, draw(caller, ANY_CREDENTIALS));
	case 2: { /* nearly right; not in the generation's lower bits, which might name a live one */
		SecHandle handle = take(caller->pool, caller->pool->contexts, draw(caller, ANY_CONTEXTS));

		handle.dwUpper ^= (ULONG_PTR)1 << (draw(caller, 2) ? draw(caller, 8) : 28 + draw(caller, 4));
		return handle;
	}
	default:
		return take(caller->pool, caller->pool->contexts, draw(caller, ANY_CONTEXTS));
	}
}

static SecHandle draw_credential(struct any_caller *caller)
{
	if (one_in(caller, 16))
		return draw_context(caller);
	return take(caller->pool, caller->pool->credentials, draw(caller, ANY_CREDENTIALS));
}

static void add_context(struct any_caller *caller, SecHandle handle)
{
	SecHandle before;

	put(caller->pool, caller->pool->contexts, ANY_CONTEXTS, draw(caller, ANY_CONTEXTS), handle, &before);
	(void)DeleteSecurityContext(&before);
}

/* --- Buffer lists */

struct buffers {
	SecBuffer list[BUFFERS_MAX];
	SecBufferDesc desc;
	void *memory[BUFFERS_MAX];
};

static uint32_t draw_type(struct any_caller *caller)
{
	static const uint32_t usual[] = {
		SECBUFFER_TOKEN,         SECBUFFER_DATA,    SECBUFFER_EMPTY,
		SECBUFFER_STREAM_HEADER, SECBUFFER_STREAM,  SECBUFFER_STREAM_TRAILER,
		SECBUFFER_PADDING,       SECBUFFER_ALERT,   SECBUFFER_CHANNEL_BINDINGS,
		SECBUFFER_FLAGS,         SECBUFFER_MISSING, SECBUFFER_APPLICATION_PROTOCOLS,
	};
	uint32_t type = one_in(caller, 8) ? draw(caller, 40) : ONE_OF(caller, usual);

	if (one_in(caller, 16))
		type |= (uint32_t)draw(caller, 16) << 28;
	return type;
}

static uint32_t draw_size(struct any_caller *caller)
{
	static const uint32_t sizes[] = { 0, 0, 1, 4, 5, 8, 16, 17, 32, 44, 64, 300, 16384, 16385 };

	return ONE_OF(caller, sizes);
}

static void add(struct any_caller *caller, struct buffers *buffers, uint32_t type, uint32_t size)
{
	uint32_t at = buffers->desc.cBuffers++;
	uint8_t *memory = malloc(size ? size : 1);

	if (!memory)
		abort();
	for (uint32_t i = 0; i < size; i++)
		memory[i] = i < 40 ? (uint8_t)draw(caller, 256) : (uint8_t)i;
	buffers->memory[at] = memory;
	buffers->list[at] = (SecBuffer) { size, type, size || one_in(caller, 2) ? memory : NULL };
}

static void add_bytes(struct any_caller *caller, struct buffers *buffers, uint32_t type, const uint8_t *bytes,
		      size_t size)
{
	add(caller, buffers, type, 0);
	free(buffers->memory[buffers->desc.cBuffers - 1]);
	buffers->memory[buffers->desc.cBuffers - 1] = malloc(size ? size : 1);
	if (!buffers->memory[buffers->desc.cBuffers - 1])
		abort();
	memcpy(buffers->memory[buffers->desc.cBuffers - 1], bytes, size);
	buffers->list[buffers->desc.cBuffers - 1] =
		(SecBuffer) { (uint32_t)size, type, buffers->memory[buffers->desc.cBuffers - 1] };
}

static void draw_list(struct any_caller *caller, struct buffers *buffers)
{
	unsigned count = draw(caller, BUFFERS_MAX + 1);

	while (buffers->desc.cBuffers < count)
		add(caller, buffers, draw_type(caller), draw_size(caller));
}

/* What bends a list that was usual. */
static void bend(struct any_caller *caller, struct buffers *buffers)
{
	if (!one_in(caller, 8))
		return;
	switch (draw(caller, 4)) {
	case 0:
		buffers->desc.ulVersion = draw(caller, 3);
		break;
	case 1:
		buffers->desc.pBuffers = NULL;
		break;
	case 2:
		if (buffers->desc.cBuffers)
			buffers->list[draw(caller, buffers->desc.cBuffers)].BufferType = draw_type(caller);
		break;
	default:
		if (buffers->desc.cBuffers)
			buffers->list[draw(caller, buffers->desc.cBuffers)].pvBuffer = NULL;
	}
}

static struct buffers *start(struct buffers *buffers)
{
	*buffers = (struct buffers) { .desc = { .ulVersion = SECBUFFER_VERSION } };
	buffers->desc.pBuffers = buffers->list;
	return buffers;
}

/* `allocated`: what the library put into the list is the caller's to free. */
static void end(struct buffers *buffers, bool allocated)
{
	for (uint32_t i = 0; i < BUFFERS_MAX; i++) {
		if (allocated && buffers->list[i].pvBuffer && buffers->list[i].pvBuffer != buffers->memory[i])
			(void)FreeContextBuffer(buffers->list[i].pvBuffer);
		free(buffers->memory[i]);
	}
}

/* --- Credentials */

static const char *const packages[] = { "CREDSSP",   "NTLM",
					"Negotiate", "Schannel",
					"Kerberos",  "ntlm",
					"",          "Microsoft Unified Security Protocol Provider" };

/* Long enough for either alphabet that the flags may name. */
static unsigned char user[64] = EXCHANGE_USER, password[64] = EXCHANGE_PASSWORD;

static SECURITY_STATUS acquire(struct any_caller *caller, SecHandle *made)
{
	const char *package = ONE_OF(caller, packages);
	OPENSSPI_OPTIONS options = exchange_server_options(&caller->pool->logons[0]);
	SEC_WINNT_AUTH_IDENTITY_A identity = {
		.User = user,
		.UserLength = sizeof(EXCHANGE_USER) - 1,
		.Password = password,
		.PasswordLength = sizeof(EXCHANGE_PASSWORD) - 1,
		.Flags = draw(caller, 8) ? SEC_WINNT_AUTH_IDENTITY_ANSI : draw(caller, 256),
	};
	PCCERT_CONTEXT certificate = exchange_certificate();
	SCHANNEL_CRED schannel = { .dwVersion = SCHANNEL_CRED_VERSION,
				   .cCreds = 1,
				   .paCred = &certificate,
				   .dwFlags = one_in(caller, 64) ? draw_word(caller)
								 : SCH_CRED_MANUAL_CRED_VALIDATION };
	CREDSSP_CRED credssp = { CredsspSubmitBufferBoth, &schannel, &identity };
	static const uint32_t uses[] = { SECPKG_CRED_INBOUND, SECPKG_CRED_OUTBOUND,
					 SECPKG_CRED_BOTH,    0,
					 SECPKG_CRED_DEFAULT, 0xFFFFFFFF };
	void *data[] = { &options, &options, &options, &identity, &credssp, &schannel, NULL };

	if (strcmp(package, "CREDSSP") == 0)
		options.AuthData = &credssp;
	else if (strncmp(package, "Sch", 3) == 0 || strncmp(package, "Mic", 3) == 0)
		options.AuthData = &schannel;
	else
		options.AuthData = &identity;
	if (strcmp(package, "CREDSSP") == 0) /* another package's structure has no size that could be told */
		data[3] = data[5] = &credssp;
	else if (options.AuthData == &schannel)
		data[3] = data[4] = &schannel;
	else
		data[4] = data[5] = &identity;
	return AcquireCredentialsHandleA(NULL, (char *)(uintptr_t)package, ONE_OF(caller, uses), NULL,
					 ONE_OF(caller, data), NULL, NULL, made, NULL);
}

static void call_acquire(struct any_caller *caller)
{
	SecHandle made, before;

	if (acquire(caller, &made) != SEC_E_OK)
		return;
	put(caller->pool, caller->pool->credentials, ANY_CREDENTIALS, draw(caller, ANY_CREDENTIALS), made,
	    &before);
	(void)FreeCredentialsHandle(&before);
}

static void call_add_credentials(struct any_caller *caller)
{
	SecHandle credential = draw_credential(caller);
	SEC_WINNT_AUTH_IDENTITY_A identity = {
		.User = (unsigned char *)(uintptr_t) "bob",
		.UserLength = 3,
		.Flags = SEC_WINNT_AUTH_IDENTITY_ANSI,
	};
	char ntlm[] = "NTLM", negotiate[] = "Negotiate";

	(void)AddCredentialsA(&credential, NULL, one_in(caller, 2) ? ntlm : negotiate, draw(caller, 5),
			      one_in(caller, 4) ? NULL : &identity, NULL, NULL, NULL);
}

/* --- Handshakes */

static uint32_t draw_request(struct any_caller *caller)
{
	static const uint32_t usual[] = { 0,
					  ISC_REQ_CONFIDENTIALITY,
					  ISC_REQ_CONFIDENTIALITY | ISC_REQ_ALLOCATE_MEMORY,
					  ISC_REQ_MANUAL_CRED_VALIDATION | ISC_REQ_STREAM,
					  ASC_REQ_STREAM | ASC_REQ_ALLOCATE_MEMORY,
					  ISC_REQ_EXTENDED_ERROR | ASC_REQ_EXTENDED_ERROR,
					  ASC_REQ_MUTUAL_AUTH };

	return one_in(caller, 8) ? draw_word(caller) : ONE_OF(caller, usual);
}

static void draw_input(struct any_caller *caller, struct buffers *in)
{
	if (one_in(caller, 4)) {
		draw_list(caller, in);
		return;
	}
	add_bytes(caller, in, SECBUFFER_TOKEN, caller->token, caller->token_size);
	if (caller->token_size && one_in(caller, 8)) {
		uint8_t *token = in->memory[0];

		token[draw(caller, (unsigned)caller->token_size)] ^= (uint8_t)(1 + draw(caller, 255));
	}
	add(caller, in, SECBUFFER_EMPTY, 0);
	bend(caller, in);
}

static void draw_output(struct any_caller *caller, struct buffers *out)
{
	if (one_in(caller, 8)) {
		draw_list(caller, out);
		return;
	}
	add(caller, out, SECBUFFER_TOKEN, one_in(caller, 8) ? draw_size(caller) : ANY_TOKEN_MAX);
	add(caller, out, SECBUFFER_EMPTY, 0);
	bend(caller, out);
}

static void keep_token(struct any_caller *caller, const struct buffers *out)
{
	if (!out->desc.pBuffers || !out->list[0].pvBuffer || out->list[0].cbBuffer > sizeof(caller->token))
		return;
	memcpy(caller->token, out->list[0].pvBuffer, out->list[0].cbBuffer);
	caller->token_size = out->list[0].cbBuffer;
}

static void handshake(struct any_caller *caller, bool accept)
{
	struct buffers in, out;
	SecHandle credential = draw_credential(caller), context = draw_context(caller), made = { 0, 0 };
	bool first = one_in(caller, 3);
	uint32_t request = draw_request(caller), attributes = 0;
	char target[] = EXCHANGE_TARGET;
	TimeStamp expiry;
	SECURITY_STATUS status;

	draw_input(caller, start(&in));
	draw_output(caller, start(&out));
	if (accept)
		status = AcceptSecurityContext(one_in(caller, 2) ? NULL : &credential,
					       first ? NULL : &context, one_in(caller, 16) ? NULL : &in.desc,
					       request, draw(caller, 32), &made,
					       one_in(caller, 16) ? NULL : &out.desc, &attributes, &expiry);
	else
		status = InitializeSecurityContextA(
			first || one_in(caller, 2) ? &credential : NULL, first ? NULL : &context, target,
			request, 0, 0, one_in(caller, 4) ? NULL : &in.desc, 0, &made,
			one_in(caller, 16) ? NULL : &out.desc, &attributes, &expiry);
	if (status >= 0 || request & ISC_REQ_EXTENDED_ERROR)
		keep_token(caller, &out);
	if (status < 0 && status != SEC_E_INCOMPLETE_MESSAGE && attributes)
		abort(); /* a failure has reached nothing */
	if (status >= 0 && first)
		add_context(caller, made);
	end(&in, false);
	end(&out, true); /* Schannel allocates also where it is given no memory */
}

static void call_accept(struct any_caller *caller)
{
	handshake(caller, true);
}

static void call_initiate(struct any_caller *caller)
{
	handshake(caller, false);
}

void any_log_on(struct any_caller *caller)
{
	const struct exchange *shared = &caller->pool->logons[draw(caller, ANY_PACKAGES)];
	struct exchange *own = calloc(1, sizeof(*own));

	if (!own)
		abort();
	own->settings = shared->settings;
	own->client.target = EXCHANGE_TARGET;
	own->client.request = shared->client.request;
	own->server.request = shared->server.request;
	own->client.credential = shared->client.credential;
	own->server.credential = shared->server.credential;
	if (!exchange_run(own))
		abort();
	add_context(caller, own->client.context);
	add_context(caller, own->server.context);
	free(own);
}

/* --- Messages */

static void draw_message(struct any_caller *caller, struct buffers *message)
{
	uint32_t size = draw_size(caller);

	switch (draw(caller, 5)) {
	case 0:
		draw_list(caller, message);
		return;
	case 1: /* EncryptMessage of a stream */
		add(caller, message, SECBUFFER_STREAM_HEADER, draw(caller, 2) ? 13 : 5);
		add(caller, message, SECBUFFER_DATA, size);
		add(caller, message, SECBUFFER_STREAM_TRAILER, 44);
		add(caller, message, SECBUFFER_EMPTY, 0);
		break;
	case 2: /* DecryptMessage of a stream */
		add_bytes(caller, message, SECBUFFER_DATA, caller->token, caller->token_size);
		for (int i = 0; i < 3; i++)
			add(caller, message, SECBUFFER_EMPTY, 0);
		break;
	case 3:
		add_bytes(caller, message, SECBUFFER_STREAM, caller->token, caller->token_size);
		add(caller, message, SECBUFFER_DATA, 0);
		break;
	default:
		add(caller, message, SECBUFFER_TOKEN, 16);
		add(caller, message, SECBUFFER_DATA, size);
		break;
	}
	bend(caller, message);
}

/* What was sealed is opened by somebody some day. */
static void keep_message(struct any_caller *caller, const struct buffers *message)
{
	caller->token_size = 0;
	for (uint32_t i = 0; i < message->desc.cBuffers; i++) {
		const SecBuffer *buffer = &message->list[i];

		if (!buffer->pvBuffer || buffer->cbBuffer > sizeof(caller->token) - caller->token_size)
			continue;
		memcpy(caller->token + caller->token_size, buffer->pvBuffer, buffer->cbBuffer);
		caller->token_size += buffer->cbBuffer;
	}
}

static void call_message(struct any_caller *caller)
{
	SecHandle context = draw_context(caller);
	struct buffers message;
	uint32_t quality = one_in(caller, 8) ? draw_word(caller) : 0;
	PSecBufferDesc list = &start(&message)->desc;

	draw_message(caller, &message);
	if (one_in(caller, 32))
		list = NULL;
	switch (draw(caller, 8)) {
	case 6:
		(void)SealMessage(&context, quality, list, 0);
		break;
	case 7:
		(void)UnsealMessage(&context, list, 0, &quality);
		break;
	case 0:
		if (EncryptMessage(&context, quality, list, 0) == SEC_E_OK)
			keep_message(caller, &message);
		break;
	case 1:
		(void)DecryptMessage(&context, list, 0, &quality);
		break;
	case 2:
		if (MakeSignature(&context, quality, list, 0) == SEC_E_OK)
			keep_message(caller, &message);
		break;
	case 3:
		(void)VerifySignature(&context, list, 0, &quality);
		break;
	case 4:
		(void)ApplyControlToken(&context, list);
		break;
	default:
		(void)CompleteAuthToken(&context, list);
	}
	end(&message, false);
}

static void call_shut_down(struct any_caller *caller)
{
	SecHandle context = draw_context(caller);
	uint32_t token = draw(caller, 4);
	SecBuffer buffer = { sizeof(token), SECBUFFER_TOKEN, &token };
	SecBufferDesc list = { SECBUFFER_VERSION, 1, &buffer };

	(void)ApplyControlToken(&context, &list);
}

/* --- Attributes */

/* What the answers point to. */
static void free_answer(uint32_t attribute, const uint8_t *answer)
{
	static const struct {
		uint32_t attribute;
		size_t offsets[2], count;
	} rows[] = {
		{ SECPKG_ATTR_NAMES, { 0 }, 1 },
		{ SECPKG_ATTR_KEY_INFO, { 0, sizeof(void *) }, 2 },
		{ SECPKG_ATTR_NATIVE_NAMES, { 0, sizeof(void *) }, 2 },
		{ SECPKG_ATTR_DCE_INFO, { offsetof(SecPkgContext_DceInfo, pPac) }, 1 },
		{ SECPKG_ATTR_AUTHORITY, { 0 }, 1 },
		{ SECPKG_ATTR_CLIENT_SPECIFIED_TARGET, { 0 }, 1 },
		{ SECPKG_ATTR_SUBJECT_SECURITY_ATTRIBUTES, { 0 }, 1 },
		{ SECPKG_ATTR_SESSION_KEY, { offsetof(SecPkgContext_SessionKey, SessionKey) }, 1 },
		{ SECPKG_ATTR_PACKAGE_INFO, { 0 }, 1 },
		{ SECPKG_ATTR_NEGOTIATION_INFO, { 0 }, 1 },
		{ SECPKG_ATTR_NEGOTIATION_PACKAGE, { 0 }, 1 },
		{ SECPKG_ATTR_UNIQUE_BINDINGS, { offsetof(SecPkgContext_Bindings, Bindings) }, 1 },
		{ SECPKG_ATTR_ENDPOINT_BINDINGS, { offsetof(SecPkgContext_Bindings, Bindings) }, 1 },
		{ SECPKG_ATTR_SUPPORTED_SIGNATURES, { sizeof(void *) }, 1 },
		{ SECPKG_ATTR_ISSUER_LIST_EX, { offsetof(SecPkgContext_IssuerListInfoEx, aIssuers) }, 1 },
		{ SECPKG_ATTR_REMOTE_CERTIFICATES,
		  { offsetof(SecPkgContext_Certificates, pbCertificateChain) },
		  1 },
		{ SECPKG_ATTR_LOCAL_CERT_INFO,
		  { offsetof(SecPkgContext_CertInfo, pwszSubjectName),
		    offsetof(SecPkgContext_CertInfo, pwszIssuerName) },
		  2 },
		{ SECPKG_ATTR_APP_DATA, { offsetof(SecPkgContext_SessionAppData, pbAppData) }, 1 },
		{ SECPKG_ATTR_KEYING_MATERIAL,
		  { offsetof(SecPkgContext_KeyingMaterial, pbKeyingMaterial) },
		  1 },
		{ SECPKG_ATTR_CREDS, { offsetof(SecPkgContext_ClientCreds, AuthBuffer) }, 1 },
		{ SECPKG_ATTR_CREDS_2, { offsetof(SecPkgContext_ClientCreds, AuthBuffer) }, 1 },
	};
	void *pointer;

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		for (size_t j = 0; rows[i].attribute == attribute && j < rows[i].count; j++) {
			memcpy(&pointer, answer + rows[i].offsets[j], sizeof(pointer));
			if (FreeContextBuffer(pointer) != SEC_E_OK)
				abort();
		}
	if (attribute == SECPKG_ATTR_ACCESS_TOKEN || attribute == SECPKG_ATTR_C_ACCESS_TOKEN) {
		memcpy(&pointer, answer, sizeof(pointer));
		if (!OpensspiCloseHandle(pointer))
			abort();
	}
	if (attribute == SECPKG_ATTR_LOCAL_CERT_CONTEXT || attribute == SECPKG_ATTR_REMOTE_CERT_CONTEXT) {
		memcpy(&pointer, answer, sizeof(pointer));
		if (!CertFreeCertificateContext(pointer))
			abort();
	}
}

static const uint32_t attributes[] = {
	SECPKG_ATTR_SIZES,
	SECPKG_ATTR_NAMES,
	SECPKG_ATTR_LIFESPAN,
	SECPKG_ATTR_DCE_INFO,
	SECPKG_ATTR_STREAM_SIZES,
	SECPKG_ATTR_KEY_INFO,
	SECPKG_ATTR_AUTHORITY,
	SECPKG_ATTR_PASSWORD_EXPIRY,
	SECPKG_ATTR_SESSION_KEY,
	SECPKG_ATTR_PACKAGE_INFO,
	SECPKG_ATTR_NEGOTIATION_INFO,
	SECPKG_ATTR_NATIVE_NAMES,
	SECPKG_ATTR_ACCESS_TOKEN,
	SECPKG_ATTR_C_ACCESS_TOKEN,
	SECPKG_ATTR_FLAGS,
	SECPKG_ATTR_CLIENT_SPECIFIED_TARGET,
	SECPKG_ATTR_LAST_CLIENT_TOKEN_STATUS,
	SECPKG_ATTR_SUBJECT_SECURITY_ATTRIBUTES,
	SECPKG_ATTR_REMOTE_CERT_CONTEXT,
	SECPKG_ATTR_LOCAL_CERT_CONTEXT,
	SECPKG_ATTR_CONNECTION_INFO,
	SECPKG_ATTR_UNIQUE_BINDINGS,
	SECPKG_ATTR_ENDPOINT_BINDINGS,
	SECPKG_ATTR_APPLICATION_PROTOCOL,
	SECPKG_ATTR_CONNECTION_INFO_EX,
	SECPKG_ATTR_CIPHER_INFO,
	SECPKG_ATTR_SESSION_INFO,
	SECPKG_ATTR_SUPPORTED_SIGNATURES,
	SECPKG_ATTR_ISSUER_LIST_EX,
	SECPKG_ATTR_REMOTE_CERTIFICATES,
	SECPKG_ATTR_LOCAL_CERT_INFO,
	SECPKG_ATTR_APP_DATA,
	SECPKG_ATTR_KEYING_MATERIAL,
	SECPKG_ATTR_EAP_KEY_BLOCK,
	SECPKG_ATTR_SERVER_AUTH_FLAGS,
	SECPKG_ATTR_CERT_TRUST_STATUS,
	SECPKG_ATTR_CREDS,
	SECPKG_ATTR_NEGOTIATION_PACKAGE,
	SECPKG_ATTR_CREDS_2,
	0xFFFFFFFF,
};

static void call_query(struct any_caller *caller)
{
	static const uint32_t sizes[] = { 0, 4, 8, 16, 64, ANSWER_MAX };
	_Alignas(max_align_t) uint8_t answer[ANSWER_MAX];
	SecHandle context = draw_context(caller);
	uint32_t attribute = ONE_OF(caller, attributes), size = ONE_OF(caller, sizes);
	void *buffer = one_in(caller, 16) ? NULL : answer;
	SECURITY_STATUS status;

	switch (draw(caller, 4)) {
	case 0:
		status = QueryContextAttributesA(&context, attribute, buffer);
		break;
	case 1:
		status = QueryContextAttributesW(&context, attribute, buffer);
		break;
	case 2:
		status = QueryContextAttributesExA(&context, attribute, buffer, size);
		break;
	default:
		status = QueryContextAttributesExW(&context, attribute, buffer, size);
	}
	if (status == SEC_E_OK)
		free_answer(attribute, answer);
}

static void call_query_credential(struct any_caller *caller)
{
	_Alignas(max_align_t) uint8_t answer[ANSWER_MAX];
	SecHandle credential = draw_credential(caller);
	uint32_t attribute = draw(caller, 2) ? SECPKG_CRED_ATTR_NAMES : draw(caller, 8);
	SECURITY_STATUS status;
	void *pointer;

	switch (draw(caller, 5)) {
	case 0:
		status = QueryCredentialsAttributesA(&credential, attribute, answer);
		break;
	case 1:
		status = QueryCredentialsAttributesW(&credential, attribute, answer);
		break;
	case 2:
		status = QueryCredentialsAttributesExA(&credential, attribute, answer, draw(caller, 64));
		break;
	case 3:
		status = QueryCredentialsAttributesExW(&credential, attribute, answer, draw(caller, 64));
		break;
	default:
		memset(answer, 0, sizeof(answer));
		(void)SetCredentialsAttributesA(&credential, attribute, answer, draw(caller, 64));
		return;
	}
	if (status != SEC_E_OK || attribute != SECPKG_CRED_ATTR_NAMES)
		return;
	memcpy(&pointer, answer, sizeof(pointer));
	if (FreeContextBuffer(pointer) != SEC_E_OK)
		abort();
}

static void call_set(struct any_caller *caller)
{
	_Alignas(max_align_t) uint8_t value[64] = { 0 };
	SecHandle context = draw_context(caller);

	(void)SetContextAttributesA(&context, draw(caller, 128), value, draw(caller, 64));
}

static void call_describe(struct any_caller *caller)
{
	SecHandle context = draw_context(caller);
	OPENSSPI_DESCRIPTION *description;
	OPENSSPI_DELEGATED_PASSWORD *delegated;

	if (OpensspiDescribeContext(one_in(caller, 8) ? NULL : &context, &description) == SEC_E_OK)
		(void)FreeContextBuffer(description);
	if (OpensspiQueryDelegatedPassword(&context, &delegated) == SEC_E_OK)
		(void)FreeContextBuffer(delegated);
}

static void call_packages(struct any_caller *caller)
{
	PSecPkgInfoA info;
	uint32_t count;

	if (QuerySecurityPackageInfoA((char *)(uintptr_t)ONE_OF(caller, packages), &info) == SEC_E_OK)
		(void)FreeContextBuffer(info);
	if (one_in(caller, 4) && EnumerateSecurityPackagesA(&count, &info) == SEC_E_OK)
		(void)FreeContextBuffer(info);
}

/* --- The user, and moving a context */

static void call_token(struct any_caller *caller)
{
	SecHandle context = draw_context(caller);
	OPENSSPI_TOKEN *description;
	HANDLE token;

	switch (draw(caller, 3)) {
	case 0:
		if (QuerySecurityContextToken(&context, &token) != SEC_E_OK)
			break;
		if (OpensspiDescribeToken(token, &description) == SEC_E_OK)
			(void)FreeContextBuffer(description);
		if (one_in(caller, 2))
			(void)CloseHandle(token);
		(void)OpensspiCloseHandle(token); /* some twice */
		break;
	case 1:
		(void)ImpersonateSecurityContext(&context);
		break;
	default:
		(void)RevertSecurityContext(&context);
	}
}

static void call_export(struct any_caller *caller)
{
	SecHandle context = draw_context(caller), made;
	SecBuffer packed = { 0, SECBUFFER_EMPTY, NULL };
	char name[] = "NTLM";

	if (ExportSecurityContext(&context, draw(caller, 4), &packed, NULL) != SEC_E_OK)
		return;
	if (ImportSecurityContextA(name, &packed, NULL, &made) == SEC_E_OK)
		add_context(caller, made);
	(void)FreeContextBuffer(packed.pvBuffer);
}

static void call_import(struct any_caller *caller)
{
	SecBuffer packed = { (uint32_t)caller->token_size, SECBUFFER_EMPTY, caller->token };
	SecHandle made;
	char name[] = "Negotiate";

	if (ImportSecurityContextA(name, one_in(caller, 8) ? NULL : &packed, NULL, &made) == SEC_E_OK)
		add_context(caller, made);
}

/* --- Identities */

static SEC_WCHAR *const texts[] = { (SEC_WCHAR[]) { 'a', 0 }, (SEC_WCHAR[]) { 'T', '/', 'h', ':', '1', 0 },
				    (SEC_WCHAR[]) { 0xD800, 0 }, (SEC_WCHAR[]) { 0 }, NULL };

/* What is freed in any case was made, or is NULL. */
static void use_identity(struct any_caller *caller, PSEC_WINNT_AUTH_IDENTITY_OPAQUE identity)
{
	PSEC_WINNT_AUTH_IDENTITY_OPAQUE made = NULL, other = NULL;
	const SEC_WCHAR *names[3] = { NULL };
	uint32_t size = 0, type;
	uint8_t *blob = NULL;
	char *bytes = NULL;
	BOOLEAN same[2];

	(void)SspiValidateAuthIdentity(identity);
	(void)SspiIsAuthIdentityEncrypted(identity);
	if (SspiEncodeAuthIdentityAsStrings(identity, &names[0], &names[1], &names[2]) == SEC_E_OK)
		for (int i = 0; i < 3; i++)
			SspiLocalFree((void *)(uintptr_t)names[i]);
	if (SspiPrepareForCredRead(identity, ONE_OF(caller, texts), &type, &names[0]) == SEC_E_OK)
		SspiLocalFree((void *)(uintptr_t)names[0]);
	if (SspiPrepareForCredWrite(identity, ONE_OF(caller, texts), &type, &names[0], &names[1], &blob,
				    &size) == SEC_E_OK) {
		SspiLocalFree((void *)(uintptr_t)names[0]);
		SspiLocalFree((void *)(uintptr_t)names[1]);
		SspiLocalFree(blob);
	}
	if (SspiCopyAuthIdentity(identity, &made) == SEC_E_OK)
		(void)SspiCompareAuthIdentities(identity, made, &same[0], &same[1]);
	if (SspiExcludePackage(identity, ONE_OF(caller, texts), &other) == SEC_E_OK &&
	    SspiMarshalAuthIdentity(other, &size, &bytes) == SEC_E_OK)
		SspiLocalFree(bytes);
	SspiZeroAuthIdentity(made);
	SspiFreeAuthIdentity(made);
	SspiFreeAuthIdentity(other);
}

static void call_identity(struct any_caller *caller)
{
	PSEC_WINNT_AUTH_IDENTITY_OPAQUE identity = NULL;
	SEC_WCHAR *host;

	if (SspiGetTargetHostName(ONE_OF(caller, texts), &host) == SEC_E_OK)
		SspiLocalFree(host);
	if (one_in(caller, 2) ? SspiEncodeStringsAsAuthIdentity(ONE_OF(caller, texts), ONE_OF(caller, texts),
								ONE_OF(caller, texts), &identity) != SEC_E_OK
			      : SspiUnmarshalAuthIdentity((uint32_t)caller->token_size, (char *)caller->token,
							  &identity) != SEC_E_OK)
		return;
	use_identity(caller, identity);
	SspiFreeAuthIdentity(identity);
}

static void call_bindings(struct any_caller *caller)
{
	SecHandle context = draw_context(caller);
	SecPkgContext_Bindings bindings;

	if (QueryContextAttributesW(&context, SECPKG_ATTR_ENDPOINT_BINDINGS, &bindings) != SEC_E_OK)
		return;
	(void)SspiSetChannelBindingFlags(&bindings, draw(caller, 3));
	(void)FreeContextBuffer(bindings.Bindings);
}

/* --- The wide forms, the process, and what is not built */

static void call_wide(struct any_caller *caller)
{
	static const uint8_t value[64];
	SEC_WCHAR ntlm[] = { 'N', 'T', 'L', 'M', 0 };
	SecHandle credential = draw_credential(caller), context = draw_context(caller), made;
	SEC_WINNT_AUTH_IDENTITY_W identity = { .Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE };
	SecBuffer packed = { (uint32_t)caller->token_size, SECBUFFER_EMPTY, caller->token };
	PSecPkgInfoW info;
	uint32_t count;

	if (AcquireCredentialsHandleW(NULL, ntlm, draw(caller, 4), NULL, &identity, NULL, NULL, &made,
				      NULL) == SEC_E_OK)
		(void)FreeCredentialsHandle(&made);
	(void)AddCredentialsW(&credential, NULL, ntlm, draw(caller, 4), &identity, NULL, NULL, NULL);
	if (QuerySecurityPackageInfoW(ntlm, &info) == SEC_E_OK)
		(void)FreeContextBuffer(info);
	if (EnumerateSecurityPackagesW(&count, &info) == SEC_E_OK)
		(void)FreeContextBuffer(info);
	if (ImportSecurityContextW(ntlm, &packed, NULL, &made) == SEC_E_OK)
		add_context(caller, made);
	(void)SetContextAttributesW(&context, draw(caller, 128), (void *)(uintptr_t)value, draw(caller, 64));
	(void)SetCredentialsAttributesW(&credential, draw(caller, 8), (void *)(uintptr_t)value,
					draw(caller, 64));
	(void)InitializeSecurityContextW(&credential, &context, ntlm, draw_request(caller), 0, 0, NULL, 0,
					 &made, NULL, NULL, NULL);
	(void)ChangeAccountPasswordW(ntlm, NULL, ntlm, ntlm, ntlm, 0, 0, NULL);
}

static void call_process(struct any_caller *caller)
{
	const OPENSSPI_CONFIGURATION configuration = {
		.Size = sizeof(configuration),
		.Flags = draw(caller, 2) ? OPENSSPI_IMPERSONATION_NONE : 0,
		.ContextKeyFile = "no such folder/key",
		.AccountFile = "no such folder/accounts",
	};
	char ntlm[] = "NTLM";

	(void)OpensspiConfigure(draw(caller, 2) ? &configuration : NULL);
	(void)ChangeAccountPasswordA(ntlm, NULL, ntlm, ntlm, ntlm, 0, 0, NULL);
	if (InitSecurityInterfaceA()->Reserved3 != InitSecurityInterfaceW()->Reserved3)
		abort();
}

static void call_not_built(struct any_caller *caller)
{
	SecHandle context = draw_context(caller);
	char ntlm[] = "NTLM";
	SEC_WCHAR wide[] = { 'N', 0 };
	uint32_t number = 0;
	SecBufferDesc none = { SECBUFFER_VERSION, 0, NULL };

	if (AddSecurityPackageA(ntlm, NULL) >= 0 || AddSecurityPackageW(wide, NULL) >= 0 ||
	    DeleteSecurityPackageA(ntlm) >= 0 || DeleteSecurityPackageW(wide) >= 0 ||
	    SaslEnumerateProfilesA(NULL, &number) >= 0 || SaslEnumerateProfilesW(NULL, &number) >= 0 ||
	    SaslGetProfilePackageA(ntlm, NULL) >= 0 || SaslGetProfilePackageW(wide, NULL) >= 0 ||
	    SaslIdentifyPackageA(&none, NULL) >= 0 || SaslIdentifyPackageW(&none, NULL) >= 0 ||
	    SaslSetContextOption(&context, number, NULL, 0) >= 0 ||
	    SaslGetContextOption(&context, number, NULL, 0, NULL) >= 0 ||
	    SspiEncryptAuthIdentity(NULL) >= 0 || SspiDecryptAuthIdentity(NULL) >= 0 ||
	    SspiEncryptAuthIdentityEx(0, NULL) >= 0 || SspiDecryptAuthIdentityEx(0, NULL) >= 0 ||
	    SaslAcceptSecurityContext(NULL, &context, &none, 0, 0, NULL, NULL, NULL, NULL) >= 0 ||
	    SaslInitializeSecurityContextA(NULL, &context, ntlm, 0, 0, 0, &none, 0, NULL, NULL, NULL, NULL) >=
		    0 ||
	    SaslInitializeSecurityContextW(NULL, &context, wide, 0, 0, 0, &none, 0, NULL, NULL, NULL, NULL) >=
		    0)
		abort(); /* nothing says OK without having done it */
}

/* --- The end of handles */

static void call_delete(struct any_caller *caller)
{
	SecHandle context = draw_context(caller);

	(void)DeleteSecurityContext(&context);
}

static void call_free(struct any_caller *caller)
{
	SecHandle credential = draw_credential(caller);

	(void)FreeCredentialsHandle(&credential);
}

/* --- */

/* The more often a row stands here, the more often it is called. */
static void (*const calls[])(struct any_caller *) = {
	call_acquire,          call_acquire,   call_add_credentials, call_accept,
	call_accept,           call_accept,    call_initiate,        call_initiate,
	call_initiate,         call_message,   call_message,         call_message,
	call_message,          call_query,     call_query,           call_set,
	call_describe,         call_packages,  call_token,           call_export,
	call_import,           call_shut_down, call_delete,          call_free,
	call_query_credential, call_identity,  call_bindings,        call_wide,
	call_process,          call_not_built, any_log_on,
};

bool any_call(struct any_caller *caller)
{
	if (caller->scripted && !caller->script.size)
		return false;
	ONE_OF(caller, calls)(caller);
	return true;
}

void any_pool_start(struct any_pool *pool)
{
	static const char *const usual[ANY_PACKAGES] = { "NTLM", "Negotiate", "CREDSSP", "Schannel" };

	*pool = (struct any_pool) { 0 };
	for (unsigned i = 0; i < ANY_PACKAGES; i++) {
		struct exchange_settings settings = exchange_usual(usual[i]);

		exchange_start(&pool->logons[i], &settings);
	}
	if (pthread_mutex_init(&pool->lock, NULL))
		abort();
}

void any_pool_end(struct any_pool *pool)
{
	for (unsigned i = 0; i < ANY_CONTEXTS; i++)
		(void)DeleteSecurityContext(&pool->contexts[i]);
	for (unsigned i = 0; i < ANY_CREDENTIALS; i++)
		(void)FreeCredentialsHandle(&pool->credentials[i]);
	for (unsigned i = 0; i < ANY_PACKAGES; i++)
		exchange_end(&pool->logons[i]);
	pthread_mutex_destroy(&pool->lock);
}

void any_caller_script(struct any_caller *caller, struct any_pool *pool, struct slice script)
{
	*caller = (struct any_caller) { .pool = pool, .script = reader_of(script), .scripted = true };
}

void any_caller_seed(struct any_caller *caller, struct any_pool *pool, uint64_t seed)
{
	*caller = (struct any_caller) { .pool = pool, .seed = seed ? seed : 1 };
}
