/*
 * Covers kerberos/iakerb_token.c. What is read lies in the token, and written again it is read again; a frame that was
 * changed is changed back to the same token; a token that is cut is none.
 */
#include "kerberos/iakerb_token.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool true_always)
{
	if (!true_always)
		abort();
}

static void require_inside(struct slice part, struct slice whole)
{
	require(part.data >= whole.data && part.data + part.size <= whole.data + whole.size);
}

static void read_proxy(struct slice token)
{
	CLEANUP(writer_wipe) struct byte_writer out = writer_growing();
	struct iakerb_proxy proxy, again;

	if (!iakerb_proxy_parse(token, &proxy))
		return;
	require(iakerb_is_proxy(token));
	require_inside(proxy.target_realm, token);
	require_inside(proxy.message, token);
	require(!iakerb_proxy_parse(slice_of(token.data, token.size - 1), &again));
	iakerb_proxy_write(&out, &proxy);
	require(writer_ok(&out) && iakerb_proxy_parse(writer_slice(&out), &again));
	require(slice_equal(proxy.target_realm, again.target_realm));
	require(slice_equal(proxy.message, again.message));
}

static void change_frame(struct slice token)
{
	CLEANUP(writer_wipe) struct byte_writer kerberos = writer_growing();
	CLEANUP(writer_wipe) struct byte_writer again = writer_growing();

	if (!iakerb_unframe(token, &kerberos))
		return;
	require(iakerb_frame(writer_slice(&kerberos), &again));
	require(slice_equal(writer_slice(&again), token));
}

static void find_finished(struct slice checksum)
{
	struct iakerb_finished finished;

	if (iakerb_finished_find(checksum, &finished))
		require_inside(finished.checksum, checksum);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice input = slice_of(data, size);

	read_proxy(input);
	change_frame(input);
	find_finished(input);
	return 0;
}
