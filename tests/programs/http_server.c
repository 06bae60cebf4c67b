/*
 * A small HTTP server for HTTP clients of other projects, through the public interface alone:
 *
 *	http_server NAME=VALUE...
 *
 * accounts=FILE and keytab=FILE say who may log on; policy=WORD; credssp-tls=1.2|1.3 is TLS inside of CredSSP. tls=PEM
 * (with its key) makes it HTTPS, by package Schannel, tls-version=1.2|1.3 with this version alone. bindings=HEXADECIMAL
 * are the application data of the channel bindings, bindings=none leaves them out; else they are those of TLS. audit=1,
 * and missing-bindings=1, proxy-bindings=1 and error-token=1 are the flag of SspiSetChannelBindingFlags and requests of
 * AcceptSecurityContext. schemes=NAME,NAME offers no others. each-request=1: a logon is for one request.
 *
 * It listens on a free port of 127.0.0.1, which it prints, and answers 401 until AcceptSecurityContext is content: one
 * context a connection, as Windows has it (RFC 4559 6), under Negotiate, Kerberos, NTLM and CredSSP. The body says who
 * logged on, or the reason of a refusal; a body that came sealed is a request of WS-Management and answered as such. It
 * goes on until it is ended.
 */
#include "base/byte_reader.h"
#include "base/byte_writer.h"
#include "programs/http_channel.h"
#include "programs/http_message.h"
#include "programs/http_sealed.h"
#include "programs/http_wsman.h"

#include <arpa/inet.h>
#include <opensspi.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>

enum { REQUEST_MAX = 1024 * 1024, WHO_MAX = 512 };

static struct scheme {
	const char *name;
	const char *package;
	uint32_t requested;
	bool bound; /* to the TLS around HTTP; CredSSP has TLS of its own */
	bool offered;
	CredHandle credential;
} schemes[] = {
	{ .name = "Negotiate", .package = NEGOSSP_NAME_A, .bound = true },
	{ .name = "Kerberos", .package = MICROSOFT_KERBEROS_NAME_A, .bound = true },
	{ .name = "NTLM", .package = NTLMSP_NAME_A, .bound = true },
	/* Its clients learn by errorCode why they are refused. */
	{ .name = "CredSSP", .package = CREDSSP_NAME_A, .requested = ASC_REQ_EXTENDED_ERROR },
};

static struct {
	const char *accounts, *keytab, *policy, *credssp_tls, *tls, *tls_version, *bindings, *schemes;
	bool audit, missing_bindings, proxy_bindings, error_token, each_request;
	bool has_tls;
	CredHandle channel; /* of HTTPS */
} settings;

struct connection {
	struct http_channel channel;
	struct byte_writer in; /* what came and is not used yet */
	SecPkgContext_Bindings bindings;
	CtxtHandle context;    /* SecIsValidHandle says whether there is one */
	struct scheme *scheme; /* of the context */
	bool logged_on;
};

struct answer {
	unsigned status;
	struct slice body;
	const struct http_sealed_form *sealed; /* the form in which the body is */
	size_t sealed_size;                    /* of what it holds */
	struct slice token;                    /* under the context's scheme; it may be empty */
	bool has_token;
	bool begins_anew; /* 401: the schemes are listed */
};

/* --- Answers -------------------------------------------------------------------------------------------------- */

static const char *reason_phrase(unsigned status)
{
	return status == 200   ? "OK"
	       : status == 401 ? "Unauthorized"
	       : status == 500 ? "Fault"
			       : "Bad Request";
}

static bool send_answer(struct connection *connection, const struct answer *answer)
{
	CLEANUP(writer_wipe) struct byte_writer out = writer_growing();
	char line[64];

	(void)snprintf(line, sizeof(line), "HTTP/1.1 %u %s\r\n", answer->status,
		       reason_phrase(answer->status));
	http_write_text(&out, line);
	for (size_t i = 0; answer->begins_anew && i < COUNT_OF(schemes); i++)
		if (schemes[i].offered)
			http_write_challenge(&out, schemes[i].name, slice_of(NULL, 0));
	if (answer->has_token)
		http_write_challenge(&out, connection->scheme->name,
				     answer->token.size ? answer->token : slice_of("", 0));
	if (answer->status == 200)
		http_write_text(&out, settings.each_request ? "Persistent-Auth: false\r\n"
							    : "Persistent-Auth: true\r\n");
	if (answer->sealed)
		http_sealed_write_type(answer->sealed, answer->sealed_size, &out);
	(void)snprintf(line, sizeof(line), "Content-Length: %zu\r\n\r\n", answer->body.size);
	http_write_text(&out, line);
	writer_bytes(&out, answer->body);
	return writer_ok(&out) && http_channel_send(&connection->channel, writer_slice(&out));
}

