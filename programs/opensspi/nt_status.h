/* What servers say by errorCode (MS-CSSP 2.2.1): the NTSTATUS values of MS-ERREF 2.3.1 that a logon can end with. */
#ifndef OPENSSPI_PROGRAMS_OPENSSPI_NT_STATUS_H
#define OPENSSPI_PROGRAMS_OPENSSPI_NT_STATUS_H

#include "base/byte_writer.h"

/* "C000006D" */
void nt_status_write(struct byte_writer *out, uint32_t status);
/* "C000006D STATUS_LOGON_FAILURE: the name or the password is wrong"; of others the number alone. */
void nt_status_explain(struct byte_writer *out, uint32_t status);

#endif
