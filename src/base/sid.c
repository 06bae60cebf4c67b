#include "base/sid.h"

enum { REVISION = 1, AUTHORITY_SIZE = 6, SUB_AUTHORITY_SIZE = 4, COUNT_OFFSET = 1 };

bool sid_read(struct byte_reader *in, struct slice *sid)
{
	struct byte_reader ahead = *in;
	uint8_t revision, count;
	size_t size;

	if (!reader_u8(&ahead, &revision) || revision != REVISION || !reader_u8(&ahead, &count) ||
	    count > SID_SUB_AUTHORITIES_MAX)
		return false;
	size = sizeof(revision) + sizeof(count) + AUTHORITY_SIZE + (size_t)count * SUB_AUTHORITY_SIZE;
	return reader_take(in, size, sid);
}

bool sid_write_member(struct byte_writer *out, struct slice domain, uint32_t relative_id)
{
	size_t start = out->size;
	uint8_t count = (uint8_t)(domain.data[COUNT_OFFSET] + 1);

	if (count > SID_SUB_AUTHORITIES_MAX)
		return false;
	writer_bytes(out, domain);
	writer_u32le(out, relative_id);
	writer_patch(out, start + COUNT_OFFSET, slice_of(&count, sizeof(count)));
	return true;
}

static void write_decimal(struct byte_writer *out, uint32_t value)
{
	if (value >= 10)
		write_decimal(out, value / 10);
	writer_u8(out, (uint8_t)('0' + value % 10));
}

/* In decimal where 32 bits hold it, else all of it in hexadecimal. */
static void write_authority(struct byte_writer *out, struct slice authority)
{
	static const char digits[] = "0123456789abcdef";
	uint64_t value = 0;

	for (size_t i = 0; i < authority.size; i++)
		value = value << 8 | authority.data[i];
	if (value <= UINT32_MAX) {
		write_decimal(out, (uint32_t)value);
		return;
	}
	writer_bytes(out, SLICE_LITERAL("0x"));
	for (size_t i = 0; i < authority.size; i++) {
		writer_u8(out, (uint8_t)digits[authority.data[i] >> 4]);
		writer_u8(out, (uint8_t)digits[authority.data[i] & 0xF]);
	}
}

void sid_write_text(struct byte_writer *out, struct slice sid)
{
	struct byte_reader in = reader_of(sid);
	struct slice authority;
	uint32_t sub_authority;

	if (!reader_skip(&in, COUNT_OFFSET + 1) || !reader_take(&in, AUTHORITY_SIZE, &authority))
		return;
	writer_bytes(out, SLICE_LITERAL("S-1-"));
	write_authority(out, authority);
	while (reader_u32le(&in, &sub_authority)) {
		writer_u8(out, '-');
		write_decimal(out, sub_authority);
	}
}
