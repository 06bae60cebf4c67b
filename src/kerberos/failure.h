/* What MIT's codes mean here: one row of base/reason.h each. */
#ifndef OPENSSPI_KERBEROS_FAILURE_H
#define OPENSSPI_KERBEROS_FAILURE_H

#include "package/package.h"

#include <gssapi/gssapi.h>
#include <krb5.h>

enum reason kerberos_reason(krb5_error_code code);
enum reason kerberos_gss_reason(OM_uint32 major, OM_uint32 minor);

/* Say it in the trace, in Kerberos' own words too. The first is for a leg, the others for what has none. */
SECURITY_STATUS kerberos_refuse(struct leg *leg, const char *step, OM_uint32 major, OM_uint32 minor);
/* Kerberos' own words alone, UTF-8; none where nobody reads the trace. */
void kerberos_describe(OM_uint32 minor, struct byte_writer *text);
void kerberos_trace(const char *step, enum reason reason, krb5_context context, krb5_error_code code);
void kerberos_trace_gss(const char *step, enum reason reason, OM_uint32 minor);

enum { CLOCK_TEXT_SIZE = 96 };
/*
 * Where a wrong clock may be behind an error, a sentence by how much the peer's differs from ours: of the peer's time
 * in seconds since 1970, or of the seconds that it is ahead. False: it is about something else, or the clocks agree.
 */
NODISCARD bool kerberos_clock_text(OM_uint32 code, const char *whose, int64_t theirs,
				   char text[CLOCK_TEXT_SIZE]);
NODISCARD bool kerberos_clock_ahead_text(OM_uint32 code, const char *whose, int64_t ahead,
					 char text[CLOCK_TEXT_SIZE]);

#endif
