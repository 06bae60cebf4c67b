/* mechListMIC: what it is made over, and when it is due (RFC 4178 5, MS-SPNG 3.2.5.1; docs/decisions.md 10). */
#ifndef OPENSSPI_NEGOTIATE_MECH_LIST_MIC_H
#define OPENSSPI_NEGOTIATE_MECH_LIST_MIC_H

#include "negotiate/context.h"

enum mic_action {
	MIC_NONE,            /* done without */
	MIC_ANSWER,          /* theirs is verified, ours goes out, done */
	MIC_SEND_THEN_WAIT,  /* ours goes out, theirs is due */
	MIC_REFUSE_MISSING,  /* theirs had to be here */
	MIC_REFUSE_UNUSABLE, /* there is one, and no key to check it with */
};

/* What the one does who has just seen the mechanism end. `own_token`: it ended with a token of its own. */
enum mic_action mech_list_mic_decide(bool has_integrity, bool due, bool theirs_seen, bool own_token);

/* Whether the exchange of MICs is demanded, now that the mechanism is over. */
bool mech_list_mic_due(const struct negotiate_context *context);

enum reason mech_list_mic_write(struct negotiate_context *context, struct byte_writer *mic);
enum reason mech_list_mic_verify(struct negotiate_context *context, struct slice mic);

#endif
