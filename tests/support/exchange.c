#include "support/exchange.h"

#include "support/hex.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { TOKEN_MAX = 32 * 1024, UNTOUCHED = 0xA5 };

/* --- The account */

static bool is_account(const struct exchange *exchange, const uint8_t *user, uint32_t size)
{
	const char *account = exchange->settings.account;

	if (size != 2 * strlen(account))
		return false;
	for (uint32_t i = 0; i < size / 2; i++)
		if (user[2 * i] != (uint8_t)account[i] || user[2 * i + 1])
			return false;
	return true;
}

static SECURITY_STATUS ask(void *argument, const OPENSSPI_NTLM_QUESTION *question,
			   OPENSSPI_NTLM_VERDICT *verdict)
{
	struct exchange *exchange = argument;
	SECURITY_STATUS status = OpensspiNtlmAnswer(question, exchange->nt_hash, verdict);

	exchange->asked++;
	if (exchange->settings.inside_callback)
		exchange->settings.inside_callback(exchange->settings.argument);
	if (exchange->settings.verdict != SEC_E_OK)
		return exchange->settings.verdict;
	if (!is_account(exchange, question->User, question->UserSize))
		verdict->Status = status = SEC_E_LOGON_DENIED;
	return status;
}

static SECURITY_STATUS ask_password(void *argument, const uint8_t *user, uint32_t user_size,
				    const uint8_t *domain, uint32_t domain_size, const uint8_t *password,
				    uint32_t password_size)
{
	struct exchange *exchange = argument;
	const char *right = exchange->settings.account_password;

	(void)user, (void)user_size, (void)domain, (void)domain_size;
	exchange->asked_password++;
	if (password_size != 2 * strlen(right))
		return SEC_E_LOGON_DENIED;
	for (uint32_t i = 0; i < password_size / 2; i++)
		if (password[2 * i] != (uint8_t)right[i] || password[2 * i + 1])
			return SEC_E_LOGON_DENIED;
	return SEC_E_OK;
}

static void count_free(void *argument)
{
	((struct exchange *)argument)->freed++;
}

/* --- Credentials */

static PCCERT_CONTEXT shared_certificate;

static void make_certificate(void)
{
	if (OpensspiCertificateSelfSigned("server.test", OpensspiKeyP256, &shared_certificate) != SEC_E_OK)
		abort();
}

PCCERT_CONTEXT exchange_certificate(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, make_certificate);
	return shared_certificate;
}

OPENSSPI_OPTIONS exchange_server_options(struct exchange *exchange)
{
	return (OPENSSPI_OPTIONS) {
		.Magic = OPENSSPI_OPTIONS_MAGIC,
		.Size = sizeof(OPENSSPI_OPTIONS),
		.Flags = exchange->settings.server_flags,
		.NtlmCallback = ask,
		.PasswordCallback = ask_password,
		.CallbackArgument = exchange,
		.CallbackFree = count_free,
		.NetbiosComputerName = "SERVER",
		.DnsComputerName = "server.test",
	};
}

static SECURITY_STATUS acquire(const char *package, uint32_t use, OPENSSPI_OPTIONS *options,
			       CredHandle *credential, TimeStamp *expiry)
{
	return AcquireCredentialsHandleA(NULL, (char *)(uintptr_t)package, use, NULL, options, NULL, NULL,
					 credential, expiry);
}

static SECURITY_STATUS acquire_server(struct exchange *exchange, CredHandle *credential, TimeStamp *expiry)
{
	const struct exchange_settings *settings = &exchange->settings;
	OPENSSPI_OPTIONS options = exchange_server_options(exchange);
	PCCERT_CONTEXT certificate = settings->certificate ? settings->certificate : exchange_certificate();
	SCHANNEL_CRED schannel = {
		.dwVersion = SCHANNEL_CRED_VERSION,
		.cCreds = 1,
		.paCred = &certificate,
		.grbitEnabledProtocols = settings->protocols,
		.dwFlags = SCH_CRED_MANUAL_CRED_VALIDATION, /* no reading of the machine's trust store */
	};
	CREDSSP_CRED credssp = { CredsspSubmitBufferBoth, &schannel, NULL };

	if (strcmp(settings->package, "CREDSSP") == 0)
		options.AuthData = &credssp;
	if (strcmp(settings->package, "Schannel") == 0) /* a certificate and no accounts */
		options = (OPENSSPI_OPTIONS) {
			.Magic = OPENSSPI_OPTIONS_MAGIC,
			.Size = sizeof(options),
			.AuthData = &schannel,
		};
	return acquire(settings->package, SECPKG_CRED_INBOUND, &options, credential, expiry);
}

