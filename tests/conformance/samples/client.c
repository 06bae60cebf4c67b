/*
 * A client in the manner of Microsoft's documentation: it logs on over a socket by Negotiate, sends a message that it
 * encrypts, reads an encrypted answer, and checks the signature of a last one.
 *
 *	client PORT DOMAIN USER PASSWORD
 */
#define SECURITY_WIN32
#include "sockets.h"

#include <security.h>

#ifdef UNICODE
static SEC_WCHAR package[] = NEGOSSP_NAME;
#else
static SEC_CHAR package[] = NEGOSSP_NAME;
#endif

static char received[MESSAGE_MAX];
static SecPkgContext_Sizes sizes;

static void stop(const char *where, SECURITY_STATUS status)
{
	printf("%s failed: %08x\n", where, (unsigned)status);
	exit(1);
}

static SOCKET connect_to(const char *port)
{
	struct sockaddr_in there = { 0 };
	SOCKET server = socket(AF_INET, SOCK_STREAM, 0);

	there.sin_family = AF_INET;
	there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	there.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
	if (server == INVALID_SOCKET || connect(server, (struct sockaddr *)&there, sizeof(there)) != 0)
		stop("connect", 0);
	return server;
}

/* The flags of an identity say that its text is not UTF-16, whichever function takes it. */
static CredHandle acquire(char **words)
{
	SEC_WINNT_AUTH_IDENTITY_A identity = { 0 };
	CredHandle credential;
	TimeStamp expiry;
	SECURITY_STATUS status;

	identity.Domain = (unsigned char *)words[0];
	identity.DomainLength = (ULONG)strlen(words[0]);
	identity.User = (unsigned char *)words[1];
	identity.UserLength = (ULONG)strlen(words[1]);
	identity.Password = (unsigned char *)words[2];
	identity.PasswordLength = (ULONG)strlen(words[2]);
	identity.Flags = SEC_WINNT_AUTH_IDENTITY_ANSI;
	status = AcquireCredentialsHandle(NULL, package, SECPKG_CRED_OUTBOUND, NULL, &identity, NULL, NULL,
					  &credential, &expiry);
	if (status != SEC_E_OK)
		stop("AcquireCredentialsHandle", status);
	return credential;
}

/* Every token goes out, also the one that comes with SEC_E_OK; then an answer is due if more is needed. */
static void log_on(SOCKET server, CredHandle *credential, CtxtHandle *context)
{
	SecBuffer in = { 0, SECBUFFER_TOKEN, received };
	SecBufferDesc input = { SECBUFFER_VERSION, 1, &in };
	SECURITY_STATUS status;
	int first = 1;

	do {
		SecBuffer out = { 0, SECBUFFER_TOKEN, NULL };
		SecBufferDesc output = { SECBUFFER_VERSION, 1, &out };
		ULONG reached;
		TimeStamp expiry;

		status = InitializeSecurityContext(credential, first ? NULL : context, NULL,
						   ISC_REQ_CONFIDENTIALITY | ISC_REQ_ALLOCATE_MEMORY, 0,
						   SECURITY_NATIVE_DREP, first ? NULL : &input, 0, context,
						   &output, &reached, &expiry);
		if (status == SEC_I_COMPLETE_NEEDED || status == SEC_I_COMPLETE_AND_CONTINUE) {
			(void)CompleteAuthToken(context, &output);
			status = status == SEC_I_COMPLETE_NEEDED ? SEC_E_OK : SEC_I_CONTINUE_NEEDED;
		}
		if (status < 0)
			stop("InitializeSecurityContext", status);
		if (out.cbBuffer > 0 && !send_message(server, out.pvBuffer, out.cbBuffer))
			stop("send", status);
		(void)FreeContextBuffer(out.pvBuffer);
		if (status == SEC_I_CONTINUE_NEEDED) {
			in.cbBuffer = receive_message(server, received);
			if (in.cbBuffer == 0)
				stop("logon", SEC_E_LOGON_DENIED);
		}
		first = 0;
	} while (status == SEC_I_CONTINUE_NEEDED);
}

static void send_encrypted(SOCKET server, CtxtHandle *context, const char *words)
{
	static char token[256], text[1024];
	SecBuffer parts[2] = { { sizes.cbSecurityTrailer, SECBUFFER_TOKEN, token },
			       { (ULONG)strlen(words), SECBUFFER_DATA, text } };
	SecBufferDesc message = { SECBUFFER_VERSION, 2, parts };
	SECURITY_STATUS status;

	memcpy(text, words, strlen(words));
	status = EncryptMessage(context, 0, &message, 0);
	if (status != SEC_E_OK)
		stop("EncryptMessage", status);
	if (!send_message(server, token, parts[0].cbBuffer) || !send_message(server, text, parts[1].cbBuffer))
		stop("send", status);
}

/* Token and text come one after the other. */
static void receive_parts(SOCKET server, SecBuffer parts[2])
{
	static char token[MESSAGE_MAX];

	parts[0].BufferType = SECBUFFER_TOKEN;
	parts[0].pvBuffer = token;
	parts[0].cbBuffer = receive_message(server, token);
	parts[1].BufferType = SECBUFFER_DATA;
	parts[1].pvBuffer = received;
	parts[1].cbBuffer = receive_message(server, received);
	if (parts[0].cbBuffer == 0 || parts[1].cbBuffer == 0)
		stop("receive", SEC_E_INCOMPLETE_MESSAGE);
}

static void receive_encrypted(SOCKET server, CtxtHandle *context)
{
	SecBuffer parts[2];
	SecBufferDesc message = { SECBUFFER_VERSION, 2, parts };
	SECURITY_STATUS status;
	ULONG quality;

	receive_parts(server, parts);
	status = DecryptMessage(context, &message, 0, &quality);
	if (status != SEC_E_OK)
		stop("DecryptMessage", status);
	printf("encrypted: %.*s\n", (int)parts[1].cbBuffer, (char *)parts[1].pvBuffer);
}

static void receive_signed(SOCKET server, CtxtHandle *context)
{
	SecBuffer parts[2];
	SecBufferDesc message = { SECBUFFER_VERSION, 2, parts };
	SECURITY_STATUS status;
	ULONG quality;

	receive_parts(server, parts);
	status = VerifySignature(context, &message, 0, &quality);
	if (status != SEC_E_OK)
		stop("VerifySignature", status);
	printf("signed: %.*s\n", (int)parts[1].cbBuffer, (char *)parts[1].pvBuffer);
}

int main(int count, char **words)
{
	CredHandle credential;
	CtxtHandle context;
	SOCKET server;
	SECURITY_STATUS status;

	if (count != 5) {
		printf("usage: client PORT DOMAIN USER PASSWORD\n");
		return 2;
	}
	start_sockets();
	server = connect_to(words[1]);
	credential = acquire(words + 2);
	log_on(server, &credential, &context);
	status = QueryContextAttributes(&context, SECPKG_ATTR_SIZES, &sizes);
	if (status != SEC_E_OK)
		stop("QueryContextAttributes", status);
	send_encrypted(server, &context, "a message that nobody else reads");
	receive_encrypted(server, &context);
	receive_signed(server, &context);
	(void)DeleteSecurityContext(&context);
	(void)FreeCredentialsHandle(&credential);
	closesocket(server);
	return 0;
}
