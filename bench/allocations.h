/* Every malloc of the process, counted: a program that links allocations.c takes malloc's name for itself. */
#ifndef OPENSSPI_BENCH_ALLOCATIONS_H
#define OPENSSPI_BENCH_ALLOCATIONS_H

/* Since the program began: how many were made, and how many bytes are in use now, malloc's own header counted. */
long allocations_made(void);
long allocations_bytes(void);

#endif
