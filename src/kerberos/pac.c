#include "kerberos/pac.h"

#include "base/byte_reader.h"
#include "base/byte_writer.h"
#include "base/sid.h"
#include "base/trace.h"
#include "kerberos/library.h"
#include "kerberos/logon_info.h"

#include <gssapi/gssapi_ext.h>

#define STEP "PAC"

/* MS-PAC 2.4: ulType. */
enum {
	PAC_LOGON_INFO = 0x1,
	PAC_CLIENT_INFO = 0xA,
	PAC_UPN_DNS_INFO = 0xC,
	PAC_REQUESTOR = 0x12,
};
enum { BUFFER_ALIGNMENT = 8 };
/* MS-PAC 2.10: UPN_DNS_INFO, Flags, S. */
enum { UPN_DNS_EXTENDED = 0x2 };

/* Its buffers, pointing into it; NULL where one is missing. */
struct pac {
	struct slice logon_info, client_info, upn_dns_info, requestor;
};

struct upn_dns_info {
	struct slice principal_name, dns_domain, name, sid;
};

/* --- Reading */

static struct slice *buffer_of(struct pac *pac, uint32_t type)
{
	switch (type) {
	case PAC_LOGON_INFO:
		return &pac->logon_info;
	case PAC_CLIENT_INFO:
		return &pac->client_info;
	case PAC_UPN_DNS_INFO:
		return &pac->upn_dns_info;
	case PAC_REQUESTOR:
		return &pac->requestor;
	default:
		return NULL;
	}
}

/* A PAC_INFO_BUFFER (MS-PAC 2.4). What is not known here is skipped; what is comes once. */
static bool read_buffer(struct slice whole, struct byte_reader *in, struct pac *pac)
{
	uint32_t type, size;
	uint64_t offset;
	struct slice buffer, *known;

	if (!reader_u32le(in, &type) || !reader_u32le(in, &size) || !reader_u64le(in, &offset) ||
	    offset % BUFFER_ALIGNMENT || offset > whole.size ||
	    !slice_part(whole, (size_t)offset, size, &buffer))
		return false;
	known = buffer_of(pac, type);
	if (!known)
		return true;
	if (known->data)
		return false;
	*known = buffer;
	return true;
}

/* PACTYPE (MS-PAC 2.3). */
static bool parse_pac(struct slice whole, struct pac *pac)
{
	struct byte_reader in = reader_of(whole);
	uint32_t count;

	*pac = (struct pac) { 0 };
	if (!reader_u32le(&in, &count) || !reader_expect_u32le(&in, 0))
		return false;
	for (; count; count--)
		if (!read_buffer(whole, &in, pac))
			return false;
	return true;
}

/* PAC_CLIENT_INFO (MS-PAC 2.7): when the ticket was first asked for, and by whom. */
static bool is_of_client(struct slice buffer, struct slice client)
{
	struct byte_reader in = reader_of(buffer);
	uint16_t size;
	struct slice name;

	return reader_skip(&in, sizeof(uint64_t)) && reader_u16le(&in, &size) &&
	       reader_take(&in, size, &name) && reader_empty(&in) && slice_equal(name, client);
}

/* A part of UPN_DNS_INFO by its length and offset, which come next. */
static bool read_part(struct byte_reader *in, struct slice whole, struct slice *part)
{
	uint16_t size, offset;

	return reader_u16le(in, &size) && reader_u16le(in, &offset) && slice_part(whole, offset, size, part);
}

static bool read_text(struct byte_reader *in, struct slice whole, struct slice *text)
{
	return read_part(in, whole, text) && text->size % 2 == 0;
}

static bool is_one_sid(struct slice bytes)
{
	struct byte_reader in = reader_of(bytes);
	struct slice sid;

	return sid_read(&in, &sid) && reader_empty(&in);
}

/* MS-PAC 2.10. */
static bool parse_upn_dns_info(struct slice buffer, struct upn_dns_info *info)
{
	struct byte_reader in = reader_of(buffer);
	uint32_t flags;

	*info = (struct upn_dns_info) { 0 };
	if (!read_text(&in, buffer, &info->principal_name) || !read_text(&in, buffer, &info->dns_domain) ||
	    !reader_u32le(&in, &flags))
		return false;
	return !(flags & UPN_DNS_EXTENDED) || (read_text(&in, buffer, &info->name) &&
					       read_part(&in, buffer, &info->sid) && is_one_sid(info->sid));
}

/* --- Meaning. A write that is false: no SID can be made of what is there. */

static bool write_member(struct byte_writer *out, struct slice domain, uint32_t relative_id)
{
	return domain.size && sid_write_member(out, domain, relative_id);
}

/* MS-PAC 2.5, UserId: 0 stands for the first of ExtraSids. */
static bool write_user(struct logon_info *info, struct byte_writer *sid)
{
	struct logon_group first;

	if (info->user_id)
		return write_member(sid, info->logon_domain_id, info->user_id);
	if (!(info->user_flags & LOGON_EXTRA_SIDS) || !logon_info_next_extra_sid(info, &first))
		return false;
	writer_bytes(sid, first.sid);
	return true;
}

