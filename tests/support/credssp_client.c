#include "support/credssp_client.h"

#include "base/byte_reader.h"
#include "credssp/credssp.h"
#include "credssp/ts_credentials.h"
#include "ntlm/ntlm.h"
#include "support/clear_stream.h"
#include "support/hex.h"
#include "support/seams.h"

#include <stdlib.h>

static const struct security_package *const packages[] = { &clear_stream_package, &ntlm_package, NULL };

struct credssp_client credssp_client_of_vectors(void)
{
	return (struct credssp_client) {
		.authority = test_authority_of("User", "Domain", "Password"),
		.policy = policy_default,
		.requested = FLAG_EXTENDED_ERROR,
		.logon_flags = FLAG_CONFIDENTIALITY | FLAG_INTEGRITY,
		.password = u16("Password"),
		.version = CREDSSP_VERSION_MAX,
		.nonce = hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"),
		.output = writer_growing(),
		.plain = writer_growing(),
	};
}

static void require(bool true_always)
{
	if (!true_always)
		abort();
}

void credssp_client_open(struct credssp_client *client)
{
	CLEANUP(writer_wipe) struct byte_writer hello = writer_growing();
	struct acquire_request server = {
		.accept = true,
		.authority = client->without_authority ? NULL : &client->authority.base,
		.names = test_host_names(),
		.policy = client->policy,
		.packages = packages,
	};
	struct acquire_request logon = {
		.initiate = true,
		.has_identity = true,
		.user = client->authority.user,
		.domain = client->authority.domain,
		.password = client->password,
		.names = test_host_names(),
		.policy = policy_default,
	};

	require(credssp_package.acquire(&server, &client->server_credential) == REASON_OK);
	require(credssp_package.new_context(client->server_credential, ROLE_ACCEPT, &client->server) ==
		REASON_OK);
	require(ntlm_package.acquire(&logon, &client->logon_credential) == REASON_OK);
	require(ntlm_package.new_context(client->logon_credential, ROLE_INITIATE, &client->logon) ==
		REASON_OK);
	clear_stream_write(&hello, CLEAR_HELLO, slice_of(NULL, 0));
	if (credssp_client_feed(client, writer_slice(&hello)) != SEC_I_CONTINUE_NEEDED)
		require(client->fail_allocation);
}

void credssp_client_close(struct credssp_client *client)
{
	package_context_free(client->server);
	package_credential_free(client->server_credential);
	package_context_free(client->logon);
	package_credential_free(client->logon_credential);
	client->server = client->logon = NULL;
	client->server_credential = client->logon_credential = NULL;
	writer_wipe(&client->output);
	writer_wipe(&client->plain);
	for (size_t i = 0; i < client->kept_count; i++)
		writer_wipe(&client->kept[i]);
	client->kept_count = 0;
}

static struct byte_writer *keep(struct credssp_client *client)
{
	struct byte_writer *kept = &client->kept[client->kept_count++];

	require(client->kept_count <= CREDSSP_CLIENT_KEPT_MAX);
	*kept = writer_growing();
	return kept;
}

/* Only data records hold a TSRequest; the hello does not. */
static void read_answer(struct credssp_client *client)
{
	struct byte_reader in = reader_of(writer_slice(&client->output));
	struct slice part;
	uint16_t version, size;
	uint8_t type;

	writer_wipe(&client->plain);
	client->answer = (struct ts_request) { 0 };
	while (reader_u8(&in, &type) && reader_u16be(&in, &version) && reader_u16be(&in, &size) &&
	       reader_take(&in, size, &part))
		if (type == CLEAR_DATA)
			writer_bytes(&client->plain, part);
	if (client->plain.size)
		require(ts_request_parse(writer_slice(&client->plain), &client->answer));
}

SECURITY_STATUS credssp_client_feed(struct credssp_client *client, struct slice bytes)
{
	long before = seam_allocations();
	SECURITY_STATUS status;

	writer_wipe(&client->output);
	client->leg = (struct leg) {
		.input = bytes,
		.requested = client->requested,
		.output = &client->output,
	};
	if (client->fail_allocation > client->allocations)
		seam_fail_allocation(client->fail_allocation - client->allocations);
	status = client->server->package->accept(client->server, &client->leg);
	seam_fail_allocation(0);
	client->allocations += seam_allocations() - before;
	read_answer(client);
	return status;
}

struct slice credssp_client_records(struct credssp_client *client, struct ts_request request)
{
	CLEANUP(writer_wipe) struct byte_writer token = writer_growing();
	struct byte_writer *records = keep(client);

	request.version = client->version;
	ts_request_write(&token, &request);
	clear_stream_write(records, CLEAR_DATA, writer_slice(&token));
	return writer_slice(records);
}

SECURITY_STATUS credssp_client_send(struct credssp_client *client, struct ts_request request)
{
	return credssp_client_feed(client, credssp_client_records(client, request));
}

struct slice credssp_client_token(struct credssp_client *client)
{
	struct byte_writer *token = keep(client);
	struct leg leg = {
		.input = client->answer.nego_token,
		.requested = client->logon_flags,
		.output = token,
	};

	return status_failed(ntlm_package.initiate(client->logon, &leg)) ? slice_of(NULL, 0)
									 : writer_slice(token);
}

struct slice credssp_client_seal(struct credssp_client *client, struct slice plain)
{
	struct byte_writer *blob = keep(client);
	struct span data;
	struct message message = { .data = &data, .data_count = 1 };
	enum { SIGNATURE_SIZE = 16 };

	writer_zeros(blob, SIGNATURE_SIZE);
	writer_bytes(blob, plain);
	message.header = (struct span) { blob->data, SIGNATURE_SIZE };
	data = span_skip((struct span) { blob->data, blob->size }, SIGNATURE_SIZE);
	require(ntlm_package.seal(client->logon, &message) == SEC_E_OK);
	return writer_slice(blob);
}

struct slice credssp_client_proof(struct credssp_client *client, enum key_proof direction, struct slice key)
{
	CLEANUP(writer_wipe) struct byte_writer proof = writer_growing();

	require(credssp_key_proof(direction, client->version, client->nonce, key, &proof) == REASON_OK);
	return credssp_client_seal(client, writer_slice(&proof));
}

struct slice credssp_client_password(struct credssp_client *client, const char *domain, const char *user,
				     const char *password)
{
	CLEANUP(writer_wipe) struct byte_writer plain = writer_growing();

	ts_credentials_write(&plain, &(struct ts_credentials) { .domain = u16(domain),
								.user = u16(user),
								.password = u16(password) });
	return credssp_client_seal(client, writer_slice(&plain));
}

SECURITY_STATUS credssp_client_negotiate(struct credssp_client *client)
{
	return credssp_client_send(client, (struct ts_request) {
						   .fields = HAS_NEGO_TOKENS,
						   .nego_token = credssp_client_token(client),
					   });
}

SECURITY_STATUS credssp_client_authenticate(struct credssp_client *client)
{
	struct slice token = credssp_client_token(client);

	return credssp_client_send(client,
				   (struct ts_request) {
					   .fields = HAS_NEGO_TOKENS | HAS_PUB_KEY_AUTH | HAS_CLIENT_NONCE,
					   .nego_token = token,
					   .pub_key_auth = credssp_client_proof(client, CLIENT_TO_SERVER,
										clear_stream_public_key()),
					   .client_nonce = client->nonce,
				   });
}

SECURITY_STATUS credssp_client_delegate(struct credssp_client *client)
{
	return credssp_client_send(
		client, (struct ts_request) {
				.fields = HAS_AUTH_INFO,
				.auth_info = credssp_client_password(client, "Domain", "User", "Password"),
			});
}
