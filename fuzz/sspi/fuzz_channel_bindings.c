/*
 * Covers sspi/channel_bindings.c: channel_bindings_hash, SspiSetChannelBindingFlags. Bindings that have a hash can be
 * given flags, keep it, and can be given flags again; others are left as they were.
 */
#include "sspi/channel_bindings.h"
#include "sspi/context_buffer.h"

#include <opensspi/sspi.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool true_always)
{
	if (!true_always)
		abort();
}

static struct slice slice_of_bindings(const SecPkgContext_Bindings *bindings)
{
	return slice_of(bindings->Bindings, bindings->BindingsLength);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SecPkgContext_Bindings bindings = { (uint32_t)size, context_buffer_copy(slice_of(data, size)) };
	uint8_t hash[MD5_SIZE], same[MD5_SIZE];
	bool good = channel_bindings_hash(slice_of(data, size), hash);
	SECURITY_STATUS status = SspiSetChannelBindingFlags(&bindings, 0);

	require(status == (good ? SEC_E_OK : SEC_E_INVALID_TOKEN));
	if (good) {
		require(channel_bindings_hash(slice_of_bindings(&bindings), same));
		require(SspiSetChannelBindingFlags(&bindings, SEC_CHANNEL_BINDINGS_AUDIT_BINDINGS) ==
			SEC_E_OK);
		require(channel_bindings_hash(slice_of_bindings(&bindings), hash));
	} else {
		require(slice_equal(slice_of_bindings(&bindings), slice_of(data, size)));
	}
	require(FreeContextBuffer(bindings.Bindings) == SEC_E_OK);
	return 0;
}
