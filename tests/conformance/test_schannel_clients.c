/* Package Schannel: certificates of clients, and the accounts they stand for. */
#include "base/clock.h"
#include "base/compiler.h"
#include "crypto/digest.h"
#include "support/hex.h"
#include "support/scratch.h"
#include "support/seams.h"
#include "support/test_ca.h"
#include "support/tls_pair.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static struct tls_pair pair;
static PCCERT_CONTEXT server_certificate, alice, stranger;

static int set_up(void **state)
{
	const struct test_ca_wish server = { .name = "server", .host = "server.test" };
	const struct test_ca_wish client = { .name = "alice", .principal = "alice@corp.test" };

	(void)state;
	seam_set_time(CLOCK_UNIX_EPOCH + (int64_t)time(NULL) * CLOCK_TICKS_PER_SECOND);
	server_certificate = test_ca_certificate(&server);
	alice = test_ca_certificate(&client);
	assert_int_equal(OpensspiCertificateSelfSigned("stranger", OpensspiKeyP256, &stranger), SEC_E_OK);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	(void)CertFreeCertificateContext(server_certificate);
	(void)CertFreeCertificateContext(alice);
	(void)CertFreeCertificateContext(stranger);
	return 0;
}

struct wish {
	PCCERT_CONTEXT client; /* NULL: none */
	uint32_t server_flags, protocols;
	const char *trusted, *map;
	bool ask_nothing;
};

static void start(const struct wish *wish)
{
	PCCERT_CONTEXT shown = wish->client;
	SCHANNEL_CRED client = tls_pair_cred(0, shown ? &shown : NULL);
	SCHANNEL_CRED server = tls_pair_cred(wish->server_flags, &server_certificate);
	OPENSSPI_OPTIONS client_options = tls_pair_options(&client, test_ca_file());
	OPENSSPI_OPTIONS server_options = tls_pair_options(&server, wish->trusted);

	server.grbitEnabledProtocols = wish->protocols;
	server_options.CertificateMapFile = wish->map;
	tls_pair_start(&pair, &client_options, &server_options);
	if (!wish->ask_nothing)
		pair.server.request |= ASC_REQ_MUTUAL_AUTH;
}

static const uint32_t versions[] = { SP_PROT_TLS1_2_SERVER, SP_PROT_TLS1_3_SERVER };

static void assert_name(const char *expected)
{
	SecPkgContext_NamesA names;

	assert_int_equal(QueryContextAttributesA(&pair.server.context, SECPKG_ATTR_NAMES, &names),
			 expected ? SEC_E_OK : SEC_E_NO_CREDENTIALS);
	if (!expected)
		return;
	assert_string_equal(names.sUserName, expected);
	assert_int_equal(FreeContextBuffer(names.sUserName), SEC_E_OK);
}

static void assert_shown(PCCERT_CONTEXT expected)
{
	PCCERT_CONTEXT shown;

	assert_int_equal(
		QueryContextAttributesA(&pair.server.context, SECPKG_ATTR_REMOTE_CERT_CONTEXT, &shown),
		expected ? SEC_E_OK : SEC_E_NO_CREDENTIALS);
	assert_int_equal(pair.server.attributes & ASC_RET_MUTUAL_AUTH, expected ? ASC_RET_MUTUAL_AUTH : 0);
	if (!expected)
		return;
	assert_bytes(slice_of(shown->pbCertEncoded, shown->cbCertEncoded),
		     slice_of(expected->pbCertEncoded, expected->cbCertEncoded));
	(void)CertFreeCertificateContext(shown);
}

/* --- Asked and shown */

static void a_client_shows_its_certificate_when_it_is_asked(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(versions); i++) {
		start(&(struct wish) {
			.client = alice, .trusted = test_ca_file(), .protocols = versions[i] });
		assert_true(tls_pair_run(&pair));
		assert_shown(alice);
		tls_pair_talk(&pair);
		tls_pair_end(&pair);
	}
}

