#include "logon.h"

#include "samples.h"

#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

static SECURITY_STATUS answer(void *argument, const OPENSSPI_NTLM_QUESTION *question,
			      OPENSSPI_NTLM_VERDICT *verdict)
{
	return OpensspiNtlmAnswer(question, argument, verdict);
}

/* --- Credentials */

static void acquire_server(CredHandle *credential, const struct logon_settings *settings,
			   const struct server_files *files)
{
	static uint8_t nt_hash[16];
	PCCERT_CONTEXT certificate;
	SCHANNEL_CRED schannel = {
		.dwVersion = SCHANNEL_CRED_VERSION,
		.cCreds = 1,
		.paCred = &certificate,
		.grbitEnabledProtocols = settings->tls_version == TLS1_2_VERSION ? SP_PROT_TLS1_2_SERVER
										 : SP_PROT_TLS1_3_SERVER,
	};
	CREDSSP_CRED both = { CredsspSubmitBufferBoth, &schannel, NULL };
	OPENSSPI_OPTIONS options = { .Magic = OPENSSPI_OPTIONS_MAGIC, .Size = sizeof(options) };

	must(OpensspiNtHash(BENCH_PASSWORD, nt_hash) == SEC_E_OK &&
		     OpensspiCertificateFromPem(files->pem, files->pem, &certificate) == SEC_E_OK,
	     "the server's certificate");
	if (strcmp(settings->package, CREDSSP_NAME_A) == 0)
		options.AuthData = &both;
	if (settings->callback) {
		options.NtlmCallback = answer;
		options.CallbackArgument = nt_hash;
	} else if (settings->keytab) {
		options.Keytab = settings->keytab;
		options.ReplayCache = settings->replay_cache;
	} else {
		options.AccountFile = files->accounts;
	}
	must(AcquireCredentialsHandleA(NULL, (SEC_CHAR *)(uintptr_t)settings->package, SECPKG_CRED_INBOUND,
				       NULL, &options, NULL, NULL, credential, NULL) == SEC_E_OK,
	     "the server's credential");
	(void)OpensspiFreeCertificateContext(certificate);
}

static void acquire_client(CredHandle *credential, const struct logon_settings *settings)
{
	const char *domain = settings->domain ? settings->domain : BENCH_DOMAIN;
	SEC_WINNT_AUTH_IDENTITY_A identity = {
		.User = (unsigned char *)BENCH_USER,
		.UserLength = sizeof(BENCH_USER) - 1,
		.Domain = (unsigned char *)(uintptr_t)domain,
		.DomainLength = (unsigned)strlen(domain),
		.Password = (unsigned char *)BENCH_PASSWORD,
		.PasswordLength = sizeof(BENCH_PASSWORD) - 1,
		.Flags = SEC_WINNT_AUTH_IDENTITY_ANSI,
	};
	CREDSSP_CRED both = { CredsspSubmitBufferBoth, NULL, &identity };
	OPENSSPI_OPTIONS options = {
		.Magic = OPENSSPI_OPTIONS_MAGIC,
		.Size = sizeof(options),
		.Flags = OPENSSPI_NTLM_DELEGATION | (settings->spnego ? OPENSSPI_ALWAYS_SPNEGO : 0),
		.AuthData = &identity,
		.CredentialCache = settings->cache,
	};

	if (strcmp(settings->package, CREDSSP_NAME_A) == 0)
		options.AuthData = &both;
	must(AcquireCredentialsHandleA(NULL, (SEC_CHAR *)(uintptr_t)settings->package, SECPKG_CRED_OUTBOUND,
				       NULL, &options, NULL, NULL, credential, NULL) == SEC_E_OK,
	     "the client's credential");
}

void logon_acquire(struct logon_credentials *credentials, const struct logon_settings *settings,
		   const struct server_files *files)
{
	acquire_server(&credentials->server, settings, files);
	acquire_client(&credentials->client, settings);
	credentials->more_requests = settings->keytab ? ISC_REQ_MUTUAL_AUTH : 0;
}

void logon_release(struct logon_credentials *credentials)
{
	(void)FreeCredentialsHandle(&credentials->server);
	(void)FreeCredentialsHandle(&credentials->client);
}

/* --- Logons */

void logon_make_room(struct logon *logon)
{
	*logon = (struct logon) { .client.is_client = true };
	logon->client.token.pvBuffer = malloc(LOGON_TOKEN_MAX);
	logon->server.token.pvBuffer = malloc(LOGON_TOKEN_MAX);
	must(logon->client.token.pvBuffer && logon->server.token.pvBuffer, "memory");
}

void logon_free_room(struct logon *logon)
{
	free(logon->client.token.pvBuffer);
	free(logon->server.token.pvBuffer);
}

static void start_side(struct logon_side *side, CredHandle *credential)
{
	side->credential = credential;
	side->has_context = false;
	side->status = SEC_I_CONTINUE_NEEDED;
	side->token.cbBuffer = 0;
	side->nanoseconds = 0;
}

void logon_start(struct logon *logon, struct logon_credentials *credentials)
{
	logon->client.more_requests = credentials->more_requests;
	start_side(&logon->client, &credentials->client);
	start_side(&logon->server, &credentials->server);
}

void logon_step(struct logon_side *side, const struct logon_side *other)
{
	SecBuffer in[] = { other->token, { 0, SECBUFFER_EMPTY, NULL } };
	SecBufferDesc input = { SECBUFFER_VERSION, 2, in }, output = { SECBUFFER_VERSION, 1, &side->token };
	CtxtHandle *context = side->has_context ? &side->context : NULL;
	uint64_t before;

	in[0].BufferType = side->token.BufferType = SECBUFFER_TOKEN;
	side->token.cbBuffer = LOGON_TOKEN_MAX;
	before = thread_nanoseconds();
	if (side->is_client)
		side->status = InitializeSecurityContextA(
			side->credential, context, (SEC_CHAR *)"TERMSRV/" BENCH_HOST,
			ISC_REQ_DELEGATE | ISC_REQ_CONFIDENTIALITY | side->more_requests, 0,
			SECURITY_NATIVE_DREP, context ? &input : NULL, 0, &side->context, &output, NULL,
			NULL);
	else
		side->status = AcceptSecurityContext(
			side->credential, context, &input, ASC_REQ_EXTENDED_ERROR | ASC_REQ_CONFIDENTIALITY,
			SECURITY_NATIVE_DREP, &side->context, &output, NULL, NULL);
	side->nanoseconds += nanoseconds_since(before);
	must(side->status == SEC_E_OK || side->status == SEC_I_CONTINUE_NEEDED, "a leg of a logon");
	side->has_context = true;
}

void logon_run(struct logon *logon)
{
	struct logon_side *next = &logon->client, *other = &logon->server;

	while (logon->client.status != SEC_E_OK || logon->server.status != SEC_E_OK) {
		struct logon_side *done = next;

		logon_step(next, other);
		next = other;
		other = done;
	}
}

void logon_end_side(struct logon_side *side)
{
	uint64_t before = thread_nanoseconds();

	must(DeleteSecurityContext(&side->context) == SEC_E_OK, "the end of a context");
	side->nanoseconds += nanoseconds_since(before);
	side->has_context = false;
}

void logon_end(struct logon *logon)
{
	logon_end_side(&logon->client);
	logon_end_side(&logon->server);
}
