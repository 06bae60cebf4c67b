/* The acceptor's rows and rules (MS-CSSP 3.1.5), against a client that can do everything wrong. */
#include "support/clear_stream.h"
#include "support/credssp_client.h"
#include "support/hex.h"
#include "support/seams.h"

#include "credssp/ts_credentials.h"

#define NONCE_LEGAL "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static struct credssp_client client;

static int begin(void **state)
{
	(void)state;
	client = credssp_client_of_vectors();
	return 0;
}

static int end(void **state)
{
	(void)state;
	credssp_client_close(&client);
	clear_stream_set_public_key(hex("046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
					"4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"));
	assert_int_equal(seam_blocks_alive(), 0);
	return 0;
}

/* Refused with this reason, for good, and with nothing but an errorCode as output. */
static void assert_refused(SECURITY_STATUS status, enum reason reason)
{
	if (client.leg.reason != reason)
		print_error("refused because of %s, expected %s\n", reason_word(client.leg.reason),
			    reason_word(reason));
	assert_int_equal(client.leg.reason, reason);
	assert_int_equal(status, reason_status(reason));
	assert_int_equal(client.answer.fields & ~(unsigned)HAS_ERROR_CODE, 0);
	assert_int_equal(credssp_client_feed(&client, hex("1703030000")), SEC_E_OUT_OF_SEQUENCE);
	assert_int_equal(client.output.size, 0);
}