static void a_client_that_is_not_asked_shows_none(void **state)
{
	PCCERT_CONTEXT own;

	(void)state;
	start(&(struct wish) { .client = alice, .trusted = test_ca_file(), .ask_nothing = true });
	assert_true(tls_pair_run(&pair));
	assert_shown(NULL);
	assert_name(NULL);
	assert_int_equal(QueryContextAttributesA(&pair.client.context, SECPKG_ATTR_LOCAL_CERT_CONTEXT, &own),
			 SEC_E_NO_CREDENTIALS);
	tls_pair_end(&pair);
}

/* As on Windows: pfContextAttr tells the server, which may then close. */
static void a_client_without_a_certificate_is_let_in_and_nobody_is_known(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(versions); i++) {
		start(&(struct wish) { .trusted = test_ca_file(), .protocols = versions[i] });
		pair.client.request |= ISC_REQ_USE_SUPPLIED_CREDS;
		assert_true(tls_pair_run(&pair));
		assert_shown(NULL);
		assert_name(NULL);
		tls_pair_talk(&pair);
		tls_pair_end(&pair);
	}
}

/* --- SEC_I_INCOMPLETE_CREDENTIALS */

/* The issuers are those whom the server trusts by name. */
static void assert_issuer_is_told(void)
{
	SecPkgContext_IssuerListInfoEx list;

	assert_int_equal(QueryContextAttributesA(&pair.client.context, SECPKG_ATTR_ISSUER_LIST_EX, &list),
			 SEC_E_OK);
	assert_int_equal(list.cIssuers, 1);
	assert_true(list.aIssuers[0].cbData > 20);
	assert_int_equal(list.aIssuers[0].pbData[0], 0x30);
	assert_int_equal(FreeContextBuffer(list.aIssuers), SEC_E_OK);
}

static void until_the_question(uint32_t protocols, bool keep_input)
{
	start(&(struct wish) { .trusted = test_ca_file(), .protocols = protocols });
	assert_int_equal(tls_pair_call(&pair.client, &pair.server), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(tls_pair_call(&pair.server, &pair.client), SEC_I_CONTINUE_NEEDED);
	pair.client.keep_input = keep_input;
	while (tls_pair_call(&pair.client, &pair.server) == SEC_I_CONTINUE_NEEDED)
		continue;
	assert_int_equal(pair.client.status, SEC_I_INCOMPLETE_CREDENTIALS);
	assert_int_equal(pair.client.token_size, 0);
	pair.client.keep_input = false;
}

static void a_client_without_a_certificate_is_told_once_and_may_go_on_without(void **state)
{
	(void)state;
	/* With the same input again, as Microsoft's sample does, and with what EXTRA told. */
	for (size_t i = 0; i < 2 * COUNT_OF(versions); i++) {
		until_the_question(versions[i / 2], i % 2);
		assert_issuer_is_told();
		pair.client.status = tls_pair_call(&pair.client, &pair.server);
		assert_true(tls_pair_run(&pair));
		assert_shown(NULL);
		tls_pair_talk(&pair);
		tls_pair_end(&pair);
	}
}

static CredHandle another_credential(PCCERT_CONTEXT certificate)
{
	SCHANNEL_CRED schannel = tls_pair_cred(0, &certificate);
	CredHandle credential;

	assert_int_equal(AcquireCredentialsHandleA(NULL, (char *)(uintptr_t) "Schannel", SECPKG_CRED_OUTBOUND,
						   NULL, &schannel, NULL, NULL, &credential, NULL),
			 SEC_E_OK);
	return credential;
}

static void another_credential_answers_the_question(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * COUNT_OF(versions); i++) {
		CredHandle other = another_credential(alice);

		until_the_question(versions[i / 2], i % 2);
		pair.client.given = &other;
		(void)tls_pair_call(&pair.client, &pair.server);
		assert_int_equal(FreeCredentialsHandle(&other), SEC_E_OK); /* the context keeps it */
		assert_true(tls_pair_run(&pair));
		assert_shown(alice);
		assert_name("corp.test\\alice");
		tls_pair_end(&pair);
	}
}

