/* KERB_VALIDATION_INFO (MS-PAC 2.5): who the user is in its domain, and of which groups, as NDR. */
#ifndef OPENSSPI_KERBEROS_LOGON_INFO_H
#define OPENSSPI_KERBEROS_LOGON_INFO_H

#include "base/byte_reader.h"

/* MS-PAC 2.5, UserFlags: D and H. */
enum { LOGON_EXTRA_SIDS = 0x20, LOGON_RESOURCE_GROUPS = 0x200 };
/* MS-PAC 2.2.1, Attributes: C. */
enum { SE_GROUP_ENABLED = 0x4 };
/* What one array may hold: more than the token of a Windows user does in all. */
enum { LOGON_GROUPS_MAX = 1024 };

/* A GROUP_MEMBERSHIP (MS-PAC 2.2.2) or, with its SID, a KERB_SID_AND_ATTRIBUTES (2.2.1). */
struct logon_group {
	uint32_t relative_id, attributes;
	struct slice sid;
};

/* Slices point into the buffer. Text is UTF-16LE; a SID that is not there is empty. */
struct logon_info {
	struct slice effective_name, logon_domain_name;
	uint32_t user_id, primary_group_id, user_flags;
	struct slice logon_domain_id, resource_group_domain_sid;
	struct byte_reader group_ids, resource_group_ids;
	struct byte_reader extra_sids, extra_sid_bodies;
};

/* False: the buffer is cut, or not what NDR makes of the struct. */
NODISCARD bool logon_info_parse(struct slice buffer, struct logon_info *info);
/* The next of GroupIds or ResourceGroupIds (no SID), and of ExtraSids. False: there is none. */
NODISCARD bool logon_info_next_group(struct byte_reader *groups, struct logon_group *group);
NODISCARD bool logon_info_next_extra_sid(struct logon_info *info, struct logon_group *group);

#endif
