/* What Windows' credential manager wants to know of an identity. There is none here; programs ask all the same. */
#include "base/byte_writer.h"
#include "sspi/context_buffer.h"
#include "sspi/failure.h"
#include "sspi/identity.h"
#include "sspi/text.h"

#define STEP "credential manager"

/* CRED_TYPE_DOMAIN_PASSWORD of wincred.h. */
enum { TYPE_DOMAIN_PASSWORD = 2 };

static enum reason read_password_identity(const void *data, struct identity *identity)
{
	enum reason reason = data ? identity_read(data, identity) : REASON_NULL_ARGUMENT;

	if (reason == REASON_OK && identity->no_password)
		return identity_refuse(REASON_UNSUPPORTED, "the packed credentials are no password");
	return reason;
}

SECURITY_STATUS SEC_ENTRY SspiPrepareForCredRead(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthIdentity,
						 const SEC_WCHAR *pszTargetName,
						 uint32_t *pCredmanCredentialType,
						 const SEC_WCHAR **ppszCredmanTargetName)
{
	struct identity identity;
	enum reason reason = REASON_NULL_ARGUMENT;
	SEC_WCHAR *target = NULL;

	if (pszTargetName && pCredmanCredentialType && ppszCredmanTargetName)
		reason = read_password_identity(AuthIdentity, &identity);
	if (reason == REASON_OK) {
		target = context_buffer_text(text_wide(pszTargetName));
		reason = target ? REASON_OK : REASON_OUT_OF_MEMORY;
	}
	if (reason != REASON_OK)
		return fail(STEP, reason, NULL);
	*pCredmanCredentialType = TYPE_DOMAIN_PASSWORD;
	*ppszCredmanTargetName = target;
	return SEC_E_OK;
}

/* What CredWrite takes, until the caller has it. */
struct entry {
	SEC_WCHAR *target, *user;
	uint8_t *blob;
	uint32_t blob_size;
};

static void entry_free(struct entry *entry)
{
	SspiLocalFree(entry->target);
	SspiLocalFree(entry->user);
	SspiLocalFree(entry->blob);
}

static enum reason write_user(const struct identity *identity, struct byte_writer *name)
{
	CLEANUP(secret_wipe) struct secret user = { 0 }, domain = { 0 };
	enum reason reason = identity_text(identity, identity->user, &user);

	if (reason == REASON_OK)
		reason = identity_text(identity, identity->domain, &domain);
	if (reason != REASON_OK)
		return reason;
	if (!user.size)
		return identity_refuse(REASON_NO_CREDENTIAL, "the identity has no user");
	if (domain.size) {
		writer_bytes(name, secret_slice(&domain));
		writer_u16le(name, '\\');
	}
	writer_bytes(name, secret_slice(&user));
	return writer_ok(name) ? REASON_OK : REASON_OUT_OF_MEMORY;
}

static enum reason make_entry(const struct identity *identity, const SEC_WCHAR *target, struct entry *entry)
{
	CLEANUP(secret_wipe) struct secret password = { 0 };
	LOCAL_WRITER(name);
	enum reason reason = write_user(identity, &name);

	if (reason == REASON_OK)
		reason = identity_text(identity, identity->password, &password);
	if (reason != REASON_OK)
		return reason;
	entry->target = context_buffer_text(target ? text_wide(target) : writer_slice(&name));
	entry->user = context_buffer_text(writer_slice(&name));
	entry->blob = context_buffer_copy(secret_slice(&password));
	entry->blob_size = (uint32_t)password.size;
	return entry->target && entry->user && entry->blob ? REASON_OK : REASON_OUT_OF_MEMORY;
}

SECURITY_STATUS SEC_ENTRY SspiPrepareForCredWrite(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthIdentity,
						  const SEC_WCHAR *pszTargetName,
						  uint32_t *pCredmanCredentialType,
						  const SEC_WCHAR **ppszCredmanTargetName,
						  const SEC_WCHAR **ppszCredmanUserName,
						  uint8_t **ppCredentialBlob, uint32_t *pCredentialBlobSize)
{
	CLEANUP(entry_free) struct entry entry = { 0 };
	struct identity identity;
	enum reason reason = REASON_NULL_ARGUMENT;

	if (pCredmanCredentialType && ppszCredmanTargetName && ppszCredmanUserName && ppCredentialBlob &&
	    pCredentialBlobSize)
		reason = read_password_identity(AuthIdentity, &identity);
	if (reason == REASON_OK)
		reason = make_entry(&identity, pszTargetName, &entry);
	if (reason != REASON_OK)
		return fail(STEP, reason, NULL);
	*pCredmanCredentialType = TYPE_DOMAIN_PASSWORD;
	*ppszCredmanTargetName = entry.target;
	*ppszCredmanUserName = entry.user;
	*ppCredentialBlob = entry.blob;
	*pCredentialBlobSize = entry.blob_size;
	entry = (struct entry) { 0 };
	return SEC_E_OK;
}
