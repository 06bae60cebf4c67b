/* How client and server agree on the security of an RDP connection: the values of MS-RDPBCGR 2.2.1.1.1 and 2.2.1.2. */
#ifndef OPENSSPI_PROGRAMS_RDP_NEGOTIATION_H
#define OPENSSPI_PROGRAMS_RDP_NEGOTIATION_H

#include "base/byte_reader.h"
#include "base/byte_writer.h"

enum rdp_negotiation_type {
	RDP_NEG_REQ = 1,
	RDP_NEG_RSP = 2,
	RDP_NEG_FAILURE = 3,
	RDP_NEG_CORRELATION_INFO = 6,
};

enum {
	RDP_NEGOTIATION_SIZE = 8, /* of each of the first three structures */
	RDP_CORRELATION_INFO_SIZE = 36,
	RDP_CORRELATION_ID_SIZE = 16,
};

/* requestedProtocols is a set of these, selectedProtocol exactly one. */
enum rdp_protocol {
	RDP_PROTOCOL_RDP = 0x00,
	RDP_PROTOCOL_SSL = 0x01,
	RDP_PROTOCOL_HYBRID = 0x02, /* CredSSP */
	RDP_PROTOCOL_RDSTLS = 0x04,
	RDP_PROTOCOL_HYBRID_EX = 0x08, /* CredSSP, then the Early User Authorization Result */
	RDP_PROTOCOL_RDSAAD = 0x10,
};

enum rdp_request_flag {
	RDP_RESTRICTED_ADMIN_MODE_REQUIRED = 0x01,
	RDP_REDIRECTED_AUTHENTICATION_MODE_REQUIRED = 0x02,
	RDP_CORRELATION_INFO_PRESENT = 0x08,
};

enum rdp_response_flag {
	RDP_EXTENDED_CLIENT_DATA_SUPPORTED = 0x01,
	RDP_DYNVC_GFX_PROTOCOL_SUPPORTED = 0x02,
	/* With these a client may come without credentials: never set by who does not handle that. */
	RDP_RESTRICTED_ADMIN_MODE_SUPPORTED = 0x08,
	RDP_REDIRECTED_AUTHENTICATION_MODE_SUPPORTED = 0x10,
};

enum rdp_failure_code {
	RDP_SSL_REQUIRED_BY_SERVER = 1,
	RDP_SSL_NOT_ALLOWED_BY_SERVER = 2,
	RDP_SSL_CERT_NOT_ON_SERVER = 3,
	RDP_INCONSISTENT_FLAGS = 4,
	RDP_HYBRID_REQUIRED_BY_SERVER = 5,
	RDP_SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER = 6,
};

/* The four bytes with which each structure begins. False too for another type or length. */
NODISCARD bool rdp_negotiation_read(struct byte_reader *in, enum rdp_negotiation_type type, uint16_t length,
				    uint8_t *flags);
void rdp_negotiation_write(struct byte_writer *out, enum rdp_negotiation_type type, uint16_t length,
			   uint8_t flags);

#endif
