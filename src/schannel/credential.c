/* Settings of TLS, frozen in one SSL_CTX for each direction. */
#include "base/memory.h"
#include "schannel/application_protocol.h"
#include "schannel/openssl_error.h"
#include "schannel/peer_trust.h"
#include "schannel/schannel.h"

#define STEP "acquire"

#define TLS_GROUPS "X25519:P-256:P-384"

/* Ephemeral keys and authenticated encryption only; the cheapest first. */
struct suites {
	uint32_t bits;
	const char *tls_1_2, *tls_1_3;
};
static const struct suites suites[] = {
	{ 128, "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:", "TLS_AES_128_GCM_SHA256:" },
	{ 256,
	  "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
	  "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:",
	  "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:" },
};

static bool is_allowed(const struct suites *row, const struct policy *policy)
{
	return row->bits >= policy->tls_bits_min &&
	       (policy->tls_bits_max == 0 || row->bits <= policy->tls_bits_max);
}

/* A colon at the end of a list is no fault to OpenSSL. */
static bool set_suites(SSL_CTX *ssl, const struct policy *policy)
{
	LOCAL_WRITER(tls_1_2);
	LOCAL_WRITER(tls_1_3);

	for (size_t i = 0; i < COUNT_OF(suites); i++)
		if (is_allowed(&suites[i], policy)) {
			writer_bytes(&tls_1_2, slice_of(suites[i].tls_1_2, strlen(suites[i].tls_1_2)));
			writer_bytes(&tls_1_3, slice_of(suites[i].tls_1_3, strlen(suites[i].tls_1_3)));
		}
	writer_u8(&tls_1_2, 0);
	writer_u8(&tls_1_3, 0);
	return writer_ok(&tls_1_2) && writer_ok(&tls_1_3) &&
	       SSL_CTX_set_cipher_list(ssl, (const char *)tls_1_2.data) == 1 &&
	       SSL_CTX_set_ciphersuites(ssl, (const char *)tls_1_3.data) == 1;
}

static SSL_CTX *new_ssl_context(const SSL_METHOD *method, const struct policy *policy)
{
	SSL_CTX *ssl = SSL_CTX_new(method);

	if (!ssl)
		return NULL;
	SSL_CTX_set_options(ssl, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
					 SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN);
	SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
	if (SSL_CTX_set_min_proto_version(ssl, policy->tls_1_2 ? TLS1_2_VERSION : TLS1_3_VERSION) != 1 ||
	    SSL_CTX_set_max_proto_version(ssl, policy->tls_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION) != 1 ||
	    !set_suites(ssl, policy) || SSL_CTX_set1_groups_list(ssl, TLS_GROUPS) != 1 ||
	    SSL_CTX_set_num_tickets(ssl, 0) != 1) {
		SSL_CTX_free(ssl);
		return NULL;
	}
	return ssl;
}

/* --- Certificates */

static enum reason use_certificate(SSL_CTX *ssl, const struct certificate *certificate)
{
	X509 *above;

	openssl_errors_clear();
	if (SSL_CTX_use_certificate(ssl, certificate_x509(certificate)) != 1 ||
	    SSL_CTX_use_PrivateKey(ssl, certificate_key(certificate)) != 1)
		return openssl_error_take(REASON_CERTIFICATE_UNUSABLE, STEP).reason;
	for (size_t i = 0; (above = certificate_chain(certificate, i)); i++)
		if (SSL_CTX_add1_chain_cert(ssl, above) != 1)
			return openssl_error_take(REASON_CERTIFICATE_UNUSABLE, STEP).reason;
	return REASON_OK;
}

enum reason schannel_show(SSL *ssl, const struct certificate *certificate)
{
	X509 *above;

	SSL_certs_clear(ssl); /* one with a key of another kind would stay beside it */
	if (SSL_use_certificate(ssl, certificate_x509(certificate)) != 1 ||
	    SSL_use_PrivateKey(ssl, certificate_key(certificate)) != 1)
		return REASON_CERTIFICATE_UNUSABLE;
	for (size_t i = 0; (above = certificate_chain(certificate, i)); i++)
		if (SSL_add1_chain_cert(ssl, above) != 1)
			return REASON_CERTIFICATE_UNUSABLE;
	return REASON_OK;
}

static const struct certificate *certificate_for(const struct schannel_credential *credential,
						 const char *host)
{
	for (size_t i = 0; host && i < credential->count; i++)
		if (certificate_is_for(certificate_x509(credential->certificates[i]), host))
			return credential->certificates[i];
	return credential->certificates[0];
}

/* RFC 6066 3: the certificate for the host that the client names; the first for those that name none of ours. */
static int choose_for_client(SSL *ssl, void *argument)
{
	const struct schannel_credential *credential = argument;
	struct schannel_context *context = schannel_context_of(ssl);
	const char *host = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	const struct certificate *shown = context->own; /* a second ClientHello may name another host */

	context->own = certificate_for(credential, host);
	return context->own == shown || schannel_show(ssl, context->own) == REASON_OK;
}

/*
 * The server asks for a certificate. -1 suspends the handshake, once, for a caller who may have another one or
 * wants to go on without.
 */
static int answer_server(SSL *ssl, void *argument)
{
	struct schannel_context *context = schannel_context_of(ssl);

	(void)argument;
	context->certificate_asked = true;
	if (SSL_get_certificate(ssl)) {
		if (!context->own && context->credential->count)
			context->own = context->credential->certificates[0];
		return 1;
	}
	if (context->supplied_only || context->question_put)
		return 1;
	context->question_put = true;
	return -1;
}

