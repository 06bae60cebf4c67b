/* Attributes of the TLS connection, of Schannel and of CREDSSP around it. */
#include "asn1/der_reader.h"
#include "sspi/attribute_rows.h"
#include "sspi/certificate_context.h"
#include "sspi/context_buffer.h"
#include "sspi/context_settings.h"

#include <opensspi/credssp.h>

static enum reason put_certificate(const struct context *context, enum attribute attribute, void *buffer)
{
	union attribute_value value;
	enum reason reason = attribute_ask(context, attribute, &value);
	PCCERT_CONTEXT certificate;

	if (reason != REASON_OK)
		return reason;
	certificate = certificate_context_of(value.bytes);
	if (!certificate)
		return REASON_OUT_OF_MEMORY;
	*(PCCERT_CONTEXT *)buffer = certificate;
	return REASON_OK;
}

enum reason attribute_remote_certificate(const struct context *context, void *buffer, bool wide)
{
	(void)wide;
	return put_certificate(context, ATTRIBUTE_REMOTE_CERTIFICATE, buffer);
}

enum reason attribute_local_certificate(const struct context *context, void *buffer, bool wide)
{
	(void)wide;
	return put_certificate(context, ATTRIBUTE_LOCAL_CERTIFICATE, buffer);
}

static uint32_t protocol_bit(uint16_t protocol, enum role role)
{
	enum { TLS_1_3 = 0x0304 };

	if (protocol == TLS_1_3)
		return role == ROLE_ACCEPT ? SP_PROT_TLS1_3_SERVER : SP_PROT_TLS1_3_CLIENT;
	return role == ROLE_ACCEPT ? SP_PROT_TLS1_2_SERVER : SP_PROT_TLS1_2_CLIENT;
}

/* --- The cipher */

static bool is_aes(const union attribute_value *cipher)
{
	return strcmp(cipher->cipher.cipher, "AES") == 0;
}

/* Windows' numbers; ChaCha20-Poly1305 has none. */
static ALG_ID cipher_number(const union attribute_value *cipher)
{
	if (!is_aes(cipher))
		return 0;
	return cipher->cipher.bits == 128 ? CALG_AES_128 : CALG_AES_256;
}

/* The hash is that of the key schedule: the suites protect a record with its cipher alone. */
enum reason attribute_connection_info(const struct context *context, void *buffer, bool wide)
{
	union attribute_value tls, cipher;
	enum reason reason = attribute_ask(context, ATTRIBUTE_TLS, &tls);

	(void)wide;
	if (reason == REASON_OK)
		reason = attribute_ask(context, ATTRIBUTE_CIPHER, &cipher);
	if (reason == REASON_OK)
		*(SecPkgContext_ConnectionInfo *)buffer = (SecPkgContext_ConnectionInfo) {
			.dwProtocol = protocol_bit(tls.tls.protocol, context->role),
			.aiCipher = cipher_number(&cipher),
			.dwCipherStrength = cipher.cipher.bits,
			.aiHash = cipher.cipher.hash_bits == 384 ? CALG_SHA_384 : CALG_SHA_256,
			.aiExch = CALG_ECDH_EPHEM,
			.dwExchStrength = cipher.cipher.exchange_bits,
		};
	return reason;
}

/* Static ASCII text that fits, with a NUL. */
static void put_name(WCHAR to[SZ_ALG_MAX_SIZE], const char *name)
{
	for (size_t i = 0; name[i] && i < SZ_ALG_MAX_SIZE - 1; i++)
		to[i] = (WCHAR)name[i];
}

enum reason attribute_connection_info_ex(const struct context *context, void *buffer, bool wide)
{
	SecPkgContext_ConnectionInfoEx info = { .dwVersion = SECPKGCONTEXT_CONNECTION_INFO_EX_V1 };
	SecPkgContext_ConnectionInfo plain;
	union attribute_value cipher;
	enum reason reason = attribute_connection_info(context, &plain, wide);

	if (reason == REASON_OK)
		reason = attribute_ask(context, ATTRIBUTE_CIPHER, &cipher);
	if (reason != REASON_OK)
		return reason;
	info.dwProtocol = plain.dwProtocol;
	info.dwCipherStrength = plain.dwCipherStrength;
	info.dwExchStrength = plain.dwExchStrength;
	put_name(info.szCipher, cipher.cipher.cipher);
	put_name(info.szHash, cipher.cipher.hash);
	put_name(info.szExchange, cipher.cipher.exchange);
	*(SecPkgContext_ConnectionInfoEx *)buffer = info;
	return REASON_OK;
}

