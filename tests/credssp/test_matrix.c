/*
 * Our initiator against our acceptor over real TLS: every pair of versions, with both policies of three, both kinds of
 * keys, both TLS versions, NTLM raw and in SPNEGO. What must be refused is refused by the side that must, the rest
 * ends with the password delegated. 25 tests of 72 logons.
 */
#include "support/hex.h"
#include "support/seams.h"
#include "support/side.h"

#include "credssp/credssp.h"
#include "negotiate/negotiate.h"
#include "ntlm/ntlm.h"
#include "schannel/schannel.h"

static const struct security_package *const packages[] = { &schannel_package, &negotiate_package,
							   &ntlm_package, NULL };
static const char *const remediations[] = { "force-updated", "mitigated", "vulnerable" };

struct combination {
	uint32_t server_version, client_version;
	const char *server_remediation, *client_remediation;
	const struct certificate *certificate;
	bool tls_1_3, spnego;
};

static struct certificate *certificates[2];

static int make_certificates(void **state)
{
	(void)state;
	assert_int_equal(certificate_self_signed("server.test", CERTIFICATE_RSA_2048, &certificates[0]),
			 REASON_OK);
	assert_int_equal(certificate_self_signed("server.test", CERTIFICATE_P256, &certificates[1]),
			 REASON_OK);
	return 0;
}

static int free_certificates(void **state)
{
	(void)state;
	certificate_free(certificates[0]);
	certificate_free(certificates[1]);
	return 0;
}

static void start_server(struct side *server, struct test_authority *authority,
			 const struct combination *wanted)
{
	struct acquire_request request = test_accept_request(authority);

	request.packages = packages;
	request.certificate = wanted->certificate;
	assert_true(policy_set_remediation(&request.policy, wanted->server_remediation));
	request.policy.credssp_version = wanted->server_version;
	side_start(server, &credssp_package, &request, ROLE_ACCEPT);
	server->leg.requested = FLAG_EXTENDED_ERROR;
}

static void start_client(struct side *client, const struct combination *wanted)
{
	struct acquire_request request = test_initiate_request("User", "Domain", "Password");

	request.packages = packages;
	request.always_spnego = wanted->spnego;
	assert_true(policy_set_remediation(&request.policy, wanted->client_remediation));
	request.policy.credssp_version = wanted->client_version;
	request.policy.ntlm_delegation = true;
	request.policy.tls_1_2 = !wanted->tls_1_3;
	request.policy.tls_1_3 = wanted->tls_1_3;
	side_start(client, &credssp_package, &request, ROLE_INITIATE);
	client->leg.requested = FLAG_DELEGATE;
}

/* Tokens go to and fro until one side is done and the other has nothing to say any more, or one refuses. */
static void run(struct side *server, struct side *client, SECURITY_STATUS *of_server,
		SECURITY_STATUS *of_client)
{
	*of_server = SEC_I_CONTINUE_NEEDED;
	*of_client = side_step(client, slice_of(NULL, 0));
	while (!status_failed(*of_client) && side_output(client).size) {
		*of_server = side_step(server, side_output(client));
		if (side_output(server).size == 0)
			return;
		*of_client = side_step(client, side_output(server));
		if (status_failed(*of_server))
			return;
	}
}

static uint32_t lower(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static void expect(const struct combination *wanted, const struct side *server, const struct side *client,
		   SECURITY_STATUS of_server, SECURITY_STATUS of_client)
{
	uint32_t version = lower(wanted->server_version, wanted->client_version);
	bool server_refuses = version < 5 && strcmp(wanted->server_remediation, "force-updated") == 0;
	bool client_refuses = version < 5 && strcmp(wanted->client_remediation, "vulnerable") != 0;
	bool told = version == 3 || version == 4; /* there is an errorCode */
	union attribute_value value;

	if (server_refuses) {
		assert_int_equal(server->leg.reason, REASON_CREDSSP_VERSION_REFUSED);
		assert_int_equal(of_server, SEC_E_UNSUPPORTED_FUNCTION);
		assert_int_equal(of_client, told ? SEC_E_LOGON_DENIED : SEC_I_CONTINUE_NEEDED);
		if (told)
			assert_int_equal(client->leg.ntstatus, NTSTATUS_NOT_SUPPORTED);
	} else if (client_refuses) {
		assert_int_equal(client->leg.reason, REASON_CREDSSP_VERSION_REFUSED);
		assert_int_equal(of_client, SEC_E_UNSUPPORTED_FUNCTION);
		assert_int_equal(client->output.size, 0);
	} else {
		assert_int_equal(of_client, SEC_E_OK);
		assert_int_equal(of_server, SEC_E_OK);
		assert_int_equal(credssp_package.query(server->context, ATTRIBUTE_DELEGATED, &value),
				 REASON_OK);
		assert_bytes(value.delegated.password, u16("Password"));
		assert_int_equal(credssp_package.query(server->context, ATTRIBUTE_CREDSSP, &value),
				 REASON_OK);
		assert_int_equal(value.credssp.peer_version, version);
	}
}

static void log_on(const struct combination *wanted)
{
	struct test_authority authority = test_authority_of("User", "Domain", "Password");
	struct side server, client;
	SECURITY_STATUS of_server, of_client;

	start_server(&server, &authority, wanted);
	start_client(&client, wanted);
	run(&server, &client, &of_server, &of_client);
	expect(wanted, &server, &client, of_server, of_client);
	side_end(&server);
	side_end(&client);
}

static void all_of_versions(uint32_t server_version, uint32_t client_version)
{
	for (unsigned i = 0; i < 72; i++)
		log_on(&(struct combination) {
			.server_version = server_version,
			.client_version = client_version,
			.server_remediation = remediations[i / 8 % 3],
			.client_remediation = remediations[i / 24],
			.certificate = certificates[i & 1],
			.tls_1_3 = i & 2,
			.spnego = i & 4,
		});
}

#define PAIR(server, client) \
	static void server_##server##_and_client_##client(void **state) \
	{ \
		(void)state; \
		all_of_versions(server, client); \
	}
#define SERVER(server) PAIR(server, 2) PAIR(server, 3) PAIR(server, 4) PAIR(server, 5) PAIR(server, 6)
SERVER(2)
SERVER(3)
SERVER(4)
SERVER(5)
SERVER(6)

#define CASES(server) \
	cmocka_unit_test(server_##server##_and_client_2), cmocka_unit_test(server_##server##_and_client_3), \
		cmocka_unit_test(server_##server##_and_client_4), \
		cmocka_unit_test(server_##server##_and_client_5), \
		cmocka_unit_test(server_##server##_and_client_6)

int main(void)
{
	const struct CMUnitTest tests[] = { CASES(2), CASES(3), CASES(4), CASES(5), CASES(6) };

	return cmocka_run_group_tests(tests, make_certificates, free_certificates);
}
