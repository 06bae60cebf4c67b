/*
 * Covers negotiate/neg_token_init.c: neg_token_init_parse, mech_types_reader, mech_types_next, neg_token_init_write.
 * What is read is written again and read the same; the list is a part of the token, byte for byte.
 */
#include "negotiate/mechanism.h"
#include "negotiate/neg_token_init.h"

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
	struct neg_token_init init, same;
	struct byte_reader list;
	struct slice oid;
	int count = 0;

	if (!neg_token_init_parse(slice_of(data, size), &init))
		return 0;
	require(init.mech_types.data >= data && init.mech_types.data + init.mech_types.size <= data + size);
	list = mech_types_reader(init.mech_types);
	while (mech_types_next(&list, &oid))
		count += mechanism_of(oid) <= MECHANISM_NONE;
	require(count > 0 && reader_empty(&list));
	neg_token_init_write(&again, &init);
	require(writer_ok(&again) && neg_token_init_parse(writer_slice(&again), &same));
	require(slice_equal(init.mech_types, same.mech_types) &&
		slice_equal(init.mech_token, same.mech_token));
	require(slice_equal(init.mech_list_mic, same.mech_list_mic) &&
		init.has_mech_token == same.has_mech_token);
	return 0;
}
