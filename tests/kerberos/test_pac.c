/* What a PAC says of the client (MS-PAC), by those of real KDCs, and everything that is wrong with one. */
#include "kerberos/pac.h"

#include "base/sid.h"
#include "kerberos/logon_info.h"
#include "support/hex.h"
#include "support/pac.h"
#include "support/seams.h"
#include "vectors/pac.h"

#include <stdlib.h>

/* Offsets in a buffer of logon information: behind the headers and the pointer, MS-PAC 2.5. */
enum {
	OBJECT_SIZE_AT = 8,
	STRUCT_AT = 20,
	EFFECTIVE_NAME_AT = STRUCT_AT + 48,
	USER_ID_AT = STRUCT_AT + 100,
	PRIMARY_GROUP_AT = STRUCT_AT + 104,
	GROUP_COUNT_AT = STRUCT_AT + 108,
	USER_FLAGS_AT = STRUCT_AT + 116,
	DOMAIN_ID_AT = STRUCT_AT + 152,
	SID_COUNT_AT = STRUCT_AT + 196,
	EXTRA_SIDS_AT = STRUCT_AT + 200,
	RESOURCE_COUNT_AT = STRUCT_AT + 208,
	DEFERRED_AT = STRUCT_AT + 216,
};
/* Of pac_samba's: EffectiveName is the first behind the struct, then five empty names and the groups. */
enum {
	SAMBA_NAME_OFFSET_AT = DEFERRED_AT + 4,
	SAMBA_GROUPS_AT = DEFERRED_AT + 84,
	SAMBA_DOMAIN_AT = DEFERRED_AT + 160,
	SAMBA_EXTRA_AT = DEFERRED_AT + 188,
};

static struct directory_user user;

static int begin(void **state)
{
	(void)state;
	user = (struct directory_user) { 0 };
	return 0;
}

static int end(void **state)
{
	(void)state;
	directory_user_wipe(&user);
	assert_int_equal(seam_blocks_alive(), 0);
	return 0;
}

/* --- Help */

static enum reason take(struct slice pac)
{
	directory_user_wipe(&user);
	return pac_read(pac, u16("alice"), &user);
}

static void assert_bad(struct slice pac)
{
	assert_string_equal(reason_word(take(pac)), "kerberos-bad-pac");
	assert_int_equal(user.sid.size, 0);
	assert_int_equal(user.group_sids.size, 0);
	assert_int_equal(user.name.size, 0);
}

static void assert_text(const struct secret *text, const char *expected)
{
	assert_bytes(secret_slice(text), u16(expected));
}

static void assert_sid(struct slice sid, const char *expected)
{
	LOCAL_WRITER(text);

	sid_write_text(&text, sid);
	assert_bytes(writer_slice(&text), slice_of(expected, strlen(expected)));
}

/* One SID a row, in order; `count` of them in all. */
static void assert_groups(const char *const *expected, size_t rows, size_t count)
{
	struct byte_reader in = reader_of(secret_slice(&user.group_sids));
	struct slice sid;

	for (size_t i = 0; i < count; i++) {
		assert_true(sid_read(&in, &sid));
		if (i < rows)
			assert_sid(sid, expected[i]);
	}
	assert_true(reader_empty(&in));
}

static struct slice samba_logon(void)
{
	return pac_buffer(hex(pac_samba), PAC_TYPE_LOGON);
}

/* With the logon information alone, one number of it changed. */
static struct slice pac_with(struct slice logon, size_t at, uint32_t value)
{
	struct byte_writer changed = writer_fixed(keep_bytes(logon.size), logon.size);

	writer_bytes(&changed, logon);
	writer_patch_u32le(&changed, at, value);
	assert_true(writer_ok(&changed));
	return PAC(pac_client("alice"), { PAC_TYPE_LOGON, writer_slice(&changed) });
}

/* --- What real KDCs say */