enum reason attribute_cipher_info(const struct context *context, void *buffer, bool wide)
{
	SecPkgContext_CipherInfo info = { .dwVersion = SECPKGCONTEXT_CIPHERINFO_V1 };
	union attribute_value tls, cipher;
	enum reason reason = attribute_ask(context, ATTRIBUTE_TLS, &tls);

	(void)wide;
	if (reason == REASON_OK)
		reason = attribute_ask(context, ATTRIBUTE_CIPHER, &cipher);
	if (reason != REASON_OK)
		return reason;
	info.dwProtocol = tls.tls.protocol;
	info.dwCipherSuite = info.dwBaseCipherSuite = cipher.cipher.suite;
	info.dwCipherLen = cipher.cipher.bits;
	info.dwCipherBlockLen = cipher.cipher.block;
	info.dwMinExchangeLen = info.dwMaxExchangeLen = cipher.cipher.exchange_bits;
	put_name(info.szCipherSuite, cipher.cipher.name);
	put_name(info.szCipher, cipher.cipher.cipher);
	put_name(info.szExchange, cipher.cipher.exchange);
	put_name(info.szCertificate, cipher.cipher.certificate);
	*(SecPkgContext_CipherInfo *)buffer = info;
	return REASON_OK;
}

enum reason attribute_session_info(const struct context *context, void *buffer, bool wide)
{
	SecPkgContext_SessionInfo info = { 0 };
	union attribute_value value;
	enum reason reason = attribute_ask(context, ATTRIBUTE_SESSION_ID, &value);

	(void)wide;
	if (reason != REASON_OK)
		return reason;
	if (value.session.id.size > sizeof(info.rgbSessionId))
		return REASON_CRYPTO_FAILED;
	info.dwFlags = value.session.resumed ? SSL_SESSION_RECONNECT : 0;
	info.cbSessionId = (uint32_t)value.session.id.size;
	if (info.cbSessionId)
		memcpy(info.rgbSessionId, value.session.id.data, info.cbSessionId);
	*(SecPkgContext_SessionInfo *)buffer = info;
	return REASON_OK;
}

/* --- The channel */

/* What SECBUFFER_CHANNEL_BINDINGS takes: a header without addresses, and the bytes behind it. */
static enum reason put_bindings(const struct context *context, enum attribute attribute, void *buffer)
{
	CLEANUP(writer_wipe) struct byte_writer block = writer_growing();
	SEC_CHANNEL_BINDINGS header = { .dwApplicationDataOffset = sizeof(header) };
	union attribute_value value;
	enum reason reason = attribute_ask(context, attribute, &value);
	void *made;

	if (reason != REASON_OK)
		return reason;
	header.cbApplicationDataLength = (uint32_t)value.bytes.size;
	writer_bytes(&block, slice_of(&header, sizeof(header)));
	writer_bytes(&block, value.bytes);
	if (!writer_ok(&block) || attribute_bytes(writer_slice(&block), &made) != REASON_OK)
		return REASON_OUT_OF_MEMORY;
	*(SecPkgContext_Bindings *)buffer = (SecPkgContext_Bindings) { (uint32_t)block.size, made };
	return REASON_OK;
}

enum reason attribute_unique_bindings(const struct context *context, void *buffer, bool wide)
{
	(void)wide;
	return put_bindings(context, ATTRIBUTE_UNIQUE_BINDINGS, buffer);
}

enum reason attribute_endpoint_bindings(const struct context *context, void *buffer, bool wide)
{
	(void)wide;
	return put_bindings(context, ATTRIBUTE_ENDPOINT_BINDINGS, buffer);
}

enum reason attribute_application_protocol(const struct context *context, void *buffer, bool wide)
{
	SecPkgContext_ApplicationProtocol protocol = { 0 };
	union attribute_value value;
	enum reason reason = attribute_ask(context, ATTRIBUTE_APPLICATION_PROTOCOL, &value);

	(void)wide;
	if (reason != REASON_OK)
		return reason;
	if (value.bytes.size > sizeof(protocol.ProtocolId))
		return REASON_CRYPTO_FAILED;
	if (value.bytes.size) {
		protocol.ProtoNegoStatus = SecApplicationProtocolNegotiationStatus_Success;
		protocol.ProtoNegoExt = SecApplicationProtocolNegotiationExt_ALPN;
		protocol.ProtocolIdSize = (uint8_t)value.bytes.size;
		memcpy(protocol.ProtocolId, value.bytes.data, value.bytes.size);
	}
	*(SecPkgContext_ApplicationProtocol *)buffer = protocol;
	return REASON_OK;
}

