/*
 * The CREDSSP package (MS-CSSP): a stream package and a message package put together, plus TSRequest and
 * TSCredentials. It finds both by name in the list it is given and includes none of their headers.
 * docs/credssp.md
 */
#ifndef OPENSSPI_CREDSSP_CREDSSP_H
#define OPENSSPI_CREDSSP_CREDSSP_H

#include "package/package.h"

extern const struct security_package credssp_package;

#endif
