/* The Negotiate package: SPNEGO (RFC 4178, MS-SPNG) around NTLM and, where it is there, Kerberos. docs/negotiate.md */
#ifndef OPENSSPI_NEGOTIATE_NEGOTIATE_H
#define OPENSSPI_NEGOTIATE_NEGOTIATE_H

#include "package/package.h"

extern const struct security_package negotiate_package;

#endif
