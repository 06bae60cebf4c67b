#include "account/account_file.h"

#include "base/utf16.h"
#include "support/captured_trace.h"
#include "support/hex.h"
#include "support/seams.h"

/* Hashes that say which account was found. */
#define H1 "11111111111111111111111111111111"
#define H2 "22222222222222222222222222222222"
#define H3 "33333333333333333333333333333333"
#define H4 "44444444444444444444444444444444"

static struct slice text(const char *characters)
{
	return slice_of(characters, strlen(characters));
}

/* UTF-16LE of UTF-8, kept until the program ends. */
static struct slice wide(const char *characters)
{
	struct byte_writer out = writer_fixed(keep_bytes(2 * strlen(characters)), 2 * strlen(characters));

	assert_true(strlen(characters) == 0 || utf16_from_utf8(&out, text(characters)));
	return writer_slice(&out);
}

static enum reason find(const char *file, const char *user, const char *domain, struct account_match *match)
{
	return account_file_find(text(file), wide(user), wide(domain), match);
}

#define assert_found(file, user, domain, hash) \
	do { \
		struct account_match match_; \
\
		assert_int_equal(find((file), (user), (domain), &match_), REASON_OK); \
		assert_bytes(slice_of(match_.entry.nt_hash, NT_HASH_SIZE), hex(hash)); \
	} while (0)

/* And nothing of anybody is handed out. */
#define assert_not_found(file, user, domain, reason) \
	do { \
		static const uint8_t zeros_[NT_HASH_SIZE]; \
		struct account_match match_; \
\
		assert_int_equal(find((file), (user), (domain), &match_), (reason)); \
		assert_bytes(slice_of(match_.entry.nt_hash, NT_HASH_SIZE), slice_of(zeros_, NT_HASH_SIZE)); \
		assert_int_not_equal(match_.entry.state, REASON_OK); \
	} while (0)

/* --- Lines --- */

static void comments_and_empty_lines_are_passed(void **state)
{
	static const char file[] =
		"# accounts\n\nalice::" H1 "\n \t\n#bob::" H2 "\ncarol:CORP:" H3 "\n# end\n";

	(void)state;
	assert_found(file, "alice", "", H1);
	assert_found(file, "carol", "CORP", H3);
	assert_not_found(file, "bob", "", REASON_UNKNOWN_USER);
	assert_not_found(file, "#bob", "", REASON_UNKNOWN_USER);
}

static void lines_may_end_as_on_windows(void **state)
{
	static const char file[] = "# accounts\r\n\r\nalice::" H1 "\r\nbob::" H2 "\r\n";

	(void)state;
	assert_found(file, "alice", "", H1);
	assert_found(file, "bob", "", H2);
}

static void an_empty_file_knows_nobody(void **state)
{
	(void)state;
	assert_not_found("", "alice", "", REASON_UNKNOWN_USER);
	assert_not_found("\n", "alice", "", REASON_UNKNOWN_USER);
	assert_not_found("# nobody yet\n", "alice", "", REASON_UNKNOWN_USER);
}

static void a_malformed_line_refuses_everybody_before_it_and_behind_it(void **state)
{
	static const char file[] = "alice::" H1 "\nbob:" H2 "\ncarol::" H3 "\n";

	(void)state;
	captured_trace_start();
	assert_not_found(file, "alice", "", REASON_ACCOUNT_FILE_MALFORMED);
	assert_not_found(file, "bob", "", REASON_ACCOUNT_FILE_MALFORMED);
	assert_not_found(file, "carol", "", REASON_ACCOUNT_FILE_MALFORMED);
	assert_int_equal(captured_trace_count("account-file-malformed"), 3);
	assert_int_equal(captured_trace_count("line 2 "), 3);
	assert_int_equal(captured_trace_count(H2), 0);
	captured_trace_stop();
}

/* A SAM line cut behind its LM hash looks like a line of ours, with the LM hash for an NT hash. */
static void a_last_line_without_its_end_refuses_everybody(void **state)
{
	(void)state;
	assert_not_found("alice::" H1 "\nbob:CORP:" H2, "alice", "", REASON_ACCOUNT_FILE_MALFORMED);
	assert_not_found("alice::" H1 "\nbob:CORP:" H2, "bob", "CORP", REASON_ACCOUNT_FILE_MALFORMED);
	assert_not_found("alice::" H1 "\n# a comm", "alice", "", REASON_ACCOUNT_FILE_MALFORMED);
	assert_not_found("alice::" H1 "\r", "alice", "", REASON_ACCOUNT_FILE_MALFORMED);
}