/* --- Keys and the caller's own data */

enum reason attribute_app_data(const struct context *context, void *buffer, bool wide)
{
	union attribute_value value;
	enum reason reason = attribute_ask(context, ATTRIBUTE_APP_DATA, &value);
	void *block = NULL;

	(void)wide;
	if (reason == REASON_OK && value.bytes.size)
		reason = attribute_bytes(value.bytes, &block);
	if (reason == REASON_OK)
		*(SecPkgContext_SessionAppData *)buffer = (SecPkgContext_SessionAppData) {
			.cbAppData = (uint32_t)value.bytes.size,
			.pbAppData = block,
		};
	return reason;
}

enum reason attribute_keying_material(const struct context *context, void *buffer, bool wide)
{
	union attribute_value value;
	enum reason reason = attribute_ask(context, ATTRIBUTE_KEYING_MATERIAL, &value);
	void *block;

	(void)wide;
	if (reason == REASON_OK)
		reason = attribute_bytes(value.bytes, &block);
	if (reason == REASON_OK)
		*(SecPkgContext_KeyingMaterial *)buffer =
			(SecPkgContext_KeyingMaterial) { (uint32_t)value.bytes.size, block };
	return reason;
}

/* Into the caller's own memory. What KEYING_MATERIAL gives is then the same. */
enum reason attribute_keying_material_inproc(const struct context *context, void *buffer, bool wide)
{
	const SecPkgContext_KeyingMaterial_Inproc *inproc = buffer;
	const SecPkgContext_KeyingMaterialInfo info = {
		.cbLabel = inproc->cbLabel,
		.pszLabel = inproc->pszLabel,
		.cbContextValue = inproc->cbContextValue,
		.pbContextValue = inproc->pbContextValue,
		.cbKeyingMaterial = inproc->cbKeyingMaterial,
	};
	union attribute_value value;
	enum reason reason;

	(void)wide;
	if (!inproc->pbKeyingMaterial)
		return REASON_NULL_ARGUMENT;
	reason = context_export_keys(context, &info);
	if (reason == REASON_OK)
		reason = attribute_ask(context, ATTRIBUTE_KEYING_MATERIAL, &value);
	if (reason == REASON_OK)
		memcpy(inproc->pbKeyingMaterial, value.bytes.data, value.bytes.size);
	return reason;
}

/* --- Certificates and names */

enum reason attribute_supported_signatures(const struct context *context, void *buffer, bool wide)
{
	union attribute_value value;
	enum reason reason = attribute_ask(context, ATTRIBUTE_SIGNATURES, &value);
	struct byte_reader in;
	uint16_t *list, count = 0;

	(void)wide;
	if (reason == REASON_OK && value.bytes.size == 0)
		return REASON_NO_CREDENTIAL; /* a server that asked for no certificate has named none */
	if (reason != REASON_OK)
		return reason;
	list = context_buffer_allocate(value.bytes.size);
	if (!list)
		return REASON_OUT_OF_MEMORY;
	in = reader_of(value.bytes);
	while (reader_u16le(&in, &list[count]))
		count++;
	*(SecPkgContext_SupportedSignatures *)buffer = (SecPkgContext_SupportedSignatures) { count, list };
	return REASON_OK;
}

enum reason attribute_remote_certificates(const struct context *context, void *buffer, bool wide)
{
	union attribute_value value;
	enum reason reason = attribute_ask(context, ATTRIBUTE_REMOTE_CHAIN, &value);
	void *block;

	(void)wide;
	if (reason == REASON_OK)
		reason = attribute_bytes(value.chain.bytes, &block);
	if (reason == REASON_OK)
		*(SecPkgContext_Certificates *)buffer = (SecPkgContext_Certificates) {
			.cCertificates = value.chain.count,
			.cbCertificateChain = (uint32_t)value.chain.bytes.size,
			.pbCertificateChain = block,
		};
	return reason;
}

/* The DER element at the front of `in`. */
static bool take_name(struct byte_reader *in, struct slice *name)
{
	size_t size;

	return der_element_size(in, &size) == DER_LENGTH_KNOWN && reader_take(in, size, name);
}

static uint32_t count_names(struct slice names)
{
	struct byte_reader in = reader_of(names);
	struct slice name;
	uint32_t count = 0;

	while (take_name(&in, &name))
		count++;
	return count;
}

