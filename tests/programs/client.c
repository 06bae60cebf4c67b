/*
 * A client of ours for `opensspi accept` and the example server, through the public interface alone:
 *
 *	client PORT rdp|raw PACKAGE DOMAIN USER PASSWORD [requestedProtocols [CredSSP version]]
 *
 * It vouches for whatever certificate it sees, as tests may; Negotiate goes in SPNEGO. It prints what it is told and
 * ends with 0 when it is let in, 3 when not, 2 when the connection broke.
 */
#include "base/byte_reader.h"
#include "rdp/connection_confirm.h"

#include <arpa/inet.h>
#include <opensspi.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum ending { LET_IN = 0, BROKEN = 2, REFUSED = 3 };

struct client {
	int socket;
	bool frames;       /* each token behind its length */
	uint32_t version;  /* of CredSSP, our highest; 0: the library's */
	bool has_answered; /* the last leg sent a token */
	struct byte_writer in;
	CredHandle credential;
	CtxtHandle context;
};

static int connect_to(const char *port)
{
	struct sockaddr_in there = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int connection = socket(AF_INET, SOCK_STREAM, 0);

	there.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
	return connect(connection, (struct sockaddr *)&there, sizeof(there)) == 0 ? connection : -1;
}

static bool send_all(struct client *client, struct slice bytes)
{
	return bytes.size == 0 ||
	       send(client->socket, bytes.data, bytes.size, MSG_NOSIGNAL) == (ssize_t)bytes.size;
}

static bool receive_more(struct client *client)
{
	uint8_t bytes[4096];
	ssize_t count = recv(client->socket, bytes, sizeof(bytes), 0);

	if (count <= 0)
		return false;
	writer_bytes(&client->in, slice_of(bytes, (size_t)count));
	return writer_ok(&client->in);
}

/* --- X.224 ------------------------------------------------------------------------------------------------- */

static bool negotiate(struct client *client, uint32_t requested, uint32_t *selected)
{
	const struct rdp_connection_request request = { .line = SLICE_LITERAL("Cookie: mstshash=test"),
							.has_negotiation = true,
							.requested_protocols = requested };
	CLEANUP(writer_wipe) struct byte_writer out = writer_growing();
	struct rdp_connection_confirm confirm;
	struct slice pdu;

	rdp_connection_request_write(&out, &request);
	if (!send_all(client, writer_slice(&out)))
		return false;
	for (;;) {
		struct byte_reader in = reader_of(writer_slice(&client->in));

		if (tpkt_take(&in, X224_CONNECTION_MAX, &pdu) == TPKT_WHOLE)
			break;
		if (!receive_more(client))
			return false;
	}
	if (!rdp_connection_confirm_parse(pdu, &confirm))
		return false;
	writer_drop_front(&client->in, pdu.size);
	*selected = confirm.selected_protocol;
	(void)printf(confirm.type == RDP_NEG_RSP ? "selectedProtocol %u\n" : "failureCode %u\n",
		     confirm.type == RDP_NEG_RSP ? confirm.selected_protocol : confirm.failure_code);
	return confirm.type == RDP_NEG_RSP;
}

/* MS-RDPBCGR 2.2.10.2: four zero bytes behind the logon. */
static bool receive_authorization_result(struct client *client)
{
	for (;;) {
		SecBuffer buffers[] = {
			{ (uint32_t)client->in.size, SECBUFFER_DATA, client->in.data },
			{ 0, SECBUFFER_EMPTY, NULL },
			{ 0, SECBUFFER_EMPTY, NULL },
			{ 0, SECBUFFER_EMPTY, NULL },
		};
		SecBufferDesc message = { SECBUFFER_VERSION, COUNT_OF(buffers), buffers };
		SECURITY_STATUS status = SEC_E_INCOMPLETE_MESSAGE;

		if (client->in.size)
			status = DecryptMessage(&client->context, &message, 0, NULL);
		if (status == SEC_E_OK && buffers[1].cbBuffer)
			return slice_equal(slice_of(buffers[1].pvBuffer, buffers[1].cbBuffer),
					   slice_of("\0\0\0", sizeof(uint32_t)));
		if (status != SEC_E_INCOMPLETE_MESSAGE || !receive_more(client))
			return false;
	}
}

