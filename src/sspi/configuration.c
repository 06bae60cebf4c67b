#include "sspi/configuration.h"

#include "sspi/failure.h"
#include "sspi/lists_lock.h"
#include "sspi/text.h"

#include <opensspi/opensspi.h>

static struct configuration current; /* under the lock */

static bool copy_path(struct secret *to, const char *path)
{
	return !path || secret_copy(to, slice_of(path, strlen(path) + 1));
}

enum reason configuration_read(struct configuration *configuration)
{
	bool copied;

	*configuration = (struct configuration) { 0 };
	lists_lock();
	copied = copy_path(&configuration->context_key_file, configuration_path(&current.context_key_file)) &&
		 copy_path(&configuration->account_file, configuration_path(&current.account_file));
	configuration->impersonation_none = current.impersonation_none;
	lists_unlock();
	return copied ? REASON_OK : REASON_OUT_OF_MEMORY;
}

void configuration_wipe(struct configuration *configuration)
{
	secret_wipe(&configuration->context_key_file);
	secret_wipe(&configuration->account_file);
	*configuration = (struct configuration) { 0 };
}

const char *configuration_path(const struct secret *path)
{
	return path->size ? (const char *)path->data : NULL;
}

SECURITY_STATUS OpensspiConfigure(const OPENSSPI_CONFIGURATION *given)
{
	CLEANUP(configuration_wipe) struct configuration made = { 0 };
	struct configuration before;

	if (given && (given->Size != sizeof(*given) || given->Flags & ~(uint32_t)OPENSSPI_IMPERSONATION_NONE))
		return fail("configure", REASON_BAD_CREDENTIAL_DATA,
			    "OPENSSPI_CONFIGURATION has another Size or Flags than this library knows");
	if (given && (!copy_path(&made.context_key_file, given->ContextKeyFile) ||
		      !copy_path(&made.account_file, given->AccountFile)))
		return fail("configure", REASON_OUT_OF_MEMORY, NULL);
	made.impersonation_none = given && given->Flags & OPENSSPI_IMPERSONATION_NONE;
	lists_lock();
	before = current;
	current = made;
	lists_unlock();
	made = before;
	return SEC_E_OK;
}
