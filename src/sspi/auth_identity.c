/* Identities as one opaque thing: the Sspi functions. */
#include "base/memory.h"
#include "base/utf16.h"
#include "crypto/digest.h"
#include "sspi/context_buffer.h"
#include "sspi/failure.h"
#include "sspi/identity.h"
#include "sspi/text.h"

#define STEP "identity"

static enum reason read_given(const void *data, struct identity *identity)
{
	return data ? identity_read(data, identity) : REASON_NULL_ARGUMENT;
}

/* The end of every function that gives an identity. */
static SECURITY_STATUS give(enum reason reason, void *made, PSEC_WINNT_AUTH_IDENTITY_OPAQUE *to)
{
	if (reason == REASON_OK && !made)
		reason = REASON_OUT_OF_MEMORY;
	if (reason != REASON_OK)
		return fail(STEP, reason, NULL);
	*to = made;
	return SEC_E_OK;
}

/* --- Texts */

SECURITY_STATUS SEC_ENTRY SspiEncodeStringsAsAuthIdentity(const SEC_WCHAR *pszUserName,
							  const SEC_WCHAR *pszDomainName,
							  const SEC_WCHAR *pszPackedCredentialsString,
							  PSEC_WINNT_AUTH_IDENTITY_OPAQUE *ppAuthIdentity)
{
	const struct identity identity = {
		.form = IDENTITY_EX,
		.flags = SEC_WINNT_AUTH_IDENTITY_UNICODE,
		.wide = true,
		.user = text_wide(pszUserName),
		.domain = text_wide(pszDomainName),
		.password = text_wide(pszPackedCredentialsString),
	};

	if (!pszUserName && !pszDomainName && !pszPackedCredentialsString)
		return fail(STEP, REASON_BAD_TOKEN, "none of the three texts was given");
	if (!ppAuthIdentity)
		return fail(STEP, REASON_NULL_ARGUMENT, NULL);
	if (identity.user.size > IDENTITY_TEXT_MAX || identity.domain.size > IDENTITY_TEXT_MAX ||
	    identity.password.size > IDENTITY_TEXT_MAX)
		return fail(STEP, REASON_BAD_CREDENTIAL_DATA, "a text is longer than 32767 characters");
	return give(REASON_OK, identity_make(&identity), ppAuthIdentity);
}

struct texts {
	SEC_WCHAR *user, *domain, *password;
};

static void texts_free(struct texts *texts)
{
	SspiLocalFree(texts->user);
	SspiLocalFree(texts->domain);
	SspiLocalFree(texts->password);
}

/* An absent part is NULL, and no failure. */
static enum reason make_text(const struct identity *identity, struct slice part, SEC_WCHAR **made)
{
	CLEANUP(secret_wipe) struct secret text = { 0 };
	enum reason reason = identity_text(identity, part, &text);

	if (reason != REASON_OK || !part.data)
		return reason;
	*made = context_buffer_text(secret_slice(&text));
	return *made ? REASON_OK : REASON_OUT_OF_MEMORY;
}

static enum reason make_texts(const struct identity *identity, bool with_password, struct texts *texts)
{
	enum reason reason;

	if (with_password && identity->no_password)
		return identity_refuse(REASON_UNSUPPORTED, "the packed credentials are no password");
	reason = make_text(identity, identity->user, &texts->user);
	if (reason == REASON_OK)
		reason = make_text(identity, identity->domain, &texts->domain);
	return reason == REASON_OK && with_password
		       ? make_text(identity, identity->password, &texts->password)
		       : reason;
}

static void give_text(SEC_WCHAR **text, const SEC_WCHAR **to)
{
	if (!to)
		return;
	*to = *text;
	*text = NULL;
}

SECURITY_STATUS SEC_ENTRY SspiEncodeAuthIdentityAsStrings(PSEC_WINNT_AUTH_IDENTITY_OPAQUE pAuthIdentity,
							  const SEC_WCHAR **ppszUserName,
							  const SEC_WCHAR **ppszDomainName,
							  const SEC_WCHAR **ppszPackedCredentialsString)
{
	CLEANUP(texts_free) struct texts texts = { 0 };
	struct identity identity;
	enum reason reason;

	if (SspiIsAuthIdentityEncrypted(pAuthIdentity))
		return fail(STEP, REASON_ENCRYPTED_IDENTITY, NULL);
	reason = read_given(pAuthIdentity, &identity);
	if (reason == REASON_OK)
		reason = make_texts(&identity, ppszPackedCredentialsString, &texts);
	if (reason != REASON_OK)
		return fail(STEP, reason, NULL);
	give_text(&texts.user, ppszUserName);
	give_text(&texts.domain, ppszDomainName);
	give_text(&texts.password, ppszPackedCredentialsString);
	return SEC_E_OK;
}

/* --- What is it? */

