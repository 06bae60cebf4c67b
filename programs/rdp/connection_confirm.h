/* X.224 Connection Confirm PDU, server to client: MS-RDPBCGR 2.2.1.2. */
#ifndef OPENSSPI_PROGRAMS_RDP_CONNECTION_CONFIRM_H
#define OPENSSPI_PROGRAMS_RDP_CONNECTION_CONFIRM_H

#include "rdp/connection_request.h"

struct rdp_connection_confirm {
	/* RDP_NEG_RSP or RDP_NEG_FAILURE; 0: neither is there, as answer to a request without RDP_NEG_REQ. */
	enum rdp_negotiation_type type;
	uint8_t flags;
	uint32_t selected_protocol; /* RDP_NEG_RSP; after a failure the server closes */
	uint32_t failure_code;      /* RDP_NEG_FAILURE */
};

NODISCARD bool rdp_connection_confirm_parse(struct slice pdu, struct rdp_connection_confirm *confirm);
void rdp_connection_confirm_write(struct byte_writer *out, const struct rdp_connection_confirm *confirm);

/* What a server that speaks CredSSP alone answers: HYBRID_EX before HYBRID, else HYBRID_REQUIRED_BY_SERVER. */
struct rdp_connection_confirm rdp_connection_confirm_hybrid(const struct rdp_connection_request *request);

#endif
