/* QueryContextAttributes: one rule an attribute. */
#include "base/utf16.h"
#include "credssp/credssp.h"
#include "negotiate/negotiate.h"
#include "sspi/attribute_rows.h"
#include "sspi/context_buffer.h"
#include "sspi/delegated.h"
#include "sspi/flags.h"
#include "sspi/local_time.h"
#include "sspi/package_info.h"
#include "sspi/token.h"

#include <opensspi/credssp.h>

enum reason attribute_ask(const struct context *context, enum attribute attribute,
			  union attribute_value *value)
{
	return context->inner->package->query(context->inner, attribute, value);
}

void *attribute_text(struct slice utf16, bool wide)
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

void *attribute_static_text(const char *ascii, bool wide)
{
	CLEANUP(writer_wipe) struct byte_writer text = writer_growing();

	return utf16_from_utf8(&text, slice_of(ascii, strlen(ascii)))
		       ? attribute_text(writer_slice(&text), wide)
		       : NULL;
}

enum reason attribute_bytes(struct slice bytes, void **block)
{
	*block = context_buffer_copy(bytes);
	return *block ? REASON_OK : REASON_OUT_OF_MEMORY;
}

/* --- Sizes */

static enum reason query_sizes(const struct context *context, void *buffer, bool wide)
{
	union attribute_value value;
	enum reason reason = attribute_ask(context, ATTRIBUTE_SIZES, &value);

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
	enum reason reason = attribute_ask(context, ATTRIBUTE_STREAM_SIZES, &value);

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

/* --- How long, and what was reached */

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

/* No authority that is built lets a password end. */
static enum reason query_password_expiry(const struct context *context, void *buffer, bool wide)
{
	(void)context, (void)wide;
	((SecPkgContext_PasswordExpiry *)buffer)->tsPasswordExpires = local_time(0);
	return REASON_OK;
}

/* A finished client has sent its last token, and a finished server has got it. */
static enum reason query_last_client_token(const struct context *context, void *buffer, bool wide)
{
	(void)context, (void)wide;
	((SecPkgContext_LastClientTokenStatus *)buffer)->LastClientTokenStatus = SecPkgAttrLastClientTokenYes;
	return REASON_OK;
}

/* --- Keys */

static enum reason query_session_key(const struct context *context, void *buffer, bool wide)
{
	union attribute_value value;
	enum reason reason = attribute_ask(context, ATTRIBUTE_SESSION_KEY, &value);
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
	enum reason reason = attribute_ask(context, ATTRIBUTE_KEY_INFO, &value);
	void *signature, *encryption;

	if (reason != REASON_OK)
		return reason;
	signature = attribute_static_text(value.key_info.signature, wide);
	encryption = attribute_static_text(value.key_info.encryption, wide);
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
	enum reason reason = attribute_ask(context, ATTRIBUTE_INNER, &value);

	if (reason != REASON_OK)
		return reason;
	return value.inner.context ? put_package(value.inner.context->package, buffer, wide)
				   : REASON_UNSUPPORTED;
}

/* Of a package that chooses none, or has not chosen yet: itself. May be asked before the handshake has ended. */
static enum reason query_negotiation_info(const struct context *context, void *buffer, bool wide)
{
	union attribute_value value;
	bool chosen = attribute_ask(context, ATTRIBUTE_INNER, &value) == REASON_OK && value.inner.context;
	enum reason reason = chosen ? put_package(value.inner.context->package, buffer, wide)
				    : query_package_info(context, buffer, wide);

