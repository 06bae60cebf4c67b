/*
 * A client logs on to a server through SSPI's public interface, both in this process: bytes pass in memory, nothing
 * listens, no file is written. Each token is shown, and what each side knows in the end. Then a wrong password is
 * refused.
 */
#include <opensspi.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DOMAIN         "CORP"
#define USER           "alice"
#define PASSWORD       "Passw0rd!"
#define WRONG_PASSWORD "Password!"

/* What each token of CREDSSP with NTLM carries: client and server take turns. MS-CSSP 3.1.5, RFC 8446 2. */
static const char *const contents_of_turn[] = {
	"TLS: ClientHello",
	"TLS: ServerHello, certificate, Finished",
	"TLS: Finished; negoTokens: NTLM NEGOTIATE, what I can do",
	"negoTokens: NTLM CHALLENGE, eight random bytes",
	"negoTokens: NTLM AUTHENTICATE, the answer; pubKeyAuth: the TLS key I see",
	"pubKeyAuth: I see the same key, it is mine",
	"authInfo: the password, for use on the server",
};
enum { TURN_OF_PROOF = 5, TURN_COUNT = sizeof(contents_of_turn) / sizeof(contents_of_turn[0]) };

struct side {
	CredHandle credential;
	CtxtHandle context;
	bool has_context;
	SECURITY_STATUS status;
};

/* --- Who may log on: asked by the library, answered by this program ------------------------------------------ */

static bool is_text(const uint8_t *utf16, uint32_t size, const char *text)
{
	if (size != 2 * strlen(text))
		return false;
	for (uint32_t i = 0; i < size; i += 2)
		if (utf16[i] != (uint8_t)text[i / 2] || utf16[i + 1])
			return false;
	return true;
}

static SECURITY_STATUS answer(void *argument, const OPENSSPI_NTLM_QUESTION *question,
			      OPENSSPI_NTLM_VERDICT *verdict)
{
	uint8_t hash[16];
	SECURITY_STATUS status = OpensspiNtHash(PASSWORD, hash);

	(void)argument;
	if (status == SEC_E_OK)
		status = OpensspiNtlmAnswer(question, hash, verdict);
	/* Unknown users cost the same work, and are refused behind it. */
	if (!is_text(question->User, question->UserSize, USER) ||
	    !is_text(question->Domain, question->DomainSize, DOMAIN))
		status = verdict->Status = SEC_E_LOGON_DENIED;
	return status;
}

/* --- Credentials --------------------------------------------------------------------------------------------- */

static SECURITY_STATUS acquire_server(CredHandle *credential)
{
	OPENSSPI_OPTIONS options = { .Magic = OPENSSPI_OPTIONS_MAGIC,
				     .Size = sizeof(options),
				     .NtlmCallback = answer };
	SECURITY_STATUS status =
		OpensspiCertificateSelfSigned("demo.example", OpensspiKeyP256, &options.Certificate);

	if (status != SEC_E_OK)
		return status;
	status = AcquireCredentialsHandleA(NULL, (SEC_CHAR *)CREDSSP_NAME_A, SECPKG_CRED_INBOUND, NULL,
					   &options, NULL, NULL, credential, NULL);
	(void)OpensspiFreeCertificateContext(options.Certificate);
	return status;
}

static SECURITY_STATUS acquire_client(char *password, CredHandle *credential)
{
	SEC_WINNT_AUTH_IDENTITY_A identity = {
		.User = (unsigned char *)USER,
		.UserLength = sizeof(USER) - 1,
		.Domain = (unsigned char *)DOMAIN,
		.DomainLength = sizeof(DOMAIN) - 1,
		.Password = (unsigned char *)password,
		.PasswordLength = (uint32_t)strlen(password),
		.Flags = SEC_WINNT_AUTH_IDENTITY_ANSI,
	};
	CREDSSP_CRED both = { CredsspSubmitBufferBoth, NULL, &identity };
	/* NTLM does not prove who the server is. A real client pins its certificate instead of this flag. */
	OPENSSPI_OPTIONS options = { .Magic = OPENSSPI_OPTIONS_MAGIC,
				     .Size = sizeof(options),
				     .Flags = OPENSSPI_NTLM_DELEGATION,
				     .AuthData = &both };

	return AcquireCredentialsHandleA(NULL, (SEC_CHAR *)CREDSSP_NAME_A, SECPKG_CRED_OUTBOUND, NULL,
					 &options, NULL, NULL, credential, NULL);
}

/* --- The exchange -------------------------------------------------------------------------------------------- */

/* Gives `token` to one side and replaces it by the token that the side answers with. */
static void step(struct side *side, bool is_client, SecBuffer *token)
{
	SecBuffer in[] = { *token, { 0, SECBUFFER_EMPTY, NULL } };
	SecBuffer out = { 0, SECBUFFER_TOKEN, NULL };
	SecBufferDesc input = { SECBUFFER_VERSION, 2, in }, output = { SECBUFFER_VERSION, 1, &out };
	CtxtHandle *context = side->has_context ? &side->context : NULL;

	if (is_client)
		side->status = InitializeSecurityContextA(
			&side->credential, context, (SEC_CHAR *)"TERMSRV/demo.example",
			ISC_REQ_ALLOCATE_MEMORY | ISC_REQ_DELEGATE, 0, SECURITY_NATIVE_DREP,
			context ? &input : NULL, 0, &side->context, &output, NULL, NULL);
	else
		side->status = AcceptSecurityContext(
			&side->credential, context, &input, ASC_REQ_ALLOCATE_MEMORY | ASC_REQ_EXTENDED_ERROR,
			SECURITY_NATIVE_DREP, &side->context, &output, NULL, NULL);
	side->has_context = true;
	(void)FreeContextBuffer(token->pvBuffer);
	*token = out;
}