static void the_lines_are_gone_over_in_their_order(void **state)
{
	struct account_lines lines = account_lines_of(text("#\nalice::" H1 "\n\nbob:CORP:" H2 "\n"));
	struct account_entry entry;

	(void)state;
	assert_int_equal(account_lines_next(&lines, &entry), ACCOUNT_NEXT_ENTRY);
	assert_bytes(entry.user, text("alice"));
	assert_int_equal(lines.number, 2);
	assert_int_equal(account_lines_next(&lines, &entry), ACCOUNT_NEXT_ENTRY);
	assert_bytes(entry.user, text("bob"));
	assert_bytes(entry.domain, text("CORP"));
	assert_int_equal(lines.number, 4);
	assert_int_equal(account_lines_next(&lines, &entry), ACCOUNT_NEXT_NONE);
	assert_int_equal(account_lines_next(&lines, &entry), ACCOUNT_NEXT_NONE);
}

/* --- Who is meant --- */

static const char company[] = "alice::" H1 "\n"
			      "alice:CORP:" H2 "\n"
			      "bob:CORP:" H3 "\n"
			      "carol::" H4 "\n";

static void user_and_domain_come_first(void **state)
{
	(void)state;
	assert_found(company, "alice", "CORP", H2);
	assert_found(company, "alice", "", H1);
	assert_found(company, "bob", "CORP", H3);
}

static void then_the_user_without_a_domain(void **state)
{
	(void)state;
	assert_found(company, "alice", "OTHER", H1);
	assert_found(company, "carol", "CORP", H4);
	assert_found(company, "carol", ".", H4);
}

static void an_account_of_a_domain_is_not_meant_without_it(void **state)
{
	(void)state;
	assert_not_found(company, "bob", "", REASON_UNKNOWN_USER);
	assert_not_found(company, "bob", "OTHER", REASON_UNKNOWN_USER);
	assert_not_found(company, "bob", "CORP.EXAMPLE", REASON_UNKNOWN_USER);
}

static void names_are_folded(void **state)
{
	(void)state;
	assert_found(company, "ALICE", "corp", H2);
	assert_found(company, "Bob", "Corp", H3);
	assert_found("zo\xC3\xAB::" H1 "\n", "ZO\xC3\x8B", "", H1);
	assert_not_found("stra\xC3\x9F"
			 "e::" H1 "\n",
			 "STRASSE", "", REASON_UNKNOWN_USER);
	assert_not_found("i::" H1 "\n", "\xC4\xB1", "", REASON_UNKNOWN_USER);
}

static void nuls_at_a_names_end_are_cut(void **state)
{
	struct account_match match;

	(void)state;
	assert_int_equal(account_file_find(text(company), hex("62006f0062000000"),
					   hex("43004f005200500000000000"), &match),
			 REASON_OK);
	assert_bytes(slice_of(match.entry.nt_hash, NT_HASH_SIZE), hex(H3));
}

static void a_upn_is_looked_for_whole_first(void **state)
{
	static const char file[] = "alice@corp.example::" H1 "\nalice:corp.example:" H2 "\nalice::" H3 "\n";

	(void)state;
	assert_found(file, "alice@corp.example", "", H1);
	assert_found(file, "Alice@Corp.Example", "", H1);
}

static void then_split_at_its_last_at(void **state)
{
	static const char file[] = "alice:corp.example:" H2 "\nalice::" H3 "\na@b:corp.example:" H4 "\n";

	(void)state;
	assert_found(file, "alice@corp.example", "", H2);
	assert_found(file, "alice@other.example", "", H3);
	assert_found(file, "a@b@corp.example", "", H4);
	assert_not_found(file, "b@corp.example", "", REASON_UNKNOWN_USER);
}

static void a_upn_with_a_domain_beside_it_is_not_split(void **state)
{
	(void)state;
	assert_not_found("alice:corp.example:" H2 "\n", "alice@corp.example", "CORP", REASON_UNKNOWN_USER);
	assert_found("alice@corp.example::" H1 "\n", "alice@corp.example", "CORP", H1);
}

