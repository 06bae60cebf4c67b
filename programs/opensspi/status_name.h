/* The official names of status codes, for people and JSON. */
#ifndef OPENSSPI_PROGRAMS_OPENSSPI_STATUS_NAME_H
#define OPENSSPI_PROGRAMS_OPENSSPI_STATUS_NAME_H

#include <sspi.h>

/* Every name of issperr.h; "unknown status" for other codes. */
const char *status_name(SECURITY_STATUS status);

#endif
