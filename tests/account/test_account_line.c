#include "account/account_line.h"

#include "support/hex.h"

#include <stdio.h>

#define HASH  "a4f49c406510bdcab6824ee7c30fd852" /* "Password", MS-NLMP 4.2.2.1.2 */
#define EMPTY "31d6cfe0d16ae931b73c59d7e0c089c0" /* "" */
#define LM    "e52cac67419a9a224a3b108f3fa6cb6d"
#define X32   "XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX"

static struct slice text(const char *characters)
{
	return slice_of(characters, strlen(characters));
}

static bool parses(const char *line, struct account_entry *entry)
{
	return account_line_parse(text(line), entry);
}

#define assert_entry(line, user_, domain_) \
	do { \
		struct account_entry entry_; \
\
		assert_true(parses((line), &entry_)); \
		assert_bytes(entry_.user, text(user_)); \
		assert_bytes(entry_.domain, text(domain_)); \
		assert_bytes(slice_of(entry_.nt_hash, NT_HASH_SIZE), hex(HASH)); \
		assert_int_equal(entry_.state, REASON_OK); \
	} while (0)

static void a_line_of_three_fields_is_user_domain_and_hash(void **state)
{
	(void)state;
	assert_entry("alice:CORP:" HASH, "alice", "CORP");
	assert_entry("alice::" HASH, "alice", "");
	assert_entry("alice:CORP:A4F49C406510BDCAB6824EE7C30FD852", "alice", "CORP");
	assert_entry("alice@corp.example::" HASH, "alice@corp.example", "");
	assert_entry("Zo\xC3\xAB van Dam:corp.example:" HASH, "Zo\xC3\xAB van Dam", "corp.example");
}

static void a_sam_line_has_an_lm_hash_that_counts_for_nothing(void **state)
{
	(void)state;
	assert_entry("alice:CORP:" LM ":" HASH ":::", "alice", "CORP");
	assert_entry("alice:CORP::" HASH ":::", "alice", "CORP");
	assert_entry("alice::" X32 ":" HASH ":::", "alice", "");
}

static void an_smbpasswd_line_has_a_number_flags_and_a_time_and_no_domain(void **state)
{
	(void)state;
	assert_entry("alice:1000:" X32 ":" HASH ":[U          ]:LCT-65923C80:", "alice", "");
	assert_entry("alice:0:" LM ":" HASH ":[UX         ]:LCT-00000000:", "alice", "");
	assert_entry("alice:1000:" X32 ":" HASH ":[]:LCT-:", "alice", "");
}

/* Of winpr-hash 2.11.7 (-f sam), and of smbpasswd 4.17.12: made, disabled, without a password. */
static void lines_that_other_tools_wrote_are_read(void **state)
{
	static const char *const without_logon[] = {
		"daemon:1:" X32 ":A9F0DD57E1EDAB5BB55A9AC0A99C15EC:[DU         ]:LCT-6B061593:",
		"bin:2:NO PASSWORDXXXXXXXXXXXXXXXXXXXXX:NO PASSWORDXXXXXXXXXXXXXXXXXXXXX"
		":[NDU        ]:LCT-00000000:",
	};
	static const enum reason states[] = { REASON_ACCOUNT_DISABLED, REASON_NO_PASSWORD_SET };

	(void)state;
	assert_entry("alice:CORP::a4f49c406510bdcab6824ee7c30fd852:::", "alice", "CORP");
	assert_entry("nobody:0:" X32 ":A4F49C406510BDCAB6824EE7C30FD852:[U          ]:LCT-6B061593:",
		     "nobody", "");
	for (size_t i = 0; i < COUNT_OF(without_logon); i++) {
		struct account_entry entry;

		assert_true(parses(without_logon[i], &entry));
		assert_int_equal(entry.state, states[i]);
	}
}

