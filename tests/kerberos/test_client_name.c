/* Who a client is, from an identity and from a principal. */
#include "kerberos/client_name.h"
#include "support/hex.h"
#include "support/kerberos_realm.h"
#include "support/seams.h"

static void an_identity_becomes_a_principal(void **state)
{
	static const struct {
		const char *user, *domain, *principal; /* NULL: none */
	} rows[] = {
		{ "alice", "EXAMPLE.TEST", "alice@EXAMPLE.TEST" },
		{ "alice", "example.test", "alice@EXAMPLE.TEST" },
		{ "alice", "CORP", "alice@CORP" },
		{ "alice", "", "alice" },
		{ "alice@example.test", "", "alice@EXAMPLE.TEST" },
		{ "EXAMPLE.TEST\\alice", "", "alice@EXAMPLE.TEST" },
		{ "alice/admin", "EXAMPLE.TEST", "alice/admin@EXAMPLE.TEST" },
		{ "alice", ".", NULL },
		{ ".\\alice", "", NULL },
		{ "", "EXAMPLE.TEST", NULL },
		{ "", "", NULL },
		{ "a\\b", "EXAMPLE.TEST", NULL },
		{ "a@b", "EXAMPLE.TEST", NULL },
		{ "a@b@example.test", "", NULL },
		{ "alice", "EXAMPLE@TEST", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		CLEANUP(secret_wipe) struct secret principal = { 0 };
		enum reason reason =
			client_name_of_identity(u16(rows[i].user), u16(rows[i].domain), &principal);

		assert_int_equal(reason, rows[i].principal ? REASON_OK : REASON_NO_CREDENTIAL);
		if (rows[i].principal)
			assert_string_equal((const char *)principal.data, rows[i].principal);
	}
}

static void a_principal_becomes_a_user_and_a_domain(void **state)
{
	static const struct {
		const char *principal, *user, *domain; /* NULL: refused */
	} rows[] = {
		{ "alice@EXAMPLE.TEST", "alice", "EXAMPLE.TEST" },
		{ "alice/admin@EXAMPLE.TEST", "alice/admin", "EXAMPLE.TEST" },
		{ "alice\\/admin@EXAMPLE.TEST", NULL, NULL },
		{ "CORP\\\\alice@EXAMPLE.TEST", NULL, NULL },
		{ "alice\\@CORP@EXAMPLE.TEST", NULL, NULL },
		{ "alice\\0@EXAMPLE.TEST", NULL, NULL },
	};
	krb5_context context;

	(void)state;
	assert_int_equal(krb5_init_context(&context), 0);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		CLEANUP(secret_wipe) struct secret user = { 0 };
		CLEANUP(secret_wipe) struct secret domain = { 0 };
		krb5_principal principal;
		enum reason reason;

		assert_int_equal(krb5_parse_name(context, rows[i].principal, &principal), 0);
		reason = client_name_split(context, principal, &user, &domain);
		krb5_free_principal(context, principal);
		assert_int_equal(reason, rows[i].user ? REASON_OK : REASON_BAD_TOKEN);
		if (!rows[i].user)
			continue;
		assert_bytes(secret_slice(&user), u16(rows[i].user));
		assert_bytes(secret_slice(&domain), u16(rows[i].domain));
	}
	krb5_free_context(context);
}

static void a_cache_says_whose_tickets_it_has(void **state)
{
	CLEANUP(secret_wipe) struct secret user = { 0 };
	CLEANUP(secret_wipe) struct secret domain = { 0 };
	struct kerberos_ticket ticket = kerberos_ticket();

	(void)state;
	assert_int_equal(client_name_of_cache(kerberos_cache(&ticket), &user, &domain), REASON_OK);
	assert_bytes(secret_slice(&user), u16("alice"));
	assert_bytes(secret_slice(&domain), u16(KERBEROS_REALM));
	assert_int_equal(client_name_of_cache("FILE:/dev/null/tickets", &user, &domain),
			 REASON_KERBEROS_NO_TICKET);
	assert_int_equal(client_name_of_cache("MEMORY:nobody made it", &user, &domain),
			 REASON_KERBEROS_NO_TICKET);
	assert_int_equal(client_name_of_cache("NOTHING:of the kind", &user, &domain),
			 REASON_KERBEROS_NO_TICKET);
	ticket.client = "CORP\\\\alice@" KERBEROS_REALM;
	assert_int_equal(client_name_of_cache(kerberos_cache(&ticket), &user, &domain),
			 REASON_KERBEROS_NO_TICKET);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_identity_becomes_a_principal),
		cmocka_unit_test(a_principal_becomes_a_user_and_a_domain),
		cmocka_unit_test(a_cache_says_whose_tickets_it_has),
	};

	kerberos_realm_start("");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
