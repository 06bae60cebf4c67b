/* What a connection can be asked for and told. */
#include "schannel/context.h"
#include "schannel/openssl_error.h"
#include "schannel/record.h"
#include "schannel/schannel.h"

#include <opensspi/schannel.h>

enum { KEYING_MATERIAL_MAX = 64 * 1024, LABEL_MAX = 249 /* RFC 8446 7.1 */ };

static struct slice slice_of_span(struct span bytes)
{
	return slice_of(bytes.data, bytes.size);
}

/* Values that lie nowhere else are written here, and stay until the next query. */
static struct byte_writer *answer(const struct schannel_context *context)
{
	writer_wipe(context->answer);
	*context->answer = writer_growing();
	return context->answer;
}

static enum reason answered(const struct schannel_context *context, struct slice *bytes)
{
	*bytes = writer_slice(context->answer);
	return writer_ok(context->answer) ? REASON_OK : REASON_OUT_OF_MEMORY;
}

static enum reason give(struct slice bytes, union attribute_value *value, enum reason otherwise)
{
	value->bytes = bytes;
	return bytes.size ? REASON_OK : otherwise;
}

/* --- The cipher */

static void name_cipher(const SSL_CIPHER *cipher, union attribute_value *value)
{
	static const struct {
		int nid;
		const char *name;
		uint32_t block;
	} rows[] = {
		{ NID_aes_128_gcm, "AES", 16 },
		{ NID_aes_256_gcm, "AES", 16 },
		{ NID_chacha20_poly1305, "CHACHA20_POLY1305", 1 },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (rows[i].nid == SSL_CIPHER_get_cipher_nid(cipher)) {
			value->cipher.cipher = rows[i].name;
			value->cipher.block = rows[i].block;
		}
}

static uint32_t exchange_bits(const SSL *ssl)
{
	switch (SSL_get_negotiated_group((SSL *)(uintptr_t)ssl)) {
	case NID_X25519:
		return 255;
	case NID_X9_62_prime256v1:
		return 256;
	case NID_secp384r1:
		return 384;
	default:
		return 0;
	}
}

static void query_cipher(const struct schannel_context *context, union attribute_value *value)
{
	const SSL_CIPHER *cipher = SSL_get_current_cipher(context->ssl);
	uint16_t suite = SSL_CIPHER_get_protocol_id(cipher);
	bool sha_384 = strstr(SSL_CIPHER_standard_name(cipher), "_SHA384");

	value->cipher.suite = suite;
	value->cipher.name = SSL_CIPHER_standard_name(cipher);
	value->cipher.cipher = "";
	value->cipher.block = 0;
	name_cipher(cipher, value);
	value->cipher.bits = (uint32_t)SSL_CIPHER_get_bits(cipher, NULL);
	value->cipher.hash = sha_384 ? "SHA384" : "SHA256";
	value->cipher.hash_bits = sha_384 ? 384 : 256;
	value->cipher.exchange = "ECDH"; /* ephemeral, in every suite that is offered; so Windows calls it */
	value->cipher.exchange_bits = exchange_bits(context->ssl);
	value->cipher.certificate = certificate_key_name(schannel_server_certificate(context));
}

/* As seen in Windows: the signature is that of the server's certificate. Numbers: CALG_ECDSA and so on. */
static void query_key_info(const struct schannel_context *context, union attribute_value *value)
{
	union attribute_value cipher;
	bool ecdsa, aes;

	query_cipher(context, &cipher);
	ecdsa = strcmp(cipher.cipher.certificate, "ECDSA") == 0;
	aes = strcmp(cipher.cipher.cipher, "AES") == 0;
	value->key_info.signature = cipher.cipher.certificate;
	value->key_info.encryption = cipher.cipher.cipher;
	value->key_info.bits = cipher.cipher.bits;
	value->key_info.signature_number = ecdsa ? CALG_ECDSA : CALG_RSA_SIGN;
	value->key_info.encryption_number = 0;
	if (aes)
		value->key_info.encryption_number = cipher.cipher.bits == 128 ? CALG_AES_128 : CALG_AES_256;
}

static void query_tls(const struct schannel_context *context, union attribute_value *value)
{
	value->tls.protocol = (uint16_t)SSL_version(context->ssl);
	value->tls.version = value->tls.protocol == TLS1_3_VERSION ? "1.3" : "1.2";
	value->tls.cipher = SSL_CIPHER_standard_name(SSL_get_current_cipher(context->ssl));
	value->tls.cipher_bits = (uint32_t)SSL_get_cipher_bits(context->ssl, NULL);
}

static enum reason query_session(const struct schannel_context *context, union attribute_value *value)
{
	const SSL_SESSION *session = SSL_get0_session(context->ssl);
	unsigned size = 0;
	const uint8_t *id = session ? SSL_SESSION_get_id(session, &size) : NULL;

	value->session.id = slice_of(id, size);
	value->session.resumed = SSL_session_reused(context->ssl);
	return REASON_OK;
}

/* --- Certificates */

/* A client that was not asked has shown none. */
static const struct certificate *shown(const struct schannel_context *context)
{
	return context->own;
}

static enum reason query_local_certificate(const struct schannel_context *context,
					   union attribute_value *value)
{
	if (!shown(context))
		return REASON_NO_CREDENTIAL;
	value->bytes = certificate_der(shown(context));
	return REASON_OK;
}

static void add_encoded(struct byte_writer *out, X509 *certificate)
{
	struct span der = certificate_encode(certificate);

	writer_bytes(out, slice_of_span(der));
	out->failed |= !der.data;
	certificate_free_der(der);
}

/* A server's list of OpenSSL's leaves the client's own certificate out. */
static enum reason query_chain(const struct schannel_context *context, union attribute_value *value)
{
	STACK_OF(X509) *chain = SSL_get_peer_cert_chain(context->ssl);
	struct byte_writer *out = answer(context);
	int count = chain ? sk_X509_num(chain) : 0;

	if (!context->peer)
		return REASON_NO_CREDENTIAL;
	value->chain.count = 0;
	if (context->role == ROLE_ACCEPT) {
		add_encoded(out, context->peer);
		value->chain.count++;
	}
	for (int i = 0; i < count; i++, value->chain.count++)
		add_encoded(out, sk_X509_value(chain, i));
	return answered(context, &value->chain.bytes);
}

/* Both texts lie behind one another in the answer. */
static enum reason query_local_info(const struct schannel_context *context, union attribute_value *value)
{
	struct byte_writer *out = answer(context);
	const X509 *own = shown(context) ? certificate_x509(shown(context)) : NULL;
	struct slice both;
	size_t size;

	if (!own)
		return REASON_NO_CREDENTIAL;
	certificate_write_subject(own, out);
	size = out->size;
	certificate_write_issuer(own, out);
	if (answered(context, &both) != REASON_OK ||
	    !slice_part(both, 0, size, &value->certificate_info.subject) ||
	    !slice_part(both, size, both.size - size, &value->certificate_info.issuer))
		return REASON_OUT_OF_MEMORY;
	value->certificate_info.key_bits = certificate_key_bits(own);
	return REASON_OK;
}

static enum reason query_issuer(const struct schannel_context *context, union attribute_value *value)
{
	if (!context->peer)
		return REASON_NO_CREDENTIAL;
	certificate_write_issuer(context->peer, answer(context));
	return answered(context, &value->bytes);
}

/* What a client calls itself is what its certificate says, once it was shown. */
static enum reason query_own_name(const struct schannel_context *context, union attribute_value *value)
{
	value->names.domain = slice_of(NULL, 0);
	if (context->role == ROLE_ACCEPT)
		return REASON_UNSUPPORTED;
	if (!shown(context))
		return REASON_NO_CREDENTIAL;
	certificate_write_subject(certificate_x509(shown(context)), answer(context));
	return answered(context, &value->names.user);
}

static enum reason query_issuers(const struct schannel_context *context, union attribute_value *value)
{
	const STACK_OF(X509_NAME) *names = SSL_get0_peer_CA_list(context->ssl);
	struct byte_writer *out = answer(context);
	int count = names ? sk_X509_NAME_num(names) : 0;

	if (context->role == ROLE_ACCEPT)
		return REASON_UNSUPPORTED;
	if (!context->certificate_asked)
		return REASON_OUT_OF_SEQUENCE;
	for (int i = 0; i < count; i++)
		certificate_write_name(sk_X509_NAME_value(names, i), out);
	return answered(context, &value->bytes);
}

static enum reason query_judged(const struct schannel_context *context, union attribute_value *value)
{
	if (context->role == ROLE_ACCEPT)
		return REASON_UNSUPPORTED;
	value->server_judged = CERTIFICATE_NOT_JUDGED;
	if (context->judge == JUDGE_PIN)
		value->server_judged = CERTIFICATE_PINNED;
	if (context->judge == JUDGE_STORE)
		value->server_judged = CERTIFICATE_TRUSTED;
	return REASON_OK;
}

static enum reason query_signatures(const struct schannel_context *context, union attribute_value *value)
{
	struct byte_writer *out = answer(context);
	int count = SSL_get_sigalgs(context->ssl, 0, NULL, NULL, NULL, NULL, NULL);
	unsigned char signature, hash;

	for (int i = 0; i < count; i++) {
		(void)SSL_get_sigalgs(context->ssl, i, NULL, NULL, NULL, &signature, &hash);
		writer_u8(out, hash);
		writer_u8(out, signature);
	}
	return answered(context, &value->bytes);
}

static enum reason query_account(const struct schannel_context *context, union attribute_value *value)
{
	if (context->role == ROLE_INITIATE)
		return REASON_UNSUPPORTED;
	value->account = &context->account;
	return context->has_account ? REASON_OK : REASON_NO_CREDENTIAL;
}

static void query_application_protocol(const struct schannel_context *context, union attribute_value *value)
{
	const unsigned char *name;
	unsigned size;

	SSL_get0_alpn_selected(context->ssl, &name, &size);
	value->bytes = slice_of(name, size);
}

/* --- The two functions */

/* Before the connection stands: what a server showed that was refused, and whom it takes certificates of. */
static bool may_be_asked(const struct schannel_context *context, enum attribute attribute)
{
	return context->established ||
	       (attribute == ATTRIBUTE_REMOTE_CERTIFICATE && context->peer_der.data) ||
	       attribute == ATTRIBUTE_ISSUERS;
}

enum reason schannel_query(const struct package_context *base, enum attribute attribute,
			   union attribute_value *value)
{
	const struct schannel_context *context = (const struct schannel_context *)base;

	if (!may_be_asked(context, attribute))
		return REASON_OUT_OF_SEQUENCE;
	switch (attribute) {
	case ATTRIBUTE_STREAM_SIZES:
		value->stream_sizes.header = context->header_size;
		value->stream_sizes.trailer = context->trailer_size;
		value->stream_sizes.maximum_message = context->longest;
		return REASON_OK;
	case ATTRIBUTE_SIZES:
		value->sizes.max_token = schannel_package.max_token;
		value->sizes.max_signature = 0;
		value->sizes.block = 1;
		value->sizes.security_trailer = context->header_size + context->trailer_size;
		return REASON_OK;
	case ATTRIBUTE_PUBLIC_KEY:
		return give(certificate_public_key(schannel_server_certificate(context)), value,
			    REASON_CRYPTO_FAILED);
	case ATTRIBUTE_LOCAL_CERTIFICATE:
		return query_local_certificate(context, value);
	case ATTRIBUTE_REMOTE_CERTIFICATE:
		return give(slice_of_span(context->peer_der), value, REASON_NO_CREDENTIAL);
	case ATTRIBUTE_TLS:
		query_tls(context, value);
		return REASON_OK;
	case ATTRIBUTE_CIPHER:
		query_cipher(context, value);
		return REASON_OK;
	case ATTRIBUTE_KEY_INFO:
		query_key_info(context, value);
		return REASON_OK;
	case ATTRIBUTE_SESSION_ID:
		return query_session(context, value);
	case ATTRIBUTE_UNIQUE_BINDINGS:
		return give(slice_of(context->unique, context->unique_size), value, REASON_UNSUPPORTED);
	case ATTRIBUTE_ENDPOINT_BINDINGS:
		return give(slice_of(context->end_point, context->end_point_size), value, REASON_UNSUPPORTED);
	case ATTRIBUTE_APPLICATION_PROTOCOL:
		query_application_protocol(context, value);
		return REASON_OK;
	case ATTRIBUTE_SIGNATURES:
		return query_signatures(context, value);
	case ATTRIBUTE_ISSUERS:
		return query_issuers(context, value);
	case ATTRIBUTE_REMOTE_CHAIN:
		return query_chain(context, value);
	case ATTRIBUTE_LOCAL_CERT_INFO:
		return query_local_info(context, value);
	case ATTRIBUTE_ISSUER:
		return query_issuer(context, value);
	case ATTRIBUTE_CLAIMED_NAMES:
		return query_own_name(context, value);
	case ATTRIBUTE_ACCOUNT:
		return query_account(context, value);
	case ATTRIBUTE_SERVER_JUDGED:
		return query_judged(context, value);
	case ATTRIBUTE_APP_DATA:
		value->bytes = secret_slice(&context->app_data);
		return REASON_OK;
	case ATTRIBUTE_KEYING_MATERIAL:
		return give(secret_slice(&context->keying_material), value, REASON_OUT_OF_SEQUENCE);
	default:
		return REASON_UNSUPPORTED;
	}
}

/* RFC 5705 4, RFC 8446 7.5. A context of no bytes is another one than no context in TLS 1.2. */
static enum reason export_keys(struct schannel_context *context, const union setting_value *value)
{
	struct slice label = value->keying_material.label, seed = value->keying_material.context;
	uint32_t size = value->keying_material.size;
	bool done;

	if (!context->established || context->refused)
		return REASON_OUT_OF_SEQUENCE;
	if (label.size == 0 || label.size > LABEL_MAX || size == 0 || size > KEYING_MATERIAL_MAX)
		return REASON_BAD_BUFFERS;
	secret_wipe(&context->keying_material);
	if (!secret_allocate(&context->keying_material, size))
		return REASON_OUT_OF_MEMORY;
	openssl_errors_clear();
	done = SSL_export_keying_material(context->ssl, context->keying_material.data, size,
					  (const char *)label.data, label.size, seed.data, seed.size,
					  value->keying_material.has_context) == 1;
	if (!done)
		secret_wipe(&context->keying_material);
	return done ? REASON_OK : openssl_error_take(REASON_CRYPTO_FAILED, "keying material").reason;
}

enum reason schannel_set(struct package_context *base, enum setting setting, const union setting_value *value)
{
	struct schannel_context *context = (struct schannel_context *)base;

	switch (setting) {
	case SETTING_APP_DATA:
		return secret_copy(&context->app_data, value->bytes) ? REASON_OK : REASON_OUT_OF_MEMORY;
	case SETTING_KEYING_MATERIAL:
		return export_keys(context, value);
	default:
		return REASON_UNSUPPORTED;
	}
}
