/*
 * docs/api.md: what each function says of a context in each state, by package. Every cell is a call on a context of its
 * own that was brought there; nothing is written down. Without an argument the page goes to standard output; with -W
 * the W functions are called. tests/conformance/test_api_table.py compares.
 */
#include "base/compiler.h"
#include "status_name.h"
#include "support/exchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { ROOM = 32 * 1024 };

static bool wide;
static const char key_file[] = "api-table.key";

/* One context that a cell is about, and the exchange that it belongs to. */
struct subject {
	struct exchange exchange;
	struct exchange_side *side, *peer;
	CtxtHandle handle;
	PCtxtHandle context; /* what is passed: NULL in one of the states */
	bool stream;
	SECURITY_STATUS (*inside)(struct subject *); /* called by the authority's callback */
	SECURITY_STATUS answer;
};

static void require(bool true_always, const char *what)
{
	if (true_always)
		return;
	fprintf(stderr, "api_table: %s\n", what);
	exit(1);
}

/* --- The functions */

static SECURITY_STATUS encrypt(PCtxtHandle context, bool stream, SecBuffer *list, uint8_t *memory)
{
	static const char text[] = "hello";
	SecBufferDesc desc = { SECBUFFER_VERSION, stream ? 4 : 2, list };

	memcpy(memory + 64, text, sizeof(text));
	list[0] =
		(SecBuffer) { stream ? 13 : 16, stream ? SECBUFFER_STREAM_HEADER : SECBUFFER_TOKEN, memory };
	list[1] = (SecBuffer) { sizeof(text), SECBUFFER_DATA, memory + 64 };
	list[2] = (SecBuffer) { 44, SECBUFFER_STREAM_TRAILER, memory + 128 };
	list[3] = (SecBuffer) { 0, SECBUFFER_EMPTY, NULL };
	return EncryptMessage(context, 0, &desc, 0);
}

/* What the peer has sealed, or what nobody has. */
static size_t message_of_peer(struct subject *subject, uint8_t message[512])
{
	uint8_t memory[512];
	SecBuffer list[4];
	size_t size = 0;

	memset(message, 0x17, 512);
	if (!subject->peer || encrypt(&subject->peer->context, subject->stream, list, memory) != SEC_E_OK)
		return 64;
	for (uint32_t i = 0; i < (subject->stream ? 3u : 2u); i++) {
		memcpy(message + size, list[i].pvBuffer, list[i].cbBuffer);
		size += list[i].cbBuffer;
	}
	return size;
}

static SECURITY_STATUS leg(struct subject *subject, bool accept)
{
	static uint8_t room[ROOM];
	SecBuffer in[] = { { 0, SECBUFFER_TOKEN, NULL }, { 0, SECBUFFER_EMPTY, NULL } };
	SecBuffer out[] = { { sizeof(room), SECBUFFER_TOKEN, room } };
	SecBufferDesc in_list = { SECBUFFER_VERSION, 2, in }, out_list = { SECBUFFER_VERSION, 1, out };
	CtxtHandle none;

	none.dwLower = none.dwUpper = 0;
	if (accept)
		return AcceptSecurityContext(NULL, subject->context, &in_list, 0, 0, &none, &out_list, NULL,
					     NULL);
	if (wide)
		return InitializeSecurityContextW(NULL, subject->context, NULL, 0, 0, 0, &in_list, 0, &none,
						  &out_list, NULL, NULL);
	return InitializeSecurityContextA(NULL, subject->context, NULL, 0, 0, 0, &in_list, 0, &none,
					  &out_list, NULL, NULL);
}

static SECURITY_STATUS initiate(struct subject *subject)
{
	return leg(subject, false);
}

static SECURITY_STATUS accept(struct subject *subject)
{
	return leg(subject, true);
}

static SECURITY_STATUS complete(struct subject *subject)
{
	SecBufferDesc list = { SECBUFFER_VERSION, 0, NULL };

	return CompleteAuthToken(subject->context, &list);
}

