/* Channel bindings as MIT wants them, which hashes by itself. */
#ifndef OPENSSPI_KERBEROS_BINDINGS_H
#define OPENSSPI_KERBEROS_BINDINGS_H

#include "base/compiler.h"
#include "base/slice.h"

#include <gssapi/gssapi.h>

/* From the form that is hashed (RFC 4121 4.1.1.2); the struct points into it. False: it is not of that form. */
NODISCARD bool bindings_read(struct slice form, struct gss_channel_bindings_struct *bindings);

#endif
