/* The frame of a token (RFC 4121 4.1, RFC 2743 3.1): what it is, before MIT reads it. */
#ifndef OPENSSPI_KERBEROS_TOKEN_H
#define OPENSSPI_KERBEROS_TOKEN_H

#include "base/compiler.h"
#include "base/slice.h"

enum kerberos_token {
	TOKEN_NONE, /* none of these */
	TOKEN_AP_REQ,
	TOKEN_AP_REP,
	TOKEN_KRB_ERROR,
	/* DCE style has no frame. */
	TOKEN_BARE_AP_REQ,
	TOKEN_BARE_AP_REP,
};

/* Shape of the frame only; nothing is left behind it. Other mechanisms, user-to-user among them, are none. */
enum kerberos_token kerberos_token_of(struct slice token);

/* The ticket in an AP-REQ, framed or bare: the whole element. */
NODISCARD bool kerberos_ticket_of(struct slice token, struct slice *ticket);

/* The sealed authenticator in an AP-REQ: its type of encryption and its cipher text. */
NODISCARD bool kerberos_authenticator_of(struct slice token, uint32_t *encryption, struct slice *cipher);
/* The client's time, in seconds since 1970, in an authenticator that was opened; padding may follow it. */
NODISCARD bool kerberos_authenticator_time(struct slice authenticator, int64_t *seconds);

/* Of a KRB-ERROR, with a frame or without: the time that it says its sender has, in seconds since 1970. */
NODISCARD bool kerberos_error_time(struct slice message, int64_t *seconds);
/* And its e-data. False: it is none, or has none. */
NODISCARD bool kerberos_error_data(struct slice message, struct slice *data);
/* In such an authenticator: the octets of its checksum of GSSAPI (RFC 4121 4.1.1), and the client's subkey. */
NODISCARD bool kerberos_authenticator_checksum(struct slice authenticator, struct slice *checksum);
NODISCARD bool kerberos_authenticator_subkey(struct slice authenticator, uint32_t *type, struct slice *key);

#endif