static void a_pac_of_samba_names_the_user_and_its_groups(void **state)
{
	static const char *const groups[] = {
		"S-1-5-21-1440719833-3775916210-1326304225-513",
		"S-1-5-21-1440719833-3775916210-1326304225-1107",
		"S-1-5-21-1440719833-3775916210-1326304225-1109",
		"S-1-5-21-1440719833-3775916210-1326304225-1108",
		"S-1-18-1",
	};

	(void)state;
	assert_int_equal(take(hex(pac_samba)), REASON_OK);
	assert_text(&user.name, "alice");
	assert_text(&user.netbios_domain, "CORP");
	assert_text(&user.dns_domain, "CORP.TEST");
	assert_text(&user.principal_name, "alice@corp.test");
	assert_sid(secret_slice(&user.sid), "S-1-5-21-1440719833-3775916210-1326304225-1103");
	assert_groups(groups, COUNT_OF(groups), COUNT_OF(groups));
}

static void a_user_principal_name_is_the_directorys(void **state)
{
	(void)state;
	assert_int_equal(pac_read(hex(pac_samba_upn), u16("asmith"), &user), REASON_OK);
	assert_text(&user.name, "asmith");
	assert_text(&user.principal_name, "alice.smith@corp.test");
	assert_sid(secret_slice(&user.sid), "S-1-5-21-1440719833-3775916210-1326304225-1110");
}

static void a_pac_of_mit_says_nothing(void **state)
{
	(void)state;
	assert_int_equal(take(hex(pac_mit)), REASON_OK);
	assert_int_equal(user.name.size + user.netbios_domain.size + user.dns_domain.size, 0);
	assert_int_equal(user.principal_name.size + user.sid.size + user.group_sids.size, 0);
}

/* The example of MS-PAC 3: 26 groups of the domain, 13 others. */
static void a_pac_of_windows_names_groups_of_several_domains(void **state)
{
	static const char *const groups[] = {
		"S-1-5-21-397955417-626881126-188441444-513",
		"S-1-5-21-397955417-626881126-188441444-3392609",
		"S-1-5-21-397955417-626881126-188441444-2999049",
		"S-1-5-21-397955417-626881126-188441444-3322974",
		"S-1-5-21-397955417-626881126-188441444-2931095",
	};

	(void)state;
	assert_int_equal(take(PAC(pac_client("alice"), { PAC_TYPE_LOGON, hex(logon_info_windows) })),
			 REASON_OK);
	assert_text(&user.name, "lzhu");
	assert_text(&user.netbios_domain, "NTDEV");
	assert_sid(secret_slice(&user.sid), "S-1-5-21-397955417-626881126-188441444-2914711");
	assert_groups(groups, COUNT_OF(groups), 26 + 13);
	assert_true(user.group_sids.size > 28);
	assert_sid(slice_of(user.group_sids.data + user.group_sids.size - 28, 28),
		   "S-1-5-21-397955417-626881126-188441444-3038983");
}

static void groups_of_the_services_domain_come_last(void **state)
{
	static const char *const groups[] = {
		"S-1-5-21-2284869408-3503417140-1141177250-513",
		"S-1-5-21-2284869408-3503417140-1141177250-1110",
		"S-1-5-21-2284869408-3503417140-1141177250-1109",
		"S-1-18-1",
		"S-1-5-21-3062750306-1230139592-1973306805-1107",
		"S-1-5-21-3062750306-1230139592-1973306805-1108",
	};

	(void)state;
	assert_int_equal(take(PAC(pac_client("alice"), { PAC_TYPE_LOGON, hex(logon_info_trust) })),
			 REASON_OK);
	assert_sid(secret_slice(&user.sid), "S-1-5-21-2284869408-3503417140-1141177250-1106");
	assert_groups(groups, COUNT_OF(groups), COUNT_OF(groups));
}

/* --- What counts */

static void sids_count_only_where_the_flags_announce_them(void **state)
{
	static const char *const groups[] = {
		"S-1-5-21-2284869408-3503417140-1141177250-513",
		"S-1-5-21-2284869408-3503417140-1141177250-1110",
		"S-1-5-21-2284869408-3503417140-1141177250-1109",
		"S-1-18-1",
	};

	(void)state;
	assert_int_equal(take(pac_with(hex(logon_info_trust), USER_FLAGS_AT, 0)), REASON_OK);
	assert_groups(groups, 3, 3);
	assert_int_equal(take(pac_with(hex(logon_info_trust), USER_FLAGS_AT, LOGON_EXTRA_SIDS)), REASON_OK);
	assert_groups(groups, 4, 4);
}

