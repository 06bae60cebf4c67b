/* Kerberos through the public functions: options, names, attributes, messages, and CREDSSP over it. */
#include "support/hex.h"
#include "support/kerberos_exchange.h"
#include "support/pac.h"
#include "support/scratch.h"
#include "support/seams.h"
#include "support/users.h"
#include "vectors/pac.h"

#include <opensspi/opensspi.h>
#include <string.h>

static struct exchange exchange;

static char *text(const char *ascii)
{
	return (char *)(uintptr_t)ascii;
}

static OPENSSPI_OPTIONS options(void)
{
	return (OPENSSPI_OPTIONS) { .Magic = OPENSSPI_OPTIONS_MAGIC, .Size = sizeof(OPENSSPI_OPTIONS) };
}

static int end(void **state)
{
	(void)state;
	exchange_end(&exchange);
	return 0;
}

/* --- Attributes */

static void a_finished_context_answers_as_ntlms_does(void **state)
{
	OPENSSPI_OPTIONS given = kerberos_server_options();
	SecPkgContext_Sizes sizes;
	SecPkgContext_NamesA names;
	SecPkgContext_NativeNamesA native;
	SecPkgContext_KeyInfoA key_info;
	SecPkgContext_AuthorityA authority;
	SecPkgContext_ClientSpecifiedTarget target;
	SecPkgContext_NegotiationInfoA negotiation;

	(void)state;
	kerberos_exchange_start(&exchange, "Kerberos", &given);
	assert_true(exchange_run(&exchange));
	assert_int_equal(exchange.client.attributes & ISC_RET_MUTUAL_AUTH, ISC_RET_MUTUAL_AUTH);
	assert_int_equal(QueryContextAttributesA(&exchange.server.context, SECPKG_ATTR_SIZES, &sizes),
			 SEC_E_OK);
	assert_int_equal(sizes.cbMaxToken, 48000);
	assert_int_equal(sizes.cbMaxSignature, 28);
	assert_int_equal(sizes.cbSecurityTrailer, 60);
	assert_int_equal(QueryContextAttributesA(&exchange.server.context, SECPKG_ATTR_NAMES, &names),
			 SEC_E_OK);
	assert_string_equal(names.sUserName, KERBEROS_REALM "\\alice");
	assert_int_equal(FreeContextBuffer(names.sUserName), SEC_E_OK);
	assert_int_equal(QueryContextAttributesA(&exchange.server.context, SECPKG_ATTR_NATIVE_NAMES, &native),
			 SEC_E_OK);
	assert_string_equal(native.sServerName, KERBEROS_TARGET "@" KERBEROS_REALM);
	assert_int_equal(FreeContextBuffer(native.sServerName), SEC_E_OK);
	assert_int_equal(FreeContextBuffer(native.sClientName), SEC_E_OK);
	assert_int_equal(QueryContextAttributesA(&exchange.client.context, SECPKG_ATTR_KEY_INFO, &key_info),
			 SEC_E_OK);
	assert_string_equal(key_info.sEncryptAlgorithmName, "AES256-CTS-HMAC-SHA1-96");
	assert_int_equal(key_info.EncryptAlgorithm, 18);
	assert_int_equal(key_info.KeySize, 256);
	assert_int_equal(FreeContextBuffer(key_info.sEncryptAlgorithmName), SEC_E_OK);
	assert_int_equal(FreeContextBuffer(key_info.sSignatureAlgorithmName), SEC_E_OK);
	assert_int_equal(QueryContextAttributesA(&exchange.server.context, SECPKG_ATTR_AUTHORITY, &authority),
			 SEC_E_OK);
	assert_string_equal(authority.sAuthorityName, KERBEROS_REALM);
	assert_int_equal(FreeContextBuffer(authority.sAuthorityName), SEC_E_OK);
	assert_int_equal(QueryContextAttributesA(&exchange.server.context,
						 SECPKG_ATTR_CLIENT_SPECIFIED_TARGET, &target),
			 SEC_E_OK);
	assert_int_equal(FreeContextBuffer(target.sTargetName), SEC_E_OK);
	assert_int_equal(
		QueryContextAttributesA(&exchange.server.context, SECPKG_ATTR_NEGOTIATION_INFO, &negotiation),
		SEC_E_OK);
	assert_string_equal(negotiation.PackageInfo->Name, "Kerberos");
	assert_int_equal(FreeContextBuffer(negotiation.PackageInfo), SEC_E_OK);
}