/* Groups of a domain but for `except`, which stands in front already. */
static bool write_groups(struct byte_reader groups, struct slice domain, uint32_t except,
			 struct byte_writer *sids)
{
	struct logon_group group;

	while (logon_info_next_group(&groups, &group))
		if (group.attributes & SE_GROUP_ENABLED && group.relative_id != except &&
		    !write_member(sids, domain, group.relative_id))
			return false;
	return true;
}

static bool write_all_groups(struct logon_info *info, struct byte_writer *sids)
{
	uint32_t primary = info->primary_group_id;
	struct logon_group group;

	if (primary && !write_member(sids, info->logon_domain_id, primary))
		return false;
	if (!write_groups(info->group_ids, info->logon_domain_id, primary, sids))
		return false;
	while (info->user_flags & LOGON_EXTRA_SIDS && logon_info_next_extra_sid(info, &group))
		if (group.attributes & SE_GROUP_ENABLED)
			writer_bytes(sids, group.sid);
	return !(info->user_flags & LOGON_RESOURCE_GROUPS) ||
	       write_groups(info->resource_group_ids, info->resource_group_domain_sid, 0, sids);
}

static enum reason take_logon_info(struct slice buffer, struct directory_user *user)
{
	LOCAL_WRITER(sid);
	LOCAL_WRITER(groups);
	struct logon_info info;

	if (!logon_info_parse(buffer, &info) || !write_user(&info, &sid) || !write_all_groups(&info, &groups))
		return REASON_KERBEROS_BAD_PAC;
	return writer_ok(&sid) && writer_ok(&groups) && secret_copy(&user->name, info.effective_name) &&
			       secret_copy(&user->netbios_domain, info.logon_domain_name) &&
			       secret_copy(&user->sid, writer_slice(&sid)) &&
			       secret_copy(&user->group_sids, writer_slice(&groups))
		       ? REASON_OK
		       : REASON_OUT_OF_MEMORY;
}

/* A SID that is there must be the one of the logon information, where that is there. */
static bool may_be_sid_of(const struct directory_user *user, struct slice sid)
{
	return !sid.size || !user->sid.size || slice_equal(sid, secret_slice(&user->sid));
}

static enum reason take_upn_dns_info(struct slice buffer, struct directory_user *user)
{
	struct upn_dns_info info;

	if (!parse_upn_dns_info(buffer, &info) || !may_be_sid_of(user, info.sid))
		return REASON_KERBEROS_BAD_PAC;
	return secret_copy(&user->principal_name, info.principal_name) &&
			       secret_copy(&user->dns_domain, info.dns_domain)
		       ? REASON_OK
		       : REASON_OUT_OF_MEMORY;
}

static enum reason take_buffers(const struct pac *pac, struct directory_user *user)
{
	enum reason reason = REASON_OK;

	if (pac->logon_info.data)
		reason = take_logon_info(pac->logon_info, user);
	if (reason == REASON_OK && pac->upn_dns_info.data)
		reason = take_upn_dns_info(pac->upn_dns_info, user);
	if (reason != REASON_OK || !pac->requestor.data)
		return reason;
	return is_one_sid(pac->requestor) && may_be_sid_of(user, pac->requestor) ? REASON_OK
										 : REASON_KERBEROS_BAD_PAC;
}

enum reason pac_read(struct slice bytes, struct slice client, struct directory_user *user)
{
	struct pac pac;
	enum reason reason = REASON_KERBEROS_BAD_PAC;

	if (parse_pac(bytes, &pac) && is_of_client(pac.client_info, client))
		reason = take_buffers(&pac, user);
	if (reason != REASON_OK)
		directory_user_wipe(user);
	return reason;
}

enum reason pac_take(gss_name_t name, struct slice client, struct directory_user *user)
{
	static const char urn[] = "urn:mspac:";
	CLEANUP(library_release_buffer) gss_buffer_desc value = GSS_C_EMPTY_BUFFER;
	CLEANUP(library_release_buffer) gss_buffer_desc shown = GSS_C_EMPTY_BUFFER;
	gss_buffer_desc attribute = library_buffer(SLICE_LITERAL(urn));
	int authenticated = 0, complete, more = -1;
	OM_uint32 minor, major = gss_get_name_attribute(&minor, name, &attribute, &authenticated, &complete,
							&value, &shown, &more);

	if (major == GSS_S_UNAVAILABLE)
		return REASON_OK;
	if (GSS_ERROR(major))
		return REASON_KERBEROS_BAD_PAC;
	if (!authenticated) {
		trace(STEP, REASON_OK,
		      "the PAC does not count: its signature is not the KDC's for this service");
		return REASON_OK;
	}
	return pac_read(library_slice(&value), client, user);
}
