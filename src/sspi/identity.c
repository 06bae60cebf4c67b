#include "sspi/identity.h"

#include "base/utf16.h"
#include "sspi/text.h"

/* Characters. Windows takes 15 for a domain, which is a NetBIOS name there; DNS names are longer. */
enum { USER_MAX = 256, DOMAIN_MAX = 256, PASSWORD_MAX = 256, PACKAGE_LIST_MAX = 256 };

/* SEC_WINNT_AUTH_IDENTITY_FLAGS_: the password in it is encrypted for Windows' own use. */
#define IDENTITY_FLAGS_ENCRYPTED 0xF0u
/* FreeRDP's: the password is an NT hash in hexadecimal. Nothing of Windows' has this bit. */
#define IDENTITY_FLAGS_NT_HASH 0x00800000u

/* What the plain form and the EX form have in common, whichever alphabet. */
struct identity {
	const void *user, *domain, *password, *packages;
	uint32_t user_length, domain_length, password_length, packages_length, flags;
};

/*
 * The plain form begins with a pointer whose lower half could be a version number by chance; together with the EX
 * form's Length, or the EX2 form's header length, it would be an address that no program has.
 */
static bool is_extended(const SEC_WINNT_AUTH_IDENTITY_EXW *identity)
{
	return identity->Version == SEC_WINNT_AUTH_IDENTITY_VERSION && identity->Length == sizeof(*identity);
}

static bool is_extended_2(const SEC_WINNT_AUTH_IDENTITY_EXW *identity)
{
	enum { HEADER_SIZE = 48, HEADER_SIZE_MASK = 0xFFFF };

	return identity->Version == SEC_WINNT_AUTH_IDENTITY_VERSION_2 &&
	       (identity->Length & HEADER_SIZE_MASK) == HEADER_SIZE;
}

/* Both begin with two numbers or one pointer, so the first eight bytes may be looked at in any case. */
static enum reason read_identity(const void *data, struct identity *identity)
{
	const SEC_WINNT_AUTH_IDENTITY_EXW *extended = data;
	const SEC_WINNT_AUTH_IDENTITY_W *plain = data;

	if (is_extended_2(extended))
		return auth_data_refuse(REASON_UNSUPPORTED, "SEC_WINNT_AUTH_IDENTITY_EX2 is not built");
	if (is_extended(extended))
		*identity = (struct identity) {
			.user = extended->User,
			.domain = extended->Domain,
			.password = extended->Password,
			.packages = extended->PackageList,
			.user_length = extended->UserLength,
			.domain_length = extended->DomainLength,
			.password_length = extended->PasswordLength,
			.packages_length = extended->PackageListLength,
			.flags = extended->Flags,
		};
	else
		*identity = (struct identity) {
			.user = plain->User,
			.domain = plain->Domain,
			.password = plain->Password,
			.user_length = plain->UserLength,
			.domain_length = plain->DomainLength,
			.password_length = plain->PasswordLength,
			.flags = plain->Flags,
		};
	return REASON_OK;
}

static enum reason copy_part(struct secret *to, const void *text, uint32_t length, uint32_t max, bool wide)
{
	enum reason reason;

	if (length > max || (length && !text))
		return auth_data_refuse(REASON_BAD_CREDENTIAL_DATA,
					"a text of the identity is missing or too long");
	reason = text_copy(to, slice_of(text, wide ? length * sizeof(SEC_WCHAR) : length), wide,
			   REASON_BAD_CREDENTIAL_DATA);
	return reason == REASON_OK ? reason
				   : auth_data_refuse(reason, "a text of the identity cannot be taken");
}

/* UTF-8 with a NUL, as package_is_listed reads it. */
static enum reason take_package_list(const struct identity *identity, bool wide, struct secret *list)
{
	CLEANUP(secret_wipe) struct secret utf16 = { 0 };
	CLEANUP(writer_wipe) struct byte_writer utf8 = writer_growing();
	enum reason reason =
		copy_part(&utf16, identity->packages, identity->packages_length, PACKAGE_LIST_MAX, wide);

	if (reason != REASON_OK || !utf16.size)
		return reason;
	if (!utf16_to_utf8(&utf8, secret_slice(&utf16)))
		return auth_data_refuse(REASON_BAD_CREDENTIAL_DATA, "the identity's PackageList is no text");
	writer_u8(&utf8, 0);
	return writer_ok(&utf8) && secret_copy(list, writer_slice(&utf8)) ? REASON_OK : REASON_OUT_OF_MEMORY;
}

/* The flags, not the function's suffix, tell the alphabet; bits that others use for themselves are let through. */
enum reason identity_decode(const void *data, struct auth_data *auth)
{
	struct identity identity;
	enum reason reason = read_identity(data, &identity);
	bool wide = identity.flags & SEC_WINNT_AUTH_IDENTITY_UNICODE;

	if (reason != REASON_OK)
		return reason;
	if (wide == !!(identity.flags & SEC_WINNT_AUTH_IDENTITY_ANSI))
		return auth_data_refuse(REASON_BAD_CREDENTIAL_DATA,
					"the identity's Flags say neither ANSI nor UNICODE, or both");
	if (identity.flags & IDENTITY_FLAGS_ENCRYPTED)
		return auth_data_refuse(REASON_UNSUPPORTED, "the identity is encrypted");
	if (identity.flags & IDENTITY_FLAGS_NT_HASH)
		return auth_data_refuse(REASON_UNSUPPORTED,
					"an NT hash in place of the password is not taken");
	reason = copy_part(&auth->user, identity.user, identity.user_length, USER_MAX, wide);
	if (reason == REASON_OK)
		reason = copy_part(&auth->domain, identity.domain, identity.domain_length, DOMAIN_MAX, wide);
	if (reason == REASON_OK)
		reason = copy_part(&auth->password, identity.password, identity.password_length, PASSWORD_MAX,
				   wide);
	if (reason == REASON_OK)
		reason = take_package_list(&identity, wide, &auth->package_list);
	auth->has_identity = reason == REASON_OK;
	return reason;
}