static SECURITY_STATUS acquire_client(struct exchange *exchange, CredHandle *credential, TimeStamp *expiry)
{
	const struct exchange_settings *settings = &exchange->settings;
	OPENSSPI_OPTIONS options = {
		.Magic = OPENSSPI_OPTIONS_MAGIC,
		.Size = sizeof(options),
		.Flags = settings->client_flags,
		.ServerCertificateSha256 = settings->client_pin,
	};
	SEC_WINNT_AUTH_IDENTITY_A identity = {
		.User = (unsigned char *)(uintptr_t)settings->user,
		.UserLength = (uint32_t)strlen(settings->user),
		.Domain = (unsigned char *)(uintptr_t)settings->domain,
		.DomainLength = (uint32_t)strlen(settings->domain),
		.Password = (unsigned char *)(uintptr_t)settings->password,
		.PasswordLength = (uint32_t)strlen(settings->password),
		.Flags = SEC_WINNT_AUTH_IDENTITY_ANSI,
	};
	SCHANNEL_CRED schannel = {
		.dwVersion = SCHANNEL_CRED_VERSION,
		.dwFlags = SCH_CRED_MANUAL_CRED_VALIDATION,
	};
	CREDSSP_CRED credssp = { CredsspSubmitBufferBoth, NULL, &identity };

	options.AuthData = &identity;
	if (strcmp(settings->package, "CREDSSP") == 0)
		options.AuthData = &credssp;
	if (strcmp(settings->package, "Schannel") == 0)
		options.AuthData = &schannel;
	return acquire(settings->package, SECPKG_CRED_OUTBOUND, &options, credential, expiry);
}

SECURITY_STATUS exchange_acquire(struct exchange *exchange, uint32_t use, CredHandle *credential,
				 TimeStamp *expiry)
{
	return use == SECPKG_CRED_INBOUND ? acquire_server(exchange, credential, expiry)
					  : acquire_client(exchange, credential, expiry);
}

struct exchange_settings exchange_usual(const char *package)
{
	bool credssp = strcmp(package, "CREDSSP") == 0, stream = credssp || strcmp(package, "Schannel") == 0;

	return (struct exchange_settings) {
		.package = package,
		.user = EXCHANGE_USER,
		.domain = EXCHANGE_DOMAIN,
		.password = EXCHANGE_PASSWORD,
		.account = EXCHANGE_USER,
		.account_password = EXCHANGE_PASSWORD,
		.server_request = stream ? ASC_REQ_STREAM : ASC_REQ_CONFIDENTIALITY,
		.client_request = stream ? ISC_REQ_STREAM | ISC_REQ_MANUAL_CRED_VALIDATION |
						   (credssp ? ISC_REQ_DELEGATE : 0)
					 : ISC_REQ_CONFIDENTIALITY,
		.client_flags = credssp ? OPENSSPI_NTLM_DELEGATION : 0,
	};
}

void exchange_start(struct exchange *exchange, const struct exchange_settings *settings)
{
	*exchange = (struct exchange) {
		.settings = *settings,
		.client = { .target = EXCHANGE_TARGET,
			    .request = settings->client_request,
			    .bindings = settings->client_bindings,
			    .bindings_size = settings->client_bindings_size },
		.server = { .request = settings->server_request,
			    .bindings = settings->server_bindings,
			    .bindings_size = settings->server_bindings_size },
	};
	assert_int_equal(OpensspiNtHash(settings->account_password, exchange->nt_hash), SEC_E_OK);
	assert_int_equal(acquire_server(exchange, &exchange->server.credential, NULL), SEC_E_OK);
	assert_int_equal(acquire_client(exchange, &exchange->client.credential, NULL), SEC_E_OK);
	exchange->server.has_credential = exchange->client.has_credential = true;
}

