/* What programs are told of an account file. */
#ifndef OPENSSPI_SSPI_ACCOUNTS_H
#define OPENSSPI_SSPI_ACCOUNTS_H

#include "base/reason.h"

/* A trouble with the file itself is no verdict on anybody: SEC_E_NO_CREDENTIALS. */
SECURITY_STATUS accounts_status(enum reason reason);

#endif
