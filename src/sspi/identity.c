#define _SEC_WINNT_AUTH_TYPES /* NOLINT: Microsoft's name for "with the types of packed credentials" */

#include "sspi/identity.h"

#include "base/byte_reader.h"
#include "base/utf16.h"
#include "sspi/text.h"

#include <opensspi/ntsecapi.h>

#include <stddef.h>

/* SEC_WINNT_AUTH_IDENTITY_FLAGS_: what is in it is encrypted for Windows' own use. */
#define FLAGS_ENCRYPTED 0xF0u

/* --- Forms */

static uint32_t version_of(const void *data)
{
	uint32_t version;

	memcpy(&version, data, sizeof(version));
	return version;
}

/*
 * The plain form begins with a pointer whose lower half could be a version number by chance; together with the EX
 * form's Length, or the EX2 form's header length, it would be an address that no program has. All forms begin with two
 * numbers or one pointer, so the first eight bytes may be looked at in any case.
 */
static enum identity_form form_of(const void *data)
{
	uint32_t version = version_of(data), length;
	uint16_t header_length;

	memcpy(&length, (const uint8_t *)data + offsetof(SEC_WINNT_AUTH_IDENTITY_EXW, Length),
	       sizeof(length));
	memcpy(&header_length, (const uint8_t *)data + offsetof(SEC_WINNT_AUTH_IDENTITY_EX2, cbHeaderLength),
	       sizeof(header_length));
	if (version == SEC_WINNT_AUTH_IDENTITY_VERSION && length == sizeof(SEC_WINNT_AUTH_IDENTITY_EXW))
		return IDENTITY_EX;
	if (version == SEC_WINNT_AUTH_IDENTITY_VERSION_2 &&
	    header_length == sizeof(SEC_WINNT_AUTH_IDENTITY_EX2))
		return IDENTITY_EX2;
	return IDENTITY_PLAIN;
}

static uint32_t flags_of(const void *data)
{
	static const size_t members[] = {
		[IDENTITY_PLAIN] = offsetof(SEC_WINNT_AUTH_IDENTITY_W, Flags),
		[IDENTITY_EX] = offsetof(SEC_WINNT_AUTH_IDENTITY_EXW, Flags),
		[IDENTITY_EX2] = offsetof(SEC_WINNT_AUTH_IDENTITY_EX2, Flags),
	};
	uint32_t flags;

	memcpy(&flags, (const uint8_t *)data + members[form_of(data)], sizeof(flags));
	return flags;
}

bool identity_is_encrypted(const void *data)
{
	return flags_of(data) & FLAGS_ENCRYPTED;
}

/* --- What all forms share */

static enum reason broken(void)
{
	return identity_refuse(REASON_BAD_CREDENTIAL_DATA, "a text of the identity is missing or too long");
}

/* The flags, not a function's suffix, tell the alphabet. EX2 has one, and needs not say it. */
static enum reason take_flags(struct identity *identity, uint32_t flags)
{
	bool wide = flags & SEC_WINNT_AUTH_IDENTITY_UNICODE || identity->form == IDENTITY_EX2;

	if (flags & FLAGS_ENCRYPTED)
		return identity_refuse(REASON_UNSUPPORTED, "the identity is encrypted");
	if (wide == !!(flags & SEC_WINNT_AUTH_IDENTITY_ANSI))
		return identity_refuse(REASON_BAD_CREDENTIAL_DATA,
				       "the identity's Flags say neither ANSI nor UNICODE, or both");
	identity->flags = flags;
	identity->wide = wide;
	return REASON_OK;
}

/* An identity that has a name and says that it has none is broken. */
static enum reason obey_null_flags(struct identity *identity)
{
	bool no_user = identity->flags & SEC_WINNT_AUTH_IDENTITY_FLAGS_NULL_USER;
	bool no_domain = identity->flags & SEC_WINNT_AUTH_IDENTITY_FLAGS_NULL_DOMAIN;

