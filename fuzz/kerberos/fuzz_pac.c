/*
 * Covers kerberos/pac.c: pac_read; kerberos/logon_info.c: logon_info_parse, logon_info_next_group,
 * logon_info_next_extra_sid; base/sid.c: sid_read, sid_write_member, sid_write_text. The input is a PAC, as it lies
 * behind a right signature, of the client alice.
 *
 * Required whatever comes: a PAC that is refused leaves nothing; of one that is taken, text has whole units, SIDs are
 * whole and have a text; nothing leaks.
 */
#include "kerberos/pac.h"

#include "base/sid.h"
#include "support/seams.h"

#include <stdlib.h>

/* "S-1-", 14 of a hexadecimal authority, and 15 times a hyphen and ten digits. */
enum { SID_TEXT_MAX = 4 + 14 + SID_SUB_AUTHORITIES_MAX * 11 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool true_always)
{
	if (!true_always)
		abort();
}

static void check_sids(const struct secret *sids, size_t max)
{
	struct byte_reader in = reader_of(secret_slice(sids));
	struct slice sid;

	for (; sid_read(&in, &sid); max--) {
		LOCAL_WRITER(text);

		sid_write_text(&text, sid);
		require(max && text.size >= sizeof("S-1-0") - 1 && text.size <= SID_TEXT_MAX);
	}
	require(reader_empty(&in));
}

static bool is_empty(const struct directory_user *user)
{
	return user->name.size + user->netbios_domain.size + user->dns_domain.size +
		       user->principal_name.size + user->sid.size + user->group_sids.size ==
	       0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t alice[] = { 'a', 0, 'l', 0, 'i', 0, 'c', 0, 'e', 0 };
	struct directory_user user = { 0 };
	long before = seam_blocks_alive();
	enum reason reason = pac_read(slice_of(data, size), slice_of(alice, sizeof(alice)), &user);

	require(reason == REASON_OK || (reason == REASON_KERBEROS_BAD_PAC && is_empty(&user)));
	check_sids(&user.sid, 1);
	check_sids(&user.group_sids, size);
	require(user.name.size % 2 == 0 && user.netbios_domain.size % 2 == 0 &&
		user.dns_domain.size % 2 == 0 && user.principal_name.size % 2 == 0);
	directory_user_wipe(&user);
	require(seam_blocks_alive() == before);
	return 0;
}