static void groups_that_are_not_enabled_do_not_count(void **state)
{
	static const char *const groups[] = {
		"S-1-5-21-1440719833-3775916210-1326304225-513",
		"S-1-5-21-1440719833-3775916210-1326304225-1109",
		"S-1-5-21-1440719833-3775916210-1326304225-1108",
		"S-1-18-1",
	};

	(void)state;
	/* The attributes of the second group: behind the count, a group and its own number. */
	assert_int_equal(take(pac_with(samba_logon(), SAMBA_GROUPS_AT + 16, 3)), REASON_OK);
	assert_groups(groups, COUNT_OF(groups), COUNT_OF(groups));
	assert_int_equal(take(pac_with(samba_logon(), SAMBA_EXTRA_AT + 8, 3)), REASON_OK);
	assert_groups(groups, 1, 4);
}

static void the_primary_group_counts_though_the_groups_lack_it(void **state)
{
	static const char *const groups[] = {
		"S-1-5-21-1440719833-3775916210-1326304225-514",
		"S-1-5-21-1440719833-3775916210-1326304225-513",
	};

	(void)state;
	assert_int_equal(take(pac_with(samba_logon(), PRIMARY_GROUP_AT, 514)), REASON_OK);
	assert_groups(groups, COUNT_OF(groups), 6);
	assert_int_equal(take(pac_with(samba_logon(), PRIMARY_GROUP_AT, 0)), REASON_OK);
	assert_groups(groups + 1, 1, 5);
}

static void a_user_without_a_number_is_the_first_of_the_extra_sids(void **state)
{
	(void)state;
	assert_int_equal(take(pac_with(samba_logon(), USER_ID_AT, 0)), REASON_OK);
	assert_sid(secret_slice(&user.sid), "S-1-18-1");
	assert_groups(NULL, 0, 4);
	{
		struct slice logon = samba_logon();

		((uint8_t *)(uintptr_t)logon.data)[USER_FLAGS_AT] = 0;
		assert_bad(pac_with(logon, USER_ID_AT, 0));
	}
}

/* --- Whose it is */

static void a_pac_of_another_client_is_refused(void **state)
{
	struct pac_part logon = { PAC_TYPE_LOGON, samba_logon() };

	(void)state;
	assert_int_equal(take(PAC(pac_client("alice"), logon)), REASON_OK);
	assert_bad(PAC(pac_client("bob"), logon));
	assert_bad(PAC(pac_client("Alice"), logon));
	assert_bad(PAC(pac_client("alic"), logon));
	assert_bad(PAC(pac_client("alice "), logon));
	assert_bad(PAC(pac_client(""), logon));
	assert_bad(PAC(logon));
	assert_bad(PAC({ PAC_TYPE_CLIENT, hex("0000000000000000 0a00 61006c006900630065") }, logon));
	assert_bad(PAC({ PAC_TYPE_CLIENT, hex("0000000000000000 0a00 61006c0069006300 6500 0000") }, logon));
}

static void a_requestor_is_the_user(void **state)
{
	struct pac_part logon = { PAC_TYPE_LOGON, samba_logon() };
	struct slice sid;

	(void)state;
	assert_int_equal(take(hex(pac_samba)), REASON_OK);
	sid = hex("0105 000000000005 15000000 d9a3df55 b2e80fe1 e1cb0d4f 4f040000");
	assert_bytes(secret_slice(&user.sid), sid);
	assert_int_equal(take(PAC(pac_client("alice"), logon, { PAC_TYPE_REQUESTOR, sid })), REASON_OK);
	assert_bad(PAC(pac_client("alice"), logon,
		       { PAC_TYPE_REQUESTOR,
			 hex("0105 000000000005 15000000 d9a3df55 b2e80fe1 e1cb0d4f 50040000") }));
	assert_bad(
		PAC(pac_client("alice"), logon, { PAC_TYPE_REQUESTOR, hex("0101 000000000005 01000000") }));
	assert_bad(PAC(pac_client("alice"), logon, { PAC_TYPE_REQUESTOR, slice_of(sid.data, sid.size - 1) }));
	assert_bad(PAC(pac_client("alice"), logon, { PAC_TYPE_REQUESTOR, slice_of(sid.data, 0) }));
	/* Without logon information there is nothing that it could contradict. */
	assert_int_equal(take(PAC(pac_client("alice"), { PAC_TYPE_REQUESTOR, sid })), REASON_OK);
	assert_int_equal(user.sid.size, 0);
}

