/* Attributes of the TLS connection, of Schannel and of CREDSSP around it. */
#include "sspi/attribute_rows.h"
#include "sspi/certificate_context.h"

#include <opensspi/schannel.h>

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

enum reason attribute_connection_info(const struct context *context, void *buffer, bool wide)
{
	union attribute_value value;
	enum reason reason = attribute_ask(context, ATTRIBUTE_TLS, &value);

	(void)wide;
	if (reason == REASON_OK)
		*(SecPkgContext_ConnectionInfo *)buffer = (SecPkgContext_ConnectionInfo) {
			.dwProtocol = protocol_bit(value.tls.protocol, context->role),
			.dwCipherStrength = value.tls.cipher_bits,
		};
	return reason;
}
