/* The host in a target's name: a service principal name, or the host alone. */
#ifndef OPENSSPI_PACKAGE_TARGET_HOST_H
#define OPENSSPI_PACKAGE_TARGET_HOST_H

#include "base/slice.h"

/* Of "TERMSRV/host", "HTTP/host:port", "host", "TERMSRV/[2001:db8::1]:3389", "2001:db8::1". A part of `target`. */
struct slice target_host(struct slice target);

#endif
