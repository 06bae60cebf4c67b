/*
 * Covers negotiate/neg_token_resp.c: neg_token_resp_parse, neg_token_resp_write. What is read is written again; only
 * empty octets, which count as absent, make the bytes other ones.
 */
#include "negotiate/neg_token_resp.h"

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
	struct neg_token_resp resp, same;

	if (!neg_token_resp_parse(slice_of(data, size), &resp))
		return 0;
	neg_token_resp_write(&again, &resp);
	require(writer_ok(&again) && neg_token_resp_parse(writer_slice(&again), &same));
	require(resp.neg_state == same.neg_state && slice_equal(resp.supported_mech, same.supported_mech));
	require(slice_equal(resp.response_token, same.response_token));
	require(slice_equal(resp.mech_list_mic, same.mech_list_mic));
	require(again.size != size || slice_equal(writer_slice(&again), slice_of(data, size)));
	return 0;
}
