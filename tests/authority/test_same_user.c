/* Who is the same user (docs/accounts.md): each form, accepted and refused, and twins told apart. */
#include "authority/authority.h"

#include "support/hex.h"
#include "support/test_authority.h"

/* An account, the names that its client sent when it logged on (NULL: the account's own), and whether it is local. */
struct logon {
	const char *user, *domain, *sent_user, *sent_domain;
	bool local;
	/* What a directory says; NULL: nothing. */
	const char *name, *netbios_domain, *dns_domain, *principal_name;
};

static const struct logon local_alice = { .user = "alice", .domain = "", .local = true };
static const struct logon domain_alice = { .user = "alice", .domain = "DOMAIN" };

static struct secret borrowed(struct slice bytes)
{
	return (struct secret) { (uint8_t *)(uintptr_t)bytes.data, bytes.size };
}

static struct secret named(const char *ascii)
{
	return ascii ? borrowed(u16(ascii)) : (struct secret) { 0 };
}

static struct delegated_question question_of(const struct logon *logon, struct account *account,
					     struct slice user, struct slice domain)
{
	*account = (struct account) {
		.user = borrowed(u16(logon->user)),
		.domain = borrowed(u16(logon->domain)),
		.local = logon->local,
		.directory = { .name = named(logon->name),
			       .netbios_domain = named(logon->netbios_domain),
			       .dns_domain = named(logon->dns_domain),
			       .principal_name = named(logon->principal_name) },
	};
	return (struct delegated_question) {
		.account = account,
		.sent_user = logon->sent_user ? u16(logon->sent_user) : u16(logon->user),
		.sent_domain = logon->sent_domain ? u16(logon->sent_domain) : u16(logon->domain),
		.user = user,
		.domain = domain,
	};
}

static bool same_at(const struct host_names *host, const struct logon *logon, const char *user,
		    const char *domain)
{
	struct account account;
	struct delegated_question question = question_of(logon, &account, u16(user), u16(domain));

	return same_user(&question, host);
}

/* On SERVER, server.domain.test, a member of DOMAIN, domain.test. */
static bool same(const struct logon *logon, const char *user, const char *domain)
{
	return same_at(test_host_names(), logon, user, domain);
}

static bool same_exactly(const struct logon *logon, const char *user, const char *domain)
{
	struct account account;
	struct delegated_question question = question_of(logon, &account, u16(user), u16(domain));

	return same_user_exactly(&question);
}

/* --- Form (a): the same pair --- */

static void the_names_of_the_logon_are_the_same_user(void **state)
{
	static const struct logon elsewhere = {
		.user = "alice", .domain = "", .sent_user = "Alice", .sent_domain = "OTHER", .local = true
	};
	static const struct logon by_upn = {
		.user = "alice", .domain = "DOMAIN", .sent_user = "alice@domain.test", .sent_domain = ""
	};

	(void)state;
	assert_true(same(&elsewhere, "Alice", "OTHER"));
	assert_true(same(&elsewhere, "ALICE", "other"));
	assert_true(same(&by_upn, "alice@domain.test", ""));
	assert_false(same(&elsewhere, "alice", "OTHER2"));
	assert_false(same(&elsewhere, "bob", "OTHER"));
	assert_false(same(&by_upn, "bob@domain.test", ""));
}

static void the_accounts_own_names_are_the_same_user(void **state)
{
	static const struct logon by_upn = {
		.user = "alice", .domain = "CORP", .sent_user = "alice@corp.example", .sent_domain = ""
	};

	(void)state;
	assert_true(same(&by_upn, "alice", "CORP"));
	assert_true(same(&by_upn, "ALICE", "corp"));
	assert_false(same(&by_upn, "alice", "CORP2"));
	assert_false(same(&by_upn, "alic", "CORP"));
}

