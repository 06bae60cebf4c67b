/* TSCredentials, MS-CSSP 2.2.1.2: what a client delegates, one of three kinds. Slices point into the token.
 */
#ifndef OPENSSPI_CREDSSP_TS_CREDENTIALS_H
#define OPENSSPI_CREDSSP_TS_CREDENTIALS_H

#include "base/byte_writer.h"
#include "base/slice.h"
#include "package/attribute.h"

/* Text is UTF-16LE as it was sent, in whole units. What a kind does not have is empty. */
struct ts_credentials {
	enum delegated_type type;
	struct slice domain, user,
		password;             /* TSPasswordCreds, 2.2.1.2.1; SMART_CARD: domainHint and userHint */
	struct slice pin;             /* TSSmartCardCreds, 2.2.1.2.2 */
	struct slice package, buffer; /* TSRemoteGuardCreds, 2.2.1.2.3: logonCred */
};

/* `type` is PASSWORD also where the three texts are empty, that is where nothing is delegated. */
NODISCARD bool ts_credentials_parse(struct slice token, struct ts_credentials *credentials);
/* Of type PASSWORD, the only kind that is sent from here. */
void ts_credentials_write(struct byte_writer *out, const struct ts_credentials *credentials);

#endif