	if ((no_user && identity->user.size) || (no_domain && identity->domain.size))
		return identity_refuse(REASON_BAD_CREDENTIAL_DATA,
				       "the identity has a name that its Flags say is NULL");
	if (no_user)
		identity->user = slice_of(NULL, 0);
	if (no_domain)
		identity->domain = slice_of(NULL, 0);
	return REASON_OK;
}

enum reason identity_text(const struct identity *identity, struct slice part, struct secret *text)
{
	enum reason reason = text_copy(text, part, identity->wide, REASON_BAD_CREDENTIAL_DATA);

	return reason == REASON_OK ? reason
				   : identity_refuse(reason, "a text of the identity cannot be taken");
}

enum reason identity_package_list(const struct identity *identity, struct secret *list)
{
	CLEANUP(secret_wipe) struct secret whole = { 0 };
	enum reason reason = identity_text(identity, identity->package_list, &whole);
	struct slice text = utf16_without_nuls(secret_slice(&whole));

	if (reason != REASON_OK)
		return reason;
	if (utf16_find(text, 0) != utf16_length(text))
		return identity_refuse(REASON_BAD_CREDENTIAL_DATA,
				       "the identity's PackageList has a NUL in it");
	return secret_copy(list, text) ? REASON_OK : REASON_OUT_OF_MEMORY;
}

/* --- Plain and EX: pointers, and lengths in characters */

struct pointer_part {
	const void *text;
	uint32_t length;
	struct slice *part;
};

static bool bytes_of(const struct identity *identity, uint32_t length, size_t *size)
{
	if (length > IDENTITY_TEXT_MAX / sizeof(SEC_WCHAR))
		return false;
	*size = identity->wide ? length * sizeof(SEC_WCHAR) : length;
	return true;
}

static bool take_pointers(const struct identity *identity, const struct pointer_part *parts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t size;

		if (!bytes_of(identity, parts[i].length, &size) || (size && !parts[i].text))
			return false;
		*parts[i].part = slice_of(parts[i].text, size);
	}
	return true;
}

/* The structures of ntsecapi.h begin with their type; no text lies at such an address. */
static bool is_logon(const SEC_WINNT_AUTH_IDENTITY_W *plain)
{
	return (uintptr_t)plain->User == KerbInteractiveLogon ||
	       (uintptr_t)plain->User == KerbCertificateLogon;
}

static enum reason read_plain(const SEC_WINNT_AUTH_IDENTITY_W *plain, struct identity *identity)
{
	const struct pointer_part parts[] = {
		{ plain->Password, plain->PasswordLength, &identity->password },
		{ plain->User, plain->UserLength, &identity->user },
		{ plain->Domain, plain->DomainLength, &identity->domain },
	};
	enum reason reason;

	if (is_logon(plain))
		return identity_refuse(REASON_UNSUPPORTED,
				       "a KERB_INTERACTIVE_LOGON or KERB_CERTIFICATE_LOGON is not taken");
	reason = take_flags(identity, plain->Flags);
	if (reason != REASON_OK)
		return reason;
	return take_pointers(identity, parts, COUNT_OF(parts)) ? obey_null_flags(identity) : broken();
}

static enum reason read_ex(const SEC_WINNT_AUTH_IDENTITY_EXW *ex, struct identity *identity)
{
	const struct pointer_part parts[] = {
		{ ex->Password, ex->PasswordLength, &identity->password },
		{ ex->User, ex->UserLength, &identity->user },
		{ ex->Domain, ex->DomainLength, &identity->domain },
		{ ex->PackageList, ex->PackageListLength, &identity->package_list },
	};
	enum reason reason = take_flags(identity, ex->Flags);

	if (reason != REASON_OK)
		return reason;
	return take_pointers(identity, parts, COUNT_OF(parts)) ? obey_null_flags(identity) : broken();
}

/* --- EX2: one block */

