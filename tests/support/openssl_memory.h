/* OpenSSL's own allocator, failing at will: its blocks do not come from the seam of base/memory.h. */
#ifndef OPENSSPI_TESTS_SUPPORT_OPENSSL_MEMORY_H
#define OPENSSPI_TESTS_SUPPORT_OPENSSL_MEMORY_H

#include <stdbool.h>

/* First thing in main, before OpenSSL has allocated anything. False: too late. */
bool openssl_memory_take_over(void);
/* Between the two calls the n-th allocation fails. The second says whether there were that many. */
void openssl_memory_fail(long n);
bool openssl_memory_failed(void);

#endif
