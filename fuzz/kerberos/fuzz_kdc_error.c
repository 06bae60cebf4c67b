/*
 * Covers kerberos/kdc_error.c and kerberos_error_data in token.c: a KDC's answer, which nothing has checked yet.
 * Required: what is told is an error, and it lies in the answer.
 */
#include "kerberos/kdc_error.h"

#include "base/byte_reader.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool has(struct slice message, uint32_t wanted)
{
	struct byte_reader in = reader_of(message), here;
	uint32_t found;

	for (here = in; reader_u32le(&here, &found); here = in)
		if (found == wanted || !reader_skip(&in, 1))
			return found == wanted;
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t ntstatus = kdc_error_ntstatus(slice_of(data, size));

	if (ntstatus && (ntstatus >> 30 != 3 || !has(slice_of(data, size), ntstatus)))
		abort();
	(void)kdc_error_reason(ntstatus);
	return 0;
}