static void show(bool from_client, unsigned turn, bool refused, uint32_t size)
{
	const char *contents = turn < TURN_COUNT ? contents_of_turn[turn] : "something else";

	if (refused && turn == TURN_OF_PROOF)
		contents = "errorCode: no, and why";
	(void)printf("  client %s server %6u bytes   %s\n", from_client ? "-->" : "<--", size, contents);
}

/* Until nobody has anything to say any more. */
static void talk(struct side *client, struct side *server)
{
	SecBuffer token = { 0, SECBUFFER_TOKEN, NULL };

	for (unsigned turn = 0;; turn++) {
		bool is_client = turn % 2 == 0;

		step(is_client ? client : server, is_client, &token);
		if (token.cbBuffer == 0)
			break;
		show(is_client, turn, !is_client && server->status != SEC_I_CONTINUE_NEEDED, token.cbBuffer);
	}
	(void)FreeContextBuffer(token.pvBuffer);
}

/* --- What each side knows ------------------------------------------------------------------------------------ */

static void tell_delegated(struct side *server)
{
	OPENSSPI_DELEGATED_PASSWORD *delegated;

	if (OpensspiQueryDelegatedPassword(&server->context, &delegated) != SEC_E_OK)
		return;
	(void)printf("    delegated      the password of %s\\%s, %zu characters\n", delegated->Domain,
		     delegated->User, strlen(delegated->Password));
	(void)FreeContextBuffer(delegated); /* wipes it */
}

static void tell_server(struct side *server)
{
	OPENSSPI_DESCRIPTION *known;

	if (OpensspiDescribeContext(&server->context, &known) != SEC_E_OK)
		return;
	if (server->status == SEC_E_OK) {
		(void)printf("\n  The server says SEC_E_OK: %s\\%s is logged on.\n", known->Domain,
			     known->User);
		(void)printf("    package        %s, inside CREDSSP of version %u\n", known->InnerPackage,
			     known->CredSspVersion);
		(void)printf("    channel        TLS %s, %s\n", known->TlsVersion, known->TlsCipher);
		(void)printf("    authority      %s, who says whether the password is right\n",
			     known->Authority);
		tell_delegated(server);
	} else {
		(void)printf("\n  The server says %s: %s (%s).\n",
			     server->status == SEC_E_LOGON_DENIED ? "SEC_E_LOGON_DENIED" : "something else",
			     known->Sentence, known->Reason);
	}
	(void)FreeContextBuffer(known);
}

static void tell_client(struct side *client)
{
	OPENSSPI_DESCRIPTION *known;

	if (client->status == SEC_E_OK || OpensspiDescribeContext(&client->context, &known) != SEC_E_OK)
		return;
	(void)printf("  The client says: %s (NTSTATUS %08X).\n", known->Sentence, known->NtStatus);
	(void)printf("  The password itself never left the client.\n");
	(void)FreeContextBuffer(known);
}

/* --- The two logons ------------------------------------------------------------------------------------------ */

static SECURITY_STATUS log_on(const char *title, char *password)
{
	struct side client = { 0 }, server = { 0 };
	SECURITY_STATUS status = acquire_server(&server.credential);

	(void)printf("%s\n\n", title);
	if (status == SEC_E_OK)
		status = acquire_client(password, &client.credential);
	if (status != SEC_E_OK) {
		(void)printf("  no credential: %08X\n", (unsigned)status);
		return status;
	}
	talk(&client, &server);
	tell_server(&server);
	tell_client(&client);
	(void)DeleteSecurityContext(&client.context);
	(void)DeleteSecurityContext(&server.context);
	(void)FreeCredentialsHandle(&client.credential);
	(void)FreeCredentialsHandle(&server.credential);
	return server.status == SEC_E_OK ? client.status : server.status;
}

int main(void)
{
	char right[] = PASSWORD, wrong[] = WRONG_PASSWORD;
	SECURITY_STATUS granted, refused;

	(void)printf("A client logs on to a server by CREDSSP: InitializeSecurityContext on one side,\n"
		     "AcceptSecurityContext on the other. Both are in this process and hand each other their "
		     "tokens;\n"
		     "a program of yours would carry them over a network.\n\n");
	granted = log_on("1. " DOMAIN "\\" USER " with the right password", right);
	refused = log_on("\n2. " DOMAIN "\\" USER " with a wrong password", wrong);
	if (granted == SEC_E_OK && refused == SEC_E_LOGON_DENIED) {
		(void)printf("\nThe right password was let in, the wrong one was not.\n");
		return EXIT_SUCCESS;
	}
	(void)printf("\nThis is not how it should be: status %08X with the right password, %08X with the "
		     "wrong one.\n",
		     (unsigned)granted, (unsigned)refused);
	return EXIT_FAILURE;
}