static void another_credential_is_taken_only_then(void **state)
{
	CredHandle other = another_credential(alice);

	(void)state;
	start(&(struct wish) { .trusted = test_ca_file() });
	assert_int_equal(tls_pair_call(&pair.client, &pair.server), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(tls_pair_call(&pair.server, &pair.client), SEC_I_CONTINUE_NEEDED);
	pair.client.given = &other;
	assert_int_equal(tls_pair_call(&pair.client, &pair.server), SEC_E_WRONG_CREDENTIAL_HANDLE);
	pair.client.given = &pair.server.credential;
	assert_int_equal(tls_pair_call(&pair.client, &pair.server), SEC_E_NO_CREDENTIALS);
	tls_pair_end(&pair);
	assert_int_equal(FreeCredentialsHandle(&other), SEC_E_OK);
}

static void before_the_question_there_is_no_list_of_issuers(void **state)
{
	SecPkgContext_IssuerListInfoEx list;

	(void)state;
	start(&(struct wish) { .client = alice, .trusted = test_ca_file() });
	assert_int_equal(tls_pair_call(&pair.client, &pair.server), SEC_I_CONTINUE_NEEDED);
	assert_int_equal(QueryContextAttributesA(&pair.client.context, SECPKG_ATTR_ISSUER_LIST_EX, &list),
			 SEC_E_INVALID_HANDLE);
	tls_pair_end(&pair);
}

/* --- Whom a server trusts */

static void a_client_that_nobody_trusted_signed_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * COUNT_OF(versions); i++) { /* by the file; by the machine's store */
		start(&(struct wish) { .client = stranger,
				       .trusted = i % 2 ? NULL : test_ca_file(),
				       .protocols = versions[i / 2] });
		assert_false(tls_pair_run(&pair));
		assert_int_equal(pair.server.status, SEC_E_UNTRUSTED_ROOT);
		assert_true(pair.client.size > 0); /* an alert */
		tls_pair_end(&pair);
	}
}

static void an_expired_client_is_refused_as_such(void **state)
{
	const struct test_ca_wish wish = { .name = "former", .principal = "former@corp.test", .days = -30 };
	PCCERT_CONTEXT former = test_ca_certificate(&wish);

	(void)state;
	start(&(struct wish) { .client = former, .trusted = test_ca_file() });
	assert_false(tls_pair_run(&pair));
	assert_int_equal(pair.server.status, SEC_E_CERT_EXPIRED);
	tls_pair_end(&pair);
	(void)CertFreeCertificateContext(former);
}

/* Whoever looks at the certificate himself gets it, and no account. */
static void a_server_may_judge_itself_and_then_knows_nobody(void **state)
{
	const char *map = scratch_text("map", "");

	(void)state;
	for (int i = 0; i < 2; i++) {
		PCCERT_CONTEXT shown = i ? alice : stranger;

		start(&(struct wish) { .client = shown,
				       .server_flags = SCH_CRED_MANUAL_CRED_VALIDATION,
				       .map = i ? map : NULL });
		assert_true(tls_pair_run(&pair));
		assert_shown(shown);
		assert_name(NULL);
		tls_pair_end(&pair);
	}
}

/* --- Accounts */

static void a_principal_name_is_an_account_where_one_file_says_who_may_sign(void **state)
{
	OPENSSPI_DESCRIPTION *description;

	(void)state;
	start(&(struct wish) { .client = alice, .trusted = test_ca_file() });
	assert_true(tls_pair_run(&pair));
	assert_name("corp.test\\alice");
	assert_int_equal(OpensspiDescribeContext(&pair.server.context, &description), SEC_E_OK);
	assert_string_equal(description->User, "alice");
	assert_string_equal(description->Domain, "corp.test");
	assert_string_equal(description->Authority, "certificate");
	assert_string_equal(description->Package, "Schannel");
	assert_int_equal(FreeContextBuffer(description), SEC_E_OK);
	tls_pair_end(&pair);
}

