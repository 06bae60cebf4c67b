/*
 * Covers schannel/record.c: tls_record_take. A stream is taken record by record; each cut of it must give the same
 * records, and what is missing must be what a whole record wants.
 */
#include "schannel/record.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool true_always)
{
	if (!true_always)
		abort();
}

/* Seen from a first part, a record is short or as bad as from all of it. */
static void take_from_parts(struct slice bytes, enum tls_record whole, size_t record_size)
{
	size_t end = whole == TLS_RECORD_WHOLE ? record_size : bytes.size, missing;
	struct slice record;

	for (size_t size = 0; size < end && size < 16; size++) {
		struct byte_reader in = reader_of(slice_of(bytes.data, size));
		enum tls_record early = tls_record_take(&in, &record, &missing);

		require(in.size == size);
		require(early == TLS_RECORD_SHORT || (early == TLS_RECORD_BAD && whole == TLS_RECORD_BAD));
		if (early == TLS_RECORD_SHORT && size >= TLS_RECORD_HEADER_SIZE && whole == TLS_RECORD_WHOLE)
			require(size + missing == record_size);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct byte_reader in = reader_of(slice_of(data, size));

	for (;;) {
		struct byte_reader before = in;
		struct slice record = { NULL, 0 };
		size_t missing = 0;
		enum tls_record taken = tls_record_take(&in, &record, &missing);

		take_from_parts(reader_rest(&before), taken, record.size);
		if (taken != TLS_RECORD_WHOLE) {
			require(in.data == before.data && in.size == before.size);
			require(taken == TLS_RECORD_BAD || missing > 0);
			return 0;
		}
		require(record.data == before.data && record.size == before.size - in.size);
		require(record.size >= TLS_RECORD_HEADER_SIZE);
		require(record.size <= TLS_RECORD_HEADER_SIZE + TLS_PLAINTEXT_MAX + 2048);
	}
}