/* --- Acquire */

void schannel_free_credential(struct package_credential *base)
{
	struct schannel_credential *credential = (struct schannel_credential *)base;

	if (!credential)
		return;
	SSL_CTX_free(credential->server);
	SSL_CTX_free(credential->client);
	for (size_t i = 0; credential->certificates && i < credential->count; i++)
		certificate_free(credential->certificates[i]);
	memory_free(credential->certificates);
	peer_trust_wipe(&credential->of_clients);
	peer_trust_wipe(&credential->of_servers);
	secret_wipe(&credential->account_map);
	secret_wipe(&credential->name);
	memory_free(credential);
}

static enum reason keep_certificates(struct schannel_credential *credential,
				     const struct acquire_request *request)
{
	LOCAL_WRITER(name);

	if (!request->certificate)
		return REASON_OK;
	credential->certificates =
		memory_allocate((1 + request->more_certificates_count) * sizeof(struct certificate *));
	if (!credential->certificates)
		return REASON_OUT_OF_MEMORY;
	credential->certificates[credential->count++] = certificate_hold(request->certificate);
	for (size_t i = 0; i < request->more_certificates_count; i++)
		credential->certificates[credential->count++] =
			certificate_hold(request->more_certificates[i]);
	certificate_write_subject(certificate_x509(request->certificate), &name);
	return writer_ok(&name) && secret_copy(&credential->name, writer_slice(&name)) ? REASON_OK
										       : REASON_OUT_OF_MEMORY;
}

static enum reason start_client(struct schannel_credential *credential, const struct acquire_request *request)
{
	enum reason reason;

	credential->client = new_ssl_context(TLS_client_method(), &request->policy);
	if (!credential->client)
		return REASON_OUT_OF_MEMORY;
	reason = peer_trust_set_up(&credential->of_servers, credential->client, ROLE_INITIATE, request);
	SSL_CTX_set_cert_cb(credential->client, answer_server, NULL);
	if (reason != REASON_OK || !credential->count || request->accept)
		return reason;
	return use_certificate(credential->client, credential->certificates[0]);
}

static enum reason start_server(struct schannel_credential *credential, const struct acquire_request *request)
{
	const struct slice map =
		slice_of(request->account_map, request->account_map ? strlen(request->account_map) + 1 : 0);
	enum reason reason;

	if (!credential->count)
		return REASON_NO_CREDENTIAL;
	credential->server = new_ssl_context(TLS_server_method(), &request->policy);
	if (!credential->server || !secret_copy(&credential->account_map, map))
		return REASON_OUT_OF_MEMORY;
	credential->names_count = request->maps_names && request->trusted_file && !request->trust_system;
	reason = peer_trust_set_up(&credential->of_clients, credential->server, ROLE_ACCEPT, request);
	SSL_CTX_set_alpn_select_cb(credential->server, application_protocol_choose, NULL);
	SSL_CTX_set_cert_cb(credential->server, choose_for_client, credential);
	return reason == REASON_OK ? use_certificate(credential->server, credential->certificates[0])
				   : reason;
}

static enum reason fill_credential(struct schannel_credential *credential,
				   const struct acquire_request *request)
{
	enum reason reason = keep_certificates(credential, request);

	credential->policy = request->policy;
	if (reason == REASON_OK && !request->policy.tls_1_2 && !request->policy.tls_1_3)
		reason = REASON_UNSUPPORTED;
	if (reason == REASON_OK && request->initiate)
		reason = start_client(credential, request);
	if (reason == REASON_OK && request->accept)
		reason = start_server(credential, request);
	return reason;
}

enum reason schannel_acquire(const struct acquire_request *request, struct package_credential **made)
{
	struct schannel_credential *credential = memory_allocate(sizeof(*credential));
	enum reason reason;

	if (!credential)
		return REASON_OUT_OF_MEMORY;
	credential->base.package = &schannel_package;
	reason = fill_credential(credential, request);
	openssl_errors_clear();
	if (reason == REASON_OK)
		*made = &credential->base;
	else
		schannel_free_credential(&credential->base);
	return reason;
}

/* --- What it can */

enum reason schannel_query_credential(const struct package_credential *base,
				      enum credential_attribute attribute,
				      union credential_attribute_value *value)
{
	const struct schannel_credential *credential = (const struct schannel_credential *)base;
	const struct policy *policy = &credential->policy;
	bool low = is_allowed(&suites[0], policy), high = is_allowed(&suites[1], policy);

	switch (attribute) {
	case CREDENTIAL_PROTOCOLS:
		value->protocols.tls_1_2 = policy->tls_1_2;
		value->protocols.tls_1_3 = policy->tls_1_3;
		value->protocols.accept = credential->server;
		return REASON_OK;
	case CREDENTIAL_STRENGTHS:
		value->strengths.minimum = low ? suites[0].bits : suites[1].bits;
		value->strengths.maximum = high ? suites[1].bits : suites[0].bits;
		return REASON_OK;
	case CREDENTIAL_ALGORITHMS:
		value->algorithms.aes_128 = low;
		value->algorithms.aes_256 = value->algorithms.chacha20 = high;
		return REASON_OK;
	case CREDENTIAL_NAME:
		value->bytes = secret_slice(&credential->name);
		return credential->count ? REASON_OK : REASON_NO_CREDENTIAL;
	default:
		return REASON_UNSUPPORTED;
	}
}
