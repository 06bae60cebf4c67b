/* One credential of each role, used by many threads at once. */
#include "kerberos/kerberos.h"
#include "support/hex.h"
#include "support/kerberos_realm.h"
#include "support/seams.h"

#include <pthread.h>
#include <stdatomic.h>

enum { THREADS = 8, LOGONS = 40, SPACE = 128 };

static struct package_credential *server_credential, *client_credential;
static struct slice target;
/* cmocka's assertions belong to the main thread: the others count what went wrong. */
static atomic_int wrong;

static bool step(struct package_context *context, leg_function *run, struct slice input,
		 struct byte_writer *output, SECURITY_STATUS wanted)
{
	struct leg leg = {
		.input = input,
		.target = target,
		.requested = FLAG_MUTUAL_AUTH | FLAG_CONFIDENTIALITY | FLAG_SEQUENCE_DETECT,
		.output = output,
	};

	writer_wipe(output);
	return run(context, &leg) == wanted;
}

static bool talk(struct package_context *from, struct package_context *to)
{
	uint8_t header[SPACE], data[] = "a message";
	struct span piece = { data, sizeof(data) };
	struct message message = { .data = &piece, .data_count = 1, .header = { header, sizeof(header) } };

	return kerberos_package.seal(from, &message) == SEC_E_OK &&
	       kerberos_package.open(to, &message) == SEC_E_OK &&
	       slice_equal(slice_of(data, sizeof(data)), slice_of("a message", sizeof("a message")));
}

static bool log_on(void)
{
	CLEANUP(writer_wipe) struct byte_writer request = writer_growing();
	CLEANUP(writer_wipe) struct byte_writer answer = writer_growing();
	struct package_context *server = NULL, *client = NULL;
	bool done =
		kerberos_package.new_context(server_credential, ROLE_ACCEPT, &server) == REASON_OK &&
		kerberos_package.new_context(client_credential, ROLE_INITIATE, &client) == REASON_OK &&
		step(client, kerberos_package.initiate, slice_of(NULL, 0), &request, SEC_I_CONTINUE_NEEDED) &&
		step(server, kerberos_package.accept, writer_slice(&request), &answer, SEC_E_OK) &&
		step(client, kerberos_package.initiate, writer_slice(&answer), &request, SEC_E_OK) &&
		talk(client, server) && talk(server, client);

	package_context_free(server);
	package_context_free(client);
	return done;
}

static void *log_on_often(void *argument)
{
	(void)argument;
	for (int i = 0; i < LOGONS; i++)
		wrong += !log_on();
	return NULL;
}

static void threads_log_on_with_shared_credentials(void **state)
{
	struct acquire_request accept = kerberos_accept_request();
	struct kerberos_ticket ticket = kerberos_ticket();
	struct acquire_request initiate = kerberos_initiate_request(kerberos_cache(&ticket));
	pthread_t threads[THREADS];

	(void)state;
	accept.kerberos.services = "TERMSRV";
	target = u16(ticket.service);
	assert_int_equal(kerberos_package.acquire(&accept, &server_credential), REASON_OK);
	assert_int_equal(kerberos_package.acquire(&initiate, &client_credential), REASON_OK);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, log_on_often, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(wrong, 0);
	package_credential_free(server_credential);
	package_credential_free(client_credential);
	assert_int_equal(seam_blocks_alive(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads_log_on_with_shared_credentials),
	};

	kerberos_realm_start("");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