/* --- The logon --------------------------------------------------------------------------------------------- */

static SECURITY_STATUS acquire(struct client *client, char *package, char *domain, char *user, char *password)
{
	SEC_WINNT_AUTH_IDENTITY_A identity = {
		.User = (unsigned char *)user,
		.UserLength = (uint32_t)strlen(user),
		.Domain = (unsigned char *)domain,
		.DomainLength = (uint32_t)strlen(domain),
		.Password = (unsigned char *)password,
		.PasswordLength = (uint32_t)strlen(password),
		.Flags = SEC_WINNT_AUTH_IDENTITY_ANSI,
	};
	CREDSSP_CRED both = { CredsspSubmitBufferBoth, NULL, &identity };
	OPENSSPI_OPTIONS options = {
		.Magic = OPENSSPI_OPTIONS_MAGIC,
		.Size = sizeof(options),
		.Flags = OPENSSPI_NTLM_DELEGATION |
			 (strcmp(package, NEGOSSP_NAME_A) == 0 ? OPENSSPI_ALWAYS_SPNEGO : 0),
		.Policy = client->version ? "vulnerable" : NULL,
		.CredSspVersion = client->version,
		.AuthData = strcmp(package, CREDSSP_NAME_A) == 0 ? (void *)&both : (void *)&identity,
	};

	return AcquireCredentialsHandleA(NULL, package, SECPKG_CRED_OUTBOUND, NULL, &options, NULL, NULL,
					 &client->credential, NULL);
}

/* One call with `input`; the token is sent. `unused` bytes at the end of `input` are for the next call. */
static SECURITY_STATUS leg(struct client *client, struct slice input, bool first, size_t *unused)
{
	CLEANUP(writer_wipe) struct byte_writer out = writer_growing();
	SecBuffer in[] = { { (uint32_t)input.size, SECBUFFER_TOKEN, (void *)(uintptr_t)input.data },
			   { 0, SECBUFFER_EMPTY, NULL } };
	SecBuffer token = { 0, SECBUFFER_TOKEN, NULL };
	SecBufferDesc input_list = { SECBUFFER_VERSION, COUNT_OF(in), in };
	SecBufferDesc output_list = { SECBUFFER_VERSION, 1, &token };
	SECURITY_STATUS status = InitializeSecurityContextA(
		&client->credential, first ? NULL : &client->context,
		(SEC_CHAR *)(uintptr_t) "TERMSRV/localhost",
		ISC_REQ_ALLOCATE_MEMORY | ISC_REQ_DELEGATE | ISC_REQ_CONFIDENTIALITY | ISC_REQ_INTEGRITY |
			ISC_REQ_EXTENDED_ERROR,
		0, SECURITY_NATIVE_DREP, first ? NULL : &input_list, 0, &client->context, &output_list, NULL,
		NULL);

	*unused = in[1].BufferType == SECBUFFER_EXTRA ? in[1].cbBuffer : 0;
	if (client->frames && token.cbBuffer)
		writer_u32be(&out, token.cbBuffer);
	writer_bytes(&out, slice_of(token.pvBuffer, token.cbBuffer));
	client->has_answered = token.cbBuffer > 0;
	if (status != SEC_E_INCOMPLETE_MESSAGE && !send_all(client, writer_slice(&out)))
		status = SEC_E_CONTEXT_EXPIRED;
	(void)FreeContextBuffer(token.pvBuffer);
	return status;
}

