/* QueryContextAttributes: one row an attribute. */
#include "base/utf16.h"
#include "sspi/certificate_context.h"
#include "sspi/context.h"
#include "sspi/context_buffer.h"
#include "sspi/delegated.h"
#include "sspi/flags.h"
#include "sspi/local_time.h"
#include "sspi/package_info.h"
#include "sspi/packed_block.h"
#include "sspi/token.h"

#include <opensspi/credssp.h>

/* A finished context; `buffer` is the caller's struct, which a failing call leaves alone. */
typedef enum reason query_function(const struct context *context, void *buffer, bool wide);

static enum reason ask(const struct context *context, enum attribute attribute, union attribute_value *value)
{
	return context->inner->package->query(context->inner, attribute, value);
}

/* --- Sizes */

static enum reason query_sizes(const struct context *context, void *buffer, bool wide)
{
	union attribute_value value;
	enum reason reason = ask(context, ATTRIBUTE_SIZES, &value);

	(void)wide;
	if (reason == REASON_OK)
		*(SecPkgContext_Sizes *)buffer = (SecPkgContext_Sizes) {
			.cbMaxToken = value.sizes.max_token,
			.cbMaxSignature = value.sizes.max_signature,
			.cbBlockSize = value.sizes.block,
			.cbSecurityTrailer = value.sizes.security_trailer,
		};
	return reason;
}

static enum reason query_stream_sizes(const struct context *context, void *buffer, bool wide)
{
	enum { BUFFERS = 4, BLOCK_SIZE = 1 };
	union attribute_value value;
	enum reason reason = ask(context, ATTRIBUTE_STREAM_SIZES, &value);

	(void)wide;
	if (reason == REASON_OK)
		*(SecPkgContext_StreamSizes *)buffer = (SecPkgContext_StreamSizes) {
			.cbHeader = value.stream_sizes.header,
			.cbTrailer = value.stream_sizes.trailer,
			.cbMaximumMessage = value.stream_sizes.maximum_message,
			.cBuffers = BUFFERS,
			.cbBlockSize = BLOCK_SIZE,
		};
	return reason;
}

/* --- Who, and how long */

static bool write_name(struct byte_writer *name, struct slice domain, struct slice user)
{
	if (domain.size) {
		writer_bytes(name, domain);
		writer_u16le(name, '\\');
	}
	writer_bytes(name, user);
	return writer_ok(name);
}

/* One block with one text; NULL: no memory, or a name that is no text. */
static void *text_block(struct slice utf16, bool wide)
{
	CLEANUP(writer_wipe) struct byte_writer text = writer_growing();

	if (wide) {
		writer_bytes(&text, utf16);
		writer_u16le(&text, 0);
	} else {
		text.failed |= !utf16_to_utf8(&text, utf16);
		writer_u8(&text, 0);
	}
	return writer_ok(&text) ? context_buffer_copy(writer_slice(&text)) : NULL;
}

static void *static_text_block(const char *ascii, bool wide)
{
	CLEANUP(writer_wipe) struct byte_writer text = writer_growing();

	return utf16_from_utf8(&text, slice_of(ascii, strlen(ascii))) ? text_block(writer_slice(&text), wide)
								      : NULL;
}

/* A server is told the account that was let in, a client itself. */
static enum reason query_names(const struct context *context, void *buffer, bool wide)
{
	CLEANUP(writer_wipe) struct byte_writer name = writer_growing();
	union attribute_value value;
	enum reason reason;
	void *block;

	if (context->role == ROLE_ACCEPT) {
		reason = ask(context, ATTRIBUTE_ACCOUNT, &value);
		if (reason != REASON_OK)
			return reason;
		if (!write_name(&name, secret_slice(&value.account->domain),
				secret_slice(&value.account->user)))
			return REASON_OUT_OF_MEMORY;
	} else {
		reason = ask(context, ATTRIBUTE_CLAIMED_NAMES, &value);
		if (reason != REASON_OK)
			return reason;
		if (!write_name(&name, value.names.domain, value.names.user))
			return REASON_OUT_OF_MEMORY;
	}
	block = text_block(writer_slice(&name), wide);
	if (!block)
		return REASON_OUT_OF_MEMORY;
	((SecPkgContext_NamesA *)buffer)->sUserName = block;
	return REASON_OK;
}

