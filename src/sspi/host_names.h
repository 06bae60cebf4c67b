/* The names of this machine, from the options of a credential or from the host name. */
#ifndef OPENSSPI_SSPI_HOST_NAMES_H
#define OPENSSPI_SSPI_HOST_NAMES_H

#include "authority/authority.h"

#include <opensspi/opensspi.h>

enum { NETBIOS_NAME_MAX = 15 };

/*
 * What the options (NULL: none) leave out comes from gethostname, as on a Windows machine that is in no domain: the
 * NetBIOS name is the first label, upper-cased and cut; the computer stands for the domain. On failure `names` may be
 * filled in part. BAD_CREDENTIAL_DATA: an option is not UTF-8, or a NetBIOS name is too long.
 */
NODISCARD enum reason host_names_fill(struct host_names *names, const OPENSSPI_OPTIONS *options);

#endif