static void an_at_at_the_edge_splits_nothing(void **state)
{
	static const char file[] = "alice::" H1 "\n";

	(void)state;
	assert_not_found(file, "alice@", "", REASON_UNKNOWN_USER);
	assert_not_found(file, "@alice", "", REASON_UNKNOWN_USER);
	assert_not_found(file, "@", "", REASON_UNKNOWN_USER);
}

/* Kerberos' instances: no rule here makes alice of them. */
static void alice_slash_admin_is_never_alice(void **state)
{
	static const char file[] = "alice::" H1 "\nalice:CORP:" H2 "\n";

	(void)state;
	assert_not_found(file, "alice/admin@CORP", "", REASON_UNKNOWN_USER);
	assert_not_found(file, "alice/admin", "CORP", REASON_UNKNOWN_USER);
	assert_not_found(file, "CORP/alice", "", REASON_UNKNOWN_USER);
}

static void nobody_is_nobody(void **state)
{
	(void)state;
	assert_not_found(company, "", "", REASON_UNKNOWN_USER);
	assert_not_found(company, "", "CORP", REASON_UNKNOWN_USER);
	assert_not_found(company, "ali", "", REASON_UNKNOWN_USER);
	assert_not_found(company, "alicea", "", REASON_UNKNOWN_USER);
}

static void half_a_unit_finds_nobody(void **state)
{
	struct account_match match;

	(void)state;
	assert_int_equal(account_file_find(text(company), hex("62006f006200aa"), slice_of(NULL, 0), &match),
			 REASON_UNKNOWN_USER);
	assert_int_equal(
		account_file_find(text(company), hex("62006f006200"), hex("43004f0052005000aa"), &match),
		REASON_UNKNOWN_USER);
}

static void an_account_in_a_bad_state_is_found_all_the_same(void **state)
{
	static const char file[] = "alice:1:" H1 ":" H2 ":[DU         ]:LCT-0:\nalice:CORP:\n";
	struct account_match match;

	(void)state;
	assert_int_equal(find(file, "alice", "", &match), REASON_OK);
	assert_int_equal(match.entry.state, REASON_ACCOUNT_DISABLED);
	/* It does not fall through to the one without a domain. */
	assert_int_equal(find(file, "alice", "CORP", &match), REASON_OK);
	assert_int_equal(match.entry.state, REASON_NO_PASSWORD_SET);
}

/* --- Twins --- */

static const char twins[] = "alice::" H1 "\nAlice::" H2 "\nbob:CORP:" H3 "\nbob:corp:" H4 "\n";

static void accounts_that_differ_in_case_only_must_be_spelt_exactly(void **state)
{
	(void)state;
	assert_found(twins, "alice", "", H1);
	assert_found(twins, "Alice", "", H2);
	assert_not_found(twins, "ALICE", "", REASON_AMBIGUOUS_USER);
	assert_found(twins, "bob", "CORP", H3);
	assert_found(twins, "bob", "corp", H4);
	assert_not_found(twins, "bob", "Corp", REASON_AMBIGUOUS_USER);
	assert_not_found(twins, "BOB", "CORP", REASON_AMBIGUOUS_USER);
}

static void ambiguous_users_do_not_fall_through(void **state)
{
	static const char file[] = "bob:CORP:" H3 "\nbob:corp:" H4 "\nbob::" H1 "\n";

	(void)state;
	assert_not_found(file, "Bob", "CORP", REASON_AMBIGUOUS_USER);
	assert_found(file, "Bob", "OTHER", H1);
}

static void two_lines_with_the_same_names_are_never_meant(void **state)
{
	static const char file[] = "alice::" H1 "\nalice:1000:" H1 ":" H2 ":[U          ]:LCT-0:\n";

	(void)state;
	assert_not_found(file, "alice", "", REASON_AMBIGUOUS_USER);
	assert_not_found(file, "Alice", "", REASON_AMBIGUOUS_USER);
}

static void a_match_says_whether_it_has_twins(void **state)
{
	struct account_match match;

	(void)state;
	assert_int_equal(find(twins, "Alice", "", &match), REASON_OK);
	assert_true(match.has_twins);
	assert_int_equal(find(company, "alice", "", &match), REASON_OK);
	assert_false(match.has_twins); /* CORP\alice is somebody else, not a twin */
}

