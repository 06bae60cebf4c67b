/* A finished context as bytes, before they are sealed and after they were opened. The bytes hold keys. */
#ifndef OPENSSPI_SSPI_EXPORT_H
#define OPENSSPI_SSPI_EXPORT_H

#include "sspi/context.h"

/* UNSUPPORTED: a package whose contexts stay where they are; OUT_OF_SEQUENCE: refused since; OUT_OF_MEMORY. */
NODISCARD enum reason context_pack(const struct context *context, bool reset, struct byte_writer *out);
/* UNSUPPORTED; OUT_OF_MEMORY; BAD_TOKEN: the bytes are no context of this package. */
NODISCARD enum reason context_unpack(const struct security_package *package, struct slice packed,
				     struct context **made);

#endif