static SECURITY_STATUS log_on_by_stream(struct client *client)
{
	size_t unused = 0;
	SECURITY_STATUS status = leg(client, slice_of(NULL, 0), true, &unused);

	while (status == SEC_I_CONTINUE_NEEDED || status == SEC_E_INCOMPLETE_MESSAGE) {
		if ((client->in.size == 0 || status == SEC_E_INCOMPLETE_MESSAGE) && !receive_more(client))
			return SEC_E_CONTEXT_EXPIRED;
		status = leg(client, writer_slice(&client->in), false, &unused);
		if (status != SEC_E_INCOMPLETE_MESSAGE)
			writer_drop_front(&client->in, client->in.size - unused);
	}
	return status;
}

/* False: the server closed the connection. */
static bool receive_frame(struct client *client, struct slice *token)
{
	for (;;) {
		struct byte_reader in = reader_of(writer_slice(&client->in));
		uint16_t high, low;

		if (reader_u16be(&in, &high) && reader_u16be(&in, &low) && high == 0 &&
		    reader_take(&in, low, token))
			return true;
		if (!receive_more(client))
			return false;
	}
}

/* The server takes a last token of ours by an empty one. */
static SECURITY_STATUS log_on_by_frames(struct client *client)
{
	size_t unused;
	SECURITY_STATUS status = leg(client, slice_of(NULL, 0), true, &unused);
	struct slice token;

	while (status == SEC_I_CONTINUE_NEEDED) {
		if (!receive_frame(client, &token))
			return SEC_E_CONTEXT_EXPIRED;
		status = leg(client, token, false, &unused);
		writer_drop_front(&client->in, 4 + token.size);
	}
	if (status == SEC_E_OK && client->has_answered && !(receive_frame(client, &token) && token.size == 0))
		status = SEC_E_LOGON_DENIED;
	return status;
}

static enum ending conclude(struct client *client, SECURITY_STATUS status)
{
	OPENSSPI_DESCRIPTION *known = NULL;

	if (SecIsValidHandle(&client->context) &&
	    OpensspiDescribeContext(&client->context, &known) == SEC_E_OK)
		(void)printf("%s, NTSTATUS %08X\n", known->Reason, known->NtStatus);
	(void)FreeContextBuffer(known);
	(void)printf("status %08X\n", (unsigned)status);
	return status == SEC_E_OK ? LET_IN : status == SEC_E_CONTEXT_EXPIRED ? BROKEN : REFUSED;
}

static enum ending run(struct client *client, char **words, uint32_t requested)
{
	uint32_t selected = 0;
	SECURITY_STATUS status;
	enum ending ending;

	SecInvalidateHandle(&client->context);
	if (strcmp(words[2], "rdp") == 0 && !negotiate(client, requested, &selected))
		return REFUSED;
	if (acquire(client, words[3], words[4], words[5], words[6]) != SEC_E_OK)
		return BROKEN;
	status = client->frames ? log_on_by_frames(client) : log_on_by_stream(client);
	ending = conclude(client, status);
	if (ending == LET_IN && selected == RDP_PROTOCOL_HYBRID_EX && !receive_authorization_result(client))
		ending = REFUSED;
	if (SecIsValidHandle(&client->context))
		(void)DeleteSecurityContext(&client->context);
	(void)FreeCredentialsHandle(&client->credential);
	return ending;
}

int main(int count, char **words)
{
	struct client client = { .in = writer_growing() };
	enum ending ending;

	if (count < 7) {
		(void)fprintf(stderr,
			      "usage: client PORT rdp|raw PACKAGE DOMAIN USER PASSWORD [requestedProtocols "
			      "[CredSSP version]]\n");
		return 1;
	}
	client.frames = strcmp(words[3], CREDSSP_NAME_A) != 0;
	client.version = count > 8 ? (uint32_t)strtoul(words[8], NULL, 10) : 0;
	client.socket = connect_to(words[1]);
	if (client.socket < 0)
		return BROKEN;
	ending = run(&client, words, count > 7 ? (uint32_t)strtoul(words[7], NULL, 0) : RDP_PROTOCOL_HYBRID);
	(void)close(client.socket);
	writer_wipe(&client.in);
	return ending;
}