BOOLEAN SEC_ENTRY SspiIsAuthIdentityEncrypted(PSEC_WINNT_AUTH_IDENTITY_OPAQUE EncryptedAuthData)
{
	return EncryptedAuthData && identity_is_encrypted(EncryptedAuthData);
}

SECURITY_STATUS SEC_ENTRY SspiValidateAuthIdentity(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthData)
{
	CLEANUP(secret_wipe) struct secret text = { 0 };
	struct identity identity;
	enum reason reason = read_given(AuthData, &identity);

	if (reason == REASON_OK)
		reason = identity_text(&identity, identity.user, &text);
	if (reason == REASON_OK)
		reason = identity_text(&identity, identity.domain, &text);
	if (reason == REASON_OK && !identity.no_password)
		reason = identity_text(&identity, identity.password, &text);
	if (reason == REASON_OK)
		reason = identity_package_list(&identity, &text);
	return reason == REASON_OK ? SEC_E_OK : fail(STEP, reason, NULL);
}

static enum reason equal_texts(const struct identity *one, struct slice part_of_one,
			       const struct identity *other, struct slice part_of_other, bool names,
			       bool *equal)
{
	CLEANUP(secret_wipe) struct secret a = { 0 }, b = { 0 };
	enum reason reason = identity_text(one, part_of_one, &a);

	if (reason == REASON_OK)
		reason = identity_text(other, part_of_other, &b);
	if (reason == REASON_OK)
		*equal = names ? utf16_equal_folded(secret_slice(&a), secret_slice(&b))
			       : crypto_equal(secret_slice(&a), secret_slice(&b));
	return reason;
}

/* Packed credentials of another type are compared as they lie there, type and all. */
static enum reason equal_credentials(const struct identity *one, const struct identity *other, bool *equal)
{
	*equal = false;
	if (one->no_password != other->no_password)
		return REASON_OK;
	if (!one->no_password)
		return equal_texts(one, one->password, other, other->password, false, equal);
	*equal = memcmp(&one->packed_type, &other->packed_type, sizeof(one->packed_type)) == 0 &&
		 crypto_equal(one->password, other->password);
	return REASON_OK;
}

static enum reason compare(const struct identity *one, const struct identity *other, bool *same_user,
			   bool *same_identity)
{
	bool same_name = false, same_domain = false, same_credentials = false;
	enum reason reason = equal_texts(one, one->user, other, other->user, true, &same_name);

	if (reason == REASON_OK)
		reason = equal_texts(one, one->domain, other, other->domain, true, &same_domain);
	if (reason == REASON_OK)
		reason = equal_credentials(one, other, &same_credentials);
	*same_user = same_name && same_domain;
	*same_identity = *same_user && same_credentials;
	return reason;
}

SECURITY_STATUS SEC_ENTRY SspiCompareAuthIdentities(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthIdentity1,
						    PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthIdentity2,
						    BOOLEAN *SameSuppliedUser, BOOLEAN *SameSuppliedIdentity)
{
	struct identity one, other;
	bool same_user = !AuthIdentity1 && !AuthIdentity2, same_identity = same_user;
	enum reason reason = AuthIdentity1 ? identity_read(AuthIdentity1, &one) : REASON_OK;

	if (reason == REASON_OK && AuthIdentity2)
		reason = identity_read(AuthIdentity2, &other);
	if (reason == REASON_OK && AuthIdentity1 && AuthIdentity2)
		reason = compare(&one, &other, &same_user, &same_identity);
	if (reason != REASON_OK)
		return fail(STEP, reason, NULL);
	if (SameSuppliedUser)
		*SameSuppliedUser = same_user;
	if (SameSuppliedIdentity)
		*SameSuppliedIdentity = same_identity;
	return SEC_E_OK;
}

/* --- Copies and bytes */

SECURITY_STATUS SEC_ENTRY SspiCopyAuthIdentity(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthData,
					       PSEC_WINNT_AUTH_IDENTITY_OPAQUE *AuthDataCopy)
{
	struct identity identity;
	enum reason reason = AuthDataCopy ? read_given(AuthData, &identity) : REASON_NULL_ARGUMENT;

	return give(reason, reason == REASON_OK ? identity_make(&identity) : NULL, AuthDataCopy);
}

SECURITY_STATUS SEC_ENTRY SspiMarshalAuthIdentity(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthIdentity,
						  uint32_t *AuthIdentityLength, char **AuthIdentityByteArray)
{
	CLEANUP(writer_wipe) struct byte_writer bytes = writer_growing();
	struct identity identity;
	enum reason reason = AuthIdentityLength && AuthIdentityByteArray ? read_given(AuthIdentity, &identity)
									 : REASON_NULL_ARGUMENT;
	char *made;

	if (reason != REASON_OK)
		return fail(STEP, reason, NULL);
	identity_marshal(&identity, &bytes);
	made = writer_ok(&bytes) ? context_buffer_copy(writer_slice(&bytes)) : NULL;
	if (!made)
		return fail(STEP, REASON_OUT_OF_MEMORY, NULL);
	*AuthIdentityLength = (uint32_t)bytes.size;
	*AuthIdentityByteArray = made;
	return SEC_E_OK;
}