/* Offset 0: there is no such part. Others lie behind the header. */
static bool block_part(struct slice block, size_t header, size_t offset, size_t size, struct slice *part)
{
	*part = slice_of(NULL, 0);
	if (offset == 0)
		return size == 0;
	return offset >= header && slice_part(block, offset, size, part);
}

static enum reason bad_packed(void)
{
	return identity_refuse(REASON_BAD_CREDENTIAL_DATA,
			       "the packed credentials of SEC_WINNT_AUTH_IDENTITY_EX2 are broken");
}

/* None at all, or of size 0, stands for the password itself. */
static enum reason read_packed(struct slice packed, struct identity *identity)
{
	SEC_WINNT_AUTH_PACKED_CREDENTIALS header;
	struct byte_reader in = reader_of(packed);
	struct slice whole;

	identity->password = packed;
	if (!packed.size)
		return REASON_OK;
	if (!reader_copy(&in, &header, sizeof(header)) || header.cbHeaderLength < sizeof(header) ||
	    header.cbHeaderLength > header.cbStructureLength ||
	    !slice_part(packed, 0, header.cbStructureLength, &whole) ||
	    !block_part(whole, header.cbHeaderLength, header.AuthData.CredData.ByteArrayOffset,
			header.AuthData.CredData.ByteArrayLength, &identity->password))
		return bad_packed();
	identity->packed_type = header.AuthData.CredType;
	identity->no_password =
		memcmp(&header.AuthData.CredType, &SEC_WINNT_AUTH_DATA_TYPE_PASSWORD, sizeof(GUID)) != 0;
	return !identity->no_password && identity->password.size % sizeof(SEC_WCHAR) ? bad_packed()
										     : REASON_OK;
}

static enum reason read_ex2(const void *data, struct identity *identity)
{
	SEC_WINNT_AUTH_IDENTITY_EX2 header;
	struct slice packed;
	enum reason reason;

	memcpy(&header, data, sizeof(header));
	if (header.cbStructureLength < sizeof(header) || header.cbStructureLength > IDENTITY_BLOCK_MAX)
		return identity_refuse(REASON_BAD_CREDENTIAL_DATA,
				       "SEC_WINNT_AUTH_IDENTITY_EX2 is shorter than its header, or too long");
	reason = take_flags(identity, header.Flags);
	if (reason != REASON_OK)
		return reason;
	identity->block = slice_of(data, header.cbStructureLength);
	if (!block_part(identity->block, sizeof(header), header.UserOffset, header.UserLength,
			&identity->user) ||
	    !block_part(identity->block, sizeof(header), header.DomainOffset, header.DomainLength,
			&identity->domain) ||
	    !block_part(identity->block, sizeof(header), header.PackageListOffset, header.PackageListLength,
			&identity->package_list) ||
	    !block_part(identity->block, sizeof(header), header.PackedCredentialsOffset,
			header.PackedCredentialsLength, &packed) ||
	    (identity->user.size | identity->domain.size | identity->package_list.size) % sizeof(SEC_WCHAR))
		return identity_refuse(REASON_BAD_CREDENTIAL_DATA,
				       "a part of SEC_WINNT_AUTH_IDENTITY_EX2 leaves it, lies in its header, "
				       "or has half a character");
	reason = obey_null_flags(identity);
	return reason == REASON_OK ? read_packed(packed, identity) : reason;
}

enum reason identity_read(const void *data, struct identity *identity)
{
	*identity = (struct identity) { .form = form_of(data) };
	switch (identity->form) {
	case IDENTITY_EX:
		return read_ex(data, identity);
	case IDENTITY_EX2:
		return read_ex2(data, identity);
	default:
		return read_plain(data, identity);
	}
}

/* --- Without pointers */

/*
 * EX with offsets for pointers, all numbers of 32 bits: its layout in a 32-bit program. What Windows writes and takes,
 * the zeros included, is known from Wine's tests of it (dlls/secur32/tests/secur32.c, test_SspiMarshalAuthIdentity).
 */
