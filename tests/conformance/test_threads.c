/* Several threads, callbacks that come back, deletion under a call, and fork (docs/decisions.md 2). */
#include "base/compiler.h"
#include "support/child.h"
#include "support/exchange.h"
#include "support/hex.h"
#include "support/seams.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { THREADS = 8 };

/* cmocka's assertions belong to the main thread: the others count what went wrong. */
static atomic_int wrong;

static void run_threads(void *(*run)(void *), void *argument)
{
	pthread_t threads[THREADS];

	wrong = 0;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, run, argument), 0);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(wrong, 0);
}

/* --- Lists of packages ------------------------------------------------------------------------- */

static void *ask_for_packages(void *argument)
{
	char names[][8] = { "NTLM", "CREDSSP" };
	PSecPkgInfoA info;
	uint32_t count;

	(void)argument;
	for (int i = 0; i < 2000; i++) {
		wrong += QuerySecurityPackageInfoA(names[i % 2], &info) != SEC_E_OK;
		wrong += strcmp(info->Name, names[i % 2]) != 0;
		wrong += FreeContextBuffer(info) != SEC_E_OK;
		wrong += EnumerateSecurityPackagesA(&count, &info) != SEC_E_OK || count < 4;
		wrong += FreeContextBuffer(info) != SEC_E_OK;
	}
	return NULL;
}

static void threads_ask_for_packages_at_once(void **state)
{
	(void)state;
	run_threads(ask_for_packages, NULL);
}

/* --- One credential, many logons --------------------------------------------------------------- */

/* Each thread its own exchange, all with the credentials of one. */
static void *log_on_with_shared_credentials(void *argument)
{
	const struct exchange *shared = argument;
	struct exchange *own = malloc(sizeof(*own));

	if (!own) {
		wrong++;
		return NULL;
	}
	for (int i = 0; i < 8; i++) {
		SecPkgContext_NamesA names;

		*own = (struct exchange) { .settings = shared->settings,
					   .client = { .target = EXCHANGE_TARGET } };
		own->client.request = shared->client.request;
		own->server.request = shared->server.request;
		own->client.credential = shared->client.credential;
		own->server.credential = shared->server.credential;
		wrong += !exchange_run(own);
		wrong += QueryContextAttributesA(&own->server.context, SECPKG_ATTR_NAMES, &names) != SEC_E_OK;
		wrong += strcmp(names.sUserName, "CORP\\alice") != 0;
		wrong += FreeContextBuffer(names.sUserName) != SEC_E_OK;
		exchange_end(own);
	}
	free(own);
	return NULL;
}

static void threads_log_on_with_one_shared_credential(void **state)
{
	static const char *const packages[] = { "NTLM", "CREDSSP" };
	static struct exchange shared;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(packages); i++) {
		struct exchange_settings settings = exchange_usual(packages[i]);
		long alive[2];

		for (int round = 0; round < 2; round++) { /* the first one makes room for all the handles */
			exchange_start(&shared, &settings);
			run_threads(log_on_with_shared_credentials, &shared);
			assert_int_equal(shared.asked, THREADS * 8);
			exchange_end(&shared);
			alive[round] = seam_blocks_alive();
		}
		assert_int_equal(alive[0], alive[1]);
	}
}

/* --- One context, several threads ----------------------------------------------------------------------------- */

static struct exchange exchange;

static void *seal_messages(void *argument)
{
	struct exchange_side *side = argument;
	uint8_t header[64], data[32], trailer[64];

	for (int i = 0; i < 500; i++) {
		SecBuffer buffers[] = { { sizeof(header), SECBUFFER_STREAM_HEADER, header },
					{ sizeof(data), SECBUFFER_DATA, data },
					{ sizeof(trailer), SECBUFFER_STREAM_TRAILER, trailer },
					{ 0, SECBUFFER_EMPTY, NULL } };
		SecBufferDesc list = { SECBUFFER_VERSION, 4, buffers };

		memset(data, i, sizeof(data));
		wrong += EncryptMessage(&side->context, 0, &list, 0) != SEC_E_OK;
	}
	return NULL;
}

/* The records of all threads, in the order in which they were sealed, cannot be told here; that each went well can. */
static void threads_seal_on_one_context_one_after_the_other(void **state)
{
	struct exchange_settings settings = exchange_usual("CREDSSP");

	(void)state;
	exchange_start(&exchange, &settings);
	assert_true(exchange_run(&exchange));
	run_threads(seal_messages, &exchange.client);
	exchange_end(&exchange);
}

/* A pipe of records from a writing thread to a reading one, on both contexts at once. */
struct pipe {
	struct exchange_side *from, *to;
	int ends[2];
};