static bool send_text(struct connection *connection, struct answer answer, const char *text)
{
	answer.body = slice_of(text, strlen(text));
	return send_answer(connection, &answer);
}

/* --- The logon ------------------------------------------------------------------------------------------------ */

static void forget_context(struct connection *connection)
{
	if (SecIsValidHandle(&connection->context))
		(void)DeleteSecurityContext(&connection->context);
	SecInvalidateHandle(&connection->context);
	connection->logged_on = false;
}

/* One call. `unused` bytes at the end of the token are for the next: CREDSSP takes a record at a time. */
static SECURITY_STATUS accept_leg(struct connection *connection, struct slice token,
				  struct byte_writer *answer, size_t *unused)
{
	bool bound = connection->scheme->bound && connection->bindings.Bindings;
	SecBuffer inputs[] = { { (uint32_t)token.size, SECBUFFER_TOKEN, (void *)(uintptr_t)token.data },
			       { 0, SECBUFFER_EMPTY, NULL },
			       { bound ? connection->bindings.BindingsLength : 0,
				 bound ? SECBUFFER_CHANNEL_BINDINGS : SECBUFFER_EMPTY,
				 bound ? connection->bindings.Bindings : NULL } };
	SecBuffer output = { 0, SECBUFFER_TOKEN, NULL };
	SecBufferDesc in = { SECBUFFER_VERSION, COUNT_OF(inputs), inputs },
		      out = { SECBUFFER_VERSION, 1, &output };
	CtxtHandle *context = SecIsValidHandle(&connection->context) ? &connection->context : NULL;
	uint32_t reached;
	SECURITY_STATUS status = AcceptSecurityContext(&connection->scheme->credential, context, &in,
						       connection->scheme->requested, SECURITY_NATIVE_DREP,
						       &connection->context, &out, &reached, NULL);

	*unused = inputs[1].BufferType == SECBUFFER_EXTRA ? inputs[1].cbBuffer : 0;
	writer_bytes(answer, slice_of(output.pvBuffer, output.cbBuffer));
	(void)FreeContextBuffer(output.pvBuffer);
	return status;
}

static SECURITY_STATUS accept_token(struct connection *connection, struct slice token,
				    struct byte_writer *answer)
{
	struct byte_reader left = reader_of(token);
	SECURITY_STATUS status;
	size_t unused;

	do {
		status = accept_leg(connection, reader_rest(&left), answer, &unused);
	} while (status == SEC_I_CONTINUE_NEEDED && unused && reader_skip(&left, left.size - unused));
	return status;
}

/* Who it is, or the reason's word. */
static void describe(struct connection *connection, SECURITY_STATUS status, char *text, size_t size)
{
	OPENSSPI_DESCRIPTION *known = NULL;

	(void)snprintf(text, size, "nothing is known");
	if (OpensspiDescribeContext(SecIsValidHandle(&connection->context) ? &connection->context : NULL,
				    &known) != SEC_E_OK)
		return;
	if (status == SEC_E_OK)
		(void)snprintf(text, size, "%s\\%s by %s under %s%s%s", known->Domain ? known->Domain : "",
			       known->User ? known->User : "?",
			       known->InnerPackage ? known->InnerPackage : known->Package,
			       connection->scheme->name, known->TlsVersion ? " in TLS " : "",
			       known->TlsVersion ? known->TlsVersion : "");
	else
		(void)snprintf(text, size, "%s", known->Reason);
	(void)FreeContextBuffer(known);
}

static struct scheme *find_scheme(struct slice name)
{
	for (size_t i = 0; i < COUNT_OF(schemes); i++)
		if (schemes[i].offered && name.size == strlen(schemes[i].name) &&
		    strncasecmp((const char *)name.data, schemes[i].name, name.size) == 0)
			return &schemes[i];
	return NULL;
}

