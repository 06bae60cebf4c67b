/*
 * `opensspi connect`, word for word, that in the end says nothing but the SHA-256 of the session key: for comparing
 * both sides' keys. It ends with 0 when it is let in, 3 when not.
 */
#include "opensspi/initiation.h"

#include "base/byte_reader.h"

#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

void complain(const char *sentence, ...)
{
	va_list values;

	va_start(values, sentence);
	(void)vfprintf(stderr, sentence, values);
	va_end(values);
	(void)fputc('\n', stderr);
}

static bool print_digest(CtxtHandle *context)
{
	SecPkgContext_SessionKey key = { 0, NULL };
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned size = 0;

	if (QueryContextAttributesA(context, SECPKG_ATTR_SESSION_KEY, &key) != SEC_E_OK ||
	    EVP_Digest(key.SessionKey, key.SessionKeyLength, digest, &size, EVP_sha256(), NULL) != 1)
		return false;
	for (unsigned i = 0; i < size; i++)
		(void)printf("%02x", digest[i]);
	(void)printf("\n");
	(void)FreeContextBuffer(key.SessionKey);
	return true;
}

static enum exit_status log_on(const struct connect_settings *settings, const struct initiator *initiator)
{
	CLEANUP(initiation_wipe) struct initiation initiation;
	int64_t deadline = network_deadline(20000);
	const char *trouble;
	int socket = network_connect(settings->server, deadline, &trouble);

	initiation_run(&initiation, initiator, socket, deadline);
	(void)close(socket);
	return !initiation.end && initiation.status == SEC_E_OK && print_digest(&initiation.context)
		       ? EXIT_DONE
		       : EXIT_DENIED;
}

int main(int count, char **words)
{
	struct connect_settings settings;
	struct initiator initiator;
	enum exit_status ended;

	if (!connect_settings_read(count - 1, words + 1, &settings, &ended))
		return ended;
	if (!initiator_acquire(&initiator, &settings))
		return EXIT_USAGE;
	ended = log_on(&settings, &initiator);
	initiator_free(&initiator);
	return ended;
}