SECURITY_STATUS SEC_ENTRY SspiUnmarshalAuthIdentity(uint32_t AuthIdentityLength, char *AuthIdentityByteArray,
						    PSEC_WINNT_AUTH_IDENTITY_OPAQUE *ppAuthIdentity)
{
	struct identity identity;
	enum reason reason = REASON_NULL_ARGUMENT;

	if (AuthIdentityByteArray && ppAuthIdentity)
		reason = identity_unmarshal(slice_of(AuthIdentityByteArray, AuthIdentityLength), &identity);
	return give(reason, reason == REASON_OK ? identity_make(&identity) : NULL, ppAuthIdentity);
}

/* --- Packages */

static bool is_package_name(struct slice name)
{
	size_t length = utf16_length(name);

	return length && utf16_find(name, ',') == length && utf16_find(name, '!') == length;
}

static enum reason write_list(const struct identity *identity, struct slice name, struct byte_writer *list)
{
	CLEANUP(secret_wipe) struct secret old = { 0 };
	enum reason reason = identity_package_list(identity, &old);

	if (reason != REASON_OK)
		return reason;
	writer_bytes(list, secret_slice(&old));
	if (old.size)
		writer_u16le(list, ',');
	writer_u16le(list, '!');
	writer_bytes(list, name);
	if (list->size > IDENTITY_TEXT_MAX || identity->block.size + list->size > IDENTITY_BLOCK_MAX)
		return identity_refuse(REASON_BAD_CREDENTIAL_DATA, "the PackageList grows too long");
	return writer_ok(list) ? REASON_OK : REASON_OUT_OF_MEMORY;
}

/* An empty text stays one, and does not become an absent one. */
static enum reason widen(const struct identity *identity, struct slice *part, struct secret *text)
{
	enum reason reason = identity_text(identity, *part, text);

	if (text->size)
		*part = secret_slice(text);
	return reason;
}

static enum reason make_listed(const struct identity *identity, struct slice name, void **made)
{
	CLEANUP(secret_wipe) struct secret user = { 0 }, domain = { 0 }, password = { 0 };
	LOCAL_WRITER(list);
	struct identity listed = *identity;
	enum reason reason = write_list(identity, name, &list);

	if (reason == REASON_OK && !identity->wide) {
		listed.wide = true;
		listed.flags ^= SEC_WINNT_AUTH_IDENTITY_ANSI | SEC_WINNT_AUTH_IDENTITY_UNICODE;
		reason = widen(identity, &listed.user, &user);
		if (reason == REASON_OK)
			reason = widen(identity, &listed.domain, &domain);
		if (reason == REASON_OK)
			reason = widen(identity, &listed.password, &password);
	}
	if (reason == REASON_OK)
		*made = identity_make_listed(&listed, writer_slice(&list));
	return reason;
}

SECURITY_STATUS SEC_ENTRY SspiExcludePackage(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthIdentity,
					     const SEC_WCHAR *pszPackageName,
					     PSEC_WINNT_AUTH_IDENTITY_OPAQUE *ppNewAuthIdentity)
{
	struct identity identity = {
		.form = IDENTITY_EX,
		.flags = SEC_WINNT_AUTH_IDENTITY_UNICODE,
		.wide = true,
	};
	enum reason reason = REASON_OK;
	void *made = NULL;

	if (!pszPackageName || !ppNewAuthIdentity)
		return fail(STEP, REASON_NULL_ARGUMENT, NULL);
	if (!is_package_name(text_wide(pszPackageName)))
		return fail(STEP, REASON_UNKNOWN_PACKAGE, NULL);
	if (AuthIdentity)
		reason = identity_read(AuthIdentity, &identity);
	if (reason == REASON_OK)
		reason = make_listed(&identity, text_wide(pszPackageName), &made);
	return give(reason, made, ppNewAuthIdentity);
}

/* --- The end */

void SEC_ENTRY SspiZeroAuthIdentity(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthData)
{
	struct identity identity = { 0 };
	enum reason ignored = AuthData ? identity_read(AuthData, &identity) : REASON_OK;

	(void)ignored; /* a broken identity has a password all the same */
	if (identity.password.size)
		memory_wipe((void *)(uintptr_t)identity.password.data, identity.password.size);
}

void SEC_ENTRY SspiFreeAuthIdentity(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthData)
{
	(void)FreeContextBuffer(AuthData);
}

void SEC_ENTRY SspiLocalFree(void *DataBuffer)
{
	(void)FreeContextBuffer(DataBuffer);
}
