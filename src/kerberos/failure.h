/* What MIT's codes mean here: one row of base/reason.h each. */
#ifndef OPENSSPI_KERBEROS_FAILURE_H
#define OPENSSPI_KERBEROS_FAILURE_H

#include "package/package.h"

#include <gssapi/gssapi.h>
#include <krb5.h>

enum reason kerberos_reason(krb5_error_code code);
enum reason kerberos_gss_reason(OM_uint32 major, OM_uint32 minor);

/* For a sentence "%lld s %s ours". `theirs`: seconds since 1970. False: our clock cannot be read. */
struct clock_difference {
	long long seconds;
	const char *direction;
};
NODISCARD bool kerberos_compare_clocks(int64_t theirs, struct clock_difference *difference);

/* Say it in the trace, in Kerberos' own words too. The first is for a leg, the others for what has none. */
SECURITY_STATUS kerberos_refuse(struct leg *leg, const char *step, OM_uint32 major, OM_uint32 minor);
void kerberos_trace(const char *step, enum reason reason, krb5_context context, krb5_error_code code);
void kerberos_trace_gss(const char *step, enum reason reason, OM_uint32 minor);

#endif