static enum reason query_lifespan(const struct context *context, void *buffer, bool wide)
{
	(void)wide;
	*(SecPkgContext_Lifespan *)buffer = (SecPkgContext_Lifespan) {
		.tsStart = local_time(context->start),
		.tsExpiry = local_time(context->expiry),
	};
	return REASON_OK;
}

static enum reason query_flags(const struct context *context, void *buffer, bool wide)
{
	(void)wide;
	((SecPkgContext_Flags *)buffer)->Flags = flags_reached(context->role, context->reached);
	return REASON_OK;
}

/* --- Keys */

static enum reason query_session_key(const struct context *context, void *buffer, bool wide)
{
	union attribute_value value;
	enum reason reason = ask(context, ATTRIBUTE_SESSION_KEY, &value);
	uint8_t *key;

	(void)wide;
	if (reason != REASON_OK)
		return reason;
	key = context_buffer_copy(value.bytes);
	if (!key)
		return REASON_OUT_OF_MEMORY;
	*(SecPkgContext_SessionKey *)buffer = (SecPkgContext_SessionKey) { (uint32_t)value.bytes.size, key };
	return REASON_OK;
}

static enum reason query_key_info(const struct context *context, void *buffer, bool wide)
{
	union attribute_value value;
	enum reason reason = ask(context, ATTRIBUTE_KEY_INFO, &value);
	void *signature, *encryption;

	if (reason != REASON_OK)
		return reason;
	signature = static_text_block(value.key_info.signature, wide);
	encryption = static_text_block(value.key_info.encryption, wide);
	if (!signature || !encryption) {
		(void)FreeContextBuffer(signature);
		(void)FreeContextBuffer(encryption);
		return REASON_OUT_OF_MEMORY;
	}
	*(SecPkgContext_KeyInfoA *)buffer = (SecPkgContext_KeyInfoA) {
		.sSignatureAlgorithmName = signature,
		.sEncryptAlgorithmName = encryption,
		.KeySize = value.key_info.bits,
		.SignatureAlgorithm = value.key_info.signature_number,
		.EncryptAlgorithm = value.key_info.encryption_number,
	};
	return REASON_OK;
}

/* --- Packages */

static enum reason put_package(const struct security_package *package, void *buffer, bool wide)
{
	void *info = package_info(&package, 1, wide);

	if (!info)
		return REASON_OUT_OF_MEMORY;
	((SecPkgContext_PackageInfoA *)buffer)->PackageInfo = info;
	return REASON_OK;
}

static enum reason query_package_info(const struct context *context, void *buffer, bool wide)
{
	return put_package(context->inner->package, buffer, wide);
}

static enum reason query_negotiation_package(const struct context *context, void *buffer, bool wide)
{
	union attribute_value value;
	enum reason reason = ask(context, ATTRIBUTE_INNER, &value);

	if (reason != REASON_OK)
		return reason;
	return value.inner.context ? put_package(value.inner.context->package, buffer, wide)
				   : REASON_UNSUPPORTED;
}

/* Of a package that chooses none: itself. */
static enum reason query_negotiation_info(const struct context *context, void *buffer, bool wide)
{
	union attribute_value value;
	enum reason reason = ask(context, ATTRIBUTE_INNER, &value) == REASON_OK
				     ? query_negotiation_package(context, buffer, wide)
				     : query_package_info(context, buffer, wide);

	if (reason == REASON_OK)
		((SecPkgContext_NegotiationInfoA *)buffer)->NegotiationState = SECPKG_NEGOTIATION_COMPLETE;
	return reason;
}

/* --- TLS */

static enum reason put_certificate(const struct context *context, enum attribute attribute, void *buffer)
{
	union attribute_value value;
	enum reason reason = ask(context, attribute, &value);
	PCCERT_CONTEXT certificate;

	if (reason != REASON_OK)
		return reason;
	certificate = certificate_context_of(value.bytes);
	if (!certificate)
		return REASON_OUT_OF_MEMORY;
	*(PCCERT_CONTEXT *)buffer = certificate;
	return REASON_OK;
}

static enum reason query_remote_certificate(const struct context *context, void *buffer, bool wide)
{
	(void)wide;
	return put_certificate(context, ATTRIBUTE_REMOTE_CERTIFICATE, buffer);
}

static enum reason query_local_certificate(const struct context *context, void *buffer, bool wide)
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

