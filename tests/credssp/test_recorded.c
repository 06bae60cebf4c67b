/* Exchanges that others recorded, message by message: through the parsers, the arithmetic and the seals. */
#include "base/compiler.h"
#include "credssp/ts_credentials.h"
#include "credssp/ts_request.h"
#include "ntlm/authenticate_message.h"
#include "ntlm/av_pair.h"
#include "ntlm/challenge_message.h"
#include "ntlm/context.h"
#include "ntlm/negotiate_message.h"
#include "ntlm/ntlm.h"
#include "support/hex.h"
#include "support/side.h"
#include "vectors/recorded.h"

enum { FIRST, CHALLENGE, ANSWER, SERVER_PROOF, CREDENTIALS };

static struct ts_request request_of(const char *text)
{
	struct ts_request request;

	assert_true(ts_request_parse(hex(text), &request));
	return request;
}

static struct slice token_of(const char *text)
{
	return request_of(text).nego_token;
}

/* --- TSRequest */

static void every_ts_request_is_read_and_written_again(void **state)
{
	static const unsigned fields[] = {
		HAS_NEGO_TOKENS | HAS_CLIENT_NONCE,
		HAS_NEGO_TOKENS | HAS_CLIENT_NONCE,
		HAS_NEGO_TOKENS | HAS_PUB_KEY_AUTH | HAS_CLIENT_NONCE,
		HAS_PUB_KEY_AUTH | HAS_CLIENT_NONCE,
		HAS_AUTH_INFO | HAS_CLIENT_NONCE,
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(sspirs); i++) {
		CLEANUP(writer_wipe) struct byte_writer out = writer_growing();
		struct ts_request request = request_of(sspirs[i]);

		assert_int_equal(request.version, 6);
		assert_int_equal(request.fields, fields[i]);
		assert_bytes(request.client_nonce, request_of(sspirs[0]).client_nonce);
		ts_request_write(&out, &request);
		assert_bytes(writer_slice(&out), hex(sspirs[i]));
	}
	for (size_t i = 0; i < COUNT_OF(requests_credssp); i++) {
		CLEANUP(writer_wipe) struct byte_writer out = writer_growing();
		struct ts_request request = request_of(requests_credssp[i]);

		assert_int_equal(request.version, i % 2 ? 2 : 3);
		assert_int_equal(request.fields, fields[i] & ~(unsigned)HAS_CLIENT_NONCE);
		ts_request_write(&out, &request);
		assert_bytes(writer_slice(&out), hex(requests_credssp[i]));
	}
}

/* --- NTLM inside */

static void a_windows_servers_challenge_of_2016_is_read(void **state)
{
	struct ntlm_negotiate_message negotiate;
	struct ntlm_challenge_message challenge;
	struct slice value;

	(void)state;
	assert_true(ntlm_negotiate_message_parse(token_of(requests_credssp[FIRST]), &negotiate));
	assert_int_equal(negotiate.negotiate_flags, 0xE2889032);
	assert_true(ntlm_challenge_message_parse(token_of(requests_credssp[CHALLENGE]), &challenge));
	assert_true(ntlm_av_pairs_find(challenge.target_info, MSV_AV_NB_COMPUTER_NAME, &value));
	assert_bytes(value, u16("COMPUTERHOST1"));
	assert_true(ntlm_av_pairs_find(challenge.target_info, MSV_AV_TIMESTAMP, &value));
}

/* That client writes its names in OEM characters. */
static void names_in_oem_characters_are_read(void **state)
{
	struct ntlm_authenticate_message message;

	(void)state;
	assert_true(ntlm_authenticate_message_parse(token_of(requests_credssp[ANSWER]), &message));
	assert_bytes(message.user_name, SLICE_LITERAL("USERNAME123"));
	assert_bytes(message.domain_name, SLICE_LITERAL("CORP"));
	assert_int_equal(message.mic.size, 16);
}

static void the_recorded_answer_has_its_fields(void **state)
{
	struct ntlm_authenticate_message message;
	struct slice pairs, value;

	(void)state;
	assert_true(ntlm_authenticate_message_parse(token_of(sspirs[ANSWER]), &message));
	assert_bytes(message.user_name, u16("a"));
	assert_int_equal(message.domain_name.size, 0);
	assert_int_equal(message.negotiate_flags, 0xE2888235);
	assert_true(ntlm_v2_response_parse(message.nt_challenge_response, &pairs));
	assert_int_equal(ntlm_av_flags(pairs), MSV_AV_FLAG_MIC);
	assert_true(ntlm_av_pairs_find(pairs, MSV_AV_TARGET_NAME, &value));
	assert_bytes(value, u16("TERMSRV/0.0.0.0"));
}