static void *write_records(void *argument)
{
	struct pipe *pipe = argument;
	uint8_t block[5 + 64 + 64];

	for (int i = 0; i < 300; i++) {
		SecBuffer buffers[] = { { 5, SECBUFFER_STREAM_HEADER, block },
					{ 64, SECBUFFER_DATA, block + 5 },
					{ 64, SECBUFFER_STREAM_TRAILER, block + 5 + 64 },
					{ 0, SECBUFFER_EMPTY, NULL } };
		SecBufferDesc list = { SECBUFFER_VERSION, 4, buffers };

		memset(block + 5, i, 64);
		wrong += EncryptMessage(&pipe->from->context, 0, &list, 0) != SEC_E_OK;
		wrong += write(pipe->ends[1], block, 5 + 64 + buffers[2].cbBuffer) < 0;
	}
	close(pipe->ends[1]);
	return NULL;
}

static bool read_whole(int from, uint8_t *to, size_t size)
{
	while (size) {
		ssize_t got = read(from, to, size);

		if (got <= 0)
			return false;
		to += got;
		size -= (size_t)got;
	}
	return true;
}

static void *read_records(void *argument)
{
	struct pipe *pipe = argument;
	uint8_t block[5 + 64 + 64];
	int count = 0;

	for (; read_whole(pipe->ends[0], block, 5); count++) {
		size_t size = (size_t)(block[3] << 8 | block[4]);
		SecBuffer buffers[] = { { (uint32_t)(5 + size), SECBUFFER_DATA, block },
					{ 0, SECBUFFER_EMPTY, NULL },
					{ 0, SECBUFFER_EMPTY, NULL },
					{ 0, SECBUFFER_EMPTY, NULL } };
		SecBufferDesc list = { SECBUFFER_VERSION, 4, buffers };

		wrong += !read_whole(pipe->ends[0], block + 5, size);
		wrong += DecryptMessage(&pipe->to->context, &list, 0, NULL) != SEC_E_OK;
		wrong += buffers[1].cbBuffer != 64 || ((uint8_t *)buffers[1].pvBuffer)[63] != (uint8_t)count;
	}
	wrong += count != 300;
	close(pipe->ends[0]);
	return NULL;
}

static void a_reader_and_a_writer_share_one_context(void **state)
{
	struct exchange_settings settings = exchange_usual("CREDSSP");
	struct pipe pipes[] = { { .from = &exchange.client, .to = &exchange.server },
				{ .from = &exchange.server, .to = &exchange.client } };
	pthread_t threads[4];

	(void)state;
	wrong = 0;
	exchange_start(&exchange, &settings);
	assert_true(exchange_run(&exchange));
	for (int i = 0; i < 2; i++) {
		assert_int_equal(pipe(pipes[i].ends), 0);
		assert_int_equal(pthread_create(&threads[2 * i], NULL, write_records, &pipes[i]), 0);
		assert_int_equal(pthread_create(&threads[2 * i + 1], NULL, read_records, &pipes[i]), 0);
	}
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(wrong, 0);
	exchange_end(&exchange);
}

static SECURITY_STATUS second_status;

static void *call_a_second_time(void *argument)
{
	char garbage[] = "token";
	SecBuffer in = { 5, SECBUFFER_TOKEN, garbage }, out = { 100, SECBUFFER_TOKEN, argument };
	SecBufferDesc in_list = { SECBUFFER_VERSION, 1, &in }, out_list = { SECBUFFER_VERSION, 1, &out };

	second_status = AcceptSecurityContext(NULL, &exchange.server.context, &in_list, 0, 0, NULL, &out_list,
					      NULL, NULL);
	wrong += out.cbBuffer != 0;
	return NULL;
}

static void call_from_another_thread(void *argument)
{
	uint8_t room[100];
	pthread_t thread;

	(void)argument;
	wrong += pthread_create(&thread, NULL, call_a_second_time, room) != 0;
	wrong += pthread_join(thread, NULL) != 0;
}

/* Not even waiting would do: the first call may wait for the second one's thread. */
static void a_second_handshake_call_on_a_context_in_use_is_refused(void **state)
{
	struct exchange_settings settings = exchange_usual("NTLM");

	(void)state;
	wrong = 0;
	settings.inside_callback = call_from_another_thread;
	exchange_start(&exchange, &settings);
	assert_true(exchange_run(&exchange)); /* the first call is not disturbed */
	assert_int_equal(second_status, SEC_E_OUT_OF_SEQUENCE);
	assert_int_equal(wrong, 0);
	exchange_end(&exchange);
}

/* --- Callbacks that come back --------------------------------------------------------------------------------- */

