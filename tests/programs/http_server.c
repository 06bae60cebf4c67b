/*
 * A small HTTP server for HTTP clients of other projects, through the public interface alone:
 *
 *	http_server ACCOUNTS [force-updated|mitigated|vulnerable]
 *
 * It listens on a free port of 127.0.0.1, which it prints, and answers 401 until AcceptSecurityContext is content: one
 * context a connection, as Windows has it (RFC 4559 6), under Negotiate, NTLM and CredSSP. The body says who logged on,
 * or the reason of a refusal. It goes on until it is ended.
 */
#include "base/byte_reader.h"
#include "base/byte_writer.h"

#include <arpa/inet.h>
#include <opensspi.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { REQUEST_MAX = 256 * 1024, RECEIVE_SIZE = 16 * 1024, WAIT_SECONDS = 20 };

static struct scheme {
	const char *name;
	const char *package;
	uint32_t
		requested; /* a refused CredSSP client learns why by errorCode, the others by a 401 that begins anew */
	CredHandle credential;
} schemes[] = {
	{ .name = "Negotiate", .package = NEGOSSP_NAME_A, .requested = ASC_REQ_ALLOCATE_MEMORY },
	{ .name = "NTLM", .package = NTLMSP_NAME_A, .requested = ASC_REQ_ALLOCATE_MEMORY },
	{ .name = "CredSSP",
	  .package = CREDSSP_NAME_A,
	  .requested = ASC_REQ_ALLOCATE_MEMORY | ASC_REQ_EXTENDED_ERROR },
};

struct connection {
	int socket;
	struct byte_writer in; /* what came and is not used yet */
	CtxtHandle context;    /* SecIsValidHandle says whether there is one */
	struct scheme *scheme; /* of the context */
	bool logged_on;
};

/* What is taken from a request; slices point into it. */
struct request {
	size_t size; /* of all of it */
	struct slice scheme, token;
};

struct answer {
	unsigned status;
	const char *body;
	struct slice token; /* under the context's scheme; it may be empty */
	bool has_token;
	bool begins_anew; /* 401: the schemes are listed */
};

/* --- Base64, RFC 4648 4 --------------------------------------------------------------------------------------- */

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void base64_write(struct byte_writer *out, struct slice bytes)
{
	struct byte_reader in = reader_of(bytes);
	struct slice part;

	while (!reader_empty(&in)) {
		uint8_t group[3] = { 0 };
		size_t size = in.size < sizeof(group) ? in.size : sizeof(group);
		uint32_t bits;

		if (!reader_take(&in, size, &part))
			return;
		memcpy(group, part.data, part.size);
		bits = (uint32_t)group[0] << 16 | (uint32_t)group[1] << 8 | group[2];
		for (size_t i = 0; i < 4; i++)
			writer_u8(out, (uint8_t)(i <= size ? alphabet[bits >> (18 - 6 * i) & 63] : '='));
	}
}

static bool base64_read(struct slice text, struct byte_writer *out)
{
	struct byte_reader in = reader_of(text);
	uint8_t letter;
	uint32_t bits = 0;
	unsigned count = 0, padding = 0;

	while (reader_u8(&in, &letter)) {
		const char *place = letter ? strchr(alphabet, letter) : NULL;

		if (letter == '=' ? ++padding > 2 : !place || padding)
			return false;
		bits = bits << 6 | (place ? (uint32_t)(place - alphabet) : 0);
		if (++count % 4)
			continue;
		for (unsigned i = 0; i < 3 - padding; i++)
			writer_u8(out, (uint8_t)(bits >> (16 - 8 * i)));
	}
	return count % 4 == 0 && writer_ok(out);
}

/* --- Requests ------------------------------------------------------------------------------------------------- */

