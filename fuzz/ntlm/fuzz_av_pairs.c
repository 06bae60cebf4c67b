/* Covers ntlm/av_pair.c: a list is read, found in, and written again pair by pair. */
#include "base/compiler.h"
#include "ntlm/av_pair.h"

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
	struct byte_reader in = reader_of(slice_of(data, size)), list;
	struct slice pairs, value, found;
	uint16_t id;

	if (!ntlm_av_pairs_read(&in, &pairs)) {
		require(in.data == data && in.size == size);
		return 0;
	}
	require(pairs.size + 4 + in.size == size);
	list = reader_of(pairs);
	while (ntlm_av_pair_read(&list, &id, &value)) {
		require(id != MSV_AV_EOL);
		require(ntlm_av_pairs_find(pairs, (enum ntlm_av_id)id, &found) && found.data <= value.data);
		ntlm_av_pair_write(&again, id, value);
	}
	require(reader_empty(&list));
	require(writer_ok(&again) && slice_equal(writer_slice(&again), pairs));
	require(!ntlm_av_pairs_find(pairs, MSV_AV_EOL, &found));
	require(ntlm_av_pairs_find(pairs, MSV_AV_FLAGS, &found) || ntlm_av_flags(pairs) == 0);
	return 0;
}