static void use_the_own_context(void *argument)
{
	uint8_t room[100];
	SecBuffer buffers[] = { { 16, SECBUFFER_TOKEN, room }, { 4, SECBUFFER_DATA, room + 16 } };
	SecBufferDesc list = { SECBUFFER_VERSION, 2, buffers };
	CtxtHandle *context = &exchange.server.context;
	OPENSSPI_DESCRIPTION *description;

	(void)argument;
	wrong += AcceptSecurityContext(NULL, context, &list, 0, 0, NULL, &list, NULL, NULL) !=
		 SEC_E_OUT_OF_SEQUENCE;
	buffers[0].cbBuffer = 16;
	wrong += EncryptMessage(context, 0, &list, 0) != SEC_E_OUT_OF_SEQUENCE;
	wrong += DecryptMessage(context, &list, 0, NULL) != SEC_E_OUT_OF_SEQUENCE;
	wrong += QueryContextAttributesA(context, SECPKG_ATTR_SIZES, room) != SEC_E_OUT_OF_SEQUENCE;
	wrong += OpensspiDescribeContext(context, &description) != SEC_E_OUT_OF_SEQUENCE;
}

static void a_callback_that_uses_its_own_context_is_refused_and_never_hangs(void **state)
{
	static const char *const packages[] = { "NTLM", "CREDSSP" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(packages); i++) {
		struct exchange_settings settings = exchange_usual(packages[i]);

		wrong = 0;
		settings.inside_callback = use_the_own_context;
		exchange_start(&exchange, &settings);
		assert_true(exchange_run(&exchange));
		assert_int_equal(wrong, 0);
		exchange_end(&exchange);
	}
}

static void trace_and_come_back(void *argument, const char *line)
{
	(void)argument, (void)line;
	use_the_own_context(NULL);
}

/* The trace's callback runs inside EncryptMessage, which holds the context. */
static void a_trace_that_uses_the_context_it_hears_of_is_refused_and_never_hangs(void **state)
{
	struct exchange_settings settings = exchange_usual("NTLM");
	uint8_t token[16], data[4] = "abc";
	SecBuffer buffers[] = { { 15, SECBUFFER_TOKEN, token }, { sizeof(data), SECBUFFER_DATA, data } };
	SecBufferDesc list = { SECBUFFER_VERSION, 2, buffers };

	(void)state;
	wrong = 0;
	exchange_start(&exchange, &settings);
	assert_true(exchange_run(&exchange));
	OpensspiSetTrace(trace_and_come_back, NULL);
	assert_int_equal(EncryptMessage(&exchange.server.context, 0, &list, 0), SEC_E_BUFFER_TOO_SMALL);
	OpensspiSetTrace(NULL, NULL);
	assert_int_equal(wrong, 0);
	exchange_end(&exchange);
}

static void delete_the_own_context(void *argument)
{
	uint8_t sizes[16];

	(void)argument;
	wrong += DeleteSecurityContext(&exchange.server.context) != SEC_E_OK;
	wrong += DeleteSecurityContext(&exchange.server.context) != SEC_E_INVALID_HANDLE;
	wrong += QueryContextAttributesA(&exchange.server.context, SECPKG_ATTR_SIZES, sizes) !=
		 SEC_E_INVALID_HANDLE;
}

/* Deletion returns at once and the handle is dead; what the call works on goes when the call has ended. */
static void a_context_that_is_deleted_under_a_call_lives_until_it_ends(void **state)
{
	static const char *const packages[] = { "NTLM", "CREDSSP" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(packages); i++) {
		struct exchange_settings settings = exchange_usual(packages[i]);
		long before;

		(void)exchange_certificate();
		before = seam_blocks_alive();
		wrong = 0;
		settings.inside_callback = delete_the_own_context;
		exchange_start(&exchange, &settings);
		exchange_call(&exchange, &exchange.client);
		while (exchange.asked == 0) {
			if (exchange.server.arrived.size)
				exchange_call(&exchange, &exchange.server);
			if (exchange.client.arrived.size)
				exchange_call(&exchange, &exchange.client);
		}
		assert_int_equal(wrong, 0);
		exchange.server.has_context = false;
		exchange_end(&exchange);
		assert_int_equal(seam_blocks_alive(), before);
	}
}

static pthread_barrier_t go;

static void *seal_until_deleted(void *argument)
{
	struct exchange_side *side = argument;
	SECURITY_STATUS status = SEC_E_OK;
	uint8_t token[16], data[64];

	pthread_barrier_wait(&go);
	while (status == SEC_E_OK) {
		SecBuffer buffers[] = { { 16, SECBUFFER_TOKEN, token },
					{ sizeof(data), SECBUFFER_DATA, data } };
		SecBufferDesc list = { SECBUFFER_VERSION, 2, buffers };

		memset(data, 0, sizeof(data));
		status = EncryptMessage(&side->context, 0, &list, 0);
	}
	wrong += status != SEC_E_INVALID_HANDLE;
	return NULL;
}

