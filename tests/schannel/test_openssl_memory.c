/*
 * OpenSSL without memory: its n-th allocation inside one of our calls fails, for every n until none does. No
 * connection is half made, every refusal is one, and nothing falls over or leaks.
 */
#include "schannel/schannel.h"

#include "support/hex.h"
#include "support/openssl_memory.h"
#include "support/tls_peer.h"

#include <openssl/err.h>

enum stage { ACQUIRE, NEW_CONTEXT, FIRST_LEG, LAST_LEG, SEAL, OPEN, STAGES };

struct server {
	struct side side;
	struct tls_peer client;
	struct byte_writer memory;
};

static void end(struct server *server)
{
	assert_int_equal(ERR_peek_error(), 0);
	side_end(&server->side);
	tls_peer_end(&server->client);
	writer_wipe(&server->memory);
}

static SECURITY_STATUS status_of(enum reason reason)
{
	return reason_status(reason);
}

static SECURITY_STATUS call(struct server *server, enum stage stage, enum certificate_key_type type)
{
	struct acquire_request request = {
		.accept = true,
		.certificate = test_certificate(type),
		.policy = policy_default,
	};
	struct span data = { server->memory.data, server->memory.size };
	struct message message = { .data = &data, .data_count = 1, .output = &server->side.output };

	switch (stage) {
	case ACQUIRE:
		return status_of(schannel_package.acquire(&request, &server->side.credential));
	case NEW_CONTEXT:
		return status_of(schannel_package.new_context(server->side.credential, ROLE_ACCEPT,
							      &server->side.context));
	case FIRST_LEG:
	case LAST_LEG:
		return side_step(&server->side, writer_slice(&server->client.sent));
	case SEAL:
		return schannel_package.seal(server->side.context, &message);
	default:
		return schannel_package.open(server->side.context, &message);
	}
}

/* What lies between the calls of ours and belongs to the client. */
static void prepare(struct server *server, enum stage stage)
{
	switch (stage) {
	case FIRST_LEG:
		(void)tls_peer_step(&server->client, slice_of(NULL, 0));
		(void)tls_peer_take(&server->client);
		break;
	case LAST_LEG:
		(void)tls_peer_step(&server->client, side_output(&server->side));
		(void)tls_peer_take(&server->client);
		break;
	case SEAL:
		writer_bytes(&server->memory, SLICE_LITERAL("pong"));
		break;
	case OPEN:
		(void)tls_peer_step(&server->client, side_output(&server->side));
		tls_peer_write(&server->client, SLICE_LITERAL("ping"));
		writer_wipe(&server->memory);
		writer_bytes(&server->memory, tls_peer_take(&server->client));
		break;
	default:
		break;
	}
}

/* True: an allocation of this stage failed. */
static bool run(int version, enum certificate_key_type type, enum stage failing, long n)
{
	struct server server = {
		.side = { .package = &schannel_package, .role = ROLE_ACCEPT, .output = writer_growing() },
		.memory = writer_growing(),
	};
	bool failed = false;

	tls_peer_client(&server.client, version);
	for (enum stage stage = ACQUIRE; stage < STAGES; stage++) {
		SECURITY_STATUS status;

		prepare(&server, stage);
		if (stage == failing)
			openssl_memory_fail(n);
		status = call(&server, stage, type);
		if (stage == failing)
			failed = openssl_memory_failed();
		if (status_failed(status)) {
			assert_true(failed);
			break;
		}
		/* What an allocation's failure did not stop has done its work. */
		assert_int_equal(status, stage == FIRST_LEG ? SEC_I_CONTINUE_NEEDED : SEC_E_OK);
	}
	end(&server);
	return failed;
}

static void every_allocation_of_every_call_may_fail(void **state)
{
	static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(versions); i++)
		for (enum stage stage = i == 0 ? ACQUIRE : NEW_CONTEXT; stage < STAGES; stage++) {
			long n = 1;

			while (run(versions[i], CERTIFICATE_P256, stage, n))
				n++;
			assert_true(n > 1);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_allocation_of_every_call_may_fail),
	};

	if (!openssl_memory_take_over())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
