/* Vectors are written in hexadecimal, as their documents print them. */
#ifndef OPENSSPI_TESTS_SUPPORT_HEX_H
#define OPENSSPI_TESTS_SUPPORT_HEX_H

#include "base/slice.h"

#include <setjmp.h> /* cmocka.h wants these three first */
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Bytes of a hexadecimal text (spaces are skipped), kept until the program ends. */
struct slice hex(const char *text);
/* The ASCII text as UTF-16LE, kept until the program ends. */
struct slice u16(const char *ascii);

/* Zeroed memory that is kept until the program ends. */
void *keep_bytes(size_t size);

/* Fails the test with both in hexadecimal. */
#define assert_bytes(found, expected) assert_bytes_at((found), (expected), __FILE__, __LINE__)
void assert_bytes_at(struct slice found, struct slice expected, const char *file, int line);

#endif
