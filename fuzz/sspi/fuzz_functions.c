/*
 * Covers every function that src/sspi exports, over any SecBufferDesc: tests/support/any_call.c reads the input as a
 * script of calls. Logons with TLS take real time, so a script is short.
 *
 * Required whatever comes: no byte is read or written beyond a buffer's cbBuffer, nothing leaks once all handles are
 * closed, a failing handshake call tells no attributes.
 */
#include "support/any_call.h"
#include "support/seams.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct any_pool pool;
	static struct any_caller caller;
	long before;

	(void)exchange_certificate(); /* the process's, for good */
	before = seam_blocks_alive();
	any_pool_start(&pool);
	any_caller_script(&caller, &pool, slice_of(data, size < 512 ? size : 512));
	while (any_call(&caller))
		;
	any_pool_end(&pool);
	/* Room for handles stays. */
	if (seam_blocks_alive() > before + 8)
		abort();
	return 0;
}