static void end_side(struct exchange_side *side)
{
	if (side->has_context)
		assert_int_equal(DeleteSecurityContext(&side->context), SEC_E_OK);
	if (side->has_credential)
		assert_int_equal(FreeCredentialsHandle(&side->credential), SEC_E_OK);
	side->has_context = side->has_credential = false;
}

void exchange_end(struct exchange *exchange)
{
	end_side(&exchange->server);
	end_side(&exchange->client);
}

/* --- One call */

static void append(struct exchange_bytes *to, const uint8_t *data, size_t size)
{
	assert_true(sizeof(to->data) - to->size >= size);
	memcpy(to->data + to->size, data, size);
	to->size += size;
}

static void drop_front(struct exchange_bytes *bytes, size_t size)
{
	assert_true(size <= bytes->size);
	memmove(bytes->data, bytes->data + size, bytes->size - size);
	bytes->size -= size;
}

static SECURITY_STATUS call(struct exchange_side *side, SecBufferDesc *in, SecBufferDesc *out)
{
	PCredHandle credential = side->has_context ? NULL : &side->credential; /* both ways are legal */
	PCtxtHandle context = side->has_context ? &side->context : NULL;

	if (!side->target)
		return AcceptSecurityContext(credential, context, in, side->request, SECURITY_NATIVE_DREP,
					     &side->context, out, &side->attributes, &side->expiry);
	return InitializeSecurityContextA(credential, context, (char *)(uintptr_t)side->target, side->request,
					  0, SECURITY_NATIVE_DREP, context ? in : NULL, 0, &side->context,
					  out, &side->attributes, &side->expiry);
}

/* SEC_E_INCOMPLETE_MESSAGE changes the input's EMPTY and nothing else. */
static void assert_nothing_changed(const struct exchange_side *side, const CtxtHandle *before,
				   const SecBuffer *in, const SecBuffer *out, const uint8_t *memory)
{
	assert_int_equal(in[0].BufferType, SECBUFFER_TOKEN);
	assert_int_equal(in[0].cbBuffer, side->arrived.size);
	assert_int_equal(in[1].BufferType, SECBUFFER_MISSING);
	assert_true(in[1].cbBuffer > 0);
	assert_int_equal(out[0].BufferType, SECBUFFER_TOKEN);
	assert_int_equal(out[0].cbBuffer, TOKEN_MAX);
	assert_int_equal(out[1].BufferType, SECBUFFER_EMPTY);
	assert_int_equal(memory[0], UNTOUCHED);
	assert_memory_equal(&side->context, before, sizeof(*before));
}

static void take_result(struct exchange_side *side, struct exchange_side *peer, size_t *sent,
			const SecBuffer *in, const SecBuffer *out)
{
	size_t extra = in[1].BufferType == SECBUFFER_EXTRA ? in[1].cbBuffer : 0;
	bool failed = side->status < 0;

	assert_int_equal(out[1].BufferType, extra ? SECBUFFER_EXTRA : SECBUFFER_EMPTY);
	assert_int_equal(out[1].cbBuffer, extra);
	assert_true(!extra || !failed);
	side->has_context |= !failed;
	append(&peer->arrived, out[0].pvBuffer, out[0].cbBuffer);
	*sent += out[0].cbBuffer;
	drop_front(&side->arrived, failed ? 0 : side->arrived.size - extra);
}

