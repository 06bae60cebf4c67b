#include "schannel/peer_trust.h"

#include "base/trace.h"
#include "base/utf16.h"
#include "package/target_host.h"
#include "schannel/openssl_error.h"

#include <openssl/err.h>

static bool is_pinned(const struct peer_trust *trust, X509 *certificate, bool *known)
{
	struct span der = certificate_encode(certificate);
	uint8_t digest[SHA256_SIZE];

	*known = der.data && crypto_sha256(&(struct slice) { der.data, der.size }, 1, digest);
	certificate_free_der(der);
	return *known &&
	       crypto_equal(slice_of(digest, sizeof(digest)), secret_slice(&trust->pinned_certificate));
}

/* Kept for the context, which can then say what a peer showed that it refused. */
static void keep_shown(struct schannel_context *context, X509 *certificate)
{
	if (!context->peer && X509_up_ref(certificate))
		context->peer = certificate;
}

/*
 * In place of OpenSSL's own verification. A wrong one ends the handshake before this side's Finished, with an alert.
 */
static int verify_peer(X509_STORE_CTX *store, void *argument)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct schannel_context *context = schannel_context_of(ssl);
	const struct peer_trust *trust = argument;
	X509 *certificate = X509_STORE_CTX_get0_cert(store);
	bool known = true;

	keep_shown(context, certificate);
	switch (context->judge) {
	case JUDGE_CALLER:
		return 1;
	case JUDGE_STORE:
		context->peer_verified = X509_verify_cert(store) == 1;
		return context->peer_verified;
	case JUDGE_PIN:
		context->peer_verified = is_pinned(trust, certificate, &known);
		break;
	case JUDGE_NOBODY:
		break;
	}
	if (!context->peer_verified)
		X509_STORE_CTX_set_error(store, known ? X509_V_ERR_CERT_UNTRUSTED : X509_V_ERR_OUT_OF_MEM);
	return context->peer_verified;
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

/* RFC 8446 4.2.4: a client is told whose certificates are taken, where that is a matter of one file. */
static enum reason name_authorities(SSL_CTX *ssl, const char *trusted_file)
{
	STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(trusted_file);

	if (!names)
		return unusable(trusted_file);
	SSL_CTX_set_client_CA_list(ssl, names);
	return REASON_OK;
}

enum reason peer_trust_set_up(struct peer_trust *trust, SSL_CTX *ssl, enum role role,
			      const struct acquire_request *request)
{
	if (role == ROLE_INITIATE && !secret_copy(&trust->pinned_certificate, request->pinned_certificate))
		return REASON_OUT_OF_MEMORY;
	trust->by_store = request->trusted_file || request->trust_system;
	trust->by_default = request->trust_by_default;
	trust->any_host = request->any_host;
	trust->manual = request->manual_validation;
	if (request->trusted_file && SSL_CTX_load_verify_locations(ssl, request->trusted_file, NULL) != 1)
		return unusable(request->trusted_file);
	if ((request->trust_system || request->trust_by_default) &&
	    SSL_CTX_set_default_verify_paths(ssl) != 1)
		return unusable("the machine's trust store");
	SSL_CTX_set_cert_verify_callback(ssl, verify_peer, trust);
	if (role == ROLE_ACCEPT)
		return request->trusted_file ? name_authorities(ssl, request->trusted_file) : REASON_OK;
	SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER, NULL);
	return REASON_OK;
}

void peer_trust_wipe(struct peer_trust *trust)
{
	secret_wipe(&trust->pinned_certificate);
}

/* --- A server's name */

/* False: no text, or no host. `host` ends with a NUL. */
static bool write_host(struct byte_writer *host, struct slice target)
{
	if (!utf16_to_utf8(host, target_host(target)) || host->size == 0 || memchr(host->data, 0, host->size))
		return false;
	writer_u8(host, 0);
	return true;
}

/* RFC 6066 3: a DNS name in ASCII without a dot at its end, and no address. */
static bool can_be_named(const char *host)
{
	size_t size = strlen(host), digits = strspn(host, "0123456789.");

	return size <= TLSEXT_MAXLEN_host_name && digits < size && host[size - 1] != '.' &&
	       strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == size;
}

/* An address is compared with the certificate's addresses, a name with its names. */
static bool expect_host(SSL *ssl, const char *host)
{
	return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1 || SSL_set1_host(ssl, host) == 1;
}

static enum reason name_server(struct schannel_context *context, struct slice target)
{
	const struct peer_trust *trust = &context->credential->of_servers;
	LOCAL_WRITER(host);
	bool has_host = write_host(&host, target), must = context->judge == JUDGE_STORE && !trust->any_host;
	const char *name = (const char *)host.data;

	if (!writer_ok(&host))
		return REASON_OUT_OF_MEMORY;
	if (!has_host)
		return must ? REASON_BAD_TARGET : REASON_OK;
	if (must && !expect_host(context->ssl, name))
		return REASON_OUT_OF_MEMORY;
	return !can_be_named(name) || SSL_set_tlsext_host_name(context->ssl, name) == 1
		       ? REASON_OK
		       : REASON_OUT_OF_MEMORY;
}

/* --- */

static enum judge choose_judge(const struct peer_trust *trust, bool manual)
{
	if (trust->pinned_certificate.size)
		return JUDGE_PIN;
	if (trust->by_store || (trust->by_default && !manual))
		return JUDGE_STORE;
	return manual ? JUDGE_CALLER : JUDGE_NOBODY;
}

/* Who can neither judge the server's certificate nor wants to look at it himself gets no connection to it. */
enum reason peer_trust_begin(struct schannel_context *context, const struct leg *leg)
{
	bool initiator = context->role == ROLE_INITIATE;
	const struct peer_trust *trust =
		initiator ? &context->credential->of_servers : &context->credential->of_clients;
	bool manual = trust->manual || leg->requested & FLAG_MANUAL_VALIDATION;

	if (context->started)
		return context->judge == JUDGE_CALLER && initiator && !manual ? REASON_SERVER_UNTRUSTED
									      : REASON_OK;
	context->judge = choose_judge(trust, manual);
	if (!initiator)
		return REASON_OK;
	return context->judge == JUDGE_NOBODY ? REASON_SERVER_UNTRUSTED : name_server(context, leg->target);
}

enum reason peer_trust_reason(const struct schannel_context *context)
{
	bool client = context->role == ROLE_ACCEPT;

	switch (SSL_get_verify_result(context->ssl)) {
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		return REASON_SERVER_NAME;
	case X509_V_ERR_CERT_HAS_EXPIRED:
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return client ? REASON_CLIENT_EXPIRED : REASON_SERVER_EXPIRED;
	case X509_V_ERR_OUT_OF_MEM:
		return REASON_OUT_OF_MEMORY;
	default:
		return client ? REASON_CLIENT_UNTRUSTED : REASON_SERVER_UNTRUSTED;
	}
}
