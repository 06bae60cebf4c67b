/*
 * A mechanism without cryptography that calls itself "Kerberos": the client says one word, the server answers with one,
 * both are done, and a signature is a checksum with a number. With it SPNEGO can choose between two, and the server
 * can be the one that ends.
 */
#ifndef OPENSSPI_TESTS_SUPPORT_CLEAR_MECHANISM_H
#define OPENSSPI_TESTS_SUPPORT_CLEAR_MECHANISM_H

#include "package/package.h"

extern const struct security_package clear_mechanism_package;

#endif
