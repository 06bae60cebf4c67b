/* Identities that the caller frees: each is one block, wiped when it is freed. */
#include "sspi/identity.h"

#include "sspi/context_buffer.h"
#include "sspi/packed_block.h"

#include <stddef.h>

/* What SEC_WINNT_AUTH_IDENTITY_FLAGS_RESERVED promises of an EX2: so many bytes behind it, to encrypt it in place. */
enum { EX2_SPARE = 8 };

static uint32_t characters(const struct identity *identity, struct slice part)
{
	return (uint32_t)(identity->wide ? part.size / sizeof(SEC_WCHAR) : part.size);
}

static void link_part(struct packed_block *block, const struct identity *identity, size_t member,
		      struct slice part)
{
	if (part.data)
		packed_block_link(block, member, part, identity->wide ? sizeof(SEC_WCHAR) : sizeof(SEC_CHAR));
}

/* EXA and EXW are laid out alike. */
static void *make_ex(const struct identity *identity)
{
	CLEANUP(packed_block_wipe)
	struct packed_block block = packed_block_start(sizeof(SEC_WINNT_AUTH_IDENTITY_EXW));
	const SEC_WINNT_AUTH_IDENTITY_EXW ex = {
		.Version = SEC_WINNT_AUTH_IDENTITY_VERSION,
		.Length = sizeof(ex),
		.UserLength = characters(identity, identity->user),
		.DomainLength = characters(identity, identity->domain),
		.PasswordLength = characters(identity, identity->password),
		.Flags = identity->flags | SEC_WINNT_AUTH_IDENTITY_MARSHALLED,
		.PackageListLength = characters(identity, identity->package_list),
	};

	writer_patch(&block.bytes, 0, slice_of(&ex, sizeof(ex)));
	link_part(&block, identity, offsetof(SEC_WINNT_AUTH_IDENTITY_EXW, User), identity->user);
	link_part(&block, identity, offsetof(SEC_WINNT_AUTH_IDENTITY_EXW, Domain), identity->domain);
	link_part(&block, identity, offsetof(SEC_WINNT_AUTH_IDENTITY_EXW, Password), identity->password);
	link_part(&block, identity, offsetof(SEC_WINNT_AUTH_IDENTITY_EXW, PackageList),
		  identity->package_list);
	return packed_block_finish(&block);
}

void *identity_make(const struct identity *identity)
{
	uint8_t *made;

	if (identity->form != IDENTITY_EX2)
		return make_ex(identity);
	made = context_buffer_allocate(identity->block.size + EX2_SPARE);
	if (made)
		memcpy(made, identity->block.data, identity->block.size);
	return made;
}

/* The new list stands behind all that was there, which need not be moved then. */
static void *make_ex2_listed(const struct identity *identity, struct slice list)
{
	SEC_WINNT_AUTH_IDENTITY_EX2 header;
	size_t offset = identity->block.size;
	uint8_t *made = context_buffer_allocate(offset + list.size + EX2_SPARE);

	if (!made)
		return NULL;
	memcpy(&header, identity->block.data, sizeof(header));
	header.PackageListOffset = (uint32_t)offset;
	header.PackageListLength = (uint16_t)list.size;
	header.cbStructureLength = (uint32_t)(offset + list.size);
	memcpy(made, identity->block.data, offset);
	memcpy(made, &header, sizeof(header));
	memcpy(made + offset, list.data, list.size);
	return made;
}

void *identity_make_listed(const struct identity *identity, struct slice package_list)
{
	struct identity listed = *identity;

	if (identity->form == IDENTITY_EX2)
		return make_ex2_listed(identity, package_list);
	listed.package_list = package_list;
	return make_ex(&listed);
}