static void the_sid_beside_the_names_is_the_users(void **state)
{
	struct slice of_alice = pac_buffer(hex(pac_samba), PAC_TYPE_UPN_DNS),
		     of_asmith = pac_buffer(hex(pac_samba_upn), PAC_TYPE_UPN_DNS);
	struct pac_part logon = { PAC_TYPE_LOGON, samba_logon() };

	(void)state;
	assert_int_equal(take(PAC(pac_client("alice"), logon, { PAC_TYPE_UPN_DNS, of_alice })), REASON_OK);
	assert_bad(PAC(pac_client("alice"), logon, { PAC_TYPE_UPN_DNS, of_asmith }));
	assert_int_equal(take(PAC(pac_client("alice"), { PAC_TYPE_UPN_DNS, of_asmith })), REASON_OK);
	assert_text(&user.principal_name, "alice.smith@corp.test");
}

/* Before 2021 there was neither a SID nor a SAM name. */
static void names_without_a_sid_are_taken(void **state)
{
	struct slice names = hex("1000 1000 0800 2000 00000000 00000000"
				 "61004000630072002e00740065007300 43004f0052005000");

	(void)state;
	assert_int_equal(take(PAC(pac_client("alice"), { PAC_TYPE_UPN_DNS, names })), REASON_OK);
	assert_text(&user.principal_name, "a@cr.tes");
	assert_text(&user.dns_domain, "CORP");
	((uint8_t *)(uintptr_t)names.data)[0] = 0x0f; /* half a unit */
	assert_bad(PAC(pac_client("alice"), { PAC_TYPE_UPN_DNS, names }));
	((uint8_t *)(uintptr_t)names.data)[0] = 0x10;
	((uint8_t *)(uintptr_t)names.data)[6] = 0x21; /* beyond the end */
	assert_bad(PAC(pac_client("alice"), { PAC_TYPE_UPN_DNS, names }));
}

/* --- What is none */

static void a_container_that_lies_is_refused(void **state)
{
	struct pac_part client = pac_client("alice");
	struct slice pac = PAC(client);
	static const struct {
		size_t at;
		uint32_t value;
	} lies[] = {
		{ 0, 2 },   { 0, 0 },           { 0, UINT32_MAX },  { 4, 1 },
		{ 12, 21 }, { 12, UINT32_MAX }, { 16, UINT32_MAX }, { 16, 32 },
		{ 16, 25 }, { 20, 1 },          { 20, UINT32_MAX },
	};

	(void)state;
	assert_int_equal(take(pac), REASON_OK);
	for (size_t i = 0; i < COUNT_OF(lies); i++) {
		struct byte_writer changed = writer_fixed(keep_bytes(pac.size), pac.size);

		writer_bytes(&changed, pac);
		writer_patch_u32le(&changed, lies[i].at, lies[i].value);
		assert_bad(writer_slice(&changed));
	}
	assert_bad(PAC(client, client));
	assert_bad(PAC(client, { PAC_TYPE_LOGON, samba_logon() }, { PAC_TYPE_LOGON, samba_logon() }));
	assert_int_equal(take(PAC(client, { 99, hex("00") }, { 99, hex("00") })), REASON_OK);
}

