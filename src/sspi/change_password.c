/* ChangeAccountPassword on the account file of OpensspiConfigure (docs/accounts.md). */
#include "account/account_storage.h"
#include "base/memory.h"
#include "sspi/accounts.h"
#include "sspi/buffers.h"
#include "sspi/configuration.h"
#include "sspi/failure.h"
#include "sspi/package_info.h"
#include "sspi/packages.h"
#include "sspi/text.h"

#define STEP "change password"

/* What a client's identity can hold. */
enum { PASSWORD_MAX = 256 };

/* What both functions take; `wide`: texts are UTF-16LE. */
struct change_call {
	const struct security_package *package; /* NULL: none has that name */
	bool has_texts;                         /* account and both passwords are not NULL */
	bool wide;
	struct slice domain, account, old_password, new_password;
	bool unsupported; /* bImpersonating or dwReserved */
	PSecBufferDesc output;
};

static enum reason check_package(const struct security_package *package)
{
	if (!package)
		return REASON_UNKNOWN_PACKAGE;
	return package == package_find(all_packages, NTLMSP_NAME_A) ||
			       package == package_find(all_packages, NEGOSSP_NAME_A)
		       ? REASON_OK
		       : REASON_UNSUPPORTED;
}

/* One CHANGE_PASS_RESPONSE, which stays empty: the file has no rules that it could tell. */
static enum reason take_output(PSecBufferDesc output)
{
	if (!output)
		return REASON_OK;
	if (!buffers_are_list(output) || output->cBuffers != 1 ||
	    buffer_type(&output->pBuffers[0]) != SECBUFFER_CHANGE_PASS_RESPONSE)
		return REASON_BAD_BUFFERS;
	output->pBuffers[0].cbBuffer = 0;
	output->pBuffers[0].pvBuffer = NULL;
	return REASON_OK;
}

static enum reason check_call(const struct change_call *call)
{
	enum reason reason = check_package(call->package);

	if (reason == REASON_OK && call->unsupported)
		reason = REASON_UNSUPPORTED;
	if (reason == REASON_OK && !call->has_texts)
		reason = REASON_NULL_ARGUMENT;
	return reason == REASON_OK ? take_output(call->output) : reason;
}

/* --- Texts --- */

struct texts {
	struct secret domain, account;
	uint8_t old_hash[NT_HASH_SIZE], new_hash[NT_HASH_SIZE];
};

static void texts_wipe(struct texts *texts)
{
	secret_wipe(&texts->domain);
	secret_wipe(&texts->account);
	memory_wipe(texts, sizeof(*texts));
}

static enum reason hash_old(const struct change_call *call, uint8_t hash[NT_HASH_SIZE])
{
	CLEANUP(secret_wipe) struct secret password = { 0 };
	enum reason reason = text_copy(&password, call->old_password, call->wide, REASON_PASSWORD_TEXT);

	if (reason == REASON_OK)
		ntlm_nt_hash(secret_slice(&password), hash);
	return reason;
}

/* UTF-16 with half a character in it could never be typed into an A function again. */
static enum reason check_new(struct slice password)
{
	LOCAL_WRITER(utf8);

	if (!password.size || utf16_length(password) > PASSWORD_MAX)
		return REASON_NEW_PASSWORD;
	if (utf16_to_utf8(&utf8, password))
		return REASON_OK;
	return writer_ok(&utf8) ? REASON_NEW_PASSWORD : REASON_OUT_OF_MEMORY;
}

static enum reason hash_new(const struct change_call *call, uint8_t hash[NT_HASH_SIZE])
{
	CLEANUP(secret_wipe) struct secret password = { 0 };
	enum reason reason = text_copy(&password, call->new_password, call->wide, REASON_NEW_PASSWORD);

	if (reason == REASON_OK)
		reason = check_new(secret_slice(&password));
	if (reason == REASON_OK)
		ntlm_nt_hash(secret_slice(&password), hash);
	return reason;
}

/* `.` stands for this machine, whose accounts have no domain in the file. */
static enum reason take_domain(const struct change_call *call, struct secret *domain)
{
	static const uint8_t dot[] = { '.', 0 };
	enum reason reason = text_copy(domain, call->domain, call->wide, REASON_ACCOUNT_NAME);

