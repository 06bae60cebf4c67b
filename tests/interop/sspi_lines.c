/*
 * One context of ours on standard input and output, for tests/interop: sspi_lines accept|initiate PACKAGE NAME VALUE...
 * A command a line, bytes in hexadecimal, "-" for none; gss_lines.py speaks the same.
 *
 *	TOKEN bytes    a token of the peer; `-` begins          -> DONE bytes, CONTINUE bytes, or FAILED reason bytes
 *	SEAL bytes [beside]   token and data as one              -> BYTES bytes
 *	OPEN bytes [beside]   `beside` is signed alone            -> BYTES bytes
 *	SIGN bytes     the signature                            -> BYTES bytes
 *	VERIFY bytes signature                                  -> BYTES -
 *	KEY, WHO                                                -> BYTES bytes
 *	EXPORT         the context goes on elsewhere            -> BYTES block
 *	FLAGS          what was reached, ISC_RET_ or ASC_RET_, as a number in four bytes -> BYTES bytes
 *	ACT package target   an acceptor becomes the initiator that acts as its client; texts as bytes -> BYTES -
 * Whatever fails: FAILED reason. sspi_lines import PACKAGE key FILE block BYTES goes on with an exported context.
 */
#include "base/compiler.h"

#include <opensspi.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BYTES_MAX = 64 * 1024, LINE_MAX = 4 * BYTES_MAX + 64 };

struct bytes {
	uint8_t data[BYTES_MAX];
	uint32_t size;
};

static struct {
	bool accept;
	CredHandle credential;
	CtxtHandle context;
	bool has_context;
	char *target;
	uint32_t requested, reached;
	uint8_t bindings[sizeof(SEC_CHANNEL_BINDINGS) + 256];
	uint32_t bindings_size;
	uint32_t trailer, signature;
} side;

static void say_bytes(const char *word, const void *data, size_t size)
{
	(void)printf("%s ", word);
	for (size_t i = 0; i < size; i++)
		(void)printf("%02x", ((const uint8_t *)data)[i]);
	(void)printf("%s\n", size ? "" : "-");
	(void)fflush(stdout);
}

static void say_failure(PCtxtHandle context, const void *token, size_t size)
{
	OPENSSPI_DESCRIPTION *known = NULL;
	char word[80];

	if (OpensspiDescribeContext(context, &known) != SEC_E_OK)
		known = NULL;
	(void)snprintf(word, sizeof(word), "FAILED %s", known && known->Reason ? known->Reason : "?");
	(void)FreeContextBuffer(known);
	say_bytes(word, token, size);
}

