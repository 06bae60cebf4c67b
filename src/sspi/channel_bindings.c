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
static bool copy_part(struct slice whole, struct byte_reader *in, struct byte_writer *form)
{
	uint32_t size, offset;
	struct slice part = slice_of(NULL, 0);

	if (!reader_u32le(in, &size) || !reader_u32le(in, &offset) ||
	    (size && !slice_part(whole, offset, size, &part)))
		return false;
	writer_u32le(form, size);
	writer_bytes(form, part);
	return true;
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

bool channel_bindings_form(struct slice bytes, struct byte_writer *form)
{
	enum { PARTS = 3, ADDRESSES = 2 }; /* the application data has no type */
	struct byte_reader in = reader_of(bytes);

	if (!read_extension(&in, &bytes))
		return false;
	for (int i = 0; i < PARTS; i++) {
		uint32_t address_type;

		if (i < ADDRESSES && !reader_u32le(&in, &address_type))
			return false;
		if (i < ADDRESSES)
			writer_u32le(form, address_type);
		if (!copy_part(bytes, &in, form))
			return false;
	}
	return true;
}

bool channel_bindings_hash(struct slice bytes, uint8_t hash[MD5_SIZE])
{
	LOCAL_WRITER(form);
	struct slice whole;

	if (!channel_bindings_form(bytes, &form) || !writer_ok(&form))
		return false;
	whole = writer_slice(&form);
	crypto_md5(&whole, 1, hash);
	return true;
}

/* --- SspiSetChannelBindingFlags */

/* The offset behind the length at `at`, of something that is there, counts from 16 bytes further in front. */
static bool move_offset(struct byte_writer *extended, struct slice plain, size_t at)
{
	struct byte_reader in = reader_of(plain);
	uint32_t length, offset;

	if (!reader_skip(&in, at) || !reader_u32le(&in, &length) || !reader_u32le(&in, &offset))
		return false;
	if (length)
		writer_patch_u32le(extended, EXTENSION_SIZE + at + sizeof(length), offset + EXTENSION_SIZE);
	return true;
}

static bool extend(struct byte_writer *extended, struct slice plain, uint32_t flags)
{
	writer_u32le(extended, SEC_CHANNEL_BINDINGS_EX_MAGIC);
	writer_u32le(extended, flags);
	writer_u32le(extended, sizeof(SEC_CHANNEL_BINDINGS_EX));
	writer_u32le(extended, (uint32_t)(EXTENSION_SIZE + plain.size));
	writer_bytes(extended, plain);
	return move_offset(extended, plain, offsetof(SEC_CHANNEL_BINDINGS, cbInitiatorLength)) &&
	       move_offset(extended, plain, offsetof(SEC_CHANNEL_BINDINGS, cbAcceptorLength)) &&
	       move_offset(extended, plain, offsetof(SEC_CHANNEL_BINDINGS, cbApplicationDataLength)) &&
	       writer_ok(extended);
}

/* Nothing is changed unless the old block could be freed. */
static SECURITY_STATUS replace(SecPkgContext_Bindings *bindings, struct slice plain, uint32_t flags)
{
	CLEANUP(writer_wipe) struct byte_writer extended = writer_growing();
	void *made = extend(&extended, plain, flags) ? context_buffer_copy(writer_slice(&extended)) : NULL;
	SECURITY_STATUS status;

	if (!made)
		return fail(STEP, REASON_OUT_OF_MEMORY, NULL);
	status = FreeContextBuffer(bindings->Bindings);
	if (status != SEC_E_OK) {
		(void)FreeContextBuffer(made);
		return status;
	}
	*bindings = (SecPkgContext_Bindings) { (uint32_t)extended.size, made };
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
	if (is_extended(bytes)) {
		struct byte_writer extended = { .data = (void *)pBindings->Bindings, .size = bytes.size };

		writer_patch_u32le(&extended, offsetof(SEC_CHANNEL_BINDINGS_EX, flags), flags);
		return SEC_E_OK;
	}
	return replace(pBindings, bytes, flags);
}