void exchange_call(struct exchange *exchange, struct exchange_side *side)
{
	static _Thread_local uint8_t memory[TOKEN_MAX];
	SecBuffer in[] = {
		{ (uint32_t)side->arrived.size, SECBUFFER_TOKEN, side->arrived.data },
		{ 0, SECBUFFER_EMPTY, NULL },
		{ side->bindings_size, SECBUFFER_CHANNEL_BINDINGS, (void *)(uintptr_t)side->bindings },
	};
	SecBuffer out[] = { { sizeof(memory), SECBUFFER_TOKEN, memory }, { 0, SECBUFFER_EMPTY, NULL } };
	SecBufferDesc in_list = { SECBUFFER_VERSION, side->bindings ? 3 : 2, in };
	SecBufferDesc out_list = { SECBUFFER_VERSION, 2, out };
	CtxtHandle before = side->context;
	bool first = !side->has_context;

	memory[0] = UNTOUCHED;
	side->calls++;
	side->attributes = 0xDEADBEEF;
	side->status = call(side, &in_list, &out_list);
	if (side->status == SEC_E_INCOMPLETE_MESSAGE) {
		assert_nothing_changed(side, &before, in, out, memory);
		return;
	}
	assert_true(side->status < 0 || side->attributes != 0xDEADBEEF);
	if (!first)
		assert_memory_equal(&side->context, &before, sizeof(before));
	if (side == &exchange->server)
		take_result(side, &exchange->client, &exchange->sent_by_server, in, out);
	else
		take_result(side, &exchange->server, &exchange->sent_by_client, in, out);
}

/* --- A whole logon */

static size_t min(size_t a, size_t b)
{
	return a < b ? a : b;
}

/*
 * Feeds what the peer sent, all of it or piece by piece, until the side has used it and waits. `passed`: how many bytes
 * of this direction went by before.
 */
static void feed(struct exchange *exchange, struct exchange_side *side, size_t passed, size_t cut)
{
	static _Thread_local struct exchange_bytes coming;
	size_t done = 0;

	coming.size = 0;
	append(&coming, side->arrived.data, side->arrived.size);
	side->arrived.size = 0;
	do {
		size_t piece =
			exchange->piece ? min(exchange->piece, coming.size - done) : coming.size - done;

		if (cut > passed + done)
			piece = min(piece, cut - passed - done);
		append(&side->arrived, coming.data + done, piece);
		done += piece;
		do
			exchange_call(exchange, side);
		while (side->status == SEC_I_CONTINUE_NEEDED && side->arrived.size);
	} while (done < coming.size &&
		 (side->status == SEC_I_CONTINUE_NEEDED || side->status == SEC_E_INCOMPLETE_MESSAGE));
}

static bool waits(const struct exchange_side *side)
{
	return side->status == SEC_I_CONTINUE_NEEDED || side->status == SEC_E_INCOMPLETE_MESSAGE;
}

bool exchange_run(struct exchange *exchange)
{
	struct exchange_side *client = &exchange->client, *server = &exchange->server;
	size_t passed_to_server = 0, passed_to_client = 0;

	exchange_call(exchange, client);
	server->status = SEC_I_CONTINUE_NEEDED;
	for (unsigned i = 0; i < 32 && (waits(client) || waits(server)); i++) {
		if (server->arrived.size && waits(server)) {
			size_t size = server->arrived.size;

			feed(exchange, server, passed_to_server, exchange->cut_of_client);
			passed_to_server += size;
		}
		if (client->arrived.size && waits(client)) {
			size_t size = client->arrived.size;

			feed(exchange, client, passed_to_client, exchange->cut_of_server);
			passed_to_client += size;
		}
		if ((!server->arrived.size || !waits(server)) && (!client->arrived.size || !waits(client)))
			break;
	}
	return client->status == SEC_E_OK && server->status == SEC_E_OK;
}

const char *exchange_reason(const struct exchange_side *side, char word[64])
{
	CtxtHandle context = side->context;
	OPENSSPI_DESCRIPTION *description;

	assert_int_equal(OpensspiDescribeContext(side->has_context ? &context : NULL, &description),
			 SEC_E_OK);
	assert_true(snprintf(word, 64, "%s", description->Reason) < 64);
	assert_int_equal(FreeContextBuffer(description), SEC_E_OK);
	return word;
}

bool exchange_has_kerberos(void)
{
	PSecPkgInfoA info;

	if (QuerySecurityPackageInfoA((SEC_CHAR *)(uintptr_t) "Kerberos", &info) != SEC_E_OK)
		return false;
	(void)FreeContextBuffer(info);
	return true;
}
