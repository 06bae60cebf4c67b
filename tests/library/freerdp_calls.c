#include "library/freerdp_calls.h"

#include "support/hex.h"
#include "support/scratch.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

/* fContextReq as seen: confidentiality and mutual authentication; the server a few more. */
enum { CLIENT_REQUEST = 0x12, SERVER_REQUEST = 0x883A, NATIVE_DREP = 0x10 };
enum { MESSAGE_MAX = 4096 };

/* FreeRDP's own; a client sets it when a host name is configured for it. */
enum { ATTRIBUTE_HOST_NAME = 1108 };

/* --- Settings */

static uint32_t length_of(const WCHAR *text)
{
	uint32_t length = 0;

	while (text[length])
		length++;
	return length;
}

static WCHAR *mutable(const WCHAR *text)
{
	return (WCHAR *)(uintptr_t)text;
}

struct freerdp_identity freerdp_identity(const WCHAR *password)
{
	return (struct freerdp_identity) {
		.identity = {
			.Version = SEC_WINNT_AUTH_IDENTITY_VERSION,
			.Length = sizeof(SEC_WINNT_AUTH_IDENTITY_EXW),
			.User = mutable(FREERDP_USER),
			.UserLength = length_of(FREERDP_USER),
			.Domain = mutable(FREERDP_DOMAIN),
			.DomainLength = length_of(FREERDP_DOMAIN),
			.Password = mutable(password),
			.PasswordLength = length_of(password),
			.Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE | FREERDP_FLAG_DATA,
			.PackageList = mutable(u"!kerberos,!u2u"),
			.PackageListLength = length_of(u"!kerberos,!u2u"),
		},
		.version = 1,
		.ntlm_settings = (const void *)1,
		.kerberos_settings = (const void *)1,
	};
}

struct freerdp_identity freerdp_server_identity(void)
{
	struct freerdp_identity identity = freerdp_identity(u"");

	identity.identity.User = identity.identity.Domain = identity.identity.Password = NULL;
	identity.identity.UserLength = identity.identity.DomainLength = 0;
	return identity;
}

const char *freerdp_accounts(void)
{
	return scratch_text("accounts", "alice:CORP:fc525c9683e8fe067095ba2ddc971889\n");
}

OPENSSPI_OPTIONS freerdp_server_options(void *auth_data)
{
	return (OPENSSPI_OPTIONS) {
		.Magic = OPENSSPI_OPTIONS_MAGIC,
		.Size = sizeof(OPENSSPI_OPTIONS),
		.AuthData = auth_data,
		.AccountFile = freerdp_accounts(),
	};
}

/* --- Calls */

PSecurityFunctionTableA freerdp_table(const char *path)
{
	INIT_SECURITY_INTERFACE_A init;
	PSecurityFunctionTableA table;
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	void *symbol = library ? dlsym(library, "InitSecurityInterfaceA") : NULL;

	if (!symbol)
		fail_msg("%s", dlerror());
	memcpy(&init, &symbol, sizeof(init));
	table = init();
	assert_non_null(table);
	return table;
}

SECURITY_STATUS freerdp_start(struct freerdp_side *side, PSecurityFunctionTableA table, bool is_server,
			      void *auth_data)
{
	char name[] = "Negotiate";

	*side = (struct freerdp_side) { .table = table, .is_server = is_server };
	side->flags = is_server ? SERVER_REQUEST : CLIENT_REQUEST;
	assert_int_equal(table->QuerySecurityPackageInfoA(name, &side->info), SEC_E_OK);
	assert_string_equal(side->info->Name, name);
	side->token = (SecBuffer) { 0, SECBUFFER_TOKEN, malloc(side->info->cbMaxToken) };
	assert_non_null(side->token.pvBuffer);
	side->status = table->AcquireCredentialsHandleA(
		NULL, side->info->Name, is_server ? SECPKG_CRED_INBOUND : SECPKG_CRED_OUTBOUND, NULL,
		auth_data, NULL, NULL, &side->credential, NULL);
	side->has_credential = side->status == SEC_E_OK;
	return side->status;
}

