#include "logon.h"

enum { MARK = 0x0DDBA11 };

static unsigned char room[ROOM];

/* --- Credentials */

SEC_WINNT_AUTH_IDENTITY identity_of(const char *user, const char *domain, const char *password)
{
	SEC_WINNT_AUTH_IDENTITY identity = { 0 };

	identity.User = (text_of_identity *)text_of(user);
	identity.UserLength = (ULONG)strlen(user);
	identity.Domain = (text_of_identity *)text_of(domain);
	identity.DomainLength = (ULONG)strlen(domain);
	identity.Password = (text_of_identity *)text_of(password);
	identity.PasswordLength = (ULONG)strlen(password);
	identity.Flags = TEXT_FLAG;
	return identity;
}

static SECURITY_STATUS acquire_client(struct side *client, const char *password)
{
	SEC_WINNT_AUTH_IDENTITY identity = identity_of(HOST_USER, HOST_DOMAIN, password);
	SCHANNEL_CRED schannel = { .dwVersion = SCHANNEL_CRED_VERSION,
				   .dwFlags = SCH_CRED_MANUAL_CRED_VALIDATION | SCH_CRED_NO_DEFAULT_CREDS };
	CREDSSP_CRED both = { CredsspSubmitBufferBoth, &schannel, &identity };
	void *auth_data = &identity;

	if (strcmp(client->package, "CREDSSP") == 0)
		auth_data = &both;
	if (strcmp(client->package, "Schannel") == 0)
		auth_data = &schannel;
	return host_acquire_client(client->package, auth_data, &client->credential);
}

static bool is_stream(const char *package)
{
	return strcmp(package, "CREDSSP") == 0 || strcmp(package, "Schannel") == 0;
}

static void client_start_with(struct side *client, const char *package, const char *password)
{
	*client = (struct side) { .package = package, .is_client = true, .has_credential = true };
	client->request = is_stream(package) ? ISC_REQ_STREAM | ISC_REQ_MANUAL_CRED_VALIDATION
					     : ISC_REQ_CONFIDENTIALITY;
	if (strcmp(package, "CREDSSP") == 0)
		client->request |= ISC_REQ_DELEGATE;
	if (strcmp(package, "Schannel") == 0)
		client->request |= ISC_REQ_CONFIDENTIALITY;
	EXPECT_OK(acquire_client(client, password));
}

void client_start(struct side *client, const char *package)
{
	client_start_with(client, package, HOST_PASSWORD);
}

void server_start(struct side *server, const char *package)
{
	if (strcmp(package, "Schannel") == 0)
		host_needs_tls_server();
	*server = (struct side) { .package = package, .has_credential = true };
	server->request = is_stream(package) ? ASC_REQ_STREAM : ASC_REQ_CONFIDENTIALITY;
	EXPECT_OK(host_acquire_server(package, &server->credential));
}

void logon_start_with(struct logon *logon, const char *package, const char *password)
{
	client_start_with(&logon->client, package, password);
	server_start(&logon->server, package);
}

void logon_start(struct logon *logon, const char *package)
{
	logon_start_with(logon, package, HOST_PASSWORD);
}

void logon_start_tls12(struct logon *logon)
{
	logon_start(logon, "Schannel");
	EXPECT_OK(FreeCredentialsHandle(&logon->server.credential));
	EXPECT_OK(host_acquire_tls_server(SP_PROT_TLS1_2_SERVER, &logon->server.credential));
}

void side_end(struct side *side)
{
	if (side->has_context)
		EXPECT_OK(DeleteSecurityContext(&side->context));
	if (side->has_credential)
		EXPECT_OK(FreeCredentialsHandle(&side->credential));
	side->has_context = side->has_credential = false;
}

void logon_end(struct logon *logon)
{
	side_end(&logon->client);
	side_end(&logon->server);
}

/* --- One call */

unsigned char *call_room(void)
{
	return room;
}

void call_prepare(struct call *call, struct side *side, const void *token, ULONG size)
{
	static TimeStamp expiry;

	*call = (struct call) {
		.in = { { size, SECBUFFER_TOKEN, (void *)(uintptr_t)token }, { 0, SECBUFFER_EMPTY, NULL } },
		.out = { { ROOM, SECBUFFER_TOKEN, room } },
		.in_list = { SECBUFFER_VERSION, 2, NULL },
		.out_list = { SECBUFFER_VERSION, 1, NULL },
		.credential = &side->credential,
		.context = side->has_context ? &side->context : NULL,
		.made = { MARK, MARK },
		.target = text_of(HOST_TARGET),
		.request = side->request,
		.reached = MARK,
		.expiry = &expiry,
		.is_client = side->is_client,
	};
	room[0] = UNTOUCHED;
	call->in_list.pBuffers = call->in;
	call->out_list.pBuffers = call->out;
	call->input = side->is_client && !side->has_context ? NULL : &call->in_list;
	call->output = &call->out_list;
	call->new_context = &call->made;
}

void call_prepare_next(struct call *call, struct side *side)
{
	call_prepare(call, side, side->arrived.data, side->arrived.size);
}

