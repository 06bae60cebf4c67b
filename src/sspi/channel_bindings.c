#include "sspi/channel_bindings.h"

#include "base/byte_reader.h"
#include "base/byte_writer.h"

#include <opensspi/sspi.h>

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

bool channel_bindings_hash(struct slice bytes, uint8_t hash[MD5_SIZE])
{
	struct byte_reader in = reader_of(bytes);
	uint8_t memory[3][2 * sizeof(uint32_t)];
	struct slice pieces[6];

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
