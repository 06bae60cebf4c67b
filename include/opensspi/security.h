/* As on Windows: one include for programs that use SSPI. */
#ifndef OPENSSPI_SECURITY_H
#define OPENSSPI_SECURITY_H

#include "sspi.h"

#endif