static void log_on(void)
{
	credssp_client_open(&client);
	assert_int_equal(credssp_client_negotiate(&client), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(credssp_client_authenticate(&client), SEC_I_CONTINUE_NEEDED);
}

static union attribute_value query(enum attribute attribute)
{
	union attribute_value value;

	assert_int_equal(client.server->package->query(client.server, attribute, &value), REASON_OK);
	return value;
}

static void a_whole_logon_delegates_the_password(void **state)
{
	union attribute_value delegated;

	(void)state;
	log_on();
	assert_int_equal(client.answer.version, 6);
	assert_int_equal(client.answer.fields, HAS_PUB_KEY_AUTH);
	assert_int_equal(credssp_client_delegate(&client), SEC_E_OK);
	assert_int_equal(client.output.size, 0);
	assert_int_equal(client.leg.consumed, client.leg.input.size);
	assert_true(client.leg.reached & FLAG_DELEGATE);
	delegated = query(ATTRIBUTE_DELEGATED);
	assert_int_equal(delegated.delegated.type, DELEGATED_PASSWORD);
	assert_bytes(delegated.delegated.user, u16("User"));
	assert_bytes(delegated.delegated.domain, u16("Domain"));
	assert_bytes(delegated.delegated.password, u16("Password"));
	assert_bytes(secret_slice(&query(ATTRIBUTE_ACCOUNT).account->user), u16("User"));
	assert_int_equal(query(ATTRIBUTE_CREDSSP).credssp.peer_version, 6);
	assert_string_equal(query(ATTRIBUTE_INNER).inner.name, "NTLM");
}

static void the_server_proves_its_key_to_the_client(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer expected = writer_growing();
	struct span data;
	struct message message = { .data = &data, .data_count = 1 };

	(void)state;
	log_on();
	data = (struct span) { client.plain.data + (client.answer.pub_key_auth.data - client.plain.data),
			       client.answer.pub_key_auth.size };
	assert_int_equal(client.logon->package->open(client.logon, &message), SEC_E_OK);
	assert_int_equal(
		credssp_key_proof(SERVER_TO_CLIENT, 6, client.nonce, clear_stream_public_key(), &expected),
		REASON_OK);
	assert_bytes(slice_of(data.data, data.size), writer_slice(&expected));
}

static void version_5_logs_on_too(void **state)
{
	(void)state;
	client.version = 5;
	log_on();
	assert_int_equal(client.answer.version, 6);
	assert_int_equal(credssp_client_delegate(&client), SEC_E_OK);
	assert_int_equal(query(ATTRIBUTE_CREDSSP).credssp.peer_version, 5);
}

static void a_version_above_ours_counts_as_ours(void **state)
{
	(void)state;
	client.version = 0x60; /* nmap */
	log_on();
	assert_int_equal(query(ATTRIBUTE_CREDSSP).credssp.peer_version, 6);
	assert_int_equal(credssp_client_delegate(&client), SEC_E_OK);
}

static void pub_key_auth_may_come_in_a_message_of_its_own(void **state)
{
	struct slice token, proof;

	(void)state;
	credssp_client_open(&client);
	assert_int_equal(credssp_client_negotiate(&client), SEC_I_CONTINUE_NEEDED);
	token = credssp_client_token(&client);
	assert_int_equal(credssp_client_send(&client, (struct ts_request) { .fields = HAS_NEGO_TOKENS,
									    .nego_token = token }),
			 SEC_I_CONTINUE_NEEDED);
	assert_int_equal(client.output.size, 0);
	proof = credssp_client_proof(&client, CLIENT_TO_SERVER, clear_stream_public_key());
	assert_int_equal(credssp_client_send(
				 &client, (struct ts_request) { .fields = HAS_PUB_KEY_AUTH | HAS_CLIENT_NONCE,
								.pub_key_auth = proof,
								.client_nonce = client.nonce }),
			 SEC_I_CONTINUE_NEEDED);
	assert_int_equal(client.answer.fields, HAS_PUB_KEY_AUTH);
	assert_int_equal(credssp_client_delegate(&client), SEC_E_OK);
}

static void the_same_nonce_may_be_repeated_in_every_message(void **state)
{
	struct slice token;

	(void)state;
	credssp_client_open(&client);
	token = credssp_client_token(&client);
	assert_int_equal(credssp_client_send(
				 &client, (struct ts_request) { .fields = HAS_NEGO_TOKENS | HAS_CLIENT_NONCE,
								.nego_token = token,
								.client_nonce = client.nonce }),
			 SEC_I_CONTINUE_NEEDED);
	assert_int_equal(credssp_client_authenticate(&client), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(
		credssp_client_send(&client,
				    (struct ts_request) { .fields = HAS_AUTH_INFO | HAS_CLIENT_NONCE,
							  .auth_info = credssp_client_password(
								  &client, "Domain", "User", "Password"),
							  .client_nonce = client.nonce }),
		SEC_E_OK);
}

/* --- The proof */

/* The AUTHENTICATE, and beside it this as pubKeyAuth. The client's NTLM must have made the token before it can seal. */
static SECURITY_STATUS send_proof(struct slice token, struct slice proof)
{
	return credssp_client_send(
		&client,
		(struct ts_request) { .fields = HAS_NEGO_TOKENS | HAS_PUB_KEY_AUTH | HAS_CLIENT_NONCE,
				      .nego_token = token,
				      .pub_key_auth = proof,
				      .client_nonce = client.nonce });
}

static struct slice begin_and_answer_the_challenge(void)
{
	credssp_client_open(&client);
	assert_int_equal(credssp_client_negotiate(&client), SEC_I_CONTINUE_NEEDED);
	return credssp_client_token(&client);
}

static void accept_refuses_a_hash_over_another_key(void **state)
{
	struct slice token = begin_and_answer_the_challenge();

	(void)state;
	assert_refused(send_proof(token, credssp_client_proof(&client, CLIENT_TO_SERVER, hex("04010203"))),
		       REASON_KEY_BINDING_WRONG);
}

static void accept_refuses_a_hash_with_the_servers_label(void **state)
{
	struct slice token = begin_and_answer_the_challenge();

	(void)state;
	assert_refused(
		send_proof(token, credssp_client_proof(&client, SERVER_TO_CLIENT, clear_stream_public_key())),
		REASON_KEY_BINDING_WRONG);
}

/* What versions 2 to 4 send. */
static void accept_refuses_the_key_itself_in_place_of_its_hash(void **state)
{
	struct slice token = begin_and_answer_the_challenge();

	(void)state;
	assert_refused(send_proof(token, credssp_client_seal(&client, clear_stream_public_key())),
		       REASON_KEY_BINDING_WRONG);
}

static void accept_refuses_an_altered_seal(void **state)
{
	struct slice token = begin_and_answer_the_challenge(), proof;

	(void)state;
	proof = credssp_client_proof(&client, CLIENT_TO_SERVER, clear_stream_public_key());
	client.kept[client.kept_count - 1].data[proof.size - 1] ^= 1;
	assert_refused(send_proof(token, proof), REASON_MESSAGE_ALTERED);
}

/* The AUTHENTICATE and a right proof, with this field as the nonce. */
static SECURITY_STATUS authenticate_with_nonce(bool present, struct slice nonce)
{
	struct slice token = credssp_client_token(&client);
	struct slice proof = credssp_client_proof(&client, CLIENT_TO_SERVER, clear_stream_public_key());

	return credssp_client_send(&client,
				   (struct ts_request) { .fields = HAS_NEGO_TOKENS | HAS_PUB_KEY_AUTH |
								   (present ? HAS_CLIENT_NONCE : 0u),
							 .nego_token = token,
							 .pub_key_auth = proof,
							 .client_nonce = nonce });
}

static void accept_refuses_a_proof_without_nonce(void **state)
{
	(void)state;
	credssp_client_open(&client);
	credssp_client_negotiate(&client);
	assert_refused(authenticate_with_nonce(false, slice_of(NULL, 0)), REASON_CREDSSP_NONCE);
}

static void assert_nonce_refused(const char *nonce)
{
	credssp_client_open(&client);
	credssp_client_negotiate(&client);
	assert_refused(authenticate_with_nonce(true, hex(nonce)), REASON_CREDSSP_NONCE);
}

static void accept_refuses_a_nonce_of_0_bytes(void **state)
{
	(void)state;
	assert_nonce_refused("");
}

static void accept_refuses_a_nonce_of_16_bytes(void **state)
{
	(void)state;
	assert_nonce_refused("000102030405060708090a0b0c0d0e0f");
}

static void accept_refuses_a_nonce_of_31_bytes(void **state)
{
	(void)state;
	assert_nonce_refused("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e");
}

static void accept_refuses_a_nonce_of_33_bytes(void **state)
{
	(void)state;
	assert_nonce_refused(NONCE_LEGAL "20");
}

static void accept_refuses_a_nonce_that_changes_between_legs(void **state)
{
	struct slice token;

	(void)state;
	credssp_client_open(&client);
	token = credssp_client_token(&client);
	credssp_client_send(&client, (struct ts_request) { .fields = HAS_NEGO_TOKENS | HAS_CLIENT_NONCE,
							   .nego_token = token,
							   .client_nonce = client.nonce });
	client.nonce = hex("ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
	assert_refused(credssp_client_authenticate(&client), REASON_CREDSSP_NONCE);
}

/* --- Versions */

static void assert_version_refused(uint32_t version, bool told)
{
	client.version = version;
	credssp_client_open(&client);
	assert_int_equal(credssp_client_negotiate(&client), SEC_E_UNSUPPORTED_FUNCTION);
	assert_int_equal(client.authority.asked, 0);
	assert_int_equal(client.answer.fields, told ? HAS_ERROR_CODE : 0);
	if (told)
		assert_int_equal(client.answer.error_code, NTSTATUS_NOT_SUPPORTED);
	assert_refused(SEC_E_UNSUPPORTED_FUNCTION == reason_status(client.leg.reason)
			       ? SEC_E_UNSUPPORTED_FUNCTION
			       : 0,
		       REASON_CREDSSP_VERSION_REFUSED);
}

static void accept_refuses_version_0_at_its_first_message(void **state)
{
	(void)state;
	assert_version_refused(0, false);
}

static void accept_refuses_version_2_at_its_first_message(void **state)
{
	(void)state;
	assert_version_refused(2, false);
}

static void accept_refuses_version_3_at_its_first_message_and_says_so(void **state)
{
	(void)state;
	assert_version_refused(3, true);
}

static void accept_refuses_version_4_at_its_first_message_and_says_so(void **state)
{
	(void)state;
	assert_version_refused(4, true);
}

static void accept_refuses_a_version_that_changes(void **state)
{
	(void)state;
	credssp_client_open(&client);
	assert_int_equal(credssp_client_negotiate(&client), SEC_I_CONTINUE_NEEDED);
	client.version = 5;
	assert_refused(credssp_client_authenticate(&client), REASON_CREDSSP_VERSION_CHANGED);
}

static void accept_refuses_a_version_that_rises_above_ours(void **state)
{
	(void)state;
	log_on();
	client.version = 7;
	assert_refused(credssp_client_delegate(&client), REASON_CREDSSP_VERSION_CHANGED);
}

/* --- Order */

static void accept_refuses_auth_info_before_any_logon(void **state)
{
	(void)state;
	credssp_client_open(&client);
	assert_refused(credssp_client_send(&client, (struct ts_request) { .fields = HAS_AUTH_INFO,
									  .auth_info = hex("00") }),
		       REASON_UNEXPECTED_MESSAGE);
}

static void accept_refuses_auth_info_before_pub_key_auth(void **state)
{
	struct slice token;

	(void)state;
	credssp_client_open(&client);
	credssp_client_negotiate(&client);
	token = credssp_client_token(&client);
	credssp_client_send(&client, (struct ts_request) { .fields = HAS_NEGO_TOKENS, .nego_token = token });
	assert_refused(credssp_client_delegate(&client), REASON_UNEXPECTED_MESSAGE);
}

static void accept_refuses_auth_info_beside_pub_key_auth(void **state)
{
	struct slice token, proof, credentials;

	(void)state;
	credssp_client_open(&client);
	credssp_client_negotiate(&client);
	token = credssp_client_token(&client);
	proof = credssp_client_proof(&client, CLIENT_TO_SERVER, clear_stream_public_key());
	credentials = credssp_client_password(&client, "Domain", "User", "Password");
	assert_refused(credssp_client_send(
			       &client, (struct ts_request) { .fields = HAS_NEGO_TOKENS | HAS_PUB_KEY_AUTH |
									HAS_CLIENT_NONCE | HAS_AUTH_INFO,
							      .nego_token = token,
							      .pub_key_auth = proof,
							      .auth_info = credentials,
							      .client_nonce = client.nonce }),
		       REASON_UNEXPECTED_MESSAGE);
}

static void accept_refuses_auth_info_with_nego_tokens(void **state)
{
	(void)state;
	log_on();
	assert_refused(
		credssp_client_send(&client,
				    (struct ts_request) { .fields = HAS_AUTH_INFO | HAS_NEGO_TOKENS,
							  .nego_token = hex("4e544c4d53535000"),
							  .auth_info = credssp_client_password(
								  &client, "Domain", "User", "Password") }),
		REASON_UNEXPECTED_MESSAGE);
}

static void accept_refuses_auth_info_with_another_proof(void **state)
{
	struct slice proof, credentials;

	(void)state;
	log_on();
	proof = credssp_client_proof(&client, CLIENT_TO_SERVER, clear_stream_public_key());
	credentials = credssp_client_password(&client, "Domain", "User", "Password");
	assert_refused(
		credssp_client_send(&client, (struct ts_request) { .fields = HAS_AUTH_INFO | HAS_PUB_KEY_AUTH,
								   .pub_key_auth = proof,
								   .auth_info = credentials }),
		REASON_UNEXPECTED_MESSAGE);
}

static void accept_refuses_auth_info_twice(void **state)
{
	(void)state;
	log_on();
	assert_int_equal(credssp_client_delegate(&client), SEC_E_OK);
	assert_int_equal(credssp_client_delegate(&client), SEC_E_OUT_OF_SEQUENCE);
	assert_int_equal(client.output.size, 0);
	assert_int_equal(query(ATTRIBUTE_DELEGATED).delegated.type, DELEGATED_PASSWORD);
}

static void accept_refuses_pub_key_auth_before_the_logon_is_complete(void **state)
{
	struct slice token;

	(void)state;
	credssp_client_open(&client);
	token = credssp_client_token(&client);
	assert_refused(credssp_client_send(&client, (struct ts_request) { .fields = HAS_NEGO_TOKENS |
										    HAS_PUB_KEY_AUTH |
										    HAS_CLIENT_NONCE,
									  .nego_token = token,
									  .pub_key_auth = hex("00"),
									  .client_nonce = client.nonce }),
		       REASON_UNEXPECTED_MESSAGE);
}

static void accept_refuses_pub_key_auth_alone_at_first(void **state)
{
	(void)state;
	credssp_client_open(&client);
	assert_refused(credssp_client_send(
			       &client, (struct ts_request) { .fields = HAS_PUB_KEY_AUTH | HAS_CLIENT_NONCE,
							      .pub_key_auth = hex("00"),
							      .client_nonce = client.nonce }),
		       REASON_UNEXPECTED_MESSAGE);
}

static void accept_refuses_a_second_logon(void **state)
{
	(void)state;
	log_on();
	assert_refused(
		credssp_client_send(&client, (struct ts_request) { .fields = HAS_NEGO_TOKENS,
								   .nego_token = hex("4e544c4d53535000") }),
		REASON_UNEXPECTED_MESSAGE);
}

static void accept_refuses_a_clients_error_code(void **state)
{
	(void)state;
	credssp_client_open(&client);
	assert_refused(credssp_client_send(&client,
					   (struct ts_request) { .fields = HAS_NEGO_TOKENS | HAS_ERROR_CODE,
								 .nego_token = credssp_client_token(&client),
								 .error_code = 1 }),
		       REASON_UNEXPECTED_MESSAGE);
}

static void accept_refuses_a_message_that_carries_nothing(void **state)
{
	(void)state;
	credssp_client_open(&client);
	assert_refused(credssp_client_send(&client, (struct ts_request) { 0 }), REASON_UNEXPECTED_MESSAGE);
}

/* --- The logon */

static void assert_logon_failure(enum reason reason)
{
	credssp_client_open(&client);
	assert_int_equal(credssp_client_negotiate(&client), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(credssp_client_authenticate(&client), SEC_E_LOGON_DENIED);
	assert_int_equal(client.answer.fields, HAS_ERROR_CODE);
	assert_int_equal(client.answer.error_code, NTSTATUS_LOGON_FAILURE);
	assert_refused(SEC_E_LOGON_DENIED, reason);
}

static void a_wrong_password_reaches_version_6_as_error_code(void **state)
{
	(void)state;
	client.password = u16("password");
	credssp_client_open(&client);
	assert_int_equal(credssp_client_negotiate(&client), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(credssp_client_authenticate(&client), SEC_E_LOGON_DENIED);
	assert_int_equal(client.leg.reason, REASON_WRONG_PASSWORD);
	assert_bytes(writer_slice(&client.plain), hex("300da003020106a4060204c000006d"));
}

static void an_unknown_user_is_told_the_same_as_a_wrong_password(void **state)
{
	(void)state;
	credssp_client_open(&client);
	client.authority.user = u16("Somebody");
	assert_int_equal(credssp_client_negotiate(&client), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(credssp_client_authenticate(&client), SEC_E_LOGON_DENIED);
	assert_int_equal(client.leg.reason, REASON_UNKNOWN_USER);
	assert_bytes(writer_slice(&client.plain), hex("300da003020106a4060204c000006d"));
}

static void version_5_is_told_nothing_by_error_code(void **state)
{
	(void)state;
	client.version = 5;
	client.password = u16("password");
	credssp_client_open(&client);
	credssp_client_negotiate(&client);
	assert_int_equal(credssp_client_authenticate(&client), SEC_E_LOGON_DENIED);
	assert_int_equal(client.output.size, 0);
}

static void without_extended_error_there_is_no_error_code(void **state)
{
	(void)state;
	client.requested = 0;
	client.password = u16("password");
	credssp_client_open(&client);
	credssp_client_negotiate(&client);
	assert_int_equal(credssp_client_authenticate(&client), SEC_E_LOGON_DENIED);
	assert_int_equal(client.output.size, 0);
}

static void an_authoritys_ntstatus_is_the_error_code(void **state)
{
	(void)state;
	client.authority.verdict = REASON_AUTHORITY_REFUSED;
	client.authority.ntstatus = 0xC0000234; /* STATUS_ACCOUNT_LOCKED_OUT */
	credssp_client_open(&client);
	credssp_client_negotiate(&client);
	assert_int_equal(credssp_client_authenticate(&client), SEC_E_LOGON_DENIED);
	assert_int_equal(client.answer.error_code, 0xC0000234);
	assert_int_equal(client.leg.ntstatus, 0xC0000234);
}

static void without_an_authority_nobody_logs_on(void **state)
{
	(void)state;
	client.without_authority = true;
	assert_logon_failure(REASON_NO_ACCOUNTS);
}

static void a_logon_that_cannot_seal_is_refused(void **state)
{
	(void)state;
	client.logon_flags = FLAG_INTEGRITY;
	credssp_client_open(&client);
	assert_int_equal(credssp_client_negotiate(&client), SEC_I_CONTINUE_NEEDED);
	assert_refused(credssp_client_send(
			       &client, (struct ts_request) { .fields = HAS_NEGO_TOKENS,
							      .nego_token = credssp_client_token(&client) }),
		       REASON_NTLM_FLAGS);
}

static void a_nego_token_that_is_no_ntlm_is_refused(void **state)
{
	(void)state;
	credssp_client_open(&client);
	assert_refused(credssp_client_send(&client, (struct ts_request) { .fields = HAS_NEGO_TOKENS,
									  .nego_token = hex("6000") }),
		       REASON_BAD_TOKEN);
}

static void an_empty_nego_token_is_refused(void **state)
{
	(void)state;
	credssp_client_open(&client);
	assert_refused(credssp_client_send(&client, (struct ts_request) { .fields = HAS_NEGO_TOKENS }),
		       REASON_BAD_TOKEN);
}

/* --- Delegated credentials. After our pubKeyAuth the client reads no errorCode: the output is empty. */

static void assert_credentials_refused(struct slice auth_info, enum reason reason)
{
	SECURITY_STATUS status = credssp_client_send(
		&client, (struct ts_request) { .fields = HAS_AUTH_INFO, .auth_info = auth_info });
	union attribute_value value;

	assert_int_equal(client.output.size, 0);
	assert_refused(status, reason);
	assert_int_equal(client.server->package->query(client.server, ATTRIBUTE_DELEGATED, &value),
			 REASON_OUT_OF_SEQUENCE);
	assert_int_equal(client.server->package->query(client.server, ATTRIBUTE_ACCOUNT, &value),
			 REASON_OUT_OF_SEQUENCE);
}

static void three_empty_texts_delegate_nothing(void **state)
{
	union attribute_value value;

	(void)state;
	log_on();
	assert_int_equal(
		credssp_client_send(&client, (struct ts_request) { .fields = HAS_AUTH_INFO,
								   .auth_info = credssp_client_password(
									   &client, "", "", "") }),
		SEC_E_OK);
	assert_false(client.leg.reached & FLAG_DELEGATE);
	assert_int_equal(client.authority.asked_delegated, 0);
	assert_int_equal(client.server->package->query(client.server, ATTRIBUTE_DELEGATED, &value),
			 REASON_NO_CREDENTIAL);
	assert_bytes(secret_slice(&query(ATTRIBUTE_ACCOUNT).account->user), u16("User"));
}

static void another_user_than_the_one_who_logged_on_is_refused(void **state)
{
	(void)state;
	log_on();
	assert_credentials_refused(credssp_client_password(&client, "Domain", "Other", "Password"),
				   REASON_NOT_THE_SAME_USER);
}

static void a_delegated_password_that_is_not_the_accounts_is_refused(void **state)
{
	(void)state;
	log_on();
	assert_credentials_refused(credssp_client_password(&client, "Domain", "User", "password"),
				   REASON_DELEGATED_PASSWORD_WRONG);
}

static void an_empty_password_beside_a_name_is_no_empty_delegation(void **state)
{
	(void)state;
	log_on();
	assert_credentials_refused(credssp_client_password(&client, "Domain", "User", ""),
				   REASON_DELEGATED_PASSWORD_WRONG);
}

static void what_the_authority_says_of_credentials_counts(void **state)
{
	(void)state;
	client.authority.delegated_verdict = REASON_AUTHORITY_FAILED;
	log_on();
	assert_credentials_refused(credssp_client_password(&client, "Domain", "User", "Password"),
				   REASON_AUTHORITY_FAILED);
}

static void a_nul_at_the_end_of_each_text_is_cut(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer plain = writer_growing();
	union attribute_value value;

	(void)state;
	log_on();
	ts_credentials_write(&plain, &(struct ts_credentials) {
					     .domain = hex("44006f006d00610069006e000000"),
					     .user = hex("55007300650072000000"),
					     .password = hex("500061007300730077006f007200640000000000") });
	assert_int_equal(
		credssp_client_send(&client, (struct ts_request) { .fields = HAS_AUTH_INFO,
								   .auth_info = credssp_client_seal(
									   &client, writer_slice(&plain)) }),
		SEC_E_OK);
	value = query(ATTRIBUTE_DELEGATED);
	assert_bytes(value.delegated.user, u16("User"));
	assert_bytes(value.delegated.domain, u16("Domain"));
	assert_bytes(value.delegated.password, u16("Password"));
}

static void credentials_that_are_no_der_are_refused(void **state)
{
	(void)state;
	log_on();
	assert_credentials_refused(credssp_client_seal(&client, hex("3003a00302")),
				   REASON_CREDENTIALS_MALFORMED);
}

static void credentials_of_an_unknown_kind_are_refused(void **state)
{
	(void)state;
	log_on();
	assert_credentials_refused(
		credssp_client_seal(&client, hex("3017a003020103a110040e300ca0020400a1020400a2020400")),
		REASON_CREDENTIALS_MALFORMED);
}

static void auth_info_that_was_altered_is_refused(void **state)
{
	struct slice blob;

	(void)state;
	log_on();
	blob = credssp_client_password(&client, "Domain", "User", "Password");
	client.kept[client.kept_count - 1].data[blob.size - 1] ^= 1;
	assert_credentials_refused(blob, REASON_MESSAGE_ALTERED);
}

static void auth_info_shorter_than_a_signature_is_refused(void **state)
{
	(void)state;
	log_on();
	assert_credentials_refused(hex("0100000000"), REASON_BAD_TOKEN);
}

/* A smart card with user hint and domain hint as given, or without hints. */
static struct slice smart_card(const char *user, const char *domain)
{
	CLEANUP(writer_wipe) struct byte_writer plain = writer_growing(), kind = writer_growing();
	struct slice hints[] = { u16(user), u16(domain) };

	writer_bytes(&kind, hex("a004 0402 3100 a107 3005 a003 020101"));
	for (uint8_t i = 0; user[0] && i < 2; i++) {
		writer_bytes(&kind, slice_of((uint8_t[]) { (uint8_t)(0xa2 + i), (uint8_t)(hints[i].size + 2),
							   4, (uint8_t)hints[i].size },
					     4));
		writer_bytes(&kind, hints[i]);
	}
	writer_bytes(&plain, slice_of((uint8_t[]) { 0x30, (uint8_t)(kind.size + 11), 0xa0, 3, 2, 1, 2, 0xa1,
						    (uint8_t)(kind.size + 4), 4, (uint8_t)(kind.size + 2),
						    0x30, (uint8_t)kind.size },
				      13));
	writer_bytes(&plain, writer_slice(&kind));
	return credssp_client_seal(&client, writer_slice(&plain));
}

static void a_smart_card_without_hints_is_the_programs_to_judge(void **state)
{
	(void)state;
	log_on();
	assert_int_equal(
		credssp_client_send(&client, (struct ts_request) { .fields = HAS_AUTH_INFO,
								   .auth_info = smart_card("", "") }),
		SEC_E_OK);
	assert_int_equal(query(ATTRIBUTE_DELEGATED).delegated.type, DELEGATED_SMART_CARD);
	assert_int_equal(query(ATTRIBUTE_DELEGATED).delegated.password.size, 0);
}

static void a_smart_card_with_the_users_own_hints_is_taken(void **state)
{
	(void)state;
	log_on();
	assert_int_equal(credssp_client_send(
				 &client, (struct ts_request) { .fields = HAS_AUTH_INFO,
								.auth_info = smart_card("User", "Domain") }),
			 SEC_E_OK);
}

static void a_smart_card_with_hints_at_another_user_is_refused(void **state)
{
	(void)state;
	log_on();
	assert_credentials_refused(smart_card("Other", "Domain"), REASON_NOT_THE_SAME_USER);
}

static void remote_guard_credentials_are_refused(void **state)
{
	(void)state;
	log_on();
	assert_credentials_refused(
		credssp_client_seal(&client, hex("301ba003020106a11404123010a00e300ca0060404 4b006500"
						 "a1020400")),
		REASON_REMOTE_GUARD);
}

/* --- Bytes */

static void a_token_that_is_no_der_is_refused(void **state)
{
	(void)state;
	credssp_client_open(&client);
	assert_refused(credssp_client_feed(&client, hex("17030300053180a00302")), REASON_NO_TS_REQUEST);
}

static void a_token_of_indefinite_length_is_refused(void **state)
{
	(void)state;
	credssp_client_open(&client);
	assert_refused(credssp_client_feed(&client, hex("17030300043080a003")), REASON_BAD_TOKEN);
}

static void a_malformed_ts_request_is_refused(void **state)
{
	(void)state;
	credssp_client_open(&client);
	assert_refused(credssp_client_feed(&client, hex("17030300073005a003020106")),
		       REASON_UNEXPECTED_MESSAGE);
	credssp_client_close(&client);
	client = credssp_client_of_vectors();
	credssp_client_open(&client);
	assert_refused(credssp_client_feed(&client, hex("17030300073005a103020106")), REASON_BAD_TOKEN);
}

static void bytes_behind_a_ts_request_in_its_record_are_refused(void **state)
{
	(void)state;
	credssp_client_open(&client);
	assert_refused(credssp_client_feed(&client, hex("17030300083005a00302010600")), REASON_BAD_TOKEN);
}

static void a_ts_request_above_the_limit_is_refused_by_its_header(void **state)
{
	(void)state;
	credssp_client_open(&client);
	assert_refused(credssp_client_feed(&client, hex("170303000530 83 020001")), REASON_TOKEN_TOO_BIG);
}

static void a_close_in_the_middle_is_told_as_such(void **state)
{
	(void)state;
	credssp_client_open(&client);
	credssp_client_negotiate(&client);
	assert_refused(credssp_client_feed(&client, hex("1503030000")), REASON_PEER_CLOSED);
}

static void a_broken_stream_is_refused(void **state)
{
	(void)state;
	credssp_client_open(&client);
	assert_int_equal(credssp_client_feed(&client, hex("474554202f")), SEC_E_DECRYPT_FAILURE);
	assert_int_equal(client.output.size, 0);
	assert_refused(SEC_E_DECRYPT_FAILURE, REASON_TLS_RECORD);
}

/* The record's end inside a TSRequest: go on, without a token. */
static void a_ts_request_may_come_in_several_records(void **state)
{
	struct slice token, request;
	struct byte_writer record;

	(void)state;
	credssp_client_open(&client);
	token = credssp_client_token(&client);
	request = credssp_client_records(
		&client, (struct ts_request) { .fields = HAS_NEGO_TOKENS, .nego_token = token });
	for (size_t i = 5; i < request.size; i++) {
		record = writer_growing();
		clear_stream_write(&record, CLEAR_DATA, slice_of(request.data + i, 1));
		assert_int_equal(credssp_client_feed(&client, writer_slice(&record)), SEC_I_CONTINUE_NEEDED);
		assert_int_equal(client.leg.consumed, 6);
		assert_int_equal(client.output.size == 0, i + 1 < request.size);
		writer_wipe(&record);
	}
	assert_int_equal(client.answer.fields, HAS_NEGO_TOKENS);
	assert_int_equal(credssp_client_authenticate(&client), SEC_I_CONTINUE_NEEDED);
}

static void a_record_cut_anywhere_is_incomplete_and_changes_nothing(void **state)
{
	struct slice token, request;

	(void)state;
	credssp_client_open(&client);
	token = credssp_client_token(&client);
	request = credssp_client_records(
		&client, (struct ts_request) { .fields = HAS_NEGO_TOKENS, .nego_token = token });
	for (size_t size = 0; size < request.size; size++) {
		assert_int_equal(credssp_client_feed(&client, slice_of(request.data, size)),
				 SEC_E_INCOMPLETE_MESSAGE);
		assert_int_equal(client.leg.consumed, 0);
		assert_int_equal(client.output.size, 0);
		assert_true(client.leg.missing > 0 && client.leg.missing <= request.size - size);
	}
	assert_int_equal(credssp_client_feed(&client, request), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(client.answer.fields, HAS_NEGO_TOKENS);
}

static void two_ts_requests_in_one_input_are_taken_one_by_one(void **state)
{
	struct slice proof, token, both;
	CLEANUP(writer_wipe) struct byte_writer input = writer_growing();

	(void)state;
	credssp_client_open(&client);
	credssp_client_negotiate(&client);
	token = credssp_client_token(&client);
	proof = credssp_client_proof(&client, CLIENT_TO_SERVER, clear_stream_public_key());
	writer_bytes(&input,
		     credssp_client_records(&client, (struct ts_request) { .fields = HAS_NEGO_TOKENS |
										     HAS_PUB_KEY_AUTH |
										     HAS_CLIENT_NONCE,
									   .nego_token = token,
									   .pub_key_auth = proof,
									   .client_nonce = client.nonce }));
	writer_bytes(&input, hex("1703030001 00"));
	both = writer_slice(&input);
	assert_int_equal(credssp_client_feed(&client, both), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(client.leg.consumed, both.size - 6);
}

static void what_lies_behind_auth_info_is_left(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer input = writer_growing();
	struct slice credentials;

	(void)state;
	log_on();
	credentials = credssp_client_password(&client, "Domain", "User", "Password");
	writer_bytes(&input,
		     credssp_client_records(&client, (struct ts_request) { .fields = HAS_AUTH_INFO,
									   .auth_info = credentials }));
	clear_stream_write(&input, CLEAR_DATA, SLICE_LITERAL("MCS Connect Initial"));
	assert_int_equal(credssp_client_feed(&client, writer_slice(&input)), SEC_E_OK);
	assert_int_equal(client.leg.input.size - client.leg.consumed, 5 + sizeof("MCS Connect Initial") - 1);
}

static void messages_before_the_end_are_refused(void **state)
{
	struct span data = { NULL, 0 };
	struct message message = { .data = &data, .data_count = 1 };

	(void)state;
	log_on();
	assert_int_equal(client.server->package->open(client.server, &message), SEC_E_OUT_OF_SEQUENCE);
	assert_int_equal(client.server->package->seal(client.server, &message), SEC_E_OUT_OF_SEQUENCE);
}

static void without_memory_nobody_is_accepted_and_nothing_leaks(void **state)
{
	bool accepted = false;

	(void)state;
	for (long n = 1; !accepted; n++) {
		SECURITY_STATUS status;

		client = credssp_client_of_vectors();
		client.fail_allocation = n;
		credssp_client_open(&client);
		status = client.allocations >= n ? SEC_E_INSUFFICIENT_MEMORY
						 : credssp_client_negotiate(&client);
		if (status == SEC_I_CONTINUE_NEEDED)
			status = credssp_client_authenticate(&client);
		if (status == SEC_I_CONTINUE_NEEDED)
			status = credssp_client_delegate(&client);
		accepted = client.allocations < n;
		assert_int_equal(status, accepted ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY);
		if (!accepted)
			assert_int_equal(client.answer.fields & ~(unsigned)HAS_ERROR_CODE, 0);
		credssp_client_close(&client);
		assert_int_equal(seam_blocks_alive(), 0);
		assert_true(n < 1000);
	}
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_whole_logon_delegates_the_password),
		CASE(the_server_proves_its_key_to_the_client),
		CASE(version_5_logs_on_too),
		CASE(a_version_above_ours_counts_as_ours),
		CASE(pub_key_auth_may_come_in_a_message_of_its_own),
		CASE(the_same_nonce_may_be_repeated_in_every_message),
		CASE(accept_refuses_a_hash_over_another_key),
		CASE(accept_refuses_a_hash_with_the_servers_label),
		CASE(accept_refuses_the_key_itself_in_place_of_its_hash),
		CASE(accept_refuses_an_altered_seal),
		CASE(accept_refuses_a_proof_without_nonce),
		CASE(accept_refuses_a_nonce_of_0_bytes),
		CASE(accept_refuses_a_nonce_of_16_bytes),
		CASE(accept_refuses_a_nonce_of_31_bytes),
		CASE(accept_refuses_a_nonce_of_33_bytes),
		CASE(accept_refuses_a_nonce_that_changes_between_legs),
		CASE(accept_refuses_version_0_at_its_first_message),
		CASE(accept_refuses_version_2_at_its_first_message),
		CASE(accept_refuses_version_3_at_its_first_message_and_says_so),
		CASE(accept_refuses_version_4_at_its_first_message_and_says_so),
		CASE(accept_refuses_a_version_that_changes),
		CASE(accept_refuses_a_version_that_rises_above_ours),
		CASE(accept_refuses_auth_info_before_any_logon),
		CASE(accept_refuses_auth_info_before_pub_key_auth),
		CASE(accept_refuses_auth_info_beside_pub_key_auth),
		CASE(accept_refuses_auth_info_with_nego_tokens),
		CASE(accept_refuses_auth_info_with_another_proof),
		CASE(accept_refuses_auth_info_twice),
		CASE(accept_refuses_pub_key_auth_before_the_logon_is_complete),
		CASE(accept_refuses_pub_key_auth_alone_at_first),
		CASE(accept_refuses_a_second_logon),
		CASE(accept_refuses_a_clients_error_code),
		CASE(accept_refuses_a_message_that_carries_nothing),
		CASE(a_wrong_password_reaches_version_6_as_error_code),
		CASE(an_unknown_user_is_told_the_same_as_a_wrong_password),
		CASE(version_5_is_told_nothing_by_error_code),
		CASE(without_extended_error_there_is_no_error_code),
		CASE(an_authoritys_ntstatus_is_the_error_code),
		CASE(without_an_authority_nobody_logs_on),
		CASE(a_logon_that_cannot_seal_is_refused),
		CASE(a_nego_token_that_is_no_ntlm_is_refused),
		CASE(an_empty_nego_token_is_refused),
		CASE(three_empty_texts_delegate_nothing),
		CASE(another_user_than_the_one_who_logged_on_is_refused),
		CASE(a_delegated_password_that_is_not_the_accounts_is_refused),
		CASE(an_empty_password_beside_a_name_is_no_empty_delegation),
		CASE(what_the_authority_says_of_credentials_counts),
		CASE(a_nul_at_the_end_of_each_text_is_cut),
		CASE(credentials_that_are_no_der_are_refused),
		CASE(credentials_of_an_unknown_kind_are_refused),
		CASE(auth_info_that_was_altered_is_refused),
		CASE(auth_info_shorter_than_a_signature_is_refused),
		CASE(a_smart_card_without_hints_is_the_programs_to_judge),
		CASE(a_smart_card_with_the_users_own_hints_is_taken),
		CASE(a_smart_card_with_hints_at_another_user_is_refused),
		CASE(remote_guard_credentials_are_refused),
		CASE(a_token_that_is_no_der_is_refused),
		CASE(a_token_of_indefinite_length_is_refused),
		CASE(a_malformed_ts_request_is_refused),
		CASE(bytes_behind_a_ts_request_in_its_record_are_refused),
		CASE(a_ts_request_above_the_limit_is_refused_by_its_header),
		CASE(a_close_in_the_middle_is_told_as_such),
		CASE(a_broken_stream_is_refused),
		CASE(a_ts_request_may_come_in_several_records),
		CASE(a_record_cut_anywhere_is_incomplete_and_changes_nothing),
		CASE(two_ts_requests_in_one_input_are_taken_one_by_one),
		CASE(what_lies_behind_auth_info_is_left),
		CASE(messages_before_the_end_are_refused),
		CASE(without_memory_nobody_is_accepted_and_nothing_leaks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