SECURITY_STATUS call_do(struct call *call)
{
	if (call->is_client)
		return InitializeSecurityContext(call->credential, call->context, call->target, call->request,
						 0, SECURITY_NATIVE_DREP, call->input, 0, call->new_context,
						 call->output, &call->reached, call->expiry);
	return AcceptSecurityContext(call->credential, call->context, call->input, call->request,
				     SECURITY_NATIVE_DREP, call->new_context, call->output, &call->reached,
				     call->expiry);
}

void call_keep(const struct call *call, struct side *side)
{
	side->context = call->made;
	side->has_context = true;
}

bool call_made_nothing(const struct call *call)
{
	return call->made.dwLower == MARK && call->made.dwUpper == MARK;
}

/* --- A logon */

static void arrive(struct side *side, const void *data, ULONG size)
{
	EXPECT(size <= ROOM - side->arrived.size);
	memcpy(side->arrived.data + side->arrived.size, data, size);
	side->arrived.size += size;
}

static void keep_the_rest(struct side *side, const SecBuffer *empty)
{
	ULONG rest = empty->BufferType == SECBUFFER_EXTRA ? empty->cbBuffer : 0;

	EXPECT(rest <= side->arrived.size);
	memmove(side->arrived.data, side->arrived.data + side->arrived.size - rest, rest);
	side->arrived.size = rest;
}

void side_call(struct side *side, struct side *peer)
{
	struct call call;

	call_prepare_next(&call, side);
	side->status = call_do(&call);
	if (side->status == SEC_E_INCOMPLETE_MESSAGE)
		return;
	side->reached = call.reached;
	if (side->status >= 0) {
		keep_the_rest(side, &call.in[1]);
		if (!side->has_context)
			call_keep(&call, side);
	}
	if (side->status >= 0 ||
	    side->request & (side->is_client ? ISC_REQ_EXTENDED_ERROR : ASC_REQ_EXTENDED_ERROR))
		arrive(peer, room, call.out[0].cbBuffer);
}

static bool waits(const struct side *side)
{
	return !side->has_context || side->status == SEC_I_CONTINUE_NEEDED ||
	       side->status == SEC_E_INCOMPLETE_MESSAGE;
}

static bool go_on(struct side *side, struct side *peer)
{
	bool first = side->is_client && !side->has_context;

	if (side->status < 0 && side->status != SEC_E_INCOMPLETE_MESSAGE)
		return false;
	if (!waits(side) || (!first && side->arrived.size == 0))
		return false;
	side_call(side, peer);
	return true;
}

void logon_go_on(struct logon *logon)
{
	for (unsigned i = 0; i < 32; i++) {
		bool client_did = go_on(&logon->client, &logon->server);
		bool server_did = go_on(&logon->server, &logon->client);

		if (!client_did && !server_did)
			return;
	}
}

void logon_run(struct logon *logon, const char *package)
{
	if (strcmp(package, "Schannel") != 0)
		host_needs_accounts();
	logon_start(logon, package);
	logon_go_on(logon);
	EXPECT_OK(logon->client.status);
	EXPECT_OK(logon->server.status);
}

/* --- NTLM without a server. MS-NLMP 2.2.1.2 */

#define WIDE(a, b, c, d, e, f) a, 0, b, 0, c, 0, d, 0, e, 0, f, 0

const unsigned char ntlm_challenge[] = {
	'N',
	'T',
	'L',
	'M',
	'S',
	'S',
	'P',
	0,
	2,
	0,
	0,
	0, /* CHALLENGE */
	12,
	0,
	12,
	0,
	56,
	0,
	0,
	0, /* TargetName */
	0x35,
	0x82,
	0x8A,
	0xE2, /* NegotiateFlags */
	1,
	2,
	3,
	4,
	5,
	6,
	7,
	8,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0, /* ServerChallenge, Reserved */
	36,
	0,
	36,
	0,
	68,
	0,
	0,
	0, /* TargetInfo */
	10,
	0,
	0x63,
	0x45,
	0,
	0,
	0,
	15, /* Version */
	WIDE('S', 'E', 'R', 'V', 'E', 'R'),
	2,
	0,
	12,
	0,
	WIDE('S', 'E', 'R', 'V', 'E', 'R'), /* MsvAvNbDomainName */
	1,
	0,
	12,
	0,
	WIDE('S', 'E', 'R', 'V', 'E', 'R'), /* MsvAvNbComputerName */
	0,
	0,
	0,
	0, /* MsvAvEOL */
};
const ULONG ntlm_challenge_size = sizeof(ntlm_challenge);

void ntlm_client_run(struct side *client)
{
	static struct side nobody;

	nobody.arrived.size = 0;
	client_start(client, "NTLM");
	side_call(client, &nobody);
	EXPECT_STATUS(client->status, SEC_I_CONTINUE_NEEDED);
	arrive(client, ntlm_challenge, ntlm_challenge_size);
	side_call(client, &nobody);
	EXPECT_OK(client->status);
}