/* A client's first call has an input, too: one buffer without anything. */
static void call(struct freerdp_side *side, SecBuffer input)
{
	char target[] = "TERMSRV/host";
	SecBufferDesc in = { SECBUFFER_VERSION, 1, &input }, out = { SECBUFFER_VERSION, 1, &side->token };
	PCtxtHandle context = side->has_context ? &side->context : NULL;

	side->token.cbBuffer = side->info->cbMaxToken;
	if (side->is_server)
		side->status = side->table->AcceptSecurityContext(&side->credential, context, &in,
								  side->flags, NATIVE_DREP, &side->context,
								  &out, &side->flags, NULL);
	else
		side->status = side->table->InitializeSecurityContextA(
			&side->credential, context, target, side->flags, 0, NATIVE_DREP, &in, 0,
			&side->context, &out, &side->flags, NULL);
	side->has_context |= side->status >= 0;
	assert_int_equal(side->token.BufferType, SECBUFFER_TOKEN);
}

static void configure_host_name(struct freerdp_side *client)
{
	char name[] = "client";

	(void)client->table->SetContextAttributesA(&client->context, ATTRIBUTE_HOST_NAME, name, sizeof(name));
}

static void ask_sizes(struct freerdp_side *side)
{
	assert_int_equal(
		side->table->QueryContextAttributesA(&side->context, SECPKG_ATTR_SIZES, &side->sizes),
		SEC_E_OK);
}

bool freerdp_log_on(struct freerdp_side *client, struct freerdp_side *server)
{
	call(client, (SecBuffer) { 0, SECBUFFER_EMPTY, NULL });
	if (client->status >= 0)
		configure_host_name(client);
	while (client->status >= 0 && client->token.cbBuffer) {
		call(server, client->token);
		if (server->status < 0 || !server->token.cbBuffer)
			break;
		call(client, server->token);
	}
	if (client->status != SEC_E_OK || server->status != SEC_E_OK)
		return false;
	ask_sizes(client);
	ask_sizes(server);
	return true;
}

/* The token lies in front of the data, on the wire as in memory. */
static SecBufferDesc message_of(SecBuffer buffers[2], uint8_t *bytes, uint32_t trailer, uint32_t size)
{
	buffers[0] = (SecBuffer) { trailer, SECBUFFER_TOKEN, bytes };
	buffers[1] = (SecBuffer) { size, SECBUFFER_DATA, bytes + trailer };
	return (SecBufferDesc) { SECBUFFER_VERSION, 2, buffers };
}

void freerdp_send(struct freerdp_side *from, struct freerdp_side *to, uint32_t size)
{
	uint8_t plain[MESSAGE_MAX], wire[2 * MESSAGE_MAX];
	uint32_t trailer = from->sizes.cbSecurityTrailer, quality = 1;
	SecBuffer buffers[2];
	SecBufferDesc message;

	assert_true(size <= sizeof(plain) && trailer <= MESSAGE_MAX);
	for (uint32_t i = 0; i < size; i++)
		plain[i] = (uint8_t)(from->sent + i);
	memcpy(wire + trailer, plain, size);
	message = message_of(buffers, wire, trailer, size);
	assert_int_equal(from->table->EncryptMessage(&from->context, 0, &message, from->sent++), SEC_E_OK);
	assert_int_equal(buffers[0].cbBuffer, trailer);
	assert_int_equal(buffers[1].cbBuffer, size);
	assert_memory_not_equal(wire + trailer, plain, size);
	message = message_of(buffers, wire, to->sizes.cbSecurityTrailer, size);
	assert_int_equal(to->table->DecryptMessage(&to->context, &message, to->received++, &quality),
			 SEC_E_OK);
	assert_int_equal(quality, 0);
	assert_int_equal(buffers[1].cbBuffer, size);
	assert_memory_equal(buffers[1].pvBuffer, plain, size);
}

void freerdp_end(struct freerdp_side *side)
{
	if (side->has_context)
		assert_int_equal(side->table->DeleteSecurityContext(&side->context), SEC_E_OK);
	if (side->has_credential)
		assert_int_equal(side->table->FreeCredentialHandle(&side->credential), SEC_E_OK);
	assert_int_equal(side->table->FreeContextBuffer(side->info), SEC_E_OK);
	free(side->token.pvBuffer);
	*side = (struct freerdp_side) { 0 };
}
