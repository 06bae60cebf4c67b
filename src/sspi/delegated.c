#include "sspi/delegated.h"

#include "sspi/context_buffer.h"
#include "sspi/packed_block.h"

#include <opensspi/ntsecapi.h>
#include <opensspi/opensspi.h>

static enum reason password_of(const struct context *context, union attribute_value *value)
{
	const struct package_context *inner = context->inner;
	enum reason reason = inner->package->query(inner, ATTRIBUTE_DELEGATED, value);

	if (reason == REASON_OK && value->delegated.type != DELEGATED_PASSWORD)
		return REASON_NO_CREDENTIAL;
	return reason;
}

/* Buffer holds the text's offset from the block's start; no NUL is added, and MaximumLength is Length. */
static void append_text(struct byte_writer *block, size_t member, struct slice text)
{
	UNICODE_STRING string = {
		.Length = (uint16_t)text.size,
		.MaximumLength = (uint16_t)text.size,
		.Buffer =
			(uint16_t *)(uintptr_t)block->size, /* NOLINT: an offset, by this structure's rule */
	};

	writer_patch(block, member, slice_of(&string, sizeof(string)));
	writer_bytes(block, text);
	block->failed |= text.size > UINT16_MAX;
}

enum reason delegated_logon(const struct context *context, SecPkgContext_ClientCreds *credentials)
{
	CLEANUP(writer_wipe) struct byte_writer block = writer_growing();
	KERB_INTERACTIVE_LOGON logon = { .MessageType = KerbInteractiveLogon };
	const struct package_context *inner = context->inner;
	union attribute_value delegated, who;
	enum reason reason = password_of(context, &delegated);
	void *made;

	if (reason == REASON_OK)
		reason = inner->package->query(inner, ATTRIBUTE_ACCOUNT, &who);
	if (reason != REASON_OK)
		return reason;
	writer_bytes(&block, slice_of(&logon, sizeof(logon)));
	append_text(&block, offsetof(KERB_INTERACTIVE_LOGON, LogonDomainName),
		    secret_slice(&who.account->domain));
	append_text(&block, offsetof(KERB_INTERACTIVE_LOGON, UserName), secret_slice(&who.account->user));
	append_text(&block, offsetof(KERB_INTERACTIVE_LOGON, Password), delegated.delegated.password);
	made = writer_ok(&block) ? context_buffer_copy(writer_slice(&block)) : NULL;
	if (!made)
		return REASON_OUT_OF_MEMORY;
	*credentials = (SecPkgContext_ClientCreds) { (uint32_t)block.size, made };
	return REASON_OK;
}

static enum reason plain_password(const struct context *context, OPENSSPI_DELEGATED_PASSWORD **password)
{
	CLEANUP(packed_block_wipe)
	struct packed_block block = packed_block_start(sizeof(OPENSSPI_DELEGATED_PASSWORD));
	union attribute_value value;
	enum reason reason = password_of(context, &value);

	if (reason != REASON_OK)
		return reason;
	if (!packed_block_utf16(&block, offsetof(OPENSSPI_DELEGATED_PASSWORD, User), value.delegated.user,
				false) ||
	    !packed_block_utf16(&block, offsetof(OPENSSPI_DELEGATED_PASSWORD, Domain), value.delegated.domain,
				false) ||
	    !packed_block_utf16(&block, offsetof(OPENSSPI_DELEGATED_PASSWORD, Password),
				value.delegated.password, false))
		return writer_ok(&block.bytes) ? REASON_CREDENTIALS_MALFORMED : REASON_OUT_OF_MEMORY;
	*password = packed_block_finish(&block);
	return *password ? REASON_OK : REASON_OUT_OF_MEMORY;
}

SECURITY_STATUS OpensspiQueryDelegatedPassword(PCtxtHandle context, OPENSSPI_DELEGATED_PASSWORD **password)
{
	CLEANUP(context_leave) struct context_visit visit = { 0 };
	enum reason reason = context_enter_finished(context, &visit);

	if (reason == REASON_OK)
		reason = password ? plain_password(visit.context, password) : REASON_NULL_ARGUMENT;
	return reason == REASON_OK ? SEC_E_OK : fail("query password", reason, NULL);
}