static void flags_say_who_may_not_log_on(void **state)
{
	static const struct {
		const char *flags;
		enum reason state;
	} lines[] = {
		{ "[U          ]", REASON_OK },
		{ "[DU         ]", REASON_ACCOUNT_DISABLED },
		{ "[UD         ]", REASON_ACCOUNT_DISABLED },
		{ "[NU         ]", REASON_NO_PASSWORD_SET },
		{ "[NDU        ]", REASON_NO_PASSWORD_SET },
		{ "[UL         ]", REASON_ACCOUNT_LOCKED },
		{ "[W          ]", REASON_ACCOUNT_OF_MACHINE },
		{ "[S          ]", REASON_ACCOUNT_OF_MACHINE },
		{ "[I          ]", REASON_ACCOUNT_OF_MACHINE },
		{ "[UHTMX      ]", REASON_OK },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(lines); i++) {
		char line[160];
		struct account_entry entry;

		snprintf(line, sizeof(line), "alice:1000:" X32 ":" HASH ":%s:LCT-65923C80:", lines[i].flags);
		assert_true(parses(line, &entry));
		assert_int_equal(entry.state, lines[i].state);
	}
}

/* An account without a hash must not become one with the hash 00..00, which anybody can answer with. */
static void a_missing_hash_is_no_hash(void **state)
{
	static const char *const lines[] = {
		"alice:CORP:",
		"alice:CORP:" X32,
		"alice:CORP:NO PASSWORDXXXXXXXXXXXXXXXXXXXXX",
		"alice:CORP:NO PASSWORD*********************",
		"alice:CORP:********************************",
		"alice:CORP:::::",
		"alice:CORP:" LM "::::",
		"alice:CORP:" LM ":" X32 ":::",
		"alice:1000:" X32 ":" X32 ":[U          ]:LCT-65923C80:",
		"alice:1000:NO PASSWORDXXXXXXXXXXXXXXXXXXXXX:NO PASSWORDXXXXXXXXXXXXXXXXXXXXX"
		":[NU         ]:LCT-65923C80:",
	};
	static const uint8_t zeros[NT_HASH_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(lines); i++) {
		struct account_entry entry;

		assert_true(parses(lines[i], &entry));
		assert_int_equal(entry.state, REASON_NO_PASSWORD_SET);
		assert_int_equal(account_entry_state(&entry, true), REASON_NO_PASSWORD_SET);
		assert_bytes(slice_of(entry.nt_hash, NT_HASH_SIZE), slice_of(zeros, sizeof(zeros)));
	}
}

static void what_has_none_of_the_forms_is_malformed(void **state)
{
	static const char *const lines[] = {
		"",
		"alice",
		"alice:CORP",
		":CORP:" HASH,             /* nobody */
		"alice:CORP:" HASH ":",    /* four fields */
		"alice:CORP:" LM ":" HASH, /* a SAM line that was cut */
		"alice:CORP:" LM ":" HASH "::",
		"alice:CORP:" LM ":" HASH ":::::",
		"alice:CORP:" LM ":" HASH ":x::",
		"alice:CORP:" LM ":" HASH "::x:",
		"alice:CORP:" LM ":" HASH ":::x",
		"alice:CORP:a4f49c406510bdcab6824ee7c30fd85", /* 31 digits */
		"alice:CORP:" HASH "0",
		"alice:CORP:" HASH " ",
		"alice:CORP:a4f49c406510bdcab6824ee7c30fd85g",
		"alice:CORP:0xf49c406510bdcab6824ee7c30fd852",
		"alice:CORP:XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX", /* 31 */
		"alice:CORP:XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX*",
		"alice:CORP:NO PASSWORD",
		"alice:CORP:!",
		"alice:CORP:Password",
		"alice:CORP:" LM "0:" HASH ":::",
		"alice:1000:" X32 ":" HASH ":[U          ]:LCT-65923C80:x",
		"alice:1000:" X32 ":" HASH ":[U          ]::",
		"alice:1000:" X32 ":" HASH ":[U          ]:65923C80:",
		"alice:1000:" X32 ":" HASH ":[U          :LCT-65923C80:",
		"alice:1000:" X32 ":" HASH ":[U ] ]:LCT-65923C80:",
		"alice:1000:" X32 ":" HASH ":[Q          ]:LCT-65923C80:",
		"alice:CORP:" X32 ":" HASH ":[U          ]:LCT-65923C80:", /* no number */
		"alice::" X32 ":" HASH ":[U          ]:LCT-65923C80:",
		"CORP\\alice::" HASH,
		"alice:CORP\\:" HASH,
		"al\tice::" HASH,
		"al\x7Fice::" HASH,
		"al\xC2\x85ice::" HASH,     /* a control of C1 */
		"al\xFFice::" HASH,         /* no UTF-8 */
		"alice:\xED\xA0\x80:" HASH, /* a surrogate */
		"#alice::" HASH,
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(lines); i++) {
		struct account_entry entry;

		if (parses(lines[i], &entry))
			fail_msg("%s was taken", lines[i]);
		assert_int_not_equal(entry.state, REASON_OK);
	}
}

