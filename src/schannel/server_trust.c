#include "schannel/server_trust.h"

#include "base/trace.h"
#include "base/utf16.h"
#include "crypto/digest.h"
#include "package/target_host.h"

#include <openssl/err.h>

static bool is_pinned(const struct server_trust *trust, X509 *certificate, bool *known)
{
	struct span der = certificate_encode(certificate);
	uint8_t digest[SHA256_SIZE];

	*known = der.data && crypto_sha256(&(struct slice) { der.data, der.size }, 1, digest);
	certificate_free_der(der);
	return *known &&
	       crypto_equal(slice_of(digest, sizeof(digest)), secret_slice(&trust->pinned_certificate));
}

/* Kept for the context, which can then say what a server showed that it refused. */
static void keep_shown(X509_STORE_CTX *store)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	X509 **shown = SSL_get_app_data(ssl), *certificate = X509_STORE_CTX_get0_cert(store);

	if (!*shown && X509_up_ref(certificate))
		*shown = certificate;
}

/*
 * In place of OpenSSL's own verification. Without pin and store the caller looks at the certificate himself: nobody
 * else gets this far. A wrong one ends the handshake before this side's Finished, with an alert.
 */
static int verify_server(X509_STORE_CTX *store, void *argument)
{
	const struct server_trust *trust = argument;
	bool known;

	keep_shown(store);
	if (trust->pinned_certificate.size == 0)
		return trust->by_store ? X509_verify_cert(store) : 1;
	if (is_pinned(trust, X509_STORE_CTX_get0_cert(store), &known))
		return 1;
	X509_STORE_CTX_set_error(store, known ? X509_V_ERR_CERT_UNTRUSTED : X509_V_ERR_OUT_OF_MEM);
	return 0;
}

/* The queue of errors is the thread's: it is left empty. */
static enum reason unusable(const char *what)
{
	const char *text = ERR_reason_error_string(ERR_peek_last_error());

	trace("acquire", REASON_CERTIFICATE_UNUSABLE, "%s cannot be read: %s", what,
	      text ? text : "no more is known");
	ERR_clear_error();
	return REASON_CERTIFICATE_UNUSABLE;
}

enum reason server_trust_set_up(struct server_trust *trust, SSL_CTX *ssl,
				const struct acquire_request *request)
{
	if (!secret_copy(&trust->pinned_certificate, request->pinned_certificate))
		return REASON_OUT_OF_MEMORY;
	trust->by_store = request->trusted_file || request->trust_system;
	if (request->trusted_file && SSL_CTX_load_verify_locations(ssl, request->trusted_file, NULL) != 1)
		return unusable(request->trusted_file);
	if (request->trust_system && SSL_CTX_set_default_verify_paths(ssl) != 1)
		return unusable("the machine's trust store");
	SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(ssl, verify_server, trust);
	return REASON_OK;
}

void server_trust_wipe(struct server_trust *trust)
{
	secret_wipe(&trust->pinned_certificate);
}

enum reason server_trust_expect(const struct server_trust *trust, SSL *ssl, struct slice target, X509 **shown)
{
	CLEANUP(writer_wipe) struct byte_writer host = writer_growing();
	bool set;

	if (SSL_set_app_data(ssl, shown) != 1)
		return REASON_OUT_OF_MEMORY;
	if (trust->pinned_certificate.size || !trust->by_store)
		return REASON_OK;
	if (!utf16_to_utf8(&host, target_host(target)) || host.size == 0 || memchr(host.data, 0, host.size))
		return REASON_BAD_TARGET;
	writer_u8(&host, 0);
	if (!writer_ok(&host))
		return REASON_OUT_OF_MEMORY;
	/* An address is compared with the certificate's addresses, a name with its names. */
	set = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), (const char *)host.data) == 1 ||
	      SSL_set1_host(ssl, (const char *)host.data) == 1;
	return set ? REASON_OK : REASON_OUT_OF_MEMORY;
}

enum reason server_trust_reason(const SSL *ssl)
{
	switch (SSL_get_verify_result(ssl)) {
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		return REASON_SERVER_NAME;
	case X509_V_ERR_CERT_HAS_EXPIRED:
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return REASON_SERVER_EXPIRED;
	case X509_V_ERR_OUT_OF_MEM:
		return REASON_OUT_OF_MEMORY;
	default:
		return REASON_SERVER_UNTRUSTED;
	}
}
