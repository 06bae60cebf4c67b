/*
 * The one lock over the lists of this room: free slots, certificate contexts. It is held for a few instructions, and
 * never when a program's code runs. A child of fork finds it free and the lists whole.
 */
#ifndef OPENSSPI_SSPI_LISTS_LOCK_H
#define OPENSSPI_SSPI_LISTS_LOCK_H

void lists_lock(void);
void lists_unlock(void);

#endif