static void both_sides_have_one_session_key(void **state)
{
	OPENSSPI_OPTIONS given = kerberos_server_options();
	SecPkgContext_SessionKey mine, theirs;

	(void)state;
	kerberos_exchange_start(&exchange, "Kerberos", &given);
	assert_true(exchange_run(&exchange));
	assert_int_equal(QueryContextAttributesA(&exchange.client.context, SECPKG_ATTR_SESSION_KEY, &mine),
			 SEC_E_OK);
	assert_int_equal(QueryContextAttributesA(&exchange.server.context, SECPKG_ATTR_SESSION_KEY, &theirs),
			 SEC_E_OK);
	assert_bytes(slice_of(mine.SessionKey, mine.SessionKeyLength),
		     slice_of(theirs.SessionKey, theirs.SessionKeyLength));
	assert_int_equal(FreeContextBuffer(mine.SessionKey), SEC_E_OK);
	assert_int_equal(FreeContextBuffer(theirs.SessionKey), SEC_E_OK);
}

static void a_user_of_this_machine_has_a_uid_and_one_of_another_realm_none(void **state)
{
	static const struct {
		const char *client;
		bool has_uid;
	} rows[] = {
		{ "alice@" KERBEROS_REALM, true },
		{ "bob@" KERBEROS_REALM, false }, /* the machine has no such user */
		{ "alice/admin@" KERBEROS_REALM, false },
		{ "alice@OTHER.TEST", false },
	};
	const struct user_ids ids = { .uid = 1234, .gid = 1234 };
	OPENSSPI_OPTIONS given = kerberos_server_options();

	(void)state;
	users_set("alice", &ids);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct kerberos_ticket ticket = kerberos_ticket();
		OPENSSPI_TOKEN *known;
		HANDLE token;

		ticket.client = rows[i].client;
		exchange = (struct exchange) { .client = { .target = KERBEROS_TARGET } };
		kerberos_acquire_server(&exchange, "Kerberos", NULL, &given);
		kerberos_acquire_client(&exchange, "Kerberos", &ticket, NULL);
		assert_true(exchange_run(&exchange));
		assert_int_equal(QuerySecurityContextToken(&exchange.server.context, &token), SEC_E_OK);
		assert_int_equal(OpensspiDescribeToken(token, &known), SEC_E_OK);
		assert_int_equal(known->HasUid, rows[i].has_uid);
		assert_int_equal(known->Uid, rows[i].has_uid ? 1234 : 0);
		assert_int_equal(FreeContextBuffer(known), SEC_E_OK);
		assert_true(OpensspiCloseHandle(token));
		exchange_end(&exchange);
	}
	users_set(NULL, NULL);
}

/* --- Who that is, by the PAC */

/* The context's token, by the attribute that Windows has for it. */
static OPENSSPI_TOKEN *describe_token(void)
{
	SecPkgContext_AccessToken attribute;
	OPENSSPI_TOKEN *known;

	assert_int_equal(
		QueryContextAttributesA(&exchange.server.context, SECPKG_ATTR_ACCESS_TOKEN, &attribute),
		SEC_E_OK);
	assert_int_equal(OpensspiDescribeToken(attribute.AccessToken, &known), SEC_E_OK);
	assert_true(OpensspiCloseHandle(attribute.AccessToken));
	return known;
}

static OPENSSPI_TOKEN *token_by_ticket(const char *package, const struct kerberos_pac *pac)
{
	struct kerberos_ticket ticket = kerberos_ticket();
	OPENSSPI_OPTIONS given = kerberos_server_options();

	ticket.pac = pac;
	exchange =
		(struct exchange) { .client = { .target = KERBEROS_TARGET, .request = ISC_REQ_MUTUAL_AUTH } };
	kerberos_acquire_server(&exchange, package, NULL, &given);
	kerberos_acquire_client(&exchange, package, &ticket, NULL);
	assert_true(exchange_run(&exchange));
	return describe_token();
}

