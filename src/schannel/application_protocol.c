#include "schannel/application_protocol.h"

enum reason application_protocol_take(struct schannel_context *context, struct slice protocols)
{
	if (!protocols.size)
		return REASON_OK;
	if (!secret_copy(&context->protocols, protocols))
		return REASON_OUT_OF_MEMORY;
	if (context->role == ROLE_ACCEPT)
		return REASON_OK;
	return SSL_set_alpn_protos(context->ssl, protocols.data, (unsigned)protocols.size) == 0
		       ? REASON_OK
		       : REASON_OUT_OF_MEMORY; /* here 0 is success */
}

/* A server without a list says nothing; one whose list has none of the client's ends the handshake (RFC 7301 3.2). */
int application_protocol_choose(SSL *ssl, const unsigned char **chosen, unsigned char *chosen_size,
				const unsigned char *offered, unsigned int offered_size, void *argument)
{
	const struct secret *own = &schannel_context_of(ssl)->protocols;
	unsigned char *found = NULL;

	(void)argument;
	if (!own->size)
		return SSL_TLSEXT_ERR_NOACK;
	if (SSL_select_next_proto(&found, chosen_size, own->data, (unsigned)own->size, offered,
				  offered_size) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*chosen = found;
	return SSL_TLSEXT_ERR_OK;
}

bool application_protocol_is_ours(const struct schannel_context *context)
{
	struct byte_reader list = reader_of(secret_slice(&context->protocols));
	const unsigned char *chosen;
	struct slice name;
	unsigned size;
	uint8_t length;

	SSL_get0_alpn_selected(context->ssl, &chosen, &size);
	while (size && reader_u8(&list, &length) && reader_take(&list, length, &name))
		if (slice_equal(name, slice_of(chosen, size)))
			return true;
	return size == 0;
}
