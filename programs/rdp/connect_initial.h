/*
 * MCS Connect Initial PDU with GCC Conference Create Request, the first message of an RDP client behind TLS:
 * MS-RDPBCGR 2.2.1.3. One field of it matters here: serverSelectedProtocol, in which the client echoes what it was
 * told in RDP_NEG_RSP before TLS. A server compares; whoever stands between client and server must rewrite it.
 */
#ifndef OPENSSPI_PROGRAMS_RDP_CONNECT_INITIAL_H
#define OPENSSPI_PROGRAMS_RDP_CONNECT_INITIAL_H

#include "rdp/x224.h"

struct rdp_connect_initial {
	/* False: the client sent a core data block without the field, which counts as RDP_PROTOCOL_RDP. */
	bool has_server_selected_protocol;
	uint32_t server_selected_protocol;
	size_t offset; /* of the field in the PDU: its value can be patched in place, no length changes */
};

NODISCARD bool rdp_connect_initial_parse(struct slice pdu, struct rdp_connect_initial *message);
/* `out` holds the PDU that was parsed, beginning at `start`. Only for a PDU that has the field. */
void rdp_connect_initial_patch(struct byte_writer *out, size_t start,
			       const struct rdp_connect_initial *message, uint32_t server_selected_protocol);

#endif