/* What stands behind the colon of a header line of that name, without a space in front. */
static bool read_header(struct slice line, const char *name, struct byte_reader *value)
{
	struct slice found;

	*value = reader_of(line);
	if (!reader_until(value, ':', &found) || found.size != strlen(name) ||
	    strncasecmp((const char *)found.data, name, found.size) != 0)
		return false;
	while (reader_expect(value, " ", 1))
		;
	return true;
}

static size_t read_decimal(struct byte_reader value)
{
	size_t number = 0;
	uint8_t digit;

	while (reader_u8(&value, &digit) && digit >= '0' && digit <= '9' && number < REQUEST_MAX)
		number = number * 10 + (size_t)(digit - '0');
	return number;
}

/* False: the head is not all there yet. */
static bool read_request(struct slice bytes, struct request *request)
{
	struct byte_reader in = reader_of(bytes), value;
	size_t body = 0;
	struct slice line;

	*request = (struct request) { 0 };
	while (reader_until(&in, '\n', &line)) {
		if (line.size && line.data[line.size - 1] == '\r')
			line.size--;
		if (line.size == 0) {
			request->size = bytes.size - in.size + body;
			return true;
		}
		if (read_header(line, "Content-Length", &value))
			body = read_decimal(value);
		if (read_header(line, "Authorization", &value) && reader_until(&value, ' ', &request->scheme))
			request->token = reader_rest(&value);
	}
	return false;
}

/* The next whole one at the front of `in`. False: the client has gone, or waits, or sends no end. */
static bool receive_request(struct connection *connection, struct request *request)
{
	uint8_t bytes[RECEIVE_SIZE];
	ssize_t size;

	while (!read_request(writer_slice(&connection->in), request) || request->size > connection->in.size) {
		if (connection->in.size > REQUEST_MAX)
			return false;
		size = recv(connection->socket, bytes, sizeof(bytes), 0);
		if (size <= 0)
			return false;
		writer_bytes(&connection->in, slice_of(bytes, (size_t)size));
	}
	return true;
}

/* --- Answers -------------------------------------------------------------------------------------------------- */

static void write_text(struct byte_writer *out, const char *text)
{
	writer_bytes(out, slice_of(text, strlen(text)));
}

/* Without a token the scheme stands alone; an empty one is a space more. */
static void write_challenge(struct byte_writer *out, const char *scheme, struct slice token)
{
	write_text(out, "WWW-Authenticate: ");
	write_text(out, scheme);
	if (token.data) {
		write_text(out, " ");
		base64_write(out, token);
	}
	write_text(out, "\r\n");
}

static bool send_answer(struct connection *connection, const struct answer *answer)
{
	CLEANUP(writer_wipe) struct byte_writer out = writer_growing();
	char line[64];

	(void)snprintf(line, sizeof(line), "HTTP/1.1 %u %s\r\n", answer->status,
		       answer->status == 200 ? "OK" : "Unauthorized");
	write_text(&out, line);
	for (size_t i = 0; answer->begins_anew && i < COUNT_OF(schemes); i++)
		write_challenge(&out, schemes[i].name, slice_of(NULL, 0));
	if (answer->has_token)
		write_challenge(&out, connection->scheme->name,
				answer->token.size ? answer->token : slice_of("", 0));
	(void)snprintf(line, sizeof(line), "Content-Length: %zu\r\n\r\n", strlen(answer->body) + 1);
	write_text(&out, line);
	write_text(&out, answer->body);
	write_text(&out, "\n");
	return writer_ok(&out) &&
	       send(connection->socket, out.data, out.size, MSG_NOSIGNAL) == (ssize_t)out.size;
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
	SecBuffer inputs[] = { { (uint32_t)token.size, SECBUFFER_TOKEN, (void *)(uintptr_t)token.data },
			       { 0, SECBUFFER_EMPTY, NULL } };
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
		(void)snprintf(text, size, "%s\\%s by %s under %s", known->Domain ? known->Domain : "",
			       known->User ? known->User : "?",
			       known->InnerPackage ? known->InnerPackage : known->Package,
			       connection->scheme->name);
	else
		(void)snprintf(text, size, "%s", known->Reason);
	(void)FreeContextBuffer(known);
}

