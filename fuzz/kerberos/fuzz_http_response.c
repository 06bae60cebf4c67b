/*
 * Covers kerberos/http_response.c: http_response_read. Whatever comes, a body lies in the bytes, and what is judged
 * from all of them is not judged otherwise from a part: a part is short or as bad as the whole.
 */
#include "kerberos/http_response.h"

#include <stdlib.h>

enum { PARTS_MAX = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool true_always)
{
	if (!true_always)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_response whole, part;
	enum http_reading reading = http_response_read(slice_of(data, size), false, &whole);
	enum http_reading ended = http_response_read(slice_of(data, size), true, &part);

	require(ended != HTTP_SHORT);
	require(reading == HTTP_SHORT || reading == ended);
	if (reading == HTTP_WHOLE)
		require(whole.status == part.status && slice_equal(whole.body, part.body));
	if (whole.body.size)
		require(whole.status == HTTP_OK && whole.body.size < size &&
			whole.body.data + whole.body.size == data + size);
	for (size_t i = 0; i < size && i < PARTS_MAX; i++) {
		enum http_reading early = http_response_read(slice_of(data, size - i - 1), false, &part);

		if (reading == HTTP_SHORT)
			require(early == HTTP_SHORT);
		if (early == HTTP_BAD)
			require(reading == HTTP_BAD);
	}
	return 0;
}
