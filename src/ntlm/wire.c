#include "ntlm/wire.h"

#include "base/utf16.h"

enum { FIELD_SIZE = 8, ASCII_END = 0x80 };

bool ntlm_expect_header(struct byte_reader *in, uint32_t type)
{
	return reader_expect(in, NTLMSSP_SIGNATURE.data, NTLMSSP_SIGNATURE.size) &&
	       reader_expect_u32le(in, type);
}

void ntlm_write_header(struct byte_writer *out, uint32_t type)
{
	writer_bytes(out, NTLMSSP_SIGNATURE);
	writer_u32le(out, type);
}

bool ntlm_read_field(struct byte_reader *in, struct slice message, struct slice *field)
{
	uint16_t size, maximum;
	uint32_t offset;

	if (!reader_u16le(in, &size) || !reader_u16le(in, &maximum) || !reader_u32le(in, &offset))
		return false;
	if (size == 0) { /* then the offset means nothing and may be any number */
		*field = slice_of(NULL, 0);
		return true;
	}
	return slice_part(message, offset, size, field);
}

size_t ntlm_reserve_field(struct byte_writer *out)
{
	size_t reserved = out->size;

	writer_zeros(out, FIELD_SIZE);
	return reserved;
}

void ntlm_write_payload(struct byte_writer *out, size_t start, size_t reserved, struct slice payload)
{
	size_t offset = out->size - start;

	if (payload.size > UINT16_MAX) {
		out->failed = true;
		return;
	}
	writer_patch_u16le(out, reserved, (uint16_t)payload.size);
	writer_patch_u16le(out, reserved + 2, (uint16_t)payload.size);
	writer_patch_u32le(out, reserved + 4, (uint32_t)offset);
	writer_bytes(out, payload);
}

bool ntlm_utf16_from_oem(struct byte_writer *out, struct slice oem)
{
	struct byte_reader in = reader_of(oem);
	uint8_t character;

	while (reader_u8(&in, &character)) {
		if (character >= ASCII_END)
			return false;
		writer_u16le(out, character);
	}
	return true;
}

void ntlm_oem_from_utf16(struct byte_writer *out, struct slice utf16)
{
	for (size_t i = 0; i < utf16_length(utf16); i++) {
		uint16_t unit = utf16_unit(utf16, i);

		writer_u8(out, unit < ASCII_END ? (uint8_t)unit : '?');
	}
}

void ntlm_write_version(struct byte_writer *out)
{
	static const uint8_t version[NTLM_VERSION_SIZE] = {
		10, 0, 0x61, 0x4A, 0, 0, 0, 0x0F, /* 10.0, build 19041, NTLMSSP_REVISION_W2K3 */
	};

	writer_bytes(out, slice_of(version, sizeof(version)));
}
