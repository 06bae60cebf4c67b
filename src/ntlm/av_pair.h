/* AV_PAIR lists (MS-NLMP 2.2.2.1). */
#ifndef OPENSSPI_NTLM_AV_PAIR_H
#define OPENSSPI_NTLM_AV_PAIR_H

#include "base/byte_reader.h"
#include "base/byte_writer.h"

enum ntlm_av_id {
	MSV_AV_EOL = 0,
	MSV_AV_NB_COMPUTER_NAME = 1,
	MSV_AV_NB_DOMAIN_NAME = 2,
	MSV_AV_DNS_COMPUTER_NAME = 3,
	MSV_AV_DNS_DOMAIN_NAME = 4,
	MSV_AV_DNS_TREE_NAME = 5,
	MSV_AV_FLAGS = 6,
	MSV_AV_TIMESTAMP = 7,
	MSV_AV_TARGET_NAME = 9,
	MSV_AV_CHANNEL_BINDINGS = 0xA,
};

/* MsvAvFlags. */
enum { MSV_AV_FLAG_MIC = 2, MSV_AV_FLAG_UNVERIFIED_SPN = 4 };

NODISCARD bool ntlm_av_pair_read(struct byte_reader *in, uint16_t *id, struct slice *value);
/*
 * Reads a list up to its MsvAvEOL, which must come; `pairs` is the list without it. What lies behind is left. False
 * too if MsvAvFlags, MsvAvTimestamp or MsvAvChannelBindings have not their size.
 */
NODISCARD bool ntlm_av_pairs_read(struct byte_reader *in, struct slice *pairs);
/* The first pair with this id; false, and an empty value, if there is none. Takes what ntlm_av_pairs_read gave. */
bool ntlm_av_pairs_find(struct slice pairs, enum ntlm_av_id id, struct slice *value);
/* MsvAvFlags, 0 where it is absent. */
uint32_t ntlm_av_flags(struct slice pairs);

void ntlm_av_pair_write(struct byte_writer *out, uint16_t id, struct slice value);

#endif
