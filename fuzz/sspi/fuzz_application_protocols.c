/*
 * Covers sspi/handshake_buffers.c: application_protocols_parse. The names that it finds lie inside the input and are a
 * ProtocolNameList (RFC 7301 3.1) to the last byte.
 */
#include "base/byte_reader.h"
#include "sspi/handshake_buffers.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool true_always)
{
	if (!true_always)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice names, name;
	struct byte_reader in;
	uint8_t length;

	if (!application_protocols_parse(slice_of(data, size), &names) || names.size == 0)
		return 0;
	require(names.data > data && names.size < size && (size_t)(names.data - data) <= size - names.size);
	in = reader_of(names);
	while (!reader_empty(&in)) {
		require(reader_u8(&in, &length) && length > 0);
		require(reader_take(&in, length, &name));
	}
	return 0;
}