static void a_nul_byte_is_malformed_wherever_it_stands(void **state)
{
	static const char line[] = "alice:1000:" X32 ":" HASH ":[U          ]:LCT-65923C80:";
	char changed[sizeof(line)];

	(void)state;
	for (size_t i = 0; i < sizeof("alice:1000:" X32 ":" HASH ":[U          ]:LCT-") - 1; i++) {
		struct account_entry entry;

		memcpy(changed, line, sizeof(line));
		changed[i] = 0;
		assert_false(account_line_parse(slice_of(changed, sizeof(line) - 1), &entry));
	}
}

/* Whatever is cut off, nothing is left that could be taken for an account, unless only empty fields went. */
static void a_cut_line_is_malformed_or_unusable(void **state)
{
	static const char *const lines[] = {
		"alice:CORP:" HASH,
		"alice:CORP:" LM ":" HASH ":::",
		"alice:1000:" X32 ":" HASH ":[U          ]:LCT-65923C80:",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(lines); i++)
		for (size_t size = 0; size < strlen(lines[i]); size++) {
			struct account_entry entry;
			bool lm_as_nt = size == strlen("alice:CORP:" LM) && i > 0;

			/* The cut that only the missing newline gives away (account_lines_next). */
			if (account_line_parse(slice_of(lines[i], size), &entry) && entry.state == REASON_OK)
				assert_true(lm_as_nt);
		}
}

static void names_have_a_longest_form_in_utf16_units(void **state)
{
	char longest[4 * ACCOUNT_NAME_MAX + 1] = { 0 };

	(void)state;
	memset(longest, 'a', ACCOUNT_NAME_MAX);
	assert_true(account_user_is_writable(text(longest)));
	assert_true(account_domain_is_writable(text(longest)));
	longest[ACCOUNT_NAME_MAX] = 'a';
	assert_false(account_user_is_writable(text(longest)));
	assert_false(account_domain_is_writable(text(longest)));

	for (size_t i = 0; i < ACCOUNT_NAME_MAX / 2; i++)
		memcpy(longest + 4 * i, "\xF0\x9F\x98\x80", 4); /* two units each */
	longest[2 * ACCOUNT_NAME_MAX] = 0;
	assert_true(account_user_is_writable(text(longest)));
	longest[2 * ACCOUNT_NAME_MAX] = 'a';
	assert_false(account_user_is_writable(text(longest)));
}

