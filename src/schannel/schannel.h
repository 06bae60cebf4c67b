/* TLS 1.2 and 1.3 in memory: the stream package beneath CREDSSP. docs/schannel.md */
#ifndef OPENSSPI_SCHANNEL_SCHANNEL_H
#define OPENSSPI_SCHANNEL_SCHANNEL_H

#include "package/package.h"

extern const struct security_package schannel_package;

#endif