static bool answer_token(struct connection *connection, struct slice token)
{
	CLEANUP(writer_wipe) struct byte_writer output = writer_growing();
	SECURITY_STATUS status = accept_token(connection, token, &output);
	struct answer answer = { .token = writer_slice(&output) };
	char text[WHO_MAX];

	describe(connection, status, text, sizeof(text));
	answer.status = status == SEC_E_OK ? 200 : 401;
	answer.has_token = status == SEC_I_CONTINUE_NEEDED || output.size;
	answer.begins_anew = status != SEC_I_CONTINUE_NEEDED && status != SEC_E_OK && !output.size;
	connection->logged_on = status == SEC_E_OK;
	if (status != SEC_E_OK && status != SEC_I_CONTINUE_NEEDED)
		forget_context(connection);
	return writer_ok(&output) &&
	       send_text(connection, answer, status == SEC_I_CONTINUE_NEEDED ? "go on\n" : text);
}

/* --- Behind the logon ------------------------------------------------------------------------------------------- */

static bool answer_sealed(struct connection *connection, const struct http_sealed_form *form,
			  struct slice body)
{
	CLEANUP(writer_wipe) struct byte_writer request = writer_growing();
	CLEANUP(writer_wipe) struct byte_writer text = writer_growing();
	CLEANUP(writer_wipe) struct byte_writer sealed = writer_growing();
	struct answer answer = { .sealed = form };
	char who[WHO_MAX];

	if (!http_sealed_open(form, &connection->context, body, &request)) {
		(void)send_text(connection, (struct answer) { .status = 400 },
				"not sealed by who logged on\n");
		return false;
	}
	describe(connection, SEC_E_OK, who, sizeof(who));
	answer.status = http_wsman_answer(writer_slice(&request), who, &text);
	answer.sealed_size = text.size;
	if (!writer_ok(&text) || !http_sealed_write(form, &connection->context, writer_slice(&text), &sealed))
		return false;
	answer.body = writer_slice(&sealed);
	return send_answer(connection, &answer);
}

static bool answer_known(struct connection *connection, const struct http_request *request)
{
	const struct http_sealed_form *form = http_sealed_form(request->content_type);
	char who[WHO_MAX];

	if (form)
		return answer_sealed(connection, form, request->body);
	describe(connection, SEC_E_OK, who, sizeof(who));
	return send_text(connection, (struct answer) { .status = 200 }, who);
}

static bool answer_request(struct connection *connection, const struct http_request *request)
{
	CLEANUP(writer_wipe) struct byte_writer token = writer_growing();
	struct scheme *scheme = find_scheme(request->scheme);
	bool good;

	if (!scheme && connection->logged_on)
		return answer_known(connection, request);
	if (!scheme)
		return send_text(connection, (struct answer) { .status = 401, .begins_anew = true },
				 "log on\n");
	if (scheme != connection->scheme || connection->logged_on)
		forget_context(connection);
	connection->scheme = scheme;
	good = http_base64_read(request->token, &token) && answer_token(connection, writer_slice(&token));
	if (connection->logged_on && settings.each_request)
		forget_context(connection);
	return good;
}

/* --- Channel bindings ------------------------------------------------------------------------------------------- */

/* Those that were given, a proxy's in front or wrong ones: the program's own memory. */
static bool given_bindings(struct byte_writer *given)
{
	SEC_CHANNEL_BINDINGS header = { .dwApplicationDataOffset = sizeof(header) };
	const char *digits = settings.bindings;
	unsigned byte;

	header.cbApplicationDataLength = (uint32_t)strlen(digits) / 2;
	writer_bytes(given, slice_of(&header, sizeof(header)));
	for (uint32_t i = 0; i < header.cbApplicationDataLength && sscanf(digits + 2 * i, "%2x", &byte) == 1;
	     i++)
		writer_u8(given, (uint8_t)byte);
	return writer_ok(given) && given->size == sizeof(header) + header.cbApplicationDataLength;
}

