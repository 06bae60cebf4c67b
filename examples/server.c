/*
 * A server that lets one Remote Desktop client log on, in as few lines as that takes: server PORT ACCOUNT-FILE
 *
 *	opensspi account add --file accounts alice
 *	server 3389 accounts
 *	xfreerdp /v:127.0.0.1 /u:alice /cert:ignore /sec:nla       in a second terminal
 */
#include <netinet/in.h>
#include <opensspi.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* Who may log on stands in the account file; the certificate is made here (none: no credential). */
static SECURITY_STATUS acquire(const char *account_file, CredHandle *credential)
{
	OPENSSPI_OPTIONS options = { .Magic = OPENSSPI_OPTIONS_MAGIC, .Size = sizeof(options) };
	SECURITY_STATUS status;

	(void)OpensspiCertificateSelfSigned("localhost", OpensspiKeyRsa2048, &options.Certificate);
	options.AccountFile = account_file;
	status = AcquireCredentialsHandleA(NULL, (SEC_CHAR *)CREDSSP_NAME_A, SECPKG_CRED_INBOUND, NULL,
					   &options, NULL, NULL, credential, NULL);
	(void)OpensspiFreeCertificateContext(options.Certificate); /* the credential keeps its own */
	return status;
}

/* Waits for one connection; 0 is any port that is free. INADDR_ANY instead would let other machines in. */
static int take_client(const char *port)
{
	struct sockaddr_in here = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(here);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	here.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
	if (bind(listener, (struct sockaddr *)&here, size) != 0 || listen(listener, 1) != 0 ||
	    getsockname(listener, (struct sockaddr *)&here, &size) != 0)
		return -1;
	(void)printf("listening on 127.0.0.1:%u\n", ntohs(here.sin_port));
	(void)fflush(stdout);
	return accept(listener, NULL, NULL);
}

/* Any X.224 Connection Request (4 bytes of TPKT header say how long it is) gets the answer "CredSSP it is". */
static bool answer_x224(int client)
{
	static const uint8_t confirm[] = { 3, 0, 0, 19, 14, 0xD0, 0, 0, 0, 0, 0, 2, 0, 8, 0, 2, 0, 0, 0 };
	uint8_t header[4], rest[256];
	size_t size;

	if (recv(client, header, sizeof(header), MSG_WAITALL) != sizeof(header) || header[0] != 3)
		return false;
	size = (size_t)(header[2] << 8 | header[3]) - sizeof(header);
	return size <= sizeof(rest) && recv(client, rest, size, MSG_WAITALL) == (ssize_t)size &&
	       send(client, confirm, sizeof(confirm), MSG_NOSIGNAL) == sizeof(confirm);
}

/* Whatever the client sends goes in, whatever comes out is sent, until the library has decided. */
static SECURITY_STATUS log_on(int client, CredHandle *credential, CtxtHandle *context)
{
	uint8_t received[65536];
	size_t size = 0, unused = 0;
	SECURITY_STATUS status = SEC_E_INCOMPLETE_MESSAGE;

	SecInvalidateHandle(context);
	do {
		SecBuffer in[] = { { 0, SECBUFFER_TOKEN, received }, { 0, SECBUFFER_EMPTY, NULL } };
		SecBuffer token = { 0, SECBUFFER_TOKEN, NULL };
		SecBufferDesc input = { SECBUFFER_VERSION, 2, in }, output = { SECBUFFER_VERSION, 1, &token };
		ssize_t count = 0;

		if (unused == 0 || status == SEC_E_INCOMPLETE_MESSAGE) /* what is there is not enough */
			if ((count = recv(client, received + size, sizeof(received) - size, 0)) <= 0)
				return SEC_E_CONTEXT_EXPIRED;
		size += (size_t)count;
		in[0].cbBuffer = (uint32_t)size;
		status = AcceptSecurityContext(credential, SecIsValidHandle(context) ? context : NULL, &input,
					       ASC_REQ_ALLOCATE_MEMORY | ASC_REQ_EXTENDED_ERROR,
					       SECURITY_NATIVE_DREP, context, &output, NULL, NULL);
		if (status == SEC_E_INCOMPLETE_MESSAGE)
			continue;
		(void)send(client, token.pvBuffer, token.cbBuffer, MSG_NOSIGNAL);
		(void)FreeContextBuffer(token.pvBuffer);
		/* What was not used lies at the end and is for the next call. */
		unused = in[1].BufferType == SECBUFFER_EXTRA ? in[1].cbBuffer : 0;
		memmove(received, received + size - unused, unused);
		size = unused;
	} while (status == SEC_I_CONTINUE_NEEDED || status == SEC_E_INCOMPLETE_MESSAGE);
	return status;
}

int main(int count, char **words)
{
	CredHandle credential;
	CtxtHandle context;
	OPENSSPI_DESCRIPTION *known = NULL;
	SECURITY_STATUS status = count == 3 ? acquire(words[2], &credential) : SEC_E_INVALID_PARAMETER;
	int client = status == SEC_E_OK ? take_client(words[1]) : -1;
	char dropped[1024];

	if (client < 0 || !answer_x224(client)) {
		(void)fprintf(stderr, "usage: server PORT ACCOUNT-FILE, and then an RDP client\n");
		return 1;
	}
	status = log_on(client, &credential, &context);
	if (OpensspiDescribeContext(SecIsValidHandle(&context) ? &context : NULL, &known) == SEC_E_OK)
		(void)printf("%s: %s\n", status == SEC_E_OK ? known->User : "refused", known->Sentence);
	(void)FreeContextBuffer(known);
	(void)DeleteSecurityContext(&context);
	(void)FreeCredentialsHandle(&credential);
	(void)shutdown(client,
		       SHUT_WR); /* a close with unread bytes would be a reset, which eats our last token */
	while (recv(client, dropped, sizeof(dropped), 0) > 0)
		;
	return status == SEC_E_OK ? 0 : 1;
}