	if (reason == REASON_OK)
		((SecPkgContext_NegotiationInfoA *)buffer)->NegotiationState =
			context->state == CONTEXT_FINISHED ? SECPKG_NEGOTIATION_COMPLETE
							   : SECPKG_NEGOTIATION_IN_PROGRESS;
	return reason;
}

/* --- Delegated credentials */

static enum reason query_credentials(const struct context *context, void *buffer, bool wide)
{
	(void)wide;
	return delegated_logon(context, buffer);
}

/* --- Tokens */

static enum reason query_token(const struct context *context, void *buffer, bool wide)
{
	(void)wide;
	return token_of_context(context, &((SecPkgContext_AccessToken *)buffer)->AccessToken);
}

/* ---------- */

/* The columns of the table in docs/sspi.md: for whose contexts a row is. */
enum {
	CREDSSP = 1,
	NTLM = 2,
	NEGOTIATE = 64,
	LOGON = NTLM | NEGOTIATE,
	SCHANNEL = 4,
	ALL = CREDSSP | LOGON | SCHANNEL,
	TLS = CREDSSP | SCHANNEL,
	SERVER_ONLY = 8,
	CLIENT_ONLY = 16,
	EARLY = 32, /* before the handshake has ended, too */
};

static const struct attribute_rule {
	uint32_t attribute, size;
	unsigned where;
	attribute_row *run;
} rules[] = {
	/* clang-format off */
	{ SECPKG_ATTR_SIZES, sizeof(SecPkgContext_Sizes), ALL, query_sizes },
	{ SECPKG_ATTR_NAMES, sizeof(SecPkgContext_NamesA), ALL, attribute_names },
	{ SECPKG_ATTR_LIFESPAN, sizeof(SecPkgContext_Lifespan), ALL, query_lifespan },
	{ SECPKG_ATTR_DCE_INFO, sizeof(SecPkgContext_DceInfo), LOGON | SCHANNEL, attribute_dce_info },
	{ SECPKG_ATTR_STREAM_SIZES, sizeof(SecPkgContext_StreamSizes), TLS, query_stream_sizes },
	{ SECPKG_ATTR_KEY_INFO, sizeof(SecPkgContext_KeyInfoA), LOGON | SCHANNEL, query_key_info },
	{ SECPKG_ATTR_AUTHORITY, sizeof(SecPkgContext_AuthorityA), LOGON, attribute_authority },
	{ SECPKG_ATTR_AUTHORITY, sizeof(SecPkgContext_AuthorityA), SCHANNEL, attribute_issuer },
	{ SECPKG_ATTR_PASSWORD_EXPIRY, sizeof(SecPkgContext_PasswordExpiry), LOGON, query_password_expiry },
	{ SECPKG_ATTR_SESSION_KEY, sizeof(SecPkgContext_SessionKey), CREDSSP | LOGON, query_session_key },
	{ SECPKG_ATTR_PACKAGE_INFO, sizeof(SecPkgContext_PackageInfoA), ALL, query_package_info },
	{ SECPKG_ATTR_NEGOTIATION_INFO, sizeof(SecPkgContext_NegotiationInfoA), CREDSSP, query_negotiation_info },
	{ SECPKG_ATTR_NEGOTIATION_INFO, sizeof(SecPkgContext_NegotiationInfoA), LOGON | EARLY, query_negotiation_info },
	{ SECPKG_ATTR_NATIVE_NAMES, sizeof(SecPkgContext_NativeNamesA), LOGON, attribute_native_names },
	{ SECPKG_ATTR_FLAGS, sizeof(SecPkgContext_Flags), ALL, query_flags },
	{ SECPKG_ATTR_CLIENT_SPECIFIED_TARGET, sizeof(SecPkgContext_ClientSpecifiedTarget), LOGON | SERVER_ONLY,
	  attribute_client_specified_target },
	{ SECPKG_ATTR_LAST_CLIENT_TOKEN_STATUS, sizeof(SecPkgContext_LastClientTokenStatus), LOGON,
	  query_last_client_token },
	{ SECPKG_ATTR_ACCESS_TOKEN, sizeof(SecPkgContext_AccessToken), LOGON | SCHANNEL | SERVER_ONLY, query_token },
	{ SECPKG_ATTR_REMOTE_CERT_CONTEXT, sizeof(PCCERT_CONTEXT), TLS, attribute_remote_certificate },
	{ SECPKG_ATTR_LOCAL_CERT_CONTEXT, sizeof(PCCERT_CONTEXT), TLS, attribute_local_certificate },
	{ SECPKG_ATTR_CONNECTION_INFO, sizeof(SecPkgContext_ConnectionInfo), TLS, attribute_connection_info },
	{ SECPKG_ATTR_CONNECTION_INFO_EX, sizeof(SecPkgContext_ConnectionInfoEx), SCHANNEL, attribute_connection_info_ex },
	{ SECPKG_ATTR_CIPHER_INFO, sizeof(SecPkgContext_CipherInfo), SCHANNEL, attribute_cipher_info },
	{ SECPKG_ATTR_SESSION_INFO, sizeof(SecPkgContext_SessionInfo), SCHANNEL, attribute_session_info },
	{ SECPKG_ATTR_UNIQUE_BINDINGS, sizeof(SecPkgContext_Bindings), SCHANNEL, attribute_unique_bindings },
	{ SECPKG_ATTR_ENDPOINT_BINDINGS, sizeof(SecPkgContext_Bindings), SCHANNEL, attribute_endpoint_bindings },
	{ SECPKG_ATTR_APPLICATION_PROTOCOL, sizeof(SecPkgContext_ApplicationProtocol), SCHANNEL,
	  attribute_application_protocol },
	{ SECPKG_ATTR_SUPPORTED_SIGNATURES, sizeof(SecPkgContext_SupportedSignatures), SCHANNEL,
	  attribute_supported_signatures },
	{ SECPKG_ATTR_ISSUER_LIST_EX, sizeof(SecPkgContext_IssuerListInfoEx), SCHANNEL | CLIENT_ONLY | EARLY,
	  attribute_issuer_list },
	{ SECPKG_ATTR_REMOTE_CERTIFICATES, sizeof(SecPkgContext_Certificates), SCHANNEL, attribute_remote_certificates },
	{ SECPKG_ATTR_LOCAL_CERT_INFO, sizeof(SecPkgContext_CertInfo), SCHANNEL, attribute_local_cert_info },
	{ SECPKG_ATTR_APP_DATA, sizeof(SecPkgContext_SessionAppData), SCHANNEL, attribute_app_data },
	{ SECPKG_ATTR_KEYING_MATERIAL, sizeof(SecPkgContext_KeyingMaterial), SCHANNEL, attribute_keying_material },
	{ SECPKG_ATTR_KEYING_MATERIAL_INPROC, sizeof(SecPkgContext_KeyingMaterial_Inproc), SCHANNEL,
	  attribute_keying_material_inproc },
	{ SECPKG_ATTR_SUBJECT_SECURITY_ATTRIBUTES, sizeof(SecPkgContext_SubjectAttributes), CREDSSP | SERVER_ONLY,
	  attribute_subject_attributes },
	{ SECPKG_ATTR_C_ACCESS_TOKEN, sizeof(SecPkgContext_AccessToken), CREDSSP | SERVER_ONLY, query_token },
	{ SECPKG_ATTR_C_FULL_ACCESS_TOKEN, sizeof(SecPkgContext_AccessToken), CREDSSP | SERVER_ONLY, query_token },
	{ SECPKG_ATTR_CREDS, sizeof(SecPkgContext_ClientCreds), CREDSSP | SERVER_ONLY, query_credentials },
	{ SECPKG_ATTR_NEGOTIATION_PACKAGE, sizeof(SecPkgContext_PackageInfoA), CREDSSP | NEGOTIATE,
	  query_negotiation_package },
	{ SECPKG_ATTR_SERVER_AUTH_FLAGS, sizeof(SecPkgContext_Flags), CREDSSP | CLIENT_ONLY, attribute_server_auth_flags },
	{ SECPKG_ATTR_CERT_TRUST_STATUS, sizeof(CERT_TRUST_STATUS), CREDSSP | CLIENT_ONLY, attribute_trust_status },
	{ SECPKG_ATTR_CREDS_2, sizeof(SecPkgContext_ClientCreds), CREDSSP | SERVER_ONLY, query_credentials },
	/* clang-format on */
};

static unsigned column_of(const struct context *context)
{
	const struct security_package *package = context->inner->package;

	if (package == &credssp_package)
		return CREDSSP;
	if (package == &negotiate_package)
		return NEGOTIATE;
	return package->stream ? SCHANNEL : NTLM;
}

static bool applies(const struct attribute_rule *rule, const struct context *context, uint32_t attribute)
{
	unsigned other_role = context->role == ROLE_ACCEPT ? CLIENT_ONLY : SERVER_ONLY;

	return rule->attribute == attribute && rule->where & column_of(context) &&
	       !(rule->where & other_role);
}

static const struct attribute_rule *find(const struct context *context, uint32_t attribute)
{
	for (size_t i = 0; i < COUNT_OF(rules); i++)
		if (applies(&rules[i], context, attribute))
			return &rules[i];
	return NULL;
}

/* Whether a context stands at this attribute at all is told before what is wrong with the caller's buffer. */
static enum reason run_rule(const struct context *context, uint32_t attribute, void *buffer, uint32_t size,
			    bool wide)
{
	const struct attribute_rule *rule = find(context, attribute);
	bool early = rule && rule->where & EARLY && context->state == CONTEXT_UNDERWAY;

	if (context->state != CONTEXT_FINISHED && !early)
		return REASON_NOT_FINISHED;
	if (!rule)
		return REASON_UNSUPPORTED;
	if (!buffer)
		return REASON_NULL_ARGUMENT;
	return size < rule->size ? REASON_BUFFER_TOO_SMALL : rule->run(context, buffer, wide);
}

static SECURITY_STATUS query(const CtxtHandle *handle, uint32_t attribute, void *buffer, uint32_t size,
			     bool wide)
{
	CLEANUP(context_leave) struct context_visit visit = { 0 };
	enum reason reason = context_enter(handle, &visit);

	if (reason == REASON_OK)
		reason = run_rule(visit.context, attribute, buffer, size, wide);
	return reason == REASON_OK
		       ? SEC_E_OK
		       : fail("query", reason, "attribute %u: %s", attribute, reason_sentence(reason));
}

SECURITY_STATUS SEC_ENTRY QueryContextAttributesA(PCtxtHandle phContext, uint32_t ulAttribute, void *pBuffer)
{
	return query(phContext, ulAttribute, pBuffer, UINT32_MAX, false);
}

SECURITY_STATUS SEC_ENTRY QueryContextAttributesW(PCtxtHandle phContext, uint32_t ulAttribute, void *pBuffer)
{
	return query(phContext, ulAttribute, pBuffer, UINT32_MAX, true);
}

SECURITY_STATUS SEC_ENTRY QueryContextAttributesExA(PCtxtHandle phContext, uint32_t ulAttribute,
						    void *pBuffer, uint32_t cbBuffer)
{
	return query(phContext, ulAttribute, pBuffer, cbBuffer, false);
}

SECURITY_STATUS SEC_ENTRY QueryContextAttributesExW(PCtxtHandle phContext, uint32_t ulAttribute,
						    void *pBuffer, uint32_t cbBuffer)
{
	return query(phContext, ulAttribute, pBuffer, cbBuffer, true);
}
