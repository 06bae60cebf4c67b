/* What a child of fork sees. */
#ifndef OPENSSPI_TESTS_SUPPORT_CHILD_H
#define OPENSSPI_TESTS_SUPPORT_CHILD_H

/*
 * Forks, runs `look` in the child and waits for its answer, a number below 128. -1: the child died, or hung for 20
 * seconds. It ends without being asked for leaks: what the parent's other threads hold is nobody's there.
 */
int look_in_child(int (*look)(void *argument), void *argument);

#endif
