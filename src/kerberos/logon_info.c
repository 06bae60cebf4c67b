#include "kerberos/logon_info.h"

#include "base/sid.h"

enum {
	FILETIME_SIZE = 8,
	/* MS-RPCE 2.2.6.2: objects are filled up to so many bytes. */
	OBJECT_ALIGNMENT = 8,
	GROUP_SIZE = 8, /* of a GROUP_MEMBERSHIP, and of a KERB_SID_AND_ATTRIBUTES without its SID */
};

/* What stands in the struct of something that follows behind it. */
struct deferred_text {
	uint16_t size;
	bool present;
};
struct deferred_array {
	uint32_t count;
	bool present;
};
struct deferred {
	struct deferred_text effective_name, other_names[5], logon_server, logon_domain_name;
	struct deferred_array group_ids, extra_sids, resource_group_ids;
	bool logon_domain_id, resource_group_domain_sid;
};

/* --- NDR (C706 14.3) */

/* MS-RPCE 2.2.6: the headers of a serialized type, then the object, in little endian, behind a pointer to it. */
static bool read_headers(struct byte_reader *in, struct byte_reader *object)
{
	static const uint8_t version_order_size[] = { 1, 0x10, 8, 0 };
	struct slice bytes;
	uint32_t size;

	if (!reader_expect(in, version_order_size, sizeof(version_order_size)) ||
	    !reader_skip(in, sizeof(uint32_t)) || !reader_u32le(in, &size) ||
	    !reader_skip(in, sizeof(uint32_t)) || size % OBJECT_ALIGNMENT || !reader_take(in, size, &bytes))
		return false;
	*object = reader_of(bytes);
	return reader_empty(in);
}

static bool read_pointer(struct byte_reader *in, bool *present)
{
	uint32_t referent;

	if (!reader_u32le(in, &referent))
		return false;
	*present = referent;
	return true;
}

/* RPC_UNICODE_STRING (MS-DTYP 2.3.10): Length, MaximumLength, Buffer. */
static bool read_text_header(struct byte_reader *in, struct deferred_text *text)
{
	return reader_u16le(in, &text->size) && reader_skip(in, sizeof(uint16_t)) &&
	       read_pointer(in, &text->present) && text->size % 2 == 0 && (text->present || !text->size);
}

/* A conformant varying string: maximum, offset, count, and so many units, filled up to four bytes. */
static bool read_text(struct byte_reader *in, const struct deferred_text *header, struct slice *text)
{
	uint32_t maximum, units;

	*text = slice_of(NULL, 0);
	if (!header->present)
		return true;
	return reader_u32le(in, &maximum) && reader_expect_u32le(in, 0) && reader_u32le(in, &units) &&
	       units <= maximum && units == header->size / 2 && reader_take(in, header->size, text) &&
	       reader_skip(in, header->size % 4);
}

static bool read_array_header(struct byte_reader *in, struct deferred_array *array)
{
	return reader_u32le(in, &array->count) && read_pointer(in, &array->present) &&
	       array->count <= LOGON_GROUPS_MAX && (array->present || !array->count);
}

/* A conformant array: its count once more, and the elements. */
static bool read_array(struct byte_reader *in, const struct deferred_array *header,
		       struct byte_reader *elements)
{
	struct slice bytes = { NULL, 0 };

	if (header->present && (!reader_expect_u32le(in, header->count) ||
				!reader_take(in, (size_t)header->count * GROUP_SIZE, &bytes)))
		return false;
	*elements = reader_of(bytes);
	return true;
}

/* RPC_SID (MS-DTYP 2.4.2.3): the number of sub-authorities, then the SID. */
static bool read_sid(struct byte_reader *in, struct slice *sid)
{
	uint32_t count;
	struct byte_reader body;
	uint8_t own_count;

	if (!reader_u32le(in, &count))
		return false;
	body = *in;
	return reader_skip(&body, sizeof(own_count)) && reader_u8(&body, &own_count) && own_count == count &&
	       sid_read(in, sid);
}

static bool read_sid_behind(struct byte_reader *in, bool present, struct slice *sid)
{
	*sid = slice_of(NULL, 0);
	return !present || read_sid(in, sid);
}