/* The library's memory: tls-server-end-point, which alone browsers and WinRM use. */
static bool endpoint_bindings(struct connection *connection)
{
	return QueryContextAttributesA(&connection->channel.context, SECPKG_ATTR_ENDPOINT_BINDINGS,
				       &connection->bindings) == SEC_E_OK &&
	       (!settings.audit ||
		SspiSetChannelBindingFlags(&connection->bindings, SEC_CHANNEL_BINDINGS_AUDIT_BINDINGS) ==
			SEC_E_OK);
}

/* --- A connection ----------------------------------------------------------------------------------------------- */

/* False: the client has gone, or waits, or sends no end. */
static bool receive_request(struct connection *connection, struct http_request *request)
{
	while (!http_request_read(writer_slice(&connection->in), request))
		if (connection->in.size > REQUEST_MAX ||
		    !http_channel_receive(&connection->channel, &connection->in))
			return false;
	return true;
}

static void serve_requests(struct connection *connection)
{
	struct http_request request;

	while (receive_request(connection, &request) && answer_request(connection, &request))
		writer_drop_front(&connection->in, request.size);
	forget_context(connection);
}

static void serve_bound(struct connection *connection)
{
	CLEANUP(writer_wipe) struct byte_writer given = writer_growing();
	bool none = settings.bindings ? strcmp(settings.bindings, "none") == 0 : !settings.has_tls;

	if (none) {
		serve_requests(connection);
	} else if (settings.bindings) {
		if (!given_bindings(&given))
			return;
		connection->bindings.Bindings = (void *)given.data;
		connection->bindings.BindingsLength = (uint32_t)given.size;
		serve_requests(connection);
	} else if (endpoint_bindings(connection)) {
		serve_requests(connection);
		(void)FreeContextBuffer(connection->bindings.Bindings);
	}
}

static void *serve(void *argument)
{
	struct connection connection = { .in = writer_growing() };
	int socket = *(int *)argument;

	free(argument);
	SecInvalidateHandle(&connection.context);
	if (http_channel_open(&connection.channel, socket, settings.has_tls ? &settings.channel : NULL))
		serve_bound(&connection);
	writer_wipe(&connection.in);
	http_channel_close(&connection.channel);
	return NULL;
}

/* --- The whole -------------------------------------------------------------------------------------------------- */

static uint32_t tls_versions(const char *version)
{
	if (!version)
		return 0;
	return strcmp(version, "1.2") == 0 ? SP_PROT_TLS1_2_SERVER : SP_PROT_TLS1_3_SERVER;
}

/* HTTPS. */
static bool acquire_channel(void)
{
	SCHANNEL_CRED tls = { .dwVersion = SCHANNEL_CRED_VERSION,
			      .cCreds = 1,
			      .grbitEnabledProtocols = tls_versions(settings.tls_version) };
	PCCERT_CONTEXT certificate = NULL;
	bool good = OpensspiCertificateFromPem(settings.tls, settings.tls, &certificate) == SEC_E_OK;

	tls.paCred = &certificate;
	good = good &&
	       AcquireCredentialsHandleA(NULL, (SEC_CHAR *)(uintptr_t)UNISP_NAME_A, SECPKG_CRED_INBOUND, NULL,
					 &tls, NULL, NULL, &settings.channel, NULL) == SEC_E_OK;
	if (certificate)
		(void)CertFreeCertificateContext(certificate);
	return good;
}

static bool is_offered(const struct scheme *scheme)
{
	bool kerberos = strcmp(scheme->name, "Kerberos") == 0;

	if (settings.schemes)
		return strstr(settings.schemes, scheme->name) != NULL;
	return kerberos ? settings.keytab != NULL : settings.accounts != NULL || scheme == schemes;
}

