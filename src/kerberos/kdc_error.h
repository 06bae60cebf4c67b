/* What the KDC of a directory adds to a KRB-ERROR: an NTSTATUS, which tells more than Kerberos' own code. */
#ifndef OPENSSPI_KERBEROS_KDC_ERROR_H
#define OPENSSPI_KERBEROS_KDC_ERROR_H

#include "base/reason.h"
#include "base/slice.h"

/* `message`: a KDC's answer, whatever it is. 0: it is no KRB-ERROR that holds an error. */
uint32_t kdc_error_ntstatus(struct slice message);
/* Why an account may not log on; REASON_OK: that says nothing of an account. */
enum reason kdc_error_reason(uint32_t ntstatus);

#endif