static void threads_that_seal_are_told_when_the_context_is_deleted(void **state)
{
	struct exchange_settings settings = exchange_usual("NTLM");

	(void)state;
	for (int round = 0; round < 20; round++) {
		pthread_t threads[THREADS];

		wrong = 0;
		exchange_start(&exchange, &settings);
		assert_true(exchange_run(&exchange));
		assert_int_equal(pthread_barrier_init(&go, NULL, THREADS + 1), 0);
		for (int i = 0; i < THREADS; i++)
			assert_int_equal(
				pthread_create(&threads[i], NULL, seal_until_deleted, &exchange.server), 0);
		pthread_barrier_wait(&go);
		assert_int_equal(DeleteSecurityContext(&exchange.server.context), SEC_E_OK);
		for (int i = 0; i < THREADS; i++)
			assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(wrong, 0);
		assert_int_equal(pthread_barrier_destroy(&go), 0);
		exchange.server.has_context = false;
		exchange_end(&exchange);
	}
}

/* --- Fork ----------------------------------------------------------------------------------------------------- */

static struct exchange busy;
static pthread_barrier_t inside, leave;

static void stay_inside(void *argument)
{
	(void)argument;
	pthread_barrier_wait(&inside);
	pthread_barrier_wait(&leave);
}

static void *log_on_slowly(void *argument)
{
	wrong += !exchange_run(argument);
	return NULL;
}

/* Bits say what went wrong. */
static int look_around_in_child(void *argument)
{
	uint8_t token[16], data[4] = "abc", sizes[16];
	SecBuffer buffers[] = { { 16, SECBUFFER_TOKEN, token }, { sizeof(data), SECBUFFER_DATA, data } };
	SecBufferDesc list = { SECBUFFER_VERSION, 2, buffers };
	int bits = 0;

	(void)argument;
	bits |= QueryContextAttributesA(&busy.server.context, SECPKG_ATTR_SIZES, sizes) ==
				SEC_E_INVALID_HANDLE
			? 0
			: 1;
	bits |= DeleteSecurityContext(&busy.server.context) == SEC_E_INVALID_HANDLE ? 0 : 2;
	bits |= QueryContextAttributesA(&exchange.server.context, SECPKG_ATTR_SIZES, sizes) == SEC_E_OK ? 0
													: 4;
	bits |= EncryptMessage(&exchange.server.context, 0, &list, 0) == SEC_E_OK ? 0 : 8;
	bits |= DeleteSecurityContext(&exchange.server.context) == SEC_E_OK ? 0 : 16;
	bits |= FreeCredentialsHandle(&exchange.server.credential) == SEC_E_OK ? 0 : 32;
	return bits;
}

/* A forking server: the child takes over what was at rest; what another thread was inside of is dead there. */
static void a_child_goes_on_with_the_contexts_that_were_at_rest(void **state)
{
	struct exchange_settings settings = exchange_usual("NTLM"), slow = settings;
	pthread_t thread;
	int seen;

	(void)state;
	wrong = 0;
	slow.inside_callback = stay_inside;
	assert_int_equal(pthread_barrier_init(&inside, NULL, 2), 0);
	assert_int_equal(pthread_barrier_init(&leave, NULL, 2), 0);
	exchange_start(&exchange, &settings);
	assert_true(exchange_run(&exchange));
	exchange_start(&busy, &slow);
	assert_int_equal(pthread_create(&thread, NULL, log_on_slowly, &busy), 0);
	pthread_barrier_wait(&inside);
	seen = look_in_child(look_around_in_child, NULL);
	pthread_barrier_wait(&leave);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(seen, 0);
	assert_int_equal(wrong, 0); /* the parent's logon was not disturbed */
	exchange_end(&busy);
	exchange_end(&exchange);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads_ask_for_packages_at_once),
		cmocka_unit_test(threads_log_on_with_one_shared_credential),
		cmocka_unit_test(threads_seal_on_one_context_one_after_the_other),
		cmocka_unit_test(a_reader_and_a_writer_share_one_context),
		cmocka_unit_test(a_second_handshake_call_on_a_context_in_use_is_refused),
		cmocka_unit_test(a_callback_that_uses_its_own_context_is_refused_and_never_hangs),
		cmocka_unit_test(a_trace_that_uses_the_context_it_hears_of_is_refused_and_never_hangs),
		cmocka_unit_test(a_context_that_is_deleted_under_a_call_lives_until_it_ends),
		cmocka_unit_test(threads_that_seal_are_told_when_the_context_is_deleted),
		cmocka_unit_test(a_child_goes_on_with_the_contexts_that_were_at_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