static void a_match_says_whether_it_has_the_very_names_that_were_asked_for(void **state)
{
	struct account_match match;

	(void)state;
	assert_int_equal(find(company, "alice", "CORP", &match), REASON_OK);
	assert_true(match.is_exact);
	assert_int_equal(find(company, "carol", "", &match), REASON_OK);
	assert_true(match.is_exact);
	assert_int_equal(find(company, "alice", "corp", &match), REASON_OK);
	assert_false(match.is_exact);
	assert_int_equal(find(company, "carol", "CORP", &match), REASON_OK);
	assert_false(match.is_exact);
	assert_int_equal(find(company, "alice@CORP", "", &match), REASON_OK);
	assert_false(match.is_exact);
}

static void looking_takes_no_memory(void **state)
{
	struct account_match match;
	long made = seam_allocations();

	(void)state;
	assert_int_equal(find(company, "alice", "CORP", &match), REASON_OK);
	assert_int_equal(find(company, "nobody@example", "", &match), REASON_UNKNOWN_USER);
	assert_int_equal(seam_allocations(), made);
}

/* --- Changing --- */

static enum reason set(struct byte_writer *out, const char *file, const char *user, const char *domain)
{
	return account_file_set(out, text(file), text(user), text(domain), hex(H4).data);
}

#define assert_set(before, user, domain, after) \
	do { \
		CLEANUP(writer_wipe) struct byte_writer out_ = writer_growing(); \
\
		assert_int_equal(set(&out_, (before), (user), (domain)), REASON_OK); \
		assert_bytes(writer_slice(&out_), text(after)); \
	} while (0)

#define assert_removed(before, user, domain, after) \
	do { \
		CLEANUP(writer_wipe) struct byte_writer out_ = writer_growing(); \
\
		assert_int_equal(account_file_remove(&out_, text(before), text(user), text(domain)), \
				 REASON_OK); \
		assert_bytes(writer_slice(&out_), text(after)); \
	} while (0)

static void a_new_account_goes_to_the_end(void **state)
{
	(void)state;
	assert_set("", "alice", "", "alice::" H4 "\n");
	assert_set("# head\nbob::" H1 "\n# tail\n", "alice", "CORP",
		   "# head\nbob::" H1 "\n# tail\nalice:CORP:" H4 "\n");
	/* The account without a domain is another one. */
	assert_set("alice::" H1 "\n", "alice", "CORP", "alice::" H1 "\nalice:CORP:" H4 "\n");
}

static void a_known_account_is_changed_in_its_place(void **state)
{
	(void)state;
	assert_set("# a\nalice::" H1 "\n# b\nbob::" H2 "\n", "alice", "",
		   "# a\nalice::" H4 "\n# b\nbob::" H2 "\n");
	assert_set("alice::" H1 "\n", "ALICE", "", "alice::" H4 "\n");
	assert_set("x::" H1 "\r\nalice::" H1 "\r\n", "alice", "", "x::" H1 "\r\nalice::" H4 "\n");
}

static void the_twin_that_is_spelt_is_changed(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer out = writer_growing();

	(void)state;
	assert_set("alice::" H1 "\nAlice::" H2 "\n", "Alice", "", "alice::" H1 "\nAlice::" H4 "\n");
	assert_removed("alice::" H1 "\nAlice::" H2 "\n", "alice", "", "Alice::" H2 "\n");
	assert_int_equal(set(&out, "alice::" H1 "\nAlice::" H2 "\n", "ALICE", ""), REASON_AMBIGUOUS_USER);
	assert_int_equal(out.size, 0);
}

static void an_account_is_removed_and_the_rest_stays(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer out = writer_growing();
	static const char file[] = "# a\nalice::" H1 "\n# b\nbob:CORP:" H2 "\n";

	(void)state;
	assert_removed(file, "alice", "", "# a\n# b\nbob:CORP:" H2 "\n");
	assert_removed(file, "BOB", "corp", "# a\nalice::" H1 "\n# b\n");
	assert_int_equal(account_file_remove(&out, text(file), text("bob"), text("")), REASON_UNKNOWN_USER);
	assert_int_equal(account_file_remove(&out, text(file), text("carol"), text("")), REASON_UNKNOWN_USER);
	assert_int_equal(out.size, 0);
}

