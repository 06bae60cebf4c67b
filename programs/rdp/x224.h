/*
 * What lies around every message before TLS and around every slow-path message after it: TPKT (RFC 1006 6) and the
 * X.224 TPDU of class 0 (ITU-T X.224 13). A PDU here is one TPKT with its header, as it is on the wire.
 */
#ifndef OPENSSPI_PROGRAMS_RDP_X224_H
#define OPENSSPI_PROGRAMS_RDP_X224_H

#include "base/byte_reader.h"
#include "base/byte_writer.h"

enum {
	TPKT_HEADER_SIZE = 4,
	TPKT_MAX = 65535,
	/* The length indicator of an X.224 TPDU counts up to 254 bytes behind itself. */
	X224_CONNECTION_MAX = TPKT_HEADER_SIZE + 1 + 254,
};

enum x224_code {
	X224_CONNECTION_REQUEST = 0xE0,
	X224_CONNECTION_CONFIRM = 0xD0,
	X224_DATA = 0xF0,
};

enum tpkt { TPKT_WHOLE, TPKT_SHORT, TPKT_BAD };

/* The next PDU of a stream. SHORT: more bytes are needed, `in` stays. BAD: no TPKT is here, or it is over `limit`. */
enum tpkt tpkt_take(struct byte_reader *in, size_t limit, struct slice *pdu);

/* `in` becomes what follows the seven bytes of a connection TPDU of this code, and ends where its length says. */
NODISCARD bool x224_read_connection(struct slice pdu, enum x224_code code, struct byte_reader *in);
/* `in` becomes the user data of a data TPDU (13.7), which is a whole message: EOT is set. */
NODISCARD bool x224_read_data(struct slice pdu, struct byte_reader *in);

/* Opens a connection TPDU; returns what x224_close wants to know, which fills in both lengths. */
size_t x224_open_connection(struct byte_writer *out, enum x224_code code, uint16_t source);
/* The writer fails if the TPDU became longer than its length indicator can say. */
void x224_close_connection(struct byte_writer *out, size_t opened);

#endif
