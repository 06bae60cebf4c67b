#define _SEC_WINNT_AUTH_TYPES

#include "support/ex2.h"

#include "support/hex.h"

static void append(struct ex2 *ex2, struct slice bytes)
{
	assert_true(ex2->block.header.cbStructureLength + bytes.size <= sizeof(ex2->block.bytes));
	memcpy(ex2->block.bytes + ex2->block.header.cbStructureLength, bytes.data, bytes.size);
	ex2->block.header.cbStructureLength += (uint32_t)bytes.size;
}

static void append_text(struct ex2 *ex2, const char *text, uint32_t *offset, uint16_t *length)
{
	struct slice utf16;

	if (!text)
		return;
	utf16 = u16(text);
	*offset = ex2->block.header.cbStructureLength;
	*length = (uint16_t)utf16.size;
	append(ex2, utf16);
}

static void append_password(struct ex2 *ex2, const char *text)
{
	struct slice password = u16(text);
	SEC_WINNT_AUTH_PACKED_CREDENTIALS packed;

	memset(&packed, 0, sizeof(packed)); /* the padding too: blocks are compared byte by byte */
	packed.cbHeaderLength = sizeof(packed);
	packed.cbStructureLength = (uint16_t)(sizeof(packed) + password.size);
	packed.AuthData.CredType = SEC_WINNT_AUTH_DATA_TYPE_PASSWORD;
	packed.AuthData.CredData.ByteArrayOffset = sizeof(packed);
	packed.AuthData.CredData.ByteArrayLength = (uint16_t)password.size;
	ex2->packed = ex2->block.header.cbStructureLength;
	ex2->block.header.PackedCredentialsOffset = (uint32_t)ex2->packed;
	ex2->block.header.PackedCredentialsLength = packed.cbStructureLength;
	append(ex2, slice_of(&packed, sizeof(packed)));
	append(ex2, password);
}

struct ex2 ex2_of(const char *user, const char *domain, const char *password, const char *package_list)
{
	struct ex2 ex2;

	memset(&ex2, 0, sizeof(ex2));
	ex2.block.header.Version = SEC_WINNT_AUTH_IDENTITY_VERSION_2;
	ex2.block.header.cbHeaderLength = sizeof(SEC_WINNT_AUTH_IDENTITY_EX2);
	ex2.block.header.cbStructureLength = sizeof(SEC_WINNT_AUTH_IDENTITY_EX2);
	ex2.block.header.Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE;
	append_text(&ex2, user, &ex2.block.header.UserOffset, &ex2.block.header.UserLength);
	append_text(&ex2, domain, &ex2.block.header.DomainOffset, &ex2.block.header.DomainLength);
	if (password)
		append_password(&ex2, password);
	append_text(&ex2, package_list, &ex2.block.header.PackageListOffset,
		    &ex2.block.header.PackageListLength);
	return ex2;
}

SEC_WINNT_AUTH_PACKED_CREDENTIALS ex2_packed(const struct ex2 *ex2)
{
	SEC_WINNT_AUTH_PACKED_CREDENTIALS packed;

	memcpy(&packed, ex2->block.bytes + ex2->packed, sizeof(packed));
	return packed;
}

void ex2_set_packed(struct ex2 *ex2, const SEC_WINNT_AUTH_PACKED_CREDENTIALS *packed)
{
	memcpy(ex2->block.bytes + ex2->packed, packed, sizeof(*packed));
}

struct slice ex2_slice(const struct ex2 *ex2)
{
	return slice_of(ex2->block.bytes, ex2->block.header.cbStructureLength);
}