static void names_are_folded_as_windows_does(void **state)
{
	struct account account;
	struct logon logon = { .user = "", .domain = "", .local = true };
	struct delegated_question question;

	(void)state;
	question = question_of(&logon, &account, hex("c900"), hex(""));
	account.user = borrowed(hex("e900"));
	assert_true(same_user(&question, test_host_names()));
	question.user = hex("3101"); /* dotless i */
	account.user = borrowed(u16("I"));
	assert_false(same_user(&question, test_host_names()));
}

static void nuls_at_the_end_are_cut(void **state)
{
	struct account account;
	struct delegated_question question =
		question_of(&domain_alice, &account, hex("61006c00690063006500 0000"),
			    hex("44004f004d00410049004e00 0000 0000"));

	(void)state;
	assert_true(same_user(&question, test_host_names()));
	question.user = hex("61006c00 0000 690063006500"); /* not in the middle */
	assert_false(same_user(&question, test_host_names()));
}

static void a_domain_in_front_of_the_user_counts_as_its_domain(void **state)
{
	static const struct logon sent_together = {
		.user = "alice", .domain = "CORP", .sent_user = "CORP\\alice", .sent_domain = ""
	};

	(void)state;
	assert_true(same(&domain_alice, "DOMAIN\\alice", ""));
	assert_true(same(&domain_alice, "domain\\Alice", "DOMAIN"));
	assert_true(same(&domain_alice, "domain.test\\alice", ""));
	assert_true(same(&sent_together, "alice", "CORP"));
	assert_true(same(&local_alice, "\\alice", ""));
	assert_true(same(&local_alice, ".\\alice", ""));
	assert_false(same(&domain_alice, "OTHER\\alice", ""));
	assert_false(same(&domain_alice, "OTHER\\alice", "DOMAIN"));
	assert_false(same(&domain_alice, "DOMAIN\\alice", "OTHER"));
	assert_false(same(&domain_alice, "DOMAIN\\bob", ""));
	assert_false(same(&domain_alice, "DOMAIN\\x\\alice", ""));
	assert_false(same(&domain_alice, "DOMAIN\\", ""));
}

/* --- Form (b): the same user, no domain or an alias of its domain --- */

static void an_empty_domain_is_the_accounts_own(void **state)
{
	(void)state;
	assert_true(same(&domain_alice, "alice", ""));
	assert_true(same(&local_alice, "alice", ""));
	assert_false(same(&domain_alice, "bob", ""));
	assert_false(same(&domain_alice, "", ""));
	assert_false(same(&domain_alice, "", "DOMAIN"));
}

static void the_machines_names_are_a_local_accounts_domain(void **state)
{
	static const struct logon named = { .user = "alice", .domain = "SERVER", .local = true };

	(void)state;
	assert_true(same(&local_alice, "alice", "."));
	assert_true(same(&local_alice, "alice", "server"));
	assert_true(same(&local_alice, "alice", "SERVER.domain.test"));
	assert_true(same(&named, "alice", "."));
	assert_true(same(&named, "alice", "server.domain.test"));
	assert_false(same(&local_alice, "alice", "SERVER2"));
	assert_false(same(&local_alice, "alice", ".."));
	assert_false(same(&local_alice, "bob", "."));
}

static void the_domains_two_names_are_one_domain(void **state)
{
	static const struct logon by_dns_name = { .user = "alice", .domain = "domain.test" };

	(void)state;
	assert_true(same(&domain_alice, "alice", "domain.test"));
	assert_true(same(&domain_alice, "alice", "Domain.Test"));
	assert_true(same(&by_dns_name, "alice", "DOMAIN"));
	assert_false(same(&domain_alice, "alice", "other.test"));
	assert_false(same(&domain_alice, "bob", "domain.test"));
}

static void another_domain_has_no_aliases_here(void **state)
{
	static const struct logon of_another = { .user = "alice", .domain = "CORP" };

	(void)state;
	assert_true(same(&of_another, "alice", "corp"));
	assert_false(same(&of_another, "alice", "DOMAIN"));
	assert_false(same(&of_another, "alice", "domain.test"));
	assert_false(same(&of_another, "alice", "corp.test"));
}

