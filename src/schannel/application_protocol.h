/* ALPN (RFC 7301) over the list that the caller gave. */
#ifndef OPENSSPI_SCHANNEL_APPLICATION_PROTOCOL_H
#define OPENSSPI_SCHANNEL_APPLICATION_PROTOCOL_H

#include "schannel/context.h"

/* Takes the leg's list, if it has one; the last one counts. */
enum reason application_protocol_take(struct schannel_context *context, struct slice protocols);
/* OpenSSL's callback of a server: the first of the server's own list that the client has, too. */
int application_protocol_choose(SSL *ssl, const unsigned char **chosen, unsigned char *chosen_size,
				const unsigned char *offered, unsigned int offered_size, void *argument);
/* Whether what a server chose, if it chose one, was on the client's list (RFC 7301 3.1). */
bool application_protocol_is_ours(const struct schannel_context *context);

#endif