/* One block: the array, and the names behind it. */
static PCERT_NAME_BLOB list_names(struct slice names, uint32_t count)
{
	const size_t array = count * sizeof(CERT_NAME_BLOB);
	struct byte_reader in = reader_of(names);
	PCERT_NAME_BLOB list = context_buffer_allocate(array + names.size);
	uint8_t *bytes = (uint8_t *)list + array;
	struct slice name;

	if (!list)
		return NULL;
	memcpy(bytes, names.data, names.size);
	for (uint32_t i = 0; i < count && take_name(&in, &name); i++) {
		list[i] = (CERT_NAME_BLOB) { (uint32_t)name.size, bytes };
		bytes += name.size;
	}
	return list;
}

enum reason attribute_issuer_list(const struct context *context, void *buffer, bool wide)
{
	union attribute_value value;
	enum reason reason = attribute_ask(context, ATTRIBUTE_ISSUERS, &value);
	uint32_t count = reason == REASON_OK ? count_names(value.bytes) : 0;
	PCERT_NAME_BLOB list = count ? list_names(value.bytes, count) : NULL;

	(void)wide;
	if (reason == REASON_OUT_OF_SEQUENCE)
		return REASON_NOT_FINISHED; /* the server has asked for nothing yet */
	if (reason == REASON_OK && count && !list)
		reason = REASON_OUT_OF_MEMORY;
	if (reason == REASON_OK)
		*(SecPkgContext_IssuerListInfoEx *)buffer = (SecPkgContext_IssuerListInfoEx) { list, count };
	return reason;
}

enum reason attribute_local_cert_info(const struct context *context, void *buffer, bool wide)
{
	union attribute_value value;
	enum reason reason = attribute_ask(context, ATTRIBUTE_LOCAL_CERT_INFO, &value);
	void *subject, *issuer;

	(void)wide; /* always UTF-16 */
	if (reason != REASON_OK)
		return reason;
	subject = attribute_text(value.certificate_info.subject, true);
	issuer = attribute_text(value.certificate_info.issuer, true);
	if (!subject || !issuer) {
		(void)FreeContextBuffer(subject);
		(void)FreeContextBuffer(issuer);
		return REASON_OUT_OF_MEMORY;
	}
	*(SecPkgContext_CertInfo *)buffer = (SecPkgContext_CertInfo) {
		.dwVersion = KERN_CONTEXT_CERT_INFO_V1,
		.cbSubjectName = (uint32_t)value.certificate_info.subject.size,
		.pwszSubjectName = subject,
		.cbIssuerName = (uint32_t)value.certificate_info.issuer.size,
		.pwszIssuerName = issuer,
		.dwKeySize = value.certificate_info.key_bits,
	};
	return REASON_OK;
}

/* Who vouches for the peer. */
enum reason attribute_issuer(const struct context *context, void *buffer, bool wide)
{
	union attribute_value value;
	enum reason reason = attribute_ask(context, ATTRIBUTE_ISSUER, &value);
	void *name;

	if (reason != REASON_OK)
		return reason;
	name = attribute_text(value.bytes, wide);
	if (!name)
		return REASON_OUT_OF_MEMORY;
	((SecPkgContext_AuthorityA *)buffer)->sAuthorityName = name;
	return REASON_OK;
}

/* --- CREDSSP's client */

/* Kerberos, which would prove the server by the logon, is not built. */
enum reason attribute_server_auth_flags(const struct context *context, void *buffer, bool wide)
{
	union attribute_value value;
	enum reason reason = attribute_ask(context, ATTRIBUTE_SERVER_JUDGED, &value);

	(void)wide;
	if (reason == REASON_OK)
		((SecPkgContext_Flags *)buffer)->Flags =
			value.server_judged == CERTIFICATE_NOT_JUDGED ? 0 : CREDSSP_SERVER_AUTH_CERTIFICATE;
	return reason;
}

enum reason attribute_trust_status(const struct context *context, void *buffer, bool wide)
{
	union attribute_value value;
	enum reason reason = attribute_ask(context, ATTRIBUTE_SERVER_JUDGED, &value);

	(void)wide;
	if (reason == REASON_OK)
		*(CERT_TRUST_STATUS *)buffer = (CERT_TRUST_STATUS) {
			.dwErrorStatus = value.server_judged == CERTIFICATE_NOT_JUDGED
						 ? CERT_TRUST_IS_UNTRUSTED_ROOT
						 : CERT_TRUST_NO_ERROR,
		};
	return reason;
}