static void a_name_that_a_line_could_not_hold_is_not_writable(void **state)
{
	(void)state;
	assert_true(account_user_is_writable(text("alice@corp.example")));
	assert_true(account_user_is_writable(text("al#ice")));
	assert_true(account_domain_is_writable(text("")));
	assert_false(account_user_is_writable(text("")));
	assert_false(account_user_is_writable(text("#alice")));
	assert_false(account_user_is_writable(text("a:b")));
	assert_false(account_user_is_writable(text("a\nb")));
	assert_false(account_user_is_writable(text("a\\b")));
	assert_false(account_user_is_writable(text("\xC3")));
	assert_false(account_domain_is_writable(text("CO:RP")));
	assert_false(account_domain_is_writable(text("CORP\r")));
}

static void the_empty_passwords_hash_needs_permission(void **state)
{
	struct account_entry entry;

	(void)state;
	assert_true(parses("alice::" EMPTY, &entry));
	assert_int_equal(account_entry_state(&entry, false), REASON_EMPTY_PASSWORD);
	assert_int_equal(account_entry_state(&entry, true), REASON_OK);
	assert_true(parses("alice:1:" X32 ":" EMPTY ":[DU         ]:LCT-0:", &entry));
	assert_int_equal(account_entry_state(&entry, true), REASON_ACCOUNT_DISABLED);
	assert_true(parses("alice::" HASH, &entry));
	assert_int_equal(account_entry_state(&entry, false), REASON_OK);
}

/* --- Writing --- */

static void a_written_line_reads_back(void **state)
{
	CLEANUP(writer_wipe) struct byte_writer out = writer_growing();

	(void)state;
	account_line_write(&out, text("alice"), text("CORP"), hex(HASH).data);
	assert_bytes(writer_slice(&out), text("alice:CORP:" HASH "\n"));
}

static void a_changed_line_keeps_its_form_and_loses_its_lm_hash(void **state)
{
	static const char *const lines[][2] = {
		{ "alice:CORP:" EMPTY, "alice:CORP:" HASH "\n" },
		{ "alice::", "alice::" HASH "\n" },
		{ "alice:CORP:" LM ":" EMPTY ":::", "alice:CORP:" X32 ":" HASH ":::\n" },
		{ "alice:CORP:::::", "alice:CORP::" HASH ":::\n" },
		{ "alice:1000:" LM ":" X32 ":[NU         ]:LCT-65923C80:",
		  "alice:1000:" X32 ":" HASH ":[ U         ]:LCT-65923C80:\n" },
		{ "alice:1000:" X32 ":" EMPTY ":[DU         ]:LCT-65923C80:",
		  "alice:1000:" X32 ":" HASH ":[DU         ]:LCT-65923C80:\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(lines); i++) {
		CLEANUP(writer_wipe) struct byte_writer out = writer_growing();
		struct account_entry entry;

		assert_true(parses(lines[i][0], &entry));
		account_line_write_changed(&out, &entry, hex(HASH).data);
		assert_bytes(writer_slice(&out), text(lines[i][1]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_of_three_fields_is_user_domain_and_hash),
		cmocka_unit_test(a_sam_line_has_an_lm_hash_that_counts_for_nothing),
		cmocka_unit_test(an_smbpasswd_line_has_a_number_flags_and_a_time_and_no_domain),
		cmocka_unit_test(lines_that_other_tools_wrote_are_read),
		cmocka_unit_test(flags_say_who_may_not_log_on),
		cmocka_unit_test(a_missing_hash_is_no_hash),
		cmocka_unit_test(what_has_none_of_the_forms_is_malformed),
		cmocka_unit_test(a_nul_byte_is_malformed_wherever_it_stands),
		cmocka_unit_test(a_cut_line_is_malformed_or_unusable),
		cmocka_unit_test(names_have_a_longest_form_in_utf16_units),
		cmocka_unit_test(a_name_that_a_line_could_not_hold_is_not_writable),
		cmocka_unit_test(the_empty_passwords_hash_needs_permission),
		cmocka_unit_test(a_written_line_reads_back),
		cmocka_unit_test(a_changed_line_keeps_its_form_and_loses_its_lm_hash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
