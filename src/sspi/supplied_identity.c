#include "sspi/supplied_identity.h"

#include "base/utf16.h"
#include "sspi/identity.h"

/* Characters. Windows takes 15 for a domain, which is a NetBIOS name there; DNS names are longer. */
enum { USER_MAX = 256, DOMAIN_MAX = 256, PASSWORD_MAX = 256, PACKAGE_LIST_MAX = 256 };

/* A private bit of WinPR's. Its others change nothing here and are let through. */
#define FLAGS_PASSWORD_IS_HASH 0x00800000u

static enum reason check_length(const struct identity *identity, struct slice part, size_t max)
{
	if (part.size / (identity->wide ? sizeof(SEC_WCHAR) : sizeof(SEC_CHAR)) > max)
		return identity_refuse(REASON_BAD_CREDENTIAL_DATA,
				       "a text of the identity has more than 256 characters");
	return REASON_OK;
}

static enum reason copy_part(struct secret *to, const struct identity *identity, struct slice part,
			     size_t max)
{
	enum reason reason = check_length(identity, part, max);

	return reason == REASON_OK ? identity_text(identity, part, to) : reason;
}

/* UTF-8 with a NUL, as package_is_listed reads it. */
static enum reason take_package_list(const struct identity *identity, struct secret *list)
{
	CLEANUP(secret_wipe) struct secret utf16 = { 0 };
	CLEANUP(writer_wipe) struct byte_writer utf8 = writer_growing();
	enum reason reason = check_length(identity, identity->package_list, PACKAGE_LIST_MAX);

	if (reason == REASON_OK)
		reason = identity_package_list(identity, &utf16);
	if (reason != REASON_OK || !utf16.size)
		return reason;
	if (!utf16_to_utf8(&utf8, secret_slice(&utf16)))
		return writer_ok(&utf8) ? identity_refuse(REASON_BAD_CREDENTIAL_DATA,
							  "the identity's PackageList is no text")
					: REASON_OUT_OF_MEMORY;
	writer_u8(&utf8, 0);
	return writer_ok(&utf8) && secret_copy(list, writer_slice(&utf8)) ? REASON_OK : REASON_OUT_OF_MEMORY;
}

/* Bits whose meaning changes who logs on, or with what. */
static enum reason check_meaning(const struct identity *identity)
{
	if (identity->flags & FLAGS_PASSWORD_IS_HASH)
		return identity_refuse(REASON_UNSUPPORTED, "a password that is a hash is not taken");
	if (identity->flags & SEC_WINNT_AUTH_IDENTITY_FLAGS_ID_PROVIDER)
		return identity_refuse(REASON_UNSUPPORTED,
				       "an online identity, of an identity provider, is not taken");
	if (identity->no_password)
		return identity_refuse(
			REASON_UNSUPPORTED,
			"the packed credentials of SEC_WINNT_AUTH_IDENTITY_EX2 are no password");
	return REASON_OK;
}

enum reason supplied_identity_decode(const void *data, struct auth_data *auth)
{
	struct identity identity;
	enum reason reason = identity_read(data, &identity);

	if (reason == REASON_OK)
		reason = check_meaning(&identity);
	if (reason == REASON_OK)
		reason = copy_part(&auth->user, &identity, identity.user, USER_MAX);
	if (reason == REASON_OK)
		reason = copy_part(&auth->domain, &identity, identity.domain, DOMAIN_MAX);
	if (reason == REASON_OK)
		reason = copy_part(&auth->password, &identity, identity.password, PASSWORD_MAX);
	if (reason == REASON_OK)
		reason = take_package_list(&identity, &auth->package_list);
	auth->has_identity = reason == REASON_OK;
	return reason;
}
