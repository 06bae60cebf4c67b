#include "schannel/memory_bio.h"

#include <pthread.h>

static int bio_read(BIO *bio, char *to, int wanted)
{
	struct memory_bio *memory = BIO_get_data(bio);
	size_t size = wanted > 0 ? (size_t)wanted : 0;

	BIO_clear_retry_flags(bio);
	if (size > memory->input.size)
		size = memory->input.size;
	if (size == 0 || !reader_copy(&memory->input, to, size)) {
		BIO_set_retry_read(bio);
		return -1;
	}
	return (int)size;
}

static int bio_write(BIO *bio, const char *from, int size)
{
	struct memory_bio *memory = BIO_get_data(bio);

	BIO_clear_retry_flags(bio);
	if (size <= 0)
		return -1;
	if (memory->output) {
		writer_bytes(memory->output, slice_of(from, (size_t)size));
		if (!writer_ok(memory->output))
			return -1;
	} else {
		memory->dropped = true;
	}
	return size;
}

static long bio_control(BIO *bio, int command, long argument, void *pointer)
{
	(void)bio, (void)argument, (void)pointer;
	return command == BIO_CTRL_FLUSH;
}

static int bio_create(BIO *bio)
{
	BIO_set_init(bio, 1);
	return 1;
}

static BIO_METHOD *make_method(void)
{
	int index = BIO_get_new_index();
	BIO_METHOD *made = index < 0 ? NULL : BIO_meth_new(BIO_TYPE_SOURCE_SINK | index, "opensspi memory");

	if (made && BIO_meth_set_read(made, bio_read) && BIO_meth_set_write(made, bio_write) &&
	    BIO_meth_set_ctrl(made, bio_control) && BIO_meth_set_create(made, bio_create))
		return made;
	BIO_meth_free(made);
	return NULL;
}

/* Made once and kept as long as the process: -z nodelete keeps the code it points to. Tried again if it failed. */
static const BIO_METHOD *memory_method(void)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static BIO_METHOD *method;
	const BIO_METHOD *found;

	pthread_mutex_lock(&lock);
	if (!method)
		method = make_method();
	found = method;
	pthread_mutex_unlock(&lock);
	return found;
}

BIO *memory_bio_new(struct memory_bio *memory)
{
	const BIO_METHOD *method = memory_method();
	BIO *bio = method ? BIO_new(method) : NULL;

	if (bio)
		BIO_set_data(bio, memory);
	return bio;
}
