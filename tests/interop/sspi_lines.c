/*
 * One context of ours on standard input and output, for tests/interop: sspi_lines accept|initiate PACKAGE NAME VALUE...
 * A command a line, bytes in hexadecimal, "-" for none; gss_lines.py speaks the same.
 *
 *	TOKEN bytes    a token of the peer; `-` begins          -> DONE bytes, CONTINUE bytes, or FAILED reason bytes
 *	SEAL bytes     token and data as one                    -> BYTES bytes
 *	OPEN bytes                                              -> BYTES bytes
 *	SIGN bytes     the signature                            -> BYTES bytes
 *	VERIFY bytes signature                                  -> BYTES -
 *	KEY, WHO                                                -> BYTES bytes
 * Whatever fails: FAILED reason.
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
	uint32_t reached;
	SECURITY_STATUS status;

	if (side.accept)
		status =
			AcceptSecurityContext(&side.credential, context, &in_list, ASC_REQ_EXTENDED_ERROR,
					      SECURITY_NATIVE_DREP, &side.context, &out_list, &reached, NULL);
	else
		status = InitializeSecurityContextA(&side.credential, context, side.target,
						    ISC_REQ_MUTUAL_AUTH | ISC_REQ_CONFIDENTIALITY |
							    ISC_REQ_REPLAY_DETECT | ISC_REQ_SEQUENCE_DETECT,
						    0, SECURITY_NATIVE_DREP, &in_list, 0, &side.context,
						    &out_list, &reached, NULL);
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

static void seal(struct bytes *plain)
{
	static uint8_t whole[BYTES_MAX];
	SecBuffer buffers[] = { { side.trailer, SECBUFFER_TOKEN, whole },
				{ plain->size, SECBUFFER_DATA, whole + side.trailer } };
	SecBufferDesc list = { SECBUFFER_VERSION, 2, buffers };

	memcpy(whole + side.trailer, plain->data, plain->size);
	if (EncryptMessage(&side.context, 0, &list, 0) != SEC_E_OK || buffers[0].cbBuffer != side.trailer)
		say_failure(&side.context, NULL, 0);
	else
		say_bytes("BYTES", whole, side.trailer + plain->size);
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
		seal(&first);
	else if (strcmp(word, "OPEN") == 0)
		open(&first);
	else if (strcmp(word, "SIGN") == 0)
		sign(&first);
	else if (strcmp(word, "VERIFY") == 0)
		verify(&first, &second);
	else if (strcmp(word, "KEY") == 0)
		say_key();
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
	options.CredentialCache = value_of(count, words, "ccache");
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
	return AcquireCredentialsHandleA(NULL, words[2],
					 side.accept ? SECPKG_CRED_INBOUND : SECPKG_CRED_OUTBOUND, NULL,
					 &options, NULL, NULL, &side.credential, NULL);
}

int main(int count, char **words)
{
	static char line[LINE_MAX];

	if (count < 3)
		return 2;
	side.accept = strcmp(words[1], "accept") == 0;
	side.target = value_of(count, words, "target");
	if (value_of(count, words, "bindings"))
		take_bindings(value_of(count, words, "bindings"));
	if (acquire(count, words) != SEC_E_OK ||
	    (value_of(count, words, "setproxy") &&
	     set_proxy(value_of(count, words, "setproxy"), value_of(count, words, "force")) != SEC_E_OK)) {
		say_failure(NULL, NULL, 0);
		return 1;
	}
	say_bytes("READY", NULL, 0);
	while (fgets(line, sizeof(line), stdin))
		obey(line);
	if (side.has_context)
		(void)DeleteSecurityContext(&side.context);
	(void)FreeCredentialsHandle(&side.credential);
	return 0;
}