static void a_token_has_the_sids_of_the_pac(void **state)
{
	static const char *const groups[] = {
		"S-1-5-21-1440719833-3775916210-1326304225-513",
		"S-1-5-21-1440719833-3775916210-1326304225-1107",
		"S-1-5-21-1440719833-3775916210-1326304225-1109",
		"S-1-5-21-1440719833-3775916210-1326304225-1108",
		"S-1-18-1",
	};
	static const char *const packages[] = { "Kerberos", "Negotiate" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(packages); i++) {
		OPENSSPI_TOKEN *known = token_by_ticket(packages[i], pac_of_samba());

		assert_string_equal(known->User, "alice");
		assert_string_equal(known->Domain, KERBEROS_REALM);
		assert_string_equal(known->UserSid, "S-1-5-21-1440719833-3775916210-1326304225-1103");
		assert_int_equal(known->GroupSidCount, COUNT_OF(groups));
		assert_int_equal((uintptr_t)known->GroupSids % _Alignof(char *), 0);
		for (size_t k = 0; k < COUNT_OF(groups); k++)
			assert_string_equal(known->GroupSids[k], groups[k]);
		assert_int_equal(FreeContextBuffer(known), SEC_E_OK);
		exchange_end(&exchange);
	}
}

/* Whatever the length of the SIDs' texts, which one digit less changes. */
static void a_users_groups_are_aligned_behind_sids(void **state)
{
	static gid_t groups[] = { 1000, 27, 4 };
	static const struct user_ids alice = { 1000, 1001, groups, COUNT_OF(groups) };
	const struct kerberos_pac *pac = pac_of_samba();
	uint8_t *rid = memmem(pac->logon_info.data, pac->logon_info.size, "\x53\x04\0\0", 4);
	OPENSSPI_TOKEN *known;

	(void)state;
	users_set("alice", &alice);
	memcpy(rid, "\x53\0\0\0", 4);
	known = token_by_ticket("Kerberos", pac);
	assert_int_equal((uintptr_t)known->Groups % _Alignof(uint32_t), 0);
	assert_memory_equal(known->Groups, groups, sizeof(groups));
	assert_string_equal(known->GroupSids[1], "S-1-5-21-1440719833-3775916210-1326304225-83");
	assert_int_equal(FreeContextBuffer(known), SEC_E_OK);
	exchange_end(&exchange);
	users_set(NULL, NULL);
}

/* None, one that says nothing of SIDs, and two that MIT finds wrong: whose key is another, whose client is. */
static void a_ticket_without_a_pac_that_counts_has_no_sids(void **state)
{
	struct kerberos_pac forged = *pac_of_samba(), of_another = *pac_of_samba();
	const struct kerberos_pac empty = { .forged = false },
				  *pacs[] = { NULL, &empty, &forged, &of_another };

	(void)state;
	forged.forged = true;
	of_another.client = "bob@" KERBEROS_REALM;
	for (size_t i = 0; i < COUNT_OF(pacs); i++) {
		OPENSSPI_TOKEN *known = token_by_ticket("Kerberos", pacs[i]);

		assert_string_equal(known->User, "alice");
		assert_null(known->UserSid);
		assert_null(known->GroupSids);
		assert_int_equal(known->GroupSidCount, 0);
		assert_int_equal(FreeContextBuffer(known), SEC_E_OK);
		exchange_end(&exchange);
	}
}

static void a_pac_that_is_signed_and_contradicts_itself_refuses_the_logon(void **state)
{
	struct kerberos_pac pac = *pac_of_samba();
	struct kerberos_ticket ticket = kerberos_ticket();
	OPENSSPI_OPTIONS given = kerberos_server_options();
	char word[64];

	(void)state;
	pac.requestor = hex("0101 000000000012 01000000");
	ticket.pac = &pac;
	exchange = (struct exchange) { .client = { .target = KERBEROS_TARGET } };
	kerberos_acquire_server(&exchange, "Kerberos", NULL, &given);
	kerberos_acquire_client(&exchange, "Kerberos", &ticket, NULL);
	assert_false(exchange_run(&exchange));
	assert_string_equal(exchange_reason(&exchange.server, word), "kerberos-bad-pac");
	assert_int_equal(exchange.server.status, SEC_E_LOGON_DENIED);
}

/* --- Messages */

static void a_message_is_token_and_data(void **state)
{
	OPENSSPI_OPTIONS given = kerberos_server_options();
	uint8_t token[60], data[] = "a message";
	SecBuffer buffers[] = { { sizeof(token), SECBUFFER_TOKEN, token },
				{ sizeof(data) - 1, SECBUFFER_DATA, data } };
	SecBufferDesc list = { SECBUFFER_VERSION, 2, buffers };
	static const char *const packages[] = { "Kerberos", "Negotiate" };
	uint32_t quality = 1;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(packages); i++) {
		kerberos_exchange_start(&exchange, packages[i], &given);
		assert_true(exchange_run(&exchange));
		assert_int_equal(EncryptMessage(&exchange.client.context, 0, &list, 0), SEC_E_OK);
		assert_int_equal(buffers[0].cbBuffer, 60);
		assert_memory_not_equal(data, "a message", sizeof(data) - 1);
		assert_int_equal(DecryptMessage(&exchange.server.context, &list, 0, &quality), SEC_E_OK);
		assert_int_equal(quality, 0);
		assert_memory_equal(data, "a message", sizeof(data) - 1);
		exchange_end(&exchange);
	}
}