static enum reason query_connection_info(const struct context *context, void *buffer, bool wide)
{
	union attribute_value value;
	enum reason reason = ask(context, ATTRIBUTE_TLS, &value);

	(void)wide;
	if (reason == REASON_OK)
		*(SecPkgContext_ConnectionInfo *)buffer = (SecPkgContext_ConnectionInfo) {
			.dwProtocol = protocol_bit(value.tls.protocol, context->role),
			.dwCipherStrength = value.tls.cipher_bits,
		};
	return reason;
}

/* --- Delegated credentials */

static enum reason query_credentials(const struct context *context, void *buffer, bool wide)
{
	(void)wide;
	return delegated_logon(context, buffer);
}

/* --- Tokens */

static enum reason query_token(const struct context *context, void *buffer)
{
	return context->role == ROLE_ACCEPT
		       ? token_of_context(context, &((SecPkgContext_AccessToken *)buffer)->AccessToken)
		       : REASON_UNSUPPORTED;
}

static bool is_credssp(const struct context *context)
{
	union attribute_value value;

	return ask(context, ATTRIBUTE_CREDSSP, &value) == REASON_OK;
}

static enum reason query_access_token(const struct context *context, void *buffer, bool wide)
{
	(void)wide;
	return is_credssp(context) ? REASON_UNSUPPORTED : query_token(context, buffer);
}

static enum reason query_credssp_access_token(const struct context *context, void *buffer, bool wide)
{
	(void)wide;
	return is_credssp(context) ? query_token(context, buffer) : REASON_UNSUPPORTED;
}

/* ---------- */

static const struct {
	uint32_t attribute;
	query_function *run;
} rows[] = {
	{ SECPKG_ATTR_SIZES, query_sizes },
	{ SECPKG_ATTR_NAMES, query_names },
	{ SECPKG_ATTR_LIFESPAN, query_lifespan },
	{ SECPKG_ATTR_STREAM_SIZES, query_stream_sizes },
	{ SECPKG_ATTR_KEY_INFO, query_key_info },
	{ SECPKG_ATTR_SESSION_KEY, query_session_key },
	{ SECPKG_ATTR_PACKAGE_INFO, query_package_info },
	{ SECPKG_ATTR_NEGOTIATION_INFO, query_negotiation_info },
	{ SECPKG_ATTR_FLAGS, query_flags },
	{ SECPKG_ATTR_REMOTE_CERT_CONTEXT, query_remote_certificate },
	{ SECPKG_ATTR_LOCAL_CERT_CONTEXT, query_local_certificate },
	{ SECPKG_ATTR_CONNECTION_INFO, query_connection_info },
	{ SECPKG_ATTR_CREDS, query_credentials },
	{ SECPKG_ATTR_NEGOTIATION_PACKAGE, query_negotiation_package },
	{ SECPKG_ATTR_CREDS_2, query_credentials },
	{ SECPKG_ATTR_ACCESS_TOKEN, query_access_token },
	{ SECPKG_ATTR_C_ACCESS_TOKEN, query_credssp_access_token },
	{ SECPKG_ATTR_C_FULL_ACCESS_TOKEN, query_credssp_access_token },
};

static enum reason run_row(const struct context *context, uint32_t attribute, void *buffer, bool wide)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (rows[i].attribute == attribute)
			return buffer ? rows[i].run(context, buffer, wide) : REASON_NULL_ARGUMENT;
	return REASON_UNSUPPORTED;
}

static SECURITY_STATUS query(const CtxtHandle *handle, uint32_t attribute, void *buffer, bool wide)
{
	CLEANUP(context_leave) struct context_visit visit = { 0 };
	enum reason reason = context_enter_finished(handle, &visit);

	if (reason == REASON_OK)
		reason = run_row(visit.context, attribute, buffer, wide);
	return reason == REASON_OK
		       ? SEC_E_OK
		       : fail("query", reason, "attribute %u: %s", attribute, reason_sentence(reason));
}

SECURITY_STATUS SEC_ENTRY QueryContextAttributesA(PCtxtHandle phContext, uint32_t ulAttribute, void *pBuffer)
{
	return query(phContext, ulAttribute, pBuffer, false);
}

SECURITY_STATUS SEC_ENTRY QueryContextAttributesW(PCtxtHandle phContext, uint32_t ulAttribute, void *pBuffer)
{
	return query(phContext, ulAttribute, pBuffer, true);
}
