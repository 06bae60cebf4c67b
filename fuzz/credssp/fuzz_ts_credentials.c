/*
 * Covers credssp/ts_credentials.c: ts_credentials_parse of all three kinds, ts_credentials_write. Passwords are written
 * again, and where no length was longer than it needs the bytes must be the same.
 */
#include "credssp/ts_credentials.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool true_always)
{
	if (!true_always)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(writer_wipe) struct byte_writer again = writer_growing();
	struct ts_credentials credentials;

	if (!ts_credentials_parse(slice_of(data, size), &credentials))
		return 0;
	require(credentials.user.size % 2 == 0 && credentials.domain.size % 2 == 0);
	if (credentials.type != DELEGATED_PASSWORD)
		return 0;
	ts_credentials_write(&again, &credentials);
	require(writer_ok(&again) && again.size <= size);
	if (again.size == size) /* else some length had more octets than it needs */
		require(slice_equal(writer_slice(&again), slice_of(data, size)));
	return 0;
}