static SECURITY_STATUS shut_down(PCtxtHandle context)
{
	uint32_t token = SCHANNEL_SHUTDOWN;
	SecBuffer buffer = { sizeof(token), SECBUFFER_TOKEN, &token };
	SecBufferDesc list = { SECBUFFER_VERSION, 1, &buffer };

	return ApplyControlToken(context, &list);
}

static SECURITY_STATUS control(struct subject *subject)
{
	return shut_down(subject->context);
}

static SECURITY_STATUS query(struct subject *subject)
{
	SecPkgContext_Flags flags;

	return (wide ? QueryContextAttributesW : QueryContextAttributesA)(subject->context, SECPKG_ATTR_FLAGS,
									  &flags);
}

static SECURITY_STATUS query_negotiation(struct subject *subject)
{
	SecPkgContext_NegotiationInfoA info;
	SECURITY_STATUS status = (wide ? QueryContextAttributesExW : QueryContextAttributesExA)(
		subject->context, SECPKG_ATTR_NEGOTIATION_INFO, &info, sizeof(info));

	if (status == SEC_E_OK)
		(void)FreeContextBuffer(info.PackageInfo);
	return status;
}

static SECURITY_STATUS set(struct subject *subject)
{
	uint8_t data[16] = { 0 };

	return (wide ? SetContextAttributesW : SetContextAttributesA)(subject->context, SECPKG_ATTR_APP_DATA,
								      data, sizeof(data));
}

static SECURITY_STATUS seal(struct subject *subject)
{
	uint8_t memory[512];
	SecBuffer list[4];

	return encrypt(subject->context, subject->stream, list, memory);
}

static SECURITY_STATUS open_message(struct subject *subject)
{
	uint8_t message[512];
	uint32_t size = (uint32_t)message_of_peer(subject, message);
	SecBuffer list[] = { { size, subject->stream ? SECBUFFER_DATA : SECBUFFER_STREAM, message },
			     { 0, subject->stream ? SECBUFFER_EMPTY : SECBUFFER_DATA, NULL },
			     { 0, SECBUFFER_EMPTY, NULL },
			     { 0, SECBUFFER_EMPTY, NULL } };
	SecBufferDesc desc = { SECBUFFER_VERSION, 4, list };

	return DecryptMessage(subject->context, &desc, 0, NULL);
}

static SECURITY_STATUS sign_as(PCtxtHandle context, uint8_t signature[16], uint8_t data[4])
{
	SecBuffer list[] = { { 16, SECBUFFER_TOKEN, signature }, { 4, SECBUFFER_DATA, data } };
	SecBufferDesc desc = { SECBUFFER_VERSION, 2, list };

	return MakeSignature(context, 0, &desc, 0);
}

static SECURITY_STATUS sign(struct subject *subject)
{
	uint8_t signature[16], data[4] = "abc";

	return sign_as(subject->context, signature, data);
}

static SECURITY_STATUS verify(struct subject *subject)
{
	uint8_t signature[16] = { 1 }, data[4] = "abc";
	SecBuffer list[] = { { 16, SECBUFFER_TOKEN, signature }, { 4, SECBUFFER_DATA, data } };
	SecBufferDesc desc = { SECBUFFER_VERSION, 2, list };

	if (subject->peer)
		(void)sign_as(&subject->peer->context, signature, data);
	return VerifySignature(subject->context, &desc, 0, NULL);
}

static SECURITY_STATUS export_as(PCtxtHandle context)
{
	SecBuffer packed = { 0, SECBUFFER_EMPTY, NULL };
	SECURITY_STATUS status = ExportSecurityContext(context, 0, &packed, NULL);

	if (status == SEC_E_OK)
		(void)FreeContextBuffer(packed.pvBuffer);
	return status;
}

static SECURITY_STATUS export_context(struct subject *subject)
{
	return export_as(subject->context);
}

static SECURITY_STATUS query_token(struct subject *subject)
{
	HANDLE token;
	SECURITY_STATUS status = QuerySecurityContextToken(subject->context, &token);

	if (status == SEC_E_OK)
		(void)OpensspiCloseHandle(token);
	return status;
}

static SECURITY_STATUS impersonate(struct subject *subject)
{
	return ImpersonateSecurityContext(subject->context);
}

