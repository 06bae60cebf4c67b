/*
 * A server in the manner of Microsoft's documentation: it lets one client log on over a socket by Negotiate, acts as
 * that user for a moment, reads an encrypted message, answers with an encrypted one, and signs a last one.
 *
 *	server PORT		0: any free port; it says which
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

static SOCKET wait_for_client(const char *port)
{
	struct sockaddr_in here = { 0 };
#ifdef _WIN32
	int size = sizeof(here);
#else
	socklen_t size = sizeof(here);
#endif
	SOCKET listener = socket(AF_INET, SOCK_STREAM, 0), client;

	here.sin_family = AF_INET;
	here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	here.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
	if (listener == INVALID_SOCKET || bind(listener, (struct sockaddr *)&here, sizeof(here)) != 0 ||
	    listen(listener, 1) != 0 || getsockname(listener, (struct sockaddr *)&here, &size) != 0)
		stop("listen", 0);
	printf("listening on %u\n", ntohs(here.sin_port));
	(void)fflush(stdout);
	client = accept(listener, NULL, NULL);
	closesocket(listener);
	if (client == INVALID_SOCKET)
		stop("accept", 0);
	return client;
}

static void let_in(SOCKET client, CredHandle *credential, CtxtHandle *context)
{
	SECURITY_STATUS status;
	int first = 1;

	do {
		SecBuffer in = { receive_message(client, received), SECBUFFER_TOKEN, received };
		SecBuffer out = { 0, SECBUFFER_TOKEN, NULL };
		SecBufferDesc input = { SECBUFFER_VERSION, 1, &in }, output = { SECBUFFER_VERSION, 1, &out };
		ULONG reached;
		TimeStamp expiry;

		if (in.cbBuffer == 0)
			stop("receive", SEC_E_INCOMPLETE_MESSAGE);
		status = AcceptSecurityContext(credential, first ? NULL : context, &input,
					       ASC_REQ_CONFIDENTIALITY | ASC_REQ_ALLOCATE_MEMORY,
					       SECURITY_NATIVE_DREP, context, &output, &reached, &expiry);
		if (status == SEC_I_COMPLETE_NEEDED || status == SEC_I_COMPLETE_AND_CONTINUE) {
			(void)CompleteAuthToken(context, &output);
			status = status == SEC_I_COMPLETE_NEEDED ? SEC_E_OK : SEC_I_CONTINUE_NEEDED;
		}
		if (status < 0)
			stop("AcceptSecurityContext", status);
		if (out.cbBuffer > 0 && !send_message(client, out.pvBuffer, out.cbBuffer))
			stop("send", status);
		(void)FreeContextBuffer(out.pvBuffer);
		first = 0;
	} while (status == SEC_I_CONTINUE_NEEDED);
}

static void show_user(CtxtHandle *context)
{
	SecPkgContext_Names names;
	SECURITY_STATUS status = QueryContextAttributes(context, SECPKG_ATTR_NAMES, &names);

	if (status != SEC_E_OK)
		stop("QueryContextAttributes", status);
	printf("user: ");
	for (size_t i = 0; names.sUserName[i]; i++)
		printf("%c", (char)names.sUserName[i]);
	printf("\n");
	(void)FreeContextBuffer(names.sUserName);
}

/* Between both calls the thread is the user. Where it cannot be, nothing may be done in the user's name. */
static void act_as_user(CtxtHandle *context)
{
	SECURITY_STATUS status = ImpersonateSecurityContext(context);

	printf("impersonated: %s\n", status == SEC_E_OK ? "yes" : "no");
	if (status == SEC_E_OK && RevertSecurityContext(context) != SEC_E_OK)
		stop("RevertSecurityContext", status);
}

static void receive_encrypted(SOCKET client, CtxtHandle *context)
{
	static char token[MESSAGE_MAX];
	SecBuffer parts[2] = { { receive_message(client, token), SECBUFFER_TOKEN, token },
			       { receive_message(client, received), SECBUFFER_DATA, received } };
	SecBufferDesc message = { SECBUFFER_VERSION, 2, parts };
	ULONG quality;
	SECURITY_STATUS status = DecryptMessage(context, &message, 0, &quality);

	if (status != SEC_E_OK)
		stop("DecryptMessage", status);
	printf("received: %.*s\n", (int)parts[1].cbBuffer, (char *)parts[1].pvBuffer);
}

static void answer(SOCKET client, CtxtHandle *context, const char *words, int encrypt)
{
	static char token[256], text[1024];
	SecBuffer parts[2] = { { encrypt ? sizes.cbSecurityTrailer : sizes.cbMaxSignature, SECBUFFER_TOKEN,
				 token },
			       { (ULONG)strlen(words), SECBUFFER_DATA, text } };
	SecBufferDesc message = { SECBUFFER_VERSION, 2, parts };
	SECURITY_STATUS status;

	memcpy(text, words, strlen(words));
	status = encrypt ? EncryptMessage(context, 0, &message, 0) : MakeSignature(context, 0, &message, 0);
	if (status != SEC_E_OK)
		stop(encrypt ? "EncryptMessage" : "MakeSignature", status);
	if (!send_message(client, token, parts[0].cbBuffer) || !send_message(client, text, parts[1].cbBuffer))
		stop("send", status);
}

int main(int count, char **words)
{
	CredHandle credential;
	CtxtHandle context;
	TimeStamp expiry;
	SOCKET client;
	SECURITY_STATUS status;

	if (count != 2) {
		printf("usage: server PORT\n");
		return 2;
	}
	start_sockets();
	status = AcquireCredentialsHandle(NULL, package, SECPKG_CRED_INBOUND, NULL, NULL, NULL, NULL,
					  &credential, &expiry);
	if (status != SEC_E_OK)
		stop("AcquireCredentialsHandle", status);
	client = wait_for_client(words[1]);
	let_in(client, &credential, &context);
	status = QueryContextAttributes(&context, SECPKG_ATTR_SIZES, &sizes);
	if (status != SEC_E_OK)
		stop("QueryContextAttributes", status);
	show_user(&context);
	act_as_user(&context);
	receive_encrypted(client, &context);
	answer(client, &context, "an answer that nobody else reads", 1);
	answer(client, &context, "an answer that nobody changes", 0);
	(void)DeleteSecurityContext(&context);
	(void)FreeCredentialsHandle(&credential);
	closesocket(client);
	return 0;
}