/* Nobody is no token to act as. */
static void an_account_has_a_token_and_nobody_has_none(void **state)
{
	HANDLE token;

	(void)state;
	start(&(struct wish) { .client = alice, .trusted = test_ca_file() });
	assert_true(tls_pair_run(&pair));
	assert_int_equal(QuerySecurityContextToken(&pair.server.context, &token), SEC_E_OK);
	assert_true(CloseHandle(token));
	assert_int_equal(QuerySecurityContextToken(&pair.client.context, &token), SEC_E_NO_IMPERSONATION);
	tls_pair_end(&pair);
	start(&(struct wish) { .client = stranger, .server_flags = SCH_CRED_MANUAL_CRED_VALIDATION });
	assert_true(tls_pair_run(&pair));
	assert_int_equal(QuerySecurityContextToken(&pair.server.context, &token), SEC_E_NO_IMPERSONATION);
	tls_pair_end(&pair);
}

static void a_name_that_is_none_or_one_of_two_is_nobodys(void **state)
{
	static const struct test_ca_wish wishes[] = {
		{ .name = "nobody" },
		{ .name = "two", .principal = "alice@corp.test", .another_principal = "bob@corp.test" },
		{ .name = "bare", .principal = "alice" },
		{ .name = "empty", .principal = "@corp.test" },
		{ .name = "realm", .principal = "alice@" },
		{ .name = "slash", .principal = "CORP\\\\alice@corp.test" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(wishes); i++) {
		PCCERT_CONTEXT client = test_ca_certificate(&wishes[i]);

		start(&(struct wish) { .client = client, .trusted = test_ca_file() });
		assert_true(tls_pair_run(&pair));
		assert_shown(client);
		assert_name(NULL);
		tls_pair_end(&pair);
		(void)CertFreeCertificateContext(client);
	}
}

static const char *map_of(PCCERT_CONTEXT certificate, const char *account)
{
	struct slice der = slice_of(certificate->pbCertEncoded, certificate->cbCertEncoded);
	uint8_t digest[SHA256_SIZE];
	char text[256];
	size_t size = 0;

	assert_true(crypto_sha256(&der, 1, digest));
	for (size_t i = 0; i < sizeof(digest); i++)
		size += (size_t)snprintf(text + size, sizeof(text) - size, "%s%02X", i ? ":" : "", digest[i]);
	(void)snprintf(text + size, sizeof(text) - size, " %s\n", account);
	return scratch_text("map", text);
}

/* A map decides alone: the name in the certificate does not count beside it. */
static void a_map_names_the_account(void **state)
{
	static const char *const rows[][2] = { { "CORP\\bob", "CORP\\bob" },
					       { "bob@corp.test", "corp.test\\bob" },
					       { "bob", "bob" } };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		start(&(struct wish) {
			.client = alice, .trusted = test_ca_file(), .map = map_of(alice, rows[i][0]) });
		assert_true(tls_pair_run(&pair));
		assert_name(rows[i][1]);
		tls_pair_end(&pair);
	}
	start(&(struct wish) {
		.client = alice, .trusted = test_ca_file(), .map = map_of(stranger, "CORP\\bob") });
	assert_true(tls_pair_run(&pair));
	assert_name(NULL);
	tls_pair_end(&pair);
}

static void a_map_that_is_missing_or_open_to_others_names_nobody(void **state)
{
	const char *map;

	(void)state;
	start(&(struct wish) { .client = alice, .trusted = test_ca_file(), .map = scratch_path("no_map") });
	assert_true(tls_pair_run(&pair));
	assert_name(NULL);
	tls_pair_end(&pair);
	map = map_of(alice, "CORP\\bob");
	map = scratch_write("open_map", scratch_read("map"), 0666);
	start(&(struct wish) { .client = alice, .trusted = test_ca_file(), .map = map });
	assert_true(tls_pair_run(&pair));
	assert_name(NULL);
	tls_pair_end(&pair);
}

/* --- The client's own */