static void local_and_domain_twins_are_told_apart(void **state)
{
	(void)state;
	assert_false(same(&domain_alice, "alice", "."));
	assert_false(same(&domain_alice, "alice", "SERVER"));
	assert_false(same(&domain_alice, "alice", "server.domain.test"));
	assert_false(same(&domain_alice, "SERVER\\alice", ""));
	assert_false(same(&domain_alice, "alice@server", ""));
	assert_false(same(&local_alice, "alice", "DOMAIN"));
	assert_false(same(&local_alice, "alice", "domain.test"));
	assert_false(same(&local_alice, "DOMAIN\\alice", ""));
	assert_false(same(&local_alice, "alice@domain.test", ""));
}

/* In no domain, the NetBIOS domain name shown is the machine's own, and a DNS suffix is no domain of accounts. */
static void a_machine_in_no_domain_has_no_domains_aliases(void **state)
{
	struct host_names suffixed = *test_workgroup_names();
	static const struct logon of_suffix = { .user = "alice", .domain = "example.test" };

	(void)state;
	suffixed.dns_domain = borrowed(u16("example.test"));
	assert_true(same_at(&suffixed, &local_alice, "alice", "LONELY"));
	assert_true(same_at(&suffixed, &local_alice, "alice", "lonely"));
	assert_false(same_at(&suffixed, &local_alice, "alice", "example.test"));
	assert_false(same_at(&suffixed, &of_suffix, "alice", "LONELY"));
	assert_true(same_at(&suffixed, &of_suffix, "alice", "example.test"));
}

/* Names that the host does not have are no aliases: two unknown names are not the same one. */
static void unknown_names_of_the_host_are_nobodys_domain(void **state)
{
	static const struct host_names none;
	static const struct logon of_a_domain = { .user = "alice", .domain = "CORP" };

	(void)state;
	assert_true(same_at(&none, &local_alice, "alice", ""));
	assert_true(same_at(&none, &local_alice, "alice", "."));
	assert_false(same_at(&none, &local_alice, "alice", "CORP"));
	assert_false(same_at(&none, &of_a_domain, "alice", "."));
	assert_true(same_at(&none, &of_a_domain, "alice", ""));
}

/* An authority that knows no domain of an account does not say that it is this machine's. */
static void an_account_without_a_domain_need_not_be_local(void **state)
{
	static const struct logon nowhere = { .user = "alice", .domain = "" };
	struct host_names no_dns = *test_host_names();

	(void)state;
	no_dns.dns_computer = no_dns.dns_domain = (struct secret) { 0 };
	assert_true(same_at(&no_dns, &nowhere, "alice", ""));
	assert_false(same_at(&no_dns, &nowhere, "alice", "."));
	assert_false(same_at(&no_dns, &nowhere, "alice", "SERVER"));
	assert_false(same_at(&no_dns, &nowhere, "alice", "DOMAIN"));
}

static void nobody_is_nobody(void **state)
{
	static const struct logon without_names = {
		.user = "alice", .domain = "", .sent_user = "", .sent_domain = "", .local = true
	};

	(void)state;
	assert_false(same(&without_names, "", ""));
	assert_false(same(&without_names, ".\\", ""));
	assert_false(same_exactly(&without_names, "", ""));
}

/* --- Form (c): a UPN --- */

static void a_upn_of_the_accounts_domain_is_the_same_user(void **state)
{
	static const struct logon of_realm = { .user = "alice", .domain = "CORP.EXAMPLE" };

	(void)state;
	assert_true(same(&of_realm, "alice@CORP.EXAMPLE", ""));
	assert_true(same(&of_realm, "Alice@corp.example", ""));
	assert_true(same(&domain_alice, "alice@domain.test", ""));
	assert_true(same(&local_alice, "alice@server", ""));
	assert_false(same(&of_realm, "alice@OTHER.EXAMPLE", ""));
	assert_false(same(&of_realm, "bob@CORP.EXAMPLE", ""));
	assert_false(same(&of_realm, "alice@", ""));
	assert_false(same(&of_realm, "@CORP.EXAMPLE", ""));
	assert_false(same(&of_realm, "alice@x@CORP.EXAMPLE", ""));
}

