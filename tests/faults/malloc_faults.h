/*
 * malloc and its kin for the whole process, OpenSSL included: the n-th call can be made to fail, and what a stretch of
 * the program allocated and did not free can be listed with the functions that asked for it. For one thread.
 */
#ifndef OPENSSPI_TESTS_FAULTS_MALLOC_FAULTS_H
#define OPENSSPI_TESTS_FAULTS_MALLOC_FAULTS_H

#include <stdbool.h>
#include <stddef.h>

/* From now on allocations are counted and remembered, on wish with their callers (slow); the n-th fails (0: none). */
void malloc_faults_begin(long n, bool name_callers);
/* Until now. True: the n-th call was reached. */
bool malloc_faults_end(void);

/* Whether blocks of the last stretch are still alive. */
bool malloc_faults_leaked(void);
/*
 * How many, but for those that one of `known` functions asked for; callers must have been named. Prints the others
 * with their callers.
 */
size_t malloc_faults_leaks(const char *const *known, size_t known_count);

#endif