/* GSS_Wrap without encryption, which is not a signature's token. */
static void a_message_may_be_signed_alone(void **state)
{
	OPENSSPI_OPTIONS given = kerberos_server_options();
	uint8_t token[60], data[] = "a message";
	SecBuffer buffers[] = { { sizeof(token), SECBUFFER_TOKEN, token },
				{ sizeof(data) - 1, SECBUFFER_DATA, data } };
	SecBufferDesc list = { SECBUFFER_VERSION, 2, buffers };
	uint32_t quality = 0;

	(void)state;
	kerberos_exchange_start(&exchange, "Kerberos", &given);
	assert_true(exchange_run(&exchange));
	for (int changed = 0; changed < 2; changed++) {
		buffers[0].cbBuffer = sizeof(token);
		assert_int_equal(EncryptMessage(&exchange.client.context, SECQOP_WRAP_NO_ENCRYPT, &list, 0),
				 SEC_E_OK);
		assert_int_equal(buffers[0].cbBuffer, 28);
		assert_bytes(slice_of(token, 2), hex("0504"));
		assert_memory_equal(data, "a message", sizeof(data) - 1);
		data[0] ^= (uint8_t)changed;
		assert_int_equal(DecryptMessage(&exchange.server.context, &list, 0, &quality),
				 changed ? SEC_E_MESSAGE_ALTERED : SEC_E_OK);
		assert_int_equal(quality, SECQOP_WRAP_NO_ENCRYPT);
	}
}

static void a_stream_buffer_is_opened_in_place(void **state)
{
	OPENSSPI_OPTIONS given = kerberos_server_options();
	uint8_t blob[60 + 9];
	SecBuffer sealed[] = { { 60, SECBUFFER_TOKEN, blob }, { 9, SECBUFFER_DATA, blob + 60 } };
	SecBuffer opened[] = { { sizeof(blob), SECBUFFER_STREAM, blob }, { 0, SECBUFFER_DATA, NULL } };
	SecBufferDesc in = { SECBUFFER_VERSION, 2, sealed }, out = { SECBUFFER_VERSION, 2, opened };

	(void)state;
	kerberos_exchange_start(&exchange, "Kerberos", &given);
	assert_true(exchange_run(&exchange));
	memcpy(blob + 60, "a message", 9);
	assert_int_equal(EncryptMessage(&exchange.server.context, 0, &in, 0), SEC_E_OK);
	assert_int_equal(DecryptMessage(&exchange.client.context, &out, 0, NULL), SEC_E_OK);
	assert_bytes(slice_of(opened[1].pvBuffer, opened[1].cbBuffer), SLICE_LITERAL("a message"));
}

/* --- Which service a server is */

static const char *reason_of_server(const char *package, const char *principal, OPENSSPI_OPTIONS *given,
				    const char *service)
{
	static char word[64];
	struct kerberos_ticket ticket = kerberos_ticket();

	exchange =
		(struct exchange) { .client = { .target = service,
						.request = ISC_REQ_MUTUAL_AUTH | ISC_REQ_CONFIDENTIALITY } };
	ticket.service = service;
	kerberos_acquire_server(&exchange, package, principal, given);
	kerberos_acquire_client(&exchange, package, &ticket, NULL);
	(void)exchange_run(&exchange);
	(void)exchange_reason(&exchange.server, word);
	exchange_end(&exchange);
	return word;
}

#define LDAP "ldap/" KERBEROS_HOST "@" KERBEROS_REALM
#define HTTP "HTTP/" KERBEROS_HOST "@" KERBEROS_REALM

