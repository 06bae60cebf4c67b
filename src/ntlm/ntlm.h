/* The NTLM package: NTLMv2 only, both roles (MS-NLMP). docs/ntlm.md */
#ifndef OPENSSPI_NTLM_NTLM_H
#define OPENSSPI_NTLM_NTLM_H

#include "package/package.h"

extern const struct security_package ntlm_package;

#endif
