#include "sspi/channel_bindings.h"

#include "base/byte_reader.h"
#include "base/byte_writer.h"
#include "sspi/context_buffer.h"
#include "sspi/failure.h"

#include <opensspi/sspi.h>

#include <stddef.h>

#define STEP "channel bindings"

/* Magic number, flags and two lengths: what the EX form has in front of the fields that both forms share. */
enum { EXTENSION_SIZE = sizeof(SEC_CHANNEL_BINDINGS_EX) - sizeof(SEC_CHANNEL_BINDINGS) };

/* An address, or the application data: its length in 32 bits, little endian, then its bytes. */
static bool read_part(struct slice whole, struct byte_reader *in, struct byte_writer *length,
		      struct slice *part)
{
	uint32_t size, offset;

	if (!reader_u32le(in, &size) || !reader_u32le(in, &offset))
		return false;
	writer_u32le(length, size);
	*part = slice_of(NULL, 0);
	return size == 0 || slice_part(whole, offset, size, part);
}

/* An address type of this value exists nowhere. */
static bool is_extended(struct slice bytes)
{
	struct byte_reader in = reader_of(bytes);

	return reader_expect_u32le(&in, SEC_CHANNEL_BINDINGS_EX_MAGIC);
}

/*
 * Leaves `in` at the shared fields; their offsets count from the start of `whole`, which in the EX form ends where it
 * says. The flags change nothing: bindings that do not match are refused, also where a caller only wants to know.
 */
static bool read_extension(struct byte_reader *in, struct slice *whole)
{
	uint32_t header_length, structure_length;

	if (!is_extended(*whole))
		return true;
	return reader_skip(in, offsetof(SEC_CHANNEL_BINDINGS_EX, cbHeaderLength)) &&
	       reader_u32le(in, &header_length) && reader_u32le(in, &structure_length) &&
	       header_length == sizeof(SEC_CHANNEL_BINDINGS_EX) && structure_length >= header_length &&
	       slice_part(*whole, 0, structure_length, whole);
}

bool channel_bindings_hash(struct slice bytes, uint8_t hash[MD5_SIZE])
{
	struct byte_reader in = reader_of(bytes);
	uint8_t memory[3][2 * sizeof(uint32_t)];
	struct slice pieces[6];

	if (!read_extension(&in, &bytes))
		return false;
	for (size_t i = 0; i < 3; i++) {
		struct byte_writer head = writer_fixed(memory[i], sizeof(memory[i]));
		uint32_t address_type;

		if (i < 2) { /* the application data has no type */
			if (!reader_u32le(&in, &address_type))
				return false;
			writer_u32le(&head, address_type);
		}
		if (!read_part(bytes, &in, &head, &pieces[2 * i + 1]))
			return false;
		pieces[2 * i] = writer_slice(&head);
	}
	crypto_md5(pieces, COUNT_OF(pieces), hash);
	return true;
}

/* --- SspiSetChannelBindingFlags */

/* Of something that is there. */
static void move_offset(uint32_t length, uint32_t *offset)
{
	if (length)
		*offset += EXTENSION_SIZE;
}

/* The plain form, well formed, with the extension in front. */
static SEC_CHANNEL_BINDINGS_EX *extend(struct slice plain, uint32_t flags)
{
	SEC_CHANNEL_BINDINGS_EX *extended = context_buffer_allocate(EXTENSION_SIZE + plain.size);

	if (!extended)
		return NULL;
	memcpy((uint8_t *)extended + EXTENSION_SIZE, plain.data, plain.size);
	extended->magicNumber = SEC_CHANNEL_BINDINGS_EX_MAGIC;
	extended->flags = flags;
	extended->cbHeaderLength = sizeof(*extended);
	extended->cbStructureLength = (uint32_t)(EXTENSION_SIZE + plain.size);
	move_offset(extended->cbInitiatorLength, &extended->dwInitiatorOffset);
	move_offset(extended->cbAcceptorLength, &extended->dwAcceptorOffset);
	move_offset(extended->cbApplicationDataLength, &extended->dwApplicationDataOffset);
	return extended;
}

static SECURITY_STATUS replace(SecPkgContext_Bindings *bindings, uint32_t flags)
{
	struct slice plain = slice_of(bindings->Bindings, bindings->BindingsLength);
	SEC_CHANNEL_BINDINGS_EX *extended = extend(plain, flags);
	SECURITY_STATUS status;

	if (!extended)
		return fail(STEP, REASON_OUT_OF_MEMORY, NULL);
	status = FreeContextBuffer(bindings->Bindings);
	if (status != SEC_E_OK) {
		(void)FreeContextBuffer(extended);
		return status;
	}
	bindings->Bindings = (SEC_CHANNEL_BINDINGS *)(void *)extended;
	bindings->BindingsLength = extended->cbStructureLength;
	return SEC_E_OK;
}

SECURITY_STATUS SEC_ENTRY SspiSetChannelBindingFlags(PSecPkgContext_Bindings pBindings, uint32_t flags)
{
	uint8_t hash[MD5_SIZE];
	struct slice bytes;

	if (!pBindings || !pBindings->Bindings)
		return fail(STEP, REASON_NULL_ARGUMENT, NULL);
	if (flags & ~(uint32_t)SEC_CHANNEL_BINDINGS_AUDIT_BINDINGS)
		return fail(STEP, REASON_UNSUPPORTED, "a flag of channel bindings that does not exist");
	bytes = slice_of(pBindings->Bindings, pBindings->BindingsLength);
	if (bytes.size > UINT32_MAX - EXTENSION_SIZE || !channel_bindings_hash(bytes, hash))
		return fail(STEP, REASON_BAD_BUFFERS, "the channel bindings point out of themselves");
	if (!is_extended(bytes))
		return replace(pBindings, flags);
	((SEC_CHANNEL_BINDINGS_EX *)(void *)pBindings->Bindings)->flags = flags;
	return SEC_E_OK;
}