static struct scheme *find_scheme(struct slice name)
{
	for (size_t i = 0; i < COUNT_OF(schemes); i++)
		if (name.size == strlen(schemes[i].name) &&
		    strncasecmp((const char *)name.data, schemes[i].name, name.size) == 0)
			return &schemes[i];
	return NULL;
}

static bool answer_token(struct connection *connection, struct slice token)
{
	CLEANUP(writer_wipe) struct byte_writer output = writer_growing();
	SECURITY_STATUS status = accept_token(connection, token, &output);
	struct answer answer = { .token = writer_slice(&output) };
	char text[512];

	describe(connection, status, text, sizeof(text));
	answer.status = status == SEC_E_OK ? 200 : 401;
	answer.body = status == SEC_I_CONTINUE_NEEDED ? "go on" : text;
	answer.has_token = status == SEC_I_CONTINUE_NEEDED || output.size;
	answer.begins_anew = status != SEC_I_CONTINUE_NEEDED && status != SEC_E_OK && !output.size;
	connection->logged_on = status == SEC_E_OK;
	if (status != SEC_E_OK && status != SEC_I_CONTINUE_NEEDED)
		forget_context(connection);
	return writer_ok(&output) && send_answer(connection, &answer);
}

static bool answer_request(struct connection *connection, const struct request *request)
{
	CLEANUP(writer_wipe) struct byte_writer token = writer_growing();
	struct scheme *scheme = find_scheme(request->scheme);
	char text[512];

	if (!scheme && connection->logged_on) {
		describe(connection, SEC_E_OK, text, sizeof(text));
		return send_answer(connection, &(struct answer) { .status = 200, .body = text });
	}
	if (!scheme)
		return send_answer(connection,
				   &(struct answer) { .status = 401, .body = "log on", .begins_anew = true });
	if (scheme != connection->scheme || connection->logged_on)
		forget_context(connection);
	connection->scheme = scheme;
	return base64_read(request->token, &token) && answer_token(connection, writer_slice(&token));
}

static void *serve(void *argument)
{
	struct connection connection = { .socket = *(int *)argument, .in = writer_growing() };
	struct timeval patience = { .tv_sec = WAIT_SECONDS };
	struct request request;

	free(argument);
	SecInvalidateHandle(&connection.context);
	(void)setsockopt(connection.socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	while (receive_request(&connection, &request) && answer_request(&connection, &request))
		writer_drop_front(&connection.in, request.size);
	forget_context(&connection);
	writer_wipe(&connection.in);
	(void)close(connection.socket);
	return NULL;
}

/* --- The whole ------------------------------------------------------------------------------------------------ */

static bool acquire(const char *accounts, const char *policy)
{
	OPENSSPI_OPTIONS options = { .Magic = OPENSSPI_OPTIONS_MAGIC,
				     .Size = sizeof(options),
				     .AccountFile = accounts,
				     .Policy = policy };
	bool good = OpensspiCertificateSelfSigned("localhost", OpensspiKeyRsa2048, &options.Certificate) ==
		    SEC_E_OK;

	for (size_t i = 0; good && i < COUNT_OF(schemes); i++)
		good = AcquireCredentialsHandleA(NULL, (SEC_CHAR *)(uintptr_t)schemes[i].package,
						 SECPKG_CRED_INBOUND, NULL, &options, NULL, NULL,
						 &schemes[i].credential, NULL) == SEC_E_OK;
	if (options.Certificate)
		(void)CertFreeCertificateContext(options.Certificate);
	return good;
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

	if (count < 2 || !acquire(words[1], count > 2 ? words[2] : NULL)) {
		(void)fprintf(stderr,
			      "usage: http_server ACCOUNTS [POLICY]; or no credential can be made of them\n");
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