/* Our acceptor as if the recorded CHALLENGE had been its own: it checks the proof, the pairs, the flags and the MIC. */
static void begin(struct side *server, struct test_authority *authority, SECURITY_STATUS *status)
{
	struct acquire_request request;
	struct ntlm_context *context;

	request = test_accept_request(authority);
	side_start(server, &ntlm_package, &request, ROLE_ACCEPT);
	server->leg.requested = FLAG_CONFIDENTIALITY | FLAG_INTEGRITY;
	assert_int_equal(side_step(server, token_of(sspirs[FIRST])), SEC_I_CONTINUE_NEEDED);
	context = (struct ntlm_context *)server->context;
	assert_true(secret_copy(&context->challenge, token_of(sspirs[CHALLENGE])));
	*status = side_step(server, token_of(sspirs[ANSWER]));
}

static void the_recorded_user_gets_in_with_proof_and_mic(void **state)
{
	struct test_authority authority = test_authority_of("a", "", "1");
	union attribute_value value;
	SECURITY_STATUS status;
	struct side server;

	(void)state;
	begin(&server, &authority, &status);
	assert_int_equal(status, SEC_E_OK);
	assert_int_equal(ntlm_package.query(server.context, ATTRIBUTE_SESSION_KEY, &value), REASON_OK);
	assert_bytes(value.bytes, hex("7d4ba78795adf3c49107f7e10d14fe81"));
	side_end(&server);
}

static void with_another_password_he_does_not(void **state)
{
	struct test_authority authority = test_authority_of("a", "", "2");
	SECURITY_STATUS status;
	struct side server;

	(void)state;
	begin(&server, &authority, &status);
	assert_int_equal(status, SEC_E_LOGON_DENIED);
	assert_int_equal(server.leg.reason, REASON_WRONG_PASSWORD);
	side_end(&server);
}

/* The client's two seals, 0 and 1, and the server's between them, which a client under the same keys opens. */
static void every_seal_opens_and_the_credentials_lie_inside(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer memory = writer_growing();
	struct test_authority authority = test_authority_of("a", "", "1");
	struct ntlm_context context = {
		.base.package = &ntlm_package,
		.role = ROLE_INITIATE,
		.step = STEP_DONE,
	};
	struct side server,
		client = { .package = &ntlm_package, .role = ROLE_INITIATE, .context = &context.base };
	struct ts_credentials credentials;
	SECURITY_STATUS status;
	struct slice plain;

	(void)state;
	begin(&server, &authority, &status);
	assert_int_equal(status, SEC_E_OK);
	context.flags = ((struct ntlm_context *)server.context)->flags;
	ntlm_keys_derive(&context.keys, &((struct ntlm_context *)server.context)->keys.exported,
			 ROLE_INITIATE);

	assert_int_equal(side_open(&server, request_of(sspirs[ANSWER]).pub_key_auth, &memory, &plain),
			 SEC_E_OK);
	assert_bytes(plain, hex("c566ede104a9d7cde1bbaba577e0d7bec482be08037c92acf4885a90d89b8438"));
	writer_wipe(&memory);
	assert_int_equal(side_open(&client, request_of(sspirs[SERVER_PROOF]).pub_key_auth, &memory, &plain),
			 SEC_E_OK);
	assert_bytes(plain, hex("3aabc8502c23cf209304cd85b52835e91ec62851d968349142a9fdc2a02d4226"));
	writer_wipe(&memory);
	assert_int_equal(side_open(&server, request_of(sspirs[CREDENTIALS]).auth_info, &memory, &plain),
			 SEC_E_OK);
	assert_bytes(plain, hex("301ba003020101a11404123010a0020400a10404026100a20404023100"));
	assert_true(ts_credentials_parse(plain, &credentials));
	assert_int_equal(credentials.type, DELEGATED_PASSWORD);
	assert_bytes(credentials.user, u16("a"));
	assert_int_equal(credentials.domain.size, 0);
	assert_bytes(credentials.password, u16("1"));
	side_end(&server);
}

/* And sealing gives the recorded bytes. */
static void sealing_the_same_gives_the_recorded_bytes(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer blob = writer_growing();
	struct test_authority authority = test_authority_of("a", "", "1");
	SECURITY_STATUS status;
	struct side server;

	(void)state;
	begin(&server, &authority, &status);
	assert_int_equal(status, SEC_E_OK);
	assert_int_equal(side_seal(&server,
				   hex("3aabc8502c23cf209304cd85b52835e91ec62851d968349142a9fdc2a02d4226"),
				   &blob),
			 SEC_E_OK);
	assert_bytes(writer_slice(&blob), request_of(sspirs[SERVER_PROOF]).pub_key_auth);
	side_end(&server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_ts_request_is_read_and_written_again),
		cmocka_unit_test(a_windows_servers_challenge_of_2016_is_read),
		cmocka_unit_test(names_in_oem_characters_are_read),
		cmocka_unit_test(the_recorded_answer_has_its_fields),
		cmocka_unit_test(the_recorded_user_gets_in_with_proof_and_mic),
		cmocka_unit_test(with_another_password_he_does_not),
		cmocka_unit_test(every_seal_opens_and_the_credentials_lie_inside),
		cmocka_unit_test(sealing_the_same_gives_the_recorded_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