static void logon_information_that_lies_is_refused(void **state)
{
	static const struct {
		size_t at;
		uint32_t value;
	} lies[] = {
		{ 0, 0x00081002 },                 /* another version */
		{ 0, 0x00080001 },                 /* big endian */
		{ 0, 0x00091001 },                 /* another header */
		{ OBJECT_SIZE_AT, 432 },           /* less than there is */
		{ OBJECT_SIZE_AT, 448 },           /* more */
		{ OBJECT_SIZE_AT, 436 },           /* not filled up */
		{ STRUCT_AT - 4, 0 },              /* a NULL pointer to it all */
		{ EFFECTIVE_NAME_AT, 0x000A0009 }, /* half a unit */
		{ EFFECTIVE_NAME_AT, 0x000A0008 }, /* not what stands behind */
		{ EFFECTIVE_NAME_AT + 4, 0 },      /* a size and no text */
		{ GROUP_COUNT_AT, 3 },
		{ GROUP_COUNT_AT, 5 },
		{ GROUP_COUNT_AT, LOGON_GROUPS_MAX + 1 },
		{ GROUP_COUNT_AT, UINT32_MAX },
		{ GROUP_COUNT_AT + 4, 0 }, /* groups, and no pointer to them */
		{ DOMAIN_ID_AT, 0 },       /* whose domain? */
		{ SID_COUNT_AT, 2 },
		{ SID_COUNT_AT, 0 },
		{ SID_COUNT_AT, UINT32_MAX },
		{ EXTRA_SIDS_AT, 0 },
		{ RESOURCE_COUNT_AT, 1 },
		{ SAMBA_NAME_OFFSET_AT, 1 },     /* a text that does not begin at its beginning */
		{ DEFERRED_AT, 4 },              /* a text longer than it may be */
		{ SAMBA_GROUPS_AT, 5 },          /* another count than before */
		{ SAMBA_DOMAIN_AT, 3 },          /* another than the SID's own */
		{ SAMBA_DOMAIN_AT + 4, 0x0402 }, /* another revision */
		{ SAMBA_EXTRA_AT + 4, 0 },       /* a NULL pointer to a SID */
	};

	(void)state;
	assert_int_equal(take(pac_with(samba_logon(), USER_ID_AT, 1103)), REASON_OK);
	for (size_t i = 0; i < COUNT_OF(lies); i++) {
		print_message("# %zu: %08x\n", lies[i].at, lies[i].value);
		assert_bad(pac_with(samba_logon(), lies[i].at, lies[i].value));
	}
}

static void groups_up_to_the_limit_are_taken(void **state)
{
	(void)state;
	for (uint32_t count = LOGON_GROUPS_MAX; count <= LOGON_GROUPS_MAX + 1; count++) {
		struct slice logon = samba_logon();
		size_t more = (count - 4) * 8;
		struct byte_writer big = writer_fixed(keep_bytes(logon.size + more), logon.size + more);

		writer_bytes(&big, slice_of(logon.data, SAMBA_GROUPS_AT + 4));
		for (uint32_t i = 0; i < count; i++) {
			writer_u32le(&big, 2000 + i);
			writer_u32le(&big, SE_GROUP_ENABLED);
		}
		writer_bytes(&big,
			     slice_of(logon.data + SAMBA_GROUPS_AT + 36, logon.size - SAMBA_GROUPS_AT - 36));
		writer_patch_u32le(&big, OBJECT_SIZE_AT, (uint32_t)(440 + more));
		writer_patch_u32le(&big, GROUP_COUNT_AT, count);
		writer_patch_u32le(&big, SAMBA_GROUPS_AT, count);
		assert_true(writer_ok(&big));
		if (count == LOGON_GROUPS_MAX) {
			assert_int_equal(
				take(PAC(pac_client("alice"), { PAC_TYPE_LOGON, writer_slice(&big) })),
				REASON_OK);
			assert_groups(NULL, 0, LOGON_GROUPS_MAX + 2);
		} else {
			assert_bad(PAC(pac_client("alice"), { PAC_TYPE_LOGON, writer_slice(&big) }));
		}
	}
}

/* --- Every byte */

/* In memory of its own, so that a tool sees a byte that is read behind its end. */
static enum reason take_alone(struct slice bytes, struct slice client)
{
	uint8_t *copy = malloc(bytes.size ? bytes.size : 1);
	enum reason reason;

	assert_non_null(copy);
	if (bytes.size)
		memcpy(copy, bytes.data, bytes.size);
	directory_user_wipe(&user);
	reason = pac_read(slice_of(copy, bytes.size), client, &user);
	free(copy);
	return reason;
}