/* --- The struct */

static bool read_fixed(struct byte_reader *in, struct deferred *behind, struct logon_info *info)
{
	if (!reader_skip(in, 6 * FILETIME_SIZE) || /* LogonTime to PasswordMustChange */
	    !read_text_header(in, &behind->effective_name))
		return false;
	for (size_t i = 0; i < COUNT_OF(behind->other_names); i++) /* FullName to HomeDirectoryDrive */
		if (!read_text_header(in, &behind->other_names[i]))
			return false;
	return reader_skip(in, 2 * sizeof(uint16_t)) && /* LogonCount, BadPasswordCount */
	       reader_u32le(in, &info->user_id) && reader_u32le(in, &info->primary_group_id) &&
	       read_array_header(in, &behind->group_ids) && reader_u32le(in, &info->user_flags) &&
	       reader_skip(in, 16) && /* UserSessionKey */
	       read_text_header(in, &behind->logon_server) &&
	       read_text_header(in, &behind->logon_domain_name) &&
	       read_pointer(in, &behind->logon_domain_id) &&
	       reader_skip(in, 4 * sizeof(uint32_t) + 2 * FILETIME_SIZE + 2 * sizeof(uint32_t)) &&
	       /* Reserved1 to Reserved3 */
	       read_array_header(in, &behind->extra_sids) &&
	       read_pointer(in, &behind->resource_group_domain_sid) &&
	       read_array_header(in, &behind->resource_group_ids);
}

static bool read_names(struct byte_reader *in, const struct deferred *behind, struct logon_info *info)
{
	struct slice ignored;

	if (!read_text(in, &behind->effective_name, &info->effective_name))
		return false;
	for (size_t i = 0; i < COUNT_OF(behind->other_names); i++)
		if (!read_text(in, &behind->other_names[i], &ignored))
			return false;
	return true;
}

/* KERB_SID_AND_ATTRIBUTES: pointers and attributes, then the SIDs. */
static bool read_extra_sids(struct byte_reader *in, const struct deferred *behind, struct logon_info *info)
{
	struct slice sid;
	bool present;

	if (!read_array(in, &behind->extra_sids, &info->extra_sids))
		return false;
	info->extra_sid_bodies = *in;
	for (struct byte_reader elements = info->extra_sids; !reader_empty(&elements);)
		if (!read_pointer(&elements, &present) || !present ||
		    !reader_skip(&elements, sizeof(uint32_t)) || !read_sid(in, &sid))
			return false;
	return true;
}

static bool read_behind(struct byte_reader *in, const struct deferred *behind, struct logon_info *info)
{
	struct slice ignored;

	return read_names(in, behind, info) && read_array(in, &behind->group_ids, &info->group_ids) &&
	       read_text(in, &behind->logon_server, &ignored) &&
	       read_text(in, &behind->logon_domain_name, &info->logon_domain_name) &&
	       read_sid_behind(in, behind->logon_domain_id, &info->logon_domain_id) &&
	       read_extra_sids(in, behind, info) &&
	       read_sid_behind(in, behind->resource_group_domain_sid, &info->resource_group_domain_sid) &&
	       read_array(in, &behind->resource_group_ids, &info->resource_group_ids);
}

bool logon_info_parse(struct slice buffer, struct logon_info *info)
{
	struct byte_reader in = reader_of(buffer), object;
	struct deferred behind;
	bool present;

	return read_headers(&in, &object) && read_pointer(&object, &present) && present &&
	       read_fixed(&object, &behind, info) && read_behind(&object, &behind, info) &&
	       object.size < OBJECT_ALIGNMENT;
}

/* --- Its groups */

bool logon_info_next_group(struct byte_reader *groups, struct logon_group *group)
{
	group->sid = slice_of(NULL, 0);
	return reader_u32le(groups, &group->relative_id) && reader_u32le(groups, &group->attributes);
}

bool logon_info_next_extra_sid(struct logon_info *info, struct logon_group *group)
{
	return reader_u32le(&info->extra_sids, &group->relative_id) /* the pointer */ &&
	       reader_u32le(&info->extra_sids, &group->attributes) &&
	       read_sid(&info->extra_sid_bodies, &group->sid);
}
