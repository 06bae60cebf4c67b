#include "sspi/certificate_context.h"

#include "base/memory.h"
#include "sspi/failure.h"
#include "sspi/lists_lock.h"

#include <opensspi/opensspi.h>

struct certificate_context {
	CERT_CONTEXT shown;              /* first: its address is the context's */
	struct certificate *certificate; /* NULL: without a key */
	struct certificate_context *next;
	uint8_t der[];
};

static struct certificate_context *registry; /* under the lock */

/* Takes `certificate` over (NULL is taken), also when it fails. */
static struct certificate_context *context_new(struct slice der, struct certificate *certificate)
{
	struct certificate_context *context = memory_allocate(sizeof(*context) + der.size);

	if (!context || der.size > UINT32_MAX) {
		memory_free(context);
		certificate_free(certificate);
		return NULL;
	}
	memcpy(context->der, der.data, der.size);
	context->certificate = certificate;
	context->shown = (CERT_CONTEXT) {
		.dwCertEncodingType = X509_ASN_ENCODING,
		.pbCertEncoded = context->der,
		.cbCertEncoded = (uint32_t)der.size,
	};
	lists_lock();
	context->next = registry;
	registry = context;
	lists_unlock();
	return context;
}

/* Under the lock: the link that leads to the context, or to NULL. */
static struct certificate_context **find(PCCERT_CONTEXT shown)
{
	struct certificate_context **link = &registry;

	while (*link && &(*link)->shown != shown)
		link = &(*link)->next;
	return link;
}

PCCERT_CONTEXT certificate_context_of(struct slice der)
{
	struct certificate_context *context = context_new(der, NULL);

	return context ? &context->shown : NULL;
}

enum reason certificate_context_certificate(PCCERT_CONTEXT shown, struct certificate **certificate)
{
	struct certificate_context *context;

	lists_lock();
	context = *find(shown);
	*certificate = context ? certificate_hold(context->certificate) : NULL;
	lists_unlock();
	return *certificate ? REASON_OK : REASON_BAD_CREDENTIAL_DATA;
}

static SECURITY_STATUS hand_out(const char *step, enum reason reason, struct certificate *made,
				PCCERT_CONTEXT *certificate)
{
	struct certificate_context *context;

	if (reason != REASON_OK)
		return fail(step, reason, NULL);
	context = context_new(certificate_der(made), made);
	if (!context)
		return fail(step, REASON_OUT_OF_MEMORY, NULL);
	*certificate = &context->shown;
	return SEC_E_OK;
}

SECURITY_STATUS OpensspiCertificateFromPem(const char *certificate_path, const char *key_path,
					   PCCERT_CONTEXT *certificate)
{
	struct certificate *made = NULL;
	enum reason reason = REASON_NULL_ARGUMENT;

	if (certificate)
		reason = certificate_from_pem(certificate_path, key_path, &made);
	return hand_out("certificate from PEM", reason, made, certificate);
}

SECURITY_STATUS OpensspiCertificateFromPkcs12(const char *path, const char *password,
					      PCCERT_CONTEXT *certificate)
{
	struct certificate *made = NULL;
	enum reason reason = REASON_NULL_ARGUMENT;

	if (certificate)
		reason = certificate_from_pkcs12_file(path, password, &made);
	return hand_out("certificate from PKCS#12", reason, made, certificate);
}

SECURITY_STATUS OpensspiCertificateFromPkcs12Bytes(const void *bytes, uint32_t size, const char *password,
						   PCCERT_CONTEXT *certificate)
{
	struct certificate *made = NULL;
	enum reason reason = REASON_NULL_ARGUMENT;

	if (certificate && bytes)
		reason = certificate_from_pkcs12(slice_of(bytes, size), password, &made);
	return hand_out("certificate from PKCS#12", reason, made, certificate);
}

SECURITY_STATUS OpensspiCertificateSelfSigned(const char *host, OPENSSPI_KEY_TYPE key_type,
					      PCCERT_CONTEXT *certificate)
{
	struct certificate *made = NULL;
	enum reason reason = REASON_NULL_ARGUMENT;

	_Static_assert(OpensspiKeyRsa2048 == (int)CERTIFICATE_RSA_2048 &&
			       OpensspiKeyP256 == (int)CERTIFICATE_P256,
		       "one set of numbers");
	if (certificate)
		reason = certificate_self_signed(host, (enum certificate_key_type)key_type, &made);
	return hand_out("self-signed certificate", reason, made, certificate);
}

BOOL OpensspiFreeCertificateContext(PCCERT_CONTEXT certificate)
{
	struct certificate_context **link, *context;

	lists_lock();
	link = find(certificate);
	context = *link;
	if (context)
		*link = context->next;
	lists_unlock();
	if (!context)
		return 0;
	certificate_free(context->certificate);
	memory_free(context);
	return 1;
}