/* The suffix says the domain; another one beside it contradicts. */
static void a_upn_has_no_domain_beside_it(void **state)
{
	(void)state;
	assert_false(same(&domain_alice, "alice@domain.test", "OTHER"));
	assert_false(same(&domain_alice, "OTHER\\alice@domain.test", ""));
}

static void alice_slash_admin_is_never_alice(void **state)
{
	static const struct logon of_realm = { .user = "alice", .domain = "R" };
	static const struct logon admin = { .user = "alice/admin", .domain = "R" };

	(void)state;
	assert_false(same(&of_realm, "alice/admin@R", ""));
	assert_false(same(&of_realm, "alice/admin", "R"));
	assert_false(same(&of_realm, "R/alice", ""));
	assert_false(same(&admin, "alice@R", ""));
	assert_false(same(&admin, "alice", "R"));
	assert_true(same(&admin, "alice/admin@R", ""));
}

/* --- What a directory says of the account --- */

#define ALICE_IN_CORP \
	.name = "alice", .netbios_domain = "CORP", .dns_domain = "CORP.TEST", \
	.principal_name = "alice@corp.test"

static void a_directorys_names_of_the_domain_are_aliases_of_the_realm(void **state)
{
	static const struct logon by_ticket = { .user = "alice", .domain = "CORP.TEST", ALICE_IN_CORP };

	(void)state;
	assert_true(same(&by_ticket, "alice", "CORP"));
	assert_true(same(&by_ticket, "ALICE", "corp"));
	assert_true(same(&by_ticket, "CORP\\alice", ""));
	assert_true(same(&by_ticket, "alice@CORP", ""));
	assert_true(same(&by_ticket, "alice", "corp.test"));
	assert_true(same(&by_ticket, "alice", ""));
	assert_false(same(&by_ticket, "bob", "CORP"));
	assert_false(same(&by_ticket, "CORP\\bob", ""));
	assert_false(same(&by_ticket, "alice", "CORP2"));
	assert_false(same(&by_ticket, "alice", "TEST"));
	assert_false(same(&by_ticket, "alice", "DOMAIN"));
	assert_false(same(&by_ticket, "alice", "SERVER"));
	assert_false(same(&by_ticket, "alice", "."));
	assert_false(same(&by_ticket, "alice/admin", "CORP"));
	assert_false(same(&by_ticket, "alice/admin@CORP", ""));
}

static void without_a_directory_the_realm_has_no_other_name(void **state)
{
	static const struct logon bare = { .user = "alice", .domain = "CORP.TEST" };

	(void)state;
	assert_true(same(&bare, "alice", "CORP.TEST"));
	assert_true(same(&bare, "alice@corp.test", ""));
	assert_false(same(&bare, "alice", "CORP"));
	assert_false(same(&bare, "alice@CORP", ""));
	assert_false(same(&bare, "alice.smith@corp.test", ""));
}

static void a_upn_is_the_one_that_the_directory_gave_the_account(void **state)
{
	static const struct logon smith = { .user = "asmith",
					    .domain = "CORP.TEST",
					    .name = "asmith",
					    .netbios_domain = "CORP",
					    .dns_domain = "CORP.TEST",
					    .principal_name = "alice.smith@example.com" };

	(void)state;
	assert_true(same(&smith, "alice.smith@example.com", ""));
	assert_true(same(&smith, "Alice.Smith@EXAMPLE.com", ""));
	assert_true(same(&smith, "asmith@corp.test", ""));
	assert_false(same(&smith, "asmith@example.com", ""));
	assert_false(same(&smith, "alice.smith@corp.test", ""));
	assert_false(same(&smith, "alice.smith", "example.com"));
	assert_false(same(&smith, "alice.smith", "CORP"));
	assert_false(same(&smith, "alice.smith", ""));
	assert_false(same(&smith, "alice.smith@example.com", "CORP"));
	assert_false(same(&smith, "CORP\\alice.smith@example.com", ""));
}

