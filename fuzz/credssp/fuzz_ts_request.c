/*
 * Covers credssp/ts_request.c: ts_request_parse, ts_request_write. What is read is written again; where nothing was
 * skipped (tags above 5) or longer than it needs (lengths) the bytes must be the same.
 */
#include "credssp/ts_request.h"

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
	struct ts_request request, same;

	if (!ts_request_parse(slice_of(data, size), &request))
		return 0;
	ts_request_write(&again, &request);
	require(writer_ok(&again) && again.size <= size);
	require(ts_request_parse(writer_slice(&again), &same));
	require(same.version == request.version && same.fields == request.fields);
	require(slice_equal(same.nego_token, request.nego_token) &&
		slice_equal(same.auth_info, request.auth_info));
	require(slice_equal(same.pub_key_auth, request.pub_key_auth));
	require(slice_equal(same.client_nonce, request.client_nonce) &&
		same.error_code == request.error_code);
	if (again.size == size)
		require(slice_equal(writer_slice(&again), slice_of(data, size)));
	return 0;
}
