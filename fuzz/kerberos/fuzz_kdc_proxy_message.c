/*
 * Covers kerberos/kdc_proxy_message.c. What is read lies in the token, and written again it is read again; a token
 * that is cut is none.
 */
#include "kerberos/kdc_proxy_message.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool true_always)
{
	if (!true_always)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(writer_wipe) struct byte_writer out = writer_growing();
	struct slice message, again;

	if (!kdc_proxy_message_parse(slice_of(data, size), &message))
		return 0;
	require(message.size && message.data > data && message.data + message.size <= data + size);
	require(!kdc_proxy_message_parse(slice_of(data, size - 1), &again));
	kdc_proxy_message_write(&out, message, SLICE_LITERAL("EXAMPLE.TEST"));
	require(writer_ok(&out) && kdc_proxy_message_parse(writer_slice(&out), &again));
	require(slice_equal(message, again));
	return 0;
}
