/* The Kerberos package: the AP exchange and message tokens of RFC 4121 by MIT's GSSAPI. docs/kerberos.md */
#ifndef OPENSSPI_KERBEROS_KERBEROS_H
#define OPENSSPI_KERBEROS_KERBEROS_H

#include "package/package.h"

extern const struct security_package kerberos_package;

#endif