static void negotiate_takes_the_usual_services_and_kerberos_all_of_the_keytab(void **state)
{
	OPENSSPI_OPTIONS given = kerberos_server_options();

	(void)state;
	assert_string_equal(reason_of_server("Negotiate", NULL, &given, HTTP), "ok");
	assert_string_equal(reason_of_server("Negotiate", NULL, &given, LDAP), "kerberos-other-service");
	assert_string_equal(reason_of_server("Kerberos", NULL, &given, LDAP), "ok");
	given.Services = "ldap";
	assert_string_equal(reason_of_server("Negotiate", NULL, &given, LDAP), "ok");
	assert_string_equal(reason_of_server("Kerberos", NULL, &given, HTTP), "kerberos-other-service");
}

static void psz_principal_is_the_one_service(void **state)
{
	OPENSSPI_OPTIONS given = kerberos_server_options();

	(void)state;
	assert_string_equal(reason_of_server("Negotiate", "ldap/" KERBEROS_HOST, &given, LDAP), "ok");
	assert_string_equal(reason_of_server("Negotiate", "ldap/" KERBEROS_HOST, &given, HTTP),
			    "kerberos-other-service");
}

/* --- Credentials */

static void what_cannot_be_used_is_no_credential(void **state)
{
	OPENSSPI_OPTIONS given = options();
	CredHandle credential;

	(void)state;
	given.Keytab = scratch_path("no such keytab");
	for (int i = 0; i < 2; i++)
		assert_int_equal(AcquireCredentialsHandleA(NULL, text(i ? "Negotiate" : "Kerberos"),
							   SECPKG_CRED_INBOUND, NULL, &given, NULL, NULL,
							   &credential, NULL),
				 SEC_E_NO_CREDENTIALS);
	given = options();
	given.CredentialCache = "FILE:/dev/null/tickets";
	assert_int_equal(AcquireCredentialsHandleA(NULL, text("Kerberos"), SECPKG_CRED_OUTBOUND, NULL, &given,
						   NULL, NULL, &credential, NULL),
			 SEC_E_NO_CREDENTIALS);
	given.CredentialCache = NULL;
	assert_int_equal(AcquireCredentialsHandleA(NULL, text("Kerberos"), SECPKG_CRED_OUTBOUND, NULL, &given,
						   NULL, NULL, &credential, NULL),
			 SEC_E_NO_CREDENTIALS);
}

/* --- CREDSSP */

static SEC_WINNT_AUTH_IDENTITY_A identity_of(const char *user, const char *domain)
{
	return (SEC_WINNT_AUTH_IDENTITY_A) {
		.User = (unsigned char *)text(user),
		.UserLength = (uint32_t)strlen(user),
		.Domain = (unsigned char *)text(domain),
		.DomainLength = (uint32_t)strlen(domain),
		.Password = (unsigned char *)text("Passw0rd!"),
		.PasswordLength = 9,
		.Flags = SEC_WINNT_AUTH_IDENTITY_ANSI,
	};
}

/* alice logs on by ticket and delegates this, or has nothing to delegate (NULL). The server knows nobody's password. */
static void start_credssp(const char *user, const char *domain, const struct kerberos_pac *pac)
{
	OPENSSPI_OPTIONS given = kerberos_server_options();
	SEC_WINNT_AUTH_IDENTITY_A identity = identity_of(user ? user : "", domain);
	CREDSSP_CRED credssp = { CredsspSubmitBufferBoth, NULL, &identity };
	struct kerberos_ticket ticket = kerberos_ticket();

	ticket.pac = pac;
	exchange = (struct exchange) {
		.client = { .target = KERBEROS_TARGET,
			    .request = ISC_REQ_STREAM | ISC_REQ_DELEGATE | ISC_REQ_MANUAL_CRED_VALIDATION },
		.server = { .request = ASC_REQ_STREAM },
	};
	kerberos_acquire_server(&exchange, "CREDSSP", NULL, &given);
	kerberos_acquire_client(&exchange, "CREDSSP", &ticket, user ? &credssp : NULL);
}

/* Kerberos has proved the server, so nobody need vouch for its certificate. */
static void credssp_logs_on_by_kerberos_and_delegates_without_anybody_vouching(void **state)
{
	OPENSSPI_DELEGATED_PASSWORD *password = NULL;
	OPENSSPI_DESCRIPTION *known = NULL;

	(void)state;
	start_credssp("alice", KERBEROS_REALM, NULL);
	assert_true(exchange_run(&exchange));
	assert_int_equal(exchange.client.attributes & ISC_RET_MUTUAL_AUTH, ISC_RET_MUTUAL_AUTH);
	assert_int_equal(OpensspiDescribeContext(&exchange.server.context, &known), SEC_E_OK);
	assert_string_equal(known->InnerPackage, "Kerberos");
	assert_string_equal(known->User, "alice");
	assert_string_equal(known->Domain, KERBEROS_REALM);
	assert_string_equal(known->Authority, "kerberos");
	assert_int_equal(FreeContextBuffer(known), SEC_E_OK);
	assert_int_equal(OpensspiQueryDelegatedPassword(&exchange.server.context, &password), SEC_E_OK);
	assert_string_equal(password->Password, "Passw0rd!");
	assert_int_equal(FreeContextBuffer(password), SEC_E_OK);
}

