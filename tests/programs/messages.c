/*
 * A side of NTLM or Negotiate on standard input and output, which signs and seals, for tests/interop:
 * messages client PACKAGE USER DOMAIN PASSWORD, messages server PACKAGE ACCOUNT-FILE. A line is a word and up to two
 * texts in hexadecimal, "-" for an empty one; each is answered by the status of the call and a text.
 *
 *   token TOKEN             one handshake call
 *   sign DATA               the signature
 *   verify SIGNATURE DATA
 *   seal DATA               the signature and the sealed data
 *   open SEALED             the data
 */
#include <opensspi/opensspi.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_MAX = 8192, SIGNATURE = 16 };

struct text {
	uint8_t bytes[TEXT_MAX];
	uint32_t size;
};

struct side {
	CredHandle credential;
	CtxtHandle context;
	bool client, has_context;
};

static char *text_of(const char *word)
{
	return (char *)(uintptr_t)word;
}

static bool read_text(const char *digits, struct text *text)
{
	unsigned byte;

	text->size = 0;
	for (; digits[0] && digits[1] && text->size < TEXT_MAX && sscanf(digits, "%2x", &byte) == 1;
	     digits += 2)
		text->bytes[text->size++] = (uint8_t)byte;
	return !*digits || strcmp(digits, "-") == 0;
}

static void answer(SECURITY_STATUS status, const struct text *text)
{
	(void)printf("%08x ", (unsigned)status);
	for (uint32_t i = 0; i < text->size; i++)
		(void)printf("%02x", text->bytes[i]);
	(void)printf("%s\n", text->size ? "" : "-");
	(void)fflush(stdout);
}

static SECURITY_STATUS acquire(struct side *side, char **words)
{
	OPENSSPI_OPTIONS options = {
		.Magic = OPENSSPI_OPTIONS_MAGIC,
		.Size = sizeof(options),
		.Flags = OPENSSPI_ALWAYS_SPNEGO,
	};
	SEC_WINNT_AUTH_IDENTITY_A identity = { .Flags = SEC_WINNT_AUTH_IDENTITY_ANSI };

	if (side->client) {
		identity.User = (unsigned char *)words[1];
		identity.UserLength = (uint32_t)strlen(words[1]);
		identity.Domain = (unsigned char *)words[2];
		identity.DomainLength = (uint32_t)strlen(words[2]);
		identity.Password = (unsigned char *)words[3];
		identity.PasswordLength = (uint32_t)strlen(words[3]);
		options.AuthData = &identity;
	} else {
		options.AccountFile = words[1];
	}
	return AcquireCredentialsHandleA(NULL, words[0],
					 side->client ? SECPKG_CRED_OUTBOUND : SECPKG_CRED_INBOUND, NULL,
					 &options, NULL, NULL, &side->credential, NULL);
}

static SECURITY_STATUS step(struct side *side, struct text *token, struct text *reply)
{
	SecBuffer in = { token->size, SECBUFFER_TOKEN, token->bytes };
	SecBuffer out = { TEXT_MAX, SECBUFFER_TOKEN, reply->bytes };
	SecBufferDesc input = { SECBUFFER_VERSION, 1, &in }, output = { SECBUFFER_VERSION, 1, &out };
	PCtxtHandle context = side->has_context ? &side->context : NULL;
	SECURITY_STATUS status;

	if (side->client)
		status = InitializeSecurityContextA(&side->credential, context, text_of("host/localhost"),
						    ISC_REQ_CONFIDENTIALITY, 0, 0, &input, 0, &side->context,
						    &output, NULL, NULL);
	else
		status = AcceptSecurityContext(&side->credential, context, &input, ASC_REQ_CONFIDENTIALITY, 0,
					       &side->context, &output, NULL, NULL);
	side->has_context = side->has_context || status >= 0;
	reply->size = out.cbBuffer;
	return status;
}

static SECURITY_STATUS protect(struct side *side, const struct text *data, bool seals, struct text *made)
{
	SecBuffer buffers[] = { { SIGNATURE, SECBUFFER_TOKEN, made->bytes },
				{ data->size, SECBUFFER_DATA, made->bytes + SIGNATURE } };
	SecBufferDesc list = { SECBUFFER_VERSION, 2, buffers };
	SECURITY_STATUS status;

	if (data->size > TEXT_MAX - SIGNATURE)
		return SEC_E_BUFFER_TOO_SMALL;
	memcpy(made->bytes + SIGNATURE, data->bytes, data->size);
	status = seals ? EncryptMessage(&side->context, 0, &list, 0)
		       : MakeSignature(&side->context, 0, &list, 0);
	if (status == SEC_E_OK)
		made->size = SIGNATURE + (seals ? data->size : 0);
	return status;
}

static SECURITY_STATUS verify(struct side *side, struct text *signature, struct text *data)
{
	SecBuffer buffers[] = { { signature->size, SECBUFFER_TOKEN, signature->bytes },
				{ data->size, SECBUFFER_DATA, data->bytes } };
	SecBufferDesc list = { SECBUFFER_VERSION, 2, buffers };

	return VerifySignature(&side->context, &list, 0, NULL);
}

static SECURITY_STATUS open_sealed(struct side *side, struct text *sealed, struct text *data)
{
	SecBuffer buffers[] = { { sealed->size, SECBUFFER_STREAM, sealed->bytes },
				{ 0, SECBUFFER_DATA, NULL } };
	SecBufferDesc list = { SECBUFFER_VERSION, 2, buffers };
	SECURITY_STATUS status = DecryptMessage(&side->context, &list, 0, NULL);

	if (status != SEC_E_OK)
		return status;
	data->size = buffers[1].cbBuffer;
	memcpy(data->bytes, buffers[1].pvBuffer, data->size);
	return status;
}

static void run(struct side *side, const char *word, struct text *first, struct text *second)
{
	struct text made = { .size = 0 };
	SECURITY_STATUS status = SEC_E_UNSUPPORTED_FUNCTION;

	if (strcmp(word, "token") == 0)
		status = step(side, first, &made);
	else if (strcmp(word, "sign") == 0 || strcmp(word, "seal") == 0)
		status = protect(side, first, word[1] == 'e', &made);
	else if (strcmp(word, "verify") == 0)
		status = verify(side, first, second);
	else if (strcmp(word, "open") == 0)
		status = open_sealed(side, first, &made);
	answer(status, &made);
}

int main(int count, char **words)
{
	static char line[4 * TEXT_MAX + 64], first_word[2 * TEXT_MAX + 1], second_word[2 * TEXT_MAX + 1];
	struct side side = { .client = count == 6 && strcmp(words[1], "client") == 0 };
	char word[8];

	if (!side.client && (count != 4 || strcmp(words[1], "server") != 0))
		return 2;
	if (acquire(&side, words + 2) != SEC_E_OK)
		return 3;
	while (fgets(line, sizeof(line), stdin)) {
		struct text first = { .size = 0 }, second = { .size = 0 };
		int read = sscanf(line, "%7s %16384s %16384s", word, first_word, second_word);

		if (read < 2 || !read_text(first_word, &first) ||
		    (read == 3 && !read_text(second_word, &second)))
			return 4;
		run(&side, word, &first, &second);
	}
	if (side.has_context)
		(void)DeleteSecurityContext(&side.context);
	return FreeCredentialsHandle(&side.credential) == SEC_E_OK ? 0 : 5;
}