	if (slice_equal(secret_slice(domain), slice_of(dot, sizeof(dot))))
		secret_wipe(domain);
	return reason;
}

static enum reason take_texts(const struct change_call *call, struct texts *texts)
{
	enum reason reason = take_domain(call, &texts->domain);

	if (reason == REASON_OK)
		reason = text_copy(&texts->account, call->account, call->wide, REASON_ACCOUNT_NAME);
	if (reason == REASON_OK)
		reason = hash_old(call, texts->old_hash);
	return reason == REASON_OK ? hash_new(call, texts->new_hash) : reason;
}

/* --- The change --- */

static void trace_change(const struct texts *texts)
{
	LOCAL_WRITER(name);

	if (trace_enabled() && utf16_to_utf8(&name, secret_slice(&texts->account)))
		trace(STEP, REASON_OK, "%.*s has a new password", (int)name.size, (const char *)name.data);
}

static enum reason change(const struct change_call *call)
{
	CLEANUP(configuration_wipe) struct configuration configuration = { 0 };
	CLEANUP(texts_wipe) struct texts texts = { 0 };
	enum reason reason = check_call(call);
	const char *path;

	if (reason == REASON_OK)
		reason = configuration_read(&configuration);
	if (reason != REASON_OK)
		return reason;
	path = configuration_path(&configuration.account_file);
	if (!path) {
		trace(STEP, REASON_UNSUPPORTED, "OpensspiConfigure was given no AccountFile");
		return REASON_UNSUPPORTED;
	}
	reason = take_texts(call, &texts);
	if (reason == REASON_OK)
		reason = account_storage_change(path, secret_slice(&texts.account),
						secret_slice(&texts.domain), texts.old_hash, texts.new_hash);
	if (reason == REASON_OK)
		trace_change(&texts);
	return reason;
}

static SECURITY_STATUS change_password(const struct change_call *call)
{
	enum reason reason = change(call);

	if (reason == REASON_OK)
		return SEC_E_OK;
	(void)fail(STEP, reason, NULL);
	last_failure()->status = accounts_status(reason);
	return last_failure()->status;
}

SECURITY_STATUS SEC_ENTRY ChangeAccountPasswordA(SEC_CHAR *pszPackageName, SEC_CHAR *pszDomainName,
						 SEC_CHAR *pszAccountName, SEC_CHAR *pszOldPassword,
						 SEC_CHAR *pszNewPassword, BOOLEAN bImpersonating,
						 uint32_t dwReserved, PSecBufferDesc pOutput)
{
	return change_password(&(struct change_call) {
		.package = pszPackageName ? package_find(public_packages, pszPackageName) : NULL,
		.has_texts = pszAccountName && pszOldPassword && pszNewPassword,
		.domain = text_narrow(pszDomainName),
		.account = text_narrow(pszAccountName),
		.old_password = text_narrow(pszOldPassword),
		.new_password = text_narrow(pszNewPassword),
		.unsupported = bImpersonating || dwReserved,
		.output = pOutput,
	});
}

SECURITY_STATUS SEC_ENTRY ChangeAccountPasswordW(SEC_WCHAR *pszPackageName, SEC_WCHAR *pszDomainName,
						 SEC_WCHAR *pszAccountName, SEC_WCHAR *pszOldPassword,
						 SEC_WCHAR *pszNewPassword, BOOLEAN bImpersonating,
						 uint32_t dwReserved, PSecBufferDesc pOutput)
{
	return change_password(&(struct change_call) {
		.package = pszPackageName ? package_find_wide(public_packages, pszPackageName) : NULL,
		.has_texts = pszAccountName && pszOldPassword && pszNewPassword,
		.wide = true,
		.domain = text_wide(pszDomainName),
		.account = text_wide(pszAccountName),
		.old_password = text_wide(pszOldPassword),
		.new_password = text_wide(pszNewPassword),
		.unsupported = bImpersonating || dwReserved,
		.output = pOutput,
	});
}