static bool read_bytes(const char *text, struct bytes *bytes)
{
	bytes->size = 0;
	if (!text || strcmp(text, "-") == 0)
		return true;
	for (; text[0] && text[1] && bytes->size < BYTES_MAX; text += 2) {
		char pair[3] = { text[0], text[1], 0 };

		bytes->data[bytes->size++] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return !text[0];
}

static void step(struct bytes *token)
{
	static uint8_t memory[BYTES_MAX];
	SecBuffer in[] = { { token->size, SECBUFFER_TOKEN, token->data },
			   { side.bindings_size, SECBUFFER_CHANNEL_BINDINGS, side.bindings } };
	SecBuffer out = { sizeof(memory), SECBUFFER_TOKEN, memory };
	SecBufferDesc in_list = { SECBUFFER_VERSION, side.bindings_size ? 2 : 1, in };
	SecBufferDesc out_list = { SECBUFFER_VERSION, 1, &out };
	PCtxtHandle context = side.has_context ? &side.context : NULL;
	SECURITY_STATUS status;

	if (side.accept)
		status = AcceptSecurityContext(&side.credential, context, &in_list,
					       ASC_REQ_EXTENDED_ERROR | side.requested, SECURITY_NATIVE_DREP,
					       &side.context, &out_list, &side.reached, NULL);
	else
		status = InitializeSecurityContextA(
			&side.credential, context, side.target,
			ISC_REQ_MUTUAL_AUTH | ISC_REQ_CONFIDENTIALITY | ISC_REQ_REPLAY_DETECT |
				ISC_REQ_SEQUENCE_DETECT | side.requested,
			0, SECURITY_NATIVE_DREP, &in_list, 0, &side.context, &out_list, &side.reached, NULL);
	if (status == SEC_E_OK || status == SEC_I_CONTINUE_NEEDED) {
		side.has_context = true;
		say_bytes(status == SEC_E_OK ? "DONE" : "CONTINUE", out.pvBuffer, out.cbBuffer);
	} else {
		say_failure(context, out.pvBuffer, out.cbBuffer);
	}
}

static bool know_sizes(void)
{
	SecPkgContext_Sizes sizes;

	if (QueryContextAttributesA(&side.context, SECPKG_ATTR_SIZES, &sizes) != SEC_E_OK)
		return false;
	side.trailer = sizes.cbSecurityTrailer;
	side.signature = sizes.cbMaxSignature;
	return true;
}

static void seal(struct bytes *plain, struct bytes *beside)
{
	static uint8_t whole[BYTES_MAX];
	SecBuffer buffers[] = { { side.trailer, SECBUFFER_TOKEN, whole },
				{ beside->size, SECBUFFER_DATA | SECBUFFER_READONLY_WITH_CHECKSUM,
				  beside->data },
				{ plain->size, SECBUFFER_DATA, whole + side.trailer } };
	SecBufferDesc list = { SECBUFFER_VERSION, COUNT_OF(buffers), buffers };

	if (plain->size > sizeof(whole) - side.trailer) {
		say_bytes("FAILED line", NULL, 0);
		return;
	}
	memcpy(whole + side.trailer, plain->data, plain->size);
	if (EncryptMessage(&side.context, 0, &list, 0) != SEC_E_OK || buffers[0].cbBuffer != side.trailer)
		say_failure(&side.context, NULL, 0);
	else
		say_bytes("BYTES", whole, side.trailer + plain->size);
}

/* What lies beside wants our own cut. */
static void open_parts(struct bytes *blob, struct bytes *beside)
{
	uint32_t token = blob->size < side.trailer ? blob->size : side.trailer;
	SecBuffer buffers[] = { { token, SECBUFFER_TOKEN, blob->data },
				{ beside->size, SECBUFFER_DATA | SECBUFFER_READONLY_WITH_CHECKSUM,
				  beside->data },
				{ blob->size - token, SECBUFFER_DATA, blob->data + token } };
	SecBufferDesc list = { SECBUFFER_VERSION, COUNT_OF(buffers), buffers };
	SECURITY_STATUS status = DecryptMessage(&side.context, &list, 0, NULL);

	if (status != SEC_E_OK)
		say_bytes(status == SEC_E_MESSAGE_ALTERED ? "FAILED altered" : "FAILED otherwise", NULL, 0);
	else
		say_bytes("BYTES", buffers[2].pvBuffer, buffers[2].cbBuffer);
}

static void open(struct bytes *blob)
{
	SecBuffer buffers[] = { { blob->size, SECBUFFER_STREAM, blob->data }, { 0, SECBUFFER_DATA, NULL } };
	SecBufferDesc list = { SECBUFFER_VERSION, 2, buffers };

	if (DecryptMessage(&side.context, &list, 0, NULL) != SEC_E_OK)
		say_failure(&side.context, NULL, 0);
	else
		say_bytes("BYTES", buffers[1].pvBuffer, buffers[1].cbBuffer);
}

static void sign(struct bytes *plain)
{
	uint8_t token[256];
	SecBuffer buffers[] = { { side.signature, SECBUFFER_TOKEN, token },
				{ plain->size, SECBUFFER_DATA, plain->data } };
	SecBufferDesc list = { SECBUFFER_VERSION, 2, buffers };

	if (side.signature > sizeof(token) || MakeSignature(&side.context, 0, &list, 0) != SEC_E_OK)
		say_failure(&side.context, NULL, 0);
	else
		say_bytes("BYTES", token, buffers[0].cbBuffer);
}

static void verify(struct bytes *plain, struct bytes *signature)
{
	SecBuffer buffers[] = { { signature->size, SECBUFFER_TOKEN, signature->data },
				{ plain->size, SECBUFFER_DATA, plain->data } };
	SecBufferDesc list = { SECBUFFER_VERSION, 2, buffers };

	if (VerifySignature(&side.context, &list, 0, NULL) != SEC_E_OK)
		say_failure(&side.context, NULL, 0);
	else
		say_bytes("BYTES", NULL, 0);
}

static void say_key(void)
{
	SecPkgContext_SessionKey key = { 0, NULL };

	if (QueryContextAttributesA(&side.context, SECPKG_ATTR_SESSION_KEY, &key) != SEC_E_OK)
		say_failure(&side.context, NULL, 0);
	else
		say_bytes("BYTES", key.SessionKey, key.SessionKeyLength);
	(void)FreeContextBuffer(key.SessionKey);
}

static void say_who(void)
{
	SecPkgContext_NamesA names = { NULL };

	if (QueryContextAttributesA(&side.context, SECPKG_ATTR_NAMES, &names) != SEC_E_OK)
		say_failure(&side.context, NULL, 0);
	else
		say_bytes("BYTES", names.sUserName, strlen(names.sUserName));
	(void)FreeContextBuffer(names.sUserName);
}

static void say_block(void)
{
	SecBuffer block = { 0, SECBUFFER_EMPTY, NULL };

	if (ExportSecurityContext(&side.context, SECPKG_CONTEXT_EXPORT_DELETE_OLD, &block, NULL) !=
	    SEC_E_OK) {
		say_failure(&side.context, NULL, 0);
		return;
	}
	side.has_context = false;
	say_bytes("BYTES", block.pvBuffer, block.cbBuffer);
	(void)FreeContextBuffer(block.pvBuffer);
}

static char *text_of(const struct bytes *bytes)
{
	char *text = malloc(bytes->size + 1);

	if (text) {
		memcpy(text, bytes->data, bytes->size);
		text[bytes->size] = 0;
	}
	return text;
}

/* What came in with goes away first: the new credential lives on its own. */
static void act_as_client(const struct bytes *package, const struct bytes *target)
{
	CredHandle acting;
	char *name = text_of(package);
	SECURITY_STATUS status = OpensspiDelegatedCredential(&side.context, name, &acting, NULL);

	free(name);
	if (status != SEC_E_OK) {
		say_failure(NULL, NULL, 0);
		return;
	}
	(void)DeleteSecurityContext(&side.context);
	(void)FreeCredentialsHandle(&side.credential);
	side.credential = acting;
	side.target = text_of(target);
	side.accept = side.has_context = false;
	say_bytes("BYTES", NULL, 0);
}

static void obey(char *line)
{
	static struct bytes first, second;
	char *rest = NULL, *word = strtok_r(line, " \n", &rest);

	if (!word || !read_bytes(strtok_r(NULL, " \n", &rest), &first) ||
	    !read_bytes(strtok_r(NULL, " \n", &rest), &second))
		say_bytes("FAILED line", NULL, 0);
	else if (strcmp(word, "TOKEN") == 0)
		step(&first);
	else if (!know_sizes())
		say_bytes("FAILED unfinished", NULL, 0);
	else if (strcmp(word, "SEAL") == 0)
		seal(&first, &second);
	else if (strcmp(word, "OPEN") == 0 && second.size)
		open_parts(&first, &second);
	else if (strcmp(word, "OPEN") == 0)
		open(&first);
	else if (strcmp(word, "SIGN") == 0)
		sign(&first);
	else if (strcmp(word, "VERIFY") == 0)
		verify(&first, &second);
	else if (strcmp(word, "KEY") == 0)
		say_key();
	else if (strcmp(word, "EXPORT") == 0)
		say_block();
	else if (strcmp(word, "FLAGS") == 0)
		say_bytes("BYTES", &side.reached, sizeof(side.reached));
	else if (strcmp(word, "ACT") == 0)
		act_as_client(&first, &second);
	else
		say_who();
}

static void take_bindings(const char *hexadecimal)
{
	static struct bytes bytes;
	SEC_CHANNEL_BINDINGS bindings = { .dwApplicationDataOffset = sizeof(bindings) };

	if (!read_bytes(hexadecimal, &bytes) || bytes.size > sizeof(side.bindings) - sizeof(bindings))
		return;
	bindings.cbApplicationDataLength = bytes.size;
	memcpy(side.bindings, &bindings, sizeof(bindings));
	memcpy(side.bindings + sizeof(bindings), bytes.data, bytes.size);
	side.bindings_size = (uint32_t)sizeof(bindings) + bytes.size;
}

static char *value_of(int count, char **words, const char *name)
{
	for (int i = 3; i + 1 < count; i += 2)
		if (strcmp(words[i], name) == 0)
			return words[i + 1];
	return NULL;
}

static uint32_t direction(int count, char **words)
{
	if (value_of(count, words, "both"))
		return SECPKG_CRED_BOTH;
	return side.accept ? SECPKG_CRED_INBOUND : SECPKG_CRED_OUTBOUND;
}

/* What SetCredentialsAttributes is for; ASCII. */
static SECURITY_STATUS set_proxy(const char *server, bool force)
{
	static struct {
		SecPkgCredentials_KdcProxySettingsW settings;
		uint16_t server[256];
	} block = { .settings.Version = KDC_PROXY_SETTINGS_V1 };
	size_t size = strlen(server);

	for (size_t i = 0; i < size && i < COUNT_OF(block.server); i++)
		block.server[i] = (uint8_t)server[i];
	block.settings.Flags = force ? KDC_PROXY_SETTINGS_FLAGS_FORCEPROXY : 0;
	block.settings.ProxyServerOffset = sizeof(block.settings);
	block.settings.ProxyServerLength = (uint16_t)(2 * size);
	return SetCredentialsAttributesW(&side.credential, SECPKG_CRED_ATTR_KDC_PROXY_SETTINGS, &block,
					 (uint32_t)(sizeof(block.settings) + 2 * size));
}

static SECURITY_STATUS acquire(int count, char **words)
{
	char *user = value_of(count, words, "user"), *domain = value_of(count, words, "domain");
	char *password = value_of(count, words, "password"), *milliseconds = value_of(count, words, "kdc");
	SEC_WINNT_AUTH_IDENTITY_A identity = { .Flags = SEC_WINNT_AUTH_IDENTITY_ANSI };
	OPENSSPI_OPTIONS options = { .Magic = OPENSSPI_OPTIONS_MAGIC, .Size = sizeof(options) };

	options.Keytab = value_of(count, words, "keytab");
	options.ReplayCache = value_of(count, words, "rcache");
	options.Services = value_of(count, words, "services");
	options.AccountFile = value_of(count, words, "accounts");
	options.Flags = (value_of(count, words, "kerberos-only") ? OPENSSPI_NTLM_OFF : 0) |
			(value_of(count, words, "iakerb") ? OPENSSPI_IAKERB : 0);
	options.CredentialCache = value_of(count, words, "ccache");
	options.OnBehalfOf = value_of(count, words, "behalf");
	options.KdcProxy = value_of(count, words, "kdcproxy");
	options.KdcMilliseconds = milliseconds ? (uint32_t)strtoul(milliseconds, NULL, 10) : 0;
	if (user) {
		identity.User = (unsigned char *)user;
		identity.UserLength = (uint32_t)strlen(user);
		identity.Domain = (unsigned char *)domain;
		identity.DomainLength = domain ? (uint32_t)strlen(domain) : 0;
		identity.Password = (unsigned char *)password;
		identity.PasswordLength = password ? (uint32_t)strlen(password) : 0;
		options.AuthData = &identity;
	}
	return AcquireCredentialsHandleA(NULL, words[2], direction(count, words), NULL, &options, NULL, NULL,
					 &side.credential, NULL);
}

static SECURITY_STATUS take_credential(int count, char **words)
{
	SECURITY_STATUS status = acquire(count, words);
	const char *proxy = value_of(count, words, "setproxy");

	return status == SEC_E_OK && proxy ? set_proxy(proxy, value_of(count, words, "force")) : status;
}

static SECURITY_STATUS begin(int count, char **words)
{
	OPENSSPI_CONFIGURATION configuration = { .Size = sizeof(configuration) };
	char *block = value_of(count, words, "block");
	static struct bytes bytes;
	SecBuffer packed = { 0, SECBUFFER_EMPTY, bytes.data };
	SECURITY_STATUS status = SEC_E_OK;

	configuration.ContextKeyFile = value_of(count, words, "key");
	if (configuration.ContextKeyFile)
		status = OpensspiConfigure(&configuration);
	if (status != SEC_E_OK || strcmp(words[1], "import") != 0)
		return status == SEC_E_OK ? take_credential(count, words) : status;
	if (!read_bytes(block, &bytes))
		return SEC_E_INVALID_TOKEN;
	packed.cbBuffer = bytes.size;
	status = ImportSecurityContextA(words[2], &packed, NULL, &side.context);
	side.has_context = status == SEC_E_OK;
	return status;
}

int main(int count, char **words)
{
	static char line[LINE_MAX];

	if (count < 3)
		return 2;
	side.accept = strcmp(words[1], "accept") == 0;
	side.target = value_of(count, words, "target");
	if (value_of(count, words, "request"))
		side.requested = (uint32_t)strtoul(value_of(count, words, "request"), NULL, 0);
	if (value_of(count, words, "bindings"))
		take_bindings(value_of(count, words, "bindings"));
	if (begin(count, words) != SEC_E_OK) {
		say_failure(NULL, NULL, 0);
		return 1;
	}
	say_bytes("READY", NULL, 0);
	while (fgets(line, sizeof(line), stdin))
		obey(line);
	if (side.has_context)
		(void)DeleteSecurityContext(&side.context);
	if (strcmp(words[1], "import") != 0)
		(void)FreeCredentialsHandle(&side.credential);
	return 0;
}
