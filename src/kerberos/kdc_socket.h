/* A TCP connection that waits until a deadline and no longer. */
#ifndef OPENSSPI_KERBEROS_KDC_SOCKET_H
#define OPENSSPI_KERBEROS_KDC_SOCKET_H

#include "base/clock.h"
#include "base/compiler.h"
#include "base/slice.h"

#include <netdb.h>

enum { TICKS_PER_MILLISECOND = CLOCK_TICKS_PER_SECOND / 1000 };

/* Deadlines are FILETIMEs. */
int milliseconds_until(int64_t deadline);

/* -1: nobody there, or nobody in time. */
int kdc_socket_connect(const struct addrinfo *address, int64_t deadline);
NODISCARD bool kdc_socket_send(int fd, struct slice bytes, int64_t deadline);
/* What has come, at most `to`. 0: the end; -1: it broke, or nothing came in time. */
NODISCARD ssize_t kdc_socket_receive(int fd, struct span to, int64_t deadline);
/* All of `to`, or false. */
NODISCARD bool kdc_socket_receive_all(int fd, struct span to, int64_t deadline);
void kdc_socket_close(int *fd);

#endif
