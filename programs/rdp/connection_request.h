/* X.224 Connection Request PDU, client to server: MS-RDPBCGR 2.2.1.1. The first bytes of a connection. */
#ifndef OPENSSPI_PROGRAMS_RDP_CONNECTION_REQUEST_H
#define OPENSSPI_PROGRAMS_RDP_CONNECTION_REQUEST_H

#include "rdp/negotiation.h"
#include "rdp/x224.h"

/* Nothing in it is proven. The slice points into the PDU. */
struct rdp_connection_request {
	/* The cookie or the routing token, a line without its CR LF: "Cookie: mstshash=alice". Empty: there is none. */
	struct slice line;
	bool has_negotiation; /* RDP_NEG_REQ is there; clients before RDP 5.2 send none */
	uint8_t flags;
	uint32_t requested_protocols;
	bool has_correlation_id;
	uint8_t correlation_id[RDP_CORRELATION_ID_SIZE];
};

NODISCARD bool rdp_connection_request_parse(struct slice pdu, struct rdp_connection_request *request);
/* `line` must leave room for the rest in X224_CONNECTION_MAX; else the writer fails. */
void rdp_connection_request_write(struct byte_writer *out, const struct rdp_connection_request *request);

#endif
