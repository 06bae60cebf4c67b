/*
 * Contexts of one credential in several threads at once. It passes or fails under ThreadSanitizer (make tsan); without
 * it, it shows that nothing falls over.
 */
#include "schannel/schannel.h"

#include "support/hex.h"
#include "support/tls_peer.h"

#include <pthread.h>

enum { THREADS = 8, CONNECTIONS = 6 };

static struct package_credential *shared;

/* Of a test's thread nothing may fail by cmocka's longjmp; it counts instead. */
static bool talk(struct side *server, struct tls_peer *client)
{
	CLEANUP(writer_wipe) struct byte_writer plain = writer_growing(), sealed = writer_growing();
	uint8_t text[] = "pong";
	struct span data = { text, 4 };
	struct message message = { .data = &data, .data_count = 1, .output = &sealed };

	return schannel_package.seal(server->context, &message) == SEC_E_OK &&
	       tls_peer_read(client, writer_slice(&sealed), &plain) == SSL_ERROR_WANT_READ &&
	       slice_equal(writer_slice(&plain), SLICE_LITERAL("pong"));
}

static bool connect_once(int version)
{
	struct side server = { .package = &schannel_package,
			       .credential = shared,
			       .output = writer_growing() };
	struct tls_peer client;
	SECURITY_STATUS status;
	bool talked;

	if (schannel_package.new_context(shared, ROLE_ACCEPT, &server.context) != REASON_OK)
		return false;
	server.role = ROLE_ACCEPT;
	tls_peer_client(&client, version);
	(void)tls_peer_step(&client, slice_of(NULL, 0));
	do {
		struct slice flight = tls_peer_take(&client);
		size_t consumed = 0;

		do {
			status = side_step(&server, slice_of(flight.data + consumed, flight.size - consumed));
			consumed += server.leg.consumed;
		} while (status == SEC_I_CONTINUE_NEEDED && consumed < flight.size);
		(void)tls_peer_step(&client, side_output(&server));
	} while (status == SEC_I_CONTINUE_NEEDED);
	talked = status == SEC_E_OK && talk(&server, &client);
	server.credential = NULL;
	side_end(&server);
	tls_peer_end(&client);
	return talked;
}

static void *connect_often(void *argument)
{
	intptr_t good = 0;

	for (int i = 0; i < CONNECTIONS; i++)
		good += connect_once((i + (int)(intptr_t)argument) % 2 ? TLS1_3_VERSION : TLS1_2_VERSION);
	return (void *)good;
}

static void one_credential_serves_many_threads(void **state)
{
	static const enum certificate_key_type types[] = { CERTIFICATE_P256, CERTIFICATE_RSA_2048 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(types); i++) {
		struct acquire_request request = {
			.accept = true,
			.certificate = test_certificate(types[i]),
			.policy = policy_default,
		};
		pthread_t threads[THREADS];
		void *good;

		assert_int_equal(schannel_package.acquire(&request, &shared), REASON_OK);
		for (intptr_t n = 0; n < THREADS; n++)
			assert_int_equal(pthread_create(&threads[n], NULL, connect_often, (void *)n), 0);
		for (int n = 0; n < THREADS; n++) {
			assert_int_equal(pthread_join(threads[n], &good), 0);
			assert_int_equal((intptr_t)good, CONNECTIONS);
		}
		package_credential_free(shared);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_credential_serves_many_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
