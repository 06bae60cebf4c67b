#include "sspi/failure.h"

struct failure *last_failure(void)
{
	static _Thread_local struct failure failure;

	return &failure;
}

SECURITY_STATUS failure_keep(enum reason reason)
{
	SECURITY_STATUS status = reason_status(reason);

	if (!status_failed(status))
		status = SEC_E_INTERNAL_ERROR;
	*last_failure() = (struct failure) { status, reason, reason_ntstatus(reason) };
	return status;
}