static void a_client_is_named_by_the_certificate_that_it_showed(void **state)
{
	SecPkgContext_NamesA narrow;
	SecPkgContext_NamesW wide;
	SecPkgContext_CertInfo info;

	(void)state;
	start(&(struct wish) { .client = alice, .trusted = test_ca_file() });
	assert_true(tls_pair_run(&pair));
	assert_int_equal(QueryContextAttributesA(&pair.client.context, SECPKG_ATTR_NAMES, &narrow), SEC_E_OK);
	assert_string_equal(narrow.sUserName, "O=Example, CN=alice");
	assert_int_equal(FreeContextBuffer(narrow.sUserName), SEC_E_OK);
	assert_int_equal(QueryContextAttributesW(&pair.client.context, SECPKG_ATTR_NAMES, &wide), SEC_E_OK);
	assert_memory_equal(wide.sUserName, u"O=Example, CN=alice", sizeof(u"O=Example, CN=alice"));
	assert_int_equal(FreeContextBuffer(wide.sUserName), SEC_E_OK);
	assert_int_equal(QueryContextAttributesA(&pair.client.context, SECPKG_ATTR_LOCAL_CERT_INFO, &info),
			 SEC_E_OK);
	assert_int_equal(info.cbSubjectName, sizeof(u"O=Example, CN=alice") - 2);
	assert_memory_equal(info.pwszSubjectName, u"O=Example, CN=alice", sizeof(u"O=Example, CN=alice"));
	assert_memory_equal(info.pwszIssuerName, u"O=Example, CN=Test CA", sizeof(u"O=Example, CN=Test CA"));
	assert_int_equal(info.dwKeySize, 256);
	assert_int_equal(FreeContextBuffer(info.pwszSubjectName), SEC_E_OK);
	assert_int_equal(FreeContextBuffer(info.pwszIssuerName), SEC_E_OK);
	tls_pair_end(&pair);
}

static void a_server_sees_the_clients_chain_and_issuer(void **state)
{
	SecPkgContext_Certificates chain;
	SecPkgContext_AuthorityA authority;

	(void)state;
	start(&(struct wish) { .client = alice, .trusted = test_ca_file() });
	assert_true(tls_pair_run(&pair));
	assert_int_equal(
		QueryContextAttributesA(&pair.server.context, SECPKG_ATTR_REMOTE_CERTIFICATES, &chain),
		SEC_E_OK);
	assert_int_equal(chain.cCertificates, 1);
	assert_bytes(slice_of(chain.pbCertificateChain, chain.cbCertificateChain),
		     slice_of(alice->pbCertEncoded, alice->cbCertEncoded));
	assert_int_equal(FreeContextBuffer(chain.pbCertificateChain), SEC_E_OK);
	assert_int_equal(QueryContextAttributesA(&pair.server.context, SECPKG_ATTR_AUTHORITY, &authority),
			 SEC_E_OK);
	assert_string_equal(authority.sAuthorityName, "O=Example, CN=Test CA");
	assert_int_equal(FreeContextBuffer(authority.sAuthorityName), SEC_E_OK);
	tls_pair_end(&pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_client_shows_its_certificate_when_it_is_asked),
		cmocka_unit_test(a_client_that_is_not_asked_shows_none),
		cmocka_unit_test(a_client_without_a_certificate_is_let_in_and_nobody_is_known),
		cmocka_unit_test(a_client_without_a_certificate_is_told_once_and_may_go_on_without),
		cmocka_unit_test(another_credential_answers_the_question),
		cmocka_unit_test(another_credential_is_taken_only_then),
		cmocka_unit_test(before_the_question_there_is_no_list_of_issuers),
		cmocka_unit_test(a_client_that_nobody_trusted_signed_is_refused),
		cmocka_unit_test(an_expired_client_is_refused_as_such),
		cmocka_unit_test(a_server_may_judge_itself_and_then_knows_nobody),
		cmocka_unit_test(a_principal_name_is_an_account_where_one_file_says_who_may_sign),
		cmocka_unit_test(an_account_has_a_token_and_nobody_has_none),
		cmocka_unit_test(a_name_that_is_none_or_one_of_two_is_nobodys),
		cmocka_unit_test(a_map_names_the_account),
		cmocka_unit_test(a_map_that_is_missing_or_open_to_others_names_nobody),
		cmocka_unit_test(a_client_is_named_by_the_certificate_that_it_showed),
		cmocka_unit_test(a_server_sees_the_clients_chain_and_issuer),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
