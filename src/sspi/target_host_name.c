#include "package/target_host.h"
#include "sspi/context_buffer.h"
#include "sspi/failure.h"
#include "sspi/text.h"

#include <opensspi/sspi.h>

#define STEP "target host"

SECURITY_STATUS SEC_ENTRY SspiGetTargetHostName(const SEC_WCHAR *pszTargetName, SEC_WCHAR **pszHostName)
{
	struct slice host = target_host(text_wide(pszTargetName));
	SEC_WCHAR *made;

	if (!pszTargetName || !pszHostName)
		return fail(STEP, REASON_NULL_ARGUMENT, NULL);
	if (!host.size)
		return fail(STEP, REASON_BAD_TARGET, NULL);
	made = context_buffer_text(host);
	if (!made)
		return fail(STEP, REASON_OUT_OF_MEMORY, NULL);
	*pszHostName = made;
	return SEC_E_OK;
}