static void names_that_no_line_can_hold_are_refused(void **state)
{
	static const char *const bad[] = { "", "a:b", ("a\nb::" H1), "#a", "CORP\\a", "a\r", "\xFF" };
	CLEANUP(writer_wipe) struct byte_writer out = writer_growing();

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		assert_int_equal(set(&out, "", bad[i], ""), REASON_ACCOUNT_NAME);
		if (i > 0 && bad[i][0] != '#')
			assert_int_equal(set(&out, "", "alice", bad[i]), REASON_ACCOUNT_NAME);
	}
	assert_int_equal(out.size, 0);
}

static void a_malformed_file_is_not_changed(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer out = writer_growing();

	(void)state;
	assert_int_equal(set(&out, "alice::" H1, "bob", ""), REASON_ACCOUNT_FILE_MALFORMED);
	assert_int_equal(set(&out, "alice:" H1 "\n", "bob", ""), REASON_ACCOUNT_FILE_MALFORMED);
	assert_int_equal(account_file_remove(&out, text("alice::" H1 "\nx\n"), text("alice"), text("")),
			 REASON_ACCOUNT_FILE_MALFORMED);
	assert_int_equal(out.size, 0);
}

static void without_memory_a_change_says_so(void **state)
{
	long alive = seam_blocks_alive();

	(void)state;
	for (long n = 1;; n++) {
		struct byte_writer out = writer_growing();
		long made = seam_allocations();
		enum reason reason;

		seam_fail_allocation(n);
		reason = set(&out, "bob::" H1 "\n", "alice", "");
		seam_fail_allocation(0);
		if (seam_allocations() - made < n) {
			assert_int_equal(reason, REASON_OK);
			writer_wipe(&out);
			break;
		}
		assert_int_equal(reason, REASON_OUT_OF_MEMORY);
		writer_wipe(&out);
	}
	assert_int_equal(seam_blocks_alive(), alive);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comments_and_empty_lines_are_passed),
		cmocka_unit_test(lines_may_end_as_on_windows),
		cmocka_unit_test(an_empty_file_knows_nobody),
		cmocka_unit_test(a_malformed_line_refuses_everybody_before_it_and_behind_it),
		cmocka_unit_test(a_last_line_without_its_end_refuses_everybody),
		cmocka_unit_test(the_lines_are_gone_over_in_their_order),
		cmocka_unit_test(user_and_domain_come_first),
		cmocka_unit_test(then_the_user_without_a_domain),
		cmocka_unit_test(an_account_of_a_domain_is_not_meant_without_it),
		cmocka_unit_test(names_are_folded),
		cmocka_unit_test(nuls_at_a_names_end_are_cut),
		cmocka_unit_test(a_upn_is_looked_for_whole_first),
		cmocka_unit_test(then_split_at_its_last_at),
		cmocka_unit_test(a_upn_with_a_domain_beside_it_is_not_split),
		cmocka_unit_test(an_at_at_the_edge_splits_nothing),
		cmocka_unit_test(alice_slash_admin_is_never_alice),
		cmocka_unit_test(nobody_is_nobody),
		cmocka_unit_test(half_a_unit_finds_nobody),
		cmocka_unit_test(an_account_in_a_bad_state_is_found_all_the_same),
		cmocka_unit_test(accounts_that_differ_in_case_only_must_be_spelt_exactly),
		cmocka_unit_test(ambiguous_users_do_not_fall_through),
		cmocka_unit_test(two_lines_with_the_same_names_are_never_meant),
		cmocka_unit_test(a_match_says_whether_it_has_twins),
		cmocka_unit_test(a_match_says_whether_it_has_the_very_names_that_were_asked_for),
		cmocka_unit_test(looking_takes_no_memory),
		cmocka_unit_test(a_new_account_goes_to_the_end),
		cmocka_unit_test(a_known_account_is_changed_in_its_place),
		cmocka_unit_test(the_twin_that_is_spelt_is_changed),
		cmocka_unit_test(an_account_is_removed_and_the_rest_stays),
		cmocka_unit_test(names_that_no_line_can_hold_are_refused),
		cmocka_unit_test(a_malformed_file_is_not_changed),
		cmocka_unit_test(without_memory_a_change_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
