/* An OpenSSL BIO over the bytes of one call: reads from a slice, appends to a byte writer; no copy in between. */
#ifndef OPENSSPI_SCHANNEL_MEMORY_BIO_H
#define OPENSSPI_SCHANNEL_MEMORY_BIO_H

#include "base/byte_reader.h"
#include "base/byte_writer.h"

#include <openssl/bio.h>

/* What the BIO works on; it belongs to the context, and the call fills it. */
struct memory_bio {
	struct byte_reader input;
	struct byte_writer *output; /* NULL: what is written is dropped */
	bool dropped;               /* so the peer misses a record from here on */
};

/* NULL: no memory. `memory` must outlive the BIO. */
BIO *memory_bio_new(struct memory_bio *memory);

#endif
