/* What IAKERB adds to the tokens of RFC 4121 (draft-ietf-kitten-iakerb-03): a frame of its own, and IAKERB-PROXY. */
#ifndef OPENSSPI_KERBEROS_IAKERB_TOKEN_H
#define OPENSSPI_KERBEROS_IAKERB_TOKEN_H

#include "base/byte_writer.h"
#include "base/compiler.h"
#include "base/slice.h"

/* IAKERB-PROXY (3): a message between a client and its KDC. Slices point into the token. */
struct iakerb_proxy {
	struct slice target_realm; /* UTF-8; empty: the client asks for the server's */
	struct slice message;      /* KRB-KDC-REQ, or the answer; empty: none */
};

/* Whether a token says that it is one; what is in it is not looked at. */
bool iakerb_is_proxy(struct slice token);
/* Shape of the header only; of the message nothing is known. */
NODISCARD bool iakerb_proxy_parse(struct slice token, struct iakerb_proxy *proxy);
void iakerb_proxy_write(struct byte_writer *out, const struct iakerb_proxy *proxy);

/* The same token in the frame of Kerberos, and back. False: it is in no such frame. */
NODISCARD bool iakerb_unframe(struct slice token, struct byte_writer *kerberos);
NODISCARD bool iakerb_frame(struct slice kerberos, struct byte_writer *token);

/* KRB-FINISHED (4): a checksum over all tokens so far. */
struct iakerb_finished {
	uint32_t checksum_type;
	struct slice checksum;
};

/* Out of the checksum of an AP-REQ's authenticator, where the extension of RFC 6542 3.1 stands. False: it does not. */
NODISCARD bool iakerb_finished_find(struct slice checksum, struct iakerb_finished *finished);

#endif