static SECURITY_STATUS revert(struct subject *subject)
{
	return RevertSecurityContext(subject->context);
}

static SECURITY_STATUS describe(struct subject *subject)
{
	OPENSSPI_DESCRIPTION *description;
	SECURITY_STATUS status = OpensspiDescribeContext(subject->context, &description);

	if (status == SEC_E_OK)
		(void)FreeContextBuffer(description);
	return status;
}

static SECURITY_STATUS delete (struct subject *subject)
{
	SECURITY_STATUS status = DeleteSecurityContext(subject->context);

	if (status == SEC_E_OK && subject->side)
		subject->side->has_context = false;
	return status;
}

static const struct {
	const char *name; /* * stands for the A and the W form */
	SECURITY_STATUS (*call)(struct subject *);
} functions[] = {
	{ "InitializeSecurityContext*, no input", initiate },
	{ "AcceptSecurityContext, no input", accept },
	{ "CompleteAuthToken", complete },
	{ "ApplyControlToken, SHUTDOWN", control },
	{ "QueryContextAttributes*, FLAGS", query },
	{ "QueryContextAttributesEx*, NEGOTIATION_INFO", query_negotiation },
	{ "SetContextAttributes*, APP_DATA", set },
	{ "EncryptMessage", seal },
	{ "DecryptMessage, of the peer", open_message },
	{ "MakeSignature", sign },
	{ "VerifySignature, of the peer", verify },
	{ "ExportSecurityContext", export_context },
	{ "QuerySecurityContextToken", query_token },
	{ "ImpersonateSecurityContext", impersonate },
	{ "RevertSecurityContext", revert },
	{ "OpensspiDescribeContext", describe },
	{ "DeleteSecurityContext", delete },
};

/* --- The states */

static void begin(struct subject *subject, const char *package)
{
	struct exchange_settings settings = exchange_usual(package);

	exchange_start(&subject->exchange, &settings);
}

static void log_on(struct subject *subject, const char *package)
{
	begin(subject, package);
	require(exchange_run(&subject->exchange), "no logon");
}

/* Both sides' handles may be called about. */
static void choose(struct subject *subject, struct exchange_side *side, struct exchange_side *peer)
{
	subject->side = side;
	subject->peer = peer;
	subject->handle = side->context;
	subject->context = &subject->handle;
}

static bool null_handle(struct subject *subject, const char *package)
{
	begin(subject, package);
	subject->context = NULL;
	return true;
}

static bool deleted(struct subject *subject, const char *package)
{
	log_on(subject, package);
	choose(subject, &subject->exchange.server, NULL);
	require(DeleteSecurityContext(&subject->handle) == SEC_E_OK, "no deletion");
	subject->exchange.server.has_context = false;
	return true;
}

static bool of_credential(struct subject *subject, const char *package)
{
	begin(subject, package);
	subject->handle = subject->exchange.server.credential;
	subject->context = &subject->handle;
	return true;
}

static bool client_under_way(struct subject *subject, const char *package)
{
	begin(subject, package);
	exchange_call(&subject->exchange, &subject->exchange.client);
	choose(subject, &subject->exchange.client, NULL);
	return true;
}

static bool server_under_way(struct subject *subject, const char *package)
{
	begin(subject, package);
	exchange_call(&subject->exchange, &subject->exchange.client);
	exchange_call(&subject->exchange, &subject->exchange.server);
	choose(subject, &subject->exchange.server, NULL);
	return true;
}

static bool client_finished(struct subject *subject, const char *package)
{
	log_on(subject, package);
	choose(subject, &subject->exchange.client, &subject->exchange.server);
	return true;
}

static bool server_finished(struct subject *subject, const char *package)
{
	log_on(subject, package);
	choose(subject, &subject->exchange.server, &subject->exchange.client);
	return true;
}

/* By bytes that are no token. */
static bool refused(struct subject *subject, const char *package)
{
	struct exchange_bytes *arrived = &subject->exchange.server.arrived;

	server_under_way(subject, package);
	arrived->size = 64;
	memset(arrived->data, 0xEE, arrived->size);
	exchange_call(&subject->exchange, &subject->exchange.server);
	return true;
}