static bool acquire_scheme(struct scheme *scheme, PCCERT_CONTEXT certificate)
{
	bool credssp = strcmp(scheme->name, "CredSSP") == 0;
	SCHANNEL_CRED tls = { .dwVersion = SCHANNEL_CRED_VERSION,
			      .grbitEnabledProtocols = tls_versions(settings.credssp_tls) };
	CREDSSP_CRED inside = { .Type = CredsspSubmitBufferBoth, .pSchannelCred = &tls };
	OPENSSPI_OPTIONS options = { .Magic = OPENSSPI_OPTIONS_MAGIC,
				     .Size = sizeof(options),
				     .AuthData = credssp && settings.credssp_tls ? &inside : NULL,
				     .AccountFile = settings.accounts,
				     .Keytab = settings.keytab,
				     .Certificate = certificate,
				     .Policy = settings.policy };

	scheme->requested |= ASC_REQ_ALLOCATE_MEMORY;
	if (settings.error_token)
		scheme->requested |= ASC_REQ_EXTENDED_ERROR;
	if (settings.missing_bindings && scheme->bound)
		scheme->requested |= ASC_REQ_ALLOW_MISSING_BINDINGS;
	if (settings.proxy_bindings && scheme->bound)
		scheme->requested |= ASC_REQ_PROXY_BINDINGS;
	return AcquireCredentialsHandleA(NULL, (SEC_CHAR *)(uintptr_t)scheme->package, SECPKG_CRED_INBOUND,
					 NULL, &options, NULL, NULL, &scheme->credential, NULL) == SEC_E_OK;
}

static bool acquire(void)
{
	PCCERT_CONTEXT certificate = NULL;
	bool good = OpensspiCertificateSelfSigned("localhost", OpensspiKeyRsa2048, &certificate) == SEC_E_OK;

	settings.has_tls = settings.tls != NULL;
	good = good && (!settings.has_tls || acquire_channel());
	for (size_t i = 0; i < COUNT_OF(schemes); i++) {
		schemes[i].offered = is_offered(&schemes[i]);
		good = good && (!schemes[i].offered || acquire_scheme(&schemes[i], certificate));
	}
	if (certificate)
		(void)CertFreeCertificateContext(certificate);
	return good;
}

static bool take_setting(const char *name, const char *value)
{
	const struct {
		const char *name;
		const char **text;
		bool *flag;
	} known[] = {
		{ "accounts", &settings.accounts, NULL },
		{ "keytab", &settings.keytab, NULL },
		{ "policy", &settings.policy, NULL },
		{ "credssp-tls", &settings.credssp_tls, NULL },
		{ "tls", &settings.tls, NULL },
		{ "tls-version", &settings.tls_version, NULL },
		{ "bindings", &settings.bindings, NULL },
		{ "schemes", &settings.schemes, NULL },
		{ "audit", NULL, &settings.audit },
		{ "missing-bindings", NULL, &settings.missing_bindings },
		{ "proxy-bindings", NULL, &settings.proxy_bindings },
		{ "error-token", NULL, &settings.error_token },
		{ "each-request", NULL, &settings.each_request },
	};

	for (size_t i = 0; i < COUNT_OF(known); i++) {
		if (strcmp(known[i].name, name) != 0)
			continue;
		if (known[i].text)
			*known[i].text = value;
		else
			*known[i].flag = strcmp(value, "1") == 0;
		return true;
	}
	return false;
}

static bool take_settings(int count, char **words)
{
	for (int i = 1; i < count; i++) {
		char *equals = strchr(words[i], '=');

		if (equals)
			*equals = 0;
		if (!equals || !take_setting(words[i], equals + 1)) {
			(void)fprintf(stderr, "http_server: what is %s?\n", words[i]);
			return false;
		}
	}
	return true;
}

static int listen_somewhere(void)
{
	struct sockaddr_in here = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(here);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (bind(listener, (struct sockaddr *)&here, sizeof(here)) != 0 || listen(listener, 16) != 0 ||
	    getsockname(listener, (struct sockaddr *)&here, &size) != 0)
		return -1;
	(void)printf("listening on %u\n", ntohs(here.sin_port));
	(void)fflush(stdout);
	return listener;
}

int main(int count, char **words)
{
	int listener;

	if (!take_settings(count, words))
		return 1;
	if (!acquire()) {
		(void)fprintf(stderr, "http_server: no credential can be made of that\n");
		return 1;
	}
	listener = listen_somewhere();
	while (listener >= 0) {
		int *client = malloc(sizeof(*client));
		pthread_t thread;

		if (!client)
			return 2;
		*client = accept(listener, NULL, NULL);
		if (*client < 0 || pthread_create(&thread, NULL, serve, client) != 0)
			return 2;
		(void)pthread_detach(thread);
	}
	return 2;
}
