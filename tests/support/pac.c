#include "support/pac.h"

#include "base/byte_reader.h"
#include "base/byte_writer.h"
#include "support/hex.h"

enum { HEAD_SIZE = 8, ROW_SIZE = 16, ALIGNMENT = 8 };

static struct slice keep(struct byte_writer *out)
{
	uint8_t *kept = keep_bytes(out->size);

	assert_true(writer_ok(out));
	memcpy(kept, out->data, out->size);
	return slice_of(kept, out->size);
}

struct slice pac_of(const struct pac_part *parts, size_t count)
{
	LOCAL_WRITER(pac);
	size_t offset = HEAD_SIZE + count * ROW_SIZE;

	writer_u32le(&pac, (uint32_t)count);
	writer_u32le(&pac, 0);
	for (size_t i = 0; i < count; i++) {
		writer_u32le(&pac, parts[i].type);
		writer_u32le(&pac, (uint32_t)parts[i].bytes.size);
		writer_u64le(&pac, offset);
		offset += (parts[i].bytes.size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	}
	for (size_t i = 0; i < count; i++) {
		writer_bytes(&pac, parts[i].bytes);
		writer_zeros(&pac, -pac.size % ALIGNMENT);
	}
	return keep(&pac);
}

struct pac_part pac_client(const char *name)
{
	LOCAL_WRITER(info);
	struct slice text = u16(name);

	writer_u64le(&info, 0);
	writer_u16le(&info, (uint16_t)text.size);
	writer_bytes(&info, text);
	return (struct pac_part) { PAC_TYPE_CLIENT, keep(&info) };
}

struct slice pac_buffer(struct slice pac, uint32_t type)
{
	struct byte_reader in = reader_of(pac);
	uint32_t count, found, size;
	uint64_t offset;
	struct slice buffer;

	assert_true(reader_u32le(&in, &count) && reader_skip(&in, sizeof(count)));
	while (count--) {
		assert_true(reader_u32le(&in, &found) && reader_u32le(&in, &size) &&
			    reader_u64le(&in, &offset) && slice_part(pac, (size_t)offset, size, &buffer));
		if (found == type)
			return buffer;
	}
	fail_msg("no buffer of type %u", type);
	return slice_of(NULL, 0);
}
