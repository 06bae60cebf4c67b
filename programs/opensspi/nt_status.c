#include "nt_status.h"

#include "base/compiler.h"
#include "text.h"

static const struct {
	uint32_t status;
	const char *name, *sentence;
} rows[] = {
	{ 0xC0000022, "STATUS_ACCESS_DENIED", "the user may not" },
	{ 0xC000005E, "STATUS_NO_LOGON_SERVERS", "the server could not ask those who know the user" },
	{ 0xC0000064, "STATUS_NO_SUCH_USER", "nobody has that name" },
	{ 0xC000006A, "STATUS_WRONG_PASSWORD", "the password is wrong" },
	{ 0xC000006D, "STATUS_LOGON_FAILURE", "the name or the password is wrong" },
	{ 0xC000006E, "STATUS_ACCOUNT_RESTRICTION",
	  "the account may not log on this way, with an empty password for example" },
	{ 0xC000006F, "STATUS_INVALID_LOGON_HOURS", "not at this hour" },
	{ 0xC0000070, "STATUS_INVALID_WORKSTATION", "not from this machine" },
	{ 0xC0000071, "STATUS_PASSWORD_EXPIRED", "the password has expired" },
	{ 0xC0000072, "STATUS_ACCOUNT_DISABLED", "the account is disabled" },
	{ 0xC00000BB, "STATUS_NOT_SUPPORTED",
	  "the server takes neither this version nor this way to log on" },
	{ 0xC0000133, "STATUS_TIME_DIFFERENCE_AT_DC", "the clocks differ too much" },
	{ 0xC000015B, "STATUS_LOGON_TYPE_NOT_GRANTED", "the user has no right to log on from afar" },
	{ 0xC000018D, "STATUS_TRUSTED_RELATIONSHIP_FAILURE", "the server's domain does not trust it" },
	{ 0xC0000193, "STATUS_ACCOUNT_EXPIRED", "the account has expired" },
	{ 0xC0000224, "STATUS_PASSWORD_MUST_CHANGE", "the password must be changed before the first logon" },
	{ 0xC0000234, "STATUS_ACCOUNT_LOCKED_OUT", "the account is locked" },
	{ 0xC0000413, "STATUS_AUTHENTICATION_FIREWALL_FAILED", "the user may not log on to this machine" },
};

void nt_status_write(struct byte_writer *out, uint32_t status)
{
	static const char digits[] = "0123456789ABCDEF";

	for (int shift = 28; shift >= 0; shift -= 4)
		writer_u8(out, (uint8_t)digits[status >> shift & 0xF]);
}

void nt_status_explain(struct byte_writer *out, uint32_t status)
{
	nt_status_write(out, status);
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (rows[i].status == status) {
			text_say(out, " ");
			text_say(out, rows[i].name);
			text_say(out, ": ");
			text_say(out, rows[i].sentence);
			return;
		}
}
