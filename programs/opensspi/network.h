/* TCP with deadlines. Sockets are non-blocking; these functions wait, each until a moment and no longer. */
#ifndef OPENSSPI_PROGRAMS_OPENSSPI_NETWORK_H
#define OPENSSPI_PROGRAMS_OPENSSPI_NETWORK_H

#include "base/byte_writer.h"
#include "base/compiler.h"

enum { NETWORK_ADDRESS_SIZE = 64 }; /* "[" IPv6 with its zone "]:" port NUL */

enum network { NETWORK_DONE, NETWORK_CLOSED, NETWORK_TIMEOUT };

/* Milliseconds of a clock that nobody sets, and a deadline so many of them from now. */
int64_t network_now(void);
int64_t network_deadline(int64_t milliseconds);

/*
 * `where` is ADDRESS:PORT, [ADDRESS]:PORT or NAME:PORT. A listening socket, and where it listens (port 0 is chosen).
 * -1: it did not work, and what was said on standard error says why.
 */
NODISCARD int network_listen(const char *where, char address[NETWORK_ADDRESS_SIZE]);
/* Waits for the next connection; `peer` is who it is from. -1: it came to none, errno says why. */
NODISCARD int network_accept(int listener, char peer[NETWORK_ADDRESS_SIZE]);
/* A connection; -1: it did not work, and `trouble` is a static sentence that says why. */
NODISCARD int network_connect(const char *where, int64_t deadline, const char **trouble);
/* Whether network_listen and network_connect can read it. */
NODISCARD bool network_is_address(const char *where);

/* Waits for bytes and appends what has come, at most 16 KiB. A broken connection counts as closed. */
NODISCARD enum network network_receive(int connection, int64_t deadline, struct byte_writer *in);
/* Sends all of it. */
NODISCARD enum network network_send(int connection, int64_t deadline, struct slice bytes);
/*
 * Says that nothing more comes and waits until the peer closes too, two seconds at most; what still arrives is dropped.
 * A close without this lets the kernel answer late bytes with a reset, which destroys what the peer has not read yet.
 */
void network_end(int connection);

#endif