/* alice of CORP.TEST acts here as bob: she is CORP\alice as before, and CORP\bob is somebody else. */
static void whom_a_rule_makes_another_account_keeps_the_directorys_names(void **state)
{
	static const struct logon mapped = { .user = "bob",
					     .domain = "",
					     .sent_user = "alice",
					     .sent_domain = "CORP.TEST",
					     .local = true,
					     ALICE_IN_CORP };

	(void)state;
	assert_true(same(&mapped, "alice", "CORP"));
	assert_true(same(&mapped, "alice@corp.test", ""));
	assert_true(same(&mapped, "bob", ""));
	assert_true(same(&mapped, "bob", "."));
	assert_false(same(&mapped, "bob", "CORP"));
	assert_false(same(&mapped, "bob@corp.test", ""));
	assert_false(same(&mapped, "alice", ""));
	assert_false(same(&mapped, "alice", "."));
	assert_false(same(&mapped, "alice", "SERVER"));
}

/* A ticket need not have the name that the directory knows the user by. */
static void the_directorys_own_name_of_the_user_is_one_too(void **state)
{
	static const struct logon smith = { .user = "alice.smith",
					    .domain = "CORP.TEST",
					    .name = "asmith",
					    .netbios_domain = "CORP",
					    .dns_domain = "CORP.TEST" };

	(void)state;
	assert_true(same(&smith, "asmith", "CORP"));
	assert_true(same(&smith, "asmith", "CORP.TEST"));
	assert_true(same(&smith, "alice.smith", "CORP.TEST"));
	assert_false(same(&smith, "alice.smith", "CORP"));
	assert_false(same(&smith, "asmith", ""));
	assert_false(same(&smith, "asmith", "."));
}

/* Who may choose its own UPN, or comes from a realm that says what it likes. */
static void no_directory_names_an_account_of_this_machine(void **state)
{
	static const char *const upns[] = { "root", "root@", "root@.", "root@SERVER",
					    "root@Server.domain.test" };
	struct logon mallory = { .user = "mallory", .domain = "DOMAIN.TEST", .name = "mallory" };
	static const struct logon claimed = { .user = "mallory",
					      .domain = "CORP.TEST",
					      .name = "root",
					      .netbios_domain = "SERVER",
					      .dns_domain = "server.domain.test" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(upns); i++) {
		mallory.principal_name = upns[i];
		assert_false(same(&mallory, upns[i], ""));
	}
	mallory.principal_name = "root@corp.test";
	assert_true(same(&mallory, "root@corp.test", ""));
	assert_false(same(&claimed, "root", "SERVER"));
	assert_false(same(&claimed, "SERVER\\root", ""));
	assert_false(same(&claimed, "root@server.domain.test", ""));
}

static void another_realms_directory_names_no_account_of_our_domain(void **state)
{
	struct logon mallory = { .user = "mallory",
				 .domain = "EVIL.TEST",
				 .name = "administrator",
				 .netbios_domain = "DOMAIN",
				 .dns_domain = "domain.test",
				 .principal_name = "root@domain.test" };

	(void)state;
	assert_false(same(&mallory, "administrator", "DOMAIN"));
	assert_false(same(&mallory, "administrator@domain.test", ""));
	assert_false(same(&mallory, "root@domain.test", ""));
	mallory.domain = "DOMAIN.TEST";
	assert_true(same(&mallory, "administrator", "DOMAIN"));
	assert_true(same(&mallory, "root@domain.test", ""));
}

static void nothing_said_is_no_name(void **state)
{
	static const struct logon half = { .user = "alice", .domain = "R", .netbios_domain = "CORP" };
	static const struct logon nameless = { .user = "alice", .domain = "R", .name = "alice" };

	(void)state;
	assert_false(same(&half, "", "CORP"));
	assert_false(same(&half, "alice", "CORP"));
	assert_false(same(&nameless, "alice", "CORP"));
	assert_false(same(&nameless, "", ""));
}