static void assert_error_or_whole(enum reason reason)
{
	struct byte_reader groups = reader_of(secret_slice(&user.group_sids)),
			   sids = reader_of(secret_slice(&user.sid));
	struct slice sid;

	if (reason != REASON_OK)
		assert_int_equal(reason, REASON_KERBEROS_BAD_PAC);
	if (reason != REASON_OK)
		assert_int_equal(user.sid.size + user.group_sids.size + user.name.size, 0);
	while (sid_read(&groups, &sid))
		;
	assert_true(reader_empty(&groups));
	assert_true(reader_empty(&sids) || (sid_read(&sids, &sid) && reader_empty(&sids)));
	assert_int_equal(user.name.size % 2 + user.netbios_domain.size % 2 + user.dns_domain.size % 2 +
				 user.principal_name.size % 2,
			 0);
}

static const struct whole {
	const char *hex, *client;
} wholes[] = { { pac_samba, "alice" }, { pac_samba_upn, "asmith" }, { pac_mit, "alice" } };

static void a_pac_cut_anywhere_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(wholes); i++) {
		struct slice pac = hex(wholes[i].hex), client = u16(wholes[i].client);

		for (size_t size = 0; size < pac.size; size++)
			assert_int_equal(take_alone(slice_of(pac.data, size), client),
					 REASON_KERBEROS_BAD_PAC);
		assert_int_equal(take_alone(pac, client), REASON_OK);
	}
}

static void logon_information_cut_anywhere_is_refused(void **state)
{
	static const char *const buffers[] = { logon_info_windows, logon_info_trust };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(buffers); i++) {
		struct slice logon = hex(buffers[i]), client = u16("alice");

		for (size_t size = 0; size < logon.size; size++)
			assert_int_equal(take_alone(PAC(pac_client("alice"),
							{ PAC_TYPE_LOGON, slice_of(logon.data, size) }),
						    client),
					 REASON_KERBEROS_BAD_PAC);
	}
}

static void a_changed_byte_is_refused_or_stays_within_bounds(void **state)
{
	static const uint8_t changes[] = { 0x01, 0x02, 0x10, 0x80, 0xff };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(wholes); i++) {
		struct slice pac = hex(wholes[i].hex), client = u16(wholes[i].client);
		uint8_t *bytes = (uint8_t *)(uintptr_t)pac.data;

		for (size_t at = 0; at < pac.size; at++)
			for (size_t k = 0; k < COUNT_OF(changes); k++) {
				bytes[at] ^= changes[k];
				assert_error_or_whole(take_alone(pac, client));
				bytes[at] ^= changes[k];
			}
	}
}

static void each_allocation_that_fails_says_so(void **state)
{
	struct slice pac = hex(pac_samba);
	long n = 0;

	(void)state;
	do {
		enum reason reason;

		directory_user_wipe(&user);
		seam_fail_allocation(++n);
		reason = pac_read(pac, u16("alice"), &user);
		assert_int_equal(reason, seam_allocation_failed() ? REASON_OUT_OF_MEMORY : REASON_OK);
		assert_true(reason == REASON_OK || user.name.size == 0);
	} while (seam_allocation_failed());
	seam_fail_allocation(0);
	assert_in_range(n, 6, 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
		TEST(a_pac_of_samba_names_the_user_and_its_groups),
		TEST(a_user_principal_name_is_the_directorys),
		TEST(a_pac_of_mit_says_nothing),
		TEST(a_pac_of_windows_names_groups_of_several_domains),
		TEST(groups_of_the_services_domain_come_last),
		TEST(sids_count_only_where_the_flags_announce_them),
		TEST(groups_that_are_not_enabled_do_not_count),
		TEST(the_primary_group_counts_though_the_groups_lack_it),
		TEST(a_user_without_a_number_is_the_first_of_the_extra_sids),
		TEST(a_pac_of_another_client_is_refused),
		TEST(a_requestor_is_the_user),
		TEST(the_sid_beside_the_names_is_the_users),
		TEST(names_without_a_sid_are_taken),
		TEST(a_container_that_lies_is_refused),
		TEST(logon_information_that_lies_is_refused),
		TEST(groups_up_to_the_limit_are_taken),
		TEST(a_pac_cut_anywhere_is_refused),
		TEST(logon_information_cut_anywhere_is_refused),
		TEST(a_changed_byte_is_refused_or_stays_within_bounds),
		TEST(each_allocation_that_fails_says_so),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
