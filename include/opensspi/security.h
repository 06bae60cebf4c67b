/* As on Windows: one include for programs that use SSPI. */
#ifndef OPENSSPI_SECURITY_H
#define OPENSSPI_SECURITY_H

#include "sspi.h"

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

/* Closes a token; in opensspi.h too. A Windows program has CloseHandle from a header that is not needed here. */
BOOL OpensspiCloseHandle(HANDLE token);
#if !defined(CloseHandle) && !defined(OPENSSPI_NO_CLOSE_HANDLE)
#define CloseHandle(handle) OpensspiCloseHandle(handle)
#endif

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif
