/* The initiator's rows and rules (MS-CSSP 3.1.5), against our acceptor and against a server made by hand. */
#include "support/clear_stream.h"
#include "support/hex.h"
#include "support/seams.h"
#include "support/test_authority.h"

#include "base/byte_reader.h"
#include "credssp/credssp.h"
#include "credssp/key_proof.h"
#include "credssp/ts_credentials.h"
#include "credssp/ts_request.h"
#include "crypto/digest.h"
#include "negotiate/neg_token_resp.h"
#include "negotiate/negotiate.h"
#include "ntlm/ntlm.h"

static const struct security_package *const packages[] = { &clear_stream_package, &negotiate_package,
							   &ntlm_package, NULL };

/* What is drawn in a whole logon, in order: nonce, ServerChallenge, ClientChallenge, RandomSessionKey. */
#define NONCE "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define DRAWN NONCE "0123456789abcdef aaaaaaaaaaaaaaaa 55555555555555555555555555555555"

static struct {
	struct test_authority authority;
	struct policy policy;
	struct policy server_policy;
	bool pinned, always_spnego;
	uint32_t requested;
	struct package_credential *credential, *server_credential;
	struct package_context *client, *server;
	struct leg leg;
	struct byte_writer output, plain;
	struct ts_request sent; /* the client's last */
	uint32_t server_version;
} bench;

static int begin(void **state)
{
	(void)state;
	memset(&bench, 0, sizeof(bench));
	bench.authority = test_authority_of("User", "Domain", "Password");
	bench.policy = policy_default;
	bench.policy.ntlm_delegation = true;
	bench.server_policy = policy_default;
	bench.requested = FLAG_DELEGATE;
	bench.output = bench.plain = writer_growing();
	bench.server_version = CREDSSP_VERSION_MAX;
	seam_script_random(slice_of(NULL, 0));
	return 0;
}

static int end(void **state)
{
	(void)state;
	package_context_free(bench.client);
	package_context_free(bench.server);
	package_credential_free(bench.credential);
	package_credential_free(bench.server_credential);
	writer_wipe(&bench.output);
	writer_wipe(&bench.plain);
	seam_fail_random(false);
	assert_int_equal(seam_blocks_alive(), 0);
	return 0;
}

/* The last TSRequest of the client's output; no fields if there is none. */
static void read_sent(void)
{
	struct byte_reader in = reader_of(writer_slice(&bench.output));
	struct slice part;
	uint16_t version, size;
	uint8_t type;

	writer_wipe(&bench.plain);
	bench.sent = (struct ts_request) { 0 };
	while (reader_u8(&in, &type) && reader_u16be(&in, &version) && reader_u16be(&in, &size) &&
	       reader_take(&in, size, &part))
		if (type == CLEAR_DATA)
			writer_bytes(&bench.plain, part);
	if (bench.plain.size)
		assert_true(ts_request_parse(writer_slice(&bench.plain), &bench.sent));
}

static SECURITY_STATUS feed(struct slice bytes)
{
	SECURITY_STATUS status;

	writer_wipe(&bench.output);
	bench.leg = (struct leg) {
		.input = bytes,
		.target = u16("TERMSRV/server"),
		.requested = bench.requested,
		.output = &bench.output,
	};
	status = bench.client->package->initiate(bench.client, &bench.leg);
	read_sent();
	return status;
}

static void open_client(void)
{
	static const uint8_t any_pin[SHA256_SIZE];
	struct acquire_request request = {
		.initiate = true,
		.has_identity = true,
		.user = u16("User"),
		.domain = u16("Domain"),
		.password = u16("Password"),
		.names = test_host_names(),
		.policy = bench.policy,
		.always_spnego = bench.always_spnego,
		.pinned_certificate = slice_of(any_pin, bench.pinned ? sizeof(any_pin) : 0),
		.packages = packages,
	};

	assert_int_equal(credssp_package.acquire(&request, &bench.credential), REASON_OK);
	assert_int_equal(credssp_package.new_context(bench.credential, ROLE_INITIATE, &bench.client),
			 REASON_OK);
	assert_int_equal(feed(slice_of(NULL, 0)), SEC_I_CONTINUE_NEEDED);
}

