/* The two forms of text at the interface: UTF-8 with a NUL (A), UTF-16LE with a NUL (W). */
#ifndef OPENSSPI_SSPI_TEXT_H
#define OPENSSPI_SSPI_TEXT_H

#include "base/reason.h"
#include "base/secret.h"
#include "base/utf16.h"

/* NULL gives the empty slice. */
struct slice text_narrow(const char *text);
struct slice text_wide(const uint16_t *text);
/* UTF-16LE from either. `malformed`: what to say of text that is not UTF-8. */
NODISCARD enum reason text_copy(struct secret *to, struct slice text, bool wide, enum reason malformed);

#endif
