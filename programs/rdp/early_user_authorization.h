/*
 * Early User Authorization Result PDU, server to client: MS-RDPBCGR 2.2.10.2. Four bytes inside TLS, without any
 * header, sent behind CredSSP if HYBRID_EX was selected and only then.
 */
#ifndef OPENSSPI_PROGRAMS_RDP_EARLY_USER_AUTHORIZATION_H
#define OPENSSPI_PROGRAMS_RDP_EARLY_USER_AUTHORIZATION_H

#include "base/byte_writer.h"

enum rdp_authorization {
	RDP_AUTHZ_SUCCESS = 0,
	RDP_AUTHZ_ACCESS_DENIED = 5, /* the server closes */
};

static inline void rdp_early_user_authorization_write(struct byte_writer *out, enum rdp_authorization result)
{
	writer_u32le(out, result);
}

#endif