enum { MARSHALLED_SIZE = 11 * sizeof(uint32_t), MARSHALLED_ZEROS = 4, EX2_ZEROS = 8 };

static bool read_marshalled_part(struct slice bytes, struct byte_reader *in, const struct identity *identity,
				 struct slice *part)
{
	uint32_t offset, length;
	size_t size;

	return reader_u32le(in, &offset) && reader_u32le(in, &length) && bytes_of(identity, length, &size) &&
	       block_part(bytes, MARSHALLED_SIZE, offset, size, part);
}

static enum reason read_marshalled(struct slice bytes, struct identity *identity)
{
	enum { FLAGS_OFFSET = 8 * sizeof(uint32_t) };
	struct byte_reader in = reader_of(bytes), flags_in = in;
	enum reason reason;
	uint32_t flags;

	if (!reader_skip(&flags_in, FLAGS_OFFSET) || !reader_u32le(&flags_in, &flags) ||
	    !reader_expect_u32le(&in, SEC_WINNT_AUTH_IDENTITY_VERSION) ||
	    !reader_expect_u32le(&in, MARSHALLED_SIZE))
		return identity_refuse(REASON_BAD_CREDENTIAL_DATA, "the bytes are no marshalled identity");
	reason = take_flags(identity, flags);
	if (reason != REASON_OK)
		return reason;
	if (!read_marshalled_part(bytes, &in, identity, &identity->user) ||
	    !read_marshalled_part(bytes, &in, identity, &identity->domain) ||
	    !read_marshalled_part(bytes, &in, identity, &identity->password) ||
	    !reader_skip(&in, sizeof(flags)) ||
	    !read_marshalled_part(bytes, &in, identity, &identity->package_list))
		return broken();
	return obey_null_flags(identity);
}

/* An EX2 is believed when it says that it is no longer than what there is. */
enum reason identity_unmarshal(struct slice bytes, struct identity *identity)
{
	SEC_WINNT_AUTH_IDENTITY_EX2 header;
	struct byte_reader in = reader_of(bytes);

	*identity = (struct identity) { .form = IDENTITY_EX };
	if (!reader_copy(&in, &header, sizeof(header)) || form_of(&header) != IDENTITY_EX2)
		return read_marshalled(bytes, identity);
	if (header.cbStructureLength > bytes.size)
		return identity_refuse(REASON_BAD_CREDENTIAL_DATA,
				       "SEC_WINNT_AUTH_IDENTITY_EX2 is longer than the bytes that are there");
	return identity_read(bytes.data, identity);
}

static void marshal_part(struct byte_writer *bytes, size_t *offset, const struct identity *identity,
			 struct slice part)
{
	size_t unit = identity->wide ? sizeof(SEC_WCHAR) : sizeof(SEC_CHAR);

	writer_u32le(bytes, part.data ? (uint32_t)*offset : 0);
	writer_u32le(bytes, (uint32_t)(part.size / unit));
	*offset += part.size;
}

void identity_marshal(const struct identity *identity, struct byte_writer *bytes)
{
	size_t offset = MARSHALLED_SIZE;

	if (identity->form == IDENTITY_EX2) {
		writer_bytes(bytes, identity->block);
		writer_zeros(bytes, EX2_ZEROS);
		return;
	}
	writer_u32le(bytes, SEC_WINNT_AUTH_IDENTITY_VERSION);
	writer_u32le(bytes, MARSHALLED_SIZE);
	marshal_part(bytes, &offset, identity, identity->user);
	marshal_part(bytes, &offset, identity, identity->domain);
	marshal_part(bytes, &offset, identity, identity->password);
	writer_u32le(bytes, identity->flags);
	marshal_part(bytes, &offset, identity, identity->package_list);
	writer_bytes(bytes, identity->user);
	writer_bytes(bytes, identity->domain);
	writer_bytes(bytes, identity->password);
	writer_bytes(bytes, identity->package_list);
	writer_zeros(bytes, MARSHALLED_ZEROS);
}
