/*
 * A client that logs on to a Remote Desktop server by Network Level Authentication and hands the password over. The PEM
 * file says whose signature counts on the server's certificate, or holds that certificate itself.
 *
 *	client HOST PORT TRUSTED-CERTIFICATES DOMAIN USER <password
 */
#include <netdb.h>
#include <opensspi.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* With the trusted certificates the library judges the server; without any, the password would stay here. */
static SECURITY_STATUS acquire(char **words, CredHandle *credential)
{
	char password[256] = "", *line = fgets(password, sizeof(password), stdin);
	SEC_WINNT_AUTH_IDENTITY_A identity = { (unsigned char *)words[5],   (uint32_t)strlen(words[5]),
					       (unsigned char *)words[4],   (uint32_t)strlen(words[4]),
					       (unsigned char *)line,       (uint32_t)strcspn(password, "\n"),
					       SEC_WINNT_AUTH_IDENTITY_ANSI /* which is UTF-8 here */ };
	CREDSSP_CRED both = { CredsspSubmitBufferBoth, NULL, &identity };
	OPENSSPI_OPTIONS options = { .Magic = OPENSSPI_OPTIONS_MAGIC,
				     .Size = sizeof(options),
				     .AuthData = &both,
				     .TrustedCertificateFile = words[3] };
	SECURITY_STATUS status =
		AcquireCredentialsHandleA(NULL, (SEC_CHAR *)CREDSSP_NAME_A, SECPKG_CRED_OUTBOUND, NULL,
					  &options, NULL, NULL, credential, NULL);

	explicit_bzero(password, sizeof(password)); /* the credential has its own */
	return status;
}

static int connect_to(const char *host, const char *port)
{
	const struct addrinfo wanted = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *found;
	int server;

	if (getaddrinfo(host, port, &wanted, &found) != 0)
		return -1;
	server = socket(found->ai_family, SOCK_STREAM, 0);
	if (connect(server, found->ai_addr, found->ai_addrlen) != 0)
		server = -1;
	freeaddrinfo(found);
	return server;
}

/* The X.224 Connection Request asks for TLS or CredSSP (1 | 2); the confirm must be RDP_NEG_RSP (2) with CredSSP. */
static bool ask_for_credssp(int server)
{
	static const uint8_t request[] = { 3, 0, 0, 19, 14, 0xE0, 0, 0, 0, 0, 0, 1, 0, 8, 0, 3, 0, 0, 0 };
	uint8_t confirm[19];

	return send(server, request, sizeof(request), MSG_NOSIGNAL) == sizeof(request) &&
	       recv(server, confirm, 19, MSG_WAITALL) == 19 && confirm[11] == 2 && confirm[15] == 2;
}

/* The client speaks first. Then whatever the server sends goes in, and what comes out is sent. */
static SECURITY_STATUS log_on(int server, const char *host, CredHandle *credential, CtxtHandle *context)
{
	char target[300], received[65536];
	size_t size = 0, unused;
	SECURITY_STATUS status;

	(void)snprintf(target, sizeof(target), "TERMSRV/%s", host);
	SecInvalidateHandle(context);
	for (;;) { /* size is 0 in the first call, where no context is and no input */
		SecBuffer in[] = { { (uint32_t)size, SECBUFFER_TOKEN, received },
				   { 0, SECBUFFER_EMPTY, NULL } };
		SecBuffer token = { 0, SECBUFFER_TOKEN, NULL };
		SecBufferDesc input = { SECBUFFER_VERSION, 2, in }, output = { SECBUFFER_VERSION, 1, &token };
		ssize_t count;

		status = InitializeSecurityContextA(
			credential, size ? context : NULL, target,
			ISC_REQ_ALLOCATE_MEMORY | ISC_REQ_DELEGATE | ISC_REQ_EXTENDED_ERROR, 0,
			SECURITY_NATIVE_DREP, size ? &input : NULL, 0, context, &output, NULL, NULL);
		(void)send(server, token.pvBuffer, token.cbBuffer, MSG_NOSIGNAL);
		(void)FreeContextBuffer(token.pvBuffer);
		if (status != SEC_I_CONTINUE_NEEDED && status != SEC_E_INCOMPLETE_MESSAGE)
			return status;
		/* What was not used lies at the end and is for the next call. */
		if (status == SEC_I_CONTINUE_NEEDED) {
			unused = in[1].BufferType == SECBUFFER_EXTRA ? in[1].cbBuffer : 0;
			memmove(received, received + size - unused, unused);
			size = unused;
		}
		if (size > 0 && status == SEC_I_CONTINUE_NEEDED)
			continue;
		count = recv(server, received + size, sizeof(received) - size, 0);
		if (count <= 0)
			return SEC_E_LOGON_DENIED; /* so say servers no that send no errorCode */
		size += (size_t)count;
	}
}

int main(int count, char **words)
{
	CredHandle credential;
	CtxtHandle context;
	OPENSSPI_DESCRIPTION *known = NULL;
	SECURITY_STATUS status = count == 6 ? acquire(words, &credential) : SEC_E_INVALID_PARAMETER;
	int server = status == SEC_E_OK ? connect_to(words[1], words[2]) : -1;

	if (server < 0 || !ask_for_credssp(server)) {
		(void)fprintf(stderr, "usage: client HOST PORT TRUSTED-CERTIFICATES DOMAIN USER <password\n");
		return 1;
	}
	status = log_on(server, words[1], &credential, &context);
	if (OpensspiDescribeContext(SecIsValidHandle(&context) ? &context : NULL, &known) == SEC_E_OK)
		(void)printf("%s: %s\n", status == SEC_E_OK ? "logged on" : "refused",
			     status == known->Status ? known->Sentence : "the server closed the connection");
	(void)FreeContextBuffer(known);
	(void)DeleteSecurityContext(&context);
	(void)FreeCredentialsHandle(&credential);
	return status == SEC_E_OK ? 0 : 1;
}