static void call_inside(void *argument)
{
	struct subject *subject = argument;

	choose(subject, &subject->exchange.server, NULL);
	subject->answer = subject->inside(subject);
	subject->exchange.server.has_context = true; /* a deletion in here is another state's */
}

/* By a callback, in the call that asks it. */
static bool in_use(struct subject *subject, const char *package)
{
	struct exchange_settings settings = exchange_usual(package);

	if (strcmp(package, "Schannel") == 0 || subject->inside == delete)
		return false;
	settings.inside_callback = call_inside;
	settings.argument = subject;
	exchange_start(&subject->exchange, &settings);
	(void)exchange_run(&subject->exchange);
	return true;
}

static bool shut_down_here(struct subject *subject, const char *package)
{
	if (!subject->stream)
		return false;
	server_finished(subject, package);
	require(shut_down(subject->context) == SEC_E_OK && leg(subject, true) == SEC_E_OK, "no shutdown");
	return true;
}

static bool exported(struct subject *subject, const char *package)
{
	if (subject->stream)
		return false;
	server_finished(subject, package);
	require(export_as(subject->context) == SEC_E_OK, "no export");
	return true;
}

static const struct {
	const char *name;
	bool (*reach)(struct subject *, const char *package); /* false: the package has no such state */
} states[] = {
	{ "NULL", null_handle },
	{ "deleted", deleted },
	{ "a credential's handle", of_credential },
	{ "client under way", client_under_way },
	{ "server under way", server_under_way },
	{ "server in use", in_use },
	{ "client finished", client_finished },
	{ "server finished", server_finished },
	{ "refused", refused },
	{ "shut down", shut_down_here },
	{ "exported", exported },
};

/* --- The page */

static void print_cell(const char *package, size_t function, size_t state)
{
	static struct subject subject;
	SECURITY_STATUS status;

	memset(&subject, 0, sizeof(subject));
	subject.stream = strcmp(package, "CREDSSP") == 0 || strcmp(package, "Schannel") == 0;
	subject.inside = functions[function].call;
	if (!states[state].reach(&subject, package)) {
		printf(" - |");
		return;
	}
	status = states[state].reach == in_use ? subject.answer : functions[function].call(&subject);
	printf(" %s |", status_name(status) + strlen("SEC_"));
	exchange_end(&subject.exchange);
}

static void print_package(const char *package)
{
	printf("\n## %s\n\n| |", package);
	for (size_t i = 0; i < COUNT_OF(states); i++)
		printf(" %s |", states[i].name);
	printf("\n|---|");
	for (size_t i = 0; i < COUNT_OF(states); i++)
		printf("---|");
	for (size_t i = 0; i < COUNT_OF(functions); i++) {
		printf("\n| %s |", functions[i].name);
		for (size_t j = 0; j < COUNT_OF(states); j++)
			print_cell(package, i, j);
	}
	printf("\n");
}

static void configure(void)
{
	OPENSSPI_CONFIGURATION configuration = { .Size = sizeof(configuration), .ContextKeyFile = key_file };
	uint8_t key[32];
	FILE *file;

	memset(key, 0x4B, sizeof(key));
	(void)umask(S_IRWXG | S_IRWXO); /* a key is its owner's */
	file = fopen(key_file, "wb");
	require(file && fwrite(key, sizeof(key), 1, file) == 1 && fclose(file) == 0, "no key file");
	require(OpensspiConfigure(&configuration) == SEC_E_OK, "no configuration");
}

int main(int argc, char **argv)
{
	static const char *const packages[] = { "CREDSSP", "Negotiate", "NTLM", "Schannel" };

	wide = argc > 1 && strcmp(argv[1], "-W") == 0;
	configure();
	printf("# What the functions of a context say in every state\n\n"
	       "Made by `make api`, which calls each function on a context that was brought into the state, "
	       "and held by a\n"
	       "test that does the same. A `*` stands for A and W, which answer alike. SEC_ is left out. "
	       "`-`: the package\n"
	       "has no such state.\n");
	for (size_t i = 0; i < COUNT_OF(packages); i++)
		print_package(packages[i]);
	(void)remove(key_file);
	return 0;
}
