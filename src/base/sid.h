/* Security identifiers (MS-DTYP 2.4.2): who a user or a group is in a directory of Windows, as bytes and as text. */
#ifndef OPENSSPI_BASE_SID_H
#define OPENSSPI_BASE_SID_H

#include "base/byte_reader.h"
#include "base/byte_writer.h"

/* MS-DTYP 2.4.2.2, SID. */
enum { SID_SUB_AUTHORITIES_MAX = 15 };

/* The SID in front. False: it is cut, or none of revision 1. */
NODISCARD bool sid_read(struct byte_reader *in, struct slice *sid);
/* The SID of a domain's member: one more sub-authority. False: there is no room for one. `domain`: of sid_read. */
NODISCARD bool sid_write_member(struct byte_writer *out, struct slice domain, uint32_t relative_id);
/* MS-DTYP 2.4.2.1: S-1-5-21-... */
void sid_write_text(struct byte_writer *out, struct slice sid);

#endif