struct delegation {
	const char *user, *domain;
	bool same;
};

static void assert_same_users(const struct delegation *rows, size_t count, const struct kerberos_pac *pac)
{
	for (size_t i = 0; i < count; i++) {
		char word[64];

		start_credssp(rows[i].user, rows[i].domain, pac);
		assert_int_equal(exchange_run(&exchange), rows[i].same);
		assert_string_equal(exchange_reason(&exchange.server, word),
				    rows[i].same ? "ok" : "not-the-same-user");
		exchange_end(&exchange);
	}
}

static void what_is_delegated_must_be_of_the_user_of_the_ticket(void **state)
{
	static const struct delegation rows[] = {
		{ "alice", KERBEROS_REALM, true },
		{ "ALICE", "example.test", true },
		{ "alice", "", true },
		{ "alice@example.test", "", true },
		{ "alice", ".", true }, /* a user of this machine, by auth_to_local */
		{ "bob", KERBEROS_REALM, false },
		{ "alice", "OTHER.TEST", false },
		{ "alice", "CORP", false },
		{ "alice@corp.test", "", false },
		{ "alice/admin", KERBEROS_REALM, false },
		{ "alice@other.test", "", false },
	};

	(void)state;
	assert_same_users(rows, COUNT_OF(rows), NULL);
}

static void the_names_of_the_pac_are_the_users_too(void **state)
{
	static const struct delegation rows[] = {
		{ "alice", KERBEROS_REALM, true }, { "alice", "CORP", true },
		{ "CORP\\alice", "", true },       { "alice@corp.test", "", true },
		{ "bob", "CORP", false },          { "bob@corp.test", "", false },
		{ "alice/admin", "CORP", false },  { "alice", "OTHER", false },
	};
	static const struct delegation without[] = { { "alice", "CORP", false },
						     { "alice@corp.test", "", false } };
	struct kerberos_pac forged = *pac_of_samba();

	(void)state;
	assert_same_users(rows, COUNT_OF(rows), pac_of_samba());
	forged.forged = true;
	assert_same_users(without, COUNT_OF(without), &forged);
}

static void without_an_identity_nothing_is_delegated(void **state)
{
	OPENSSPI_DESCRIPTION *known = NULL;

	(void)state;
	start_credssp(NULL, "", NULL);
	assert_true(exchange_run(&exchange));
	assert_int_equal(OpensspiDescribeContext(&exchange.server.context, &known), SEC_E_OK);
	assert_int_equal(known->Delegated, OpensspiDelegatedNone);
	assert_false(exchange.client.attributes & ISC_RET_DELEGATE);
	assert_string_equal(known->User, "alice");
	assert_int_equal(FreeContextBuffer(known), SEC_E_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_teardown(name, end)
		TEST(a_finished_context_answers_as_ntlms_does),
		TEST(both_sides_have_one_session_key),
		TEST(a_user_of_this_machine_has_a_uid_and_one_of_another_realm_none),
		TEST(a_token_has_the_sids_of_the_pac),
		TEST(a_users_groups_are_aligned_behind_sids),
		TEST(a_ticket_without_a_pac_that_counts_has_no_sids),
		TEST(a_pac_that_is_signed_and_contradicts_itself_refuses_the_logon),
		TEST(a_message_is_token_and_data),
		TEST(a_message_may_be_signed_alone),
		TEST(a_stream_buffer_is_opened_in_place),
		TEST(negotiate_takes_the_usual_services_and_kerberos_all_of_the_keytab),
		TEST(psz_principal_is_the_one_service),
		TEST(what_cannot_be_used_is_no_credential),
		TEST(credssp_logs_on_by_kerberos_and_delegates_without_anybody_vouching),
		TEST(what_is_delegated_must_be_of_the_user_of_the_ticket),
		TEST(the_names_of_the_pac_are_the_users_too),
		TEST(without_an_identity_nothing_is_delegated),
#undef TEST
	};

	kerberos_realm_start("");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
