/*
 * Covers certificate/certificate.c: certificate_from_pkcs12; certificate/names.c over what it reads. A certificate that
 * is read has a key, and everything that is told of one can be asked for.
 */
#include "certificate/certificate.h"

#include <openssl/err.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool true_always)
{
	if (!true_always)
		abort();
}

static void look_at(const struct certificate *certificate)
{
	CLEANUP(writer_wipe) struct byte_writer text = writer_growing();
	const X509 *x509 = certificate_x509(certificate);
	uint8_t digest[CERTIFICATE_DIGEST_MAX];

	require(certificate_key(certificate) && certificate_der(certificate).size);
	certificate_write_subject(x509, &text);
	certificate_write_issuer(x509, &text);
	(void)certificate_principal_name(x509, &text);
	(void)certificate_is_for(x509, "server.test");
	(void)certificate_end_point(x509, digest);
	(void)certificate_key_bits(x509);
	(void)certificate_expiry(certificate);
}

/* The key derivation's count of rounds is the file's to choose: what asks for many is another test's. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct certificate *certificate = NULL;

	if (size > 4096)
		return 0;
	if (certificate_from_pkcs12(slice_of(data, size), "secret", &certificate) == REASON_OK)
		look_at(certificate);
	else
		require(!certificate);
	certificate_free(certificate);
	ERR_clear_error();
	return 0;
}