/* A user of this machine may be one of its domain: by a ticket of the domain's realm. */
static void a_local_user_of_the_machines_domain_has_both_names(void **state)
{
	static const struct logon member = { .user = "alice", .domain = "DOMAIN.TEST", .local = true };

	(void)state;
	assert_true(same(&member, "alice", "DOMAIN"));
	assert_true(same(&member, "DOMAIN\\alice", ""));
	assert_true(same(&member, "alice", "SERVER"));
	assert_false(same(&member, "bob", "DOMAIN"));
	assert_false(same(&member, "alice", "CORP"));
}

/* --- To the letter --- */

static void twins_by_case_need_the_very_spelling(void **state)
{
	static const struct logon twin = {
		.user = "Alice", .domain = "", .sent_user = "Alice", .sent_domain = "OTHER", .local = true
	};

	(void)state;
	assert_true(same_exactly(&twin, "Alice", ""));
	assert_true(same_exactly(&twin, "Alice", "OTHER"));
	assert_true(same_exactly(&twin, "OTHER\\Alice", ""));
	assert_false(same_exactly(&twin, "alice", ""));
	assert_false(same_exactly(&twin, "Alice", "other"));
	assert_false(same_exactly(&twin, "Alice", "."));
	assert_false(same_exactly(&twin, "", ""));
}

static void this_machine_as_a_domain_is_none_a_dot_or_its_names(void **state)
{
	static const char *const yes[] = { "", ".", "SERVER", "server", "Server.Domain.Test" };
	static const char *const no[] = { "DOMAIN", "domain.test", "..", "SERVE", "localhost" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(yes); i++)
		assert_true(domain_is_this_machine(u16(yes[i]), test_host_names()));
	for (size_t i = 0; i < COUNT_OF(no); i++)
		assert_false(domain_is_this_machine(u16(no[i]), test_host_names()));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_names_of_the_logon_are_the_same_user),
		cmocka_unit_test(the_accounts_own_names_are_the_same_user),
		cmocka_unit_test(names_are_folded_as_windows_does),
		cmocka_unit_test(nuls_at_the_end_are_cut),
		cmocka_unit_test(a_domain_in_front_of_the_user_counts_as_its_domain),
		cmocka_unit_test(an_empty_domain_is_the_accounts_own),
		cmocka_unit_test(the_machines_names_are_a_local_accounts_domain),
		cmocka_unit_test(the_domains_two_names_are_one_domain),
		cmocka_unit_test(another_domain_has_no_aliases_here),
		cmocka_unit_test(local_and_domain_twins_are_told_apart),
		cmocka_unit_test(a_machine_in_no_domain_has_no_domains_aliases),
		cmocka_unit_test(unknown_names_of_the_host_are_nobodys_domain),
		cmocka_unit_test(an_account_without_a_domain_need_not_be_local),
		cmocka_unit_test(nobody_is_nobody),
		cmocka_unit_test(a_upn_of_the_accounts_domain_is_the_same_user),
		cmocka_unit_test(a_upn_has_no_domain_beside_it),
		cmocka_unit_test(alice_slash_admin_is_never_alice),
		cmocka_unit_test(a_directorys_names_of_the_domain_are_aliases_of_the_realm),
		cmocka_unit_test(without_a_directory_the_realm_has_no_other_name),
		cmocka_unit_test(a_upn_is_the_one_that_the_directory_gave_the_account),
		cmocka_unit_test(whom_a_rule_makes_another_account_keeps_the_directorys_names),
		cmocka_unit_test(the_directorys_own_name_of_the_user_is_one_too),
		cmocka_unit_test(no_directory_names_an_account_of_this_machine),
		cmocka_unit_test(another_realms_directory_names_no_account_of_our_domain),
		cmocka_unit_test(nothing_said_is_no_name),
		cmocka_unit_test(a_local_user_of_the_machines_domain_has_both_names),
		cmocka_unit_test(twins_by_case_need_the_very_spelling),
		cmocka_unit_test(this_machine_as_a_domain_is_none_a_dot_or_its_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