/* A server put together by hand: our NTLM acceptor, TSRequests as the test wants them. */
static void open_server(const struct security_package *package)
{
	struct acquire_request request = {
		.accept = true,
		.authority = &bench.authority.base,
		.names = test_host_names(),
		.policy = bench.server_policy,
		.packages = packages,
	};

	assert_int_equal(package->acquire(&request, &bench.server_credential), REASON_OK);
	assert_int_equal(package->new_context(bench.server_credential, ROLE_ACCEPT, &bench.server),
			 REASON_OK);
}

/* Opens both, and the client has said its first words. */
static void start(void)
{
	open_client();
	open_server(&ntlm_package);
	assert_int_equal(feed(hex("1603030000")), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(bench.sent.fields, HAS_NEGO_TOKENS | HAS_CLIENT_NONCE);
	assert_int_equal(bench.sent.version, 6);
}

static SECURITY_STATUS answer(struct ts_request request)
{
	CLEANUP(writer_wipe) struct byte_writer token = writer_growing(), records = writer_growing();

	request.version = bench.server_version;
	ts_request_write(&token, &request);
	clear_stream_write(&records, CLEAR_DATA, writer_slice(&token));
	return feed(writer_slice(&records));
}

static SECURITY_STATUS server_token(struct byte_writer *token)
{
	struct leg leg = { .input = bench.sent.nego_token, .output = token };

	return ntlm_package.accept(bench.server, &leg);
}

static SECURITY_STATUS answer_challenge(void)
{
	CLEANUP(writer_wipe) struct byte_writer token = writer_growing();

	assert_int_equal(server_token(&token), SEC_I_CONTINUE_NEEDED);
	return answer((struct ts_request) { .fields = HAS_NEGO_TOKENS, .nego_token = writer_slice(&token) });
}

static void write_proof(enum key_proof direction, struct slice key, uint8_t hash[SHA256_SIZE])
{
	struct byte_writer out = writer_fixed(hash, SHA256_SIZE);

	assert_int_equal(credssp_key_proof(direction, 6, bench.sent.client_nonce, key, &out), REASON_OK);
}

/* The server's answer to pubKeyAuth: a sealed hash with this label, over this key. */
static SECURITY_STATUS answer_proof(enum key_proof direction, struct slice key)
{
	CLEANUP(writer_wipe) struct byte_writer token = writer_growing();
	uint8_t blob[16 + SHA256_SIZE];
	struct span data = { blob + 16, SHA256_SIZE };
	struct message message = { .header = { blob, 16 }, .data = &data, .data_count = 1 };

	assert_int_equal(server_token(&token), SEC_E_OK);
	write_proof(direction, key, data.data);
	assert_int_equal(ntlm_package.seal(bench.server, &message), SEC_E_OK);
	return answer((struct ts_request) { .fields = HAS_PUB_KEY_AUTH,
					    .pub_key_auth = slice_of(blob, sizeof(blob)) });
}

static void assert_refused(SECURITY_STATUS status, enum reason reason)
{
	assert_int_equal(bench.leg.reason, reason);
	assert_int_equal(status, reason_status(reason));
	assert_int_equal(bench.output.size, 0);
	assert_int_equal(feed(hex("1703030000")), SEC_E_OUT_OF_SEQUENCE);
}

static struct slice opened_credentials(struct byte_writer *memory)
{
	struct span data;
	struct message message = { .data = &data, .data_count = 1 };

	writer_bytes(memory, bench.sent.auth_info);
	data = (struct span) { memory->data, memory->size };
	/* The client's proof comes first in the order of sequence numbers. */
	assert_int_equal(ntlm_package.open(bench.server, &message), SEC_E_OK);
	return slice_of(data.data, data.size);
}

static void open_client_proof(void)
{
	CLEANUP(writer_wipe) struct byte_writer memory = writer_growing();
	struct span data;
	struct message message = { .data = &data, .data_count = 1 };
	uint8_t expected[SHA256_SIZE];

	writer_bytes(&memory, bench.sent.pub_key_auth);
	data = (struct span) { memory.data, memory.size };
	assert_int_equal(ntlm_package.open(bench.server, &message), SEC_E_OK);
	write_proof(CLIENT_TO_SERVER, clear_stream_public_key(), expected);
	assert_bytes(slice_of(data.data, data.size), slice_of(expected, sizeof(expected)));
}

/* --- Both roles, byte for byte: docs/vectors.md */

static SECURITY_STATUS let_server_answer(struct byte_writer *token)
{
	struct leg leg = { .input = writer_slice(&bench.output),
			   .requested = FLAG_EXTENDED_ERROR,
			   .output = token };

	return credssp_package.accept(bench.server, &leg);
}

/* The server's next answer goes to the client. */
static SECURITY_STATUS exchange(SECURITY_STATUS expected_of_server)
{
	CLEANUP(writer_wipe) struct byte_writer token = writer_growing();

	assert_int_equal(let_server_answer(&token), expected_of_server);
	return token.size ? feed(writer_slice(&token)) : SEC_E_OK;
}

/* Up to the client's proof, which stands in its last message. */
static void exchange_to_proof(void)
{
	open_client();
	open_server(&credssp_package);
	assert_int_equal(exchange(SEC_I_CONTINUE_NEEDED), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(exchange(SEC_I_CONTINUE_NEEDED), SEC_I_CONTINUE_NEEDED);
}

static void both_roles_write_the_vectors(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer token = writer_growing();

	(void)state;
	seam_script_random(hex(DRAWN));
	exchange_to_proof();
	assert_int_equal(bench.sent.fields, HAS_NEGO_TOKENS | HAS_PUB_KEY_AUTH | HAS_CLIENT_NONCE);
	assert_bytes(bench.sent.client_nonce, hex(NONCE));
	assert_bytes(bench.sent.pub_key_auth,
		     hex("010000002cace132133c1b8f000000008e72852c9dac11becaca25cbfe80e4c191b3"
			 "2c76bbe4a1049f10bf7c2b187bf4"));
	assert_int_equal(let_server_answer(&token), SEC_I_CONTINUE_NEEDED);
	assert_bytes(writer_slice(&token),
		     hex("170303003b3039a003020106a332043001000000cc7fe81a00394a39000000004e4db1d8"
			 "9164ea069e437d66845050d78250807b7bfb35891760ecd996b0346a"));
	assert_int_equal(feed(writer_slice(&token)), SEC_E_OK);
	assert_bytes(bench.sent.auth_info,
		     hex("010000006088102a0fbbf5ce0100000049dcd4f93539596cb314ae22720c6a110a14a3bb"
			 "b82fffa9f0e220437111bcfe771e55c8dd9d07c73e0aff2cade541de54bace181a1e542b"
			 "9ad9189769"));
	assert_int_equal(exchange(SEC_E_OK), SEC_E_OK);
}

/* Versions 2 to 4: the key itself, and the key counted up. */
static void both_roles_write_the_vectors_of_version(uint32_t version)
{
	CLEANUP(writer_wipe) struct byte_writer token = writer_growing();

	assert_true(policy_set_remediation(&bench.policy, "vulnerable"));
	assert_true(policy_set_remediation(&bench.server_policy, "mitigated"));
	bench.policy.credssp_version = version;
	seam_script_random(hex(DRAWN));
	exchange_to_proof();
	assert_int_equal(bench.sent.version, version);
	assert_int_equal(bench.sent.fields, HAS_NEGO_TOKENS | HAS_PUB_KEY_AUTH);
	assert_bytes(bench.sent.pub_key_auth,
		     hex("01000000afa1681be1c5d32b00000000008e7ab42cf8739eb098e8270178d3467d280cfb"
			 "27b9dc38aa8b95fa21386760c9a87961b3adb635e26993117d445753913b522115c7554b"
			 "c89b1594d075409905"));
	assert_int_equal(let_server_answer(&token), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(feed(writer_slice(&token)), SEC_E_OK);
	assert_int_equal(bench.sent.fields, HAS_AUTH_INFO); /* no nonce for who does not know it */
	assert_bytes(bench.sent.auth_info,
		     hex("0100000048dc92e1abe70a8c010000007b6e1bdefa06b49f9ce91a8d85e1b150c58a6b75"
			 "693944fbab71f307b7175ba92f2dd911b5948f62765eb8878a205799a6e50fcb1ddf45e7"
			 "02c06e4db6"));
	assert_int_equal(exchange(SEC_E_OK), SEC_E_OK);
}

static void both_roles_write_the_vectors_of_version_2(void **state)
{
	(void)state;
	both_roles_write_the_vectors_of_version(2);
}

static void both_roles_write_the_vectors_of_version_3(void **state)
{
	(void)state;
	both_roles_write_the_vectors_of_version(3);
}

static void both_roles_write_the_vectors_of_version_4(void **state)
{
	(void)state;
	both_roles_write_the_vectors_of_version(4);
}

/* --- NTLM in SPNEGO: both last legs */

static void the_proof_goes_beside_the_last_token_in_spnego_too(void **state)
{
	struct neg_token_resp resp;

	(void)state;
	bench.always_spnego = true;
	exchange_to_proof();
	assert_int_equal(bench.sent.fields, HAS_NEGO_TOKENS | HAS_PUB_KEY_AUTH | HAS_CLIENT_NONCE);
	assert_true(neg_token_resp_parse(bench.sent.nego_token, &resp));
	assert_int_equal(resp.mech_list_mic.size, 16);
	/* The server's MIC and its proof come in one message. */
	assert_int_equal(exchange(SEC_I_CONTINUE_NEEDED), SEC_E_OK);
	assert_int_equal(exchange(SEC_E_OK), SEC_E_OK);
}

/* Somebody in between takes the client's MIC out of its last token; the proof beside it, or behind it, is right. */
static SECURITY_STATUS drop_the_clients_mic(bool with_proof, struct ts_request *said)
{
	CLEANUP(writer_wipe)
	struct byte_writer token = writer_growing(), request = writer_growing(),
			   said_bytes = writer_growing();
	struct ts_request changed = bench.sent;
	struct neg_token_resp resp;
	SECURITY_STATUS status;

	assert_true(neg_token_resp_parse(bench.sent.nego_token, &resp));
	resp.mech_list_mic = slice_of(NULL, 0);
	neg_token_resp_write(&token, &resp);
	changed.nego_token = writer_slice(&token);
	if (!with_proof)
		changed.fields &= ~(unsigned)HAS_PUB_KEY_AUTH;
	ts_request_write(&request, &changed);
	writer_wipe(&bench.output);
	clear_stream_write(&bench.output, CLEAR_DATA, writer_slice(&request));
	status = let_server_answer(&said_bytes);
	assert_true(said_bytes.size > 5);
	assert_true(ts_request_parse(slice_of(said_bytes.data + 5, said_bytes.size - 5), said));
	return status;
}

static void a_clients_proof_does_not_stand_in_for_its_mic(void **state)
{
	struct ts_request said;

	(void)state;
	for (int with_proof = 0; with_proof < 2; with_proof++) {
		void *none = NULL;

		bench.always_spnego = true;
		exchange_to_proof();
		assert_int_equal(drop_the_clients_mic(with_proof, &said), SEC_E_MESSAGE_ALTERED);
		assert_int_equal(said.fields, HAS_ERROR_CODE);
		assert_int_equal(said.error_code, NTSTATUS_LOGON_FAILURE);
		(void)end(&none);
		(void)begin(&none);
	}
}

/* What the server answered in one message comes in two, or in part. */
static void split_last_answer(bool with_mic, bool with_proof, SECURITY_STATUS *of_mic,
			      SECURITY_STATUS *of_proof)
{
	CLEANUP(writer_wipe) struct byte_writer token = writer_growing();
	struct byte_reader in;
	struct ts_request request;
	struct slice rest;

	bench.always_spnego = true;
	exchange_to_proof();
	assert_int_equal(let_server_answer(&token), SEC_I_CONTINUE_NEEDED);
	in = reader_of(writer_slice(&token));
	assert_true(reader_skip(&in, 5));
	rest = reader_rest(&in);
	assert_true(ts_request_parse(rest, &request));
	assert_int_equal(request.fields, HAS_NEGO_TOKENS | HAS_PUB_KEY_AUTH);
	if (with_mic)
		*of_mic = answer(
			(struct ts_request) { .fields = HAS_NEGO_TOKENS, .nego_token = request.nego_token });
	if (with_proof)
		*of_proof = answer((struct ts_request) { .fields = HAS_PUB_KEY_AUTH,
							 .pub_key_auth = request.pub_key_auth });
}

static void the_servers_mic_may_come_before_its_proof(void **state)
{
	SECURITY_STATUS of_mic, of_proof;

	(void)state;
	split_last_answer(true, true, &of_mic, &of_proof);
	assert_int_equal(of_mic, SEC_I_CONTINUE_NEEDED);
	assert_int_equal(of_proof, SEC_E_OK);
	assert_int_equal(bench.sent.fields, HAS_AUTH_INFO | HAS_CLIENT_NONCE);
}

/* pubKeyAuth never stands in for a due MIC. */
static void a_proof_without_the_due_mic_gets_no_credentials(void **state)
{
	SECURITY_STATUS of_mic, of_proof;

	(void)state;
	split_last_answer(false, true, &of_mic, &of_proof);
	assert_refused(of_proof, REASON_UNEXPECTED_MESSAGE);
}

/* --- Credentials leave only behind the server's proof */

static void the_password_leaves_with_the_last_token(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer memory = writer_growing();
	struct ts_credentials credentials;
	struct ts_request proof;

	(void)state;
	start();
	assert_int_equal(answer_challenge(), SEC_I_CONTINUE_NEEDED);
	proof = bench.sent;
	assert_int_equal(proof.fields, HAS_NEGO_TOKENS | HAS_PUB_KEY_AUTH | HAS_CLIENT_NONCE);
	/* answer_proof wants the token, the proof is opened behind it */
	{
		CLEANUP(writer_wipe) struct byte_writer token = writer_growing();
		uint8_t blob[16 + SHA256_SIZE];
		struct span data = { blob + 16, SHA256_SIZE };
		struct message message = { .header = { blob, 16 }, .data = &data, .data_count = 1 };

		assert_int_equal(server_token(&token), SEC_E_OK);
		open_client_proof();
		write_proof(SERVER_TO_CLIENT, clear_stream_public_key(), data.data);
		assert_int_equal(ntlm_package.seal(bench.server, &message), SEC_E_OK);
		assert_int_equal(answer((struct ts_request) { .fields = HAS_PUB_KEY_AUTH,
							      .pub_key_auth = slice_of(blob, sizeof(blob)) }),
				 SEC_E_OK);
	}
	assert_true(bench.leg.reached & FLAG_DELEGATE);
	assert_true(ts_credentials_parse(opened_credentials(&memory), &credentials));
	assert_bytes(credentials.user, u16("User"));
	assert_bytes(credentials.domain, u16("Domain"));
	assert_bytes(credentials.password, u16("Password"));
}

static void a_wrong_proof_gets_no_credentials(void **state)
{
	(void)state;
	start();
	assert_int_equal(answer_challenge(), SEC_I_CONTINUE_NEEDED);
	assert_refused(answer_proof(SERVER_TO_CLIENT, hex("0401020304")), REASON_KEY_BINDING_WRONG);
}

static void the_clients_own_label_is_no_proof(void **state)
{
	(void)state;
	start();
	assert_int_equal(answer_challenge(), SEC_I_CONTINUE_NEEDED);
	assert_refused(answer_proof(CLIENT_TO_SERVER, clear_stream_public_key()), REASON_KEY_BINDING_WRONG);
}

static void the_clients_own_proof_sent_back_is_refused(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer proof = writer_growing();

	(void)state;
	start();
	assert_int_equal(answer_challenge(), SEC_I_CONTINUE_NEEDED);
	writer_bytes(&proof, bench.sent.pub_key_auth);
	assert_refused(answer((struct ts_request) { .fields = HAS_PUB_KEY_AUTH,
						    .pub_key_auth = writer_slice(&proof) }),
		       REASON_MESSAGE_ALTERED);
}

static void an_answer_without_the_due_proof_gets_no_credentials(void **state)
{
	(void)state;
	start();
	assert_int_equal(answer_challenge(), SEC_I_CONTINUE_NEEDED);
	assert_refused(answer((struct ts_request) { 0 }), REASON_KEY_BINDING_MISSING);
}

/* gnome-remote-desktop refuses by an MCS Disconnect Provider Ultimatum inside TLS. */
static void what_is_no_ts_request_is_refused_as_such(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer records = writer_growing();

	(void)state;
	start();
	assert_int_equal(answer_challenge(), SEC_I_CONTINUE_NEEDED);
	clear_stream_write(&records, CLEAR_DATA, hex("0300000902f0802180"));
	assert_refused(feed(writer_slice(&records)), REASON_NO_TS_REQUEST);
}

static void a_proof_in_place_of_the_challenge_is_refused(void **state)
{
	(void)state;
	start();
	assert_refused(answer((struct ts_request) { .fields = HAS_PUB_KEY_AUTH, .pub_key_auth = hex("00") }),
		       REASON_UNEXPECTED_MESSAGE);
}

static void an_empty_answer_is_refused(void **state)
{
	(void)state;
	start();
	assert_refused(answer((struct ts_request) { 0 }), REASON_UNEXPECTED_MESSAGE);
}

static void auth_info_from_a_server_is_refused(void **state)
{
	(void)state;
	start();
	assert_refused(answer((struct ts_request) { .fields = HAS_AUTH_INFO, .auth_info = hex("00") }),
		       REASON_UNEXPECTED_MESSAGE);
}

static void another_nonce_from_the_server_is_refused(void **state)
{
	static const uint8_t zeros[TS_REQUEST_NONCE_SIZE];

	(void)state;
	start();
	assert_refused(answer((struct ts_request) { .fields = HAS_NEGO_TOKENS | HAS_CLIENT_NONCE,
						    .nego_token = hex("00"),
						    .client_nonce = slice_of(zeros, sizeof(zeros)) }),
		       REASON_CREDSSP_NONCE);
}

static void an_old_server_is_left_before_the_proof(void **state)
{
	(void)state;
	for (uint32_t version = 2; version < 5; version++) {
		begin(state);
		bench.server_version = version;
		start();
		assert_refused(answer_challenge(), REASON_CREDSSP_VERSION_REFUSED);
		end(state);
	}
	begin(state);
}

static void a_server_that_changes_its_version_is_refused(void **state)
{
	(void)state;
	start();
	assert_int_equal(answer_challenge(), SEC_I_CONTINUE_NEEDED);
	bench.server_version = 5;
	assert_refused(answer_proof(SERVER_TO_CLIENT, clear_stream_public_key()),
		       REASON_CREDSSP_VERSION_CHANGED);
}

static void an_error_code_ends_the_exchange_and_is_told(void **state)
{
	(void)state;
	start();
	assert_int_equal(answer_challenge(), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(answer((struct ts_request) { .fields = HAS_ERROR_CODE, .error_code = 0xC000006D }),
			 SEC_E_LOGON_DENIED);
	assert_int_equal(bench.leg.ntstatus, 0xC000006D);
	assert_refused(SEC_E_LOGON_DENIED, REASON_PEER_ERROR_CODE);
}

/* docs/decisions.md 10 */
static void without_trust_in_the_server_no_password_leaves(void **state)
{
	(void)state;
	bench.policy.ntlm_delegation = false;
	start();
	assert_int_equal(answer_challenge(), SEC_I_CONTINUE_NEEDED);
	assert_refused(answer_proof(SERVER_TO_CLIENT, clear_stream_public_key()),
		       REASON_DELEGATION_NTLM_ONLY);
}

static void a_pinned_server_gets_the_password(void **state)
{
	(void)state;
	bench.policy.ntlm_delegation = false;
	bench.pinned = true;
	start();
	assert_int_equal(answer_challenge(), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(answer_proof(SERVER_TO_CLIENT, clear_stream_public_key()), SEC_E_OK);
	assert_int_equal(bench.sent.fields, HAS_AUTH_INFO | HAS_CLIENT_NONCE);
}

static void without_delegate_empty_credentials_leave(void **state)
{
	(void)state;
	bench.policy.ntlm_delegation = false;
	bench.requested = 0;
	start();
	assert_int_equal(answer_challenge(), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(answer_proof(SERVER_TO_CLIENT, clear_stream_public_key()), SEC_E_OK);
	assert_int_equal(bench.sent.auth_info.size, 16 + 25);
	assert_false(bench.leg.reached & FLAG_DELEGATE);
}

/* NTLM proves no server: it counts as proved where its certificate was judged, or the caller vouches for it. */
static void mutual_authentication_that_was_demanded_is_missed(void **state)
{
	(void)state;
	bench.policy.ntlm_delegation = false;
	bench.requested = FLAG_MUTUAL_AUTH;
	start();
	assert_int_equal(answer_challenge(), SEC_I_CONTINUE_NEEDED);
	assert_refused(answer_proof(SERVER_TO_CLIENT, clear_stream_public_key()), REASON_SERVER_NOT_PROVED);
	assert_int_equal(bench.sent.fields, 0);
}

static void a_server_that_somebody_vouches_for_is_proved_enough(void **state)
{
	for (int pinned = 0; pinned < 2; pinned++) {
		bench.policy.ntlm_delegation = !pinned;
		bench.pinned = pinned;
		bench.requested = FLAG_MUTUAL_AUTH;
		start();
		assert_int_equal(answer_challenge(), SEC_I_CONTINUE_NEEDED);
		assert_int_equal(answer_proof(SERVER_TO_CLIENT, clear_stream_public_key()), SEC_E_OK);
		assert_false(bench.leg.reached & FLAG_MUTUAL_AUTH);
		end(state);
		begin(state);
	}
}

static void without_random_numbers_nothing_is_sent(void **state)
{
	(void)state;
	open_client();
	seam_fail_random(true);
	assert_refused(feed(hex("1603030000")), REASON_NO_RANDOM);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(both_roles_write_the_vectors),
		CASE(both_roles_write_the_vectors_of_version_2),
		CASE(both_roles_write_the_vectors_of_version_3),
		CASE(both_roles_write_the_vectors_of_version_4),
		CASE(the_proof_goes_beside_the_last_token_in_spnego_too),
		CASE(a_clients_proof_does_not_stand_in_for_its_mic),
		CASE(the_servers_mic_may_come_before_its_proof),
		CASE(a_proof_without_the_due_mic_gets_no_credentials),
		CASE(the_password_leaves_with_the_last_token),
		CASE(a_wrong_proof_gets_no_credentials),
		CASE(the_clients_own_label_is_no_proof),
		CASE(the_clients_own_proof_sent_back_is_refused),
		CASE(an_answer_without_the_due_proof_gets_no_credentials),
		CASE(what_is_no_ts_request_is_refused_as_such),
		CASE(a_proof_in_place_of_the_challenge_is_refused),
		CASE(an_empty_answer_is_refused),
		CASE(auth_info_from_a_server_is_refused),
		CASE(another_nonce_from_the_server_is_refused),
		CASE(an_old_server_is_left_before_the_proof),
		CASE(a_server_that_changes_its_version_is_refused),
		CASE(an_error_code_ends_the_exchange_and_is_told),
		CASE(without_trust_in_the_server_no_password_leaves),
		CASE(a_pinned_server_gets_the_password),
		CASE(without_delegate_empty_credentials_leave),
		CASE(mutual_authentication_that_was_demanded_is_missed),
		CASE(a_server_that_somebody_vouches_for_is_proved_enough),
		CASE(without_random_numbers_nothing_is_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
